package limit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/venv-guard/venv-guard/internal/state"
)

// A clock is a machine's clocks under a test's hand.
type clock struct{ Stamp }

func (c *clock) pass(d time.Duration) {
	c.Wall += int64(d)
	c.Mono += int64(d)
}

// newClock returns one as Linux has it, or with no clock but the wall's.
func newClock(boot bool) *clock {
	c := &clock{Stamp{Wall: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano()}}
	if boot {
		c.Mono, c.Boot = int64(time.Hour), 7
	}
	return c
}

func newStore(t testing.TB, c *clock) *Store {
	return &Store{State: filepath.Join(t.TempDir(), "state"), Now: func() Stamp { return c.Stamp }}
}

var tenAMinute = Counter{Policy: "/p.toml", Name: "pip", Scope: "session", Of: "session=s", Window: time.Minute, Max: 10}

// take counts one call, which must not fail.
func take(t testing.TB, s *Store, c Counter, times int) Result {
	t.Helper()
	results, notes, err := s.Take([]Use{{c, times}}, false)
	if err != nil || notes != nil {
		t.Fatal(notes, err)
	}
	return results[0]
}

// fills takes until a call does not fit, and returns how many did.
func fills(t testing.TB, s *Store, c Counter) int {
	t.Helper()
	for n := 0; ; n++ {
		if take(t, s, c, 1).Over {
			return n
		}
	}
}

func TestWindow(t *testing.T) {
	c := newClock(true)
	s := newStore(t, c)
	for i := range 10 {
		if r := take(t, s, tenAMinute, 1); r.Over || r.Used != i {
			t.Fatalf("call %d: %+v", i, r)
		}
		c.pass(time.Second)
	}
	// The first was 10 s ago: the 11th would fit in 50 s, but is counted.
	if r := take(t, s, tenAMinute, 1); !r.Over || r.Used != 10 || r.Wait != 51*time.Second {
		t.Errorf("%+v", r)
	}
	// No boundary: 50 s later only what has left the window is free again.
	c.pass(51 * time.Second)
	if r := take(t, s, tenAMinute, 1); r.Over {
		t.Errorf("%+v", r)
	}
	if n := fills(t, s, tenAMinute); n != 0 {
		t.Errorf("%d more fitted", n)
	}
	c.pass(time.Minute)
	if n := fills(t, s, tenAMinute); n != 10 {
		t.Errorf("%d of 10 fitted", n)
	}
}

// With count = "allowed" what is refused takes no place.
func TestAllowed(t *testing.T) {
	c := newClock(true)
	s := newStore(t, c)
	l := tenAMinute
	l.Allowed = true
	if n := fills(t, s, l); n != 10 {
		t.Errorf("%d fitted", n)
	}
	for range 30 {
		c.pass(time.Second)
		if r := take(t, s, l, 1); !r.Over {
			t.Fatal("one more fitted")
		}
	}
	if r := take(t, s, l, 1); r.Wait != 30*time.Second {
		t.Errorf("%+v", r)
	}
	c.pass(30 * time.Second)
	if _, _, err := s.Take([]Use{{l, 3}}, true); err != nil { // refused for another reason
		t.Fatal(err)
	}
	if n := fills(t, s, l); n != 10 {
		t.Errorf("%d fitted", n)
	}
}

