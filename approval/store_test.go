package approval

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// A desk is a store with a clock of its own, and the humans before it.
type desk struct {
	*Store
	t   testing.TB
	now time.Time
}

func newDesk(t testing.TB) *desk {
	d := &desk{t: t, now: time.Now().Add(time.Hour).Truncate(time.Second)}
	d.Store = &Store{Dir: t.TempDir(), Now: func() time.Time { return d.now }}
	return d
}

// call is a call that asks.
func call(parts ...string) *Request {
	return &Request{Tool: "Bash", Dir: "/p", Session: "s1", Text: "npm publish", Timeout: 300, Bound: append([]string{"npm publish"}, parts...)}
}

func (d *desk) present(r *Request, want string) *Outcome {
	d.t.Helper()
	out, err := d.Present(r)
	if err != nil {
		d.t.Fatalf("want %s: %v", want, err)
	}
	if out.Event != want {
		d.t.Fatalf("the call is %s (%s %s), want %s", out.Event, out.State, out.Why, want)
	}
	return out
}

// say answers a ticket as a human does.
func (d *desk) say(word string, st *Status, g Grant) (*Status, error) {
	return d.Answer(&Answer{Ticket: st.ID, Nonce: st.Nonce, Call: st.Call, Word: word, Grant: g, At: d.now, User: "ann", Message: "not today"})
}

func (d *desk) approve(st *Status, g Grant) *Status {
	d.t.Helper()
	now, err := d.say(Approve, st, g)
	if err != nil {
		d.t.Fatal(err)
	}
	return now
}

func once(st *Status) Grant { return st.Ticket.Grant(1, 0, time.Time{}, false) }

func TestOnce(t *testing.T) {
	d := newDesk(t)
	made := d.present(call(), EventMade)
	if again := d.present(call(), EventWaiting); again.ID != made.ID {
		t.Errorf("tickets %s and %s for one call", made.ID, again.ID)
	}
	if other := d.present(call("x"), EventMade); other.ID == made.ID {
		t.Error("one ticket for two calls")
	}
	if st := d.approve(&made.Status, once(&made.Status)); st.State != Approved || st.Left != 1 || !st.End.Equal(d.now.Add(300*time.Second)) {
		t.Errorf("approved: %+v", st)
	}
	d.present(call("x"), EventWaiting)
	used := d.present(call(), EventUsed)
	if used.Left != 0 || used.By[0] != "ann" || used.Used != 1 {
		t.Errorf("used: %+v", used)
	}
	if next := d.present(call(), EventMade); next.ID == made.ID {
		t.Error("a used ticket waits again")
	}
	if _, err := d.say(Approve, &made.Status, once(&made.Status)); err == nil || !strings.Contains(err.Error(), "is used") {
		t.Errorf("a used ticket was approved again: %v", err)
	}
	if len(d.Notes()) > 0 {
		t.Error(d.Notes())
	}
}

// Bytes that are no UTF-8, which JSON does not keep, make no ticket that is never
// found again.
func TestBytes(t *testing.T) {
	d := newDesk(t)
	r := call("\xff")
	r.Text, r.Dir, r.Reason, r.Session = "npm \xff\xfe publish", "/p\xff", "\xc3", "\xff"
	r.Programs, r.Places, r.Rules = []string{"npm \xff"}, []string{"\xff"}, []string{"\x80"}
	r.Needs = []Need{{Rule: "/p\xff/policy", Count: 1}}
	made := d.present(r, EventMade)
	d.present(r, EventWaiting)
	d.approve(&made.Status, made.Ticket.Grant(1, 0, time.Time{}, true))
	d.present(r, EventUsed)
	if len(d.Notes()) > 0 {
		t.Error(d.Notes())
	}
}

