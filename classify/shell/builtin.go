package shell

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// A builtin is run by the shell itself.
type builtin func(e *evaluator, c *command, s *state) []*state

// builtins returns the builtin of that name. Those that start nothing and
// change nothing that later commands could see are quiet.
func builtins(name string) (builtin, bool) {
	switch name {
	case ":", "true":
		return (*evaluator).doTrue, true
	case "false":
		return (*evaluator).doFalse, true
	case "echo":
		return (*evaluator).doEcho, true
	case "printf":
		return (*evaluator).doPrintf, true
	case "test", "[":
		return (*evaluator).doTest, true
	case "cd", "chdir":
		return (*evaluator).doCd, true
	case "pushd":
		return (*evaluator).doPushd, true
	case "popd":
		return (*evaluator).doPopd, true
	case "pwd":
		return (*evaluator).doPwd, true
	case "eval":
		return (*evaluator).doEval, true
	case "source", ".":
		return (*evaluator).doSource, true
	case "exec":
		return (*evaluator).doExec, true
	case "command":
		return (*evaluator).doCommand, true
	case "builtin":
		return (*evaluator).doBuiltin, true
	case "trap":
		return (*evaluator).doTrap, true
	case "exit", "logout":
		return leave(flowExit), true
	case "return":
		return leave(flowReturn), true
	case "break":
		return leave(flowBreak), true
	case "continue":
		return leave(flowContinue), true
	case "read":
		return (*evaluator).doRead, true
	case "mapfile", "readarray":
		return (*evaluator).doMapfile, true
	case "set":
		return (*evaluator).doSet, true
	case "shift":
		return (*evaluator).doShift, true
	case "shopt":
		return (*evaluator).doShopt, true
	case "unset":
		return (*evaluator).doUnset, true
	case "alias":
		return (*evaluator).doAlias, true
	case "unalias":
		return (*evaluator).doUnalias, true
	case "hash":
		return (*evaluator).doHash, true
	case "export", "declare", "typeset", "local", "readonly":
		return (*evaluator).doDeclWords, true
	case "let":
		return (*evaluator).doLet, true
	case "getopts":
		return (*evaluator).doGetopts, true
	case "type":
		return (*evaluator).doType, true
	case "compgen", "complete":
		return (*evaluator).doCompgen, true
	case "wait", "disown", "compopt", "suspend":
		return (*evaluator).doSilent, true
	case "times", "umask", "ulimit", "bg", "fg", "kill",
		"jobs", "dirs", "history", "fc", "help", "caller", "bind", "enable":
		return (*evaluator).doNothing, true
	}
	return nil, false
}

func done(s *state, st status) []*state {
	c := s.clone()
	c.status = st
	return []*state{c}
}

// report tells of a builtin like of any program, so that policies can name it.
func (e *evaluator) report(c *command, s *state) {
	e.opt.Program(&action.Invocation{
		Argv: c.argv, Span: c.span, Via: c.via, Dir: s.dir, Env: env{e, s}, FS: s.fs,
		Host: s.host, Stdin: s.stdin(), Builtin: true,
	})
}

// tellBuiltin tells Builtin of what the shell runs itself.
func (e *evaluator) tellBuiltin(c *command, s *state) {
	if e.opt.Builtin != nil {
		inv := e.invocation(c, s)
		inv.Builtin = true
		e.opt.Builtin(inv)
	}
}

func (e *evaluator) doTrue(c *command, s *state) []*state { return done(s, success) }

func (e *evaluator) doFalse(c *command, s *state) []*state { return done(s, exited(1)) }

func (e *evaluator) doNothing(c *command, s *state) []*state {
	r := done(s, unknown)
	r[0].write(action.HoleText)
	return r
}

func (e *evaluator) doSilent(c *command, s *state) []*state { return done(s, unknown) }

func (e *evaluator) doTest(c *command, s *state) []*state {
	args := c.argv[1:]
	if c.argv[0] == "[" && len(args) > 0 && args[len(args)-1] == "]" {
		args = args[:len(args)-1]
	}
	return e.alternatives(c.src, s, func(x *expander) []*state {
		x.guessed = c.guessed
		st := x.testBuiltin(args)
		if c.src.lang == syntax.LangPOSIX && slices.Contains(args, "==") {
			st = unknown // an error to dash
		}
		return x.tested(st)
	})
}

func (e *evaluator) doEval(c *command, s *state) []*state {
	args := c.argv[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return done(s, success)
	}
	return e.nested(c.src, s.clone(), strings.Join(args, " "), "eval", c.span)
}

