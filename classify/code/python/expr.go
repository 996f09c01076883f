package python

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// expr evaluates an expression.
func (e *evaluator) expr(x *expr, sc *scope) value {
	e.step()
	switch x.op {
	case nameExpr:
		return e.name(x.text, sc)
	case numberExpr:
		if n, err := strconv.ParseInt(strings.ReplaceAll(x.text, "_", ""), 0, 64); err == nil {
			return number(n)
		}
		return value{}
	case stringExpr:
		if x.flag {
			return value{kind: bytesKind, str: x.text}
		}
		return text(x.text)
	case formatExpr:
		return e.format(x.list, sc)
	case fieldExpr:
		return e.field(x, sc)
	case tupleExpr, listExpr, setExpr:
		return e.display(x, sc)
	case dictExpr:
		return e.dict(x, sc)
	case attrExpr:
		on := e.expr(x.a, sc)
		e.pos = x.pos
		return e.attribute(on, x.text)
	case callExpr:
		return e.callExpr(x, sc)
	case indexExpr:
		return e.index(x, sc)
	case binaryExpr:
		return e.operator(x, sc)
	case unaryExpr:
		return unary(x.text, e.expr(x.a, sc))
	case boolExpr:
		a := e.expr(x.a, sc)
		b := e.expr(x.b, sc)
		if yes, known := a.truthy(); known {
			if yes == (x.text == "or") {
				return a
			}
			return b
		}
		return oneOf(a, b)
	case compareExpr:
		return compare(x.text, e.expr(x.a, sc), e.expr(x.b, sc))
	case ifExpr:
		e.expr(x.a, sc)
		var out value
		if yes, known := constant(x.a); !known || yes {
			out = e.expr(x.b, sc)
			if known || x.c == nil {
				return out
			}
			return oneOf(out, e.expr(x.c, sc))
		}
		if x.c != nil {
			out = e.expr(x.c, sc)
		}
		return out
	case lambdaExpr:
		v := value{kind: funcKind, obj: &object{fn: x.fn, scope: sc}}
		e.uncalled = append(e.uncalled, v.obj)
		return v
	case compExpr:
		return e.comprehension(x, sc)
	case yieldExpr:
		return e.yield(x, sc)
	case walrusExpr:
		v := e.expr(x.b, sc)
		e.set(sc, x.a.text, v)
		return v
	case star:
		return e.expr(x.a, sc)
	case sliceExpr:
		for _, part := range x.list {
			if part != nil {
				e.expr(part, sc)
			}
		}
	}
	return value{}
}

// name is what a name stands for: a variable, something of a library all of
// whose names are imported, or a builtin.
func (e *evaluator) name(n string, sc *scope) value {
	if v, ok := sc.lookup(n); ok {
		return v
	}
	switch n {
	case "True":
		return truth(true)
	case "False":
		return truth(false)
	case "None":
		return value{kind: none}
	}
	for at := sc; at != nil; at = at.outer {
		for _, lib := range at.stars {
			if exports(lib, n) {
				return e.attribute(library(lib), n)
			}
		}
	}
	return library(n)
}

func (e *evaluator) yield(x *expr, sc *scope) value {
	v := value{kind: none}
	if x.a != nil {
		v = e.expr(x.a, sc)
	}
	for at := sc; at != nil; at = at.outer {
		if at.fn == nil {
			continue
		}
		if !x.flag {
			if len(at.yields) < 4*fewRounds || !slices.ContainsFunc(at.yields[:4*fewRounds], func(have value) bool { return same(have, v) }) {
				at.yields = append(at.yields, v)
			}
		} else if states := e.elements(v); len(states) > 0 {
			at.yields = append(at.yields, states[0]...)
		}
		break
	}
	return value{}
}

