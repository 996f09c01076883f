// Package task finds the shell texts that build and task runners would run:
// recipes of Makefiles and justfiles, scripts of package.json, composer.json,
// deno.json and Pipfile, tasks of Taskfiles and of pyproject.toml, processes of
// Procfiles. It reads only what it is given, and leaves
// what it cannot work out as holes; it never fails.
package task

import (
	"path"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// A Step is one shell text that a task runs.
type Step struct {
	Text string
	Line int    // in the file it stands in, from 1; 0 if that is not known
	Lang string // "" for sh
}

const hole = action.HoleText

// MaxSteps bounds what one run of a task yields: what has as many may have more.
const MaxSteps = 500

// usual are the names of the file that each runner looks for, in its order.
var usual = [...]struct {
	runner string
	names  []string
	up     bool // also in the directories above
}{
	{"make", []string{"GNUmakefile", "makefile", "Makefile"}, false},
	{"npm", []string{"package.json"}, true},
	{"just", []string{"justfile", ".justfile", "Justfile"}, true},
	{"task", []string{"Taskfile.yml", "taskfile.yml", "Taskfile.yaml", "taskfile.yaml"}, true},
	{"poe", []string{"pyproject.toml"}, true},
	{"pdm", []string{"pyproject.toml"}, true},
	{"composer", []string{"composer.json"}, false},
	{"deno", []string{"deno.json", "deno.jsonc", "package.json"}, true},
	{"pipenv", []string{"Pipfile"}, true},
	{"procfile", []string{"Procfile"}, false},
	{"hatch", []string{"pyproject.toml"}, true},
	{"rye", []string{"pyproject.toml"}, true},
}

// Find returns the file that a runner started in dir reads, or "".
func Find(f world.FS, runner, dir string) string {
	if IsNode(runner) {
		runner = "npm"
	}
	for _, u := range usual {
		if u.runner != runner {
			continue
		}
		for {
			for _, n := range u.names {
				if p := path.Join(dir, n); world.IsFile(f, p) {
					return p
				}
			}
			if !u.up || dir == path.Dir(dir) {
				return ""
			}
			dir = path.Dir(dir)
		}
	}
	return ""
}

// Steps returns what a runner runs by the text of its file. args are the
// goals, or the script's name and its arguments; those of make may begin with
// -n, which says that recipes are only shown, then with --eval, texts that are
// read before the file, and --. include returns the files that a Makefile
// includes; it may be nil.
func Steps(runner, text string, args []string, include func(name string) []string) []Step {
	switch runner {
	case "make":
		vars := map[string]string{}
		var goals []string
		dry := len(args) > 0 && args[0] == "-n"
		if dry {
			args = args[1:]
		}
		before := ""
		if i := slices.Index(args, "--"); i > 0 && args[0] == "--eval" {
			before = strings.Join(args[1:i], "\n")
			args = args[i+1:]
		}
		for _, a := range args {
			if k, v, ok := strings.Cut(a, "="); ok {
				vars[strings.TrimRight(k, ":?+")] = v
			} else {
				goals = append(goals, a)
			}
		}
		return Make(before, text, goals, vars, dry, include)
	case "just":
		return Just(text, args)
	case "task":
		return Taskfile(text, args)
	case "composer":
		return Composer(text, args)
	case "deno":
		return Deno(text, args)
	case "pipenv":
		return Pipfile(text, args)
	case "procfile":
		return Procfile(text, args)
	}
	if IsNode(runner) {
		return Node(text, runner, args)
	}
	if len(args) == 0 {
		return nil
	}
	return PyProject(text, runner, args[0])
}
