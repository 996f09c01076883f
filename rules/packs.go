package rules

import (
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// Packs is what is known of tools, and the rules for what they do. It is never
// changed after it is made.
type Packs struct {
	names     []name // of programs
	modules   []name // that Python runs by -m
	scripts   []name // of files that Python runs
	tools     []tool
	rules     []rule
	remedies  []remedy
	functions []function
	settings  *Settings // the user's; nil for none
	files     []fileRule
	mcp       []mcpTool
	tokens    []token
	secrets   []secretRule
	// tokenNames are the variables of tokens that are no patterns, sorted.
	tokenNames []string
	// fileNames and fileGlobs are the last elements of all their paths, in
	// lower case; the names are sorted.
	fileNames, fileGlobs []string
}

// A Finding is what is to be said of one thing that a program would do.
type Finding struct {
	Verdict   action.Verdict
	Rule      string // id of the rule; "" for what is allowed without one
	Tool      string // id of the tool
	Operation string
	Place     action.Place
	Reason    string // what would happen, where and why; "" for Allow
	Remedy    string // a command that does it safely; "" if there is none
	// Policy is the place in a user's own policy that says so, as
	// file:line:column; "" for the built-in rules.
	Policy string
}

// judgement is what all readings of one invocation share.
type judgement struct {
	p        *Packs
	inv      *action.Invocation
	ch       *chooser
	out      *action.Outcome
	findings []Finding
	depth    int
	files    []settingsFile // configuration files that were read
	sought   []foundFiles   // and where they are
	quiet    bool           // only verdicts are wanted: no reasons, no remedies
}

// Program judges one invocation. It returns what the program would start and
// leave behind, and what is to be said of what it does itself. No findings
// mean that nothing is known against it or for it.
func (p *Packs) Program(inv *action.Invocation) (action.Outcome, []Finding) {
	if len(inv.Argv) == 0 || inv.Argv[0] == "" {
		return action.Outcome{}, nil
	}
	base := baseName(inv.Argv[0])
	t := p.tool(p.names, base)
	if inv.Argv[0][0] == '@' { // a package with a scope: npx @changesets/cli
		if scoped := p.tool(p.names, inv.Argv[0]); scoped != nil {
			t = scoped
		}
	}
	if t == nil {
		t = p.alias(inv, base)
	}
	switch {
	case t != nil && t.idle:
		out := action.Outcome{Known: true}
		return out, p.words(inv, t, &out)
	case t != nil:
		out := new(action.Outcome)
		findings := p.judge(t, inv, out, false)
		return *out, append(findings, p.words(inv, t, out)...)
	case action.Holed(base):
		return p.unknownProgram(inv, base)
	}
	return action.Outcome{}, p.words(inv, nil, nil)
}

// alias returns the tool that an unknown program is under another name: a link
// to it, or, where case counts for nothing in the names of files, its name in
// other letters.
func (p *Packs) alias(inv *action.Invocation, base string) *tool {
	j := judgement{p: p, inv: inv}
	if lower := strings.ToLower(base); lower != base {
		if t := p.tool(p.names, lower); t != nil && j.which(inv.Argv[0]).path != "" {
			return t
		}
	}
	if !strings.Contains(inv.Argv[0], "/") || action.Holed(inv.Argv[0]) {
		return nil
	}
	file := j.absolute(inv.Argv[0])
	if info, err := inv.FS.Lstat(file); err != nil || info.Kind != world.Link {
		return nil
	}
	real, err := world.Resolve(inv.FS, file, true)
	if err != nil {
		return nil
	}
	// Programs of many names (busybox) go by the name they are called.
	if t := p.tool(p.names, baseName(real)); t != nil && t.acts() {
		return t
	}
	return nil
}

func (p *Packs) judge(t *tool, inv *action.Invocation, out *action.Outcome, quiet bool) []Finding {
	var ch chooser
	j := judgement{p: p, inv: inv, ch: &ch, out: out, quiet: quiet}
	out.Known = true
	for {
		r := reading{judgement: &j, t: t, words: inv.Argv}
		r.judge()
		if !ch.next() {
			break
		}
		if ch.spent() {
			j.spent(t)
			break
		}
	}
	return j.findings
}

// judge reads the words and says what the tool does with them.
func (r *reading) judge() {
	r.read()
	if r.dead || r.any(r.t.root.inert) {
		return
	}
	if v, src := r.get(&r.t.dir); src == fromLine && v != "" {
		defer r.enter(v)()
	}
	root := &r.t.root
	r.judgeCommand(root)
	if r.cmd != root {
		r.judgeCommand(r.cmd)
	}
	for _, c := range r.also {
		r.judgeCommand(c)
	}
}

// enter changes the working directory for what the tool does itself, and
// returns the way back.
func (r *reading) enter(dir string) func() {
	old := r.inv
	inv := *old
	if inv.Dir = r.absolute(dir); inv.Dir == "" {
		inv.Dir = action.HoleText
	}
	r.inv = &inv
	return func() { r.inv = old }
}

func (r *reading) judgeCommand(c *command) {
	if c != &r.t.root && r.any(c.inert) {
		return
	}
	if c.op != "" {
		r.operate(c)
	}
	if c.creates != nil && r.inv.Host == "" {
		r.create(c.creates)
	}
	for i := range c.starts {
		r.start(&c.starts[i])
	}
	if c.activates != isNothing {
		r.activate(c)
	}
	if c.prints != nil {
		r.print(c.prints)
	}
}

// add adds a start to the outcome, unless another reading found it too.
func (r *reading) add(st action.Start) {
	for i := range r.out.Starts {
		if sameStart(&r.out.Starts[i], &st) {
			return
		}
	}
	r.out.Starts = append(r.out.Starts, st)
}

func sameStart(a, b *action.Start) bool {
	return a.Label == b.Label && a.Text == b.Text && a.Script == b.Script && a.Stdin == b.Stdin &&
		a.Lang == b.Lang && a.Task == b.Task && a.Guess == b.Guess && a.Aside == b.Aside && a.Dir == b.Dir && a.Host == b.Host && a.Login == b.Login &&
		(a.Input == b.Input || a.Input != nil && b.Input != nil && *a.Input == *b.Input) &&
		slices.Equal(a.Argv, b.Argv) && slices.Equal(a.Args, b.Args) &&
		a.Env.Clear == b.Env.Clear && a.Env.PathReset == b.Env.PathReset &&
		slices.Equal(a.Env.Set, b.Env.Set) && slices.Equal(a.Env.Unset, b.Env.Unset) &&
		slices.Equal(a.Env.PathFirst, b.Env.PathFirst)
}

// find adds a finding, unless another reading found it too.
func (j *judgement) find(f Finding) {
	for i := range j.findings {
		g := &j.findings[i]
		if g.Verdict == f.Verdict && g.Rule == f.Rule && g.Tool == f.Tool && g.Operation == f.Operation && g.Place == f.Place {
			return
		}
	}
	j.findings = append(j.findings, f)
}

// spent blocks a command line that can be read in too many ways.
func (j *judgement) spent(t *tool) {
	for i := range t.commands {
		if t.commands[i].op != "" && t.commands[i].op != opQuery {
			j.find(Finding{
				Verdict: action.Block, Rule: "guard/budget", Tool: t.id,
				Place:  action.Place{Kind: action.PlaceUnknown},
				Reason: "the options of " + t.id + " can be read in too many ways to tell what it would do. Leave out options that it does not document",
			})
			return
		}
	}
}
