package action

import (
	"strings"
	"unicode/utf8"
)

// Hole stands, inside a value, for text that is not known at analysis time: a
// rune of a private-use plane, so that it can travel through the expansion of
// words like any other character. A word that is nothing but a hole may be any
// number of words.
const Hole = '\U0010F7A3'

// HoleText is Hole as a string.
const HoleText = string(Hole)

// The runes after Hole are holes as well. Whoever makes a value may use them to
// remember, for as long as one evaluation lasts, where the unknown text would
// come from; everybody else takes them for what they are, a hole.
const (
	FirstTracedHole = Hole + 1
	LastTracedHole  = '\U0010FBFE'
)

// Clipped is the hole that stands for the rest of a text that is too long to be
// kept. A text that has it was not seen as a whole.
const Clipped = '\U0010FBFF'

// IsHole reports whether r stands for unknown text.
func IsHole(r rune) bool { return Hole <= r && r <= Clipped }

// HoleAt returns the hole that s begins with at byte i, and its length in
// bytes; 0 if there is none.
func HoleAt(s string, i int) (rune, int) {
	if s[i] != HoleText[0] {
		return 0, 0
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	if !IsHole(r) {
		return 0, 0
	}
	return r, n
}

// IndexHole returns the byte index of the first hole in s, or -1.
func IndexHole(s string) int {
	for i := 0; i < len(s); i++ {
		k := strings.IndexByte(s[i:], HoleText[0])
		if k < 0 {
			return -1
		}
		i += k
		if _, n := HoleAt(s, i); n > 0 {
			return i
		}
	}
	return -1
}

// Holed reports whether any part of s is not known.
func Holed(s string) bool { return IndexHole(s) >= 0 }

// OnlyHoles reports whether nothing of s is known, although there is something.
func OnlyHoles(s string) bool {
	for i := 0; i < len(s); {
		_, n := HoleAt(s, i)
		if n == 0 {
			return false
		}
		i += n
	}
	return s != ""
}

// CutHole returns what stands before the first hole of s and after it.
func CutHole(s string) (before, after string, found bool) {
	i := IndexHole(s)
	if i < 0 {
		return s, "", false
	}
	_, n := HoleAt(s, i)
	return s[:i], s[i+n:], true
}

// SplitHoles returns the known parts of s, as strings.Split would.
func SplitHoles(s string) []string {
	var parts []string
	for {
		before, after, found := CutHole(s)
		parts = append(parts, before)
		if !found {
			return parts
		}
		s = after
	}
}

// Show returns s for a human to read: holes become an ellipsis in brackets.
func Show(s string) string {
	if !Holed(s) {
		return s
	}
	return strings.Join(SplitHoles(s), "⟨…⟩")
}

// AllVariables stands for the name of a variable where all of them are meant.
const AllVariables = "*"
