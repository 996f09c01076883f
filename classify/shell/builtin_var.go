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
	export, local, global, readonly, integer, lower, upper, capital, ref, array, assoc, funcs, names, print, inherit bool

	drop string // letters of the attributes that are taken off
}

// declaration are the flags that the name of a builtin stands for.
func (s *state) declaration(name string) declFlags {
	switch name {
	case "export":
		return declFlags{export: true}
	case "readonly":
		return declFlags{readonly: true}
	case "nameref":
		return declFlags{ref: true, local: s.frames != nil}
	}
	return declFlags{local: s.frames != nil}
}

// decl evaluates export, declare, local and their kin as the parser knows
// them.
func (e *evaluator) decl(src *source, s *state, cmd *syntax.DeclClause) []*state {
	return e.alternatives(src, s, func(x *expander) []*state {
		name := cmd.Variant.Value
		d := &declarer{x: x, builtin: name, f: x.s.declaration(name)}
		c := &command{src: src, node: cmd, argv: []string{name}, span: src.span(cmd), via: src.via}
		e.current = c
		for _, a := range cmd.Args {
			if a.Name == nil {
				// Options, and arguments that are only known after expansion.
				words := x.fields([]*syntax.Word{a.Value})
				c.argv = append(c.argv, words...)
				e.current = c
				for _, w := range words {
					d.word(w)
				}
				continue
			}
			d.assign(a)
		}
		return d.done()
	})
}

// doDeclWords is decl where only the expanded words are known: `builtin
// export X=1`, `$cmd X=1`.
func (e *evaluator) doDeclWords(c *command, s *state) []*state {
	return e.alternatives(c.src, s, func(x *expander) []*state {
		d := &declarer{x: x, builtin: c.argv[0], f: x.s.declaration(c.argv[0])}
		for _, w := range c.argv[1:] {
			d.word(w)
		}
		return d.done()
	})
}

// A declarer applies the words of one declaration.
type declarer struct {
	x       *expander
	builtin string
	f       declFlags
	ended   bool // by "--"
	named   int  // operands
	refused bool
	unsure  bool
}

// outside reports whether local stands outside of all functions, where it is an
// error.
func (d *declarer) outside() bool {
	return d.builtin == "local" && d.x.s.frames == nil && d.x.src.lang != syntax.LangZsh
}

// done ends the declaration.
func (d *declarer) done() []*state {
	s := d.x.s
	if d.named == 0 && (d.f.print || !d.ended || d.builtin == "export" || d.builtin == "readonly") {
		d.x.listVars(d.builtin, d.f)
	}
	switch {
	case d.unsure:
		s.status = unknown
	default:
		s.status = truth(!d.refused)
	}
	return []*state{s}
}

// word applies one word: options, a name or an assignment.
func (d *declarer) word(w string) {
	if d.named == 0 && !d.ended && len(w) > 1 && (w[0] == '-' || w[0] == '+') {
		if w == "--" {
			d.ended = true
			return
		}
		d.options(w)
		return
	}
	if w == "-" && d.builtin == "local" && d.x.s.frames != nil {
		f := *d.x.s.frames
		opts := d.x.s.opts
		f.opts = &opts
		d.x.s.frames = &f
		d.named++
		return
	}
	name, val, ok := strings.Cut(w, "=")
	if action.Holed(name) {
		d.named++
		d.unsure = true
		return
	}
	app := ok && strings.HasSuffix(name, "+")
	if app {
		name = strings.TrimSuffix(name, "+")
	}
	if !ok {
		d.name(name)
		return
	}
	d.value(name, val, app)
}

func (d *declarer) options(w string) {
	f := &d.f
	on := w[0] == '-'
	for _, r := range w[1:] {
		if !on {
			f.drop += string(r)
			continue
		}
		switch r {
		case 'x':
			f.export = true
		case 'n':
			if d.builtin == "export" {
				f.export, f.drop = false, f.drop+"x"
			} else {
				f.ref = true
			}
		case 'g':
			f.global, f.local = true, false
		case 'f':
			f.funcs = true
		case 'F':
			f.funcs, f.names = true, true
		case 'i':
			f.integer = true
		case 'l':
			f.lower = true
		case 'u':
			f.upper = true
		case 'c':
			f.capital = true
		case 'r':
			f.readonly = true
		case 'a':
			f.array = true
		case 'A':
			f.assoc = true
		case 'p':
			f.print = true
		case 'I':
			f.inherit = true
		}
	}
}

