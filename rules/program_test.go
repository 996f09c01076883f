package rules_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/rules/example"
	"github.com/venv-guard/venv-guard/rules/load"
	"github.com/venv-guard/venv-guard/world"
)

// env is the environment of an invocation.
type env map[string]string

func (e env) Get(name string) (string, bool) { v, ok := e[name]; return v, ok }

func (e env) Inherited(string) bool { return true }

// invocation returns one in the project of the examples.
func invocation(vars env, files world.FS, argv ...string) *action.Invocation {
	e := env{"HOME": example.Home, "PATH": "/usr/local/bin:/usr/bin:/bin"}
	for k, v := range vars {
		e[k] = v
	}
	return &action.Invocation{Argv: argv, Dir: example.Dir, Env: e, FS: files}
}

// starts shows what an outcome starts, one line each.
func starts(out action.Outcome) []string {
	var list []string
	for _, s := range out.Starts {
		if s.Task && s.Aside {
			continue // git reads its settings for every command
		}
		text := strings.Join(s.Argv, " ")
		switch {
		case s.Text != "":
			text = s.Lang + ": " + s.Text
		case s.Script != "":
			text = s.Lang + " < " + s.Script
		case s.Stdin:
			text = s.Lang + " < -"
		}
		if len(s.Args) > 0 {
			text += " | " + strings.Join(s.Args, " ")
		}
		for _, kv := range s.Env.Set {
			text += " +" + kv
		}
		for _, n := range s.Env.Unset {
			text += " -" + n
		}
		for flag, on := range map[string]bool{" clear": s.Env.Clear, " system": s.Env.PathReset, " login": s.Login, " input": s.Input != nil} {
			if on {
				text += flag
			}
		}
		if s.Input != nil && s.Input.Replace != "" {
			text += " replace=" + s.Input.Replace
		}
		if s.Dir != "" {
			text += " dir=" + s.Dir
		}
		if s.Host != "" {
			text += " host=" + s.Host
		}
		list = append(list, action.Show(text))
	}
	return list
}

// TestStyles tries every way to read options.
func TestStyles(t *testing.T) {
	packs := load.Must(`
[[tool]]
id = "getopt"
names = ["getopt"]
style = "getopt"
flags = ["-a --all", "-v --verbose"]
values = ["-o --output", "-u"]
optional = ["-i --in-place", "--color"]
start = [{ argv = ["=getopt", "--output", "1.."] }]

[[tool]]
id = "posix"
names = ["posix"]
style = "posix"
numeric = true
flags = ["-a --all", "-v --verbose", "-E"]
values = ["-u --user"]
start = [{ argv = ["1.."] }]

[[tool]]
id = "strict"
names = ["strict"]
style = "strict"
plus = true
flags = ["-a", "-c", "-l --login -login"]
values = ["-o"]
start = [{ argv = ["1.."] }]

[[tool]]
id = "plain"
names = ["plain"]
style = "plain"
values = ["-p --python"]
flags = ["-q"]
start = [{ argv = ["=plain", "--python", "1.."] }]

[[tool]]
id = "dash"
names = ["dash"]
style = "dash"
until = ["-exec"]
values = ["-name"]
start = [{ argv = ["-exec"], each = true, unknown = "{}" }]

[[tool]]
id = "go"
names = ["go"]
style = "go"
flags = ["-v"]
values = ["-o"]
start = [{ argv = ["1.."] }]

[[tool]]
id = "ends"
names = ["ends"]
style = "strict"
flags = ["-I", "-s"]
values = ["-W"]
ends = ["-c", "-m"]
start = [{ argv = ["-m", "1.."] }]

[[tool]]
id = "verbs"
names = ["verbs"]
style = "plain"
flags = ["-q"]
values = ["--log"]
[[tool.command]]
verbs = ["run", "pip run"]
stop = true
values = ["--with"]
start = [{ argv = ["1.."] }]
[[tool.command]]
verbs = ["pip"]
start = [{ argv = ["=bare", "1.."] }]
`)
	for _, test := range []struct{ command, want string }{
		{"getopt -o out x -a y", "getopt out x y"},
		{"getopt -oout x", "getopt out x"},
		{"getopt -avo out x", "getopt out x"},
		{"getopt --output=out x --all", "getopt out x"},
		{"getopt --out o x --al", "getopt o x"},
		{"getopt x -- -a --output y", "getopt x -a --output y"},
		{"getopt -i x --color y", "getopt x y"},
		{"getopt -ibak -o 1 x", "getopt 1 x"},
		{"getopt -o 1 -o 2 x", "getopt 1 2 x"},
		{"getopt -o", "getopt"},
		{"posix -a run -v x", "run -v x"},
		{"posix -avu me run -u x", "run -u x"},
		{"posix -10 run", "run"},
		{"posix --user=me -- run -x", "run -x"},
		{"posix --us me run", "run"},
		{"posix --unknown run x; run x", "run x; x"},
		{"posix -Z run x", "run x; x"},
		{"strict -lc run", "run"},
		{"strict -login run", "run"},
		{"strict -alo pipefail -c run", "run"},
		{"strict +o posix +x run", "run"},
		{"strict --log run", "run; "},
		{"plain x -p=3.12 -q", "plain 3.12 x"},
		{"plain --pyth x", "plain x"},
		{"dash . -name x -exec rm {} ; -exec a b +c {} + -print", "rm ⟨…⟩; a b +c ⟨…⟩"},
		{"go -v -o x run", "run"},
		{"go --o=x run -o y", "run -o y"},
		{"ends -Im mod -x", "mod -x"},
		{"ends -Immod", "mod"},
		{"ends -W i -mmod -c", "mod -c"},
		{"verbs -q run x", "x"},
		{"verbs --log run run x", "x"},
		{"verbs pip -q run --with y x -q", "x -q"},
		{"verbs pip x", "bare x"},
		{"verbs other run x", ""},
		{"verbs --new run x", "x"},
		{"verbs --new run run", "run; "},
	} {
		words := strings.Fields(strings.Split(test.command, "; run")[0])
		if i := strings.Index(test.command, "; run"); i >= 0 && words[0] == "posix" {
			words = strings.Fields(test.command[:i])
		}
		out, _ := packs.Program(invocation(nil, world.Mem{}, words...))
		got := strings.Join(starts(out), "; ")
		if strings.TrimSuffix(got, "; ") != strings.TrimSuffix(test.want, "; ") {
			t.Errorf("%s: got %q, want %q", test.command, got, test.want)
		}
	}
}

