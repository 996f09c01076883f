package shell

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
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
	// prefix holds the assignments in front of the command, whose effect
	// ends with it.
	prefix bool
}

// call evaluates a simple command.
func (e *evaluator) call(src *source, s *state, call *syntax.CallExpr) []*state {
	var node syntax.Node = call
	span := src.span(node)
	return e.alternatives(src, s, func(x *expander) []*state {
		argv := x.call(call.Args)
		if len(argv) == 0 {
			x.s.status = success
			for _, a := range call.Assigns {
				x.assign(a, declFlags{})
			}
			return e.drain([]*state{x.s})
		}
		c := &command{src: src, node: node, argv: argv, span: span, via: src.via}
		x.s.last = argv[len(argv)-1]
		if len(call.Assigns) == 0 {
			return e.drain(e.run(c, x.s))
		}
		// Assignments before a command hold for this command only.
		before := x.s.clone()
		for _, a := range call.Assigns {
			x.assign(a, declFlags{export: true})
		}
		c.prefix = true
		assigned := x.s
		ends := e.run(c, x.s)
		out := make([]*state, len(ends))
		for i, end := range ends {
			r := end.clone()
			r.failed = end.failed
			for _, a := range call.Assigns {
				if a.Name == nil {
					continue
				}
				name := a.Name.Value
				if end.vars[name] != assigned.vars[name] {
					continue // the command itself changed it
				}
				if old, ok := before.vars[name]; ok {
					r.set(name, old)
				} else {
					r.unsetOwn(name)
				}
			}
			out[i] = r
		}
		return e.drain(out)
	})
}

// unsetOwn forgets that the text ever set a variable.
func (s *state) unsetOwn(name string) {
	if _, ok := s.vars[name]; ok {
		s.vars = maps.Clone(s.vars)
		s.shared = false
		delete(s.vars, name)
	}
}

