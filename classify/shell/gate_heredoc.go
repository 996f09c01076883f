package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// hereDoc checks a here-document: bash must end it where the parser does.
func (g *gate) hereDoc(r *syntax.Redirect, at place) {
	refuse := func(text, hint string) {
		g.refuse("ambiguous-here-document", r.Pos().Offset(), r.Word.End().Offset(), text, hint)
	}
	delim, quoted, ok := delimiter(r.Word)
	if !ok || r.Op == syntax.DashHdoc && strings.Contains(delim, "\t") {
		refuse("the delimiter of the here-document is read differently by different shells",
			"use a delimiter of letters, such as 'EOF'")
		return
	}
	if at.back > 0 || at.hdoc {
		refuse("a here-document within `…` or another one", "write it before, and use a variable or file")
		return
	}
	after := int(r.Word.End().Offset())
	if at.end > 0 && (at.end <= after || !strings.Contains(g.text[after:at.end], "\n")) {
		refuse("the text of the here-document stands behind the $(…) that it belongs to",
			"put its text on the next line, before the )")
		return
	}
	if at.end > 0 {
		if g.docs++; at.inner {
			g.lostSeparator(r.Pos().Offset(), r.Word.End().Offset())
			return
		}
	}
	if r.Hdoc == nil {
		return
	}
	start, end := int(r.Hdoc.Pos().Offset()), int(r.Hdoc.End().Offset())
	// The parser's position may be behind backslashes and newlines.
	if start > 0 && g.text[start-1] == '\\' {
		start--
	}
	for start >= 2 && g.text[start-2:start] == "\\\n" {
		start -= 2
	}
	h := hereText{text: g.text, delim: delim, join: !quoted, untab: r.Op == syntax.DashHdoc, subst: at.end > 0}
	if start > 0 && g.text[start-1] != '\n' || h.end(start) != end {
		refuse("the here-document ends at another line than it seems to",
			"use a delimiter that does not occur in the text, alone on its line, and no backslash before it")
		return
	}
	if !quoted {
		at.hdoc, at.untab = true, h.untab
		g.word(r.Hdoc, at.quote())
	}
}

// delimiter returns the delimiter that a word after << stands for and whether
// any of it is quoted. It is not ok where shells may disagree.
func delimiter(w *syntax.Word) (delim string, quoted, ok bool) {
	var b strings.Builder
	for _, part := range w.Parts {
		switch part := part.(type) {
		case *syntax.Lit:
			for i := 0; i < len(part.Value); i++ {
				c := part.Value[i]
				if c == '\\' {
					quoted = true
					if i++; i == len(part.Value) {
						return "", false, false
					}
					c = part.Value[i]
				} else if c == '$' || c == '`' || c == '(' {
					return "", false, false
				}
				b.WriteByte(c)
			}
		case *syntax.SglQuoted:
			if part.Dollar {
				return "", false, false
			}
			quoted = true
			b.WriteString(part.Value)
		case *syntax.DblQuoted:
			quoted = true
			for _, in := range part.Parts {
				lit, ok := in.(*syntax.Lit)
				if !ok || part.Dollar || strings.ContainsAny(lit.Value, "\\$`") {
					return "", false, false
				}
				b.WriteString(lit.Value)
			}
		default:
			return "", false, false
		}
	}
	delim = b.String()
	return delim, quoted, !strings.Contains(delim, "\n")
}

// A hereText reads the lines of a here-document as bash does.
type hereText struct {
	text  string
	delim string
	join  bool // a backslash at the end joins a line with the next
	untab bool // tabs at the beginning of a line do not count
	subst bool // within $(…): a ) behind the delimiter ends it, too
}

// end returns where the line that ends the here-document ends, or -1 if that
// cannot be said for every version of bash.
func (h *hereText) end(from int) int {
	for from <= len(h.text) {
		line, to := h.line(from)
		if h.untab {
			line = strings.TrimLeft(line, "\t")
		}
		if rest, ok := strings.CutPrefix(line, h.delim); ok {
			if rest == "" {
				return to
			}
			if h.subst && strings.Contains(rest, ")") {
				return -1
			}
		}
		from = to + 1
	}
	return len(h.text)
}

// line returns the line at an offset and where it ends.
func (h *hereText) line(from int) (line string, to int) {
	var joined strings.Builder
	for {
		n := strings.IndexByte(h.text[from:], '\n')
		if n < 0 {
			n = len(h.text) - from
		}
		line, to = h.text[from:from+n], from+n
		if !h.join || !endsInBackslash(line) || to == len(h.text) {
			break
		}
		joined.WriteString(line[:n-1])
		from = to + 1
	}
	if joined.Len() == 0 {
		return line, to
	}
	return joined.String() + line, to
}

// endsInBackslash reports whether a line ends in a backslash that no other one
// quotes.
func endsInBackslash(line string) bool {
	n := len(line) - len(strings.TrimRight(line, "\\"))
	return n%2 == 1
}
