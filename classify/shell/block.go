package shell

import (
	"fmt"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// A Block is a text that an executor saves to a file and then runs.
type Block struct {
	Text string
	File string // absolute
	// Named says that the text chose the file's name: to save it is one of its
	// acts.
	Named bool
	// Argv is the program that runs the file, with the file among its words;
	// nil if it is only saved.
	Argv []string
	Lang string // as a Start's; a shell's is judged by what it starts only
}

// EvaluateBlocks is Evaluate for blocks, each a process of its own that is
// started when those before it have succeeded: it finds the files as they left
// them.
func EvaluateBlocks(blocks []Block, opt Options) []Problem {
	e := &evaluator{opt: opt}
	e.guard(func() {
		src := e.read("", &source{lang: syntax.LangBash, outer: &action.Span{}})
		states := []*state{{e: e, dir: opt.Dir, fs: world.NewOverlay(opt.FS).Metered(e.spend), name0: "bash"}}
		for i := range blocks {
			b := &blocks[i]
			if len(b.Text) > maxFileSize {
				e.problem(Problem{
					ID:   "too-large",
					Text: fmt.Sprintf("block %d is larger than is read of one file (%d KiB)", i+1, maxFileSize>>10),
					Hint: "run smaller blocks; data belongs into files of the project",
				})
				return
			}
			c := &command{src: src, argv: b.Argv, noFuncs: true, external: true, given: true}
			states = e.each(states, func(s *state) []*state { return e.block(c, s.clone(), b) })
		}
	})
	e.done = true
	return e.problems
}

// block saves a block, and runs it.
func (e *evaluator) block(c *command, s *state, b *Block) []*state {
	e.current = c
	w := world.Write{Path: b.File, Kind: world.File, Content: b.Text, Exec: true}
	if b.Named {
		saves := *c
		saves.argv, saves.given = []string{">", b.File}, false
		e.current = &saves
		if e.opt.Output != nil {
			e.opt.Output(e.invocation(&saves, s), b.File)
		}
		s.lay(w)
	} else {
		s.fs = s.fs.With(w)
	}
	if b.Argv == nil {
		return []*state{s}
	}
	e.current = c
	e.step(c.span)
	e.spend(weighStart)
	inv := e.invocation(c, s)
	run := action.Start{Script: b.File, Lang: b.Lang}
	states := []*state{s}
	switch {
	case b.Lang == "powershell":
		run = action.Start{Text: b.Text, Lang: b.Lang}
	case !isShell(b.Lang):
		// What else the interpreter runs, as Python its sitecustomize.
		for _, st := range e.opt.Program(inv).Starts {
			if st.Script != b.File {
				states = e.each(states, func(s *state) []*state { return e.follow(c, inv, s, st) })
			}
		}
	}
	return e.each(states, func(s *state) []*state { return e.follow(c, inv, s, run) })
}
