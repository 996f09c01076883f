package world

import (
	"errors"
	"path"
	"strings"
)

// A Kind is the type of a file.
type Kind uint8

const (
	Missing Kind = iota
	File
	Dir
	Link
	Other // device, socket, pipe
)

// Info is what the guard wants to know of a file.
type Info struct {
	Kind Kind
	Exec bool // may be started as a program
	Size int64
}

// An FS is a read-only view of files. Paths are absolute and slash-separated.
// Errors satisfy errors.Is(err, fs.ErrNotExist) where the file is not there.
type FS interface {
	// Lstat describes the file itself, without following a link.
	Lstat(name string) (Info, error)
	// Readlink returns a link's target as it is written.
	Readlink(name string) (string, error)
	// ReadFile returns at most max bytes of the file, following links;
	// longer files are an ErrTooLarge.
	ReadFile(name string, max int) ([]byte, error)
	// ReadDir returns what is in a directory, following links to it.
	ReadDir(name string) ([]Entry, error)
}

// An Entry is one file of a directory.
type Entry struct {
	Name string
	Kind Kind
}

// ErrTooLarge says that a file is longer than the caller wanted to read.
var ErrTooLarge = errors.New("file too large")

// ErrUnknown says that a file is there but nothing is known of its content.
var ErrUnknown = errors.New("content not known")

var errLinks = errors.New("too many links")

// maxLinks bounds the links followed for one path, as Linux does (ELOOP).
const maxLinks = 40

// Resolve returns name with every symbolic link in its directories followed,
// and in its last element too if last is set. The file itself need not exist.
func Resolve(f FS, name string, last bool) (string, error) {
	if !path.IsAbs(name) {
		name = "/" + name
	}
	if o, ok := f.(*Overlay); ok {
		f = rawOverlay{o} // it is the directories that are resolved here
	}
	if strings.Contains(name, "/..") { // link/.. is not what link stands in
		return resolve(f, "/", strings.TrimPrefix(name, "/"), "", last)
	}
	name = path.Clean(name)
	// As long as there was no link, what is done is the beginning of name.
	for at := 0; ; {
		i := strings.IndexByte(name[at+1:], '/')
		if i < 0 {
			if !last || name == "/" {
				return name, nil
			}
			i = len(name) - at - 1
		}
		next := name[:at+1+i]
		target, err := f.Readlink(next)
		if err == nil {
			return resolve(f, path.Dir(next), target, name[len(next):], last)
		}
		if at = len(next); at == len(name) {
			return name, nil
		}
	}
}

// resolve goes on behind the first link, which stands in the directory done and
// is followed by rest.
func resolve(f FS, done, target, rest string, last bool) (string, error) {
	for links := 1; ; {
		if path.IsAbs(target) {
			done = "/"
		}
		rest = strings.TrimPrefix(target, "/") + rest
		for target = ""; target == ""; {
			elem, tail, more := strings.Cut(rest, "/")
			if elem == ".." {
				done, rest = path.Dir(done), tail
				continue
			}
			if rest == "" {
				return done, nil
			}
			next := path.Join(done, elem)
			if !more && !last {
				return next, nil
			}
			var err error
			if target, err = f.Readlink(next); err != nil {
				done, rest, target = next, tail, ""
				continue
			}
			if links++; links > maxLinks {
				return "", errLinks
			}
			if rest = ""; more {
				rest = "/" + tail
			}
		}
	}
}

// Stat describes the file that name leads to, following links.
func Stat(f FS, name string) (Info, error) {
	if f, ok := f.(interface{ Stat(string) (Info, error) }); ok {
		return f.Stat(name)
	}
	return stat(f, name)
}

// stat is Stat for views that only know Lstat and Readlink.
func stat(f FS, name string) (Info, error) {
	info, err := f.Lstat(name)
	if err == nil && info.Kind != Link {
		return info, nil
	}
	real, rerr := Resolve(f, name, true)
	if rerr != nil {
		return Info{}, rerr
	}
	if real == path.Clean(name) {
		return info, err
	}
	return f.Lstat(real)
}

// IsDir reports whether name leads to a directory.
func IsDir(f FS, name string) bool {
	info, err := Stat(f, name)
	return err == nil && info.Kind == Dir
}

// IsFile reports whether name leads to a regular file.
func IsFile(f FS, name string) bool {
	info, err := Stat(f, name)
	return err == nil && info.Kind == File
}

// Exists reports whether name leads to anything.
func Exists(f FS, name string) bool {
	_, err := Stat(f, name)
	return err == nil
}

// LookPath returns the first program called name in the directories of a PATH,
// or "". Directories that are not absolute are taken from dir.
func LookPath(f FS, dir, pathList, name string) string {
	return look(f, dir, pathList, name, func(info Info) bool { return info.Exec })
}

// LookFile returns the first file called name in the directories of a PATH, or
// "": source does not ask whether it can be executed.
func LookFile(f FS, dir, pathList, name string) string {
	return look(f, dir, pathList, name, func(Info) bool { return true })
}

func look(f FS, dir, pathList, name string, fits func(Info) bool) string {
	for more := true; more; {
		var d string
		d, pathList, more = CutPath(f, pathList)
		if !path.IsAbs(d) {
			d = path.Join(dir, d)
		}
		file := path.Join(d, name)
		if info, err := Stat(f, file); err == nil && info.Kind == File && fits(info) {
			return file
		}
	}
	return ""
}
