package shell

import (
	"path"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
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
	case st.Lang == "powershell" && st.Text != "":
		ends = e.powershell(c, child, st.Text, via)
	case st.Stdin:
		if st.Lang != "" && !isShell(st.Lang) {
			ends = e.code(c, child, st.Lang, "", inv, s.in, via)
			break
		}
		if s.in != nil {
			child.params = st.Args
			child.in = nil
			ends = e.text(c, child, *s.in, st, via)
		}
	case action.Holed(st.Script):
		ends = e.unknownScript(c, inv, s, child, st)
	case st.Script != "":
		if !isShell(st.Lang) {
			text, ok := e.readText(s, st.Script)
			if !ok {
				text = action.HoleText
			}
			ends = e.code(c, child, st.Lang, s.abs(st.Script), inv, &text, append(via[:len(via):len(via)], path.Base(st.Script)))
			break
		}
		child.params = st.Args
		ends = e.script(c, child, s.abs(st.Script), st.Script, st.Lang, via)
	default:
		if !isShell(st.Lang) {
			ends = e.code(c, child, st.Lang, "", inv, &st.Text, via)
			break
		}
		if len(st.Args) > 0 {
			child.name0, child.params = st.Args[0], st.Args[1:]
		}
		ends = e.text(c, child, st.Text, st, via)
	}
	if len(ends) == 0 {
		r := s.clone()
		r.write(action.HoleText)
		r.status = unknown
		return []*state{r}
	}
	var out []*state
	for _, end := range ends {
		r := s.clone()
		r.fs, r.out, r.status = end.fs, end.out, unknown
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
func (e *evaluator) code(c *command, s *state, lang, file string, inv *action.Invocation, text *string, via []string) []*state {
	if e.opt.Code == nil {
		return nil
	}
	code := Code{Lang: lang, Text: action.HoleText, File: file, Caller: inv}
	if text != nil {
		code.Text = *text
	}
	e.unseenCode(c, s, &code, via)
	states := []*state{s}
	src := *c.src
	src.guess = true
	inner := *c
	inner.src, inner.via = &src, via
	for _, st := range e.opt.Code(code) {
		states = e.each(states, func(s *state) []*state { return e.follow(&inner, inv, s, st) })
	}
	printed := e.printed(s, &code)
	for _, r := range states {
		r.write(printed)
	}
	return states
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
	src := *c.src
	src.via, src.lang, src.guess = via, variant(st.Lang), src.guess || st.Guess
	return e.finish(c.src, e.nested(&src, s, text, "", c.span))
}
