package shell

import (
	"maps"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/internal/table"
	"github.com/venv-guard/venv-guard/world"
)

// A status is what is known of a command's exit status: nothing, that it is 0,
// or that it is another number, which may be known too (see exited).
type status int16

const (
	unknown status = iota
	success
	failure
)

// exited is the status of a command that ended with n.
func exited(n int) status {
	if n &= 255; n != 0 {
		return failure + status(n)
	}
	return success
}

func (st status) failed() bool { return st >= failure }

// number returns the exit status where it is known.
func (st status) number() (n int, known bool) {
	switch {
	case st == success:
		return 0, true
	case st > failure:
		return int(st - failure), true
	}
	return 0, false
}

// joinStatus is what is known of a status that is one of two.
func joinStatus(a, b status) status {
	switch {
	case a == b:
		return a
	case a.failed() && b.failed():
		return failure
	}
	return unknown
}

// A flow says that the rest of a list is skipped, and how far.
type flow uint8

const (
	flowNone flow = iota
	flowBreak
	flowContinue
	flowReturn
	flowExit
	flowLine // to the next line of the text: errors in expansions
)

// A variable is never changed once it is in a state.
type variable struct {
	kind varKind
	// alts are the values that a scalar may have; more than one after a
	// join. Empty means unset.
	alts []string
	// unset says that the variable may also be unset.
	unset bool
	list  []string          // of an indexed array
	index []int             // its indexes where it is sparse
	assoc map[string]string // of an associative array
	ref   string            // of a nameref

	exported, readonly, integer, lower, upper, capital bool
}

type varKind uint8

const (
	scalar varKind = iota
	indexed
	associative
	nameref
)

func (v *variable) isSet() bool {
	return v != nil && (len(v.alts) > 0 || v.kind != scalar)
}

// A function is a shell function with the text that it stands in.
type function struct {
	body     *syntax.Stmt
	src      *source
	exported bool
	readonly bool
	// aliases are those there were when the body was read, and expanded.
	aliases table.Table[string]
	// alts are other bodies that the name may stand for, after a join.
	alts []*function
}

// A frame holds what `local` must restore when a function returns.
type frame struct {
	saved table.Table[*variable]
	opts  *options // by `local -`
	up    *frame
}

// A state is everything that later commands can see of earlier ones.
type state struct {
	e *evaluator // is told of what is written

	vars    table.Table[*variable] // only what the text itself set; see evaluator.lookup
	funcs   table.Table[*function]
	aliases table.Table[string]
	traps   table.Table[string]
	hashed  table.Table[string] // hash -p
	// shownTraps are those of the shell that a subshell came from, which trap -p
	// still lists.
	shownTraps table.Table[string]
	params     []string
	name0      string
	last       string // $_: the last word of the last command
	frames     *frame

	dir    string // working directory, may be holed
	oldDir string
	dirs   []string // pushd's stack below dir
	fs     *world.Overlay

	// coded says that code in another language ran, which may have made or
	// removed any file.
	coded bool

	opts options
	// quiet says that `set -e` is without effect: in conditions, and before
	// && and ||.
	quiet bool

	status status
	// failed is the state in which the last command ended the other way than
	// status says, against expectation: what runs only then is looked at too.
	failed *state
	// unlikely marks a state that came from failed: it is dropped where a
	// likely one goes on.
	unlikely bool
	flow     flow
	levels   int  // loops that break or continue still has to leave
	loops    int  // loops around the command
	returns  bool // return has something to return from
	forked   bool // a subshell, which an error in an expansion ends

	// how far getopts is: OPTIND, and the letter within that word
	optIndex, optLetter int

	fds     []descriptor // by number; see streamAt for those that are not in it
	streams []*stream
	sinks   []sink // children that wait for what is written to them
	// lasting says that the redirections of the command stay in force: it is
	// exec without a program.
	lasting bool
	piped   bool // standard output is a pipeline's, and nothing was redirected

	host string // "" for this host
}

// options are the shell options that change what is started.
type options struct {
	errexit, lastpipe, extglob, noglob, nullglob, dotglob, globstar, pipefail bool
	allexport, execfail, nocasematch, nocaseglob, failglob, nounset, keyword  bool
	localvarInherit, inheritErrexit, literalMatch, noclobber, xtrace, noexec  bool
}

// clone returns a state that can be changed without changing s.
func (s *state) clone() *state {
	c := *s
	c.failed = nil
	return &c
}

