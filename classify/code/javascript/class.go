package javascript

import (
	"github.com/tdewolff/parse/v2/js"
)

// classValue is a class: a function with its static members, and a prototype
// that holds its methods.
func (m *machine) classValue(d *js.ClassDecl, f *frame) value {
	v := newObject(function)
	fn := &closure{class: d, env: f, file: m.file}
	v.obj.fn = fn
	v.obj.proto = &object{}
	if d.Extends != nil {
		fn.super = m.eval(d.Extends, f)
		if fn.super.is(function) && fn.super.obj.proto != nil {
			v.obj.proto.proto = fn.super.obj.proto
		}
	}
	if d.Name != nil {
		fn.env = &frame{parent: f, call: f.call, vars: map[string]*cell{string(d.Name.Data): m.cell(v, nil)}}
	}
	self := value{kind: reference, obj: &object{proto: v.obj.proto}}
	for i := range d.List {
		el := &d.List[i]
		switch {
		case el.StaticBlock != nil:
			in := &frame{parent: fn.env, call: f.call, hasIt: true, this: v}
			m.declare(in, el.StaticBlock.Scope.Declared)
			m.block(el.StaticBlock.List, in)
		case el.Method != nil && el.Method.Static:
			m.method(v.obj, el.Method, fn.env, v)
		case el.Method != nil:
			m.method(v.obj.proto, el.Method, fn.env, self)
		case el.Field.Static && el.Field.Init != nil:
			in := &frame{parent: fn.env, call: f.call, hasIt: true, this: v}
			if name, ok := keyOf(m.elementName(&el.Field.Name, in)); ok {
				m.put(v.obj, name, m.eval(el.Field.Init, in))
			}
		}
	}
	// The fields of an object that nobody has made yet.
	m.fields(v.obj, self)
	return v
}

func (m *machine) elementName(n *js.ClassElementName, f *frame) value {
	if n.Private != nil {
		return str(string(n.Private.Data))
	}
	return m.propertyName(&n.PropertyName, f)
}

// getter is the prefix of the keys under which getters are kept.
const getter = "\x00get "

// method adds a method to an object or a prototype; self is this for a method
// that nobody calls.
func (m *machine) method(o *object, d *js.MethodDecl, f *frame, self value) {
	name, ok := keyOf(m.elementName(&d.Name, f))
	fn := m.function(&closure{params: &d.Params, body: &d.Body, env: f})
	fn.obj.fn.this = self
	if c := o.fn; c != nil {
		fn.obj.fn.super = c.super
	}
	switch {
	case !ok:
		o.open = true
	case d.Get:
		m.put(o, getter+name, fn)
	case d.Set:
	default:
		m.put(o, name, fn)
	}
}

// construct is `new` for a class or function of the program.
func (m *machine) construct(o *object, args []value) value {
	this := newObject(plain)
	this.obj.proto = o.proto
	if p, ok := o.get("prototype"); ok && p.kind == reference && o.proto == nil {
		this.obj.proto = p.obj
	}
	if o.fn.class != nil {
		m.build(o, this, args)
		return this
	}
	if o.fn.target.kind != unknown {
		return m.invoke(value{kind: reference, obj: o}, this, args)
	}
	if v := m.apply(o.fn, this, args, false); v.kind == reference {
		return v
	}
	return this
}

// build runs the constructors of a class on a new object.
func (m *machine) build(o *object, this value, args []value) {
	if !m.enter() {
		return
	}
	defer m.leave()
	ctor, ok := o.proto.get("constructor")
	super := o.fn.super
	switch {
	case ok && ctor.is(function):
		m.fields(o, this)
		ctor.obj.fn.super = super
		m.apply(ctor.obj.fn, this, args, false)
		return
	case super.is(function) && super.obj.fn.class != nil:
		m.build(super.obj, this, args)
	case super.kind != unknown:
		this.obj.open = true
		m.handOver(args)
	}
	m.fields(o, this)
}

// fields gives a new object those of its class.
func (m *machine) fields(o *object, this value) {
	d := o.fn.class
	for i := range d.List {
		el := &d.List[i]
		if el.StaticBlock != nil || el.Method != nil || el.Field.Static {
			continue
		}
		in := &frame{parent: o.fn.env, call: &call{}, hasIt: true, this: this}
		v := value{kind: undefined}
		if el.Field.Init != nil {
			v = m.eval(el.Field.Init, in)
		}
		if name, ok := keyOf(m.elementName(&el.Field.Name, in)); ok {
			m.put(this.obj, name, v)
		}
	}
}
