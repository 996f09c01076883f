package shell

import (
	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// act follows one thing that code in another language does. c is the
// interpreter that runs it.
func (e *evaluator) act(c *command, inv *action.Invocation, s *state, a *action.Act) []*state {
	if a.Kind == action.ActStart {
		if a.URL != "" && action.Holed(a.Text) {
			e.runUnseen(c, s, origin{kind: fetched, tool: "code", url: a.URL}, interpreterOf(inv, a.Lang))
		}
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
		e.readsFile(c, s, a.Path, false)
	case action.ActWrite:
		e.writes(c, s, a.Path)
		mode := openWrite
		if a.Append {
			mode = openAppend
		}
		e.store(s, a.Path, a.Text, mode)
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

// interpreterOf is the program that runs text of a language which it was given by
// code that inv runs; "" for a shell.
func interpreterOf(inv *action.Invocation, lang string) string {
	if isShell(lang) {
		return ""
	}
	return inv.Program()
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
