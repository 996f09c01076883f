// Package table holds maps that many states of an evaluation share.
package table

import (
	"cmp"
	"hash/maphash"
	"iter"
)

// A Table maps names to values. It is never changed: With and Without return
// new ones that share all but a few entries with it, so that every state of an
// evaluation has its own at little cost. The zero value is empty.
//
// It is a treap whose priorities are hashes of the names: the same names always
// give the same tree, so that comparing two tables skips what they share.
// Entries are walked in the order of their names.
type Table[V any] struct{ root *entry[V] }

type entry[V any] struct {
	name        string
	val         V
	prio        uint64
	left, right *entry[V]
}

// seed makes priorities that no text can be written against.
var seed = maphash.MakeSeed()

// Lookup returns the value of a name, and whether there is one.
func (t Table[V]) Lookup(name string) (V, bool) {
	for n := t.root; n != nil; {
		switch c := cmp.Compare(name, n.name); {
		case c < 0:
			n = n.left
		case c > 0:
			n = n.right
		default:
			return n.val, true
		}
	}
	var none V
	return none, false
}

// Get returns the value of a name, or the zero value.
func (t Table[V]) Get(name string) V {
	v, _ := t.Lookup(name)
	return v
}

// With returns the table in which name has the value v.
func (t Table[V]) With(name string, v V) Table[V] {
	return Table[V]{t.root.with(&entry[V]{name: name, val: v, prio: maphash.String(seed, name)})}
}

func (n *entry[V]) with(e *entry[V]) *entry[V] {
	switch {
	case n == nil:
		return e
	case n.name == e.name:
		e.left, e.right = n.left, n.right
		return e
	case e.above(n):
		e.left, e.right = n.split(e.name)
		return e
	}
	c := *n
	if e.name < n.name {
		c.left = n.left.with(e)
	} else {
		c.right = n.right.with(e)
	}
	return &c
}

// above reports whether e is nearer to the root than n.
func (e *entry[V]) above(n *entry[V]) bool {
	return e.prio > n.prio || e.prio == n.prio && e.name < n.name
}

// split returns the entries before and behind name, without that of name.
func (n *entry[V]) split(name string) (before, behind *entry[V]) {
	if n == nil {
		return nil, nil
	}
	c := *n
	switch {
	case n.name < name:
		c.right, behind = n.right.split(name)
		return &c, behind
	case n.name > name:
		before, c.left = n.left.split(name)
		return before, &c
	}
	return n.left, n.right
}

// Without returns the table in which name has no value.
func (t Table[V]) Without(name string) Table[V] {
	if _, ok := t.Lookup(name); !ok {
		return t
	}
	return Table[V]{t.root.without(name)}
}

func (n *entry[V]) without(name string) *entry[V] {
	if n.name == name {
		return join(n.left, n.right)
	}
	c := *n
	if name < n.name {
		c.left = n.left.without(name)
	} else {
		c.right = n.right.without(name)
	}
	return &c
}

// join returns a tree of both; all of a stands before all of b.
func join[V any](a, b *entry[V]) *entry[V] {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.above(b):
		c := *a
		c.right = join(a.right, b)
		return &c
	}
	c := *b
	c.left = join(a, b.left)
	return &c
}

// All walks the entries in the order of their names.
func (t Table[V]) All() iter.Seq2[string, V] {
	return func(yield func(string, V) bool) { t.root.walk(yield) }
}

func (n *entry[V]) walk(yield func(string, V) bool) bool {
	return n == nil || n.left.walk(yield) && yield(n.name, n.val) && n.right.walk(yield)
}

// Differ walks the entries in which two tables may differ, in the order of
// their names, until f says no; a table without the name counts as one with the
// zero value.
func (t Table[V]) Differ(u Table[V], f func(name string, a, b V) bool) bool {
	return t.root.differ(u.root, f)
}

func (n *entry[V]) differ(m *entry[V], f func(string, V, V) bool) bool {
	var none V
	switch {
	case n == m:
		return true
	case n != nil && m != nil && n.name == m.name:
		return n.left.differ(m.left, f) && f(n.name, n.val, m.val) && n.right.differ(m.right, f)
	case m == nil || n != nil && n.above(m):
		before, behind := m.split(n.name)
		return n.left.differ(before, f) && f(n.name, n.val, none) && n.right.differ(behind, f)
	}
	before, behind := n.split(m.name)
	return before.differ(m.left, f) && f(m.name, none, m.val) && behind.differ(m.right, f)
}

// Equal reports whether two tables have the same names with values that same
// takes for one.
func (t Table[V]) Equal(u Table[V], same func(a, b V) bool) bool {
	return t.root.equal(u.root, same)
}

func (n *entry[V]) equal(m *entry[V], same func(a, b V) bool) bool {
	return n == m || n != nil && m != nil && n.name == m.name && same(n.val, m.val) &&
		n.left.equal(m.left, same) && n.right.equal(m.right, same)
}
