package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/audit"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/classify/shell"
	"github.com/venv-guard/venv-guard/internal/state"
	"github.com/venv-guard/venv-guard/limit"
	"github.com/venv-guard/venv-guard/policy"
)

// A limited is what a call counts in one counter, and the ruling that says so.
type limited struct {
	limit.Use
	ruling int // the first; the same rule may be about several actions
}

// limits returns what a decision's rules count of a call.
func limits(environ []string, call action.Call, dec *classify.Decision) []limited {
	var list []limited
	caller := limit.Caller{Session: call.Session, Agent: call.Agent, Dir: call.Dir, Home: getenv(environ, "HOME")}
next:
	for i := range dec.Rulings {
		r := &dec.Rulings[i]
		if r.Rule == nil || r.Rule.Limit == nil || r.Simulated || r.Shadowed {
			continue
		}
		times := max(1, dec.Actions[r.Action].Times)
		name := r.Rule.CounterOf()
		for k := range list {
			if u := &list[k].Use; u.Policy == r.Policy.Name && u.Name == name {
				u.Times += times
				continue next
			}
		}
		l := r.Rule.Limit
		list = append(list, limited{limit.Use{Counter: limit.Counter{
			Policy: r.Policy.Name, Name: name, Scope: l.Scope, Of: caller.Of(l.Scope), Window: l.Window, Max: l.Max, Allowed: l.Allowed,
		}, Times: times}, i})
	}
	return list
}

func uses(list []limited) []limit.Use {
	uses := make([]limit.Use, len(list))
	for i := range list {
		uses[i] = list[i].Use
	}
	return uses
}

// limit counts a call in the counters of the rules that it matched, before
// anything is answered. What is over a limit is blocked, and so is what cannot
// be counted.
func (re *reply) limit(call action.Call, dec *classify.Decision) (notes []string) {
	list := limits(re.Environ, call, dec)
	if len(list) == 0 {
		return nil
	}
	results, notes, err := re.take(uses(list), dec.Verdict == action.Block)
	switch {
	case err == nil:
		over(dec, list, results)
	case dec.Verdict == action.Block:
		notes = append(notes, fmt.Sprintf("this call was not counted: %v", err))
	default:
		dec.Refuse(shell.Problem{
			ID:   "limit",
			Text: fmt.Sprintf("the call could not be counted, which the rule %s of the policy %s wants: %v", dec.Rulings[list[0].ruling].Rule.ID, dec.Rulings[list[0].ruling].Origin(), err),
			Hint: "nothing is wrong with the command; ask the user to mend that, and try it again then",
		})
	}
	return notes
}

func (re *reply) take(uses []limit.Use, refused bool) ([]limit.Result, []string, error) {
	dir, err := state.Dir(re.Environ)
	if err != nil {
		return nil, nil, err
	}
	ignoreFileLimit()
	store := limit.Store{State: dir, Clean: func(s string) string { return audit.NewRedactor(dir, re.Environ).Text(s) }}
	return store.Take(uses, refused)
}

// over blocks a call for each counter that it does not fit in.
func over(dec *classify.Decision, list []limited, results []limit.Result) {
	for i := range results {
		if results[i].Over {
			dec.Over(list[i].ruling, overReason(&list[i].Use, &results[i], &dec.Rulings[list[i].ruling]))
		}
	}
}

// overReason says why a use does not fit, and when it will.
func overReason(u *limit.Use, res *limit.Result, r *policy.Ruling) string {
	var b strings.Builder
	fmt.Fprintf(&b, "is over the limit of the rule %s of the policy %s: %s", r.Rule.ID, r.Origin(), allowance(&u.Counter))
	if m := r.Rule.Message; m != "" {
		b.WriteString(" (" + strings.TrimSuffix(m, ".") + ")")
	}
	if res.Wait < 0 {
		fmt.Fprintf(&b, ". This call does it %d times at once, which never fits: do it in calls that do less, and not too fast", u.Times)
		return b.String()
	}
	if u.Times > 1 {
		fmt.Fprintf(&b, ". This call does it %d times", u.Times)
	}
	fmt.Fprintf(&b, ". It may run again in %s", span(res.Wait))
	if u.Allowed {
		b.WriteString(": wait until then, or ask the user; another spelling counts the same")
	} else {
		b.WriteString(", if it is not tried before: every try counts, refused ones too, and another spelling is the same. Wait until then, or ask the user")
	}
	return b.String()
}

