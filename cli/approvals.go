package cli

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

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
	needs := approvalNeeds(re.policies, dec)
	if len(needs) == 0 && hook.CanAsk(call) {
		return nil, nil
	}
	// Whatever goes wrong from here on, a panic included, the call is blocked.
	*ans = action.Answer{Verdict: action.Block, Reason: ans.Reason}
	for _, n := range needs {
		if why := n.Impossible(); why != "" {
			ans.Reason += fmt.Sprintf("\nNobody can approve this: %s. Ask the user to mend [roles] in their policy.", why)
			return nil, nil
		}
	}
	out, notes, err := re.present(call, dec, needs)
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
func (re *reply) present(call action.Call, dec *classify.Decision, needs []approval.Need) (out *approval.Outcome, notes []string, err error) {
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
	r := re.request(call, dec, dir)
	r.Needs = needs
	out, err = store.Present(r)
	return out, store.Notes(), err
}

// approvalNeeds returns whose approval the rules want that ask; none if any
// human's will do.
func approvalNeeds(set *policy.Set, dec *classify.Decision) []approval.Need {
	var list []approval.Need
	for _, r := range asking(dec) {
		if r.Rule == nil || len(r.Rule.Approvers) == 0 && r.Rule.Approvals < 2 {
			continue
		}
		n := approvalNeed(set, r.Policy, r.Rule)
		if !slices.ContainsFunc(list, func(other approval.Need) bool { return other.Rule == n.Rule }) {
			list = append(list, n)
		}
	}
	return list
}

// approvalNeed returns whose approval a rule wants.
func approvalNeed(set *policy.Set, p *policy.Policy, r *policy.Rule) approval.Need {
	at := policy.Ruling{Policy: p, Rule: r}
	n := approval.Need{Rule: r.ID + " of " + at.Origin(), Count: max(r.Approvals, 1)}
	for _, name := range r.Approvers {
		n.Roles = append(n.Roles, approval.Role(set.Role(name)))
	}
	return n
}

// A jsonApproval is what check tells of a rule that says who must approve.
type jsonApproval struct {
	Rule      string   `json:"rule"`
	Approvers []string `json:"approvers"`
	Approvals int      `json:"approvals"`
	Timeout   int      `json:"timeout"`

	who string
}

// String says it for a human.
func (a jsonApproval) String() string {
	return fmt.Sprintf("%s, by %s; holds for %s", a.who, a.Rule, duration(time.Duration(a.Timeout)*time.Second))
}

// approvalsWanted lists whose approvals a call needs.
func approvalsWanted(set *policy.Set, dec *classify.Decision) []jsonApproval {
	list := []jsonApproval{}
	if dec.Verdict != action.Ask {
		return list
	}
	for _, n := range approvalNeeds(set, dec) {
		a := jsonApproval{Rule: n.Rule, Approvers: []string{}, Approvals: n.Count, Timeout: approvalTimeout(dec), who: n.Who()}
		for _, r := range n.Roles {
			a.Approvers = append(a.Approvers, r.Name)
		}
		if why := n.Impossible(); why != "" {
			a.who += " (nobody can: " + why + ")"
		}
		list = append(list, a)
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

// approvalTimeout returns how long an approval holds, in seconds: the shortest of what
// the rules say that ask.
func approvalTimeout(dec *classify.Decision) int {
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
func (re *reply) request(call action.Call, dec *classify.Decision, dir string) *approval.Request {
	red := audit.NewRedactor(dir, re.Environ)
	red.Cautious = true
	text := call.Command
	clean := red.Text
	if call.Shell == action.ShellNone {
		text, clean = call.Input, red.JSON
	}
	r := &approval.Request{
		Client: call.Client, Session: session(call.Session, red), Agent: red.Text(call.Agent), Tool: red.Text(call.Tool), Dir: red.Text(call.Dir),
		Text: clean(text), Reason: red.Text(dec.Reason()), Policy: re.policies.Digest(), Timeout: approvalTimeout(dec),
	}
	// A program's name is hidden if it has the form of a secret, but not because
	// the call says that it is one: X_TOKEN=rm; $X_TOKEN -rf x.
	names := audit.NewRedactor(dir, nil)
	names.Cautious = true
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
			copy(words[1:], red.Words(words)[1:])
			words[0] = names.Text(words[0])
			line := quoted(words)
			if st.Dir != call.Dir {
				line += "   (in " + action.Show(red.Text(st.Dir)) + ")"
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

// maxProgram bounds what is listed of one program, in bytes; the call itself is
// always shown whole.
const maxProgram = 2 << 10

// quoted joins the words of a command. Nothing is made visible yet: that is done
// where a human reads it.
func quoted(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		if w == "" || strings.ContainsAny(w, " \t\n'\"\\$`;&|<>(){}*?#!") {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		out[i] = w
	}
	s := strings.Join(out, " ")
	if len(s) > maxProgram {
		return fmt.Sprintf("%s… (%d bytes)", s[:maxProgram], len(s))
	}
	return s
}

// session names a session, by which it is recognised when it calls again: as it
// names itself, but for secrets.
func session(name string, red *audit.Redactor) string {
	if red.Text(name) == name {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return "sha256:" + hex.EncodeToString(sum[:16])
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
