package javascript

import (
	"slices"

	"github.com/tdewolff/parse/v2/js"
)

// block reads statements; imports and functions are known before the others.
func (m *machine) block(stmts []js.IStmt, f *frame) flow {
	for _, s := range stmts {
		if i, ok := s.(*js.ImportStmt); ok {
			m.importStmt(i, f)
		}
		if d, ok := exported(s).(*js.FuncDecl); ok && d.Name != nil {
			m.bindName(d.Name.Data, m.closure(d, f), f)
		}
	}
	var out flow
	for _, s := range stmts {
		fl := m.stmt(s, f)
		out |= fl &^ goesOn
		if fl&goesOn == 0 {
			return out
		}
	}
	return out | goesOn
}

// exported returns what a statement declares.
func exported(s js.IStmt) any {
	if e, ok := s.(*js.ExportStmt); ok {
		return e.Decl
	}
	return s
}

func (m *machine) stmt(s js.IStmt, f *frame) flow {
	if s == nil {
		return goesOn
	}
	if !m.enter() {
		return goesOn
	}
	defer m.leave()
	switch s := s.(type) {
	case *js.ExprStmt:
		m.eval(s.Value, f)
		if m.exits {
			m.exits = false
			return throws
		}
	case *js.VarDecl:
		m.declaration(s, f)
	case *js.FuncDecl, *js.ImportStmt: // block has read them
	case *js.ClassDecl:
		v := m.classValue(s, f)
		if s.Name != nil {
			m.bindName(s.Name.Data, v, f)
		}
	case *js.BlockStmt:
		return m.block(s.List, m.inner(f, s.Scope.Declared))
	case *js.IfStmt:
		return m.ifStmt(s, f)
	case *js.ReturnStmt:
		return m.returnStmt(s, f)
	case *js.ThrowStmt:
		m.eval(s.Value, f)
		return throws
	case *js.TryStmt:
		return m.try(s, f)
	case *js.BranchStmt:
		switch {
		case s.Label != nil:
			return breaks | continues | goesOn
		case s.Type == js.BreakToken:
			return breaks
		}
		return continues
	case *js.LabelledStmt:
		return m.stmt(s.Value, f)
	case *js.SwitchStmt:
		return m.switchStmt(s, f)
	case *js.WithStmt:
		m.eval(s.Cond, f)
		return m.stmt(s.Body, f)
	case *js.ExportStmt:
		m.exportStmt(s, f)
	default:
		return m.loop(s, f)
	}
	return goesOn
}

func (m *machine) declaration(d *js.VarDecl, f *frame) {
	for i := range d.List {
		e := &d.List[i]
		v := value{kind: undefined}
		if e.Default != nil {
			v = m.eval(e.Default, f)
		} else if d.TokenType == js.VarToken {
			continue // it keeps what it has
		}
		m.bind(e.Binding, v, f)
	}
}

func (m *machine) ifStmt(s *js.IfStmt, f *frame) flow {
	cond, ok := m.eval(s.Cond, f).bool()
	switch {
	case ok && cond:
		return m.stmt(s.Body, f)
	case ok:
		return m.stmt(s.Else, f)
	}
	return m.branches(f.call,
		func() flow { return m.stmt(s.Body, f) },
		func() flow { return m.stmt(s.Else, f) })
}

func (m *machine) returnStmt(s *js.ReturnStmt, f *frame) flow {
	v := value{kind: undefined}
	if s.Value != nil {
		v = m.eval(s.Value, f)
	}
	if c := f.call; c != nil {
		if c.returned {
			v = either(c.result, v)
		}
		c.result, c.returned = v, true
	}
	return returns
}

