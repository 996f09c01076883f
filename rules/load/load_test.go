package load_test

import (
	"os"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/rules/load"
)

const goodTool = `
[[tool]]
id = "inst"
names = ["inst"]
style = "getopt"
flags = ["-n --dry-run"]
values = ["-t --target"]
operation = "install"
lands = [{ from = "--target", is = "dir" }, { is = "system" }]
inert = ["--dry-run"]
packages = "1.."
`

const goodRule = `
[[rule]]
id = "inst/global"
title = "Nothing global"
category = "global-install"
since = "0.1.0"
source = "inst(1)"
tools = ["inst"]
operations = ["install"]
places = ["system"]
verdict = "block"
reason = "would {change} {where}"
match = ["inst x"]
no_match = ["inst -n x"]
`

func compile(text string) error {
	f, err := load.Text("x.toml", text)
	if err == nil {
		_, err = rules.Compile(f)
	}
	return err
}

func TestGood(t *testing.T) {
	if err := compile(goodTool + goodRule); err != nil {
		t.Error(err)
	}
}

// TestErrors tries what is wrong in a pack, and where that is said to be.
func TestErrors(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"syntax", "[[tool]\n", "x.toml:2:"},
		{"unknown table", "[[tools]]\nid = \"x\"\n", `x.toml:1:3: unknown key "tools" (did you mean "tool"?)`},
		{"unknown key", goodTool + "flagz = []\n", `x.toml:12:1: unknown key "flagz" in tool[0] (did you mean "flags"?)`},
		{"case counts", strings.Replace(goodTool, "style", "Style", 1), `x.toml:5:1: unknown key "Style" in tool[0] (did you mean "style"?)`},
		{"key in an inline table", strings.Replace(goodTool, "is = \"system\"", "iz = \"system\"", 1), `x.toml:9:47: unknown key "iz" in tool[0].lands[1] (did you mean "is"?)`},
		{"wrong type", strings.Replace(goodTool, `["inst"]`, `"inst"`, 1), "x.toml:"},
		{"duplicate key", goodTool + "id = \"y\"\n", "x.toml:12:"},
		{"style", strings.Replace(goodTool, `"getopt"`, `"getop"`, 1), `x.toml:5:1: unknown style "getop" (did you mean "getopt"?)`},
		{"operation", strings.Replace(goodTool, `operation = "install"`, `operation = "instal"`, 1), `x.toml:8:1: unknown operation "instal" (did you mean "install"?)`},
		{"place", strings.Replace(goodTool, `is = "system"`, `is = "sistem"`, 1), `x.toml:9:47: unknown place "sistem" (did you mean "system"?)`},
		{"option of a condition", strings.Replace(goodTool, `inert = ["--dry-run"]`, `inert = ["--dry"]`, 1), `x.toml:10:1: the tool has no option --dry`},
		{"option of a reference", strings.Replace(goodTool, `from = "--target"`, `from = "--targe"`, 1), `x.toml:9:12: the tool has no option --targe (did you mean "--target"?)`},
		{"condition", strings.Replace(goodTool, `inert = ["--dry-run"]`, `inert = ["dry"]`, 1), `x.toml:10:1: condition "dry"`},
		{"reference", strings.Replace(goodTool, `packages = "1.."`, `packages = "all"`, 1), `x.toml:11:1: "all" is not an option`},
		{"option twice", strings.Replace(goodTool, `["-n --dry-run"]`, `["-n --dry-run", "-t"]`, 1), "the option -t is listed twice"},
		{"no names", "[[tool]]\nid = \"x\"\n", `x.toml:1:3: tool "x" has no names`},
		{"id twice", goodTool + goodTool, `the id "inst" is taken`},
		{"name twice", goodTool + strings.Replace(goodTool, `id = "inst"`, `id = "other"`, 1), `"inst" names two tools`},
		{"verb twice", goodTool + "[[tool.command]]\nverbs = [\"a\"]\n[[tool.command]]\nverbs = [\"a\"]\n", `has the verb "a" twice`},
		{"command without verbs", goodTool + "[[tool.command]]\nstop = true\n", "x.toml:12:8: command without verbs"},
		{"nowhere to land", strings.Replace(goodTool, "lands", "#", 1), "an operation must land somewhere"},
		{"start of nothing", goodTool + "[[tool.start]]\nlang = \"sh\"\n", "x.toml:12:8: a start is one of"},
		{"start without language", goodTool + "[[tool.start]]\ntext = [\"1\"]\n", "x.toml:12:8: no lang"},
		{"unknown set", goodTool + "use = [\"x\"]\n", `x.toml:12:1: unknown set of options "x"`},
		{"rule without reason", goodTool + strings.Replace(goodRule, "would {change} {where}", " ", 1), `rule "inst/global" has no reason`},
		{"rule without examples", goodTool + strings.Replace(goodRule, `match = ["inst x"]`, "", 1), "has no example that it matches"},
		{"rule without counterexamples", goodTool + strings.Replace(goodRule, `no_match = ["inst -n x"]`, "", 1), "has no example that it does not match"},
		{"rule of no tool", goodTool + strings.Replace(goodRule, `tools = ["inst"]`, `tools = ["ins"]`, 1), `x.toml:19:1: unknown tool "ins" (did you mean "inst"?)`},
		{"rule of no place", goodTool + strings.Replace(goodRule, `places = ["system"]`, `places = ["systm"]`, 1), `x.toml:21:1: unknown place "systm" (did you mean "system"?)`},
		{"verdict", goodTool + strings.Replace(goodRule, `"block"`, `"deny"`, 1), `x.toml:22:1: unknown verdict "deny"`},
		{"category", goodTool + strings.Replace(goodRule, `"global-install"`, `"global"`, 1), `unknown category "global"`},
		{"phrase", goodTool + strings.Replace(goodRule, "{change}", "{chang}", 1), `unknown phrase "chang" (did you mean "change"?)`},
		{"remedy", goodTool + goodRule + "remedy = \"x\"\n", `x.toml:26:1: unknown remedy "x"`},
		{"rule for everything", goodTool + strings.NewReplacer("tools = [", "# ", "operations", "#", "places", "#").Replace(goodRule), "matches everything"},
		{"remedy without choices", "[[remedy]]\nid = \"x\"\n", `remedy "x" has no choices`},
		{"name in braces", "[[remedy]]\nid = \"x\"\n[[remedy.choice]]\nrun = [{ command = \"a {pakages}\" }]\n", `x.toml:4:10: unknown name {pakages} (did you mean "packages"?)`},
		{"example", goodTool + strings.Replace(goodRule, `["inst x"]`, `[{ comand = "inst x" }]`, 1), `unknown key "comand"`},
	} {
		err := compile(test.text)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

// TestPositions tries that keys are found behind everything TOML can hold.
func TestPositions(t *testing.T) {
	f, err := load.Text("x.toml", `# a comment with [brackets] = "and quotes
[[tool]] # another
id = 'a'
names = [ # in an array
  "b", 'c]', """d
e = "f" """, # g
]
"style" = "getopt"
start = [
  { argv = ["1.."], set = ["A=B"] }, { text = ["1"],
lang = "sh" },
]
[tool.creates]
at = "1"
[[tool.command]]
verbs = ["x"]
[[tool.command.start]]
argv = ["1.."]
[[tool]]
id = "b"
[[tool.command]]
verbs = ["x"]
`)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][2]int{
		"tool[0].id": {3, 1}, "tool[0].names[2]": {5, 14}, "tool[0].style": {8, 1}, "tool[0].start[0].set": {10, 21}, "tool[0].start[1].lang": {11, 1},
		"tool[0].creates.at": {14, 1}, "tool[0].command[0].verbs": {16, 1}, "tool[0].command[0].start[0].argv": {18, 1}, "tool[1].id": {20, 1}, "tool[1].command[0].verbs": {22, 1},
	} {
		if p := f.Pos[path]; p.Line != want[0] || p.Col != want[1] {
			t.Errorf("%s stands at %d:%d, not %d:%d", path, p.Line, p.Col, want[0], want[1])
		}
	}
}

// TestPacks loads the packs themselves.
func TestPacks(t *testing.T) {
	if _, files, err := load.FS(os.DirFS("..")); err != nil || len(files) < 5 {
		t.Error(len(files), err)
	}
}

// FuzzText gives any text to the loader.
func FuzzText(f *testing.F) {
	f.Add(goodTool + goodRule)
	f.Add("[a.b]\nc.d = {e = [1, '''x''', {f = 2}]}\n")
	f.Fuzz(func(t *testing.T, text string) { _ = compile(text) })
}
