//go:build unix

package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// private reports why a file cannot be trusted: others may write it, or it is
// someone else's.
func private(info fs.FileInfo) error {
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("can be written by others (mode %04o); run chmod go-w on it", info.Mode().Perm())
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 && int(st.Uid) != os.Getuid() {
		return errors.New("belongs to another user; it must be yours or root's")
	}
	return nil
}