// TestStarts tries what the built-in packs say that programs start.
func TestStarts(t *testing.T) {
	for _, test := range []struct{ command, want string }{
		{"sudo -u root pip install x", "pip install x system"},
		{"sudo FOO=1 -H -- pip x", "pip x +FOO=1 system"},
		{"sudo -l pip", ""},
		{"sudo -i ls", "sh: ls login"},
		{"sudo -s", "sh < - system"},
		{"env -i A=b pip x", "pip x +A=b clear"},
		{"env -u X -C /tmp pip", "pip -X dir=/tmp"},
		{"env - A=b pip", "pip +A=b clear"},
		{"env A=b", ""},
		{"nice -n 5 pip", "pip"},
		{"nice -10 pip", "pip"},
		{"timeout -k 5 10 pip", "pip"},
		{"timeout --signal=KILL 1m pip", "pip"},
		{"taskset -c 0 pip", "pip"},
		{"flock /l -c cmd", "sh: cmd"},
		{"flock -w 5 /l pip x", "pip x"},
		{"xargs -0 -n 1 pip install", "pip install input"},
		{"xargs -I % sh -c %", "sh -c % input replace=%"},
		{"xargs -i pip {}", "pip {} input replace={}"},
		{"xargs --replace=X pip X", "pip X input replace=X"},
		{"find . -name *.txt -exec pip install -r {} ;", "pip install -r {} input replace={}"},
		{"find . -type f", ""},
		{"watch -n1 pip x", "sh: pip x"},
		{"watch -x pip x", "pip x"},
		{"strace -f -o out pip x", "pip x"},
		{"su root -c ls", "sh: ls system"},
		{"su -lc ls me", "sh: ls system"},
		{"runuser -u me -- pip x", "pip x"},
		{"chroot / pip", "pip system"},
		{"bash -lc ls a b", "bash: ls | a b login"},
		{"bash -euxo pipefail -c ls", "bash: ls"},
		{"bash -s a", "bash < - | a"},
		{"bash -x t.sh a", "bash < t.sh | a"},
		{"bash -", "bash < -"},
		{"bash /dev/stdin a", "bash < - | a"},
		{"sh -c", ""},
		{"sh --version", ""},
		{"zsh -fc ls", "zsh: ls"},
		{"fish -cls", "fish: ls"},
		{"pwsh -NoProfile -Command Get-Item x", "powershell: Get-Item x"},
		{"perl -ne print -e x f", "perl: print | f; perl: x | f"},
		{"node -e 1 a", "node: 1 | a"},
		{"awk -F : BEGIN{} f", "awk: BEGIN{} | f"},
		{"sed -n -e p f", "sed: p"},
		{"sed s/a/b/ f", "sed: s/a/b/"},
		{"python3 -Ic 1+1 a", "python: 1+1 | -c a"},
		{"python3 x.py a", "python < x.py | a"},
		{"python3 - a", "python < - | a"},
		{"git -C d -c alias.x=!ls x", "sh: ls dir=d"},
		{"git -c core.pager=less log", "sh: less"},
		{"git -c user.name=x log", ""},
		{"git rebase -i -x make main", "sh: make"},
		{"git bisect run make test", "make test"},
		{"git submodule foreach --recursive git pull", "sh: git pull"},
		{"docker run -it --rm -v a:b img sh -c ls", "sh -c ls host=docker run"},
		{"docker compose -f x run --rm web ls", "ls host=docker run"},
		{"docker --context c exec -it name ls", "ls host=docker exec"},
		{"kubectl -n x exec pod -c y -- ls -l", "ls -l host=kubectl exec"},
		{"ssh -p 22 host ls -l", "sh: ls -l host=ssh"},
		{"tmux new-session -d -s x ls", "sh: ls"},
		{"script -qc ls /dev/null", "sh: ls"},
		{"busybox sh -c ls", "sh -c ls"},
		{"parallel pip install {} ::: a b", "sh: pip install a; sh: pip install b"},
		{"parallel ::: ls", "sh: ls"},
		{"make -f - all", "make < - | --eval -- all"},
		{"uvx ruff@0.5 check", "ruff check"},
		{"direnv exec . pip x", "pip x dir=."},
		{"command -p ls", "ls system"},
		{"command -v ls", ""},
		{"nonsense pip install", ""},
	} {
		out, findings := rules.Builtin().Program(invocation(nil, example.System, strings.Fields(test.command)...))
		got := strings.Join(starts(out), "; ")
		got = strings.TrimSpace(got)
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.command, got, test.want)
		}
		if len(findings) > 0 {
			t.Errorf("%s: %v", test.command, findings)
		}
	}
}

