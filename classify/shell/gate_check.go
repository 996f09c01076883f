package shell

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// A gate walks the tree of a text and looks for what bash would read otherwise.
// It stops at the first problem.
type gate struct {
	text    string
	lang    syntax.LangVariant
	globs   bool // the option extglob may be on
	mends   []mend
	problem *problem
	gap     *problem // a problem unless a mend removes it
	depth   int

	docs int // here-documents met within $(…)

	seek  int              // isSubshell: the offset of a parenthesis
	found *syntax.Subshell // and the subshell that it opens
	outer int              // and the end of the $(…) that begins with it
}

// A place is what surrounds a node, as far as it changes how bash reads it.
type place struct {
	quoted  bool // ' is no quote: within "…", here-documents and arithmetic
	pattern bool // but here it is: in the pattern of ${x#…} within those
	untab   bool // and that is one of <<-, where bash removes tabs
	hdoc    bool // in the body of a here-document
	back    int  // how many `…` are open
	test    bool // in a [[ … ]]
	end     int  // where the innermost $(…) or <(…) ends; 0 outside
	inner   bool // in a compound command within that
}

// command is the place of commands within a node at p.
func (p place) command() place {
	p.quoted, p.pattern, p.inner, p.test = false, false, false, false
	return p
}

// compound is the place of commands within a compound command at p.
func (p place) compound() place { p.inner = true; return p }

// quote is the place of text within a node at p where ' is no quote.
func (p place) quote() place { p.quoted, p.pattern = true, false; return p }

// file checks a file and returns how many of its statements stand before the
// first problem.
func (g *gate) file(f *syntax.File) int {
	n := len(f.Stmts)
	for i, st := range f.Stmts {
		g.stmt(st, place{})
		if g.problem != nil {
			n = i
			break
		}
	}
	if g.problem == nil {
		g.comments(f.Last, place{})
	}
	slices.SortFunc(g.mends, func(a, b mend) int { return a.at - b.at })
	g.mends = slices.Compact(g.mends)
	if g.gap != nil && g.problem == nil && len(g.mends) == 0 {
		g.problem = g.gap
		for n > 0 && f.Stmts[n-1].End().Offset() > uint(g.gap.start) {
			n--
		}
	}
	if g.problem != nil {
		// What is read after a problem may not be what it seems.
		g.mends = slices.DeleteFunc(g.mends, func(m mend) bool { return m.at >= g.problem.start })
	}
	return n
}

// refuse sets the problem unless there is one.
func (g *gate) refuse(id string, from, to uint, text, hint string) {
	if g.problem == nil {
		g.problem = &problem{id: id, start: int(from), end: int(to), text: text, hint: hint}
	}
}

// source is the text of a node.
func (g *gate) source(n syntax.Node) string {
	from, to := n.Pos().Offset(), min(n.End().Offset(), uint(len(g.text)))
	return g.text[min(from, to):to]
}

func (g *gate) stmts(list []*syntax.Stmt, last []syntax.Comment, at place) {
	docs := g.docs
	for i, st := range list {
		if g.problem != nil {
			return
		}
		g.stmt(st, at)
		if g.docs > docs && at.end > 0 && st.Semicolon.IsValid() && i+1 < len(list) {
			g.lostSeparator(st.Pos().Offset(), st.End().Offset())
		}
	}
	g.comments(last, at)
}

// lostSeparator refuses commands behind a here-document within $(…). bash 5.2
// prints what it has read there and reads that again, and in doing so it loses
// the semicolon after the command behind a here-document.
func (g *gate) lostSeparator(from, to uint) {
	g.refuse("lost-separator", from, to,
		"bash may join the commands behind a here-document within $(…)",
		"put the here-document last, or outside of $(…)")
}

func (g *gate) comments(list []syntax.Comment, at place) {
	for i := range list {
		g.comment(&list[i], at)
	}
}

