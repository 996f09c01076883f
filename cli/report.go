package cli

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/approval"
	"github.com/venv-guard/venv-guard/audit"
	"github.com/venv-guard/venv-guard/internal/state"
)

const reportUsage = `usage: venv-guard report [--since TIME] [--html FILE]

Tells what the log of decisions holds: what was blocked or asked for and why,
and which environments agents changed with which packages. What was allowed is
only known where the policy says audit = "all".

  --since TIME  how far back: a duration (24h, 7d; 24h without this option), a
                day (2026-01-31) or a time (RFC 3339)
  --html FILE   write one HTML page, which needs nothing from elsewhere

Exit status: 0 done; 1 the log cannot be read; 64 wrong usage.
`

// report tells what was decided in a while.
func (c *Command) report(args []string) int {
	fs := flag.NewFlagSet("report", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	since := fs.String("since", "24h", "")
	page := fs.String("html", "", "")
	operands, err := parseMixed(fs, args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(c.Stdout, reportUsage)
		return ExitOK
	} else if err != nil {
		return c.usage("report", err.Error())
	}
	now := time.Now()
	from, err := parseSince(*since, now)
	if err != nil || len(operands) > 0 {
		return c.usage("report", cmp.Or(errorText(err), "no operands are wanted"))
	}
	dir, err := state.Dir(c.Environ)
	if err != nil {
		c.errorf("audit log: %v", err)
		return ExitFailure
	}
	s, err := summarize(&audit.Log{Dir: dir}, from, now)
	if err != nil {
		c.errorf("%v", err)
		return ExitFailure
	}
	if *page == "" {
		s.print(c.Stdout)
		return ExitOK
	}
	name := *page
	if !filepath.IsAbs(name) {
		name = filepath.Join(c.Dir, name)
	}
	if err := os.WriteFile(name, s.html(), 0o600); err != nil {
		c.errorf("%v", err)
		return ExitFailure
	}
	return ExitOK
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// parseSince reads a duration before now, a day or a time.
func parseSince(text string, now time.Time) (time.Time, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && 0 <= n && n <= 100_000 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	if t, err := time.ParseInLocation("2006-01-02", text, now.Location()); err == nil {
		return t, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	return now, fmt.Errorf("%q is no duration (24h, 7d), day (2026-01-31) or time (RFC 3339)", text)
}

// maxListed bounds the decisions that a report lists one by one.
const maxListed = 1000

// A summary is what a report tells.
type summary struct {
	from, to time.Time
	calls    map[string]int // by verdict
	times    map[string][]time.Time
	rules    map[string]*ruleCount
	agents   map[string]map[string]int // by agent and verdict
	changes  []*change
	listed   []audit.Record // BLOCK and ASK, the newest last
	more     int            // that are not listed
	sound    string         // what verify says of the log
	faults   int
}

type ruleCount struct {
	id      string
	n       int
	verdict string
	example string // the last command
	reason  string
}

// A change is what was done to one environment.
type change struct {
	place, tool, operation string
	words                  []string // each once
	n                      int
	last                   time.Time
}

func summarize(log *audit.Log, from, to time.Time) (*summary, error) {
	s := &summary{
		from: from, to: to, calls: map[string]int{}, times: map[string][]time.Time{}, rules: map[string]*ruleCount{},
		agents: map[string]map[string]int{},
	}
	err := log.Records(func(r audit.Record) bool {
		if r.Kind == audit.KindCall && !r.Time.Before(from) && !r.Time.After(to) {
			s.add(&r)
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	v, err := log.Verify(nil, nil)
	if err != nil {
		return nil, err
	}
	s.faults = len(v.Faults) + v.More
	s.sound = fmt.Sprintf("The chain of the log's %d records is sound.", v.Records)
	if s.faults > 0 {
		s.sound = fmt.Sprintf("The log is NOT sound (%d faults; venv-guard audit verify tells them): %s", s.faults, v.Faults[0])
	}
	return s, nil
}

func (s *summary) add(r *audit.Record) {
	s.calls[r.Verdict]++
	s.times[r.Verdict] = append(s.times[r.Verdict], r.Time)
	agent := cmp.Or(r.Client, "unknown client") + ", " + cmp.Or(r.Agent, "main agent")
	if s.agents[agent] == nil {
		s.agents[agent] = map[string]int{}
	}
	s.agents[agent][r.Verdict]++
	switch r.Verdict {
	case "BLOCK", "ASK":
		for _, id := range r.Rules {
			c := s.rules[id]
			if c == nil {
				c = &ruleCount{id: id}
				s.rules[id] = c
			}
			c.n++
			c.verdict, c.example, c.reason = r.Verdict, r.Command(), r.Reason
		}
		if len(s.listed) == maxListed {
			s.listed = s.listed[1:]
			s.more++
		}
		s.listed = append(s.listed, *r)
	case "ALLOW":
		for i := range r.Invocations {
			s.change(&r.Invocations[i], r.Time, r.Event == approval.EventUsed)
		}
	}
}

// changing are the operations that change an environment (rules/SCHEMA.md).
var changing = []string{"install", "remove", "tool", "create"}

// change notes what an invocation that was allowed, or that humans approved, does
// to an environment.
func (s *summary) change(inv *audit.Invocation, at time.Time, approved bool) {
	if inv.Verdict != "ALLOW" && !(approved && inv.Verdict == "ASK") || !slices.Contains(changing, inv.Operation) || inv.Place == "" || inv.Place == "none" {
		return
	}
	i := slices.IndexFunc(s.changes, func(c *change) bool {
		return c.place == inv.Place && c.tool == inv.Tool && c.operation == inv.Operation
	})
	if i < 0 {
		i = len(s.changes)
		s.changes = append(s.changes, &change{place: inv.Place, tool: inv.Tool, operation: inv.Operation})
	}
	c := s.changes[i]
	c.n++
	c.last = at
	if words := operands(inv); words != "" && !slices.Contains(c.words, words) && len(c.words) < 50 {
		c.words = append(c.words, words)
	}
}

// operands returns what stands behind the subcommand of a package tool: names
// of packages, with the options among them.
func operands(inv *audit.Invocation) string {
	argv := inv.Argv
	if len(argv) > 0 {
		argv = argv[1:]
	}
	for i, w := range argv { // python -m pip install x
		if i > 0 && argv[i-1] == "-m" && path.Base(w) == inv.Tool {
			argv = argv[i+1:]
			break
		}
	}
	for i, w := range argv {
		if !strings.HasPrefix(w, "-") {
			return strings.Join(argv[i+1:], " ")
		}
	}
	return ""
}

// sortedRules returns the rules, those that decided most often first.
func (s *summary) sortedRules() []*ruleCount {
	var list []*ruleCount
	for _, c := range s.rules {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *ruleCount) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.id, b.id)) })
	return list
}

// allowedNote says what is missing where allowed calls are not logged.
func (s *summary) allowedNote() string {
	if s.calls["ALLOW"]+s.calls["PASS"] > 0 {
		return ""
	}
	return `No allowed call is in the log. The policy setting audit = "all" has them logged.`
}

func (s *summary) print(w io.Writer) {
	const day = "2006-01-02 15:04"
	fmt.Fprintf(w, "From %s to %s: %d blocked, %d asked, %d allowed, %d without opinion.\n",
		s.from.Local().Format(day), s.to.Local().Format(day), s.calls["BLOCK"], s.calls["ASK"], s.calls["ALLOW"], s.calls["PASS"])
	fmt.Fprintln(w, oneLine(s.sound, 500))
	if list := s.sortedRules(); len(list) > 0 {
		fmt.Fprintf(w, "\nWhat was stopped, by rule\n")
		for _, c := range list {
			fmt.Fprintf(w, "%6d  %-5s  %-28s  last: %s\n", c.n, c.verdict, oneLine(c.id, 60), oneLine(c.example, 100))
		}
	}
	fmt.Fprintf(w, "\nEnvironments that agents changed\n")
	for _, c := range s.changes {
		fmt.Fprintf(w, "%6d  %s  %s %s\n", c.n, oneLine(c.place, 80), oneLine(c.tool, 30), c.operation)
		for _, words := range c.words {
			fmt.Fprintf(w, "          %s\n", oneLine(words, 120))
		}
	}
	if note := s.allowedNote(); note != "" {
		fmt.Fprintln(w, note)
	} else if len(s.changes) == 0 {
		fmt.Fprintln(w, "None.")
	}
}