// run starts what a simple command names: an alias, a function, a builtin or a
// program.
func (e *evaluator) run(c *command, s *state) []*state {
	name := c.argv[0]
	if name == "" {
		return done(s, failure) // "": command not found
	}
	if !c.noFuncs {
		if text, ok := s.aliases[name]; ok && !c.external {
			return e.alias(c, s, text)
		}
		if f, ok := s.funcs[name]; ok {
			return e.function(c, s, f)
		}
	}
	if !c.external {
		if b, ok := builtins(name); ok {
			return b(e, c, s)
		}
		if file, ok := s.hashed[name]; ok {
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
	for _, w := range c.argv[1:] {
		text += " " + quote(w)
	}
	rest := s.clone()
	rest.aliases = cloneDelete(s.aliases, c.argv[0])
	out := e.nested(c.src, rest.clone(), text, "", c.span)
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
	var out []*state
	for _, end := range e.stmt(f.src, in, f.body) {
		r := end.clone()
		if r.flow == flowReturn {
			r.flow = flowNone
		}
		for name, old := range r.frames.saved {
			if old == nil {
				r.unsetOwn(name)
			} else {
				r.set(name, old)
			}
		}
		r.params, r.frames, r.loops, r.returns = s.params, s.frames, s.loops, s.returns
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

// start reports a program and follows what it leads to.
func (e *evaluator) start(c *command, s *state) []*state {
	e.step(c.span)
	s = s.clone()
	s.status = unknown
	inv := &action.Invocation{
		Argv: c.argv, Span: c.span, Via: c.via, Dir: s.dir, Env: env{e, s}, FS: s.fs,
		Host: s.host, Stdin: s.in,
	}
	if c.src.file != "" {
		inv.File = c.src.file
		if c.node != nil {
			inv.File += ":" + strconv.Itoa(c.src.line+int(c.node.Pos().Line()))
		}
	}
	res := e.opt.Program(inv)
	for _, w := range res.Writes {
		w.Tool = true
		s.fs = s.fs.With(w)
	}
	e.change(s, res.Shell)
	states := []*state{s}
	for _, st := range res.Starts {
		states = e.each(states, func(s *state) []*state { return e.follow(c, inv, s, st) })
	}
	if s.host == "" && s.fs.Len() > 0 && s.fs.Touches(path.Base(c.argv[0])) {
		if out, ok := e.written(c, s); ok {
			return e.join(append(out, states...))
		}
	}
	if len(res.Starts) > 0 {
		return states
	}
	if !res.Known && s.host == "" {
		if out, ok := e.scriptByPath(c, s); ok {
			return out
		}
		if f, ok := s.funcs["command_not_found_handle"]; ok && !c.external && !strings.Contains(c.argv[0], "/") {
			h := *c
			h.argv = append([]string{"command_not_found_handle"}, c.argv...)
			return e.function(&h, s, f)
		}
	}
	if s.host != "" {
		s.write(action.HoleText)
	} else if out, ok := e.filter(s, path.Base(c.argv[0]), c.argv[1:]); ok {
		s.write(out)
	} else {
		e.effects(c, s)
	}
	return []*state{s}
}

// change applies a change of environment variables to a state.
func (e *evaluator) change(s *state, ch action.EnvChange) {
	if ch.Clear {
		for _, kv := range e.opt.Environ {
			if name, _, ok := strings.Cut(kv, "="); ok {
				s.set(name, &variable{})
			}
		}
		for name, v := range s.vars {
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
	child.funcs, child.aliases, child.hashed = exported(s.funcs), nil, nil
	child.dropUnexported()
	child.opts, child.quiet = options{}, false
	child.loops, child.returns = 0, false
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
func exported(m map[string]*function) map[string]*function {
	var out map[string]*function
	for name, f := range m {
		if f.exported {
			out = cloneSet(out, name, f)
		}
	}
	return out
}

// dropUnexported removes shell variables that a child process does not get.
func (s *state) dropUnexported() {
	s.vars = maps.Clone(s.vars)
	s.shared = false
	maps.DeleteFunc(s.vars, func(_ string, v *variable) bool { return !v.exported && v.isSet() })
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
	states := []*state{s}
	src := *c.src
	src.guess = true
	inner := *c
	inner.src, inner.via = &src, via
	for _, st := range e.opt.Code(code) {
		states = e.each(states, func(s *state) []*state { return e.follow(&inner, inv, s, st) })
	}
	for _, r := range states {
		r.write(action.HoleText)
	}
	return states
}

// followArgv starts the program that a wrapper was given.
func (e *evaluator) followArgv(c *command, s *state, st action.Start, via []string) []*state {
	inner := &command{src: c.src, node: c.node, span: c.span, via: via, noFuncs: true, external: true}
	if !st.AppendInput {
		inner.argv = st.Argv
		return e.run(inner, s)
	}
	words := []string{action.HoleText}
	if s.in != nil && *s.in != "" { // an empty file may have been filled by then
		words = xargsWords(*s.in, st.Replace != "")
	}
	s.in = nil
	if st.Replace == "" {
		inner.argv = append(slices.Clone(st.Argv), words...)
		return e.run(inner, s)
	}
	states := []*state{s}
	for _, w := range words {
		next := *inner
		next.argv = make([]string, len(st.Argv))
		for i, a := range st.Argv {
			next.argv[i] = strings.ReplaceAll(a, st.Replace, w)
		}
		states = e.each(states, func(s *state) []*state { return e.run(&next, s) })
	}
	return states
}

// xargsWords splits input as xargs does: at blanks, with quotes; by lines for
// xargs -I.
func xargsWords(in string, lines bool) []string {
	if lines {
		var out []string
		for _, l := range strings.Split(in, "\n") {
			if l = strings.TrimLeft(l, " \t"); l != "" {
				out = append(out, l)
			}
		}
		return out
	}
	var out []string
	var b strings.Builder
	quoted, open := byte(0), false
	for i := 0; i < len(in) && len(out) < maxWords; i++ {
		ch := in[i]
		switch {
		case quoted != 0:
			if ch == quoted {
				quoted = 0
			} else {
				b.WriteByte(ch)
			}
		case ch == '\'' || ch == '"':
			quoted, open = ch, true
		case ch == '\\' && i+1 < len(in):
			i++
			b.WriteByte(in[i])
			open = true
		case ch == ' ' || ch == '\t' || ch == '\n' || ch == 0:
			if open {
				out, open = append(out, b.String()), false
				b.Reset()
			}
		default:
			b.WriteByte(ch)
			open = true
		}
	}
	if open {
		out = append(out, b.String())
	}
	return out
}

// text evaluates a text that is handed to a shell.
func (e *evaluator) text(c *command, s *state, text string, st action.Start, via []string) []*state {
	src := *c.src
	src.via, src.lang, src.guess = via, variant(st.Lang), src.guess || st.Guess
	return e.finish(c.src, e.nested(&src, s, text, "", c.span))
}

// script evaluates a script file in a child.
func (e *evaluator) script(c *command, s *state, abs, name, lang string, via []string) []*state {
	text, ok := e.readText(s, name)
	if !ok {
		return nil
	}
	s.name0 = name
	s.in = s.in2(name)
	return e.finish(c.src, e.file(c, s, abs, text, variant(lang), via))
}

// variant is the parser's word for a shell's language.
func variant(lang string) syntax.LangVariant {
	if lang == "zsh" {
		return syntax.LangZsh
	}
	return syntax.LangBash
}

// in2 returns what standard input still holds for a script that was itself
// read from it.
func (s *state) in2(name string) *string {
	if name == "-" || name == "/dev/stdin" || name == "/dev/fd/0" || name == "/proc/self/fd/0" {
		return nil
	}
	return s.in
}

// file evaluates the text of a file in the given state. A file that is too
// long or nested in itself is read no further.
func (e *evaluator) file(c *command, s *state, abs, text string, lang syntax.LangVariant, via []string) (out []*state) {
	if e.scripts[abs] > 1 {
		return []*state{s}
	}
	if e.scripts == nil {
		e.scripts = map[string]int{}
	}
	e.scripts[abs]++
	defer func() { e.scripts[abs]-- }()

	outer := c.src.outer
	if outer == nil {
		outer = &c.span
	}
	steps, depth := e.fileSteps, e.depth
	if steps == 0 {
		e.fileSteps = maxFileSteps
	}
	defer func() {
		if steps == 0 {
			e.fileSteps = 0
		}
		r := recover()
		if _, ok := r.(errFile); ok && steps == 0 {
			e.depth = depth
			out = []*state{s}
		} else if r != nil {
			panic(r)
		}
	}()
	leave := e.enter()
	defer leave()
	src := &source{lang: lang, outer: outer, file: abs, via: append(slices.Clip(via), path.Base(abs))}
	if strings.HasPrefix(abs, "/dev/fd/") || strings.HasPrefix(abs, "/proc/") {
		src.file, src.via = c.src.file, append(slices.Clip(via), "<(…)")
	}
	e.read(text, src)
	return e.stmts(src, []*state{s}, src.stmts)
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
	if action.Holed(file) {
		return nil, false
	}
	abs := s.abs(file)
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
		if s.vars["PATH"] == nil && !s.fs.Touches(name) {
			return nil, false // a program of the system
		}
		if name = e.which(s, name); name == "" {
			return nil, false
		}
	}
	if action.Holed(name) {
		return nil, false
	}
	abs := s.abs(name)
	if ofSystem(abs) && !s.fs.Touches(path.Base(abs)) {
		return nil, false
	}
	info, err := world.Stat(s.fs, abs)
	if err != nil || info.Kind != world.File || info.Size > maxFileSize {
		return nil, false
	}
	b, err := s.fs.ReadFile(abs, maxFileSize)
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
	child.dropUnexported()
	var out []*state
	for _, end := range e.script(c, child, abs, name, "sh", c.via) {
		r := s.clone()
		r.fs, r.out = end.fs, end.out
		out = append(out, r)
	}
	return e.orSelf(s, out), true
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
	if file, ok := s.hashed[name]; ok {
		return file
	}
	p, _ := env{e, s}.Get("PATH")
	return world.LookPath(s.fs, s.dir, p, name)
}
