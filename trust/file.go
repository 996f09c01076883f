package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"unicode/utf8"
)

// A File is a list of pins.
type File struct {
	Name string
	// Warning says why the list proves less than it seems to: someone else
	// can write it. Empty if there is nothing to say.
	Warning string

	text   []byte
	pins   []pin
	exists bool        // on disk, where it holds
	loaded []byte      // this text
	mode   fs.FileMode // and has these permissions
}

// Load reads the list in the file name. Errors in its text begin with the
// position as name:line:column.
func Load(name string) (*File, error) {
	r, info, err := open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	pins, err := parse(name, text)
	if err != nil {
		return nil, err
	}
	return &File{name, loose(name, info), text, pins, true, text, info.Mode().Perm()}, nil
}

// New returns an empty list, for Save to create as the file name.
func New(name string) *File { return &File{Name: name, mode: 0o644} }

// Status is what became of a pinned file.
type Status string

const (
	OK         Status = "ok"
	Changed    Status = "changed"
	Missing    Status = "missing"
	Unreadable Status = "unreadable" // Result.Err says why
	Unpinned   Status = "unpinned"   // listed without a sha256
)

// A Result is the outcome for one entry of the list.
type Result struct {
	Path      string // as the list has it
	File      string // where that is
	Status    Status
	Want, Got string // SHA-256 in lower-case hexadecimal digits, where known
	Err       error
}

// Verify compares every file of the list with its pin, in the list's order.
func (f *File) Verify() []Result {
	results := make([]Result, len(f.pins))
	for i, p := range f.pins {
		r := Result{Path: p.path, File: f.locate(p.path), Status: OK, Want: p.sum}
		r.Got, r.Err = hash(r.File)
		switch {
		case errors.Is(r.Err, fs.ErrNotExist):
			r.Status = Missing
		case r.Err != nil:
			r.Status = Unreadable
		case r.Want == "":
			r.Status = Unpinned
		case r.Got != r.Want:
			r.Status = Changed
		}
		results[i] = r
	}
	return results
}

// Sum returns the SHA-256 that the list has for the file name, in lower-case
// hexadecimal digits.
func (f *File) Sum(name string) (sum string, ok bool) {
	for _, p := range f.pins {
		if p.sum != "" && f.locate(p.path) == filepath.Clean(name) {
			return p.sum, true
		}
	}
	return "", false
}

// A Change is what Pin did to the list.
type Change string

const (
	Pinned    Change = "pinned"
	Renewed   Change = "renewed"
	Unchanged Change = "unchanged"
)

// Pin makes the file name, as it is now, part of the list, and returns the
// path that stands for it there and its SHA-256. The rest of the list's text,
// comments too, stays as it is. Nothing is written before Save.
func (f *File) Pin(name string) (change Change, path, sum string, err error) {
	if path, err = f.entry(name); err != nil {
		return "", "", "", err
	}
	if sum, err = hash(name); err != nil {
		return "", "", "", fmt.Errorf("%s: %w", name, err)
	}
	pins := slices.Clone(f.pins)
	i := slices.IndexFunc(pins, func(p pin) bool { return f.locate(p.path) == filepath.Clean(name) })
	var text []byte
	switch {
	case i < 0:
		change = Pinned
		pins = append(pins, pin{path: path, sum: sum})
		text, err = appendPin(f.text, f.pins, path, sum)
	case pins[i].sum == sum:
		return Unchanged, pins[i].path, sum, nil
	case pins[i].sum == "":
		change, path = Pinned, pins[i].path
		text = insertSum(f.text, pins[i], sum)
		pins[i].sum = sum
	default:
		change, path = Renewed, pins[i].path
		text = replaceSum(f.text, pins[i], sum)
		pins[i].sum = sum
	}
	if err != nil {
		return "", "", "", err
	}
	// The text was edited by position: hold it against what was meant.
	edited, err := parse(f.Name, text)
	if err != nil || !slices.EqualFunc(edited, pins, samePin) {
		return "", "", "", fmt.Errorf("%s: cannot pin %s in a list written this way: write each entry as two lines, %q and %q",
			f.Name, path, "- path: …", "  sha256: …")
	}
	f.text, f.pins = text, edited
	return change, path, sum, nil
}

