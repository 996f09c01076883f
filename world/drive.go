package world

import (
	"path"
	"strings"
)

// FromWindows returns the path that Git Bash and MSYS2 have for one of Windows:
// C:\Users\ann is /c/Users/ann (msys2.org/docs/filesystem-paths). That is how
// every part of the guard spells it. Other paths are returned as they are.
func FromWindows(name string) string {
	if !isDrive(name) {
		return name
	}
	rest := strings.ReplaceAll(name[2:], `\`, "/")
	return "/" + strings.ToLower(name[:1]) + strings.TrimSuffix(rest, "/")
}

// toWindows is the way back, for the system's own calls.
func toWindows(name string) string {
	if len(name) < 2 || name[0] != '/' || !isLetter(name[1]) || len(name) > 2 && name[2] != '/' {
		return strings.ReplaceAll(name, "/", `\`)
	}
	rest := name[2:]
	if rest == "" {
		rest = "/"
	}
	return strings.ToUpper(name[1:2]) + ":" + strings.ReplaceAll(rest, "/", `\`)
}

// isDrive reports whether a path begins with the letter of a drive and its root.
func isDrive(name string) bool {
	return len(name) > 2 && name[1] == ':' && (name[2] == '\\' || name[2] == '/') && isLetter(name[0])
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// EnvironFromWindows returns an environment of Windows as a shell of Git Bash
// finds it: PATH in capitals, paths and lists of them as FromWindows has them,
// and HOME (see WithHome).
func EnvironFromWindows(environ []string) []string {
	environ = WithHome(environ)
	out := make([]string, 0, len(environ))
	for _, kv := range environ {
		name, value, ok := strings.Cut(kv, "=")
		if !ok || name == "" { // =C: and its kin are directories of drives
			continue
		}
		if strings.EqualFold(name, "PATH") {
			name = "PATH"
		}
		if list := strings.Split(value, ";"); isDrive(list[0]) {
			for i := range list {
				list[i] = FromWindows(list[i])
			}
			value = strings.Join(list, ":")
		}
		out = append(out, name+"="+value)
	}
	return out
}

// WithHome returns an environment of Windows with HOME, where only USERPROFILE
// says where that is.
func WithHome(environ []string) []string {
	profile := ""
	for _, kv := range environ {
		switch name, value, _ := strings.Cut(kv, "="); {
		case name == "HOME" && value != "":
			return environ
		case strings.EqualFold(name, "USERPROFILE"):
			profile = value
		}
	}
	if profile == "" {
		return environ
	}
	return append(environ[:len(environ):len(environ)], "HOME="+profile)
}

// CutPath cuts the first directory off a search path. Git Bash puts up with
// drives in it, as the activate of venv writes them (Python 3.11): a colon after
// one separates nothing if such a directory is there.
func CutPath(f FS, list string) (dir, rest string, more bool) {
	dir, rest, more = strings.Cut(list, ":")
	if len(dir) == 1 && more {
		d, after, another := strings.Cut(rest, ":")
		if unix := FromWindows(dir + ":" + d); path.IsAbs(unix) && IsDir(f, unix) {
			return unix, after, another
		}
	}
	return dir, rest, more
}
