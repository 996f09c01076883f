package python

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
)

// FuzzRun holds that any text is evaluated without a panic and within the budgets,
// and that acts stand inside it.
func FuzzRun(f *testing.F) {
	for _, s := range []string{
		"import os\nos.system('a' + b)", "def f(*a, **k):\n  yield from f(a)\nf()", "class A(A):\n  x = A().x", "x = [x for x in x if x]", "while 1:\n  x = [x, x]",
		"with a as (b, c), d: pass", "match x:\n  case {1: y, **z} if y: exec(y)", "f'{f'{x!r:>{y}}'=}'", "exec('exec(s)')", "a = b = *c, d = 1, 2", "lambda *a, b=1: (yield)",
		"try:\n  pass\nexcept* E as e:\n  raise\nelse:\n  0\nfinally:\n  1", "!a {b} $c\n%pip x\n%%bash\ny", "print 'x'; exec 'y'", "x[1:2, ::3] += {**a, 'b': 1} | {}", "@a\n@b()\nasync def c(): await d",
		"getattr(os, x)(*y, **z)", "import a.b.c as d, e\nfrom .. import (f as g,)", "del x[0], y.z", "'%(a)s %d %%' % {'a': 1}", "'{0[a]} {!r:>{}}'.format(1)", "b'\\xff'.decode('hex')",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, code string) {
		for _, a := range Run(Program{Cells: []string{code}, Self: "python3", Args: []string{"a"}}) {
			if a.Kind != action.ActUnread && (a.Pos.Line < 1 || a.Pos.Line > 1+strings.Count(code, "\n") || a.Pos.Col < 1) {
				t.Fatalf("%q: an act at %v", code, a.Pos)
			}
		}
	})
}

// TestRunEnds holds that code which nests or repeats what is read more than once
// costs no more than its budget, and is said not to be read where that is spent.
func TestRunEnds(t *testing.T) {
	for _, tt := range []struct {
		code   string
		unread bool
	}{
		{strings.Repeat("(", 100_000), true},
		{strings.Repeat("x = [", 100_000), true},
		{"x = " + strings.Repeat("-", 100_000) + "1", true},
		{"x = " + strings.Repeat("not ", 100_000) + "1", true},
		{"x = " + strings.Repeat("1 + ", 100_000) + "1", false},
		{"x = " + strings.Repeat("1 ** ", 100_000) + "1", true},
		{"x = " + strings.Repeat("lambda: ", 10_000) + "1", true},
		{"x = " + strings.Repeat("a if b else ", 10_000) + "1", true},
		{"x = y" + strings.Repeat(".z", 100_000), false},
		{"x = y" + strings.Repeat("()", 100_000), false},
		{strings.Repeat("f'{", 100_000), true},
		{strings.Repeat("if x:\n elif y:\n", 10_000), false},
		{"if x:\n  pass\n" + strings.Repeat("elif y:\n  pass\n", 10_000), true},
		{nested("if x:", 1000), true},
		{"x = 'a'\n" + strings.Repeat("x = x + x\n", 1000), false},
		{"x = []\n" + strings.Repeat("x = x + x + [1]\n", 1000), false},
		{"def f(n):\n  f(n); f(n); f(n)\nf(1)", false},
		{"def f():\n  g(); g(); g()\ndef g():\n  f(); f(); f()\nf()", false},
		{loops(12), true},
		{"for i in range(10 ** 9):\n  os.system('a' + str(i))", false},
		{"import os\nfor c in " + "[" + strings.Repeat("'a',", 500) + "]:\n  os.system(c)", true},
		{"s = 'import os; os.system(\"a\")'\n" + strings.Repeat("s = 'exec(' + repr(s) + ')'\n", 20) + "exec(s)", false},
		{"s = 'exec(s)'\nexec(s)", true},
		{"x = 1\n" + strings.Repeat("if a:\n  x = [x]\nelse:\n  x = (x,)\n", 1000), false},
		{strings.Repeat("a = {'k': a}\n", 10_000), false},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		acts := Run(Program{Cells: []string{tt.code}, Self: "python3"})
		runtime.ReadMemStats(&after)
		head := tt.code[:min(len(tt.code), 40)]
		if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 512 {
			t.Errorf("%q: %d MiB allocated", head, n)
		}
		if unread := len(acts) > 0 && acts[len(acts)-1].Kind == action.ActUnread; unread != tt.unread {
			t.Errorf("%q: unread %v", head, unread)
		}
	}
}

// nested stands a statement in itself.
func nested(head string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + head + "\n")
	}
	return b.String() + strings.Repeat(" ", n) + "pass\n"
}

// loops are n in each other that start something.
func loops(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "for x in range(9):\n")
	}
	return "import os\n" + b.String() + strings.Repeat(" ", n) + "os.system('a')\n"
}

// ordinary is source that people wrote, from the standard library at hand.
func ordinary(b *testing.B) []string {
	dir, err := exec.Command("python3", "-c", "import os; print(os.path.dirname(os.__file__))").Output()
	if err != nil {
		b.Skip("no python3 here")
	}
	var texts []string
	for _, name := range []string{"subprocess.py", "argparse.py", "shutil.py", "pathlib.py", "configparser.py", "http/client.py", "unittest/case.py", "asyncio/base_events.py", "json/decoder.py", "dataclasses.py"} {
		if text, err := os.ReadFile(strings.TrimSpace(string(dir)) + "/" + name); err == nil {
			texts = append(texts, string(text))
		}
	}
	return texts
}

// BenchmarkRun tells how fast ordinary source is read: tokens, tree and values.
func BenchmarkRun(b *testing.B) {
	texts := ordinary(b)
	n := 0
	for _, t := range texts {
		n += len(t)
	}
	b.SetBytes(int64(n))
	b.ReportAllocs()
	for b.Loop() {
		for _, t := range texts {
			Run(Program{Cells: []string{t}, Self: "python3"})
		}
	}
}

// BenchmarkParse tells how fast the tree is made.
func BenchmarkParse(b *testing.B) {
	texts := ordinary(b)
	n := 0
	for _, t := range texts {
		n += len(t)
	}
	b.SetBytes(int64(n))
	b.ReportAllocs()
	for b.Loop() {
		for _, t := range texts {
			parse(&source{text: t})
		}
	}
}
