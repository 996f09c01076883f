package cli

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/approval"
	"github.com/venv-guard/venv-guard/audit"
	"github.com/venv-guard/venv-guard/internal/sshkey"
	"github.com/venv-guard/venv-guard/internal/state"
)

const approveUsage = `usage: venv-guard approve [GRANT] [--key FILE] ID

Shows the call that a ticket is about, whole, with what deceives the eye put in
words, and approves it when you type yes. It wants a terminal, and is blocked for
agents. Without GRANT the very same call then passes once, within the seconds
that the rule's timeout says (300).

  --times N     it passes N times
  --for D       it passes for a duration: 10m, 2h, 1d
  --until TIME  it passes until then: 17:30, 2026-01-31, "2026-01-31 17:30" or
                RFC 3339
  --session     it passes for the agent's session that asked, for a day at most
  --key FILE    sign with this SSH key (ssh-keygen -Y sign), private or, where an
                agent holds it, public. Where a role has keys only, and no --key
                is given, those that the SSH agent holds are tried

--for, --until and --session allow any number of times, unless --times says how
many. Any change of the call, of its directory, of a script that it runs, or of a
policy needs another approval.

Exit status: 0 approved (or: approved by you, and others must follow); 1 not;
64 wrong usage.
`

// approve lets a human approve a call.
func (c *Command) approve(args []string) int {
	fs := flag.NewFlagSet("approve", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	times := fs.Int("times", 0, "")
	lasting := fs.String("for", "", "")
	until := fs.String("until", "", "")
	session := fs.Bool("session", false, "")
	key := fs.String("key", "", "")
	operands, err := parseMixed(fs, args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(c.Stdout, approveUsage)
		return ExitOK
	} else if err != nil {
		return c.usage("approve", err.Error())
	}
	if len(operands) != 1 {
		return c.usage("approve", "one ticket's id is wanted")
	}
	now := time.Now()
	w, err := parseWish(*times, *lasting, *until, *session, flagGiven(fs, "times"), now)
	if err != nil {
		return c.usage("approve", err.Error())
	}
	if err := c.approveTicket(operands[0], w, *key); err != nil {
		c.errorf("%v", err)
		return ExitFailure
	}
	return ExitOK
}

func flagGiven(fs *flag.FlagSet, name string) (given bool) {
	fs.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	return given
}

// A wish is what the human wants to grant.
type wish struct {
	uses    int
	d       time.Duration
	until   time.Time
	session bool
}

func parseWish(times int, lasting, until string, session, counted bool, now time.Time) (wish, error) {
	w := wish{uses: times, session: session}
	var err error
	switch {
	case counted && times < 1:
		return w, errors.New("--times wants a number above 0")
	case lasting != "" && until != "":
		return w, errors.New("either --for or --until")
	case lasting != "":
		if w.d, err = parseDuration(lasting); err != nil {
			return w, err
		}
	case until != "":
		if w.until, err = parseUntil(until, now); err != nil {
			return w, err
		}
	}
	if !counted && lasting == "" && until == "" && !session {
		w.uses = 1
	}
	return w, nil
}

func parseDuration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && 0 < n && n <= 3650 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < time.Second || d > 3650*24*time.Hour {
		return 0, fmt.Errorf("%q is no duration of a second or more, such as 10m, 2h or 1d", s)
	}
	return d, nil
}

func parseUntil(s string, now time.Time) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t, err = time.ParseInLocation("2006-01-02 15:04", s, now.Location())
	}
	if err != nil {
		if t, err = time.ParseInLocation(time.DateOnly, s, now.Location()); err == nil {
			t = t.AddDate(0, 0, 1) // to its end
		}
	}
	if err != nil {
		var clock time.Time
		if clock, err = time.Parse("15:04", s); err == nil {
			t = time.Date(now.Year(), now.Month(), now.Day(), clock.Hour(), clock.Minute(), 0, 0, now.Location())
			if !t.After(now) {
				t = t.AddDate(0, 0, 1)
			}
		}
	}
	if err != nil {
		return t, fmt.Errorf(`%q is no time such as 17:30, 2026-01-31, "2026-01-31 17:30" or one of RFC 3339`, s)
	}
	if !t.After(now) {
		return t, fmt.Errorf("%s is over", s)
	}
	return t, nil
}

func (c *Command) approveTicket(id string, w wish, keyFile string) error {
	store, err := c.tickets()
	if err != nil {
		return err
	}
	tty, err := c.human()
	if err != nil {
		return err
	}
	defer tty.Close()
	st, err := store.Find(id)
	c.ticketNotes(store)
	if err != nil {
		return err
	}
	if w.session && st.Session == "" {
		return errors.New("the call does not say which session it belongs to; use --for")
	}
	if st.State != approval.Waiting {
		return fmt.Errorf("ticket %s is %s%s; only one that waits can be approved", st.ID, st.State, because(st.Why))
	}
	a := &approval.Answer{
		Ticket: st.ID, Nonce: st.Nonce, Call: st.Call, Word: approval.Approve, User: userName(),
		Grant: st.Ticket.Grant(w.uses, w.d, w.until, w.session),
	}
	if os.Geteuid() == 0 {
		a.UID = getenv(c.Environ, "SUDO_UID")
	}
	sign, err := c.signer(st, a, keyFile)
	if err != nil {
		return err
	}
	showTicket(tty, st, time.Now())
	yes, err := confirm(tty, fmt.Sprintf("\nApprove this, %s?", grantText(a.Grant)))
	if err != nil {
		return err
	}
	if !yes {
		return errors.New("not approved; the call stays blocked (venv-guard deny says no to it)")
	}
	a.At = time.Now().UTC()
	if err := sign(); err != nil {
		return err
	}
	now, err := store.Answer(a)
	c.ticketNotes(store)
	if err != nil {
		return err
	}
	c.logAnswer(store, now, a)
	switch {
	case now.State == approval.Approved:
		fmt.Fprintf(c.Stdout, "approved: when the same call is made again, it passes %s, until %s\n", passes(now.Grant), localTime(now.End))
	case len(now.Missing) > 0:
		fmt.Fprintf(c.Stdout, "approved by you; still wanted: %s\n", strings.Join(now.Missing, ", and "))
	}
	for _, n := range now.Notes {
		c.errorf("%s", oneLine(n, 500))
	}
	if now.State != approval.Approved && len(now.Notes) > 0 {
		return errors.New("the approval does not count")
	}
	return nil
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return " (" + why + ")"
}

