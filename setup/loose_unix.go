//go:build unix

package setup

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// loose says who can write a file but neither root nor the user.
func loose(name string, info fs.FileInfo) string {
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return fmt.Sprintf("belongs to the user %d, who can change it", st.Uid)
	}
	if info.Mode()&0o022 != 0 {
		return "others than its owner can write it"
	}
	return ""
}
