package approval

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/venv-guard/venv-guard/internal/sshkey"
)

// A signer has a key of their own.
type signer struct {
	file string
	key  sshkey.Key
}

func newSigner(t testing.TB, kind string) signer {
	t.Helper()
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip("SKIPPED: there is no ssh-keygen, so that no signature is tested")
	}
	file := filepath.Join(t.TempDir(), "id")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "ann@laptop", "-f", file).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	key, err := sshkey.Public(file)
	if err != nil {
		t.Fatal(err)
	}
	return signer{file, key}
}

func (s signer) line() string { return s.key.String() + " " + s.key.Comment }

// sign returns a signed approval of a ticket.
func (s signer) sign(d *desk, st *Status, g Grant) *Answer {
	d.t.Helper()
	a := &Answer{Ticket: st.ID, Nonce: st.Nonce, Call: st.Call, Word: Approve, Grant: g, At: d.now, User: "ann", Key: s.line()}
	var err error
	if a.Signature, err = sshkey.Sign(s.file, a.Text(), os.Environ()); err != nil {
		d.t.Fatal(err)
	}
	return a
}

// wanting is a call that needs some people.
func wanting(count int, roles ...Role) *Request {
	r := call()
	r.Needs = []Need{{Rule: "publish", Count: count, Roles: roles}}
	return r
}

func (d *desk) give(a *Answer) *Status {
	d.t.Helper()
	st, err := d.Answer(a)
	if err != nil {
		d.t.Fatal(err)
	}
	return st
}

