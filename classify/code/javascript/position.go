package javascript

import (
	"bytes"

	"github.com/tdewolff/parse/v2/js"

	"github.com/venv-guard/venv-guard/action"
)

// The parser's tree has no positions, but the names and literals in it are parts
// of the text, all but names of variables, of which a scope keeps one for all
// uses. A walk in the order of the text finds those between what is known.

// position returns where a call of a file stands.
func (f *file) position(n js.INode) action.Pos {
	if f.outer != nil {
		return f.outer.position(f.call)
	}
	if n == nil || f.tree == nil {
		return action.Pos{}
	}
	if f.pos == nil {
		w := &walker{src: f.text, pos: map[js.INode]int{}}
		w.statements(f.tree.BlockStmt.List)
		f.pos = w.pos
	}
	at, ok := f.pos[n]
	if !ok {
		return action.Pos{}
	}
	before := f.text[:at]
	return action.Pos{File: f.loadedAs, Line: 1 + bytes.Count(before, []byte("\n")), Col: len(before) - bytes.LastIndexByte(before, '\n')}
}

// inText is the file of code that stands in a text which a call of f runs.
func (f *file) inText(at js.INode) *file {
	in := *f
	in.outer, in.call, in.pos = f, at, nil
	return &in
}

// A walker goes through a tree in the order of the text.
type walker struct {
	src   []byte
	at    int // all before it was seen
	depth int
	pos   map[js.INode]int
}

// part notes a token that is a part of the text, and returns where it stands.
func (w *walker) part(b []byte) int {
	before := w.at
	for from, n := w.at, 0; n < 64 && len(b) > 0; n++ {
		i := bytes.Index(w.src[from:], b)
		if i < 0 {
			break
		}
		if i += from; &w.src[i] == &b[0] { // not the same words elsewhere
			w.at = i + len(b)
			return i
		}
		from = i + 1
	}
	return before
}

// name finds a variable's name after what was seen, and returns where it stands.
func (w *walker) name(name []byte) int {
	for i := w.at; i < len(w.src); {
		switch c := w.src[i]; {
		case c == '/' && i+1 < len(w.src) && w.src[i+1] == '/':
			n := bytes.IndexByte(w.src[i:], '\n')
			if n < 0 {
				return w.at
			}
			i += n
		case c == '/' && i+1 < len(w.src) && w.src[i+1] == '*':
			n := bytes.Index(w.src[i+2:], []byte("*/"))
			if n < 0 {
				return w.at
			}
			i += n + 4
		case isName(c):
			end := i
			for end < len(w.src) && isName(w.src[end]) {
				end++
			}
			if bytes.Equal(w.src[i:end], name) {
				w.at = end
				return i
			}
			i = end
		default:
			i++
		}
	}
	return w.at
}

func isName(c byte) bool {
	return c == '_' || c == '$' || c == '#' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c >= 0x80 || c == '\\'
}

func (w *walker) statements(list []js.IStmt) {
	for _, s := range list {
		w.stmt(s)
	}
}

func (w *walker) block(b *js.BlockStmt) {
	if b != nil {
		w.statements(b.List)
	}
}

// deeper guards a walk against trees of which the evaluator reads no more.
func (w *walker) deeper() bool { w.depth++; return w.depth < 4*maxDepth }

func (w *walker) stmt(s js.IStmt) {
	defer func() { w.depth-- }()
	if !w.deeper() || s == nil {
		return
	}
	switch s := s.(type) {
	case *js.BlockStmt:
		w.block(s)
	case *js.ExprStmt:
		w.expr(s.Value)
	case *js.VarDecl:
		w.expr(s)
	case *js.FuncDecl:
		w.expr(s)
	case *js.ClassDecl:
		w.expr(s)
	case *js.IfStmt:
		w.expr(s.Cond)
		w.stmt(s.Body)
		w.stmt(s.Else)
	case *js.DoWhileStmt:
		w.stmt(s.Body)
		w.expr(s.Cond)
	case *js.WhileStmt:
		w.expr(s.Cond)
		w.stmt(s.Body)
	case *js.ForStmt:
		w.expr(s.Init)
		w.expr(s.Cond)
		w.expr(s.Post)
		w.block(s.Body)
	case *js.ForInStmt:
		w.expr(s.Init)
		w.expr(s.Value)
		w.block(s.Body)
	case *js.ForOfStmt:
		w.expr(s.Init)
		w.expr(s.Value)
		w.block(s.Body)
	case *js.SwitchStmt:
		w.expr(s.Init)
		for i := range s.List {
			w.expr(s.List[i].Cond)
			w.statements(s.List[i].List)
		}
	case *js.ReturnStmt:
		w.expr(s.Value)
	case *js.WithStmt:
		w.expr(s.Cond)
		w.stmt(s.Body)
	case *js.LabelledStmt:
		w.part(s.Label)
		w.stmt(s.Value)
	case *js.ThrowStmt:
		w.expr(s.Value)
	case *js.TryStmt:
		w.block(s.Body)
		w.binding(s.Binding)
		w.block(s.Catch)
		w.block(s.Finally)
	case *js.ImportStmt:
		for _, a := range s.List {
			w.part(a.Binding)
		}
		w.pos[s] = w.part(s.Module)
	case *js.ExportStmt:
		for _, a := range s.List {
			w.part(a.Binding)
		}
		w.part(s.Module)
		w.expr(s.Decl)
	case *js.DirectivePrologueStmt:
		w.part(s.Value)
	}
}

