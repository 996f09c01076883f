// Package code holds what is true of code in other languages than the shell:
// judged blocks of Python, and a comparison of what the guard sees in generated
// programs with what CPython does when it runs them.
package code

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify/code/python"
)

var (
	programs = flag.Int("programs", 300, "how many generated programs are run")
	seed     = flag.Uint64("seed", 1, "of the first of them")
)

// driver runs programs, each in a child with a directory of its own, and prints
// what the audit hook of PEP 578 tells of them. A child may take five seconds of
// processor time, and can reach no host but this one.
const driver = `
import json, os, resource, sys
work = json.load(sys.stdin)
for n, job in enumerate(work):
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(r)
        os.set_inheritable(w, True)
        resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
        os.makedirs(job["dir"]); os.chdir(job["dir"])
        null = os.open("/dev/null", os.O_RDWR)
        for fd in (0, 1, 2): os.dup2(null, fd)
        on = [True]
        def plain(x):
            if isinstance(x, bytes): return os.fsdecode(x)
            if isinstance(x, (list, tuple)): return [plain(y) for y in x]
            if isinstance(x, (str, int)) or x is None: return x
            if hasattr(x, "__fspath__"): return plain(x.__fspath__())
            return "?"
        want = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "open", "socket.connect", "os.remove", "os.rename",
                "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.mkdir", "pty.spawn"}
        def hook(event, args):
            if event in want and on[0]:
                on[0] = False
                try:
                    if event != "open" or not str(plain(args[0])).startswith("/"):
                        os.write(w, (json.dumps([event, [plain(a) for a in args[:3]], os.getcwd()]) + "\n").encode())
                finally:
                    on[0] = True
        ns = {"__name__": "__main__"}
        code = 0
        try:
            program = compile(job["code"], "program", "exec")
            sys.addaudithook(hook)
            exec(program, ns)
        except BaseException as e:
            on[0] = False
            os.write(w, (json.dumps(["raised", [repr(e)], ""]) + "\n").encode())
            code = 1
        os._exit(code)
    os.close(w)
    with os.fdopen(r) as f: told = f.read()
    os.waitpid(pid, 0)
    print(json.dumps([n, [json.loads(l) for l in told.splitlines() if l.startswith("[")]]))
`

// An event is one that CPython's audit hook was told of.
type event struct {
	name string
	args []any
}

func (ev event) String() string { return fmt.Sprintf("%s%q", ev.name, ev.args) }

// word is the ith argument as text.
func (ev event) word(i int) string {
	if i >= len(ev.args) {
		return ""
	}
	s, _ := ev.args[i].(string)
	return s
}

func (ev event) words(i int) (out []string) {
	list, ok := ev.args[i].([]any)
	if !ok {
		return []string{ev.word(i)}
	}
	for _, w := range list {
		s, _ := w.(string)
		out = append(out, s)
	}
	return out
}

// covers reports whether a text of the guard, whose holes may be anything, may be
// that one, and whether it is it exactly.
func covers(holed, text string) (may, exact bool) {
	if !action.Holed(holed) {
		return holed == text, holed == text
	}
	parts := action.SplitHoles(holed)
	if !strings.HasPrefix(text, parts[0]) {
		return false, false
	}
	text = text[len(parts[0]):]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(text, p)
		if i < 0 {
			return false, false
		}
		text = text[i+len(p):]
	}
	return strings.HasSuffix(text, parts[len(parts)-1]), false
}

func coversAll(holed, text []string) (may, exact bool) {
	if len(holed) != len(text) {
		return slices.ContainsFunc(holed, action.OnlyHoles), false
	}
	may, exact = true, true
	for i := range holed {
		m, x := covers(holed[i], text[i])
		may, exact = may && m, exact && x
	}
	return may, exact
}

