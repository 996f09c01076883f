package classify

import (
	"path"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify/shell"
	"github.com/venv-guard/venv-guard/defence"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/world"
)

// A defender holds what a call does against the parts of the guard itself.
type defender struct {
	*defence.Guard
	d     *Decision
	packs *rules.Packs
	fs    world.FS
	// commands are texts that a client would run by itself once the call is
	// done.
	commands []string
}

// defend makes a defender, and lets it be told of what shell text does.
func (d *Decision) defend(packs *rules.Packs, w World, dr *Decider, opt *shell.Options) *defender {
	site := defence.Site{FS: opt.FS, Getenv: w.own().Get, Dir: d.call.Dir, Program: w.Program}
	if dr.Policy != nil {
		for _, p := range dr.Policy.Policies {
			site.Policies = append(site.Policies, p.Name)
		}
	}
	g := &defender{Guard: defence.New(site), d: d, packs: packs, fs: opt.FS}
	opt.Watch, opt.Change = g.Watches, g.change
	program := opt.Program
	opt.Program = func(inv *action.Invocation) action.Outcome {
		if g.IsProgram(inv) { // rules know it by its usual name
			own := *inv
			own.Argv = append([]string{defence.Program}, inv.Argv[1:]...)
			inv = &own
		}
		out := program(inv)
		for _, b := range g.Run(inv) {
			g.find(inv, b)
		}
		return out
	}
	return g
}

// find adds what is to be said of a breach.
func (g *defender) find(inv *action.Invocation, b defence.Breach) {
	if findings := g.packs.Guard(inv, b.Rule, b.Path, b.Loss); len(findings) > 0 {
		g.d.add(inv, findings)
	}
}

// change judges a change that shell text makes.
func (g *defender) change(w world.Write, after world.FS, invocation func() *action.Invocation) {
	c := defence.Change{Path: w.Path, After: after}
	switch {
	case w.Kind == world.Dir:
		return
	case w.Kind == world.Missing:
		c.Kind = defence.Remove
	case w.Kind == world.Link:
		target := w.Target
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(w.Path), target)
		}
		inv := invocation()
		if world.IsDir(after, target) {
			c.From, c.Over = target, path.Base(inv.Program()) != "ln"
		} else if b, err := after.ReadFile(target, maxText); err == nil {
			c.Text = string(b)
		} else {
			c.Text = action.HoleText
		}
	case w.Unknown && w.Content == "":
		c.Text = action.HoleText
	default:
		c.Text = w.Content
	}
	g.judge(c, invocation)
}

// maxText bounds the files that are compared, in bytes.
const maxText = 1 << 20

func (g *defender) judge(c defence.Change, invocation func() *action.Invocation) {
	breaches := g.Judge(c)
	if len(breaches) > 0 {
		inv := invocation()
		for _, b := range breaches {
			g.find(inv, b)
		}
		return
	}
	if c.Kind == defence.Write && g.IsSettings(c.Path) {
		before, _ := g.fs.ReadFile(c.Path, maxText)
		g.commands = append(g.commands, defence.NewCommands(string(before), c.Text)...)
	}
}

// file judges what a client's own tool does to a file.
func (g *defender) file(inv *action.Invocation, f rules.FileUse) {
	if !f.Write || f.Path == "" {
		return
	}
	name := f.Path
	if rest, ok := strings.CutPrefix(name, "~"); ok && (rest == "" || rest[0] == '/') {
		if home, _ := inv.Env.Get("HOME"); home != "" {
			name = home + rest
		}
	}
	if !path.IsAbs(name) {
		name = inv.Dir + "/" + name
	}
	name = path.Clean(name) // as path.resolve of Node does
	if real, err := world.Resolve(g.fs, name, true); err == nil && g.Watches(real) {
		name = real
	} else if !g.Watches(name) {
		return
	}
	c := defence.Change{Path: name, Text: f.Text}
	if world.IsDir(g.fs, name) {
		c.Kind = defence.Remove // nothing else can be done to it
	}
	if len(f.Edits) > 0 {
		before, err := g.fs.ReadFile(name, maxText)
		c.Text = string(before)
		if err != nil {
			c.Text = action.HoleText
		}
		for _, e := range f.Edits {
			c.Text = edit(c.Text, e)
		}
	}
	g.judge(c, func() *action.Invocation { return inv })
}

// edit applies an edit. Some tools find what is nearly there (Codex takes blanks
// for each other, Claude Code quotes), so what becomes of a text without it is
// not known.
func edit(text string, e rules.Edit) string {
	n := 1
	if e.All {
		n = -1
	}
	switch {
	case e.Old == "" && text == "":
		return e.New
	case e.Old == "" || !strings.Contains(text, e.Old):
		return action.HoleText
	}
	return strings.Replace(text, e.Old, e.New, n)
}

// tool judges a tool of an MCP server by its name, if that says that it takes
// files away.
func (g *defender) tool(inv *action.Invocation, args map[string]any) {
	name := strings.ToLower(inv.Program())
	if i := strings.LastIndex(name, "__"); i >= 0 {
		name = name[i+len("__"):]
	}
	if !strings.HasPrefix(name, "move") && !strings.HasPrefix(name, "rename") && !strings.HasPrefix(name, "delete") &&
		!strings.HasPrefix(name, "remove") && !strings.HasPrefix(name, "unlink") && !strings.HasPrefix(name, "trash") {
		return
	}
	for _, v := range args {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, e := range list {
			file, ok := e.(string)
			if !ok || file == "" {
				continue
			}
			if home, _ := inv.Env.Get("HOME"); strings.HasPrefix(file, "~/") {
				file = home + file[1:]
			}
			if !path.IsAbs(file) {
				file = inv.Dir + "/" + file
			}
			if file = path.Clean(file); g.Watches(file) {
				g.judge(defence.Change{Kind: defence.Remove, Path: file}, func() *action.Invocation { return inv })
			}
		}
	}
}

// rest judges what a client would run by itself after the call.
func (g *defender) rest(opt shell.Options) {
	for i := 0; i < len(g.commands) && i < maxCommands; i++ {
		g.d.Problems = append(g.d.Problems, evaluate(g.commands[i], opt)...)
	}
}

// maxCommands bounds the commands of one call's settings that are judged.
const maxCommands = 64
