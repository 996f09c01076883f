package shell

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
)

// A command is a simple command after expansion, on its way to what it starts.
type command struct {
	src  *source
	node syntax.Node
	argv []string
	span action.Span
	via  []string
	// noFuncs says that functions (and aliases) are not looked at: command,
	// and everything that is started by a program.
	noFuncs bool
	// external says that builtins are not looked at either.
	external bool
	// given says that whoever runs the call starts it, and not the call.
	given bool
	// prefix holds the assignments in front of the command, whose effect
	// ends with it.
	prefix bool
	// guessed says that a word holds a variable that nothing in sight sets.
	guessed bool
}

// call evaluates a simple command. Its words are expanded before its
// redirections are made.
func (e *evaluator) call(src *source, s *state, call *syntax.CallExpr, redirs []*syntax.Redirect) []*state {
	var node syntax.Node = call
	span := src.span(node)
	if s.opts.keyword {
		call = keywords(call)
	}
	return e.alternatives(src, s, func(x *expander) []*state {
		first := e.nproc
		argv := x.call(call.Args)
		if len(argv) == 0 {
			for _, a := range call.Assigns {
				if !x.assign(a) {
					x.refuse()
				}
			}
			if !x.ran {
				x.s.status = success // else that of the last substitution
			}
			if len(redirs) > 0 {
				return e.endCommand(e.redirect(x, redirs, nil).end([]*state{x.s}), first)
			}
			return e.endCommand([]*state{x.s}, first)
		}
		c := &command{src: src, node: node, argv: argv, span: span, via: src.via, guessed: x.guessed}
		x.s.last = argv[len(argv)-1]
		if len(redirs) == 0 {
			return e.endCommand(unlasting(e.runAssigned(c, x, call.Assigns)), first)
		}
		u := e.redirect(x, redirs, c)
		if u.fails {
			return e.endCommand(u.end([]*state{x.s}), first)
		}
		return e.endCommand(unlasting(u.end(e.runAssigned(c, x, call.Assigns))), first)
	})
}

// unlasting forgets that the command was a bare exec.
func unlasting(states []*state) []*state {
	for i, s := range states {
		if s.lasting {
			c := s.clone()
			c.failed, c.lasting = s.failed, false
			states[i] = c
		}
	}
	return states
}

// runAssigned runs a command with the assignments before it, which hold for this
// command only.
func (e *evaluator) runAssigned(c *command, x *expander, assigns []*syntax.Assign) []*state {
	if len(assigns) == 0 {
		return e.run(c, x.s)
	}
	before := x.s.clone()
	for _, a := range assigns {
		x.assign(a)
		if v := e.entry(x.s, a.Name.Value); v != nil && v.kind == scalar && !v.exported {
			c := *v
			c.exported = true
			x.s.set(a.Name.Value, &c)
		}
	}
	c.prefix = true
	assigned := x.s
	ends := e.run(c, x.s)
	out := make([]*state, len(ends))
	for i, end := range ends {
		r := end.clone()
		r.failed = end.failed
		for _, a := range assigns {
			if a.Name == nil {
				continue
			}
			name := a.Name.Value
			if end.vars.Get(name) != assigned.vars.Get(name) {
				continue // the command itself changed it
			}
			if old, ok := before.vars.Lookup(name); ok {
				r.set(name, old)
			} else {
				r.unsetOwn(name)
			}
		}
		out[i] = r
	}
	return out
}

// unsetOwn forgets that the text ever set a variable.
func (s *state) unsetOwn(name string) {
	s.vars = s.vars.Without(name)
}

// run starts what a simple command names: an alias, a function, a builtin or a
// program.
func (e *evaluator) run(c *command, s *state) []*state {
	name := c.argv[0]
	e.current = c
	if s.opts.xtrace && (len(s.fds) > 0 || len(e.origins) > 0) && !c.external {
		s = e.traced(c, s)
	}
	if name == "" {
		return done(s, failure) // "": command not found
	}
	if !c.noFuncs {
		if text, ok := s.aliases.Lookup(name); ok && !c.external {
			return e.alias(c, s, text)
		}
		if f, ok := s.funcs.Lookup(name); ok {
			return e.function(c, s, f)
		}
	}
	if !c.external && c.src.lang == syntax.LangZsh {
		if b, ok := zshBuiltins(name); ok {
			e.tellBuiltin(c, s)
			return b(e, c, s)
		}
	}
	if !c.external {
		if b, ok := builtins(name); ok {
			e.tellBuiltin(c, s)
			return b(e, c, s)
		}
		if file, ok := s.hashed.Lookup(name); ok {
			h := *c
			h.argv = append([]string{file}, c.argv[1:]...)
			c = &h
		}
	}
	return e.start(c, s)
}

