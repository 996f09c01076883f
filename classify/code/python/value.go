package python

import (
	"slices"
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// A kind says what a value is.
type kind uint8

const (
	unknown kind = iota
	none
	boolean
	integer
	str
	bytesKind
	list
	tuple
	set
	dict
	ref      // something of a library, by its name with dots: os.system, requests.get()
	funcKind // a function of the code
	class
	instance
	bound // method str of self
	file  // an open one
	path  // a pathlib.Path
	module
	either // one of items
)

// A value is what an expression is known to be. Texts may be holed.
type value struct {
	kind kind
	n    int64 // of integers and booleans
	str  string
	obj  *object
	// from says where what is not known comes from, if that matters to who
	// runs it.
	from origin
}

// An origin is where an unknown text comes from: fetched from a URL, or made of
// text in the code by a function that is not computed.
type origin struct{ url, made string }

// An object is what values share that can change.
type object struct {
	items []value   // of a dict keys and values in turn
	alts  [][]value // what items may be instead
	attrs *table
	bases []value
	fn    *function
	scope *scope // of a function, class or module
	self  *value // of a bound method; of an instance its class
	dict  bool
	open  bool  // a dict may hold more
	env   bool  // it is the environment of the process, and changes it: os.environ
	copy  bool  // it began as the environment
	ran   bool  // a function was called
	runs  int   // how often
	last  value // what it returned then
	proc  *process
	mode  string // of a file
	name  string
}

// maxAlternatives bounds what a value may be at the same time; maxValue how long
// a text may grow, in bytes, maxItems a list, in elements, and maxName the name of
// something in a library, in bytes.
const (
	maxAlternatives = 16
	maxValue        = 64 << 10
	maxItems        = 4 << 10
	maxName         = 200
)

func text(s string) value { return value{kind: str, str: s} }

func number(n int64) value { return value{kind: integer, n: n} }

func truth(b bool) value {
	if b {
		return value{kind: boolean, n: 1}
	}
	return value{kind: boolean}
}

func seq(k kind, items []value) value {
	if len(items) > maxItems {
		return value{}
	}
	return value{kind: k, obj: &object{items: items}}
}

func library(name string) value { return value{kind: ref, str: name} }

// alternatives returns what a value may be.
func alternatives(v value) []value {
	if v.kind == either {
		return v.obj.items
	}
	return []value{v}
}

// oneOf joins values.
func oneOf(vals ...value) value {
	var out []value
	for _, v := range vals {
		for _, a := range alternatives(v) {
			if !slices.ContainsFunc(out, func(b value) bool { return same(a, b) }) {
				out = append(out, a)
			}
		}
	}
	switch {
	case len(out) == 0:
		return value{}
	case len(out) == 1:
		return out[0]
	case len(out) > maxAlternatives:
		out = append(out[:maxAlternatives-1:maxAlternatives-1], value{})
	}
	return value{kind: either, obj: &object{items: out}}
}

func same(a, b value) bool {
	return a.kind == b.kind && a.n == b.n && a.str == b.str && a.from == b.from && (a.obj == b.obj || a.kind == tuple && slices.EqualFunc(a.obj.items, b.obj.items, same))
}

// each applies f to all that a value may be.
func each(v value, f func(value) value) value {
	if v.kind != either {
		return f(v)
	}
	var out []value
	for _, a := range v.obj.items {
		out = append(out, f(a))
	}
	return oneOf(out...)
}

// pairs applies f to all that two values may be together; where that is too much,
// to all that each of them may be.
func pairs(v, w value, f func(v, w value) value) value {
	if v.kind != either && w.kind != either {
		return f(v, w)
	}
	if a, b := alternatives(v), alternatives(w); len(a)*len(b) > maxAlternatives {
		var out []value
		for i := range max(len(a), len(b)) {
			out = append(out, f(a[i%len(a)], b[i%len(b)]))
		}
		return oneOf(out...)
	}
	return each(v, func(a value) value { return each(w, func(b value) value { return f(a, b) }) })
}

// lists returns what a sequence may hold.
func lists(v value) [][]value {
	switch v.kind {
	case list, tuple, set:
		return append([][]value{v.obj.items}, v.obj.alts...)
	case either:
		var out [][]value
		for _, a := range v.obj.items {
			out = append(out, lists(a)...)
		}
		return out
	}
	return nil
}

// isSeq reports whether a value is a sequence whose elements are known.
func isSeq(v value) bool { return v.kind == list || v.kind == tuple || v.kind == set }

// show is the text of a value as str() makes it; a hole where it is not known.
func (v value) show() string {
	switch v.kind {
	case str, path:
		return v.str
	case bytesKind:
		return v.str
	case integer:
		return strconv.FormatInt(v.n, 10)
	case boolean:
		if v.n != 0 {
			return "True"
		}
		return "False"
	case none:
		return "None"
	case list, tuple:
		if len(v.obj.alts) > 0 {
			return action.HoleText
		}
		open, close := "[", "]"
		if v.kind == tuple {
			open, close = "(", ")"
		}
		var parts []string
		for _, x := range v.obj.items {
			parts = append(parts, x.repr())
		}
		if len(parts) == 1 && v.kind == tuple {
			parts[0] += ","
		}
		return open + strings.Join(parts, ", ") + close
	case either:
		if s := texts(v); len(s) == 1 {
			return s[0]
		}
	}
	return action.HoleText
}

// repr is the text of a value as repr() makes it.
func (v value) repr() string {
	switch v.kind {
	case str:
		if action.Holed(v.str) || strings.ContainsAny(v.str, "'\\") || strings.ContainsFunc(v.str, func(r rune) bool { return r < ' ' || r > '~' }) {
			return action.HoleText
		}
		return "'" + v.str + "'"
	case integer, boolean, none, list, tuple:
		return v.show()
	}
	return action.HoleText
}

// texts returns the texts that a value may be.
func texts(v value) []string {
	if v.kind != either {
		return []string{v.show()}
	}
	var out []string
	for _, a := range v.obj.items {
		if s := a.show(); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// known returns the text that a value is, if it is all known.
func (v value) known() (string, bool) {
	return v.str, (v.kind == str || v.kind == bytesKind || v.kind == path) && !action.Holed(v.str)
}

// isText reports whether a value is a text, known or not.
func (v value) isText() bool { return v.kind == str || v.kind == bytesKind || v.kind == path }

// truthy reports whether a value counts as true, and whether that is known.
func (v value) truthy() (yes, known bool) {
	switch v.kind {
	case none:
		return false, true
	case boolean, integer:
		return v.n != 0, true
	case str, bytesKind:
		if action.OnlyHoles(v.str) && v.str != "" {
			return false, false
		}
		return v.str != "", true
	case list, tuple, set:
		return len(v.obj.items) > 0, len(v.obj.alts) == 0 && !(len(v.obj.items) == 1 && v.obj.items[0].kind == unknown)
	case funcKind, class, instance, module, file, path:
		return true, true
	}
	return false, false
}

// entry returns what a dict holds for a key.
func (o *object) entry(key value) (value, bool) {
	for i := len(o.items) - 2; i >= 0; i -= 2 {
		if k := o.items[i]; k.kind == key.kind && k.str == key.str && k.n == key.n && k.obj == key.obj {
			return o.items[i+1], true
		}
	}
	return value{}, false
}

// with returns the entries of a dict with one more.
func (o *object) with(key, v value) []value {
	out := slices.Clone(o.items)
	for i := 0; i+1 < len(out); i += 2 {
		if k := out[i]; k.kind == key.kind && k.str == key.str && k.n == key.n && k.obj == key.obj {
			out[i+1] = v
			return out
		}
	}
	if len(out) > maxItems {
		return out
	}
	return append(out, key, v)
}
