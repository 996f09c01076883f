package python

import (
	"maps"
	"slices"
	"strings"
)

// An argument is one of a call; key is its name, if it has one.
type argument struct {
	key string
	value
}

// arguments are those of a call. open says that there may be more, which are not
// known.
type arguments struct {
	list []argument
	open bool
}

// pos returns the ith argument without a name.
func (a arguments) pos(i int) (value, bool) {
	for _, arg := range a.list {
		if arg.key != "" {
			continue
		}
		if i == 0 {
			return arg.value, true
		}
		i--
	}
	return value{}, false
}

// get returns the ith argument, or the one of that name.
func (a arguments) get(i int, key string) value {
	v, _ := a.find(i, key)
	return v
}

func (a arguments) find(i int, key string) (value, bool) {
	if i >= 0 {
		if v, ok := a.pos(i); ok {
			return v, true
		}
	}
	for _, arg := range a.list {
		if arg.key == key && key != "" {
			return arg.value, true
		}
	}
	return value{}, false
}

// rest returns the arguments without a name from the ith on.
func (a arguments) rest(i int) []value {
	var out []value
	for _, arg := range a.list {
		if arg.key == "" {
			if i--; i < 0 {
				out = append(out, arg.value)
			}
		}
	}
	return out
}

func (e *evaluator) callExpr(x *expr, sc *scope) value {
	if x.a == nil { // x = !cmd
		e.pos = x.pos
		e.magic(x.text)
		return value{}
	}
	if x.a.op == nameExpr && x.a.text == "super" && len(x.list) == 0 {
		return e.super(sc)
	}
	f := e.expr(x.a, sc)
	args := arguments{list: make([]argument, 0, len(x.list))}
	for _, a := range x.list {
		switch a.op {
		case keyword:
			args.list = append(args.list, argument{a.text, e.expr(a.a, sc)})
		case star:
			states := e.elements(e.expr(a.a, sc))
			if len(states) == 0 {
				args.open = true
				args.list = append(args.list, argument{})
				continue
			}
			for i := range longest(states) {
				var vals []value
				for _, items := range states {
					if i < len(items) {
						vals = append(vals, items[i])
					}
				}
				args.list = append(args.list, argument{value: oneOf(vals...)})
			}
		case starStar:
			for _, v := range alternatives(e.expr(a.a, sc)) {
				if v.kind != dict || v.obj.open {
					args.open = true
				}
				if v.kind == dict {
					for i := 0; i+1 < len(v.obj.items); i += 2 {
						args.list = append(args.list, argument{v.obj.items[i].str, v.obj.items[i+1]})
					}
				}
			}
		default:
			args.list = append(args.list, argument{value: e.expr(a, sc)})
		}
	}
	e.pos = x.pos
	if f.kind == ref && scoped(f.str) {
		return e.inScope(f.str, args, sc)
	}
	return e.callWith(f, args)
}

func longest(states [][]value) int {
	n := 0
	for _, items := range states {
		n = max(n, len(items))
	}
	return n
}

func (e *evaluator) call(f value, args []argument) value { return e.callWith(f, arguments{list: args}) }

func (e *evaluator) callWith(f value, args arguments) value {
	e.step()
	switch f.kind {
	case funcKind:
		return e.callFunction(f, args.list, args.open)
	case class:
		return e.instantiate(f, args)
	case bound:
		if f.obj.items != nil { // of a class of the code
			return e.callFunction(f.obj.items[0], append([]argument{{value: *f.obj.self}}, args.list...), args.open)
		}
		return e.method(*f.obj.self, f.str, args)
	case ref:
		return e.library(f, args)
	case either:
		at := e.pos
		var out []value
		for _, a := range f.obj.items {
			e.pos = at
			out = append(out, e.callWith(a, args))
		}
		return oneOf(out...)
	case instance:
		if m, ok := e.member(*f.obj.self, "__call__", 0); ok {
			return e.callFunction(m, append([]argument{{value: f}}, args.list...), args.open)
		}
	}
	e.callbacks(args)
	return value{from: f.from}
}

