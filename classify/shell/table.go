package shell

import (
	"cmp"
	"hash/maphash"
	"iter"
)

// A table maps names to values. It is never changed: with and without return
// new ones that share all but a few entries with it, so that every state of an
// evaluation has its own at little cost. The zero value is empty.
//
// It is a treap whose priorities are hashes of the names: the same names always
// give the same tree, so that comparing two tables skips what they share.
// Entries are walked in the order of their names.
type table[V any] struct{ root *entry[V] }

type entry[V any] struct {
	name        string
	val         V
	prio        uint64
	left, right *entry[V]
}

// seed makes priorities that no text can be written against.
var seed = maphash.MakeSeed()

// lookup returns the value of a name, and whether there is one.
func (t table[V]) lookup(name string) (V, bool) {
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

// get returns the value of a name, or the zero value.
func (t table[V]) get(name string) V {
	v, _ := t.lookup(name)
	return v
}

// with returns the table in which name has the value v.
func (t table[V]) with(name string, v V) table[V] {
	return table[V]{t.root.with(&entry[V]{name: name, val: v, prio: maphash.String(seed, name)})}
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

// without returns the table in which name has no value.
func (t table[V]) without(name string) table[V] {
	if _, ok := t.lookup(name); !ok {
		return t
	}
	return table[V]{t.root.without(name)}
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

// all walks the entries in the order of their names.
func (t table[V]) all() iter.Seq2[string, V] {
	return func(yield func(string, V) bool) { t.root.walk(yield) }
}

func (n *entry[V]) walk(yield func(string, V) bool) bool {
	return n == nil || n.left.walk(yield) && yield(n.name, n.val) && n.right.walk(yield)
}

// differ walks the entries in which two tables may differ, in the order of
// their names, until f says no; a table without the name counts as one with the
// zero value.
func (t table[V]) differ(u table[V], f func(name string, a, b V) bool) bool {
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

// equal reports whether two tables have the same names with values that same
// takes for one.
func (t table[V]) equal(u table[V], same func(a, b V) bool) bool {
	return t.root.equal(u.root, same)
}

func (n *entry[V]) equal(m *entry[V], same func(a, b V) bool) bool {
	return n == m || n != nil && m != nil && n.name == m.name && same(n.val, m.val) &&
		n.left.equal(m.left, same) && n.right.equal(m.right, same)
}

// sameText is what equal asks of tables of texts.
func sameText(a, b string) bool { return a == b }
