package python

import (
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// block runs statements up to one that leaves.
func (e *evaluator) block(body []*stmt, sc *scope) flow {
	for _, st := range body {
		if f := e.stmt(st, sc); f != goesOn {
			return f
		}
	}
	return goesOn
}

func (e *evaluator) stmt(st *stmt, sc *scope) flow {
	e.step()
	e.pos = st.pos
	switch st.op {
	case exprStmt:
		v := e.expr(st.a, sc)
		if v.kind == ref && (v.str == "sys.exit()" || v.str == "exit()" || v.str == "quit()" || v.str == "os._exit()") {
			return stops
		}
	case assignStmt:
		v := e.expr(st.a, sc)
		for _, target := range st.list {
			e.assign(target, v, sc)
		}
	case augStmt:
		e.augment(st, sc)
	case ifStmt:
		return e.ifStmt(st, sc)
	case forStmt:
		return e.forStmt(st, sc)
	case whileStmt:
		return e.whileStmt(st, sc)
	case tryStmt:
		return e.try(st, sc)
	case withStmt:
		for i := 0; i < len(st.list); i += 2 {
			v := e.expr(st.list[i], sc)
			if st.list[i+1] != nil {
				e.assign(st.list[i+1], e.entered(v), sc)
			}
		}
		return e.block(st.body, sc)
	case defStmt:
		e.define(st, sc)
	case classStmt:
		e.class(st, sc)
	case returnStmt:
		v := value{kind: none}
		if st.a != nil {
			v = e.expr(st.a, sc)
		}
		for at := sc; at != nil; at = at.outer {
			if at.fn != nil || at.outer == nil {
				at.ret = append(at.ret, v)
				break
			}
		}
		return returns
	case raiseStmt:
		if st.a != nil {
			e.expr(st.a, sc)
		}
		return stops
	case breakStmt, continueStmt:
		return stops
	case delStmt:
		e.delete(st.list[0], sc)
	case importStmt:
		for _, k := range st.list {
			e.importModule(k, sc)
		}
	case fromStmt:
		e.importNames(st, sc)
	case globalStmt:
		if sc.outer != nil {
			if sc.globals == nil {
				sc.globals = map[string]bool{}
			}
			for _, n := range st.list {
				sc.globals[n.text] = true
			}
		}
	case matchStmt:
		return e.match(st, sc)
	case magicStmt:
		e.magic(st.text)
	}
	return goesOn
}

// constant returns what a condition is that is written down as a constant.
func constant(x *expr) (yes, known bool) {
	switch x.op {
	case numberExpr:
		return strings.Trim(x.text, "0.xXbBoOjJ_") != "", true
	case nameExpr:
		switch x.text {
		case "True":
			return true, true
		case "False", "None", "TYPE_CHECKING":
			return false, true
		}
	}
	return false, false
}

// ifStmt takes both ways, whatever is known of the condition, but for constants.
func (e *evaluator) ifStmt(st *stmt, sc *scope) flow {
	e.expr(st.a, sc)
	if yes, known := constant(st.a); known {
		if yes {
			return e.block(st.body, sc)
		}
		return e.block(st.other, sc)
	}
	if isMain(st.a) {
		return e.block(st.body, sc)
	}
	return e.branch(
		func() flow { return e.block(st.body, sc) },
		func() flow { return e.block(st.other, sc) })
}

// isMain reports whether a condition is `__name__ == "__main__"`.
func isMain(x *expr) bool {
	return x.op == compareExpr && x.text == "==" && (x.a.op == nameExpr && x.a.text == "__name__" || x.b.op == nameExpr && x.b.text == "__name__")
}

// forStmt runs the body for every element that is known, and once for others.
func (e *evaluator) forStmt(st *stmt, sc *scope) flow {
	over := e.expr(st.b, sc)
	f := e.rounds(over, func(v value) flow {
		e.pos = st.pos
		e.assign(st.a, v, sc)
		return e.block(st.body, sc)
	})
	if f == returns {
		return f
	}
	e.block(st.other, sc)
	return goesOn
}

// rounds runs f for the elements of a value. Where it is not known how many there
// are, f runs for one that is not known, or not at all.
func (e *evaluator) rounds(over value, f func(value) flow) flow {
	states := e.elements(over)
	if len(states) == 0 {
		item := value{from: over.from}
		if over.kind == ref {
			item = library(over.str + "[]")
			item.from = over.from
		}
		return e.branch(func() flow {
			e.loops++
			for range e.again() {
				f(item)
			}
			e.loops--
			return goesOn
		}, func() flow { return goesOn })
	}
	if len(states) > 1 && e.vague() {
		var union []value
		for _, items := range states {
			for _, v := range items {
				if !slices.ContainsFunc(union, func(have value) bool { return same(have, v) }) && len(union) < fewRounds {
					union = append(union, v)
				}
			}
		}
		states = [][]value{union}
	}
	if len(states) == 1 {
		return e.round(states[0], f)
	}
	var paths []func() flow
	for _, items := range states {
		paths = append(paths, func() flow { return e.round(items, f) })
	}
	return e.branch(paths...)
}

// vague reports whether a loop stands in another of which it is not known how
// often it runs, or of code that nothing calls: there a few rounds tell enough.
func (e *evaluator) vague() bool { return e.nest > 0 && (e.resting || e.loops > 0) }

// again is how often the body of a loop is run of which it is not known how often
// it runs: what one round does may count in the next. Of code that nothing calls,
// and of such loops in each other, once is enough.
func (e *evaluator) again() int {
	if e.resting || e.loops > 2 {
		return 1
	}
	return 2
}

func (e *evaluator) round(items []value, f func(value) flow) flow {
	acts, most := len(e.acts), maxRounds
	few := e.vague()
	switch {
	case few:
		most = fewRounds
	case e.nest > 0 && len(items) > manyRounds && items[0].kind == integer:
		most = manyRounds / 2 // a matrix: what is built of so much is no command
	}
	e.nest++
	defer func() { e.nest-- }()
	for i, v := range items {
		e.step()
		if i == most {
			e.unread = e.unread || !few && len(e.acts) > acts && v.kind != integer
			f(value{})
			break
		}
		switch f(v) {
		case returns:
			return returns
		case stops:
			if i == 0 {
				continue // by continue, it may be
			}
		}
	}
	return goesOn
}

// whileStmt runs the body as long as the condition is known to hold, and twice
// where it is not known.
func (e *evaluator) whileStmt(st *stmt, sc *scope) flow {
	for range maxRounds {
		yes, known := e.expr(st.a, sc).truthy()
		if c, always := constant(st.a); always && c || !known {
			break
		}
		if !yes {
			e.block(st.other, sc)
			return goesOn
		}
		if f := e.block(st.body, sc); f == returns {
			return f
		}
	}
	body := func() flow {
		e.loops++
		defer func() { e.loops-- }()
		for range e.again() {
			e.expr(st.a, sc)
			if f := e.block(st.body, sc); f == returns {
				return f
			}
		}
		return goesOn
	}
	if c, always := constant(st.a); always && c {
		if e.branch(body) == returns {
			return returns
		}
		return goesOn
	}
	e.branch(body, func() flow { return goesOn })
	e.block(st.other, sc)
	return goesOn
}

// try takes what the body does, and every handler after all or nothing of it.
func (e *evaluator) try(st *stmt, sc *scope) flow {
	body := func() flow {
		if f := e.block(st.body, sc); f != goesOn {
			return f
		}
		return e.block(st.other, sc)
	}
	if len(st.more) == 0 {
		f := body()
		return max(f, e.block(st.last, sc))
	}
	f := e.branch(body, func() flow { return goesOn })
	var handlers []func() flow
	for _, h := range st.more {
		handlers = append(handlers, func() flow {
			if h.a != nil {
				e.expr(h.a, sc)
			}
			if h.text != "" {
				e.set(sc, h.text, value{})
			}
			return e.block(h.body, sc)
		})
	}
	handlers = append(handlers, func() flow { return f })
	f = e.branch(handlers...)
	return max(f, e.block(st.last, sc))
}

func (e *evaluator) match(st *stmt, sc *scope) flow {
	e.expr(st.a, sc)
	var paths []func() flow
	for _, c := range st.more {
		paths = append(paths, func() flow {
			for _, n := range c.list {
				if n.text != "_" {
					e.set(sc, n.text, value{})
				}
			}
			if c.a != nil {
				e.expr(c.a, sc)
			}
			return e.block(c.body, sc)
		})
	}
	return e.branch(append(paths, func() flow { return goesOn })...)
}

// entered is what a with statement gives for a value.
func (e *evaluator) entered(v value) value {
	if v.kind == instance {
		if m, ok := e.member(*v.obj.self, "__enter__", 0); ok {
			return e.call(value{kind: bound, str: "__enter__", obj: &object{self: &v, items: []value{m}}}, nil)
		}
	}
	if v.kind == ref && strings.HasPrefix(v.str, "tempfile.") {
		return e.attribute(v, "name")
	}
	return v
}

// assign gives a target a value.
func (e *evaluator) assign(target *expr, v value, sc *scope) {
	e.step()
	switch target.op {
	case nameExpr:
		e.set(sc, target.text, v)
	case star:
		e.assign(target.a, v, sc)
	case tupleExpr, listExpr:
		e.unpack(target.list, v, sc)
	case attrExpr:
		e.assignAttr(e.expr(target.a, sc), target.text, v)
	case indexExpr:
		e.store(e.expr(target.a, sc), target.b, v, sc)
	default:
		e.expr(target, sc)
	}
}

func (e *evaluator) assignAttr(on value, name string, v value) {
	for _, o := range alternatives(on) {
		switch {
		case o.kind == instance || o.kind == class:
			e.attr(o.obj, name, v)
		case o.kind == module:
			e.put(o.obj.scope.vars, name, v)
		case o.kind == ref && o.str == "sys" && name == "argv":
			e.argv = v
		case o.kind == ref && o.str == "os" && name == "environ" && v.kind == dict:
			e.hold(e.env, v.obj.items, nil)
		}
	}
}

// unpack gives targets the elements of a value.
func (e *evaluator) unpack(targets []*expr, v value, sc *scope) {
	states := e.elements(v)
	for i, t := range targets {
		var vals []value
		for _, items := range states {
			rest := len(targets) - 1 - i
			switch {
			case t.op == star && len(items) >= i+rest:
				vals = append(vals, seq(list, items[i:len(items)-rest]))
			case i > 0 && targets[i-1].op == star && len(items) > rest:
				vals = append(vals, items[len(items)-1-rest])
			case i < len(items) && t.op != star:
				vals = append(vals, items[i])
			}
		}
		if len(states) == 0 {
			vals = []value{{from: v.from}}
			if v.kind == ref {
				vals = []value{library(v.str + "[]")}
			}
		}
		e.assign(t, oneOf(vals...), sc)
	}
}

// store is `on[key] = v`.
func (e *evaluator) store(on value, key *expr, v value, sc *scope) {
	k := e.expr(key, sc)
	for _, o := range alternatives(on) {
		switch o.kind {
		case dict:
			if k.kind == either || k.kind == unknown {
				for _, a := range alternatives(k) {
					old, _ := o.obj.entry(a)
					e.hold(o.obj, o.obj.with(a, oneOf(old, v)), nil)
				}
				continue
			}
			e.hold(o.obj, o.obj.with(k, v), nil)
		case list:
			var states [][]value
			for _, items := range lists(o) {
				states = append(states, stored(items, key, k, v, lists(v)))
			}
			e.hold(o.obj, states[0], states[1:])
		case module:
			e.put(o.obj.scope.vars, k.str, v)
		}
	}
}

func stored(items []value, key *expr, k, v value, with [][]value) []value {
	out := append([]value{}, items...)
	if key.op == sliceExpr {
		if len(with) == 1 { // c[:] = …, c[1:1] = …
			return append(append(out, with[0]...), value{})
		}
		return append(out, value{})
	}
	i := int(k.n)
	if k.kind != integer || i >= len(out) || i < -len(out) {
		for n := range out {
			out[n] = oneOf(out[n], v)
		}
		return out
	}
	if i < 0 {
		i += len(out)
	}
	out[i] = v
	return out
}

func (e *evaluator) augment(st *stmt, sc *scope) {
	old := e.expr(st.a, sc)
	v := e.expr(st.b, sc)
	if old.kind == list && st.text == "+" {
		e.extend(old, v)
		return
	}
	if old.kind == dict && st.text == "|" {
		e.update(old, v)
		return
	}
	e.assign(st.a, e.binary(st.text, old, v), sc)
}

func (e *evaluator) delete(x *expr, sc *scope) {
	switch x.op {
	case tupleExpr, listExpr:
		for _, t := range x.list {
			e.delete(t, sc)
		}
	case nameExpr:
		if _, ok := sc.vars.m[x.text]; ok {
			e.set(sc, x.text, value{})
		}
	case indexExpr:
		on, k := e.expr(x.a, sc), e.expr(x.b, sc)
		e.remove(on, k)
	}
}

// remove is `del on[key]`.
func (e *evaluator) remove(on, key value) {
	switch {
	case on.kind == dict && on.obj.open:
		e.hold(on.obj, on.obj.with(key, value{kind: none}), nil)
	case on.kind == dict:
		var items []value
		for i := 0; i+1 < len(on.obj.items); i += 2 {
			if !same(on.obj.items[i], key) {
				items = append(items, on.obj.items[i], on.obj.items[i+1])
			}
		}
		e.hold(on.obj, items, nil)
	case on.kind == list && key.kind == integer:
		var states [][]value
		for _, items := range lists(on) {
			i := int(key.n)
			if i < 0 {
				i += len(items)
			}
			if i >= 0 && i < len(items) {
				items = append(append([]value{}, items[:i]...), items[i+1:]...)
			}
			states = append(states, items)
		}
		e.hold(on.obj, states[0], states[1:])
	}
}

// importModule is `import a.b as c`.
func (e *evaluator) importModule(k *expr, sc *scope) {
	v := e.module(k.text)
	first, _, dotted := strings.Cut(k.text, ".")
	switch {
	case k.a != nil:
		e.set(sc, k.a.text, v)
	case !dotted:
		e.set(sc, first, v)
	default:
		e.set(sc, first, e.module(first))
	}
}

// importNames is `from m import a as b`.
func (e *evaluator) importNames(st *stmt, sc *scope) {
	name := strings.TrimLeft(st.text, ".")
	m := e.module(name)
	for _, k := range st.list {
		if k.text == "*" {
			if m.kind == module {
				for n, v := range m.obj.scope.vars.m {
					if !strings.HasPrefix(n, "_") {
						e.set(sc, n, v)
					}
				}
			} else {
				sc.stars = append(sc.stars, name)
			}
			continue
		}
		v := value{}
		if name == "" {
			v = e.module(k.text)
		} else {
			if v = e.attribute(m, k.text); v.kind == ref {
				if sub := e.module(name + "." + k.text); sub.kind == module {
					v = sub
				}
			}
		}
		local := k.text
		if k.a != nil {
			local = k.a.text
		}
		e.set(sc, local, v)
	}
}

// module is what importing a name gives: one that the call wrote is run.
func (e *evaluator) module(name string) value {
	if v, ok := e.modules[name]; ok {
		return v
	}
	v := library(name)
	if e.Made != nil && name != "" && !action.Holed(name) {
		file := strings.ReplaceAll(name, ".", "/")
		for _, f := range [...]string{file + ".py", file + "/__init__.py"} {
			code, ok := e.files[f]
			if !ok {
				code, ok = e.Made(f)
			}
			if !ok {
				continue
			}
			sc := newScope(nil)
			sc.vars.m["__name__"] = text(name)
			v = value{kind: module, obj: &object{scope: sc}}
			e.remember(name, v)
			e.run(&source{text: code, at: e.pos, outer: e.src}, sc)
			break
		}
	} else if code, ok := e.files[strings.ReplaceAll(name, ".", "/")+".py"]; ok && name != "" {
		sc := newScope(nil)
		v = value{kind: module, obj: &object{scope: sc}}
		e.remember(name, v)
		e.run(&source{text: code, at: e.pos, outer: e.src}, sc)
	}
	return v
}

func (e *evaluator) remember(name string, v value) {
	if e.modules == nil {
		e.modules = map[string]value{}
	}
	e.modules[name] = v
}
