package shell

import (
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

func (g *gate) words(list []*syntax.Word, at place) {
	for _, w := range list {
		g.braces(w)
		g.word(w, at)
	}
}

// braces refuses braces that bash expands to other words than the expand
// package: {,x} is one word to bash, which drops an empty one, {x},y} are two,
// and what is within {…..…} may be anything but braces and quotes.
func (g *gate) braces(w *syntax.Word) {
	src := g.source(w)
	if !strings.Contains(src, "{") {
		return
	}
	whole := src[0] == '{' && src[len(src)-1] == '}'
	var (
		depth int
		last  byte // the character before; 0 behind quotes and expansions
		comma bool
		dots  bool // there is a ..
		inner bool // braces or quotes within braces
		bad   bool
	)
	for _, part := range w.Parts {
		lit, ok := part.(*syntax.Lit)
		if !ok {
			if _, param := part.(*syntax.ParamExp); !param && depth > 0 {
				inner = true
			}
			last = 0
			continue
		}
		for i := 0; i < len(lit.Value); i++ {
			c := lit.Value[i]
			switch c {
			case '\\':
				i++
			case '{':
				depth++
				inner = inner || depth > 1
			case '.':
				dots = dots || last == '.'
			case ',':
				comma = true
				bad = bad || whole && (last == '{' || last == ',')
			case '}':
				bad = bad || whole && last == ','
				if depth--; depth < 0 {
					bad = bad || comma
					depth = 0
				}
			}
			last = c
		}
	}
	switch {
	case bad, inner && dots:
	case inner && !comma && strings.Contains(src, "."): // a quoted . may be one of two
	case g.lang == syntax.LangZsh && (strings.Contains(src, "{..") || strings.Contains(src, "..}")):
	default:
		return
	}
	g.refuse("hidden-word", w.Pos().Offset(), w.End().Offset(),
		"braces that are read differently by different shells", "write the words out, or quote the braces")
}

func (g *gate) word(w *syntax.Word, at place) {
	if w != nil {
		g.parts(w.Parts, at)
	}
}

func (g *gate) parts(list []syntax.WordPart, at place) {
	for i, part := range list {
		if !g.enter(part) {
			return
		}
		if i > 0 && at.back == 0 {
			g.joined(list[i-1].End().Offset(), part.Pos().Offset())
		}
		switch part := part.(type) {
		case *syntax.Lit:
			g.literal(part)
			if g.lang == syntax.LangZsh && !at.quoted {
				g.zshLiteral(part, i == 0, at.test)
			}
		case *syntax.SglQuoted:
			g.singleQuoted(part, at)
		case *syntax.DblQuoted:
			g.parts(part.Parts, at.quote())
		case *syntax.ParamExp:
			g.param(part, at)
		case *syntax.CmdSubst:
			g.cmdSubst(part, at)
		case *syntax.ProcSubst:
			if len(part.Stmts) == 0 {
				g.refuse("hidden-substitution", part.Pos().Offset(), part.End().Offset(),
					"an empty process substitution may be no word at all", "leave it out")
			}
			in := at.command()
			in.end = int(part.Rparen.Offset())
			g.stmts(part.Stmts, part.Last, in)
		case *syntax.ArithmExp:
			if !part.Bracket {
				g.closed(part.Left, part.Right, "))")
			}
			g.arithm(part.X, at.quote())
		case *syntax.ExtGlob:
			g.extGlob(part)
		default:
			g.unknown(part)
		}
		g.leave()
	}
}

// joined refuses a word of parts that are not next to each other: a comment
// that ends with a backslash may be between them.
func (g *gate) joined(end, next uint) {
	if end < next && strings.Trim(g.text[end:next], "\\\n\t") != "" && g.gap == nil {
		g.gap = &problem{
			id: "hidden-comment", start: int(end), end: int(next),
			text: "a comment between two words that look like one", hint: "leave out the comment",
		}
	}
}

// literal refuses what the parser leaves in a literal and bash does not.
func (g *gate) literal(l *syntax.Lit) {
	if l.Value == "$" {
		// A $ that a backslash and newline part from what it belongs to.
		if l.ValueEnd.Offset() > l.ValuePos.Offset()+1 {
			g.split(l.ValuePos.Offset(), l.ValueEnd.Offset())
		}
		if g.lang == syntax.LangZsh {
			g.zshDollar(l)
		}
		return
	}
	if int(l.ValueEnd.Offset()) == len(g.text) && endsInBackslash(l.Value) {
		switch {
		case g.lang == syntax.LangZsh: // drops it
			g.mends = append(g.mends, mend{len(g.text) - 1, "'", 1}, mend{len(g.text), "'", 0})
		case strings.Contains(g.text, "\n"): // bash may drop it
			g.split(l.ValuePos.Offset(), l.ValueEnd.Offset())
		}
	}
	if strings.IndexByte(l.Value, '\n') < 0 {
		return
	}
	// After \\ the parser does not see that a line goes on.
	for i := 0; i < len(l.Value); i++ {
		if l.Value[i] != '\\' {
			continue
		}
		if i++; i < len(l.Value) && l.Value[i] == '\n' {
			g.split(l.ValuePos.Offset(), l.ValueEnd.Offset())
		}
	}
}

// singleQuoted refuses single quotes where they quote for the parser only and
// what is between them matters.
func (g *gate) singleQuoted(q *syntax.SglQuoted, at place) {
	if at.quoted && !at.pattern && strings.ContainsAny(q.Value, "$`\"\\}") {
		g.refuse("hidden-quote", q.Left.Offset(), q.End().Offset(),
			"single quotes do not quote inside double quotes, here-documents and arithmetic",
			"use a variable for the text, or escape its characters with backslashes")
	}
	if g.lang == syntax.LangZsh {
		g.zshQuoted(q)
	}
	if at.hdoc && strings.Contains(q.Value, "\\\n") {
		g.split(q.Left.Offset(), q.End().Offset())
	}
}

func (g *gate) param(p *syntax.ParamExp, at place) {
	at.pattern = false
	if g.lang == syntax.LangZsh {
		g.zshParam(p)
	}
	if p.NestedParam != nil {
		g.parts([]syntax.WordPart{p.NestedParam}, at)
	}
	if p.Index != nil {
		g.arithm(p.Index, at.quote())
	}
	switch {
	case p.Slice != nil:
		g.paramOperator(p, p.Slice.Offset)
		g.arithm(p.Slice.Offset, at.quote())
		g.arithm(p.Slice.Length, at.quote())
	case p.Repl != nil:
		g.paramOperator(p, wordNode(p.Repl.Orig))
		g.paramWord(p.Repl.Orig, g.inPattern(at))
		g.paramWord(p.Repl.With, g.inPattern(at))
	case p.Exp != nil:
		g.paramOperator(p, wordNode(p.Exp.Word))
		switch p.Exp.Op {
		case syntax.RemSmallPrefix, syntax.RemLargePrefix, syntax.RemSmallSuffix, syntax.RemLargeSuffix,
			syntax.UpperFirst, syntax.UpperAll, syntax.LowerFirst, syntax.LowerAll:
			at = g.inPattern(at)
		}
		g.paramWord(p.Exp.Word, at)
	case !p.Short:
		g.paramOperator(p, nil)
	case p.Param != nil && p.Param.Value == "$":
		// Looking for the end of quotes, bash takes the second $ for that of
		// an expansion.
		if end := p.End().Offset(); end < uint(len(g.text)) && strings.IndexByte("{([", g.text[end]) >= 0 {
			g.refuse("hidden-quote", p.Pos().Offset(), end+1,
				"a bracket right behind $$", "quote the bracket or the $$")
		}
	}
}

// paramWord checks the word of a ${…}, in which the parser knows no <(…).
func (g *gate) paramWord(w *syntax.Word, at place) {
	if w == nil {
		return
	}
	for _, part := range w.Parts {
		if lit, ok := part.(*syntax.Lit); ok {
			if strings.Contains(lit.Value, "<(") || strings.Contains(lit.Value, ">(") {
				g.procSubst(lit)
			}
			if g.lang == syntax.LangZsh && !at.test && strings.Contains(lit.Value, "{") && !strings.Contains(lit.Value, "\\{") {
				g.refuse("hidden-word", lit.Pos().Offset(), lit.End().Offset(),
					"zsh counts the { in a ${…}", "put the word into a variable")
			}
		}
	}
	g.word(w, at)
}

// procSubst refuses <(…) where the parser does not see one.
func (g *gate) procSubst(n syntax.Node) {
	g.refuse("hidden-substitution", n.Pos().Offset(), n.End().Offset(),
		"a process substitution where it is not looked for", "use a variable for the text")
}

// inPattern is the place of a pattern within ${…} at p. There single quotes
// quote in bash, whatever is around them.
func (g *gate) inPattern(p place) place {
	p.pattern = g.lang == syntax.LangBash || g.lang == syntax.LangBats
	return p
}

// paramOperator refuses a line that is broken before the word of a ${…}, where
// bash might read another operator.
func (g *gate) paramOperator(p *syntax.ParamExp, word syntax.Node) {
	from, to := p.Dollar.Offset(), p.Rbrace.Offset()
	if word != nil {
		to = word.Pos().Offset()
	}
	if from < to && to <= uint(len(g.text)) && strings.Contains(g.text[from:to], "\\\n") {
		g.split(from, to)
	}
}

// wordNode is w as a node: nil if w is.
func wordNode(w *syntax.Word) syntax.Node {
	if w == nil {
		return nil
	}
	return w
}

func (g *gate) cmdSubst(c *syntax.CmdSubst, at place) {
	left, right := c.Left.Offset(), c.Right.Offset()
	if at.untab && strings.Contains(g.text[left:max(left, right)], "\n\t") {
		g.refuse("ambiguous-here-document", left, right+1,
			"bash removes tabs from the lines of a $(…) in a <<- here-document", "use << for it")
		return
	}
	in := at.command()
	switch {
	case c.Backquotes:
		g.backquotes(c, at)
		in.back++
		in.end = 0
	case c.TempFile, c.ReplyVar:
		g.refuse("unknown-substitution", left, right+1,
			"${ …; } runs commands in some shells only", "use $(…)")
		return
	default:
		if int(left)+len("$( ") == g.seek {
			g.outer = int(right)
		}
		g.splice(left+2, "(")
		in.end = int(right)
	}
	g.stmts(c.Stmts, c.Last, in)
}

// backquotes refuses `…` unless bash, too, finds its end where the parser does.
// bash looks for the next backquote that has no backslash, whatever it stands
// in, and removes a level of backslashes, before it reads what is between.
func (g *gate) backquotes(c *syntax.CmdSubst, at place) {
	left, right := c.Left.Offset(), c.Right.Offset()
	body := g.text[min(left+1, right):right]
	bad := false
	if at.back > 0 {
		body = strings.TrimSuffix(body, "\\")
		bad = strings.ContainsAny(body, "\\`") ||
			// The parser ends a word before it.
			!at.quoted && left >= 2 && strings.IndexByte(" \t\n;&|(", g.text[left-2]) < 0
	}
	for i := 0; i < len(body) && !bad; i++ {
		switch body[i] {
		case '`':
			bad = true
		case '\\':
			i++
			bad = i < len(body) && (body[i] == '\n' || body[i] == '"')
		}
	}
	if bad {
		g.refuse("hidden-backquote", left, right+1,
			"quotes or backslashes within `…` are read differently by different shells", "use $(…)")
	}
}

// extGlob refuses what the parser does not look into.
func (g *gate) extGlob(x *syntax.ExtGlob) {
	pat := x.Pattern.Value
	bad := strings.ContainsAny(pat, "'\"\\`\n")
	for i := 0; i+1 < len(pat) && !bad; i++ {
		switch pat[i] {
		case '$':
			bad = strings.IndexByte("({['\"", pat[i+1]) >= 0
		case '<', '>':
			bad = pat[i+1] == '('
		}
	}
	if bad {
		g.refuse("hidden-pattern", x.Pos().Offset(), x.End().Offset(),
			"quotes and expansions within "+x.Op.String()+"…) are not read", "put the pattern into a variable")
	}
}

// plainWord reports whether a word stays the same when it is expanded twice.
func plainWord(w *syntax.Word) bool {
	plain := func(s string) bool {
		return strings.TrimFunc(s, func(r rune) bool {
			return r >= utf8.RuneSelf || r == '_' || 'a' <= r|' ' && r|' ' <= 'z' || '+' <= r && r <= ':'
		}) == ""
	}
	for _, part := range w.Parts {
		switch part := part.(type) {
		case *syntax.Lit:
			if !plain(part.Value) {
				return false
			}
		case *syntax.SglQuoted:
			if !plain(part.Value) {
				return false
			}
		case *syntax.DblQuoted:
			if !plainWord(&syntax.Word{Parts: part.Parts}) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// isParam reports whether a word is the value of a variable and nothing else.
func isParam(w *syntax.Word) bool {
	parts := w.Parts
	if q, ok := parts[0].(*syntax.DblQuoted); ok && len(parts) == 1 {
		parts = q.Parts
	}
	if len(parts) != 1 {
		return false
	}
	p, ok := parts[0].(*syntax.ParamExp)
	return ok && p.Exp == nil && p.Repl == nil && p.Slice == nil
}
