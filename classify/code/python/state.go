package python

import "slices"

// A table holds values by name.
type table struct{ m map[string]value }

func newTable() *table { return &table{map[string]value{}} }

// A scope holds the variables of a function, class or module.
type scope struct {
	vars    *table
	outer   *scope          // where names are looked up that are not here
	globals map[string]bool // names that a global or nonlocal statement gives away
	class   bool            // functions inside do not see it
	stars   []string        // libraries all of whose names are imported
	ret     []value         // what a function returned
	yields  []value
	fn      *function
}

func newScope(outer *scope) *scope { return &scope{vars: newTable(), outer: outer} }

func (sc *scope) module() *scope {
	for sc.outer != nil {
		sc = sc.outer
	}
	return sc
}

// lookup finds a variable.
func (sc *scope) lookup(name string) (value, bool) {
	for at := sc; at != nil; at = at.outer {
		if at.class && at != sc {
			continue
		}
		if v, ok := at.vars.m[name]; ok {
			return v, true
		}
	}
	return value{}, false
}

// A spot is what can change: a variable or attribute, or what a list or dict
// holds.
type spot struct {
	vars *table
	name string
	obj  *object
}

// A change is what a spot held before, or holds after it.
type change struct {
	spot
	val   value
	had   bool
	items []value
	alts  [][]value
}

// set gives a variable a value.
func (e *evaluator) set(sc *scope, name string, v value) {
	if sc.globals[name] {
		at := sc.outer
		for at.outer != nil {
			if _, ok := at.vars.m[name]; ok {
				break
			}
			at = at.outer
		}
		sc = at
	}
	e.put(sc.vars, name, v)
}

func (e *evaluator) put(vars *table, name string, v value) {
	if e.branches > 0 {
		old, had := vars.m[name]
		e.journal = append(e.journal, change{spot: spot{vars: vars, name: name}, val: old, had: had})
	}
	vars.m[name] = v
}

// attr gives an object an attribute.
func (e *evaluator) attr(o *object, name string, v value) {
	if o.attrs == nil {
		o.attrs = newTable()
	}
	e.put(o.attrs, name, v)
}

// hold changes what a list or dict holds.
func (e *evaluator) hold(o *object, items []value, alts [][]value) {
	e.steps += len(items) / 64
	if len(items) > maxItems {
		return
	}
	if e.branches > 0 {
		e.journal = append(e.journal, change{spot: spot{obj: o}, items: o.items, alts: o.alts})
	}
	if len(alts) >= maxAlternatives {
		alts = append(alts[:maxAlternatives-1:maxAlternatives-1], []value{{}})
	}
	o.items, o.alts = items, alts
}

// A flow says how a block ends.
type flow uint8

const (
	goesOn  flow = iota
	stops        // by break, continue or an exception
	returns      // from the function
)

// branch runs alternatives from the same state, and joins where they end. What
// those do that return does not count, unless all do.
func (e *evaluator) branch(paths ...func() flow) flow {
	e.branches++
	mark := len(e.journal)
	best := returns
	var ends, gone [][]change
	for _, path := range paths {
		f := path()
		best = min(best, f)
		if end := e.undo(mark); f != returns {
			ends = append(ends, end)
		} else {
			gone = append(gone, end)
		}
	}
	e.branches--
	if len(ends) == 0 {
		ends = gone
	}
	e.merge(ends)
	return best
}

// undo takes back all changes since a mark, and returns what it was at the end.
func (e *evaluator) undo(mark int) []change {
	if len(e.journal) == mark {
		return nil
	}
	end := make([]change, 0, min(len(e.journal)-mark, 16))
	seen := spots{}
	for i := len(e.journal) - 1; i >= mark; i-- {
		c := e.journal[i]
		e.steps++
		if _, known := seen.index(c.spot); !known {
			end = append(end, e.current(c.spot))
		}
		switch {
		case c.obj != nil:
			c.obj.items, c.obj.alts = c.items, c.alts
		case c.had:
			c.vars.m[c.name] = c.val
		default:
			delete(c.vars.m, c.name)
		}
	}
	e.journal = e.journal[:mark]
	slices.Reverse(end)
	return end
}

// current is what a spot holds.
func (e *evaluator) current(s spot) change {
	c := change{spot: s}
	if s.obj != nil {
		c.items, c.alts = s.obj.items, s.obj.alts
	} else {
		c.val, c.had = s.vars.m[s.name]
	}
	return c
}

// merge makes every spot hold what it may at any of the ends.
func (e *evaluator) merge(ends [][]change) {
	seen := spots{}
	var all [][]change
	for _, end := range ends {
		for _, c := range end {
			i, known := seen.index(c.spot)
			if !known {
				all = append(all, make([]change, 0, len(ends)))
			}
			all[i] = append(all[i], c)
		}
	}
	for _, now := range all {
		s := now[0].spot
		if len(now) < len(ends) {
			now = append(now, e.current(s))
		}
		if s.obj == nil {
			e.put(s.vars, s.name, joined(now))
			continue
		}
		if s.obj.dict {
			e.hold(s.obj, joinEntries(now), nil)
			continue
		}
		var states [][]value
		for _, c := range now {
			for _, items := range append([][]value{c.items}, c.alts...) {
				if !slices.ContainsFunc(states, func(have []value) bool { return slices.EqualFunc(have, items, same) }) {
					states = append(states, items)
				}
			}
		}
		e.hold(s.obj, states[0], states[1:])
	}
}

// joined is what a variable may be.
func joined(now []change) value {
	sum, any := value{}, false
	for _, c := range now {
		switch {
		case !c.had:
		case !any:
			sum, any = c.val, true
		case !same(sum, c.val):
			sum = oneOf(sum, c.val)
		}
	}
	return sum
}

// spots numbers spots. Few are looked through, of many a map is made.
type spots struct {
	few  []spot
	many map[spot]int
}

// index returns the number of a spot, and whether it had one.
func (s *spots) index(x spot) (i int, known bool) {
	if s.many != nil {
		i, known = s.many[x]
	} else {
		i = slices.Index(s.few, x)
		known = i >= 0
	}
	if known {
		return i, true
	}
	s.few = append(s.few, x)
	if len(s.few) == 16 {
		s.many = map[spot]int{}
		for k, y := range s.few {
			s.many[y] = k
		}
	} else if s.many != nil {
		s.many[x] = len(s.few) - 1
	}
	return len(s.few) - 1, false
}

// joinEntries returns the entries of dicts, with all that their values may be.
func joinEntries(now []change) []value {
	sum := object{dict: true}
	for _, c := range now {
		for i := 0; i+1 < len(c.items); i += 2 {
			v := c.items[i+1]
			if have, ok := sum.entry(c.items[i]); ok {
				v = oneOf(have, v)
			}
			sum.items = sum.with(c.items[i], v)
		}
	}
	return sum.items
}
