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

// Options are what an evaluation starts from and whom it asks.
type Options struct {
	Dir     string   // working directory, absolute
	Environ []string // "NAME=value"
	FS      world.FS
	// Lang is the language of the text; the zero value means bash.
	Lang syntax.LangVariant
	// Program is told of every program that can start, in the order in which
	// they are found, and answers what it leads to.
	Program func(*action.Invocation) action.Outcome
	// Script may know what a file holds by where it stands; nil if nothing
	// does.
	Script func(fs world.FS, path string) (text string, ok bool)
	// Code is told of texts that go to an interpreter that is no shell, and
	// answers what they do. It may be nil.
	Code func(Code) []action.Act
	// File is told of the files that the shell itself, and the common tools
	// whose work is followed, read and write: redirections, `source`, tee, cp.
	// The invocation is that of the command which does it; most uses need not
	// know. It may be nil.
	File func(use FileUse, inv func() *action.Invocation)
	// Secret reports whether a variable of that name holds a credential. It
	// may be nil.
	Secret func(name string) bool
	// Revealed is told where the value of such a variable would get to.
	Revealed func(*action.Invocation, Revelation)
	// Reveals returns the variables whose values code prints, with
	// action.AllVariables for the whole environment. It may be nil.
	Reveals func(Code) []string
	// Watch reports whether a change of a file matters, by its absolute path,
	// and Change is told of those that do: with what the file holds after the
	// command, Kind Missing where it is gone. Both may be nil.
	Watch  func(file string) bool
	Change func(w world.Write, after world.FS, inv func() *action.Invocation)
	// Output is told of the files that redirections open to write, whatever
	// comes into them, by their absolute path; it may be holed. It may be nil.
	Output func(inv *action.Invocation, file string)
	// Connect is told of the hosts that code in another language talks to, by a
	// URL that may be holed. It may be nil.
	Connect func(inv *action.Invocation, url string)
	// Builtin is told of every command that the shell runs itself. It may be
	// nil.
	Builtin func(*action.Invocation)
	// PrintsInput reports whether code prints what it reads from standard
	// input. It may be nil.
	PrintsInput func(Code) bool
	// Typed says that the standard input of the whole text is a terminal into
	// which an agent types later, unseen.
	Typed bool
	// Task knows what runners (make, npm run, …) run by their files. It may
	// be nil.
	Task func(Task) []Recipes
}

// A FileUse is one reading or writing of a file.
type FileUse struct {
	Path  string // absolute; may be holed
	Write bool
	Stdin bool   // it is what the command reads as its standard input
	Code  bool   // it is code in another language that reads it, not a command's word
	Text  string // what the file holds after a Write; may be holed
}

// A Task is what a runner was told to run.
type Task struct {
	Runner string // the language of the Start: "make", "npm", …
	File   string // absolute; "" for the file the runner looks for itself
	Args   []string
	Dir    string
	FS     world.FS
	Env    action.Env
	Read   func(file string) (text string, ok bool)
}

// Recipes are the texts that a runner would run.
type Recipes struct {
	File  string
	Dir   string // the directory they run in
	Texts []Recipe
	Cut   bool // there may be more of them
}

// A Recipe is one text, with the line it stands in.
type Recipe struct {
	Text string
	Line int
	Lang string // "" for sh
}

// Code is a text in another language that the call would run: a code.exec
// action.
type Code struct {
	Lang   string
	Text   string // may be holed
	File   string // path it was read from, if any
	Caller *action.Invocation
	Args   []string // its arguments, without its name
	Loop   bool     // it is run for every line of its input
	// Read returns the text of a file, or of standard input for "-", and Made
	// that of one beside the code that the text itself wrote.
	Read, Made func(file string) (string, bool)
}

// A Problem is a reason why a text cannot be judged by what was found in it.
type Problem struct {
	ID   string // one word for the cause: "parse-error", "too-complex", …
	Text string // what is wrong and where
	Hint string // what to write instead
	Span action.Span
}

// Evaluate finds every program that text can start and tells Program of each.
// The result says what kept it from seeing more; it is empty when everything
// was seen.
func Evaluate(text string, opt Options) []Problem {
	e := &evaluator{opt: opt, whole: text}
	if e.opt.Lang == 0 {
		e.opt.Lang = syntax.LangBash
	}
	s := &state{e: e, dir: opt.Dir, fs: world.NewOverlay(opt.FS).Metered(e.spend), name0: "bash"}
	e.guard(func() {
		src := e.read(text, &source{lang: e.opt.Lang})
		for _, kv := range opt.Environ {
			if strings.HasPrefix(kv, funcPrefix) {
				name, text, _ := strings.Cut(kv, "=")
				e.importFunc(src, s, name, text)
			}
		}
		end := e.lines(src, []*state{s})
		e.finish(src, end)
	})
	e.done = true
	return e.problems
}

