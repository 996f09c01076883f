package lint

import (
	"strings"

	"github.com/venv-guard/venv-guard/policy"
)

// covers reports whether a rule matches whatever another one matches. It may
// say no where that is so, but never yes where it is not.
func covers(a, b *policy.Rule) bool {
	if a.Action != b.Action || !a.Expires.IsZero() || a.Mode != policy.Enforce || !globCovers(orStar(a.Agent), orStar(b.Agent)) {
		return false
	}
	if !commandCovers(a.Match.Command, b.Match.Command, a.Action) || !pathCovers(a.Match.Path, b.Match.Path) || !toolCovers(a.Match.Tool, b.Match.Tool) ||
		!hostCovers(a.Match.Host, b.Match.Host) {
		return false
	}
	for _, pair := range [...][2]string{
		{a.Match.Program, b.Match.Program}, {a.Match.URL, b.Match.URL},
		{a.Match.Operation, b.Match.Operation}, {a.Match.Place, b.Match.Place},
		{a.Match.Category, b.Match.Category}, {a.Match.Language, b.Match.Language},
	} {
		if pair[0] != "" && (pair[1] == "" && pair[0] != "*" || !globCovers(pair[0], pair[1])) {
			return false
		}
	}
	for pointer, glob := range a.Match.Args {
		if other, ok := b.Match.Args[pointer]; !ok || !globCovers(glob, other) {
			return false
		}
	}
	return true
}

func orStar(glob string) string {
	if glob == "" {
		return "*"
	}
	return glob
}

// commandCovers is globCovers for commands: one without a star is a prefix of
// words, but for code, where it is the whole text.
func commandCovers(a, b string, t policy.ActionType) bool {
	if a == "" {
		return true
	}
	if strings.Contains(a, "*") || t == policy.CodeExec {
		return b != "" && globCovers(a, b)
	}
	return b == a || strings.HasPrefix(b, a+" ")
}

// pathCovers compares only patterns that start from the same place.
func pathCovers(a, b string) bool {
	return a == "" || strings.Trim(a, "*") == "" || b != "" && isAnchored(a) == isAnchored(b) && globCovers(a, b)
}

func isAnchored(path string) bool {
	return strings.HasPrefix(path, "/") || strings.HasPrefix(path, "*")
}

// toolCovers knows that a name without a server is that of any server.
func toolCovers(a, b string) bool {
	if a == "" || globCovers(a, b) && b != "" {
		return true
	}
	rest, full := strings.CutPrefix(b, "mcp__")
	_, name, _ := strings.Cut(rest, "__")
	return full && !strings.HasPrefix(a, "mcp__") && globCovers(a, name)
}

// hostCovers knows that a domain has those below it.
func hostCovers(a, b string) bool {
	return a == "" || b != "" && (globCovers(a, b) || !strings.Contains(a, "*") && strings.HasSuffix(b, "."+a))
}

// globCovers reports whether a glob matches whatever another one matches: the
// stars of that other one are only taken by a star.
func globCovers(a, b string) bool {
	const star, mark = "\x00", "\x01"
	b = strings.ReplaceAll(b, "*", star)
	b = strings.ReplaceAll(b, "?", mark)
	// A mark is any one character: it may stand for ?, but not for a star's text.
	parts := strings.Split(a, "?")
	if strings.Contains(b, star) && len(parts) > 1 {
		return a == strings.ReplaceAll(strings.ReplaceAll(b, star, "*"), mark, "?")
	}
	return policy.Glob(a, b)
}
