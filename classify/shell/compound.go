package shell

import (
	"slices"

	"mvdan.cc/sh/v3/syntax"
)

// command evaluates a command in one state.
func (e *evaluator) command(src *source, s *state, st *syntax.Stmt) []*state {
	switch cmd := st.Cmd.(type) {
	case nil:
		return []*state{s}
	case *syntax.CallExpr:
		return e.call(src, s, cmd, st.Redirs)
	case *syntax.BinaryCmd:
		return e.binary(src, s, cmd)
	case *syntax.Block:
		return e.stmts(src, []*state{s}, cmd.Stmts)
	case *syntax.Subshell:
		return e.child(src, s, cmd.Stmts)
	case *syntax.IfClause:
		return e.ifClause(src, []*state{s}, cmd)
	case *syntax.WhileClause:
		return e.loop(s, func(s *state) []*state { return e.whileClause(src, s, cmd) })
	case *syntax.ForClause:
		return e.loop(s, func(s *state) []*state { return e.forClause(src, s, cmd) })
	case *syntax.CaseClause:
		return e.caseClause(src, s, cmd)
	case *syntax.FuncDecl:
		return e.funcDecl(src, s, cmd)
	case *syntax.DeclClause:
		return e.decl(src, s, cmd)
	case *syntax.TimeClause:
		if cmd.Stmt == nil {
			return []*state{s}
		}
		return e.stmt(src, s, cmd.Stmt)
	case *syntax.CoprocClause:
		return e.coproc(src, s, cmd)
	case *syntax.TestClause:
		return e.alternatives(src, s, func(x *expander) []*state {
			st := x.test(cmd.X)
			if src.lang == syntax.LangPOSIX {
				st = unknown // dash knows no [[
			}
			return x.tested(st)
		})
	case *syntax.ArithmCmd:
		ends := e.arithm(src, s, cmd.X)
		if src.lang == syntax.LangPOSIX {
			for _, end := range ends {
				end.status = unknown // two subshells to dash
			}
		}
		return ends
	case *syntax.LetClause:
		states := []*state{s}
		for _, x := range cmd.Exprs {
			states = e.each(states, func(s *state) []*state { return e.let(src, s, x) })
		}
		return states
	case *syntax.TestDecl:
		return e.stmt(src, s, cmd.Body)
	}
	e.problem(Problem{
		ID:   "unknown-syntax",
		Text: "the command uses a construct that is not understood",
		Hint: "write it with plain commands",
		Span: src.span(st),
	})
	return []*state{s}
}

// binary evaluates a && b, a || b and pipelines. Long chains lean to the left
// and are walked in a loop.
func (e *evaluator) binary(src *source, s *state, cmd *syntax.BinaryCmd) []*state {
	if cmd.Op == syntax.Pipe || cmd.Op == syntax.PipeAll {
		return e.pipeline(src, s, cmd)
	}
	type link struct {
		op syntax.BinCmdOperator
		y  *syntax.Stmt
	}
	var chain []link
	var first *syntax.Stmt
	for {
		chain = append(chain, link{cmd.Op, cmd.Y})
		next, ok := cmd.X.Cmd.(*syntax.BinaryCmd)
		if !ok || !bare(cmd.X) || next.Op == syntax.Pipe || next.Op == syntax.PipeAll {
			first = cmd.X
			break
		}
		cmd = next
	}
	states := e.quietly(src, s, first)
	for i := len(chain) - 1; i >= 0; i-- {
		ok, fail := split(states)
		run, skip := ok, fail
		if chain[i].op == syntax.OrStmt {
			run, skip = fail, ok
		}
		last := i == 0
		var out []*state
		for _, r := range run {
			if r.flow != flowNone {
				out = append(out, r)
				continue
			}
			if last {
				out = append(out, e.stmt(src, r, chain[i].y)...)
			} else {
				out = append(out, e.quietly(src, r, chain[i].y)...)
			}
		}
		for _, k := range skip {
			if k.unlikely && chain[i].op == syntax.AndStmt {
				continue // a failure that nobody expects, and nobody looks at
			}
			out = append(out, k)
		}
		states = likely(e.join(out))
	}
	return states
}

func bare(st *syntax.Stmt) bool {
	return !st.Negated && !st.Background && !st.Coprocess && !st.Disown && len(st.Redirs) == 0
}

// quietly evaluates a statement whose failure does not end the shell, whatever
// `set -e` says, nor any of the commands inside it.
func (e *evaluator) quietly(src *source, s *state, st *syntax.Stmt) []*state {
	if s.quiet {
		return e.stmt(src, s, st)
	}
	s = s.clone()
	s.quiet = true
	return loud(e.stmt(src, s, st))
}

// loud ends the effect of quiet.
func loud(states []*state) []*state {
	for i, s := range states {
		c := s.clone()
		c.failed, c.quiet = s.failed, false
		if c.failed != nil {
			c.failed = c.failed.clone()
			c.failed.quiet = false
		}
		states[i] = c
	}
	return states
}

