// Package suggest proposes rules for a user's policy that would have let calls
// pass which were approved, and no more than that needs.
package suggest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/policy/lint"
	"github.com/venv-guard/venv-guard/rules"
)

// A Call is one call that was made or wanted.
type Call struct {
	action.Call
	Text     string // what comments call it by
	Approved bool
}

// A Judge judges calls by all layers, with the user's policy changed. What
// adjust is given is never nil, and must not be changed itself.
type Judge func(call action.Call, adjust func(user *policy.Policy) *policy.Policy) (classify.Decision, error)

// A Suggestion is what the user's policy lacks.
type Suggestion struct {
	First   []Rule // before the user's own: exceptions from them
	Last    []Rule // after them: exceptions from the default
	Builtin []Setting
	Refused []Refusal
	// Also are calls that were not approved and now pass too.
	Also []string
}

// A Rule is a rule with what it is for.
type Rule struct {
	policy.Rule
	Calls []string
}

// A Setting lets pass what a built-in rule stops.
type Setting struct {
	Rule, Category string
	Reason         string // of the rule, for the first call
	Calls          []string
}

// A Refusal is an approved call for which nothing is suggested.
type Refusal struct{ Call, Why string }

// maxRounds bounds how often calls are judged anew: what one rule lets pass
// may show that another stops it too.
const maxRounds = 20

// Suggest returns what lets all approved calls pass but those it refuses. It
// judges with its own suggestion until that is so. Clean takes secrets out of
// a text; what is a secret is never part of a rule.
func Suggest(calls []Call, judge Judge, clean func(string) string) (*Suggestion, error) {
	wanted := make([][]need, len(calls))
	refused := map[int]string{}
	s := &Suggestion{}
	for round := 0; ; round++ {
		changed := false
		for i := range calls {
			if _, no := refused[i]; no || !calls[i].Approved {
				continue
			}
			dec, err := judge(calls[i].Call, s.Apply)
			if err != nil {
				return nil, err
			}
			if dec.Verdict <= action.Allow {
				continue
			}
			changed = true
			more, why := needs(&dec, clean)
			n := len(wanted[i])
			for _, w := range more {
				if !slices.ContainsFunc(wanted[i], func(o need) bool { return o.key() == w.key() }) {
					wanted[i] = append(wanted[i], w)
				}
			}
			if why == "" && (len(wanted[i]) == n || round == maxRounds) {
				why = "no rule of the user's policy lets it pass: " + dec.Reason()
			}
			if why != "" {
				refused[i], wanted[i] = clean(why), nil
			}
		}
		if !changed {
			break
		}
		s = build(calls, wanted)
	}
	for _, i := range slices.Sorted(maps.Keys(refused)) {
		dec, err := judge(calls[i].Call, s.Apply)
		if err != nil {
			return nil, err
		}
		if dec.Verdict > action.Allow { // else what others need is enough for it
			s.Refused = append(s.Refused, Refusal{calls[i].Text, refused[i]})
		}
	}
	return s, s.also(calls, judge)
}

// also notes the calls that were not approved and pass only with s.
func (s *Suggestion) also(calls []Call, judge Judge) error {
	for i := range calls {
		if calls[i].Approved {
			continue
		}
		before, err := judge(calls[i].Call, func(p *policy.Policy) *policy.Policy { return p })
		if err != nil {
			return err
		}
		after, err := judge(calls[i].Call, s.Apply)
		if err != nil {
			return err
		}
		if before.Verdict > action.Allow && after.Verdict <= action.Allow {
			s.Also = append(s.Also, calls[i].Text)
		}
	}
	return nil
}

