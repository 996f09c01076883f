package shell

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
)

func (e *evaluator) doRead(c *command, s *state) []*state {
	var names []string
	raw, array, fd, delim, count := false, "", "", "\n", ""
	args := c.argv[1:]
	for len(args) > 0 {
		a := args[0]
		args = args[1:]
		if len(a) < 2 || a[0] != '-' || a == "--" {
			if a != "--" {
				names = append(names, a)
			}
			continue
		}
		for i := 1; i < len(a); i++ {
			val := a[i+1:]
			switch a[i] {
			case 'r':
				raw = true
				continue
			case 's', 'e':
				continue
			case 'a', 'd', 'i', 'n', 'N', 'p', 't', 'u':
				if val == "" && len(args) > 0 {
					val, args = args[0], args[1:]
				}
				switch a[i] {
				case 'a':
					array = val
				case 'u':
					fd = val
				case 'n', 'N':
					count = val
				case 'd':
					delim = val
					if delim == "" {
						delim = "\x00"
					}
				}
			}
			break
		}
	}
	return e.alternatives(c.src, s, func(x *expander) []*state {
		line, st := x.takeLine(fd, delim, raw)
		x.s.status = st
		if count != "" {
			// The rest of the line stays unread, but is not followed.
			n, err := strconv.Atoi(count)
			if r := []rune(line); err != nil || action.Holed(line) {
				line = action.HoleText
			} else if n < len(r) {
				line = string(r[:n])
				x.s.in = nil
			}
			x.s.status = unknown
		}
		if array != "" {
			fields := []string{action.HoleText}
			if !action.Holed(line) {
				fields = expand.ReadFields(x.config(), line, -1, raw)
			}
			x.s.set(array, &variable{kind: indexed, list: fields})
			return []*state{x.s}
		}
		if len(names) == 0 {
			x.setElem("REPLY", line)
			return []*state{x.s}
		}
		fields := expand.ReadFields(x.config(), line, len(names), raw)
		for i, n := range names {
			val := ""
			switch {
			case i < len(fields):
				val = fields[i]
			case action.Holed(line):
				val = action.HoleText
			}
			x.setElem(n, val)
		}
		return []*state{x.s}
	})
}

// takeLine takes what read reads from its input.
func (x *expander) takeLine(fd, delim string, raw bool) (string, status) {
	in := x.s.in
	if fd != "" && fd != "0" {
		text, ok := x.s.fds.Lookup(fd)
		in = &text
		if !ok {
			in = nil
		}
	}
	if in == nil {
		return action.HoleText, unknown
	}
	line, rest, found := strings.Cut(*in, delim[:1])
	for !raw && found && strings.HasSuffix(line, "\\") {
		var more string
		more, rest, found = strings.Cut(rest, delim[:1])
		line = strings.TrimSuffix(line, "\\") + more
	}
	if fd != "" && fd != "0" {
		x.s.fds = x.s.fds.With(fd, rest)
	} else {
		x.s.in = &rest
	}
	if !found {
		if action.Holed(line) {
			return line, unknown // a hole may hold more lines
		}
		return line, failure
	}
	return line, success
}

func (e *evaluator) doMapfile(c *command, s *state) []*state {
	r := done(s, unknown)[0]
	name, trim, callback, fd, partly := "MAPFILE", false, "", "", false
	args := c.argv[1:]
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-t":
			trim = true
		case strings.HasPrefix(a, "-") && len(a) == 2 && i+1 < len(args):
			i++
			switch a {
			case "-C":
				callback = args[i]
			case "-u":
				fd = args[i]
			case "-c":
			default:
				partly = true // -d, -n, -s, -O: other lines than all
			}
		case !strings.HasPrefix(a, "-"):
			name = a
		default:
			partly = true // several options in one word
		}
	}
	list := []string{action.HoleText}
	in := r.in
	if fd != "" {
		if text, ok := r.fds.Lookup(fd); ok {
			in = &text
		} else {
			in = nil
		}
	}
	if in != nil && !partly {
		list = nil
		for _, l := range strings.SplitAfter(*in, "\n") {
			if l == "" {
				continue
			}
			if trim {
				l = strings.TrimSuffix(l, "\n")
			}
			list = append(list, l)
		}
		empty := ""
		if fd == "" {
			r.in = &empty
		}
	}
	if syntax.ValidName(name) {
		r.set(name, &variable{kind: indexed, list: list})
	}
	if callback != "" {
		child := r.subshell()
		child.capture = false
		e.nested(c.src, child, callback, "mapfile -C", c.span)
	}
	return []*state{r}
}
