package shell

import (
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
)

// The builtins that set and unset variables.

// declFlags are the attributes that a declaration gives.
type declFlags struct {
	export, unexport, local, global, readonly, integer, lower, upper, ref, array, assoc, funcs bool
}

// decl evaluates export, declare, local and their kin as the parser knows
// them.
func (e *evaluator) decl(src *source, s *state, cmd *syntax.DeclClause) []*state {
	return e.alternatives(src, s, func(x *expander) []*state {
		f := declFlags{export: cmd.Variant.Value == "export", readonly: cmd.Variant.Value == "readonly"}
		f.local = cmd.Variant.Value == "local" || cmd.Variant.Value != "export" && !f.readonly && x.s.frames != nil
		if cmd.Variant.Value == "nameref" {
			f.ref = true
		}
		for _, a := range cmd.Args {
			if a.Name != nil {
				x.assign(a, f)
				continue
			}
			// Options, and arguments that are only known after expansion.
			for _, w := range x.fields([]*syntax.Word{a.Value}) {
				x.declWord(w, &f)
			}
		}
		x.s.status = success // whatever a substitution said
		if cmd.Variant.Value != "export" || len(cmd.Args) == 0 || f.funcs {
			x.s.status = unknown
		}
		return []*state{x.s}
	})
}

// doDeclWords is decl where only the expanded words are known: `builtin
// export X=1`, `$cmd X=1`.
func (e *evaluator) doDeclWords(c *command, s *state) []*state {
	return e.alternatives(c.src, s, func(x *expander) []*state {
		f := declFlags{export: c.argv[0] == "export", readonly: c.argv[0] == "readonly", local: c.argv[0] == "local"}
		x.s.status = success
		for _, w := range c.argv[1:] {
			x.declWord(w, &f)
		}
		return []*state{x.s}
	})
}

// declWord applies one word of a declaration: options or an assignment.
func (x *expander) declWord(w string, f *declFlags) {
	if len(w) > 1 && (w[0] == '-' || w[0] == '+') {
		on := w[0] == '-'
		for _, r := range w[1:] {
			switch r {
			case 'x':
				f.export, f.unexport = on, !on
			case 'n':
				if f.export { // export -n
					f.export, f.unexport = false, true
				} else {
					f.ref = on
				}
			case 'g':
				f.global, f.local = true, false
			case 'f', 'F':
				f.funcs = on
			case 'i':
				f.integer = on
			case 'l':
				f.lower = on
			case 'u':
				f.upper = on
			case 'r':
				f.readonly = on
			case 'a':
				f.array = on
			case 'A':
				f.assoc = on
			}
		}
		return
	}
	name, val, ok := strings.Cut(w, "=")
	if action.Holed(name) {
		return
	}
	app := strings.HasSuffix(name, "+")
	name = strings.TrimSuffix(name, "+")
	if strings.ContainsAny(name, "[") {
		x.setElem(name, val)
		return
	}
	if !ok {
		x.declare(name, *f, nil)
		return
	}
	if app {
		val = x.scalarOf(name) + val
	}
	x.declare(name, *f, &variable{alts: []string{val}})
}

// assign performs one assignment of the syntax tree.
func (x *expander) assign(a *syntax.Assign, f declFlags) {
	name := a.Name.Value
	switch {
	case a.Array != nil:
		v := x.array(a, f)
		x.declare(name, f, v)
	case a.Index != nil:
		val := x.assigned(a.Value)
		x.setIndexed(name, a.Index, val, a.Append)
	case a.Value == nil && a.Naked:
		x.declare(name, f, nil)
	default:
		val := x.assigned(a.Value)
		if a.Append {
			if old := x.e.lookup(x.s, name); old != nil && old.kind == indexed {
				x.setIndexed(name, &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: "0"}}}, val, true)
				return
			}
			val = x.scalarOf(name) + val
		}
		x.declare(name, f, &variable{alts: []string{clip(val)}})
	}
}

// assigned expands the value of an assignment, where a tilde also counts after
// a colon.
func (x *expander) assigned(w *syntax.Word) string {
	if w == nil {
		return ""
	}
	for i, p := range w.Parts {
		lit, ok := p.(*syntax.Lit)
		if !ok || !strings.Contains(lit.Value, ":~") {
			continue
		}
		home := x.scalarOf("HOME")
		c := &syntax.Word{Parts: slices.Clone(w.Parts)}
		v := strings.ReplaceAll(lit.Value, ":~/", ":"+home+"/")
		if strings.HasSuffix(v, ":~") {
			v = strings.TrimSuffix(v, "~") + home
		}
		c.Parts[i] = &syntax.Lit{Value: strings.ReplaceAll(v, ":~:", ":"+home+":")}
		w = c
	}
	return x.literal(w)
}

