package shell

import (
	"maps"
	"strings"
	"unicode"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
)

// Every way in which a variable gets a value ends here: references are
// followed, attributes change the value, and what is readonly stays as it is.

// An errStop ends the command whose words are being expanded, and with it what
// the shell gives up.
type errStop struct{ flow flow }

// entry returns what is known of a variable, be it unset: it may still have
// attributes.
func (e *evaluator) entry(s *state, name string) *variable {
	if v, ok := s.vars.Lookup(name); ok {
		return v
	}
	return e.lookup(s, name)
}

// splitElem divides name[subscript].
func splitElem(name string) (base, sub string, elem bool) {
	if !strings.HasSuffix(name, "]") {
		return name, "", false
	}
	return strings.Cut(name[:len(name)-1], "[")
}

// resolve follows namerefs from a name to the variable, or the element, that it
// stands for. It is not ok if they lead in a circle or it is not known where.
func (x *expander) resolve(name string) (base, sub string, elem, ok bool) {
	base, sub, elem = splitElem(name)
	for range maxDepth {
		v := x.e.entry(x.s, base)
		if v == nil || v.kind != nameref || v.ref == "" {
			return base, sub, elem, true
		}
		b, sb, el := splitElem(v.ref)
		if action.Holed(v.ref) || el && elem {
			return "", "", false, false
		}
		base = b
		if el {
			sub, elem = sb, true
		}
	}
	return "", "", false, false
}

// assignTo performs name=value or name+=value, where the name may carry a
// subscript, and reports whether bash lets it. It evaluates the subscript with
// what is in it.
func (x *expander) assignTo(name, val string, app bool) bool {
	base, sub, elem, ok := x.resolve(name)
	switch {
	case !ok:
		// A circle: bash warns, and takes a local nameref to itself for the
		// variable that it hides.
		if own, hidden := x.s.frames.global(name); hidden {
			return x.declareGlobal(name, own, declFlags{}, &variable{alts: []string{clip(val)}})
		}
		return true
	case !syntax.ValidName(base):
		return false
	}
	if elem {
		return x.setElem(base, textSubscript(x.promptText(sub)), val, app)
	}
	old := x.e.entry(x.s, base)
	n := &variable{}
	if old != nil {
		*n = *old
	}
	switch n.kind {
	case indexed, associative:
		return x.setElem(base, textSubscript("0"), val, app)
	case nameref:
		n.ref = val // it did not refer to anything yet
		return x.store(base, n)
	}
	if app {
		val = x.appended(n, x.scalarOf(base), val)
	} else {
		val = x.convert(n, val)
	}
	n.alts, n.unset = []string{clip(val)}, false
	return x.store(base, n)
}

// textSubscript is a subscript of which only the text is known.
func textSubscript(text string) syntax.ArithmExpr {
	if strings.Trim(text, "0123456789") != "" {
		if a, err := parseArithm(text); err == nil && a != nil {
			if _, isWord := a.(*syntax.Word); !isWord {
				return subscript{a, text}
			}
		}
	}
	return &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: text}}}
}

// A subscript is an expression with the text that it was read from, which is
// the key where the array is associative.
type subscript struct {
	syntax.ArithmExpr
	text string
}

// setElem assigns to one element of an array.
func (x *expander) setElem(name string, idx syntax.ArithmExpr, val string, app bool) bool {
	old := x.e.entry(x.s, name)
	v := &variable{kind: indexed}
	switch {
	case old != nil:
		*v = *old
	case name == "BASH_CMDS" || name == "BASH_ALIASES":
		v.kind = associative
	}
	x.e.spend(v.weight())
	if v.kind == associative {
		key := x.key(idx)
		if app {
			val = x.appended(v, v.assoc[key], val)
		} else {
			val = x.convert(v, val)
		}
		v.assoc = maps.Clone(v.assoc)
		if v.assoc == nil {
			v.assoc = map[string]string{}
		}
		v.assoc[key] = clip(val)
		return x.store(name, v)
	}
	v.list, v.index = append([]string(nil), v.list...), append([]int(nil), v.index...)
	if v.kind != indexed {
		if v.isSet() {
			v.list = []string{x.scalarOf(name)}
		}
		v.kind, v.alts, v.unset = indexed, nil, false
	}
	i, known := x.indexOf(idx)
	if !known {
		i = -1
	} else if i < 0 {
		if i += v.next(); i < 0 {
			return false
		}
	}
	if at := v.at(i); i >= 0 && app && at >= 0 {
		val = x.appended(v, v.list[at], val)
	} else {
		val = x.convert(v, val)
	}
	v.setAt(i, clip(val))
	return x.store(name, v)
}

