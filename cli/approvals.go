package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/approval"
	"github.com/venv-guard/venv-guard/audit"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/hook"
	"github.com/venv-guard/venv-guard/internal/state"
	"github.com/venv-guard/venv-guard/policy"
)

// approve turns an Ask that the client cannot put to its user, or that only some
// may answer, into one with a ticket; or into an Allow, once humans have approved,
// or a Block, if one said no. Without a ticket to tell of, nil is returned.
func (re *reply) approve(call action.Call, dec *classify.Decision, ans *action.Answer) (out *approval.Outcome, notes []string) {
	if ans.Verdict != action.Ask {
		return nil, nil
	}
	needs := re.needs(dec)
	if len(needs) == 0 && hook.CanAsk(call) {
		return nil, nil
	}
	reason := ans.Reason
	// Whatever goes wrong from here on, a panic included, the call is blocked.
	*ans = action.Answer{Verdict: action.Block, Reason: reason}
	for _, n := range needs {
		if roles := n.Empty(); len(roles) > 0 {
			ans.Reason += fmt.Sprintf("\nNobody can approve this: no policy says who is %s. Ask the user to put that into [roles] of their policy.", strings.Join(roles, " or "))
			return nil, nil
		}
	}
	out, notes, err := re.present(call, dec, needs, reason)
	if err != nil {
		ans.Reason += fmt.Sprintf("\nA human must approve this, but no ticket can be kept for it: %v.", err)
		if !errors.Is(err, approval.ErrTooMany) && !errors.Is(err, approval.ErrTooLong) {
			ans.Reason += " Ask the user to mend that, or to run the command."
		}
		return nil, notes
	}
	switch out.Event {
	case approval.EventUsed:
		*ans = action.Answer{Verdict: action.Allow}
	case approval.EventDenied:
		ans.Reason += "\n" + denied(out)
	default:
		ans.Verdict, ans.Ticket = action.Ask, out.ID // which a human must answer first
		ans.Reason += "\n" + waiting(out)
	}
	return out, notes
}

// waiting says what a human must do, and what the agent must not.
func waiting(out *approval.Outcome) string {
	var b strings.Builder
	still, who := "needs", strings.Join(out.Missing, ", and ")
	if out.Event == approval.EventWaiting {
		still = "still waits for"
	}
	if who == anyHuman {
		who = "a human"
	}
	fmt.Fprintf(&b, "This %s the approval of %s: ticket %s. Ask the user to run `venv-guard approve %s` (or `venv-guard deny %s`) in a terminal of their own. ",
		still, who, out.ID, out.ID, out.ID)
	b.WriteString("When they say that it is approved, make the very same call again from the same directory; do not try before, nor in another way.")
	return b.String()
}

const anyHuman = "any human"

func denied(out *approval.Outcome) string {
	said := "."
	if out.Message != "" {
		said = ": " + out.Message
	}
	return fmt.Sprintf("A human said no to this (ticket %s)%s\nDo not try it in another way: ask the user how to go on.", out.ID, said)
}

// present presents the call to the store of tickets.
func (re *reply) present(call action.Call, dec *classify.Decision, needs []approval.Need, reason string) (out *approval.Outcome, notes []string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error: %v", p)
		}
	}()
	dir, err := state.Dir(re.Environ)
	if err != nil {
		return nil, nil, err
	}
	ignoreFileLimit()
	store := &approval.Store{Dir: dir}
	red := audit.NewRedactor(dir, re.Environ)
	red.Cautious = true
	r := re.request(call, dec, red)
	r.Needs, r.Reason = needs, red.Text(reason)
	out, err = store.Present(r)
	return out, store.Notes(), err
}

