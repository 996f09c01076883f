package shell

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
)

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
	return len(before) == 1 && len(after) == 1 && after[0].backlog() < before[0].backlog()
}

// sameStates reports whether two lists of states are alike in everything that
// commands can see.
func sameStates(a, b []*state) bool {
	return len(a) == 1 && len(b) == 1 && sameSkeleton(a[0], b[0]) && a[0].vars.Equal(b[0].vars, sameVar)
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
			if in := x.s.stdin(); cmd.Select && in != nil && !action.Holed(*in) {
				return e.menu(src, x.s, loop.Name.Value, items, cmd)
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
			x := &expander{e: e, src: src, s: c}
			if cmd.Select {
				x.assignTo("REPLY", action.HoleText, false)
			}
			if !x.setLoopVar(name, item) {
				c.status = exited(1)
				return e.orSelf(s, append(out, c)) // it is readonly
			}
			states[k] = c
		}
		before := states
		again, done := leaveLoop(e.stmts(src, states, cmd.Do))
		out = append(out, done...)
		states = e.join(again)
		if cmd.Select || action.OnlyHoles(item) {
			// Any number of times, also not at all.
			states = e.join(append(states, before...))
		}
	}
	return e.orSelf(s, append(out, states...))
}

// menu evaluates select with the answers that its input holds.
func (e *evaluator) menu(src *source, s *state, name string, items []string, cmd *syntax.ForClause) []*state {
	states := []*state{s}
	var out []*state
	for n := 0; len(states) > 0 && n < maxIterations; n++ {
		var run, asked []*state
		for _, s := range states {
			x := &expander{e: e, src: src, s: s.clone()}
			o := readOptions{delim: '\n', max: -1}
			chars, st := x.take(o)
			x.deal(o, chars)
			if st != success && len(chars) == 0 {
				x.s.status = exited(1)
				out = append(out, x.s)
				continue
			}
			answer := charText(chars)
			if answer == "" {
				asked = append(asked, x.s) // once more
				continue
			}
			item := ""
			if i, err := strconv.Atoi(strings.TrimSpace(answer)); err == nil && i > 0 && i <= len(items) {
				item = items[i-1]
			}
			x.setLoopVar(name, item)
			run = append(run, x.s)
		}
		again, done := leaveLoop(e.stmts(src, run, cmd.Do))
		out = append(out, done...)
		states = e.join(append(again, asked...))
	}
	return e.orSelf(s, append(out, states...))
}

// setLoopVar gives the variable of a for loop its next value: a nameref refers
// to another variable in every round.
func (x *expander) setLoopVar(name, item string) bool {
	if v := x.e.entry(x.s, name); v != nil && v.kind == nameref {
		n := *v
		n.ref = item
		return x.store(name, &n)
	}
	return x.assignTo(name, item, false)
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
