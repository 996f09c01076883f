package javascript

import "strings"

type tsKind uint8

const (
	tsEnd tsKind = iota
	tsName
	tsLiteral  // a string, number or regular expression
	tsTemplate // a part of a template; those that open or close an expression are brackets
	tsPunct
)

// A tsToken is a token of TypeScript.
type tsToken struct {
	kind    tsKind
	text    string
	at      int
	newline bool // one stands before it
	opens   bool
	closes  bool
	partner int // of a bracket: the index of the other one
}

// maxTypeTokens bounds the tokens of a program whose types are erased.
const maxTypeTokens = 1 << 19

// tsTokens splits a program into tokens; ok is false if its brackets do not
// match.
func tsTokens(src string) (toks []tsToken, ok bool) {
	var open []int
	nl := false
	for i := 0; i < len(src); {
		if len(toks) > maxTypeTokens {
			return nil, false
		}
		c := src[i]
		switch {
		case c == '\n' || c == '\r':
			nl = true
			i++
			continue
		case c == ' ' || c == '\t' || c == '\f' || c == '\v':
			i++
			continue
		case strings.HasPrefix(src[i:], "//") || i == 0 && strings.HasPrefix(src, "#!"):
			n := strings.IndexByte(src[i:], '\n')
			if n < 0 {
				n = len(src) - i
			}
			i += n
			continue
		case strings.HasPrefix(src[i:], "/*"):
			n := strings.Index(src[i+2:], "*/")
			if n < 0 {
				return nil, false
			}
			nl = nl || strings.Contains(src[i:i+n+4], "\n")
			i += n + 4
			continue
		}
		t := tsToken{at: i, newline: nl, partner: -1}
		nl = false
		switch {
		case c == '`' || c == '}' && len(open) > 0 && toks[open[len(open)-1]].kind == tsTemplate:
			n, opens := templatePart(src[i+1:])
			if n < 0 {
				return nil, false
			}
			t.kind, t.text, t.opens, t.closes = tsTemplate, src[i:i+1+n], opens, c == '}'
		case isName(c):
			n := i
			for n < len(src) && isName(src[n]) {
				n++
			}
			t.kind, t.text = tsName, src[i:n]
			if c >= '0' && c <= '9' {
				t.kind = tsLiteral
				if n < len(src) && src[n] == '.' { // 1.5
					for n++; n < len(src) && isName(src[n]); n++ {
					}
					t.text = src[i:n]
				}
			}
		case c == '"' || c == '\'':
			n := quotedEnd(src, i)
			t.kind, t.text = tsLiteral, src[i:n]
		case c == '/' && regexpFollows(toks, t.newline):
			n := regexpEnd(src, i)
			t.kind, t.text = tsLiteral, src[i:n]
		default:
			t.kind, t.text = tsPunct, operator(src[i:])
			switch t.text {
			case "(", "[", "{":
				t.opens = true
			case ")", "]", "}":
				t.closes = true
			}
		}
		if t.closes {
			if len(open) == 0 {
				return nil, false
			}
			last := open[len(open)-1]
			open = open[:len(open)-1]
			toks[last].partner, t.partner = len(toks), last
		}
		if t.opens {
			open = append(open, len(toks))
		}
		i = t.at + len(t.text)
		toks = append(toks, t)
	}
	return append(toks, tsToken{at: len(src), newline: true, partner: -1}), len(open) == 0
}

// operator returns the operator that a text begins with. Angle brackets stand
// alone, since they may be those of types.
func operator(s string) string {
	for _, op := range [...]string{"...", "===", "!==", "**=", "&&=", "||=", "??=", "=>", "==", "!=", "<=", "&&", "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "**"} {
		if strings.HasPrefix(s, op) {
			if op == "?." && len(s) > 2 && s[2] >= '0' && s[2] <= '9' {
				continue
			}
			return op
		}
	}
	return s[:1]
}

// templatePart returns the length of what stands in a template before its end or
// an expression, with the marks, and whether an expression follows.
func templatePart(s string) (n int, opens bool) {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == '`':
			return i + 1, false
		case strings.HasPrefix(s[i:], "${"):
			return i + 2, true
		}
	}
	return -1, false
}

func quotedEnd(src string, i int) int {
	q := src[i]
	for i++; i < len(src) && src[i] != q && src[i] != '\n'; i++ {
		if src[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(src))
}

// regexpFollows reports whether a slash after these tokens begins a regular
// expression.
func regexpFollows(toks []tsToken, newline bool) bool {
	if len(toks) == 0 {
		return true
	}
	switch t := &toks[len(toks)-1]; t.kind {
	case tsLiteral:
		return false
	case tsTemplate:
		return t.opens
	case tsName:
		switch t.text {
		case "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "instanceof", "else", "do", "await", "yield":
			return true
		}
		return false
	default:
		switch t.text {
		case ")", "]", "++", "--":
			return false
		case "}":
			return newline
		}
	}
	return true
}

func regexpEnd(src string, i int) int {
	class := false
	for i++; i < len(src) && src[i] != '\n'; i++ {
		switch c := src[i]; {
		case c == '\\':
			i++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			for i++; i < len(src) && isName(src[i]); i++ {
			}
			return i
		}
	}
	return min(i, len(src))
}
