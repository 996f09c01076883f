package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/cli"
)

func TestBill(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "test")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeBill(file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file + billSuffix)
	if err != nil {
		t.Fatal(err)
	}
	var got bill
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, p := range got.Components {
		if p.Name == "mvdan.cc/sh/v3" {
			found = p.Version != "" && p.PURL == "pkg:golang/mvdan.cc/sh/v3@"+p.Version && len(p.Properties) == 1
		}
	}
	if !found {
		t.Errorf("the parser's module is not in the bill:\n%s", text)
	}
	if err := writeBill(file + billSuffix); err == nil {
		t.Error("a file that is no program has a bill")
	}
}

func TestManual(t *testing.T) {
	text := manual(cli.Topics(), cli.Usage())
	for _, want := range []string{".SH NAME\n", ".SS install\n", `\-\-dry\-run`, `.venv\-guard.toml`} {
		if !strings.Contains(text, want) {
			t.Errorf("the manual lacks %q", want)
		}
	}
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, ".venv") { // would be a request of that name
			t.Errorf("line %q is no text", line)
		}
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("no groff")
	}
	cmd := exec.Command(groff, "-man", "-ww", "-z", "-Tutf8", "-Kutf8")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("groff: %v\n%s", err, out)
	}
}

func TestBinary(t *testing.T) {
	for platform, want := range map[string]string{"linux/arm64": "venv-guard_linux_arm64", "windows/amd64": "venv-guard_windows_amd64.exe"} {
		if got := binary(platform); got != want {
			t.Errorf("%s: got %s, want %s", platform, got, want)
		}
	}
	if err := build(".", "plan9", filepath.Join(t.TempDir(), "x"), nil); err == nil {
		t.Error("a platform without an architecture is built")
	}
}