// display is a tuple, list or set that is written down.
func (e *evaluator) display(x *expr, sc *scope) value {
	k := list
	if x.op == tupleExpr {
		k = tuple
	} else if x.op == setExpr {
		k = set
	}
	items := make([]value, 0, len(x.list))
	var alts [][]value
	for _, el := range x.list {
		v := e.expr(el, sc)
		if el.op != star {
			items = append(items, v)
			for i := range alts {
				alts[i] = append(alts[i], v)
			}
			continue
		}
		states := e.elements(v)
		if len(states) == 0 {
			states = [][]value{{value{from: v.from}}}
		}
		before := append([][]value{items}, alts...)
		items, alts = append(slices.Clip(items), states[0]...), nil
		for i, old := range before {
			for n, more := range states {
				if i+n > 0 && len(alts) < maxAlternatives {
					alts = append(alts, append(slices.Clip(old), more...))
				}
			}
		}
	}
	out := seq(k, items)
	if out.obj != nil {
		out.obj.alts = alts
	}
	return out
}

func (e *evaluator) dict(x *expr, sc *scope) value {
	out := value{kind: dict, obj: &object{dict: true}}
	for i := 0; i+1 < len(x.list); i += 2 {
		v := e.expr(x.list[i+1], sc)
		if x.list[i] != nil {
			out.obj.items = out.obj.with(e.expr(x.list[i], sc), v)
			continue
		}
		e.update(out, v)
	}
	return out
}

// update lays the entries of v over those of a dict.
func (e *evaluator) update(on, v value) {
	if on.kind != dict {
		return
	}
	items := on.obj.items
	for _, a := range alternatives(v) {
		if a.kind != dict {
			on.obj.open = true
			continue
		}
		on.obj.open = on.obj.open || a.obj.open
		on.obj.copy = on.obj.copy || a.obj.copy || a.obj.env
		sum := object{items: slices.Clone(items)}
		for i := 0; i+1 < len(a.obj.items); i += 2 {
			sum.items = sum.with(a.obj.items[i], a.obj.items[i+1])
		}
		items = sum.items
	}
	e.hold(on.obj, items, nil)
}

// elements returns what a loop over a value goes through; nil where that is not
// known.
func (e *evaluator) elements(v value) [][]value {
	switch v.kind {
	case list, tuple, set:
		return lists(v)
	case str:
		if action.Holed(v.str) || len(v.str) > maxRounds {
			return nil
		}
		var items []value
		for _, r := range v.str {
			items = append(items, text(string(r)))
		}
		return [][]value{items}
	case bytesKind:
		if action.Holed(v.str) || len(v.str) > maxValue {
			return nil
		}
		var items []value
		for i := range len(v.str) {
			items = append(items, number(int64(v.str[i])))
		}
		return [][]value{items}
	case dict:
		if v.obj.open {
			return nil
		}
		var items []value
		for i := 0; i < len(v.obj.items); i += 2 {
			items = append(items, v.obj.items[i])
		}
		return [][]value{items}
	case file:
		in := e.fileText(v)
		if action.Holed(in) {
			return nil
		}
		var items []value
		for line := range strings.Lines(in) {
			items = append(items, text(line))
		}
		return [][]value{items}
	case either:
		var out [][]value
		for _, a := range v.obj.items {
			states := e.elements(a)
			if states == nil {
				states = [][]value{{value{}}}
			}
			out = append(out, states...)
		}
		return out
	case instance:
		if m, ok := e.member(*v.obj.self, "__iter__", 0); ok {
			return lists(e.callFunction(m, []argument{{value: v}}, false))
		}
	}
	return nil
}

func (e *evaluator) comprehension(x *expr, sc *scope) value {
	inner := &scope{vars: newTable(), outer: sc}
	inner.class = false
	var items []value
	var each func(clauses []*expr)
	each = func(clauses []*expr) {
		if len(clauses) == 0 {
			v := e.expr(x.a, inner)
			items = append(items, v)
			if x.b != nil {
				items = append(items, e.expr(x.b, inner))
			}
			return
		}
		c := clauses[0]
		from := inner
		if c == x.list[0] {
			from = sc
		}
		e.rounds(e.expr(c.b, from), func(v value) flow {
			e.assign(c.a, v, inner)
			for _, cond := range c.list {
				if yes, known := e.expr(cond, inner).truthy(); known && !yes {
					return goesOn
				}
			}
			each(clauses[1:])
			return goesOn
		})
	}
	each(x.list)
	switch x.text {
	case ":":
		out := value{kind: dict, obj: &object{dict: true}}
		for i := 0; i+1 < len(items); i += 2 {
			out.obj.items = out.obj.with(items[i], items[i+1])
		}
		return out
	case "{":
		return seq(set, items)
	}
	return seq(list, items)
}

