package rules_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/rules/example"
	"github.com/venv-guard/venv-guard/rules/load"
	"github.com/venv-guard/venv-guard/world"
)

// noptPacks has a tool that shows how its options were read.
func noptPacks() *rules.Packs {
	return load.Must(`
[[tool]]
id = "n"
names = ["n"]
style = "nopt"
flags = ["-g --global !-local", "--globalconfig", "-D --save-dev", "-f --force", "-y --yes !-n", "--dry-run", "-d -dd"]
values = ["-C --prefix", "--loglevel", "--local-address", "--location", "-ws"]
start = [
  { when = ["--global"], argv = ["=global"] }, { when = ["--save-dev"], argv = ["=save-dev"] }, { when = ["--force"], argv = ["=force"] },
  { when = ["--dry-run"], argv = ["=dry-run"] }, { when = ["--yes"], argv = ["=yes"] },
  { argv = ["=prefix", "--prefix"] }, { argv = ["=loglevel", "--loglevel"] }, { argv = ["=location", "--location"] }, { argv = ["=args", "1.."] },
]
`)
}

var noptRows = []struct{ command, want string }{
	{"i x -g", "global prefix loglevel location args i x"},
	{"i -gD x", "global save-dev prefix loglevel location args i x"},
	{"-global i x", "global prefix loglevel location args i x"},
	{"---global i x", "global prefix loglevel location args i x"},
	{"-gx i x", "prefix loglevel location args i x"},
	{"-G i", "prefix loglevel location args i"},
	{"--glob i", "prefix loglevel location args i"},
	{"--dry i", "dry-run prefix loglevel location args i"},
	{"--dry-run false i", "prefix loglevel location args i"},
	{"--dry-run true i", "dry-run prefix loglevel location args i"},
	{"--dry-run=false i", "prefix loglevel location args i"},
	{"--global=yes i", "global prefix loglevel location args yes i"},
	{"--no-global i", "prefix loglevel location args i"},
	{"--no-global=false i", "global prefix loglevel location args i"},
	{"--no-no-global i", "global prefix loglevel location args i"},
	{"-g --local i", "prefix loglevel location args i"},
	{"-g --loc i", "prefix loglevel location args i"},
	{"--loglevel silly -g i", "global prefix loglevel silly location args i"},
	{"--loglevel -g i", "global prefix loglevel  location args i"},
	{"-C dir i x", "prefix dir loglevel location args i x"},
	{"-gC dir i", "global prefix dir loglevel location args i"},
	{"-C=dir i", "prefix dir loglevel location args i"},
	{"--unknown x -g", "global prefix loglevel location args x"},
	{"--unknown=1 x", "prefix loglevel location args x"},
	{"i -- -g", "prefix loglevel location args i -g"},
	{"-n i", "prefix loglevel location args i"},
	{"-ddd i", "prefix loglevel location args i"},
	{"-y false i", "prefix loglevel location args i"},
}

func TestNopt(t *testing.T) {
	packs := noptPacks()
	for _, row := range noptRows {
		out, _ := packs.Program(invocation(nil, example.System, append([]string{"n"}, strings.Fields(row.command)...)...))
		if got := strings.Join(starts(out), " "); got != row.want {
			t.Errorf("n %s: %q, want %q", row.command, got, row.want)
		}
	}
}

// TestNoptItself asks npm's own parser about the same rows.
func TestNoptItself(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node")
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("no npm")
	}
	if npm, err = filepath.EvalSymlinks(npm); err != nil {
		t.Fatal(err)
	}
	nopt := filepath.Join(filepath.Dir(npm), "../node_modules/nopt")
	if _, err := os.Stat(nopt); err != nil {
		t.Skip("npm without nopt")
	}
	const script = `
const nopt = require(process.argv[1]), B = Boolean, S = String
const types = { global: B, globalconfig: B, 'save-dev': B, force: B, yes: B, 'dry-run': B, prefix: S, loglevel: S, 'local-address': S, location: S }
const short = { g: ['--global'], local: ['--no-global'], D: ['--save-dev'], f: ['--force'], y: ['--yes'], n: ['--no-yes'], d: [], dd: [], C: ['--prefix'] , ws: ['--ws'] }
const out = JSON.parse(process.argv[2]).map(c => {
  const r = nopt(types, short, c.split(' '), 0), w = []
  for (const k of ['global', 'save-dev', 'force', 'dry-run', 'yes']) if (r[k]) w.push(k)
  for (const k of ['prefix', 'loglevel', 'location']) { w.push(k); if (k in r) w.push(r[k]) }
  return w.concat(['args'], r.argv.remain).join(' ')
})
console.log(JSON.stringify(out))`
	var commands []string
	for _, row := range noptRows {
		commands = append(commands, row.command)
	}
	arg, _ := json.Marshal(commands)
	text, err := exec.Command(node, "-e", script, nopt, string(arg)).Output()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for i, row := range noptRows {
		if got[i] != row.want {
			t.Errorf("nopt reads %q as %q; the row says %q", row.command, got[i], row.want)
		}
	}
}

