package shell

import (
	"path"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// What a shell runs on its own, before and besides the commands it is given:
// the file that BASH_ENV or ENV names, functions out of the environment, and
// what is expanded in prompts.

// shellFlags returns the one-letter options that a shell was started with, and
// the long names behind -o.
func shellFlags(argv []string) (letters string, long []string) {
	for i := 1; i < len(argv); i++ {
		a := argv[i]
		if len(a) < 2 || a[0] != '-' || a == "--" {
			break
		}
		if strings.HasPrefix(a, "--") {
			if (a == "--rcfile" || a == "--init-file") && i+1 < len(argv) {
				i++
			}
			continue
		}
		letters += a[1:]
		if strings.HasSuffix(a, "o") && i+1 < len(argv) {
			i++
			long = append(long, argv[i])
		} else if strings.HasSuffix(a, "O") {
			i++
		}
	}
	return letters, long
}

// started evaluates what a new shell is given in every state in which it may
// begin.
func (e *evaluator) started(c *command, s *state, inv *action.Invocation, st action.Start, f func(*state) []*state) []*state {
	return e.each(e.startUp(c, s, inv, st), f)
}

// startUp brings the state of a new shell to where its own commands begin.
func (e *evaluator) startUp(c *command, s *state, inv *action.Invocation, st action.Start) []*state {
	var flags string
	var long []string
	if name := path.Base(inv.Program()); isShell(name) && name != "fish" { // its -c takes the rest of the word
		flags, long = shellFlags(inv.Argv)
	}
	if opts, ok := (env{e, s}).Get("SHELLOPTS"); ok {
		long = append(long, strings.Split(opts, ":")...)
	}
	for _, f := range flags {
		s.opts.set(f, true)
	}
	for _, name := range long {
		setLong(&s.opts, name, true)
	}
	e.importFuncs(c.src, s)
	src := *c.src
	src.guess = true
	x := &expander{e: e, src: &src, s: s}
	if strings.Contains(flags, "x") || slices.Contains(long, "xtrace") {
		e.prompts(&src, s, "PS4")
	}
	interactive := strings.Contains(flags, "i")
	if interactive {
		e.prompts(&src, s, "PS1", "PS0", "PS2")
		e.promptCommand(c, s)
	}
	name := "BASH_ENV"
	switch {
	case st.Lang == "sh" || st.Lang == "dash" || st.Lang == "ash":
		name = "ENV"
		if !interactive {
			return []*state{s}
		}
	case interactive || st.Lang != "bash":
		return []*state{s}
	}
	file, ok := (env{e, s}).Get(name)
	if !ok || file == "" {
		return []*state{s}
	}
	if file = x.promptText(file); action.Holed(file) {
		return []*state{s}
	}
	text, ok := e.readText(s, file)
	if !ok {
		return []*state{s}
	}
	return e.file(c, s, s.abs(file), text, variant(st.Lang), c.via)
}

// prompts evaluates the substitutions in variables that the shell prints as
// prompts.
func (e *evaluator) prompts(src *source, s *state, names ...string) {
	for _, name := range names {
		if !e.entry(s, name).isSet() {
			continue
		}
		child := s.subshell()
		child.mute()
		e.alternatives(src, child, func(x *expander) []*state {
			x.promptText(x.scalarOf(name))
			return []*state{x.s}
		})
	}
}

// promptCommand evaluates what an interactive shell runs before its prompts.
func (e *evaluator) promptCommand(c *command, s *state) {
	v := e.lookup(s, "PROMPT_COMMAND")
	if v == nil {
		return
	}
	for _, text := range append(slices.Clone(v.alts), v.list...) {
		child := s.subshell()
		child.mute()
		e.nested(c.src, child, text, "PROMPT_COMMAND", c.span)
	}
}

// Functions come in the environment as BASH_FUNC_name%%='() { …; }'.
const (
	funcPrefix = "BASH_FUNC_"
	funcSuffix = "%%"
)

// importFuncs defines the functions that stand in a new shell's environment.
func (e *evaluator) importFuncs(src *source, s *state) {
	for name, v := range s.vars.All() {
		if strings.HasPrefix(name, funcPrefix) && v.exported && len(v.alts) > 0 {
			e.importFunc(src, s, name, v.alts[0])
		}
	}
}

func (e *evaluator) importFunc(src *source, s *state, name, text string) {
	name = strings.TrimSuffix(strings.TrimPrefix(name, funcPrefix), funcSuffix)
	if !strings.HasPrefix(text, "() {") {
		return
	}
	inner := &source{lang: src.lang, guess: true, file: src.file, line: src.line, via: src.via, outer: src.outer}
	if inner.outer == nil {
		inner.outer = &action.Span{}
	}
	e.read(name+" "+text, inner)
	if len(inner.stmts) != 1 {
		return
	}
	for _, end := range e.stmt(inner, s.clone(), inner.stmts[0]) {
		if f, ok := end.funcs.Lookup(name); ok {
			c := *f
			c.exported = true
			s.setFunc(name, &c)
		}
	}
}
