package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Stamp returns what the system says of the file that name leads to without
// reading it: on Linux and macOS its device, inode, size and times, elsewhere size and time.
// Equal stamps mean that nobody wrote to the file in between: the time of the
// last change of an inode cannot be set back but by setting the clock.
func Stamp(name string) string {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "none"
	} else if err != nil {
		return "unreadable"
	}
	return fmt.Sprintf("%d:%d%s", info.Size(), info.ModTime().UnixNano(), inode(info))
}
