package shell

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
)

// Package expand computes with whatever values it is given. A hole is not a
// value: its length, its parts and its arithmetic are not those of the marker.
// prepare returns a word in which every expansion that would compute with a
// hole is replaced by its result, so that expand never sees one; it also mends
// what expand reads differently from bash inside ${…}: backslashes, and single
// quotes between double quotes, which bash takes literally.
func (x *expander) prepare(w *syntax.Word) *syntax.Word { return x.prepareParts(w, false) }

func (x *expander) prepareParts(w *syntax.Word, dq bool) *syntax.Word {
	parts, changed := x.parts(w.Parts, dq, false)
	if !changed {
		return w
	}
	return &syntax.Word{Parts: parts}
}

// parts prepares word parts; dq is set between double quotes and in a
// here-document, inner inside ${…}.
func (x *expander) parts(ps []syntax.WordPart, dq, inner bool) ([]syntax.WordPart, bool) {
	var out []syntax.WordPart // nil until something changed
	for i, p := range ps {
		var with []syntax.WordPart
		switch p := p.(type) {
		case *syntax.Lit:
			if inner && strings.Contains(p.Value, "\\") {
				with = unescapeLit(p.Value, dq)
			} else if x.src.lang == syntax.LangPOSIX && !dq && strings.Contains(p.Value, "{") && !strings.Contains(p.Value, "\\") {
				with = dashLit(p.Value)
			}
		case *syntax.SglQuoted:
			if dq && inner && !p.Dollar {
				with = []syntax.WordPart{&syntax.SglQuoted{Value: "'" + p.Value + "'"}}
			}
		case *syntax.DblQuoted:
			if in, changed := x.parts(p.Parts, true, false); changed {
				with = []syntax.WordPart{&syntax.DblQuoted{Parts: in}}
			}
		case *syntax.ParamExp:
			if x.src.lang == syntax.LangZsh {
				if np := x.zshParam(p, dq); np != nil {
					with = []syntax.WordPart{np}
					break
				}
			}
			if !simpleParam(p) {
				if np := x.param(p, dq); np != p {
					with = []syntax.WordPart{np}
				}
			}
		case *syntax.ArithmExp:
			if x.arithmHoled(p.X, 0) {
				with = []syntax.WordPart{&syntax.Lit{Value: action.HoleText}}
			}
		}
		switch {
		case with != nil && out == nil:
			out = append(append(make([]syntax.WordPart, 0, len(ps)+len(with)), ps[:i]...), with...)
		case with != nil:
			out = append(out, with...)
		case out != nil:
			out = append(out, p)
		}
	}
	return out, out != nil
}

func simpleParam(p *syntax.ParamExp) bool {
	return p.Param != nil && p.Flags == nil && !p.Excl && !p.Length && !p.Width && !p.IsSet &&
		p.Split == 0 && p.GlobSubst == 0 && p.RcExpand == 0 && p.NestedParam == nil && p.Index == nil &&
		len(p.Modifiers) == 0 && p.Slice == nil && p.Repl == nil && p.Names == 0 && p.Exp == nil
}

// unescapeLit splits unquoted text at its backslashes, so that the escaped
// characters count as quoted. Between double quotes only four characters can
// be escaped (and the closing brace of ${…}).
func unescapeLit(s string, dq bool) []syntax.WordPart {
	var out []syntax.WordPart
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 || i == len(s)-1 {
			break
		}
		esc := s[i+1 : i+2]
		if r := []rune(s[i+1:]); len(r) > 0 {
			esc = string(r[0])
		}
		if i > 0 {
			out = append(out, &syntax.Lit{Value: s[:i]})
		}
		if dq && !strings.Contains("$`\"\\}", esc) {
			esc = "\\" + esc
			s = s[i+len(esc):]
		} else {
			s = s[i+1+len(esc):]
		}
		out = append(out, &syntax.SglQuoted{Value: esc})
	}
	if s != "" || out == nil {
		out = append(out, &syntax.Lit{Value: s})
	}
	return out
}