// key is the subscript of an associative array.
func (x *expander) key(idx syntax.ArithmExpr) string {
	switch idx := idx.(type) {
	case *syntax.Word:
		return x.literal(idx)
	case subscript:
		return idx.text
	}
	return action.HoleText
}

// store puts a variable into the state and reports whether bash lets it.
func (x *expander) store(name string, v *variable) bool {
	if old := x.e.entry(x.s, name); old != nil && old.readonly || readonlyVar(name) {
		return false
	}
	if v.isSet() {
		x.e.noteAssigned(name)
	}
	if x.s.opts.allexport {
		v.exported = true
	}
	x.s.set(name, v)
	delete(x.picked, name)
	x.assignedSpecial(name, v)
	return true
}

// noteAssigned remembers that the text gives a name a value somewhere.
func (e *evaluator) noteAssigned(name string) {
	if e.assigned[name] {
		return
	}
	if e.assigned == nil {
		e.assigned = map[string]bool{}
	}
	e.assigned[name] = true
}

// readonlyVar reports whether bash itself keeps a variable from being set.
func readonlyVar(name string) bool {
	switch name {
	case "UID", "EUID", "PPID", "BASHOPTS", "SHELLOPTS", "BASH_VERSINFO":
		return true
	}
	return false
}

// assignedSpecial does what an assignment to some variables does besides.
func (x *expander) assignedSpecial(name string, v *variable) {
	switch name {
	case "BASH_ARGV0":
		if len(v.alts) == 1 {
			x.s.name0 = v.alts[0]
		} else {
			x.s.name0 = action.HoleText
		}
	case "BASH_CMDS":
		for key, file := range v.assoc {
			x.s.hashed = x.s.hashed.With(key, x.s.abs(file))
		}
	case "BASH_ALIASES":
		for key, text := range v.assoc {
			x.s.aliases = x.s.aliases.With(key, text)
		}
	}
}

// convert applies the attributes that change a value when it is assigned.
func (x *expander) convert(v *variable, val string) string {
	switch {
	case v.integer:
		return x.integer(val)
	case v.lower:
		return strings.ToLower(val)
	case v.upper:
		return strings.ToUpper(val)
	case v.capital:
		return capitalized(val)
	}
	return val
}

// appended is the value of v after += val; to an integer it is added.
func (x *expander) appended(v *variable, old, val string) string {
	if v.integer {
		if old == "" {
			old = "0"
		}
		return x.integer("(" + old + ")+(" + val + ")")
	}
	return x.convert(v, old+val)
}

// capitalized is what `declare -c` makes of a value.
func capitalized(s string) string {
	r := []rune(strings.ToLower(s))
	if len(r) > 0 {
		r[0] = unicode.ToUpper(r[0])
	}
	return string(r)
}

// convertAll applies a variable's attributes to all of its values.
func (x *expander) convertAll(v *variable) {
	if !v.integer && !v.lower && !v.upper && !v.capital {
		return
	}
	each := func(list []string) []string {
		out := make([]string, len(list))
		for i, val := range list {
			out[i] = x.convert(v, val)
		}
		return out
	}
	if len(v.alts) > 0 {
		v.alts = each(v.alts)
	}
	if len(v.list) > 0 {
		v.list = each(v.list)
	}
	if len(v.assoc) > 0 {
		m := make(map[string]string, len(v.assoc))
		for key, val := range v.assoc {
			m[key] = x.convert(v, val)
		}
		v.assoc = m
	}
}

// refuse ends the command whose expansion tried to assign to what is readonly.
func (x *expander) refuse() { panic(errStop{flowLine}) }
