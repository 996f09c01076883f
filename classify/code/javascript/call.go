package javascript

import (
	"slices"

	"github.com/tdewolff/parse/v2/js"

	"github.com/venv-guard/venv-guard/action"
)

// function makes a value of a closure.
func (m *machine) function(fn *closure) value {
	fn.file = m.file
	if fn.arrow {
		fn.this = fn.env.self()
	}
	m.pending = append(m.pending, fn)
	if fn.sum = m.sums[fn.body]; fn.sum == nil {
		fn.sum = &summary{}
		m.sums[fn.body] = fn.sum
	}
	v := newObject(function)
	v.obj.fn = fn
	return v
}

func (m *machine) closure(d *js.FuncDecl, f *frame) value {
	return m.function(&closure{params: &d.Params, body: &d.Body, env: f})
}

// funcExpr is a function expression, whose name only its body knows.
func (m *machine) funcExpr(d *js.FuncDecl, f *frame) value {
	if d.Name == nil {
		return m.closure(d, f)
	}
	in := &frame{parent: f, call: f.call, vars: map[string]*cell{}}
	v := m.closure(d, in)
	in.vars[string(d.Name.Data)] = m.cell(v, nil)
	return v
}

// args evaluates the arguments of a call.
func (m *machine) args(list []js.Arg, f *frame) []value {
	var out []value
	for i := range list {
		v := m.eval(list[i].Value, f)
		if !list[i].Rest {
			out = append(out, v)
			continue
		}
		l := m.elements(v)
		out = append(out, l.elems...)
		if l.open {
			out = append(out, value{}, value{}, value{})
		}
	}
	return out
}

func (m *machine) callExpr(e *js.CallExpr, f *frame) value {
	var fn, this value
	switch x := e.X.(type) {
	case *js.DotExpr:
		this = m.eval(x.X, f)
		if x.Optional || e.Optional {
			this = defined(this)
		}
		fn = m.method2(this, str(dotName(x.Y)))
	case *js.IndexExpr:
		this = m.eval(x.X, f)
		fn = m.method2(this, m.eval(x.Y, f))
	default:
		fn = m.eval(e.X, f)
	}
	if isSuper(e.X) {
		this = f.self()
	}
	if isSuperMember(e.X) {
		this = f.self()
	}
	args := m.args(e.Args.List, f)
	outer, frame := m.at, m.scope
	m.at, m.scope = e, f
	defer func() { m.at, m.scope = outer, frame }()
	if len(fn.choices()) > 1 {
		var ways []func() value
		for _, w := range fn.alts {
			ways = append(ways, func() value { return m.invoke(w, this, args) })
		}
		return m.oneOf(f, ways...)
	}
	return m.invoke(fn, this, args)
}

func isSuper(e js.IExpr) bool {
	l, ok := e.(*js.LiteralExpr)
	return ok && l.TokenType == js.SuperToken
}

func isSuperMember(e js.IExpr) bool {
	d, ok := e.(*js.DotExpr)
	return ok && isSuper(d.X)
}

func (m *machine) newExpr(e *js.NewExpr, f *frame) value {
	fn := m.eval(e.X, f)
	var args []value
	if e.Args != nil {
		args = m.args(e.Args.List, f)
	}
	outer, frame := m.at, m.scope
	m.at, m.scope = e, f
	defer func() { m.at, m.scope = outer, frame }()
	return each(fn, func(fn value) value {
		switch {
		case fn.is(function):
			return m.construct(fn.obj, args)
		case fn.kind == native:
			return m.constructNative(fn.str, args)
		}
		m.handOver(args)
		return value{}
	})
}

// handOver passes values to someone unknown.
func (m *machine) handOver(args []value) {
	for _, a := range args {
		m.forget(a)
	}
}

// invoke calls a function.
func (m *machine) invoke(fn, this value, args []value) value {
	switch {
	case fn.kind == choice:
		return each(fn, func(w value) value { return m.invoke(w, this, args) })
	case fn.is(function):
		c := fn.obj.fn
		if c.hook != nil {
			return c.hook(args)
		}
		if c.target.kind != unknown { // bind
			return m.invoke(c.target, c.this, append(c.bound[:len(c.bound):len(c.bound)], args...))
		}
		if c.class != nil {
			if this.kind == reference { // super(…)
				m.build(fn.obj, this, args)
			}
			return this
		}
		return m.apply(c, this, args, false)
	case fn.kind == native:
		return m.callNative(fn.str, this, args)
	}
	m.handOver(args)
	return value{}
}