func TestGrants(t *testing.T) {
	const minute = time.Minute
	end := func(d *desk) time.Time { return d.now.Add(30 * minute) }
	for _, test := range []struct {
		name  string
		grant func(d *desk, st *Status) Grant
		// calls are made at these minutes after the approval, with this event.
		calls []struct {
			at   time.Duration
			want string
		}
	}{
		{"once", func(_ *desk, st *Status) Grant { return once(st) }, []struct {
			at   time.Duration
			want string
		}{{5*minute - 1, EventUsed}, {5*minute - 1, EventMade}}},
		{"too late", func(_ *desk, st *Status) Grant { return once(st) }, []struct {
			at   time.Duration
			want string
		}{{5 * minute, EventMade}}},
		{"times", func(_ *desk, st *Status) Grant { return st.Ticket.Grant(2, 0, time.Time{}, false) }, []struct {
			at   time.Duration
			want string
		}{{0, EventUsed}, {minute, EventUsed}, {minute, EventMade}}},
		{"for", func(_ *desk, st *Status) Grant { return st.Ticket.Grant(0, 10*minute, time.Time{}, false) }, []struct {
			at   time.Duration
			want string
		}{{0, EventUsed}, {5 * minute, EventUsed}, {9 * minute, EventUsed}, {10 * minute, EventMade}}},
		{"until", func(d *desk, st *Status) Grant { return st.Ticket.Grant(0, 0, end(d), false) }, []struct {
			at   time.Duration
			want string
		}{{29 * minute, EventUsed}, {30 * minute, EventMade}}},
		{"times until", func(d *desk, st *Status) Grant { return st.Ticket.Grant(1, 0, end(d), false) }, []struct {
			at   time.Duration
			want string
		}{{29 * minute, EventUsed}, {29 * minute, EventMade}}},
		{"session", func(_ *desk, st *Status) Grant { return st.Ticket.Grant(0, 0, time.Time{}, true) }, []struct {
			at   time.Duration
			want string
		}{{0, EventUsed}, {23 * time.Hour, EventUsed}, {24 * time.Hour, EventMade}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			made := d.present(call(), EventMade)
			begin := d.now
			d.approve(&made.Status, test.grant(d, &made.Status))
			for _, c := range test.calls {
				d.now = begin.Add(c.at)
				d.present(call(), c.want)
			}
		})
	}
}

// What is granted to one session no other gets.
func TestSession(t *testing.T) {
	d := newDesk(t)
	made := d.present(call(), EventMade)
	d.approve(&made.Status, made.Ticket.Grant(0, 0, time.Time{}, true))
	other := call()
	other.Session = "s2"
	d.present(other, EventMade)
	d.present(call(), EventUsed)
	d.present(other, EventWaiting)
}

func TestDeny(t *testing.T) {
	d := newDesk(t)
	made := d.present(call(), EventMade)
	if _, err := d.say(Deny, &made.Status, Grant{}); err != nil {
		t.Fatal(err)
	}
	if out := d.present(call(), EventDenied); out.Message != "not today" || out.By[0] != "ann" {
		t.Errorf("denied: %+v", out)
	}
	if _, err := d.say(Approve, &made.Status, once(&made.Status)); err == nil {
		t.Error("a denied ticket was approved")
	}
	d.present(call(), EventDenied)
	if _, err := d.say(Revoke, &made.Status, Grant{}); err != nil {
		t.Fatal(err)
	}
	d.present(call(), EventMade)

	// A denial does not last for ever, but opens nothing when it ends.
	st := d.present(call(), EventWaiting)
	if _, err := d.say(Deny, &st.Status, Grant{}); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(waiting)
	d.present(call(), EventMade)
}

func TestRevoke(t *testing.T) {
	d := newDesk(t)
	made := d.present(call(), EventMade)
	d.approve(&made.Status, made.Ticket.Grant(0, time.Hour, time.Time{}, false))
	d.present(call(), EventUsed)
	if _, err := d.say(Revoke, &made.Status, Grant{}); err != nil {
		t.Fatal(err)
	}
	// Not even if the revocation is lost.
	files, _ := filepath.Glob(d.path("*" + answerExt))
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	d.present(call(), EventWaiting)
}

// Who answers a ticket that waits must have been shown that very one.
func TestAnswerOther(t *testing.T) {
	d := newDesk(t)
	a, b := d.present(call(), EventMade), d.present(call("x"), EventMade)
	mixed := b.Status
	mixed.Ticket = &Ticket{ID: a.ID, Nonce: b.Nonce, Call: b.Call}
	if _, err := d.say(Approve, &mixed, once(&b.Status)); err == nil || !strings.Contains(err.Error(), "not the one that was shown") {
		t.Error(err)
	}
	if _, err := d.say(Approve, &Status{Ticket: &Ticket{ID: "00000000"}}, Grant{}); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
	// An answer that is moved to another ticket is none.
	d.approve(&a.Status, once(&a.Status))
	from := a.file()
	from.who = "u" + selfID()
	to := b.file()
	to.who = from.who
	if err := os.Rename(d.path(from.String()), d.path(to.String())); err != nil {
		t.Fatal(err)
	}
	x := d.present(call("x"), EventMade)
	d.present(call(), EventWaiting)
	// Nor one that only calls itself another's.
	d.forge(&Answer{Ticket: x.ID, Nonce: a.Nonce, Call: x.Call, Word: Approve, Grant: once(&x.Status), At: d.now, User: "ann"})
	if out := d.present(call("x"), EventWaiting); len(out.Notes) != 1 {
		t.Errorf("notes %q", out.Notes)
	}
}

