// Package pylex splits Python source into the tokens that CPython's own
// tokenizer makes of it (Doc/reference/lexical_analysis.rst of 3.14): nested
// f-strings and t-strings (PEP 701, PEP 750), indentation, joined lines. On top of
// that it takes the lines that IPython hands to others (`!cmd`, `%magic`,
// `%%bash`) for one token each; no line of plain Python begins so.
//
// It never fails: what is no Python is a token too, and the first such place is
// kept. A test compares it with CPython on the whole standard library.
package pylex

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Kind says what a token is.
type Kind uint8

const (
	End     Kind = iota // of the text; the last token
	Newline             // the end of a statement's line
	Indent
	Dedent
	Name // an identifier or keyword
	Number
	String  // a whole literal with its prefix and quotes, but for those with fields
	FStart  // the prefix and quotes that begin a literal with fields
	FMiddle // text in it, with its escapes and doubled braces; never empty
	FEnd    // the quotes that end it
	Op
	Magic   // a line, or the rest of a cell, that is IPython's
	Invalid // what Python has no word for
)

// A Token is a part of the text, as offsets in bytes.
type Token struct {
	Kind       Kind
	Start, End uint32
}

// Tokens are those of a text.
type Tokens struct {
	List []Token
	// Bad is the offset of the first thing that is no Python; -1 for none.
	Bad int
}

// maxNested bounds the literals in fields of literals in fields …; CPython 3.14
// has 150 (MAXFSTRINGLEVEL in Parser/lexer/state.h).
const maxNested = 150

// Tokenize splits a text.
func Tokenize(src string) Tokens {
	l := lexer{src: src, bad: -1, list: make([]Token, 0, len(src)/4+8), indents: make([]int, 1, 16)}
	if strings.HasPrefix(src, "\ufeff") {
		l.pos = len("\ufeff")
	}
	l.fresh = true
	for l.pos < len(src) {
		l.next()
	}
	if n := len(l.list); n > 0 && l.list[n-1].Kind != Newline && l.list[n-1].Kind != Dedent {
		l.add(Newline, l.pos)
	}
	for range l.indents[1:] {
		l.add(Dedent, l.pos)
	}
	l.add(End, l.pos)
	if l.depth > 0 || len(l.literals) > 0 {
		l.fail(len(src))
	}
	return Tokens{List: l.list, Bad: l.bad}
}

// A literal is one with fields that is being read.
type literal struct {
	quote  byte
	triple bool
	raw    bool
	text   bool  // what comes next is text, not the expression of a field
	fields []int // depth of brackets outside each open field
}

type lexer struct {
	src      string
	pos      int
	list     []Token
	bad      int
	depth    int  // of open brackets
	fresh    bool // a line begins
	indents  []int
	literals []literal
}

func (l *lexer) add(k Kind, start int) {
	l.list = append(l.list, Token{k, uint32(start), uint32(l.pos)})
}

func (l *lexer) fail(at int) {
	if l.bad < 0 {
		l.bad = at
	}
}

// byteAt returns the byte at an offset from the current one; 0 beyond the end.
func (l *lexer) byteAt(n int) byte {
	if l.pos+n < len(l.src) {
		return l.src[l.pos+n]
	}
	return 0
}

func (l *lexer) next() {
	if n := len(l.literals); n > 0 && l.literals[n-1].text {
		l.middle(&l.literals[n-1])
		return
	}
	if l.fresh && l.depth == 0 {
		if !l.indentation() {
			return
		}
	}
	c, begin := l.src[l.pos], l.pos
	switch {
	case c == ' ' || c == '\t' || c == '\f':
		l.pos++
	case c == '\n' || c == '\r':
		l.lineEnd()
	case c == '\\' && (l.byteAt(1) == '\n' || l.byteAt(1) == '\r'):
		l.pos++
		l.skipNewline()
	case c == '#':
		l.comment()
	case c == '"' || c == '\'':
		l.str(begin)
	case isStart(c):
		l.name(begin)
	case c >= utf8.RuneSelf:
		if r, n := utf8.DecodeRuneInString(l.src[l.pos:]); isStartRune(r) {
			l.name(begin)
		} else {
			l.pos += n
			l.fail(begin)
			l.add(Invalid, begin)
		}
	case isDigit(c) || c == '.' && isDigit(l.byteAt(1)):
		l.number()
		l.add(Number, begin)
	default:
		l.operator(c, begin)
	}
}

