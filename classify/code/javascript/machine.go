package javascript

import (
	"slices"

	"github.com/tdewolff/parse/v2/js"

	"github.com/venv-guard/venv-guard/action"
)

// Budgets. A step is one expression or statement that is read; what a program
// may take grows with its length, so that each part of it can be read.
const (
	minSteps  = 1 << 17
	maxSteps  = 1 << 18
	maxDepth  = 400 // expressions, statements and calls inside each other
	maxCalls  = 48  // calls inside each other
	maxRounds = 256 // rounds of a loop whose end is known
	maxActs   = 1024
	maxLater  = 256
)

// A flow says how a program may go on after a statement.
type flow uint8

const (
	goesOn flow = 1 << iota
	returns
	throws
	breaks
	continues
)

// A machine reads one program.
type machine struct {
	Program
	global  *frame
	files   map[string]*file
	steps   int
	depth   int
	calls   int
	nesting int // code in strings in code
	unread  bool

	fork, forks int
	log         []undo

	acts    []action.Act
	epoch   int      // changes of variables by functions inside others
	later   []func() // what runs when the program has come to its end
	sums    map[*js.BlockStmt]*summary
	pending []*closure // functions that nobody has called yet

	dir   string   // that the program has gone to
	env   []string // NAME=value that it has set
	unset []string // names that it has removed from its environment
	at    js.INode // the call that is being read
	scope *frame   // and where it stands
	file  *file
	exits bool
	wrote map[string]string // files, and what the program has written to them
}

// A file is a text of code with its tree.
type file struct {
	name     string
	loadedAs string // its name, if the program loads it
	text     []byte
	tree     *js.AST
	exports  *object
	module   *object
	pos      map[js.INode]int
	// Of code that stands in a text of another file: that file and the call
	// that runs it.
	outer   *file
	call    js.INode
	json    value // what it is, of one that is data
	trusted bool  // one of the project, that the program only imports
}

// Read reads a program. ok is false if it cannot be parsed, which is so too for
// a program in an unknown dialect.
func Read(p Program) (r Result, ok bool) {
	if harmless(p.Text) {
		return Result{}, true
	}
	m := &machine{Program: p, files: map[string]*file{}, sums: map[*js.BlockStmt]*summary{}}
	m.steps = min(max(minSteps, 2*len(p.Text)), maxSteps)
	m.global = &frame{}
	f := &file{name: p.File}
	if f.tree, f.text = parseProgram(p.Text); f.tree == nil {
		return Result{}, false
	}
	m.run(f)
	for i := 0; i < len(m.later) && i < maxLater && m.steps > 0; i++ {
		m.maybe(m.later[i])
	}
	m.uncalled()
	return Result{Acts: m.acts, Unread: m.unread}, true
}

// run reads the statements of a file.
func (m *machine) run(f *file) {
	outer := m.file
	m.file = f
	f.exports = &object{}
	f.module = &object{keys: []string{"exports"}, props: map[string]value{
		"exports": {kind: reference, obj: f.exports}, "require": nativeOf("require"), "constructor": nativeOf("Module"), "_compile": nativeOf("module._compile"),
	}}
	c := &call{}
	top := &frame{parent: m.global, call: c, hasIt: true, this: value{kind: reference, obj: f.exports}}
	m.declare(top, f.tree.BlockStmt.Scope.Declared)
	m.block(f.tree.BlockStmt.List, top)
	for _, s := range f.tree.BlockStmt.List { // what was exported before it had a value
		if e, ok := s.(*js.ExportStmt); ok && e.Decl == nil && e.Module == nil {
			m.exportStmt(e, top)
		}
	}
	m.file = outer
}

// uncalled reads the functions that nobody called, with arguments that are not
// known.
func (m *machine) uncalled() {
	for i := 0; i < len(m.pending) && m.steps > 0; i++ {
		fn := m.pending[i]
		if fn.called && !fn.sum.again || fn.file.trusted || fn.sum.last == maxVague {
			continue
		}
		fn.sum.last++
		fn.sum.vague, fn.sum.again = 0, false
		m.maybe(func() { m.apply(fn, fn.this, nil, true) })
	}
}

// work spends steps, and reports whether there are any left.
func (m *machine) work(n int) bool {
	if m.steps -= n; m.steps <= 0 {
		m.unread = true
		return false
	}
	return true
}

// enter begins something that may nest. If it reports false the machine is too
// deep in it.
func (m *machine) enter() bool {
	if m.depth >= maxDepth || !m.work(1) {
		m.unread = true
		return false
	}
	m.depth++
	return true
}

func (m *machine) leave() { m.depth-- }

// andLater calls a function now, and once more when the program has come to its
// end: what it sees may be otherwise by the time that it is called.
func (m *machine) andLater(f func() value) value {
	at, file, scope, dir, env := m.at, m.file, m.scope, m.dir, m.env
	if m.calls < maxLater && len(m.later) < maxLater {
		m.later = append(m.later, func() {
			m.at, m.file, m.scope, m.dir, m.env = at, file, scope, dir, env
			f()
		})
	}
	return f()
}

// maybe reads what may happen or not.
func (m *machine) maybe(f func()) {
	m.branches(nil, func() flow { f(); return goesOn }, func() flow { return goesOn })
}

// emit notes what the call that is being read does, once.
func (m *machine) emit(a action.Act) {
	if len(m.acts) >= maxActs {
		m.unread = true
		return
	}
	if a.Kind == action.ActStart {
		a.Env.Set = append(slices.Clone(m.env), a.Env.Set...)
		a.Env.Unset = append(slices.Clone(m.unset), a.Env.Unset...)
	}
	if a.Dir == "" {
		a.Dir = m.dir
	}
	if m.file != nil {
		a.Pos = m.file.position(m.at)
	}
	if !a.Append {
		for i := range m.acts {
			if m.acts[i].Same(&a) {
				return
			}
		}
	}
	m.acts = append(m.acts, a)
}

// forget makes a value that was handed to someone unknown open: it may be
// another when they are done with it. Functions in it may be called.
func (m *machine) forget(v value) {
	for _, w := range v.choices() {
		switch {
		case w.kind != reference:
		case w.obj.class == function:
			m.callback(w)
		case w.obj.class == array || w.obj.class == plain:
			m.escape(w.obj, 0)
		}
	}
}

func (m *machine) escape(o *object, depth int) {
	if depth > 3 || !m.work(1) {
		return
	}
	if !o.open {
		m.touch(o)
		o.open = true
	}
	for _, k := range slices.Clone(o.keys) {
		m.escapes(o.props[k], depth)
	}
	for _, e := range slices.Clone(o.elems) {
		m.escapes(e, depth)
	}
}

func (m *machine) escapes(v value, depth int) {
	for _, w := range v.choices() {
		if w.kind == reference && w.obj.class == function {
			m.callback(w)
		} else if w.kind == reference && (w.obj.class == array || w.obj.class == plain) {
			m.escape(w.obj, depth+1)
		}
	}
}

// callback calls a function as someone unknown may do, now; at the end it is
// called once more, with what its variables are by then.
func (m *machine) callback(v value) {
	for _, w := range v.choices() {
		if !w.is(function) {
			continue
		}
		fn := w.obj.fn
		if fn.handed {
			continue
		}
		fn.handed = true
		called := fn.called
		m.maybe(func() { m.invoke(w, value{}, []value{{}, {}, {}}) })
		fn.called = called
	}
}
