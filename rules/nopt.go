package rules

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// noptOption reads one option as npm's parser does (nopt 9.0, lib/nopt-lib.js,
// parse and resolveShort) and returns how many words it took. Spellings of two
// dashes are nopt's types, those of one dash its shorthands; on the command
// line the number of dashes means nothing.
func (r *reading) noptOption(i int) int {
	w := r.words[i]
	name, value, attached := strings.Cut(w, "=")
	name = strings.TrimLeft(name, "-")
	if list := r.noptShort(name); list != nil {
		n := 1
		for k, s := range list {
			if k < len(list)-1 {
				// What follows it is the next of the bundle.
				r.hits = append(r.hits, hit{opt: s.opt, off: s.off, at: i, n: 1, col: s.col})
				continue
			}
			n = r.noptValue(i, s, value, attached)
		}
		return n
	}
	off := false
	for len(name) > 3 && strings.EqualFold(name[:3], "no-") {
		off, name = !off, name[3:]
	}
	o, turned, ok := r.lookup("--" + name)
	if !ok {
		o, turned, _ = r.noptPrefix("--" + name)
	}
	if o == nil {
		// One that is not known takes nothing but a truth value.
		n := 1
		if !attached && i+1 < len(r.words) && (r.words[i+1] == "true" || r.words[i+1] == "false") {
			n = 2
		}
		r.hits = append(r.hits, hit{opt: &unknownOption, has: attached, value: value, at: i, n: n})
		return n
	}
	if off && o.takes != takesNothing {
		r.hits = append(r.hits, hit{opt: o, off: true, at: i, n: 1})
		return 1
	}
	return r.noptValue(i, noptHit{o, off != turned, 0}, value, attached)
}

// noptHit is an option that a word stands for; col is the place of its letter
// in a bundle.
type noptHit struct {
	opt *option
	off bool
	col int
}

// noptShort returns what a word stands for if it is a shorthand or a bundle of
// them, else nil.
func (r *reading) noptShort(name string) []noptHit {
	if _, _, ok := r.lookup("--" + name); ok || name == "" || action.Holed(name) {
		return nil
	}
	if o, off, ok := r.lookup("-" + name); ok {
		return []noptHit{{o, off, 0}}
	}
	var list []noptHit
	for k := range len(name) {
		o, off, ok := r.lookup("-" + name[k:k+1])
		if !ok {
			list = nil
			break
		}
		list = append(list, noptHit{o, off, k + 1})
	}
	if list != nil {
		return list
	}
	if o, _, _ := r.noptPrefix("--" + name); o != nil {
		return nil
	}
	if o, off, _ := r.noptPrefix("-" + name); o != nil {
		return []noptHit{{o, off, 0}}
	}
	return nil
}

// noptPrefix finds the only spelling with as many dashes that begins so.
func (r *reading) noptPrefix(prefix string) (o *option, off, ambiguous bool) {
	long := strings.HasPrefix(prefix, "--")
	for _, c := range []*command{r.cmd, &r.t.root} {
		for k := range c.spellings {
			s := &c.spellings[k]
			if !strings.HasPrefix(s.text, prefix) || strings.HasPrefix(s.text, "--") != long {
				continue
			}
			if o != nil {
				return nil, false, true
			}
			o, off = &c.options[s.opt], s.off
		}
		if c == &r.t.root {
			break
		}
	}
	return o, off, false
}

// noptValue notes an option with the value that it takes and returns how many
// words that took.
func (r *reading) noptValue(i int, s noptHit, value string, attached bool) int {
	h := hit{opt: s.opt, off: s.off, at: i, n: 1, col: s.col}
	next, have := value, attached
	if !attached && i+1 < len(r.words) {
		next, have = r.words[i+1], true
	}
	switch {
	case s.opt.takes == takesNothing && attached && action.Holed(next):
		h.off = r.ch.pick(2) == 1
	case s.opt.takes == takesNothing && have && (next == "true" || next == "false"):
		h.off = h.off != (next == "false")
		if !attached {
			h.n = 2
		}
	case s.opt.takes == takesNothing:
		if attached && next != "" { // --global=yes is --global, and an operand
			r.operands = append(r.operands, operand{next, i})
		}
	case s.opt.takes == takesAttached && !attached && (!have || strings.HasPrefix(next, "-")),
		s.opt.takes != takesNothing && !attached && len(next) > 1 && next[0] == '-':
		h.has = true // with an empty value
	case have:
		h.has, h.value = true, next
		if !attached {
			h.n = 2
		}
	}
	r.hits = append(r.hits, h)
	return h.n
}
