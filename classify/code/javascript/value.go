package javascript

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tdewolff/parse/v2/js"

	"github.com/venv-guard/venv-guard/action"
)

type kind uint8

const (
	unknown kind = iota
	undefined
	null
	boolean
	number
	text      // str, which may be holed
	reference // obj
	native    // str is the full name of something of the runtime or of a library
	choice    // one of alts
	absent    // in a list: maybe no element at all
)

// A value is what is known of an expression's value.
type value struct {
	kind kind
	str  string
	num  float64 // of a boolean: 0 or 1
	obj  *object
	alts []value
	// Where a value that is not known comes from: the shell command whose
	// output it is, or the address that it was fetched from.
	source, url string
}

// maxText bounds a string that a program builds, maxList a list, and
// maxChoice the values that one place may have before it counts as unknown.
const (
	maxText   = 64 << 10
	maxList   = 4096
	maxChoice = 8
)

var hole = value{kind: text, str: action.HoleText}

func str(s string) value {
	if len(s) > maxText {
		return hole
	}
	return value{kind: text, str: s}
}

func num(f float64) value { return value{kind: number, num: f} }

func truth(b bool) value {
	if b {
		return value{kind: boolean, num: 1}
	}
	return value{kind: boolean}
}

func nativeOf(name string) value { return value{kind: native, str: name} }

// A class says what sort of object it is.
type class uint8

const (
	plain class = iota
	array
	function
	child    // a started program
	stream   // one of its streams, or a file's, or a host's answer
	settings // process.env
	regexp
)

// An object is anything that has an identity.
type object struct {
	class class
	keys  []string // of props, in the order of their making
	props map[string]value
	elems []value
	open  bool // there may be more in it, or other things
	saved int  // the fork that has a copy of it already

	fn    *closure
	proto *object // methods of a class
	start *start  // of a child or a stream
	name  string  // of a stream: stdin, stdout, file
	text  string  // of a regexp
}

// A closure is a function of the program.
type closure struct {
	params *js.Params
	body   *js.BlockStmt
	env    *frame
	file   *file
	this   value // of arrow functions and methods
	arrow  bool
	called bool // by the program itself
	handed bool // to someone unknown
	class  *js.ClassDecl
	super  value
	// What bind() gave, and the native function that it was given to.
	bound  []value
	target value
	sum    *summary
	hook   func(args []value) value // what it does, if it is the evaluator's own
}

// A summary is what the readings of one body came to, of all closures that have
// it.
type summary struct {
	depth  int   // calls that are being read
	blind  int   // those of them of which nothing is known
	vague  int   // calls that were read with nothing known
	epoch  int   // of the machine, then
	times  int   // all calls
	last   int   // readings at the end
	result value // of the last call with nothing known
	again  bool  // it must be read once more at the end
}

func list(elems ...value) value {
	return value{kind: reference, obj: &object{class: array, elems: elems}}
}

func texts(words []string) value {
	elems := make([]value, len(words))
	for i, w := range words {
		elems[i] = str(w)
	}
	return list(elems...)
}

func newObject(c class) value { return value{kind: reference, obj: &object{class: c}} }

func (v value) is(c class) bool { return v.kind == reference && v.obj.class == c }

// get returns a property that the object itself has.
func (o *object) get(name string) (value, bool) {
	v, ok := o.props[name]
	return v, ok
}

// choices returns the values that a value may be.
func (v value) choices() []value {
	if v.kind == choice {
		return v.alts
	}
	return []value{v}
}

func same(a, b value) bool {
	return a.kind == b.kind && a.str == b.str && (a.num == b.num || math.IsNaN(a.num) && math.IsNaN(b.num)) && a.obj == b.obj && a.source == b.source && a.url == b.url &&
		slices.EqualFunc(a.alts, b.alts, same)
}

// either returns the value that is one or the other.
func either(a, b value) value {
	if same(a, b) {
		return a
	}
	out := slices.Clone(a.choices())
	for _, v := range b.choices() {
		if !slices.ContainsFunc(out, func(w value) bool { return same(v, w) }) {
			out = append(out, v)
		}
	}
	if len(out) > maxChoice {
		out = append(out[:maxChoice:maxChoice], value{})
	}
	return value{kind: choice, alts: out}
}

// each returns f of every value that v may be.
func each(v value, f func(value) value) value {
	if v.kind != choice {
		return f(v)
	}
	out := f(v.alts[0])
	for _, w := range v.alts[1:] {
		out = either(out, f(w))
	}
	return out
}

// known returns the text that a value is, if all of it is known.
func (v value) known() (string, bool) {
	return v.str, v.kind == text && !action.Holed(v.str)
}

// text returns a value as String() does; what is not known, or one of several,
// is a hole.
func (v value) text() string {
	switch v.kind {
	case text:
		return v.str
	case undefined:
		return "undefined"
	case null:
		return "null"
	case boolean:
		return strconv.FormatBool(v.num != 0)
	case number:
		return formatNumber(v.num)
	case reference:
		if v.obj.class == array {
			return v.obj.join(",")
		}
		if v.obj.class == regexp {
			return v.obj.text
		}
	}
	return action.HoleText
}

// join is Array.prototype.join.
func (o *object) join(sep string) string {
	var b strings.Builder
	for i, e := range o.elems {
		if i > 0 {
			b.WriteString(sep)
		}
		if e.kind != null && e.kind != undefined {
			b.WriteString(e.text())
		}
		if b.Len() > maxText {
			return action.HoleText
		}
	}
	if o.open {
		b.WriteString(action.HoleText)
	}
	return b.String()
}

// formatNumber is Number.prototype.toString for the numbers that programs
// build words of.
func formatNumber(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case f == 0:
		return "0"
	case math.Abs(f) >= 1e21 || math.Abs(f) < 1e-6:
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// bool returns whether a value counts as true, and whether that is known.
func (v value) bool() (val, ok bool) {
	switch v.kind {
	case undefined, null:
		return false, true
	case boolean, number:
		return v.num != 0 && !math.IsNaN(v.num), true
	case text:
		if action.OnlyHoles(v.str) {
			return false, false
		}
		return v.str != "", true
	case reference:
		return true, true
	case native: // a function or module; what a library gives may be anything
		return true, isModule(v.str)
	case choice:
		val, ok = v.alts[0].bool()
		for _, w := range v.alts[1:] {
			if b, k := w.bool(); !ok || !k || b != val {
				return false, false
			}
		}
		return val, ok
	}
	return false, false
}

// number returns a value as a number, NaN where it is not known.
func (v value) number() float64 {
	switch v.kind {
	case number, boolean:
		return v.num
	case null:
		return 0
	case text:
		s := strings.TrimSpace(v.str)
		if s == "" {
			return 0
		}
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return f
		}
		if i, err := strconv.ParseInt(s, 0, 64); err == nil {
			return float64(i)
		}
	}
	return math.NaN()
}
