package generate

import (
	"fmt"
	"strings"
)

// bare is a command as it is.
func (g *Generator) bare() string { return g.pick(g.Commands...) }

// split returns the first word of a command and what follows.
func (g *Generator) split() (first, rest string) {
	first, rest, _ = strings.Cut(g.bare(), " ")
	return first, rest
}

// listed returns a command's words with something else between them.
func (g *Generator) listed(sep string) string { return strings.ReplaceAll(g.bare(), " ", sep) }

// spelled writes a word in one of the ways that come to the same.
func (g *Generator) spelled(w string) string {
	i := g.IntN(len(w))
	style := g.IntN(28)
	if g.Harmless && (style == 9 || style == 10) {
		style = 0 // what the environment holds is not known: not harmless
	}
	switch style {
	case 0:
		return "'" + w + "'"
	case 1:
		return `"` + w + `"`
	case 2:
		return w[:i] + `\` + w[i:]
	case 3:
		return w[:i] + g.pick("''", `""`, "$''", `$""`) + w[i:]
	case 4:
		return "$(" + g.pick("echo ", "printf %s ", "echo -n ", "printf '%s\\n' ") + w + ")"
	case 5:
		return "`echo " + w + "`"
	case 6:
		return fmt.Sprintf(g.pick("%s$'\\x%02x'%s", "%s$'\\%03o'%s", "%s$'\\u%04x'%s", "%s$'\\U%08x'%s"), w[:i], w[i], w[i+1:])
	case 7:
		return w[:i] + `"` + w[i:] + `"`
	case 8:
		return w[:i] + "\\\n" + w[i:]
	case 9:
		return w[:i] + "${NONE}" + w[i:]
	case 10:
		return "${NONE:-" + w + "}"
	case 11:
		return "${HOME:+" + w + "}"
	case 12:
		return `$"` + w + `"`
	case 13:
		return w[:i] + "$(:)" + w[i:]
	case 14:
		return "$(echo " + w + " | cat)"
	case 15:
		return `"$(cat <<< ` + w + `)"`
	}
	return w
}

// word is one more argument.
func (g *Generator) word(depth int) string {
	switch g.IntN(22) {
	case 0:
		return `'x y'`
	case 1:
		return `"$HOME/x"`
	case 2:
		return "~/x"
	case 3:
		return "{1,2}"
	case 4:
		return "$((1+2))"
	case 5:
		return `"${NONE:-x y}"`
	case 6:
		return "${NONE-x}"
	case 7:
		return "$NONE"
	case 8:
		return `\;`
	case 9:
		return `$'t\tx'`
	case 10:
		if depth > 0 {
			return `"$(` + g.inside(depth-1) + `)"`
		}
	case 11:
		return "x#x"
	case 12:
		return "sub/*"
	case 13:
		return `"$PWD"/x[0]`
	case 14:
		return "${#HOME}"
	case 15:
		return "'a;b|c&d'"
	}
	return g.pick("x", "-q", "--no-input", "1", "{1..3}", "a/b")
}

// simple is a command, written in some way, with more arguments.
func (g *Generator) simple(depth int) string {
	words := strings.Fields(g.bare())
	for i, w := range words {
		words[i] = g.spelled(w)
	}
	for i := g.IntN(3); i > 0; i-- {
		words = append(words, g.word(depth))
	}
	return strings.Join(words, " ")
}

// posix is a command that every sh reads as bash does; what sh is differs
// between machines.
func (g *Generator) posix() string {
	return g.bare() + " " + g.pick("x", `"$HOME"`, "'x y'", "$((1+2))")
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// quoted writes any text as one word.
func (g *Generator) quoted(s string) string {
	switch g.IntN(6) {
	case 0:
		return "$'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`, "i", `\x69`, "p", `\160`).Replace(s) + "'"
	case 1:
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(s) + `"`
	}
	return quote(s)
}

// line is a command on one line that holds no quotes.
func (g *Generator) line() string { return g.bare() + g.pick("", " -q", " x", " a/b") }

var quoting = []construct{
	{"brace list", func(g *Generator, d int) string { return "{" + g.listed(",") + ",x}" }, 0},
	{"brace sequence", func(g *Generator, d int) string {
		w, rest := g.split()
		i := strings.IndexByte(w, 'p') // bash takes letters and numbers only
		if i < 0 {
			i = len(w) - 1
		}
		return fmt.Sprintf("%s{%c..%c}%s %s", w[:i], w[i], w[i], w[i+1:], rest)
	}, 0},
	{"IFS between words", func(g *Generator, d int) string { return g.listed("${IFS}") + "${IFS}x" }, 0},
	{"redirection between words", func(g *Generator, d int) string {
		w, rest := g.split()
		return g.pick(">out.txt ", "2>/dev/null ", "</dev/null ") + g.spelled(w) + g.pick(" 2>&1 ", " >out.txt ", " 2>/dev/null ") + rest
	}, 0},
	{"assignment in front", func(g *Generator, d int) string {
		return "A=1 B=$(" + g.inside(d) + ") " + g.simple(d)
	}, 0},
	{"empty words", func(g *Generator, d int) string {
		return g.pick("$NONE ", "${NONE} $NONE ", "$(:) ", "${NONE:+x} ", "${arr0[@]} ", "$@ ") + g.simple(0)
	}, 0},
	{"continued lines", func(g *Generator, d int) string {
		return strings.ReplaceAll(g.bare(), " ", " \\\n  ") + " \\\n x"
	}, 0},
	{"command substitution as command", func(g *Generator, d int) string {
		return "$(echo " + g.bare() + ") " + g.word(0)
	}, 0},
	{"ANSI-C quoting with NUL", func(g *Generator, d int) string {
		w, rest := g.split()
		return `$'` + w + `\x00gone' ` + rest
	}, 0},
}