// TestPip compares the reading of pip's options with pip 23.2.1: the file
// holds command lines and what its own parsers made of them.
func TestPip(t *testing.T) {
	f, err := os.Open("testdata/pip.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for s := bufio.NewScanner(f); s.Scan(); n++ {
		var v struct {
			Argv []string
			Want string
		}
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		_, findings := rules.Builtin().Program(invocation(nil, example.System, append([]string{"pip"}, v.Argv...)...))
		got := "none"
		for _, f := range findings {
			got = f.Operation
			if got == "remove" {
				got = "uninstall"
			}
			switch dir := strings.TrimPrefix(f.Place.Path, example.Dir+"/"); {
			case f.Place.Kind == action.PlaceSystem && dir == "/usr":
				got += " own"
			case f.Place.Kind == action.PlaceUser && dir == "":
				got += " user"
			case f.Place.Kind == action.PlaceSystem && strings.HasPrefix(v.Want, got+" python"):
				// What --python names does not exist.
				got = v.Want
			case f.Place.Path == example.Dir:
				got += " dir ."
			default:
				got += " dir " + dir
			}
		}
		if want := strings.TrimSuffix(v.Want, "/"); got != want {
			t.Errorf("pip %s: got %q, want %q", strings.Join(v.Argv, " "), got, want)
		}
	}
	if n < 200 {
		t.Errorf("only %d command lines", n)
	}
}