// assign applies an operand that the parser took for an assignment.
func (d *declarer) assign(a *syntax.Assign) {
	x, name := d.x, a.Name.Value
	switch {
	case d.outside():
		if a.Value != nil {
			x.assigned(a.Value)
		}
		if a.Array != nil {
			x.array(a, d.f)
		}
		d.refused = true
	case a.Array != nil:
		d.named++
		x.localize(name, d.f)
		d.result(x.declare(name, d.f, x.array(a, d.f)))
	case a.Index != nil:
		d.named++
		x.localize(name, d.f)
		d.result(x.setIndexed(name, a.Index, x.assigned(a.Value), a.Append))
	case a.Value == nil && a.Naked:
		d.name(name)
	default:
		d.value(name, x.assigned(a.Value), a.Append)
	}
}

// name applies an operand without a value.
func (d *declarer) name(name string) {
	d.named++
	switch {
	case d.outside():
		d.refused = true
	case d.f.funcs:
		d.function(name)
	case d.f.print && d.builtin != "export" && d.builtin != "readonly":
		d.result(d.x.listVar(name))
	default:
		base, _, _ := splitElem(name)
		d.result(d.x.declare(base, d.f, nil))
	}
}

// value applies an operand with a value.
func (d *declarer) value(name, val string, app bool) {
	d.named++
	x := d.x
	if d.outside() {
		d.refused = true
		return
	}
	if strings.Contains(name, "[") {
		base, _, _ := splitElem(name)
		x.localize(base, d.f)
		d.result(x.assignTo(name, val, app))
		return
	}
	if (d.f.array || d.f.assoc) && strings.HasPrefix(val, "(") && strings.HasSuffix(val, ")") {
		op := ""
		if app {
			op = "+"
		}
		x.localize(name, d.f)
		d.result(x.declare(name, d.f, x.compound(name+op, val, d.f)))
		return
	}
	if app {
		x.localize(name, d.f)
		ok := x.declare(name, d.f, nil)
		d.result(ok && x.assignTo(name, val, true))
		return
	}
	d.result(x.declare(name, d.f, &variable{alts: []string{clip(val)}}))
}

func (d *declarer) result(ok bool) { d.refused = d.refused || !ok }

// function applies an operand of -f: attributes, or else the function is
// listed.
func (d *declarer) function(name string) {
	s := d.x.s
	fn, ok := s.funcs.Lookup(name)
	if !ok {
		d.refused = true
		return
	}
	c := *fn
	switch {
	case d.f.export:
		c.exported = true
	case strings.Contains(d.f.drop, "x"):
		c.exported = false
	case d.f.readonly:
		c.readonly = true
	default:
		if d.f.names {
			s.write(name + "\n")
		} else {
			s.write(listFunction(name, fn))
		}
		return
	}
	s.setFunc(name, &c)
}

// assign performs one assignment of the syntax tree, and reports whether bash
// lets it.
func (x *expander) assign(a *syntax.Assign) bool {
	name := a.Name.Value
	switch {
	case a.Array != nil:
		return x.declare(name, declFlags{}, x.array(a, declFlags{}))
	case a.Index != nil:
		index := a.Index
		if x.src.lang == syntax.LangZsh {
			index = x.zshIndex(name, index)
		}
		return x.setIndexed(name, index, x.assigned(a.Value), a.Append)
	case a.Append && x.src.lang == syntax.LangZsh:
		if v := x.e.lookup(x.s, name); v != nil && v.kind == indexed {
			return x.setIndexed(name, numeral(len(v.list)), x.assigned(a.Value), false)
		}
	}
	return x.assignTo(name, x.assigned(a.Value), a.Append)
}

