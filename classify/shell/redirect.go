package shell

import (
	"errors"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// An outFile is where standard output goes while a command runs.
type outFile struct {
	path   string // "" discards
	append bool
}

// redirected evaluates f with the redirections in force. With keep, they stay
// in force afterwards (`exec <file`).
func (e *evaluator) redirected(src *source, s *state, redirs []*syntax.Redirect, keep bool, f func(*state) []*state) []*state {
	return e.alternatives(src, s, func(x *expander) []*state {
		s := x.s
		in, fds, outer := s.in, s.fds, s.capture
		var to *outFile
		mayFail := false // the file cannot be opened, and nothing runs
		for _, r := range redirs {
			to = e.redirect(x, r, to)
			mayFail = mayFail || opensFile(r)
		}
		saved := s.out
		if to != nil {
			s.capture, s.out = true, ""
		}
		ends := f(s)
		out := make([]*state, 0, len(ends))
		for _, end := range ends {
			c := end.clone()
			c.failed = end.failed
			if mayFail && c.status == success && c.failed == nil {
				c.status = unknown
			}
			if to != nil {
				c.capture = outer
				c.store(to, c.out)
				c.out = saved
			}
			if !keep {
				c.in, c.fds = in, fds
			} else if c.in == nil {
				c.in = in
			}
			out = append(out, c)
		}
		return e.drain(out)
	})
}

// opensFile reports whether a redirection opens a file that may not let itself
// be opened.
func opensFile(r *syntax.Redirect) bool {
	switch r.Op {
	case syntax.Hdoc, syntax.DashHdoc, syntax.WordHdoc, syntax.DplOut, syntax.DplIn:
		return false
	}
	return !strings.HasPrefix(r.Word.Lit(), "/dev/")
}

// store puts captured output into the file.
func (s *state) store(to *outFile, text string) {
	if to.path == "" {
		return
	}
	w := world.Write{Path: to.path, Kind: world.File, Content: text}
	if info, err := world.Stat(s.fs, to.path); err == nil {
		w.Exec = info.Exec && info.Size > 0
	}
	if to.append {
		if old, err := s.fs.ReadFile(to.path, maxFileSize); err == nil {
			w.Content = string(old) + text
		} else if errors.Is(err, world.ErrUnknown) || errors.Is(err, world.ErrTooLarge) {
			w.Content = action.HoleText + "\n" + text
		}
	}
	if real, err := world.Resolve(s.fs, to.path, true); err == nil {
		w.Path = real
	}
	s.fs = s.fs.With(w)
}

// redirect applies one redirection to the expander's state. It returns where
// standard output goes.
func (e *evaluator) redirect(x *expander, r *syntax.Redirect, to *outFile) *outFile {
	s := x.s
	fd := ""
	if r.N != nil {
		fd = r.N.Value
	}
	switch r.Op {
	case syntax.Hdoc, syntax.DashHdoc:
		text := x.hereDoc(r)
		s.setInput(fd, &text)
		return to
	case syntax.WordHdoc:
		text := x.literal(r.Word) + "\n"
		s.setInput(fd, &text)
		return to
	}
	var name string
	if f := x.fields([]*syntax.Word{r.Word}); len(f) == 1 {
		name = f[0]
	} else if len(f) > 1 {
		name = action.HoleText
	}
	switch r.Op {
	case syntax.RdrIn, syntax.RdrInOut:
		if text, ok := e.readText(s, name); ok {
			s.setInput(fd, &text)
		} else {
			s.setInput(fd, nil)
		}
	case syntax.DplIn:
		if text, ok := s.fds.Lookup(name); ok {
			s.setInput(fd, &text)
		} else if name != "0" && fd == "" {
			s.setInput(fd, nil)
		}
	case syntax.DplOut:
		// bash 5.2 expands the word a second time when it names no
		// descriptor.
		name = x.promptText(name)
		switch {
		case fd != "" && fd != "1":
		case name == "1" || name == "":
		case name == "2" || name == "-":
			return &outFile{}
		case strings.Trim(name, "0123456789-") == "":
			return &outFile{} // another descriptor
		default: // >&file
			return &outFile{path: s.abs(name)}
		}
	case syntax.RdrOut, syntax.RdrClob, syntax.AppOut, syntax.RdrAll, syntax.AppAll, syntax.RdrAllClob, syntax.AppAllClob:
		app := r.Op == syntax.AppOut || r.Op == syntax.AppAll || r.Op == syntax.AppAllClob
		dest := &outFile{path: s.abs(name), append: app}
		if name == "" || strings.HasPrefix(name, "/dev/null") || strings.HasPrefix(name, "/dev/std") || strings.HasPrefix(name, "/dev/tty") || action.Holed(name) {
			dest.path = ""
		}
		if fd == "" || fd == "1" {
			if name == "/dev/stdout" || name == "/dev/fd/1" {
				return to
			}
			return dest
		}
		if dest.path != "" { // what goes to another descriptor is not followed
			if fd == "2" {
				s.store(&outFile{path: dest.path, append: true}, action.HoleText)
			} else {
				s.store(dest, action.HoleText)
			}
		}
	}
	return to
}

// setInput says what a descriptor reads; "" is standard input.
func (s *state) setInput(fd string, text *string) {
	if fd == "" || fd == "0" {
		s.in = text
		return
	}
	if text == nil {
		s.fds = s.fds.Without(fd)
		return
	}
	s.fds = s.fds.With(fd, *text)
}

// hereDoc returns the text of a here-document.
func (x *expander) hereDoc(r *syntax.Redirect) string {
	if r.Hdoc == nil {
		return ""
	}
	quoted := false
	for _, p := range r.Word.Parts {
		switch p := p.(type) {
		case *syntax.Lit:
			quoted = quoted || strings.Contains(p.Value, "\\")
		case *syntax.SglQuoted, *syntax.DblQuoted:
			quoted = true
		}
	}
	body := r.Hdoc
	if r.Op == syntax.DashHdoc {
		body = untab(body)
	}
	if quoted {
		var b strings.Builder
		for _, p := range body.Parts {
			if lit, ok := p.(*syntax.Lit); ok {
				b.WriteString(lit.Value)
			}
		}
		return clip(b.String())
	}
	return x.document(body)
}

// untab removes the tabs that <<- removes: those at the start of lines.
func untab(w *syntax.Word) *syntax.Word {
	parts := make([]syntax.WordPart, len(w.Parts))
	start := true
	for i, p := range w.Parts {
		parts[i] = p
		lit, ok := p.(*syntax.Lit)
		if !ok {
			start = false
			continue
		}
		lines := strings.SplitAfter(lit.Value, "\n")
		for k, l := range lines {
			if start {
				lines[k] = strings.TrimLeft(l, "\t")
			}
			start = strings.HasSuffix(l, "\n")
		}
		c := *lit
		c.Value = strings.Join(lines, "")
		parts[i] = &c
	}
	return &syntax.Word{Parts: parts}
}

// readText returns the content of a file that a command reads.
func (e *evaluator) readText(s *state, name string) (string, bool) {
	switch name {
	case "":
		return "", false
	case "/dev/null":
		return "", true
	case "-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0":
		if s.in == nil {
			return "", false
		}
		return *s.in, true
	}
	if fd, ok := strings.CutPrefix(name, "/dev/fd/"); ok {
		if text, ok := s.fds.Lookup(fd); ok {
			return text, true
		}
	}
	if action.Holed(name) {
		return "", false
	}
	if addr, ok := connection(name); ok {
		return e.mint(origin{kind: fetched, tool: "the shell", url: addr}), true
	}
	abs := s.abs(name)
	b, err := s.fs.ReadFile(abs, maxFileSize)
	if err == nil && len(b) > 0 {
		return string(b), true
	}
	if e.opt.Script != nil {
		if text, ok := e.opt.Script(s.fs, abs); ok {
			return text, true
		}
	}
	if text, ok := s.fs.UnknownContent(abs); ok && e.origin(text).kind != untraced {
		return text, true
	}
	return "", err == nil
}

// drain runs the readers of >(…) on what was written to them.
func (e *evaluator) drain(states []*state) []*state {
	for i, s := range states {
		for len(s.sinks) > 0 {
			k := s.sinks[0]
			c := s.clone()
			c.sinks = s.sinks[1:]
			child := c.subshell()
			child.capture = false
			child.in = nil
			if b, err := s.fs.ReadFile(k.path, maxFileSize); err == nil {
				text := string(b)
				child.in = &text
			}
			child.sinks = nil
			leave := e.enter()
			for _, end := range e.finish(k.src, e.stmts(k.src, []*state{child}, k.stmts)) {
				c.fs = end.fs
			}
			leave()
			s = c
		}
		states[i] = s
	}
	return states
}

// isBareExec reports whether a command is exec without a program, whose
// redirections last.
func isBareExec(cmd syntax.Command) bool {
	call, ok := cmd.(*syntax.CallExpr)
	return ok && len(call.Args) == 1 && call.Args[0].Lit() == "exec"
}
