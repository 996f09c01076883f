//go:build unix

package setup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// giveTo gives a file to the owner of what it stands in for: the file of a name,
// or else the directory that it is to be in. Only root works for others, by sudo,
// and what it leaves behind as its own the user's client could not read.
func giveTo(w *os.File, name string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		info, err = os.Stat(filepath.Dir(name))
	}
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return w.Chown(int(st.Uid), int(st.Gid))
}

// GiveBack gives files to the owner of a directory, if root works for them.
func GiveBack(dir string, files ...string) error {
	info, err := os.Stat(dir)
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Uid == 0 {
		return nil
	}
	for _, f := range files {
		if cerr := os.Lchown(f, int(st.Uid), int(st.Gid)); cerr != nil && !errors.Is(cerr, fs.ErrNotExist) {
			err = errors.Join(err, cerr)
		}
	}
	return err
}
