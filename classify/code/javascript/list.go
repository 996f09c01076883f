package javascript

import (
	"unicode/utf8"

	"github.com/venv-guard/venv-guard/action"
)

// A listing is what an iterator gives.
type listing struct {
	elems       []value
	open        bool // there may be more
	source, url string
}

// at returns the ith element.
func (l *listing) at(i int) value {
	if i < 0 {
		return value{kind: undefined}
	}
	if i < len(l.elems) {
		v := l.elems[i]
		if holds(v, absent) {
			v = either(present(v), value{kind: undefined})
		}
		return v
	}
	if l.open {
		return value{source: l.source, url: l.url}
	}
	return value{kind: undefined}
}

// from returns the elements from the ith on.
func (l *listing) from(i int) []value { return l.elems[min(i, len(l.elems)):] }

// elements returns what a value gives one after the other.
func (m *machine) elements(v value) listing {
	if v.kind == choice {
		return m.elementsOf(v.alts)
	}
	switch v.kind {
	case text:
		if action.Holed(v.str) || utf8.RuneCountInString(v.str) > maxList {
			return listing{open: true}
		}
		var l listing
		for _, r := range v.str {
			l.elems = append(l.elems, str(string(r)))
		}
		return l
	case reference:
		switch v.obj.class {
		case array:
			m.work(len(v.obj.elems))
			return listing{elems: append([]value(nil), v.obj.elems...), open: v.obj.open}
		case plain: // what has entries: a Map, or a generator's result
			if v.obj.name == "map" {
				l := listing{open: v.obj.open}
				for _, k := range v.obj.keys {
					l.elems = append(l.elems, list(str(k), v.obj.props[k]))
				}
				return l
			}
		}
	case undefined, null:
		return listing{}
	case native:
		if v.str == "process.argv" {
			return listing{elems: m.argv()}
		}
	}
	return listing{open: true, source: v.source, url: v.url}
}

// elementsOf joins the elements of several lists that a value may be.
func (m *machine) elementsOf(alts []value) listing {
	out := m.elements(alts[0])
	for _, v := range alts[1:] {
		l := m.elements(v)
		out.elems = joinedLists(out.elems, l.elems)
		out.open = out.open || l.open
	}
	return out
}

// keysOf returns the names of a value's properties.
func (m *machine) keysOf(v value) listing {
	var out listing
	for _, w := range v.choices() {
		switch {
		case w.is(array):
			for i := range w.obj.elems {
				out.elems = append(out.elems, str(formatNumber(float64(i))))
			}
			out.open = out.open || w.obj.open
		case w.kind == reference && w.obj.class != settings:
			for _, k := range w.obj.keys {
				out.elems = append(out.elems, str(k))
			}
			out.open = out.open || w.obj.open
		default:
			out.open = true
		}
	}
	return out
}

// argv is process.argv. Code that stands in no file has its first argument in
// place of the file's name with -e, and after a "-" from standard input.
func (m *machine) argv() []value {
	out := []value{str(m.Self)}
	if m.File != "" {
		out = append(out, str(m.File))
		for _, a := range m.Args {
			out = append(out, str(a))
		}
		return out
	}
	for i, a := range m.Args {
		before := str("-")
		if i > 0 {
			before = str(m.Args[i-1])
		}
		out = append(out, either(str(a), before))
	}
	if n := len(m.Args); n > 0 {
		out = append(out, either(str(m.Args[n-1]), value{kind: absent}))
	}
	return out
}

// argvs returns the words that a list may be, in the ways that it may be: with
// and without the elements that may be absent, and with each of those that may
// be one of several.
func (m *machine) argvs(v value) [][]string {
	var out [][]string
	for _, w := range v.choices() {
		l := m.elements(w)
		ways := [][]string{nil}
		for _, e := range l.elems {
			ways = m.extend(ways, e)
		}
		if l.open {
			for i := range ways {
				ways[i] = append(ways[i], action.HoleText)
			}
		}
		out = append(out, ways...)
	}
	return out
}

// maxWays bounds the forms of one command that are told.
const maxWays = 32

func (m *machine) extend(ways [][]string, e value) [][]string {
	alts := e.choices()
	if len(ways)*len(alts) > maxWays {
		if holds(e, absent) || len(alts) > 1 {
			alts = []value{hole} // any number of words
		}
	}
	var out [][]string
	for _, w := range ways {
		for _, a := range alts {
			words := w[:len(w):len(w)]
			if a.kind != absent {
				words = append(words, m.toText(a))
			}
			out = append(out, words)
		}
	}
	return out
}
