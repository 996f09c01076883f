package rules

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// guardParts are the parts of the guard that package defence watches.
var guardParts = [...]string{"program", "settings", "policy", "state", "wall", "agent"}

// Guard returns what is to be said of a call that would take something from a
// part of the guard: from the file at path, or "", what loss says.
func (p *Packs) Guard(inv *action.Invocation, part, path, loss string) []Finding {
	j := judgement{p: p, inv: inv}
	home, _ := inv.Env.Get("HOME")
	for i := range p.files {
		l := &p.files[i]
		if l.guards != part {
			continue
		}
		verdict := p.settings.verdict(l.id, l.category, l.write)
		if verdict == action.Pass {
			continue
		}
		tidy := j.tidy(path, home)
		j.find(Finding{
			Verdict: verdict, Rule: l.id, Tool: baseName(inv.Program()), Operation: opConfigure,
			Place:  action.Place{Kind: action.PlaceUser, Path: path},
			Reason: strings.NewReplacer("{path}", tidy, "{loss}", loss).Replace(l.reason),
			Remedy: l.remedyFor(tidy),
		})
	}
	return j.findings
}