// TestPipVariables tries variables and configuration files, as pip 23.2.1 was
// seen to read them.
func TestPipVariables(t *testing.T) {
	files := example.World(
		[]string{".venv/pyvenv.cfg", ".venv/bin/python -> /usr/bin/python3", ".venv/bin/pip"},
		map[string]string{
			"user.conf": "[install]\nuser = yes\n", "off.conf": "[global]\nuser = true\n[install]\nuser = false\n",
			"target.conf": "# a\n[global]\ntarget: /usr/lib/x\n", example.Home + "/.config/pip/pip.conf": "# nothing\n",
		}, nil).FS
	for _, test := range []struct {
		vars env
		args string
		want string
	}{
		{nil, "install x", "venv"},
		{env{"PIP_USER": "1"}, "install x", "user"},
		{env{"PIP_USER": "0"}, "install x", "venv"},
		{env{"PIP_USER": ""}, "install x", "venv"},
		{env{"PIP_NO_USER": "1"}, "install x", "user"},
		{env{"PIP_user": "1"}, "install x", "user"},
		{env{"PIP_USER": "1"}, "install --no-user x", "venv"},
		{env{"PIP_USER": "1"}, "install --isolated x", "venv"},
		{env{"PIP_USER": "1"}, "--isolated install x", "venv"},
		{env{"PIP_TARGET": "/usr/lib/x"}, "install x", "system"},
		{env{"PIP_TARGET": "/usr/lib/x"}, "install -t vendor x", "project"},
		{env{"PIP_TARGET": "/usr/lib/x"}, "uninstall x", "venv"},
		{env{"PIP_PREFIX": "/usr"}, "install x", "system"},
		{env{"PIP_ROOT": "/"}, "install x", "venv"},
		{env{"PIP_ROOT": "/srv"}, "install x", "system"},
		{env{"PIP_PYTHON": "/usr/bin/python3"}, "install x", "system"},
		{env{"PIP_PYTHON": "/usr/bin/python3"}, "install --isolated x", "system"},
		{env{"PIP_DRY_RUN": "1"}, "install x", "none"},
		{env{"PIP_REQUIREMENT": "r.txt"}, "install", "venv"},
		{env{"PIP_CONFIG_FILE": "user.conf"}, "install x", "user"},
		{env{"PIP_CONFIG_FILE": "off.conf"}, "install x", "venv"},
		{env{"PIP_CONFIG_FILE": "target.conf"}, "install x", "system"},
		{env{"PIP_CONFIG_FILE": "/dev/null"}, "install x", "venv"},
		{env{"_PIP_RUNNING_IN_SUBPROCESS": "1"}, "--python /usr/bin/python3 install x", "venv"},
		{env{"PYTHONEXECUTABLE": "/usr/bin/python3"}, "install x", "system"},
		{env{"PYTHONHOME": "/usr"}, "install x", "venv"},
		{env{"VIRTUAL_ENV": "/nowhere"}, "install x", "venv"},
		{env{"PIP_TARGET": action.HoleText}, "install x", "unknown"},
	} {
		inv := invocation(test.vars, files, append([]string{".venv/bin/pip"}, strings.Fields(test.args)...)...)
		_, findings := rules.Builtin().Program(inv)
		got := "none"
		if len(findings) > 0 {
			got = findings[0].Place.Kind.String()
		}
		if got != test.want {
			t.Errorf("%v pip %s: got %s, want %s", test.vars, test.args, got, test.want)
		}
	}
}