// callbacks calls what a function is given that can be called, since it may do
// so: with the arguments that follow it, with args=, or for the elements of a
// list.
func (e *evaluator) callbacks(args arguments) {
	for i, a := range args.list {
		for _, f := range alternatives(a.value) {
			if f.kind == bound && f.obj.items == nil || f.kind == class || f.kind != funcKind && f.kind != bound && f.kind != ref {
				continue
			}
			if f.kind == ref && !starts(f.str) {
				continue
			}
			pass := arguments{open: true}
			if given, ok := args.find(-1, "args"); ok {
				if states := e.elements(given); len(states) > 0 {
					for _, v := range states[0] {
						pass.list = append(pass.list, argument{value: v})
					}
				}
			} else {
				pass.list = append(pass.list, args.list[i+1:]...)
			}
			if f.kind == ref && len(pass.list) == 0 {
				pass.list = []argument{{}}
			}
			at := e.pos
			e.branch(func() flow { e.callWith(f, pass); return goesOn }, func() flow { return goesOn })
			e.pos = at
		}
	}
}

// define is a def statement.
func (e *evaluator) define(st *stmt, sc *scope) {
	o := &object{fn: st.fn, scope: sc}
	f := value{kind: funcKind, obj: o}
	for i := range st.fn.params {
		if init := st.fn.params[i].init; init != nil {
			if o.attrs == nil {
				o.attrs = newTable()
			}
			o.attrs.m["\x00"+st.fn.params[i].name] = e.expr(init, sc)
		}
	}
	e.uncalled = append(e.uncalled, o)
	v := f
	for _, d := range slices.Backward(st.fn.decorators) {
		dec := e.expr(d, sc)
		switch {
		case dec.kind == funcKind || dec.kind == instance:
			e.pos = d.pos
			if out := e.call(dec, []argument{{value: v}}); out.kind != unknown {
				v = oneOf(v, out)
			}
		case dec.kind == ref && (dec.str == "staticmethod" || dec.str == "classmethod" || dec.str == "property" || strings.HasSuffix(dec.str, "cached_property")):
			if o.attrs == nil {
				o.attrs = newTable()
			}
			o.attrs.m["\x00"+dec.str[strings.LastIndexByte(dec.str, '.')+1:]] = truth(true)
		case dec.kind == ref && isTask(dec.str):
			o.name = "task" // its first argument runs commands
		case dec.kind == ref && starts(dec.str):
			e.call(dec, []argument{{value: f}})
		}
	}
	e.set(sc, st.text, v)
}

// isTask reports whether a decorator makes a task of invoke or Fabric of a
// function (invoke 2.2, fabric 3.2).
func isTask(name string) bool {
	switch strings.TrimSuffix(name, "()") {
	case "invoke.task", "fabric.task", "task", "invoke.tasks.task":
		return true
	}
	return false
}

// class is a class statement.
func (e *evaluator) class(st *stmt, sc *scope) {
	inner := newScope(sc)
	inner.class = true
	o := &object{attrs: inner.vars, scope: inner, name: st.text}
	v := value{kind: class, obj: o}
	for _, b := range st.list {
		if b.op != keyword {
			o.bases = append(o.bases, e.expr(b, sc))
		}
	}
	from := len(e.uncalled)
	e.block(st.body, inner)
	for _, f := range e.uncalled[from:] {
		if f.scope == inner && f.self == nil {
			f.self = &v
		}
	}
	e.set(sc, st.text, v)
}

// member finds an attribute of a class or its bases.
func (e *evaluator) member(cls value, name string, depth int) (value, bool) {
	if cls.kind != class || depth > maxCalls {
		return value{}, false
	}
	if v, ok := cls.obj.attrs.m[name]; ok {
		return v, true
	}
	for _, b := range cls.obj.bases {
		if v, ok := e.member(b, name, depth+1); ok {
			return v, true
		}
	}
	return value{}, false
}

func (e *evaluator) instantiate(cls value, args arguments) value {
	e.step()
	if e.resting && cls.obj.ran && tellsNothing(args.list) {
		return cls.obj.last
	}
	v := value{kind: instance, obj: &object{self: &cls, attrs: newTable()}}
	cls.obj.ran, cls.obj.last = true, v
	if init, ok := e.member(cls, "__init__", 0); ok && init.kind == funcKind {
		e.callFunction(init, append([]argument{{value: v}}, args.list...), args.open)
		return v
	}
	for _, b := range cls.obj.bases {
		if b.kind == ref { // class A(subprocess.Popen)
			e.library(b, args)
		}
	}
	// The fields of a dataclass or NamedTuple.
	for _, a := range args.list {
		if a.key != "" {
			e.attr(v.obj, a.key, a.value)
		}
	}
	return v
}

