package shell

import (
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// doGetopts takes one option off the positional parameters, or off the words
// behind the name. How far it is within a word of several letters is kept in
// the state.
func (e *evaluator) doGetopts(c *command, s *state) []*state {
	if len(c.argv) < 3 {
		return done(s, exited(2))
	}
	return e.alternatives(c.src, s, func(x *expander) []*state {
		spec, name, args := c.argv[1], c.argv[2], c.argv[3:]
		if len(c.argv) == 3 {
			args = x.s.params
		}
		ind, err := strconv.Atoi(x.scalarOf("OPTIND"))
		known := err == nil && ind > 0 && !action.Holed(spec)
		for _, a := range args[:min(max(ind, 0), len(args))] {
			known = known && !action.Holed(a)
		}
		if !known {
			for _, n := range []string{name, "OPTARG", "OPTIND"} {
				x.assignTo(n, action.HoleText, false)
			}
			x.s.status = unknown
			return []*state{x.s}
		}
		x.option(spec, name, args, ind)
		return []*state{x.s}
	})
}

// option does what getopts does for one option, with OPTIND at ind.
func (x *expander) option(spec, name string, args []string, ind int) {
	s := x.s
	if s.optIndex != ind {
		s.optIndex, s.optLetter = ind, 0
	}
	silent := strings.HasPrefix(spec, ":")
	end := func(next int) {
		s.optIndex, s.optLetter = next, 0
		x.assignTo(name, "?", false)
		x.assignTo("OPTIND", strconv.Itoa(next), false)
		x.unsetVar("OPTARG")
		s.status = exited(1)
	}
	if ind > len(args) {
		end(ind)
		return
	}
	word := args[ind-1]
	if s.optLetter == 0 {
		switch {
		case len(word) < 2 || word[0] != '-':
			end(ind)
			return
		case word == "--":
			end(ind + 1)
			return
		}
		s.optLetter = 1
	}
	letter := word[min(s.optLetter, len(word)-1)]
	s.optLetter++
	s.status = success
	next := ind
	if s.optLetter >= len(word) {
		next, s.optLetter = ind+1, 0
	}
	i := strings.IndexByte(spec, letter)
	opt, arg, hasArg := string(letter), "", false
	switch {
	case i < 0 || letter == ':':
		opt = "?"
		if silent {
			arg, hasArg = string(letter), true
		}
	case i+1 < len(spec) && spec[i+1] == ':':
		switch {
		case next == ind: // the rest of the word
			arg, hasArg = word[s.optLetter:], true
			next = ind + 1
		case next <= len(args):
			arg, hasArg = args[next-1], true
			next++
		case silent:
			opt, arg, hasArg = ":", string(letter), true
		default:
			opt = "?"
		}
		s.optLetter = 0
	}
	s.optIndex = next
	x.assignTo(name, opt, false)
	x.assignTo("OPTIND", strconv.Itoa(next), false)
	if hasArg {
		x.assignTo("OPTARG", arg, false)
	} else {
		x.unsetVar("OPTARG")
	}
	s.optIndex = next
}