// allowance says what a limit lets through: "10 a minute for each session of an
// agent".
func allowance(c *limit.Counter) string {
	each := map[string]string{
		"grant": "session of an agent", "session": "session", "agent": "agent", "project": "project", "user": "user", "host": "machine",
	}[c.Scope]
	word := policy.WindowWord(c.Window)
	if word[0] <= '9' {
		word = "in " + word
	} else if word == "hour" {
		word = "an hour"
	} else {
		word = "a " + word
	}
	return fmt.Sprintf("%d %s for each %s", c.Max, word, each)
}

// span spells a length of time, rounded up.
func span(d time.Duration) string {
	units := [...]struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}}
	for i, u := range units[:len(units)-1] {
		if d < 2*u.of {
			continue
		}
		small := units[i+1]
		d = (d + small.of - 1) / small.of * small.of
		text := fmt.Sprintf("%d %s", d/u.of, u.name)
		if rest := d % u.of / small.of; rest > 0 {
			text += fmt.Sprintf(" %d %s", rest, small.name)
		}
		return text
	}
	return fmt.Sprintf("%d s", max(1, (d+time.Second-1)/time.Second))
}

// A peek is the state of a counter that a call would count in, before it does.
type peek struct {
	limited
	limit.Result
	known bool // the scope names one counter here: no session, no agent
}

// peekLimits tells how the counters stand that a call would count in, and blocks
// a decision that would be over one. It counts nothing. Who asks has no session,
// so that counters of sessions and agents are not looked at.
func peekLimits(environ []string, call action.Call, dec *classify.Decision) []peek {
	var peeks []peek
	for _, l := range limits(environ, call, dec) {
		p := peek{limited: l}
		if dir, err := state.Dir(environ); err == nil && (l.Scope == "project" || l.Scope == "user" || l.Scope == "host") {
			store := limit.Store{State: dir}
			results, err := store.Peek([]limit.Use{l.Use})
			if p.known = err == nil; p.known {
				p.Result = results[0]
				over(dec, []limited{l}, results)
			}
		}
		peeks = append(peeks, p)
	}
	return peeks
}

// String tells of a counter in one line.
func (p *peek) String() string {
	text := fmt.Sprintf("counter %s: %s", p.Name, allowance(&p.Counter))
	switch {
	case !p.known:
		return text + "; venv-guard limits tells how it stands"
	case p.Over && p.Wait < 0:
		return text + fmt.Sprintf("; %d at once never fit", p.Times)
	case p.Over:
		return text + fmt.Sprintf("; %d are used, and this fits in %s", p.Used, span(p.Wait))
	}
	return text + fmt.Sprintf("; %d are used", p.Used)
}

// brake counts how often the same thing was blocked in a session, and tells an
// agent that only looks for another spelling to stop. What goes wrong changes
// nothing: it is advice.
func (re *reply) brake(call action.Call, dec *classify.Decision, ans *action.Answer) {
	most := re.policies.DeniedRetries()
	if ans.Verdict != action.Block || most < 1 {
		return
	}
	rule, what := blamed(dec)
	dir, err := state.Dir(re.Environ)
	if rule == "" || err != nil {
		return
	}
	ignoreFileLimit()
	store := limit.Store{State: dir}
	n, err := store.Refused(call.Session+"\x00"+call.Agent, rule+"\x00"+what)
	if err != nil || n < most {
		return
	}
	if what != "" {
		rule = what + ", " + rule
	}
	ans.Reason += fmt.Sprintf("\nThis is refusal %d of the same thing (%s) in this session. Stop: do not try another spelling or another way to it. "+
		"Do what is said above, or tell the user what you wanted and why it was refused, and ask what to do.", n, rule)
}

// blamed returns the rule that blocked a call, and what was done: tool and
// operation.
func blamed(dec *classify.Decision) (rule, what string) {
	if _, f := dec.Worst(); f != nil {
		return f.Rule, strings.TrimSpace(f.Tool + " " + f.Operation)
	}
	for _, p := range dec.Problems {
		return "guard/" + p.ID, ""
	}
	return "", ""
}
