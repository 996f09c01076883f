package classify

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify/code"
	"github.com/venv-guard/venv-guard/classify/shell"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/world"
)

// World is all that a decision may see of the machine.
type World struct {
	FS      world.FS
	Environ []string // that the call will have, as os.Environ gives it
	// Own is the guard's own environment, which says where its files and its
	// user's are; nil if it is that of the call.
	Own     []string
	Program string // the guard's own file; "" where nobody told
}

func (w *World) own() environ {
	if w.Own == nil {
		return w.Environ
	}
	return w.Own
}

// A Decider judges calls by rule packs. The zero value uses the built-in ones;
// those of rules.Packs.With are as a user wants them.
type Decider struct {
	Packs  *rules.Packs
	Policy *policy.Set // the user's own rules; nil for none
	List   bool        // list the actions even if there are no rules of the user
}

// A Decision is the verdict on a call and everything that led to it.
type Decision struct {
	Verdict action.Verdict
	// Steps are the programs that the call can start, in the order in which
	// they were found.
	Steps []Step
	// Problems are what kept the guard from seeing everything; each blocks.
	Problems []shell.Problem

	// Actions are what the call would do, and Rulings what the user's policies
	// say of it. Without policies they are listed only for a Decider that is
	// to List them.
	Actions []policy.Action
	Rulings []policy.Ruling

	call    action.Call
	steps   []int            // of each action: index of its step
	ignored []string         // of the policies
	at      map[string][]int // indexes of Steps by where they stand and what they start
}

// A Step is one invocation with what is to be said of it.
type Step struct {
	*action.Invocation
	Verdict  action.Verdict
	Findings []rules.Finding
}

// Decide judges a call by the built-in packs.
func Decide(call action.Call, w World) Decision { return Decider{}.Decide(call, w) }

// Decide judges a call. Calls of tools that nothing is known of pass.
func (d Decider) Decide(call action.Call, w World) Decision {
	call.Dir = world.FromWindows(call.Dir)
	dec := Decision{call: call}
	packs := d.Packs
	if packs == nil {
		packs = rules.Builtin()
	}
	opt := shell.Options{
		Dir:     call.Dir,
		Environ: w.Environ,
		FS:      world.NewCache(w.FS),
		Script:  packs.Script,
		Typed:   call.Typed,
		Program: func(inv *action.Invocation) action.Outcome {
			out, findings := packs.Program(inv)
			dec.add(inv, findings)
			return out
		},
	}
	opt.Code = func(c shell.Code) []action.Act {
		return code.Scan(code.Program{
			Lang: c.Lang, Text: c.Text, File: c.File, Self: c.Caller.Program(), Args: c.Args, Loop: c.Loop,
			Env: c.Caller.Env.Get, Read: c.Read, Made: c.Made,
		}, packs)
	}
	opt.File = func(use shell.FileUse, invocation func() *action.Invocation) {
		if action.Holed(use.Path) || use.Write && !packs.NamesFile(use.Path) {
			return
		}
		inv := invocation()
		f := rules.FileUse{Path: use.Path, Write: use.Write, Stdin: use.Stdin, Text: use.Text}
		if findings := packs.File(inv, f); len(findings) > 0 {
			dec.add(inv, findings)
		}
	}
	opt.Secret = packs.IsSecret
	opt.Reveals = func(c shell.Code) []string {
		return code.Reveals(c.Lang, c.Text, c.Caller.Argv, packs.IsSecret)
	}
	opt.PrintsInput = func(c shell.Code) bool { return code.PrintsInput(c.Lang, c.Text, c.Caller.Argv) }
	opt.Revealed = func(inv *action.Invocation, r shell.Revelation) {
		use := rules.SecretUse{Name: r.Name, Listed: r.By == shell.ByListing, Traced: r.By == shell.ByTrace, Kept: r.By == shell.ByHistory, Hosts: r.Hosts}
		if findings := packs.Secret(inv, use); len(findings) > 0 {
			dec.add(inv, findings)
		}
	}
	opt.Task = runTask
	guard := dec.defend(packs, w, &d, &opt)
	var seen *record
	if d.List || !d.Policy.Empty() {
		seen = watch(&opt)
	}
	switch {
	case call.Shell == action.ShellPowerShell:
		dec.Problems = shell.EvaluatePowerShell(call.Command, opt)
	case call.Shell != action.ShellNone:
		dec.Problems = evaluate(call.Command, opt)
	case len(call.Blocks) > 0:
		dec.blocks(opt)
	case len(call.Files) > 0:
		dec.files(packs, w, guard, opt)
	case isSkillTool(call.Tool):
		dec.skill(w, opt)
	default:
		dec.tool(packs, w, opt, guard)
	}
	guard.rest(opt)
	if seen != nil {
		dec.rule(d.Policy, packs, w, seen)
	}
	dec.ignored = d.Policy.Ignored()
	if len(dec.Problems) > 0 {
		dec.Verdict = action.Block
	}
	return dec
}