func TestExpired(t *testing.T) {
	d := newDesk(t)
	made := d.present(call(), EventMade)
	d.now = d.now.Add(waiting)
	if _, err := d.say(Approve, &made.Status, once(&made.Status)); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("approved after its end: %v", err)
	}
	if next := d.present(call(), EventMade); next.ID == made.ID {
		t.Error("an expired ticket waits")
	}
}

// A clock that was set back makes no approval longer.
func TestClock(t *testing.T) {
	for _, test := range []struct {
		back time.Duration
		want string
	}{
		{time.Second, EventUsed}, // as daemons set it
		{2 * time.Minute, EventMade},
		{10 * time.Minute, EventMade},
		{20 * time.Hour, EventMade},
	} {
		d := newDesk(t)
		made := d.present(call(), EventMade)
		d.approve(&made.Status, made.Ticket.Grant(0, time.Hour, time.Time{}, false))
		d.now = d.now.Add(59 * time.Minute)
		d.present(call(), EventUsed)
		d.now = d.now.Add(-test.back)
		d.present(call(), test.want)
		if test.want != EventMade {
			continue
		}
		if notes := d.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "the clock was set back") {
			t.Errorf("notes %q", notes)
		}
		// Nor does it count again when the clock is right.
		d.now = d.now.Add(time.Minute)
		d.present(call(), EventWaiting)
		if st, err := d.Find(made.ID); err != nil || st.State != Expired || st.Why != closedClock {
			t.Errorf("%v, %v", st, err)
		}
	}
}