// build merges what calls need.
func build(calls []Call, wanted [][]need) *Suggestion {
	s := &Suggestion{}
	seen := map[string][]string{}
	var list []need
	for i := range calls {
		for _, n := range wanted[i] {
			if _, ok := seen[n.key()]; !ok {
				list = append(list, n)
			}
			seen[n.key()] = append(seen[n.key()], calls[i].Text)
		}
	}
	for _, n := range list {
		texts := seen[n.key()]
		switch {
		case n.builtin != "":
			s.Builtin = append(s.Builtin, Setting{n.builtin, rules.Builtin().Category(n.builtin), n.reason, texts})
		case n.exact:
			s.First = append(s.First, n.rule(texts))
		default:
			s.Last = append(s.Last, n.rule(texts))
		}
	}
	slices.SortFunc(s.Builtin, func(a, b Setting) int { return strings.Compare(a.Rule, b.Rule) })
	s.First, s.Last = fewest(s.First), fewest(s.Last)
	return s
}

func (n *need) rule(calls []string) Rule {
	return Rule{policy.Rule{Action: n.action, Match: n.match, Verdict: action.Allow}, calls}
}

// fewest leaves out rules that others cover.
func fewest(list []Rule) []Rule {
	width := func(r Rule) int { return len(r.Match.Command) + len(r.Match.Path) + len(r.Match.Host) }
	order := slices.Clone(list)
	slices.SortStableFunc(order, func(a, b Rule) int { return width(a) - width(b) })
	var p policy.Policy
	var kept []Rule
	for _, r := range order {
		p.Rules = append(p.Rules, r.Rule)
		by := lint.Hidden(&p, len(p.Rules)-1)
		if by < 0 {
			kept = append(kept, r)
			continue
		}
		p.Rules = p.Rules[:len(p.Rules)-1]
		for _, text := range r.Calls {
			if !slices.Contains(kept[by].Calls, text) {
				kept[by].Calls = append(slices.Clip(kept[by].Calls), text)
			}
		}
	}
	return kept
}

// Apply returns a user's policy with what it lacked.
func (s *Suggestion) Apply(user *policy.Policy) *policy.Policy {
	p, _ := s.apply(user)
	return p
}

// apply also returns which rules are the suggestion's, by their index.
func (s *Suggestion) apply(user *policy.Policy) (*policy.Policy, map[int]*Rule) {
	p := *user
	p.Rules = make([]policy.Rule, 0, len(s.First)+len(user.Rules)+len(s.Last))
	ids := map[string]bool{}
	for i := range user.Rules {
		ids[user.Rules[i].ID] = true
	}
	mine := map[int]*Rule{}
	add := func(list []Rule) {
		for i := range list {
			r := list[i].Rule
			r.ID = unique(ids, name(&r))
			mine[len(p.Rules)] = &list[i]
			p.Rules = append(p.Rules, r)
		}
	}
	add(s.First)
	p.Rules = append(p.Rules, user.Rules...)
	add(s.Last)
	if len(s.Builtin) > 0 {
		p.Settings.Rules = maps.Clone(p.Settings.Rules)
		if p.Settings.Rules == nil {
			p.Settings.Rules = map[string]action.Verdict{}
		}
	}
	for _, b := range s.Builtin {
		p.Settings.Rules[b.Rule] = action.Allow
	}
	return &p, mine
}

// name makes an id of what a rule is about.
func name(r *policy.Rule) string {
	m := &r.Match
	text := strings.Join([]string{
		"allow", m.Program, m.Operation, m.Place, m.Command, m.Path, m.URL, m.Host, m.Tool, m.Language,
	}, " ")
	words := strings.FieldsFunc(text, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '_')
	})
	switch r.Action {
	case policy.FileRead:
		words[0] = "read"
	case policy.FileWrite:
		words[0] = "write"
	}
	const enough = 6
	return strings.ToLower(strings.Join(words[:min(len(words), enough)], "-"))
}

func unique(taken map[string]bool, id string) string {
	try := id
	for n := 2; taken[try]; n++ {
		try = fmt.Sprintf("%s-%d", id, n)
	}
	taken[try] = true
	return try
}