// subshell returns the state in which a child shell begins.
func (s *state) subshell() *state {
	c := s.clone()
	c.flow, c.levels = flowNone, 0
	c.unlikely = false
	c.forked = true
	if c.traps != (table.Table[string]{}) {
		c.shownTraps = c.traps
	}
	c.traps, c.sinks = table.Table[string]{}, nil
	return c
}

func (s *state) set(name string, v *variable) { s.vars = s.vars.With(name, s.e.hidden(name, v)) }

func (s *state) setFunc(name string, f *function) { s.funcs = s.funcs.With(name, f) }

// abs returns the absolute form of a path as the system would read it, where
// link/.. is not what the link stands in.
func (s *state) abs(name string) string {
	abs := s.lexical(name)
	if !strings.Contains(name, "..") || action.Holed(abs) {
		return abs
	}
	if !path.IsAbs(name) {
		name = s.dir + "/" + name
	}
	real, err := world.Resolve(s.fs, name, false)
	if plain, perr := world.Resolve(s.fs, abs, false); err != nil || perr != nil || real == plain {
		return abs
	}
	return real
}

// lexical returns the absolute form of a path as cd reads it.
func (s *state) lexical(name string) string {
	switch {
	case path.IsAbs(name):
		return path.Clean(name)
	case action.IndexHole(name) == 0:
		return name
	case s.dir == "":
		return path.Join("/", name)
	}
	if unix := world.FromWindows(name); unix != name {
		return path.Clean(unix)
	}
	return path.Join(s.dir, name)
}

// sameSkeleton reports whether two states differ in nothing but variables and
// status, so that they can be joined into one.
func sameSkeleton(a, b *state) bool {
	return a.dir == b.dir && a.host == b.host && a.flow == b.flow && a.levels == b.levels && a.loops == b.loops && a.returns == b.returns && a.forked == b.forked && a.optIndex == b.optIndex && a.optLetter == b.optLetter &&
		a.opts == b.opts && a.quiet == b.quiet && a.fs.Equal(b.fs) && a.unlikely == b.unlikely &&
		sameStreams(a, b) && a.oldDir == b.oldDir && a.name0 == b.name0 &&
		slices.Equal(a.dirs, b.dirs) && slices.Equal(a.params, b.params) &&
		a.aliases.Equal(b.aliases, sameText) && a.traps.Equal(b.traps, sameText) &&
		a.hashed.Equal(b.hashed, sameText) &&
		sameFuncs(a.funcs, b.funcs) && a.samePath(b) && sameArrays(a, b) && sameFrames(a.frames, b.frames)
}

// sameFrames reports whether two functions would restore the same variables.
func sameFrames(a, b *frame) bool {
	for a != b {
		if a == nil || b == nil || !a.saved.Equal(b.saved, sameVar) {
			return false
		}
		a, b = a.up, b.up
	}
	return true
}

func sameText(a, b string) bool { return a == b }

func sameFuncs(a, b table.Table[*function]) bool {
	return a.Equal(b, func(f, g *function) bool { return f == g || f.body == g.body && f.exported == g.exported })
}

// pathVars are the variables that decide which program a name means; states
// that differ in them are kept apart, so that they are never mixed.
var pathVars = [...]string{"PATH", "VIRTUAL_ENV", "CONDA_PREFIX"}

// isPlace reports whether a variable tells which environment is active. The guard
// sees these as the shell will: whoever activates one starts the client there.
func isPlace(name string) bool {
	return name == "CONDA_DEFAULT_ENV" || slices.Contains(pathVars[:], name)
}

func (s *state) samePath(t *state) bool {
	for _, name := range pathVars {
		a, b := s.vars.Get(name), t.vars.Get(name)
		if a != b && !sameVar(a, b) {
			return false
		}
	}
	return true
}

// sameArrays reports whether two states agree in all arrays, which cannot have
// alternatives as scalars can.
func sameArrays(a, b *state) bool {
	return a.vars.Differ(b.vars, func(_ string, v, w *variable) bool {
		return sameVar(v, w) || (v == nil || v.kind == scalar) && (w == nil || w.kind == scalar)
	})
}

func sameVar(a, b *variable) bool {
	if a == b {
		return true
	}
	return a != nil && b != nil && a.kind == b.kind && a.unset == b.unset && a.exported == b.exported &&
		a.ref == b.ref && a.readonly == b.readonly && a.integer == b.integer && a.lower == b.lower && a.upper == b.upper && a.capital == b.capital && slices.Equal(a.alts, b.alts) && slices.Equal(a.list, b.list) &&
		slices.Equal(a.index, b.index) && maps.Equal(a.assoc, b.assoc)
}

