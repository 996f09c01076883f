package code

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// A Start is a program or shell text that code would start.
type Start struct {
	Argv []string // program and arguments, if it starts one directly
	Text string   // shell text otherwise
	Line int      // where the call stands, from 1
	Set  []string // NAME=value that the code has set for it by then
}

// A Library knows the functions that do what programs do: rules.Packs.
type Library interface {
	// Function returns what a function, named with dots, is called as; nil
	// if it is not known.
	Function(lang, name string) *action.Function
	// Mentions reports whether text has the name of one in it.
	Mentions(lang, text string) bool
}

// Scan returns the programs that a text in a language would start. self is the
// interpreter that runs the text, which code may name (sys.executable). lib may
// be nil.
func Scan(lang, text, self string, lib Library) []Start {
	return scan(lang, text, self, lib, 0)
}

// maxNesting bounds code inside strings inside code.
const maxNesting = 4

func scan(lang, text, self string, lib Library, depth int) []Start {
	if lang == "sed" {
		return sedCommands(text)
	}
	if f := commandLanguage(lang); f != nil {
		return byLines(text, f)
	}
	if depth > maxNesting || !worthIt(text) && (lib == nil || !lib.Mentions(lang, text)) {
		return nil
	}
	s := &scanner{lang: lang, self: self, lib: lib, text: text, depth: depth, toks: lex(lang, text), vars: map[string]value{}, alias: map[string]string{}}
	s.run()
	return s.out
}

