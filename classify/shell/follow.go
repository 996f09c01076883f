package shell

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify/filter"
	"github.com/venv-guard/venv-guard/internal/table"
)

// change applies a change of environment variables to a state.
func (e *evaluator) change(s *state, ch action.EnvChange) {
	if ch.Clear {
		for _, kv := range e.opt.Environ {
			if name, _, ok := strings.Cut(kv, "="); ok {
				s.set(name, &variable{})
			}
		}
		for name, v := range s.vars.All() {
			if v.exported {
				s.set(name, &variable{})
			}
		}
	}
	for _, name := range ch.Unset {
		s.set(name, &variable{})
	}
	if ch.PathReset || ch.Clear {
		s.set("PATH", &variable{alts: []string{systemPath}, exported: true})
	}
	for _, kv := range ch.Set {
		if name, val, ok := strings.Cut(kv, "="); ok {
			s.set(name, &variable{alts: []string{val}, exported: true})
		}
	}
	if len(ch.PathFirst) > 0 {
		old := ""
		if v := e.lookup(s, "PATH"); v.isSet() && len(v.alts) > 0 {
			old = v.alts[0]
			if len(v.alts) > 1 {
				old = action.HoleText
			}
		}
		s.set("PATH", &variable{alts: []string{strings.Join(append(slices.Clone(ch.PathFirst), old), ":")}, exported: true})
	}
}

// systemPath is a PATH with system directories only: sudo's secure_path on
// Debian, and what `command -p` searches.
const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// follow evaluates what a program starts in turn. It happens in a child: of
// what it does, only files are seen afterwards.
func (e *evaluator) follow(c *command, inv *action.Invocation, s *state, st action.Start) []*state {
	leave := e.enter()
	defer leave()
	child := s.subshell()
	child.funcs, child.aliases, child.hashed = exported(s.funcs), table.Table[string]{}, table.Table[string]{}
	child.dropUnexported()
	child.opts, child.quiet = options{}, false
	child.loops, child.returns, child.forked = 0, false, false
	e.change(child, st.Env)
	if st.Login {
		e.change(child, action.EnvChange{PathReset: true})
	}
	if st.Dir != "" {
		child.oldDir, child.dir = child.dir, child.abs(st.Dir)
	}
	if st.Host != "" {
		child.host = st.Host
	}
	via := c.via
	if st.Label != "" {
		via = append(slices.Clip(c.via), st.Label)
	}
	var ends []*state
	switch {
	case st.Task:
		ends = e.task(c, child, inv, st, via)
	case len(st.Argv) > 0:
		ends = e.followArgv(c, child, st, via)
	case st.Lang == "powershell-base64" && st.Text != "":
		ends = e.powershell(c, child, psDecode(st.Text), via)
	case st.Lang == "powershell" && st.Text != "":
		ends = e.powershell(c, child, st.Text, via)
	case st.Stdin:
		if e.opt.Typed && child.host == "" && s.streamAt(0) == outside {
			e.problem(Problem{
				ID:   "typed-later",
				Text: "`" + action.Show(path.Base(inv.Program())) + "` would run what is typed into it after this call, which the client does not show to the guard",
				Hint: "put what it is to run into the call, as bash -c '…' or in a file",
				Span: c.span,
			})
		}
		if st.Lang != "" && !isShell(st.Lang) {
			ends = e.code(c, child, st, "", inv, s.stdin(), via)
			break
		}
		if in := s.stdin(); in != nil {
			child.params = st.Args
			ends = e.started(c, child, inv, st, func(sh *state) []*state { return e.stdinText(c, sh, *in, st, via) })
		}
	case st.Script != "" && action.Holed(s.abs(st.Script)):
		ends = e.unknownScript(c, inv, s, child, st)
	case st.Script != "":
		if !isShell(st.Lang) {
			st.Script = mainFile(s, st.Lang, st.Script)
			text, ok := e.readText(s, st.Script)
			if !ok {
				text = action.HoleText
			}
			ends = e.code(c, child, st, s.abs(st.Script), inv, &text, append(via[:len(via):len(via)], path.Base(st.Script)))
			break
		}
		child.params = st.Args
		ends = e.started(c, child, inv, st, func(sh *state) []*state {
			return e.script(c, sh, s.abs(st.Script), st.Script, st.Lang, via)
		})
	default:
		if !isShell(st.Lang) {
			ends = e.code(c, child, st, "", inv, &st.Text, via)
			break
		}
		if len(st.Args) > 0 {
			child.name0, child.params = st.Args[0], st.Args[1:]
		}
		ends = e.started(c, child, inv, st, func(sh *state) []*state { return e.text(c, sh, st.Text, st, via) })
	}
	if len(ends) == 0 {
		r := s.clone()
		r.writeUnknown()
		r.status = unknown
		return []*state{r}
	}
	var out []*state
	for _, end := range ends {
		r := s.clone()
		r.adopt(end)
		r.status = unknown
		r.coded = end.coded || len(st.Argv) == 0 && !st.Task && !isShell(st.Lang)
		out = append(out, r)
	}
	return e.join(out)
}

