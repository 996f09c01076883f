package shell

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// script evaluates a script file in a child.
func (e *evaluator) script(c *command, s *state, abs, name, lang string, via []string) []*state {
	text, ok := e.readText(s, name)
	if !ok {
		return nil
	}
	s.name0 = name
	if fd, ok := s.fdOf(s.abs(name)); ok {
		s.exhaust(fd)
	}
	var out []*state
	for _, lang := range readings(lang, text) {
		out = append(out, e.finish(c.src, e.file(c, s.clone(), abs, text, lang, via))...)
	}
	return e.join(out)
}

// unknownScript evaluates the files that the text itself wrote and that a
// script of unknown name could be.
func (e *evaluator) unknownScript(c *command, inv *action.Invocation, s, child *state, st action.Start) []*state {
	e.blind++
	if st.Host != "" {
		return nil
	}
	abs := s.abs(st.Script)
	var out []*state
	for _, file := range s.fs.Written() {
		if !couldBe(file, abs) {
			continue
		}
		known := st
		known.Script, known.Dir = file, ""
		for _, end := range e.follow(c, inv, child, known) {
			r := child.clone()
			r.adopt(end)
			out = append(out, r)
		}
	}
	return out
}

// couldBe reports whether a path, in which holes stand for any text, could be
// that of a file.
func couldBe(file, holed string) bool {
	parts := action.SplitHoles(holed)
	rest, ok := strings.CutPrefix(file, parts[0])
	if !ok {
		return false
	}
	for _, p := range parts[1:] {
		i := strings.Index(rest, p)
		if i < 0 {
			return false
		}
		rest = rest[i+len(p):]
	}
	return strings.HasSuffix(file, parts[len(parts)-1])
}

// mainFile returns the file that an interpreter runs when it is given a
// directory, or a name without its extension (Python's __main__.py; Node 20,
// doc/api/modules.md).
func mainFile(s *state, lang, name string) string {
	try := func(names ...string) string {
		for _, n := range names {
			if world.IsFile(s.fs, s.abs(n)) {
				return n
			}
		}
		return name
	}
	switch abs := s.abs(name); {
	case action.Holed(abs) || world.IsFile(s.fs, abs):
	case lang == "python":
		return try(path.Join(name, "__main__.py"))
	case lang == "node" || lang == "bun":
		return try(name+".js", name+".json", path.Join(name, "index.js"), name+".ts")
	}
	return name
}

// variant is the parser's word for a shell's language.
func variant(lang string) syntax.LangVariant {
	if lang == "zsh" {
		return syntax.LangZsh
	}
	return syntax.LangBash
}

// file evaluates the text of a file in the given state. A file that is too
// long or nested in itself is read no further.
func (e *evaluator) file(c *command, s *state, abs, text string, lang syntax.LangVariant, via []string) (out []*state) {
	this := run{file: abs, text: text, args: strings.Join(s.params, "\x00")}
	how, done := e.again(this, ofCall(abs) || s.fs.ByHand(abs))
	if how == notAgain {
		return []*state{s}
	}
	defer done()

	outer := c.src.outer
	if outer == nil {
		outer = &c.span
	}
	steps, depth := e.fileSteps, e.depth
	if steps == 0 {
		e.fileSteps, e.fileWork = maxFileSteps, maxFileWork
	}
	defer func() {
		if steps == 0 {
			e.fileSteps = 0
		}
		r := recover()
		if _, ok := r.(errFile); ok && steps == 0 {
			e.depth = depth
			out = []*state{e.unread(c, s, abs)}
		} else if r != nil {
			panic(r)
		}
	}()
	leave := e.enter()
	defer leave()
	e.spend(weighParse * len(text))
	src := &source{lang: lang, outer: outer, file: abs, own: s.fs.ByHand(abs), at: c.src.at, via: append(slices.Clip(via), path.Base(abs))}
	if strings.HasPrefix(abs, "/dev/fd/") || strings.HasPrefix(abs, "/proc/") {
		src.file, src.via = c.src.file, append(slices.Clip(via), Substituted)
	}
	e.read(text, src)
	if how == againBlind {
		s = e.forget([]*state{s}, src.stmts)[0]
		s.params = []string{action.HoleText}
	}
	return e.lines(src, []*state{s})
}

// cut says that not all of a file was followed. What was there before is judged
// by what was read of it, but a text that the call itself made must be followed
// as a whole.
func (e *evaluator) cut(c *command, s *state, abs string) {
	if ofCall(abs) || s.fs.ByHand(abs) {
		e.problem(Problem{
			ID: "too-complex",
			Text: fmt.Sprintf("%s does more than can be followed (%d commands, %d million bytes handled, %d levels of nesting, or started inside itself more than %d times)",
				path.Base(abs), maxFileSteps, maxFileWork>>20, maxDepth, maxRecursion),
			Hint: "write it in smaller pieces, or in one call and run it in another",
			Span: c.span,
		})
	}
}

// unread is the state after a file that was read no further.
func (e *evaluator) unread(c *command, s *state, abs string) *state {
	e.cut(c, s, abs)
	r := s.clone()
	r.status, r.coded = unknown, true
	r.write(action.HoleText)
	return r
}

// ofCall reports whether a path names a text of the call: the words of a <(…)
// or a here-document.
func ofCall(abs string) bool {
	return strings.HasPrefix(abs, "/dev/fd/") || strings.HasPrefix(abs, "/proc/") || abs == "/dev/stdin"
}

// A reading says how a file that is started inside itself is read once more.
type reading uint8

