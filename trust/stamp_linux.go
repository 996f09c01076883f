package trust

import (
	"fmt"
	"io/fs"
	"syscall"
)

func inode(info fs.FileInfo) string {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return fmt.Sprintf(":%d:%d:%d", st.Dev, st.Ino, st.Ctim.Nano())
	}
	return ""
}