// try reads a try statement: what its body does may be undone at any point when
// the handler runs.
func (m *machine) try(s *js.TryStmt, f *frame) flow {
	var fl flow
	if s.Body != nil {
		fl = m.block(s.Body.List, m.inner(f, s.Body.Scope.Declared))
	}
	if s.Catch != nil {
		caught := fl&throws != 0
		handler := func() flow {
			in := m.inner(f, s.Catch.Scope.Declared)
			if s.Binding != nil {
				m.bind(s.Binding, value{}, in)
			}
			return m.block(s.Catch.List, in)
		}
		rest := fl &^ throws
		if caught && rest == 0 {
			fl = handler()
		} else {
			fl = rest | m.branches(f.call, handler, func() flow { return goesOn })
			if rest&goesOn == 0 && !caught {
				fl |= goesOn
			}
		}
	}
	if s.Finally != nil {
		end := m.block(s.Finally.List, m.inner(f, s.Finally.Scope.Declared))
		if end&goesOn == 0 {
			return end
		}
		fl |= end &^ goesOn
	}
	return fl
}

// switchStmt reads every case that may be taken, each with those after it that
// it falls through to.
func (m *machine) switchStmt(s *js.SwitchStmt, f *frame) flow {
	on := m.eval(s.Init, f)
	in := m.inner(f, s.Scope.Declared)
	var ways []func() flow
	sure, byDefault := false, false
	add := func(i int) {
		ways = append(ways, func() flow {
			var out flow
			for _, c := range s.List[i:] {
				fl := m.block(c.List, in)
				out |= fl &^ goesOn
				if fl&goesOn == 0 {
					return out
				}
			}
			return out | goesOn
		})
	}
	for i := range s.List {
		c := &s.List[i]
		if c.Cond == nil {
			byDefault = true
			continue
		}
		if sure {
			continue
		}
		switch eq, ok := equal(on, m.eval(c.Cond, f)); {
		case ok && eq:
			sure = true
			add(i)
		case !ok:
			add(i)
		}
	}
	if !sure {
		if byDefault {
			for i := range s.List {
				if s.List[i].Cond == nil {
					add(i)
				}
			}
		} else {
			ways = append(ways, func() flow { return goesOn })
		}
	}
	fl := m.branches(f.call, ways...)
	if fl&breaks != 0 {
		fl = fl&^breaks | goesOn
	}
	return fl
}

// loop reads the statements that repeat others.
func (m *machine) loop(s js.IStmt, f *frame) flow {
	switch s := s.(type) {
	case *js.WhileStmt:
		return m.while(f, func(*frame) (bool, bool) { return m.eval(s.Cond, f).bool() }, func(*frame) flow { return m.stmt(s.Body, f) }, nil)
	case *js.DoWhileStmt:
		first := m.stmt(s.Body, f)
		if first&(goesOn|continues) == 0 {
			return afterLoop(first)
		}
		return afterLoop(first) | m.while(f, func(*frame) (bool, bool) { return m.eval(s.Cond, f).bool() }, func(*frame) flow { return m.stmt(s.Body, f) }, nil)
	case *js.ForStmt:
		in := m.inner(f, s.Body.Scope.Declared)
		if d, ok := s.Init.(*js.VarDecl); ok {
			m.declaration(d, in)
		} else if s.Init != nil {
			m.eval(s.Init, in)
		}
		cond := func(*frame) (bool, bool) {
			if s.Cond == nil {
				return true, true
			}
			return m.eval(s.Cond, in).bool()
		}
		return m.while(in, cond, func(*frame) flow { return m.block(s.Body.List, in) }, s.Post)
	case *js.ForOfStmt:
		return m.forEach(s.Init, m.elements(m.eval(s.Value, f)), s.Body, f)
	case *js.ForInStmt:
		return m.forEach(s.Init, m.keysOf(m.eval(s.Value, f)), s.Body, f)
	}
	return goesOn
}

// while reads a loop: as often as it is known to go round, then as often as is
// needed to see what unknown many rounds may do.
func (m *machine) while(f *frame, cond func(*frame) (bool, bool), body func(*frame) flow, post js.IExpr) flow {
	out := flow(0)
	round := func() flow {
		fl := body(f)
		out |= fl &^ (goesOn | breaks | continues)
		if fl&(goesOn|continues) != 0 && post != nil {
			m.eval(post, f)
		}
		return fl
	}
	for n := 0; ; n++ {
		more, ok := cond(f)
		if ok && !more {
			return out | goesOn
		}
		if !ok || n >= maxRounds || m.steps <= 0 {
			break
		}
		fl := round()
		switch {
		case fl&(goesOn|continues) == 0 && fl&breaks == 0:
			return out
		case fl&(goesOn|continues) == 0:
			return out | goesOn
		case fl&(breaks|returns|throws) != 0:
			n = max(n, maxRounds-16) // it may end in each round
		}
	}
	m.roundAndRound(f, func() flow {
		fl := round()
		cond(f)
		return fl
	})
	return out | goesOn
}

