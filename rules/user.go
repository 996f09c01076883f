package rules

import (
	"fmt"
	"slices"

	"github.com/venv-guard/venv-guard/action"
)

// Settings are what a user decides otherwise than the packs, for categories of
// rules and for single rules. Pass turns rules off: they say nothing then, and
// what no other rule speaks of goes as if there were no such rule.
type Settings struct {
	Categories map[string]action.Verdict
	Rules      map[string]action.Verdict // by id; stronger than Categories
}

// With returns the packs as a user wants them. It is an error to name a
// category or a rule that is not there: a misspelt one would guard nothing.
func (p *Packs) With(s Settings) (*Packs, error) {
	for name := range s.Categories {
		if !slices.Contains(categories[:], name) {
			return nil, fmt.Errorf("unknown category %q%s", name, Suggest(name, categories[:]))
		}
	}
	var ids []string
	for i := range p.rules {
		ids = append(ids, p.rules[i].id)
	}
	for i := range p.files {
		ids = append(ids, p.files[i].id)
	}
	for i := range p.secrets {
		ids = append(ids, p.secrets[i].id)
	}
	for id := range s.Rules {
		if !slices.Contains(ids, id) {
			return nil, fmt.Errorf("unknown rule %q%s", id, Suggest(id, ids))
		}
	}
	q := *p
	q.settings = &s
	return &q, nil
}

// Category returns the category of a rule; "" if there is none of that id.
func (p *Packs) Category(id string) string {
	for i := range p.rules {
		if p.rules[i].id == id {
			return p.rules[i].category
		}
	}
	for i := range p.files {
		if p.files[i].id == id {
			return p.files[i].category
		}
	}
	for i := range p.secrets {
		if p.secrets[i].id == id {
			return p.secrets[i].category
		}
	}
	return ""
}

// verdict returns what a rule says whose own verdict is v; Pass says nothing.
// It is the one place where the user's settings meet the packs.
func (s *Settings) verdict(id, category string, v action.Verdict) action.Verdict {
	if s == nil || v == action.Pass {
		return v
	}
	if own, ok := s.Rules[id]; ok {
		return own
	}
	if own, ok := s.Categories[category]; ok {
		return own
	}
	return v
}