// Whatever byte of whatever file is another, or where it ends, no call passes
// that would not have.
func TestDamage(t *testing.T) {
	type file struct {
		name string
		text []byte
	}
	d := newDesk(t)
	made := d.present(call(), EventMade)
	d.approve(&made.Status, once(&made.Status))
	read := func() (list []file) {
		names, _ := filepath.Glob(d.path(made.Call[:callLen] + "-*"))
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, file{name, text})
		}
		return list
	}
	files := read()
	if len(files) != 2 {
		t.Fatalf("%d files", len(files))
	}
	restore := func() {
		os.RemoveAll(d.dir())
		os.MkdirAll(d.dir(), 0o700)
		for _, f := range files {
			if err := os.WriteFile(f.name, f.text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	try := func(what string, f file, text []byte) {
		t.Helper()
		restore()
		if err := os.WriteFile(f.name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		notes := len(d.Notes())
		if out, err := d.Present(call()); err != nil || out.Event != EventMade {
			t.Errorf("%s of %s: %v, %v", what, filepath.Base(f.name), out, err)
		}
		if len(d.Notes()) == notes {
			t.Errorf("%s of %s: nothing is said", what, filepath.Base(f.name))
		}
		if aside, _ := filepath.Glob(f.name + ".corrupt-*"); len(aside) != 1 {
			t.Errorf("%s of %s: it is not put aside", what, filepath.Base(f.name))
		}
	}
	step := 5 // each trial waits for the disk
	if testing.Short() {
		step = 53
	}
	for _, f := range files {
		for i := 0; i < len(f.text); i += step {
			text := bytes.Clone(f.text)
			text[i] ^= 1 << (i % 8)
			try(fmt.Sprintf("byte %d", i), f, text)
			try(fmt.Sprintf("the first %d bytes", i), f, f.text[:i])
		}
		try("a longer form", f, append(bytes.Clone(f.text), '\n'))
	}
	restore()
	d.present(call(), EventUsed) // the test can fail

	// The same of a denial, and of a use.
	restore()
	d.present(call(), EventUsed)
	files = read()
	for _, f := range files {
		try("half", f, f.text[:len(f.text)/2])
	}
}

// What is not a regular file, or what others can write, counts for nothing.
func TestForeignFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes")
	}
	d := newDesk(t)
	made := d.present(call(), EventMade)
	d.approve(&made.Status, once(&made.Status))
	answers, _ := filepath.Glob(d.path("*" + answerExt))
	if err := os.Chmod(answers[0], 0o666); err != nil {
		t.Fatal(err)
	}
	d.present(call(), EventMade)

	if err := os.Chmod(d.dir(), 0o777); err != nil {
		t.Fatal(err)
	}
	if out, err := d.Present(call()); err == nil || !strings.Contains(err.Error(), "others can write") {
		t.Errorf("%v, %v", out, err)
	}
}

// Where nothing can be written, no call passes.
func TestReadOnly(t *testing.T) {
	d := newDesk(t)
	if err := os.WriteFile(filepath.Join(d.Dir, dirName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := d.Present(call()); err == nil {
		t.Errorf("no directory: %v", out)
	}
	d = newDesk(t)
	made := d.present(call(), EventMade)
	d.approve(&made.Status, once(&made.Status))
	// A directory where the new text would go: it cannot be replaced.
	if err := os.MkdirAll(d.path(made.file().String()+".new/x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := d.Present(call()); err == nil || !strings.Contains(err.Error(), "cannot be noted") {
		t.Errorf("%v, %v", out, err)
	}
}

func TestTooMany(t *testing.T) {
	d := newDesk(t)
	for i := range maxTickets {
		d.present(call(fmt.Sprint(i)), EventMade)
	}
	if out, err := d.Present(call("more")); !errors.Is(err, ErrTooMany) {
		t.Errorf("%v, %v", out, err)
	}
	st := d.present(call("7"), EventWaiting)
	d.approve(&st.Status, once(&st.Status))
	d.present(call("7"), EventUsed)
	d.present(call("more"), EventMade) // those that ended make room
	if out, err := d.Present(call("another")); !errors.Is(err, ErrTooMany) {
		t.Errorf("%v, %v", out, err)
	}
	long := call()
	long.Text = strings.Repeat("x", MaxText+1)
	if out, err := d.Present(long); !errors.Is(err, ErrTooLong) {
		t.Errorf("%v, %v", out, err)
	}
}

// What ended is removed after a while, with its answers.
func TestSweep(t *testing.T) {
	d := newDesk(t)
	made := d.present(call(), EventMade)
	d.approve(&made.Status, once(&made.Status))
	d.present(call(), EventUsed)
	kept := d.present(call("kept"), EventMade)
	d.approve(&kept.Status, kept.Ticket.Grant(0, 1000*time.Hour, time.Time{}, false))
	os.WriteFile(d.path("x.new"), nil, 0o600)
	d.now = d.now.Add(100 * time.Hour)
	d.present(call("other"), EventMade)
	if _, err := d.Find(made.ID); !errors.Is(err, ErrUnknown) {
		t.Errorf("still there: %v", err)
	}
	d.present(call("kept"), EventUsed)
	entries, _ := os.ReadDir(d.dir())
	if len(entries) != 4 { // lock, kept with its answer, other
		t.Errorf("left: %v", entries)
	}
}

// Many at once: one passes.
func TestAtOnce(t *testing.T) {
	d := newDesk(t)
	made := d.present(call(), EventMade)
	d.approve(&made.Status, once(&made.Status))
	var wg sync.WaitGroup
	var mu sync.Mutex
	events := map[string]int{}
	now := d.now
	for range 64 {
		wg.Go(func() {
			s := &Store{Dir: d.Dir, Now: func() time.Time { return now }}
			out, err := s.Present(call())
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				events[err.Error()]++
				return
			}
			events[out.Event]++
		})
	}
	wg.Wait()
	if events[EventUsed] != 1 || events[EventMade] != 1 || events[EventWaiting] != 62 {
		t.Errorf("%v", events)
	}
}

// Whatever differs in what an approval is bound to, however it is divided, is
// another call.
func TestDigest(t *testing.T) {
	text := rapid.SampledFrom([]string{"", "a", "b", "ab", "1:a,", ",", "\x00"})
	role := rapid.Custom(func(t *rapid.T) Role {
		return Role{Name: text.Draw(t, "name"), Members: rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "ab"}), 0, 2).Draw(t, "members")}
	})
	need := rapid.Custom(func(t *rapid.T) Need {
		return Need{Rule: text.Draw(t, "rule"), Count: rapid.IntRange(1, 3).Draw(t, "count"), Roles: rapid.SliceOfN(role, 0, 2).Draw(t, "roles")}
	})
	request := rapid.Custom(func(t *rapid.T) *Request {
		return &Request{
			Tool: text.Draw(t, "tool"), Dir: text.Draw(t, "dir"), Text: text.Draw(t, "text"), Reason: text.Draw(t, "reason"),
			Programs: rapid.SliceOfN(text, 0, 2).Draw(t, "programs"), Places: rapid.SliceOfN(text, 0, 1).Draw(t, "places"),
			Timeout: rapid.IntRange(1, 2).Draw(t, "timeout"), Bound: rapid.SliceOfN(text, 0, 3).Draw(t, "bound"),
			Needs: rapid.SliceOfN(need, 0, 2).Draw(t, "needs"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := request.Draw(t, "a"), request.Draw(t, "b")
		if rapid.Bool().Draw(t, "near") { // two that differ in one thing, or in none
			c := *a
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				c.Programs = b.Programs
			case 1:
				c.Bound = b.Bound
			case 2:
				c.Needs = b.Needs
			case 3:
				c.Dir, c.Tool = a.Tool, a.Dir
			}
			b = &c
		}
		if same := cmp.Equal(a, b, cmpopts.EquateEmpty()); same != (a.Digest() == b.Digest()) {
			t.Fatalf("%+v and %+v", a, b)
		}
	})
}
