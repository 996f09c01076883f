//go:build unix

package approval

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"github.com/venv-guard/venv-guard/internal/state"
)

// unixModes says that modes of files tell who can write them.
const unixModes = true

// ownerOf returns the number of the user that a file belongs to.
func ownerOf(info fs.FileInfo) string {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return strconv.FormatUint(uint64(st.Uid), 10)
	}
	return ""
}

// selfID returns the number of the user that this process runs as.
func selfID() string { return strconv.Itoa(os.Geteuid()) }

// replaceShared is state.Replace for a file that the hook must read, whoever
// wrote it: root may answer for a user. The directory keeps others out.
func replaceShared(name string, text []byte) error {
	if err := state.Replace(name, text); err != nil {
		return err
	}
	if os.Geteuid() != 0 {
		return nil
	}
	return os.Chmod(name, 0o644)
}

// syncDir makes names in a directory last: fsync(2) of a file does not. Some file
// systems refuse it.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}
