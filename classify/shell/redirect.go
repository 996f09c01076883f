package shell

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// redirected evaluates f with the redirections in force.
func (e *evaluator) redirected(src *source, s *state, redirs []*syntax.Redirect, f func(*state) []*state) []*state {
	return e.alternatives(src, s, func(x *expander) []*state {
		first := e.nproc
		u := e.redirect(x, redirs, nil)
		if u.fails {
			return e.endCommand(u.end([]*state{x.s}), first)
		}
		return e.endCommand(u.end(f(x.s)), first)
	})
}

// endCommand closes the process substitutions of a command, all numbered after
// first, and runs those that were written to.
func (e *evaluator) endCommand(states []*state, first int) []*state {
	if e.nproc == first {
		return e.drain(states)
	}
	for i, s := range states {
		for k := len(s.fds) - 1; k >= 0 && s.fds[k].num > firstSubstFd+first; k-- {
			if !s.fds[k].subst {
				continue
			}
			failed := s.failed
			s = s.clone()
			s.failed = failed
			s.fds = slices.Delete(slices.Clone(s.fds), k, k+1)
			states[i] = s
		}
	}
	return e.drain(states)
}

// An undo holds what the end of a command restores.
type undo struct {
	e       *evaluator
	streams int // before the command
	saved   []descriptor
	outputs []output
	fails   bool // a redirection fails, and nothing runs
	mayFail bool // one may not let itself be opened
}

// An output is a file that a command's redirection opened to be written.
type output struct {
	file string
	c    *command
}

// end undoes redirections, except where a bare exec made them last.
func (u *undo) end(states []*state) []*state {
	for i, end := range states {
		c := end.clone()
		c.failed = end.failed
		switch {
		case u.fails:
			c.status = failure
		case u.mayFail && c.status == success && c.failed == nil:
			c.status = unknown
		}
		for _, o := range u.outputs {
			u.e.changed(o.c, c, o.file)
		}
		if !c.lasting {
			for k := len(u.saved) - 1; k >= 0; k-- {
				c.setDescriptor(u.saved[k])
			}
			c.trim(u.streams)
		}
		states[i] = c
	}
	return states
}

// redirect applies redirections, in order, to the expander's state. They are
// those of a simple command, or of a compound one: then c is nil.
func (e *evaluator) redirect(x *expander, redirs []*syntax.Redirect, c *command) *undo {
	u := &undo{e: e, streams: len(x.s.streams)}
	r := &redirector{e: e, x: x, u: u, c: c}
	for _, redir := range redirs {
		if r.apply(redir); u.fails {
			break
		}
	}
	return u
}

// A redirector applies the redirections of one command.
type redirector struct {
	e *evaluator
	x *expander
	u *undo
	c *command // nil of a compound command
}

// open opens a file for reading.
func (r *redirector) open(redir *syntax.Redirect, name string, mode openMode) int {
	r.e.readsFile(r.of(redir, "<", name), r.x.s, name, true)
	return r.e.openFile(r.x.s, name, mode)
}

// of returns the command that a redirection belongs to, or one that stands for
// the redirection of a compound command.
func (r *redirector) of(redir *syntax.Redirect, op, name string) *command {
	if r.c != nil {
		return r.c
	}
	return &command{src: r.x.src, node: redir, argv: []string{op, name}, span: r.x.src.span(redir), via: r.x.src.via}
}

// writes tells of a file that is opened to write.
func (r *redirector) writes(redir *syntax.Redirect, name string) {
	s := r.x.s
	if (r.e.opt.Output == nil && r.e.opt.Watch == nil) || s.host != "" || name == "" {
		return
	}
	abs := s.abs(name)
	if _, ok := s.fdOf(abs); ok {
		return
	}
	if real := s.real(abs); r.e.watched(s, real) {
		r.u.outputs = append(r.u.outputs, output{real, r.of(redir, ">", name)})
	}
	if r.e.opt.Output == nil {
		return
	}
	r.e.opt.Output(r.e.invocation(r.of(redir, ">", name), s), abs)
}

// set makes a descriptor stand for a stream until the end of the command. zsh
// writes to all files that one command names for the same descriptor
// (MULTIOS).
func (r *redirector) set(fd, stream int, output bool) {
	s := r.x.s
	old := s.streamAt(fd)
	if output && r.x.src.lang == syntax.LangZsh && old >= 0 && stream >= 0 && old != stream && (r.changed(fd) || s.piped && fd == 1) {
		stream = s.open(stream2(old, stream))
	}
	i := slices.IndexFunc(s.fds, func(d descriptor) bool { return d.num == fd })
	if i >= 0 {
		r.u.saved = append(r.u.saved, s.fds[i])
	} else {
		r.u.saved = append(r.u.saved, descriptor{num: fd, stream: old})
	}
	s.setFd(fd, stream)
}

func stream2(a, b int) stream { return stream{kind: tee, to: [2]int{a, b}} }

func (r *redirector) changed(fd int) bool {
	return slices.ContainsFunc(r.u.saved, func(d descriptor) bool { return d.num == fd })
}

