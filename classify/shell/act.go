package shell

import (
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// act follows one thing that code in another language does. c is the
// interpreter that runs it.
func (e *evaluator) act(c *command, inv *action.Invocation, s *state, a *action.Act) []*state {
	if a.Made != "" || a.URL != "" && a.Kind != action.ActConnect {
		a = e.rememberOrigin(a)
	}
	if a.Kind == action.ActStart {
		return e.follow(c, inv, s, a.Start)
	}
	s = s.clone()
	back := s.dir
	if a.Dir != "" {
		s.dir = s.abs(a.Dir)
	}
	outer := e.current
	e.current = c
	switch a.Kind {
	case action.ActRead:
		e.codeReads(c, s, a.Path)
	case action.ActWrite:
		e.writes(c, s, a.Path)
		if a.Text != "" && strings.Trim(a.Text, action.HoleText) == "" && (e.opt.Watch == nil || !e.opt.Watch(s.abs(a.Path))) {
			break // of a file that is edited, what it was is the best that is known
		}
		mode := openWrite
		if a.Append {
			mode = openAppend
		}
		e.store(s, a.Path, a.Text, mode)
	case action.ActMkdir:
		e.writes(c, s, a.Path)
		s.put(world.Write{Path: s.abs(a.Path), Kind: world.Dir})
	case action.ActRemove:
		e.writes(c, s, a.Path)
		s.put(world.Write{Path: s.abs(a.Path), Kind: world.Missing})
	case action.ActMode:
		e.writes(c, s, a.Path)
		s.chmod("+x", []string{a.Path})
	case action.ActCopy, action.ActMove, action.ActLink:
		e.places(c, s, a)
	case action.ActConnect:
		if e.opt.Connect != nil && s.host == "" {
			e.opt.Connect(e.invocation(c, s), a.URL)
		}
		e.sendsText(s, a.Sent, a.URL)
	}
	e.current, s.dir = outer, back
	return []*state{s}
}

// rememberOrigin returns an act whose holes remember where their text comes from.
func (e *evaluator) rememberOrigin(a *action.Act) *action.Act {
	o := origin{kind: fetched, tool: "code", url: a.URL}
	if a.URL == "" {
		o = origin{kind: made, tool: a.Made}
	}
	hole := e.mint(o)
	b := *a
	b.Text = strings.ReplaceAll(a.Text, action.HoleText, hole)
	b.Argv = slices.Clone(a.Argv)
	for i, w := range b.Argv {
		b.Argv[i] = strings.ReplaceAll(w, action.HoleText, hole)
	}
	return &b
}

// codeReads tells of a file that code reads.
func (e *evaluator) codeReads(c *command, s *state, name string) {
	judge := e.opt.File
	if judge == nil {
		return
	}
	e.opt.File = func(use FileUse, inv func() *action.Invocation) {
		use.Code = true
		judge(use, inv)
	}
	e.readsFile(c, s, name, false)
	e.opt.File = judge
}

// writes tells of a file that code changes.
func (e *evaluator) writes(c *command, s *state, name string) {
	if e.opt.Output != nil && s.host == "" && name != "" {
		e.opt.Output(e.invocation(c, s), s.abs(name))
	}
}

// places makes one file of another.
func (e *evaluator) places(c *command, s *state, a *action.Act) {
	if a.Kind != action.ActLink {
		e.readsFile(c, s, a.Path, false)
	}
	if a.Kind == action.ActMove {
		e.writes(c, s, a.Path)
	}
	e.writes(c, s, a.To)
	if action.Holed(a.Path) || action.Holed(a.To) {
		return
	}
	s.copyAll([]string{a.Path, a.To}, func(from, to string) {
		switch a.Kind {
		case action.ActLink:
			s.put(world.Write{Path: to, Kind: world.Link, Target: from})
		case action.ActMove:
			s.moveFile(from, to)
		default:
			s.copyFile(from, to)
		}
	})
}