func (l *lexer) skipNewline() {
	if l.byteAt(0) == '\r' && l.byteAt(1) == '\n' {
		l.pos++
	}
	l.pos++
}

// lineEnd reads the end of a line, which ends a statement unless brackets are
// open or nothing stands on it.
func (l *lexer) lineEnd() {
	begin := l.pos
	l.skipNewline()
	if l.depth > 0 || l.fresh {
		return
	}
	l.add(Newline, begin)
	l.fresh = true
}

func (l *lexer) comment() {
	for l.pos < len(l.src) && l.src[l.pos] != '\n' && l.src[l.pos] != '\r' {
		l.pos++
	}
}

// indentation reads the blanks that a line begins with, and reports whether
// anything stands behind them.
func (l *lexer) indentation() bool {
	col := 0
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == ' ':
			col++
		case c == '\t':
			col = (col/8 + 1) * 8
		case c == '\f':
			col = 0
		case c == '\\' && (l.byteAt(1) == '\n' || l.byteAt(1) == '\r'):
			l.pos++
			l.skipNewline()
			for l.byteAt(0) == ' ' || l.byteAt(0) == '\t' {
				l.pos++
			}
			continue
		case c == '\n' || c == '\r':
			l.skipNewline()
			return false
		case c == '#':
			l.comment()
			return false
		default:
			l.fresh = false
			l.indent(col)
			if c == '%' && (isStart(l.byteAt(1)) || l.byteAt(1) == '%') || c == '!' {
				l.magic(l.pos)
				return false
			}
			return true
		}
		l.pos++
	}
	return false
}

func (l *lexer) indent(col int) {
	switch top := l.indents[len(l.indents)-1]; {
	case col > top:
		l.indents = append(l.indents, col)
		l.add(Indent, l.pos)
	case col < top:
		for len(l.indents) > 1 && l.indents[len(l.indents)-1] > col {
			l.indents = l.indents[:len(l.indents)-1]
			l.add(Dedent, l.pos)
		}
		if l.indents[len(l.indents)-1] != col {
			l.fail(l.pos)
		}
	}
}

// magic reads a line that is IPython's, with those that backslashes join to it,
// or the rest of the cell where `%%name` says that it is none of Python.
func (l *lexer) magic(begin int) {
	l.pos = begin
	if strings.HasPrefix(l.src[begin:], "%%") && !pythonCell(l.src[begin+2:]) {
		l.pos = len(l.src)
		l.add(Magic, begin)
		return
	}
	for l.pos < len(l.src) && l.src[l.pos] != '\n' && l.src[l.pos] != '\r' {
		if l.src[l.pos] == '\\' && (l.byteAt(1) == '\n' || l.byteAt(1) == '\r') {
			l.pos++
			l.skipNewline()
			continue
		}
		l.pos++
	}
	l.add(Magic, begin)
}

// pythonCell reports whether the cell that a `%%name` begins is Python still
// (IPython 8, core/magics).
func pythonCell(after string) bool {
	n := 0
	for n < len(after) && isPart(after[n]) {
		n++
	}
	switch after[:n] {
	case "time", "timeit", "capture", "prun", "debug", "python", "python2", "python3", "pypy", "memit", "mprun", "lprun", "snakeviz", "scalene":
		return true
	}
	return false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isStart(c byte) bool { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' }
func isPart(c byte) bool  { return isStart(c) || isDigit(c) }

func isStartRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.In(r, unicode.Nl, unicode.Other_ID_Start)
}

func isPartRune(r rune) bool {
	return isStartRune(r) || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue)
}

func (l *lexer) name(begin int) {
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		if isPart(c) {
			l.pos++
			continue
		}
		if c < utf8.RuneSelf {
			break
		}
		r, n := utf8.DecodeRuneInString(l.src[l.pos:])
		if !isPartRune(r) {
			break
		}
		l.pos += n
	}
	if c := l.byteAt(0); (c == '"' || c == '\'') && isPrefix(l.src[begin:l.pos]) {
		l.str(begin)
		return
	}
	l.add(Name, begin)
}

