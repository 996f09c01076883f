package python

import (
	"slices"

	"github.com/venv-guard/venv-guard/classify/code/pylex"
)

// exprList reads expressions with commas: a tuple, or the one that is there.
func (p *parser) exprList() *expr {
	pos := p.pos()
	first := p.starExpr()
	if !p.is(",") {
		return first
	}
	tuple := p.expr(tupleExpr, pos)
	tuple.list = append(tuple.list, first)
	for p.take(",") {
		if p.endsList() {
			break
		}
		tuple.list = append(tuple.list, p.starExpr())
	}
	return tuple
}

// endsList reports whether nothing more of a list follows a comma.
func (p *parser) endsList() bool {
	switch p.kind() {
	case pylex.Newline, pylex.End, pylex.FEnd, pylex.Dedent:
		return true
	case pylex.Op:
		switch p.text() {
		case ")", "]", "}", "=", ":", ";", "!":
			return true
		}
		return isAug(p.text())
	case pylex.Name:
		return p.is("in") || p.is("for")
	}
	return false
}

func (p *parser) starExpr() *expr {
	if p.is("*") {
		e := p.expr(star, p.pos())
		p.i++
		e.a = p.binary(0)
		return e
	}
	return p.namedExpr()
}

// targets reads what a for assigns to.
func (p *parser) targets() *expr { return p.listOf(p.starTarget, "in") }

// listOf reads one thing, or a tuple of several up to a word that may stand
// behind a last comma.
func (p *parser) listOf(one func() *expr, end string) *expr {
	pos := p.pos()
	first := one()
	if !p.is(",") {
		return first
	}
	tuple := p.expr(tupleExpr, pos)
	tuple.list = append(tuple.list, first)
	for p.take(",") && !p.is(end) {
		tuple.list = append(tuple.list, one())
	}
	return tuple
}

func (p *parser) starTarget() *expr {
	if p.is("*") {
		e := p.expr(star, p.pos())
		p.i++
		e.a = p.unary()
		return e
	}
	return p.unary()
}

func (p *parser) namedExpr() *expr {
	if p.kind() == pylex.Name && p.textAt(p.i+1) == ":=" {
		e := p.expr(walrusExpr, p.pos())
		e.a = p.expr(nameExpr, p.pos())
		e.a.text = p.ident()
		p.i += 2
		e.b = p.test()
		return e
	}
	return p.test()
}

// test reads an expression without commas.
func (p *parser) test() *expr {
	defer func() { p.depth-- }()
	if !p.enter() {
		p.skipLine()
		return p.expr(unknownExpr, p.pos())
	}
	if p.is("lambda") {
		return p.lambda()
	}
	e := p.binary(0)
	if !p.is("if") {
		return e
	}
	cond := p.expr(ifExpr, e.pos)
	p.i++
	cond.b, cond.a = e, p.binary(0)
	if p.take("else") {
		cond.c = p.test()
	}
	return cond
}

func (p *parser) lambda() *expr {
	e := p.expr(lambdaExpr, p.pos())
	p.i++
	e.fn = &function{name: "<lambda>", pos: e.pos, src: p.src}
	e.fn.params = p.params(":")
	p.take(":")
	e.fn.value = p.test()
	return e
}

// precedence is how strong an operator binds; 0 for what is none.
func (p *parser) precedence() int {
	switch p.kind() {
	case pylex.Op:
		switch p.text() {
		case "<", ">", "==", ">=", "<=", "!=", "<>":
			return 4
		case "|":
			return 5
		case "^":
			return 6
		case "&":
			return 7
		case "<<", ">>":
			return 8
		case "+", "-":
			return 9
		case "*", "/", "//", "%", "@":
			return 10
		}
	case pylex.Name:
		switch p.text() {
		case "or":
			return 1
		case "and":
			return 2
		case "in", "is":
			return 4
		case "not":
			if p.textAt(p.i+1) == "in" {
				return 4
			}
		}
	}
	return 0
}

