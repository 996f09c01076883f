package shell

import (
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
)

// regexpTest is text =~ pattern of [[ ]]: an extended regular expression in
// which quoted text stands for itself. Matches are left in BASH_REMATCH.
func (x *expander) regexpTest(text string, w *syntax.Word) status {
	var b strings.Builder
	for _, p := range w.Parts {
		switch p := p.(type) {
		case *syntax.Lit:
			b.WriteString(p.Value)
		case *syntax.SglQuoted, *syntax.DblQuoted:
			b.WriteString(regexp.QuoteMeta(x.literal(&syntax.Word{Parts: []syntax.WordPart{p}})))
		default:
			b.WriteString(x.literal(&syntax.Word{Parts: []syntax.WordPart{p}}))
		}
	}
	pat := b.String()
	unsure := func() status {
		x.s.set("BASH_REMATCH", &variable{kind: indexed, list: slices.Repeat([]string{x.e.mint(x.e.secretIn(text))}, 10)})
		return unknown
	}
	// Go knows escapes and classes of its own; glibc reads some of them as
	// plain characters.
	if action.Holed(text) || action.Holed(pat) || x.s.opts.nocasematch || oddEscape(pat) {
		return unsure()
	}
	longest, err := regexp.CompilePOSIX(pat)
	if err != nil {
		return unsure()
	}
	found := longest.FindStringSubmatch(text)
	if found == nil {
		x.s.set("BASH_REMATCH", &variable{kind: indexed})
		return failure
	}
	// POSIX and Go may divide a match among groups in different ways: only
	// what does not depend on that is known.
	greedy, err := regexp.Compile(pat)
	var other []string
	if err == nil {
		other = greedy.FindStringSubmatch(text)
	}
	for i := 1; i < len(found); i++ {
		if len(other) != len(found) || other[i] != found[i] {
			found[i] = action.HoleText
		}
	}
	x.s.set("BASH_REMATCH", &variable{kind: indexed, list: found})
	return success
}

// oddEscape reports whether a pattern escapes letters or digits.
func oddEscape(pat string) bool {
	for i := 0; i+1 < len(pat); i++ {
		if pat[i] != '\\' {
			continue
		}
		i++
		if c := pat[i]; c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '<' || c == '>' || c == '`' || c == '\'' {
			return true
		}
	}
	return strings.Contains(pat, "[") && strings.Contains(pat, "\\") // which is no escape in brackets
}
