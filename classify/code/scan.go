package code

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

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
	out         []action.Act
	unread      bool // some of what runs was not read
}

func (s *scanner) tok() token { return s.peek(0) }

func (s *scanner) peek(n int) token { return s.at(s.i + n) }

// at returns the ith token; the end is beyond all.
func (s *scanner) at(i int) token {
	if i < 0 || i >= len(s.toks) {
		i = len(s.toks) - 1
	}
	return s.toks[i]
}

func (s *scanner) is(text string) bool { return s.tok().kind == punct && s.tok().text == text }

func (s *scanner) position(pos int) action.Pos {
	before := s.Text[:min(max(pos, 0), len(s.Text))]
	return action.Pos{Line: 1 + strings.Count(before, "\n"), Col: len(before) - strings.LastIndexByte(before, '\n')}
}

// start adds that something is started, in the environment as the code has
// changed it by then.
func (s *scanner) start(st action.Start, t token) {
	st.Env.Set = s.set
	s.emit(action.Act{Start: st}, t)
}

// run reads the tokens up to one of them.
func (s *scanner) run(to int) {
	for s.i < to && s.tok().kind != end && s.work <= maxWork {
		t := s.tok()
		switch {
		case t.kind == quoted:
			s.backquoted(t)
			s.i++
		case s.Lang == "awk" && s.awkStatement(t):
		case t.kind == punct && t.text == "[" && (s.Lang == "ruby" || syntaxFor(s.Lang).block) && !s.told[t.pos]:
			// A list whose elements are gone through.
			s.told[t.pos] = true
			if at := s.i; s.at(s.matching(at)).text == "." {
				s.expr()
				s.i = at
			}
			s.i++
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
		if s.i > 0 && s.at(s.i-1).text == "$" || s.i > 0 && strings.HasSuffix(s.at(s.i-1).text, ".$") {
			s.shell(t.text, t)
		}
	}
}

func (s *scanner) shell(text string, t token) {
	if text = strings.TrimSpace(text); text != "" {
		s.start(action.Start{Text: text}, t)
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
		s.object(variable(t.text))
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
	if s.changed(t) {
		return
	}
	if s.tracked(t.text) {
		at := s.i
		s.expr()
		s.i = at
	}
	s.call(t.text, t)
}

// object notes the values of a literal `{"k": v}` that is assigned to a name.
func (s *scanner) object(n string) {
	if !s.is("{") {
		return
	}
	at := s.i
	for last := s.matching(at) - 1; s.i < last; {
		key := s.peek(1)
		if key.kind != str && key.kind != name || s.peek(2).text != ":" {
			break
		}
		s.i += 3
		v := s.expr()
		s.vars[n+"["+key.text+"]"], s.vars[n+"."+key.text] = v, v
		if !s.is(",") {
			break
		}
	}
	s.i = at
}

// changed reads what adds to a variable: `c += x`, `c.append(x)`, `c.push(x)`,
// `d["k"] = x`, `a, b = x, y`. It reports whether the statement was that.
func (s *scanner) changed(t token) bool {
	at := s.i
	n := variable(t.text)
	switch {
	case s.peek(1).text == "+" && s.peek(2).text == "=" && s.peek(2).pos == s.peek(1).pos+1:
		s.i += 3
		s.vars[n] = concat(s.vars[n].orHole(), s.expr())
		s.i = at + 3
		return true
	case s.peek(1).text == "[" && s.peek(2).kind == str && s.peek(3).text == "]" && s.peek(4).text == "=" && s.peek(5).text != "=":
		key := n + "[" + s.peek(2).text + "]"
		s.i += 5
		s.vars[key] = s.expr()
		s.i = at + 5
		return true
	}
	i := strings.LastIndexByte(n, '.')
	if i < 0 || s.peek(1).text != "(" {
		return false
	}
	v, m := s.vars[n[:i]], n[i+1:]
	if v.kind != listValue || m != "append" && m != "push" && m != "extend" {
		return false
	}
	s.i += 2
	for _, a := range s.args(true) {
		if a.kind != listValue {
			a.value = value{kind: listValue, list: []string{a.text()}}
		}
		v = concat(v, a.value)
	}
	s.vars[n[:i]] = v
	s.i = at + 1
	return true
}

// variable is the name of a variable without its sigil.
func variable(n string) string { return strings.TrimLeft(n, "$@") }

// required recognises require("child_process") and import of a module, after
// which a name stands for the module.
func (s *scanner) required() (string, bool) {
	if t := s.tok(); t.kind == name && t.text == "require" &&
		s.peek(1).text == "(" && s.peek(2).kind == str && s.peek(3).text == ")" && s.peek(4).text != "." {
		mod := strings.TrimPrefix(s.peek(2).text, "node:")
		s.i += 4
		return mod, true
	}
	return "", false
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