// apply reads the body of a function with what its parameters are; blind says
// that nothing is known of them.
func (m *machine) apply(c *closure, this value, args []value, blind bool) value {
	if c.body == nil {
		return value{}
	}
	c.called = c.called || !blind
	vague := blind || allVague(args) && !telling(this, 0) && (m.calls > 0 && c.sum.epoch == m.epoch || c.sum.vague == 0) && !m.captures(c)
	switch {
	case c.sum.depth > 0 && (blind || c.sum.depth > maxUnrolled || slices.ContainsFunc(args, unsettled)):
		// Inside itself: once more for all the times that may come.
		if c.sum.blind > 0 {
			return value{}
		}
		args, blind, vague = nil, true, true
	case vague && c.sum.depth == 0 && c.sum.vague >= maxVague:
		// Read often enough without knowing more; once more at the end.
		c.sum.again = true
		return c.sum.result
	}
	if c.sum.times++; c.sum.times > maxTimes {
		m.unread = true
		return value{}
	}
	if blind {
		c.sum.blind++
		defer func() { c.sum.blind-- }()
	}
	if m.calls >= maxCalls || !m.enter() {
		m.unread = true
		return value{}
	}
	m.calls++
	c.sum.depth++
	outer, at := m.file, m.at
	m.file = c.file
	defer func() {
		m.leave()
		m.calls--
		c.sum.depth--
		m.file, m.at = outer, at
	}()
	cl := &call{args: list(args...), result: value{kind: undefined}}
	cl.args.obj.open = blind
	f := &frame{parent: c.env, call: cl, super: c.super}
	if !c.arrow {
		f.hasIt, f.this = true, this
		if c.this.kind != unknown && this.kind == unknown {
			f.this = c.this
		}
	}
	m.declare(f, c.body.Scope.Declared)
	m.parameters(c.params, args, blind, f)
	fl := m.block(c.body.List, f)
	m.exits = false
	switch {
	case !cl.returned:
		cl.result = value{kind: undefined}
	case fl&goesOn != 0:
		cl.result = either(cl.result, value{kind: undefined})
	}
	if vague {
		c.sum.epoch = m.epoch
		c.sum.vague++
		c.sum.result = cl.result
	}
	return cl.result
}

// maxUnrolled bounds the calls of a function inside itself that are read with
// what they are given, maxVague its calls with nothing known, and maxTimes all.
const (
	maxUnrolled = 40
	maxVague    = 2
	maxTimes    = 1 << 9
)

// allVague reports whether nothing is known of any argument that a command
// could be made of.
func allVague(args []value) bool {
	return !slices.ContainsFunc(args, func(v value) bool { return telling(v, 0) })
}

// captures reports whether a function sees something telling in the variables of
// those around it, which another closure of the same body may see otherwise.
func (m *machine) captures(c *closure) bool {
	for f := c.env; f != nil && f.parent != m.global && f != m.global; f = f.parent {
		for _, cell := range f.vars {
			if cell.v.kind == text && telling(cell.v, 0) || cell.v.kind != native && !cell.v.is(function) && telling(cell.v, 1) {
				return true
			}
		}
	}
	return false
}

// telling reports whether a value has text or code in it.
func telling(v value, depth int) bool {
	for _, w := range v.choices() {
		switch w.kind {
		case text:
			if w.str != "" && !action.OnlyHoles(w.str) {
				return true
			}
		case native:
			if w.str[0] != '?' {
				return true
			}
		case reference:
			if w.obj.class != plain && w.obj.class != array {
				return true
			}
			if depth < 2 && (slices.ContainsFunc(w.obj.elems, func(e value) bool { return telling(e, depth+1) }) ||
				slices.ContainsFunc(w.obj.keys, func(k string) bool { return telling(w.obj.props[k], depth+1) })) {
				return true
			}
		}
	}
	return false
}

// unsettled reports whether a value may change with every call.
func unsettled(v value) bool {
	return v.kind == choice || v.vague() || v.kind == text && action.Holed(v.str) || v.kind == reference && v.obj.class != function
}

func (m *machine) parameters(p *js.Params, args []value, blind bool, f *frame) {
	for i := range p.List {
		v := value{kind: undefined}
		if i < len(args) {
			v = args[i]
		} else if blind {
			v = value{}
		}
		m.bindElement(&p.List[i], v, f)
	}
	if p.Rest != nil {
		rest := list(args[min(len(p.List), len(args)):]...)
		rest.obj.open = blind
		m.bind(p.Rest, rest, f)
	}
}

func (m *machine) yield(e *js.YieldExpr, f *frame) value {
	v := m.eval(e.X, f)
	if c := f.call; c != nil {
		if !c.returned || !c.result.is(array) {
			c.result, c.returned = list(), true
		}
		m.touch(c.result.obj)
		if e.Generator {
			m.spread(c.result.obj, v)
		} else if len(c.result.obj.elems) < maxList {
			c.result.obj.elems = append(c.result.obj.elems, v)
		}
	}
	return value{}
}
