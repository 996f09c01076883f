package shell

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// zshBuiltins returns the builtin of zsh of that name which bash does not have
// or understands otherwise (zshbuiltins(1), zshmisc(1) "Precommand Modifiers").
func zshBuiltins(name string) (builtin, bool) {
	switch name {
	case "noglob", "nocorrect", "-":
		return (*evaluator).doPrecommand, true
	case "emulate":
		return (*evaluator).doEmulate, true
	case "setopt", "unsetopt":
		return (*evaluator).doSetopt, true
	case "integer", "float":
		return (*evaluator).doDeclWords, true
	case "print":
		return (*evaluator).doPrint, true
	case "hash":
		return (*evaluator).doZshHash, true
	}
	return nil, false
}

// doPrecommand runs what stands behind noglob and its like.
func (e *evaluator) doPrecommand(c *command, s *state) []*state {
	if len(c.argv) == 1 {
		return done(s, success)
	}
	inner := *c
	inner.argv = c.argv[1:]
	return e.run(&inner, s)
}

// doEmulate is `emulate shell [-c text]`. Shells that number arrays from 0 and
// split words are beyond what is evaluated here.
func (e *evaluator) doEmulate(c *command, s *state) []*state {
	e.report(c, s)
	args := c.argv[1:]
	shell := ""
	for len(args) > 0 {
		switch a := args[0]; {
		case a == "-c" && len(args) > 1:
			src := *c.src
			src.lang = variant(shell)
			return e.nested(&src, s.clone(), args[1], "emulate", c.span)
		case !strings.HasPrefix(a, "-"):
			shell = a
		}
		args = args[1:]
	}
	if shell != "" && shell != "zsh" {
		e.misread(c, "emulate "+shell)
	}
	return done(s, success)
}

// zshReading are options after which zsh reads or expands words in ways that
// are not understood here (zshoptions(1)).
var zshReading = [...]string{
	"braceccl", "ksharrays", "kshzerosubscript", "globsubst", "rcexpandparam", "rcquotes", "cshjunkiequotes", "cshjunkieloops", "ignorebraces",
	"ignoreclosebraces", "kshtypeset", "cshnullcmd", "shfileexpansion", "posixidentifiers",
}

func (e *evaluator) doSetopt(c *command, s *state) []*state {
	e.report(c, s)
	for _, a := range c.argv[1:] {
		name := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(a, "no"), "_", ""))
		for _, o := range zshReading {
			if name == o || action.Holed(a) {
				e.misread(c, strings.Join(c.argv, " "))
				break
			}
		}
	}
	return done(s, success)
}

// misread refuses a command after which texts mean something else.
func (e *evaluator) misread(c *command, what string) {
	e.problem(Problem{
		ID: "unknown-command", Text: "after `" + action.Show(what) + "` zsh reads words in a way that is not understood here",
		Hint: "leave it out", Span: c.span,
	})
}

// doZshHash is bash's hash with zsh's `hash name=path`.
func (e *evaluator) doZshHash(c *command, s *state) []*state {
	r := s.clone()
	for _, a := range c.argv[1:] {
		if name, file, ok := strings.Cut(a, "="); ok && name != "" {
			r.hashed = r.hashed.With(name, file)
		}
	}
	return e.doHash(c, r)
}

// doPrint is zsh's print. What goes to the history or to the line editor is
// not printed; escapes count but with -r.
func (e *evaluator) doPrint(c *command, s *state) []*state {
	e.report(c, s)
	args := c.argv[1:]
	raw, sep, end, into := false, " ", "\n", ""
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		opt := args[0]
		args = args[1:]
		if opt == "--" {
			break
		}
		for i := 1; i < len(opt); i++ {
			switch opt[i] {
			case 'r', 'R':
				raw = true
			case 'n':
				end = ""
			case 'l':
				sep = "\n"
			case 'N':
				sep, end = "\x00", "\x00"
			case 'z', 's', 'S':
				return done(s, success)
			case 'v':
				if into = opt[i+1:]; into == "" && len(args) > 0 {
					into, args = args[0], args[1:]
				}
				i = len(opt)
			default: // -P, -f, -C, -u, …
				r := done(s, success)
				r[0].write(action.HoleText)
				return r
			}
		}
	}
	text := strings.Join(args, sep)
	if !raw {
		var stop bool
		if text, stop = unescapeEcho(text); stop {
			end = ""
		}
	}
	if into != "" {
		return e.alternatives(c.src, s, func(x *expander) []*state {
			x.s.status = truth(x.assignTo(into, text, false))
			return []*state{x.s}
		})
	}
	r := done(s, success)
	r[0].write(text + end)
	return r
}