// forge puts an answer where approvals stand, as whoever may write there can.
func (d *desk) forge(a *Answer) {
	d.t.Helper()
	text, err := encode(a)
	if err != nil {
		d.t.Fatal(err)
	}
	name := fileName{call: a.Call[:callLen], id: a.Ticket, who: a.who()}
	if err := os.WriteFile(d.path(name.String()), text, 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func TestSigned(t *testing.T) {
	for _, kind := range []string{"ed25519", "ecdsa", "rsa"} {
		ann := newSigner(t, kind)
		d := newDesk(t)
		r := wanting(1, Role{"boss", []string{ann.line()}})
		made := d.present(r, EventMade)
		if st := d.give(ann.sign(d, &made.Status, once(&made.Status))); st.State != Approved || !strings.Contains(st.By[0], "ann@laptop") {
			t.Errorf("%s: %s %v %v", kind, st.State, st.By, st.Notes)
		}
		d.present(r, EventUsed)
		d.present(r, EventMade)
	}
}

// What the holder of a key did not sign does not count, whoever writes it.
func TestForged(t *testing.T) {
	ann, mallory := newSigner(t, "ed25519"), newSigner(t, "ed25519")
	for name, forge := range map[string]func(d *desk, a *Answer, st *Status){
		"more uses":       func(_ *desk, a *Answer, _ *Status) { a.Grant.Uses = 2 },
		"longer":          func(_ *desk, a *Answer, _ *Status) { a.Grant.Within = 9999 },
		"later":           func(_ *desk, a *Answer, _ *Status) { a.Grant.Until = a.Grant.Until.Add(time.Hour) },
		"another time":    func(_ *desk, a *Answer, _ *Status) { a.At = a.At.Add(time.Second) },
		"another session": func(_ *desk, a *Answer, _ *Status) { a.Grant.Session = "s2" },
		"no signature":    func(_ *desk, a *Answer, _ *Status) { a.Key, a.Signature = "", "" },
		"another's key":   func(_ *desk, a *Answer, _ *Status) { a.Key = mallory.line() },
		"another signs":   func(d *desk, a *Answer, st *Status) { *a = *mallory.sign(d, st, a.Grant) },
		"another signs for the key": func(d *desk, a *Answer, st *Status) {
			a.Signature = mallory.sign(d, st, a.Grant).Signature
		},
		"no text of a signature": func(_ *desk, a *Answer, _ *Status) { a.Signature = "x" },
		"a long signature":       func(_ *desk, a *Answer, _ *Status) { a.Signature += strings.Repeat("\n", 1<<15) },
		"for something else": func(_ *desk, a *Answer, _ *Status) {
			cmd := exec.Command("ssh-keygen", "-Y", "sign", "-f", ann.file, "-n", "git")
			cmd.Stdin = strings.NewReader(a.Text())
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			a.Signature = string(out)
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			r := wanting(1, Role{"boss", []string{ann.line()}})
			made := d.present(r, EventMade)
			a := ann.sign(d, &made.Status, once(&made.Status))
			forge(d, a, &made.Status)
			d.forge(a)
			out := d.present(r, EventWaiting)
			if a.Signature != "" && len(out.Notes) == 0 {
				t.Error("nothing is said of it")
			}
		})
	}
	// Nor does it help to write into the ticket that nobody is needed.
	d := newDesk(t)
	r := wanting(1, Role{"boss", []string{ann.line()}})
	made := d.present(r, EventMade)
	for _, needs := range [][]Need{nil, {{Rule: "publish", Count: 1}}, {{Rule: "publish", Count: 1, Roles: []Role{{"boss", []string{mallory.line()}}}}}} {
		for _, a := range []*Answer{
			mallory.sign(d, &made.Status, once(&made.Status)),
			{Ticket: made.ID, Nonce: made.Nonce, Call: made.Call, Word: Approve, Grant: once(&made.Status), At: d.now, User: "ann"},
		} {
			forged := *made.Ticket
			forged.Needs = needs
			if err := d.write(&forged); err != nil {
				t.Fatal(err)
			}
			d.forge(a)
			if out := d.present(r, EventMade); len(out.Missing) != 1 || out.Missing[0] != "boss" {
				t.Errorf("missing %q", out.Missing)
			}
			made = d.present(r, EventWaiting)
		}
	}
	// Or that it is about another call than it is.
	forged := *made.Ticket
	forged.Text = "ls"
	if err := d.write(&forged); err != nil {
		t.Fatal(err)
	}
	if st, err := d.Find(made.ID); !errors.Is(err, ErrUnknown) {
		t.Errorf("%v, %v", st, err)
	}
	// An approval of another ticket, signed as it is, is none of this one's.
	d = newDesk(t)
	first := d.present(r, EventMade)
	a := ann.sign(d, &first.Status, once(&first.Status))
	d.give(a)
	d.present(r, EventUsed)
	second := d.present(r, EventMade)
	b := *a
	b.Ticket = second.ID
	d.forge(&b)
	d.present(r, EventWaiting)
	b.Nonce = second.Nonce
	d.forge(&b)
	d.present(r, EventWaiting)
}

// Two approvals are those of two people.
func TestTwo(t *testing.T) {
	ann, bob := newSigner(t, "ed25519"), newSigner(t, "ed25519")
	d := newDesk(t)
	r := wanting(2, Role{"lead", []string{ann.line()}}, Role{"boss", []string{bob.line(), ann.line()}})
	made := d.present(r, EventMade)
	long := made.Ticket.Grant(0, time.Hour, time.Time{}, false)
	if st := d.give(ann.sign(d, &made.Status, long)); st.State != Waiting || st.Missing[0] != "2 different people, each lead or boss (1 approved)" {
		t.Errorf("%s, missing %q", st.State, st.Missing)
	}
	again := ann.sign(d, &made.Status, long)
	again.Key = ann.key.String() + " not ann"
	d.forge(again)
	d.present(r, EventWaiting)
	d.now = d.now.Add(20 * time.Hour) // the first waits for the second
	if st := d.give(bob.sign(d, &made.Status, made.Ticket.Grant(2, 0, time.Time{}, false))); st.State != Approved || len(st.By) != 2 {
		t.Errorf("%s by %v", st.State, st.By)
	}
	// The stricter grant counts: twice, and five minutes.
	d.present(r, EventUsed)
	d.now = d.now.Add(299 * time.Second)
	d.present(r, EventUsed)
	d.present(r, EventMade)
}

// Users of the system answer by the files that are theirs.
func TestUsers(t *testing.T) {
	me := selfID()
	if me == "" {
		t.Skip("no owners of files here")
	}
	d := newDesk(t)
	other := wanting(1, Role{"boss", []string{"4242", "no-such-user-4242"}})
	made := d.present(other, EventMade)
	a := &Answer{Ticket: made.ID, Nonce: made.Nonce, Call: made.Call, Word: Approve, Grant: once(&made.Status), At: d.now, User: "boss"}
	if st := d.give(a); st.State != Waiting || len(st.Notes) != 1 || !strings.Contains(st.Notes[0], "none of those") {
		t.Errorf("%s: %v", st.State, st.Notes)
	}
	d.present(other, EventWaiting)

	for _, member := range []string{me, UserName(me)} {
		mine := wanting(1, Role{"boss", []string{"4242", member}})
		made = d.present(mine, EventMade)
		d.approve(&made.Status, once(&made.Status))
		d.present(mine, EventUsed)
	}

	two := call("two")
	two.Needs = []Need{{Rule: "x", Count: 2}}
	made = d.present(two, EventMade)
	d.approve(&made.Status, once(&made.Status))
	d.present(two, EventWaiting) // one user is one human
	if os.Geteuid() != 0 {
		return
	}
	// Root says on whose behalf it answers.
	a = &Answer{Ticket: made.ID, Nonce: made.Nonce, Call: made.Call, Word: Approve, Grant: once(&made.Status), At: d.now, User: "bob", UID: "4242"}
	d.forge(&Answer{Ticket: a.Ticket, Nonce: a.Nonce, Call: a.Call, Word: Approve, Grant: a.Grant, At: a.At, User: "ann", owner: "0"})
	a.owner = "0"
	d.forge(a)
	d.present(two, EventUsed)
	// Another user cannot.
	made = d.present(other, EventWaiting)
	a = &Answer{Ticket: made.ID, Nonce: made.Nonce, Call: made.Call, Word: Approve, Grant: once(&made.Status), At: d.now, User: "boss", UID: "4242", owner: "4243"}
	d.forge(a)
	name := made.file()
	name.who = a.who()
	if err := os.Chown(d.path(name.String()), 4243, 4243); err != nil {
		t.Fatal(err)
	}
	d.present(other, EventWaiting)
}

// One user is one human, also with a key that nobody has asked for.
func TestOneUser(t *testing.T) {
	me := selfID()
	if me == "" {
		t.Skip("no owners of files here")
	}
	ann := newSigner(t, "ed25519")
	d := newDesk(t)
	r := wanting(2, Role{"boss", []string{me, "4242"}})
	made := d.present(r, EventMade)
	d.approve(&made.Status, once(&made.Status))
	d.give(ann.sign(d, &made.Status, once(&made.Status)))
	if out := d.present(r, EventWaiting); !strings.Contains(out.Missing[0], "(1 approved)") {
		t.Errorf("missing %q", out.Missing)
	}
}

func TestImpossible(t *testing.T) {
	for _, test := range []struct {
		need Need
		want string
	}{
		{Need{Count: 1}, ""},
		{Need{Count: 3}, ""},
		{Need{Count: 1, Roles: []Role{{"boss", nil}, {"lead", nil}}}, "no policy says who is boss or lead"},
		{Need{Count: 1, Roles: []Role{{"boss", nil}, {"lead", []string{"ann"}}}}, ""},
		{Need{Count: 2, Roles: []Role{{"boss", []string{"ann"}}, {"lead", []string{"ann"}}}}, "the policies name only 1"},
		{Need{Count: 2, Roles: []Role{{"boss", []string{"ann"}}, {"lead", []string{"bob"}}}}, ""},
	} {
		if got := test.need.Impossible(); got != test.want && (test.want == "" || !strings.HasSuffix(got, test.want)) {
			t.Errorf("%+v: got %q, want %q", test.need, got, test.want)
		}
	}
}

// Looking where nothing is finds nothing, and makes nothing.
func TestErrors(t *testing.T) {
	d := newDesk(t)
	if _, err := d.Find("nonsense"); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
	if list, err := d.List(); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if entries, _ := os.ReadDir(d.Dir); len(entries) != 0 {
		t.Errorf("looking made %v", entries)
	}
}
