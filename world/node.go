package world

import (
	"strings"

	"github.com/venv-guard/venv-guard/internal/table"
)

// A node is what writes made of a path and of what is below it. Like the
// Overlay that it belongs to it is never changed.
type node struct {
	write   *Write             // the last one at this path; nil if there was none
	removed *Write             // the last one that removed what the view below has here
	below   bool               // something below was written after write
	in      table.Table[*node] // by name
}

// next splits the first element off a clean path; it is empty at the end.
func next(name string) (elem, rest string) {
	name = strings.TrimPrefix(name, "/")
	if i := strings.IndexByte(name, '/'); i >= 0 {
		return name[:i], name[i:]
	}
	return name, ""
}

// find returns the node at a path, and the write that removed a directory
// around it; either may be nil.
func (n *node) find(name string) (at *node, removed *Write) {
	for elem, rest := next(name); n != nil && elem != ""; elem, rest = next(rest) {
		if n.removed != nil {
			removed = n.removed
		}
		n = n.in.Get(elem)
	}
	return n, removed
}

// with returns the node after a write at a path below it.
func (n *node) with(w *Write, name string) *node {
	var c node
	if n != nil {
		c = *n
	}
	elem, rest := next(name)
	switch {
	case elem != "":
		c.below = c.below || w.Kind != Missing
		c.in = c.in.With(elem, c.in.Get(elem).with(w, rest))
	case w.Kind == Missing:
		c = node{write: w, removed: w}
	default:
		c.write, c.below = w, false
	}
	return &c
}

// holds reports whether a write would change nothing.
func (n *node) holds(w *Write, name string) bool {
	elem, rest := next(name)
	switch {
	case n == nil:
		return false
	case elem != "":
		return (n.below || w.Kind == Missing) && n.in.Get(elem).holds(w, rest)
	case w.Kind == Missing && n.in != (table.Table[*node]{}):
		return false
	}
	return !n.below && n.write != nil && *n.write == *w
}

// equal reports whether two nodes stand for the same files.
func (n *node) equal(m *node) bool {
	return n == m || n != nil && m != nil && n.below == m.below && sameWrite(n.write, m.write) &&
		(n.removed == nil) == (m.removed == nil) && n.in.Equal(m.in, (*node).equal)
}

func sameWrite(a, b *Write) bool { return a == b || a != nil && b != nil && *a == *b }
