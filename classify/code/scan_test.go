package code

import (
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/venv-guard/venv-guard/action"
)

func TestScan(t *testing.T) {
	tests := []struct{ lang, text, want string }{
		{"python", `import os; os.system("pip install x")`, `$ pip install x`},
		{"python", `import os;os.system('pip install x')`, `$ pip install x`},
		{"python", `from os import system as s; s("a b")`, `$ a b`},
		{"python", `__import__("os").system("a b")`, `$ a b`},
		{"python", `import subprocess as sp; sp.run(["pip", "install", "x"], check=True)`, `pip|install|x`},
		{"python", `import subprocess, sys; subprocess.check_call([sys.executable, "-m", "pip", "install", pkg])`, `SELF|-m|pip|install|⟨…⟩`},
		{"python", `import subprocess; subprocess.run("pip install x", shell=True)`, `$ pip install x`},
		{"python", `import subprocess; subprocess.run("pip install x".split())`, `pip|install|x`},
		{"python", `import subprocess; cmd = ["pip", "install"]; subprocess.run(cmd + ["x"])`, `pip|install|x`},
		{"python", `import subprocess; subprocess.run(args=["a"])`, `a`},
		{"python", `import os; p = "pip"; os.system(f"{p} install x")`, `$ pip install x`},
		{"python", `import os; os.system("pip " + "install" " x")`, `$ pip install x`},
		{"python", `import os; os.system("%s install x" % p)`, `$ ⟨…⟩ install x`},
		{"python", `import os; os.execvp("pip", ["pip", "install", "x"])`, `pip|install|x`},
		{"python", `import os; os.execlp("pip", "pip", "install", "x")`, `pip|install|x`},
		{"python", `import os; os.spawnlp(os.P_WAIT, "pip", "pip", "install", "x")`, `pip|install|x`},
		{"python", `import pip; pip.main(["install", "x"])`, `SELF|-m|pip|install|x`},
		{"python", `from pip._internal import main; main(["install", "x"])`, `SELF|-m|pip|install|x`},
		{"python", `import runpy, sys; sys.argv = ["pip", "install", "x"]; runpy.run_module("pip")`, `SELF|-m|pip|install|x`},
		{"python", `exec("import os; os.system('a b')")`, `$ a b`},
		{"python", `import os; r = os.system("a b")`, `$ a b`},
		{"python", `import subprocess; r = subprocess.run(["a", "b"])` + "\nprint(r)", `a|b`},
		{"python", `import os; r = q = os.system("a b")`, `$ a b`},
		{"node", `const r = require("child_process").execSync("a b")`, `$ a b`},
		{"ruby", "x = `a b`", `$ a b`},
		{"perl", `my $r = system("a b");`, `$ a b`},
		{"python", `print('pip install x')`, ``},
		{"python", "import os\n!pip install x\nprint(1)", `$ pip install x`},
		{"python", "out = !pip list", `$ pip list`},
		{"python", "%pip install -q x", `SELF|-m|pip|install|-q|x`},
		{"python", "%%bash\ncd x\nnpm i -g y", "$ cd x\nnpm i -g y"},
		{"python", "%conda install -y x", `$ conda install -y x`},
		{"python", "x = (\"%s\"\n  % y)\na = b != c\n%matplotlib inline", ``},
		{"python", "\"\"\"\n!pip install x\n\"\"\"", ``},
		{"python", `# os.system("a")` + "\n" + `x = """os.system("a")"""`, ``},
		{"python", `import logging; logging.info("run pip install x")`, ``},
		{"python", `app.run("pip install x")`, ``},
		{"node", `require("child_process").execSync("npm i -g x")`, `$ npm i -g x`},
		{"node", `const { execSync } = require('child_process'); execSync("a b")`, `$ a b`},
		{"node", `const cp = require("node:child_process"); cp.spawnSync("pip", ["install", "x"], {stdio: "inherit"})`, `pip|install|x`},
		{"node", `require("child_process").exec("a b", (e, out) => {})`, `$ a b`},
		{"node", `/x/.exec("pip install x"); re.exec("a")`, ``},
		{"node", `console.log('npm i -g typescript')`, ``},
		{"node", "require('child_process').execSync(`pip install ${x}`)", `$ pip install ⟨…⟩`},
		{"bun", "await Bun.$`pip install x`", `$ pip install x`},
		{"deno", `new Deno.Command("pip", { args: ["install", "x"] })`, `pip|install|x`},
		{"ruby", "`pip install x`", `$ pip install x`},
		{"ruby", `system("pip", "install", "x")`, `pip|install|x`},
		{"ruby", `system "pip install #{x}"`, `$ pip install ⟨…⟩`},
		{"ruby", `%x{pip install x}`, `$ pip install x`},
		{"ruby", `puts "pip install x"`, ``},
		{"perl", `system("pip install x")`, `$ pip install x`},
		{"perl", `system "pip", "install", "x";`, `pip|install|x`},
		{"perl", `qx{pip install x}`, `$ pip install x`},
		{"perl", `open(F, "pip install x |")`, `$ pip install x`},
		{"perl", `exec q(pip install x)`, `$ pip install x`},
		{"perl", `print "pip install x"`, ``},
		{"php", `shell_exec("pip install x");`, `$ pip install x`},
		{"php", "echo `pip install x`;", `$ pip install x`},
		{"php", `echo "pip install x";`, ``},
		{"lua", `os.execute("pip install x")`, `$ pip install x`},
		{"lua", `io.popen("pip" .. " install x")`, `$ pip install x`},
		{"awk", `BEGIN { system("pip install x") }`, `$ pip install x`},
		{"awk", `BEGIN { print "x" | "xargs pip install" }`, `$ printf %s 'x` + "\n" + `' | xargs pip install`},
		{"awk", `BEGIN { "pip install x" | getline }`, `$ pip install x`},
		{"awk", `{ print "pip install", $1 }`, ``},
		{"r", `system2("pip", c("install", "x"))`, `pip|install|x`},
		{"sed", `1e pip install x`, `$ pip install x`},
		{"sed", `/a\/b/,$ { s/x/y/` + "\n" + `e pip install x`, `$ pip install x`},
		{"sed", `s/e pip install/x/; /e x/d`, ``},
		{"sed", `s/.*/pip install x/e`, `$ pip install x`},
		{"sed", `s,\(a\),b \1,; s/x/pip install &/e`, `$ pip install ⟨…⟩; $ ⟨…⟩`},
		{"sed", `/x/e`, `$ ⟨…⟩`},
		{"awk", `BEGIN { print "a b" > "f"; print "c" > "f" }`, `f < a b` + "\n" + `; f << c` + "\n"},
		{"awk", `function f(a) { system(a " b") } BEGIN { f("c") }`, `$ ⟨…⟩ b; $ c b`},
		{"awk", `{ x = "a"; system(x " " $1) }`, `$ a ⟨…⟩`},
		{"awk", `$1 ~ /a|b/ { n++ } END { print n }`, ``},
		{"python", `A=(!0`, ``},
		{"applescript", `do shell script "pip install x"`, `$ pip install x`},
	}
	for _, tt := range tests {
		var got []string
		for _, st := range Scan(Program{Lang: tt.lang, Text: tt.text, Self: "SELF"}, nil) {
			if st.Kind == action.ActWrite {
				how := " < "
				if st.Append {
					how = " << "
				}
				got = append(got, st.Path+how+st.Text)
			} else if st.Argv != nil {
				got = append(got, strings.Join(st.Argv, "|"))
			} else {
				got = append(got, "$ "+st.Text)
			}
		}
		if d := cmp.Diff(tt.want, action.Show(strings.Join(got, "; "))); d != "" {
			t.Errorf("%s: %s\n(-want +got)\n%s", tt.lang, tt.text, d)
		}
	}
}

