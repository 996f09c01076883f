package policy_test

import (
	"testing"
	"time"

	"github.com/venv-guard/venv-guard/policy"
)

// How often a call counts for a limit.
func TestCounts(t *testing.T) {
	npm := rule(policy.ShellExec, "command = 'npm ci*'", "allow") + "limit = { window = \"minute\", max = 10 }\n"
	pip := rule(policy.ShellExec, "program = 'pip', operation = 'install'", "ask") + "limit = { window = \"minute\", max = 10 }\n"
	reads := rule(policy.FileRead, "path = '*/workspace/*'", "allow") + "limit = { window = \"minute\", max = 10 }\n"
	tests := []struct {
		policy, command string
		want            int
	}{
		{npm, "npm ci", 1},
		{npm, "npm run x", 0},
		{npm, "npm ci && npm ci", 2},
		{npm, "cd workspace && npm ci; npm ci; npm ci", 3},
		{npm, "npm ci --a; npm ci --b", 2},
		{npm, "for i in a b c; do npm ci --$i; done", 3},
		{npm, "bash -c 'npm ci'", 1},
		{npm, "if a; then cd workspace; fi; npm ci", 1}, // in two states
		{npm, "echo npm ci", 0},
		{npm, "npm $(cat f)", 1}, // may be
		{npm, "$X ci", 1},
		{npm, "$X run", 0},
		{npm, "$X", 0}, // or every call would count
		{npm, "git $(cat f)", 0},
		{pip, ".venv/bin/pip install x && .venv/bin/python -m pip install y", 2},
		{pip, ".venv/bin/pip list", 0},
		{reads, "cat workspace/a workspace/a", 1},
		{reads, "cat workspace/a; cat workspace/a", 2},
		{reads, "unknown workspace/a", 0}, // may be no file at all
		{rule(policy.ShellExec, "command = 'npm *'", "block") + npm, "npm ci", 0},
		{rule(policy.ShellExec, "command = 'npm *'", "block") + npm, "npm $(cat f)", 0},
		{npm + "mode = \"simulate\"\n", "npm ci", 0},
	}
	for _, tt := range tests {
		set := read(t, tt.policy)
		dec := decide(set, bash(tt.command))
		got := 0
		for i := range dec.Rulings {
			if r := &dec.Rulings[i]; r.Rule != nil && r.Rule.Limit != nil && !r.Simulated {
				got += max(1, dec.Actions[r.Action].Times)
			}
		}
		if got != tt.want {
			t.Errorf("%s\n%s: counts %d times, want %d", tt.policy, tt.command, got, tt.want)
		}
	}
}

func TestWindow(t *testing.T) {
	for word, want := range map[string]time.Duration{
		"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour,
		"90s": 90 * time.Second, "15m": 15 * time.Minute, "1h30m": 90 * time.Minute, "1 minute": time.Minute, "2 hours": 2 * time.Hour,
		"60": time.Minute, "31622400": policy.MaxWindow, "366 days": policy.MaxWindow,
		"": 0, "0": 0, "-1": 0, "0s": 0, "-5m": 0, "500ms": 0, "1.5s": 0, "31622401": 0, "367 days": 0, "week": 0, "1 week": 0, "x minutes": 0,
		"9223372036854775807": 0, "99999999999999999999": 0, "minute ": 0, "1  minute": 0,
	} {
		got, ok := policy.Window(word)
		if ok != (want > 0) || ok && got != want {
			t.Errorf("%q: %v, %v; want %v", word, got, ok, want)
		}
		if ok {
			if again, ok := policy.Window(policy.WindowWord(got)); !ok || again != got {
				t.Errorf("%q is spelled %q", word, policy.WindowWord(got))
			}
		}
	}
}

func TestDeniedRetries(t *testing.T) {
	tests := []struct {
		managed, user, project string
		want                   int
	}{
		{"", "", "", 3},
		{"", "denied_retries = 5", "", 5},
		{"denied_retries = 2", "denied_retries = 5", "", 2},
		{"denied_retries = 5", "denied_retries = 2", "", 2},
		{"denied_retries = 2", "denied_retries = 0", "", 2},
		{"denied_retries = 0", "denied_retries = 4", "", 4},
		{"", "denied_retries = 0", "", 0},
		{"", "", "denied_retries = 9", 3},
		{"", "", "denied_retries = 0", 3},
		{"", "", "denied_retries = 1", 1},
		{"", "denied_retries = 0", "denied_retries = 9", 9},
	}
	for _, tt := range tests {
		set := read(t, tt.managed, tt.user, tt.project)
		for i, p := range set.Policies {
			p.Layer = policy.Layer(i)
		}
		if got := set.DeniedRetries(); got != tt.want {
			t.Errorf("%+v: %d", tt, got)
		}
	}
	if got := (*policy.Set)(nil).DeniedRetries(); got != 3 {
		t.Errorf("without policies: %d", got)
	}
}