// An evaluator is one run of Evaluate.
type evaluator struct {
	opt      Options
	whole    string               // the text that is evaluated
	disk     []string             // what was read of files that were there before
	environ  map[string]*variable // of Options.Environ, filled when first needed
	problems []Problem

	steps     int
	fileSteps int  // left for the script file being read; 0 outside of files
	work      int  // see spend
	fileWork  int  // left for the script file being read
	done      bool // nothing is counted any more
	depth     int
	nproc     int
	blind     int                  // programs and scripts started whose name is not known
	assigned  map[string]bool      // names that the text gives a value anywhere
	calls     map[*syntax.Stmt]int // function bodies being evaluated
	runs      map[run]int          // of files being evaluated
	origins   []origin             // of traced holes, in the order of their runes
	current   *command             // the simple command that was run last
}

// A source is a text being evaluated. Nested texts (bash -c, eval, scripts)
// point back to where they stand in the call.
type source struct {
	*script
	lang  syntax.LangVariant
	outer *action.Span // of the call's own text; nil for the text itself
	file  string       // path of the script file; "" for texts
	line  int          // lines of the file before the text
	via   []string
	// guess says that the text only may be shell: a string that was found in
	// code. What cannot be parsed then is no problem of the call.
	guess bool
	at    action.Pos // in code of another language, the call that starts it
	// own says that the call itself wrote the file.
	own bool
}

// errBudget ends an evaluation from any depth.
type errBudget struct{ Problem }

// errFile ends the evaluation of one script file.
type errFile struct{}

// guard runs f until it is done or a budget is spent.
func (e *evaluator) guard(f func()) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case errBudget:
			e.problem(r.Problem)
		default:
			panic(r)
		}
	}()
	f()
}

func (e *evaluator) problem(p Problem) {
	if !slices.Contains(e.problems, p) {
		e.problems = append(e.problems, p)
	}
}

// read parses a text; what stops the parser is a problem of the call unless it
// stands in a file that was there before, where bash may be content with what we
// are not.
func (e *evaluator) read(text string, src *source) *source {
	lang := src.lang
	if lang == syntax.LangPOSIX { // see readings
		lang = syntax.LangBash
	}
	if clipped(text) && (src.file == "" || src.own) && !src.guess {
		e.tooLong(src)
	}
	src.script = readScript(text, lang)
	if p := src.problem; p != nil && (src.file == "" || src.own) && !src.guess {
		prob := Problem{ID: p.id, Text: p.text, Hint: p.hint, Span: action.Span{Start: p.start, End: p.end}}
		if src.outer != nil {
			prob.Span = *src.outer
		}
		switch {
		case src.file != "" && src.line > 0:
			prob.Text = fmt.Sprintf("in %s, line %d: %s", path.Base(src.file), src.line+1, p.text)
		case src.file != "":
			prob.Text = "in " + path.Base(src.file) + ": " + p.text
		}
		e.problem(prob)
	}
	return src
}

// clipped reports whether a text was too long to be kept as a whole.
func clipped(text string) bool { return strings.ContainsRune(text, action.Clipped) }

// tooLong notes that a text of the call is run that was not seen as a whole.
func (e *evaluator) tooLong(src *source) {
	p := Problem{
		ID:   "too-complex",
		Text: fmt.Sprintf("a text that is made and run in this command is longer than can be followed (%d KiB)", maxValue>>10),
		Hint: "write it into a file of the project in one call and run it in another",
	}
	if src.outer != nil {
		p.Span = *src.outer
	}
	e.problem(p)
}

// step counts a command; the budget is spent by panicking to guard.
func (e *evaluator) step(span action.Span) {
	e.steps++
	if e.fileSteps > 0 {
		if e.fileSteps--; e.fileSteps == 0 {
			panic(errFile{})
		}
	}
	if e.steps > maxSteps {
		panic(errBudget{Problem{
			ID:   "too-complex",
			Text: fmt.Sprintf("the command does more than can be followed (%d commands, each counted as often as it may run)", maxSteps),
			Hint: "run it in smaller pieces, or as a script file of the project",
			Span: span,
		}})
	}
}

// enter counts a level of nesting; the caller must call what it returns.
func (e *evaluator) enter() func() {
	e.depth++
	if e.depth > maxDepth {
		if e.fileSteps > 0 {
			panic(errFile{})
		}
		panic(errBudget{Problem{
			ID:   "too-deep",
			Text: fmt.Sprintf("texts, scripts or functions are nested too deeply to be followed (%d levels)", maxDepth),
			Hint: "write the commands one after another",
		}})
	}
	return func() { e.depth-- }
}

