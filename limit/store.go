package limit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/internal/state"
)

const (
	dirName  = "limits"
	lockName = "lock"
	// patience is how long a call waits for other processes.
	patience = 2 * time.Second
)

// A Store is the counters of one state directory. Only State must be set.
type Store struct {
	State    string        // the state directory
	Patience time.Duration // how long to wait for other processes; 0 for 2 s
	Now      func() Stamp  // nil for the machine's clocks
	// Clean takes secrets out of Counter.Of before it is written, where it only
	// tells humans what is counted; nil leaves it as it is.
	Clean func(string) string
}

// A Use is what a call would count in one counter.
type Use struct {
	Counter
	Times int // how often at once, at least 1
}

// A Result is what becomes of a Use.
type Result struct {
	Used int  // how much counts in the window, this call not included; at most Max
	Over bool // the use does not fit
	// Wait is how long it takes until it fits, if nothing counts meanwhile; below
	// 0 if it never does.
	Wait time.Duration
}

func (s *Store) now() Stamp {
	if s.Now != nil {
		return s.Now()
	}
	return Now()
}

func (s *Store) path(name string) string { return filepath.Join(s.State, dirName, name) }

func (s *Store) lock() (unlock func(), err error) {
	wait := s.Patience
	if wait == 0 {
		wait = patience
	}
	return state.Lock(s.path(lockName), wait)
}

// Take counts the uses of one call, each of another counter, and says which do
// not fit. If one does not, or if the call is refused anyhow, the counters that
// count what is Allowed only stay as they are. Nothing is let through
// that was not written down: after an error the call must be refused. What had to
// be mended is told in notes, for the user.
func (s *Store) Take(uses []Use, refused bool) (results []Result, notes []string, err error) {
	unlock, err := s.lock()
	if err != nil {
		return nil, nil, err
	}
	defer unlock()
	now := s.now() // after the wait for the lock: times in a file must not go back
	books := make([]*book, len(uses))
	results = make([]Result, len(uses))
	anew := false
	for i := range uses {
		b, err := open(s.path(uses[i].file()), uses[i].Counter, true)
		defer b.close()
		b.clean = s.Clean
		switch {
		case errors.Is(err, errDamaged):
			note, err := b.fill(now)
			if err == nil {
				err = b.rewrite()
			}
			if err != nil {
				return nil, notes, err
			}
			notes = append(notes, note)
			b, err = open(b.name, b.Counter, true)
			defer b.close()
			b.clean = s.Clean
			if err != nil {
				return nil, notes, err
			}
		case missing(err):
			anew = true
		case err != nil:
			return nil, notes, err
		}
		books[i] = b
		results[i] = b.judge(uses[i].Times, now)
		refused = refused || results[i].Over
	}
	for i, b := range books {
		if !b.Allowed || !refused {
			if err := b.add(uses[i].Times, now); err != nil {
				return nil, notes, err
			}
		}
		if results[i].Over {
			results[i].Wait = b.wait(uses[i].Times, now)
		}
	}
	if anew {
		s.sweep(now)
	}
	return results, notes, nil
}

// judge says whether a use fits.
func (b *book) judge(times int, now Stamp) Result {
	used := b.used(now)
	return Result{Used: used, Over: used+times > b.Max}
}

// Peek says what would become of uses. It counts nothing and writes nothing; a
// counter that is damaged is full.
func (s *Store) Peek(uses []Use) ([]Result, error) {
	now := s.now()
	results := make([]Result, len(uses))
	for i := range uses {
		b, err := open(s.path(uses[i].file()), uses[i].Counter, false)
		b.close()
		switch {
		case errors.Is(err, errDamaged):
			b.records = []record{{now, b.Max}}
		case err != nil && !missing(err):
			return nil, err
		}
		results[i] = b.judge(uses[i].Times, now)
		if results[i].Over {
			results[i].Wait = b.wait(uses[i].Times, now)
		}
	}
	return results, nil
}

// A Status is what a counter holds now.
type Status struct {
	Counter
	Used int           // how much counts in the window
	Wait time.Duration // until one more fits
	Err  error         // why it cannot be read; then nothing else is known
	File string
}

// List returns the counters in which something counts, and those that cannot be
// read.
func (s *Store) List() ([]Status, error) {
	names, err := s.names(suffix)
	if err != nil {
		return nil, err
	}
	now := s.now()
	var list []Status
	for _, name := range names {
		b, err := open(s.path(name), Counter{}, false)
		b.close()
		st := Status{Counter: b.Counter, File: b.name, Err: err}
		if missing(err) {
			continue // swept meanwhile
		}
		if err == nil {
			if st.Used = b.used(now); st.Used == 0 {
				continue
			}
			st.Wait = b.wait(1, now)
		}
		list = append(list, st)
	}
	return list, nil
}

// names returns the files of the store that end in a suffix.
func (s *Store) names(suffix string) ([]string, error) {
	entries, err := os.ReadDir(s.path(""))
	if missing(err) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), suffix) {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// Reset forgets what counters hold: those of a name, or with "" all. Counters
// that cannot be read go with all. It returns how many there were.
func (s *Store) Reset(name string) (int, error) {
	list, err := s.List()
	if err != nil || len(list) == 0 {
		return 0, err
	}
	unlock, err := s.lock()
	if err != nil {
		return 0, err
	}
	defer unlock()
	n := 0
	for i := range list {
		if name != "" && (list[i].Err != nil || list[i].Name != name) {
			continue
		}
		if err := os.RemoveAll(list[i].File); err != nil {
			return n, fmt.Errorf("resetting %s: %w", list[i].Name, err)
		}
		n++
	}
	return n, nil
}