func unary(op string, v value) value {
	return each(v, func(v value) value {
		switch {
		case op == "not":
			if yes, known := v.truthy(); known {
				return truth(!yes)
			}
		case v.kind != integer && v.kind != boolean:
		case op == "-":
			return number(-v.n)
		case op == "+":
			return number(v.n)
		case op == "~":
			return number(^v.n)
		}
		return value{}
	})
}

func compare(op string, a, b value) value {
	if a.kind == either || b.kind == either {
		return value{}
	}
	x, xok := a.known()
	y, yok := b.known()
	switch {
	case (a.kind == integer || a.kind == boolean) && (b.kind == integer || b.kind == boolean):
		switch op {
		case "<":
			return truth(a.n < b.n)
		case "<=":
			return truth(a.n <= b.n)
		case ">":
			return truth(a.n > b.n)
		case ">=":
			return truth(a.n >= b.n)
		case "==", "is":
			return truth(a.n == b.n)
		case "!=", "is not":
			return truth(a.n != b.n)
		}
	case xok && yok && a.kind == b.kind:
		switch op {
		case "==":
			return truth(x == y)
		case "!=":
			return truth(x != y)
		case "in":
			return truth(strings.Contains(y, x))
		case "not in":
			return truth(!strings.Contains(y, x))
		}
	case (op == "in" || op == "not in") && isSeq(b) && len(b.obj.alts) == 0 && xok:
		for _, item := range b.obj.items {
			if w, ok := item.known(); !ok {
				return value{}
			} else if w == x {
				return truth(op == "in")
			}
		}
		return truth(op == "not in")
	case a.kind == none && b.kind == none:
		return truth(op == "is" || op == "==")
	}
	return value{}
}

func (e *evaluator) operator(x *expr, sc *scope) value {
	// A long sum is a deep tree on its left side.
	var right []*expr
	for x.op == binaryExpr {
		right = append(right, x)
		x = x.a
	}
	v := e.expr(x, sc)
	for _, x := range slices.Backward(right) {
		v = e.binary(x.text, v, e.expr(x.b, sc))
	}
	return v
}

func (e *evaluator) binary(op string, v, w value) value {
	return pairs(v, w, func(v, w value) value {
		e.steps += (len(v.str) + len(w.str)) / 64
		e.step()
		if isSeq(v) && isSeq(w) {
			e.steps += (len(v.obj.items) + len(w.obj.items)) / 64
		}
		out := e.binaryOf(op, v, w)
		if out.from == (origin{}) && (out.kind == unknown || action.Holed(out.str)) {
			out.from = v.from.or(w.from)
		}
		if len(out.str) > maxValue {
			return value{from: out.from}
		}
		return out
	})
}

func (o origin) or(p origin) origin {
	if o != (origin{}) {
		return o
	}
	return p
}

func (e *evaluator) binaryOf(op string, v, w value) value {
	switch {
	case op == "%" && (v.kind == str || v.kind == bytesKind):
		return value{kind: v.kind, str: percent(v.str, w)}
	case op == "/" && (v.kind == path || w.kind == path):
		return value{kind: path, str: joinPath(v.show(), w.show())}
	case op == "/" && v.kind == ref && strings.HasPrefix(v.str, "pathlib."):
		return value{kind: path, str: joinPath(v.show(), w.show())}
	case op == "+" && (v.isText() || w.isText()):
		k := v.kind
		if !v.isText() {
			k = w.kind
		}
		return value{kind: k, str: v.show() + w.show()}
	case op == "+" && (v.kind == list || v.kind == tuple || w.kind == list || w.kind == tuple):
		return concat(v, w)
	case op == "*" && w.kind == integer:
		return repeat(v, w.n)
	case op == "*" && v.kind == integer && w.kind != integer:
		return repeat(w, v.n)
	case op == "|" && v.kind == dict:
		out := value{kind: dict, obj: &object{dict: true, items: slices.Clone(v.obj.items), open: v.obj.open, copy: v.obj.copy || v.obj.env}}
		e.update(out, w)
		return out
	case v.kind != integer || w.kind != integer:
		if v.kind == instance {
			return e.dunder(v, op, w)
		}
		return value{}
	}
	return arithmetic(op, v.n, w.n)
}