// TestInterpreters tries where the environment of a pip or python is found.
func TestInterpreters(t *testing.T) {
	const d = example.Dir
	files := world.Mem{
		"/usr/bin/python3":                     {Exec: true},
		"/usr/bin/pip":                         {Content: "#!/usr/bin/python3\n", Exec: true},
		d + "/.venv/pyvenv.cfg":                {},
		d + "/.venv/bin/python":                {Target: "/usr/bin/python3"},
		d + "/.venv/bin/pip":                   {Content: "#!" + d + "/.venv/bin/python\n", Exec: true},
		d + "/.venv/Scripts/pip.exe":           {},
		d + "/link":                            {Target: ".venv"},
		d + "/py":                              {Target: ".venv/bin/python"},
		d + "/tools/pip":                       {Target: "../.venv/bin/pip"},
		d + "/copy/pyvenv.cfg":                 {},
		d + "/copy/bin/pip":                    {Content: "#!/usr/bin/python3\n", Exec: true},
		d + "/linked/pyvenv.cfg":               {},
		d + "/linked/bin/pip":                  {Target: "/usr/bin/pip"},
		d + "/envy/bin/pip":                    {Content: "#!/usr/bin/env python3\n", Exec: true},
		d + "/long/bin/pip":                    {Content: "#!/bin/sh\n'''exec' \"" + d + "/.venv/bin/python\" \"$0\" \"$@\"\n' '''\n", Exec: true},
		d + "/short/bin/pip":                   {Content: "#!/bin/sh\n'''exec' " + d + "/.venv/bin/python \"$0\" \"$@\"\n' '''\n", Exec: true},
		d + "/moved/pyvenv.cfg":                {},
		d + "/moved/bin/pip":                   {Content: "#!/bin/sh\n'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")\"/'python' \"$0\" \"$@\"\n' '''\n", Exec: true},
		d + "/venv/bin/pip":                    {},
		d + "/env/conda-meta/history":          {},
		d + "/env/bin/pip":                     {},
		"/opt/conda/conda-meta/history":        {},
		"/opt/conda/condabin/conda":            {},
		"/opt/conda/bin/pip":                   {},
		example.Home + "/.pyenv/shims/pip":     {Content: "#!/usr/bin/env bash\n", Exec: true},
		example.Home + "/.venvs/x/pyvenv.cfg":  {},
		example.Home + "/.venvs/x/bin/pip":     {},
		example.Home + "/.venvs/x/bin/python3": {Target: "/usr/bin/python3"},
		"/only/bin/pip3.12":                    {Content: "#!/only/bin/python3.12\n", Exec: true},
	}
	for _, test := range []struct{ command, path, want string }{
		{"pip", "", "system(/usr)"},
		{"pip", d + "/.venv/bin:/usr/bin", "venv(" + d + "/.venv)"},
		{"pip", ".venv/bin:/usr/bin", "venv(" + d + "/.venv)"},
		{"pip", "/usr/bin:" + d + "/.venv/bin", "system(/usr)"},
		{"pip", d + "/.venv/bin", "venv(" + d + "/.venv)"},
		{"pip", d + "/.venv/Scripts", "venv(" + d + "/.venv)"},
		{"pip", action.HoleText + ":/usr/bin", "system(/usr)"},
		{"pip", action.HoleText + ":" + d + "/.venv/bin", "venv(" + d + "/.venv)"},
		{"pip", action.HoleText, "unknown"},
		{"pip", "/nowhere", "system"},
		{"pip3.12", "/only/bin", "system(/only)"},
		{"pip3.12", "", "system"},
		{"pip", example.Home + "/.pyenv/shims:/usr/bin", "user(" + example.Home + "/.pyenv)"},
		{"/usr/bin/pip", "", "system(/usr)"},
		{"../../../usr/bin/pip", "", "system(/usr)"},
		{"//usr//bin//pip", "", "system(/usr)"},
		{".venv/bin/pip", "", "venv(" + d + "/.venv)"},
		{"./.venv/bin/../bin/pip", "", "venv(" + d + "/.venv)"},
		{"link/bin/pip", "", "venv(" + d + "/.venv)"},
		{"link/bin/python -m pip", "", "venv(" + d + "/link)"},
		{"py -m pip", "", "system"},
		{"./py -m pip", "", "system(/home/user)"},
		{"tools/pip", "", "venv(" + d + "/.venv)"},
		{"copy/bin/pip", "", "system(/usr)"},
		{"linked/bin/pip", "", "system(/usr)"},
		{"envy/bin/pip", "", "system(/usr)"},
		{"envy/bin/pip", d + "/.venv/bin:/usr/bin", "system(/usr)"},
		{"long/bin/pip", "", "venv(" + d + "/.venv)"},
		{"short/bin/pip", "", "venv(" + d + "/.venv)"},
		{"moved/bin/pip", "", "venv(" + d + "/moved)"},
		{"venv/bin/pip", "", "fake(" + d + "/venv)"},
		{"venv/bin/python -m pip", "", "fake(" + d + "/venv)"},
		{"env/bin/pip", "", "venv(" + d + "/env)"},
		{"/opt/conda/bin/pip", "", "system(/opt/conda)"},
		{"new/.venv/bin/pip", "", "venv(" + d + "/new/.venv)"},
		{"not.venv/bin/pip", "", "system(" + d + "/not.venv)"},
		{example.Home + "/.venvs/x/bin/pip", "", "venv(" + example.Home + "/.venvs/x)"},
		{"python3 " + d + "/.venv/bin/pip", "", "system(/usr)"},
		{".venv/bin/python /usr/bin/pip", "", "venv(" + d + "/.venv)"},
		{"pip --python .venv", "", "venv(" + d + "/.venv)"},
		{"pip --python .venv/bin/python", "", "venv(" + d + "/.venv)"},
		{".venv/bin/pip --python /usr/bin/python3", "", "system(/usr)"},
		{"pip --python venv", "", "fake(" + d + "/venv)"},
		{"pip --python " + action.HoleText, "", "unknown(⟨…⟩)"},
		{action.HoleText + "/bin/pip", "", "unknown(⟨…⟩/bin/pip)"},
		{d + "/" + action.HoleText + "/bin/pip", "", "unknown(" + d + "/⟨…⟩/bin/pip)"},
	} {
		vars := env{}
		if test.path != "" {
			vars["PATH"] = test.path
		}
		words := append(strings.Fields(test.command), "install", "x")
		_, findings := rules.Builtin().Program(invocation(vars, files, words...))
		got := "none"
		if len(findings) > 0 {
			got = findings[0].Place.String()
		}
		want := test.want
		if strings.HasPrefix(want, "unknown(⟨…⟩") && got == "unknown" {
			got = want
		}
		if got != want {
			t.Errorf("PATH=%s %s: got %s, want %s", test.path, test.command, got, want)
		}
	}
}