// exported returns the functions that a child shell inherits.
func exported(m table.Table[*function]) table.Table[*function] {
	for name, f := range m.All() {
		if !f.exported {
			m = m.Without(name)
		}
	}
	return m
}

// dropUnexported removes shell variables that a child process does not get.
func (s *state) dropUnexported() {
	for name, v := range s.vars.All() {
		if !v.exported && v.isSet() {
			s.vars = s.vars.Without(name)
		}
	}
	s.frames = nil
}

func isShell(lang string) bool {
	switch lang {
	case "", "sh", "bash", "zsh", "dash", "ksh", "mksh", "ash", "fish":
		return true
	}
	return false
}

// code hands a text to whoever knows its language, and follows what that says
// it starts.
func (e *evaluator) code(c *command, s *state, st action.Start, file string, inv *action.Invocation, text *string, via []string) []*state {
	if e.opt.Code == nil {
		return nil
	}
	code := Code{Lang: st.Lang, Text: action.HoleText, File: file, Caller: inv, Args: st.Args}
	if text != nil {
		code.Text = *text
	}
	if st.Text != "" && len(st.Args) > 0 && st.Args[0] == "-c" {
		code.Args = st.Args[1:] // of python -c
	}
	code.Loop = code.isFilter()
	if st.Lang == "awk" {
		if sep, ok := awkSeparator(inv.Argv); ok {
			code.Args = append([]string{"FS=" + sep}, code.Args...)
		}
	}
	in := s.clone() // what code reads is there still for what it starts
	if st.Stdin {
		in.exhaust(0)
	}
	code.Read = func(file string) (string, bool) { return e.readText(in, file) }
	if s.fs.Len() > 0 {
		code.Made = func(name string) (string, bool) { return madeByText(in, path.Dir(file), name) }
	}
	if clipped(code.Text) {
		e.unreadCode(c, s, &code, "")
	}
	e.unseenCode(c, s, &code, via)
	states := []*state{s}
	for _, act := range e.acts(s, inv, &code) {
		if act.Kind == action.ActUnread {
			e.unreadCode(c, s, &code, act.Made)
			continue
		}
		if code.isFilter() && act.Kind == action.ActStart && action.OnlyHoles(strings.TrimSpace(act.Text)) {
			act.Text = e.made(s, path.Base(inv.Program()), inv.Argv[1:]) // awk '{ system($0) }'
		}
		src := *c.src
		src.guess, src.at = true, act.Pos
		inner := *c
		inner.src, inner.via = &src, via
		states = e.each(states, func(s *state) []*state { return e.act(&inner, inv, s, &act) })
	}
	printed := e.codeOutput(s, &code)
	for _, r := range states {
		r.write(printed)
		r.complain()
	}
	return states
}

// awkSeparator returns what awk -F gives.
func awkSeparator(argv []string) (string, bool) {
	for i, a := range argv {
		sep, ok := strings.CutPrefix(a, "-F")
		if ok && sep == "" && i+1 < len(argv) {
			sep = argv[i+1]
		}
		if ok {
			return sep, true
		}
	}
	return "", false
}

// madeByText returns the text of a file that the text itself wrote, in dir or in
// the working directory.
func madeByText(s *state, dir, name string) (string, bool) {
	if name == "" || action.Holed(name) {
		return "", false
	}
	for _, d := range [...]string{s.dir, dir} {
		abs := name
		if !path.IsAbs(name) {
			abs = path.Join(d, name)
		}
		if s.fs.ByHand(abs) {
			b, err := s.fs.ReadFile(abs, maxFileSize)
			return string(b), err == nil
		}
	}
	return "", false
}

// unreadCode notes that code takes too much work to be read to its end. Code of
// the call itself must be; of a project's file what was read counts.
func (e *evaluator) unreadCode(c *command, s *state, code *Code, hides string) {
	if hides != "" {
		e.problem(Problem{
			ID:   "hidden-code",
			Text: fmt.Sprintf("what the %s code in this command does cannot be seen: %s hides it", code.Lang, hides),
			Hint: "write it in UTF-8",
			Span: c.span,
		})
		return
	}
	if code.File != "" && !ofCall(code.File) && !s.fs.ByHand(code.File) {
		return
	}
	e.problem(Problem{
		ID:   "too-complex",
		Text: "the code in this command does more than can be followed",
		Hint: "write it in smaller pieces, or into a file of the project in one call and run it in another",
		Span: c.span,
	})
}

