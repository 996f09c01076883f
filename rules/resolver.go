package rules

// A resolver is a way to find where something lands. The fixed kinds are the
// words of action.Place; the others look at the machine.
type resolver uint8

const (
	isNothing resolver = iota // no resolver
	isNone
	isVenv
	isProject
	isUser
	isSystem
	isContainer
	isRemote
	isUnknown
	isDir         // a directory that a word names
	isNewEnv      // an environment that would be made in a directory that a word names
	isPython      // the environment of an interpreter or directory that a word names
	isInterpreter // the environment of the interpreter that runs the tool
	isActive      // VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv; else the system
	isUvPython    // what uv takes a word after --python for
	isUvPip       // where `uv pip` finds an environment
	isUvProject   // UV_PROJECT_ENVIRONMENT, or .venv of the project
	isConda       // -p, -n, the active environment, base
	isCondaEnv    // the environment that a word names to conda: a path, a name, nothing for base
	isPoetry      // the project's environment as poetry finds it
	isPipenv
	isPDM
	isHatch
	isPixi
	isRye
	isEphemeral // an environment of the tool's own cache
)

// resolverNames are the words of the TOML files.
var resolverNames = [...]string{
	"", "none", "venv", "project", "user", "system", "container", "remote", "unknown",
	"dir", "new-env", "python", "interpreter", "active", "uv-python", "uv-pip", "uv-project",
	"conda", "conda-env", "poetry", "pipenv", "pdm", "hatch", "pixi", "rye", "ephemeral",
}