// setIndexed assigns to an element by the name that the text gives it.
func (x *expander) setIndexed(name string, idx syntax.ArithmExpr, val string, app bool) bool {
	base, _, elem, ok := x.resolve(name)
	return ok && !elem && x.setElem(base, idx, val, app)
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

// localize makes a variable local to the function being run, where a
// declaration does.
func (x *expander) localize(name string, f declFlags) {
	s := x.s
	if !f.local || s.frames == nil {
		return
	}
	if _, ok := s.frames.saved.Lookup(name); ok {
		return
	}
	old := x.e.entry(s, name)
	if old != nil && old.readonly {
		return
	}
	fr := *s.frames
	fr.saved = fr.saved.With(name, s.vars.Get(name))
	s.frames = &fr
	n := &variable{}
	switch {
	case old == nil:
	case f.inherit || s.opts.localvarInherit:
		*n = *old
	default:
		n.exported = old.exported
	}
	s.set(name, n)
	delete(x.picked, name)
}

// declare gives a variable attributes and, unless v is nil, a value. It reports
// whether bash lets it.
func (x *expander) declare(name string, f declFlags, v *variable) bool {
	s := x.s
	if v != nil {
		x.e.noteAssigned(name)
	}
	if !syntax.ValidName(name) {
		return false
	}
	if f.global && s.frames != nil {
		if own, ok := s.frames.global(name); ok {
			return x.declareGlobal(name, own, f, v)
		}
	}
	x.localize(name, f)
	old := x.e.entry(s, name)
	if old != nil && old.kind == nameref && !f.ref && !strings.Contains(f.drop, "n") {
		base, sub, elem, ok := x.resolve(name)
		switch {
		case !ok:
			return false
		case elem:
			return v == nil || v.kind != scalar || x.setElem(base, textSubscript(x.promptText(sub)), v.alts[0], false)
		case base != name:
			f.local = false
			return x.declare(base, f, v)
		}
	}
	if readonlyVar(name) && v != nil || old != nil && old.readonly && (v != nil || strings.Contains(f.drop, "r") || f.ref) {
		return false
	}
	n := &variable{}
	if old != nil {
		*n = *old
	}
	f.apply(n)
	switch {
	case v != nil && v.kind == scalar && n.kind != scalar && n.kind != nameref:
		// A value for an array goes to its first element.
		s.set(name, n)
		delete(x.picked, name)
		ro := n.readonly
		n.readonly = false
		ok := x.setElem(name, textSubscript("0"), v.alts[0], false)
		if ro {
			c := *x.e.entry(s, name)
			c.readonly = true
			s.set(name, &c)
		}
		return ok
	case v != nil:
		n.kind, n.alts, n.list, n.index, n.assoc, n.unset = v.kind, v.alts, v.list, v.index, v.assoc, false
		if !f.ref {
			x.convertAll(n)
		}
	case f.array && n.kind == scalar:
		n.kind = indexed
		if n.isScalarSet() {
			n.list, n.alts, n.unset = []string{x.scalarOf(name)}, nil, false
		}
	case f.assoc && n.kind == scalar:
		n.kind, n.assoc = associative, nil
		if n.isScalarSet() {
			n.assoc, n.alts, n.unset = map[string]string{"0": x.scalarOf(name)}, nil, false
		}
	}
	if s.opts.allexport && v != nil {
		n.exported = true
	}
	if f.ref && n.kind == scalar {
		n.kind = nameref
		if len(n.alts) > 0 {
			n.ref, n.alts = n.alts[0], nil
			if len(n.alts) > 1 || n.unset {
				n.ref = action.HoleText
			}
		}
		x.promptText(n.ref) // a subscript may hold a substitution
	}
	s.set(name, n)
	delete(x.picked, name)
	if v != nil {
		x.assignedSpecial(name, n)
	}
	return true
}

func (v *variable) isScalarSet() bool { return len(v.alts) > 0 }

// apply gives a variable the attributes of a declaration and takes those off
// that it drops.
func (f declFlags) apply(n *variable) {
	n.exported = n.exported || f.export
	n.readonly = n.readonly || f.readonly
	n.integer = n.integer || f.integer
	if f.lower || f.upper || f.capital {
		n.lower, n.upper, n.capital = f.lower && !f.upper, f.upper && !f.lower, f.capital && !f.upper && !f.lower
	}
	for _, r := range f.drop {
		switch r {
		case 'x':
			n.exported = false
		case 'i':
			n.integer = false
		case 'l':
			n.lower = false
		case 'u':
			n.upper = false
		case 'c':
			n.capital = false
		case 'n':
			if n.kind == nameref {
				n.kind, n.alts, n.ref = scalar, []string{n.ref}, ""
			}
		}
	}
}

// declareGlobal declares the variable that the locals of the functions being
// run hide.
func (x *expander) declareGlobal(name string, own *variable, f declFlags, v *variable) bool {
	s := x.s
	frames, shown := s.frames, s.vars.Get(name)
	if own != nil {
		s.set(name, own)
	} else {
		s.unsetOwn(name)
	}
	delete(x.picked, name)
	s.frames = nil
	ok := x.declare(name, f, v)
	s.frames = frames.withGlobal(name, s.vars.Get(name))
	s.set(name, shown)
	delete(x.picked, name)
	return ok
}

// global returns what the locals of all frames hide under a name, and whether
// there are any.
func (f *frame) global(name string) (v *variable, ok bool) {
	for ; f != nil; f = f.up {
		if own, hidden := f.saved.Lookup(name); hidden {
			v, ok = own, true
		}
	}
	return v, ok
}

// withGlobal returns the frames with another value hidden under a name.
func (f *frame) withGlobal(name string, v *variable) *frame {
	if f == nil {
		return nil
	}
	c := *f
	if _, deeper := f.up.global(name); deeper {
		c.up = f.up.withGlobal(name, v)
	} else {
		c.saved = f.saved.With(name, v)
	}
	return &c
}

// uncover returns the frames without the innermost local of a name, which
// stood in a function further out, and what it hid.
func (f *frame) uncover(name string) (out *frame, hidden *variable) {
	c := *f
	if own, ok := f.saved.Lookup(name); ok {
		c.saved = f.saved.Without(name)
		return &c, own
	}
	c.up, hidden = f.up.uncover(name)
	return &c, hidden
}

// integer evaluates a value as arithmetic.
func (x *expander) integer(val string) string {
	if n, err := strconv.Atoi(val); err == nil {
		if digits := strings.TrimLeft(val, "+-"); len(digits) > 1 && digits[0] == '0' {
			if strings.ContainsAny(digits, "89") {
				return action.HoleText // an error: the number is octal
			}
		} else {
			return strconv.Itoa(n)
		}
	}
	expr, err := parseArithm(val)
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
	args := c.argv[1:]
	vars, funcs, ref := true, true, false
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		opt := args[0]
		args = args[1:]
		if opt == "--" {
			break
		}
		funcs = funcs && !strings.ContainsAny(opt, "vn")
		vars = vars && !strings.Contains(opt, "f")
		ref = ref || strings.Contains(opt, "n")
	}
	return e.alternatives(c.src, s, func(x *expander) []*state {
		x.s.status = success
		for _, a := range args {
			if !x.unset(a, vars, funcs, ref) {
				x.s.status = failure
			}
		}
		return []*state{x.s}
	})
}