// alias evaluates the alias, and the plain command too: whether an alias is
// expanded depends on the shell and the line it was defined on.
func (e *evaluator) alias(c *command, s *state, text string) []*state {
	rest := s.clone()
	rest.aliases = s.aliases.Without(c.argv[0])
	var out []*state
	for _, text := range aliasTexts(s, text, c.argv[1:]) {
		out = append(out, e.nested(c.src, rest.clone(), text, "", c.span)...)
	}
	for i, o := range out {
		o = o.clone()
		o.aliases = s.aliases
		out[i] = o
	}
	ends := e.run(c, rest)
	for _, o := range ends {
		o = o.clone()
		o.aliases = s.aliases
		out = append(out, o)
	}
	return e.join(out)
}

// aliasTexts returns what an alias and the words after it may come to: where
// its text ends in a blank, the next word may be an alias as well.
func aliasTexts(s *state, text string, args []string) []string {
	plain := text
	for _, w := range args {
		plain += " " + quote(w)
	}
	texts := []string{plain}
	if len(args) > 0 && (strings.HasSuffix(text, " ") || strings.HasSuffix(text, "\t")) {
		if next, ok := s.aliases.Lookup(args[0]); ok {
			for _, t := range aliasTexts(s, next, args[1:]) {
				texts = append(texts, text+t)
			}
		}
	}
	return texts
}

// keywords moves the assignments among the words of a command to its front, as
// `set -k` does.
func keywords(call *syntax.CallExpr) *syntax.CallExpr {
	out := &syntax.CallExpr{Assigns: slices.Clone(call.Assigns)}
	for _, w := range call.Args {
		if lit, ok := w.Parts[0].(*syntax.Lit); ok {
			if name, val, ok := strings.Cut(lit.Value, "="); ok && syntax.ValidName(name) {
				c := *lit
				c.Value = val
				value := &syntax.Word{Parts: append([]syntax.WordPart{&c}, w.Parts[1:]...)}
				n := &syntax.Lit{ValuePos: lit.ValuePos, ValueEnd: lit.ValueEnd, Value: name}
				out.Assigns = append(out.Assigns, &syntax.Assign{Name: n, Value: value})
				continue
			}
		}
		out.Args = append(out.Args, w)
	}
	return out
}

