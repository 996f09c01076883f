package shell

import (
	"path"
	"strings"

	"github.com/venv-guard/venv-guard/world"
)

// gitConfig lays what `git config name value` writes over the settings file, and
// prints something unknown.
func (e *evaluator) gitConfig(s *state, args []string) {
	defer s.writeUnknown()
	dir := s.dir
	for len(args) > 1 && (args[0] == "-C" || args[0] == "-c") {
		if args[0] == "-C" {
			dir = s.abs(args[1])
		}
		args = args[2:]
	}
	if len(args) == 0 || args[0] != "config" {
		return
	}
	var words []string
	file, global := "", false
	for i := 1; i < len(args); i++ {
		switch a := args[i]; {
		case a == "--global" || a == "--system":
			global = true
		case (a == "-f" || a == "--file") && i+1 < len(args):
			i++
			file = s.abs(args[i])
		case a == "--add" || a == "--local" || a == "--worktree" || a == "--replace-all" || a == "set":
		case strings.HasPrefix(a, "-"):
			return // it reads, or takes away
		default:
			words = append(words, a)
		}
	}
	if len(words) != 2 {
		return
	}
	i, j := strings.IndexByte(words[0], '.'), strings.LastIndexByte(words[0], '.')
	if i < 0 {
		return
	}
	if file == "" && global {
		home, _ := env{e, s}.Get("HOME")
		if file, _ = (env{e, s}).Get("GIT_CONFIG_GLOBAL"); file == "" {
			file = path.Join(home, ".gitconfig")
		}
	}
	for d := dir; file == ""; d = path.Dir(d) {
		if world.IsDir(s.fs, path.Join(d, ".git")) {
			file = path.Join(d, ".git/config")
		}
		if d == path.Dir(d) {
			return
		}
	}
	section := "[" + words[0][:i]
	if i < j {
		section += ` "` + words[0][i+1:j] + `"`
	}
	value := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(words[1])
	e.store(s, file, "\n"+section+"]\n\t"+words[0][j+1:]+" = \""+value+"\"\n", openAppend)
}