func TestShortenedVerbs(t *testing.T) {
	tool := func(shorten string) *rules.Packs {
		return load.Must(`
[[tool]]
id = "v"
names = ["v"]
` + shorten + `
known = ["unpack", "info", "gen:all"]
[[tool.command]]
verbs = ["install", "i"]
start = [{ argv = ["=install", "1.."] }]
[[tool.command]]
verbs = ["uninstall"]
start = [{ argv = ["=uninstall", "1.."] }]
[[tool.command]]
verbs = ["dist-tag add", "dist-tags add", "publishToMavenLocal"]
start = [{ argv = ["=tag", "1.."] }]
[[tool.command]]
verbs = ["gen:stub"]
start = [{ argv = ["=stub"] }]
`)
	}
	for _, test := range []struct{ shorten, command, want string }{
		{"", "i x", "install x"},
		{"", "ins x", ""},
		{`shorten = "word"`, "ins x", "install x"},
		{`shorten = "word"`, "i x", "install x"},
		{`shorten = "word"`, "in x", ""},
		{`shorten = "word"`, "un x", ""},
		{`shorten = "word"`, "uni x", "uninstall x"},
		{`shorten = "word"`, "dist add x", ""},
		{`shorten = "word"`, "dist-tag a x", "tag x"},
		{`shorten = "command"`, "dist add x", "tag x"},
		{`shorten = "command"`, "g:s", "stub"},
		{`shorten = "command"`, "g", ""},
		{`shorten = "word"` + "\nkebab = true", "distTag add x", "tag x"},
		{`shorten = "humps"`, "pTML x", "tag x"},
		{`shorten = "humps"`, "pubToMavLoc x", "tag x"},
		{`shorten = "humps"`, "pTMX x", ""},
	} {
		out, _ := tool(test.shorten).Program(invocation(nil, example.System, append([]string{"v"}, strings.Fields(test.command)...)...))
		if got := strings.Join(starts(out), " "); got != test.want {
			t.Errorf("%s: v %s: %q, want %q", test.shorten, test.command, got, test.want)
		}
	}
}

// settingsPacks has a tool that shows its settings.
func settingsPacks() *rules.Packs {
	return load.Must(`
[[tool]]
id = "s"
names = ["s"]
style = "plain"
env = "s_config_"
env_any_case = true
flags = ["--global"]
values = ["--prefix", "-x --extra"]
more_options = "$SFLAGS"
aliases = "alias"
settings = [
  { env = "S_" },
  { file = "@.s/config.toml", format = "toml", relative = "..", paths = ["install.root"] },
  { file = "$S_HOME/config.yaml", format = "yaml" },
  { file = "~/.src", format = "ini", options = true },
]
[[tool.command]]
verbs = ["show", ""]
start = [
  { argv = ["=root", "conf install.root"] }, { when = ["--global"], argv = ["=global"] }, { argv = ["=prefix", "--prefix"] },
  { when = ["conf install.on"], argv = ["=on"] }, { when = ["conf install.word=a|b*"], argv = ["=word"] },
  { argv = ["=extra", "--extra"] }, { argv = ["=below", "$S_DIRS/bin"] }, { argv = ["=above", "@.s/x"] }, { argv = ["=home", "=~/y"] },
  { when = ["1..=p*h"], argv = ["=operand"] },
]
`)
}

