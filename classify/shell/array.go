package shell

import (
	"maps"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
)

// array evaluates name=(…).
func (x *expander) array(a *syntax.Assign, f declFlags) *variable {
	name, _, _, _ := x.resolve(a.Name.Value)
	old := x.e.lookup(x.s, name)
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
	v := &variable{kind: indexed, list: []string{}}
	if a.Append && old != nil {
		v.list, v.index = slices.Clone(old.list), slices.Clone(old.index)
		if old.kind == scalar {
			v.list = nil
			if old.isSet() {
				v.list = []string{x.scalarOf(name)}
			}
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

// compound reads a text such as `(a b [3]=c)` as `declare -a name=text` does.
func (x *expander) compound(name, text string, f declFlags) *variable {
	hole := &variable{kind: indexed, list: []string{action.HoleText}}
	file, err := syntax.NewParser().Parse(strings.NewReader(name+"="+text), "")
	if err != nil || len(file.Stmts) != 1 {
		return hole
	}
	call, ok := file.Stmts[0].Cmd.(*syntax.CallExpr)
	if !ok || len(call.Assigns) != 1 || len(call.Args) > 0 || call.Assigns[0].Array == nil {
		return hole
	}
	return x.array(call.Assigns[0], f)
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
	if sub, ok := a.(subscript); ok {
		a = sub.ArithmExpr
	}
	if x.arithmHoled(a, 0) {
		return 0, false
	}
	n, err := x.arithmetic(a)
	return n, err == nil
}

// unsetElem removes one element of an array, or all of them. Bash evaluates the
// subscript, with what is in it.
func (x *expander) unsetElem(base, sub string) bool {
	v := x.e.lookup(x.s, base)
	sub = x.promptText(sub)
	if v == nil {
		return true
	}
	n := *v
	switch {
	case v.readonly:
		return false
	case v.kind == associative:
		n.assoc = maps.Clone(v.assoc)
		if action.Holed(sub) {
			n.assoc = map[string]string{action.HoleText: action.HoleText}
		}
		delete(n.assoc, sub)
	case sub == "@" || sub == "*":
		n = variable{kind: indexed, exported: v.exported}
	case v.kind == indexed:
		i, known := x.indexOf(textSubscript(sub))
		if !known {
			n.list, n.index = []string{action.HoleText}, nil
			break
		}
		at := n.at(i)
		if at < 0 {
			return i >= 0
		}
		n.list = slices.Delete(slices.Clone(n.list), at, at+1)
		if n.index == nil && at < len(n.list) {
			n.index = make([]int, len(v.list))
			for k := range n.index {
				n.index[k] = k
			}
		}
		if n.index != nil {
			n.index = slices.Delete(slices.Clone(n.index), at, at+1)
		}
		if len(n.list) == 0 {
			n.index = nil
		}
	case sub == "0":
		return x.unsetVar(base)
	default:
		return false
	}
	x.s.set(base, &n)
	delete(x.picked, base)
	return true
}
