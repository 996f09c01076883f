package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

type noEnv struct{}

func (noEnv) Get(string) (string, bool) { return "", false }

func (noEnv) Inherited(string) bool { return true }

// TestCouldTell holds that words are never passed over that tell what a tool
// would do: every verb of every tool, whole and cut short, by itself and run by
// Python.
func TestCouldTell(t *testing.T) {
	p := Builtin()
	told := 0
	for i := range p.tools {
		tool := &p.tools[i]
		for _, v := range tool.verbs {
			words := strings.Fields(v.text)
			first := words[0]
			lines := [][]string{
				append(slices.Clone(words), "x"),
				append([]string{"-q"}, append(slices.Clone(words), "-U", "x")...),
				append([]string{first[:len(first)-1]}, append(slices.Clone(words[1:]), "x")...),
				append([]string{strings.ToUpper(first[:1]) + first[1:]}, append(slices.Clone(words[1:]), "x")...),
				append([]string{first[:1] + action.HoleText}, append(slices.Clone(words[1:]), "x")...),
				append([]string{action.HoleText}, append(slices.Clone(words), "x")...),
			}
			if tool.python {
				lines = append(lines, append([]string{"-m", tool.id}, append(slices.Clone(words), "x")...))
			}
			for _, line := range lines {
				for _, n := range p.names {
					as := &p.tools[n.to]
					if as != tool && !as.nests {
						continue
					}
					inv := &action.Invocation{Argv: append([]string{n.text}, line...), Dir: "/p", Env: noEnv{}, FS: world.Mem{"/usr/bin/python3": {Exec: true}}}
					var out action.Outcome
					blocks := slices.ContainsFunc(p.judge(as, inv, &out, true), func(f Finding) bool {
						return f.Verdict == action.Block && f.Rule != "guard/budget"
					})
					if !blocks {
						continue
					}
					told++
					if !p.couldTell(as, line) {
						t.Errorf("%q tells what %s does, and is passed over", line, n.text)
					}
				}
			}
		}
	}
	if told == 0 {
		t.Error("nothing tells anything")
	}
	t.Logf("%d lines tell what a tool does", told)
}
