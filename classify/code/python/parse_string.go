package python

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify/code/pylex"
)

// strings reads literals that stand beside each other.
func (p *parser) strings() *expr {
	first := p.literal()
	if k := p.kind(); k != pylex.String && k != pylex.FStart {
		return first
	}
	all := []*expr{first}
	plain := first.op == stringExpr
	for p.kind() == pylex.String || p.kind() == pylex.FStart {
		e := p.literal()
		plain = plain && e.op == stringExpr
		all = append(all, e)
	}
	if plain {
		var b strings.Builder
		for _, e := range all {
			b.WriteString(e.text)
		}
		first.text = b.String()
		return first
	}
	e := p.expr(formatExpr, first.pos)
	for _, part := range all {
		if part.op == formatExpr {
			e.list = append(e.list, part.list...)
		} else {
			e.list = append(e.list, part)
		}
	}
	return e
}

// literal reads one string.
func (p *parser) literal() *expr {
	text := p.text()
	n := strings.IndexAny(text, `"'`)
	prefix := strings.ToLower(text[:n])
	raw := strings.Contains(prefix, "r")
	if p.kind() == pylex.FStart {
		e := p.expr(formatExpr, p.pos())
		p.i++
		e.list = p.fields(raw)
		if p.kind() == pylex.FEnd {
			p.i++
		}
		return e
	}
	e := p.expr(stringExpr, p.pos())
	p.i++
	e.flag = strings.Contains(prefix, "b")
	body := text[n:]
	quotes := 1
	if len(body) >= 6 && body[1] == body[0] && body[2] == body[0] {
		quotes = 3
	}
	end := len(body)
	if end >= 2*quotes && body[end-1] == body[0] {
		end -= quotes
	}
	e.text = unescape(body[min(quotes, end):end], raw, e.flag)
	return e
}

// fields reads the parts of a literal with fields.
func (p *parser) fields(raw bool) (parts []*expr) {
	for {
		switch {
		case p.kind() == pylex.FMiddle:
			e := p.expr(stringExpr, p.pos())
			e.text = unescape(strings.NewReplacer("{{", "{", "}}", "}").Replace(p.text()), raw, false)
			parts = append(parts, e)
			p.i++
		case p.is("{"):
			parts = append(parts, p.field(raw))
		default:
			return parts
		}
	}
}

// field reads `{a!r:spec}`.
func (p *parser) field(raw bool) *expr {
	e := p.expr(fieldExpr, p.pos())
	defer func() { p.depth-- }()
	p.i++
	if !p.enter() {
		p.close("}")
		e.a = p.expr(unknownExpr, e.pos)
		return e
	}
	e.a = p.exprList()
	if p.is("=") { // f"{x=}"
		e.flag = true
		e.text = p.src.text[e.pos+1 : p.toks[p.i].End]
		p.i++
	}
	conversion := ""
	if p.take("!") {
		conversion = p.text()
		p.i++
	}
	if p.take(":") {
		e.b = p.expr(formatExpr, p.pos())
		e.b.list = p.fields(raw)
	}
	if conversion != "" {
		e.c = p.expr(nameExpr, e.pos)
		e.c.text = conversion
	}
	p.close("}")
	return e
}

// unescape returns what a literal's body stands for (Doc/reference/
// lexical_analysis.rst, "Escape sequences"). \N{…} is a hole.
func unescape(s string, raw, bytes bool) string {
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	if raw || strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; c {
		case '\n':
		case '\\', '\'', '"':
			b.WriteByte(c)
		case 'a', 'b', 'f', 'n', 'r', 't', 'v':
			b.WriteByte("\a\b\f\n\r\t\v"[strings.IndexByte("abfnrtv", c)])
		case '0', '1', '2', '3', '4', '5', '6', '7':
			n := 1
			for n < 3 && i+n < len(s) && '0' <= s[i+n] && s[i+n] <= '7' {
				n++
			}
			v, _ := strconv.ParseUint(s[i:i+n], 8, 16) // digits only
			i += n - 1
			writeChar(&b, rune(v), bytes)
		case 'x', 'u', 'U':
			n := 2
			if c == 'u' {
				n = 4
			} else if c == 'U' {
				n = 8
			}
			v, err := strconv.ParseUint(s[i+1:min(i+1+n, len(s))], 16, 32)
			if err != nil || bytes && c != 'x' {
				b.WriteByte('\\')
				b.WriteByte(c)
				continue
			}
			i += n
			writeChar(&b, rune(v), bytes)
		case 'N':
			if end := strings.IndexByte(s[i:], '}'); end > 0 && !bytes {
				b.WriteString(action.HoleText)
				i += end
				continue
			}
			fallthrough
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return b.String()
}

// writeChar writes a character, or a byte.
func writeChar(b *strings.Builder, r rune, bytes bool) {
	switch {
	case bytes:
		b.WriteByte(byte(r))
	case !utf8.ValidRune(r):
		b.WriteString(action.HoleText)
	default:
		b.WriteRune(r)
	}
}
