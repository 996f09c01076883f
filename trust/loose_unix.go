//go:build unix

package trust

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// loose says who can write the open file but neither root nor the user: with
// it, they could renew a pin together with what it pins.
func loose(name string, info fs.FileInfo) string {
	if info.Mode()&0o022 != 0 {
		return "others than its owner can write it: chmod go-w " + name
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return fmt.Sprintf("it belongs to the user %d, who can write it", st.Uid)
	}
	return ""
}
