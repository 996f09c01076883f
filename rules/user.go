package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// Settings are what a user decides otherwise than the packs, for categories of
// rules and for single rules. Pass turns rules off: they say nothing then, and
// what no other rule speaks of goes as if there were no such rule.
type Settings struct {
	Categories map[string]action.Verdict
	Rules      map[string]action.Verdict // by id; stronger than Categories
	// Under are settings that these are laid over; nil for none. With Floor
	// they, and what the packs themselves say, can only be made stricter.
	Under *Settings
	Floor bool
}

// Categories returns the names of the categories of rules.
func Categories() []string { return categories[:] }

// Operations returns the words for what programs do.
func Operations() []string { return operations[:] }

// With returns the packs as a user wants them. It is an error to name a
// category or a rule that is not there: a misspelt one would guard nothing.
func (p *Packs) With(s Settings) (*Packs, error) {
	for _, name := range slices.Sorted(maps.Keys(s.Categories)) {
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
	for _, id := range slices.Sorted(maps.Keys(s.Rules)) {
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
	v = s.Under.verdict(id, category, v)
	own, ok := s.Rules[id]
	if !ok {
		own, ok = s.Categories[category]
	}
	switch {
	case !ok:
		return v
	case s.Floor:
		return action.Worst(v, own)
	}
	return own
}

// At returns the setting of a key as Loosened has it.
func (s *Settings) At(key string) Setting {
	if name, ok := strings.CutPrefix(key, "categories."); ok {
		return Setting(s.Categories[name])
	}
	return Setting(s.Rules[strings.TrimPrefix(key, "rules.")])
}

// A Setting is a verdict in the words of settings, where Pass is off.
type Setting action.Verdict

// String returns the setting's word.
func (s Setting) String() string {
	if v := action.Verdict(s); v != action.Pass {
		return strings.ToLower(v.String())
	}
	return "off"
}

// Loosened returns the keys of settings, "categories.NAME" and "rules.ID", that
// make a rule laxer than it is with others, in their order.
func (p *Packs) Loosened(under, s Settings) []string {
	var list []string
	note := func(id, category string, v action.Verdict) {
		key := "rules." + id
		own, ok := s.Rules[id]
		if !ok {
			key = "categories." + category
			own, ok = s.Categories[category]
		}
		if ok && v != action.Pass && own < under.verdict(id, category, v) && !slices.Contains(list, key) {
			list = append(list, key)
		}
	}
	for i := range p.rules {
		note(p.rules[i].id, p.rules[i].category, p.rules[i].verdict)
	}
	for i := range p.files {
		f := &p.files[i]
		note(f.id, f.category, action.Worst(f.read, f.write))
	}
	slices.Sort(list)
	return list
}
