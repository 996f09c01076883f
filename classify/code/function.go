package code

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// A function is one that the code defines: the names of its parameters and the
// tokens of its body.
type function struct {
	params   []string
	from, to int
}

// maxCalls bounds the bodies of functions and loops that are read once more.
const maxCalls = 512

// cut notes that some of what runs is not read, if it may start something.
func (s *scanner) cut(from, to int) {
	for i := from; i < to && i < len(s.toks) && !s.unread; i++ {
		s.unread = mayStart(s.at(i).text)
	}
	s.looked(to - from)
}

// mayStart reports whether a token is one of those that code starts programs by.
func mayStart(text string) bool {
	for _, w := range [...]string{"system", "exec", "spawn", "open", "run", "call", "subprocess", "shell", "`", "getoutput", "output", "eval", "import", "require"} {
		if strings.Contains(strings.ToLower(text), w) {
			return true
		}
	}
	return false
}

// statement reads the words that begin a statement, and reports whether that
// was all.
func (s *scanner) statement(t token) bool {
	switch s.Lang {
	case "perl":
		switch t.text {
		case "for", "foreach", "while":
			s.perlLoop()
			return true
		case "sub":
			if s.peek(1).kind == name && s.peek(2).text == "{" {
				s.defs[s.peek(1).text] = function{params: []string{"_"}, from: s.i + 2, to: s.matching(s.i + 2)}
				s.i += 2
				return true
			}
		}
	case "ruby":
		if t.text == "def" && s.peek(1).kind == name {
			s.rubyDef()
			return true
		}
	case "awk":
		if (t.text == "function" || t.text == "func") && s.peek(1).kind == name {
			s.define(s.i+1, s.i+2, 0)
			return true
		}
	case "node", "javascript", "typescript", "bun", "deno":
		switch {
		case t.text == "function" && s.peek(1).kind == name:
			s.define(s.i+1, s.i+2, 0)
			return true
		case (t.text == "const" || t.text == "let" || t.text == "var") && s.peek(1).text == "{":
			s.destructure()
			return true
		case t.text == "for" && s.peek(1).text == "(":
			at := s.i + 2
			if w := s.at(at).text; w == "const" || w == "let" || w == "var" {
				at++
			}
			s.loop(at, "of", t)
			return true
		case t.text == "import" && s.peek(1).text != "(":
			s.nodeImport()
			return true
		}
	}
	return false
}

// define notes the function whose name is token n and whose parameters begin at
// token at. Its body ends with token to; 0 if braces say where.
func (s *scanner) define(n, at, to int) {
	var f function
	s.i = at
	if s.is("(") {
		s.i++
		for s.tok().kind != end && !s.is(")") {
			if s.tok().kind == name && (s.at(s.i-1).text == "(" || s.at(s.i-1).text == ",") {
				f.params = append(f.params, s.tok().text)
				delete(s.vars, s.tok().text)
			}
			s.i++
		}
	}
	s.i++
	if to == 0 {
		for s.tok().kind != end && !s.is("{") && !s.is(";") {
			s.i++
		}
		to = s.matching(s.i)
	}
	f.from, f.to = s.i, to
	if n < len(s.toks) {
		s.defs[s.at(n).text] = f
	}
}

// lambda notes a function that is assigned to a name: `lambda a: …`,
// `(a, b) => …`, `function (a) { … }`. Its body is read where it stands too.
func (s *scanner) lambda(n string) bool {
	var f function
	at := s.i
	switch t := s.tok(); {
	case syntaxFor(s.Lang).concat != "+" || !syntaxFor(s.Lang).block:
		return false
	case t.text == "function" && s.peek(1).text == "(":
		s.i++
		fallthrough
	case s.is("("):
		for s.i++; s.tok().kind == name || s.is(","); s.i++ {
			if s.tok().kind == name {
				f.params = append(f.params, s.tok().text)
			}
		}
		arrow := s.peek(1).text == "=" && s.peek(2).text == ">"
		if !s.is(")") || !arrow && s.peek(1).text != "{" {
			s.i = at
			return false
		}
		if arrow {
			s.i += 2
		}
	case t.kind == name && s.peek(1).text == "=" && s.peek(2).text == ">":
		f.params = []string{t.text}
		s.i += 2
	default:
		return false
	}
	for _, p := range f.params {
		delete(s.vars, p)
	}
	s.i++
	f.from = s.i
	if s.is("{") {
		f.to = s.matching(s.i)
	} else {
		s.skip()
		f.to = s.i
		if s.at(f.from).kind == name { // an expression is what it returns
			f.from--
		}
		s.i = f.from
	}
	s.defs[n] = f
	return true
}

// looked counts n tokens that were looked at beside those that are read.
func (s *scanner) looked(n int) { s.work += n / glanced }