// TestDirectories tries what kind of place a directory on the command line is.
func TestDirectories(t *testing.T) {
	const d = example.Dir
	files := world.Mem{
		"/usr/bin/pip": {Content: "#!/usr/bin/python3\n", Exec: true}, d + "/.git/HEAD": {}, d + "/sub/x": {},
		d + "/out": {Target: "/usr/lib"}, "/srv/app/package.json": {}, "/opt/env/pyvenv.cfg": {}, "/etc/.git/HEAD": {},
		example.Home + "/.local/lib/x": {}, example.Home + "/other/x": {},
	}
	for _, test := range []struct{ dir, target, want string }{
		{d, "vendor", "project"},
		{d, ".", "project"},
		{d, "../lib", "user"},
		{d + "/sub", "../vendor", "project"},
		{d, "out/x", "system"},
		{d, "out/../x", "system"},
		{d, "/tmp/x", "dir"},
		{d, "/var/folders/a/b", "dir"},
		{d, "/usr/lib/python3/dist-packages", "system"},
		{d, "/srv/app/lib", "system"},
		{d, "/opt/env/lib", "venv"},
		{d, example.Home + "/.local/lib", "user"},
		{d, "~/lib", "user"},
		{d, "vendor/" + action.HoleText, "project"},
		{d, action.HoleText, "unknown"},
		{d, "/" + action.HoleText, "unknown"},
		{"/srv/app", "lib", "project"},
		{"/srv/new", "lib", "project"},
		{example.Home, "lib", "user"},
		{example.Home + "/.local", "lib", "user"},
		{example.Home + "/other", "lib", "project"},
		{"/usr", "lib", "system"},
		{"/usr/local/lib", ".", "system"},
		{"/etc", "x", "system"},
		{"/", "usr/lib", "system"},
		{action.HoleText, "x", "unknown"},
	} {
		inv := invocation(nil, files, "pip", "install", "--target", test.target, "x")
		inv.Dir = test.dir
		_, findings := rules.Builtin().Program(inv)
		got := "none"
		if len(findings) > 0 {
			got = findings[0].Place.Kind.String()
		}
		if got != test.want {
			t.Errorf("in %s, --target %s: got %s, want %s", test.dir, test.target, got, test.want)
		}
	}
}

