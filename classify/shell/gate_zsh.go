package shell

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// The parser knows zsh less well than bash: words that are reserved in zsh are
// commands to it, and patterns, flags and modifiers are left as they stand.

// zshCall refuses commands that are reserved words of zsh.
func (g *gate) zshCall(call *syntax.CallExpr) {
	if len(call.Args) == 0 {
		return
	}
	w := call.Args[0]
	word := w.Lit()
	rest := ""
	for _, part := range w.Parts {
		if len(rest) > 1 {
			break
		}
		switch part.(type) {
		case *syntax.Lit, *syntax.SglQuoted, *syntax.DblQuoted:
			rest += strings.Trim(g.source(part), "'\"\\\n$")
		}
	}
	if rest == "-" { // "-", or $x- where x is empty
		word = "-"
	}
	if name, _, ok := strings.Cut(word, "="); ok && name != "" && strings.Trim(name, "0123456789") == "" {
		g.refuse("ambiguous-assignment", w.Pos().Offset(), w.End().Offset(),
			"zsh takes this for an assignment", "use set --")
	}
	switch {
	case word == "-", word == "coproc", word == "repeat", word == "foreach", word == "end", word == "always", syntax.IsKeyword(word):
		g.refuse("unknown-command", w.Pos().Offset(), w.End().Offset(),
			word+" has a meaning in zsh that is not understood here", "write it with plain commands")
	}
	if lit, ok := w.Parts[0].(*syntax.Lit); ok && strings.HasPrefix(lit.Value, "{") {
		g.refuse("hidden-word", w.Pos().Offset(), w.End().Offset(),
			"zsh takes the { for the beginning of a block", "put a space behind the {")
	}
}

// zshArithm refuses quotes in arithmetic. With them zsh may find that it is
// none, and take the parentheses for those of commands.
func (g *gate) zshArithm(w *syntax.Word) {
	for _, part := range w.Parts {
		switch part.(type) {
		case *syntax.SglQuoted, *syntax.DblQuoted:
			if src := g.source(part); strings.Trim(src, "'\"$_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
				g.refuse("hidden-quote", part.Pos().Offset(), part.End().Offset(),
					"quotes do not quote in the arithmetic of zsh", "leave out the quotes")
			}
		}
	}
}

// zshRedirects refuses descriptors in places where zsh reads them otherwise.
func (g *gate) zshRedirects(st *syntax.Stmt) {
	_, decl := st.Cmd.(*syntax.DeclClause)
	for _, r := range st.Redirs {
		bad := false
		switch at, after := r.OpPos.Offset(), r.OpPos.Offset()+uint(len(r.Op.String())); {
		case r.N != nil && r.N.Value[0] == '{':
			bad = decl
		case r.N != nil:
			bad = at != r.N.Pos().Offset()+1 // zsh knows one digit
		case r.Op == syntax.RdrAll, r.Op == syntax.AppAll:
			bad = at > 0 && '0' <= g.text[at-1] && g.text[at-1] <= '9'
		case after < uint(len(g.text)):
			bad = g.text[after] == '!' // read in the arithmetic of let
		}
		open, comma := strings.Contains(g.source(r.Word), "{"), strings.ContainsAny(g.source(r.Word), ",.")
		if bad || open && comma && r.Word.Lit() != "" || !open && strings.HasSuffix(r.Word.Lit(), "}") {
			g.refuse("hidden-word", r.Pos().Offset(), r.End().Offset(),
				"zsh reads this redirection otherwise", "use one digit and > or <, and quote the name")
		}
	}
}

// zshLiteral refuses literals that zsh expands.
func (g *gate) zshLiteral(l *syntax.Lit, first, test bool) {
	v := l.Value
	bad := first && len(v) > 1 && v[0] == '=' && v[1] != '=' && !test ||
		strings.Contains(g.source(l), "}\\\n") ||
		!first && v != "" && v[0] == '{' && g.text[l.ValuePos.Offset()-1] == '$'
	paren := 0
	for paren < len(v) && v[paren] != '(' {
		if v[paren] == '\\' {
			paren++
		}
		paren++
	}
	if paren < len(v) {
		in := v[paren+1:]
		if paren == 0 {
			// The parser has read up to the next ), whatever there is.
			at := l.Pos().Offset()
			bad = bad || strings.ContainsAny(in, "$`'\"\\<>{};&\n") || at > 0 && strings.IndexByte("=<>", g.text[at-1]) >= 0
		}
		// Qualifiers behind a pattern may run code: *(e:code:), *(+name).
		if strings.Contains(in, "#q") || !test && !strings.ContainsAny(in, "|(~") {
			bad = bad || strings.ContainsAny(in, "e+:")
		}
	}
	if bad {
		g.refuse("hidden-pattern", l.Pos().Offset(), l.End().Offset(),
			"zsh may expand this word to something else, or run code for it", "quote the word")
	}
}

// zshDollar refuses a lone $ that is none for zsh.
func (g *gate) zshDollar(l *syntax.Lit) {
	end := l.ValueEnd.Offset()
	if end < uint(len(g.text)) && strings.IndexByte("[=~^+#:({", g.text[end]) >= 0 {
		g.refuse("unknown-substitution", l.ValuePos.Offset(), end+1,
			"an expansion of zsh that is not understood here", "quote the $, or use $((…)) and ${…}")
	}
}

// zshQuoted refuses escapes in $'…' of which zsh drops the backslash.
func (g *gate) zshQuoted(q *syntax.SglQuoted) {
	if !q.Dollar {
		return
	}
	for i := 0; i+1 < len(q.Value); i++ {
		if q.Value[i] != '\\' {
			continue
		}
		i++
		known := strings.IndexByte("abeEfnrtv01234567\\'\"", q.Value[i]) >= 0
		if strings.IndexByte("xuU", q.Value[i]) >= 0 && i+1 < len(q.Value) {
			_, err := strconv.ParseUint(q.Value[i+1:i+2], 16, 8)
			known = err == nil
		}
		if !known {
			g.refuse("hidden-escape", q.Pos().Offset(), q.End().Offset(),
				"an escape that not every shell knows", "leave out the backslash, or double it")
			return
		}
	}
}

// zshParam refuses flags and modifiers that run code, or hide where the ${…}
// ends.
func (g *gate) zshParam(p *syntax.ParamExp) {
	bad := p.GlobSubst == syntax.OptOn ||
		p.Param == nil && p.NestedParam == nil && (p.Exp == nil || p.Flags == nil && p.Exp.Op != syntax.DefaultUnsetOrNull)
	if p.Flags != nil {
		bad = bad || strings.ContainsAny(p.Flags.Value, "e$`'\"\\(<>{}\n")
	}
	for _, m := range p.Modifiers {
		bad = bad || strings.ContainsAny(m.Value, "$`'\"\\(<>{\n")
	}
	if bad {
		g.refuse("hidden-expansion", p.Pos().Offset(), p.End().Offset(),
			"a variable that zsh may expand to code", "use a plain ${name}")
	}
}
