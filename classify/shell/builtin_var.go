package shell

import (
	"maps"
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
		if fn := s.funcs[name]; fn != nil && f.export {
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
		if _, ok := s.frames.saved[name]; !ok {
			own := s.vars[name]
			s.frames = &frame{saved: cloneSet(s.frames.saved, name, own), up: s.frames.up}
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
		v.assoc = cloneSet(v.assoc, key, val)
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
				r.funcs = cloneDelete(r.funcs, a)
			}
		}
	}
	return []*state{r}
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

func (e *evaluator) doRead(c *command, s *state) []*state {
	var names []string
	raw, array, fd, delim, count := false, "", "", "\n", ""
	args := c.argv[1:]
	for len(args) > 0 {
		a := args[0]
		args = args[1:]
		if len(a) < 2 || a[0] != '-' || a == "--" {
			if a != "--" {
				names = append(names, a)
			}
			continue
		}
		for i := 1; i < len(a); i++ {
			val := a[i+1:]
			switch a[i] {
			case 'r':
				raw = true
				continue
			case 's', 'e':
				continue
			case 'a', 'd', 'i', 'n', 'N', 'p', 't', 'u':
				if val == "" && len(args) > 0 {
					val, args = args[0], args[1:]
				}
				switch a[i] {
				case 'a':
					array = val
				case 'u':
					fd = val
				case 'n', 'N':
					count = val
				case 'd':
					delim = val
					if delim == "" {
						delim = "\x00"
					}
				}
			}
			break
		}
	}
	return e.alternatives(c.src, s, func(x *expander) []*state {
		line, st := x.takeLine(fd, delim, raw)
		x.s.status = st
		if count != "" {
			// The rest of the line stays unread, but is not followed.
			n, err := strconv.Atoi(count)
			if r := []rune(line); err != nil || action.Holed(line) {
				line = action.HoleText
			} else if n < len(r) {
				line = string(r[:n])
				x.s.in = nil
			}
			x.s.status = unknown
		}
		if array != "" {
			fields := []string{action.HoleText}
			if !action.Holed(line) {
				fields = expand.ReadFields(x.config(), line, -1, raw)
			}
			x.s.set(array, &variable{kind: indexed, list: fields})
			return []*state{x.s}
		}
		if len(names) == 0 {
			x.setElem("REPLY", line)
			return []*state{x.s}
		}
		fields := expand.ReadFields(x.config(), line, len(names), raw)
		for i, n := range names {
			val := ""
			switch {
			case i < len(fields):
				val = fields[i]
			case action.Holed(line):
				val = action.HoleText
			}
			x.setElem(n, val)
		}
		return []*state{x.s}
	})
}

// takeLine takes what read reads from its input.
func (x *expander) takeLine(fd, delim string, raw bool) (string, status) {
	in := x.s.in
	if fd != "" && fd != "0" {
		text, ok := x.s.fds[fd]
		in = &text
		if !ok {
			in = nil
		}
	}
	if in == nil {
		return action.HoleText, unknown
	}
	line, rest, found := strings.Cut(*in, delim[:1])
	for !raw && found && strings.HasSuffix(line, "\\") {
		var more string
		more, rest, found = strings.Cut(rest, delim[:1])
		line = strings.TrimSuffix(line, "\\") + more
	}
	if fd != "" && fd != "0" {
		x.s.fds = cloneSet(x.s.fds, fd, rest)
	} else {
		x.s.in = &rest
	}
	if !found {
		if action.Holed(line) {
			return line, unknown // a hole may hold more lines
		}
		return line, failure
	}
	return line, success
}

func (e *evaluator) doMapfile(c *command, s *state) []*state {
	r := done(s, unknown)[0]
	name, trim, callback, fd, partly := "MAPFILE", false, "", "", false
	args := c.argv[1:]
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-t":
			trim = true
		case strings.HasPrefix(a, "-") && len(a) == 2 && i+1 < len(args):
			i++
			switch a {
			case "-C":
				callback = args[i]
			case "-u":
				fd = args[i]
			case "-c":
			default:
				partly = true // -d, -n, -s, -O: other lines than all
			}
		case !strings.HasPrefix(a, "-"):
			name = a
		default:
			partly = true // several options in one word
		}
	}
	list := []string{action.HoleText}
	in := r.in
	if fd != "" {
		if text, ok := r.fds[fd]; ok {
			in = &text
		} else {
			in = nil
		}
	}
	if in != nil && !partly {
		list = nil
		for _, l := range strings.SplitAfter(*in, "\n") {
			if l == "" {
				continue
			}
			if trim {
				l = strings.TrimSuffix(l, "\n")
			}
			list = append(list, l)
		}
		empty := ""
		if fd == "" {
			r.in = &empty
		}
	}
	if syntax.ValidName(name) {
		r.set(name, &variable{kind: indexed, list: list})
	}
	if callback != "" {
		child := r.subshell()
		child.capture = false
		e.nested(c.src, child, callback, "mapfile -C", c.span)
	}
	return []*state{r}
}
