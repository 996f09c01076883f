package sshkey

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const good = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIbJ9Sx1MVkBOQjEsS1TuUB8GUdbVYUzNlEmV8tVQ8yX"

func TestParse(t *testing.T) {
	k, err := Parse(good + "  ann at\thome ")
	if err != nil || k.String() != good || k.Comment != "ann at home" {
		t.Errorf("%+v, %v", k, err)
	}
	for _, line := range []string{
		"", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-ed25519 !!!", strings.Replace(good, "ssh-ed25519", "ssh-rsa", 1), "from=\"x\" " + good,
		good[:len(good)-8], good + "\nssh-ed25519 x", "ssh-dss AAAAB3NzaC1kc3M=", "ssh-ed25519 " + strings.Repeat("/", 64),
		good + " " + strings.Repeat("x", maxKey),
	} {
		if k, err := Parse(line); err == nil {
			t.Errorf("%q is read as %+v", line, k)
		}
	}
	for text, want := range map[string]bool{good: true, "ssh-ed25519": true, "a b": true, "ann": false, "1000": false, "domain+user": false} {
		if Looks(text) != want {
			t.Errorf("Looks(%q) is %v", text, !want)
		}
	}
}

func keyFile(t *testing.T) (string, Key) {
	t.Helper()
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip("SKIPPED: there is no ssh-keygen, so that no signature is tested")
	}
	file := filepath.Join(t.TempDir(), "id")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	k, err := Public(file)
	if err != nil {
		t.Fatal(err)
	}
	return file, k
}

func TestSign(t *testing.T) {
	file, k := keyFile(t)
	sig, err := Sign(file, "text\n", os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(k, "text\n", sig); err != nil {
		t.Error(err)
	}
	out, err := exec.Command("ssh-keygen", "-l", "-f", file).Output()
	if err != nil || !strings.Contains(string(out), k.Fingerprint()) {
		t.Errorf("fingerprint %s, ssh-keygen says %s %v", k.Fingerprint(), out, err)
	}
	other, _ := Parse(good)
	for name, err := range map[string]error{
		"another text": Verify(k, "text", sig),
		"another key":  Verify(other, "text\n", sig),
		"no signature": Verify(k, "text\n", ""),
		"a long one":   Verify(k, "text\n", sig+strings.Repeat("\n", maxSignature)),
	} {
		if err == nil {
			t.Errorf("%s: the signature holds", name)
		}
	}
	if _, err := Sign(filepath.Join(t.TempDir(), "none"), "text", os.Environ()); err == nil {
		t.Error("signed without a key")
	}
}

// Neither a program on PATH nor a library to be loaded first speaks for the
// system's ssh-keygen.
func TestKeygen(t *testing.T) {
	_, k := keyFile(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ssh-keygen"), []byte("#!/bin/sh\nexit 0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	if err := Verify(k, "text\n", "x"); err == nil {
		t.Error("the ssh-keygen on PATH was asked")
	}
	for _, kv := range bare() {
		if strings.HasPrefix(kv, "LD_") || strings.HasPrefix(kv, "SSH_") || strings.Contains(kv, dir) {
			t.Errorf("ssh-keygen is given %s", kv)
		}
	}
	// A file that its users can write is not the system's.
	info, err := os.Stat(filepath.Join(dir, "ssh-keygen"))
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 && systemOwned(info) {
		t.Error("a user's own file is taken for the system's")
	}
	if err := os.Chmod(filepath.Join(dir, "ssh-keygen"), 0o777); err != nil {
		t.Fatal(err)
	}
	if info, err = os.Stat(filepath.Join(dir, "ssh-keygen")); err != nil || systemOwned(info) {
		t.Error("a file that others can write is taken for the system's")
	}
}