// matching returns the token after the bracket that closes the one at i.
func (s *scanner) matching(i int) int {
	if s.work > maxWork {
		return len(s.toks)
	}
	depth, from := 0, i
	defer func() { s.looked(i - from) }()
	for ; i < len(s.toks); i++ {
		if s.at(i).kind != punct {
			continue
		}
		switch s.at(i).text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(s.toks)
}

// loop reads what follows once for each further element of a list: `for x in
// […]`, whose variable is token at.
func (s *scanner) loop(at int, in string, t token) {
	from, to := s.i, 0
	s.i = min(at, len(s.toks)-1)
	v := s.tok()
	s.i++
	if v.kind != name || s.tok().text != in {
		s.i = from + 1
		return
	}
	s.i++
	over := s.expr()
	list := over.list
	if over.kind == stringValue && (over.file != "" || strings.Contains(over.str, "\n")) {
		for line := range strings.Lines(over.str) {
			list = append(list, line)
		}
	}
	switch open := s.opening(from); {
	case s.is(")") && in == "of":
		s.i++
		if to = s.matching(s.i); !s.is("{") {
			save := s.i
			s.skip()
			to, s.i = s.i, save
		}
	case open > 0: // a comprehension
		s.i, to = open, from
	default:
		return
	}
	delete(s.vars, v.text)
	if len(list) == 0 {
		if s.i < from {
			s.i = from + 1
		}
		return
	}
	begin := s.i
	for i, w := range list {
		if s.calls++; i == maxLines || s.calls > maxCalls {
			s.cut(begin, to)
			break
		}
		s.vars[v.text] = text(w)
		clear(s.told)
		s.i = begin
		s.run(to)
	}
	s.i = max(s.i, to)
	if begin < from { // of a comprehension, the rest comes after
		s.i = from + 1
	}
}

// opening returns the token after the bracket that is open at token i, or 0.
func (s *scanner) opening(i int) int {
	depth, from := 0, i
	defer func() { s.looked(from - i) }()
	for i--; i >= 0 && s.work <= maxWork; i-- {
		if s.at(i).kind != punct {
			continue
		}
		switch s.at(i).text {
		case ")", "]", "}":
			depth++
		case "(", "[", "{":
			if depth == 0 {
				return i + 1
			}
			depth--
		}
	}
	return 0
}

// apply reads the body of a function of the code once more, with what its
// parameters are.
func (s *scanner) apply(f function, args []argument) {
	if s.calls++; s.calls > maxCalls || s.level > maxDepth {
		s.cut(f.from, f.to)
		return
	}
	at, before := s.i, map[string]value{}
	for i, p := range f.params {
		before[p] = s.vars[p]
		v := value{}
		if p == "_" { // @_ of Perl
			s.vars[p] = value{kind: listValue, list: texts(args)}
			continue
		}
		if i < len(args) && args[i].key == "" {
			v = args[i].value
		}
		for _, a := range args {
			if a.key == p {
				v = a.value
			}
		}
		s.vars[p] = v
	}
	s.level++
	s.ret = value{}
	clear(s.told)
	s.i = f.from
	if s.at(f.from).kind == name && s.at(f.from).text != "return" {
		at := s.i
		s.muted++
		s.ret = s.expr()
		s.muted--
		s.i = at
	}
	s.run(f.to)
	s.level--
	s.i = at
	for p, v := range before {
		s.vars[p] = v
	}
}

// starter returns what a call of a function does: one of the code, of the
// language or of a library; nil if nothing of interest.
func (s *scanner) starter(n string) startFunc {
	if f, ok := s.defs[n]; ok {
		return func(s *scanner, args []argument, _ token) { s.apply(f, args) }
	}
	if f := starter(s.Lang, n); f != nil {
		return f
	}
	if f := fileFunction(s.Lang, n); f != nil {
		return f
	}
	return s.library(n)
}

// tracked reports whether an expression that begins with a name may do
// something by a value: f.write(…).
func (s *scanner) tracked(n string) bool {
	switch s.full(n) {
	case "map", "require", "import":
		return true
	}
	first, _, dotted := strings.Cut(n, ".")
	return dotted && s.vars[first].file != "" || (s.peek(1).text == "[" && s.peek(2).kind == str && s.peek(4).text == "(")
}

// invoke calls what a value stands for, at its opening parenthesis.
func (s *scanner) invoke(fn string) value {
	t := s.tok()
	s.i++
	args := s.args(true)
	if s.is(")") {
		s.i++
	}
	return s.called(fn, args, t)
}

// called is what a function returns; what it does is told once.
func (s *scanner) called(fn string, args []argument, t token) value {
	if f := s.starter(fn); f != nil {
		if s.told[t.pos] || s.muted > 0 {
			s.muted++
			defer func() { s.muted-- }()
		}
		s.told[t.pos] = true
		s.ret = text(action.HoleText)
		f(s, args, t)
		return s.ret
	}
	return s.result(fn, args, t)
}

// destructure reads `const { a, b: c } = require("m")`.
func (s *scanner) destructure() {
	at := s.i + 1
	last := s.matching(at)
	s.i = last
	if s.is("=") {
		s.i++
		mod, ok := s.required()
		if tok := s.tok(); !ok && tok.kind == name {
			mod, ok = s.full(tok.text), true
		}
		if ok {
			s.imported(at, last-1, mod, ":")
		}
	}
	s.i = last
}

// imported notes the names between two tokens as those of a module; as stands
// between a name and what it is called here.
func (s *scanner) imported(from, to int, mod, as string) {
	for i := from + 1; i < to; i++ {
		if s.at(i).kind != name {
			continue
		}
		n, local := s.at(i).text, s.at(i).text
		if s.at(i+1).text == as && s.at(i+2).kind == name {
			local = s.at(i + 2).text
			i += 2
		}
		s.alias[local] = mod + "." + n
	}
}

// nodeImport reads `import { a as b } from "m"`, `import * as m from "m"` and
// `import m from "m"`.
func (s *scanner) nodeImport() {
	from := s.i + 1
	for s.i++; s.tok().kind == name && s.tok().text != "from" || s.is("{") || s.is("}") || s.is("*") || s.is(",") || s.tok().kind == newline; s.i++ {
	}
	if s.tok().kind == str { // import "./m.mjs"
		s.include(s.tok().text)
		return
	}
	if s.tok().text != "from" || s.peek(1).kind != str {
		s.i = from
		return
	}
	mod := strings.TrimPrefix(s.peek(1).text, "node:")
	s.include(mod)
	for i := from; i < s.i; i++ {
		switch t := s.at(i); {
		case t.text == "{":
			s.imported(i, s.i, mod, "as")
			return
		case t.kind == name && t.text != "as":
			s.alias[t.text] = mod
		}
	}
}