// roundAndRound reads what may happen any number of times, until nothing new is
// left behind.
func (m *machine) roundAndRound(f *frame, round func() flow) {
	for n := range 2 {
		if m.steps <= 0 {
			return
		}
		mark, changed := len(m.log), false
		m.branches(f.call, func() flow {
			fl := round()
			changed = len(m.log) > mark
			if n == 0 {
				m.widen()
			}
			return fl | goesOn
		}, func() flow { return goesOn })
		if !changed {
			return
		}
	}
}

// widen makes all that the branch at hand has changed unknown, keeping what it
// was as one of the values that it may have.
func (m *machine) widen() {
	for i := len(m.log) - 1; i >= 0; i-- {
		u := &m.log[i]
		switch {
		case u.cell != nil && u.cell.saved == m.fork:
			if !same(u.cell.v, u.old) {
				u.cell.v = either(u.cell.v, value{})
			}
		case u.obj != nil && u.obj.saved == m.fork:
			u.obj.widen(&u.was)
		default:
			return
		}
	}
}

// widen opens an object that a round of a loop has changed. A list that did not
// just grow may have lost any of its elements, and have others before them.
func (o *object) widen(was *object) {
	o.open = true
	if o.class != array || len(o.elems) >= len(was.elems) && slices.EqualFunc(o.elems[:len(was.elems)], was.elems, same) {
		return
	}
	elems := []value{hole}
	for i, e := range was.elems {
		if i == maxChoice {
			break
		}
		elems = append(elems, either(e, value{kind: absent}))
	}
	o.elems = elems
}

func afterLoop(fl flow) flow {
	out := fl &^ (breaks | continues)
	if fl&(breaks|continues) != 0 {
		out |= goesOn
	}
	return out
}

// forEach reads the body of a loop for every element of a list.
func (m *machine) forEach(init js.IExpr, over listing, body *js.BlockStmt, f *frame) flow {
	out := flow(0)
	round := func(v value) flow {
		in := m.inner(f, body.Scope.Declared)
		m.assignLoop(init, v, in)
		fl := m.block(body.List, in)
		out |= fl &^ (goesOn | breaks | continues)
		return fl
	}
	for i, v := range over.elems {
		if i == maxRounds || m.steps <= 0 {
			over.open = true
			break
		}
		fl := goesOn
		if holds(v, absent) || i > 0 && out != 0 {
			fl = m.branches(f.call, func() flow { return round(present(v)) }, func() flow { return goesOn })
		} else {
			fl = round(v)
		}
		if fl&(goesOn|continues) == 0 {
			if fl&breaks != 0 {
				return out | goesOn
			}
			return out
		}
	}
	if over.open {
		m.roundAndRound(f, func() flow { return round(value{source: over.source}) })
	}
	return out | goesOn
}

func (m *machine) assignLoop(init js.IExpr, v value, f *frame) {
	if d, ok := init.(*js.VarDecl); ok {
		for i := range d.List {
			m.bind(d.List[i].Binding, v, f)
		}
		return
	}
	m.assign(init, v, f)
}

// holds reports whether a value may be of a kind.
func holds(v value, k kind) bool {
	for _, w := range v.choices() {
		if w.kind == k {
			return true
		}
	}
	return false
}

// present returns a value of a list that is there.
func present(v value) value {
	if v.kind != choice {
		return v
	}
	var out []value
	for _, w := range v.alts {
		if w.kind != absent {
			out = append(out, w)
		}
	}
	switch len(out) {
	case 0:
		return value{kind: undefined}
	case 1:
		return out[0]
	}
	return value{kind: choice, alts: out}
}
