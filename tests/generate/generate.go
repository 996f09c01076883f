// Package generate writes random shell programs that bash can run: every
// construct that can start a program, nested in every other. What such a
// program starts is bash's to say; tests compare that with what was seen.
package generate

import (
	"fmt"
	"strings"
)

// A Source decides. *rand.Rand is one; a property tester's draw is another.
type Source interface {
	IntN(n int) int
}

// A Generator writes programs.
type Generator struct {
	Source
	// Commands are the simple commands that programs consist of: words
	// without blanks and quotes.
	Commands []string
	// Used counts the constructs in the program written last.
	Used map[string]int

	n     int // names given so far
	inner int // depth of $(…)
}

// Program returns a program.
func (g *Generator) Program() string {
	g.n, g.inner, g.Used = 0, 0, map[string]int{}
	var b strings.Builder
	for i := 1 + g.IntN(3); i > 0; i-- {
		b.WriteString(g.stmt(3))
		b.WriteString(g.pick("\n", "; ", "\n\n", " # note\n"))
	}
	return b.String()
}

func (g *Generator) pick(options ...string) string { return options[g.IntN(len(options))] }

func (g *Generator) fresh(prefix string) string {
	g.n++
	return fmt.Sprintf("%s%d", prefix, g.n)
}

func (g *Generator) list(depth int) string {
	s := g.stmt(depth)
	for i := g.IntN(2); i > 0; i-- {
		s += g.pick("; ", " && ", " || ", "\n") + g.stmt(depth)
	}
	return s
}

// inside is a list for $(…). Here-documents are left out of it: bash 5.2
// loses the `;` between commands that follow one there.
func (g *Generator) inside(depth int) string {
	g.inner++
	defer func() { g.inner-- }()
	return " " + g.list(depth) // $(( would be arithmetic
}

// bare is a command as it is.
func (g *Generator) bare() string { return g.pick(g.Commands...) }

// first and rest are the first word of a command and what follows.
func (g *Generator) split() (first, rest string) {
	first, rest, _ = strings.Cut(g.bare(), " ")
	return first, rest
}

