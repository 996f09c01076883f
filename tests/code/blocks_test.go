package code

import (
	"os"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/world"
)

// machine is where the blocks run: a system's Python, and a project that has an
// environment.
var machine = classify.World{
	FS: world.Mem{
		"/usr/bin/python3": {Exec: true}, "/usr/bin/pip": {Exec: true}, "/usr/bin/npm": {Exec: true}, "/usr/bin/git": {Exec: true},
		"/work/.venv/pyvenv.cfg": {}, "/work/.venv/bin/pip": {Exec: true}, "/work/.venv/bin/python": {Exec: true},
		"/work/pyproject.toml": {Content: "[project]\n"}, "/work/package.json": {Content: "{}"}, "/work/package-lock.json": {Content: "{}"},
		"/home/ann/.pypirc": {Content: "[pypi]\npassword = pypi-x\n"}, "/home/ann/.npmrc": {Content: "//h/:_authToken=x\n"}, "/home/ann/.netrc": {Content: "machine h password x\n"},
	},
	Environ: []string{"HOME=/home/ann", "PATH=/usr/bin:/bin", "SHELL=/bin/bash"},
}

// blocks returns those of a file, each with the name that stands before it.
func blocks(t *testing.T, file string) (names, codes []string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split("\n"+string(b), "\n=== ")[1:] {
		name, code, ok := strings.Cut(part, "\n")
		if !ok || strings.TrimSpace(code) == "" {
			t.Fatalf("%s: %q has no code", file, name)
		}
		names, codes = append(names, name), append(codes, code)
	}
	return names, codes
}

func judged(language, code string) classify.Decision {
	return classify.Decide(action.Call{Tool: "Code", Dir: "/work", Blocks: []action.CodeBlock{{Language: language, Code: code}}}, machine)
}

// TestPythonBlocks holds that no harmful block is let through, and that at most
// one of a hundred harmless ones is stopped.
func TestPythonBlocks(t *testing.T) {
	names, codes := blocks(t, "testdata/python-block.txt")
	missed := 0
	for i, code := range codes {
		if d := judged("python", code); d.Verdict < action.Ask {
			missed++
			t.Errorf("%s: %v\n%s", names[i], d.Verdict, code)
		}
	}
	harmless, codes := blocks(t, "testdata/python-pass.txt")
	var alarms []string
	for i, code := range codes {
		if d := judged("python", code); d.Verdict >= action.Ask {
			alarms = append(alarms, harmless[i]+": "+d.Reason())
		}
	}
	t.Logf("%d harmful blocks of Python, %d missed; %d harmless ones, %d stopped", len(names), missed, len(harmless), len(alarms))
	if len(names) < 110 || len(harmless) < 110 {
		t.Errorf("%d and %d blocks, want 110 of each", len(names), len(harmless))
	}
	if 100*len(alarms) > len(harmless) {
		t.Errorf("harmless blocks that are stopped:\n%s", strings.Join(alarms, "\n"))
	}
}
