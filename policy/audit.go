package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/internal/toml"
)

// An Audit says what of the calls is logged. The zero value sets nothing.
type Audit struct {
	Log     AuditLog
	Failure AuditFailure
	Sync    bool // a record is on the disk itself before the call is answered
}

// An AuditLog says which calls are logged, the strictest last.
type AuditLog uint8

const (
	auditUnset     AuditLog = iota // as AuditDecisions
	AuditOff                       // none
	AuditDecisions                 // BLOCK and ASK, and what rules with audit = true match
	AuditAll                       // every call that is judged
)

var auditLogs = []string{"off", "decisions", "all"}

// An AuditFailure says what becomes of a call that should be logged and cannot
// be, the strictest last.
type AuditFailure uint8

const (
	failureUnset AuditFailure = iota // as AuditWarn
	AuditWarn                        // its verdict stays
	AuditBlock                       // it is blocked
)

var auditFailures = []string{"warn", "block"}

// A Pins says what becomes of shell calls while something that is pinned is not
// as it was, the strictest last.
type Pins uint8

const (
	pinsUnset Pins = iota // as PinsWarn
	PinsWarn              // the user and the model are told at the start of a session
	PinsBlock             // they are blocked, too
)

var pinsWords = []string{"warn", "block"}

// Pins returns what the policies want, the strictest of all layers.
func (s *Set) Pins() Pins {
	var p Pins
	if s != nil {
		for _, one := range s.Policies {
			p = max(p, one.Pins)
		}
	}
	return p
}

// Logs reports whether calls of a verdict are logged.
func (a Audit) Logs(v action.Verdict) bool {
	return a.Log == AuditAll || a.Log != AuditOff && v >= action.Ask
}

// Audit returns what the policies want to be logged. What a stronger layer sets
// can only become stricter, and so can, by a project, what holds without it.
func (s *Set) Audit() Audit {
	var a Audit
	if s == nil {
		return a
	}
	for _, p := range s.Policies {
		if p.Layer == Project && p.Audit.Log != auditUnset && a.Log == auditUnset {
			a.Log = AuditDecisions
		}
		a.Log = max(a.Log, p.Audit.Log)
		a.Failure = max(a.Failure, p.Audit.Failure)
		a.Sync = a.Sync || p.Audit.Sync
	}
	return a
}

// Digest returns the SHA-256 of what the policies say, in hexadecimal; "" if
// there are none.
func (s *Set) Digest() string {
	if s == nil || len(s.Policies) == 0 {
		return ""
	}
	h := sha256.New()
	for _, p := range s.Policies {
		fmt.Fprintf(h, "%s %d\n%s", p.Layer, len(s.texts[p]), s.texts[p])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// audit reads one of the settings of the log, or that of the pins.
func (d *decoder) audit(e *toml.Entry) {
	switch e.Key {
	case "audit":
		d.p.Audit.Log = AuditLog(d.oneOf(e, auditLogs))
	case "audit_failure":
		d.p.Audit.Failure = AuditFailure(d.oneOf(e, auditFailures))
	case "audit_sync":
		d.p.Audit.Sync = d.truth(e)
	case "pins":
		d.p.Pins = Pins(d.oneOf(e, pinsWords))
	}
}

// oneOf returns the number of a word, from 1; 0 if it is none of them.
func (d *decoder) oneOf(e *toml.Entry, words []string) int {
	text := d.text(e)
	for i, w := range words {
		if w == text {
			return i + 1
		}
	}
	if e.Value.Kind == toml.String {
		d.fail(e.Value.Pos, "unknown word %q%s", text, oneOf(text, words))
	}
	return 0
}
