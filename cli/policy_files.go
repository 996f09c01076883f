package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/policy/lint"
	"github.com/venv-guard/venv-guard/rules/example"
)

// given reads the policies that the command line names, or all that hold in
// this directory. All faults are told.
func (c *Command) given(names []string) ([]*policy.Policy, bool) {
	if len(names) == 0 {
		set, err := c.policies(c.Dir)
		if err != nil {
			c.errorf("%v", err)
			return nil, false
		}
		for _, text := range set.Ignored() {
			fmt.Fprintln(c.Stderr, "venv-guard: warning: "+text)
		}
		return set.Policies, true
	}
	var list []*policy.Policy
	ok := true
	for _, name := range names {
		p, err := c.readPolicy(name)
		if err != nil {
			c.errorf("%v", err)
			ok = false
			continue
		}
		list = append(list, p)
	}
	return list, ok
}

// checkPolicies reads policies as the hook would.
func (c *Command) checkPolicies(names []string) int {
	list, ok := c.given(names)
	if !ok {
		return ExitFailure
	}
	n := 0
	for _, p := range list {
		n += len(p.Rules)
	}
	fmt.Fprintf(c.Stdout, "%d policies, %d rules: well-formed\n", len(list), n)
	if len(names) == 0 { // roles may stand in another file than the rules
		c.checkRoles(list)
	}
	return ExitOK
}

// checkRoles warns of rules whose approvers are nobody.
func (c *Command) checkRoles(list []*policy.Policy) {
	set := &policy.Set{Policies: list}
	for _, p := range list {
		for i := range p.Rules {
			if n := approvalNeed(set, p, &p.Rules[i]); n.Impossible() != "" {
				fmt.Fprintf(c.Stderr, "venv-guard: warning: %s:%d: nobody can approve what the rule %s asks for: %s\n", p.Name, p.Rules[i].Pos.Line, p.Rules[i].ID, n.Impossible())
			}
		}
	}
}

// showPolicies prints all rules with where they come from.
func (c *Command) showPolicies(names []string) int {
	list, ok := c.given(names)
	if !ok {
		return ExitFailure
	}
	if len(list) == 0 {
		fmt.Fprintln(c.Stdout, "no policies: the built-in rules hold as they come")
		return ExitOK
	}
	for i, p := range list {
		if i > 0 {
			fmt.Fprintln(c.Stdout)
		}
		head := p.Name + "  " + p.Format
		if len(names) == 0 {
			head = p.Layer.String() + "  " + head
		}
		if p.Agent != "" {
			head += "  agent " + p.Agent
		}
		if p.Mode == policy.Simulate {
			head += "  in simulation"
		}
		fmt.Fprintln(c.Stdout, head)
		c.showSettings(p)
		for k := range p.Rules {
			c.printPolicyRule(p, k)
		}
		for _, t := range policy.ActionTypes {
			if v, ok := p.Default[t]; ok {
				fmt.Fprintf(c.Stdout, "  %-5s  %s  default\n", v, t)
			}
		}
	}
	return ExitOK
}

func (c *Command) showSettings(p *policy.Policy) {
	text := policy.Format(&policy.Policy{Settings: p.Settings, Audit: p.Audit, Pins: p.Pins, Retries: p.Retries}, nil)
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			fmt.Fprintln(c.Stdout, "  "+line)
		}
	}
}

// printPolicyRule prints one rule of a policy.
func (c *Command) printPolicyRule(p *policy.Policy, k int) {
	r := &p.Rules[k]
	fmt.Fprintf(c.Stdout, "  %-5s  %s  %s  %s  line %d\n", r.Verdict, r.Action, r.Match, r.ID, r.Pos.Line)
	if r.Limit != nil {
		fmt.Fprintf(c.Stdout, "         limit %s\n", r.Limit)
	}
	if who := r.ApprovedBy(); r.Verdict == action.Ask && who != "" {
		fmt.Fprintf(c.Stdout, "         approvers: %s\n", who)
	}
	switch {
	case r.Expired(time.Now()):
		fmt.Fprintln(c.Stdout, "         expired")
	case r.Mode == policy.Simulate:
		fmt.Fprintln(c.Stdout, "         in simulation")
	}
	if by := lint.Hidden(p, k); by >= 0 {
		fmt.Fprintf(c.Stdout, "         never reached: the rule %s in line %d matches all that it does\n", p.Rules[by].ID, p.Rules[by].Pos.Line)
	}
}

