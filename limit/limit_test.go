package limit

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"
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
