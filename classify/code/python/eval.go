// Package python finds what Python code does: the programs it starts, the files
// it reads and writes, the hosts it talks to. It evaluates the code with values
// that are known, known to be one of several, or unknown: both sides of a branch
// are taken and joined, loops over what is known are run, functions and methods
// of the code are called, and those that nothing calls are called with arguments
// that are not known.
//
// What a library does is known by its name (see library.go); anything else is an
// unknown value. Python 3.8 to 3.14 is read, statements of Python 2 where they
// are in no one's way, and what IPython adds.
package python

import (
	"sort"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// A Program is code with what it can read when it runs. Its functions may be nil.
type Program struct {
	Cells []string // what is run one after the other in the same interpreter; mostly one
	Self  string   // the interpreter that runs it, which code may name (sys.executable)
	Args  []string // its arguments: sys.argv[1:]
	// Env returns a variable of its environment and whether it is set.
	Env func(name string) (string, bool)
	// Read returns the text of a file, or of standard input for "-", and
	// whether that is known.
	Read func(file string) (string, bool)
	// Made does the same for a file beside the code, or one that is found as
	// a module, if the same call has written it.
	Made func(file string) (string, bool)
	// Function returns what a function of a library does that the rule packs
	// know, by its name with dots; nil if it is not known.
	Function func(name string) *action.Function
}

// Budgets: what is read of one program, counted in expressions and statements
// evaluated, and things done. Each part of the code may be read stepsPerNode
// times on average beyond the first maxSteps.
const (
	maxSteps     = 1 << 17
	stepsPerNode = 8
	maxActs      = 1 << 12
	maxCalls     = 24  // functions that have called each other
	maxRounds    = 256 // of a loop
	manyRounds   = 64  // of one in another over numbers, which is then read for half as many
	fewRounds    = 8   // of one in another of which it is not known how often it runs
	maxTexts     = 8   // code in strings in code
	maxFollowed  = 4   // of those whose calls are all followed
	maxReruns    = 4   // of a function beyond that, or that is called from what nothing calls
)

// errSpent ends an evaluation from any depth.
type errSpent struct{}

type evaluator struct {
	Program
	steps, limit int
	acts         []action.Act
	told         map[string]int // acts, with how many changes of files were known before them
	changed      int
	branches     int // that are being read
	journal      []change
	calls, texts int
	stack        []*object // functions that are being called
	opened       *object   // the process that the last call has started to be written to
	src          *source
	pos          uint32 // of the statement or call that is evaluated
	main         *scope
	uncalled     []*object // functions and classes, in order
	env          *object   // os.environ
	argv         value
	cwd          string // "" where it is as at the start
	files        map[string]string
	modules      map[string]value // read ones that the call wrote
	unread       bool
	nest         int              // loops in each other
	loops        int              // in each other of which it is not known how often they run
	resting      bool             // what nothing calls is being called
	options      map[string]value // of argparse, what they are where nothing is said
	temps        int              // files with made-up names
}

// Run returns what a program does, in order.
func Run(p Program) []action.Act {
	e := &evaluator{Program: p, limit: maxSteps, told: map[string]int{}, main: newScope(nil)}
	e.env = &object{dict: true, open: true, env: true}
	argv := []value{text("-c")}
	for _, a := range p.Args {
		argv = append(argv, text(a))
	}
	e.argv = seq(list, argv)
	e.put(e.main.vars, "__name__", text("__main__"))
	e.spend(func() {
		for _, cell := range p.Cells {
			e.run(&source{text: cell}, e.main)
		}
		e.rest()
	})
	if e.unread {
		e.acts = append(e.acts, action.Act{Kind: action.ActUnread})
	}
	return e.acts
}

// spend runs f until it is done or a budget is spent.
func (e *evaluator) spend(f func()) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(errSpent); !ok {
				panic(r)
			}
			e.unread = true
		}
	}()
	f()
}

func (e *evaluator) step() {
	if e.steps++; e.steps > e.limit {
		panic(errSpent{})
	}
}