// TestHoles tries words that are not known.
func TestHoles(t *testing.T) {
	const h = action.HoleText
	venv := world.Mem{
		"/usr/bin/pip": {Content: "#!/usr/bin/python3\n", Exec: true}, "/usr/bin/python3": {Exec: true},
		example.Dir + "/.venv/pyvenv.cfg": {}, example.Dir + "/.venv/bin/pip": {}, example.Dir + "/.venv/bin/python": {},
	}
	for _, test := range []struct {
		want string
		argv []string
	}{
		{"BLOCK", []string{"pip", "install", h}},
		{"BLOCK", []string{"pip", h}},
		{"BLOCK", []string{"pip", h, "x"}},
		{"BLOCK", []string{"pip", "inst" + h, "x"}},
		{"PASS", []string{"pip", "list", h}},
		{"PASS", []string{"pip", "sh" + h}},
		{"ALLOW", []string{".venv/bin/pip", h, "x"}},
		{"ALLOW", []string{".venv/bin/pip", "install", h}},
		{"ASK", []string{".venv/bin/pip", "install", "--target", h, "x"}},
		{"BLOCK", []string{h, "install", "x"}},
		{"BLOCK", []string{h, "-m", "pip", "install", "x"}},
		{"BLOCK", []string{"pip" + h, "install", "x"}},
		{"BLOCK", []string{"python3." + h, "-m", "pip", "install", "x"}},
		{"BLOCK", []string{"python3", "-m", h, "install", "x"}},
		{"ASK", []string{h + "/bin/pip", "install", "x"}},
		{"PASS", []string{".venv/bin/" + h, "install", "x"}},
		{"PASS", []string{h, "install"}},
		{"PASS", []string{h, "run"}},
		{"PASS", []string{h, "file.txt"}},
		{"PASS", []string{h}},
		{"PASS", []string{h, h}},
		{"PASS", []string{"make" + h, "install", "x"}},
		{"PASS", []string{h, "-std=c++11", "x.cc", "-o", "x"}},
	} {
		_, findings := rules.Builtin().Program(invocation(nil, venv, test.argv...))
		worst := action.Pass
		for _, f := range findings {
			worst = action.Worst(worst, f.Verdict)
		}
		if worst.String() != test.want {
			t.Errorf("%s: got %s, want %s: %v", action.Show(strings.Join(test.argv, " ")), worst, test.want, findings)
		}
	}
	out, _ := rules.Builtin().Program(invocation(nil, venv, h, "pip", "install", "x"))
	if got := starts(out); !slices.Contains(got, "pip install x") {
		t.Errorf("an unknown word before pip: %q", got)
	}
}

// TestWrites tries the environments that commands leave behind.
func TestWrites(t *testing.T) {
	for _, test := range []struct {
		command, dir string
		pip          bool
	}{
		{"python3 -m venv .venv", ".venv", true},
		{"python3 -m venv --without-pip v", "v", false},
		{"python3 -m venv --system-site-packages a b", "b", true},
		{"virtualenv -p python3 v", "v", true},
		{"virtualenv --no-pip v", "v", false},
		{"uv venv", ".venv", false},
		{"uv venv --seed v", "v", true},
		{"uv sync", ".venv", false},
	} {
		out, _ := rules.Builtin().Program(invocation(nil, example.System, strings.Fields(test.command)...))
		o := world.NewOverlay(example.System)
		for _, w := range out.Writes {
			o = o.With(w)
		}
		dir := example.Dir + "/" + test.dir
		if !world.IsFile(o, dir+"/pyvenv.cfg") || !world.Exists(o, dir+"/bin/python") {
			t.Errorf("%s: no environment in %s: %v", test.command, test.dir, out.Writes)
		}
		if got := world.Exists(o, dir+"/bin/pip3"); got != test.pip {
			t.Errorf("%s: pip is there: %v", test.command, got)
		}
		if b, _ := o.ReadFile(dir+"/bin/activate", 1<<16); !strings.Contains(string(b), "VIRTUAL_ENV='"+dir+"'") {
			t.Errorf("%s: the activate script is %q", test.command, b)
		}
	}
	out, _ := rules.Builtin().Program(invocation(nil, example.System, "python3", "-m", "venv", "--help", "v"))
	if len(out.Writes) > 0 {
		t.Errorf("help leaves %v behind", out.Writes)
	}
}

// TestScript tries the activate scripts that stand for unreadable ones.
func TestScript(t *testing.T) {
	files := world.Mem{"/p/.venv/pyvenv.cfg": {}, "/p/.venv/bin/activate": {}, "/p/full/pyvenv.cfg": {}, "/p/full/bin/activate": {Content: "true\n"}, "/p/no/bin/activate": {}}
	for file, want := range map[string]bool{
		"/p/.venv/bin/activate": true, "/p/.venv/bin/pip": false, "/p/full/bin/activate": false, "/p/no/bin/activate": false, "/p/missing/bin/activate": false,
	} {
		if _, ok := rules.Builtin().Script(files, file); ok != want {
			t.Errorf("%s: %v", file, ok)
		}
	}
}

// TestOtherHosts tries that nothing but publishing counts on another host.
func TestOtherHosts(t *testing.T) {
	for command, want := range map[string]action.Verdict{
		"pip install x": action.Pass, "twine upload x": action.Block, "python3 -m venv v": action.Pass,
	} {
		inv := invocation(nil, example.System, strings.Fields(command)...)
		inv.Host = "docker run"
		out, findings := rules.Builtin().Program(inv)
		got := action.Pass
		for _, f := range findings {
			got = action.Worst(got, f.Verdict)
		}
		if got != want || len(out.Writes) > 0 {
			t.Errorf("%s in a container: %s, %v", command, got, out.Writes)
		}
	}
}

