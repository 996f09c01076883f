package code

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// A value is what an expression is known to be: a string, a list of strings,
// or unknown.
type value struct {
	str  string
	list []string
	kind valueKind
	fn   string // what is called by this value: a function, a module
	file string // the file that it stands for, which str is the text of
}

type valueKind uint8

const (
	unknownValue valueKind = iota
	stringValue
	listValue
)

func text(s string) value { return value{kind: stringValue, str: s} }

func (v value) text() string {
	switch v.kind {
	case stringValue:
		return v.str
	case listValue:
		return strings.Join(v.list, " ")
	}
	return action.HoleText
}

// known returns the string that a value is, if it is all known.
func (v value) known() (string, bool) {
	return v.str, v.kind == stringValue && !action.Holed(v.str)
}

// An argument is one argument of a call; key is its name, if it has one.
type argument struct {
	key string
	value
}

func (s *scanner) args(parens bool) []argument {
	var out []argument
	for s.tok().kind != end && !(parens && s.is(")")) {
		if !parens && (s.tok().kind == newline || s.is(";") || s.is("}")) {
			break
		}
		if s.is(",") || s.is("*") || s.spread() || s.tok().kind == newline {
			s.i++
			continue
		}
		key := ""
		if t := s.tok(); t.kind == name && s.peek(1).kind == punct && (s.peek(1).text == "=" || s.peek(1).text == ":") && s.peek(2).text != "=" {
			key = t.text
			s.i += 2
		}
		before := s.i
		out = append(out, argument{key, s.expr()})
		if s.i == before {
			s.i++
		}
	}
	return out
}

// maxWork bounds the expressions read of one text, of which each copied bytes
// of a string or tokens skipped count as one more, and maxDepth how deep they nest; what goes
// beyond is skipped.
const (
	maxWork  = 1 << 16
	copied   = 256
	glanced  = 64 // tokens looked at that count as an expression
	maxDepth = 64
)

// expr reads an expression up to a comma or closing bracket.
func (s *scanner) expr() value {
	s.work++
	s.level++
	defer func() { s.level-- }()
	if s.work > maxWork || s.level > maxDepth {
		s.unread = true
		s.skip()
		return value{}
	}
	v := s.operand()
	for {
		t := s.tok()
		switch {
		case t.kind == punct && t.text == syntaxFor(s.Lang).concat || s.Lang == "lua" && t.text == "." || t.kind == punct && t.text == "+":
			for s.tok().kind == punct && (s.tok().text == t.text || s.tok().text == ".") {
				s.i++
			}
			w := s.operand()
			if s.work += (len(v.str) + len(w.str)) / copied; s.work > maxWork {
				s.skip()
				return value{}
			}
			v = concat(v, w)
		case t.kind == punct && t.text == "." && s.peek(1).kind == name:
			s.i++
			v = s.method(v)
		case t.kind == punct && t.text == "[" && v.fn != "" && s.peek(1).kind == str && s.peek(2).text == "]":
			v = value{kind: stringValue, str: action.HoleText, fn: v.fn + "." + s.peek(1).text}
			s.i += 3
		case t.kind == punct && t.text == "[":
			v = s.subscript(v)
		case t.kind == punct && t.text == "(" && v.fn != "":
			v = s.invoke(v.fn)
		case s.Lang == "awk" && s.awkOperand(t):
			w := s.operand()
			if s.work += (len(v.str) + len(w.str)) / copied; s.work > maxWork {
				s.skip()
				return value{}
			}
			v = concat(v, w)
		case s.Lang == "awk" && t.kind == punct && strings.Contains("|<>", t.text), s.ends(t):
			return v
		default:
			v = value{}
			s.skip()
			return v
		}
	}
}

// ends reports whether a token ends an expression.
func (s *scanner) ends(t token) bool {
	switch t.kind {
	case end, newline:
		return true
	case punct:
		return strings.ContainsAny(t.text, ",)]};:")
	case name:
		return s.Lang == "ruby" || s.Lang == "perl"
	}
	return false
}

// maxValue bounds a string or list that code builds, in bytes or elements.
const maxValue = 64 << 10

func concat(a, b value) value {
	switch {
	case len(a.str)+len(b.str) > maxValue || len(a.list)+len(b.list) > maxValue:
		return value{kind: stringValue, str: action.HoleText}
	case a.kind == listValue && b.kind == listValue:
		return value{kind: listValue, list: append(append([]string{}, a.list...), b.list...)}
	case a.kind == listValue:
		return value{kind: listValue, list: append(append([]string{}, a.list...), action.HoleText)}
	case b.kind == listValue:
		return value{kind: listValue, list: append([]string{action.HoleText}, b.list...)}
	}
	return value{kind: stringValue, str: a.text() + b.text()}
}

// skip moves to the end of an expression that is not understood.
func (s *scanner) skip() {
	depth, from := 0, s.i
	defer func() { s.looked(s.i - from) }()
	if s.work > maxWork {
		s.i = len(s.toks) - 1
	}
	for s.tok().kind != end {
		if t := s.tok(); t.kind == punct {
			switch {
			case strings.ContainsAny(t.text, "([{"):
				depth++
			case strings.ContainsAny(t.text, ")]}"):
				if depth == 0 {
					return
				}
				depth--
			case depth == 0 && strings.ContainsAny(t.text, ",;"):
				return
			}
		} else if t.kind == newline && depth == 0 {
			return
		}
		s.i++
	}
}

// operand reads a literal, a list, or a name.
func (s *scanner) operand() value {
	for s.tok().kind == newline {
		s.i++
	}
	t := s.tok()
	switch {
	case t.kind == str || t.kind == quoted:
		s.i++
		return value{kind: stringValue, str: s.interpolated(t)}
	case t.kind == punct && (t.text == "[" || t.text == "("):
		s.i++
		close := "]"
		if t.text == "(" {
			close = ")"
		}
		return s.elements(close)
	case t.kind == name:
		s.i++
		return s.named(t)
	case s.is("$") && s.Lang == "awk":
		return s.awkField()
	case s.is("<") && s.Lang == "perl": // <STDIN>
		s.i++
		if s.tok().kind == name {
			s.i++
		}
		s.i++
		return s.read("-")
	case t.kind == other:
		s.i++
		return value{kind: stringValue, str: t.text}
	}
	return value{}
}

// elements reads a list up to its closing bracket. A parenthesised single
// value is that value.
func (s *scanner) elements(close string) value {
	var list []string
	var only value
	n, commas := 0, false
	for s.tok().kind != end && !s.is(close) {
		if s.is(",") || s.tok().kind == newline {
			commas = commas || s.is(",")
			s.i++
			continue
		}
		if s.is("*") || s.spread() { // *args, ...args
			s.i++
			continue
		}
		before := s.i
		only = s.expr()
		n++
		if only.kind == listValue {
			list = append(list, only.list...)
		} else {
			list = append(list, only.text())
		}
		if s.i == before {
			s.i++
		}
	}
	s.i++
	if close == ")" && n == 1 && !commas {
		return only
	}
	return value{kind: listValue, list: list}
}