// super is super() in a method.
func (e *evaluator) super(sc *scope) value {
	for at := sc; at != nil; at = at.outer {
		if at.fn == nil || at.outer == nil {
			continue
		}
		if len(at.fn.params) == 0 {
			break
		}
		self, ok := at.vars.m[at.fn.params[0].name]
		if !ok || self.kind != instance || self.obj.self == nil || len(self.obj.self.obj.bases) == 0 {
			break
		}
		base := self.obj.self.obj.bases[0]
		switch base.kind {
		case ref:
			return library(base.str + "()")
		case class:
		default:
			return value{}
		}
		return value{kind: instance, obj: &object{self: &base, attrs: self.obj.attrs}}
	}
	return value{}
}

// callFunction calls a function of the code. open says that it may have more
// arguments than those.
func (e *evaluator) callFunction(f value, args []argument, open bool) value {
	e.step()
	o := f.obj
	if f.kind != funcKind {
		return e.callWith(f, arguments{list: args, open: open})
	}
	if e.calls >= maxCalls || e.active(o) > 2 {
		return value{}
	}
	if far := e.resting || e.calls > maxFollowed; o.ran && far && tellsNothing(args) || o.runs >= maxReruns && (far || len(args) > 0 && tellsNothing(args)) {
		return o.last
	}
	o.ran = true
	o.runs++
	sc := &scope{vars: newTable(), outer: o.scope, fn: o.fn}
	e.bind(o, sc, args, open)
	src, at := e.src, e.pos
	e.src = o.fn.src
	e.calls++
	e.stack = append(e.stack, o)
	var out value
	if o.fn.value != nil {
		out = e.expr(o.fn.value, sc)
	} else {
		if e.block(o.fn.body, sc) != returns {
			sc.ret = append(sc.ret, value{kind: none})
		}
		if len(sc.ret) > 1 && sc.ret[len(sc.ret)-1].kind == none {
			sc.ret = sc.ret[:len(sc.ret)-1] // what does not return is not what is used
		}
		out = oneOf(sc.ret...)
	}
	e.stack = e.stack[:len(e.stack)-1]
	e.calls--
	e.src, e.pos = src, at
	if o.fn.yields {
		out = seq(list, sc.yields)
	}
	o.last = out
	return out
}

// tellsNothing reports whether arguments are not known, so that a function which
// was called before does nothing new.
func tellsNothing(args []argument) bool {
	for _, a := range args {
		switch a.kind {
		case unknown, instance, none, ref, boolean, integer:
		default:
			return false
		}
	}
	return true
}

// active returns how often a function is being called.
func (e *evaluator) active(o *object) int {
	n := 0
	for _, a := range e.stack {
		if a == o {
			n++
		}
	}
	return n
}

// bind gives parameters their values.
func (e *evaluator) bind(o *object, sc *scope, args []argument, open bool) {
	var plain []value
	for _, a := range args {
		if a.key == "" {
			plain = append(plain, a.value)
		}
	}
	used := map[string]bool{}
	next, starred := 0, false
	for i := range o.fn.params {
		p := &o.fn.params[i]
		switch {
		case p.star == 1:
			rest := slices.Clone(plain[min(next, len(plain)):])
			if open {
				rest = append(rest, value{})
			}
			sc.vars.m[p.name] = seq(tuple, rest)
			next, starred = len(plain), true
			continue
		case p.star == 2:
			d := value{kind: dict, obj: &object{dict: true, open: open}}
			for _, a := range args {
				if a.key != "" && !used[a.key] {
					d.obj.items = d.obj.with(text(a.key), a.value)
				}
			}
			sc.vars.m[p.name] = d
			continue
		}
		v, ok := value{}, false
		for _, a := range args {
			if a.key == p.name {
				v, ok = a.value, true
				used[p.name] = true
			}
		}
		if !ok && next < len(plain) && !starred {
			v, ok = plain[next], true
			next++
		}
		if !ok {
			if o.attrs != nil {
				v, ok = o.attrs.m["\x00"+p.name]
			}
			switch {
			case ok && open:
				v = oneOf(v, value{})
			case i == 0 && o.name == "task":
				v = library("invoke.Context()")
			}
		}
		sc.vars.m[p.name] = v
	}
}

