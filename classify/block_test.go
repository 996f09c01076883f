package classify

import (
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// decideBlocks judges blocks that are written as "language: code", a name before
// a slash being the file they are saved as.
func decideBlocks(t *testing.T, blocks ...string) Decision {
	t.Helper()
	call := action.Call{Tool: "Code", Dir: "/work"}
	for _, text := range blocks {
		lang, code, ok := strings.Cut(text, ": ")
		if !ok {
			t.Fatalf("%q is no block", text)
		}
		b := action.CodeBlock{Language: lang, Code: code}
		if file, lang, named := strings.Cut(lang, "/"); named {
			b.File, b.Language = file, lang
		}
		if rest, saved := strings.CutPrefix(b.Language, "saved "); saved {
			b.Saved, b.Language = true, rest
		}
		call.Blocks = append(call.Blocks, b)
	}
	return Decide(call, World{FS: world.Mem{
		"/usr/bin/python3": {Exec: true}, "/usr/bin/pip": {Exec: true}, "/work/old.sh": {Content: "ls\n"},
		"/work/.venv/pyvenv.cfg": {}, "/work/.venv/bin/pip": {Exec: true}, "/work/.venv/bin/python": {Exec: true},
	}, Environ: []string{"HOME=/home/ann", "PATH=/usr/bin:/bin", "SHELL=/bin/bash"}})
}

func TestBlocks(t *testing.T) {
	for _, tt := range []struct {
		name   string
		blocks []string
		want   action.Verdict
	}{
		{"harmless", []string{"python: print('hi')"}, action.Pass},
		{"harmless of many", []string{"sh: ls -l", "Python: import pandas as pd\nprint(pd.DataFrame({'a': [1]}))", "js: console.log(1)"}, action.Pass},
		{"shell", []string{"sh: ls\npip install x\n"}, action.Block},
		{"an environment's", []string{"bash: .venv/bin/pip install x"}, action.Allow},
		{"Python", []string{"python: import os\nos.system('pip install x')"}, action.Block},
		{"python3", []string{"python3: import os\nos.system('pip install x')"}, action.Block},
		{"JavaScript", []string{"JavaScript: require('child_process').execSync('npm i -g x')"}, action.Block},
		{"PowerShell", []string{"pwsh: pip install x"}, action.Block},
		{"any block", []string{"python: print(1)", "sh: pip install x", "python: print(2)"}, action.Block},
		{"a shell block writes a script that the next runs", []string{"sh: echo 'pip install x' > a.sh", "sh: ls", "bash: sh a.sh"}, action.Block},
		{"Python writes it", []string{"python: open('a.sh','w').write('pip install x')", "sh: sh ./a.sh"}, action.Block},
		{"a shell block writes what Python imports", []string{"sh: echo 'import os; os.system(\"pip install x\")' > helper.py", "python: import helper"}, action.Block},
		{"a named block is run by the next", []string{"a.sh/saved sh: pip install x", "sh: sh a.sh"}, action.Block},
		{"a named block is not run", []string{"a.sh/saved sh: pip install x", "sh: cat a.sh"}, action.Pass},
		{"markup is saved and run", []string{"page.html/saved html: pip install x", "sh: sh page.html"}, action.Block},
		{"a later name takes an earlier's place", []string{"a.sh/sh: ls", "a.sh/sh: pip install x"}, action.Block},
		{"a block's file is removed before the next", []string{"sh: rm -f *.py; ln -s /etc/passwd x", "python: import os; os.system('pip install x')"}, action.Block},
		{"code in an encoding that hides it", []string{"python: # coding: utf-7\n+AGk-mport os"}, action.Block},
		{"in one that may", []string{"python: # coding: shift_jis\nprint(1)"}, action.Block},
		{"a script of the call in one", []string{"sh: printf '# coding: u7\\n+AGk-' > a.py\npython3 a.py"}, action.Block},
		{"in one that does not", []string{"python: # -*- coding: latin-1 -*-\nprint(1)"}, action.Pass},
		{"shell that no shell can read", []string{"sh: if then\n"}, action.Block},
		{"a language nobody reads", []string{"cobol: DISPLAY 'hi'."}, action.Block},
		{"none", []string{": print(1)"}, action.Block},
		{"the exit of one block ends none of the others", []string{"sh: exit 0", "sh: pip install x"}, action.Block},
		{"a directory of one block is not that of the next", []string{"sh: cd .venv", "sh: bin/pip install x"}, action.Block},
		{"variables do not last", []string{"sh: P=pip", "sh: $P install x"}, action.Pass},
	} {
		dec := decideBlocks(t, tt.blocks...)
		if dec.Verdict != tt.want {
			t.Errorf("%s: %v, want %v\n%s", tt.name, dec.Verdict, tt.want, dec.Reason())
		}
	}
}

func TestBlocksTooLarge(t *testing.T) {
	dec := decideBlocks(t, "python: "+strings.Repeat("x = 1\n", 1<<16))
	if dec.Verdict != action.Block || !strings.Contains(dec.Reason(), "Block 1 is larger") {
		t.Errorf("%v: %s", dec.Verdict, dec.Reason())
	}
}

// A reason names the block, and not a file that nobody knows.
func TestBlockReasons(t *testing.T) {
	for _, tt := range []struct{ block, want string }{
		{"sh: ls\npip install x\n", "`pip install x` (in block-1.sh:2)"},
		{"python: import os\nos.system('pip install x')", "`pip install x` (started by block-1.py)"},
		{"python: print(open('/home/ann/.npmrc').read())", "The code of `block-1.py` would"},
		{"a.sh/sh: ls\npip install x\n", "`pip install x` (in a.sh:2)"},
	} {
		if reason := decideBlocks(t, tt.block).Reason(); !strings.Contains(reason, tt.want) {
			t.Errorf("%s: %s\nwant %s", tt.block, reason, tt.want)
		}
	}
}

// A link/.. is what the link's target stands in, and not the directory of the
// link.
func TestPathsBehindLinks(t *testing.T) {
	w := World{FS: world.Mem{
		"/usr/bin/pip": {Exec: true}, "/work/d/e/y": {}, "/work/deep": {Target: "d/e"},
	}, Environ: []string{"HOME=/home/ann", "PATH=/usr/bin:/bin", "SHELL=/bin/bash"}}
	for command, want := range map[string]action.Verdict{
		"echo 'pip install x' > deep/../a.sh; sh d/a.sh":           action.Block,
		"echo 'pip install x' > d/a.sh; sh deep/../a.sh":           action.Block,
		"echo 'pip install x' > d/a.sh; cd deep && sh ../a.sh":     action.Block,
		"echo 'pip install x' > deep/../a.sh; sh a.sh":             action.Pass,
		"echo 'pip install x' > d/../a.sh; sh a.sh":                action.Block,
		"echo 'pip install x' > a.sh; cd deep && cd .. && sh a.sh": action.Block,
	} {
		dec := Decide(action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: command, Dir: "/work"}, w)
		if dec.Verdict != want {
			t.Errorf("%s: %v, want %v\n%s", command, dec.Verdict, want, dec.Reason())
		}
	}
}