// evaluate reads a text as the shells that may run it. Clients run the user's
// own shell, which SHELL names: zsh where it says so, else bash. Where nothing
// says which, both readings count, but only bash's complaints.
func evaluate(text string, opt shell.Options) []shell.Problem {
	name := ""
	for _, kv := range opt.Environ {
		if v, ok := strings.CutPrefix(kv, "SHELL="); ok {
			name = path.Base(v)
		}
	}
	opt.Lang = syntax.LangBash
	if name != "zsh" && name != "" {
		return shell.Evaluate(text, opt)
	}
	var bash []shell.Problem
	if portable := shell.Portable(text, opt.Environ); name == "" || !portable {
		if bash = shell.Evaluate(text, opt); portable {
			return bash
		}
	}
	opt.Lang = syntax.LangZsh
	zsh := shell.Evaluate(text, opt)
	if name == "zsh" {
		return zsh
	}
	return bash
}

// add records an invocation, unless it was found in another state already with
// the same result.
func (d *Decision) add(inv *action.Invocation, findings []rules.Finding) {
	st := Step{Invocation: inv, Findings: findings}
	for _, f := range findings {
		st.Verdict = action.Worst(st.Verdict, f.Verdict)
	}
	d.Verdict = action.Worst(d.Verdict, st.Verdict)
	key := strconv.Itoa(inv.Span.Start) + "\x00" + strings.Join(inv.Argv, "\x00")
	for _, i := range d.at[key] {
		if same(&d.Steps[i], &st) {
			return
		}
	}
	if d.at == nil {
		d.at = map[string][]int{}
	}
	d.at[key] = append(d.at[key], len(d.Steps))
	d.Steps = append(d.Steps, st)
}

func same(a, b *Step) bool {
	return a.Verdict == b.Verdict && a.Span == b.Span && a.At == b.At && a.Builtin == b.Builtin && a.Dir == b.Dir && a.File == b.File &&
		slices.Equal(a.Argv, b.Argv) && slices.Equal(a.Via, b.Via) && slices.Equal(a.Findings, b.Findings)
}

// Worst returns the finding that decided, and its step; nil if a Problem
// decided or nothing was found.
func (d *Decision) Worst() (*Step, *rules.Finding) {
	for i := range d.Steps {
		st := &d.Steps[i]
		if st.Verdict != d.Verdict {
			continue
		}
		for k := range st.Findings {
			if st.Findings[k].Verdict == d.Verdict {
				return st, &st.Findings[k]
			}
		}
	}
	return nil, nil
}

// Remedy returns the command that does what was wanted in a safe place, or "".
func (d Decision) Remedy() string {
	if st, f := d.Worst(); f != nil {
		return d.RemedyOf(st, f)
	}
	return ""
}

// RemedyOf returns a finding's remedy as it must be typed where the call runs:
// rules know only the directory that the invocation runs in.
func (d Decision) RemedyOf(st *Step, f *rules.Finding) string {
	if strings.Contains(f.Remedy, "/dev/fd/") || strings.Contains(f.Remedy, "/dev/stdin") {
		return "" // the words of a <(…) are gone by then
	}
	if f.Policy != "" || f.Remedy == "" || st.Dir == d.call.Dir || d.call.Dir == "" || action.Holed(st.Dir) {
		return f.Remedy
	}
	dir, inside := strings.CutPrefix(st.Dir, strings.TrimSuffix(d.call.Dir, "/")+"/")
	if !inside {
		// Somewhere else altogether: what was wanted belongs here.
		if strings.Contains(f.Remedy, "../") {
			return ""
		}
		return f.Remedy
	}
	q, err := syntax.Quote(dir, syntax.LangBash)
	if err != nil {
		return f.Remedy
	}
	return "cd " + q + " && " + f.Remedy
}
