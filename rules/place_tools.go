package rules

import (
	"path"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// uvPipPlace is where `uv pip` finds an environment when no option says:
// the interpreter that runs uv as a module, the active environment, or the
// nearest .venv. It never falls back to the system; without an environment
// nothing happens.
func (r *reading) uvPipPlace() action.Place {
	if r.inside {
		return r.interpreterPlace()
	}
	if p, ok := r.activeEnv(); ok {
		return p
	}
	return action.Place{Kind: action.PlaceNone}
}

// uvPythonPlace is the environment that uv takes a word after --python for. A
// path may be the system's; a name or version only finds environments.
func (r *reading) uvPythonPlace(word string) action.Place {
	if strings.ContainsAny(word, `/\`) || action.Holed(word) {
		return r.pythonPlace(word)
	}
	if dir := r.absolute(word); dir != "" && (world.Exists(r.inv.FS, dir) || namedLikeEnv(dir)) {
		return r.pythonPlace(word)
	}
	return r.uvPipPlace()
}

// uvProjectPlace is the environment of uv's project commands.
func (r *reading) uvProjectPlace() action.Place {
	if on, _ := r.on("--active", false); on {
		if p, ok := r.activeEnv(); ok {
			return p
		}
	}
	root := r.projectDir()
	if v, src := r.value("--project"); src != fromNowhere {
		root = r.absolute(v)
	}
	if v, ok := r.inv.Env.Get("UV_PROJECT_ENVIRONMENT"); ok && v != "" {
		if !path.IsAbs(v) && action.IndexHole(v) != 0 && root != "" {
			v = root + "/" + v
		}
		p := r.pythonPlace(v)
		if p.Kind == action.PlaceSystem && !world.Exists(r.inv.FS, v) {
			return r.newEnvPlace(v)
		}
		return p
	}
	if root == "" {
		return action.Place{Kind: action.PlaceProject}
	}
	return action.Place{Kind: action.PlaceVenv, Path: root + "/.venv"}
}

// projectDir is the directory of the nearest pyproject.toml, or the working
// directory.
func (r *reading) projectDir() string {
	if dir, ok := r.above("pyproject.toml", ""); ok {
		return dir
	}
	if action.Holed(r.inv.Dir) {
		return ""
	}
	return r.inv.Dir
}

// poetryPlace is the environment that poetry finds or makes for the project.
// With virtualenvs.create off and none active it is the system's.
func (r *reading) poetryPlace() action.Place {
	if p, ok := r.activeEnv(); ok {
		return p
	}
	create := true
	if v, ok := r.inv.Env.Get("POETRY_VIRTUALENVS_CREATE"); ok {
		create = !isFalse(v)
	} else if _, off := r.above("poetry.toml", "create = false"); off {
		create = false
	}
	if !create {
		return action.Place{Kind: action.PlaceSystem, Note: "Poetry's virtualenvs.create is off and no environment is active"}
	}
	return action.Place{Kind: action.PlaceVenv, Path: path.Join(r.projectDir(), ".venv")}
}

// managedPlace is the environment that a tool keeps for the project.
func (r *reading) managedPlace(is resolver) action.Place {
	switch is {
	case isPixi:
		return action.Place{Kind: action.PlaceVenv, Path: path.Join(r.projectDir(), ".pixi/envs/default")}
	case isPDM, isPipenv:
		if p, ok := r.activeEnv(); ok {
			return p
		}
	}
	return action.Place{Kind: action.PlaceVenv, Path: path.Join(r.projectDir(), ".venv")}
}

// condaPlace is the environment that a conda command means: -p, -n, the active
// one, base.
func (r *reading) condaPlace() action.Place {
	if v, src := r.value("--prefix"); src != fromNowhere {
		dir := r.absolute(v)
		if dir != "" && !action.Holed(dir) && world.IsDir(r.inv.FS, dir+"/conda-meta") {
			return r.envOf(dir + "/bin/python")
		}
		return r.newEnvPlace(v)
	}
	if v, src := r.value("--name"); src != fromNowhere {
		return r.condaNamed(v)
	}
	if v, ok := r.inv.Env.Get("CONDA_PREFIX"); ok && v != "" && !action.Holed(v) {
		if name, _ := r.inv.Env.Get("CONDA_DEFAULT_ENV"); name == "base" || world.IsDir(r.inv.FS, v+"/condabin") {
			return action.Place{Kind: action.PlaceSystem, Path: v, Note: "The active conda environment is base"}
		}
		return action.Place{Kind: action.PlaceVenv, Path: v}
	}
	return action.Place{Kind: action.PlaceSystem, Path: r.condaRoot(), Note: "No conda environment is named or active, so this is base"}
}

func (r *reading) condaNamed(name string) action.Place {
	switch {
	case name == "base" || name == "root":
		return action.Place{Kind: action.PlaceSystem, Path: r.condaRoot(), Note: "Base is shared by all projects"}
	case action.Holed(name):
		return action.Place{Kind: action.PlaceUnknown, Path: name}
	case strings.Contains(name, "/") || name == ".":
		if dir := r.absolute(name); dir != "" && world.IsDir(r.inv.FS, dir+"/conda-meta") {
			return r.envOf(dir + "/bin/python")
		}
		return r.newEnvPlace(name)
	}
	home, _ := r.inv.Env.Get("HOME")
	for _, root := range []string{r.condaRoot(), home + "/.conda"} {
		if root != "" && world.IsDir(r.inv.FS, root+"/envs/"+name) {
			return action.Place{Kind: action.PlaceVenv, Path: root + "/envs/" + name}
		}
	}
	return action.Place{Kind: action.PlaceVenv, Path: home + "/.conda/envs/" + name}
}

// condaRoot is the directory of conda's own installation, "" if that cannot be
// told.
func (r *reading) condaRoot() string {
	if v, ok := r.inv.Env.Get("CONDA_EXE"); ok && path.IsAbs(v) {
		return path.Dir(path.Dir(v))
	}
	if v, ok := r.inv.Env.Get("MAMBA_ROOT_PREFIX"); ok && path.IsAbs(v) {
		return path.Clean(v)
	}
	if f := r.which("conda"); f.path != "" && !f.holed {
		return path.Dir(path.Dir(f.path))
	}
	return ""
}