// apply applies one redirection.
func (r *redirector) apply(redir *syntax.Redirect) {
	x, s := r.x, r.x.s
	fd, output := 0, true
	switch redir.Op {
	case syntax.Hdoc, syntax.DashHdoc, syntax.WordHdoc, syntax.RdrIn, syntax.RdrInOut, syntax.DplIn:
		output = false
	default:
		fd = 1
	}
	explicit := redir.N != nil
	var name string // of the variable in {name}>file
	if explicit {
		num, err := strconv.Atoi(redir.N.Value)
		if err != nil {
			name = strings.Trim(redir.N.Value, "{}")
		}
		fd = num
	}
	word := r.word(redir)
	if name != "" && word == "-" { // {name}>&- closes what the variable names
		if num, err := strconv.Atoi(x.scalarOf(name)); err == nil {
			s.setFd(num, closed)
		}
		return
	}
	set := func(stream int) {
		if name == "" {
			r.set(fd, stream, output)
			return
		}
		num := s.freeFd() // it stays open after the command
		s.setFd(num, stream)
		x.assignTo(name, strconv.Itoa(num), false)
	}
	switch redir.Op {
	case syntax.Hdoc, syntax.DashHdoc, syntax.WordHdoc:
		set(s.open(stream{text: word}))
	case syntax.RdrIn:
		r.u.mayFail = r.u.mayFail || opensFile(redir)
		set(r.open(redir, word, openRead))
	case syntax.RdrInOut:
		r.u.mayFail = r.u.mayFail || opensFile(redir)
		r.writes(redir, word)
		set(r.open(redir, word, openBoth))
	case syntax.DplIn, syntax.DplOut:
		r.duplicate(redir, word, fd, name != "" || explicit, set)
	default:
		mode := openWrite
		switch redir.Op {
		case syntax.AppOut, syntax.AppClob, syntax.AppAll, syntax.AppAllClob:
			mode = openAppend
		}
		if redir.Op == syntax.RdrOut && s.opts.noclobber && world.IsFile(s.fs, s.abs(word)) {
			r.u.fails = true
			return
		}
		r.u.mayFail = r.u.mayFail || opensFile(redir)
		r.writes(redir, word)
		id := r.e.openFile(s, word, mode)
		set(id)
		switch redir.Op {
		case syntax.RdrAll, syntax.AppAll, syntax.RdrAllClob, syntax.AppAllClob:
			r.set(2, id, output)
		}
	}
}

// duplicate applies fd>&word and fd<&word.
func (r *redirector) duplicate(redir *syntax.Redirect, word string, fd int, explicit bool, set func(int)) {
	s := r.x.s
	if redir.Op == syntax.DplOut || action.Holed(word) {
		// bash 5.2 expands the word a second time when it names no
		// descriptor.
		word = r.x.promptText(word)
	}
	if word == "-" {
		set(closed)
		return
	}
	digits, move := strings.CutSuffix(word, "-")
	num, err := strconv.Atoi(digits)
	switch {
	case action.Holed(word):
		set(outside)
	case err == nil:
		id := s.streamAt(num)
		if id == closed {
			r.u.mayFail = true // it may come from outside
			id = outside
		}
		if redir.Op == syntax.DplIn {
			r.e.settle(s, id)
		}
		set(id)
		if move && num != fd {
			r.set(num, closed, false)
		}
	case redir.Op == syntax.DplOut && word != "" && (!explicit || fd == 1): // >&file
		r.writes(redir, word)
		id := r.e.openFile(s, word, openWrite)
		set(id)
		r.set(2, id, true)
		r.u.mayFail = true
	default:
		r.u.mayFail = true // an ambiguous redirection
	}
}

// word expands the word of a redirection: the text of a here-document, or the
// name of a file.
func (r *redirector) word(redir *syntax.Redirect) string {
	switch redir.Op {
	case syntax.Hdoc, syntax.DashHdoc:
		return r.x.hereDoc(redir)
	case syntax.WordHdoc:
		return r.x.literal(redir.Word) + "\n"
	}
	switch f := r.x.fields([]*syntax.Word{redir.Word}); len(f) {
	case 0:
		return ""
	case 1:
		return f[0]
	}
	return action.HoleText
}

// opensFile reports whether a redirection opens a file that may not let itself
// be opened.
func opensFile(r *syntax.Redirect) bool { return !isDevice(r.Word.Lit()) }

// isDevice reports whether a path is that of a device or a descriptor. What
// stands in /dev/shm are files as anywhere else.
func isDevice(file string) bool {
	return strings.HasPrefix(file, "/dev/") && !strings.HasPrefix(path.Clean(file), "/dev/shm/")
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
	case "-":
		return s.unread(0)
	}
	if action.Holed(name) && !isEnviron(name) {
		if name = s.somewhere(s.abs(name)); !s.fs.ByHand(name) {
			return "", false
		}
	}
	if addr, ok := connection(name); ok {
		return e.mint(origin{kind: fetched, tool: "the shell", url: addr}), true
	}
	abs := s.abs(name)
	if isEnviron(abs) {
		text, _ := e.environment(s, nil)
		return strings.ReplaceAll(text, "\n", "\x00"), text != ""
	}
	if fd, ok := s.fdOf(abs); ok {
		if id := s.streamAt(fd); id >= 0 {
			t := *s.streams[id]
			t.pos = 0 // a file is opened anew
			return t.unread()
		}
	}
	b, err := s.fs.ReadFile(abs, maxFileSize)
	if err == nil && len(b) > 0 {
		e.noteRead(s, abs, string(b))
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
