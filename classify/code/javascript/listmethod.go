package javascript

import (
	"math"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// listMethod calls a method of Array.prototype.
func (m *machine) listMethod(name string, this value, args []value) (value, bool) {
	o := this.obj
	m.work(len(o.elems) / 4)
	arg := func(i int) value {
		if i < len(args) {
			return args[i]
		}
		return value{kind: undefined}
	}
	switch name {
	case "push", "add":
		m.touch(o)
		for _, a := range args {
			if len(o.elems) < maxList {
				o.elems = append(o.elems[:len(o.elems):len(o.elems)], a)
			} else {
				o.open = true
			}
		}
		if name == "add" {
			return this, true
		}
		return num(float64(len(o.elems))), true
	case "unshift":
		m.touch(o)
		o.elems = append(slices.Clone(args), o.elems...)
		return value{}, true
	case "pop", "shift":
		return m.takeOne(o, name == "pop"), true
	case "concat":
		out := list(o.elems...)
		out.obj.open = o.open
		for _, a := range args {
			m.concatOne(out.obj, a)
		}
		return out, true
	case "slice", "toSpliced":
		return m.sliceList(o, args), true
	case "splice":
		return m.splice(o, args), true
	case "join":
		sep := ","
		if arg(0).kind != undefined {
			sep = m.toText(arg(0))
		}
		return m.joinList(this, sep), true
	case "reverse", "toReversed":
		if name == "reverse" {
			m.touch(o)
		} else {
			this = list(o.elems...)
		}
		elems := slices.Clone(this.obj.elems)
		slices.Reverse(elems)
		this.obj.elems = elems
		return this, true
	case "sort", "toSorted":
		m.callbacks(args, value{}, value{})
		out := slices.Clone(o.elems)
		if len(args) > 0 || slices.ContainsFunc(out, func(e value) bool { return action.Holed(e.text()) }) {
			for i := range out { // in any order
				for _, e := range o.elems {
					out[i] = either(out[i], e)
				}
			}
		} else {
			slices.SortStableFunc(out, func(a, b value) int { return strings.Compare(a.text(), b.text()) })
		}
		if name == "sort" {
			m.touch(o)
			o.elems = out
			return this, true
		}
		return list(out...), true
	case "flat":
		out := list()
		out.obj.open = o.open
		for _, e := range o.elems {
			m.concatOne(out.obj, e)
		}
		return out, true
	case "at":
		l := m.elements(this)
		if f := arg(0).number(); f == f && int(f) < 0 && !o.open {
			return l.at(len(l.elems) + int(f)), true
		} else if f == f && f >= 0 {
			return l.at(int(f)), true
		}
		return value{}, true
	case "includes", "indexOf", "lastIndexOf", "findIndex", "has":
		m.callbacks(args, value{})
		return m.includes(name, o, arg(0)), true
	case "keys":
		l := m.keysOf(this)
		return list(l.elems...), true
	case "values", "toArray", "copyWithin":
		return this, true
	case "entries":
		out := list()
		for i, e := range o.elems {
			out.obj.elems = append(out.obj.elems, list(num(float64(i)), e))
		}
		out.obj.open = o.open
		return out, true
	case "fill":
		m.touch(o)
		out := make([]value, len(o.elems))
		for i := range out {
			out[i] = arg(0)
		}
		o.elems = out
		return this, true
	case "toString":
		return m.joinList(this, ","), true
	}
	return m.listCallback(name, this, args)
}

func (v value) opened() value {
	v.obj.open = true
	return v
}

// listCallback calls the methods that call a function for each element.
func (m *machine) listCallback(name string, this value, args []value) (value, bool) {
	if len(args) == 0 {
		return value{}, false
	}
	o, f := this.obj, args[0]
	switch name {
	case "map", "flatMap":
		out := m.mapList(this, f)
		if name == "flatMap" {
			flat, _ := m.listMethod("flat", out, nil)
			return flat, true
		}
		return out, true
	case "forEach":
		m.mapList(this, f)
		return value{kind: undefined}, true
	case "filter", "find", "findLast", "some", "every":
		return m.filterList(name, this, f), true
	case "reduce", "reduceRight":
		elems := slices.Clone(o.elems)
		if name == "reduceRight" {
			slices.Reverse(elems)
		}
		var acc value
		switch {
		case len(args) > 1:
			acc = args[1]
		case len(elems) > 0:
			acc, elems = elems[0], elems[1:]
		}
		for i, e := range elems {
			if i == maxRounds {
				return value{}, true
			}
			acc = m.invoke(f, value{}, []value{acc, present(e), num(float64(i)), this})
		}
		if o.open {
			m.maybe(func() { m.invoke(f, value{}, []value{acc, {}, {}}) })
			return either(acc, value{}), true
		}
		return acc, true
	}
	return value{}, false
}

// mapList calls a function for every element, and lists what it returns.
func (m *machine) mapList(v, f value) value {
	out := list()
	for i, e := range v.obj.elems {
		if i == maxRounds {
			out.obj.open = true
			break
		}
		w := m.invoke(f, value{}, []value{present(e), num(float64(i)), v})
		if holds(e, absent) {
			w = either(w, value{kind: absent})
		}
		out.obj.elems = append(out.obj.elems, w)
	}
	if v.obj.open || len(v.obj.elems) > maxRounds {
		out.obj.open = true
		m.maybe(func() { m.invoke(f, value{}, []value{{}, {}, {}}) })
	}
	return out
}

// filterList keeps the elements for which a function says so.
func (m *machine) filterList(name string, v, f value) value {
	out := list()
	out.obj.open = v.obj.open
	unsure := v.obj.open
	for i, e := range v.obj.elems {
		if i == maxRounds {
			out.obj.open, unsure = true, true
			break
		}
		var keep value
		if f.kind == native && f.str == "Boolean" {
			if b, ok := present(e).bool(); ok && e.kind != choice {
				keep = truth(b)
			}
		} else {
			keep = m.invoke(f, value{}, []value{present(e), num(float64(i)), v})
		}
		yes, ok := keep.bool()
		switch {
		case ok && yes:
			out.obj.elems = append(out.obj.elems, e)
		case !ok:
			unsure = true
			out.obj.elems = append(out.obj.elems, either(e, value{kind: absent}))
		}
	}
	if v.obj.open {
		m.maybe(func() { m.invoke(f, value{}, []value{{}, {}, {}}) })
	}
	switch name {
	case "filter":
		return out
	case "find", "findLast":
		found := value{kind: undefined}
		if unsure {
			found = value{}
		}
		for i, e := range out.obj.elems {
			if i == maxChoice {
				break
			}
			if i == 0 && !unsure {
				return present(e)
			}
			found = either(found, present(e))
		}
		return found
	}
	return value{}
}

func (m *machine) takeOne(o *object, last bool) value {
	if o.open || len(o.elems) == 0 {
		if o.open {
			return value{}
		}
		return value{kind: undefined}
	}
	m.touch(o)
	if last {
		v := o.elems[len(o.elems)-1]
		o.elems = o.elems[: len(o.elems)-1 : len(o.elems)-1]
		return present(v)
	}
	v := o.elems[0]
	o.elems = o.elems[1:]
	return present(v)
}

func (m *machine) concatOne(o *object, v value) {
	if v.is(array) {
		o.elems = append(o.elems, v.obj.elems...)
		o.open = o.open || v.obj.open
		return
	}
	if v.kind == choice || v.vague() {
		if v.kind == choice && !v.vague() {
			l := listing{}
			for i, w := range v.alts {
				one := []value{w}
				if w.is(array) {
					one = w.obj.elems
					o.open = o.open || w.obj.open
				}
				if i == 0 {
					l.elems = one
				} else {
					l.elems = joinedLists(l.elems, one)
				}
			}
			o.elems = append(o.elems, l.elems...)
			return
		}
		o.elems = append(o.elems, hole)
		return
	}
	o.elems = append(o.elems, v)
}

// bounds returns the indexes that slice and splice mean.
func bounds(args []value, n int) (from, to int, ok bool) {
	at := func(i, none int) (int, bool) {
		if i >= len(args) || args[i].kind == undefined {
			return none, true
		}
		f := args[i].number()
		if math.IsNaN(f) {
			return 0, false
		}
		k := int(max(min(f, maxList), -maxList))
		if k < 0 {
			k += n
		}
		return max(0, min(k, n)), true
	}
	from, ok1 := at(0, 0)
	to, ok2 := at(1, n)
	return from, to, ok1 && ok2
}

func (m *machine) sliceList(o *object, args []value) value {
	from, to, ok := bounds(args, len(o.elems))
	if !ok || anyAbsent(o.elems) && len(args) > 0 && from > 0 {
		out := list(o.elems...)
		return out.opened()
	}
	out := list()
	if from < to {
		out = list(slices.Clone(o.elems[from:to])...)
	}
	out.obj.open = o.open
	return out
}

func (m *machine) splice(o *object, args []value) value {
	m.touch(o)
	from, _, ok := bounds(args[:min(1, len(args))], len(o.elems))
	n := len(o.elems) - from
	if len(args) > 1 {
		f := args[1].number()
		if ok = ok && f == f; ok {
			n = max(0, min(int(f), n))
		}
	}
	if !ok {
		o.open = true
		return list().opened()
	}
	cut := list(slices.Clone(o.elems[from : from+n])...)
	var added []value
	if len(args) > 2 {
		added = args[2:]
	}
	o.elems = slices.Concat(o.elems[:from], added, o.elems[from+n:])
	return cut
}

// joinList is join, of each of the lists that one may be.
func (m *machine) joinList(v value, sep string) value {
	o := v.obj
	plain, several := !o.open, 0
	for _, e := range o.elems {
		if e.kind == choice {
			plain = false
			several++
		}
	}
	if several > 4 {
		return hole
	}
	if plain {
		words := make([]string, len(o.elems))
		n := 0
		for i, e := range o.elems {
			if !isNothing(e) {
				words[i] = m.toText(e)
			}
			if n += len(words[i]) + len(sep); n > maxText {
				return hole
			}
		}
		return str(strings.Join(words, sep))
	}
	var out value
	for i, words := range m.argvs(v) {
		w := str(strings.Join(words, sep))
		if o.open && strings.TrimSpace(sep) != "" {
			// What is not known may be no element, with no separator.
			w.str = strings.ReplaceAll(strings.ReplaceAll(w.str, sep+action.HoleText, action.HoleText), action.HoleText+sep, action.HoleText)
		}
		if i == 0 {
			out = w
		} else {
			out = either(out, w)
		}
		if i == maxChoice {
			break
		}
	}
	return out
}

// includes is what the methods that look for an element return.
func (m *machine) includes(name string, o *object, v value) value {
	if name == "findIndex" || o.open {
		return value{}
	}
	at := -1
	for i, e := range o.elems {
		eq, ok := equal(e, v)
		if !ok {
			return value{}
		}
		if eq && (at < 0 || name == "lastIndexOf") {
			at = i
		}
	}
	if name == "includes" || name == "has" {
		return truth(at >= 0)
	}
	return num(float64(at))
}
