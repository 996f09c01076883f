package python

import (
	"strings"

	"github.com/venv-guard/venv-guard/classify/code/pylex"
)

// A source is a text with its tokens.
type source struct {
	text  string
	lines []int // offsets of line ends; nil until they are asked for
	at    uint32
	outer *source // of a text in a string, the code that runs it at offset at
}

// maxNesting bounds how deep expressions and statements stand in each other.
// CPython 3.14 reads 6000 levels of them (MAXSTACK in Parser/pegen.h), people
// write ten.
const maxNesting = 150

// A parser makes a tree of what CPython accepts, and of anything else as much as
// it can: what it does not understand is an unknown expression, and reading goes
// on behind it.
type parser struct {
	src   *source
	toks  []pylex.Token
	i     int
	depth int
	deep  bool // something nests too deep to be read
	fn    *function
	nodes int

	exprs []expr
	stmts []stmt
}

func parse(src *source) (body []*stmt, p *parser) {
	p = &parser{src: src, toks: pylex.Tokenize(src.text).List}
	for p.kind() != pylex.End {
		at := p.i
		body = p.statement(body)
		if p.i == at {
			p.i++
		}
	}
	return body, p
}

func (p *parser) kind() pylex.Kind { return p.toks[p.i].Kind }

func (p *parser) text() string { return p.textAt(p.i) }

func (p *parser) textAt(i int) string {
	if i >= len(p.toks) {
		return ""
	}
	t := p.toks[i]
	return p.src.text[t.Start:t.End]
}

func (p *parser) kindAt(i int) pylex.Kind {
	if i >= len(p.toks) {
		return pylex.End
	}
	return p.toks[i].Kind
}

func (p *parser) pos() uint32 { return p.toks[p.i].Start }

// is reports whether the current token is that operator or word.
func (p *parser) is(text string) bool {
	t := p.toks[p.i]
	return (t.Kind == pylex.Op || t.Kind == pylex.Name) && p.src.text[t.Start:t.End] == text
}

func (p *parser) take(text string) bool {
	if p.is(text) {
		p.i++
		return true
	}
	return false
}

func (p *parser) expr(op op, pos uint32) *expr {
	if len(p.exprs) == cap(p.exprs) {
		p.exprs = make([]expr, 0, 256)
	}
	p.nodes++
	p.exprs = append(p.exprs, expr{op: op, pos: pos})
	return &p.exprs[len(p.exprs)-1]
}

func (p *parser) stmt(op op, pos uint32) *stmt {
	if len(p.stmts) == cap(p.stmts) {
		p.stmts = make([]stmt, 0, 64)
	}
	p.nodes++
	p.stmts = append(p.stmts, stmt{op: op, pos: pos})
	return &p.stmts[len(p.stmts)-1]
}

// enter goes one level deeper, and reports whether that can be read; else all
// of what stands there is skipped.
func (p *parser) enter() bool {
	p.depth++
	if p.depth <= maxNesting {
		return true
	}
	p.deep = true
	return false
}

// skipLine moves to the end of the statement.
func (p *parser) skipLine() {
	for k := p.kind(); k != pylex.End && k != pylex.Newline; k = p.kind() {
		p.i++
	}
}

// block reads what stands behind a colon.
func (p *parser) block() (body []*stmt) {
	defer func() { p.depth-- }()
	if !p.enter() {
		p.skipLine()
		return nil
	}
	for p.kind() != pylex.Newline && p.kind() != pylex.End && !p.is(":") {
		p.i++ // no part of a header that is understood
	}
	p.take(":")
	if p.kind() != pylex.Newline {
		return p.simple(nil)
	}
	p.i++
	if p.kind() != pylex.Indent {
		return nil
	}
	p.i++
	for p.kind() != pylex.Dedent && p.kind() != pylex.End {
		at := p.i
		body = p.statement(body)
		if p.i == at {
			p.i++
		}
	}
	if p.kind() == pylex.Dedent {
		p.i++
	}
	return body
}

// statement reads one, or those that semicolons join on a line.
func (p *parser) statement(body []*stmt) []*stmt {
	switch p.kind() {
	case pylex.Newline, pylex.Indent, pylex.Dedent:
		p.i++
		return body
	case pylex.Op:
		if p.is("@") {
			return append(body, p.decorated())
		}
	case pylex.Name:
		if st := p.compound(); st != nil {
			return append(body, st)
		}
	}
	return p.simple(body)
}

// compound reads a statement with a block; nil if there is none.
func (p *parser) compound() *stmt {
	pos := p.pos()
	switch word := p.text(); word {
	case "if", "while":
		p.i++
		st := p.stmt(ifStmt, pos)
		if word == "while" {
			st.op = whileStmt
		}
		st.a = p.namedExpr()
		st.body = p.block()
		st.other = p.orElse()
		return st
	case "for":
		p.i++
		st := p.stmt(forStmt, pos)
		st.a = p.targets()
		p.take("in")
		st.b = p.exprList()
		st.body = p.block()
		st.other = p.orElse()
		return st
	case "try":
		return p.try()
	case "with":
		p.i++
		return p.with(pos)
	case "def":
		return p.def(nil)
	case "class":
		return p.class(nil)
	case "async":
		p.i++
		if p.is("def") || p.is("for") || p.is("with") {
			return p.compound()
		}
		p.i--
	case "match":
		if p.matches() {
			return p.match()
		}
	}
	return nil
}

// orElse reads what is done otherwise.
func (p *parser) orElse() []*stmt {
	pos := p.pos()
	switch {
	case p.is("elif"):
		defer func() { p.depth-- }()
		if !p.enter() {
			p.skipLine()
			return nil
		}
		p.i++
		st := p.stmt(ifStmt, pos)
		st.a = p.namedExpr()
		st.body = p.block()
		st.other = p.orElse()
		return []*stmt{st}
	case p.is("else") && p.textAt(p.i+1) == ":":
		p.i++
		return p.block()
	}
	return nil
}

func (p *parser) try() *stmt {
	st := p.stmt(tryStmt, p.pos())
	p.i++
	st.body = p.block()
	for p.is("except") {
		h := p.stmt(tryStmt, p.pos())
		p.i++
		p.take("*")
		if !p.is(":") {
			h.a = p.exprList()
		}
		if p.take("as") || p.take(",") {
			h.text = p.text()
			p.i++
		}
		h.body = p.block()
		st.more = append(st.more, h)
	}
	st.other = p.orElse()
	if p.take("finally") {
		st.last = p.block()
	}
	return st
}

// with reads its items, which may stand in brackets of their own.
func (p *parser) with(pos uint32) *stmt {
	st := p.stmt(withStmt, pos)
	paren := false
	if p.is("(") {
		for i, depth := p.i, 0; i < len(p.toks) && p.kindAt(i) != pylex.Newline; i++ {
			switch p.textAt(i) {
			case "(", "[", "{":
				depth++
			case ")", "]", "}":
				depth--
			case "as":
				paren = paren || depth == 1
			}
			if depth == 0 {
				paren = paren && p.textAt(i+1) == ":"
				break
			}
		}
	}
	if paren {
		p.i++
	}
	for {
		st.list = append(st.list, p.test(), nil)
		if p.take("as") {
			st.list[len(st.list)-1] = p.starTarget()
		}
		if !p.take(",") || p.is(")") {
			break
		}
	}
	if paren {
		p.take(")")
	}
	st.body = p.block()
	return st
}

func (p *parser) decorated() *stmt {
	var list []*expr
	for p.take("@") {
		list = append(list, p.namedExpr())
		for p.kind() != pylex.Newline && p.kind() != pylex.End {
			p.i++
		}
		for p.kind() == pylex.Newline {
			p.i++
		}
	}
	p.take("async")
	switch {
	case p.is("def"):
		return p.def(list)
	case p.is("class"):
		return p.class(list)
	}
	st := p.stmt(exprStmt, p.pos())
	st.a = p.expr(unknownExpr, p.pos())
	return st
}

func (p *parser) def(decorators []*expr) *stmt {
	st := p.stmt(defStmt, p.pos())
	p.i++
	fn := &function{name: p.text(), pos: st.pos, decorators: decorators, src: p.src}
	st.text, st.fn = fn.name, fn
	p.i++
	p.typeParams()
	if p.take("(") {
		fn.params = p.params(")")
		p.take(")")
	}
	if p.take("->") {
		p.test()
	}
	outer := p.fn
	p.fn = fn
	fn.body = p.block()
	p.fn = outer
	return st
}

// typeParams skips the [T] of PEP 695.
func (p *parser) typeParams() {
	if !p.is("[") {
		return
	}
	for depth := 0; p.kind() != pylex.Newline && p.kind() != pylex.End; {
		if p.is("[") {
			depth++
		}
		if p.is("]") {
			depth--
		}
		p.i++
		if depth == 0 {
			return
		}
	}
}