// comment mends a comment that ends with a backslash, which bash takes for a
// part of the comment and the parser for the sign that the line goes on; and
// refuses what only the parser takes for a comment.
func (g *gate) comment(c *syntax.Comment, at place) {
	hash, end := c.Hash.Offset(), c.Hash.Offset()+1+uint(len(c.Text))
	before := hash
	for before >= 2 && g.text[before-2:before] == "\\\n" {
		before -= 2
	}
	if before > 0 {
		switch g.text[before-1] {
		case ' ', '\t', '\n', ';', '&', '|', '(', '<', '>':
		case '`':
			// At the beginning of `#…`, a usual way to comment on an argument.
			if at.back == 1 && before >= 2 && strings.IndexByte(" \t\n;&|(", g.text[before-2]) >= 0 {
				break
			}
			fallthrough
		default:
			g.refuse("hidden-comment", hash, end,
				"a # that stands right behind a word or bracket is no comment everywhere",
				"put a space or newline before the #, or quote it")
		}
	}
	if !strings.HasSuffix(c.Text, "\\\n") {
		return
	}
	if at.back > 0 || at.hdoc || end > uint(len(g.text)) || g.text[end-2:end] != "\\\n" {
		g.refuse("hidden-comment", hash, end,
			"a comment that ends with a backslash is read differently by different shells",
			"end the comment with something else")
		return
	}
	g.mends = append(g.mends, mend{at: int(end) - 2, text: " ", cut: 1})
}

func (g *gate) stmt(st *syntax.Stmt, at place) {
	g.comments(st.Comments, at)
	if !g.enter(st) {
		return
	}
	defer g.leave()
	if st.Semicolon.IsValid() {
		g.splice(st.Semicolon.Offset()+1, "&|;>")
	}
	switch cmd := st.Cmd.(type) {
	case nil:
	case *syntax.CallExpr:
		g.call(st, cmd, at)
	case *syntax.BinaryCmd:
		g.binary(cmd, at)
	case *syntax.Subshell:
		if int(cmd.Lparen.Offset()) == g.seek && g.seek > 0 {
			g.found = cmd
		}
		g.splice(cmd.Lparen.Offset()+1, "(")
		g.stmts(cmd.Stmts, cmd.Last, at.compound())
	case *syntax.Block:
		g.stmts(cmd.Stmts, cmd.Last, at.compound())
	case *syntax.IfClause:
		n := 0
		for c := cmd; c != nil && g.chain(n, cmd); c = c.Else {
			n++
			g.stmts(c.Cond, c.CondLast, at.compound())
			g.stmts(c.Then, c.ThenLast, at.compound())
			g.comments(c.Last, at)
		}
	case *syntax.WhileClause:
		g.stmts(cmd.Cond, cmd.CondLast, at.compound())
		g.stmts(cmd.Do, cmd.DoLast, at.compound())
	case *syntax.ForClause:
		switch loop := cmd.Loop.(type) {
		case *syntax.WordIter:
			g.words(loop.Items, at)
		case *syntax.CStyleLoop:
			g.arithm(loop.Init, at.quote())
			g.arithm(loop.Cond, at.quote())
			g.arithm(loop.Post, at.quote())
			g.closed(loop.Lparen, loop.Rparen, "))")
		}
		g.stmts(cmd.Do, cmd.DoLast, at.compound())
	case *syntax.CaseClause:
		g.word(cmd.Word, at)
		for _, item := range cmd.Items {
			g.comments(item.Comments, at)
			g.words(item.Patterns, at)
			g.stmts(item.Stmts, item.Last, at.compound())
		}
		g.comments(cmd.Last, at)
	case *syntax.FuncDecl:
		if cmd.Name == nil && g.lang != syntax.LangZsh {
			g.refuse("parse-error", cmd.Pos().Offset(), cmd.End().Offset(),
				"a function must have a name", "name the function, or use { …; }")
			break
		}
		if cmd.Name != nil && !cmd.RsrvWord && strings.IndexByte("?*+@!", cmd.Name.Value[len(cmd.Name.Value)-1]) >= 0 {
			g.refuse("hidden-pattern", cmd.Pos().Offset(), cmd.Name.End().Offset()+2,
				"the name of the function may be read as a pattern", "use letters in the name of a function")
			break
		}
		if g.lang == syntax.LangZsh {
			g.zshFunction(cmd)
		}
		g.stmt(cmd.Body, at.compound())
	case *syntax.ArithmCmd:
		g.closed(cmd.Left, cmd.Right, "))")
		g.arithm(cmd.X, at.quote())
	case *syntax.TestClause:
		in := at
		in.test = true
		g.test(cmd.X, in)
	case *syntax.LetClause:
		g.let(cmd, at)
	case *syntax.DeclClause:
		if cmd.Variant.Value == "nameref" && g.lang != syntax.LangMirBSDKorn {
			g.refuse("unknown-command", cmd.Pos().Offset(), cmd.End().Offset(),
				"nameref is a command of mksh only", "use declare -n")
		}
		if g.lang == syntax.LangZsh {
			g.zshDecl(cmd)
		}
		g.assigns(cmd.Args, true, at)
	case *syntax.TimeClause:
		if cmd.Stmt != nil {
			g.time(cmd)
			g.stmt(cmd.Stmt, at)
		}
	case *syntax.CoprocClause:
		g.coproc(cmd)
		g.word(cmd.Name, at)
		g.stmt(cmd.Stmt, at)
	case *syntax.TestDecl:
		g.word(cmd.Description, at)
		g.stmt(cmd.Body, at)
	default:
		g.unknown(cmd)
	}
	if g.lang == syntax.LangZsh {
		g.zshRedirects(st)
	}
	for _, r := range st.Redirs {
		g.redirect(r, at)
	}
}

