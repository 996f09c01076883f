package javascript

import (
	"slices"
	"strings"
)

// An eraser blanks the types of a TypeScript program (5.9), token by token, and
// leaves everything else where it is, but for the few forms that are more than
// types: enums become objects, parameter properties assignments, namespaces
// blocks. What it does not know it leaves, for the parser to refuse.
type eraser struct {
	toks   []tsToken
	out    []byte
	depth  int
	insert []insertion
}

type insertion struct {
	at   int
	text string
}

// A scopeKind says what the brackets around tokens are.
type scopeKind uint8

const (
	inBlock scopeKind = iota
	inObject
	inClass
	inParams
	inGroup
)

// eraseTypes returns a program without its types, each line where it was.
func eraseTypes(program string) (string, bool) {
	toks, ok := tsTokens(program)
	if !ok {
		return "", false
	}
	e := &eraser{toks: toks, out: []byte(program)}
	e.scope(0, len(toks)-1, inBlock)
	slices.SortStableFunc(e.insert, func(a, b insertion) int { return a.at - b.at })
	var b strings.Builder
	last := 0
	for _, in := range e.insert {
		b.Write(e.out[last:in.at])
		b.WriteString(in.text)
		last = in.at
	}
	b.Write(e.out[last:])
	return b.String(), true
}

// blank erases the tokens from i up to j.
func (e *eraser) blank(i, j int) {
	if i >= j || j > len(e.toks) {
		return
	}
	last := &e.toks[j-1]
	for k := e.toks[i].at; k < last.at+len(last.text); k++ {
		if e.out[k] != '\n' && e.out[k] != '\r' {
			e.out[k] = ' '
		}
	}
}

// replace puts a text over a token that is at least as long.
func (e *eraser) replace(i int, text string) {
	e.blank(i, i+1)
	copy(e.out[e.toks[i].at:], text)
}

// endsValue reports whether a token may be the last of an expression.
func (e *eraser) endsValue(i int) bool {
	if i < 0 {
		return false
	}
	switch t := &e.toks[i]; t.kind {
	case tsLiteral:
		return true
	case tsTemplate:
		return !t.opens
	case tsName:
		switch t.text {
		case "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "instanceof", "else", "do", "await", "yield", "extends", "default", "export", "import", "const", "let", "var":
			return e.is(i-1, ".")
		}
		return true
	default:
		return t.text == ")" || t.text == "]" || t.text == "}" || t.text == "!"
	}
}

// scope goes over the tokens from i up to end, which stand in brackets of a kind.
func (e *eraser) scope(i, end int, kind scopeKind) {
	e.depth++
	defer func() { e.depth-- }()
	if e.depth > 300 {
		return
	}
	first := i
	for i < end {
		starts := i == first || e.is(i-1, ";") || e.is(i-1, "}") || e.is(i-1, "{") || e.toks[i].newline || e.is(i-1, ")") || e.is(i-1, "export") || e.is(i-1, "default")
		if kind == inClass {
			i = e.classMember(i, end)
			continue
		}
		if kind == inBlock && starts {
			if j := e.statement(i, end); j > i {
				i = j
				continue
			}
		}
		i = e.step(i, end, kind, first)
	}
}

// step goes over one token or group of an expression.
func (e *eraser) step(i, end int, kind scopeKind, first int) int {
	t := &e.toks[i]
	switch {
	case t.kind == tsName && !e.is(i-1, ".") && !e.is(i-1, "?."):
		return e.word(i, end, kind)
	case t.kind == tsTemplate && t.opens:
		e.scope(i+1, t.partner, inGroup)
		return t.partner
	case t.kind != tsPunct:
	case t.text == "!" && !t.newline && e.endsValue(i-1) && !e.is(i+1, "="):
		e.blank(i, i+1)
	case t.text == "<":
		return e.generic(i)
	case t.text == "(":
		return e.paren(i, kind)
	case t.text == "[":
		e.scope(i+1, t.partner, inGroup)
		return t.partner + 1
	case t.text == "{":
		inner := inBlock
		if e.isObject(i, kind) {
			inner = inObject
		}
		e.scope(i+1, t.partner, inner)
		return t.partner + 1
	case t.text == "@":
		return e.decorator(i)
	}
	return i + 1
}