// run evaluates a text in a scope.
func (e *evaluator) run(src *source, sc *scope) {
	if e.texts == maxTexts {
		e.unread = true
		return
	}
	outer := e.src
	e.src, e.texts = src, e.texts+1
	body, p := parse(src)
	e.limit += p.nodes * stepsPerNode
	e.unread = e.unread || p.deep
	e.block(body, sc)
	e.src, e.texts = outer, e.texts-1
}

// rest calls what nothing has called, with arguments that are not known.
func (e *evaluator) rest() {
	e.resting = true
	for i := 0; i < len(e.uncalled); i++ {
		o := e.uncalled[i]
		if o.ran {
			continue
		}
		e.src = o.fn.src
		e.branch(func() flow {
			e.callFunction(value{kind: funcKind, obj: o}, e.unknownSelf(o), true)
			return goesOn
		}, func() flow { return goesOn })
	}
}

// unknownSelf is the instance that a method is called on which nothing calls.
func (e *evaluator) unknownSelf(o *object) []argument {
	if o.self == nil || len(o.fn.params) == 0 {
		return nil
	}
	cls := *o.self
	if o.attrs == nil {
		o.attrs = newTable()
	}
	inst, ok := cls.obj.attrs.m["\x00self"]
	if !ok {
		inst = value{kind: instance, obj: &object{self: &cls, attrs: newTable(), open: true}}
		cls.obj.attrs.m["\x00self"] = inst
		if init, ok := e.member(cls, "__init__", 0); ok && init.kind == funcKind && init.obj != o && !init.obj.ran {
			e.callFunction(init, []argument{{value: inst}}, true)
		}
	}
	return []argument{{value: inst}}
}

// emit adds what the code does at the current place, unless it was just said.
func (e *evaluator) emit(a action.Act) {
	a.Pos = e.position()
	if a.Dir == "" {
		a.Dir = e.cwd
	}
	if a.Kind == action.ActStart && a.Lang == "" {
		a.Lang = "sh"
	}
	if a.Kind == action.ActStart {
		e.environment(&a)
	}
	key := strings.Join(a.Argv, "\x00") + "\x01" + a.Text + "\x01" + a.Path + "\x01" + a.To + "\x01" + a.URL + "\x01" + a.Sent + "\x01" + a.Dir + "\x01" +
		strings.Join(a.Env.Set, "\x00") + string(rune(a.Pos.Line)) + "\x01" + string(rune(a.Pos.Col)) + string(rune(a.Kind))
	when, before := e.told[key]
	if before && when == e.changed && (!a.Append || strings.Trim(a.Text, action.HoleText) == "") {
		return
	}
	switch a.Kind {
	case action.ActWrite, action.ActCopy, action.ActMove, action.ActLink, action.ActRemove:
		if !before {
			e.changed++ // what follows may do something else with the file
		}
	}
	e.told[key] = e.changed
	if len(e.acts) >= maxActs {
		panic(errSpent{})
	}
	e.acts = append(e.acts, a)
}

// environment notes how the code has changed the environment by then.
func (e *evaluator) environment(a *action.Act) {
	var set []string
	for i := 0; i+1 < len(e.env.items); i += 2 {
		if v := e.env.items[i+1]; v.kind == none {
			a.Env.Unset = append(a.Env.Unset, e.env.items[i].str)
		} else {
			set = append(set, e.env.items[i].show()+"="+texts(v)[0])
		}
	}
	if !a.Env.Clear {
		a.Env.Set = append(set, a.Env.Set...)
	}
}

// position is the place of what is evaluated, in the text that the call has.
func (e *evaluator) position() action.Pos {
	src, at := e.src, e.pos
	for src.outer != nil {
		src, at = src.outer, src.at
	}
	if src.lines == nil {
		src.lines = []int{-1}
		for i := range len(src.text) {
			if src.text[i] == '\n' {
				src.lines = append(src.lines, i)
			}
		}
	}
	line := sort.SearchInts(src.lines, int(at))
	return action.Pos{Line: line, Col: int(at) - src.lines[line-1]}
}
