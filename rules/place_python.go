package rules

import (
	"bytes"
	"path"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// A found is how a program was found.
type found struct {
	path    string // absolute; "" if it was not found
	word    string // as it was written
	onPath  bool   // by a search of PATH
	passed  string // an environment on PATH before it that does not hold it
	unknown bool   // an entry of PATH before it is not known
	active  bool   // and that is the active environment
	holed   bool   // the path is not known
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// which finds a program as the shell does.
func (j *judgement) which(word string) found {
	f := found{word: word}
	if strings.ContainsAny(word, `/\`) {
		f.path = j.absolute(word)
		if f.path == "" || action.Holed(f.path) {
			f.holed = true
		}
		return f
	}
	list, ok := j.inv.Env.Get("PATH")
	if !ok {
		list = defaultPath
	}
	for list != "" {
		var dir string
		dir, list, _ = world.CutPath(j.inv.FS, list)
		if dir == "" {
			dir = "." // as bash has it
		}
		if action.Holed(dir) {
			f.active = f.active || !f.unknown && f.passed == "" && j.isActive(dir)
			f.unknown = true
			continue
		}
		if dir = j.absolute(dir); dir == "" {
			f.unknown = true
			continue
		}
		file := dir + "/" + word
		if j.isProgram(file) {
			f.path, f.onPath = file, true
			return f
		}
		if strings.EqualFold(path.Base(dir), "Scripts") && j.isProgram(file+".exe") {
			f.path, f.onPath = file+".exe", true
			return f
		}
		if f.passed == "" && world.IsFile(j.inv.FS, path.Dir(dir)+"/pyvenv.cfg") {
			f.passed = path.Dir(dir)
		}
	}
	return f
}

// isActive reports whether a directory is that of the active environment's
// programs.
func (j *judgement) isActive(bin string) bool {
	for _, name := range [...]string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if v, ok := j.inv.Env.Get(name); ok && v != "" && path.Dir(bin) == v {
			return true
		}
	}
	return false
}

func (j *judgement) isProgram(file string) bool {
	info, err := world.Stat(j.inv.FS, file)
	return err == nil && info.Kind == world.File && info.Exec
}

// interpreter finds the Python interpreter that runs the tool: the tool itself,
// the one its script names, or the one that runs it as a module.
func (r *reading) interpreter() found {
	if r.searched {
		return r.interp
	}
	r.searched = true
	r.program = r.which(r.words[0])
	r.interp = r.program
	if !r.t.runs && r.program.path != "" && !r.program.holed && !isShim(path.Dir(r.program.path)) {
		r.interp.path = r.shebang(r.program.path)
	}
	return r.interp
}

// shebang returns the interpreter of a Python script. One that cannot be read
// belongs to the directory that it stands in, and to the one that it is linked
// to.
func (j *judgement) shebang(script string) string {
	b, err := j.inv.FS.ReadFile(script, 1024)
	if err == world.ErrTooLarge {
		err = nil
	}
	if err == nil && bytes.HasPrefix(b, []byte("#!")) {
		line, rest, _ := bytes.Cut(b[2:], []byte("\n"))
		if interp := j.shebangLine(script, string(bytes.TrimSpace(line)), string(rest)); interp != "" {
			return interp
		}
	}
	real, err := world.Resolve(j.inv.FS, script, true)
	if err != nil || real == script {
		return path.Dir(script) + "/python"
	}
	// Links within one directory (pip -> pip3) say nothing.
	if realDir, err := world.Resolve(j.inv.FS, path.Dir(script), true); err == nil && realDir == path.Dir(real) {
		return path.Dir(script) + "/python"
	}
	return path.Dir(real) + "/python"
}

func (j *judgement) shebangLine(script, line, rest string) string {
	interp, args, _ := strings.Cut(line, " ")
	switch base := path.Base(interp); {
	case base == "env":
		for _, w := range strings.Fields(args) {
			if strings.HasPrefix(w, "-") || strings.Contains(w, "=") {
				continue
			}
			return j.which(w).path
		}
		return ""
	case base == "sh":
		// The long form: a shell starts the interpreter, because a #! line
		// cannot hold a long path or one with spaces.
		_, rest, ok := strings.Cut(rest, "'''exec' ")
		if !ok {
			return ""
		}
		rest, _, _ = strings.Cut(rest, "\n")
		if strings.Contains(rest, "$(dirname") {
			// Relative to the script itself.
			real, err := world.Resolve(j.inv.FS, script, true)
			if err != nil {
				real = script
			}
			return path.Dir(real) + "/python"
		}
		if q := strings.TrimPrefix(rest, `"`); q != rest {
			interp, _, _ = strings.Cut(q, `"`)
			return path.Clean(interp)
		}
		interp, _, _ = strings.Cut(rest, " ")
		return path.Clean(interp)
	case strings.HasPrefix(base, "python") || strings.HasPrefix(base, "pypy"):
		if path.IsAbs(interp) {
			return path.Clean(interp)
		}
	}
	return ""
}

// interpreterPlace is the environment of the interpreter that runs the tool.
func (r *reading) interpreterPlace() action.Place {
	return r.foundPlace(r.interpreter())
}

// foundPlace is the environment of an interpreter that was found, or not.
func (j *judgement) foundPlace(f found) action.Place {
	switch {
	case f.holed:
		return action.Place{Kind: action.PlaceUnknown, Path: f.word}
	case f.active:
		return action.Place{Kind: action.PlaceUnknown, Note: "Which environment is active is not known"}
	case f.path == "" && f.unknown:
		return action.Place{Kind: action.PlaceUnknown, Path: ""}
	case f.path == "":
		return action.Place{Kind: action.PlaceSystem}
	}
	p := j.envOf(f.path)
	if p.Kind == action.PlaceVenv {
		// Since 3.11 Python looks for its environment beside this one.
		if v, ok := j.inv.Env.Get("PYTHONEXECUTABLE"); ok && v != "" {
			if v = j.absolute(v); v == "" || action.Holed(v) {
				return action.Place{Kind: action.PlaceUnknown, Note: "PYTHONEXECUTABLE is set in the environment"}
			}
			if p = j.envOf(v); p.Kind != action.PlaceVenv {
				p.Note = "PYTHONEXECUTABLE is set in the environment"
			}
		}
	}
	return p
}

// envOf returns the environment that an interpreter belongs to, by its
// unresolved path, as CPython itself finds it.
func (j *judgement) envOf(interp string) action.Place {
	bin := path.Dir(interp)
	root := path.Dir(bin)
	if path.Base(bin) != "bin" && strings.HasSuffix(interp, ".exe") && !strings.EqualFold(path.Base(bin), "Scripts") {
		// On Windows the interpreter stands in the prefix itself, but for
		// that of a virtual environment.
		root = bin
	}
	switch {
	case world.IsFile(j.inv.FS, bin+"/pyvenv.cfg"):
		// The prefix is the parent even then.
		return j.newEnvPlace(root)
	case world.IsFile(j.inv.FS, root+"/pyvenv.cfg"):
		return action.Place{Kind: action.PlaceVenv, Path: root}
	case world.IsDir(j.inv.FS, root+"/conda-meta"):
		if world.IsDir(j.inv.FS, root+"/condabin") {
			return action.Place{Kind: action.PlaceSystem, Path: root}
		}
		return action.Place{Kind: action.PlaceVenv, Path: root}
	case isShim(bin):
		return j.shimPlace(root)
	case namedLikeEnv(root):
		if !world.Exists(j.inv.FS, root) {
			return action.Place{Kind: action.PlaceVenv, Path: root}
		}
		return action.Place{Kind: action.PlaceFake, Path: root}
	}
	return action.Place{Kind: action.PlaceSystem, Path: root}
}

// isShim reports whether a directory holds the programs that a version manager
// puts before the real ones.
func isShim(dir string) bool {
	return path.Base(dir) == "shims"
}

// shimPlace is the environment that a version manager's program leads to. Only
// pyenv's can be a virtual environment: one of its versions, which PYENV_VERSION,
// the nearest .python-version or its own version file names (pyenv 2,
// libexec/pyenv-version-name).
func (j *judgement) shimPlace(root string) action.Place {
	p := action.Place{Kind: action.PlaceUser, Path: root}
	if path.Base(root) != ".pyenv" {
		return p
	}
	name, ok := j.inv.Env.Get("PYENV_VERSION")
	for dir := j.inv.Dir; !ok && path.IsAbs(dir) && len(dir) > 1; dir = path.Dir(dir) {
		name, ok = j.firstWord(dir + "/.python-version")
	}
	if !ok {
		name, _ = j.firstWord(root + "/version")
	}
	env := root + "/versions/" + name
	if name != "" && !action.Holed(name) && !strings.Contains(name, "..") && world.IsFile(j.inv.FS, env+"/pyvenv.cfg") {
		return action.Place{Kind: action.PlaceVenv, Path: env}
	}
	return p
}

// firstWord returns the first word of a small file.
func (j *judgement) firstWord(file string) (string, bool) {
	b, err := j.inv.FS.ReadFile(file, 1024)
	words := strings.Fields(string(b))
	if err != nil || len(words) == 0 || strings.ContainsAny(words[0], ":#") {
		return "", false
	}
	return words[0], true
}

// namedLikeEnv reports whether a directory is called as environments are.
func namedLikeEnv(dir string) bool {
	base := strings.ToLower(strings.TrimPrefix(path.Base(dir), "."))
	for _, n := range [...]string{"virtualenv", "venv", "env"} {
		if rest, ok := strings.CutPrefix(base, n); ok {
			return rest == "" || n != "env" && strings.Trim(rest, "0123456789.-_") == ""
		}
	}
	// Conda keeps its environments in a directory of that name.
	return path.Base(path.Dir(dir)) == "envs"
}

// pythonPlace is the environment that a word names: an interpreter, the
// directory of an environment, or a name or version.
func (r *reading) pythonPlace(word string) action.Place {
	if !strings.ContainsAny(word, `/\`) {
		// A plain word is a directory or file if there is one.
		dir := r.absolute(word)
		if dir == "" || action.Holed(word) {
			return action.Place{Kind: action.PlaceUnknown, Path: word}
		}
		if !world.Exists(r.inv.FS, dir) && !namedLikeEnv(dir) {
			f := r.which(word)
			r.interp = f
			return r.foundPlace(f)
		}
	}
	p := r.absolute(word)
	if p == "" || action.Holed(p) {
		return action.Place{Kind: action.PlaceUnknown, Path: word}
	}
	if world.IsDir(r.inv.FS, p) {
		for _, exe := range []string{"/bin/python", "/Scripts/python.exe"} {
			if world.Exists(r.inv.FS, p+exe) {
				return r.envOf(p + exe)
			}
		}
		return r.envOf(p + "/bin/python")
	}
	if namedLikeEnv(p) && !world.Exists(r.inv.FS, p) {
		return action.Place{Kind: action.PlaceVenv, Path: p}
	}
	return r.envOf(p)
}

// activePlace is the active environment, or the one that tools look for when
// none is: .venv here or above. Without any it is the system.
func (r *reading) activePlace() action.Place {
	if p, ok := r.activeEnv(); ok {
		return p
	}
	return action.Place{Kind: action.PlaceSystem}
}

func (r *reading) activeEnv() (action.Place, bool) {
	if v, ok := r.inv.Env.Get("VIRTUAL_ENV"); ok && v != "" {
		if action.Holed(v) {
			return action.Place{Kind: action.PlaceUnknown, Path: v}, true
		}
		if dir := r.absolute(v); world.IsFile(r.inv.FS, dir+"/pyvenv.cfg") {
			return action.Place{Kind: action.PlaceVenv, Path: dir}, true
		}
	}
	if v, ok := r.inv.Env.Get("CONDA_PREFIX"); ok && v != "" {
		if name, _ := r.inv.Env.Get("CONDA_DEFAULT_ENV"); name != "base" && !world.IsDir(r.inv.FS, v+"/condabin") {
			return action.Place{Kind: action.PlaceVenv, Path: v}, true
		}
	}
	if dir, ok := r.above(".venv/pyvenv.cfg", ""); ok {
		return action.Place{Kind: action.PlaceVenv, Path: path.Join(dir, ".venv")}, true
	}
	return action.Place{}, false
}
