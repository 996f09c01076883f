package policy

import (
	"testing"
	"time"

	"github.com/venv-guard/venv-guard/action"
)

// TestCodeUnderADefault holds what a default is about where code runs.
func TestCodeUnderADefault(t *testing.T) {
	p, err := Read("p.toml", `
default = "block"
[[rule]]
id = "python"
action = "shell.exec"
match = { command = "python3*" }
verdict = "allow"
[[rule]]
id = "no-keys"
action = "file.read"
match = { path = "*.key" }
verdict = "block"
`)
	if err != nil {
		t.Fatal(err)
	}
	p.Dir = "/work"
	set := NewSet(time.Now(), p)
	start := func(given bool, argv ...string) Action {
		return Action{Type: ShellExec, Target: NormalForm(argv), Inv: &action.Invocation{Argv: argv, Given: given}}
	}
	reads := func(of Action, byCode bool, path, target string) Action {
		return Action{Type: FileRead, Path: path, Target: target, Inv: of.Inv, ByCode: byCode}
	}
	allowed, other := start(false, "python3", "a.py"), start(true, "ruby", "a.rb")
	for _, tt := range []struct {
		name    string
		actions []Action
		want    action.Verdict // of the last
	}{
		{"a command that no rule names", []Action{start(false, "ruby", "a.rb")}, action.Block},
		{"an executor's interpreter that no rule names", []Action{other}, action.Pass},
		{"one that a rule names", []Action{start(true, "python3", "a.py")}, action.Allow},
		{"code that may run reads its project", []Action{allowed, reads(allowed, true, "/work/a", "/work/a")}, action.Pass},
		{"a file that a rule names", []Action{allowed, reads(allowed, true, "/work/a.key", "/work/a.key")}, action.Block},
		{"a file of the call's directory", []Action{allowed, reads(allowed, true, "/tmp/x/a", "/tmp/x/a")}, action.Pass},
		{"one elsewhere", []Action{allowed, reads(allowed, true, "/work2/a", "/work2/a")}, action.Block},
		{"one behind a link", []Action{allowed, reads(allowed, true, "/work/a", "/etc/a")}, action.Block},
		{"one whose name is not known", []Action{allowed, reads(allowed, true, "/work/"+action.HoleText, "/work/"+action.HoleText)}, action.Block},
		{"a file among its words", []Action{allowed, reads(allowed, false, "/work/a", "/work/a")}, action.Block},
		{"code that no rule names reads", []Action{allowed, other, reads(other, true, "/work/a", "/work/a")}, action.Block},
		{"it writes", []Action{allowed, {Type: FileWrite, Path: "/work/a", Target: "/work/a", Inv: allowed.Inv, ByCode: true}}, action.Block},
	} {
		got := action.Pass
		for _, r := range set.Evaluate(Caller{Dir: "/tmp/x"}, tt.actions) {
			if r.Action == len(tt.actions)-1 {
				got = action.Worst(got, r.Verdict)
			}
		}
		if got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
