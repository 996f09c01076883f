package shell

import "github.com/venv-guard/venv-guard/action"

// A chooser walks through the combinations of alternatives that the expansion
// of a command meets: each call of choose is one decision, and next moves on
// to the next combination of answers.
type chooser struct {
	picks []int // the answers of this run
	sizes []int
	pos   int
	runs  int
}

func (c *chooser) choose(n int) int {
	if n < 2 {
		return 0
	}
	if c.pos == len(c.picks) {
		c.picks = append(c.picks, 0)
		c.sizes = append(c.sizes, n)
	}
	c.pos++
	return c.picks[c.pos-1]
}

// next prepares another run and reports whether there is one.
func (c *chooser) next() bool {
	c.runs++
	for i := len(c.picks) - 1; i >= 0; i-- {
		if c.picks[i]+1 < c.sizes[i] {
			c.picks[i]++
			c.picks, c.sizes, c.pos = c.picks[:i+1], c.sizes[:i+1], 0
			return true
		}
	}
	return false
}

// alternatives calls f once for every combination of values that the words f
// expands may have, each time with a state of its own. Past maxChoices
// combinations a last run sees holes in place of alternatives.
func (e *evaluator) alternatives(src *source, s *state, f func(x *expander) []*state) []*state {
	x := &expander{e: e, src: src}
	var out []*state
	for {
		x.s = s.clone()
		x.picked, x.guessed, x.wrote, x.ran = nil, false, false, false
		out = append(out, x.attempt(f)...)
		if x.ch.runs >= maxChoices-1 {
			return e.join(append(out, x.pairs(s, f)...))
		}
		if !x.ch.next() {
			if len(out) == 1 {
				return out
			}
			return e.join(out)
		}
	}
}

// pairs calls f with holes in place of alternatives, then with every two of them
// chosen and holes for the others, the first words before all, up to maxPairs
// times.
func (x *expander) pairs(s *state, f func(x *expander) []*state) (out []*state) {
	run := func(fixed map[int]int) {
		x.ch, x.fixed, x.picked = chooser{}, fixed, nil
		x.s = s.clone()
		x.guessed, x.wrote, x.ran = false, false, false
		out = append(out, x.attempt(f)...)
	}
	x.blind = true
	run(nil)
	sizes := x.ch.sizes
	if len(sizes) == 1 {
		for i := range min(sizes[0], maxPairs) {
			run(map[int]int{0: i})
		}
		return out
	}
	left := maxPairs
	for a := range sizes {
		for b := a + 1; b < len(sizes); b++ {
			for n := range sizes[a] * sizes[b] {
				if left--; left < 0 {
					return out
				}
				run(map[int]int{a: n / sizes[b], b: n % sizes[b]})
			}
		}
	}
	return out
}

// pickBlind decides while most alternatives are holes; ok is false for those.
func (x *expander) pickBlind(n int) (i int, ok bool) {
	if n < 2 {
		return 0, true
	}
	at := x.ch.pos
	x.ch.pos++
	x.ch.sizes = append(x.ch.sizes, n)
	i, ok = x.fixed[at]
	return i, ok && i < n
}

// attempt calls f; an error in an expansion ends the command.
func (x *expander) attempt(f func(x *expander) []*state) (out []*state) {
	depth := x.e.depth
	defer func() {
		switch r := recover().(type) {
		case nil:
		case errStop:
			x.e.depth = depth
			s := x.s.clone()
			s.status, s.flow = failure, r.flow
			out = []*state{s}
		default:
			panic(r)
		}
	}()
	return f(x)
}

// choose picks one of several values, the same in the whole run for one name.
func (x *expander) choose(name string, alts []string) string {
	switch {
	case len(alts) == 1:
		return alts[0]
	}
	if i, ok := x.picked[name]; ok && i < len(alts) {
		if i < 0 {
			return action.HoleText
		}
		return alts[i]
	}
	if x.picked == nil {
		x.picked = map[string]int{}
	}
	if x.blind {
		i, ok := x.pickBlind(len(alts))
		if !ok {
			x.picked[name] = -1
			return action.HoleText
		}
		x.picked[name] = i
		return alts[i]
	}
	i := x.ch.choose(len(alts))
	x.picked[name] = i
	return alts[i]
}
