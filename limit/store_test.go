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
)

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
	for _, l := range []Counter{tenAMinute, {Policy: "p", Name: "many", Window: time.Hour, Max: 1000}, {Policy: "p", Name: "most", Window: time.Hour, Max: 10_000}} {
		b.Run(fmt.Sprintf("max=%d", l.Max), func(b *testing.B) {
			s := &Store{State: b.TempDir()}
			if _, _, err := s.Take([]Use{{l, 1}}, false); err != nil {
				b.Fatal(err)
			}
			full, err := open(s.path(l.file()), l, true) // of single calls
			if err != nil {
				b.Fatal(err)
			}
			for range l.Max {
				full.records = append(full.records, record{Now(), 1})
			}
			if err := full.rewrite(); err != nil {
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