// Unpin takes the file name out of the list, with the lines of its entry, and
// reports whether it was there. Nothing is written before Save.
func (f *File) Unpin(name string) (was bool, err error) {
	i := slices.IndexFunc(f.pins, func(p pin) bool { return f.locate(p.path) == filepath.Clean(name) })
	if i < 0 {
		return false, nil
	}
	want := slices.Delete(slices.Clone(f.pins), i, i+1)
	text := removePin(f.text, f.pins[i])
	// The text was edited by position: hold it against what was meant.
	edited, err := parse(f.Name, text)
	if err != nil || !slices.EqualFunc(edited, want, samePin) {
		return false, fmt.Errorf("%s: cannot take %s out of a list written this way: write each entry as two lines, %q and %q",
			f.Name, f.pins[i].path, "- path: …", "  sha256: …")
	}
	f.text, f.pins = text, edited
	return true, nil
}

// Save writes the list, and makes the directory that it is in. The file is replaced as a whole or not at all, and not
// if it is no longer as it was loaded.
func (f *File) Save() error {
	name := f.Name
	now, err := os.ReadFile(name)
	if f.exists && err == nil {
		name, err = filepath.EvalSymlinks(name)
	} else if !f.exists && errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return err
	}
	if !bytes.Equal(now, f.loaded) {
		return fmt.Errorf("%s: changed by someone else meanwhile, so nothing was written", f.Name)
	}
	if f.exists && bytes.Equal(f.text, now) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	w, err := os.CreateTemp(filepath.Dir(name), ".trusted-hooks-*")
	if err != nil {
		return err
	}
	defer os.Remove(w.Name()) // nothing is there once it is renamed
	_, err = w.Write(f.text)
	if err = errors.Join(err, w.Chmod(f.mode), w.Sync(), w.Close()); err != nil {
		return err
	}
	if err := os.Rename(w.Name(), name); err != nil {
		return err
	}
	f.exists, f.loaded = true, f.text
	return nil
}

// locate returns where a path of the list is.
func (f *File) locate(path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(filepath.Dir(f.Name), path)
}

// entry returns the path by which the list calls the file name: relative below
// the list's own directory, else absolute.
func (f *File) entry(name string) (string, error) {
	if !utf8.ValidString(name) {
		return "", fmt.Errorf("%q: a list can only hold paths that are valid UTF-8", name)
	}
	if filepath.Clean(name) == filepath.Clean(f.Name) {
		return "", fmt.Errorf("%s: a list cannot pin itself", name)
	}
	rel, err := filepath.Rel(filepath.Dir(f.Name), name)
	if err != nil || !filepath.IsLocal(rel) {
		rel = filepath.Clean(name)
	}
	return filepath.ToSlash(rel), nil
}

// hash returns the SHA-256 of what the file name leads to. Its errors leave out
// the name, which callers say in their own words.
func hash(name string) (sum string, err error) {
	defer func() {
		if pe, ok := errors.AsType[*fs.PathError](err); ok {
			err = pe.Err
		}
	}()
	r, _, err := open(name)
	if err != nil {
		return "", err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// open opens a regular file to read. It does not wait for a writer at a pipe.
func open(name string) (*os.File, fs.FileInfo, error) {
	r, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := r.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = &fs.PathError{Op: "open", Path: name, Err: errors.New("is a directory")}
	case !info.Mode().IsRegular():
		err = &fs.PathError{Op: "open", Path: name, Err: errors.New("not a regular file")}
	}
	if err != nil {
		r.Close()
		return nil, nil, err
	}
	return r, info, nil
}
