package cli

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/approval"
)

const denyUsage = `usage: venv-guard deny [-m TEXT] ID

Says no to the call that a ticket is about. The agent is told so when it makes
the same call again within a day, with your message. It is blocked for agents.
venv-guard approvals revoke ID takes it back.

  -m TEXT  what the agent is told

Exit status: 0 done; 1 failed; 64 wrong usage.
`

const approvalsUsage = `usage: venv-guard approvals list
       venv-guard approvals show ID
       venv-guard approvals revoke ID

Works with the tickets of calls that need a human's approval.

  list    the tickets: those that wait, and what became of the others, which are
          kept for a day after their end
  show    one of them, whole, as venv-guard approve shows it
  revoke  take back an approval, or a denial: the next such call gets a new
          ticket. It is blocked for agents

A ticket waits for a day. Who may approve say the rules of the policies
(approvers, approvals) and their [roles]; any human may where they do not.

Exit status: 0 done; 1 failed; 64 wrong usage.
`

// deny lets a human say no.
func (c *Command) deny(args []string) int {
	fs := flag.NewFlagSet("deny", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	var message string
	fs.StringVar(&message, "m", "", "")
	fs.StringVar(&message, "message", "", "")
	operands, err := parseMixed(fs, args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(c.Stdout, denyUsage)
		return ExitOK
	} else if err != nil {
		return c.usage("deny", err.Error())
	}
	if len(operands) != 1 {
		return c.usage("deny", "one ticket's id is wanted; put the message in quotes, after -m")
	}
	if len(message) > maxMessage {
		return c.usage("deny", fmt.Sprintf("the message is longer than %d bytes", maxMessage))
	}
	return c.answer(operands[0], approval.Deny, message)
}

// maxMessage bounds what a human tells the agent, in bytes.
const maxMessage = 2000

// answer notes a denial or a revocation.
func (c *Command) answer(id, word, message string) int {
	store, err := c.tickets()
	if err == nil {
		var st *approval.Status
		if st, err = store.Find(id); err == nil {
			a := &approval.Answer{
				Ticket: st.ID, Nonce: st.Nonce, Call: st.Call, Word: word, At: time.Now().UTC(), User: userName(), Message: message,
			}
			if st, err = store.Answer(a); err == nil {
				c.logAnswer(store, st, a)
				fmt.Fprintf(c.Stdout, "%s: ticket %s\n", event(word), st.ID)
			}
		}
		c.ticketNotes(store)
	}
	if err != nil {
		c.errorf("%v", err)
		return ExitFailure
	}
	return ExitOK
}

// approvals works with tickets.
func (c *Command) approvals(args []string) int {
	if len(args) == 0 {
		return c.usage("approvals", "one of list, show and revoke is wanted")
	}
	switch verb := args[0]; {
	case verb == "-h" || verb == "--help" || len(args) == 2 && (args[1] == "-h" || args[1] == "--help"):
		fmt.Fprint(c.Stdout, approvalsUsage)
		return ExitOK
	case verb == "list" && len(args) == 1:
		return c.approvalsList()
	case verb == "show" && len(args) == 2:
		return c.approvalsShow(args[1])
	case verb == "revoke" && len(args) == 2:
		return c.answer(args[1], approval.Revoke, "")
	}
	return c.usage("approvals", "cannot make sense of "+strings.Join(args, " "))
}

func (c *Command) approvalsList() int {
	store, err := c.tickets()
	var list []*approval.Status
	if err == nil {
		list, err = store.List()
		c.ticketNotes(store)
	}
	if err != nil {
		c.errorf("%v", err)
		return ExitFailure
	}
	if len(list) == 0 {
		fmt.Fprintln(c.Stdout, "no tickets")
	}
	for _, st := range list {
		who := cmp.Or(st.Client, "unknown client")
		if st.Agent != "" {
			who += ", " + st.Agent
		}
		text := approval.Visible(strings.ReplaceAll(strings.TrimSpace(st.Text), "\n", " ⏎ "))
		fmt.Fprintf(c.Stdout, "%s  %-8s  %s  %-16s  %s\n", st.ID, st.State, localTime(st.Made), oneLine(who, 40), oneLine(text, 120))
	}
	return ExitOK
}

func (c *Command) approvalsShow(id string) int {
	store, err := c.tickets()
	if err == nil {
		var st *approval.Status
		st, err = store.Find(id)
		c.ticketNotes(store)
		if err == nil {
			showTicket(c.Stdout, st, time.Now())
			return ExitOK
		}
	}
	c.errorf("%v", err)
	return ExitFailure
}

// showTicket tells a human all that matters of a call.
func showTicket(w io.Writer, st *approval.Status, now time.Time) {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-11s %s\n", name, strings.ReplaceAll(visible(value, approval.Visible), "\n", "\n            "))
		}
	}
	line("ticket", st.ID+", "+st.State.String()+because(st.Why))
	line("asked by", fmt.Sprintf("%s, agent %s, %s (%s ago)", cmp.Or(st.Client, "unknown client"), cmp.Or(st.Agent, "main"), localTime(st.Made),
		now.Sub(st.Made).Round(time.Second)))
	line("session", st.Session)
	line("tool", st.Tool)
	line("directory", st.Dir)
	text := approval.Visible(st.Text)
	for i, l := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		fmt.Fprintf(&b, "%-11s | %s\n", []string{"call", ""}[min(i, 1)], l)
	}
	if text != st.Text {
		fmt.Fprintf(&b, "%-11s Look closely: what stands between ⟨ and ⟩ would not be seen, or be taken for something else.\n", "")
	}
	for i, p := range st.Programs {
		name, rest, _ := strings.Cut(p, " ")
		text := strings.ReplaceAll(visible(name, approval.VisibleName)+" "+visible(rest, approval.Visible), "\n", "⟨LF⟩")
		fmt.Fprintf(&b, "%-11s %s\n", []string{"starts", ""}[min(i, 1)], strings.TrimSpace(text))
	}
	line("place", strings.Join(st.Places, ", "))
	line("rules", strings.Join(st.Rules, ", "))
	line("reason", st.Reason)
	for i := range st.Needs {
		n := &st.Needs[i]
		line("wanted", n.Who()+", by "+n.Rule)
	}
	if st.State == approval.Waiting && len(st.Needs) > 0 {
		line("missing", strings.Join(st.Missing, ", and "))
	}
	line([]string{"", "approved by", "denied by", "approved by", "revoked by", ""}[st.State], strings.Join(st.By, ", "))
	line("message", st.Message)
	switch st.State {
	case approval.Waiting:
		line("waits until", localTime(st.End))
	case approval.Approved:
		line("passes", passes(st.Grant)+", until "+localTime(st.End))
	}
	if st.Used > 0 {
		line("used", fmt.Sprintf("%d times, last %s", st.Used, localTime(st.Last)))
	}
	for _, n := range st.Notes {
		line("note", n)
	}
	io.WriteString(w, b.String())
}

// grantText says how often and how long a call passes.
func grantText(g approval.Grant) string {
	text := passes(g)
	if g.Within > 0 {
		return text + " within " + duration(time.Duration(g.Within)*time.Second)
	}
	return text + " until " + localTime(g.Until)
}

// passes says how often a call passes.
func passes(g approval.Grant) string {
	text := "any number of times"
	switch {
	case g.Uses == 1:
		text = "once"
	case g.Uses > 1:
		text = fmt.Sprintf("%d times", g.Uses)
	}
	if g.Session != "" {
		text += " in this session"
	}
	return text
}

// visible makes a text of the guard about a call visible by a function of package
// approval. An ellipsis in brackets is the guard's own, for what is not known.
func visible(s string, show func(string) string) string {
	parts := strings.Split(s, unknown)
	for i := range parts {
		parts[i] = show(parts[i])
	}
	return strings.Join(parts, unknown)
}

// unknown is what action.Show makes of a hole.
const unknown = "⟨…⟩"

// duration spells a duration without parts that are nothing.
func duration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func localTime(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }
