package python

import (
	"github.com/venv-guard/venv-guard/classify/code/pylex"
)

// simple reads statements up to the end of the line.
func (p *parser) simple(body []*stmt) []*stmt {
	for p.kind() != pylex.Newline && p.kind() != pylex.End && p.kind() != pylex.Dedent {
		at := p.i
		if st := p.small(); st != nil {
			body = append(body, st)
		}
		if !p.take(";") && p.i == at {
			p.i++ // no Python: what stands behind it may be
		}
	}
	if p.kind() == pylex.Newline {
		p.i++
	}
	return body
}

// small reads one statement without a block.
func (p *parser) small() *stmt {
	pos := p.pos()
	if p.kind() == pylex.Magic {
		st := p.stmt(magicStmt, pos)
		st.text = p.text()
		p.i++
		return st
	}
	if p.kind() == pylex.Name {
		if st, ok := p.worded(pos); ok {
			return st
		}
	}
	first := p.exprList()
	switch {
	case p.is(":"): // an annotation
		p.i++
		p.starExpr()
		if !p.take("=") {
			return nil
		}
		st := p.stmt(assignStmt, pos)
		st.list, st.a = []*expr{first}, p.assigned()
		return st
	case p.is("="):
		st := p.stmt(assignStmt, pos)
		st.list = []*expr{first}
		for p.take("=") {
			next := p.assigned()
			if p.is("=") {
				st.list = append(st.list, next)
			} else {
				st.a = next
			}
		}
		return st
	case p.kind() == pylex.Op && isAug(p.text()):
		st := p.stmt(augStmt, pos)
		st.a, st.text = first, p.text()[:len(p.text())-1]
		p.i++
		st.b = p.assigned()
		return st
	}
	st := p.stmt(exprStmt, pos)
	st.a = first
	return st
}

func isAug(text string) bool {
	switch text {
	case "+=", "-=", "*=", "/=", "%=", "@=", "&=", "|=", "^=", "//=", "**=", "<<=", ">>=":
		return true
	}
	return false
}

// assigned reads the right side of an assignment, which IPython lets be a
// command.
func (p *parser) assigned() *expr {
	if p.kind() == pylex.Magic {
		e := p.expr(callExpr, p.pos())
		e.text = p.text() // without a: the command of a line
		p.i++
		return e
	}
	return p.exprList()
}

// worded reads the statements that begin with a word.
func (p *parser) worded(pos uint32) (*stmt, bool) {
	st := func(op op) *stmt { p.i++; return p.stmt(op, pos) }
	ends := func(i int) bool {
		k := p.kindAt(i)
		return k == pylex.Newline || k == pylex.End || p.textAt(i) == ";"
	}
	switch p.text() {
	case "pass":
		p.i++
		return nil, true
	case "break":
		return st(breakStmt), true
	case "continue":
		return st(continueStmt), true
	case "return":
		s := st(returnStmt)
		if !ends(p.i) {
			s.a = p.exprList()
		}
		return s, true
	case "raise":
		s := st(raiseStmt)
		if !ends(p.i) {
			s.a = p.test()
		}
		if p.take("from") {
			p.test()
		}
		return s, true
	case "import":
		return p.imports(st(importStmt)), true
	case "from":
		return p.from(st(fromStmt)), true
	case "global", "nonlocal":
		s := st(globalStmt)
		for p.kind() == pylex.Name {
			n := p.expr(nameExpr, p.pos())
			n.text = p.ident()
			s.list = append(s.list, n)
			p.i++
			p.take(",")
		}
		return s, true
	case "del":
		s := st(delStmt)
		s.list = []*expr{p.exprList()}
		return s, true
	case "assert":
		s := st(exprStmt)
		s.a = p.exprList()
		return s, true
	case "exec", "print": // statements of Python 2
		if k := p.kindAt(p.i + 1); k == pylex.String || k == pylex.Name && !isOperator(p.textAt(p.i+1)) {
			s := p.stmt(exprStmt, pos)
			call := p.expr(callExpr, pos)
			call.a = p.expr(nameExpr, pos)
			call.a.text = p.text()
			p.i++
			call.list = []*expr{p.test()}
			s.a = call
			return s, true
		}
	case "type":
		if p.kindAt(p.i+1) == pylex.Name && (p.textAt(p.i+2) == "=" || p.textAt(p.i+2) == "[") {
			p.skipLine()
			return nil, true
		}
	}
	return nil, false
}

func isOperator(w string) bool {
	switch w {
	case "in", "is", "and", "or", "not", "if", "else", "for":
		return true
	}
	return false
}

// dotted reads a name with dots.
func (p *parser) dotted() string {
	name := ""
	for p.is(".") || p.is("...") {
		name += p.text()
		p.i++
	}
	for p.kind() == pylex.Name && !p.is("import") && !p.is("as") {
		name += p.ident()
		p.i++
		if !p.is(".") {
			break
		}
		name += "."
		p.i++
	}
	return name
}

func (p *parser) imports(s *stmt) *stmt {
	for p.kind() == pylex.Name {
		k := p.expr(keyword, p.pos())
		k.text = p.dotted()
		if p.take("as") && p.kind() == pylex.Name {
			k.a = p.expr(nameExpr, p.pos())
			k.a.text = p.ident()
			p.i++
		}
		s.list = append(s.list, k)
		if !p.take(",") {
			break
		}
	}
	return s
}

func (p *parser) from(s *stmt) *stmt {
	s.text = p.dotted()
	if !p.take("import") {
		return s
	}
	p.take("(")
	if p.take("*") {
		k := p.expr(keyword, s.pos)
		k.text = "*"
		s.list = append(s.list, k)
		return s
	}
	s2 := p.imports(s)
	p.take(")")
	return s2
}