func (w *walker) binding(b js.IBinding) {
	switch b := b.(type) {
	case *js.Var:
		w.name(b.Data)
	case *js.BindingArray:
		for i := range b.List {
			w.element(&b.List[i])
		}
		w.binding(b.Rest)
	case *js.BindingObject:
		for i := range b.List {
			if k := b.List[i].Key; k != nil && (k.Computed != nil || !isBinding(b.List[i].Value.Binding, k.Literal.Data)) {
				w.propertyName(k)
			}
			w.element(&b.List[i].Value)
		}
		if b.Rest != nil {
			w.name(b.Rest.Data)
		}
	}
}

// isBinding reports whether { a } stands for { a: a }.
func isBinding(b js.IBinding, name []byte) bool {
	v, ok := b.(*js.Var)
	return ok && bytes.Equal(v.Data, name)
}

func (w *walker) element(e *js.BindingElement) {
	w.binding(e.Binding)
	w.expr(e.Default)
}

func (w *walker) propertyName(n *js.PropertyName) {
	if n.Computed != nil {
		w.expr(n.Computed)
		return
	}
	w.part(n.Literal.Data)
}

func (w *walker) function(name *js.Var, p *js.Params, b *js.BlockStmt) {
	if name != nil {
		w.name(name.Data)
	}
	for i := range p.List {
		w.element(&p.List[i])
	}
	w.binding(p.Rest)
	w.block(b)
}

func (w *walker) expr(e js.IExpr) {
	defer func() { w.depth-- }()
	if !w.deeper() || e == nil {
		return
	}
	switch e := e.(type) {
	case *js.Var:
		w.name(e.Data)
	case *js.LiteralExpr:
		w.part(e.Data)
	case js.LiteralExpr:
		w.part(e.Data)
	case *js.VarDecl:
		for i := range e.List {
			w.element(&e.List[i])
		}
	case *js.FuncDecl:
		w.function(e.Name, &e.Params, &e.Body)
	case *js.MethodDecl:
		w.propertyName(&e.Name.PropertyName)
		w.function(nil, &e.Params, &e.Body)
	case *js.ArrowFunc:
		w.function(nil, &e.Params, &e.Body)
	case *js.ClassDecl:
		w.class(e)
	case *js.ArrayExpr:
		for i := range e.List {
			w.expr(e.List[i].Value)
		}
	case *js.ObjectExpr:
		for i := range e.List {
			p := &e.List[i]
			_, short := p.Value.(*js.MethodDecl)
			if v, ok := p.Value.(*js.Var); ok && p.Name != nil && p.Name.IsIdent(v.Data) {
				short = true
			}
			if p.Name != nil && !short {
				w.propertyName(p.Name)
			}
			w.expr(p.Value)
			w.expr(p.Init)
		}
	case *js.TemplateExpr:
		w.callee(e, e.Tag)
		for i := range e.List {
			w.part(e.List[i].Value)
			w.expr(e.List[i].Expr)
		}
		w.part(e.Tail)
	case *js.CallExpr:
		w.callee(e, e.X)
		for i := range e.Args.List {
			w.expr(e.Args.List[i].Value)
		}
	case *js.NewExpr:
		w.callee(e, e.X)
		if e.Args != nil {
			for i := range e.Args.List {
				w.expr(e.Args.List[i].Value)
			}
		}
	case *js.BinaryExpr:
		w.chain(e)
	default:
		w.simple(e)
	}
}

// chain goes through the operands of a chain of operators, which may be long.
func (w *walker) chain(e *js.BinaryExpr) {
	var right []js.IExpr
	var x js.IExpr = e
	for {
		b, ok := x.(*js.BinaryExpr)
		if !ok {
			break
		}
		right = append(right, b.Y)
		x = b.X
	}
	w.expr(x)
	for i := len(right) - 1; i >= 0; i-- {
		w.expr(right[i])
	}
}

// callee notes where a call stands: at the name that is called.
func (w *walker) callee(call js.INode, x js.IExpr) {
	switch x := x.(type) {
	case nil:
		return
	case *js.Var:
		w.pos[call] = w.name(x.Data)
		return
	case *js.DotExpr:
		w.expr(x.X)
		if l, ok := x.Y.(js.LiteralExpr); ok {
			w.pos[call] = w.part(l.Data)
			return
		}
	}
	before := w.at
	w.expr(x)
	w.pos[call] = max(before, 0)
}

func (w *walker) class(e *js.ClassDecl) {
	if e.Name != nil {
		w.name(e.Name.Data)
	}
	w.expr(e.Extends)
	for i := range e.List {
		el := &e.List[i]
		switch {
		case el.StaticBlock != nil:
			w.block(el.StaticBlock)
		case el.Method != nil:
			w.expr(el.Method)
		default:
			w.propertyName(&el.Field.Name.PropertyName)
			w.expr(el.Field.Init)
		}
	}
}

func (w *walker) simple(e js.IExpr) {
	switch e := e.(type) {
	case *js.GroupExpr:
		w.expr(e.X)
	case *js.DotExpr:
		w.expr(e.X)
		w.expr(e.Y)
	case *js.IndexExpr:
		w.expr(e.X)
		w.expr(e.Y)
	case *js.UnaryExpr:
		w.expr(e.X)
	case *js.CondExpr:
		w.expr(e.Cond)
		w.expr(e.X)
		w.expr(e.Y)
	case *js.YieldExpr:
		w.expr(e.X)
	case *js.CommaExpr:
		for _, x := range e.List {
			w.expr(x)
		}
	}
}