func TestSeveralAtOnce(t *testing.T) {
	c := newClock(true)
	s := newStore(t, c)
	if r := take(t, s, tenAMinute, 11); !r.Over || r.Wait >= 0 {
		t.Errorf("%+v", r)
	}
	c.pass(time.Minute)
	take(t, s, tenAMinute, 6)
	c.pass(10 * time.Second)
	if r := take(t, s, tenAMinute, 4); r.Over {
		t.Errorf("%+v", r)
	}
	results, err := s.Peek([]Use{{tenAMinute, 5}, {tenAMinute, 7}, {tenAMinute, 1}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []time.Duration{50 * time.Second, 60 * time.Second, 50 * time.Second} {
		if r := results[i]; !r.Over || r.Wait != want || r.Used != 10 {
			t.Errorf("%d: %+v", i, r)
		}
	}
	// Two counters: where one is full, the other only counts attempts.
	other, strict := tenAMinute, tenAMinute
	other.Name, strict.Name = "other", "strict"
	other.Allowed = true
	results, _, err = s.Take([]Use{{tenAMinute, 1}, {other, 1}, {strict, 1}}, false)
	if err != nil || !results[0].Over || results[1].Over || results[2].Over {
		t.Errorf("%+v, %v", results, err)
	}
	results, err = s.Peek([]Use{{other, 1}, {strict, 1}})
	if err != nil || results[0].Used != 0 || results[1].Used != 1 {
		t.Errorf("%+v, %v", results, err)
	}
}

// A limit that is changed goes on with what was counted.
func TestChanged(t *testing.T) {
	c := newClock(true)
	s := newStore(t, c)
	fills(t, s, tenAMinute)
	more, fewer := tenAMinute, tenAMinute
	more.Max, fewer.Max = 13, 4
	if n := fills(t, s, more); n != 2 { // the refused one counted, too
		t.Errorf("%d fitted", n)
	}
	if n := fills(t, s, fewer); n != 0 {
		t.Errorf("%d fitted", n)
	}
	hour := more
	hour.Window = time.Hour
	c.pass(2 * time.Minute)
	if n := fills(t, s, hour); n != 13-4 { // of what was before, 4 were kept
		t.Errorf("%d fitted", n)
	}
}

// Setting the wall clock changes nothing where there is another; where there is
// none, setting it back refunds nothing.
func TestClock(t *testing.T) {
	for _, boot := range []bool{true, false} {
		for _, jump := range []time.Duration{-time.Hour, -30 * time.Second, -24 * 366 * time.Hour} {
			c := newClock(boot)
			s := newStore(t, c)
			fills(t, s, tenAMinute)
			c.Wall += int64(jump)
			if n := fills(t, s, tenAMinute); n != 0 {
				t.Errorf("boot clock %v, set by %v: %d more fitted", boot, jump, n)
			}
			c.pass(59 * time.Second)
			if n := fills(t, s, tenAMinute); n != 0 {
				t.Errorf("boot clock %v, set by %v: %d more fitted after 59 s", boot, jump, n)
			}
			c.pass(time.Minute)
			if n := fills(t, s, tenAMinute); n != 10 {
				t.Errorf("boot clock %v, set by %v: %d fitted after a whole window", boot, jump, n)
			}
		}
	}
	c := newClock(true)
	s := newStore(t, c)
	fills(t, s, tenAMinute)
	for _, jump := range []time.Duration{time.Hour, -time.Hour, 24 * time.Hour} { // forth, back, forth
		c.Wall += int64(jump)
		if n := fills(t, s, tenAMinute); n != 0 {
			t.Errorf("set by %v: %d more fitted", jump, n)
		}
	}
	// The machine is started again: its clock begins anew, and the wall's counts.
	c = newClock(true)
	s = newStore(t, c)
	fills(t, s, tenAMinute)
	c.Boot, c.Mono = 8, int64(20*time.Second)
	c.Wall += int64(20 * time.Second)
	if r, err := s.Peek([]Use{{tenAMinute, 1}}); err != nil || r[0].Wait != 40*time.Second {
		t.Errorf("%+v, %v", r, err)
	}
	c.pass(40 * time.Second)
	if n := fills(t, s, tenAMinute); n != 10 {
		t.Errorf("%d fitted", n)
	}
}

// However calls come, and whatever is done to the wall clock, never more than max
// pass in any window, and what is told to be free then is.
func TestNeverMore(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		c := newClock(true)
		s := &Store{State: filepath.Join(dir, fmt.Sprint(n)), Now: func() Stamp { return c.Stamp }}
		l := tenAMinute
		l.Max = rapid.IntRange(1, 5).Draw(t, "max")
		l.Allowed = rapid.Bool().Draw(t, "allowed")
		type passed struct {
			at int64
			n  int
		}
		var all []passed
		for range rapid.IntRange(1, 200).Draw(t, "calls") {
			if rapid.IntRange(0, 9).Draw(t, "jump") == 0 {
				c.Wall += int64(rapid.IntRange(-7200, 7200).Draw(t, "seconds")) * int64(time.Second)
			}
			c.pass(time.Duration(rapid.IntRange(0, 30).Draw(t, "pause")) * time.Second)
			times := rapid.IntRange(1, 3).Draw(t, "times")
			results, notes, err := s.Take([]Use{{l, times}}, false)
			if err != nil || notes != nil {
				t.Fatal(notes, err)
			}
			r := results[0]
			if r.Over && r.Wait > 0 {
				later := *c
				later.pass(r.Wait)
				at := Store{State: s.State, Now: func() Stamp { return later.Stamp }}
				if p, err := at.Peek([]Use{{l, times}}); err != nil || p[0].Over {
					t.Fatalf("does not fit after %v: %+v, %v", r.Wait, p, err)
				}
				later.pass(-time.Nanosecond)
				if p, err := at.Peek([]Use{{l, times}}); err != nil || !p[0].Over {
					t.Fatalf("fits before %v: %+v, %v", r.Wait, p, err)
				}
			}
			if !r.Over {
				all = append(all, passed{c.Mono, times})
			}
			sum := 0
			for _, p := range all {
				if p.at > c.Mono-int64(l.Window) {
					sum += p.n
				}
			}
			if sum > l.Max {
				t.Fatalf("%d passed in a window, of %d", sum, l.Max)
			}
		}
		if info, err := os.Stat(s.path(l.file())); err == nil && info.Size() > headSize+int64(2*l.Max+slack+1)*recordSize {
			t.Fatalf("%d bytes", info.Size())
		}
	})
}

