package shell

import (
	"path"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// The builtins that move the shell.

func (e *evaluator) doCd(c *command, s *state) []*state {
	e.report(c, s)
	args := c.argv[1:]
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		if args[0] == "--" {
			args = args[1:]
			break
		}
		args = args[1:]
	}
	to := ""
	switch {
	case len(args) == 0:
		if v := e.lookup(s, "HOME"); v.isSet() && len(v.alts) > 0 {
			to = v.alts[0]
		} else {
			to = action.HoleText
		}
	case args[0] == "-":
		if to = s.oldDir; to == "" {
			if v := e.lookup(s, "OLDPWD"); v.isSet() && len(v.alts) > 0 {
				to = v.alts[0]
			} else {
				to = action.HoleText
			}
		}
	default:
		to = args[0]
	}
	return e.moveTo(s, to)
}

// moveTo changes the working directory. Where the directory is not there, it
// may be by then, or the move fails.
func (e *evaluator) moveTo(s *state, to string) []*state {
	moved := s.clone()
	moved.oldDir = s.dir
	moved.set("OLDPWD", &variable{alts: []string{s.dir}, exported: true})
	moved.unsetOwn("PWD")
	moved.dir = e.cdPath(s, to)
	if action.Holed(moved.dir) || world.IsDir(s.fs, moved.dir) {
		moved.status = success
		moved.failed = s.clone()
		return []*state{moved}
	}
	moved.status = success
	stayed := s.clone()
	stayed.status = failure
	return []*state{moved, stayed}
}

// cdPath resolves the operand of cd, through CDPATH where that applies.
func (e *evaluator) cdPath(s *state, to string) string {
	abs := s.abs(to)
	if path.IsAbs(to) || strings.HasPrefix(to, "./") || strings.HasPrefix(to, "../") || to == "." || to == ".." || to == "" {
		return abs
	}
	v := e.lookup(s, "CDPATH")
	if !v.isSet() || len(v.alts) == 0 {
		return abs
	}
	for _, d := range strings.Split(v.alts[0], ":") {
		if p := path.Join(s.abs(d), to); world.IsDir(s.fs, p) {
			return p
		}
	}
	return abs
}

func (e *evaluator) doPushd(c *command, s *state) []*state {
	args := dropOptions(c.argv[1:], "-n")
	switch {
	case len(args) == 0:
		if len(s.dirs) == 0 {
			return done(s, failure)
		}
		out := e.moveTo(s, s.dirs[0])
		for _, o := range out {
			o.dirs = append([]string{s.dir}, s.dirs[1:]...)
		}
		return out
	case strings.HasPrefix(args[0], "+") || strings.HasPrefix(args[0], "-"):
		r := done(s, unknown)[0] // rotates the stack
		r.dir = action.HoleText
		return []*state{r}
	}
	out := e.moveTo(s, args[0])
	for _, o := range out {
		if o.dir != s.dir {
			o.dirs = append([]string{s.dir}, s.dirs...)
		}
	}
	return out
}

func (e *evaluator) doPopd(c *command, s *state) []*state {
	if len(s.dirs) == 0 {
		return done(s, failure)
	}
	out := e.moveTo(s, s.dirs[0])
	for _, o := range out {
		if o.dir != s.dir {
			o.dirs = s.dirs[1:]
		}
	}
	return out
}

func dropOptions(args []string, opts ...string) []string {
	for len(args) > 0 {
		found := false
		for _, o := range opts {
			found = found || args[0] == o
		}
		if !found {
			break
		}
		args = args[1:]
	}
	return args
}
