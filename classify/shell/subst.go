package shell

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// A substResult is what one state at the end of a command substitution leaves.
type substResult struct {
	out     string
	fs      *world.Overlay
	streams []*stream
	status  status
}

type procResult struct {
	fd      int
	fs      *world.Overlay
	streams []*stream
}

// cmdSubst is the handler that package expand calls.
func (x *expander) cmdSubst(w io.Writer, cs *syntax.CmdSubst) error {
	r := x.substitute(cs)
	x.s.fs = r.fs
	x.s.adoptStreams(r.streams)
	x.s.status = r.status
	x.ran = true
	_, err := io.WriteString(w, r.out)
	return err
}

// substitute evaluates a command substitution, once for all runs, and chooses
// one of its results.
func (x *expander) substitute(cs *syntax.CmdSubst) substResult {
	results, ok := x.substs[cs]
	if !ok || x.wrote { // an assignment in the same command may matter
		results = x.e.substitution(x.src, x.s, cs)
		if x.substs == nil {
			x.substs = map[*syntax.CmdSubst][]substResult{}
		}
		x.substs[cs] = results
	}
	if x.blind {
		if i, ok := x.pickBlind(len(results)); ok {
			return results[i]
		}
		return substResult{out: action.HoleText, fs: results[0].fs, streams: results[0].streams}
	}
	return results[x.ch.choose(len(results))]
}

// substitution evaluates the commands of $(…) in a child of s.
func (e *evaluator) substitution(src *source, s *state, cs *syntax.CmdSubst) []substResult {
	if len(cs.Stmts) == 1 && cs.Stmts[0].Cmd == nil && len(cs.Stmts[0].Redirs) == 1 &&
		cs.Stmts[0].Redirs[0].Op == syntax.RdrIn {
		return e.fileSubstitution(src, s, cs.Stmts[0].Redirs[0])
	}
	leave := e.enter()
	defer leave()
	child := s.subshell()
	id := child.capture()
	child.opts.errexit = child.opts.errexit && child.opts.inheritErrexit
	var results []substResult
	for _, end := range e.finish(src, e.stmts(src, []*state{child}, cs.Stmts)) {
		r := substResult{strings.TrimRight(end.streams[id].text, "\n"), end.fs, end.streams[:id:id], end.status}
		dup := false
		for _, o := range results {
			dup = dup || o.out == r.out && o.fs.Equal(r.fs) && slices.Equal(o.streams, r.streams)
		}
		if !dup {
			results = append(results, r)
		}
	}
	if len(results) == 0 {
		results = []substResult{{fs: s.fs, streams: s.streams}}
	}
	if len(results) > maxAlts {
		last := results[len(results)-1]
		results = []substResult{{out: action.HoleText, fs: last.fs, streams: last.streams}}
	}
	return results
}

// fileSubstitution is $(<file).
func (e *evaluator) fileSubstitution(src *source, s *state, r *syntax.Redirect) []substResult {
	var results []substResult
	e.alternatives(src, s, func(x *expander) []*state {
		name := x.literal(r.Word)
		e.readsFile(&command{src: src, node: r, argv: []string{"<", name}, span: src.span(r), via: src.via}, x.s, name, false)
		text, ok := e.readText(x.s, name)
		if !ok {
			text = action.HoleText
		}
		results = append(results, substResult{strings.TrimRight(text, "\n"), x.s.fs, x.s.streams, unknown})
		return nil
	})
	return results
}

// procSubst gives <(…) a path whose content is what the commands print, and
// >(…) one whose readers run when the command is done.
func (x *expander) procSubst(ps *syntax.ProcSubst) (string, error) {
	r, ok := x.procs[ps]
	if !ok {
		r = procResult{fd: x.e.substFd(), fs: x.s.fs, streams: x.s.streams}
		if ps.Op != syntax.CmdOut {
			x.printed(&r, ps.Stmts)
		}
		if x.procs == nil {
			x.procs = map[*syntax.ProcSubst]procResult{}
		}
		x.procs[ps] = r
	}
	x.s.fs = r.fs
	x.s.adoptStreams(r.streams)
	if ps.Op == syntax.CmdOut {
		child := x.s.subshell()
		in := x.s.open(stream{})
		child.streams = x.s.streams
		child.setFd(0, in)
		x.s.setDescriptor(descriptor{num: r.fd, stream: in, subst: true})
		x.s.sinks = append(slices.Clip(x.s.sinks), sink{in: in, out: closed, src: x.src, stmts: ps.Stmts, child: child})
	}
	return "/dev/fd/" + strconv.Itoa(r.fd), nil
}

// printed evaluates the commands of <(…) and puts what they print where the
// substitution's path leads.
func (x *expander) printed(r *procResult, stmts []*syntax.Stmt) {
	child := x.s.subshell()
	id := child.capture()
	leave := x.e.enter()
	text := ""
	for i, end := range x.e.finish(x.src, x.e.stmts(x.src, []*state{child}, stmts)) {
		switch out := end.streams[id].text; {
		case i == 0:
			text, r.fs, r.streams = out, end.fs, end.streams[:id:id]
		case text != out:
			// Any of the outputs may be read: a reader that runs it is
			// shown all of them.
			text = clip(text + "\n" + out)
		}
	}
	leave()
	end := *x.s
	end.fs = r.fs
	end.put(world.Write{Path: "/dev/fd/" + strconv.Itoa(r.fd), Kind: world.File, Content: text})
	r.fs = end.fs
}
