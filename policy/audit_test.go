package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/venv-guard/venv-guard/action"
)

func TestAudit(t *testing.T) {
	read := func(layer Layer, text string) *Policy {
		p, err := Read("p.toml", text)
		if err != nil {
			t.Fatal(err)
		}
		p.Layer = layer
		return p
	}
	for _, tt := range []struct {
		managed, user, project string
		want                   Audit
	}{
		{"", "", "", Audit{}},
		{"", `audit = "off"`, "", Audit{Log: AuditOff}},
		{`audit = "decisions"`, `audit = "off"`, "", Audit{Log: AuditDecisions}},
		{`audit = "off"`, `audit = "all"`, "", Audit{Log: AuditAll}},
		{"", "", `audit = "off"`, Audit{Log: AuditDecisions}},
		{"", "", `audit = "all"`, Audit{Log: AuditAll}},
		{"", `audit = "off"`, `audit = "decisions"`, Audit{Log: AuditDecisions}},
		{`audit_failure = "block"`, `audit_failure = "warn"`, "", Audit{Failure: AuditBlock}},
		{"", "audit_sync = true", "audit_sync = false", Audit{Sync: true}},
	} {
		s := NewSet(time.Time{}, read(Managed, tt.managed), read(User, tt.user), read(Project, tt.project))
		for _, p := range s.Policies {
			if again := read(p.Layer, Format(p, nil)); again.Audit != p.Audit {
				t.Errorf("%+v was written as %q", p.Audit, Format(p, nil))
			}
		}
		if got := s.Audit(); got != tt.want {
			t.Errorf("%q, %q, %q: %+v, want %+v", tt.managed, tt.user, tt.project, got, tt.want)
		}
	}
	for text, want := range map[string]string{
		`audit = "of"`:             "p.toml:1:9: unknown word \"of\"",
		`audit = true`:             "p.toml:1:9",
		`audit_failure = "ignore"`: "warn, block",
		`audit_sync = "yes"`:       "p.toml:1:14",
	} {
		if _, err := Read("p.toml", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestLogs(t *testing.T) {
	for _, tt := range []struct {
		audit Audit
		want  string
	}{
		{Audit{}, "ASK BLOCK"}, {Audit{Log: AuditDecisions}, "ASK BLOCK"}, {Audit{Log: AuditOff}, ""}, {Audit{Log: AuditAll}, "PASS ALLOW ASK BLOCK"},
	} {
		var got []string
		for v := action.Pass; v <= action.Block; v++ {
			if tt.audit.Logs(v) {
				got = append(got, v.String())
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%+v: %v, want %s", tt.audit, got, tt.want)
		}
	}
}

func TestDigest(t *testing.T) {
	one, two := &Policy{}, &Policy{}
	seen := map[string]bool{}
	for _, s := range []*Set{nil, NewSet(time.Time{}, one), NewSet(time.Time{}, two), NewSet(time.Time{}, one, two), NewSet(time.Time{}, two, one)} {
		if s != nil {
			s.texts = map[*Policy]string{one: "a", two: "b"}
		}
		if d := s.Digest(); seen[d] || (d == "") != (s == nil) {
			t.Errorf("digest %q", d)
		} else {
			seen[d] = true
		}
	}
}

func TestPins(t *testing.T) {
	for _, tt := range []struct {
		user, project string
		want          Pins
	}{
		{"", "", pinsUnset},
		{`pins = "warn"`, "", PinsWarn},
		{`pins = "block"`, `pins = "warn"`, PinsBlock},
		{"", `pins = "block"`, PinsBlock},
	} {
		var list []*Policy
		for layer, text := range map[Layer]string{User: tt.user, Project: tt.project} {
			p, err := Read("p.toml", text)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Read("p.toml", Format(p, nil))
			if err != nil || again.Pins != p.Pins {
				t.Errorf("%q was written as %q: %v", text, Format(p, nil), err)
			}
			p.Layer = layer
			list = append(list, p)
		}
		if got := NewSet(time.Time{}, list...).Pins(); got != tt.want {
			t.Errorf("%q, %q: %v, want %v", tt.user, tt.project, got, tt.want)
		}
	}
	if _, err := Read("p.toml", `pins = "off"`); err == nil || !strings.Contains(err.Error(), "warn, block") {
		t.Errorf("pins = off: %v", err)
	}
}
