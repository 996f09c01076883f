package javascript

import (
	"github.com/tdewolff/parse/v2/js"
)

// bindName gives a variable of a scope its value.
func (m *machine) bindName(name []byte, v value, f *frame) {
	if c := f.find(name); c != nil {
		if c.call != f.call && telling(v, 0) {
			m.epoch++ // functions may do something else now
		}
		m.set(c, v)
		return
	}
	if f.vars == nil {
		f.vars = map[string]*cell{}
	}
	f.vars[string(name)] = m.cell(v, f.call)
}

// bind gives the variables of a pattern their values.
func (m *machine) bind(b js.IBinding, v value, f *frame) {
	switch b := b.(type) {
	case *js.Var:
		m.bindName(b.Data, v, f)
	case *js.BindingArray:
		over := m.elements(v)
		for i := range b.List {
			m.bindElement(&b.List[i], over.at(i), f)
		}
		if b.Rest != nil {
			rest := list(over.from(len(b.List))...)
			rest.obj.open = over.open
			m.bind(b.Rest, rest, f)
		}
	case *js.BindingObject:
		var taken []string
		for i := range b.List {
			item := &b.List[i]
			key := ""
			if item.Key != nil {
				key = m.propertyName(item.Key, f).text()
			} else if v, ok := item.Value.Binding.(*js.Var); ok {
				key = string(v.Data)
			}
			taken = append(taken, key)
			m.bindElement(&item.Value, m.member(v, str(key)), f)
		}
		if b.Rest != nil {
			m.bindName(b.Rest.Data, m.without(v, taken), f)
		}
	}
}

func (m *machine) bindElement(e *js.BindingElement, v value, f *frame) {
	if e.Binding == nil {
		return
	}
	if e.Default != nil {
		if v.kind == undefined {
			v = m.eval(e.Default, f)
		} else if holds(v, undefined) || v.vague() {
			m.maybe(func() { v = either(v, m.eval(e.Default, f)) })
		}
	}
	m.bind(e.Binding, v, f)
}

// without is an object with some properties left out.
func (m *machine) without(v value, taken []string) value {
	if v.kind != reference {
		return v
	}
	out := newObject(v.obj.class)
	o := v.obj.copy()
	*out.obj = o
	out.obj.saved = 0
	for _, k := range taken {
		m.drop(out.obj, k)
	}
	return out
}

// assign gives what an expression stands for a value.
func (m *machine) assign(to js.IExpr, v value, f *frame) {
	switch to := to.(type) {
	case *js.Var:
		m.bindName(to.Data, v, f)
	case *js.GroupExpr:
		m.assign(to.X, v, f)
	case *js.DotExpr:
		m.store(m.eval(to.X, f), str(dotName(to.Y)), v)
	case *js.IndexExpr:
		on := m.eval(to.X, f)
		m.store(on, m.eval(to.Y, f), v)
	case *js.ArrayExpr: // a pattern that was read as an expression
		over := m.elements(v)
		for i := range to.List {
			e := &to.List[i]
			switch {
			case e.Value == nil:
			case e.Spread:
				m.assign(e.Value, list(over.from(i)...), f)
			default:
				m.assignDefault(e.Value, over.at(i), f)
			}
		}
	case *js.ObjectExpr:
		for i := range to.List {
			p := &to.List[i]
			if p.Name != nil {
				m.assignDefault(p.Value, m.member(v, m.propertyName(p.Name, f)), f)
			} else if p.Spread {
				m.assign(p.Value, v, f)
			} else if n, ok := p.Value.(*js.Var); ok {
				m.assignDefault(p.Value, m.member(v, str(string(n.Data))), f)
			}
		}
	}
}

func (m *machine) assignDefault(to js.IExpr, v value, f *frame) {
	if b, ok := to.(*js.BinaryExpr); ok && b.Op == js.EqToken {
		if v.kind == undefined {
			v = m.eval(b.Y, f)
		} else if holds(v, undefined) || v.vague() {
			v = either(v, m.eval(b.Y, f))
		}
		to = b.X
	}
	m.assign(to, v, f)
}

// store sets a property.
func (m *machine) store(on, key, v value) {
	for _, o := range on.choices() {
		if o.kind == native {
			m.storeNative(o.str, key, v)
			continue
		}
		if o.kind != reference {
			m.forget(v)
			continue
		}
		name, ok := keyOf(key)
		switch {
		case o.obj.class == settings:
			m.setEnv(key.text(), v.text())
		case !ok:
			m.touch(o.obj)
			o.obj.open = true
			m.forget(v)
		case o.obj.class == array:
			m.storeElement(o.obj, name, v)
		default:
			m.put(o.obj, name, v)
		}
	}
}

func (m *machine) storeElement(o *object, name string, v value) {
	m.touch(o)
	i, ok := index(name)
	switch {
	case name == "length":
		if n := v.number(); n >= 0 && int(n) < len(o.elems) {
			o.elems = o.elems[:int(n)]
		} else if n != n {
			o.open = true
		}
	case ok && i < len(o.elems):
		o.elems[i] = v
	case ok && i == len(o.elems) && i < maxList:
		o.elems = append(o.elems, v)
	case ok:
		o.open = true
	default:
		m.put(o, name, v)
	}
}

// setEnv notes a variable that the program sets for what it starts.
func (m *machine) setEnv(name, val string) {
	m.env = append(m.env[:len(m.env):len(m.env)], name+"="+val)
}

// storeNative sets a property of something of the runtime.
func (m *machine) storeNative(of string, key, v value) {
	if name, ok := keyOf(key); ok && of == "globalThis" {
		m.bindName([]byte(name), v, m.global)
		return
	}
	m.forget(v)
}
