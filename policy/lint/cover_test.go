package lint

import (
	"testing"

	"github.com/venv-guard/venv-guard/policy"
)

func TestCovers(t *testing.T) {
	shell := func(command string) policy.Rule {
		return policy.Rule{Action: policy.ShellExec, Match: policy.Match{Command: command}}
	}
	file := func(path string) policy.Rule {
		return policy.Rule{Action: policy.FileRead, Match: policy.Match{Path: path}}
	}
	tool := func(name string) policy.Rule {
		return policy.Rule{Action: policy.MCPCall, Match: policy.Match{Tool: name}}
	}
	host := func(name string) policy.Rule {
		return policy.Rule{Action: policy.Network, Match: policy.Match{Host: name}}
	}
	tests := []struct {
		a, b policy.Rule
		want bool
	}{
		{shell("pip install*"), shell("pip install -r requirements*.txt"), true},
		{shell("pip install -r requirements*.txt"), shell("pip install*"), false},
		{shell("pip install*"), shell("pip install"), true},
		{shell("pip install"), shell("pip install*"), false}, // pip install-x
		{shell("pip install"), shell("pip install *"), true},
		{shell("pip install *"), shell("pip install"), false}, // without words
		{shell("pip"), shell("pipx install"), false},
		{shell("*"), shell("anything"), true},
		{shell("pip ?nstall*"), shell("pip install x"), true},
		{shell("pip ?nstall*"), shell("pip *nstall x"), false},
		{shell("pip ?nstall*"), shell("pip ?nstall x"), true},
		{shell("pip i?"), shell("pip i*"), false},
		{shell("pip*"), file("pip"), false},
		{shell("pip*"), policy.Rule{Action: policy.ShellExec, Match: policy.Match{Program: "pip"}}, false},
		{policy.Rule{Action: policy.ShellExec, Match: policy.Match{Program: "pip"}},
			policy.Rule{Action: policy.ShellExec, Match: policy.Match{Program: "pip", Operation: "install"}}, true},
		{file("*"), file("./workspace/**"), true},
		{file("./workspace/**"), file("*"), false},
		{file("*/.npmrc"), file("/home/user/.npmrc"), true},
		{file("workspace/*"), file("/workspace/x"), false},
		{tool("pip-install"), tool("mcp__http__pip-install"), true},
		{tool("mcp__http__pip-install"), tool("pip-install"), false},
		{tool("mcp__*"), tool("pip-install"), false},
		{host("pypi.org"), host("files.pypi.org"), true},
		{host("files.pypi.org"), host("pypi.org"), false},
		{host("pypi.org"), host("notpypi.org"), false},
		{policy.Rule{Action: policy.ShellExec, Match: policy.Match{Command: "x*"}, Agent: "a"}, shell("x"), false},
		{policy.Rule{Action: policy.ShellExec, Match: policy.Match{Command: "x*"}, Mode: policy.Simulate}, shell("x"), false},
	}
	for _, test := range tests {
		if got := covers(&test.a, &test.b); got != test.want {
			t.Errorf("covers(%v, %v) = %v, want %v", test.a.Match, test.b.Match, got, test.want)
		}
	}
}
