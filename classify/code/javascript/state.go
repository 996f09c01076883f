package javascript

import (
	"maps"
	"slices"

	"github.com/tdewolff/parse/v2/js"
)

// A cell is one variable.
type cell struct {
	v     value
	saved int
	call  *call // whose variable it is
}

// A frame holds the variables of a scope.
type frame struct {
	vars   map[string]*cell
	parent *frame
	call   *call
	this   value
	hasIt  bool // this is of this frame
	super  value
}

// A call is one function that is being read.
type call struct {
	result   value
	returned bool
	args     value
}

func (f *frame) find(name []byte) *cell {
	for ; f != nil; f = f.parent {
		if c, ok := f.vars[string(name)]; ok {
			return c
		}
	}
	return nil
}

// self returns the value of this.
func (f *frame) self() value {
	for ; f != nil; f = f.parent {
		if f.hasIt {
			return f.this
		}
	}
	return value{}
}

// declare makes the variables of a scope, which have no value yet.
func (m *machine) declare(f *frame, vars js.VarArray) {
	if len(vars) == 0 {
		return
	}
	if f.vars == nil {
		f.vars = make(map[string]*cell, len(vars))
	}
	for _, v := range vars {
		if _, ok := f.vars[string(v.Data)]; !ok {
			f.vars[string(v.Data)] = m.cell(value{kind: undefined}, f.call)
		}
	}
}

// cell makes a variable. Forks that begin later are those that must remember
// what it was.
func (m *machine) cell(v value, c *call) *cell { return &cell{v: v, saved: m.fork, call: c} }

// inner returns a frame for a block.
func (m *machine) inner(f *frame, vars js.VarArray) *frame {
	if len(vars) == 0 {
		return f
	}
	in := &frame{parent: f, call: f.call}
	m.declare(in, vars)
	return in
}

// An undo is what a cell or an object was before a fork changed it.
type undo struct {
	cell *cell
	obj  *object
	old  value
	was  object
	from int
}

// set gives a variable a value.
func (m *machine) set(c *cell, v value) {
	if m.fork > 0 && c.saved != m.fork {
		m.log = append(m.log, undo{cell: c, old: c.v, from: c.saved})
		c.saved = m.fork
	}
	c.v = v
}

// touch must be called before an object is changed.
func (m *machine) touch(o *object) {
	if m.fork > 0 && o.saved != m.fork {
		m.work((len(o.keys) + len(o.elems)) / 4)
		m.log = append(m.log, undo{obj: o, was: o.copy(), from: o.saved})
		o.saved = m.fork
	}
}

func (o *object) copy() object {
	c := *o
	c.keys, c.elems, c.props = slices.Clone(o.keys), slices.Clone(o.elems), maps.Clone(o.props)
	return c
}

// put sets a property.
func (m *machine) put(o *object, name string, v value) {
	m.touch(o)
	if o.props == nil {
		o.props = map[string]value{}
	}
	if _, ok := o.props[name]; !ok {
		o.keys = append(o.keys, name)
	}
	o.props[name] = v
}

// drop removes a property.
func (m *machine) drop(o *object, name string) {
	if _, ok := o.props[name]; ok {
		m.touch(o)
		delete(o.props, name)
		o.keys = slices.DeleteFunc(slices.Clone(o.keys), func(k string) bool { return k == name })
	}
}

// A change is what a branch left in a cell or an object.
type change struct {
	cell *cell
	obj  *object
	v    value
	is   object
}

// branches reads ways that the program could go, each from the same state, and
// joins what they leave. A way that leaves the function leaves nothing in the
// function's own variables. It reports how the program goes on.
func (m *machine) branches(at *call, ways ...func() flow) flow {
	outer := m.fork
	var ends []outcome
	var out flow
	for _, way := range ways {
		m.forks++
		m.fork = m.forks
		mark := len(m.log)
		fl := way()
		out |= fl
		end := map[any]change{}
		for i := len(m.log) - 1; i >= mark; i-- {
			u := &m.log[i]
			switch {
			case u.cell != nil:
				end[u.cell] = change{cell: u.cell, v: u.cell.v}
				u.cell.v, u.cell.saved = u.old, u.from
			default:
				end[u.obj] = change{obj: u.obj, is: u.obj.copy()}
				*u.obj = u.was
				u.obj.saved = u.from
			}
		}
		m.log = m.log[:mark]
		m.fork = outer
		ends = append(ends, outcome{end, fl&goesOn != 0})
		m.work(2 * len(end))
	}
	m.merge(ends, at)
	return out
}

// An outcome is what one way changed, and whether the program goes on after it.
type outcome struct {
	changes map[any]change
	goesOn  bool
}

// merge brings the state to what it is after one of several ways.
func (m *machine) merge(ends []outcome, at *call) {
	done := map[any]bool{}
	for _, end := range ends {
		for key, ch := range end.changes {
			if done[key] {
				continue
			}
			done[key] = true
			if ch.cell != nil {
				m.mergeCell(ch.cell, ends, at)
			} else {
				m.mergeObject(ch.obj, ends)
			}
		}
	}
}

func (m *machine) mergeCell(c *cell, ends []outcome, at *call) {
	var v value
	first := true
	for _, end := range ends {
		if !end.goesOn && c.call == at {
			continue
		}
		w := c.v
		if ch, ok := end.changes[c]; ok {
			w = ch.v
		}
		if first {
			v, first = w, false
		} else {
			v = either(v, w)
		}
	}
	m.set(c, v)
}

func (m *machine) mergeObject(o *object, ends []outcome) {
	was := o.copy()
	var to object
	for i, end := range ends {
		is := was
		if ch, ok := end.changes[o]; ok {
			is = ch.is
		}
		if i == 0 {
			to = is
		} else {
			to = joined(to, is)
		}
	}
	m.touch(o)
	o.keys, o.props, o.elems, o.open = to.keys, to.props, to.elems, to.open
}

// joined is an object that is in one of two states.
func joined(a, b object) object {
	out := a.copy()
	out.open = a.open || b.open
	for _, k := range b.keys {
		if v, ok := out.props[k]; ok {
			out.props[k] = either(v, b.props[k])
			continue
		}
		if out.props == nil {
			out.props = map[string]value{}
		}
		out.keys = append(out.keys, k)
		out.props[k] = either(b.props[k], value{kind: undefined})
	}
	for _, k := range a.keys {
		if _, ok := b.props[k]; !ok {
			out.props[k] = either(out.props[k], value{kind: undefined})
		}
	}
	out.elems = joinedLists(a.elems, b.elems)
	return out
}

// joinedLists is a list that is one of two: what only one of them has may be
// absent.
func joinedLists(a, b []value) []value {
	if len(a) < len(b) {
		a, b = b, a
	}
	var out []value
	for i, v := range a {
		switch {
		case i < len(b):
			out = append(out, either(v, b[i]))
		default:
			out = append(out, either(v, value{kind: absent}))
		}
	}
	return out
}
