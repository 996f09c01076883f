package suggest

import (
	"fmt"
	"strings"

	"github.com/venv-guard/venv-guard/policy"
)

// maxTold bounds the calls that are told of one rule.
const maxTold = 3

// Format returns a user's policy with what it lacked, as a native file.
func (s *Suggestion) Format(user *policy.Policy) string {
	p, mine := s.apply(user)
	head := []string{s.summary()}
	if user.Name != "" {
		head = append(head, "It holds all of the user's policy but its comments, and may take its place.")
	}
	for _, r := range s.Refused {
		head = append(head, "not suggested: "+short(r.Call)+": "+short(r.Why))
	}
	for _, text := range s.Also {
		head = append(head, "not approved, but lets it pass too: "+short(text))
	}
	rules := map[int][]string{-1: head}
	for i, r := range mine {
		rules[i] = covered(r.Calls)
	}
	settings := map[string][]string{}
	for _, b := range s.Builtin {
		settings[b.Rule] = append([]string{
			fmt.Sprintf("opens all that the rule %s of the category %s stops, in every project, such as:", b.Rule, b.Category),
			"  " + short(b.Reason),
		}, covered(b.Calls)...)
	}
	return policy.FormatWith(p, rules, settings)
}

func (s *Suggestion) summary() string {
	rules, settings := len(s.First)+len(s.Last), len(s.Builtin)
	if rules+settings == 0 {
		return "Nothing to add."
	}
	return fmt.Sprintf("Suggested: %d rules of its own, %d built-in rules let go.", rules, settings)
}

// covered tells of the calls that a rule is for.
func covered(calls []string) []string {
	var list []string
	seen := map[string]bool{}
	for _, text := range calls {
		if text = short(text); !seen[text] && len(seen) < maxTold {
			list = append(list, "for: "+text)
		}
		seen[text] = true
	}
	if n := len(seen) - len(list); n > 0 {
		list = append(list, fmt.Sprintf("and %d more", n))
	}
	return list
}

// short returns a text as one line of bounded length.
func short(text string) string {
	const width = 200
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > width {
		text = string(runes[:width]) + "…"
	}
	return text
}
