// Package cases holds judged commands, one JSON object a line, and asks the
// guard about each of them. A case states what is true of the command; where
// the guard answers otherwise, the guard is wrong.
//
//	go test ./tests/cases -run Cases/pip/pip-program-006   one case
//	go test ./tests/cases -mismatches                      a table of all that differ
package cases

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/rules/example"
	"github.com/venv-guard/venv-guard/tests/fixture"
)

var mismatches = flag.Bool("mismatches", false, "print a table of all cases judged otherwise, the contested too")

// load returns the cases by file.
func load(t *testing.T) map[string][]fixture.Case {
	t.Helper()
	files, err := filepath.Glob("*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	all := map[string][]fixture.Case{}
	for _, file := range files {
		if all[file], err = fixture.Load(file); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// An outcome is the guard's answer to one case. It is right if wrong is empty.
type outcome struct {
	fixture.Case
	file, got, reason, wrong string
}

func (o outcome) enforced() bool { return !o.Contested }

func judge(file string, c fixture.Case, root string) (o outcome) {
	o = outcome{Case: c, file: file}
	s, command, err := c.Lay(root)
	if err != nil {
		o.wrong = err.Error()
		return o
	}
	defer func() { // one panic must not hide the other answers
		if p := recover(); p != nil {
			o.got, o.wrong = "PANIC", fmt.Sprint("panic: ", p)
		}
	}()
	d := s.Decide(command)
	o.got, o.reason = d.Verdict.String(), d.Reason()
	named := func(s string) bool { return strings.Contains(d.Remedy(), s) || strings.Contains(o.reason, s) }
	switch {
	case !c.Accepts(o.got):
		o.wrong = "got " + o.got + ", want " + c.Expect
	case len(c.SuggestAny) > 0 && !slices.ContainsFunc(c.SuggestAny, named):
		o.wrong = fmt.Sprintf("remedy %q names none of %q", d.Remedy(), c.SuggestAny)
	default:
		o.wrong = refusedRemedy(s, d)
	}
	return o
}

// refusedRemedy types what a refused command is told to run instead, in the
// same place, and says which of it is refused too.
func refusedRemedy(s *fixture.Site, d classify.Decision) string {
	for i := range d.Steps {
		for k := range d.Steps[i].Findings {
			f := &d.Steps[i].Findings[k]
			if f.Verdict < action.Ask || f.Remedy == "" {
				continue
			}
			remedy := d.RemedyOf(&d.Steps[i], f)
			if again := s.Decide(remedy); remedy != "" && example.Refused(d, again) {
				return fmt.Sprintf("the remedy %q is refused itself: %s", remedy, again.Reason())
			}
		}
	}
	return ""
}

func TestCases(t *testing.T) {
	var mu sync.Mutex
	var all []outcome
	for file, cases := range load(t) {
		t.Run(file, func(t *testing.T) {
			for _, c := range cases {
				t.Run(c.ID, func(t *testing.T) {
					t.Parallel()
					o := judge(file, c, t.TempDir())
					mu.Lock()
					all = append(all, o)
					mu.Unlock()
					if o.wrong != "" && o.enforced() && !*mismatches {
						t.Errorf("%s\ncommand: %s\nhas:     %s\nenv:     %v\nwhy:     %s\nreason:  %s",
							o.wrong, o.Command, strings.Join(o.Has, ", "), o.Env, o.Why, o.reason)
					}
				})
			}
		})
	}
	slices.SortFunc(all, func(a, b outcome) int { return strings.Compare(a.file+a.ID, b.file+b.ID) })
	summarize(t, all)
	if *mismatches && slices.ContainsFunc(all, func(o outcome) bool { return o.wrong != "" }) {
		t.Errorf("\n%s", table(all))
	}
}

// summarize logs how many cases of each file hold.
func summarize(t *testing.T, all []outcome) {
	type sum struct{ enforced, held, reported, differ int }
	sums := map[string]*sum{}
	for _, o := range all {
		s := sums[o.file]
		if s == nil {
			s = new(sum)
			sums[o.file] = s
		}
		switch {
		case o.enforced():
			s.enforced++
			if o.wrong == "" {
				s.held++
			}
		default:
			s.reported++
			if o.wrong != "" {
				s.differ++
			}
		}
	}
	for _, file := range slices.Sorted(maps.Keys(sums)) {
		s := sums[file]
		t.Logf("%-24s %3d of %3d enforced cases hold; %3d of %3d only reported differ",
			file, s.held, s.enforced, s.differ, s.reported)
	}
}

// table returns the cases judged otherwise, one a line; "?" marks those that
// are only reported.
func table(all []outcome) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "id\texpect\tgot\tcommand\treason")
	for _, o := range all {
		if o.wrong == "" {
			continue
		}
		id, reason := o.ID, o.reason
		if !o.enforced() {
			id += "?"
		}
		if reason == "" || o.Accepts(o.got) {
			reason = o.wrong
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", id, o.Expect, o.got, short(o.Command), short(reason))
	}
	w.Flush()
	return b.String()
}

func short(s string) string {
	const n = 90
	s = strings.ReplaceAll(s, "\n", "⏎")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// TestWellFormed holds what the runner relies on.
func TestWellFormed(t *testing.T) {
	home := map[string]string{}
	for file, cases := range load(t) {
		for _, c := range cases {
			if other, ok := home[c.ID]; ok {
				t.Errorf("%s: id %s is also in %s", file, c.ID, other)
			}
			home[c.ID] = file
		}
	}
}

// TestHook asks the real binary about every tenth case: its exit status and
// its streams must tell the client what Decide answers.
func TestHook(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the binary")
	}
	guard := fixture.BuildGuard(t)
	for _, cases := range load(t) {
		for i := 0; i < len(cases); i += 10 {
			t.Run(cases[i].ID, func(t *testing.T) {
				t.Parallel()
				s, command, err := cases[i].Lay(t.TempDir())
				if err != nil {
					t.Fatal(err)
				}
				verdict := s.Decide(command).Verdict.String()
				got, err := guard.Hook(s, command)
				if err != nil {
					t.Fatal(err)
				}
				if wrong := untold(got, verdict); wrong != "" {
					t.Errorf("%s: %s\ncommand: %s\nstatus:  %d\nstdout:  %s\nstderr:  %s",
						verdict, wrong, command, got.Status, got.Stdout, got.Stderr)
				}
			})
		}
	}
}

// untold says what a client would not learn of verdict from the run.
func untold(r fixture.Result, verdict string) string {
	object := json.Unmarshal([]byte(r.Stdout), &map[string]any{}) == nil
	switch {
	case verdict == "BLOCK" && r.Status != 2:
		return "exit status is not 2"
	case verdict == "BLOCK" && !object:
		return "stdout is not one JSON object"
	case verdict == "BLOCK" && (r.Stderr == "" || json.Valid([]byte(r.Stderr))):
		return "stderr is not plain text"
	case verdict == "ASK" && (r.Status != 0 || !object):
		return "not a question: want exit status 0 and one JSON object"
	case (verdict == "PASS" || verdict == "ALLOW") && r != fixture.Result{}:
		return "not silent"
	}
	return ""
}
