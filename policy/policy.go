// Package policy reads the rules that a machine's administrator, its user and a
// project make for the guard, and holds what a call would do against them.
// Without any the guard works as it comes. POLICY.md tells of the files.
//
// What the files say is only ever added to what the built-in rules say: the
// worst of all counts. Only the settings of categories and single rules move
// the built-in rules themselves.
package policy

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/rules"
)

// A Set is all policies that hold for a call.
type Set struct {
	// Policies are in the order of their layers; what a file includes follows
	// it.
	Policies []*Policy
	// Packs are the built-in rules as the policies' settings want them.
	Packs *rules.Packs

	stacks [][]indexed        // a file with what it includes
	texts  map[*Policy]string // as they were read
	now    time.Time
}

// An indexed policy has its rules sorted by what they are about.
type indexed struct {
	*Policy
	byType map[ActionType][]int32
}

// NewSet returns the set of some policies, each a file of its own, as they hold
// at a time.
func NewSet(now time.Time, policies ...*Policy) *Set {
	s := &Set{now: now, Packs: rules.Builtin()}
	for _, p := range policies {
		s.add(p)
	}
	return s
}

func (s *Set) add(stack ...*Policy) {
	s.Policies = append(s.Policies, stack...)
	list := make([]indexed, len(stack))
	for i, p := range stack {
		list[i] = indexed{p, make(map[ActionType][]int32, len(ActionTypes))}
		for k := range p.Rules {
			t := p.Rules[k].Action
			list[i].byType[t] = append(list[i].byType[t], int32(k))
		}
	}
	s.stacks = append(s.stacks, list)
}

// Empty reports whether no policy says anything of any action.
func (s *Set) Empty() bool {
	if s == nil {
		return true
	}
	for _, p := range s.Policies {
		if len(p.Rules) > 0 || len(p.Default) > 0 {
			return false
		}
	}
	return true
}

// Ignored returns what of the files does not count, and why.
func (s *Set) Ignored() []string {
	if s == nil {
		return nil
	}
	var list []string
	for _, p := range s.Policies {
		list = append(list, p.Ignored...)
	}
	return list
}

// merge lays settings over those of a stronger layer: what that leaves open is
// free, what it sets can only become stricter.
func merge(packs *rules.Packs, upper, lower rules.Settings) rules.Settings {
	out := rules.Settings{Categories: maps.Clone(upper.Categories), Rules: maps.Clone(upper.Rules)}
	if out.Categories == nil {
		out.Categories = map[string]action.Verdict{}
	}
	if out.Rules == nil {
		out.Rules = map[string]action.Verdict{}
	}
	tighten(out.Categories, lower.Categories)
	for id, v := range lower.Rules {
		if own, ok := out.Rules[id]; ok {
			v = action.Worst(own, v)
		} else if own, ok := upper.Categories[packs.Category(id)]; ok {
			v = action.Worst(own, v)
		}
		out.Rules[id] = v
	}
	// A category that is made stricter takes along the rules that were set.
	for id, v := range upper.Rules {
		if own, ok := lower.Categories[packs.Category(id)]; ok {
			out.Rules[id] = action.Worst(out.Rules[id], action.Worst(v, own))
		}
	}
	return out
}

func tighten(upper, lower map[string]action.Verdict) {
	for name, v := range lower {
		if own, ok := upper[name]; ok {
			v = action.Worst(own, v)
		}
		upper[name] = v
	}
}

var words = []string{"block", "ask", "allow", "off"}

func verdict(word string, known []string) (action.Verdict, error) {
	for i, v := range [...]action.Verdict{action.Block, action.Ask, action.Allow, action.Pass} {
		if i < len(known) && known[i] == word {
			return v, nil
		}
	}
	return action.Block, fmt.Errorf("unknown verdict %q%s; it is one of %s", word, rules.Suggest(word, known), strings.Join(known, ", "))
}
