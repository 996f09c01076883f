//go:build unix

package trust

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe in the place of a file must not hold up the check.
func TestVerifyPipe(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644); err != nil {
		t.Skip(err)
	}
	f := list(t, dir, "- path: pipe\n  sha256: "+sumA+"\n")
	if got := f.Verify()[0]; got.Status != Unreadable || got.Err.Error() != "not a regular file" {
		t.Errorf("got %s, %v", got.Status, got.Err)
	}
}