func concat(v, w value) value {
	k := v.kind
	if !isSeq(v) {
		k = w.kind
	}
	left, right := lists(v), lists(w)
	if left == nil {
		left = [][]value{{value{from: v.from}}}
	}
	if right == nil {
		right = [][]value{{value{from: w.from}}}
	}
	var states [][]value
	for _, a := range left {
		for _, b := range right {
			if len(states) < maxAlternatives {
				states = append(states, append(slices.Clip(a), b...))
			}
		}
	}
	out := seq(k, states[0])
	if out.obj != nil {
		out.obj.alts = states[1:]
	}
	return out
}

func repeat(v value, n int64) value {
	if n < 0 {
		n = 0
	}
	switch {
	case v.kind == integer:
		if n != 0 && (v.n > math.MaxInt32 || n > math.MaxInt32) {
			return value{}
		}
		return number(v.n * n)
	case v.isText() && int64(len(v.str))*n <= maxValue && n <= maxValue:
		return value{kind: v.kind, str: strings.Repeat(v.str, int(n))}
	case isSeq(v) && int64(len(v.obj.items))*n <= maxItems && n <= maxItems:
		return seq(v.kind, slices.Repeat(v.obj.items, int(n)))
	}
	return value{}
}

func arithmetic(op string, a, b int64) value {
	const most = math.MaxInt32
	if a > most || b > most || a < -most || b < -most {
		return value{}
	}
	switch op {
	case "+":
		return number(a + b)
	case "-":
		return number(a - b)
	case "*":
		return number(a * b)
	case "^":
		return number(a ^ b)
	case "&":
		return number(a & b)
	case "|":
		return number(a | b)
	case "<<":
		if 0 <= b && b < 31 {
			return number(a << b)
		}
	case ">>":
		if 0 <= b {
			return number(a >> min(b, 63))
		}
	case "//", "%":
		if b == 0 {
			break
		}
		q, r := a/b, a%b
		if r != 0 && (r < 0) != (b < 0) {
			q, r = q-1, r+b
		}
		if op == "%" {
			return number(r)
		}
		return number(q)
	case "**":
		if b >= 0 && b < 31 {
			out := int64(1)
			for range b {
				if out *= a; out > most || out < -most {
					return value{}
				}
			}
			return number(out)
		}
	}
	return value{}
}

// index is `on[key]`.
func (e *evaluator) index(x *expr, sc *scope) value {
	on := e.expr(x.a, sc)
	if x.b.op == sliceExpr {
		var parts [3]*int64
		for i, part := range x.b.list {
			if part == nil {
				continue
			}
			v := e.expr(part, sc)
			if v.kind == none {
				continue
			}
			if v.kind != integer {
				return value{from: on.from}
			}
			parts[i] = &v.n
		}
		return each(on, func(v value) value { return slice(v, parts) })
	}
	key := e.expr(x.b, sc)
	e.pos = x.pos
	return pairs(on, key, e.item)
}

