package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/rules/source"
)

// parts are what rules about an action can match, by the names of the keys.
var parts = map[ActionType][]string{
	ShellExec: {"command", "program", "operation", "place", "category"},
	FileRead:  {"path", "program"},
	FileWrite: {"path", "program"},
	Network:   {"url", "host", "program"},
	MCPCall:   {"tool", "args"},
	CodeExec:  {"language", "command"},
}

// given returns the keys of a match that are set.
func (m *Match) given() []string {
	keys := make([]string, 0, 4)
	for _, p := range [...]struct{ key, value string }{
		{"command", m.Command}, {"program", m.Program}, {"operation", m.Operation}, {"place", m.Place}, {"category", m.Category},
		{"path", m.Path}, {"url", m.URL}, {"host", m.Host}, {"tool", m.Tool}, {"language", m.Language},
	} {
		if p.value != "" {
			keys = append(keys, p.key)
		}
	}
	if len(m.Args) > 0 {
		keys = append(keys, "args")
	}
	return keys
}

// Fault returns what is wrong with a rule, and the key that it is wrong in:
// "match.place"; "" and "" if nothing is.
func (r *Rule) Fault() (key, text string) {
	known, ok := parts[r.Action]
	switch {
	case r.ID == "":
		return "", "the rule has no id"
	case r.Action == "":
		return "", fmt.Sprintf("rule %q has no action", r.ID)
	case !ok:
		return "action", fmt.Sprintf("unknown action %q%s", r.Action, oneOf(string(r.Action), actionNames()))
	case r.Match.Empty():
		return "match", fmt.Sprintf("rule %q has an empty match and would match every %s; write \"*\" if that is meant", r.ID, r.Action)
	case r.Verdict == action.Pass:
		return "", fmt.Sprintf("rule %q has no verdict; it is one of allow, ask, block", r.ID)
	case len(r.Approvers) > 0 && r.Verdict != action.Ask:
		return "approvers", fmt.Sprintf("rule %q has approvers, but only a rule with the verdict ask is approved", r.ID)
	case r.Approvals > 1 && r.Verdict != action.Ask:
		return "approvals", fmt.Sprintf("rule %q wants approvals, but only a rule with the verdict ask is approved", r.ID)
	case r.Timeout < 0:
		return "timeout", "a timeout is a number of seconds above 0"
	}
	for _, part := range r.Match.given() {
		if !slices.Contains(known, part) {
			return "match." + part, fmt.Sprintf("a rule about %s cannot match by %s; it can by %s", r.Action, part, strings.Join(known, ", "))
		}
	}
	if v := r.Match.Category; v != "" && !slices.Contains(rules.Categories(), v) {
		return "match.category", fmt.Sprintf("unknown category %q%s", v, oneOf(v, rules.Categories()))
	}
	if v := r.Match.Operation; v != "" && !slices.Contains(rules.Operations(), v) {
		return "match.operation", fmt.Sprintf("unknown operation %q%s", v, oneOf(v, rules.Operations()))
	}
	if v := r.Match.Place; v != "" {
		if _, ok := action.ParsePlaceKind(v); !ok {
			return "match.place", fmt.Sprintf("unknown place %q%s", v, oneOf(v, places()))
		}
	}
	for pointer := range r.Match.Args {
		if pointer != "" && pointer[0] != '/' {
			return "match.args", fmt.Sprintf("%q is no JSON pointer; it begins with /", pointer)
		}
	}
	if r.Limit != nil {
		if key, text := r.Limit.fault(); text != "" {
			return "limit." + key, text
		}
		if r.Verdict == action.Block {
			return "verdict", fmt.Sprintf("rule %q has a limit and blocks all that it matches; write verdict = \"allow\" (or \"ask\"), which holds up to the limit: what is over it is blocked", r.ID)
		}
	}
	return "", ""
}

func actionNames() []string {
	names := make([]string, len(ActionTypes))
	for i, t := range ActionTypes {
		names[i] = string(t)
	}
	return names
}

func places() []string {
	var list []string
	for k := action.PlaceNone; k <= action.PlaceUnknown; k++ {
		list = append(list, k.String())
	}
	return list
}

// oneOf tells the word that was meant, or all of them.
func oneOf(word string, known []string) string {
	if s := rules.Suggest(word, known); s != "" {
		return s
	}
	return "; it is one of " + strings.Join(known, ", ")
}

// Check checks the rules of a policy, whatever it was read from. Its errors are
// *source.Error, joined.
func (p *Policy) Check() error {
	var errs []error
	lines := make(map[string]int, len(p.Rules))
	for i := range p.Rules {
		r := &p.Rules[i]
		if _, text := r.Fault(); text != "" {
			errs = append(errs, &source.Error{File: p.Name, Pos: r.Pos, Text: text})
		} else if line, ok := lines[r.ID]; ok {
			errs = append(errs, &source.Error{File: p.Name, Pos: r.Pos, Text: fmt.Sprintf("the id %q is taken by the rule in line %d", r.ID, line)})
		}
		lines[r.ID] = r.Pos.Line
	}
	return errors.Join(append(errs, p.counters())...)
}
