package limit

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/venv-guard/venv-guard/internal/state"
)

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
