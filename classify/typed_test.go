package classify

import (
	"slices"
	"testing"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify/shell"
)

// A client such as Codex lets the agent type into what a call leaves running, and
// shows that to nobody.
func TestTypedLater(t *testing.T) {
	for command, want := range map[string]bool{
		"bash": true, "sh -i": true, "exec zsh -l": true, "sudo -s": true, "python3": true, "node": true, "cd x && bash": true, "bash -s a": true,
		"bash -c ls": false, "bash run.sh": false, "bash <<<ls": false, "echo ls | bash": false, "bash </dev/null": false,
		"python3 -c 1": false, "python3 run.py": false, "npm test": false, "ssh host": false, "ssh host bash": false,
	} {
		for _, typed := range []bool{true, false} {
			dec := Decide(action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: command, Dir: "/home/u/p", Typed: typed}, World{FS: site(), Environ: []string{"HOME=/home/u", "PATH=/usr/local/bin:/usr/bin:/bin"}})
			got := slices.ContainsFunc(dec.Problems, func(p shell.Problem) bool { return p.ID == "typed-later" })
			if got != (want && typed) {
				t.Errorf("%s, typed %v: %v %v", command, typed, got, dec.Problems)
			}
		}
	}
}
