package classify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify/shell"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/rules"
)

// Governed reports whether a call does anything that rules can be about. Of
// other calls a client's bookkeeping is made, which even a broken policy does
// not stop.
func Governed(call action.Call) bool {
	return call.Shell != action.ShellNone || len(call.Files) > 0 || len(call.Blocks) > 0 ||
		call.Input != "" && (isSkillTool(call.Tool) || isNetworkTool(call.Tool) || isMCP(call.Tool) || rules.Builtin().KnowsTool(call.Tool))
}

// isNetworkTool reports whether a client's own tool fetches from the network.
func isNetworkTool(name string) bool {
	switch name {
	case "WebFetch", "WebSearch", "web_fetch", "web_search", "google_web_search", "fetch", // Claude Code, Cline, Copilot, Gemini
		"webfetch", "websearch", "FetchUrl", "FetchURL", "SearchWeb": // OpenCode, droid, Kimi
		return true
	}
	return false
}

// isMCP reports whether a tool is one of an MCP server: clients name the server
// too.
func isMCP(name string) bool { return strings.Contains(name, "__") || strings.HasPrefix(name, "mcp_") }

// A record holds what the evaluator tells besides the programs that start.
type record struct {
	files    []fileUse
	codes    []shell.Code
	builtins []*action.Invocation
	links    []link
}

// A link is a connection to a host by code.
type link struct {
	inv *action.Invocation
	url string
}

type fileUse struct {
	inv   *action.Invocation
	path  string
	write bool
	code  bool
}

// watch makes an evaluation fill a record.
func watch(opt *shell.Options) *record {
	r := &record{}
	judge, scan := opt.File, opt.Code
	opt.File = func(use shell.FileUse, invocation func() *action.Invocation) {
		inv := invocation()
		r.files = append(r.files, fileUse{inv, use.Path, use.Write, use.Code})
		judge(use, func() *action.Invocation { return inv })
	}
	opt.Output = func(inv *action.Invocation, file string) {
		r.files = append(r.files, fileUse{inv: inv, path: file, write: true})
	}
	opt.Code = func(c shell.Code) []action.Act {
		if c.Lang != "sed" && c.Lang != "awk" { // filters of text, but for what they start
			r.codes = append(r.codes, c)
		}
		return scan(c)
	}
	opt.Connect = func(inv *action.Invocation, url string) { r.links = append(r.links, link{inv, url}) }
	opt.Builtin = func(inv *action.Invocation) { r.builtins = append(r.builtins, inv) }
	return r
}

// rule holds the actions of the call against the policies. What those say is
// added to the steps as findings.
func (d *Decision) rule(set *policy.Set, packs *rules.Packs, w World, seen *record) {
	l := lister{d: d, packs: packs, w: w, done: map[string]int{}, places: map[string]bool{}}
	l.list(seen)
	home, _ := w.own().Get("HOME")
	caller := policy.Caller{Agent: d.call.Agent, Client: d.call.Client, Dir: d.call.Dir, Home: home}
	d.Actions = l.actions
	d.Rulings = set.Evaluate(caller, l.actions)
	for i := range d.Rulings {
		r := &d.Rulings[i]
		if r.Simulated {
			continue
		}
		st := l.step(r.Action)
		if r.Verdict == action.Pass {
			continue // which only counts
		}
		f := finding(&l.actions[r.Action], r)
		if !slices.Contains(st.Findings, f) {
			st.Findings = append(slices.Clip(st.Findings), f)
		}
		st.Verdict = action.Worst(st.Verdict, f.Verdict)
		d.Verdict = action.Worst(d.Verdict, f.Verdict)
	}
	d.steps = l.steps
}

// Over blocks the call because of a ruling whose limit it is over.
func (d *Decision) Over(ruling int, reason string) {
	r := &d.Rulings[ruling]
	f := finding(&d.Actions[r.Action], r)
	f.Verdict, f.Reason = action.Block, reason
	st := &d.Steps[d.steps[r.Action]]
	st.Findings = append(slices.Clip(st.Findings), f)
	st.Verdict, d.Verdict = action.Block, action.Block
}

// Refuse blocks the call because of what kept the guard from judging it.
func (d *Decision) Refuse(p shell.Problem) {
	d.Problems = append(d.Problems, p)
	d.Verdict = action.Block
}

// finding puts a ruling into the form of the built-in rules' findings.
func finding(a *policy.Action, r *policy.Ruling) rules.Finding {
	f := rules.Finding{Verdict: r.Verdict, Rule: "default", Operation: string(a.Type), Policy: r.Origin()}
	if a.Inv != nil {
		f.Tool = policy.BaseName(a.Inv.Program())
	}
	if r.Rule != nil {
		f.Rule, f.Remedy = r.Rule.ID, r.Rule.Remedy
	}
	if r.Verdict >= action.Ask {
		f.Reason = because(a, r)
	}
	return f
}

// because says in words what a policy has against an action.
func because(a *policy.Action, r *policy.Ruling) string {
	var b strings.Builder
	switch a.Type {
	case policy.FileRead:
		b.WriteString("would read " + action.Show(a.Target) + ", which ")
	case policy.FileWrite:
		b.WriteString("would write " + action.Show(a.Target) + ", which ")
	case policy.Network:
		b.WriteString("would go to " + action.Show(a.Target) + ", which ")
	case policy.CodeExec:
		b.WriteString("would run " + a.Language + " code, which ")
	}
	is := "is blocked by "
	if r.Verdict == action.Ask {
		is = "needs the approval of a human by "
	}
	switch {
	case r.Note != "":
		return b.String() + is + "the policy " + r.Policy.Name + ": " + r.Note
	case r.Rule == nil:
		fmt.Fprintf(&b, "%sthe default for %s of the policy %s: no rule of it allows this", is, a.Type, r.Origin())
	default:
		fmt.Fprintf(&b, "%sthe rule %s of the policy %s", is, r.Rule.ID, r.Origin())
		if who := r.Rule.ApprovedBy(); r.Verdict == action.Ask && who != "" {
			b.WriteString(" (" + who + ")")
		}
		if r.Rule.Message != "" {
			b.WriteString(": " + r.Rule.Message)
		}
	}
	return b.String()
}
