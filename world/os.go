package world

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// maxDirEntries bounds what is read of one directory.
const maxDirEntries = 1 << 16

// OS is the real disk.
type OS struct{}

func (OS) Lstat(name string) (Info, error) { return describe(os.Lstat(native(name))) }

// Stat describes the file that name leads to.
func (OS) Stat(name string) (Info, error) { return describe(os.Stat(native(name))) }

// native returns a path as the system spells it.
func native(name string) string {
	if runtime.GOOS == "windows" {
		return toWindows(name)
	}
	return name
}

func describe(fi fs.FileInfo, err error) (Info, error) {
	if err != nil {
		return Info{}, err
	}
	info := Info{Kind: kindOf(fi.Mode()), Size: fi.Size()}
	// Windows has no run bit, and an empty file has nothing that could be
	// refused: both count as programs, so that a placeholder beside a
	// pyvenv.cfg is found like the script it stands for.
	info.Exec = info.Kind == File && (fi.Mode()&0o111 != 0 || fi.Size() == 0 || runtime.GOOS == "windows")
	return info, nil
}

func kindOf(m fs.FileMode) Kind {
	switch {
	case m.IsRegular():
		return File
	case m.IsDir():
		return Dir
	case m&fs.ModeSymlink != 0:
		return Link
	}
	return Other
}

func (OS) Readlink(name string) (string, error) {
	target, err := os.Readlink(native(name))
	if runtime.GOOS == "windows" {
		target = filepath.ToSlash(FromWindows(target))
	}
	return target, err
}

func (OS) ReadFile(name string, max int) ([]byte, error) {
	name = native(name)
	// A pipe or device would wait for a writer that never comes.
	fi, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("not a regular file")}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var buf bytes.Buffer
	buf.Grow(int(min(fi.Size(), int64(max))) + bytes.MinRead)
	if _, err := buf.ReadFrom(io.LimitReader(f, int64(max)+1)); err != nil {
		return nil, err
	}
	b := buf.Bytes()
	if len(b) > max {
		return b[:max], ErrTooLarge
	}
	return b, nil
}

func (OS) ReadDir(name string) ([]Entry, error) {
	f, err := os.Open(native(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	files, err := f.ReadDir(maxDirEntries)
	if err == io.EOF {
		err = nil
	}
	entries := make([]Entry, len(files))
	for i, d := range files {
		entries[i] = Entry{d.Name(), kindOf(d.Type())}
	}
	return entries, err
}