// lintPolicies prints what is wrong with policies that can be read.
func (c *Command) lintPolicies(names []string) int {
	list, ok := c.given(names)
	if !ok {
		return ExitFailure
	}
	packs, files, ok := c.builtin()
	if !ok {
		return ExitFailure
	}
	l := lint.Linter{Packs: packs, Files: files, Now: time.Now()}
	n := 0
	for _, p := range list {
		for _, f := range l.Policy(p) {
			n++
			fmt.Fprintf(c.Stdout, "%s:%d:%d: the rule %s %s\n", p.Name, f.Rule.Pos.Line, f.Rule.Pos.Col, f.Rule.ID, f.Text)
			for _, s := range f.Commands {
				fmt.Fprintln(c.Stdout, "    "+s)
			}
			if f.Hint != "" {
				fmt.Fprintln(c.Stdout, "  hint: "+f.Hint)
			}
		}
	}
	fmt.Fprintf(c.Stdout, "%d policies, %d findings\n", len(list), n)
	if n > 0 {
		return ExitFailure
	}
	return ExitOK
}

// testPolicies tries the examples that stand in policies.
func (c *Command) testPolicies(names []string) int {
	list, ok := c.given(names)
	if !ok {
		return ExitFailure
	}
	tried, wrong := 0, 0
	for _, p := range list {
		for i := range p.Rules {
			r := &p.Rules[i]
			for k, text := range append(append([]string{}, r.Matches...), r.NoMatches...) {
				want := k < len(r.Matches)
				tried++
				got, err := exampleMatches(r, text)
				if err == nil && got == want {
					continue
				}
				wrong++
				what := "does not match"
				if got {
					what = "matches"
				}
				if err != nil {
					what = "cannot be tried (" + err.Error() + ") for"
				}
				fmt.Fprintf(c.Stdout, "%s:%d:%d: the rule %s %s %s\n", p.Name, r.Pos.Line, r.Pos.Col, r.ID, what, text)
			}
		}
		for _, e := range p.Expect {
			tried++
			if problem := expectation(p, &e); problem != "" {
				wrong++
				fmt.Fprintf(c.Stdout, "%s:%d:%d: %s\n", p.Name, e.Pos.Line, e.Pos.Col, problem)
			}
		}
	}
	fmt.Fprintf(c.Stdout, "%d policies, %d examples, %d wrong\n", len(list), tried, wrong)
	if wrong > 0 {
		return ExitFailure
	}
	return ExitOK
}

// simulationOf returns what asks about a target of an action type.
func simulationOf(t policy.ActionType, target string) simulation {
	s := simulation{Action: string(t)}
	switch t {
	case policy.ShellExec:
		s.Command = target
	case policy.FileRead, policy.FileWrite:
		s.Path = target
	case policy.Network:
		s.URL = target
	case policy.MCPCall:
		s.Tool = target
	case policy.CodeExec:
		s.Code = target
	}
	return s
}

// tester returns an asker for some rules, in a small project that is the same
// on every machine.
func tester(p policy.Policy) *asker {
	p.Dir = ""
	return &asker{
		world: example.World(nil, nil, nil), dir: example.Dir, alone: true,
		load: func(string) (*policy.Set, error) { return policy.NewSet(time.Now(), &p), p.Check() },
	}
}

// exampleMatches reports whether a rule is about anything that an example does.
func exampleMatches(r *policy.Rule, text string) (bool, error) {
	one := *r
	one.Agent, one.Mode, one.Expires = "", policy.Enforce, time.Time{}
	sim := simulationOf(r.Action, text)
	sim.Language = r.Match.Language
	ans, err := tester(policy.Policy{Rules: []policy.Rule{one}}).ask(&sim)
	if err != nil {
		return false, err
	}
	return ans.matched > 0, nil
}

// expectation tells what of a policy comes out otherwise than it expects; "" if
// nothing does.
func expectation(p *policy.Policy, e *policy.Expectation) string {
	alone := *p
	sim := simulationOf(e.Action, e.Target)
	sim.Agent, sim.Rule = p.Agent, e.Rule
	ans, err := tester(alone).ask(&sim)
	if err != nil {
		return err.Error()
	}
	got := ans.verdict.String() + ", rule: " + ans.rule
	if ans.verdict != e.Verdict || e.Rule != "" && e.Rule != ans.rule {
		want := e.Verdict.String()
		if e.Rule != "" {
			want += ", rule: " + e.Rule
		}
		return fmt.Sprintf("%s %s is %s, not %s", e.Action, e.Target, got, want)
	}
	return ""
}
