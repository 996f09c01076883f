package lint

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/rules/load"
)

func newLinter(t *testing.T) *Linter {
	t.Helper()
	packs, files, err := load.FS(rules.Sources)
	if err != nil {
		t.Fatal(err)
	}
	return &Linter{Packs: packs, Files: files, Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
}

func TestCommands(t *testing.T) {
	l := newLinter(t)
	tests := []struct {
		command         string
		missed, stopped []string
	}{
		{"pip install*", []string{"pip3 install x", "python -m pip install x"}, []string{".venv/bin/pip install x"}},
		{"twine upload*", []string{"python -m twine upload x"}, []string{"twine upload x --help"}},
		{"npm publish*", nil, []string{"npm publish x --dry-run"}},
		{"make*", nil, nil},
		{"pipxx install*", nil, nil},
		{"*", nil, nil},
	}
	for _, test := range tests {
		r := policy.Rule{ID: "r", Action: policy.ShellExec, Match: policy.Match{Command: test.command}, Verdict: action.Block}
		var all []string
		for _, f := range l.Policy(&policy.Policy{Rules: []policy.Rule{r}}) {
			all = append(all, f.Commands...)
		}
		told := strings.Join(all, "\n") + "\n"
		for _, want := range append(test.missed, test.stopped...) {
			if !strings.Contains(told, want+"\n") {
				t.Errorf("%s: %q is not told:\n%s", test.command, want, told)
			}
		}
		if test.missed == nil && test.stopped == nil && len(all) > 0 {
			t.Errorf("%s: %q", test.command, all)
		}
	}
}

// What the linter advises holds where the rule did not, and not where it did too
// much: a policy of its advice has no findings.
func TestHints(t *testing.T) {
	l := newLinter(t)
	files, err := filepath.Glob("../../tests/seed/testdata/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d policies: %v", len(files), err)
	}
	quoted := regexp.MustCompile(`(\w+) = "([^"]*)"`)
	hints := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := policy.Read(file, string(text))
		if err != nil {
			t.Fatal(err)
		}
		var missed []string
		for _, f := range l.Policy(p) {
			if strings.HasPrefix(f.Text, "misses") {
				missed = f.Commands
			}
			table, ok := strings.CutPrefix(f.Hint, "match = ")
			if !ok {
				continue
			}
			hints++
			advised := *f.Rule
			advised.Match = policy.Match{}
			for _, m := range quoted.FindAllStringSubmatch(table, -1) {
				switch m[1] {
				case "program":
					advised.Match.Program = m[2]
				case "operation":
					advised.Match.Operation = m[2]
				case "category":
					advised.Match.Category = m[2]
				}
			}
			for _, s := range missed {
				if !l.matches(&advised, s) {
					t.Errorf("%s: %s does not hold for %s", f.Rule.ID, f.Hint, s)
				}
			}
			if strings.Contains(f.Text, "stops") {
				for _, s := range f.Commands {
					if l.matches(&advised, s) {
						t.Errorf("%s: %s still stops %s", f.Rule.ID, f.Hint, s)
					}
				}
			}
			missed = nil
		}
	}
	if hints < 5 {
		t.Errorf("only %d hints", hints)
	}
}