// quote returns a word as bash would need it to be written.
func quote(w string) string {
	if q, err := syntax.Quote(w, syntax.LangBash); err == nil {
		return q
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}

// function evaluates a call of a shell function.
func (e *evaluator) function(c *command, s *state, f *function) []*state {
	var out []*state
	for _, f := range append([]*function{f}, f.alts...) {
		switch n := e.calls[f.body]; {
		case n > maxRecursion:
			r := s.clone()
			r.status = unknown
			out = append(out, r)
			continue
		case n == maxRecursion:
			// Once more, with everything that it assigns unknown.
			h := *c
			h.argv = []string{c.argv[0], action.HoleText}
			out = append(out, e.body(&h, e.forget([]*state{s}, []*syntax.Stmt{f.body})[0], f)...)
			continue
		}
		out = append(out, e.body(c, s, f)...)
	}
	return e.join(out)
}

func (e *evaluator) body(c *command, s *state, f *function) []*state {
	leave := e.enter()
	defer leave()
	if e.calls == nil {
		e.calls = map[*syntax.Stmt]int{}
	}
	e.calls[f.body]++
	defer func() { e.calls[f.body]-- }()

	in := s.clone()
	in.params = c.argv[1:]
	in.frames = &frame{up: s.frames}
	in.loops, in.returns = 0, true
	for name, text := range f.aliases.All() {
		in.aliases = in.aliases.With(name, text)
	}
	inside := in.aliases
	var out []*state
	for _, end := range e.stmt(f.src, in, f.body) {
		r := end.clone()
		if r.flow == flowReturn {
			r.flow = flowNone
		}
		if r.frames.opts != nil {
			r.opts = *r.frames.opts
		}
		for name, old := range r.frames.saved.All() {
			if old == nil {
				r.unsetOwn(name)
			} else {
				r.set(name, old)
			}
		}
		r.params, r.frames, r.loops, r.returns = s.params, r.frames.up, s.loops, s.returns
		for name := range f.aliases.All() {
			if text, ok := r.aliases.Lookup(name); ok && text == inside.Get(name) {
				if old, ok := s.aliases.Lookup(name); ok {
					r.aliases = r.aliases.With(name, old)
				} else {
					r.aliases = r.aliases.Without(name)
				}
			}
		}
		out = append(out, r)
	}
	return out
}

// env is the environment of a program started in a state.
type env struct {
	e *evaluator
	s *state
}

func (v env) Get(name string) (string, bool) {
	vr := v.e.lookup(v.s, name)
	if !vr.isSet() || !vr.exported && name != "PATH" || vr.kind != scalar {
		return "", false
	}
	if len(vr.alts) > 1 || vr.unset {
		return action.HoleText, true
	}
	return vr.alts[0], true
}

func (v env) Inherited(name string) bool {
	_, own := v.s.vars.Lookup(name)
	return !own
}

// start reports a program and follows what it leads to.
func (e *evaluator) start(c *command, s *state) []*state {
	e.step(c.span)
	e.spend(weighStart)
	e.spendWords(c.argv)
	s = s.clone()
	s.status = unknown
	if action.Holed(c.argv[0]) {
		e.blind++
	}
	if e.unseen(c, s) {
		s.write(action.HoleText)
		return []*state{s}
	}
	inv := e.invocation(c, s)
	e.sends(c, s)
	res := e.opt.Program(inv)
	for _, w := range res.Writes {
		w.Tool = true
		s.lay(w)
	}
	e.change(s, res.Shell)
	if res.Secret != "" {
		res.Output = e.mint(origin{secret: res.Secret})
	}
	if len(res.Starts) > 0 && !e.ownProgram(s, c.argv[0]) && e.computed(s, path.Base(c.argv[0]), c.argv[1:]) {
		return []*state{s}
	}
	states := []*state{s}
	for _, st := range res.Starts {
		states = e.each(states, func(s *state) []*state { return e.follow(c, inv, s, st) })
	}
	if s.host == "" && s.fs.Len() > 0 && s.fs.Touches(path.Base(c.argv[0])) {
		if out, ok := e.written(c, s); ok {
			return e.join(append(out, states...))
		}
	}
	e.edited(states, path.Base(c.argv[0]), c.argv[1:])
	if slices.ContainsFunc(res.Starts, func(st action.Start) bool { return !st.Aside }) {
		return states
	}
	if len(res.Starts) > 0 {
		return e.each(states, func(s *state) []*state {
			e.prints(c, s, res.Output)
			return []*state{s}
		})
	}
	if !res.Known && s.host == "" {
		if out, ok := e.scriptByPath(c, s); ok {
			return out
		}
		for _, name := range [...]string{"command_not_found_handle", "command_not_found_handler"} { // bash's, zsh's
			if f, ok := s.funcs.Lookup(name); ok && !c.external && !strings.Contains(c.argv[0], "/") {
				h := *c
				h.argv = append([]string{name}, c.argv...)
				return e.function(&h, s, f)
			}
		}
	}
	e.prints(c, s, res.Output)
	return []*state{s}
}

// prints applies what a program itself does to what it reads and
// writes. Its output may be known already; "" says that it is not.
func (e *evaluator) prints(c *command, s *state, output string) {
	if s.host != "" {
		s.writeUnknown()
		return
	}
	name := path.Base(c.argv[0])
	out, ok := output, output != ""
	if !ok {
		out, ok = e.filter(s, name, c.argv[1:])
	}
	if !ok {
		e.effects(c, s) // reads standard input itself
	}
	if len(s.fds) > 0 {
		s.consume(name, c.argv[1:])
	}
	if ok {
		s.write(out)
	}
}

// consume takes off standard input what a program reads of it.
func (s *state) consume(name string, args []string) {
	_, files := operands(args)
	switch name {
	case "cat", "tac", "rev", "base64", "xxd", "sort", "uniq", "wc", "md5sum", "sha256sum", "nl":
		if len(files) == 0 || slices.Contains(files, "-") {
			s.exhaust(0)
		}
	case "tee", "tr":
		s.exhaust(0)
	case "head", "sed", "awk", "grep", "dd", "ssh", "ffmpeg":
		// Part of it, or what a buffer holds.
		s.loosen(0)
	}
}
