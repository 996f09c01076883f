//go:build !unix

package sshkey

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
)

// hand gives two texts to a program that wants files, and returns their names.
// Here they are files, which another process of the same user could change.
func hand(_ *exec.Cmd, a, b string) (nameA, nameB string, done func(), err error) {
	dir, err := os.MkdirTemp("", "venv-guard-")
	if err != nil {
		return "", "", nil, err
	}
	done = func() { os.RemoveAll(dir) }
	nameA, nameB = filepath.Join(dir, "a"), filepath.Join(dir, "b")
	if err := errors.Join(os.WriteFile(nameA, []byte(a), 0o600), os.WriteFile(nameB, []byte(b), 0o600)); err != nil {
		done()
		return "", "", nil, err
	}
	return nameA, nameB, done, nil
}
