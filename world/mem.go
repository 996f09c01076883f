package world

import (
	"io/fs"
	"path"
	"strings"
)

// Mem is a view made of a map from path to file, for examples and tests.
// Directories above a file exist by themselves.
type Mem map[string]MemFile

// MemFile is one file of a Mem: a link if Target is set, a directory if Dir.
type MemFile struct {
	Content string
	Target  string
	Dir     bool
	Exec    bool
}

func (m Mem) Lstat(name string) (Info, error) {
	real, err := Resolve(memLinks{m}, name, false)
	if err != nil {
		return Info{}, err
	}
	return m.lstat(real)
}

func (m Mem) lstat(name string) (Info, error) {
	if f, ok := m[name]; ok {
		switch {
		case f.Target != "":
			return Info{Kind: Link}, nil
		case f.Dir:
			return Info{Kind: Dir}, nil
		}
		return Info{Kind: File, Exec: f.Exec || f.Content == "", Size: int64(len(f.Content))}, nil
	}
	prefix := strings.TrimSuffix(name, "/") + "/"
	for p := range m {
		if strings.HasPrefix(p, prefix) {
			return Info{Kind: Dir}, nil
		}
	}
	return Info{}, fs.ErrNotExist
}

// memLinks answers Readlink for paths whose directories hold no links.
type memLinks struct{ Mem }

func (m memLinks) Readlink(name string) (string, error) {
	if f, ok := m.Mem[name]; ok && f.Target != "" {
		return f.Target, nil
	}
	return "", fs.ErrNotExist
}

func (m Mem) Readlink(name string) (string, error) {
	real, err := Resolve(memLinks{m}, name, false)
	if err != nil {
		return "", err
	}
	return memLinks{m}.Readlink(real)
}

func (m Mem) ReadFile(name string, max int) ([]byte, error) {
	real, err := Resolve(memLinks{m}, name, true)
	if err != nil {
		return nil, err
	}
	f, ok := m[real]
	if !ok || f.Dir {
		return nil, fs.ErrNotExist
	}
	if len(f.Content) > max {
		return []byte(f.Content[:max]), ErrTooLarge
	}
	return []byte(f.Content), nil
}

func (m Mem) ReadDir(name string) ([]Entry, error) {
	real, err := Resolve(memLinks{m}, name, true)
	if err != nil {
		return nil, err
	}
	if info, err := m.lstat(real); err != nil || info.Kind != Dir {
		return nil, fs.ErrNotExist
	}
	kinds := map[string]Kind{}
	for p := range m {
		if rest, ok := strings.CutPrefix(p, strings.TrimSuffix(real, "/")+"/"); ok {
			elem, _, _ := strings.Cut(rest, "/")
			info, err := m.lstat(path.Join(real, elem))
			if err == nil {
				kinds[elem] = info.Kind
			}
		}
	}
	return sortEntries(kinds), nil
}
