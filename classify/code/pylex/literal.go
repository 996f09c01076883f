package pylex

import "strings"

// str reads a literal whose prefix begins at begin; the current byte is its first
// quote.
func (l *lexer) str(begin int) {
	prefix := l.src[begin:l.pos]
	q := l.src[l.pos]
	triple := l.byteAt(1) == q && l.byteAt(2) == q
	l.pos++
	if triple {
		l.pos += 2
	}
	raw, fields := false, false
	for i := range len(prefix) {
		switch prefix[i] | 0x20 {
		case 'r':
			raw = true
		case 'f', 't':
			fields = true
		}
	}
	if fields && len(l.literals) < maxNested {
		l.add(FStart, begin)
		l.literals = append(l.literals, literal{quote: q, triple: triple, raw: raw, text: true})
		return
	}
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == '\\':
			l.escape()
			continue
		case c == q && !triple, c == q && l.byteAt(1) == q && l.byteAt(2) == q:
			l.pos++
			if triple {
				l.pos += 2
			}
			l.add(String, begin)
			return
		case (c == '\n' || c == '\r') && !triple:
			l.fail(l.pos)
			l.add(String, begin)
			return
		}
		l.pos++
	}
	l.fail(len(l.src))
	l.add(String, begin)
}

// escape skips a backslash and what it stands before.
func (l *lexer) escape() {
	l.pos++
	switch {
	case l.pos >= len(l.src):
	case l.src[l.pos] == '\r':
		l.skipNewline()
	default:
		l.pos++
	}
}

// middle reads text of a literal with fields, up to a field or its end. Inside a
// field it is the text that says how its value is written.
func (l *lexer) middle(lit *literal) {
	begin, spec := l.pos, len(lit.fields) > 0
	text := func() {
		if l.pos > begin {
			l.add(FMiddle, begin)
		}
	}
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == '\\':
			l.middleEscape(lit)
			continue
		case c == lit.quote && (!lit.triple || l.byteAt(1) == c && l.byteAt(2) == c):
			text()
			if spec {
				l.fail(l.pos)
				l.depth = lit.fields[0]
			}
			l.endLiteral(lit)
			return
		case (c == '\n' || c == '\r') && !lit.triple:
			text()
			l.fail(l.pos)
			if spec {
				l.depth = lit.fields[0]
			}
			l.literals = l.literals[:len(l.literals)-1]
			return
		case c == '{' && l.byteAt(1) == '{' && !spec, c == '}' && l.byteAt(1) == '}' && !spec:
			l.pos++
		case c == '{':
			text()
			l.pos++
			l.add(Op, l.pos-1)
			lit.fields = append(lit.fields, l.depth)
			l.depth++
			lit.text = false
			return
		case c == '}' && spec:
			text()
			l.close('}', l.pos)
			return
		case c == '}':
			l.fail(l.pos)
		}
		l.pos++
	}
	text()
	l.fail(len(l.src))
	l.literals = l.literals[:len(l.literals)-1]
}

func (l *lexer) endLiteral(lit *literal) {
	begin := l.pos
	l.pos++
	if lit.triple {
		l.pos += 2
	}
	l.add(FEnd, begin)
	l.literals = l.literals[:len(l.literals)-1]
}

// middleEscape skips a backslash. Braces behind it begin a field all the same,
// but for those of \N{…}.
func (l *lexer) middleEscape(lit *literal) {
	switch c := l.byteAt(1); {
	case c == '{' || c == '}':
		l.pos++
	case c == 'N' && l.byteAt(2) == '{' && !lit.raw:
		if i := strings.IndexAny(l.src[l.pos:], "}\n"); i > 0 {
			l.pos += i
			if l.src[l.pos] == '}' {
				l.pos++
			}
		} else {
			l.pos = len(l.src)
		}
	default:
		l.escape()
	}
}