// unescape splits the unquoted text of a whole word as unescapeLit does.
func unescape(w *syntax.Word) *syntax.Word {
	var out []syntax.WordPart
	for i, p := range w.Parts {
		lit, ok := p.(*syntax.Lit)
		if !ok || !strings.Contains(lit.Value, "\\") {
			if out != nil {
				out = append(out, p)
			}
			continue
		}
		if out == nil {
			out = append([]syntax.WordPart{}, w.Parts[:i]...)
		}
		out = append(out, unescapeLit(lit.Value, false)...)
	}
	if out == nil {
		return w
	}
	return &syntax.Word{Parts: out}
}

// value makes a word part that expands to s, subject to splitting where an
// expansion would be.
func (x *expander) value(s string) syntax.WordPart {
	name := "\x01" + strconv.Itoa(len(x.temps))
	x.temps = append(x.temps, s)
	return &syntax.ParamExp{Short: true, Param: &syntax.Lit{Value: name}}
}

func (x *expander) hole() syntax.WordPart { return x.value(action.HoleText) }

// partOf is a part of a value, or all of it in another form, that cannot be
// worked out.
func (x *expander) partOf(v expand.Variable) syntax.WordPart {
	return x.value(x.e.holeOf(v.Str + strings.Join(v.List, "")))
}

func holedVar(v expand.Variable) bool {
	if action.Holed(v.Str) {
		return true
	}
	for _, s := range v.List {
		if action.Holed(s) {
			return true
		}
	}
	for _, s := range v.Map {
		if action.Holed(s) {
			return true
		}
	}
	return false
}

// param prepares a ${…} that does more than name a variable.
func (x *expander) param(p *syntax.ParamExp, dq bool) syntax.WordPart {
	if p.Param == nil || p.Flags != nil || p.Width || p.IsSet || p.NestedParam != nil ||
		len(p.Modifiers) > 0 || p.Split != 0 || p.GlobSubst != 0 || p.RcExpand != 0 {
		x.visit(p)
		if p.Flags != nil && p.Param != nil && strings.Contains(p.Flags.Value, "e") {
			// zsh's ${(e)name} expands the value again.
			return x.value(x.promptText((*expandEnv)(x).Get(p.Param.Value).Str))
		}
		return x.hole()
	}
	if p.Index != nil && !isStar(p.Index) && x.indexHoled(p) {
		x.visitRest(p)
		return x.hole()
	}
	if p.Names != 0 {
		return p
	}
	if p.Exp != nil {
		x.command = false // the author says what stands for an unset variable
	}
	x.must = p.Exp != nil && (p.Exp.Op == syntax.ErrorUnset || p.Exp.Op == syntax.ErrorUnsetOrNull)
	if p.Exp != nil && !x.must && x.s.opts.nounset {
		switch p.Exp.Op {
		case syntax.DefaultUnset, syntax.DefaultUnsetOrNull, syntax.AssignUnset, syntax.AssignUnsetOrNull,
			syntax.AlternateUnset, syntax.AlternateUnsetOrNull:
			if x.spared == nil {
				x.spared = map[string]bool{}
			}
			x.spared[p.Param.Value] = true
		}
	}
	v := (*expandEnv)(x).Get(p.Param.Value)
	if x.must = false; holedVar(v) && p.Exp != nil && p.Exp.Op == syntax.ErrorUnset {
		return x.value(v.Str)
	}
	if n, t := v.Resolve((*expandEnv)(x)); n != "" && !p.Excl {
		v = t
	}
	if p.Excl && p.Index == nil && v.Kind != expand.NameRef {
		return x.indirect(p, v, dq)
	}
	holed := holedVar(v)
	switch {
	case p.Length, p.Excl:
		if holed && !p.Excl {
			return x.hole() // a number
		}
		return p
	case p.Slice != nil:
		bad := holed && v.Kind != expand.Indexed
		for _, a := range []syntax.ArithmExpr{p.Slice.Offset, p.Slice.Length} {
			if a != nil && x.arithmHoled(a, 0) {
				bad = true
			}
		}
		if bad {
			return x.partOf(v)
		}
		return p
	case p.Repl != nil:
		x.e.spend(weighMatch + 300*len(v.Str) + weighMatch*len(v.List))
		c := *p
		c.Repl = &syntax.Replace{All: p.Repl.All, Orig: x.innerWord(p.Repl.Orig, false), With: x.innerWord(p.Repl.With, false)}
		if v.Kind == expand.String && !holed && p.Index == nil {
			if val, ok := x.replaced(c.Repl, v.Str); ok {
				return x.value(val)
			}
		}
		if list := p.Index != nil && isStar(p.Index) || p.Param.Value == "@" || p.Param.Value == "*"; list && v.Kind == expand.Indexed && !holed {
			if list, ok := x.replacedAll(c.Repl, v.List); ok {
				return x.list(p, list, func(val string) string { return val })
			}
		}
		// An unquoted & in the replacement is the match, since bash 5.2.
		if holed || x.wordHoled(c.Repl.Orig) || anchored(c.Repl.Orig) || hasMatchMark(p.Repl.With) || x.wordHasMatchMark(p.Repl.With) {
			for _, w := range []*syntax.Word{p.Repl.Orig, p.Repl.With} {
				if w != nil {
					x.visit(w)
				}
			}
			return x.partOf(v)
		}
		return &c
	case p.Exp != nil:
		x.e.spend(weighMatch + 300*len(v.Str) + weighMatch*len(v.List))
		return x.operator(p, v, holed, dq)
	}
	return p
}