// decorator blanks @name.name(arguments).
func (e *eraser) decorator(i int) int {
	j := i + 1
	if e.is(j, "(") {
		j = e.after(j)
	} else {
		for j++; e.is(j, ".") && e.name(j+1); {
			j += 2
		}
		if e.is(j, "<") {
			if k := e.angles(j); k > 0 {
				j = k
			}
		}
		if e.is(j, "(") {
			j = e.after(j)
		}
	}
	for k := i; k < j; k++ {
		switch e.toks[k].text {
		case "require", "eval", "import", "exec", "execSync", "spawn", "spawnSync", "=>", "function":
			return i + 1 // more than a decoration: it is left, and the program refused
		}
	}
	e.blank(i, j)
	return j
}

// isObject reports whether a brace opens an object.
func (e *eraser) isObject(i int, kind scopeKind) bool {
	if i == 0 {
		return false
	}
	switch p := &e.toks[i-1]; {
	case p.kind == tsName:
		return p.text == "return" || p.text == "case" || p.text == "in" || p.text == "of" || p.text == "default" || p.text == "await" || p.text == "yield" || p.text == "typeof" || p.text == "throw" || p.text == "export" || p.text == "import"
	case p.kind == tsTemplate:
		return p.opens
	case p.text == ":":
		return kind != inBlock
	}
	return !e.is(i-1, ")") && !e.is(i-1, ";") && !e.is(i-1, "{") && !e.is(i-1, "}") && !e.is(i-1, "=>") && !e.is(i-1, "]")
}

// word goes over a name in an expression, and what types stand after it.
func (e *eraser) word(i, end int, kind scopeKind) int {
	t := &e.toks[i]
	switch t.text {
	case "as", "satisfies":
		if !t.newline && e.endsValue(i-1) && i > 0 && !e.is(i+1, ",") && !e.is(i+1, ")") && !e.is(i+1, "=") && !e.is(i+1, ".") && !e.is(i+1, ":") && !e.is(i+1, "(") || e.is(i+1, "(") && t.text == "as" && !t.newline && e.endsValue(i-1) {
			if j := e.typeEnd(i + 1); j > 0 {
				e.blank(i, j)
				return j
			}
		}
	case "class":
		return e.class(i, end)
	case "function":
		return e.function(i + 1)
	case "const", "let", "var":
		if !e.is(i+1, "enum") {
			return e.declarations(i+1, end)
		}
	case "async":
		if e.is(i+1, "<") {
			if j := e.angles(i + 1); e.is(j, "(") {
				e.blank(i+1, j)
				return j
			}
		}
	case "catch":
		if e.is(i+1, "(") {
			e.params(i + 1)
			return e.after(i + 1)
		}
	}
	return i + 1
}

// generic goes over `<`: of type arguments, of type parameters of an arrow
// function, of a cast, or less than.
func (e *eraser) generic(i int) int {
	j := e.angles(i)
	if j < 0 {
		return i + 1
	}
	switch {
	case e.endsValue(i - 1):
		if !e.is(j, "(") && e.toks[j].kind != tsTemplate {
			return i + 1
		}
	case e.is(j, "("): // (x) => …, or a cast
	case e.toks[j].kind != tsName && e.toks[j].kind != tsLiteral && !e.is(j, "{") && !e.is(j, "["):
		return i + 1
	}
	e.blank(i, j)
	return j
}

// paren goes over parentheses: of parameters, or of an expression.
func (e *eraser) paren(i int, kind scopeKind) int {
	close := e.toks[i].partner
	next := close + 1
	method := kind == inObject && (e.toks[i-1].kind == tsName || e.toks[i-1].kind == tsLiteral || e.is(i-1, "]") || e.is(i-1, ">")) && e.startsMember(i-1)
	switch {
	case e.is(next, "=>"):
		e.params(i)
		return next
	case e.is(next, ":"):
		j := e.typeEnd(next + 1)
		if j > 0 && (e.is(j, "=>") && !e.inTernary(i) || method && e.is(j, "{")) {
			e.params(i)
			e.blank(next, j)
			return j
		}
	case method && e.is(next, "{"):
		e.params(i)
		return next
	}
	e.scope(i+1, close, inGroup)
	return close + 1
}

