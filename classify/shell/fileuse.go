package shell

import (
	"strconv"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// readsFile tells of a file that a command reads, and not by its words.
func (e *evaluator) readsFile(c *command, s *state, name string, stdin bool) {
	if e.opt.File == nil || s.host != "" || name == "" {
		return
	}
	abs := s.abs(name)
	if _, ok := s.fdOf(abs); ok {
		return
	}
	e.opt.File(FileUse{Path: abs, Stdin: stdin}, func() *action.Invocation { return e.invocation(c, s) })
}

// writesFile tells of a file that the command at hand is about to write.
func (e *evaluator) writesFile(s *state, w world.Write) {
	if e.opt.File == nil || e.current == nil || s.host != "" || w.Tool || w.Kind == world.Missing || w.Kind == world.Dir {
		return
	}
	use := FileUse{Path: w.Path, Write: true, Text: w.Content}
	if w.Kind == world.Link {
		text, _ := e.readText(s, w.Target)
		use.Text = text
	}
	if use.Text == "" {
		return // made or emptied: what comes into it is told of then
	}
	e.opt.File(use, func() *action.Invocation {
		inv := e.invocation(e.current, s)
		// What the file held before the call counts, not what the call made
		// of it.
		inv.FS = e.opt.FS
		return inv
	})
}

// watched reports whether somebody wants to know of changes of a file.
func (e *evaluator) watched(s *state, file string) bool {
	return e.opt.Watch != nil && s.host == "" && !action.Holed(file) && e.opt.Watch(file)
}

// changes tells of a file that a command changes.
func (e *evaluator) changes(c *command, s *state, w world.Write) {
	if c != nil && !w.Tool && e.watched(s, w.Path) {
		e.opt.Change(w, s.fs, func() *action.Invocation { return e.invocation(c, s) })
	}
}

// changed tells of what is in a file after a command wrote to it.
func (e *evaluator) changed(c *command, s *state, file string) {
	if c == nil || !e.watched(s, file) {
		return
	}
	w := world.Write{Path: file, Kind: world.File, Content: action.HoleText}
	if b, err := s.fs.ReadFile(file, maxFileSize); err == nil {
		w.Content = string(b)
	}
	e.changes(c, s, w)
}

// invocation is a command as it would start in a state.
func (e *evaluator) invocation(c *command, s *state) *action.Invocation {
	inv := &action.Invocation{
		Argv: c.argv, Span: c.span, At: c.src.at, Via: c.via, Dir: s.dir, Env: env{e, s}, FS: s.fs,
		Host: s.host, Stdin: s.stdin(), Given: c.given,
	}
	if c.src.file != "" {
		inv.File = c.src.file
		if c.node != nil {
			inv.File += ":" + strconv.Itoa(c.src.line+int(c.node.Pos().Line()))
		}
	}
	return inv
}