// params reads parameters up to a closing token.
func (p *parser) params(end string) (out []param) {
	for !p.is(end) && p.kind() != pylex.End && p.kind() != pylex.Newline {
		q := param{}
		switch {
		case p.take("**"):
			q.star = 2
		case p.take("*"):
			q.star = 1
		case p.take("/"):
			p.take(",")
			continue
		}
		at := p.i
		if p.kind() == pylex.Name {
			q.name = p.ident()
			p.i++
		}
		if end == ")" && p.take(":") {
			p.starExpr()
		}
		if p.take("=") {
			q.init = p.test()
		}
		if q.name != "" {
			out = append(out, q)
		}
		if !p.take(",") && !p.is(end) && p.i == at {
			p.i++
		}
	}
	return out
}

func (p *parser) class(decorators []*expr) *stmt {
	st := p.stmt(classStmt, p.pos())
	p.i++
	st.text = p.ident()
	p.i++
	p.typeParams()
	if p.take("(") {
		st.list = p.args()
	}
	outer := p.fn
	p.fn = nil
	st.body = p.block()
	p.fn = outer
	return st
}

// matches reports whether the word match begins a statement of that name.
func (p *parser) matches() bool {
	i := p.i
	for p.kindAt(i) != pylex.Newline && p.kindAt(i) != pylex.End {
		i++
	}
	return i > p.i+1 && p.textAt(i-1) == ":" && p.kindAt(i+1) == pylex.Indent && p.textAt(i+2) == "case"
}

func (p *parser) match() *stmt {
	st := p.stmt(matchStmt, p.pos())
	p.i++
	st.a = p.exprList()
	p.take(":")
	p.i += 2 // Newline, Indent
	for p.is("case") {
		c := p.stmt(matchStmt, p.pos())
		p.i++
		for depth := 0; p.kind() != pylex.Newline && p.kind() != pylex.End; p.i++ {
			switch w := p.text(); {
			case w == "(" || w == "[" || w == "{":
				depth++
			case w == ")" || w == "]" || w == "}":
				depth--
			case p.kind() == pylex.Name && w != "if" && w != "as" && p.textAt(p.i+1) != "(" && p.textAt(p.i+1) != ".":
				n := p.expr(nameExpr, p.pos())
				n.text = p.ident()
				c.list = append(c.list, n)
			}
			if depth == 0 && (p.is(":") || p.is("if")) {
				break
			}
		}
		if p.take("if") {
			c.a = p.namedExpr()
		}
		c.body = p.block()
		st.more = append(st.more, c)
	}
	if p.kind() == pylex.Dedent {
		p.i++
	}
	return st
}

// ident is the current name as CPython knows it: in the normal form NFKC of
// Unicode, here as far as letters of ASCII are written in other ways.
func (p *parser) ident() string {
	s := p.text()
	for i := range len(s) {
		if s[i] >= 0x80 {
			return strings.Map(plain, s)
		}
	}
	return s
}

// plain returns the letter of ASCII that NFKC makes of a fullwidth or
// mathematical one (Unicode 15.1, blocks Halfwidth and Fullwidth Forms,
// Mathematical Alphanumeric Symbols, Letterlike Symbols).
func plain(r rune) rune {
	switch {
	case 0xFF01 <= r && r <= 0xFF5E:
		return r - 0xFF01 + '!'
	case 0x1D400 <= r && r <= 0x1D6A3:
		r = (r - 0x1D400) % 52
		if r < 26 {
			return 'A' + r
		}
		return 'a' + r - 26
	case 0x1D7CE <= r && r <= 0x1D7FF:
		return '0' + (r-0x1D7CE)%10
	}
	switch r {
	case 'ª':
		return 'a'
	case 'º', 'ℴ':
		return 'o'
	case 'ſ':
		return 's'
	case 'ℯ':
		return 'e'
	case 'ℎ':
		return 'h'
	case 'ℊ':
		return 'g'
	case 'ⅰ', 'ℹ', 'ⁱ', 'ᵢ':
		return 'i'
	case 'ⅿ':
		return 'm'
	case 'ⅼ', 'ˡ':
		return 'l'
	case 'ⅽ':
		return 'c'
	case 'ⅾ':
		return 'd'
	case 'ⅹ', 'ₓ', 'ˣ':
		return 'x'
	case 'ⅴ', 'ᵥ':
		return 'v'
	case 'ˢ', 'ₛ':
		return 's'
	case 'ᵖ', 'ₚ':
		return 'p'
	case 'ᵗ', 'ₜ':
		return 't'
	case 'ᵉ', 'ₑ':
		return 'e'
	case 'ᵐ', 'ₘ':
		return 'm'
	case 'ᵒ', 'ₒ':
		return 'o'
	case 'ʸ':
		return 'y'
	case 'ⁿ', 'ₙ':
		return 'n'
	}
	return r
}