// TestNothingAtStart starts this test again and looks at what the runtime says
// of its packages: the packs must cost nothing before main.
func TestNothingAtStart(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), "init runtime") {
		t.Skip("the runtime does not trace")
	}
	if strings.Contains(string(out), "init github.com/venv-guard/venv-guard/rules @") {
		t.Error("package rules has work to do at start")
	}
}

// flat is a view of files without links, as fast as can be: what a benchmark
// measures with it is not the files.
type flat map[string]string

func (f flat) Lstat(name string) (world.Info, error) {
	if _, ok := f[name]; ok {
		return world.Info{Kind: world.File, Exec: true}, nil
	}
	return world.Info{}, fs.ErrNotExist
}

func (f flat) Readlink(string) (string, error) { return "", fs.ErrInvalid }

func (f flat) ReadFile(name string, max int) ([]byte, error) {
	if s, ok := f[name]; ok {
		return []byte(s), nil
	}
	return nil, fs.ErrNotExist
}

func (f flat) ReadDir(string) ([]world.Entry, error) { return nil, fs.ErrNotExist }

func BenchmarkProgram(b *testing.B) {
	files := flat{
		"/p/.venv/pyvenv.cfg": "", "/p/.venv/bin/pip": "#!/p/.venv/bin/python\n", "/p/.venv/bin/python": "",
		"/usr/bin/python3": "", "/usr/bin/pip": "#!/usr/bin/python3\n",
	}
	for _, command := range []string{
		"cat a b", "git status -sb", "sudo -u root ls -l", ".venv/bin/pip install -U requests", "pip install requests", "uv add requests",
	} {
		b.Run(strings.Fields(command)[0], func(b *testing.B) {
			inv := &action.Invocation{Argv: strings.Fields(command), Dir: "/p", Env: env{"PATH": "/usr/bin:/bin", "HOME": "/home/u"}, FS: files}
			p := rules.Builtin()
			b.ReportAllocs()
			for b.Loop() {
				p.Program(inv)
			}
		})
	}
}

// FuzzProgram gives any words, with holes, to the built-in packs. Nothing may
// panic, run long, or block without a reason.
func FuzzProgram(f *testing.F) {
	for _, seed := range []string{
		"pip install x", "pip -- install x", "python3 -Im pip install --targ d x", "sudo -u root FOO=1 env -S 'pip install' x",
		"find . -exec pip {} ;", "uv --directory x pip install --python ? y", "? install x", "pi? inst? x", "bash -euxo pipefail -c ?",
		"xargs -I% pip %", "docker compose -f a run b ?", "setup.py install upload", "pip --a 1 --b 2 --c 3 --d 4 --e 5 --f 6 --g 7 --h 8 --i 9 install x",
		"git -c alias.x=!a ? -c", "conda run -n ? ?", "python3 setup.py build install --root=? develop", "nice -10 -n", "env - A= ? =",
		"../?/../pip install", "C:/x/Scripts/PIP.EXE install x", `a\b\pip.exe install x`,
	} {
		f.Add(seed)
	}
	files := example.World([]string{".venv/pyvenv.cfg", ".venv/bin/pip", "pyproject.toml", "loop -> loop"}, nil, nil).FS
	f.Fuzz(func(t *testing.T, text string) {
		words := strings.Fields(strings.ReplaceAll(text, "?", action.HoleText))
		if len(words) == 0 || len(words) > 64 {
			return
		}
		_, findings := rules.Builtin().Program(invocation(env{"PIP_SRC": "x"}, files, words...))
		for _, f := range findings {
			if f.Verdict >= action.Ask && (f.Reason == "" || f.Rule == "") {
				t.Errorf("%q: no reason or rule: %+v", words, f)
			}
		}
	})
}

func ExamplePacks_Program() {
	_, findings := rules.Builtin().Program(invocation(nil, example.System, "pip", "install", "requests"))
	fmt.Println(findings[0].Verdict, findings[0].Rule)
	fmt.Println(findings[0].Remedy)
	// Output:
	// BLOCK python/pip-global
	// python3 -m venv .venv && .venv/bin/pip install requests
}
