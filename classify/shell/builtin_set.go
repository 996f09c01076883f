package shell

import (
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/internal/table"
)

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
	if len(r.params) > 0 && action.OnlyHoles(r.params[0]) {
		return []*state{r} // a hole may be any number of words
	}
	r.params = r.params[n:]
	return []*state{r}
}

func (e *evaluator) doSet(c *command, s *state) []*state {
	args := c.argv[1:]
	if len(args) == 0 {
		return e.alternatives(c.src, s, func(x *expander) []*state {
			x.listVars("set", declFlags{})
			x.s.status = success
			return []*state{x.s}
		})
	}
	r := done(s, success)[0]
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
				r.opts.set(f, on)
				switch f {
				case 'C':
					r.opts.noclobber = on
				case 'x':
					r.opts.xtrace = on
					if on {
						e.prompts(c.src, r, "PS4")
					}
				case 'o':
					if len(args) > 1 {
						if !setLong(&r.opts, args[1], on) {
							r.status = exited(2)
						}
						if args[1] == "xtrace" && on {
							e.prompts(c.src, r, "PS4")
						}
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

// set switches an option by its letter.
func (o *options) set(letter rune, on bool) {
	switch letter {
	case 'e':
		o.errexit = on
	case 'f':
		o.noglob = on
	case 'a':
		o.allexport = on
	case 'u':
		o.nounset = on
	case 'k':
		o.keyword = on
	case 'n':
		o.noexec = on
	}
}

// named says whether the option of a name is on, where that is known.
func (o *options) named(name string) status {
	switch name {
	case "errexit":
		return truth(o.errexit)
	case "noglob":
		return truth(o.noglob)
	case "pipefail":
		return truth(o.pipefail)
	case "nounset":
		return truth(o.nounset)
	case "allexport":
		return truth(o.allexport)
	}
	return unknown
}

// setLong switches an option by its name behind -o and reports whether there is
// one.
func setLong(o *options, name string, on bool) bool {
	switch name {
	case "errexit":
		o.errexit = on
	case "noglob":
		o.noglob = on
	case "pipefail":
		o.pipefail = on
	case "noclobber":
		o.noclobber = on
	case "xtrace":
		o.xtrace = on
	case "allexport":
		o.allexport = on
	case "nounset":
		o.nounset = on
	case "keyword":
		o.keyword = on
	case "noexec":
		o.noexec = on
	case "braceexpand", "emacs", "errtrace", "functrace", "hashall", "histexpand", "history", "ignoreeof",
		"interactive-comments", "monitor", "nolog", "notify", "onecmd", "physical", "posix",
		"privileged", "verbose", "vi":
	default:
		return action.Holed(name)
	}
	return true
}

// traced writes what `set -x` prints of a command, where anyone sees it.
func (e *evaluator) traced(c *command, s *state) *state {
	fd := 2
	if v := e.lookup(s, "BASH_XTRACEFD"); v.isSet() && v.kind == scalar {
		if n, err := strconv.Atoi(v.alts[0]); err == nil && len(v.alts) == 1 {
			fd = n
		}
	}
	secret := e.secretIn(c.argv...)
	if !s.captured(fd) && secret.secret == "" {
		return s
	}
	if s.streamAt(fd) == outside {
		e.reveal(c, s, Revelation{Name: secret.secret, By: ByTrace})
		return s
	}
	return e.alternatives(c.src, s, func(x *expander) []*state {
		text := "+ "
		if x.s.vars.Get("PS4") != nil {
			text = x.promptText(x.scalarOf("PS4"))
		}
		for i, w := range c.argv {
			if i > 0 {
				text += " "
			}
			text += quote(w)
		}
		x.s.writeTo(fd, text+"\n")
		return []*state{x.s}
	})[0]
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
		case "nocaseglob":
			r.opts.nocaseglob = on
		case "failglob":
			r.opts.failglob = on
		case "localvar_inherit":
			r.opts.localvarInherit = on
		case "inherit_errexit":
			r.opts.inheritErrexit = on
		case "patsub_replacement":
			r.opts.literalMatch = !on
		}
	}
	return []*state{r}
}

func (e *evaluator) doAlias(c *command, s *state) []*state {
	r := done(s, success)[0]
	args := dropOptions(c.argv[1:], "-p", "--")
	if len(args) == 0 {
		r.listAliases()
	}
	for _, a := range args {
		if name, text, ok := strings.Cut(a, "="); ok {
			r.aliases = r.aliases.With(name, text)
		} else if !r.listAliases(a) {
			r.status = unknown
		}
	}
	return []*state{r}
}

func (e *evaluator) doUnalias(c *command, s *state) []*state {
	r := done(s, unknown)[0]
	for _, a := range c.argv[1:] {
		if a == "-a" {
			r.aliases = table.Table[string]{}
		}
		r.aliases = r.aliases.Without(a)
	}
	return []*state{r}
}

func (e *evaluator) doHash(c *command, s *state) []*state {
	r := done(s, unknown)[0]
	args := c.argv[1:]
	if len(args) > 2 && args[0] == "-p" {
		for _, n := range args[2:] {
			r.hashed = r.hashed.With(n, s.abs(args[1]))
		}
	} else if len(args) > 0 && strings.HasPrefix(args[0], "-r") {
		r.hashed = table.Table[string]{}
	}
	return []*state{r}
}