// attribute is `on.name`.
func (e *evaluator) attribute(on value, name string) value {
	switch on.kind {
	case either:
		return each(on, func(v value) value { return e.attribute(v, name) })
	case ref:
		if len(on.str) > maxName {
			on.str = "?"
		}
		if name == "__call__" {
			return on
		}
		if strings.HasSuffix(on.str, "parse_args()") || strings.HasSuffix(on.str, "parse_known_args()[]") {
			if v, ok := e.options[name]; ok { // of argparse
				return v
			}
		}
		v := e.given(on.str + "." + name)
		if v.kind == ref {
			v.from, v.obj = on.from, on.obj
		}
		return v
	case module:
		if v, ok := on.obj.scope.vars.m[name]; ok {
			return v
		}
		return value{}
	case bound:
		if name == "__subclasses__" {
			return library("object.__subclasses__")
		}
	case instance, class:
		return e.attributeOf(on, name)
	case unknown:
		return value{kind: ref, str: "?." + name, from: on.from}
	case path:
		if v, ok := pathPart(on, name); ok {
			return v
		}
	case none, boolean, integer:
		return value{}
	case file:
		if name == "name" {
			return text(on.obj.name)
		}
	case str:
		if name == "name" { // of a temporary directory
			return on
		}
	}
	return value{kind: bound, str: name, obj: &object{self: &on}}
}

func (e *evaluator) attributeOf(on value, name string) value {
	switch name {
	case "__class__":
		if on.kind == instance {
			return *on.obj.self
		}
	case "__dict__":
		d := value{kind: dict, obj: &object{dict: true, open: true}}
		for _, k := range slices.Sorted(maps.Keys(on.obj.attrs.m)) {
			d.obj.items = append(d.obj.items, text(k), on.obj.attrs.m[k])
		}
		return d
	}
	cls := on
	if on.kind == instance {
		if v, ok := on.obj.attrs.m[name]; ok {
			return v
		}
		cls = *on.obj.self
	}
	v, ok := e.member(cls, name, 0)
	if !ok {
		for _, b := range cls.obj.bases {
			if b.kind == ref {
				return library(b.str + "()." + name)
			}
		}
		if on.obj.open {
			return value{kind: ref, str: "?." + name}
		}
		return value{}
	}
	return each(v, func(v value) value {
		if v.kind != funcKind {
			return v
		}
		if v.obj.attrs != nil {
			if _, static := v.obj.attrs.m["\x00staticmethod"]; static {
				return v
			}
			_, isClass := v.obj.attrs.m["\x00classmethod"]
			if isClass {
				return value{kind: bound, str: name, obj: &object{self: &cls, items: []value{v}}}
			}
			_, property := v.obj.attrs.m["\x00property"]
			if _, cached := v.obj.attrs.m["\x00cached_property"]; (property || cached) && on.kind == instance {
				return e.callFunction(v, []argument{{value: on}}, false)
			}
		}
		if on.kind == class {
			return v
		}
		return value{kind: bound, str: name, obj: &object{self: &on, items: []value{v}}}
	})
}

// dunder is an operator between instances of classes of the code.
func (e *evaluator) dunder(v value, op string, w value) value {
	name := ""
	switch op {
	case "+":
		name = "__add__"
	case "%":
		name = "__mod__"
	case "/":
		name = "__truediv__"
	case "|":
		name = "__or__"
	case ">>":
		name = "__rshift__"
	}
	if m, ok := e.member(*v.obj.self, name, 0); ok {
		return e.callFunction(m, []argument{{value: v}, {value: w}}, false)
	}
	return value{}
}

// words returns the words of a program that are given as values, with lists
// spread out, in all the ways that they may be.
func (e *evaluator) words(vals []value) [][]string {
	out := [][]string{nil}
	for _, v := range vals {
		var more [][]string
		if states := lists(v); states != nil {
			for _, items := range states {
				more = append(more, e.words(items)...)
			}
		} else {
			for _, s := range texts(v) {
				more = append(more, []string{s})
			}
		}
		out = combine(out, more)
	}
	return out
}

// combine appends every list of b to every list of a; where that is too many,
// every list of both occurs once at least.
func combine(a, b [][]string) [][]string {
	if len(b) == 1 {
		for i := range a {
			a[i] = append(slices.Clip(a[i]), b[0]...)
		}
		return a
	}
	var out [][]string
	if len(a)*len(b) > 2*maxAlternatives {
		for i := range max(len(a), len(b)) {
			out = append(out, append(slices.Clip(a[i%len(a)]), b[i%len(b)]...))
		}
		return out
	}
	for _, x := range a {
		for _, y := range b {
			out = append(out, append(slices.Clip(x), y...))
		}
	}
	return out
}
