package code

import "strings"

type scanner struct {
	Program
	depth       int
	lib         Library
	set         []string // variables that the code has set
	work, level int      // expressions read, and being read
	toks        []token
	i           int
	vars        map[string]value    // by name
	alias       map[string]string   // local name → what it was imported as
	defs        map[string]function // functions that the code defines
	calls       int                 // bodies read once more
	told        map[int]bool        // calls in expressions that were told of, by position
	muted       int                 // what is read is only for its value
	ret         value               // of the function whose body is read
	out         []Start
}

func (s *scanner) tok() token { return s.peek(0) }

func (s *scanner) peek(n int) token {
	if s.i+n < len(s.toks) {
		return s.toks[s.i+n]
	}
	return s.toks[len(s.toks)-1]
}

func (s *scanner) is(text string) bool { return s.tok().kind == punct && s.tok().text == text }

func (s *scanner) line(pos int) int { return 1 + strings.Count(s.Text[:min(pos, len(s.Text))], "\n") }

// run reads the tokens up to one of them.
func (s *scanner) run(to int) {
	for s.i < to && s.tok().kind != end {
		t := s.tok()
		switch {
		case t.kind == quoted:
			s.backquoted(t)
			s.i++
		case s.Lang == "awk" && s.awkStatement(t):
		case t.kind == punct && (t.text == "!" || t.text == "%") && s.Lang == "python":
			if !s.magic(t) {
				s.i++
			}
		case t.kind == name:
			s.name(t)
		case t.kind == punct && t.text == "." && s.peek(1).kind == name && s.Lang == "r":
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
	switch s.Lang {
	case "ruby", "perl", "php", "julia":
		s.shell(t.text, t)
	case "node", "javascript", "typescript", "bun", "deno":
		// $`…` of zx and Bun.
		if s.i > 0 && s.toks[s.i-1].text == "$" || s.i > 0 && strings.HasSuffix(s.toks[s.i-1].text, ".$") {
			s.shell(t.text, t)
		}
	}
}

func (s *scanner) shell(text string, t token) {
	if text = strings.TrimSpace(text); text != "" {
		s.emit(Start{Text: text, Set: s.set}, t)
	}
}

// name handles a statement or expression that begins with a name.
func (s *scanner) name(t token) {
	switch {
	case s.statement(t):
		return
	case s.Lang == "applescript" && t.text == "do" && s.peek(1).text == "shell" && s.peek(2).text == "script":
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
		if s.lambda(t.text) {
			return
		}
		v := s.expr()
		if v.fn != "" && v.fn != t.text {
			s.alias[t.text] = v.fn
		}
		s.vars[variable(t.text)] = v
		if s.work < maxWork { // what is assigned may be what a call returns
			s.i = at
		}
		return
	case s.Lang == "julia" && s.peek(1).kind == str && s.peek(1).pos == t.pos+len(t.text):
		// A macro: pkg"add Example".
		if f := s.library(t.text + `""`); f != nil {
			s.i++
			f(s, []argument{{value: value{kind: stringValue, str: s.tok().text}}}, t)
			return
		}
	}
	if s.tracked(t.text) {
		at := s.i
		s.expr()
		s.i = at
	}
	s.call(t.text, t)
}

// variable is the name of a variable without its sigil.
func variable(n string) string { return strings.TrimLeft(n, "$@") }

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
			s.include(strings.ReplaceAll(from+t.text, ".", "/")+".py", strings.ReplaceAll(strings.TrimSuffix(from, "."), ".", "/")+".py")
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
	f := s.starter(s.full(n))
	if f == nil {
		return
	}
	parens := s.is("(")
	if !parens && !commandCalls(s.Lang) {
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
