package example_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/rules/example"
	"github.com/venv-guard/venv-guard/rules/load"
	"github.com/venv-guard/venv-guard/rules/source"
)

// TestExamples tries the examples of every rule, and that every remedy passes.
func TestExamples(t *testing.T) {
	_, files, err := load.FS(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	if err := example.Check(rules.Builtin(), files); err != nil {
		t.Error(err)
	}
	for _, f := range files {
		for _, r := range f.Pack.Rules {
			if len(r.Match) < 3 || len(r.NoMatch) < 2 {
				t.Errorf("%s: %s has %d and %d examples, fewer than 3 and 2", f.Name, r.ID, len(r.Match), len(r.NoMatch))
			}
		}
	}
}

// TestSchema loads the packs that SCHEMA.md shows, and tries their examples.
func TestSchema(t *testing.T) {
	b, err := os.ReadFile("../SCHEMA.md")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for line := range strings.Lines(string(b)) {
		if code, ok := strings.CutPrefix(line, "    "); ok && !strings.HasPrefix(code, "go ") {
			text.WriteString(code)
		} else if line == "\n" {
			text.WriteString(line)
		}
	}
	f, err := load.Text("SCHEMA.md", text.String())
	if err != nil {
		t.Fatal(err)
	}
	packs, err := rules.Compile(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Pack.Rules) != 1 || len(f.Pack.Tools) != 3 || len(f.Pack.Functions) != 1 {
		t.Errorf("%d rules, %d tools, %d functions", len(f.Pack.Rules), len(f.Pack.Tools), len(f.Pack.Functions))
	}
	if err := example.Check(packs, []source.File{f}); err != nil {
		t.Error(err)
	}
	if d := example.Decide(packs, "keep -x inst add -g y", example.World(nil, nil, nil)); d.Verdict != action.Block {
		t.Errorf("the wrapper: %s", d.Verdict)
	}
}

// TestRemedies tries many commands in many projects: whatever is refused, what
// is to be run instead must not be, neither here nor by the deny rules of
// baseline-settings.json.
func TestRemedies(t *testing.T) {
	_, files, err := load.FS(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	deny := denyRules(t)
	seen := 0
	for _, f := range files {
		for _, x := range f.Pack.Fixtures {
			for _, command := range []string{
				"pip install requests", "pip install -r requirements.txt", "pip install -e .", "pip install . flask", "pip install --user 'a[b]>=1' \"it's\"",
				"pip install -t /usr/lib/x -qU requests", "pip uninstall -y requests", "python3 -m pip install x", "PIP_USER=1 pip install x", "PIP_TARGET=/usr PIP_USER=1 pip install x",
				"sudo pip install x", "pip3 install --break-system-packages -Ut /usr x", "python3 setup.py install", "python3 setup.py develop --user", "python3 -m ensurepip", "python3 get-pip.py",
				"pip-sync", "uv pip install --system x", "uv pip sync --system r.txt", "UV_SYSTEM_PYTHON=1 uv pip install x", "uv tool install ruff", "pipx install black", "pipx upgrade-all",
				"conda install numpy", "pixi global install ruff", "twine upload dist/*", "uv publish", "poetry publish", "hatch publish", "flit install", "flit publish", "maturin publish",
				"poetry config virtualenvs.create false", "pdm add -g x", "pipenv install --system x", "python3 -m ipykernel install --user", "python3 -m venv /usr/local", "virtualenv ~/.local",
				"POETRY_VIRTUALENVS_CREATE=0 poetry install", "UV_PROJECT_ENVIRONMENT=/usr uv sync", "pip install $(cat list)", "pip install --target=$(x) y", "cd sub && pip install x",
			} {
				w := example.World(x.Files, x.Contents, x.Env)
				d := example.Decide(rules.Builtin(), command, w)
				for _, st := range d.Steps {
					for _, fd := range st.Findings {
						if fd.Remedy == "" {
							continue
						}
						seen++
						if _, err := syntax.NewParser().Parse(strings.NewReader(fd.Remedy), ""); err != nil {
							t.Errorf("%s: %s: %q: %v", x.ID, command, fd.Remedy, err)
						}
						if again := example.Decide(rules.Builtin(), fd.Remedy, w); example.Refused(d, again) {
							t.Errorf("%s: %s: the remedy %q is refused: %s", x.ID, command, fd.Remedy, again.Reason())
						}
						for _, part := range strings.Split(fd.Remedy, " && ") {
							for _, prefix := range deny {
								if part == prefix || strings.HasPrefix(part, prefix+" ") {
									t.Errorf("%s: %s: the remedy %q is denied by %s", x.ID, command, fd.Remedy, prefix)
								}
							}
						}
					}
				}
			}
		}
	}
	if seen < 200 {
		t.Errorf("only %d remedies", seen)
	}
}

// denyRules returns the words that the deny rules of the baseline begin with.
func denyRules(t *testing.T) []string {
	b, err := os.ReadFile("../../baseline-settings.json")
	if err != nil {
		t.Skip("no baseline-settings.json")
	}
	var settings struct {
		Permissions struct{ Deny []string }
	}
	if err := json.Unmarshal(b, &settings); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, r := range settings.Permissions.Deny {
		if r, ok := strings.CutPrefix(r, "Bash("); ok {
			list = append(list, strings.TrimRight(strings.TrimSuffix(r, ")"), ":* "))
		}
	}
	if len(list) == 0 {
		t.Error("no deny rules")
	}
	return list
}
