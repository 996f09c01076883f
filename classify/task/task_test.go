package task

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/venv-guard/venv-guard/action"
)

func show(steps []Step) string {
	var out []string
	for _, s := range steps {
		out = append(out, s.Text)
	}
	return action.Show(strings.Join(out, "; "))
}

func TestMake(t *testing.T) {
	const text = `# a comment
PIP ?= pip
PKGS := requests \
	flask
VENV = .venv
HASH := $(shell git rev-parse HEAD)
.PHONY: all deps

all: deps test ; @echo done

deps:
	@$(PIP) install $(PKGS)
	-cd sub && \
	  $(MAKE) deps

test: export X = 1
test: $(VENV)/bin/activate
	for f in *.py; do echo $$f $@; done
	echo $(filter a,b) $(UNSET)

$(VENV)/bin/%:
	python3 -m venv $(VENV) # $*

define MULTI
one
two
endef
multi:
	$(MULTI)
`
	tests := []struct {
		goals []string
		vars  map[string]string
		want  string
	}{
		{nil, nil, "git rev-parse HEAD; pip install requests flask; cd sub && \\\n  make deps; python3 -m venv .venv # activate; " +
			"for f in *.py; do echo $f test; done; echo ⟨…⟩ ${UNSET}; echo done"},
		{[]string{"deps"}, map[string]string{"PIP": ".venv/bin/pip"}, "git rev-parse HEAD; .venv/bin/pip install requests flask; cd sub && \\\n  make deps"},
		{[]string{"multi"}, nil, "git rev-parse HEAD; one; two"},
		{[]string{"none"}, nil, "git rev-parse HEAD"},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, show(Make("", text, tt.goals, tt.vars, false, nil))); d != "" {
			t.Errorf("make %v %v (-want +got)\n%s", tt.goals, tt.vars, d)
		}
	}
	if got := Make("", "all:\n\n\tpip install x\n", nil, nil, false, nil); len(got) != 1 || got[0].Line != 3 {
		t.Errorf("line of a recipe: %+v", got)
	}
	if got := show(Make("", "a: b\nb: a\n\tx\n", nil, nil, false, nil)); got != "x" {
		t.Errorf("a circle of goals gives %q", got)
	}
}

func TestMakeDry(t *testing.T) {
	const text = "X := $(shell a)\nall:\n\tpip install x\n\t+b\n\t$(MAKE) c\n\techo $(shell d)\n"
	if got := show(Make("", text, nil, nil, true, nil)); got != "a; b; make c; d" {
		t.Errorf("make -n runs %q", got)
	}
}

func TestScripts(t *testing.T) {
	const pkg = `{"name": "x", "scripts": {"build": "tsc", "prebuild": "rm -rf dist", "postinstall": "pip install x"}}`
	if got := show(Node(pkg, "npm", []string{"run", "build"})); got != "rm -rf dist; tsc" {
		t.Errorf("npm run build: %q", got)
	}
	if got := show(Node(pkg, "npm", []string{"install"})); got != "pip install x" {
		t.Errorf("npm install: %q", got)
	}
	if got := Node("{", "npm", []string{"run", "build"}); got != nil {
		t.Errorf("a broken package.json: %v", got)
	}
	const just = `x := "pip"
alias d := deps
default: deps
    echo done

[private]
deps *args: clean
    @{{x}} install {{args}}
clean:
    rm -rf build
py:
    #!/usr/bin/env python3
    import os
`
	if got := show(Just(just, nil)); got != "rm -rf build; pip install ⟨…⟩; echo done" {
		t.Errorf("just: %q", got)
	}
	if got := show(Just(just, []string{"d"})); got != "rm -rf build; pip install ⟨…⟩" {
		t.Errorf("just d: %q", got)
	}
	if got := Just(just, []string{"py"}); len(got) != 1 || got[0].Lang != "python" || got[0].Text != "import os" {
		t.Errorf("just py: %+v", got)
	}
	const taskfile = "version: '3'\ntasks:\n  default:\n    deps: [clean]\n    cmds:\n      - pip install {{.PKG}}\n      - task: other\n  clean: rm -rf build\n  other:\n    cmd: echo x\n"
	if got := show(Taskfile(taskfile, nil)); got != "rm -rf build; pip install ⟨…⟩; echo x" {
		t.Errorf("task: %q", got)
	}
	const pyproject = `
[tool.poe.tasks]
deps = "pip install x"
all = ["deps", "lint"]
lint = { shell = "ruff check | cat" }
[tool.pdm.scripts]
deps = {composite = ["a", "b c"]}
a = "pip install y"
[tool.hatch.envs.dev.scripts]
deps = ["pip install z"]
`
	for _, tt := range []struct{ tool, name, want string }{
		{"poe", "all", "pip install x; ruff check | cat"},
		{"pdm", "deps", "pip install y; b c"},
		{"hatch", "dev:deps", "pip install z"},
		{"poe", "none", ""},
	} {
		if got := show(PyProject(pyproject, tt.tool, tt.name)); got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.tool, tt.name, got, tt.want)
		}
	}
}

func FuzzMake(f *testing.F) {
	f.Add("a: b\n\t$(X) ${Y:a=b} $$(c)\nX = $(Y)\nY := $(call X,1)\ndefine Z\nendef\n", "a")
	f.Add("a:\n\techo $(\n:x\n", "")
	f.Fuzz(func(t *testing.T, text, goal string) {
		Make("", text, []string{goal}, nil, false, nil) // must come back, without a panic
		Just(text, []string{goal})
	})
}

func TestPackageScripts(t *testing.T) {
	const pkg = "\uFEFF{\n \"Scripts\": {\"a\": \"no\"},\n \"scripts\": {\"a\": \"old\"},\n \"scripts\": {\n  \"a\": \"one\",\n  \"A\": \"no\",\n  \"posta\": \"after\",\n  \"a\": \"two\", \"n\": 1,\n  \"b:x\": \"bx\", \"b:y\": \"by\"}}"
	for _, test := range []struct {
		runner string
		args   []string
		want   string
	}{
		{"npm", []string{"run", "a"}, "two; after"},
		{"npm", []string{"run", "a", "--", "x y", "it's"}, `two 'x y' 'it'\''s'; after`},
		{"node", []string{"run", "a"}, "two"},
		{"npm", []string{"run", "n"}, ""},
		{"npm", []string{"run", "b:" + hole}, "bx; by"},
		{"npm", []string{"all", "npm:b:*", "echo x"}, "bx; by"},
		{"npm", []string{"run"}, ""},
	} {
		if got := show(Node(pkg, test.runner, test.args)); got != test.want {
			t.Errorf("%s %q: got %q, want %q", test.runner, test.args, got, test.want)
		}
	}
	if steps := Node(pkg, "npm", []string{"run", "a"}); steps[0].Line != 8 {
		t.Errorf("the script stands in line %d, want 8", steps[0].Line)
	}
	if got := Node("[1]", "npm", []string{"install"}); got != nil {
		t.Errorf("no object: %v", got)
	}
}

func TestMakeInclude(t *testing.T) {
	files := map[string][]string{"a.mk": {"X = x\ndeps:\n\tpip install $(X)\n-include a.mk\n"}}
	got := Make("", "F = a.mk\nall: deps\n\tdone\ninclude $(F) none\n", nil, nil, false, func(name string) []string { return files[name] })
	if s := show(got); s != "pip install x; done" {
		t.Errorf("make runs %q", s)
	}
}
