package policy

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// maxCompared bounds the bytes that one call's actions are compared in, over
// all rules. Past it the call is blocked.
const maxCompared = 1 << 28

// Evaluate returns what the policies say of the actions of a call: for each
// action and each file, with what it includes, the first rule that matches, or
// the file's default. Rules in simulation that match before are told too, and
// rules with a limit that an action which is not wholly known may count for. An
// action of which nothing is said has no ruling. Of several rulings on one
// action the worst counts.
func (s *Set) Evaluate(c Caller, actions []Action) []Ruling {
	return s.evaluate(c, actions, false)
}

// Trace is Evaluate with all that matches: a ruling that is Shadowed does not
// count, because an earlier one of the same file does.
func (s *Set) Trace(c Caller, actions []Action) []Ruling {
	return s.evaluate(c, actions, true)
}

func (s *Set) evaluate(c Caller, actions []Action, all bool) []Ruling {
	var list []Ruling
	if s.Empty() {
		return nil
	}
	work := 0
	var let permitted
	for i := range actions {
		sub := newSubject(&actions[i], &c)
		for at, stack := range s.stacks {
			n := len(list)
			sub.free = let.read(at, stack[0].Dir, &sub)
			list, work = s.first(list, stack, &sub, work, all)
			for k := n; k < len(list); k++ {
				list[k].Action = i
				let.note(at, &list[k], &actions[i])
			}
			if work > maxCompared {
				return append(list, Ruling{
					Action: i, Verdict: action.Block, Policy: stack[0].Policy,
					Note: "the call is too long to be held against that many rules; make it shorter",
				})
			}
		}
	}
	return list
}

// first appends what one file, with those it includes, says of an action.
func (s *Set) first(list []Ruling, stack []indexed, sub *subject, work int, all bool) ([]Ruling, int) {
	size := 16 + len(sub.Target) + len(sub.Written)
	decided := false
	for _, p := range stack {
		if !sub.caller.is(p.Agent) {
			continue
		}
		for _, k := range p.byType[sub.Type] {
			r := &p.Rules[k]
			if work += size; work > maxCompared {
				return list, work
			}
			matches := r.matches(sub, p.Dir)
			if !matches && !r.mayCount(sub, p.Dir) || !sub.caller.is(r.Agent) || r.Expired(s.now) {
				continue
			}
			ruling := Ruling{
				Verdict: r.Verdict, Policy: p.Policy, Rule: r, Shadowed: decided,
				Simulated: p.Mode == Simulate || r.Mode == Simulate,
			}
			if !matches {
				ruling.Verdict = action.Pass
				list = append(list, ruling)
				continue
			}
			list = append(list, ruling)
			decided = decided || !ruling.Simulated
			if decided && !all {
				return list, work
			}
		}
	}
	// A default is about what the call does. To start the interpreter of code
	// is the executor's part, of which only rules speak.
	if decided || sub.Maybe || sub.free || sub.Inv != nil && sub.Inv.Given && sub.Type == ShellExec {
		return list, work
	}
	for _, p := range stack {
		if v, ok := p.Default[sub.Type]; ok && sub.caller.is(p.Agent) {
			return append(list, Ruling{Verdict: v, Policy: p.Policy, Simulated: p.Mode == Simulate}), work
		}
	}
	return list, work
}

// permitted are the programs that a rule of a file allows by name. What their
// code reads of the project it runs in belongs to running it, so that the file's
// default does not forbid what its rule has just allowed; its rules may.
type permitted map[permit]bool

type permit struct {
	stack int
	argv  string
}

func (p *permitted) note(stack int, r *Ruling, a *Action) {
	if a.Type != ShellExec || a.Inv == nil || r.Rule == nil || r.Verdict != action.Allow || r.Simulated || r.Shadowed {
		return
	}
	if *p == nil {
		*p = permitted{}
	}
	(*p)[permit{stack, strings.Join(a.Inv.Argv, "\x00")}] = true
}

// read reports whether an action is such a reading.
func (p permitted) read(stack int, dir string, sub *subject) bool {
	if !sub.ByCode || sub.Type != FileRead || sub.Inv == nil || sub.holed || !p[permit{stack, strings.Join(sub.Inv.Argv, "\x00")}] {
		return false
	}
	return below(sub.Action, dir) || below(sub.Action, sub.caller.Dir)
}

// below reports whether a file is one of a directory, its links followed too.
func below(a *Action, dir string) bool {
	dir = strings.TrimSuffix(dir, "/") + "/"
	return len(dir) > 1 && strings.HasPrefix(a.Target, dir) && strings.HasPrefix(a.Path, dir)
}