// binary reads operators that bind stronger than least.
func (p *parser) binary(least int) *expr {
	var left *expr
	if p.is("not") && least < 3 {
		defer func() { p.depth-- }()
		left = p.expr(unaryExpr, p.pos())
		left.text = "not"
		if p.i++; p.enter() {
			left.a = p.binary(2)
		} else {
			p.skipLine()
			left.a = p.expr(unknownExpr, p.pos())
		}
	} else {
		left = p.unary()
	}
	for {
		n := p.precedence()
		if n == 0 || n <= least {
			return left
		}
		e := p.expr(binaryExpr, left.pos)
		e.text = p.text()
		p.i++
		switch n {
		case 1, 2:
			e.op = boolExpr
		case 4:
			e.op = compareExpr
			if e.text == "not" || e.text == "is" && p.is("not") {
				e.text += " " + p.text()
				p.i++
			}
		}
		e.a, e.b = left, p.binary(n)
		left = e
	}
}

func (p *parser) unary() *expr {
	pos := p.pos()
	if p.is("-") || p.is("+") || p.is("~") {
		defer func() { p.depth-- }()
		e := p.expr(unaryExpr, pos)
		e.text = p.text()
		if p.i++; p.enter() {
			e.a = p.unary()
		} else {
			p.skipLine()
			e.a = p.expr(unknownExpr, pos)
		}
		return e
	}
	if p.is("await") {
		p.i++
	}
	base := p.postfix(p.atom())
	if !p.is("**") {
		return base
	}
	defer func() { p.depth-- }()
	e := p.expr(binaryExpr, pos)
	e.text = "**"
	e.a = base
	if p.i++; p.enter() {
		e.b = p.unary()
	} else {
		p.skipLine()
		e.b = p.expr(unknownExpr, pos)
	}
	return e
}

// postfix reads attributes, calls and subscripts.
func (p *parser) postfix(base *expr) *expr {
	for p.kind() == pylex.Op {
		switch p.text() {
		case ".":
			if p.kindAt(p.i+1) != pylex.Name {
				return base
			}
			p.i++
			e := p.expr(attrExpr, p.pos())
			e.a, e.text = base, p.ident()
			p.i++
			base = e
		case "(":
			e := p.expr(callExpr, base.pos)
			p.i++
			e.a, e.list = base, p.args()
			base = e
		case "[":
			e := p.expr(indexExpr, base.pos)
			p.i++
			e.a, e.b = base, p.subscript()
			p.close("]")
			base = e
		default:
			return base
		}
	}
	return base
}

// close skips to a closing bracket.
func (p *parser) close(bracket string) {
	for depth := 0; p.kind() != pylex.End && p.kind() != pylex.Newline; p.i++ {
		if p.kind() != pylex.Op {
			continue
		}
		switch p.text() {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			if depth == 0 {
				p.take(bracket)
				return
			}
			depth--
		}
	}
}

// args reads arguments behind an opening bracket.
func (p *parser) args() (out []*expr) {
	for !p.is(")") && p.kind() != pylex.End && p.kind() != pylex.Newline {
		at, pos := p.i, p.pos()
		var e *expr
		switch {
		case p.take("**"):
			e = p.expr(starStar, pos)
			e.a = p.test()
		case p.kind() == pylex.Name && p.textAt(p.i+1) == "=":
			e = p.expr(keyword, pos)
			e.text = p.ident()
			p.i += 2
			e.a = p.test()
		default:
			e = p.starExpr()
			if p.is("for") || p.is("async") {
				e = p.comprehension("(", e, nil)
			}
		}
		out = append(out, e)
		if !p.take(",") && !p.is(")") && p.i == at {
			p.i++
		}
	}
	p.take(")")
	return out
}

func (p *parser) subscript() *expr { return p.listOf(p.slice, "]") }

func (p *parser) slice() *expr {
	var parts [3]*expr
	n, pos := 0, p.pos()
	for n < 3 {
		if !p.is(":") && !p.is("]") && !p.is(",") {
			parts[n] = p.starExpr()
		}
		if !p.take(":") {
			break
		}
		n++
	}
	if n == 0 {
		if parts[0] == nil {
			return p.expr(unknownExpr, pos)
		}
		return parts[0]
	}
	e := p.expr(sliceExpr, pos)
	e.list = parts[:]
	return e
}