func (e *evaluator) doSource(c *command, s *state) []*state {
	e.report(c, s)
	args := c.argv[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return done(s, failure)
	}
	name := args[0]
	abs := s.abs(name)
	if action.Holed(abs) && !strings.Contains(name, "/dev/fd/") {
		file := s.somewhere(abs)
		if !s.fs.ByHand(file) {
			return []*state{e.sourceUnknown(s, abs)}
		}
		name, abs = file, file
	}
	if !strings.Contains(name, "/") {
		// PATH first, then the working directory.
		list, _ := env{e, s}.Get("PATH")
		if p := world.LookFile(s.fs, s.dir, list, name); p != "" {
			abs = p
		}
	}
	e.readsFile(c, s, abs, false)
	text, ok := e.readText(s, name)
	if !isDevice(name) {
		text, ok = e.readText(s, abs)
	}
	if !ok {
		if info, err := s.fs.Lstat(abs); err == nil && info.Size > 0 {
			return []*state{e.sourceUnknown(s, abs)}
		}
		r := done(s, failure) // not there (yet): nothing changes
		r[0].failed = e.sourceMissing(c, s, args)
		return r
	}
	in := s.clone()
	in.returns = true
	params := in.params
	if len(args) > 1 {
		in.params = args[1:]
	}
	var out []*state
	before := s.clone()
	for _, end := range e.file(c, in, abs, text, c.src.lang, c.via) {
		r := end.clone()
		if r.flow == flowReturn {
			r.flow = flowNone
		}
		r.returns = s.returns
		if len(args) > 1 && len(r.params) < len(args) && slices.Equal(r.params, args[len(args)-len(r.params):]) {
			r.params = params // the file did not set others
		}
		if r.flow == flowNone && !r.status.failed() {
			r.status = success
			r.failed = before
		}
		out = append(out, r)
	}
	return e.join(out)
}

// sourceUnknown is the state after an unknown script: it may have put anything
// before the programs that PATH found so far. One that stands and is called as
// an environment's activate script makes that environment the active one.
func (e *evaluator) sourceUnknown(s *state, file string) *state {
	r := s.clone()
	r.status = unknown
	bin := path.Dir(file)
	if b := path.Base(bin); path.Base(file) == "activate" && (b == "bin" || b == "Scripts") && action.IndexHole(bin) == 0 {
		e.change(r, action.EnvChange{PathFirst: []string{bin}, Set: []string{"VIRTUAL_ENV=" + path.Dir(bin)}})
		return r
	}
	e.change(r, action.EnvChange{PathFirst: []string{action.HoleText}})
	return r
}

// sourceMissing is the state after a script that is not there here, in case it
// is there all the same. `source activate NAME` is how conda was used before
// it had `conda activate`; the packs know what it does.
func (e *evaluator) sourceMissing(c *command, s *state, args []string) *state {
	if path.Base(args[0]) != "activate" || len(args) < 2 {
		return s.clone()
	}
	inner := *c
	inner.argv, inner.noFuncs, inner.external = args, true, true
	return e.start(&inner, s)[0]
}

func (e *evaluator) doExec(c *command, s *state) []*state {
	args := c.argv[1:]
	r := s.clone()
loop:
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch {
		case args[0] == "--":
			args = args[1:]
			break loop
		case strings.HasSuffix(args[0], "a") && len(args) > 1:
			args = args[2:]
		default:
			if strings.Contains(args[0], "c") {
				e.change(r, action.EnvChange{Clear: true})
			}
			args = args[1:]
		}
	}
	if len(args) == 0 {
		r.status, r.lasting = success, true
		return []*state{r}
	}
	inner := *c
	inner.argv, inner.noFuncs, inner.external = args, true, true
	out := e.run(&inner, r)
	for i, o := range out {
		o = o.clone()
		o.flow = flowExit
		out[i] = o
	}
	if s.opts.execfail {
		failed := s.clone()
		failed.status = failure
		out = append(out, failed)
	}
	return out
}

