package classify

import (
	"testing"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

func TestNotebooks(t *testing.T) {
	const harmful = `{"cells":[{"cell_type":"markdown","source":["!pip install x"]},{"cell_type":"code","source":["import sys\n","p = 'x'"]},` +
		`{"cell_type":"code","source":"!{sys.executable} -m pip install {p}"}],"metadata":{"kernelspec":{"language":"python"}},"nbformat":4}`
	const harmless = `{"cells":[{"cell_type":"markdown","source":"!pip install x"},{"cell_type":"code","source":"%matplotlib inline\nprint('pip install x')"}],"nbformat":4}`
	const ofR = `{"cells":[{"cell_type":"code","source":"!pip install x"}],"metadata":{"language_info":{"name":"R"}}}`
	files := world.Mem{
		"/usr/bin/python3": {Exec: true}, "/usr/bin/pip": {Exec: true}, "/usr/bin/jupyter": {Exec: true}, "/usr/bin/papermill": {Exec: true}, "/usr/bin/ipython": {Exec: true},
		"/work/a.ipynb": {Content: harmful}, "/work/b.ipynb": {Content: harmless}, "/work/r.ipynb": {Content: ofR},
		"/env/.venv/pyvenv.cfg": {}, "/env/.venv/bin/python": {Exec: true}, "/env/.venv/bin/jupyter": {Exec: true}, "/env/.venv/bin/python3": {Exec: true}, "/env/a.ipynb": {Content: harmful},
	}
	w := World{FS: files, Environ: []string{"HOME=/home/ann", "PATH=/usr/bin:/bin", "SHELL=/bin/bash"}}
	for _, tt := range []struct {
		dir, command string
		stopped      bool
	}{
		{"/work", "jupyter nbconvert --to html --execute a.ipynb", true},
		{"/work", "jupyter nbconvert --execute b.ipynb a.ipynb", true},
		{"/work", "jupyter nbconvert --to html a.ipynb", false},
		{"/work", "jupyter execute a.ipynb", true},
		{"/work", "papermill a.ipynb out.ipynb -p x 1", true},
		{"/work", "python3 -m papermill a.ipynb out.ipynb", true},
		{"/work", "python3 -m nbconvert --execute a.ipynb", true},
		{"/work", "ipython a.ipynb", true},
		{"/work", "papermill b.ipynb out.ipynb", false},
		{"/work", "jupyter execute r.ipynb", false},
		{"/env", ".venv/bin/jupyter execute a.ipynb", false},
		{"/work", "jupyter lab", false},
	} {
		d := Decide(action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: tt.command, Dir: tt.dir}, w)
		if (d.Verdict >= action.Ask) != tt.stopped {
			t.Errorf("%s: %v %s", tt.command, d.Verdict, d.Reason())
		}
	}
	for _, tt := range []struct {
		dir, text, kind string
		stopped         bool
	}{
		{"/work", "%pip install x", "code", true},
		{"/work", "%pip install x", "", true},
		{"/work", "Run\n\n!pip install x", "markdown", false},
		{"/work", "import pandas as pd\npd.read_csv('x.csv')", "code", false},
		{"/env", "%pip install x", "code", false},
	} {
		call := action.Call{Tool: "NotebookEdit", Dir: tt.dir, Input: `{"cell_type":"` + tt.kind + `"}`, Files: []action.FileUse{{Op: action.FileEdit, Path: tt.dir + "/b.ipynb", Text: tt.text}}}
		if d := Decide(call, w); (d.Verdict >= action.Ask) != tt.stopped {
			t.Errorf("%s cell %q in %s: %v %s", tt.kind, tt.text, tt.dir, d.Verdict, d.Reason())
		}
	}
}
