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
