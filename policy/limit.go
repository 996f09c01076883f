package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/internal/toml"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/rules/source"
)

const (
	// MaxWindow bounds windows, so that counters need not be kept for ever.
	MaxWindow = 366 * 24 * time.Hour
	// MaxMax bounds how much a limit lets through in a window: a counter keeps
	// as many times.
	MaxMax = 10_000
)

// A Limit is how often the actions that a rule matches may be done: within it
// the rule's verdict holds, over it the call is blocked.
type Limit struct {
	Counter string        // rules of one file that name the same share it; "" for the rule's id
	Window  time.Duration // whole seconds
	Max     int           // in any window, from 1 to MaxMax
	Scope   string        // one of Scopes
	// Allowed says that only what is let through is counted. Otherwise what
	// is refused counts too.
	Allowed bool
}

// Scopes are what counters can be kept for; "grant" is PolicyLayer's word for
// one session of one agent.
var Scopes = []string{"grant", "session", "agent", "project", "user", "host"}

// CounterOf returns the name of a rule's counter; "" if the rule has no limit.
func (r *Rule) CounterOf() string {
	if r.Limit == nil {
		return ""
	}
	return cmp.Or(r.Limit.Counter, r.ID)
}

var windowUnits = map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}

// Window reads a length of time: "minute", "10 minutes", "90s", "1h30m", or a
// number of seconds. It is false for what is none, below a second, no whole
// number of seconds or longer than MaxWindow.
func Window(word string) (time.Duration, bool) {
	d, err := time.ParseDuration(word)
	if err != nil {
		n, unit := 1, word
		if count, rest, ok := strings.Cut(word, " "); ok {
			if n, err = strconv.Atoi(count); err != nil {
				return 0, false
			}
			unit = strings.TrimSuffix(rest, "s")
		} else if k, err := strconv.Atoi(word); err == nil {
			n, unit = k, "second"
		}
		u, ok := windowUnits[unit]
		if !ok || n > int(MaxWindow/u) {
			return 0, false
		}
		d = time.Duration(n) * u
	}
	return d, d >= time.Second && d <= MaxWindow && d%time.Second == 0
}

// limit reads the limit of a rule.
func (d *decoder) limit(e *toml.Entry) *Limit {
	l := &Limit{Scope: "grant"}
	t := d.table(e)
	for i := range t.Entries {
		e := &t.Entries[i]
		switch e.Key {
		case "counter":
			l.Counter = d.text(e)
		case "window":
			word := ""
			if e.Value.Kind == toml.Integer {
				word = strconv.Itoa(d.number(e))
			} else if word = d.text(e); word == "" {
				continue // which was told
			}
			var ok bool
			if l.Window, ok = Window(word); !ok {
				d.fail(e.Value.Pos, "unknown window %q%s; want second, minute, hour, day, a duration such as 90s or 15m, or whole seconds",
					word, rules.Suggest(word, []string{"second", "minute", "hour", "day"}))
			}
		case "max":
			l.Max = d.number(e)
		case "scope":
			if l.Scope = d.text(e); !slices.Contains(Scopes, l.Scope) {
				d.fail(e.Value.Pos, "unknown scope %q%s", l.Scope, oneOf(l.Scope, Scopes))
			}
		case "count":
			switch word := d.text(e); word {
			case "allowed":
				l.Allowed = true
			case "attempts", "":
			default:
				d.fail(e.Value.Pos, "unknown word %q%s", word, oneOf(word, []string{"attempts", "allowed"}))
			}
		default:
			d.unknown(e, " in a limit", "counter", "window", "max", "scope", "count")
		}
	}
	return l
}

// fault returns what is wrong with a limit, and the key that it is wrong in.
func (l *Limit) fault() (key, text string) {
	switch {
	case l.Max < 1:
		return "max", "a limit's max must be at least 1"
	case l.Max > MaxMax:
		return "max", fmt.Sprintf("a limit's max must be at most %d", MaxMax)
	case l.Window <= 0:
		return "window", "a limit has a window: second, minute, hour, day, or a duration such as 90s"
	}
	return "", ""
}

// counters checks that the rules of a policy that share a counter agree on how
// it counts. The errors are *source.Error, joined.
func (p *Policy) counters() error {
	var errs []error
	first := map[string]*Rule{}
	for i := range p.Rules {
		r := &p.Rules[i]
		if r.Limit == nil {
			continue
		}
		name := r.CounterOf()
		other, ok := first[name]
		if !ok {
			first[name] = r
			continue
		}
		a, b := *r.Limit, *other.Limit
		if a.Counter, b.Counter = "", ""; a != b {
			errs = append(errs, &source.Error{File: p.Name, Pos: r.Pos, Text: fmt.Sprintf(
				"the counter %q is that of the rule in line %d, which has another window, max, scope or count; give it a name of its own", name, other.Pos.Line)})
		}
	}
	return errors.Join(errs...)
}

// String returns the limit as the inline table that it is in a file.
func (l Limit) String() string {
	var parts []string
	if l.Counter != "" {
		parts = append(parts, "counter = "+quoteTOML(l.Counter))
	}
	parts = append(parts, fmt.Sprintf("window = %s, max = %d", quoteTOML(WindowWord(l.Window)), l.Max))
	if l.Scope != "" {
		parts = append(parts, "scope = "+quoteTOML(l.Scope))
	}
	if l.Allowed {
		parts = append(parts, `count = "allowed"`)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// WindowWord spells a window as files have it: "minute", "90s".
func WindowWord(d time.Duration) string {
	for word, u := range windowUnits {
		if u == d {
			return word
		}
	}
	for _, u := range [...]struct {
		of   time.Duration
		unit string
	}{{time.Hour, "h"}, {time.Minute, "m"}} {
		if d%u.of == 0 {
			return strconv.Itoa(int(d/u.of)) + u.unit
		}
	}
	return strconv.Itoa(int(d/time.Second)) + "s"
}

// defaultRetries is how often the same thing may be refused in a session before
// the reason says to stop.
const defaultRetries = 3

// never stands for a number of retries that is not reached.
const never = -1

// retries reads how often the same thing may be refused.
func (d *decoder) retries(e *toml.Entry) {
	switch d.p.Retries = d.number(e); {
	case d.p.Retries == 0:
		d.p.Retries = never
	case d.p.Retries < 0:
		d.fail(e.Value.Pos, "%s is a number from 1, or 0 for never", e.Key)
	}
}

// DeniedRetries returns how often the same thing is refused in a session before
// the reason says to stop; 0 if it never does. What a stronger layer
// sets can only become less, and so can, by a project, what holds without it.
func (s *Set) DeniedRetries() int {
	n := 0
	if s != nil {
		for _, p := range s.Policies {
			if p.Layer == Project && p.Retries != 0 && n == 0 {
				n = defaultRetries
			}
			if n == 0 || n == never || p.Retries > 0 && p.Retries < n {
				n = cmp.Or(p.Retries, n)
			}
		}
	}
	return max(0, cmp.Or(n, defaultRetries))
}