// unset removes what a name means and reports whether bash lets it.
func (x *expander) unset(name string, vars, funcs, ref bool) bool {
	if vars {
		base, sub, elem := splitElem(name)
		v := x.e.entry(x.s, base)
		if v != nil && v.kind == nameref && !ref {
			var ok bool
			if base, sub, elem, ok = x.resolve(name); !ok {
				return true
			}
			v = x.e.entry(x.s, base)
		}
		switch {
		case elem:
			return x.unsetElem(base, sub)
		case v != nil && (v.isSet() || !funcs || v.readonly):
			return x.unsetVar(base)
		case v == nil && x.e.hides(x.s, base):
			x.s.set(base, &variable{}) // the user's profile may have set it
			return true
		}
	}
	if fn, ok := x.s.funcs.Lookup(name); funcs && ok {
		if fn.readonly {
			return false
		}
		x.s.funcs = x.s.funcs.Without(name)
	}
	return true
}

// unsetVar unsets a variable. A local of a function further out gives way to
// what it hid.
func (x *expander) unsetVar(name string) bool {
	s := x.s
	if v := x.e.entry(s, name); v != nil && v.readonly || readonlyVar(name) {
		return false
	}
	delete(x.picked, name)
	if s.frames != nil {
		if _, own := s.frames.saved.Lookup(name); !own {
			if _, hidden := s.frames.global(name); hidden {
				frames, v := s.frames.uncover(name)
				s.frames = frames
				if v != nil {
					s.set(name, v)
				} else {
					s.unsetOwn(name)
				}
				return true
			}
		}
	}
	s.set(name, &variable{})
	return true
}
