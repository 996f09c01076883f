package policy

import (
	"strings"
	"unicode/utf8"

	"github.com/venv-guard/venv-guard/action"
)

// Glob reports whether a pattern matches a whole text. `*` is any text, `/`,
// `.` and line ends included, `**` is the same, and `?` is one character; all
// other characters stand for themselves. Case counts.
func Glob(pattern, text string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	n, ok := prefixed(text, head)
	if !ok {
		return false
	}
	if !star {
		return n == len(text)
	}
	for text = text[n:]; ; {
		head, tail, more := strings.Cut(rest, "*")
		if !more {
			return suffixed(text, head)
		}
		n := find(text, head)
		if n < 0 {
			return false
		}
		text, rest = text[n:], tail
	}
}

// prefixed reports whether a text begins with a piece of a pattern without
// stars, and how long that is in it.
func prefixed(text, piece string) (int, bool) {
	if strings.IndexByte(piece, '?') < 0 {
		return len(piece), strings.HasPrefix(text, piece)
	}
	n := 0
	for _, want := range piece {
		if n == len(text) {
			return 0, false
		}
		got, size := utf8.DecodeRuneInString(text[n:])
		if want != '?' && want != got {
			return 0, false
		}
		n += size
	}
	return n, true
}

// find returns where the first piece in a text ends; -1 if there is none.
func find(text, piece string) int {
	if strings.IndexByte(piece, '?') < 0 {
		if i := strings.Index(text, piece); i >= 0 {
			return i + len(piece)
		}
		return -1
	}
	for i := range text {
		if n, ok := prefixed(text[i:], piece); ok {
			return i + n
		}
	}
	return -1
}

func suffixed(text, piece string) bool {
	if strings.IndexByte(piece, '?') < 0 {
		return strings.HasSuffix(text, piece)
	}
	skip := utf8.RuneCountInString(text) - utf8.RuneCountInString(piece)
	for i := range text {
		if skip == 0 {
			n, ok := prefixed(text[i:], piece)
			return ok && i+n == len(text)
		}
		skip--
	}
	return false
}

// maxHoled bounds the length of texts and patterns that holes are tried in, in
// runes. Longer ones may match.
const maxHoled = 4096

// globHoled is Glob for a text with holes: whether it may match. A hole may be
// any text, but no option: that would make every `rm $FILE` an `rm -rf`.
func globHoled(pattern, text string) bool {
	pat := []rune(pattern)
	if len(pat)*len(text) > maxHoled*maxHoled/16 {
		before, _, _ := action.CutHole(text)
		head, _, _ := strings.Cut(pattern, "*")
		n := min(len(before), len(head))
		return before[:n] == head[:n]
	}
	at := make([]bool, len(pat)+1)
	next := make([]bool, len(pat)+1)
	at[0] = true
	closeStars(pat, at)
	for _, r := range text {
		clear(next)
		hole := action.IsHole(r)
		for i, on := range at {
			if !on {
				continue
			}
			if hole {
				for k := i; ; k++ {
					next[k] = true
					if k == len(pat) || pat[k] == '-' && (k == 0 || pat[k-1] == ' ' || pat[k-1] == '*') {
						break
					}
				}
				continue
			}
			if i == len(pat) {
				continue
			}
			switch {
			case pat[i] == '*':
				next[i] = true
			case pat[i] == '?' || pat[i] == r:
				next[i+1] = true
			}
		}
		at, next = next, at
		closeStars(pat, at)
	}
	return at[len(pat)]
}

// closeStars goes over stars, which may be nothing.
func closeStars(pat []rune, at []bool) {
	for i, r := range pat {
		if at[i] && r == '*' {
			at[i+1] = true
		}
	}
}