// told reports whether an act may be what an event tells of, and whether it is
// that exactly.
func told(a *action.Act, ev event) (may, exact bool) {
	file := func(kind action.ActKind, held string, i int) (bool, bool) {
		if a.Kind != kind {
			return false, false
		}
		return covers(path.Clean(path.Join(a.Dir, held)), path.Clean(ev.word(i)))
	}
	both := func(kind action.ActKind) (bool, bool) {
		m, x := file(kind, a.Path, 0)
		n, y := file(kind, a.To, 1)
		return m && n, x && y
	}
	or := func(m1, x1, m2, x2 bool) (bool, bool) { return m1 || m2, x1 || x2 }
	starts := a.Kind == action.ActStart && a.Lang != "python"
	switch ev.name {
	case "os.system":
		if starts && a.Argv == nil {
			return covers(a.Text, strings.TrimSpace(ev.word(0)))
		}
	case "subprocess.Popen":
		words := ev.words(1)
		if starts && a.Argv == nil && len(words) == 3 && words[1] == "-c" {
			return covers(a.Text, words[2])
		}
		if starts && a.Argv != nil {
			return coversAll(a.Argv, words)
		}
	case "os.exec", "os.posix_spawn":
		if starts && len(a.Argv) > 0 {
			words := ev.words(1)
			m, x := covers(path.Base(a.Argv[0]), path.Base(ev.word(0)))
			n, y := coversAll(a.Argv[1:], words[min(1, len(words)):])
			return m && n, x && y
		}
	case "open":
		m1, x1 := file(action.ActRead, a.Path, 0)
		m2, x2 := file(action.ActWrite, a.Path, 0)
		m1, x1 = or(m1, x1, m2, x2)
		for _, kind := range [...]action.ActKind{action.ActCopy, action.ActMove} {
			m2, x2 = file(kind, a.Path, 0)
			m1, x1 = or(m1, x1, m2, x2)
			m2, x2 = file(kind, a.To, 0)
			m1, x1 = or(m1, x1, m2, x2)
		}
		return m1, x1
	case "os.remove", "os.rmdir":
		m1, x1 := file(action.ActRemove, a.Path, 0)
		m2, x2 := file(action.ActMove, a.Path, 0)
		return or(m1, x1, m2, x2)
	case "os.rename":
		return both(action.ActMove)
	case "os.link", "os.symlink":
		return both(action.ActLink)
	case "os.chmod":
		m1, x1 := file(action.ActMode, a.Path, 0)
		m2, x2 := file(action.ActCopy, a.To, 0)
		return or(m1, x1, m2, x2)
	case "os.mkdir":
		return file(action.ActMkdir, a.Path, 0)
	case "socket.connect":
		if a.Kind == action.ActConnect {
			exact := strings.Contains(a.URL, "127.0.0.1:9")
			return exact || action.Holed(a.URL), exact
		}
	}
	return false, false
}

// runAll runs programs in CPython.
func runAll(t *testing.T, python string, codes []string) [][]event {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o777); err != nil {
		t.Fatal(err)
	}
	nothing, err := exec.LookPath("true")
	if err != nil {
		t.Skip("no true here")
	}
	for i := range 3 {
		if err := os.Symlink(nothing, filepath.Join(bin, fmt.Sprint("stub", i))); err != nil {
			t.Fatal(err)
		}
	}
	type job struct {
		Code string `json:"code"`
		Dir  string `json:"dir"`
	}
	var jobs []job
	for i, c := range codes {
		jobs = append(jobs, job{c, filepath.Join(dir, fmt.Sprint("p", i))})
	}
	in, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-S", "-c", driver)
	cmd.Dir, cmd.Env = dir, []string{"PATH=" + bin, "HOME=" + dir, "PYTHONDONTWRITEBYTECODE=1"}
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	all := make([][]event, len(codes))
	for line := range bytes.Lines(out) {
		var row []any
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		i := int(row[0].(float64))
		for _, x := range row[1].([]any) {
			ev := x.([]any)
			all[i] = append(all[i], event{name: ev[0].(string), args: ev[1].([]any)})
		}
	}
	return all
}

// TestAgainstPython holds that everything that CPython's audit hook tells of
// generated programs was seen in their text, or might be what stands in a hole.
func TestAgainstPython(t *testing.T) {
	where, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output() // which a shim does not tell
	if err != nil {
		t.Skip("no python3 here")
	}
	interpreter := strings.TrimSpace(string(where))
	n := *programs
	if testing.Short() {
		n = min(n, 50)
	}
	var codes []string
	for i := range n {
		g := &generator{Rand: rand.New(rand.NewPCG(*seed+uint64(i), 0))}
		codes = append(codes, g.program())
	}
	events, exactly, raised, missed := 0, 0, 0, 0
	for i, done := range runAll(t, interpreter, codes) {
		acts := python.Run(python.Program{Cells: []string{codes[i]}, Self: interpreter, Env: func(string) (string, bool) { return "", false }})
		for _, ev := range done {
			if ev.name == "raised" {
				raised++
				t.Logf("%s raised %s", codes[i], ev.word(0))
				continue
			}
			if ev.name == "open" && (strings.HasPrefix(ev.word(0), "/") || ev.args[0] == nil || ev.word(0) == "") {
				continue // of the interpreter itself, or a descriptor
			}
			events++
			may, exact := false, false
			for k := range acts {
				m, x := told(&acts[k], ev)
				may, exact = may || m, exact || x
			}
			if exact {
				exactly++
			}
			if !may {
				if missed++; missed <= 5 {
					t.Errorf("seed %d: %v was not seen in\n%s", *seed+uint64(i), ev, codes[i])
				}
			}
		}
	}
	t.Logf("%d programs: %d events, %d seen exactly, %d missed, %d programs raised an exception", n, events, exactly, missed, raised)
	if events < n {
		t.Errorf("%d programs did no more than %d things: the generator is broken", n, events)
	}
	if raised > n/20 {
		t.Errorf("%d of %d programs raised an exception", raised, n)
	}
	if exactly < events*95/100 {
		t.Errorf("%d of %d events are seen exactly, want 95 of 100", exactly, events)
	}
}