// worthIt is a quick look for anything that could start a program.
func worthIt(text string) bool {
	for _, w := range [...]string{"system", "exec", "spawn", "popen", "Popen", "`", "subprocess", "shell", "%x", "qx", "pip", "getoutput", "run", "eval", "Command", "|", "$", "capture", "!"} {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// A value is what an expression is known to be: a string, a list of strings,
// or unknown.
type value struct {
	str  string
	list []string
	kind valueKind
}

type valueKind uint8

const (
	unknownValue valueKind = iota
	stringValue
	listValue
)

func (v value) text() string {
	switch v.kind {
	case stringValue:
		return v.str
	case listValue:
		return strings.Join(v.list, " ")
	}
	return action.HoleText
}

type scanner struct {
	lang, self, text string
	depth            int
	lib              Library
	set              []string // variables that the code has set
	work, level      int      // expressions read, and being read
	toks             []token
	i                int
	vars             map[string]value  // by name
	alias            map[string]string // local name → what it was imported as
	out              []Start
}

func (s *scanner) tok() token { return s.peek(0) }

func (s *scanner) peek(n int) token {
	if s.i+n < len(s.toks) {
		return s.toks[s.i+n]
	}
	return s.toks[len(s.toks)-1]
}

func (s *scanner) is(text string) bool { return s.tok().kind == punct && s.tok().text == text }

func (s *scanner) line(pos int) int { return 1 + strings.Count(s.text[:min(pos, len(s.text))], "\n") }

func (s *scanner) run() {
	for s.tok().kind != end {
		t := s.tok()
		switch {
		case t.kind == quoted:
			s.backquoted(t)
			s.i++
		case t.kind == str && s.lang == "awk":
			s.awkPipe(t)
		case t.kind == punct && t.text == "!" && s.lang == "ipython":
			s.i++
		case t.kind == name:
			s.name(t)
		case t.kind == punct && t.text == "." && s.peek(1).kind == name && s.lang == "r":
			s.i++
			s.call("."+s.tok().text, s.tok())
		case t.kind == punct && t.text == "." && s.peek(1).kind == name:
			// A method of an expression: __import__("os").system(…).
			s.i++
			s.call("?."+s.tok().text, s.tok())
		default:
			s.i++
		}
	}
}

// backquoted handles text between backquotes and its kin.
func (s *scanner) backquoted(t token) {
	switch s.lang {
	case "ruby", "perl", "php", "julia":
		s.shell(t.text, t)
	case "node", "javascript", "typescript", "bun", "deno":
		// $`…` of zx and Bun.
		if s.i > 0 && s.toks[s.i-1].text == "$" || s.i > 0 && strings.HasSuffix(s.toks[s.i-1].text, ".$") {
			s.shell(t.text, t)
		}
	}
}

// awkPipe handles `"cmd" | getline` and `print | "cmd"`.
func (s *scanner) awkPipe(t token) {
	before := s.i > 0 && s.toks[s.i-1].text == "|"
	s.i++
	if before || s.is("|") && s.peek(1).text == "getline" {
		s.shell(t.text, t)
	}
}

func (s *scanner) shell(text string, t token) {
	if strings.TrimSpace(text) != "" {
		s.out = append(s.out, Start{Text: strings.TrimSpace(text), Line: s.line(t.pos), Set: s.set})
	}
}

// name handles a statement or expression that begins with a name.
func (s *scanner) name(t token) {
	switch {
	case s.lang == "python" && (t.text == "import" || t.text == "from"):
		s.pythonImport()
		return
	case s.lang == "applescript" && t.text == "do" && s.peek(1).text == "shell" && s.peek(2).text == "script":
		s.i += 3
		s.shell(s.expr().text(), t)
		return
	case s.peek(1).kind == punct && s.peek(1).text == "=" && s.peek(2).text != "=" && s.peek(2).text != "~" && s.peek(2).text != ">":
		s.i += 2
		if from, ok := s.required(); ok {
			s.alias[t.text] = from
			return
		}
		at := s.i
		s.vars[strings.TrimLeft(t.text, "$@")] = s.expr()
		if s.work < maxWork { // what is assigned may be what a call returns
			s.i = at
		}
		return
	case s.lang == "julia" && s.peek(1).kind == str && s.peek(1).pos == t.pos+len(t.text):
		// A macro: pkg"add Example".
		if f := s.library(t.text + `""`); f != nil {
			s.i++
			f(s, []argument{{value: value{kind: stringValue, str: s.tok().text}}}, t)
			return
		}
	}
	s.call(t.text, t)
}

// required recognises require("child_process") and import of a module, after
// which a name stands for the module.
func (s *scanner) required() (string, bool) {
	if t := s.tok(); t.kind == name && (t.text == "require" || t.text == "__import__" || t.text == "importlib.import_module") &&
		s.peek(1).text == "(" && s.peek(2).kind == str && s.peek(3).text == ")" && s.peek(4).text != "." {
		mod := strings.TrimPrefix(s.peek(2).text, "node:")
		s.i += 4
		return mod, true
	}
	return "", false
}

// pythonImport reads an import statement for the names it gives.
func (s *scanner) pythonImport() {
	from := ""
	if s.tok().text == "from" {
		s.i++
		from = s.tok().text + "."
		s.i++
	}
	s.i++ // import
	for s.tok().kind != end && s.tok().kind != newline && !s.is(";") {
		if t := s.tok(); t.kind == name {
			local := t.text
			if s.peek(1).text == "as" {
				local = s.peek(2).text
				s.i += 2
			}
			if local != from+t.text {
				s.alias[local] = from + t.text
			}
		}
		s.i++
	}
}

// full returns a dotted name with its first part as it was imported.
func (s *scanner) full(n string) string {
	n = strings.ReplaceAll(n, "->", ".")
	first, rest, dotted := strings.Cut(n, ".")
	if a, ok := s.alias[n]; ok {
		return a
	}
	if a, ok := s.alias[first]; ok && dotted {
		return a + "." + rest
	}
	return n
}

// call handles a name that may be a call that starts something. The current
// token is the name (or its last part).
func (s *scanner) call(n string, t token) {
	s.i++
	f := starter(s.lang, s.full(n))
	if f == nil {
		f = s.library(s.full(n))
	}
	if f == nil {
		return
	}
	parens := s.is("(")
	if !parens && !commandCalls(s.lang) {
		return
	}
	if parens {
		s.i++
	}
	at := s.i
	args := s.args(parens)
	f(s, args, t)
	// The arguments may hold calls of their own.
	if s.work < maxWork {
		s.i = at
	}
}

// commandCalls reports whether a language calls functions without parentheses.
func commandCalls(lang string) bool { return lang == "ruby" || lang == "perl" || lang == "php" }

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
		if s.is(",") || s.tok().kind == newline {
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
	maxDepth = 64
)

// expr reads an expression up to a comma or closing bracket.
func (s *scanner) expr() value {
	s.work++
	s.level++
	defer func() { s.level-- }()
	if s.work > maxWork || s.level > maxDepth {
		s.skip()
		return value{}
	}
	v := s.operand()
	for {
		t := s.tok()
		switch {
		case t.kind == str && s.lang == "python" && v.kind == stringValue: // adjacent literals
			v.str += t.text
			s.i++
		case t.kind == punct && t.text == syntaxFor(s.lang).concat || s.lang == "lua" && t.text == "." || t.kind == punct && t.text == "+":
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
			v = s.method(v)
		case s.ends(t):
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
		return s.lang == "ruby" || s.lang == "perl" || s.lang == "python"
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

// method applies the few methods of literals whose result is plain.
func (s *scanner) method(v value) value {
	s.i++ // .
	m := s.tok().text
	s.i++
	var args []argument
	if s.is("(") {
		s.i++
		args = s.args(true)
		s.i++ // )
	}
	switch {
	case m == "split" && v.kind == stringValue && (len(args) == 0 || args[0].str == " "):
		return value{kind: listValue, list: strings.Fields(v.str)}
	case m == "join" && s.lang == "python" && v.kind == stringValue && len(args) == 1 && args[0].kind == listValue:
		if len(args[0].list)*(len(v.str)+1) > maxValue {
			return value{}
		}
		return value{kind: stringValue, str: strings.Join(args[0].list, v.str)}
	case m == "join" && v.kind == listValue && len(args) == 1 && args[0].kind == stringValue:
		return value{kind: stringValue, str: strings.Join(v.list, args[0].str)}
	case m == "format" && v.kind == stringValue:
		return value{kind: stringValue, str: holeBraces(v.str)}
	case m == "strip" || m == "trim":
		return v
	}
	return value{}
}

// holeBraces makes holes of the fields of a format string.
func holeBraces(f string) string {
	var b strings.Builder
	for i := 0; i < len(f); i++ {
		if f[i] == '{' {
			b.WriteString(action.HoleText)
			i = skipInterpolation(f, i)
			continue
		}
		b.WriteByte(f[i])
	}
	return b.String()
}

// skip moves to the end of an expression that is not understood.
func (s *scanner) skip() {
	depth, from := 0, s.i
	defer func() { s.work += (s.i - from) / copied }()
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
		return value{kind: stringValue, str: t.text}
	case t.kind == punct && (t.text == "[" || t.text == "("):
		s.i++
		close := "]"
		if t.text == "(" {
			close = ")"
		}
		return s.elements(close)
	case t.kind == name:
		s.i++
		switch s.full(t.text) {
		case "sys.executable", "process.execPath", "process.argv0", "RbConfig.ruby", "Gem.ruby":
			return value{kind: stringValue, str: s.self}
		case "c", "list", "tuple", "Array.of":
			if s.is("(") {
				s.i++
				v := s.elements(")")
				if v.kind == stringValue {
					v = value{kind: listValue, list: []string{v.str}}
				}
				return v
			}
		}
		if s.is("(") { // some call's result
			s.i++
			s.args(true)
			if s.is(")") {
				s.i++
			}
			return value{kind: stringValue, str: action.HoleText}
		}
		if v, ok := s.vars[strings.TrimLeft(t.text, "$@")]; ok {
			return v
		}
		return value{kind: stringValue, str: action.HoleText}
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
		if s.is("*") || s.is(".") { // *args, ...args
			s.i++
			continue
		}
		before := s.i
		only = s.expr()
		n++
		if only.kind == listValue && s.lang != "python" {
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