// lookup returns a variable: what the text set, or else the environment's.
func (e *evaluator) lookup(s *state, name string) *variable {
	if v, ok := s.vars.Lookup(name); ok {
		if v.isSet() {
			return v
		}
		return nil
	}
	if e.environ == nil {
		e.environ = make(map[string]*variable, len(e.opt.Environ))
		for _, kv := range e.opt.Environ {
			if name, val, ok := strings.Cut(kv, "="); ok {
				if val != "" && e.opt.Secret != nil && e.opt.Secret(name) {
					val = e.mint(origin{secret: name})
				}
				e.environ[name] = &variable{alts: []string{val}, exported: true}
			}
		}
	}
	if v := e.environ[name]; v == nil || s.host == "" || e.origin(v.alts[0]).secret == "" {
		return v
	}
	return nil // another host's variable of that name is not this secret
}

// stmts evaluates a list of statements in every state.
func (e *evaluator) stmts(src *source, states []*state, list []*syntax.Stmt) []*state {
	for _, st := range list {
		states = e.each(states, func(s *state) []*state { return e.stmt(src, s, st) })
		if len(states) == 0 {
			return states
		}
	}
	return states
}

// lines evaluates a whole text, which the shell reads line by line: an error in
// an expansion gives up the rest of its line only.
func (e *evaluator) lines(src *source, states []*state) []*state {
	for i, st := range src.stmts {
		states = e.each(states, func(s *state) []*state { return e.stmt(src, s, st) })
		if len(states) == 0 {
			return states
		}
		if i+1 < len(src.stmts) && src.stmts[i+1].Pos().Line() == st.End().Line() {
			continue
		}
		endLine(states)
	}
	return states
}

// endLine ends what lasts to the end of a line.
func endLine(states []*state) {
	for k, s := range states {
		if s.flow == flowLine {
			c := s.clone()
			c.flow = flowNone
			if s.forked {
				c.flow = flowExit
			}
			states[k] = c
		}
	}
}

// each evaluates f in every state that goes on, and keeps the others.
func (e *evaluator) each(states []*state, f func(*state) []*state) []*state {
	if len(states) == 1 && states[0].flow == flowNone {
		states[0].failed = nil
		return f(states[0])
	}
	var out []*state
	for _, s := range states {
		if s.flow != flowNone {
			out = append(out, s)
			continue
		}
		s.failed = nil
		out = append(out, f(s)...)
	}
	return likely(e.join(out))
}

// finish runs what waits for the end of a shell: its EXIT trap.
func (e *evaluator) finish(src *source, states []*state) []*state {
	var out []*state
	for _, s := range states {
		for sig, text := range s.traps.All() {
			if sig != "EXIT" { // ERR, DEBUG and signals, which may come any time
				child := s.subshell()
				child.mute()
				e.nested(src, child, text, "trap", action.Span{})
			}
		}
		text, ok := s.traps.Lookup("EXIT")
		if !ok {
			out = append(out, e.endSinks(s))
			continue
		}
		c := s.clone()
		c.traps, c.flow = s.traps.Without("EXIT"), flowNone
		for _, end := range e.nested(src, c, text, "trap", action.Span{}) {
			out = append(out, e.endSinks(end))
		}
	}
	return out
}

// nested evaluates a text as shell in the given state.
func (e *evaluator) nested(src *source, s *state, text, label string, span action.Span) []*state {
	leave := e.enter()
	defer leave()
	e.spend(weighParse * len(text))
	inner := &source{lang: src.lang, guess: src.guess, own: src.own, file: src.file, line: src.line, via: src.via, outer: src.outer, at: src.at}
	if label != "" {
		inner.via = append(slices.Clip(src.via), label)
	}
	if inner.outer == nil {
		inner.outer = &span
	}
	e.read(text, inner)
	return e.lines(inner, []*state{s})
}

// assigns reports whether a text gives a variable a value anywhere, be it in
// code that is never reached.
func (src *source) assigns(name string) bool {
	if src.assigned == nil {
		src.assigned = map[string]bool{}
		for _, st := range src.stmts {
			syntax.Walk(st, func(n syntax.Node) bool {
				if a, ok := n.(*syntax.Assign); ok && a.Name != nil {
					src.assigned[a.Name.Value] = true
				}
				return true
			})
		}
	}
	return src.assigned[name]
}

// span returns where a node stands in the call's text.
func (src *source) span(n syntax.Node) action.Span {
	if src.outer != nil {
		return *src.outer
	}
	return action.Span{Start: src.offset(int(n.Pos().Offset())), End: src.offset(int(n.End().Offset()))}
}