func TestSettings(t *testing.T) {
	packs := settingsPacks()
	for _, test := range []struct {
		name, command string
		env           env
		files         map[string]string
		want          string
	}{
		{"none", "s", nil, nil, "root prefix extra below above home /home/user/y"},
		{"variable", "s show", env{"S_INSTALL_ROOT": "r"}, nil, "root r prefix extra"},
		{"nearest file", "s show", nil, map[string]string{".s/config.toml": "install.root = \"a\"", "/home/user/.s/config.toml": "install.root = \"b\""}, "root /home/user/project/a prefix"},
		{"file above", "s show", nil, map[string]string{"/home/user/.s/config.toml": "[install]\nroot = 'b'"}, "root /home/user/b prefix"},
		{"variable beats file", "s show", env{"S_INSTALL_ROOT": "r"}, map[string]string{".s/config.toml": "install.root = \"a\""}, "root r prefix"},
		{"yaml", "s show", env{"S_HOME": "/etc/s"}, map[string]string{"/etc/s/config.yaml": "install:\n  root: /c\n  on: true\n"}, "root /c prefix on"},
		{"not well formed", "s show", nil, map[string]string{".s/config.toml": "install.root = "}, "root prefix"},
		{"option in a file", "s show", env{"P": "/p"}, map[string]string{"/home/user/.src": "; no\nglobal = true\nprefix=${P}/x\n"}, "root global prefix /p/x extra"},
		{"option off", "s show", env{"S_CONFIG_GLOBAL": "false"}, map[string]string{"/home/user/.src": "global = true\n"}, "root prefix extra"},
		{"any case", "s show", env{"S_CONFIG_GLOBAL": "true"}, nil, "root global prefix"},
		{"any case", "s show", env{"s_config_global": "1"}, nil, "root global prefix"},
		{"patterns", "s show", nil, map[string]string{".s/config.toml": "install.word = \"bcd\""}, "root prefix word"},
		{"patterns", "s show", nil, map[string]string{".s/config.toml": "install.word = \"cd\""}, "root prefix extra"},
		{"more options", "s show", env{"SFLAGS": "--extra=1 --no"}, nil, "root prefix extra 1"},
		{"the line is stronger", "s show -x 2", env{"SFLAGS": "--extra=1"}, nil, "root prefix extra 2"},
		{"first directory", "s show", env{"S_DIRS": "/d:/e"}, nil, "root prefix extra below /d/bin above"},
		{"directory above", "s show", nil, map[string]string{".s/x": ""}, "root prefix extra below above"},
		{"alias", "s go", nil, map[string]string{".s/config.toml": "alias.go = [\"show\", \"-x\", \"3\"]"}, "root prefix extra 3"},
		{"alias of an alias", "s go", env{"S_ALIAS_GO": "run"}, map[string]string{".s/config.toml": "alias.run = \"show -x 4\""}, "root prefix extra 4"},
		{"no verb is no alias", "s show show", nil, map[string]string{".s/config.toml": "alias.show = \"x\""}, "root prefix extra"},
		{"circle", "s go", nil, map[string]string{".s/config.toml": "alias.go = \"go\""}, ""},
		{"no verb and options", "s --extra 5", nil, nil, "root prefix extra 5"},
		{"a word that is no verb", "s other", nil, nil, ""},
		{"some operand", "s show a push", nil, nil, "operand"},
		{"no operand", "s show a pus", nil, nil, "root prefix extra below above home /home/user/y"},
	} {
		files := world.Mem{}
		for name, text := range test.files {
			if !strings.HasPrefix(name, "/") {
				name = example.Dir + "/" + name
			}
			files[name] = world.MemFile{Content: text}
		}
		out, _ := packs.Program(invocation(test.env, files, strings.Fields(test.command)...))
		got := strings.Join(starts(out), " ")
		if ok := strings.Contains(got, test.want); !ok || (test.want == "") != (got == "") {
			t.Errorf("%s: %s: %q, want %q", test.name, test.command, got, test.want)
		}
	}
}

const functionPack = goodPack + `
[[function]]
langs = ["r"]
names = ["add.packages", "utils::add.packages"]
runs = ["add.packages()", "add"]
[[function]]
langs = ["r"]
names = [".where"]
sets = "WHERE"
[[function]]
langs = ["julia"]
names = ['pkg""']
runs = ["add.packages()"]
split = true
`

const goodPack = `
[[tool]]
id = "adder"
names = ["add.packages()"]
[[tool.command]]
verbs = ["add"]
values = ["--lib"]
operation = "install"
needs = ["1"]
lands = [{ from = "--lib", is = "dir" }, { from = "$WHERE", is = "dir" }, { is = "system", name = "R's own library" }]
packages = "1.."
[[tool]]
id = "rscript"
names = ["Rscript"]
style = "strict"
values = ["-e"]
start = [{ text = ["-e"], lang = "r" }]
[[tool]]
id = "julia"
names = ["julia"]
style = "strict"
values = ["-e"]
start = [{ text = ["-e"], lang = "julia" }]
[[rule]]
id = "adder/global"
title = "Nothing global"
category = "global-install"
since = "0.1.0"
source = "a manual"
contested = "some share one library on purpose"
tools = ["adder"]
places = ["system", "user", "unknown"]
verdict = "block"
reason = "would {change} {where}"
match = ["Rscript -e 'add.packages(\"x\")'"]
no_match = ["Rscript -e 'add.packages(\"x\", lib=\"l\")'"]
`