// startsMember reports whether a name begins a member of an object.
func (e *eraser) startsMember(i int) bool {
	if e.is(i, ">") { // name<T>(…): the types are blank by now
		for i > 0 && !e.is(i, "<") {
			i--
		}
		i--
	}
	if e.is(i, "]") {
		i = e.toks[i].partner
	}
	for i--; e.is(i, "async") || e.is(i, "get") || e.is(i, "set") || e.is(i, "*"); i-- {
	}
	return e.is(i, "{") || e.is(i, ",")
}

// inTernary reports whether a parenthesis stands between ? and : of a condition.
func (e *eraser) inTernary(i int) bool {
	for k := i - 1; k >= 0; k-- {
		switch t := &e.toks[k]; {
		case t.closes && t.partner >= 0:
			k = t.partner
		case t.opens, e.is(k, ";"), e.is(k, ","), e.is(k, "=>"):
			return false
		case e.is(k, "?"):
			return true
		}
	}
	return false
}

// params goes over the parameters between parentheses.
func (e *eraser) params(open int) {
	end := e.toks[open].partner
	for i := open + 1; i < end; {
		i = e.param(i, end, open)
	}
}

// param goes over one parameter, and the comma after it.
func (e *eraser) param(i, end, open int) int {
	property := false
	for i < end && e.is(i, "@") {
		if j := e.decorator(i); j > i+1 {
			i = j
		} else {
			i++
		}
	}
	for e.name(i) && isModifier(e.toks[i].text) && (e.name(i+1) || e.is(i+1, "{") || e.is(i+1, "[")) {
		e.blank(i, i+1)
		property = true
		i++
	}
	if e.is(i, "this") && e.is(i+1, ":") {
		if j := e.typeEnd(i + 2); j > 0 {
			if e.is(j, ",") {
				j++
			}
			e.blank(i, j)
			return j
		}
	}
	if property && e.name(i) {
		if body := e.bodyOf(open); body > 0 {
			n := e.toks[i].text
			e.insert = append(e.insert, insertion{e.toks[body].at + 1, "this." + n + "=" + n + ";"})
		}
	}
	if e.is(i, "...") {
		i++
	}
	i = e.binding(i, end)
	for i < end && !e.is(i, ",") { // a default
		i = e.step(i, end, inGroup, i)
	}
	return i + 1
}

// bodyOf returns the brace after parameters.
func (e *eraser) bodyOf(open int) int {
	i := e.after(open)
	if e.is(i, ":") {
		i = e.typeEnd(i + 1)
	}
	if e.is(i, "{") {
		return i
	}
	return -1
}

// binding goes over a name or pattern and its type.
func (e *eraser) binding(i, end int) int {
	switch {
	case e.is(i, "{"):
		e.scope(i+1, e.toks[i].partner, inObject)
		i = e.after(i)
	case e.is(i, "["):
		e.scope(i+1, e.toks[i].partner, inGroup)
		i = e.after(i)
	case e.name(i):
		i++
	default:
		return i
	}
	if i < end && (e.is(i, "?") || e.is(i, "!")) {
		e.blank(i, i+1)
		i++
	}
	if i < end && e.is(i, ":") {
		if j := e.typeEnd(i + 1); j > 0 {
			e.blank(i, j)
			return j
		}
	}
	return i
}

// declarations goes over the variables of const, let and var.
func (e *eraser) declarations(i, end int) int {
	for i < end {
		i = e.binding(i, end)
		if !e.is(i, "=") {
			if !e.is(i, ",") {
				return i
			}
			i++
			continue
		}
		for i++; i < end && !e.is(i, ",") && !e.is(i, ";"); {
			t := &e.toks[i]
			if t.newline && e.endsValue(i-1) && (t.kind != tsPunct && t.kind != tsTemplate || t.text == "{" || t.text == "@") && t.text != "as" && t.text != "satisfies" && t.text != "instanceof" && t.text != "in" {
				return i
			}
			i = e.step(i, end, inGroup, i)
		}
		if !e.is(i, ",") {
			return i
		}
		i++
	}
	return i
}

// function goes over what stands after the word function, up to the body.
func (e *eraser) function(i int) int {
	start := i - 1
	if e.is(start-1, "async") {
		start--
	}
	if e.is(start-1, "default") {
		start--
	}
	if e.is(start-1, "export") {
		start--
	}
	if e.is(i, "*") {
		i++
	}
	if e.name(i) {
		i++
	}
	if e.is(i, "<") {
		if j := e.angles(i); j > 0 {
			e.blank(i, j)
			i = j
		}
	}
	if !e.is(i, "(") {
		return i
	}
	return e.signature(i, start)
}