// isPrefix reports whether a word before quotes belongs to the literal.
func isPrefix(w string) bool {
	switch len(w) {
	case 1:
		return strings.IndexByte("rbuft", w[0]|0x20) >= 0
	case 2:
		a, b := w[0]|0x20, w[1]|0x20
		if b == 'r' {
			a, b = b, a
		}
		return a == 'r' && (b == 'b' || b == 'f' || b == 't')
	}
	return false
}

// number reads a number as far as it is one: `1if` is two tokens.
func (l *lexer) number() {
	if l.src[l.pos] == '0' {
		digits := ""
		switch l.byteAt(1) | 0x20 {
		case 'x':
			digits = "0123456789abcdef"
		case 'o':
			digits = "01234567"
		case 'b':
			digits = "01"
		}
		if digits != "" {
			l.pos += 2
			for l.pos < len(l.src) && (l.src[l.pos] == '_' || strings.IndexByte(digits, l.src[l.pos]|0x20) >= 0) {
				l.pos++
			}
			return
		}
	}
	l.digits()
	if l.byteAt(0) == '.' {
		l.pos++
		l.digits()
	}
	if l.byteAt(0)|0x20 == 'e' && (isDigit(l.byteAt(1)) || (l.byteAt(1) == '+' || l.byteAt(1) == '-') && isDigit(l.byteAt(2))) {
		l.pos += 2
		l.digits()
	}
	if l.byteAt(0)|0x20 == 'j' {
		l.pos++
	}
}

func (l *lexer) digits() {
	for l.pos < len(l.src) && (isDigit(l.src[l.pos]) || l.src[l.pos] == '_' && isDigit(l.byteAt(1))) {
		l.pos++
	}
}

// operator reads the longest operator that is there.
func (l *lexer) operator(c byte, begin int) {
	n := 1
	d, e := l.byteAt(1), l.byteAt(2)
	switch c {
	case '*', '/', '<', '>':
		switch {
		case d == c && e == '=':
			n = 3
		case d == c || d == '=' || c == '<' && d == '>':
			n = 2
		}
	case '=', '+', '%', '&', '|', '^', '@', '!':
		if d == '=' {
			n = 2
		}
	case '-':
		if d == '=' || d == '>' {
			n = 2
		}
	case ':':
		if d == '=' {
			n = 2
		}
	case '.':
		if d == '.' && e == '.' {
			n = 3
		}
	case '(', '[', '{':
		l.depth++
	case ')', ']', '}':
		l.close(c, begin)
		return
	case '~', ',', ';':
	default:
		l.pos++
		l.fail(begin)
		l.add(Invalid, begin)
		return
	}
	field := l.inField()
	if field && c == ':' {
		n = 1 // what follows says how the value is written
	}
	l.pos += n
	l.add(Op, begin)
	switch {
	case field && c == ':':
		l.literals[len(l.literals)-1].text = true
	case c == '=' && n == 1 && l.depth == 0:
		l.assigned()
	}
}

// inField reports whether what is read stands in a field of a literal, and in
// none of its brackets.
func (l *lexer) inField() bool {
	if len(l.literals) == 0 {
		return false
	}
	f := l.literals[len(l.literals)-1].fields
	return len(f) > 0 && l.depth == f[len(f)-1]+1
}

func (l *lexer) close(c byte, begin int) {
	field := c == '}' && l.inField()
	if l.depth == 0 {
		l.fail(begin)
	} else {
		l.depth--
	}
	l.pos++
	l.add(Op, begin)
	if field {
		lit := &l.literals[len(l.literals)-1]
		lit.fields = lit.fields[:len(lit.fields)-1]
		lit.text = true
	}
}

// assigned looks for the `!cmd` of `x = !cmd`.
func (l *lexer) assigned() {
	i := l.pos
	for i < len(l.src) && (l.src[i] == ' ' || l.src[i] == '\t') {
		i++
	}
	if i+1 < len(l.src) && (l.src[i] == '!' && l.src[i+1] != '=' || l.src[i] == '%' && isStart(l.src[i+1])) {
		l.magic(i)
	}
}