// enter counts a level of nesting. The parser's own bound depends on where in
// the text the nesting stands; this one does not.
func (g *gate) enter(n syntax.Node) bool {
	if g.problem != nil {
		return false
	}
	if g.depth++; g.depth > gateDepth {
		g.problem = tooDeep(int(n.Pos().Offset()), len(g.text))
		return false
	}
	return true
}

func (g *gate) leave() { g.depth-- }

func (g *gate) unknown(n syntax.Node) {
	g.refuse("parse-error", n.Pos().Offset(), n.End().Offset(),
		"a construct that is not understood", "write it with plain commands")
}

// closed refuses arithmetic of which the parser has not seen the end.
func (g *gate) closed(left, right syntax.Pos, end string) {
	if !strings.HasPrefix(g.text[min(right.Offset(), uint(len(g.text))):], end) {
		g.refuse("parse-error", left.Offset(), uint(len(g.text)),
			"arithmetic without its closing "+end, "close it, or use a string")
	}
}

// splice refuses a backslash and newline at an offset, between two characters
// that bash would then read as one operator. next are the second ones.
func (g *gate) splice(off uint, next string) {
	rest := g.text[min(off, uint(len(g.text))):]
	if !strings.HasPrefix(rest, "\\\n") {
		return
	}
	for strings.HasPrefix(rest, "\\\n") {
		rest = rest[2:]
	}
	if rest != "" && strings.IndexByte(next, rest[0]) >= 0 {
		g.split(off-1, off+3)
	}
}

func (g *gate) split(from, to uint) {
	g.refuse("split-line", from, to,
		"a backslash and newline that different shells read differently", "write this on one line")
}

// chain counts what leans to the left in a tree, where the parser needs no
// recursion and a bound of depth would be too strict.
func (g *gate) chain(n int, node syntax.Node) bool {
	if n > gateChain {
		g.refuse("too-long", node.Pos().Offset(), uint(len(g.text)),
			"the pipeline, list or expression has too many parts", "write shorter commands")
	}
	return g.problem == nil
}

func (g *gate) binary(cmd *syntax.BinaryCmd, at place) {
	chain := commandChain(cmd)
	if !g.chain(len(chain), cmd) {
		return
	}
	g.stmt(chain[0].X, at)
	for _, c := range chain {
		g.splice(c.OpPos.Offset()+uint(len(c.Op.String())), "&|")
		g.stmt(c.Y, at)
	}
}

// commandChain returns the commands of a pipeline or list that leans to the
// left, a && b && c, from the first to cmd itself. A recursive walk of a long
// one would overflow the stack.
func commandChain(cmd *syntax.BinaryCmd) []*syntax.BinaryCmd {
	chain := []*syntax.BinaryCmd{cmd}
	for {
		next, ok := cmd.X.Cmd.(*syntax.BinaryCmd)
		if !ok {
			break
		}
		chain = append(chain, next)
		cmd = next
	}
	slices.Reverse(chain)
	return chain
}

func (g *gate) call(st *syntax.Stmt, call *syntax.CallExpr, at place) {
	if len(call.Args) > 0 {
		glob, ok := call.Args[0].Parts[0].(*syntax.ExtGlob)
		if ok && glob.Op == syntax.GlobExcept {
			// Without the option extglob, bash reads !( as ! and (.
			if len(call.Assigns) > 0 || len(st.Redirs) > 0 && st.Redirs[0].Pos().Offset() < glob.Pos().Offset() ||
				at.back > 0 || g.globs {
				g.refuse("ambiguous-negation", glob.Pos().Offset(), glob.End().Offset(),
					"!(…) is a negated subshell or a pattern, depending on an option",
					"put a space between ! and (, or quote the pattern")
				return
			}
			g.mends = append(g.mends, mend{at: int(glob.OpPos.Offset()) + 1, text: " "})
			return
		}
	}
	if g.lang == syntax.LangZsh {
		g.zshCall(call)
	}
	g.assigns(call.Assigns, false, at)
	g.words(call.Args, at)
}

