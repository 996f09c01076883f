package shell

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
)

// task evaluates what a runner runs: each recipe in a child of its own.
func (e *evaluator) task(c *command, s *state, inv *action.Invocation, st action.Start, via []string) []*state {
	if e.opt.Task == nil {
		return nil
	}
	t := Task{Runner: st.Lang, Args: st.Args, Dir: s.dir, FS: s.fs, Env: env{e, s}}
	if st.Script != "" {
		t.File = st.Script
		if st.Script != "-" {
			t.File = s.abs(st.Script)
		}
	}
	t.Read = func(file string) (string, bool) { return e.readText(s, file) }
	var out []*state
	for _, rec := range e.opt.Task(t) {
		if len(rec.Texts) == 0 {
			continue
		}
		out = append(out, e.recipes(c, s.clone(), inv, rec, strings.Join(st.Args, "\x00"), via)...)
	}
	return out
}

// recipes evaluates the recipes of one file. args are the runner's: it may be
// started by what it runs, for other goals.
func (e *evaluator) recipes(c *command, s *state, inv *action.Invocation, rec Recipes, args string, via []string) []*state {
	how, leave := e.again(run{file: rec.File, args: args}, false)
	if rec.Cut || how == notAgain {
		e.cut(c, s, rec.File)
	}
	if how == notAgain {
		return []*state{s}
	}
	defer leave()
	if rec.Dir != "" {
		s.dir = rec.Dir
	}
	outer := c.src.outer
	if outer == nil {
		outer = &c.span
	}
	states := []*state{s}
	for _, r := range rec.Texts {
		src := &source{lang: syntax.LangBash, outer: outer, file: rec.File, own: s.fs.ByHand(rec.File), line: max(r.Line-1, 0), via: append(slices.Clip(via), path.Base(rec.File))}
		if !isShell(r.Lang) {
			states = e.each(states, func(s *state) []*state {
				return e.orSelf(s, e.code(c, s, action.Start{Lang: r.Lang}, rec.File, inv, &r.Text, src.via))
			})
			continue
		}
		e.read(r.Text, src)
		states = e.each(states, func(s *state) []*state {
			child := s.subshell()
			var out []*state
			for _, end := range e.finish(src, e.lines(src, []*state{child})) {
				r := s.clone()
				r.adopt(end)
				out = append(out, r)
			}
			return e.orSelf(s, out)
		})
	}
	return states
}