// scalarOf returns the value of a variable, or "".
func (x *expander) scalarOf(name string) string {
	v := (*expandEnv)(x).Get(name)
	for range maxDepth {
		if v.Kind != expand.NameRef {
			break
		}
		v = (*expandEnv)(x).Get(v.Str)
	}
	if v.Kind == expand.Indexed && len(v.List) > 0 {
		return v.List[0]
	}
	return v.Str
}

// declare gives a variable attributes and, unless v is nil, a value.
func (x *expander) declare(name string, f declFlags, v *variable) {
	s := x.s
	if v != nil && !x.e.assigned[name] {
		if x.e.assigned == nil {
			x.e.assigned = map[string]bool{}
		}
		x.e.assigned[name] = true
	}
	if f.funcs {
		if fn := s.funcs.Get(name); fn != nil && f.export {
			c := *fn
			c.exported = true
			s.setFunc(name, &c)
		}
		return
	}
	if !syntax.ValidName(name) {
		return
	}
	old := x.e.lookup(s, name)
	if f.local && s.frames != nil {
		if _, ok := s.frames.saved.Lookup(name); !ok {
			own := s.vars.Get(name)
			s.frames = &frame{saved: s.frames.saved.With(name, own), up: s.frames.up}
			if v == nil && !f.ref {
				old = nil
			}
		}
	} else if old != nil && old.kind == nameref && !f.ref && v != nil {
		// Follow the references, which may lead in a circle.
		target := old.ref
		for range maxDepth {
			next := x.e.lookup(s, target)
			if next == nil || next.kind != nameref || target == name {
				break
			}
			target = next.ref
		}
		if t := x.e.lookup(s, target); t != nil && t.kind == nameref || target == name {
			return
		}
		x.declare(target, f, v)
		return
	}
	n := &variable{}
	if old != nil {
		*n = *old
	}
	if v != nil {
		n.kind, n.alts, n.list, n.index, n.assoc, n.unset = v.kind, v.alts, v.list, v.index, v.assoc, false
	} else if old == nil {
		switch {
		case f.array:
			n.kind = indexed
		case f.assoc:
			n.kind, n.assoc = associative, map[string]string{}
		}
	}
	n.exported = n.exported && !f.unexport || f.export || s.opts.allexport
	n.readonly = n.readonly || f.readonly
	n.integer, n.lower, n.upper = n.integer || f.integer, n.lower || f.lower, n.upper || f.upper
	if f.ref && len(n.alts) > 0 {
		n.kind, n.ref, n.alts = nameref, n.alts[0], nil
		x.promptText(n.ref) // a subscript may hold a substitution
	}
	n.alts = x.converted(n)
	s.set(name, n)
	delete(x.picked, name)
}

// converted applies the attributes that change a value when it is assigned.
func (x *expander) converted(v *variable) []string {
	if !v.integer && !v.lower && !v.upper || len(v.alts) == 0 {
		return v.alts
	}
	out := make([]string, len(v.alts))
	for i, a := range v.alts {
		switch {
		case v.lower:
			a = strings.ToLower(a)
		case v.upper:
			a = strings.ToUpper(a)
		case v.integer:
			a = x.integer(a)
		}
		out[i] = a
	}
	return out
}

// integer evaluates a value as arithmetic.
func (x *expander) integer(val string) string {
	if _, err := strconv.Atoi(val); err == nil {
		return val
	}
	expr, err := syntax.NewParser().Arithmetic(strings.NewReader(val))
	if err != nil || expr == nil || action.Holed(val) || x.arithmHoled(expr, 0) {
		return action.HoleText
	}
	n, err := x.arithmetic(expr)
	if err != nil {
		return action.HoleText
	}
	return strconv.Itoa(n)
}

func (e *evaluator) doUnset(c *command, s *state) []*state {
	r := done(s, success)[0]
	vars, funcs := true, true
	for _, a := range c.argv[1:] {
		switch a {
		case "-v", "-n":
			funcs = false
		case "-f":
			vars = false
		case "--":
		default:
			if strings.Contains(a, "[") {
				r = e.unsetElem(c, r, a)
				continue
			}
			if vars && e.lookup(r, a) != nil {
				r.set(a, &variable{})
			} else if funcs {
				r.funcs = r.funcs.Without(a)
			}
		}
	}
	return []*state{r}
}