// time refuses options of time that the parser takes for a command.
func (g *gate) time(cmd *syntax.TimeClause) {
	st := cmd.Stmt
	for {
		pipe, ok := st.Cmd.(*syntax.BinaryCmd)
		if !ok {
			break
		}
		st = pipe.X
	}
	call, ok := st.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Args) == 0 {
		return
	}
	if lit, ok := call.Args[0].Parts[0].(*syntax.Lit); ok && strings.HasPrefix(lit.Value, "-") {
		g.refuse("ambiguous-time", cmd.Pos().Offset(), lit.End().Offset(),
			"the option "+lit.Value+" of time is not read by every shell", "leave the option out")
	}
}

// coproc refuses a command that the parser, which looks for a name first, does
// not take apart as bash does.
func (g *gate) coproc(cmd *syntax.CoprocClause) {
	ok := cmd.Name == nil || syntax.ValidName(cmd.Name.Lit())
	switch c := cmd.Stmt.Cmd.(type) {
	case *syntax.CallExpr:
		word := ""
		if len(c.Args) > 0 {
			word = c.Args[0].Lit()
		}
		ok = word != "" && !strings.ContainsAny(word, "=[") && !syntax.IsKeyword(word) && len(c.Assigns) == 0 &&
			!strings.Contains(g.source(cmd), "#") // a comment may be lost
	case *syntax.Block, *syntax.Subshell:
	case *syntax.IfClause, *syntax.WhileClause, *syntax.ForClause, *syntax.CaseClause, *syntax.TestClause, *syntax.ArithmCmd:
	default:
		ok = ok && c != nil && cmd.Name == nil
	}
	if !ok {
		g.refuse("ambiguous-coproc", cmd.Pos().Offset(), cmd.End().Offset(),
			"the command of coproc is read differently by different shells", "use coproc { …; }")
	}
}

// let refuses operators that end the word for bash, so that `let a|b` is a
// pipeline.
func (g *gate) let(cmd *syntax.LetClause, at place) {
	for _, x := range cmd.Exprs {
		g.arithm(x, at)
		g.operators(x)
		if strings.Contains(g.source(x), "\n") {
			g.operator(x.Pos().Offset(), x.End().Offset())
		}
	}
}

// operators refuses operators of the shell in what the parser takes for
// arithmetic.
func (g *gate) operators(x syntax.ArithmExpr) {
	switch x := x.(type) {
	case *syntax.BinaryArithm:
		for {
			if strings.ContainsAny(x.Op.String(), "|&<>") {
				g.operator(x.OpPos.Offset(), x.OpPos.Offset()+1)
			}
			g.operators(x.Y)
			left, ok := x.X.(*syntax.BinaryArithm)
			if !ok {
				g.operators(x.X)
				return
			}
			x = left
		}
	case *syntax.UnaryArithm:
		g.operators(x.X)
	case *syntax.ParenArithm:
		g.operator(x.Pos().Offset(), x.End().Offset())
	case *syntax.Word:
		if p, ok := x.Parts[0].(*syntax.ParamExp); ok && p.Short && p.Index != nil {
			g.operators(p.Index)
		}
	}
}

func (g *gate) operator(from, to uint) {
	g.refuse("ambiguous-arithmetic", from, to,
		"an operator that ends the word, in spite of the arithmetic in it", "use (( … )) or quote the expression")
}

func (g *gate) redirect(r *syntax.Redirect, at place) {
	after := r.OpPos.Offset() + uint(len(r.Op.String()))
	g.splice(after, "<>&|(-")
	if after < uint(len(g.text)) && strings.IndexByte("<>&|", g.text[after]) >= 0 ||
		r.Op == syntax.Hdoc && strings.HasPrefix(g.text[after:], "-") {
		g.operator(r.OpPos.Offset(), after+1) // its beginning was read as one of let
	}
	switch r.Op {
	case syntax.DplIn, syntax.DplOut:
		// bash reads >&-word as >&- and the first word of a command.
		lit, ok := r.Word.Parts[0].(*syntax.Lit)
		if ok && strings.HasPrefix(lit.Value, "-") && (len(lit.Value) > 1 || len(r.Word.Parts) > 1) {
			g.refuse("hidden-word", r.Pos().Offset(), r.End().Offset(),
				"a word follows "+r.Op.String()+"- without a space", "put a space behind "+r.Op.String()+"-")
		}
		// bash expands the word of >& a second time when it names a file. The
		// evaluator does so for a variable, which is what a descriptor's
		// number stands in.
		if r.Op == syntax.DplOut && !plainWord(r.Word) && !isParam(r.Word) {
			g.refuse("hidden-expansion", r.Pos().Offset(), r.End().Offset(),
				"bash expands what follows >& twice", "use &> for a file, and a number for a descriptor")
		}
	case syntax.Hdoc, syntax.DashHdoc:
		g.hereDoc(r, at)
		return
	}
	g.braces(r.Word)
	g.word(r.Word, at)
}

