package shell

import (
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/pattern"
	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
)

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
			if !m.failed() || x.guessed {
				for _, s := range states {
					c := s.clone()
					c.unlikely = c.unlikely || m.failed()
					run = append(run, c)
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
			case syntax.Resume, syntax.ResumeKorn: // ;;& of bash, ;| of zsh
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
		if x.src.lang == syntax.LangZsh && strings.ContainsAny(pat, "(<~^#") {
			known = false // operators of zsh's patterns
		}
		if !known || action.Holed(word) && pat != "*" {
			res = unknown
			continue
		}
		x.e.spend(weighWord)
		if strings.ContainsAny(pat, "*?[(") {
			x.e.spend(weighMatch + 20*len(word)*len(pat))
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
	switch {
	case pat == "*":
		return success
	case !o.nocasematch && !strings.ContainsAny(pat, `*?[\(`):
		if pat == s {
			return success
		}
		return failure
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
