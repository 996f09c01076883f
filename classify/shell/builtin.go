package shell

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
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
	case "wait", "times", "umask", "ulimit", "bg", "fg", "disown", "kill",
		"jobs", "dirs", "history", "fc", "help", "caller", "bind", "enable", "compopt", "suspend":
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
		Host: s.host, Stdin: s.in, Builtin: true,
	})
}

func (e *evaluator) doTrue(c *command, s *state) []*state  { return done(s, success) }
func (e *evaluator) doFalse(c *command, s *state) []*state { return done(s, failure) }

func (e *evaluator) doNothing(c *command, s *state) []*state {
	r := done(s, unknown)
	r[0].write(action.HoleText)
	return r
}

func (e *evaluator) doEcho(c *command, s *state) []*state {
	e.report(c, s)
	r := done(s, success)
	if s.capture {
		r[0].write(echoText(c.argv[1:]))
	}
	return r
}

// echoText is what echo prints for its arguments.
func echoText(args []string) string {
	nl, esc := "\n", false
opts:
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		for _, r := range args[0][1:] {
			if !strings.ContainsRune("neE", r) {
				break opts
			}
		}
		for _, r := range args[0][1:] {
			switch r {
			case 'n':
				nl = ""
			case 'e':
				esc = true
			case 'E':
				esc = false
			}
		}
		args = args[1:]
	}
	text := strings.Join(args, " ")
	if esc && strings.Contains(text, "\\") {
		// printf's escapes are echo's but for the octal form, which has a
		// leading zero in echo.
		text = strings.ReplaceAll(text, `\0`, `\`)
		text, _, _ = expand.Format(nil, strings.ReplaceAll(text, "%", "%%"), nil)
	}
	return text + nl
}

func (e *evaluator) doPrintf(c *command, s *state) []*state {
	args := c.argv[1:]
	into := ""
	if len(args) > 1 && args[0] == "-v" {
		into, args = args[1], args[2:]
	} else if len(args) > 0 && strings.HasPrefix(args[0], "-v") && len(args[0]) > 2 {
		into, args = args[0][2:], args[1:]
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if into == "" {
		e.report(c, s)
	}
	r := done(s, success)
	if len(args) == 0 {
		return r
	}
	text := printfText(args[0], args[1:])
	if into == "" {
		r[0].write(text)
		return r
	}
	return e.alternatives(c.src, r[0], func(x *expander) []*state {
		x.setElem(into, text)
		return []*state{x.s}
	})
}

// printfText is what printf prints; the format is used again while there are
// arguments left.
func printfText(format string, args []string) string {
	if action.Holed(format) || preciseFormat(format) {
		return action.HoleText
	}
	var b strings.Builder
	for n := 0; n < maxWords; n++ {
		out, used, err := expand.Format(nil, format, args)
		if err != nil {
			// %q, %(…)T, or a hole where a number is wanted.
			return b.String() + action.HoleText
		}
		b.WriteString(out)
		args = args[min(used, len(args)):]
		if used == 0 || len(args) == 0 || b.Len() > maxValue {
			break
		}
	}
	return b.String()
}

// preciseFormat reports whether a format shortens what it prints (%.3s), which
// package expand does not.
func preciseFormat(format string) bool {
	for i := 0; i+1 < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		i++
		for i < len(format) && strings.IndexByte("-+ #0123456789*", format[i]) >= 0 {
			i++
		}
		if i < len(format) && format[i] == '.' {
			return true
		}
	}
	return false
}

func (e *evaluator) doTest(c *command, s *state) []*state {
	args := c.argv[1:]
	if c.argv[0] == "[" && len(args) > 0 && args[len(args)-1] == "]" {
		args = args[:len(args)-1]
	}
	return e.alternatives(c.src, s, func(x *expander) []*state {
		return x.tested(x.testBuiltin(args))
	})
}

func (e *evaluator) doPwd(c *command, s *state) []*state {
	r := done(s, success)
	r[0].write(s.dir + "\n")
	return r
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
		return []*state{e.sourceUnknown(s)}
	}
	if !strings.Contains(name, "/") {
		// PATH first, then the working directory.
		if p := e.which(s, name); p != "" {
			abs = p
		}
	}
	text, ok := e.readText(s, name)
	if !strings.HasPrefix(name, "/dev/") {
		text, ok = e.readText(s, abs)
	}
	if !ok {
		if info, err := s.fs.Lstat(abs); err == nil && info.Size > 0 {
			return []*state{e.sourceUnknown(s)}
		}
		r := done(s, failure) // not there (yet): nothing changes
		r[0].failed = s.clone()
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
		if len(args) > 1 {
			r.params = params
		}
		if r.flow == flowNone && r.status != failure {
			r.status = success
			r.failed = before
		}
		out = append(out, r)
	}
	return e.join(out)
}

// sourceUnknown is the state after an unknown script: it may have put anything
// before the programs that PATH found so far.
func (e *evaluator) sourceUnknown(s *state) *state {
	r := s.clone()
	r.status = unknown
	e.change(r, action.EnvChange{PathFirst: []string{action.HoleText}})
	return r
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
		r.status = success
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
	own := s.vars["PATH"]
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

// lookups prints what names mean, as `command -v` and which do.
func (e *evaluator) lookups(s *state, names []string) []*state {
	r := s.clone()
	r.status = unknown
	for _, n := range names {
		if strings.HasPrefix(n, "-") {
			continue
		}
		p := n
		if _, isFunc := s.funcs[n]; !isFunc && !strings.Contains(n, "/") {
			if w := e.which(s, n); w != "" {
				p = w
			}
		}
		r.write(p + "\n")
	}
	return []*state{r}
}

func (e *evaluator) doType(c *command, s *state) []*state {
	for _, a := range c.argv[1:] {
		if a == "-p" || a == "-P" {
			return e.lookups(s, c.argv[1:])
		}
	}
	return e.doNothing(c, s)
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
	return b(e, &inner, s)
}

func (e *evaluator) doTrap(c *command, s *state) []*state {
	args := c.argv[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) < 2 || args[0] == "-p" || args[0] == "-l" {
		return done(s, unknown)
	}
	r := done(s, unknown)[0]
	text := args[0]
	for _, sig := range args[1:] {
		sig = strings.TrimPrefix(strings.ToUpper(sig), "SIG")
		switch {
		case text == "-" || text == "":
			r.traps = cloneDelete(r.traps, sig)
		case sig == "EXIT" || sig == "0":
			r.traps = cloneSet(r.traps, "EXIT", text)
		default:
			// Any time from now on: what it starts is looked at here, and
			// in the state at the end.
			r.traps = cloneSet(r.traps, sig, text)
			child := r.subshell()
			child.capture = false
			for _, end := range e.nested(c.src, child, text, "trap", c.span) {
				r.fs = longer(r.fs, end.fs)
			}
		}
	}
	return []*state{r}
}

func leave(f flow) builtin {
	return func(e *evaluator, c *command, s *state) []*state {
		r := s.clone()
		switch {
		case (f == flowBreak || f == flowContinue) && s.loops == 0,
			f == flowReturn && !s.returns, f == flowExit && c.argv[0] == "logout":
			// An error, after which the shell goes on.
			r.status = failure
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
					r.status = truth(n&255 == 0)
				}
			}
		}
		r.flow = f
		return []*state{r}
	}
}

func (e *evaluator) doShift(c *command, s *state) []*state {
	n := 1
	if len(c.argv) > 1 {
		v, err := strconv.Atoi(c.argv[1])
		if err != nil {
			r := done(s, unknown)[0]
			r.params = []string{action.HoleText}
			return []*state{r}
		}
		n = v
	}
	if n < 0 || n > len(s.params) {
		return done(s, failure)
	}
	r := done(s, success)[0]
	if len(r.params) > 0 && r.params[0] == action.HoleText {
		return []*state{r} // a hole may be any number of words
	}
	r.params = r.params[n:]
	return []*state{r}
}

func (e *evaluator) doSet(c *command, s *state) []*state {
	r := done(s, unknown)[0]
	args := c.argv[1:]
	for len(args) > 0 {
		a := args[0]
		switch {
		case a == "--":
			r.params = args[1:]
			return []*state{r}
		case a == "-":
			if len(args) > 1 {
				r.params = args[1:]
			}
			return []*state{r}
		case len(a) > 1 && (a[0] == '-' || a[0] == '+'):
			on := a[0] == '-'
			for _, f := range a[1:] {
				switch f {
				case 'e':
					r.opts.errexit = on
				case 'f':
					r.opts.noglob = on
				case 'a':
					r.opts.allexport = on
				case 'x':
					if on {
						e.trace(c, r)
					}
				case 'o':
					if len(args) > 1 {
						setLong(&r.opts, args[1], on)
						args = args[1:]
					}
				}
			}
			args = args[1:]
		default:
			r.params = args
			return []*state{r}
		}
	}
	return []*state{r}
}

func setLong(o *options, name string, on bool) {
	switch name {
	case "errexit":
		o.errexit = on
	case "noglob":
		o.noglob = on
	case "pipefail":
		o.pipefail = on
	case "allexport":
		o.allexport = on
	}
}

// trace evaluates what `set -x` puts before every command: PS4 is expanded,
// with the substitutions in it.
func (e *evaluator) trace(c *command, s *state) {
	if v := s.vars["PS4"]; v.isSet() {
		e.alternatives(c.src, s, func(x *expander) []*state {
			x.promptText(x.scalarOf("PS4"))
			return nil
		})
	}
}

func (e *evaluator) doShopt(c *command, s *state) []*state {
	r := done(s, unknown)[0]
	on, off := false, false
	for _, a := range c.argv[1:] {
		if strings.HasPrefix(a, "-") {
			on = on || strings.Contains(a, "s")
			off = off || strings.Contains(a, "u")
			continue
		}
		if !on && !off {
			continue
		}
		switch a {
		case "lastpipe":
			r.opts.lastpipe = on
		case "extglob":
			r.opts.extglob = on
		case "execfail":
			r.opts.execfail = on
		case "nocasematch":
			r.opts.nocasematch = on
		case "nullglob":
			r.opts.nullglob = on
		case "dotglob":
			r.opts.dotglob = on
		case "globstar":
			r.opts.globstar = on
		}
	}
	return []*state{r}
}

func (e *evaluator) doAlias(c *command, s *state) []*state {
	r := done(s, unknown)[0]
	for _, a := range c.argv[1:] {
		if name, text, ok := strings.Cut(a, "="); ok {
			r.aliases = cloneSet(r.aliases, name, text)
		}
	}
	return []*state{r}
}

func (e *evaluator) doUnalias(c *command, s *state) []*state {
	r := done(s, unknown)[0]
	for _, a := range c.argv[1:] {
		if a == "-a" {
			r.aliases = nil
		}
		r.aliases = cloneDelete(r.aliases, a)
	}
	return []*state{r}
}

func (e *evaluator) doHash(c *command, s *state) []*state {
	r := done(s, unknown)[0]
	args := c.argv[1:]
	if len(args) > 2 && args[0] == "-p" {
		for _, n := range args[2:] {
			r.hashed = cloneSet(r.hashed, n, s.abs(args[1]))
		}
	} else if len(args) > 0 && strings.HasPrefix(args[0], "-r") {
		r.hashed = nil
	}
	return []*state{r}
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
	expr, err := syntax.NewParser().Arithmetic(strings.NewReader(text))
	if err != nil || expr == nil || action.Holed(text) {
		return done(s, unknown)
	}
	return e.arithm(src, s, expr)
}

func (e *evaluator) doGetopts(c *command, s *state) []*state {
	r := done(s, unknown)[0]
	if len(c.argv) > 2 && syntax.ValidName(c.argv[2]) {
		r.set(c.argv[2], &variable{alts: []string{action.HoleText}})
		r.set("OPTARG", &variable{alts: []string{action.HoleText}})
		r.set("OPTIND", &variable{alts: []string{action.HoleText}})
	}
	return []*state{r}
}

// doCompgen runs the commands that completion is told to run at once.
func (e *evaluator) doCompgen(c *command, s *state) []*state {
	r := done(s, unknown)[0]
	for i, a := range c.argv {
		if i+1 < len(c.argv) && (a == "-C" || a == "-F") {
			child := r.subshell()
			child.capture = false
			e.nested(c.src, child, c.argv[i+1], "", c.span)
		}
	}
	r.write(action.HoleText)
	return []*state{r}
}
