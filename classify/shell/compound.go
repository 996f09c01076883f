package shell

import (
	"maps"
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/pattern"
	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
)

// command evaluates a command in one state.
func (e *evaluator) command(src *source, s *state, st *syntax.Stmt) []*state {
	switch cmd := st.Cmd.(type) {
	case nil:
		return []*state{s}
	case *syntax.CallExpr:
		return e.call(src, s, cmd)
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
		return e.background(src, s, cmd.Stmt)
	case *syntax.TestClause:
		return e.alternatives(src, s, func(x *expander) []*state {
			return x.tested(x.test(cmd.X))
		})
	case *syntax.ArithmCmd:
		return e.arithm(src, s, cmd.X)
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
		next, ok := cmd.X.Cmd.(*syntax.BinaryCmd)
		if !ok || !bare(cmd.X) || next.Op != syntax.Pipe && next.Op != syntax.PipeAll {
			parts = append(parts, cmd.X)
			break
		}
		cmd = next
	}
	feeds := []*state{s} // states whose in and fs the next part starts with
	for i := len(parts) - 1; i > 0; i-- {
		var next []*state
		for _, f := range feeds {
			child := f.subshell()
			child.capture, child.out = true, ""
			for _, end := range e.finish(src, e.stmt(src, child, parts[i])) {
				n := s.clone()
				out := end.out
				n.fs, n.in = end.fs, &out
				next = append(next, n)
			}
		}
		if feeds = e.join(next); len(feeds) == 0 {
			return []*state{s}
		}
	}
	var out []*state
	for _, f := range feeds {
		if s.opts.lastpipe || src.lang == syntax.LangZsh {
			for _, end := range e.stmt(src, f, parts[0]) {
				end = end.clone()
				end.in = s.in
				out = append(out, end)
			}
			continue
		}
		child := f.subshell()
		for _, end := range e.finish(src, e.stmt(src, child, parts[0])) {
			c := s.clone()
			c.fs, c.out, c.status = end.fs, end.out, end.status
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

// child evaluates statements in a subshell: only files, output and status are
// seen outside.
func (e *evaluator) child(src *source, s *state, list []*syntax.Stmt) []*state {
	leave := e.enter()
	defer leave()
	var out []*state
	for _, end := range e.finish(src, e.stmts(src, []*state{s.subshell()}, list)) {
		c := s.clone()
		c.fs, c.out, c.status, c.in = end.fs, end.out, end.status, end.in
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

// loop evaluates a loop, in which break and continue have a meaning.
func (e *evaluator) loop(s *state, f func(*state) []*state) []*state {
	in := s.clone()
	in.loops++
	out := f(in)
	for i, end := range out {
		c := end.clone()
		c.failed, c.loops = end.failed, s.loops
		out[i] = c
	}
	return out
}

// leaveLoop takes a loop's level off the states that break or continue, and
// tells apart those that go on looping.
func leaveLoop(states []*state) (again, done []*state) {
	for _, s := range states {
		switch s.flow {
		case flowNone:
			again = append(again, s)
			continue
		case flowBreak, flowContinue:
			c := s.clone()
			if c.levels--; c.levels <= 0 {
				brk := c.flow == flowBreak
				c.flow, c.levels = flowNone, 0
				c.status = success
				if !brk {
					again = append(again, c)
					continue
				}
			}
			s = c
		}
		done = append(done, s)
	}
	return again, done
}

func (e *evaluator) whileClause(src *source, s *state, cmd *syntax.WhileClause) []*state {
	var out []*state
	states := []*state{s}
	unsure := 0 // rounds whose condition may have ended the loop
	for n := 0; len(states) > 0; n++ {
		before := states
		ok, fail := e.cond(src, states, cmd.Cond)
		if cmd.Until {
			ok, fail = fail, ok
		}
		stay := ok[:0:0]
		for _, s := range ok {
			if s.flow != flowNone {
				out = append(out, s)
			} else {
				stay = append(stay, s)
			}
		}
		for _, f := range fail {
			f.status = unknown
			if f.flow == flowNone && f.unlikely && cmd.Until {
				continue
			}
			out = append(out, f)
		}
		if len(fail) > 0 {
			unsure++
		}
		if len(stay) == 0 {
			break
		}
		if unsure > 2 || n >= maxIterations || n >= maxRounds && !consumes(before, stay) {
			// Enough rounds were followed one by one: once more with
			// everything that the loop assigns unknown.
			again, done := leaveLoop(e.stmts(src, e.forget(stay, cmd.Do), cmd.Do))
			out = append(append(out, done...), again...)
			break
		}
		again, done := leaveLoop(e.stmts(src, stay, cmd.Do))
		out = append(out, done...)
		again = e.join(again)
		if sameStates(states, again) {
			// Nothing changes any more: more rounds start nothing new.
			out = append(out, again...)
			break
		}
		states = again
	}
	return e.orSelf(s, out)
}

// consumes reports whether a loop's condition took something off its input.
func consumes(before, after []*state) bool {
	return len(before) == 1 && len(after) == 1 && before[0].in != nil && after[0].in != nil && len(*after[0].in) < len(*before[0].in)
}

// sameStates reports whether two lists of states are alike in everything that
// commands can see.
func sameStates(a, b []*state) bool {
	return len(a) == 1 && len(b) == 1 && sameSkeleton(a[0], b[0]) && maps.EqualFunc(a[0].vars, b[0].vars, sameVar)
}

// forget makes every variable that the statements assign a hole.
func (e *evaluator) forget(states []*state, list []*syntax.Stmt) []*state {
	names := map[string]bool{}
	for _, st := range list {
		syntax.Walk(st, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.Assign:
				if n.Name != nil {
					names[n.Name.Value] = true
				}
			case *syntax.WordIter:
				names[n.Name.Value] = true
			case *syntax.BinaryArithm:
				if w, ok := n.X.(*syntax.Word); ok && n.Op.String() != "==" && strings.HasSuffix(n.Op.String(), "=") {
					names[w.Lit()] = true
				}
			case *syntax.UnaryArithm:
				if w, ok := n.X.(*syntax.Word); ok {
					names[w.Lit()] = true
				}
			case *syntax.CallExpr:
				if len(n.Args) > 0 {
					switch n.Args[0].Lit() {
					case "read", "printf", "mapfile", "readarray", "let", "declare", "getopts":
						for _, a := range n.Args[1:] {
							name, _, _ := strings.Cut(a.Lit(), "=")
							names[strings.TrimRight(name, "+-*/")] = true
						}
					}
				}
			}
			return true
		})
	}
	for i, s := range states {
		c := s.clone()
		for name := range names {
			if syntax.ValidName(name) && name != "PATH" {
				c.set(name, &variable{alts: []string{action.HoleText}})
			}
		}
		states[i] = c
	}
	return states
}

func (e *evaluator) forClause(src *source, s *state, cmd *syntax.ForClause) []*state {
	switch loop := cmd.Loop.(type) {
	case *syntax.CStyleLoop:
		return e.cStyle(src, s, loop, cmd.Do)
	case *syntax.WordIter:
		return e.alternatives(src, s, func(x *expander) []*state {
			items := x.s.params
			if loop.InPos.IsValid() {
				items = x.fields(loop.Items)
			}
			return e.iterate(src, x.s, loop.Name.Value, items, cmd)
		})
	}
	return []*state{s}
}

func (e *evaluator) iterate(src *source, s *state, name string, items []string, cmd *syntax.ForClause) []*state {
	states := []*state{s}
	var out []*state
	skipped := false
	for i, item := range items {
		if i >= maxRounds && !interesting(item) {
			if skipped {
				continue
			}
			skipped, item = true, action.HoleText // stands for all of them
		}
		if len(states) == 0 {
			break
		}
		for k, s := range states {
			c := s.clone()
			c.set(name, &variable{alts: []string{item}})
			states[k] = c
		}
		before := states
		again, done := leaveLoop(e.stmts(src, states, cmd.Do))
		out = append(out, done...)
		states = e.join(again)
		if cmd.Select || item == action.HoleText {
			// Any number of times, also not at all.
			states = e.join(append(states, before...))
		}
	}
	return e.orSelf(s, append(out, states...))
}

// interesting reports whether a loop item could be more than one of a long
// row of numbers or names.
func interesting(item string) bool {
	return strings.ContainsAny(item, " \t\n;&|$`/") || strings.TrimLeft(item, "0123456789.-") != "" && len(item) < 24
}

func (e *evaluator) cStyle(src *source, s *state, loop *syntax.CStyleLoop, body []*syntax.Stmt) []*state {
	states := []*state{s}
	if loop.Init != nil {
		states = e.arithm(src, s, loop.Init)
	}
	var out []*state
	unsure := 0
	for n := 0; len(states) > 0; n++ {
		var ok []*state
		ended := len(out)
		for _, s := range states {
			if loop.Cond == nil {
				ok = append(ok, s)
				continue
			}
			yes, no := split(e.arithm(src, s, loop.Cond))
			for _, s := range no {
				s.status = unknown // that of the body's last command
			}
			ok, out = append(ok, yes...), append(out, no...)
		}
		if len(out) > ended {
			unsure++
		}
		ok = e.join(ok)
		last := n >= maxRounds || unsure > 2
		if last {
			ok = e.forget(ok, body)
			for i := range ok {
				for _, a := range []syntax.ArithmExpr{loop.Init, loop.Cond, loop.Post} {
					if a != nil {
						x := &expander{e: e, src: src, s: ok[i]}
						x.forgetAssigned(a)
					}
				}
			}
		}
		again, done := leaveLoop(e.stmts(src, ok, body))
		out = append(out, done...)
		if last {
			out = append(out, again...)
			break
		}
		var next []*state
		for _, s := range again {
			if loop.Post == nil {
				next = append(next, s)
				continue
			}
			next = append(next, e.arithm(src, s, loop.Post)...)
		}
		if next = e.join(next); sameStates(states, next) {
			out = append(out, next...)
			break
		}
		states = next
	}
	return e.orSelf(s, out)
}

func (e *evaluator) caseClause(src *source, s *state, cmd *syntax.CaseClause) []*state {
	return e.alternatives(src, s, func(x *expander) []*state {
		word := x.literal(cmd.Word)
		var out []*state
		states := []*state{x.s} // in which no pattern has matched so far
		var fall []*state       // that fall through from the item before
		for _, item := range cmd.Items {
			m := unknown
			if len(states) > 0 {
				m = x.matchAny(word, item.Patterns)
			}
			var run []*state
			if m != failure {
				for _, s := range states {
					run = append(run, s.clone())
				}
			}
			run = append(run, fall...)
			fall = nil
			if m == success {
				states = nil
			}
			end := run
			if len(run) > 0 {
				for _, s := range run {
					s.status = success
				}
				end = e.stmts(src, run, item.Stmts)
			}
			switch item.Op {
			case syntax.Fallthrough:
				fall = end
			case syntax.Resume:
				states = append(states, end...)
			default:
				out = append(out, end...)
			}
		}
		out = append(out, fall...)
		for _, s := range states {
			s.status = success
			out = append(out, s)
		}
		return e.join(out)
	})
}

// matchAny says whether one of the patterns matches the word.
func (x *expander) matchAny(word string, pats []*syntax.Word) status {
	res := failure
	for _, p := range pats {
		pat, known := x.pattern(p)
		if !known || action.Holed(word) && pat != "*" {
			res = unknown
			continue
		}
		switch matchPattern(pat, word, x.s.opts) {
		case success:
			if res == unknown {
				return unknown
			}
			return success
		case unknown:
			res = unknown
		}
	}
	return res
}

// matchPattern matches a shell pattern against a whole string.
func matchPattern(pat, s string, o options) status {
	if pat == "*" || pat == s && !pattern.HasMeta(pat, 0) {
		return success
	}
	mode := pattern.EntireString | pattern.NoGlobStar
	if o.nocasematch {
		mode |= pattern.NoGlobCase
	}
	if o.extglob {
		mode |= pattern.ExtendedOperators
	}
	expr, err := pattern.Regexp(pat, mode)
	if err != nil {
		return unknown
	}
	re, err := regexp.Compile(expr)
	switch {
	case err != nil:
		return unknown
	case re.MatchString(s):
		return success
	}
	return failure
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
		s.setFunc(n.Value, &function{body: cmd.Body, src: src, exported: s.opts.allexport})
	}
	s.status = success
	return []*state{s}
}