func FuzzScan(f *testing.F) {
	for _, lang := range []string{"python", "node", "ruby", "perl", "php", "lua", "awk", "r"} {
		f.Add(lang, `x = f"{a}"; os.system("a" + b'c'); system qw(a b); `+"`a ${b}` %x{ } qx( ) [1,(2,")
	}
	f.Fuzz(func(t *testing.T, lang, text string) {
		Scan(Program{Lang: lang, Text: text, Self: "self", Args: []string{"a b"}}, nil) // must come back, without a panic
	})
}

// TestScanEnds holds that long code that nests or repeats what is read more than
// once costs no more than what is read of it.
func TestScanEnds(t *testing.T) {
	for _, tt := range [][2]string{
		{"ruby", "[system"}, {"ruby", "def f x; system "}, {"node", "[exec "}, {"node", "const f=a=>exec(f(a));"},
		{"node", "const {a, b: c} = require('x'); exec("}, {"python", "for x in [1,2]:\n system(x\n"}, {"python", "c += 'exec a';"},
		{"python", "subprocess.Popen('a',stdin=PIPE);"}, {"python", "x = f'{x}{x} exec';"}, {"python", "a[b[c[exec("},
		{"awk", "print a > b; system("}, {"perl", "for my $x (1,2) { system($x) "},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Scan(Program{Lang: tt[0], Text: strings.Repeat(tt[1], 400_000/len(tt[1])), Self: "p"}, nil)
		runtime.ReadMemStats(&after)
		if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 1<<10 {
			t.Errorf("%s %q: %d MiB allocated", tt[0], tt[1], n)
		}
	}
}