// join merges states that later commands could not tell apart, and keeps at
// most maxStates.
func (e *evaluator) join(states []*state) []*state {
	if len(states) < 2 {
		return states
	}
	kept := states[:0:0]
next:
	for _, s := range states {
		for i, k := range kept {
			if sameSkeleton(k, s) {
				kept[i] = e.merge(k, s)
				continue next
			}
		}
		kept = append(kept, s)
	}
	if len(kept) > maxStates {
		kept = e.widen(kept)
	}
	return kept
}

// merge joins b into a; their skeletons are the same.
func (e *evaluator) merge(a, b *state) *state {
	m := a.clone()
	m.status = joinStatus(a.status, b.status)
	m.coded = a.coded || b.coded
	m.sinks = joinSinks(a.sinks, b.sinks)
	if a.last != b.last {
		m.last = action.HoleText
	}
	if a.failed != nil {
		m.failed = a.failed
	} else {
		m.failed = b.failed
	}
	a.vars.Differ(b.vars, func(name string, v, w *variable) bool {
		if v != w {
			m.set(name, e.joinVar(a, b, name))
		}
		return true
	})
	return m
}

func (e *evaluator) joinVar(a, b *state, name string) *variable {
	v, w := e.lookup(a, name), e.lookup(b, name)
	if v == nil && w == nil {
		return &variable{}
	}
	if sameVar(v, w) {
		return v
	}
	switch {
	case v == nil || w == nil:
		if v == nil {
			v = w
		}
		j := *v
		j.unset = true
		return &j
	case v.kind != w.kind || v.kind != scalar:
		return &variable{kind: indexed, list: []string{action.HoleText}, exported: v.exported || w.exported}
	}
	j := *v
	j.exported = v.exported || w.exported
	j.unset = v.unset || w.unset || len(v.alts) == 0 || len(w.alts) == 0
	j.alts = unionAlts(v.alts, w.alts)
	return &j
}

// unionAlts returns the values of both lists, or a single hole if they are too
// many to follow.
func unionAlts(a, b []string) []string {
	u := slices.Clip(a)
	for _, s := range b {
		if !slices.Contains(u, s) {
			u = append(u, s)
		}
	}
	if len(u) > maxAlts {
		return []string{action.HoleText}
	}
	return u
}

// widen makes room among too many states: what the last ones differ in from
// the first becomes a hole. States with another flow are kept apart.
func (e *evaluator) widen(states []*state) []*state {
	kept := slices.Clone(states[:maxStates])
	for _, s := range states[maxStates:] {
		done := false
		for i := len(kept) - 1; i >= 0 && !done; i-- {
			k := kept[i]
			if k.flow != s.flow || k.levels != s.levels {
				continue
			}
			m := e.merge(k, s)
			if k.dir != s.dir {
				m.dir = action.HoleText
			}
			if !k.samePath(s) {
				m.set("PATH", &variable{alts: []string{action.HoleText}, exported: true})
			}
			if !sameStreams(k, s) {
				joinStreams(m, k, s)
			}
			if !slices.Equal(k.params, s.params) {
				m.params = []string{action.HoleText}
			}
			for sig, text := range s.traps.All() {
				if old, ok := m.traps.Lookup(sig); ok && old != text {
					text = old + "\n" + text
				}
				m.traps = m.traps.With(sig, text)
			}
			for name, text := range s.aliases.All() {
				m.aliases = m.aliases.With(name, text)
			}
			m.funcs = joinFuncs(k.funcs, s.funcs)
			m.fs = k.fs.Join(s.fs)
			m.unlikely = k.unlikely && s.unlikely
			kept[i], done = m, true
		}
		if !done {
			kept = append(kept, s)
		}
	}
	return kept
}

func joinFuncs(a, b table.Table[*function]) table.Table[*function] {
	m := a
	a.Differ(b, func(name string, f, g *function) bool {
		switch {
		case f == nil:
			m = m.With(name, g)
		case g != nil && f.body != g.body:
			m = m.With(name, &function{body: f.body, src: f.src, aliases: f.aliases, alts: append(slices.Clip(f.alts), g)})
		}
		return true
	})
	return m
}

// longer picks the view with more writes; they come from one past.
func longer(a, b *world.Overlay) *world.Overlay {
	if a.Len() >= b.Len() {
		return a
	}
	return b
}

// likely drops states that came from failures nobody expects, if any other is
// left that goes on.
func likely(states []*state) []*state {
	any := false
	for _, s := range states {
		any = any || !s.unlikely && s.flow == flowNone
	}
	if !any {
		return states
	}
	return slices.DeleteFunc(states, func(s *state) bool { return s.unlikely })
}