func hasMatchMark(w *syntax.Word) bool {
	if w == nil {
		return false
	}
	for _, p := range w.Parts {
		if lit, ok := p.(*syntax.Lit); ok && strings.Contains(strings.ReplaceAll(lit.Value, `\&`, ""), "&") {
			return true
		}
	}
	return false
}

// operator prepares ${name<op>word}.
func (x *expander) operator(p *syntax.ParamExp, v expand.Variable, holed, dq bool) syntax.WordPart {
	c := *p
	switch op := p.Exp.Op; op {
	case syntax.DefaultUnset, syntax.DefaultUnsetOrNull, syntax.AssignUnset, syntax.AssignUnsetOrNull,
		syntax.AlternateUnset, syntax.AlternateUnsetOrNull, syntax.ErrorUnset, syntax.ErrorUnsetOrNull:
		orNull := op == syntax.DefaultUnsetOrNull || op == syntax.AssignUnsetOrNull || op == syntax.AlternateUnsetOrNull
		c.Exp = &syntax.Expansion{Op: op, Word: x.innerWord(p.Exp.Word, dq)}
		if !action.OnlyHoles(v.Str) || v.Kind != expand.String || !orNull {
			return &c
		}
		// A value that is not known at all may be empty.
		empty := x.blind || x.ch.choose(2) == 1
		switch {
		case op == syntax.AlternateUnsetOrNull && empty:
			return x.value("")
		case op == syntax.AlternateUnsetOrNull, empty:
			val := ""
			if c.Exp.Word != nil {
				val = x.literal(c.Exp.Word)
			}
			if op == syntax.AssignUnsetOrNull && p.Index == nil {
				x.s.set(p.Param.Value, &variable{alts: []string{val}})
				delete(x.picked, p.Param.Value)
			}
			return x.value(val)
		}
		if p.Exp.Word != nil {
			x.visit(p.Exp.Word)
		}
		return x.partOf(v)
	case syntax.OtherParamOps:
		if p.Exp.Word != nil && p.Exp.Word.Lit() == "P" && !holed {
			return x.value(x.promptText(v.String()))
		}
		if holed {
			return x.partOf(v)
		}
		return x.transformed(p, v)
	}
	c.Exp = &syntax.Expansion{Op: p.Exp.Op, Word: x.innerWord(p.Exp.Word, false)}
	switch {
	case !holed && (c.Exp.Word == nil || !x.wordHoled(c.Exp.Word)):
		return &c
	case p.Exp.Op == syntax.RemLargePrefix && p.Exp.Word.Lit() == "*/" && v.Kind == expand.String:
		// The base name of a path is known when only its directory is not.
		if i := strings.LastIndexByte(v.Str, '/'); i >= 0 && !action.Holed(v.Str[i:]) {
			return x.value(v.Str[i+1:])
		}
	}
	if p.Exp.Word != nil {
		x.visit(p.Exp.Word)
	}
	return x.partOf(v)
}

// innerWord prepares a word inside ${…}.
func (x *expander) innerWord(w *syntax.Word, dq bool) *syntax.Word {
	if w == nil {
		return nil
	}
	parts, changed := x.parts(w.Parts, dq, true)
	if !changed {
		return w
	}
	return &syntax.Word{Parts: parts}
}