// comprehension reads the clauses behind an element.
func (p *parser) comprehension(kind string, a, b *expr) *expr {
	e := p.expr(compExpr, a.pos)
	e.text, e.a, e.b = kind, a, b
	for p.is("for") || p.is("async") {
		p.take("async")
		p.take("for")
		c := p.expr(forClause, p.pos())
		c.a = p.targets()
		p.take("in")
		c.b = p.binary(0)
		for p.take("if") {
			c.list = append(c.list, p.condition())
		}
		e.list = append(e.list, c)
	}
	return e
}

// condition reads one of a comprehension, which has no else.
func (p *parser) condition() *expr {
	if p.kind() == pylex.Name && p.textAt(p.i+1) == ":=" {
		return p.namedExpr()
	}
	return p.binary(0)
}

// atom reads a name, literal or bracket.
func (p *parser) atom() *expr {
	pos := p.pos()
	switch p.kind() {
	case pylex.Name:
		if p.is("yield") {
			return p.yield(pos)
		}
		if p.is("lambda") {
			return p.lambda()
		}
		if p.is("else") || p.is("in") || p.is("for") || p.is("if") || p.is("import") {
			return p.expr(unknownExpr, pos)
		}
		e := p.expr(nameExpr, pos)
		e.text = p.ident()
		p.i++
		return e
	case pylex.Number:
		e := p.expr(numberExpr, pos)
		e.text = p.text()
		p.i++
		return e
	case pylex.String, pylex.FStart:
		return p.strings()
	case pylex.Op:
		switch p.text() {
		case "(":
			return p.parens(pos)
		case "[":
			return p.brackets(pos)
		case "{":
			return p.braces(pos)
		case "...":
			p.i++
		}
	case pylex.Invalid:
		p.i++
	}
	return p.expr(unknownExpr, pos)
}

func (p *parser) yield(pos uint32) *expr {
	e := p.expr(yieldExpr, pos)
	p.i++
	if p.fn != nil {
		p.fn.yields = true
	}
	e.flag = p.take("from")
	if !p.endsList() {
		e.a = p.exprList()
	}
	return e
}

func (p *parser) parens(pos uint32) *expr {
	p.i++
	if p.take(")") {
		return p.expr(tupleExpr, pos)
	}
	e := p.exprList()
	if p.is("for") || p.is("async") {
		e = p.comprehension("(", e, nil)
	}
	p.close(")")
	return e
}

func (p *parser) brackets(pos uint32) *expr {
	p.i++
	list := p.expr(listExpr, pos)
	for !p.is("]") && p.kind() != pylex.End && p.kind() != pylex.Newline {
		at := p.i
		e := p.starExpr()
		if p.is("for") || p.is("async") {
			e = p.comprehension("[", e, nil)
			p.close("]")
			return e
		}
		list.list = append(list.list, e)
		if !p.take(",") && !p.is("]") && p.i == at {
			p.i++
		}
	}
	p.take("]")
	return list
}

func (p *parser) braces(pos uint32) *expr {
	p.i++
	e := p.expr(dictExpr, pos)
	for !p.is("}") && p.kind() != pylex.End && p.kind() != pylex.Newline {
		at := p.i
		if p.take("**") {
			e.list = append(e.list, nil, p.binary(0))
		} else {
			key := p.starExpr()
			var val *expr
			if p.take(":") {
				val = p.test()
			} else {
				e.op = setExpr
			}
			if p.is("for") || p.is("async") {
				kind := ":"
				if val == nil {
					kind = "{"
				}
				c := p.comprehension(kind, key, val)
				p.close("}")
				return c
			}
			e.list = append(e.list, key)
			if val != nil {
				e.list = append(e.list, val)
			}
		}
		if !p.take(",") && !p.is("}") && p.i == at {
			p.i++
		}
	}
	p.take("}")
	if e.op == setExpr { // {**a, b} is no Python
		e.list = slices.DeleteFunc(e.list, func(x *expr) bool { return x == nil })
	}
	if e.op == dictExpr && len(e.list)%2 == 1 || e.op == setExpr && len(e.list) == 0 {
		e.op = unknownExpr
	}
	return e
}
