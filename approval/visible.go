package approval

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds past which emptiness is told in words: it would push what follows out
// of sight.
const (
	maxBlanks     = 16
	maxEmptyLines = 2
)

// Visible returns a text as a human can judge it, with what would not be seen, or
// taken for something else, put in words between ⟨ and ⟩: control characters,
// what turns the direction of writing or has no width, odd spaces, long emptiness,
// bytes that are no UTF-8, and letters of other scripts that look like Latin ones
// in words where that could deceive. Line feeds stay.
func Visible(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\n':
			n = emptyLines(&b, s[i:])
		case r == ' ':
			n = len(s[i:]) - len(strings.TrimLeft(s[i:], " "))
			if n > maxBlanks {
				mark(&b, "%d spaces", n)
			} else {
				b.WriteString(s[i : i+n])
			}
		case isWordRune(r):
			n = wordLen(s[i:])
			word(&b, s[i:i+n], false)
		case r == utf8.RuneError && n == 1:
			mark(&b, "byte %02X", s[i])
		default:
			other(&b, r, s[:i])
		}
		i += n
	}
	return b.String()
}

// VisibleName is Visible for the name of a program, of which every letter that is
// not ASCII is told: programs have no such names.
func VisibleName(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if isWordRune(r) {
			n = wordLen(s[i:])
			word(&b, s[i:i+n], true)
		} else {
			b.WriteString(Visible(s[i : i+n]))
		}
		i += n
	}
	return b.String()
}

// mark writes what is not text of the call. The brackets themselves are told in
// words where they come from the call, so that it cannot make any of these.
func mark(b *strings.Builder, format string, args ...any) {
	b.WriteString("⟨")
	fmt.Fprintf(b, format, args...)
	b.WriteString("⟩")
}

// emptyLines writes the line feeds that a text begins with, and returns how many
// bytes they are.
func emptyLines(b *strings.Builder, s string) int {
	n := len(s) - len(strings.TrimLeft(s, "\n"))
	b.WriteByte('\n')
	if n-1 > maxEmptyLines {
		mark(b, "%d empty lines", n-1)
		b.WriteByte('\n')
		return n
	}
	b.WriteString(s[1:n])
	return n
}

// other writes a rune that is no letter, digit, blank or line feed.
func other(b *strings.Builder, r rune, before string) {
	switch {
	case r == '⟨' || r == '⟩':
		mark(b, "U+%04X", r)
	case r < 0x80 && r >= ' ' && r != 0x7f:
		b.WriteRune(r)
	case r < 0x80:
		mark(b, "%s", controls[r])
	case name(r) != "":
		mark(b, "U+%04X %s", r, name(r))
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r):
		// On a letter of its own script it is spelling.
		if last, _ := utf8.DecodeLastRuneInString(before); last < 0x80 || !unicode.IsLetter(last) {
			mark(b, "U+%04X combining", r)
			return
		}
		b.WriteRune(r)
	case lookalike(r) != 0:
		mark(b, "%c=U+%04X≈%c", r, r, lookalike(r))
	case unicode.Is(unicode.Zs, r):
		mark(b, "U+%04X space", r)
	case unicode.In(r, unicode.Cf, unicode.Cc, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		mark(b, "U+%04X invisible", r)
	case !unicode.IsPrint(r):
		mark(b, "U+%04X", r)
	default:
		b.WriteRune(r)
	}
}

// controls are the names of ASCII control characters.
var controls = [...]string{
	"NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BACKSPACE", "TAB", "LF", "VT", "FF", "CR", "SO", "SI",
	"DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US", 127: "DEL",
}

// name returns that of a character that is worth one: the controls of the
// direction of writing (Unicode Standard Annex #9) and the usual invisible ones.
// They are no map, which each start of the hook would have to make.
func name(r rune) string {
	for i := range named {
		if named[i].r == r {
			return named[i].name
		}
	}
	return ""
}

var named = [...]struct {
	r    rune
	name string
}{
	{0x061c, "right-to-left mark"}, {0x200e, "left-to-right mark"}, {0x200f, "right-to-left mark"}, {0x202a, "left-to-right embedding"},
	{0x202b, "right-to-left embedding"}, {0x202c, "end of direction"}, {0x202d, "left-to-right override"}, {0x202e, "right-to-left override"},
	{0x2066, "left-to-right isolate"}, {0x2067, "right-to-left isolate"}, {0x2068, "isolate"}, {0x2069, "end of isolate"},
	{0x00a0, "no-break space"}, {0x00ad, "soft hyphen"}, {0x200b, "zero-width space"}, {0x200c, "zero-width non-joiner"},
	{0x200d, "zero-width joiner"}, {0x2060, "word joiner"}, {0xfeff, "byte order mark"}, {0x3164, "empty letter"}, {0xffa0, "empty letter"},
	{0x115f, "empty letter"}, {0x1160, "empty letter"}, {0x2800, "empty Braille cell"}, {0x0085, "next line"}, {0x2028, "line separator"},
	{0x2029, "paragraph separator"}, {0xfffd, "replacement character"},
}

// isWordRune reports whether a rune belongs to words: letters and digits that
// are seen.
func isWordRune(r rune) bool {
	if r < 0x80 {
		return '0' <= r && r <= '9' || 'a' <= r|0x20 && r|0x20 <= 'z'
	}
	return (unicode.IsLetter(r) || unicode.Is(unicode.Nd, r)) && name(r) == ""
}

func wordLen(s string) int {
	for i, r := range s {
		if !isWordRune(r) {
			return i
		}
	}
	return len(s)
}

// word writes a run of letters and digits. Letters that are not ASCII are marked
// in a word that has letters of several scripts, and in one that consists of
// look-alikes only: рір. Words of other languages stay readable.
func word(b *strings.Builder, s string, all bool) {
	latin, foreign, only := false, false, true
	for _, r := range s {
		switch {
		case r < 0x80 && unicode.IsLetter(r) || unicode.Is(unicode.Latin, r) && lookalike(r) == 0:
			latin = true
		case r >= 0x80:
			foreign = true
			only = only && lookalike(r) != 0
		}
	}
	if !foreign && !all {
		b.WriteString(s)
		return
	}
	for _, r := range s {
		like := lookalike(r)
		switch {
		case r < 0x80, !all && like == 0 && !latin, !all && !latin && !only, !all && unicode.Is(unicode.Latin, r) && like == 0:
			b.WriteRune(r)
		case like != 0:
			mark(b, "%c=U+%04X≈%c", r, r, like)
		default:
			mark(b, "%c=U+%04X", r, r)
		}
	}
}