// pipeline evaluates a | b | c: each part in a child, reading what the one
// before prints. Under lastpipe (and in zsh) the last part is no child.
func (e *evaluator) pipeline(src *source, s *state, cmd *syntax.BinaryCmd) []*state {
	var parts []*syntax.Stmt
	for {
		parts = append(parts, cmd.Y)
		x := cmd.X
		if cmd.Op == syntax.PipeAll {
			x = withErrors(x)
		}
		next, ok := cmd.X.Cmd.(*syntax.BinaryCmd)
		if !ok || !bare(cmd.X) || next.Op != syntax.Pipe && next.Op != syntax.PipeAll {
			parts = append(parts, x)
			break
		}
		if cmd.Op == syntax.PipeAll {
			c := *next
			c.Y = withErrors(next.Y)
			next = &c
		}
		cmd = next
	}
	// A feed is the state that the next part starts in; what it reads is in a
	// stream after those of s.
	n := len(s.streams)
	feeds := []*state{s}
	for i := len(parts) - 1; i > 0; i-- {
		var next []*state
		for _, f := range feeds {
			child := f.subshell()
			id := child.capture()
			child.piped = true
			for _, end := range e.finish(src, e.stmt(src, child, parts[i])) {
				f := s.clone()
				f.adopt(end)
				f.setFd(0, f.open(*end.streams[id]))
				next = append(next, f)
			}
		}
		if feeds = e.join(next); len(feeds) == 0 {
			return []*state{s}
		}
	}
	stdin := descriptor{num: 0, stream: s.streamAt(0)}
	var out []*state
	for _, f := range feeds {
		if s.opts.lastpipe || src.lang == syntax.LangZsh {
			for _, end := range e.stmt(src, f, parts[0]) {
				end = end.clone()
				end.setDescriptor(stdin)
				end.trim(n)
				out = append(out, end)
			}
			continue
		}
		child := f.subshell()
		for _, end := range e.finish(src, e.stmt(src, child, parts[0])) {
			c := s.clone()
			c.adopt(end)
			c.status = end.status
			out = append(out, c)
		}
	}
	if s.opts.pipefail {
		for _, end := range out {
			if end.status == success {
				end.status = unknown
			}
		}
	}
	return e.orSelf(s, out)
}

// withErrors returns a statement whose standard error goes where its standard
// output goes, as before |&.
func withErrors(st *syntax.Stmt) *syntax.Stmt {
	c := *st
	c.Redirs = append(slices.Clip(st.Redirs), &syntax.Redirect{
		OpPos: st.End(), Op: syntax.DplOut, N: &syntax.Lit{Value: "2"},
		Word: &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: "1"}}},
	})
	return &c
}

// child evaluates statements in a subshell: only files, output and status are
// seen outside.
func (e *evaluator) child(src *source, s *state, list []*syntax.Stmt) []*state {
	leave := e.enter()
	defer leave()
	var out []*state
	for _, end := range e.finish(src, e.stmts(src, []*state{s.subshell()}, list)) {
		c := s.clone()
		c.adopt(end)
		c.status = end.status
		out = append(out, c)
	}
	return e.orSelf(s, out)
}

// cond evaluates the statements of a condition.
func (e *evaluator) cond(src *source, states []*state, list []*syntax.Stmt) (ok, fail []*state) {
	was := false
	quiet := make([]*state, len(states))
	for i, s := range states {
		was = was || s.quiet
		quiet[i] = s.clone()
		quiet[i].quiet = true
	}
	states = e.stmts(src, quiet, list)
	if !was {
		states = loud(states)
	}
	return split(states)
}

func (e *evaluator) ifClause(src *source, states []*state, cmd *syntax.IfClause) []*state {
	var out []*state
	for cmd != nil {
		if len(cmd.Cond) == 0 { // else
			return likely(e.join(append(out, e.stmts(src, states, cmd.Then)...)))
		}
		ok, fail := e.cond(src, states, cmd.Cond)
		out = append(out, e.stmts(src, ok, cmd.Then)...)
		states = fail
		if len(states) == 0 {
			return e.join(out)
		}
		cmd = cmd.Else
	}
	for _, s := range states {
		s.status = success
	}
	return likely(e.join(append(out, states...)))
}

// unfold mends what the parser makes of `f() { …; } && cmd`: the list as a
// whole becomes the function's body, while to the shell only the compound
// command is, and cmd runs.
func unfold(st *syntax.Stmt, decl *syntax.FuncDecl, body *syntax.Stmt, list *syntax.BinaryCmd) *syntax.Stmt {
	var first *syntax.Stmt
	if deeper, ok := list.X.Cmd.(*syntax.BinaryCmd); ok && bare(list.X) {
		first = unfold(st, decl, list.X, deeper)
	} else {
		inner := *decl
		inner.Body = list.X
		first = &syntax.Stmt{Position: decl.Position, Cmd: &inner, Negated: st.Negated}
	}
	c := *list
	c.X = first
	out := *body
	out.Position, out.Cmd = st.Position, &c
	out.Background = st.Background || body.Background
	out.Redirs = append(out.Redirs[:len(out.Redirs):len(out.Redirs)], st.Redirs...)
	return &out
}

func (e *evaluator) funcDecl(src *source, s *state, cmd *syntax.FuncDecl) []*state {
	s = s.clone()
	names := cmd.Names
	if cmd.Name != nil {
		names = append(names, cmd.Name)
	}
	if len(names) == 0 { // zsh's anonymous function runs at once
		return e.stmt(src, s, cmd.Body)
	}
	for _, n := range names {
		if old, ok := s.funcs.Lookup(n.Value); ok && old.readonly {
			s.status = exited(1)
			return []*state{s}
		}
		s.setFunc(n.Value, &function{body: cmd.Body, src: src, exported: s.opts.allexport, aliases: s.aliases})
	}
	s.status = success
	if src.lang == syntax.LangPOSIX && cmd.RsrvWord {
		// Commands to dash, if the braces stand on lines of their own.
		return append(e.stmt(src, s.clone(), cmd.Body), s)
	}
	return []*state{s}
}
