package code

import (
	"slices"
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// awkArgs takes the assignments out of the arguments: those of -v, and operands
// `name=value`.
func (s *scanner) awkArgs() {
	var rest []string
	for _, a := range s.Args {
		if n, val, ok := strings.Cut(a, "="); ok && n != "" && isNameStart(n[0]) && strings.IndexFunc(n, func(r rune) bool { return r >= 0x80 || !isNameByte(byte(r)) }) < 0 {
			s.vars[n] = text(val)
		} else {
			rest = append(rest, a)
		}
	}
	s.Args = rest
}

// awkStatement reads what hands text on: print to a program or file, a program
// that getline reads. It reports whether there was one.
func (s *scanner) awkStatement(t token) bool {
	printing := t.kind == name && (t.text == "print" || t.text == "printf")
	if s.told[t.pos] || !printing && t.kind != str && t.kind != name && !s.is("$") || s.defs[t.text].to > 0 {
		return false
	}
	if t.kind == name && !printing && s.peek(1).kind == punct && s.peek(1).text != "|" && s.peek(1).text != "[" || t.kind == name && starter(s.Lang, t.text) != nil {
		return false
	}
	at := s.i
	out := value{}
	if printing {
		s.i++
		out = s.awkPrinted(t.text)
	} else {
		out = s.expr()
	}
	end := s.i
	s.i = at
	if end == at {
		return false
	}
	s.told[t.pos] = true
	switch tok := s.at(end); {
	case tok.kind == punct && tok.text == "|" && printing:
		s.i = end + 1
		if cmd := s.expr().text(); action.OnlyHoles(out.text()) {
			s.shell(cmd, t)
		} else {
			s.shell("printf %s "+singleQuoted(out.text())+" | "+cmd, t)
		}
		s.i = at + 1
	case tok.kind == punct && tok.text == "|" && s.at(end+1).text == "getline":
		s.shell(out.text(), t)
	case tok.kind == punct && tok.text == ">" && printing:
		s.i = end + 1
		more := s.is(">")
		if more {
			s.i++
		}
		// The file stays open: what is printed next comes after it.
		file := s.expr().text()
		more = more || slices.ContainsFunc(s.out, func(a action.Act) bool { return a.Path == file })
		s.store(file, out.text(), more, t)
		s.i = at + 1
	default:
		return false
	}
	s.i = at + 1
	return true
}

// awkPrinted reads the arguments of print or printf and returns the text.
func (s *scanner) awkPrinted(how string) value {
	var words []string
	for s.tok().kind != newline && !s.is(";") && !s.is("}") && !s.is("|") && !s.is(">") && s.tok().kind != end {
		before := s.i
		v := s.expr()
		if v.kind == listValue {
			words = append(words, v.list...)
		} else {
			words = append(words, v.text())
		}
		if s.is(",") || s.i == before {
			s.i++
		}
	}
	switch {
	case how == "printf" && len(words) > 0:
		return percent(text(words[0]), value{kind: listValue, list: words[1:]})
	case len(words) == 0:
		words = []string{s.awkLine()}
	}
	return text(strings.Join(words, " ") + "\n")
}

// awkOperand reports whether a token begins another operand, which is joined to
// what is before it.
func (s *scanner) awkOperand(t token) bool {
	switch t.kind {
	case str, other:
		return true
	case name:
		return t.text != "in" && t.text != "getline"
	}
	return s.is("$") || s.is("(")
}

// awkLine is the line being read.
func (s *scanner) awkLine() string {
	if v, ok := s.vars["_"]; ok {
		return strings.TrimSuffix(v.str, "\n")
	}
	return action.HoleText
}

// awkField reads `$n`: the line or one of its fields, between blanks.
func (s *scanner) awkField() value {
	s.i++
	n, err := strconv.Atoi(s.tok().text)
	line := s.awkLine()
	fields := strings.Fields(line)
	if sep, ok := s.vars["FS"].known(); ok && len(sep) == 1 {
		fields = strings.Split(line, sep)
	} else if ok {
		fields, line = nil, action.HoleText
	}
	if s.tok().text == "NF" {
		n, err = len(fields), nil
	}
	if s.is("(") {
		s.operand()
	} else {
		s.i++
	}
	switch {
	case err == nil && n == 0:
		return text(line)
	case err != nil || action.Holed(line) || strings.Contains(s.Text, "FS"):
		return text(action.HoleText)
	case n <= len(fields):
		return text(fields[n-1])
	}
	return text("")
}

// singleQuoted is a word as a shell reads it.
func singleQuoted(w string) string { return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'" }
