package shell

import (
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
)

func (e *evaluator) doEcho(c *command, s *state) []*state {
	e.report(c, s)
	r := done(s, success)
	if s.captured(1) || len(e.origins) > 0 {
		r[0].write(echoText(c.argv[1:], c.src.lang != syntax.LangBash))
	}
	return r
}

// echoText is what echo prints for its arguments; esc says that escapes count
// by default, as in dash and zsh.
func echoText(args []string, esc bool) string {
	nl := "\n"
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
	if esc {
		var stop bool
		if text, stop = unescapeEcho(text); stop {
			nl = ""
		}
	}
	return text + nl
}

// unescapeEcho replaces the escapes of echo -e; stop says that a \c ends what is
// printed.
func unescapeEcho(text string) (out string, stop bool) {
	if !strings.Contains(text, "\\") {
		return text, false
	}
	text, stop = printfEscapes(text)
	text, _, _ = expand.Format(new(expand.Config), strings.ReplaceAll(text, "%", "%%"), nil)
	return text, stop
}

// printfEscapes turns the escapes of echo -e into those of printf: an octal
// number has a leading zero in echo, and nothing is printed after \c.
func printfEscapes(text string) (out string, stop bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		b.WriteByte(text[i])
		if text[i] != '\\' || i+1 == len(text) {
			continue
		}
		i++
		switch text[i] {
		case 'c':
			return strings.TrimSuffix(b.String(), `\`), true
		case '0':
			continue // \0101 is \101
		}
		b.WriteByte(text[i])
	}
	return b.String(), false
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
	if o := e.secretIn(args...); o.secret != "" && e.origin(text).secret == "" {
		text += e.mint(o) // in a form that is not computed
	}
	if into == "" {
		r[0].write(text)
		return r
	}
	return e.alternatives(c.src, r[0], func(x *expander) []*state {
		x.s.status = truth(x.assignTo(into, text, false))
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
		out, used, err := expand.Format(new(expand.Config), format, args)
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

func (e *evaluator) doPwd(c *command, s *state) []*state {
	r := done(s, success)
	r[0].write(s.dir + "\n")
	return r
}

// lookups prints what names mean, as `command -v` and which do.
func (e *evaluator) lookups(s *state, names []string) []*state {
	r := done(s, unknown)
	r[0].write(e.meanings(s, names))
	return r
}

func (e *evaluator) meanings(s *state, names []string) string {
	var b strings.Builder
	for _, n := range names {
		if strings.HasPrefix(n, "-") {
			continue
		}
		p := n
		if _, isFunc := s.funcs.Lookup(n); !isFunc && !strings.Contains(n, "/") {
			if w := e.which(s, n); w != "" {
				p = w
			}
		}
		b.WriteString(p + "\n")
	}
	return b.String()
}

func (e *evaluator) doType(c *command, s *state) []*state {
	for _, a := range c.argv[1:] {
		if a == "-p" || a == "-P" {
			return e.lookups(s, c.argv[1:])
		}
	}
	return e.doNothing(c, s)
}
