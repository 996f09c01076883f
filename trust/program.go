package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxProgram bounds a program that is copied to be run, in bytes.
const maxProgram = 256 << 20

// A Program is a copy of a pinned file that can be run and that nobody else can
// change: the bytes that were compared are the bytes that run, whatever becomes
// of the file meanwhile.
type Program struct {
	// Path is what to execute. On Linux it is a descriptor of the process,
	// which must be open across the exec.
	Path string
	// File is that descriptor; nil where the copy is a file, which Close
	// removes.
	File *os.File
	dir  string
}

// ErrChanged says that a file is not what was pinned.
var ErrChanged = errors.New("is not what was pinned")

// Copy copies the regular file name into a Program if its SHA-256 is sum, in
// lower-case hexadecimal digits. The file is read once.
func Copy(name, sum string) (*Program, error) {
	r, info, err := open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if info.Mode()&0o111 == 0 && filepath.Separator == '/' {
		return nil, fmt.Errorf("%s: may not be run: chmod +x", name)
	}
	w, p, err := newProgram(filepath.Base(name))
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), io.LimitReader(r, maxProgram+1))
	switch got := hex.EncodeToString(h.Sum(nil)); {
	case err != nil:
	case n > maxProgram:
		err = fmt.Errorf("%s: larger than %d MiB", name, maxProgram>>20)
	case got != sum:
		err = fmt.Errorf("%s: %w: want %.12s… got %.12s…", name, ErrChanged, sum, got)
	default:
		err = p.seal(w)
	}
	if err != nil {
		w.Close()
		p.Close()
		return nil, err
	}
	return p, nil
}

// Close lets go of the copy.
func (p *Program) Close() error {
	var err error
	if p.File != nil {
		err = p.File.Close()
	}
	if p.dir != "" {
		err = errors.Join(err, os.RemoveAll(p.dir))
	}
	return err
}

// newFile makes a copy in a directory of its own, which only the user can enter.
func newFile(base string) (*os.File, *Program, error) {
	dir, err := os.MkdirTemp("", "venv-guard-*") // mode 0700
	if err != nil {
		return nil, nil, err
	}
	p := &Program{Path: filepath.Join(dir, base), dir: dir}
	w, err := os.OpenFile(p.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700)
	if err != nil {
		p.Close()
		return nil, nil, err
	}
	return w, p, nil
}