// spelled writes a word in one of the ways that come to the same.
func (g *Generator) spelled(w string) string {
	switch g.IntN(10) {
	case 0:
		return "'" + w + "'"
	case 1:
		return `"` + w + `"`
	case 2:
		return `\` + w
	case 3:
		return w[:1] + "''" + w[1:]
	case 4:
		return "$(echo " + w + ")"
	case 5:
		return "`echo " + w + "`"
	case 6:
		return fmt.Sprintf("$'\\x%02x%s'", w[0], w[1:])
	}
	return w
}

// word is one more argument.
func (g *Generator) word(depth int) string {
	switch g.IntN(16) {
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
	}
	return g.pick("x", "-q", "--no-input", "1", "{1..3}", "a/b")
}

// simple is a command, written in some way, with more arguments.
func (g *Generator) simple(depth int) string {
	first, rest := g.split()
	s := g.spelled(first)
	if rest != "" {
		s += " " + rest
	}
	for i := g.IntN(3); i > 0; i-- {
		s += " " + g.word(depth)
	}
	return s
}

// posix is a command that every sh reads as bash does; what sh is differs
// between machines.
func (g *Generator) posix() string {
	return g.bare() + " " + g.pick("x", `"$HOME"`, "'x y'", "$((1+2))")
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// A construct writes one kind of statement around others.
type construct struct {
	name string
	// hereDoc says that it holds a here-document.
	hereDoc bool
	write   func(g *Generator, d int) string
}

// stmt is one statement.
func (g *Generator) stmt(depth int) string {
	if depth <= 0 {
		return g.simple(0)
	}
	c := &constructs[g.IntN(len(constructs))]
	if c.hereDoc && g.inner > 0 {
		c = &constructs[0]
	}
	g.Used[c.name]++
	return c.write(g, depth-1)
}

// constructs is filled by init, since the writers lead back to it.
var constructs []construct

func init() {
	constructs = []construct{
		{"subshell", false, func(g *Generator, d int) string { return "( " + g.list(d) + " )" }},
		{"group", false, func(g *Generator, d int) string { return "{ " + g.list(d) + "; }" }},
		{"if", false, func(g *Generator, d int) string {
			return "if " + g.stmt(d) + "; then " + g.list(d) + "; else " + g.list(d) + "; fi"
		}},
		{"if !", false, func(g *Generator, d int) string { return "if ! { " + g.stmt(d) + "; }; then " + g.list(d) + "; fi" }},
		{"for words", false, func(g *Generator, d int) string {
			v := g.fresh("v")
			return "for " + v + " in " + quote(g.bare()) + " " + quote(g.bare()) + "; do $" + v + " " + g.word(0) + "; " + g.stmt(d) + "; done"
		}},
		{"while", false, func(g *Generator, d int) string {
			v := g.fresh("n")
			return v + "=0; while [ $" + v + " -lt 2 ]; do " + g.stmt(d) + "; " + v + "=$((" + v + "+1)); done"
		}},
		{"case", false, func(g *Generator, d int) string {
			return "case " + g.pick("x", "$HOME", "y") + " in x|z) " + g.list(d) + ";; *) " + g.list(d) + ";; esac"
		}},
		{"case ;&", false, func(g *Generator, d int) string {
			return "case x$(" + g.posix() + ") in x) " + g.stmt(d) + ";& y) " + g.stmt(d) + ";; esac"
		}},
		{"function", false, func(g *Generator, d int) string {
			f := g.fresh("fn")
			return f + "() { " + g.list(d) + "; \"$@\"; }; " + f + " " + g.simple(0)
		}},
		{"local", false, func(g *Generator, d int) string {
			return "outer_() { local v=" + quote(g.bare()) + "; inner_; }; inner_() { $v 1; }; v=" + quote(g.bare()) + "; outer_; $v 2"
		}},
		{"return", false, func(g *Generator, d int) string {
			return "f_() { return 1; " + g.stmt(d) + "; }; f_ || " + g.stmt(d) + "; f_ && " + g.stmt(d)
		}},
		{"eval", false, func(g *Generator, d int) string { return "eval " + quote(g.list(d)) }},
		{"bash -c", false, func(g *Generator, d int) string { return "bash -c " + quote(g.list(d)) + " x1 x2" }},
		{"sh -c", false, func(g *Generator, d int) string { return "sh -c " + quote(g.posix()+` "$@" $0`) + " p1 p2" }},
		{"here-document", true, func(g *Generator, d int) string {
			e := g.fresh("EOF")
			return "{ bash <<'" + e + "'\n" + g.list(d) + "\n" + e + "\n}"
		}},
		{"here-document, unquoted", true, func(g *Generator, d int) string { return "{ bash <<EOF\n" + g.simple(0) + "\nEOF\n}" }},
		{"echo | sh", false, func(g *Generator, d int) string { return "echo " + quote(g.posix()) + " | sh" }},
		{"printf | bash", false, func(g *Generator, d int) string { return "printf '%s\\n' " + quote(g.simple(0)) + " | bash" }},
		{"source <()", false, func(g *Generator, d int) string { return "source <(echo " + quote(g.simple(0)) + ")" }},
		{"bash <()", false, func(g *Generator, d int) string { return "bash <(printf %s " + quote(g.simple(0)) + ")" }},
		{"env", false, func(g *Generator, d int) string { return "env X=1 " + g.bare() + " " + g.word(0) }},
		{"command", false, func(g *Generator, d int) string { return "command " + g.simple(d) }},
		{"exec", false, func(g *Generator, d int) string { return "(exec " + g.bare() + " " + g.word(0) + ")" }},
		{"xargs", false, func(g *Generator, d int) string {
			return "echo " + g.pick("x", "'x y'") + " | xargs " + g.bare() + g.pick("", " -q")
		}},
		{"trap", false, func(g *Generator, d int) string { return "trap " + quote(g.simple(0)) + " EXIT" }},
		{"script", false, func(g *Generator, d int) string {
			f := g.fresh("t") + ".sh"
			return "echo " + quote(g.list(0)) + " > " + f + "; bash " + f + " " + g.word(0)
		}},
		{"sourced script", true, func(g *Generator, d int) string {
			f := g.fresh("t") + ".sh"
			e := g.fresh("E")
			return "cat > " + f + " <<'" + e + "'\n" + g.list(d) + "\n" + e + "\n. ./" + f
		}},
		{"script by path", false, func(g *Generator, d int) string {
			f := g.fresh("t") + ".sh"
			return "printf '#!/bin/sh\\n%s\\n' " + quote(g.posix()) + " > " + f + " && chmod +x " + f + " && ./" + f
		}},
		{"variable", false, func(g *Generator, d int) string {
			v := g.fresh("v")
			return v + "=" + quote(g.bare()) + "; $" + v + " " + g.word(0)
		}},
		{"array", false, func(g *Generator, d int) string {
			v := g.fresh("arr")
			return v + "=(" + g.simple(0) + "); \"${" + v + "[@]}\""
		}},
		{"positional", false, func(g *Generator, d int) string { return "set -- " + g.simple(0) + "; \"$@\"" }},
		{"printf -v", false, func(g *Generator, d int) string {
			v, first, rest := g.fresh("v"), "", ""
			first, rest = g.split()
			return "printf -v " + v + " %s " + first + "; \"$" + v + "\" " + rest
		}},
		{"read", false, func(g *Generator, d int) string {
			v := g.fresh("v")
			return "read -r " + v + " <<< " + quote(g.bare()) + "; $" + v
		}},
		{"mapfile", false, func(g *Generator, d int) string {
			v := g.fresh("v")
			return "mapfile -t " + v + " <<< " + quote(g.bare()+"\n"+g.bare()) + "; ${" + v + "[1]}"
		}},
		{"indirect", false, func(g *Generator, d int) string {
			v, first, rest := g.fresh("v"), "", ""
			first, rest = g.split()
			return v + "=" + first + "; w=" + v + "; ${!w} " + rest
		}},
		{"substring", false, func(g *Generator, d int) string {
			v, first, rest := g.fresh("v"), "", ""
			first, rest = g.split()
			return fmt.Sprintf("%s=x%sx; ${%s:1:%d} %s", v, first, v, len(first), rest)
		}},
		{"case change", false, func(g *Generator, d int) string {
			v, first, rest := g.fresh("v"), "", ""
			first, rest = g.split()
			return v + "=" + strings.ToUpper(first) + "; ${" + v + ",,} " + rest + "; ${" + v + "/" + strings.ToUpper(first[:1]) + "/q} || true"
		}},
		{"while read", false, func(g *Generator, d int) string {
			return "while read -r l; do $l; done <<< " + quote(g.bare()+"\n"+g.bare())
		}},
		{"| while read", false, func(g *Generator, d int) string {
			return "printf '%s\\n' " + quote(g.bare()) + " " + quote(g.bare()) + " | while read l; do $l; " + g.stmt(d) + "; done"
		}},
		{"cd", false, func(g *Generator, d int) string { return "cd sub && { " + g.stmt(d) + "; cd ..; }" }},
		{"pushd", false, func(g *Generator, d int) string { return "pushd sub > /dev/null; " + g.stmt(d) + "; popd > /dev/null" }},
		{"cd in subshell", false, func(g *Generator, d int) string { return "(cd sub; " + g.stmt(d) + ")" }},
		{"pipeline", false, func(g *Generator, d int) string { return g.stmt(d) + " | " + g.stmt(d) }},
		{"&& ||", false, func(g *Generator, d int) string { return g.stmt(d) + " && " + g.stmt(d) + " || " + g.stmt(d) }},
		{"!", false, func(g *Generator, d int) string { return "{ ! " + g.stmt(d) + "; }" }},
		{"time", false, func(g *Generator, d int) string { return "time " + g.stmt(d) }},
		{"[[ ]]", false, func(g *Generator, d int) string { return "[[ -n $(" + g.inside(d) + ") ]] && " + g.stmt(d) }},
		{"assignment", false, func(g *Generator, d int) string { return "x=$(" + g.inside(d) + ") y=1" }},
		{":=", false, func(g *Generator, d int) string { return "unset x; echo ${x:=$(" + g.inside(d) + ")}" }},
		{"arithmetic", false, func(g *Generator, d int) string { return "echo $(( $(" + g.posix() + ") + 1 )) || :" }},
		{"IFS", false, func(g *Generator, d int) string {
			return "IFS=:; s=" + strings.ReplaceAll(g.bare(), " ", ":") + "; $s; unset IFS"
		}},
		{"tee >()", false, func(g *Generator, d int) string {
			return "tee >(bash) <<< " + quote(g.simple(0)) + " > /dev/null; sleep 0.05"
		}},
		{"export", false, func(g *Generator, d int) string { return "export V1=" + quote(g.bare()) + "; bash -c '$V1 \"$0\"' z" }},
		{"nameref", false, func(g *Generator, d int) string {
			return "unset -n ref; declare -n ref=tgt; tgt=" + quote(g.bare()) + "; $ref 1"
		}},
		{"redirected group", false, func(g *Generator, d int) string { return "{ " + g.list(d) + "; } > out.txt 2>&1 < /dev/null" }},
		{"for (( ))", false, func(g *Generator, d int) string { return "for ((i=0; i<2; i++)); do " + g.bare() + " $i; done" }},
		{"until", false, func(g *Generator, d int) string { return "until " + g.stmt(d) + "; do break; done" }},
		{"set -e", false, func(g *Generator, d int) string { return "(set -e; " + g.stmt(d) + "; false; " + g.stmt(d) + ")" }},
		{"alias", false, func(g *Generator, d int) string {
			return "shopt -s expand_aliases; alias al_=" + quote(g.bare()) + "\nal_ x"
		}},
		{"background", false, func(g *Generator, d int) string { return "{ " + g.stmt(d) + "; } & wait" }},
		{"mention", false, func(g *Generator, d int) string {
			return "echo pip install x " + quote(g.stmt(0)) + g.pick("", " | cat", " > note.txt")
		}},
	}
}