const (
	notAgain   reading = iota
	againExact         // with what is known
	againBlind         // with everything that it assigns unknown, for all times after this
)

// A run is one way in which a file is started: with some text and arguments; with
// any arguments; blind.
type run struct {
	file, text, args string
	any, blind       bool
}

// again notes that a file is read inside itself: twice with the same arguments
// and maxRecursion times in all. A file of the call itself is then read once
// more for all the times that may come. The caller must call done unless the
// file is not to be read.
func (e *evaluator) again(same run, own bool) (how reading, done func()) {
	all, blind := run{file: same.file, text: same.text, any: true}, run{file: same.file, text: same.text, blind: true}
	if e.runs == nil {
		e.runs = map[run]int{}
	}
	switch {
	case e.runs[blind] > 0:
		return notAgain, nil
	case e.runs[same] < 2 && e.runs[all] < maxRecursion:
		e.runs[same]++
		e.runs[all]++
		return againExact, func() { e.runs[same]--; e.runs[all]-- }
	case own:
		e.runs[blind]++
		return againBlind, func() { e.runs[blind]-- }
	}
	return notAgain, nil
}

// written evaluates a program that the text itself put where it is found,
// whatever its name: a script, or a link to another program.
func (e *evaluator) written(c *command, s *state) ([]*state, bool) {
	file := c.argv[0]
	if !strings.Contains(file, "/") {
		if file = e.which(s, file); file == "" {
			return nil, false
		}
	}
	abs := s.abs(file)
	if action.Holed(abs) {
		abs = s.somewhere(abs)
	}
	if !s.fs.ByHand(abs) {
		return nil, false
	}
	real, err := world.Resolve(s.fs, abs, true)
	if err == nil && path.Base(real) != path.Base(abs) {
		h := *c
		h.argv = append([]string{real}, c.argv[1:]...)
		h.noFuncs, h.external = true, true
		leave := e.enter()
		defer leave()
		return e.run(&h, s), true
	}
	return e.scriptByPath(c, s)
}

// scriptByPath evaluates a program that turns out to be a shell script.
func (e *evaluator) scriptByPath(c *command, s *state) ([]*state, bool) {
	name := c.argv[0]
	if !strings.Contains(name, "/") {
		if s.vars.Get("PATH") == nil && !s.fs.Touches(name) {
			return nil, false // a program of the system
		}
		if name = e.which(s, name); name == "" {
			return nil, false
		}
	}
	abs := s.abs(name)
	if action.Holed(abs) {
		if abs = s.somewhere(abs); !s.fs.ByHand(abs) {
			return nil, false
		}
		name = abs
	}
	if ofSystem(abs) && !s.remade(abs) {
		return nil, false
	}
	info, err := world.Stat(s.fs, abs)
	if err != nil || info.Kind != world.File || info.Size > maxFileSize {
		return nil, false
	}
	if text, ok := s.fs.UnknownContent(abs); ok && e.origin(text).kind != untraced {
		e.runUnseen(c, s, e.origin(text), "")
		return nil, false
	}
	b, err := s.fs.ReadFile(abs, maxFileSize)
	e.noteRead(s, abs, string(b))
	if err != nil || len(b) == 0 {
		return nil, false
	}
	line, _, _ := strings.Cut(string(b[:min(len(b), 256)]), "\n")
	if bang, ok := strings.CutPrefix(line, "#!"); ok {
		// The kernel starts the interpreter with the script as argument.
		words := strings.Fields(bang)
		if len(words) == 0 {
			return nil, false
		}
		if len(words) > 2 {
			words = []string{words[0], strings.Join(words[1:], " ")}
			if path.Base(words[0]) == "env" {
				words = append([]string{words[0]}, strings.Fields(words[1])...)
			}
		}
		inner := &command{src: c.src, node: c.node, span: c.span, via: c.via, noFuncs: true, external: true}
		inner.argv = append(append(words, abs), c.argv[1:]...)
		leave := e.enter()
		defer leave()
		return e.run(inner, s), true
	}
	if strings.ContainsRune(line, 0) || !printable(line) {
		return nil, false // a binary
	}
	child := s.subshell()
	child.params = c.argv[1:]
	child.forked = false
	child.dropUnexported()
	var out []*state
	for _, end := range e.script(c, child, abs, name, "sh", c.via) {
		r := s.clone()
		r.adopt(end)
		out = append(out, r)
	}
	return e.orSelf(s, out), true
}

// remade reports whether a file of the system may be another one by now.
func (s *state) remade(abs string) bool {
	if !s.fs.Touches(path.Base(abs)) {
		return false
	}
	real, err := world.Resolve(s.fs, abs, true)
	return err != nil || !ofSystem(real) || s.fs.Decides(abs) || s.fs.Decides(real)
}

// ofSystem reports whether a file belongs to the machine's installation, whose
// scripts are programs like any other.
func ofSystem(file string) bool {
	for _, d := range [...]string{"/usr/", "/bin/", "/sbin/", "/opt/"} {
		if strings.HasPrefix(file, d) {
			return true
		}
	}
	return false
}

func printable(s string) bool {
	for _, r := range s {
		if r < ' ' && r != '\t' || r == '\uFFFD' {
			return false
		}
	}
	return true
}

// which returns the file that a bare program name means in a state, or "".
func (e *evaluator) which(s *state, name string) string {
	if file, ok := s.hashed.Lookup(name); ok {
		return file
	}
	p, _ := env{e, s}.Get("PATH")
	return world.LookPath(s.fs, s.dir, p, name)
}