func (e *evaluator) doCommand(c *command, s *state) []*state {
	args := c.argv[1:]
	system := false
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		opt := args[0]
		args = args[1:]
		if opt == "--" {
			break
		}
		if strings.ContainsAny(opt, "vV") {
			return e.lookups(s, args)
		}
		if strings.Contains(opt, "p") {
			system = true
		}
	}
	if len(args) == 0 {
		return done(s, success)
	}
	inner := *c
	inner.argv, inner.noFuncs = args, true
	if !system {
		return e.run(&inner, s)
	}
	own := s.vars.Get("PATH")
	in := s.clone()
	e.change(in, action.EnvChange{PathReset: true})
	out := e.run(&inner, in)
	for i, end := range out {
		r := end.clone()
		r.failed = end.failed
		if own != nil {
			r.set("PATH", own)
		} else {
			r.unsetOwn("PATH")
		}
		out[i] = r
	}
	return out
}

func (e *evaluator) doBuiltin(c *command, s *state) []*state {
	args := c.argv[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return done(s, success)
	}
	b, ok := builtins(args[0])
	if !ok {
		return done(s, failure)
	}
	inner := *c
	inner.argv, inner.noFuncs = args, true
	return unlasting(b(e, &inner, s)) // bash keeps them for `command exec` only
}

func (e *evaluator) doTrap(c *command, s *state) []*state {
	args := c.argv[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 || args[0] == "-p" {
		r := done(s, success)
		var signals []string
		for _, sig := range args[min(1, len(args)):] {
			signals = append(signals, signalName(sig))
		}
		r[0].listTraps(signals...)
		return r
	}
	if args[0] == "-l" {
		return done(s, unknown)
	}
	if len(args) == 1 {
		args = []string{"-", args[0]}
	}
	r := done(s, unknown)[0]
	text := args[0]
	for _, sig := range args[1:] {
		sig = signalName(sig)
		switch {
		case text == "-" || text == "":
			r.traps = r.traps.Without(sig)
		case sig == "EXIT":
			r.traps = r.traps.With("EXIT", text)
		default:
			// Any time from now on: what it starts is looked at here, and
			// in the state at the end.
			r.traps = r.traps.With(sig, text)
			child := r.subshell()
			child.mute()
			for _, end := range e.nested(c.src, child, text, "trap", c.span) {
				r.fs = longer(r.fs, end.fs)
			}
		}
	}
	return []*state{r}
}

// signalName is the name that a trap is kept under.
func signalName(sig string) string {
	sig = strings.TrimPrefix(strings.ToUpper(sig), "SIG")
	if sig == "0" {
		return "EXIT"
	}
	return sig
}

func leave(f flow) builtin {
	return func(e *evaluator, c *command, s *state) []*state {
		r := s.clone()
		switch {
		case (f == flowBreak || f == flowContinue) && s.loops == 0,
			f == flowReturn && !s.returns, f == flowExit && c.argv[0] == "logout":
			// An error, after which the shell goes on.
			r.status = exited(1)
			if c.argv[0] == "logout" {
				r.status = unknown
			}
			return []*state{r}
		}
		n := 1
		if len(c.argv) > 1 {
			if v, err := strconv.Atoi(c.argv[1]); err == nil {
				n = v
			} else {
				n = -1
			}
		}
		switch f {
		case flowBreak, flowContinue:
			r.levels = min(max(n, 1), s.loops)
		default:
			if len(c.argv) > 1 {
				r.status = unknown
				if n >= 0 {
					r.status = exited(n)
				}
			}
		}
		r.flow = f
		return []*state{r}
	}
}

func (e *evaluator) doLet(c *command, s *state) []*state {
	states := []*state{s}
	for _, a := range c.argv[1:] {
		states = e.each(states, func(s *state) []*state { return e.letText(c.src, s, a) })
	}
	return states
}

// let evaluates one argument of let: a word, whose value is an expression.
func (e *evaluator) let(src *source, s *state, a syntax.ArithmExpr) []*state {
	w, ok := a.(*syntax.Word)
	if !ok {
		return e.arithm(src, s, a)
	}
	return e.alternatives(src, s, func(x *expander) []*state {
		text := x.literal(w)
		return e.letText(src, x.s, text)
	})
}

func (e *evaluator) letText(src *source, s *state, text string) []*state {
	expr, err := parseArithm(text)
	if err != nil || expr == nil || action.Holed(text) {
		return done(s, unknown)
	}
	return e.arithm(src, s, expr)
}

// doCompgen runs the commands that completion is told to run at once.
func (e *evaluator) doCompgen(c *command, s *state) []*state {
	r := done(s, unknown)[0]
	for i, a := range c.argv {
		if i+1 < len(c.argv) && (a == "-C" || a == "-F") {
			child := r.subshell()
			child.mute()
			e.nested(c.src, child, c.argv[i+1], "", c.span)
		}
	}
	r.write(action.HoleText)
	return []*state{r}
}
