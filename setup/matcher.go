package setup

import (
	"regexp"
	"slices"
	"strings"
)

// fires reports whether a client's matcher is about a tool. In Claude Code one
// of letters, digits, "_", "-", spaces, commas and bars is a list of exact
// names, anything else a JavaScript expression that may match anywhere; one that
// is no expression never fires, and case counts (seen in 2.1.329). Clients that
// took the shape over read it the same way, or always as an expression.
func fires(matcher, tool string) bool {
	if matcher == "" || matcher == "*" {
		return true
	}
	plain := strings.IndexFunc(matcher, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_- ,|", r))
	}) < 0
	if plain {
		names := strings.FieldsFunc(matcher, func(r rune) bool { return r == '|' || r == ',' })
		return slices.ContainsFunc(names, func(n string) bool { return strings.TrimSpace(n) == tool })
	}
	re, err := regexp.Compile(matcher)
	return err == nil && re.MatchString(tool)
}
