package code

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"path"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify/code/javascript"
)

// nodeDriver runs programs one after the other in one process of Node. Nothing
// is started or written: the functions of child_process and fs that change
// something only record how they are called. What programs take from chance and
// from the process's number follows from their seed.
const nodeDriver = `
const cp = require('child_process'), fs = require('fs');
const { seed, programs } = JSON.parse(fs.readFileSync(0, 'utf8'));
let chance = 0;
Math.random = () => (chance = (chance * 48271 + 11) % 2147483647) / 2147483647;
let told = [];
const note = (name, shape) => (...a) => { told.push([name, ...shape(a)]); return { stdout: '', on() { return this; } }; };
const s = v => typeof v === 'string' ? v : String(v);
const words = a => Array.isArray(a[1]) ? a[1].map(s) : [];
const options = a => a.find(x => x && typeof x === 'object' && !Array.isArray(x)) || {};
for (const f of ['exec', 'execSync']) cp[f] = note('shell', a => [s(a[0])]);
for (const f of ['spawn', 'spawnSync', 'execFile', 'execFileSync']) cp[f] = (...a) => options(a).shell
  ? note('shell', a => [[s(a[0]), ...words(a)].join(' ')])(...a) : note('program', a => [s(a[0]), ...words(a)])(...a);
for (const f of ['writeFile', 'appendFile', 'unlink', 'rm', 'rename', 'copyFile', 'symlink']) {
  fs[f + 'Sync'] = note(f, a => f === 'unlink' || f === 'rm' ? [s(a[0])] : [s(a[0]), s(a[1])]);
  fs.promises[f] = async (...a) => { fs[f + 'Sync'](...a); };
}
const out = [];
process.mainModule = process.mainModule || module;
(async () => {
  for (const [i, code] of programs.entries()) {
    chance = seed + i;
    Object.defineProperty(process, 'pid', { value: 1000 + chance, configurable: true });
    told = [];
    let error = '';
    try {
      new Function('require', 'module', 'exports', 'execSync', code.replace(/^const \{ execSync, /m, 'var { execSync, '))(require, module, {});
    } catch (e) { error = String(e); }
    await new Promise(r => setTimeout(r, 2));
    out.push({ told, error });
  }
  process.stdout.write(JSON.stringify(out));
})();
process.on('unhandledRejection', () => {});
`

// nodeTold reports whether an act may be what Node recorded, and whether it is
// that exactly.
func nodeTold(a *action.Act, ev []string) (may, exact bool) {
	arg := func(i int) string {
		if i < len(ev) {
			return ev[i]
		}
		return ""
	}
	file := func(kind action.ActKind, held, name string) (bool, bool) {
		if a.Kind != kind {
			return false, false
		}
		return covers(path.Clean(held), path.Clean(name))
	}
	both := func(kind action.ActKind) (bool, bool) {
		m, x := file(kind, a.Path, arg(1))
		n, y := file(kind, a.To, arg(2))
		return m && n, x && y
	}
	if a.Kind == action.ActStart && a.Lang == "node" && action.Holed(a.Text) {
		return true, false // code that is not known
	}
	switch ev[0] {
	case "shell":
		if a.Kind == action.ActStart && a.Argv == nil {
			// A word that is a hole may be none.
			text := strings.ReplaceAll(a.Text, " "+action.HoleText, action.HoleText)
			text = strings.ReplaceAll(text, action.HoleText+" ", action.HoleText)
			return covers(strings.TrimSpace(text), strings.TrimSpace(arg(1)))
		}
	case "program":
		if a.Kind == action.ActStart && a.Argv != nil {
			return coversAll(a.Argv, ev[1:])
		}
	case "writeFile", "appendFile":
		m, x := file(action.ActWrite, a.Path, arg(1))
		n, y := covers(a.Text, arg(2))
		return m && n, x && y
	case "unlink", "rm":
		return file(action.ActRemove, a.Path, arg(1))
	case "rename":
		return both(action.ActMove)
	case "copyFile":
		return both(action.ActCopy)
	case "symlink":
		return both(action.ActLink)
	}
	return false, false
}

// idle reports whether a call does nothing: it starts no program, or names no
// file.
func idle(ev []string) bool { return len(ev) < 2 || strings.TrimSpace(ev[1]) == "" }

// TestNodeDifferential runs generated programs and holds that the guard has seen
// all that they did, or has a hole in its place.
func TestNodeDifferential(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node")
	}
	var list []string
	for i := range *programs {
		list = append(list, nodeProgram(rand.New(rand.NewPCG(*seed+uint64(i), 8))))
	}
	in, err := json.Marshal(map[string]any{"seed": *seed, "programs": list})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "-e", nodeDriver)
	cmd.Stdin, cmd.Dir = bytes.NewReader(in), t.TempDir()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, stderr.String())
	}
	var results []struct {
		Told  [][]string `json:"told"`
		Error string     `json:"error"`
	}
	if err := json.Unmarshal(out, &results); err != nil {
		t.Fatal(err)
	}
	events, exactly, broken := 0, 0, 0
	for i, r := range results {
		if r.Error != "" {
			broken++
			t.Logf("program %d: %s\n%s", i, r.Error, list[i])
		}
		seen, ok := javascript.Read(javascript.Program{Text: list[i], Lang: "node", Self: "node"})
		if !ok {
			t.Errorf("program %d cannot be parsed:\n%s", i, list[i])
			continue
		}
		for _, ev := range r.Told {
			if idle(ev) {
				continue
			}
			events++
			may, exact := false, false
			for k := range seen.Acts {
				m, x := nodeTold(&seen.Acts[k], ev)
				may, exact = may || m, exact || x
			}
			if exact {
				exactly++
			}
			if !may && !seen.Unread {
				t.Errorf("program %d (seed %d) did %q, which was not seen in\n%s\nseen: %v", i, *seed+uint64(i), ev, list[i], seen.Acts)
				break
			}
		}
	}
	t.Logf("%d programs, %d of them with an error; %d events, %d seen exactly", len(results), broken, events, exactly)
	if broken*10 > len(results) {
		t.Errorf("%d of %d programs end with an error: the generator is wrong", broken, len(results))
	}
}
