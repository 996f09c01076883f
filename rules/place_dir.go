package rules

import (
	"path"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// absolute returns a word as an absolute path, as the kernel reads it: `..`
// after a link leads to the parent of the link's target. A word that begins
// with a hole is not known at all, and "" is returned.
func (j *judgement) absolute(word string) string {
	if strings.IndexByte(word, '\\') >= 0 && strings.IndexByte(word, '/') < 0 {
		word = strings.ReplaceAll(word, `\`, "/")
	}
	word = world.FromWindows(word)
	switch {
	case action.IndexHole(word) == 0:
		return ""
	case word == "~" || strings.HasPrefix(word, "~/"):
		// A tilde that the shell left alone, as in --target=~/x.
		return ""
	case !path.IsAbs(word):
		if j.inv.Dir == "" || action.IndexHole(j.inv.Dir) == 0 {
			return ""
		}
		word = j.inv.Dir + "/" + word
	}
	if i := strings.Index(word, "/../"); i < 0 && !strings.HasSuffix(word, "/..") {
		return path.Clean(word)
	}
	done := ""
	if path.IsAbs(word) {
		done = "/"
	}
	for _, elem := range strings.Split(word, "/") {
		if elem == ".." {
			if real, err := world.Resolve(j.inv.FS, done, true); err == nil {
				done = real
			}
		}
		done = path.Join(done, elem)
	}
	return done
}

// within reports whether name is dir or below it.
func within(name, dir string) bool {
	if dir == "/" {
		return strings.HasPrefix(name, "/")
	}
	return dir != "" && strings.HasPrefix(name, dir) && (len(name) == len(dir) || name[len(dir)] == '/')
}

// manifests are the files that make a directory the root of a project.
var manifests = [...]string{
	".git", ".hg", ".svn", ".jj", "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile",
	"pixi.toml", "environment.yml", "package.json", "deno.json", "deno.jsonc", "Cargo.toml", "go.mod", "Gemfile",
	"composer.json", "pom.xml", "build.gradle", "build.gradle.kts", "mix.exs", "pubspec.yaml", "Project.toml",
}

// projectRoot returns the root of the project that the invocation runs in: the
// nearest directory upward with a repository or a manifest, else the working
// directory. It returns "" where there can be no project: in a directory of
// the system, in the home itself, or in a hidden directory of it.
func (j *judgement) projectRoot() string {
	dir := j.inv.Dir
	if !path.IsAbs(dir) || action.Holed(dir) {
		return ""
	}
	home, _ := j.inv.Env.Get("HOME")
	for d := dir; len(d) > 1 && d != home; d = path.Dir(d) {
		for _, m := range manifests {
			if _, err := j.inv.FS.Lstat(d + "/" + m); err == nil {
				// Some system directories are repositories themselves.
				if isSystemDir(d) && (d == "/usr/local" || d == "/opt/homebrew" || path.Dir(d) == "/") {
					return ""
				}
				return d
			}
		}
	}
	if isSystemDir(dir) || dir == home || hiddenIn(dir, home) {
		return ""
	}
	return dir
}

// hiddenIn reports whether a directory lies in one of those below home that
// belong to programs: ~/.local, ~/.config, ~/Library, ~/bin.
func hiddenIn(dir, home string) bool {
	if home == "" || home == "/" || !within(dir, home) || dir == home {
		return false
	}
	first, _, _ := strings.Cut(dir[len(home)+1:], "/")
	return strings.HasPrefix(first, ".") || first == "Library" || first == "bin" || first == "AppData"
}

// systemDirs are the directories of the machine itself.
var systemDirs = [...]string{
	"/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/opt/homebrew", "/proc", "/run", "/sbin", "/snap",
	"/sys", "/usr", "/var/lib", "/Applications", "/Library", "/System", "/nix",
}

func isSystemDir(dir string) bool {
	if dir == "/" || dir == "/opt" || dir == "/var" || dir == "/home" || dir == "/Users" || dir == "/root" {
		return true
	}
	for _, s := range systemDirs {
		if within(dir, s) {
			return true
		}
	}
	return false
}

// scratchDirs hold what nobody else uses.
var scratchDirs = [...]string{
	"/tmp", "/var/tmp", "/dev/shm", "/private/tmp", "/private/var/tmp", "/var/folders", "/private/var/folders",
}

func isScratch(dir string) bool {
	for _, s := range scratchDirs {
		if within(dir, s) {
			return true
		}
	}
	return false
}

// dirPlace says what kind of place a directory is that a word names.
func (j *judgement) dirPlace(word string) action.Place {
	dir := j.absolute(word)
	if strings.HasPrefix(word, "~") {
		return action.Place{Kind: action.PlaceUser, Path: word}
	}
	if dir == "" {
		return action.Place{Kind: action.PlaceUnknown, Path: word}
	}
	if i := action.IndexHole(dir); i >= 0 {
		// What is known must suffice: the hole may be any name, but is
		// taken not to lead upward.
		p := j.plainDirPlace(path.Dir(dir[:i] + "x"))
		if p.Kind == action.PlaceProject || p.Kind == action.PlaceDir || p.Kind == action.PlaceVenv {
			p.Path = dir
			return p
		}
		return action.Place{Kind: action.PlaceUnknown, Path: dir}
	}
	return j.plainDirPlace(dir)
}

func (j *judgement) plainDirPlace(dir string) action.Place {
	p := action.Place{Path: dir}
	real, err := world.Resolve(j.inv.FS, dir, true)
	if err != nil {
		real = dir
	}
	if root := j.projectRoot(); root != "" && within(dir, root) {
		realRoot, err := world.Resolve(j.inv.FS, root, true)
		if err != nil {
			realRoot = root
		}
		if within(real, realRoot) {
			p.Kind = action.PlaceProject
			return p
		}
		// A link leads out of the project.
		p.Note = "It is a link to " + real
	}
	for d := real; len(d) > 1; d = path.Dir(d) {
		if world.IsFile(j.inv.FS, d+"/pyvenv.cfg") {
			p.Kind = action.PlaceVenv
			return p
		}
	}
	home, _ := j.inv.Env.Get("HOME")
	switch {
	case home != "" && home != "/" && within(real, home):
		p.Kind = action.PlaceUser
	case isScratch(real):
		p.Kind = action.PlaceDir
	default:
		p.Kind = action.PlaceSystem
	}
	return p
}

// newEnvPlace says what kind of place an environment is that would be made in
// a directory that a word names.
func (j *judgement) newEnvPlace(word string) action.Place {
	p := j.dirPlace(word)
	switch p.Kind {
	case action.PlaceProject, action.PlaceDir:
		p.Kind = action.PlaceVenv
	case action.PlaceUser:
		// An environment of its own, wherever it is, is isolated; one that
		// takes over the home or ~/.local is not.
		home, _ := j.inv.Env.Get("HOME")
		if dir := p.Path; dir != home && dir != home+"/.local" && dir != home+"/bin" && dir != "~" {
			p.Kind = action.PlaceVenv
		}
	}
	return p
}
