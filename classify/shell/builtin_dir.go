package shell

import (
	"path"
	"slices"
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
	var to []string
	switch {
	case len(args) == 0:
		to = e.directories(s, "HOME")
	case args[0] != "-":
		to = args[:1]
	case s.oldDir != "":
		to = []string{s.oldDir}
	default:
		to = e.directories(s, "OLDPWD")
	}
	var out []*state
	for _, dir := range to {
		out = append(out, e.moveTo(s, dir)...)
	}
	if len(to) == 1 {
		return out
	}
	return e.join(out)
}

// directories returns what a variable that names one may be.
func (e *evaluator) directories(s *state, name string) []string {
	if v := e.lookup(s, name); v.isSet() && len(v.alts) > 0 {
		return v.alts
	}
	return []string{action.HoleText}
}

// moveTo changes the working directory.
func (e *evaluator) moveTo(s *state, to string) []*state {
	dirs := e.cdPaths(s, to)
	out := e.moveInto(s, dirs[0])
	for _, dir := range dirs[1:] {
		out = append(out, e.moveInto(s, dir)...)
	}
	if len(dirs) == 1 {
		return out
	}
	return e.join(out)
}

// moveInto changes the working directory to dir. Where that is not there, it
// may be by then, or the move fails.
func (e *evaluator) moveInto(s *state, dir string) []*state {
	moved := s.clone()
	moved.oldDir = s.dir
	moved.set("OLDPWD", &variable{alts: []string{s.dir}, exported: true})
	moved.unsetOwn("PWD")
	moved.dir = dir
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

// cdPaths resolves the operand of cd, through what CDPATH may be where that
// applies.
func (e *evaluator) cdPaths(s *state, to string) []string {
	abs := s.lexical(to)
	if path.IsAbs(to) || strings.HasPrefix(to, "./") || strings.HasPrefix(to, "../") || to == "." || to == ".." || to == "" {
		return []string{abs}
	}
	v := e.lookup(s, "CDPATH")
	if !v.isSet() || len(v.alts) == 0 {
		return []string{abs}
	}
	var out []string
	if v.unset {
		out = append(out, abs)
	}
	for _, list := range v.alts {
		found := abs
		for _, d := range strings.Split(list, ":") {
			if p := path.Join(s.abs(d), to); world.IsDir(s.fs, p) {
				found = p
				break
			}
		}
		if !slices.Contains(out, found) {
			out = append(out, found)
		}
	}
	return out
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