// signer finds out how the human can answer the ticket, and returns what makes
// the answer count.
func (c *Command) signer(st *approval.Status, a *approval.Answer, keyFile string) (sign func() error, err error) {
	var keys []sshkey.Key
	asUser, wants := len(st.Needs) == 0, []string{}
	uid := cmp.Or(a.UID, strconv.Itoa(os.Geteuid()))
	for i := range st.Needs {
		n := &st.Needs[i]
		wants = append(wants, n.Who())
		asUser = asUser || len(n.Roles) == 0
		for k := range n.Roles {
			asUser = asUser || n.Roles[k].Fills(uid, nil)
			for _, m := range n.Roles[k].Members {
				if key, err := sshkey.Parse(m); err == nil {
					keys = append(keys, key)
				}
			}
		}
	}
	if keyFile != "" {
		if !filepath.IsAbs(keyFile) {
			keyFile = filepath.Join(c.Dir, keyFile)
		}
		public, err := sshkey.Public(keyFile)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			if key.Same(public) {
				return func() error { return c.signWith(a, key, keyFile) }, nil
			}
		}
		return nil, fmt.Errorf("the key %s is none of those whose approval is wanted: %s", public.Fingerprint(), strings.Join(wants, ", and "))
	}
	if asUser {
		return func() error { return nil }, nil
	}
	if len(keys) == 0 || getenv(c.Environ, "SSH_AUTH_SOCK") == "" {
		hint := ""
		if len(keys) > 0 {
			hint = "; sign with --key FILE"
		}
		return nil, fmt.Errorf("%s may not approve this: wanted is %s%s", a.User, strings.Join(wants, ", and "), hint)
	}
	return func() error { return c.signWithAgent(a, keys) }, nil
}

func (c *Command) signWith(a *approval.Answer, key sshkey.Key, file string) (err error) {
	a.Key = strings.TrimSpace(key.String() + " " + key.Comment)
	a.Signature, err = sshkey.Sign(file, a.Text(), c.Environ)
	return err
}

// signWithAgent signs with the first of the keys that the SSH agent holds.
func (c *Command) signWithAgent(a *approval.Answer, keys []sshkey.Key) error {
	dir, err := os.MkdirTemp("", "venv-guard-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "key.pub")
	var errs []error
	for _, key := range keys {
		if err := os.WriteFile(file, []byte(key.String()+"\n"), 0o600); err != nil {
			return err
		}
		if err = c.signWith(a, key, file); err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return fmt.Errorf("the SSH agent holds none of the keys that are wanted; sign with --key FILE: %w", errs[0])
}

// tickets returns the store of tickets.
func (c *Command) tickets() (*approval.Store, error) {
	dir, err := state.Dir(c.Environ)
	if err != nil {
		return nil, fmt.Errorf("approvals: %w", err)
	}
	return &approval.Store{Dir: dir}, nil
}

// ticketNotes tells what the store found damaged.
func (c *Command) ticketNotes(store *approval.Store) {
	for _, n := range store.Notes() {
		fmt.Fprintf(c.Stderr, "venv-guard: warning: %s\n", oneLine(n, 500))
	}
}

// userName says who the human is. Root may act for whoever used sudo.
func userName() string {
	if name := os.Getenv("SUDO_USER"); name != "" && os.Geteuid() == 0 {
		return name + " (as root)"
	}
	return approval.UserName(strconv.Itoa(os.Geteuid()))
}

// logAnswer puts what a human said into the log. Someone else's log is left
// alone: its owner could no longer write it.
func (c *Command) logAnswer(store *approval.Store, st *approval.Status, a *approval.Answer) {
	if !ownsDir(store.Dir) {
		fmt.Fprintf(c.Stderr, "venv-guard: warning: the audit log of another user is not written; that the call passed will be logged\n")
		return
	}
	ignoreFileLimit()
	red := audit.NewRedactor(store.Dir, c.Environ)
	r := &audit.Record{
		Kind: audit.KindApproval, Ticket: st.ID, Event: event(a.Word), By: []string{a.By()}, Message: a.Message,
		Client: st.Client, Session: st.Session, Agent: st.Agent, Tool: st.Tool, Dir: st.Dir, Rules: st.Rules, Policy: st.Policy,
		Place: strings.Join(st.Places, ", "), Reason: "call " + st.Call,
	}
	if a.Word == approval.Approve {
		r.Grant = grantText(a.Grant)
	}
	r.Clean(red)
	notes, err := (&audit.Log{Dir: store.Dir}).Append(r)
	for _, n := range notes {
		fmt.Fprintf(c.Stderr, "venv-guard: warning: %s\n", plain(n))
	}
	if err != nil {
		fmt.Fprintf(c.Stderr, "venv-guard: warning: this was not logged: %v\n", err)
	}
}

// event returns the name that the log has for an answer.
func event(word string) string {
	switch word {
	case approval.Approve:
		return "approved"
	case approval.Deny:
		return "denied"
	}
	return "revoked"
}
