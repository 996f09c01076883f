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

// zshFunction refuses functions that zsh calls by itself (zshmisc(1), "Special
// Functions").
func (g *gate) zshFunction(f *syntax.FuncDecl) {
	names := f.Names
	if f.Name != nil {
		names = append(names[:len(names):len(names)], f.Name)
	}
	for _, n := range names {
		switch name := n.Value; name {
		case "chpwd", "periodic", "precmd", "preexec", "zshaddhistory", "zshexit", "zsh_directory_name":
			g.zshHook(n)
		default:
			if strings.HasPrefix(name, "TRAP") {
				g.zshHook(n)
			}
		}
	}
}

// zshAssign refuses assignments that name functions to call, or that define
// some.
func (g *gate) zshAssign(a *syntax.Assign) {
	if a.Name == nil {
		return
	}
	switch name := a.Name.Value; name {
	case "functions", "dis_functions", "aliases", "galiases", "saliases", "commands", "fpath", "FPATH", "options", "READNULLCMD", "NULLCMD":
		g.zshHook(a)
	default:
		if strings.HasSuffix(name, "_functions") {
			g.zshHook(a)
		}
	}
}

// zshDecl refuses variables that are tied to each other.
func (g *gate) zshDecl(d *syntax.DeclClause) {
	for _, a := range d.Args {
		if w := a.Value; a.Naked && w != nil && len(w.Lit()) > 1 && w.Lit()[0] == '-' && strings.Contains(w.Lit(), "T") {
			g.zshHook(a)
		}
	}
}

func (g *gate) zshHook(n syntax.Node) {
	g.refuse("unknown-command", n.Pos().Offset(), n.End().Offset(),
		"zsh runs code by this name or value at another time", "run the command where it is wanted")
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
	var files map[string]bool
	if len(st.Redirs) > 1 {
		files = map[string]bool{}
	}
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
		if files != nil && opensFile(r) {
			// MULTIOS: output goes to all of them, input comes from all.
			fd := r.Op.String()[:1]
			if r.N != nil {
				fd = r.N.Value
			}
			bad = bad || files[fd]
			files[fd] = true
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
