package shell

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
)

// array evaluates name=(…).
func (x *expander) array(a *syntax.Assign, f declFlags) *variable {
	old := x.e.lookup(x.s, a.Name.Value)
	if f.assoc || old != nil && old.kind == associative {
		v := &variable{kind: associative, assoc: map[string]string{}}
		if a.Append && old != nil {
			maps.Copy(v.assoc, old.assoc)
		}
		var pairs []string // m=(key value key value), since bash 5.1
		for _, el := range a.Array.Elems {
			if key, ok := el.Index.(*syntax.Word); ok {
				v.assoc[x.literal(key)] = x.literal(el.Value)
			} else if el.Value != nil {
				pairs = append(pairs, x.literal(el.Value))
			}
		}
		for i := 0; i < len(pairs); i += 2 {
			val := ""
			if i+1 < len(pairs) {
				val = pairs[i+1]
			}
			v.assoc[pairs[i]] = val
		}
		return v
	}
	v := &variable{kind: indexed}
	if a.Append && old != nil {
		v.list, v.index = slices.Clone(old.list), slices.Clone(old.index)
		if old.kind == scalar {
			v.list = slices.Clone(old.alts[:min(1, len(old.alts))])
		}
	}
	for _, el := range a.Array.Elems {
		if el.Index != nil {
			i, known := x.indexOf(el.Index)
			if !known {
				i = -1
			}
			v.setAt(i, x.literal(el.Value))
			continue
		}
		for _, f := range x.fields([]*syntax.Word{el.Value}) {
			v.setAt(v.next(), f)
		}
		if len(v.list) > maxWords {
			v.list, v.index = []string{action.HoleText}, nil
			break
		}
	}
	return v
}

// next is the index behind the last element of an array.
func (v *variable) next() int {
	if v.index != nil {
		return v.index[len(v.index)-1] + 1
	}
	return len(v.list)
}

// setAt sets one element of an array that is being made. An index that is not
// known (negative) adds one at the end.
func (v *variable) setAt(i int, val string) {
	if i < 0 {
		i = v.next()
	}
	if v.index == nil {
		switch {
		case i < len(v.list):
			v.list[i] = val
			return
		case i == len(v.list):
			v.list = append(v.list, val)
			return
		}
		v.index = make([]int, len(v.list), len(v.list)+1)
		for k := range v.index {
			v.index[k] = k
		}
	}
	at, found := slices.BinarySearch(v.index, i)
	if found {
		v.list[at] = val
		return
	}
	v.index, v.list = slices.Insert(v.index, at, i), slices.Insert(v.list, at, val)
}

// at returns the position of an element in the list, or -1.
func (v *variable) at(i int) int {
	if i < 0 {
		i += v.next()
	}
	if v.index != nil {
		if at, ok := slices.BinarySearch(v.index, i); ok {
			return at
		}
		return -1
	}
	if i < len(v.list) {
		return i
	}
	return -1
}

// indexOf evaluates a subscript.
func (x *expander) indexOf(a syntax.ArithmExpr) (i int, known bool) {
	if x.arithmHoled(a, 0) {
		return 0, false
	}
	n, err := x.arithmetic(a)
	return n, err == nil
}

// setIndexed assigns one element.
func (x *expander) setIndexed(name string, idx syntax.ArithmExpr, val string, app bool) {
	old := x.e.lookup(x.s, name)
	if old != nil && old.kind == associative {
		v := *old
		key := action.HoleText
		if w, ok := idx.(*syntax.Word); ok {
			key = x.literal(w)
		}
		if app {
			val = v.assoc[key] + val
		}
		v.assoc = maps.Clone(v.assoc)
		if v.assoc == nil {
			v.assoc = map[string]string{}
		}
		v.assoc[key] = val
		x.s.set(name, &v)
		return
	}
	v := &variable{kind: indexed}
	if old != nil {
		v.exported = old.exported
		v.list, v.index = slices.Clone(old.list), slices.Clone(old.index)
		if old.kind == scalar {
			v.list = slices.Clone(old.alts[:min(1, len(old.alts))])
		}
	}
	i, known := x.indexOf(idx)
	if !known {
		i = v.next()
	} else if i < 0 {
		i += v.next()
	}
	if at := v.at(i); app && at >= 0 {
		val = v.list[at] + val
	}
	v.setAt(i, val)
	x.s.set(name, v)
}

// setElem assigns to a name that may carry a subscript, as printf -v and read
// take it. Bash evaluates the subscript, with what is in it.
func (x *expander) setElem(name, val string) {
	base, sub, ok := strings.Cut(strings.TrimSuffix(name, "]"), "[")
	if !ok {
		if syntax.ValidName(name) {
			x.declare(name, declFlags{}, &variable{alts: []string{clip(val)}})
		}
		return
	}
	sub = x.promptText(sub)
	x.setIndexed(base, &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: sub}}}, val, false)
}

// unsetElem removes one element of an array. Bash evaluates the subscript, with
// what is in it.
func (e *evaluator) unsetElem(c *command, s *state, arg string) *state {
	out := e.alternatives(c.src, s, func(x *expander) []*state {
		name, sub, _ := strings.Cut(strings.TrimSuffix(arg, "]"), "[")
		sub = x.promptText(sub)
		v := e.lookup(x.s, name)
		i, err := strconv.Atoi(sub)
		if v == nil || v.kind != indexed || err != nil {
			return []*state{x.s}
		}
		n := *v
		if at := n.at(i); at >= 0 {
			if n.index == nil {
				n.index = make([]int, len(n.list))
				for k := range n.index {
					n.index[k] = k
				}
			}
			n.list, n.index = slices.Delete(slices.Clone(n.list), at, at+1), slices.Delete(slices.Clone(n.index), at, at+1)
			if len(n.list) == 0 {
				n.index = nil
			}
			x.s.set(name, &n)
		}
		return []*state{x.s}
	})
	return out[0]
}
