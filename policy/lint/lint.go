package lint

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/rules/example"
	"github.com/venv-guard/venv-guard/rules/source"
)

// A Finding is something that is wrong with a rule.
type Finding struct {
	Policy *policy.Policy
	Rule   *policy.Rule // nil for the whole file
	Text   string
	Hint   string // what to write instead, or ""
	// Commands show what is meant.
	Commands []string
}

// maxMissed and maxStopped bound the commands that a finding shows.
const (
	maxMissed  = 3
	maxStopped = 2
)

// A Linter looks for what is wrong with policies.
type Linter struct {
	Packs *rules.Packs
	Files []source.File // the packs' sources, for spellings
	Now   time.Time

	decided map[string]*classify.Decision
}

// Policy returns what is wrong with a policy, in the order of its rules.
func (l *Linter) Policy(p *policy.Policy) []Finding {
	var list []Finding
	for i := range p.Rules {
		r := &p.Rules[i]
		add := func(text, hint string, commands ...string) {
			list = append(list, Finding{p, r, text, hint, commands})
		}
		if r.Expired(l.Now) {
			add("has expired on "+r.Expires.Format(time.DateOnly)+" and matches nothing", "")
			continue
		}
		if why := impossible(r); why != "" {
			add("can never match: "+why, "")
			continue
		}
		if k := Hidden(p, i); k >= 0 {
			add(fmt.Sprintf("is hidden by the rule %s in line %d, which matches all that it does", p.Rules[k].ID, p.Rules[k].Pos.Line), "put the narrower rule first")
			continue
		}
		if r.Action == policy.ShellExec && r.Match.Command != "" {
			list = append(list, l.command(p, r)...)
		}
	}
	return list
}

// Hidden returns the index of an earlier rule of a policy that matches all that
// rule i does, or -1.
func Hidden(p *policy.Policy, i int) int {
	for k := range p.Rules[:i] {
		if p.Mode == policy.Enforce && covers(&p.Rules[k], &p.Rules[i]) {
			return k
		}
	}
	return -1
}

// impossible tells why nothing can match a rule; "" if something may.
func impossible(r *policy.Rule) string {
	m := &r.Match
	if c := m.Command; c != "" && r.Action == policy.ShellExec {
		for _, op := range []string{"&&", "||", ";", "|", ">", "<"} {
			if strings.Contains(" "+c+" ", " "+op+" ") {
				return "`" + op + "` never stands in a command; each program that a line starts is matched alone"
			}
		}
		switch {
		case strings.Contains(c, "  "):
			return "words are matched with single spaces"
		case strings.HasPrefix(c, " "):
			return "a command does not begin with a space"
		case strings.HasSuffix(c, " "):
			return "a command does not end in a space"
		}
	}
	if p := m.Path; len(p) > 1 && strings.HasSuffix(p, "/") {
		return "a file's path does not end in /; write " + p + "*"
	}
	if h := m.Host; strings.ContainsAny(h, "/:") {
		return "a host has no / or :; use url for that"
	}
	return ""
}

// decide judges a command in a project without an environment.
func (l *Linter) decide(command string) *classify.Decision {
	if dec, ok := l.decided[command]; ok {
		return dec
	}
	if l.decided == nil {
		l.decided = map[string]*classify.Decision{}
	}
	dec := example.Decide(l.Packs, command, example.World(nil, nil, nil))
	l.decided[command] = &dec
	return &dec
}

// rulings returns what some rules say of a command, for any agent.
func (l *Linter) rulings(list []policy.Rule, command string) []policy.Ruling {
	p := policy.Policy{Rules: make([]policy.Rule, len(list))}
	for i, r := range list {
		r.Agent, r.Mode = "", policy.Enforce
		p.Rules[i] = r
	}
	if p.Check() != nil {
		return nil
	}
	call := action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: command, Dir: example.Dir}
	dec := classify.Decider{Packs: l.Packs, Policy: policy.NewSet(l.Now, &p)}.Decide(call, example.World(nil, nil, nil))
	return dec.Rulings
}

// matches reports whether a rule is about anything that a command does.
func (l *Linter) matches(r *policy.Rule, command string) bool {
	return len(l.rulings([]policy.Rule{*r}, command)) > 0
}

// stops reports whether a policy is as strict about a command as a rule of it.
func (l *Linter) stops(p *policy.Policy, r *policy.Rule, command string) bool {
	for _, ruling := range l.rulings(p.Rules, command) {
		if ruling.Verdict >= r.Verdict {
			return true
		}
	}
	return false
}

