package policy

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/rules/source"
)

// A policy that is written reads as the same policy.
func TestFormat(t *testing.T) {
	same := cmp.Options{
		cmpopts.IgnoreUnexported(Policy{}, rules.Settings{}), cmpopts.IgnoreTypes(source.Pos{}, map[string]source.Pos{}), cmpopts.EquateEmpty(),
		cmpopts.IgnoreUnexported(Rule{}),
	}
	rapid.Check(t, func(t *rapid.T) {
		want := drawPolicy(t)
		comments := map[int][]string{-1: rapid.SliceOfN(rapid.String(), 0, 2).Draw(t, "head"), 0: rapid.SliceOfN(rapid.String(), 0, 2).Draw(t, "comment")}
		text := Format(want, comments)
		got, err := Read("p", text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		want.Name, want.Format = got.Name, got.Format
		if diff := cmp.Diff(want, got, same); diff != "" {
			t.Fatalf("(-want +got):\n%s\n%s", diff, text)
		}
	})
}

func drawPolicy(t *rapid.T) *Policy {
	word := rapid.StringMatching(`[a-z*/. "\\\n\t\x00\x7fé-]{1,8}`)
	verdict := rapid.SampledFrom([]action.Verdict{action.Allow, action.Ask, action.Block})
	maybe := func(label string) string {
		return rapid.OneOf(rapid.Just(""), word).Draw(t, label)
	}
	words := rapid.SliceOfN(word, 0, 2)
	mode := rapid.SampledFrom([]Mode{Enforce, Simulate})
	p := &Policy{
		Agent: maybe("agent"), Mode: mode.Draw(t, "mode"), Include: words.Draw(t, "include"),
		Default: rapid.MapOfN(rapid.SampledFrom(ActionTypes), verdict, 0, len(ActionTypes)).Draw(t, "default"),
	}
	if rapid.Bool().Draw(t, "settings") {
		p.Settings.Categories = map[string]action.Verdict{rules.Categories()[0]: rapid.SampledFrom([]action.Verdict{action.Pass, action.Block}).Draw(t, "setting")}
		p.Settings.Rules = map[string]action.Verdict{"os/packages": verdict.Draw(t, "setting")}
	}
	p.Retries = rapid.IntRange(-1, 5).Draw(t, "retries")
	p.Roles = rapid.MapOfN(word, rapid.Just([]string{"ann", "1000"}), 0, 2).Draw(t, "roles")
	ids := rapid.SliceOfNDistinct(word, 0, 3, rapid.ID).Draw(t, "ids")
	for _, id := range ids {
		r := Rule{
			ID: id, Action: rapid.SampledFrom(ActionTypes).Draw(t, "action"), Verdict: verdict.Draw(t, "verdict"),
			Message: maybe("message"), Remedy: maybe("remedy"), Audit: rapid.Bool().Draw(t, "audit"),
			Timeout: rapid.IntRange(0, 3600).Draw(t, "timeout"),
			Agent:   maybe("agent"), Mode: mode.Draw(t, "mode"), Matches: words.Draw(t, "matches"), NoMatches: words.Draw(t, "no_matches"),
		}
		if r.Verdict == action.Ask {
			r.Approvers, r.Approvals = words.Draw(t, "approvers"), rapid.IntRange(0, 3).Draw(t, "approvals")
		}
		switch r.Action {
		case ShellExec:
			r.Match = Match{Command: word.Draw(t, "command"), Program: maybe("program"), Place: rapid.SampledFrom([]string{"", "venv"}).Draw(t, "place")}
		case FileRead, FileWrite:
			r.Match.Path = word.Draw(t, "path")
		case Network:
			r.Match = Match{URL: maybe("url"), Host: word.Draw(t, "host")}
		case MCPCall:
			r.Match = Match{Tool: word.Draw(t, "tool"), Args: rapid.SampledFrom([]map[string]string{nil, {"/a": "x*", "/b/0": "\"y\""}}).Draw(t, "args")}
		case CodeExec:
			r.Match = Match{Language: word.Draw(t, "language"), Command: maybe("command")}
		}
		if r.Verdict != action.Block && rapid.Bool().Draw(t, "limit") {
			r.Limit = &Limit{
				Max: rapid.IntRange(1, 100).Draw(t, "max"), Scope: rapid.SampledFrom(Scopes).Draw(t, "scope"), Allowed: rapid.Bool().Draw(t, "allowed"),
				Window: rapid.SampledFrom([]time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour, 90 * time.Second, 15 * time.Minute, MaxWindow}).Draw(t, "window"),
			}
			if rapid.Bool().Draw(t, "counter") {
				r.Limit.Counter = "counter of " + id
			}
		}
		if rapid.Bool().Draw(t, "expires") {
			r.Expires = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
		}
		p.Rules = append(p.Rules, r)
	}
	for range rapid.IntRange(0, 2).Draw(t, "expectations") {
		p.Expect = append(p.Expect, Expectation{
			Action: rapid.SampledFrom(ActionTypes).Draw(t, "action"), Target: word.Draw(t, "target"), Rule: maybe("rule"),
			Verdict: rapid.SampledFrom([]action.Verdict{action.Pass, action.Allow, action.Ask, action.Block}).Draw(t, "verdict"),
		})
	}
	return p
}