// needs returns whose approval the rules want that ask; none if any human's will
// do.
func (re *reply) needs(dec *classify.Decision) []approval.Need {
	var list []approval.Need
	for _, r := range asking(dec) {
		if r.Rule == nil || len(r.Rule.Approvers) == 0 && r.Rule.Approvals < 2 {
			continue
		}
		n := approval.Need{Rule: r.Rule.ID + " of " + r.Origin(), Count: max(r.Rule.Approvals, 1)}
		for _, name := range r.Rule.Approvers {
			n.Roles = append(n.Roles, approval.Role(re.policies.Role(name)))
		}
		if !slices.ContainsFunc(list, func(other approval.Need) bool { return other.Rule == n.Rule }) {
			list = append(list, n)
		}
	}
	return list
}

// asking returns the rulings that ask.
func asking(dec *classify.Decision) []*policy.Ruling {
	var list []*policy.Ruling
	for i := range dec.Rulings {
		if r := &dec.Rulings[i]; r.Verdict == action.Ask && !r.Simulated {
			list = append(list, r)
		}
	}
	return list
}

// timeout returns how long an approval holds, in seconds: the shortest of what
// the rules say that ask.
func timeout(dec *classify.Decision) int {
	n := 0
	least := func(s int) {
		if n == 0 || s < n {
			n = s
		}
	}
	for _, r := range asking(dec) {
		if r.Rule == nil {
			least(policy.DefaultTimeout)
		} else {
			least(cmp.Or(r.Rule.Timeout, policy.DefaultTimeout))
		}
	}
	for i := range dec.Steps {
		for k := range dec.Steps[i].Findings {
			if f := &dec.Steps[i].Findings[k]; f.Verdict == action.Ask && f.Policy == "" {
				least(policy.DefaultTimeout)
			}
		}
	}
	return cmp.Or(n, policy.DefaultTimeout)
}

// maxPrograms bounds the programs of a call that a ticket lists.
const maxPrograms = 64

// request describes a call to the humans who approve it. Bound to the approval is
// all that was judged: what was sent, and every program found in it, with its
// words, directory and place, so that a script that changed is another call. What
// is shown, and kept, is without those secrets that can be nothing else.
func (re *reply) request(call action.Call, dec *classify.Decision, red *audit.Redactor) *approval.Request {
	text := call.Command
	clean := red.Text
	if call.Shell == action.ShellNone {
		text, clean = call.Input, red.JSON
	}
	r := &approval.Request{
		Client: call.Client, Session: call.Session, Agent: call.Agent, Tool: call.Tool, Dir: call.Dir,
		Text: clean(text), Policy: re.policies.Digest(), Timeout: timeout(dec),
	}
	var bound []string
	for i := range dec.Steps {
		st := &dec.Steps[i]
		b := []string{st.Dir, st.File, st.Host, strings.Join(st.Via, "\x00"), strings.Join(st.Argv, "\x00")}
		for k := range st.Findings {
			f := &st.Findings[k]
			b = append(b, f.Verdict.String(), f.Rule, f.Policy, f.Place.String())
			if f.Verdict == action.Ask {
				add(&r.Places, red.Text(f.Place.String()))
				add(&r.Rules, f.Rule)
			}
		}
		bound = append(bound, strings.Join(b, "\x00\x00"))
		if st.Builtin && len(st.Findings) == 0 || len(st.Argv) == 0 {
			continue
		}
		if len(r.Programs) < maxPrograms {
			words := shown(st.Argv)
			copy(words[1:], red.Words(words)[1:]) // never the program's own name
			line := classify.Quoted(words)
			if st.Dir != call.Dir {
				line += "   (in " + action.Show(st.Dir) + ")"
			}
			add(&r.Programs, line)
		} else {
			add(&r.Programs, "…")
		}
	}
	slices.Sort(bound)
	r.Bound = append([]string{call.Tool, fmt.Sprint(call.Shell), text, call.Dir, r.Policy}, bound...)
	return r
}

// add adds a text that is not in the list yet.
func add(list *[]string, s string) {
	if s != "" && !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}

// ticket tells in a record what became of the call's ticket.
func ticket(r *audit.Record, out *approval.Outcome) {
	if out == nil {
		return
	}
	r.Ticket, r.Event, r.By, r.Message = out.ID, out.Event, out.By, out.Message
}
