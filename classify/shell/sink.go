package shell

import (
	"slices"
	"strconv"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// A sink is a child that depends on what the shell does after its start: >(…) or
// a coprocess, which read what is written to them, or a background job, which may
// come late to the files that it reads. It is evaluated when all of that is known:
// when the last descriptor to it is closed, when its output is wanted, or when
// the shell ends.
type sink struct {
	in    int // the stream that it reads; closed for a job
	out   int // the stream that a coprocess writes; closed but for that
	src   *source
	stmts []*syntax.Stmt
	child *state // as it began
	ran   bool
	saw   string         // what it had read by then
	fs    *world.Overlay // the files that a job has seen
}

// same reports whether two sinks would do the same.
func (k sink) same(l sink) bool {
	return k.child == l.child || k.in == l.in && k.out == l.out && k.stmts[0] == l.stmts[0] &&
		sameSkeleton(k.child, l.child) && k.child.vars.Equal(l.child.vars, sameVar)
}

// joinSinks returns the sinks of both lists.
func joinSinks(a, b []sink) []sink {
	u := slices.Clip(a)
	for _, k := range b {
		if !slices.ContainsFunc(u, k.same) {
			u = append(u, k)
		}
	}
	return u
}

// drain runs the readers of >(…) that nobody can write to any more.
func (e *evaluator) drain(states []*state) []*state {
	for i, s := range states {
		if len(s.sinks) == 0 {
			continue
		}
		states[i] = e.drainState(s, func(k sink) bool { return k.in >= 0 && !s.refersTo(k.in) })
	}
	return states
}

// endSinks runs what still waits when a shell ends.
func (e *evaluator) endSinks(s *state) *state {
	if len(s.sinks) == 0 {
		return s
	}
	return e.drainState(s, func(sink) bool { return true })
}

func (e *evaluator) drainState(s *state, ready func(sink) bool) *state {
	var left, run []sink
	for _, k := range s.sinks {
		if ready(k) {
			run = append(run, k)
		} else {
			left = append(left, k)
		}
	}
	if len(run) == 0 {
		return s
	}
	c := s.clone()
	c.failed = s.failed
	c.sinks = left
	for _, k := range run {
		if k = e.runSink(c, k); k.in == closed {
			c.sinks = append(slices.Clip(c.sinks), k) // a job outlives its shell
		}
	}
	return c
}

// settle runs the coprocess that writes a stream which is going to be read.
func (e *evaluator) settle(s *state, id int) {
	for i, k := range s.sinks {
		if k.out == id && id >= 0 {
			k = e.runSink(s, k)
			s.sinks = slices.Clone(s.sinks)
			s.sinks[i] = k
		}
	}
}

// runSink evaluates a sink on what was written to it so far.
func (e *evaluator) runSink(s *state, k sink) sink {
	if k.in == closed {
		e.runLate(s, k)
		k.fs = s.fs
		return k
	}
	written := *s.streams[k.in]
	if k.ran && k.saw == written.text {
		return k
	}
	k.saw = written.text
	before := ""
	if k.out >= 0 {
		before = s.streams[k.out].text
	}
	child := k.child.subshell()
	child.fs, child.streams = s.fs, s.streams
	leave := e.enter()
	ends := e.finish(k.src, e.stmts(k.src, []*state{child}, k.stmts))
	leave()
	text := ""
	for i, end := range ends {
		if i == 0 {
			s.adopt(end)
		} else {
			s.fs = longer(s.fs, end.fs)
		}
		if k.out >= 0 && end.streams[k.out].text != text {
			text = clip(text + end.streams[k.out].text)
		}
	}
	s.setStream(k.in, written)
	if k.out >= 0 && len(ends) > 0 {
		out := *s.streams[k.out]
		if out.text = text; k.ran {
			// It was run before, on less: what it prints now begins with
			// what it printed then, of which some was read.
			out.text = before + action.HoleText + "\n" + text
		}
		s.setStream(k.out, out)
	}
	k.ran = true
	return k
}

// runLate evaluates a background job on the files that are there at the end.
func (e *evaluator) runLate(s *state, k sink) {
	if s.fs.Equal(k.fs) {
		return
	}
	child := k.child.subshell()
	child.fs = s.fs
	leave := e.enter()
	defer leave()
	for _, end := range e.finish(k.src, e.stmts(k.src, []*state{child}, k.stmts)) {
		s.fs = longer(s.fs, end.fs)
	}
}

// coproc starts a coprocess: its descriptors are in an array of its name.
func (e *evaluator) coproc(src *source, s *state, cmd *syntax.CoprocClause) []*state {
	name := "COPROC"
	if cmd.Name != nil {
		name = cmd.Name.Lit()
	}
	c := s.clone()
	child := c.subshell()
	in, out := c.open(stream{}), c.open(stream{})
	child.streams = c.streams
	child.setFd(0, in)
	child.setFd(1, out)
	c.sinks = append(slices.Clip(c.sinks), sink{in: in, out: out, src: src, stmts: []*syntax.Stmt{cmd.Stmt}, child: child})
	read, write := e.substFd(), e.substFd()
	c.setFd(read, out)
	c.setFd(write, in)
	if syntax.ValidName(name) {
		c.set(name, &variable{kind: indexed, list: []string{strconv.Itoa(read), strconv.Itoa(write)}})
		c.set(name+"_PID", &variable{alts: []string{action.HoleText}})
	}
	c.status = success
	return []*state{c}
}

// firstSubstFd is before the first descriptor of a process substitution; bash
// counts down from 63.
const firstSubstFd = 63

// substFd returns a descriptor that no text has reason to name.
func (e *evaluator) substFd() int {
	e.nproc++
	return firstSubstFd + e.nproc
}
