package code

import "testing"

func TestReveals(t *testing.T) {
	for _, test := range []struct {
		lang, text string
		argv       []string
		want       bool
	}{
		{"python", `import os; print(os.environ["PYPI_TOKEN"])`, nil, true},
		{"python", `import os; print(os.environ.get('PYPI_TOKEN', 'none')[:4])`, nil, true},
		{"python", `import sys,os; sys.stdout.write(os.getenv("PYPI_TOKEN"))`, nil, true},
		{"python", `import os; print("token is", os.environ["PYPI_TOKEN"])`, nil, true},
		{"python", `import os; print(bool(os.environ.get("PYPI_TOKEN")))`, nil, false},
		{"python", `import os; print(len(os.environ["PYPI_TOKEN"]))`, nil, false},
		{"python", `import os; print(os.environ.get("PYPI_TOKEN") is not None)`, nil, false},
		{"python", `import os; print("PYPI_TOKEN" in os.environ)`, nil, false},
		{"python", "import os\ntoken = os.environ['PYPI_TOKEN']\nprint('ok')", nil, false},
		{"python", `print("set PYPI_TOKEN first")`, nil, false},
		{"python", `print("a"); login(os.environ["PYPI_TOKEN"])`, nil, false},
		{"node", `process.env.PYPI_TOKEN`, []string{"node", "-p", "process.env.PYPI_TOKEN"}, true},
		{"node", `console.log(process.env.PYPI_TOKEN)`, nil, true},
		{"node", `console.log(process.env["PYPI_TOKEN"])`, nil, true},
		{"node", `console.log(!!process.env.PYPI_TOKEN)`, nil, false},
		{"node", `console.log(process.env.PYPI_TOKEN ? "set" : "not set")`, nil, false},
		{"node", `if (!process.env.PYPI_TOKEN) { console.log("missing") }`, nil, false},
		{"node", `publish({token: process.env.PYPI_TOKEN})`, nil, false},
		{"ruby", `puts ENV["PYPI_TOKEN"]`, nil, true},
		{"ruby", `puts ENV.fetch("PYPI_TOKEN")`, nil, true},
		{"perl", `print $ENV{PYPI_TOKEN}`, nil, true},
		{"awk", `BEGIN { print ENVIRON["PYPI_TOKEN"] }`, nil, true},
		{"php", `echo getenv("PYPI_TOKEN");`, nil, true},
	} {
		got := len(Reveals(test.lang, test.text, test.argv, func(name string) bool { return name == "PYPI_TOKEN" })) > 0
		if got != test.want {
			t.Errorf("%s: %s: got %v, want %v", test.lang, test.text, got, test.want)
		}
	}
}

func TestRevealsEnvironment(t *testing.T) {
	for _, test := range []struct {
		lang, text string
		argv       []string
		want       bool
	}{
		{"node", `process.env`, []string{"node", "-p", "process.env"}, true},
		{"node", `console.log(process.env)`, nil, true},
		{"node", `console.log(JSON.stringify(process.env, null, 2))`, nil, true},
		{"node", `for (const k in process.env) console.log(k, process.env[k])`, nil, true},
		{"node", `Object.entries(process.env).forEach(([k, v]) => console.log(k + "=" + v))`, nil, true},
		{"node", `for (const k of Object.keys(process.env)) console.log(k, process.env[k])`, nil, true},
		{"node", `console.log(Object.keys(process.env))`, nil, false},
		{"node", `process.env.NODE_ENV`, []string{"node", "-p", "process.env.NODE_ENV"}, false},
		{"node", `spawn("ls", {env: process.env}); console.log(1)`, nil, false},
		{"node", `spawn("ls", [], {env: {...process.env, A: "1"}}); console.log(1)`, nil, false},
		{"node", `const env = process.env; console.log(1)`, nil, false},
		{"node", `console.log(process.env.PATH)`, nil, false},
		{"python", `import os; print(os.environ)`, nil, true},
		{"python", `import os; print(dict(os.environ))`, nil, true},
		{"python", `import os, json; print(json.dumps(dict(os.environ)))`, nil, true},
		{"python", "import os\nfor k, v in os.environ.items(): print(k, v)", nil, true},
		{"python", "import os\nfor k in os.environ:\n  print(k, os.environ[k])", nil, true},
		{"python", "import os\nfor k in os.environ:\n  print(k)", nil, false},
		{"python", `import os; print(sorted(os.environ))`, nil, false},
		{"python", `import os; print(len(os.environ))`, nil, false},
		{"python", `import os; print("A" in os.environ)`, nil, false},
		{"python", `import os; print(os.environ["PATH"])`, nil, false},
		{"python", `import os; env = dict(os.environ); print(1)`, nil, false},
		{"python", `import os, subprocess; subprocess.run(["ls"], env=os.environ); print(1)`, nil, false},
		{"python", `import os; print(subprocess.check_output(["ls"], env=os.environ))`, nil, false},
		{"python", `print("see os.environ for more")`, nil, false},
		{"ruby", `puts ENV.to_h`, nil, true},
		{"ruby", `p ENV`, nil, true},
		{"ruby", `ENV.each { |k, v| puts k + v }`, nil, true},
		{"ruby", `puts ENV.keys`, nil, false},
		{"perl", `print %ENV`, nil, true},
		{"perl", `print "$_=$ENV{$_}\n" for keys %ENV`, nil, true},
		{"perl", `print join " ", sort keys %ENV`, nil, false},
		{"php", `print_r($_ENV);`, nil, true},
		{"php", `var_dump(getenv());`, nil, true},
		{"awk", `BEGIN { for (k in ENVIRON) print k, ENVIRON[k] }`, nil, true},
		{"awk", `BEGIN { for (k in ENVIRON) print k }`, nil, false},
		{"deno", `console.log(Deno.env.toObject())`, nil, true},
		{"node", `const NODE_ENV = 1; console.log(NODE_ENV)`, nil, false},
	} {
		got := len(Reveals(test.lang, test.text, test.argv, func(string) bool { return false })) > 0
		if got != test.want {
			t.Errorf("%s: %s: got %v, want %v", test.lang, test.text, got, test.want)
		}
	}
}