// split divides states by the success of the last command. A command whose end
// is expected still has the state in which it ended the other way.
func split(states []*state) (ok, fail []*state) {
	for _, s := range states {
		if s.flow != flowNone {
			ok = append(ok, s)
			continue
		}
		as := func(s *state, st status) *state {
			c := s.clone()
			c.status = st
			return c
		}
		other := s.failed
		if other != nil {
			other = other.clone()
			other.unlikely = true
			other.fds, other.streams, other.sinks = s.fds, s.streams, s.sinks
		}
		switch {
		case other != nil && s.status.failed():
			ok, fail = append(ok, as(other, success)), append(fail, as(s, s.status))
		case other != nil:
			ok, fail = append(ok, as(s, success)), append(fail, as(other, failure))
		case s.status == success:
			ok = append(ok, as(s, success))
		case s.status.failed():
			fail = append(fail, as(s, s.status))
		default:
			ok, fail = append(ok, as(s, success)), append(fail, as(s, failure))
		}
	}
	return ok, fail
}

// stmt evaluates one statement: its redirections, then its command.
func (e *evaluator) stmt(src *source, s *state, st *syntax.Stmt) []*state {
	if s.opts.noexec {
		return []*state{s}
	}
	e.step(src.span(st))
	if decl, ok := st.Cmd.(*syntax.FuncDecl); ok {
		if list, ok := decl.Body.Cmd.(*syntax.BinaryCmd); ok {
			st = unfold(st, decl, decl.Body, list)
		}
	}
	if st.Background || st.Coprocess || st.Disown {
		return e.background(src, s, st)
	}
	if st.Negated && !s.quiet {
		s = s.clone()
		s.quiet = true
		return loud(e.negate(st, e.plainStmt(src, s, st)))
	}
	return e.negate(st, e.plainStmt(src, s, st))
}

func (e *evaluator) plainStmt(src *source, s *state, st *syntax.Stmt) []*state {
	if src.lang == syntax.LangPOSIX {
		for _, st := range dashSplit(st) {
			e.stmt(src, s.clone(), st)
		}
	}
	if _, ok := st.Cmd.(*syntax.CallExpr); ok || len(st.Redirs) == 0 {
		return e.errexit(st, e.command(src, s, st))
	}
	out := e.redirected(src, s, st.Redirs, func(s *state) []*state {
		if st.Cmd == nil {
			s.status = success
			if in := s.stdin(); in != nil && src.lang == syntax.LangZsh {
				s.write(*in) // NULLCMD is cat
			}
			return []*state{s}
		}
		return e.command(src, s, st)
	})
	return e.errexit(st, out)
}

func (e *evaluator) negate(st *syntax.Stmt, states []*state) []*state {
	if !st.Negated {
		return states
	}
	for i, s := range states {
		c := s.clone()
		c.status, c.failed = not(s.status), s.failed
		states[i] = c
	}
	return states
}

// errexit ends the states that `set -e` ends.
func (e *evaluator) errexit(st *syntax.Stmt, states []*state) []*state {
	if st.Negated {
		return states
	}
	for i, s := range states {
		if s.opts.errexit && !s.quiet && s.status.failed() && s.flow == flowNone {
			// Compound commands only pass on a status that was looked at
			// inside, and lists the one that ended them.
			switch cmd := st.Cmd.(type) {
			case *syntax.BinaryCmd:
				if cmd.Op == syntax.AndStmt || cmd.Op == syntax.OrStmt {
					continue
				}
			case *syntax.Block, *syntax.IfClause, *syntax.WhileClause, *syntax.ForClause, *syntax.CaseClause:
				continue
			}
			c := s.clone()
			c.flow = flowExit
			states[i] = c
		}
	}
	return states
}

// background evaluates a statement in a child whose variables are lost: at once,
// and again at the end if there are other files by then.
func (e *evaluator) background(src *source, s *state, st *syntax.Stmt) []*state {
	child := s.subshell()
	fg := *st
	fg.Background, fg.Coprocess, fg.Disown = false, false, false
	var out []*state
	for _, end := range e.finish(src, e.stmt(src, child, &fg)) {
		c := s.clone()
		c.adopt(end)
		c.status = success
		c.sinks = append(slices.Clip(c.sinks), sink{in: closed, out: closed, src: src, stmts: []*syntax.Stmt{&fg}, child: child, fs: c.fs})
		out = append(out, c)
	}
	return e.orSelf(s, out)
}

// orSelf joins states; a child that left none leaves its parent.
func (e *evaluator) orSelf(s *state, out []*state) []*state {
	if len(out) == 0 {
		return []*state{s}
	}
	return e.join(out)
}