// Whatever is wrong with a file, nothing more fits than before.
func TestDamage(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, file string){
		"empty":            func(t *testing.T, file string) { os.Truncate(file, 0) },
		"cut in the head":  func(t *testing.T, file string) { os.Truncate(file, 500) },
		"cut in a record":  func(t *testing.T, file string) { os.Truncate(file, headSize+3*recordSize+5) },
		"a byte of a time": func(t *testing.T, file string) { poke(t, file, headSize+recordSize+3) },
		"a byte of the head": func(t *testing.T, file string) {
			poke(t, file, 1)
		},
		"zeros at the end": func(t *testing.T, file string) { os.Truncate(file, headSize+12*recordSize) },
		"a directory": func(t *testing.T, file string) {
			if err := errors.Join(os.Remove(file), os.Mkdir(file, 0o700)); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock(true)
			s := newStore(t, c)
			for range 5 {
				take(t, s, tenAMinute, 1)
			}
			file := s.path(tenAMinute.file())
			damage(t, file)
			if r, err := s.Peek([]Use{{tenAMinute, 1}}); err != nil || !r[0].Over {
				t.Errorf("%+v, %v", r, err)
			}
			list, err := s.List()
			if err != nil || len(list) != 1 || !errors.Is(list[0].Err, errDamaged) {
				t.Errorf("%+v, %v", list, err)
			}
			results, notes, err := s.Take([]Use{{tenAMinute, 1}}, false)
			if err != nil || len(notes) != 1 || !results[0].Over || results[0].Wait != time.Minute {
				t.Fatalf("%+v, %q, %v", results, notes, err)
			}
			if aside, err := filepath.Glob(file + ".corrupt-*"); err != nil || len(aside) != 1 || !strings.Contains(notes[0], aside[0]) {
				t.Errorf("%q, %q, %v", notes, aside, err)
			}
			c.pass(59 * time.Second)
			if n := fills(t, s, tenAMinute); n != 0 {
				t.Errorf("%d fitted", n)
			}
			c.pass(time.Minute)
			if n := fills(t, s, tenAMinute); n != 10 {
				t.Errorf("%d fitted", n)
			}
		})
	}
}

func poke(t *testing.T, file string, at int64) {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	f.ReadAt(b[:], at)
	b[0] ^= 1
	if _, err := f.WriteAt(b[:], at); err != nil {
		t.Fatal(err)
	}
}

// Cut after any byte, a file lets no more through than the whole.
func TestTruncation(t *testing.T) {
	c := newClock(true)
	s := newStore(t, c)
	for range 3 {
		take(t, s, tenAMinute, 1)
	}
	file := s.path(tenAMinute.file())
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if err := os.WriteFile(file, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := s.Peek([]Use{{tenAMinute, 1}})
		if err != nil {
			t.Fatal(err)
		}
		// After whole records the file is one: that they were more nobody can tell.
		if atEnd := n >= headSize && (n-headSize)%recordSize == 0; !atEnd && !r[0].Over || atEnd && r[0].Used != (n-headSize)/recordSize {
			t.Fatalf("cut after %d bytes: %+v", n, r)
		}
	}
}

