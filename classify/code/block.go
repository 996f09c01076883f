package code

import "strings"

// Loops and definitions of Perl and Ruby.

// perlLoop reads `for my $x (…) { … }` and `while (<STDIN>) { … }`.
func (s *scanner) perlLoop() {
	lines := s.tok().text == "while"
	s.i++
	if s.tok().text == "my" {
		s.i++
	}
	v := "_"
	if s.tok().kind == name {
		v = variable(s.tok().text)
		s.i++
	}
	if !s.is("(") {
		return
	}
	at := s.i
	if lines && s.peek(1).text != "<" && s.peek(3).text != "<" && s.peek(4).text != "<" {
		return
	}
	var list []string
	if lines {
		s.i++
		if s.tok().text == "my" {
			s.i++
		}
		if s.tok().kind == name && s.peek(1).text == "=" {
			v = variable(s.tok().text)
		}
		for line := range strings.Lines(s.input().text()) {
			list = append(list, line)
		}
	} else {
		over := s.operand()
		if list = over.list; over.kind == stringValue {
			list = []string{over.str}
		}
	}
	from := s.matching(at)
	s.each(v, list, from, s.matching(from))
}

// each reads the tokens of a loop's body for every element of a list.
func (s *scanner) each(v string, list []string, from, to int) {
	s.i = from
	for i, w := range list {
		if s.calls++; i == maxLines || s.calls > maxCalls {
			s.cut(from, to)
			break
		}
		s.vars[v] = text(w)
		clear(s.told)
		s.i = from
		s.run(to)
	}
}

// rubyBlock reads `{ |x| … }` and `do |x| … end` after the each of a list.
func (s *scanner) rubyBlock(list []string) {
	if !s.is("{") && s.tok().text != "do" || s.peek(1).text != "|" || s.peek(2).kind != name {
		return
	}
	at, to := s.i, 0
	if s.is("{") {
		to = s.matching(s.i)
	} else {
		to = s.rubyEnd(s.i)
	}
	v := s.peek(2).text
	s.each(v, list, min(at+4, len(s.toks)-1), to)
	delete(s.vars, v)
	s.i = at
}

// rubyEnd returns the token after the end of the block that token i begins.
func (s *scanner) rubyEnd(i int) int {
	depth, from := 0, i
	defer func() { s.looked(i - from) }()
	for ; i < len(s.toks) && s.work <= maxWork; i++ {
		if s.at(i).kind != name {
			continue
		}
		switch s.at(i).text {
		case "do", "def", "begin", "case", "class", "module":
			depth++
		case "if", "unless", "while", "until":
			if before := s.at(i - 1); before.kind == newline || before.text == ";" {
				depth++
			}
		case "end":
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(s.toks)
}

// rubyDef notes a method of the code; its body is read where it stands too.
func (s *scanner) rubyDef() {
	f := function{to: s.rubyEnd(s.i)}
	n := s.peek(1).text
	s.i += 2
	if s.is("(") {
		for s.i++; s.tok().kind == name || s.is(","); s.i++ {
			if s.tok().kind == name {
				f.params = append(f.params, s.tok().text)
				delete(s.vars, s.tok().text)
			}
		}
		s.i++
	}
	f.from = s.i
	s.defs[n] = f
}
