package shell

import (
	"slices"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

func TestPortable(t *testing.T) {
	tests := []struct {
		text    string
		environ []string
		want    bool
	}{
		{"pip install requests", nil, true},
		{".venv/bin/pip install -r requirements.txt --index-url=https://example.com/a@b", nil, true},
		{" git  status ", nil, true},
		{"", nil, false},
		{"A=1 pip install x", nil, false},
		{"=pip install x", nil, false},
		{"echo =pip", nil, false},
		{"- pip install x", nil, false},
		{"eval pip install x", nil, false},
		{". ./f", nil, false},
		{"repeat 3 pip install x", nil, true}, // no command to zsh's reading
		{"noglob pip install x", nil, false},
		{"time pip install x", nil, false},
		{"pip install x; true", nil, false},
		{"pip install x*", nil, false},
		{"pip install ~/x", nil, false},
		{"pip install x\n", nil, false},
		{"f install x", []string{"BASH_FUNC_f%%=() { pip \"$@\"; }"}, false},
	}
	for _, tt := range tests {
		if got := Portable(tt.text, tt.environ); got != tt.want {
			t.Errorf("Portable(%q) = %t", tt.text, got)
		}
		if !tt.want {
			continue
		}
		bash, zsh := programsIn(tt.text, syntax.LangBash), programsIn(tt.text, syntax.LangZsh)
		for _, p := range zsh {
			if !slices.Contains(bash, p) {
				t.Errorf("%q: only zsh's reading starts %q", tt.text, p)
			}
		}
	}
}

// programsIn returns the words of the programs that a text starts.
func programsIn(text string, lang syntax.LangVariant) (list []string) {
	Evaluate(text, Options{Dir: "/", FS: world.Mem{}, Lang: lang, Program: func(inv *action.Invocation) action.Outcome {
		list = append(list, strings.Join(inv.Argv, " "))
		return action.Outcome{}
	}})
	return list
}