// wordHoled reports whether a word expands to something with a hole.
func (x *expander) wordHoled(w *syntax.Word) bool {
	if w == nil {
		return false
	}
	if _, ok := plain(w); ok {
		return false
	}
	s, err := x.expanded(expand.Literal, w)
	return err != nil || action.Holed(s)
}

// indirect prepares ${!name} and ${!name<op>…}.
func (x *expander) indirect(p *syntax.ParamExp, v expand.Variable, dq bool) syntax.WordPart {
	if action.Holed(v.Str) || v.Kind == expand.Indexed || v.Kind == expand.Associative {
		x.visitRest(p)
		return x.hole()
	}
	if !v.IsSet() || v.Str == "" {
		x.visitRest(p)
		return x.value("")
	}
	name, index, isElem := strings.Cut(strings.TrimSuffix(v.Str, "]"), "[")
	c := *p
	c.Excl = false
	c.Param = &syntax.Lit{Value: name}
	if isElem {
		c.Index = &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: index}}}
	}
	if simpleParam(&c) {
		return &c
	}
	return x.param(&c, dq)
}

// visitRest evaluates the substitutions inside a ${…} whose value is lost.
func (x *expander) visitRest(p *syntax.ParamExp) {
	c := *p
	c.Param = nil
	if c.Exp != nil && c.Exp.Word != nil {
		x.visit(c.Exp.Word)
	}
	if c.Repl != nil {
		for _, w := range []*syntax.Word{c.Repl.Orig, c.Repl.With} {
			if w != nil {
				x.visit(w)
			}
		}
	}
}

func isStar(a syntax.ArithmExpr) bool {
	w, ok := a.(*syntax.Word)
	return ok && (w.Lit() == "@" || w.Lit() == "*")
}

func (x *expander) indexHoled(p *syntax.ParamExp) bool {
	v := x.e.lookup(x.s, p.Param.Value)
	if v != nil && v.kind == associative {
		if w, ok := p.Index.(*syntax.Word); ok {
			return action.Holed(x.literal(w))
		}
	}
	return x.arithmHoled(p.Index, 0)
}

// arithmHoled reports whether an arithmetic expression depends on a hole. On
// the way it evaluates what bash would: a variable's value is an expression in
// turn, and a subscript in it may hold a command substitution.
func (x *expander) arithmHoled(a syntax.ArithmExpr, depth int) bool {
	holed := false
	syntax.Walk(a, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst:
			holed = holed || action.Holed(x.substitute(n).out)
			return false
		case *syntax.ParamExp:
			if n.Param != nil {
				v := (*expandEnv)(x).Get(n.Param.Value)
				holed = holed || holedVar(v) || x.arithmValue(v.Str, depth)
			}
		case *syntax.Lit:
			if syntax.ValidName(n.Value) {
				v := (*expandEnv)(x).Get(n.Value)
				holed = holed || holedVar(v) || x.arithmValue(v.Str, depth)
			} else if strings.ContainsAny(n.Value, "$`") {
				holed = true
			}
		}
		return true
	})
	return holed
}

func (x *expander) arithmValue(val string, depth int) bool {
	if _, err := strconv.Atoi(val); err == nil || val == "" || depth > 4 {
		return false
	}
	if strings.ContainsAny(val, "$`") {
		x.promptText(val)
		return true
	}
	if syntax.ValidName(val) {
		v := (*expandEnv)(x).Get(val)
		return holedVar(v) || x.arithmValue(v.Str, depth+1)
	}
	// An expression in a value is not evaluated; a number to another base is.
	return !isNumber(val)
}

func isNumber(s string) bool {
	s = strings.TrimLeft(strings.Trim(s, " \t\n"), "+-")
	return s == "" || s[0] >= '0' && s[0] <= '9' && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' || r == '#' || r == '@' || r == '_')
	}) < 0
}

// promptText expands a value as bash does with a prompt or a subscript: as if
// it stood between double quotes.
func (x *expander) promptText(text string) string {
	if !strings.ContainsAny(text, "$`") {
		return text
	}
	w, err := syntax.NewParser().Document(strings.NewReader(text))
	if err != nil {
		return action.HoleText
	}
	leave := x.e.enter()
	defer leave()
	return x.document(w)
}
