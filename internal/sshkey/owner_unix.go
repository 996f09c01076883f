//go:build unix

package sshkey

import (
	"io/fs"
	"syscall"
)

// systemOwned reports whether only root can have written a file.
func systemOwned(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Uid == 0 && info.Mode().Perm()&0o022 == 0
}
