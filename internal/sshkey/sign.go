package sshkey

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Namespace is what signatures are made for: one of git's, or of a file's, is
// none of the guard's.
const Namespace = "venv-guard"

// verifyTime bounds one verification, and signTime the making of a signature,
// for which a human may type a passphrase or touch a key.
const (
	verifyTime = 2 * time.Second
	signTime   = 2 * time.Minute
)

// maxSignature bounds a signature, in bytes. That of a 16384-bit RSA key has
// less than 6 KiB, and its public key less than 3.
const maxSignature = 8 << 10

// ErrNoKeygen says that there is no ssh-keygen to be trusted.
var ErrNoKeygen = errors.New("no ssh-keygen that belongs to the system was found: install OpenSSH")

// places are where systems keep ssh-keygen. PATH is not asked, which an agent
// may set, nor any directory that it may write.
var places = [...]string{
	"/usr/bin/ssh-keygen", "/bin/ssh-keygen", "/usr/local/bin/ssh-keygen", "/run/current-system/sw/bin/ssh-keygen",
	`C:\Windows\System32\OpenSSH\ssh-keygen.exe`,
}

// keygen returns the path of the system's own ssh-keygen.
func keygen() (string, error) {
	for _, name := range places {
		if !filepath.IsAbs(name) {
			continue // another system's
		}
		real, err := filepath.EvalSymlinks(name)
		if err != nil {
			continue
		}
		if info, err := os.Lstat(real); err == nil && info.Mode().IsRegular() && systemOwned(info) {
			return real, nil
		}
	}
	return "", ErrNoKeygen
}

// Verify reports, by a nil error, that a signature of text was made with a key.
func Verify(k Key, text, signature string) error {
	if len(signature) > maxSignature {
		return errors.New("the signature is too long to be one")
	}
	program, err := keygen()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), verifyTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, program)
	signers, sig, done, err := hand(cmd, "approver namespaces=\""+Namespace+"\" "+k.String()+"\n", signature)
	if err != nil {
		return err
	}
	defer done()
	cmd.Args = append(cmd.Args, "-Y", "verify", "-f", signers, "-I", "approver", "-n", Namespace, "-s", sig)
	cmd.Stdin, cmd.WaitDelay = strings.NewReader(text), time.Second
	cmd.Env = bare() // not the caller's: LD_PRELOAD would speak for ssh-keygen
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return fmt.Errorf("%s did not answer within %v", program, verifyTime)
	}
	if err != nil {
		return fmt.Errorf("the signature does not hold: %w: %.200s", err, bytes.TrimSpace(out))
	}
	return nil
}

// bare returns an environment that nobody but the system has a say in.
func bare() []string {
	env := []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	if root := os.Getenv("SYSTEMROOT"); root != "" && filepath.Separator == '\\' {
		env = append(env, "SYSTEMROOT="+root)
	}
	return env
}

// Sign signs a text with the key in a file: a private key, or a public one whose
// private key an agent holds. A passphrase is asked for on the terminal.
func Sign(file, text string, environ []string) (signature string, err error) {
	program, err := keygen()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), signTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "-Y", "sign", "-f", file, "-n", Namespace)
	var stderr bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stderr, cmd.WaitDelay = environ, strings.NewReader(text), &stderr, time.Second
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("ssh-keygen -Y sign: %w: %.300s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return string(out), nil
}

// Public returns the public key that belongs to a file of either: the text in
// it, or that in the file beside it called *.pub.
func Public(file string) (Key, error) {
	name := file
	if !strings.HasSuffix(name, ".pub") {
		name += ".pub"
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return Key{}, fmt.Errorf("the public key is looked for beside the private one: %w", err)
	}
	k, err := Parse(strings.TrimSpace(string(b)))
	if err != nil {
		return Key{}, fmt.Errorf("%s: %w", name, err)
	}
	return k, nil
}