func TestFunctions(t *testing.T) {
	packs := load.Must(functionPack)
	w := example.World(nil, nil, nil)
	for command, want := range map[string]action.Verdict{
		`Rscript -e 'add.packages("x")'`:                           action.Block,
		`Rscript -e 'utils::add.packages(c("x", "y"))'`:            action.Block,
		`Rscript -e 'add.packages("x", lib="l")'`:                  action.Allow,
		`Rscript -e 'add.packages("x", lib=here())'`:               action.Block,
		`Rscript -e 'add.packages("x", lib="/usr/lib/R")'`:         action.Block,
		`Rscript -e 'add.packages(lib="l", unknown=1, "--lib=/")'`: action.Allow,
		`Rscript -e '.where("l"); add.packages("x")'`:              action.Allow,
		`Rscript -e 'add.packages("x"); .where("l")'`:              action.Block,
		`Rscript -e '.where(c("l", "/")); add.packages("x")'`:      action.Allow,
		`Rscript -e '.where(at="/l"); add.packages("x")'`:          action.Allow,
		`Rscript -e 'add.packages()'`:                              action.Pass,
		`Rscript -e 'print("add.packages(1)")'`:                    action.Pass,
		`Rscript -e 'other("x")'`:                                  action.Pass,
		`julia -e 'using Pkg; pkg"add Example"'`:                   action.Block,
		`julia -e 'using Pkg; pkg"add --lib=l Example"'`:           action.Allow,
		`julia -e 'pkg "add Example"'`:                             action.Pass,
	} {
		if d := example.Decide(packs, command, w); d.Verdict != want {
			t.Errorf("%s: %s, want %s", command, d.Verdict, want)
		}
	}
	d := example.Decide(packs, `Rscript -e 'add.packages("x")'`, w)
	if want := "would install x into R's own library"; !strings.Contains(d.Reason(), want) {
		t.Errorf("reason %q does not say %q", d.Reason(), want)
	}
}

func TestUserSettings(t *testing.T) {
	w := example.World(nil, nil, nil)
	type levels = map[string]action.Verdict
	for _, test := range []struct {
		categories, rules levels
		want              action.Verdict
	}{
		{nil, nil, action.Block},
		{levels{"global-install": action.Ask}, nil, action.Ask},
		{levels{"global-install": action.Allow}, nil, action.Allow},
		{levels{"global-install": action.Pass}, nil, action.Pass},
		{levels{"publish": action.Pass}, nil, action.Block},
		{levels{"global-install": action.Pass}, levels{"adder/global": action.Ask}, action.Ask},
		{levels{"global-install": action.Ask}, levels{"adder/global": action.Pass}, action.Pass},
	} {
		packs, err := load.Must(functionPack).With(rules.Settings{Categories: test.categories, Rules: test.rules})
		if err != nil {
			t.Fatal(err)
		}
		if d := example.Decide(packs, `Rscript -e 'add.packages("x")'`, w); d.Verdict != test.want {
			t.Errorf("%v %v: %s, want %s", test.categories, test.rules, d.Verdict, test.want)
		}
	}
	for _, s := range []rules.Settings{{Categories: levels{"publsh": 0}}, {Rules: levels{"adder/globl": 0}}} {
		if _, err := load.Must(functionPack).With(s); err == nil || !strings.Contains(err.Error(), "did you mean") {
			t.Errorf("%v: error %v", s, err)
		}
	}
}

// TestSwitches turns the rules that are off by default to block, and tries what
// they then say to run instead.
func TestSwitches(t *testing.T) {
	for _, test := range []struct{ rule, command, remedy string }{
		{"ruby/bundle-shared", "bundle install", ""},
		{"go/build-output", "go build -trimpath -o ~/bin/tool ./cmd/tool", "go build -o bin/ -trimpath ./cmd/tool"},
	} {
		packs, err := rules.Builtin().With(rules.Settings{Rules: map[string]action.Verdict{test.rule: action.Block}})
		if err != nil {
			t.Fatal(err)
		}
		w := example.World([]string{"Gemfile"}, nil, nil)
		if d := example.Decide(rules.Builtin(), test.command, w); d.Verdict != action.Allow {
			t.Errorf("%s: %s by default", test.command, d.Verdict)
		}
		d := example.Decide(packs, test.command, w)
		if d.Verdict != action.Block || d.Remedy() != test.remedy {
			t.Errorf("%s: %s, %q", test.command, d.Verdict, d.Remedy())
		}
		if again := example.Decide(packs, d.Remedy(), w); again.Verdict >= action.Ask {
			t.Errorf("%s is refused itself: %s", d.Remedy(), again.Reason())
		}
	}
}