// assigns checks assignments, which may be arguments of declare and the like.
func (g *gate) assigns(list []*syntax.Assign, args bool, at place) {
	for _, a := range list {
		g.assign(a, args)
		if g.lang == syntax.LangZsh {
			g.zshAssign(a)
		}
		g.index(a.Index, at)
		if a.Naked && a.Value != nil {
			g.braces(a.Value)
		}
		g.word(a.Value, at)
		if a.Array != nil {
			for _, el := range a.Array.Elems {
				g.comments(el.Comments, at)
				g.index(el.Index, at)
				if el.Value != nil {
					g.braces(el.Value)
				}
				g.word(el.Value, at)
			}
			g.comments(a.Array.Last, at)
		}
	}
}

// index checks the index of an assignment, which bash reads as a word.
func (g *gate) index(x syntax.ArithmExpr, at place) {
	if x == nil {
		return
	}
	if src := g.source(x); strings.Contains(src, "<(") || strings.Contains(src, ">(") {
		g.procSubst(x)
	}
	g.arithm(x, at.quote())
}

// assign refuses a word that is an assignment for the parser only.
func (g *gate) assign(a *syntax.Assign, arg bool) {
	ok := a.Name == nil || syntax.ValidName(a.Name.Value)
	if a.Index != nil {
		rest := g.text[min(a.Index.End().Offset(), uint(len(g.text))):]
		rest = strings.TrimLeft(rest, " \t\n\\")
		ok = ok && (a.Naked || strings.HasPrefix(rest, "]=") || strings.HasPrefix(rest, "]+="))
		if ok && (arg || g.lang == syntax.LangZsh) {
			// In an argument, and in zsh, the index is read as any word.
			ok = !strings.ContainsAny(g.text[a.Name.End().Offset():len(g.text)-len(rest)], " \t\n")
			g.operators(a.Index)
		}
	}
	if !ok {
		g.refuse("ambiguous-assignment", a.Pos().Offset(), a.End().Offset(),
			"the word is not an assignment in every shell", "write it as name=value or name[index]=value")
	}
}

func (g *gate) arithm(x syntax.ArithmExpr, at place) {
	if x == nil || !g.enter(x) {
		return
	}
	defer g.leave()
	n := 0
	for {
		b, ok := x.(*syntax.BinaryArithm)
		if !ok {
			break
		}
		if n++; !g.chain(n, b) {
			return
		}
		g.arithm(b.Y, at)
		x = b.X
	}
	switch x := x.(type) {
	case *syntax.UnaryArithm:
		g.arithm(x.X, at)
	case *syntax.ParenArithm:
		g.arithm(x.X, at)
	case *syntax.FlagsArithm:
		if strings.ContainsAny(g.text[x.Flags.End().Offset():x.End().Offset()], "$`'\"\\<>=(") {
			g.unknown(x)
		}
	case *syntax.Word:
		if g.lang == syntax.LangZsh {
			g.zshArithm(x)
		}
		g.word(x, at)
	default:
		g.unknown(x)
	}
}

func (g *gate) test(x syntax.TestExpr, at place) {
	if !g.enter(x) {
		return
	}
	defer g.leave()
	n := 0
	for {
		b, ok := x.(*syntax.BinaryTest)
		if !ok {
			break
		}
		if n++; !g.chain(n, b) {
			return
		}
		g.test(b.Y, at)
		if w, ok := b.Y.(*syntax.Word); ok && b.Op == syntax.TsReMatch {
			g.paramWord(w, at)
		}
		x = b.X
	}
	switch x := x.(type) {
	case *syntax.UnaryTest:
		g.test(x.X, at)
	case *syntax.ParenTest:
		g.test(x.X, at)
	case *syntax.Word:
		if lit, ok := x.Parts[0].(*syntax.Lit); ok && strings.HasPrefix(lit.Value, "#") {
			g.refuse("hidden-comment", lit.Pos().Offset(), lit.End().Offset(),
				"a # in [[ … ]] begins a comment", "quote the #")
		}
		g.word(x, at)
	default:
		g.unknown(x)
	}
}