func (e *evaluator) item(on, key value) value {
	switch on.kind {
	case dict:
		if on.obj.env && key.kind == str {
			return e.getenv(on.obj, key.str)
		}
		if v, ok := on.obj.entry(key); ok {
			return v
		}
		if key.kind == unknown {
			var vals []value
			for i := 1; i < len(on.obj.items); i += 2 {
				vals = append(vals, on.obj.items[i])
			}
			return oneOf(append(vals, value{})...)
		}
		if on.obj.copy && key.kind == str {
			return e.getenv(e.env, key.str)
		}
	case list, tuple:
		var vals []value
		for _, items := range lists(on) {
			i := int(key.n)
			if i < 0 {
				i += len(items)
			}
			switch {
			case key.kind != integer:
				vals = append(vals, items...)
			case i >= 0 && i < len(items):
				vals = append(vals, items[i])
			}
		}
		return oneOf(vals...)
	case str:
		if s, ok := on.known(); ok && key.kind == integer {
			r := []rune(s)
			i := int(key.n)
			if i < 0 {
				i += len(r)
			}
			if i >= 0 && i < len(r) {
				return text(string(r[i]))
			}
		}
		return value{from: on.from}
	case bytesKind:
		if s, ok := on.known(); ok && key.kind == integer && key.n >= 0 && key.n < int64(len(s)) {
			return number(int64(s[key.n]))
		}
	case module:
		return e.attribute(on, key.str)
	case ref:
		if _, ok := key.known(); !ok && strings.HasSuffix(on.str, ".__dict__") {
			return e.named(library(strings.TrimSuffix(on.str, ".__dict__")), key)
		}
		if key.kind == str && holdsNames(on.str) {
			if on.str == "sys.modules" {
				return e.module(key.str)
			}
			if on.str == "globals()" || on.str == "locals()" {
				return e.name(key.str, e.main)
			}
			return e.attribute(library(strings.TrimSuffix(on.str, ".__dict__")), key.str)
		}
		if program, ok := strings.CutPrefix(on.str, "plumbum.cmd."); ok && !strings.Contains(program, ".") { // a command with words
			e.program([]value{text(program), key}, arguments{})
			return value{}
		}
		if on.str == "plumbum.local" && key.kind == str {
			return library("plumbum.cmd." + key.str)
		}
		v := library(on.str + "[]")
		v.from = on.from
		return v
	case instance:
		if m, ok := e.member(*on.obj.self, "__getitem__", 0); ok {
			return e.callFunction(m, []argument{{value: on}, {value: key}}, false)
		}
	}
	return value{from: on.from}
}

// holdsNames reports whether something is a dict of names: vars(os), os.__dict__.
func holdsNames(n string) bool {
	return n == "sys.modules" || n == "globals()" || n == "locals()" || strings.HasSuffix(n, ".__dict__") || n == "__builtins__"
}

// slice is `on[a:b:c]`.
func slice(on value, parts [3]*int64) value {
	switch {
	case isSeq(on):
		var states [][]value
		for _, items := range lists(on) {
			states = append(states, sliced(items, parts))
		}
		out := seq(on.kind, states[0])
		if out.obj != nil {
			out.obj.alts = states[1:]
		}
		return out
	case on.kind == str && !action.Holed(on.str):
		return text(string(sliced([]rune(on.str), parts)))
	case on.kind == bytesKind && !action.Holed(on.str):
		return value{kind: bytesKind, str: string(sliced([]byte(on.str), parts))}
	}
	return value{from: on.from}
}

// sliced is what Python's slices take of a sequence (Doc/reference/
// datamodel.rst, slice.indices).
func sliced[T any](s []T, parts [3]*int64) []T {
	n, step := int64(len(s)), int64(1)
	if parts[2] != nil {
		step = *parts[2]
	}
	if step == 0 {
		return nil
	}
	low, high := int64(0), n
	if step < 0 {
		low, high = -1, n-1
	}
	at := func(p *int64, none int64) int64 {
		if p == nil {
			return none
		}
		i := *p
		if i < 0 {
			i += n
		}
		return min(max(i, low), high)
	}
	from, to := at(parts[0], low), at(parts[1], high)
	if step < 0 {
		from, to = at(parts[0], high), at(parts[1], low)
	}
	var out []T
	for i := from; step > 0 && i < to || step < 0 && i > to; i += step {
		out = append(out, s[i])
	}
	return out
}