// command looks for commands that a rule misses although they do what it names,
// and for others that it matches although they do not.
func (l *Linter) command(p *policy.Policy, r *policy.Rule) []Finding {
	sample := l.sample(r)
	if sample == nil {
		return nil
	}
	all := strings.Join(sample, " ")
	if r.Verdict == action.Allow {
		return l.broad(p, r, all)
	}
	var list []Finding
	var missed, stopped []string
	for _, s := range spellings(sample, l.Files) {
		if len(missed) < maxMissed && l.same(all, s, sample) && !l.stops(p, r, s) {
			missed = append(missed, s)
		}
	}
	for _, s := range harmless(sample) {
		if len(stopped) < maxStopped && l.milder(all, s) && l.matches(r, s) {
			stopped = append(stopped, s)
		}
	}
	hint := l.hint(r, all, missed, stopped)
	if len(missed) > 0 {
		list = append(list, Finding{Policy: p, Rule: r, Text: "misses other spellings of `" + all + "`", Commands: missed})
	}
	if len(stopped) > 0 {
		list = append(list, Finding{Policy: p, Rule: r, Text: "also stops what does no harm", Commands: stopped})
	}
	if len(list) > 0 {
		list[len(list)-1].Hint = hint
	}
	return list
}

// hint returns a match on what is done instead of how it is spelled, which
// holds for a sample and what is missed, and not for what does no harm; "" if
// there is none.
func (l *Linter) hint(r *policy.Rule, sample string, missed, stopped []string) string {
	f := operation(l.decide(sample))
	if f == nil {
		return ""
	}
	tries := []policy.Match{{Program: f.Tool, Operation: f.Operation}, {Operation: f.Operation}}
	if f.Rule != "" {
		category := l.Packs.Category(f.Rule)
		tries = append(tries, policy.Match{Program: f.Tool, Operation: f.Operation, Category: category}, policy.Match{Operation: f.Operation, Category: category})
	}
	for _, m := range tries {
		one := *r
		one.Match = m
		holds := func(command string) bool { return l.matches(&one, command) }
		if holds(sample) && !slices.ContainsFunc(missed, func(s string) bool { return !holds(s) }) && !slices.ContainsFunc(stopped, holds) {
			return "match = " + m.String() + " is about what is done, however it is spelled"
		}
	}
	return ""
}

// sample returns a plain command that a rule matches, in words; nil if none is
// found.
func (l *Linter) sample(r *policy.Rule) []string {
	pattern := r.Match.Command
	tries := []string{pattern + " x", strings.TrimSuffix(pattern, "*") + " x", strings.ReplaceAll(pattern, "*", ""), strings.ReplaceAll(pattern, "*", "x")}
	var found []string
	for _, try := range tries {
		words := strings.Fields(strings.ReplaceAll(try, "?", "x"))
		if strings.ContainsRune(try, '*') || len(words) == 0 || !plain(words) || !l.matches(r, strings.Join(words, " ")) {
			continue
		}
		if operation(l.decide(strings.Join(words, " "))) != nil {
			return words
		}
		if found == nil {
			found = words
		}
	}
	return found
}

// plain reports whether words stand for themselves in a shell.
func plain(words []string) bool {
	for _, w := range words {
		if q, err := syntax.Quote(w, syntax.LangBash); err != nil || q != w {
			return false
		}
	}
	return true
}

// operation returns the worst thing that the packs found a command to do.
func operation(dec *classify.Decision) *rules.Finding {
	if _, f := dec.Worst(); f != nil {
		return f
	}
	return nil
}

// same reports whether a command does what the sample does: the same operation
// with the same outcome, or, where the packs know neither, the same words.
func (l *Linter) same(sample, other string, words []string) bool {
	a, b := l.decide(sample), l.decide(other)
	if len(b.Problems) > 0 {
		return false
	}
	if f := operation(a); f != nil {
		g := operation(b)
		return g != nil && g.Operation == f.Operation && b.Verdict >= min(a.Verdict, action.Ask)
	}
	for i := range b.Steps {
		argv := b.Steps[i].Argv
		if len(argv) > 0 && policy.NormalForm(argv) == policy.NormalForm(words) {
			return true
		}
	}
	return false
}

// milder reports whether a command is let pass that is spelled like a sample
// which is not.
func (l *Linter) milder(sample, other string) bool {
	return l.decide(sample).Verdict >= action.Ask && l.decide(other).Verdict < action.Ask && len(l.decide(other).Problems) == 0
}

// broad looks for commands that a rule allows although they go further than
// what it names.
func (l *Linter) broad(p *policy.Policy, r *policy.Rule, sample string) []Finding {
	fixed, star := strings.CutSuffix(r.Match.Command, "*")
	if !star {
		return nil
	}
	var more []string
	for _, s := range []string{strings.TrimSpace(fixed) + "-other x", sample + " --any-option"} {
		if l.matches(r, s) {
			more = append(more, s)
		}
	}
	if len(more) == 0 {
		return nil
	}
	return []Finding{{p, r, "allows more than `" + sample + "`: a star stands for the rest of a word, options and further words too", "write out the words that are meant, without a star at their end", more}}
}
