//go:build unix

package cli

import (
	"os"
	"syscall"
)

// ownsDir reports whether a directory is the user's own.
func ownsDir(dir string) bool {
	info, err := os.Stat(dir)
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}