// signature goes over parameters and the type of the result; one that has no
// body is blank from start on.
func (e *eraser) signature(i, start int) int {
	end := e.after(i)
	if e.is(end, ":") {
		if j := e.typeEnd(end + 1); j > 0 {
			if !e.is(j, "{") {
				return e.noBody(start, j)
			}
			e.params(i)
			e.blank(end, j)
			return j
		}
	}
	if !e.is(end, "{") {
		return e.noBody(start, end)
	}
	e.params(i)
	return end
}

func (e *eraser) noBody(start, end int) int {
	if e.is(end, ";") {
		end++
	}
	e.blank(start, end)
	return end
}

func isModifier(w string) bool {
	switch w {
	case "public", "private", "protected", "readonly", "override", "abstract", "declare":
		return true
	}
	return false
}

// class goes over the head of a class and its body.
func (e *eraser) class(i, end int) int {
	i++
	if e.name(i) && !e.is(i, "extends") && !e.is(i, "implements") {
		i++
	}
	for i < end && !e.is(i, "{") {
		switch {
		case e.is(i, "<"):
			j := e.angles(i)
			if j < 0 {
				return i
			}
			e.blank(i, j)
			i = j
		case e.is(i, "implements"):
			j := i
			for j < end && !e.is(j, "{") {
				j = e.typeEnd(j + 1)
				if j < 0 {
					return i
				}
			}
			e.blank(i, j)
			i = j
		default:
			i = e.step(i, end, inGroup, i)
		}
	}
	if i >= end {
		return i
	}
	e.scope(i+1, e.toks[i].partner, inClass)
	return e.after(i)
}

// classMember goes over one member of a class.
func (e *eraser) classMember(i, end int) int {
	if e.is(i, ";") {
		return i + 1
	}
	if e.is(i, "@") {
		return e.decorator(i)
	}
	start, gone := i, false
	more := func(k int) bool {
		return (e.name(k) || e.toks[k].kind == tsLiteral || e.is(k, "[") || e.is(k, "*") || e.is(k, "{")) && !e.toks[k].newline
	}
	for e.name(i) && (isModifier(e.toks[i].text) || isPlainModifier(e.toks[i].text)) && more(i+1) {
		gone = gone || e.is(i, "abstract") || e.is(i, "declare")
		if isModifier(e.toks[i].text) {
			e.blank(i, i+1)
		}
		if e.is(i, "static") && e.is(i+1, "{") {
			e.scope(i+2, e.toks[i+1].partner, inBlock)
			return e.after(i + 1)
		}
		i++
	}
	if e.is(i, "*") {
		i++
	}
	if e.is(i, "[") {
		if e.name(i+1) && e.is(i+2, ":") { // an index signature
			gone = true
		}
		e.scope(i+1, e.toks[i].partner, inGroup)
		i = e.after(i)
	} else {
		i++
	}
	if e.is(i, "?") || e.is(i, "!") {
		e.blank(i, i+1)
		i++
	}
	if e.is(i, "<") {
		if j := e.angles(i); j > 0 {
			e.blank(i, j)
			i = j
		}
	}
	if e.is(i, "(") {
		j := e.signature(i, start)
		if e.is(j, "{") && e.toks[j].partner > 0 {
			e.scope(j+1, e.toks[j].partner, inBlock)
			return e.after(j)
		}
		return max(j, start+1)
	}
	if e.is(i, ":") {
		if j := e.typeEnd(i + 1); j > 0 {
			e.blank(i, j)
			i = j
		}
	}
	if e.is(i, "=") {
		for i++; i < end && !e.is(i, ";"); {
			t := &e.toks[i]
			if t.newline && e.endsValue(i-1) && (t.kind != tsPunct || t.text == "@" || t.text == "[" || t.text == "*" || t.text == "#") {
				break
			}
			i = e.step(i, end, inGroup, i)
		}
	}
	if gone {
		e.blank(start, i)
	}
	return max(i, start+1)
}

// isPlainModifier reports whether a word before a member is JavaScript too.
func isPlainModifier(w string) bool {
	switch w {
	case "static", "async", "get", "set", "accessor":
		return true
	}
	return false
}