// acts returns what code does. What awk hands to the shell is worked out with
// its input where that can be done exactly.
func (e *evaluator) acts(s *state, inv *action.Invocation, code *Code) []action.Act {
	acts := e.opt.Code(*code)
	if len(acts) == 0 || code.Lang != "awk" {
		return acts
	}
	call := e.filterCall(s, "awk", inv.Argv[1:])
	texts, ok := filter.AwkCommands(&call)
	if !ok {
		return acts
	}
	acts = acts[:0]
	for _, t := range texts {
		acts = append(acts, action.Act{Start: action.Start{Text: t, Lang: "sh", Label: "awk"}})
	}
	return acts
}

// followArgv starts the program that a wrapper was given.
func (e *evaluator) followArgv(c *command, s *state, st action.Start, via []string) []*state {
	inner := &command{src: c.src, node: c.node, span: c.span, via: via, noFuncs: true, external: true}
	if st.Input != nil {
		return e.followInput(c, inner, s, st)
	}
	inner.argv = st.Argv
	return e.run(inner, s)
}

// text evaluates a text that is handed to a shell.
func (e *evaluator) text(c *command, s *state, text string, st action.Start, via []string) []*state {
	var out []*state
	for _, lang := range readings(st.Lang, text) {
		src := *c.src
		src.via, src.lang, src.guess = via, lang, src.guess || st.Guess
		out = append(out, e.finish(c.src, e.nested(&src, s.clone(), text, "", c.span))...)
	}
	return e.join(out)
}

// stdinText evaluates the script that a shell reads from its standard input,
// from which its commands read too. bash takes no more of it than the lines of
// the command that it runs next; dash takes a block at once, so that lines which
// a command read may run as well, and any sh may be one.
func (e *evaluator) stdinText(c *command, s *state, text string, st action.Start, via []string) []*state {
	var out []*state
	for _, lang := range readings(st.Lang, text) {
		src := *c.src
		src.via, src.lang, src.guess = via, lang, src.guess || st.Guess
		out = append(out, e.finish(c.src, e.stdinLines(c, &src, []*state{s.clone()}, text, st.Lang == "bash"))...)
	}
	return e.join(out)
}

func (e *evaluator) stdinLines(c *command, outer *source, states []*state, text string, exact bool) []*state {
	leave := e.enter()
	defer leave()
	src := &source{lang: outer.lang, guess: outer.guess, own: outer.own, file: outer.file, line: outer.line, via: outer.via, outer: outer.outer, at: outer.at}
	if src.outer == nil {
		src.outer = &c.span
	}
	e.read(text, src)
	var moved []*state
	for i := 0; i < len(src.stmts) && len(states) > 0; {
		n, rest := src.nextLines(text, i)
		input := -1
		for k, s := range states {
			if s.flow == flowNone {
				states[k] = s.clone()
				states[k].leave(0, rest)
				input = s.streamAt(0)
			}
		}
		var going []*state
		ends := e.stmts(src, states, src.stmts[i:n])
		endLine(ends)
		for _, s := range ends {
			left, ok := s.unread(0)
			if exact && ok && s.flow == flowNone && (left != rest || s.streamAt(0) != input) {
				moved = append(moved, e.stdinLines(c, outer, []*state{s}, left, exact)...)
			} else {
				going = append(going, s)
			}
		}
		states, i = going, n
	}
	return e.join(append(states, moved...))
}

// nextLines returns the end of the statements that a shell reads at once from
// the ith on, since they share lines, and what it has not read of text then.
func (src *source) nextLines(text string, i int) (n int, rest string) {
	for n = i + 1; n < len(src.stmts); n++ {
		end, next := src.offset(int(src.stmts[n-1].End().Offset())), src.offset(int(src.stmts[n].Pos().Offset()))
		if last := strings.LastIndexByte(text[:next], '\n'); last >= end {
			if hasHereDoc(src.stmts[n-1]) {
				return n, text[last+1:]
			}
			_, rest, _ = strings.Cut(text[end:], "\n")
			return n, rest
		}
	}
	if !hasHereDoc(src.stmts[n-1]) {
		_, rest, _ = strings.Cut(text[src.offset(int(src.stmts[n-1].End().Offset())):], "\n")
	}
	return n, rest
}

// hasHereDoc reports whether lines after a statement belong to it.
func hasHereDoc(st *syntax.Stmt) bool {
	found := false
	syntax.Walk(st, func(n syntax.Node) bool {
		r, ok := n.(*syntax.Redirect)
		found = found || ok && r.Hdoc != nil
		return !found
	})
	return found
}