// What cannot be written is an error.
func TestUnwritable(t *testing.T) {
	c := newClock(true)
	s := newStore(t, c)
	if err := os.WriteFile(s.State, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Take([]Use{{tenAMinute, 1}}, false); err == nil || !strings.Contains(err.Error(), s.State) {
		t.Errorf("%v", err)
	}
	s = newStore(t, c)
	take(t, s, tenAMinute, 1)
	unlock, err := state.Lock(s.path(lockName), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	s.Patience = 20 * time.Millisecond
	if _, _, err := s.Take([]Use{{tenAMinute, 1}}, false); !errors.Is(err, state.ErrBusy) {
		t.Errorf("%v", err)
	}
}

func TestListAndReset(t *testing.T) {
	c := newClock(true)
	s := newStore(t, c)
	if list, err := s.List(); err != nil || list != nil {
		t.Error(list, err)
	}
	if n, err := s.Reset(""); err != nil || n != 0 {
		t.Error(n, err)
	}
	if _, err := os.Stat(s.State); !errors.Is(err, fs.ErrNotExist) {
		t.Error("looking made the directory")
	}
	other := tenAMinute
	other.Name, other.Of, other.Max = "other", strings.Repeat("\x01ü", 3000), 1
	take(t, s, tenAMinute, 2)
	take(t, s, other, 1)
	list, err := s.List()
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	for _, st := range list {
		want := Status{Counter: tenAMinute, Used: 2, File: s.path(tenAMinute.file())}
		if st.Name == "other" {
			want = Status{Counter: other, Used: 1, Wait: time.Minute, File: s.path(other.file())}
			if !strings.HasPrefix(other.Of, st.Of) || len(st.Of) < 50 {
				t.Errorf("of %q", st.Of)
			}
			st.Of, want.Of = "", ""
		}
		if st != want {
			t.Errorf("got %+v, want %+v", st, want)
		}
	}
	if n, err := s.Reset("none"); err != nil || n != 0 {
		t.Error(n, err)
	}
	if n, err := s.Reset("pip"); err != nil || n != 1 {
		t.Error(n, err)
	}
	if n := fills(t, s, tenAMinute); n != 10 {
		t.Errorf("%d fitted", n)
	}
	if n, err := s.Reset(""); err != nil || n != 2 {
		t.Error(n, err)
	}
}

// Files in which nothing counts are removed when others are made.
func TestSweep(t *testing.T) {
	c := newClock(true)
	s := newStore(t, c)
	long := tenAMinute
	long.Name, long.Window = "long", 24*time.Hour
	session := func(i int) Counter {
		l := tenAMinute
		l.Of = fmt.Sprint("session=", i)
		return l
	}
	count := func() int {
		names, err := s.names(suffix)
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	// The files' times are the real clock's: they must seem old.
	c.Wall = time.Now().UnixNano()
	take(t, s, long, 1)
	for i := range 50 {
		take(t, s, session(i), 1)
	}
	if n, err := s.Refused("s", "x"); n != 1 || err != nil {
		t.Error(n, err)
	}
	// A wall clock that is set forth sweeps nothing that counts.
	c.Wall += int64(90 * time.Minute)
	take(t, s, session(50), 1)
	if n := count(); n != 52 {
		t.Errorf("%d files", n)
	}
	c.pass(2 * time.Hour)
	take(t, s, session(51), 1)
	if n := count(); n != 2 {
		t.Errorf("%d files", n)
	}
	if names, err := s.names(brakeSuffix); err != nil || names != nil {
		t.Error(names, err)
	}
	if r := take(t, s, long, 1); r.Used != 1 {
		t.Errorf("%+v", r)
	}
}

func TestBrake(t *testing.T) {
	c := newClock(true)
	s := newStore(t, c)
	refused := func(session, thing string, want int) {
		t.Helper()
		if n, err := s.Refused(session, thing); n != want || err != nil {
			t.Errorf("%s %s: %d, %v; want %d", session, thing, n, err, want)
		}
	}
	refused("s", "a", 1)
	refused("s", "a", 2)
	refused("s", "b", 1)
	refused("t", "a", 1)
	for i := range brakeThings - 1 {
		c.pass(time.Second)
		refused("s", fmt.Sprint(i), 1)
	}
	refused("s", "b", 2)
	refused("s", "a", 1) // pushed out
	c.pass(brakeMemory + 2*time.Second)
	refused("s", "b", 1)
	file := s.path(hashed("brake", "s") + brakeSuffix)
	for _, size := range []int64{0, 100, brakeThings * brakeSize, 5000} {
		if err := os.Truncate(file, size); err != nil {
			t.Fatal(err)
		}
		s.Refused("s", "c")
		n, err := s.Refused("s", "c")
		if err != nil || n < 2 {
			t.Errorf("%d bytes: %d, %v", size, n, err)
		}
	}
}

// Writers of one process; those of many are in tests/limit.
func TestConcurrent(t *testing.T) {
	s := &Store{State: t.TempDir()}
	var wg sync.WaitGroup
	var mu sync.Mutex
	passed := 0
	l := tenAMinute
	l.Window, l.Max = time.Hour, 70
	for range 8 {
		wg.Go(func() {
			for range 25 {
				r := take(t, s, l, 1)
				mu.Lock()
				if !r.Over {
					passed++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if passed != 70 {
		t.Errorf("%d passed", passed)
	}
}

func TestScopes(t *testing.T) {
	home := t.TempDir()
	root := filepath.Join(home, "p")
	for _, dir := range []string{filepath.Join(root, ".git"), filepath.Join(root, "sub", ".git"), filepath.Join(home, ".git"), filepath.Join(home, "q", "r")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(root, filepath.Join(home, "link")); err != nil {
		t.Fatal(err)
	}
	a := Caller{Session: "s", Agent: "a", Dir: root, Home: home}
	tests := []struct {
		b    Caller
		same string // the scopes in which b is a
	}{
		{a, "grant session agent project user host"},
		{Caller{"s", "b", root, home}, "session project user host"},
		{Caller{"t", "a", filepath.Join(root, "sub"), home}, "agent project user host"},
		{Caller{"s\x00agent=a", "", filepath.Join(home, "link", "sub"), home}, "project user host"},
		{Caller{"s", "a", filepath.Join(home, "q"), home}, "grant session agent user host"},
		{Caller{"s", "a", home, home}, "grant session agent user host"},
	}
	for _, tt := range tests {
		var same []string
		for _, scope := range []string{"grant", "session", "agent", "project", "user", "host"} {
			if a.Of(scope) == tt.b.Of(scope) {
				same = append(same, scope)
			}
		}
		if got := strings.Join(same, " "); got != tt.same {
			t.Errorf("%+v: %s, want %s", tt.b, got, tt.same)
		}
	}
}

func BenchmarkTake(b *testing.B) {
	for _, l := range []Counter{tenAMinute, {Policy: "p", Name: "many", Window: time.Hour, Max: 1000}, {Policy: "p", Name: "most", Window: time.Hour, Max: 100_000}} {
		b.Run(fmt.Sprintf("max=%d", l.Max), func(b *testing.B) {
			s := &Store{State: b.TempDir()}
			if _, _, err := s.Take([]Use{{l, l.Max - 1}}, false); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, _, err := s.Take([]Use{{l, 1}}, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRefused(b *testing.B) {
	s := &Store{State: b.TempDir()}
	for b.Loop() {
		if _, err := s.Refused("s", "x"); err != nil {
			b.Fatal(err)
		}
	}
}

// Whatever a file holds, reading it ends, and a call either counts or is refused.
func FuzzFile(f *testing.F) {
	c := newClock(true)
	s := newStore(f, c)
	for range 3 {
		if _, _, err := s.Take([]Use{{tenAMinute, 1}}, false); err != nil {
			f.Fatal(err)
		}
	}
	whole, err := os.ReadFile(s.path(tenAMinute.file()))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:headSize])
	f.Add(append(whole, make([]byte, recordSize)...))
	f.Fuzz(func(t *testing.T, text []byte) {
		s := newStore(t, c)
		file := s.path(tenAMinute.file())
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, text, 0o600)); err != nil {
			t.Fatal(err)
		}
		s.List()
		peeked, err := s.Peek([]Use{{tenAMinute, 1}})
		if err != nil {
			t.Fatal(err)
		}
		results, notes, err := s.Take([]Use{{tenAMinute, 1}}, false)
		if err != nil || results[0].Used != peeked[0].Used || len(notes) > 0 && !results[0].Over {
			t.Fatalf("%+v, then %+v, %q, %v", peeked, results, notes, err)
		}
		if again := take(t, s, tenAMinute, 1); again.Used != min(10, results[0].Used+1) {
			t.Fatalf("%+v, then %+v", results, again)
		}
	})
}
