package approval

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/venv-guard/venv-guard/internal/state"
)

const (
	dirName  = "approvals"
	lockName = "lock"

	ticketExt = ".ticket"
	answerExt = ".answer"

	// patience is how long to wait for other processes.
	patience = 3 * time.Second
	// maxTickets bounds the tickets that are kept at a time, so that an agent
	// that asks for everything fills neither the disk nor the human's day.
	maxTickets = 256
	// kept is how long a ticket is shown after its end.
	kept = 24 * time.Hour
)

// Errors that callers may tell apart.
var (
	ErrUnknown = errors.New("there is no such ticket; venv-guard approvals list names them")
	ErrTooMany = fmt.Errorf("%d calls wait for approval already: the user must answer some first (venv-guard approvals list)", maxTickets)
	ErrTooLong = fmt.Errorf("it is longer than %d KiB, which no human can be asked to read; make the call shorter", MaxText>>10)
)

// A Store keeps the tickets of one state directory. Only Dir must be set.
type Store struct {
	Dir string           // the state directory
	Now func() time.Time // nil for time.Now

	seen  verifier
	notes []string
}

func (s *Store) dir() string             { return filepath.Join(s.Dir, dirName) }
func (s *Store) path(name string) string { return filepath.Join(s.dir(), name) }

// Notes returns what was found damaged, and put aside, since the store was made:
// it is for the user.
func (s *Store) Notes() []string { return s.notes }

func (s *Store) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf("approvals: "+format, args...))
}

// A fileName is the name of a ticket's file, or of an answer to it.
type fileName struct {
	call string // first digits of the digest of the call
	id   string
	who  string // of an answer
}

const callLen = 16

func (n fileName) String() string {
	base := n.call + "-" + n.id
	if n.who == "" {
		return base + ticketExt
	}
	return base + "." + n.who + answerExt
}

func parseName(name string) (fileName, bool) {
	base, ok := strings.CutSuffix(name, ticketExt)
	who := ""
	if !ok {
		if base, ok = strings.CutSuffix(name, answerExt); !ok {
			return fileName{}, false
		}
		if base, who, ok = strings.Cut(base, "."); !ok || who == "" {
			return fileName{}, false
		}
	}
	call, id, ok := strings.Cut(base, "-")
	if !ok || len(call) != callLen || strings.Trim(call, "0123456789abcdef") != "" || !isID(id) {
		return fileName{}, false
	}
	return fileName{call, id, who}, true
}

func (t *Ticket) file() fileName { return fileName{call: t.Call[:callLen], id: t.ID} }

// locked calls f while no other process changes anything. The time is taken
// then: processes see it in the order in which they come.
func (s *Store) locked(f func(now time.Time) error) error {
	lock := s.path(lockName)
	unlock, err := state.Lock(lock, patience)
	if err != nil {
		return err
	}
	defer unlock()
	info, err := os.Stat(s.dir())
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o022 != 0 && unixModes {
		return fmt.Errorf("others can write %s, and so approve: run chmod go-w on it", s.dir())
	}
	now := time.Now()
	if s.Now != nil {
		now = s.Now()
	}
	now = now.UTC().Round(0)
	if err := s.clock(lock, now); err != nil {
		return err
	}
	return f(now)
}

// clock compares the time with the latest that was seen, which is the lock's
// own: a clock that was set back would make approvals longer. Then all of them
// end.
func (s *Store) clock(lock string, now time.Time) error {
	info, err := os.Stat(lock)
	if err != nil {
		return err
	}
	seen := info.ModTime()
	switch {
	case seen.After(now.Add(tolerance)):
		list, err := s.names()
		if err != nil {
			return err
		}
		for _, name := range list {
			if name.who != "" {
				continue
			}
			t, err := s.ticket(name)
			if err != nil {
				return err
			}
			if t != nil && t.Closed == "" {
				t.Closed = closedClock
				if err := s.write(t); err != nil {
					return err
				}
			}
		}
		s.note("the clock was set back by %v: what was approved before must be approved again", seen.Sub(now).Round(time.Second))
	case !now.After(seen):
		return nil
	}
	return os.Chtimes(lock, time.Time{}, now)
}

// names returns the names of all tickets and answers.
func (s *Store) names() ([]fileName, error) {
	entries, err := os.ReadDir(s.dir())
	if err != nil {
		return nil, err
	}
	var list []fileName
	for _, e := range entries {
		if n, ok := parseName(e.Name()); ok {
			list = append(list, n)
		}
	}
	return list, nil
}

// write writes a ticket and sees to it that it is on the disk: a use that a power
// cut takes back could be made again.
func (s *Store) write(t *Ticket) error {
	text, err := encode(t)
	if err != nil {
		return err
	}
	if err := state.Replace(s.path(t.file().String()), text); err != nil {
		return err
	}
	return syncDir(s.dir())
}

// A damage says that a file is not what the store writes. Other errors of
// reading may pass.
type damage struct{ error }

func isDamage(err error) bool {
	_, ok := errors.AsType[damage](err)
	return ok
}

// read reads a file into v and tells whose it is.
func (s *Store) read(name fileName, v any) (owner string, err error) {
	f, err := os.OpenFile(s.path(name.String()), os.O_RDONLY|syscall.O_NONBLOCK, 0) // not to wait at a pipe
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", damage{errors.New("it is no regular file")}
	}
	if info.Mode().Perm()&0o022 != 0 && unixModes {
		return "", damage{errors.New("others can write it")}
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1<<10))
	if err != nil {
		return "", err
	}
	if err := decode(text, v); err != nil {
		return "", damage{err}
	}
	return ownerOf(info), nil
}

// ticket reads a ticket; nil if it is not there, or damaged, and so put aside.
func (s *Store) ticket(name fileName) (*Ticket, error) {
	t := &Ticket{}
	_, err := s.read(name, t)
	if err == nil {
		err = t.valid(name)
	}
	switch {
	case isDamage(err):
		return nil, s.aside(name, err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return t, nil
}

// answer reads an answer; nil if it is damaged, and so put aside.
func (s *Store) answer(name fileName) (*Answer, error) {
	a := &Answer{}
	owner, err := s.read(name, a)
	if err == nil {
		err = a.valid(name, owner)
	}
	if isDamage(err) {
		return nil, s.aside(name, err)
	}
	return a, err
}

// aside puts a damaged file aside.
func (s *Store) aside(name fileName, why error) error {
	aside, err := state.Aside(s.path(name.String()), time.Now())
	if err != nil {
		return fmt.Errorf("%s is damaged (%v) and cannot be put aside: %w", name, why, err)
	}
	s.note("%s was damaged (%v) and put aside as %s", name, why, filepath.Base(aside))
	return nil
}

// load reads a ticket with its answers and works out how it stands.
func (s *Store) load(name fileName, all []fileName, now time.Time) (*Status, error) {
	t, err := s.ticket(name)
	if t == nil {
		return nil, err
	}
	var answers []*Answer
	for _, n := range all {
		if n.id != name.id || n.call != name.call || n.who == "" {
			continue
		}
		a, err := s.answer(n)
		if err != nil {
			return nil, err
		}
		if a == nil { // it may have been a denial
			t.Closed = closedDamaged
			if err := s.write(t); err != nil {
				return nil, err
			}
			continue
		}
		answers = append(answers, a)
	}
	if s.seen == nil {
		s.seen = verifier{}
	}
	return t.status(answers, now, s.seen), nil
}

// settle calls f under the lock with the tickets that pick takes, until all
// signatures that matter to them have been verified. Verifying takes another
// process, so that meanwhile nothing is locked.
func (s *Store) settle(pick func(fileName) bool, f func(now time.Time, all []fileName, list []*Status) error) error {
	for range maxRounds {
		var open []*Answer
		err := s.locked(func(now time.Time) error {
			all, err := s.names()
			if err != nil {
				return err
			}
			var list []*Status
			for _, name := range all {
				if name.who != "" || !pick(name) {
					continue
				}
				st, err := s.load(name, all, now)
				if err != nil {
					return err
				}
				if st != nil {
					list, open = append(list, st), append(open, st.unverified...)
				}
			}
			if len(open) > 0 {
				return nil
			}
			return f(now, all, list)
		})
		if err != nil || len(open) == 0 {
			return err
		}
		for k, a := range open {
			if k == maxSigned {
				return fmt.Errorf("more than %d signatures at once: revoke some approvals", maxSigned)
			}
			s.seen.verify(a)
		}
	}
	return errors.New("answers change faster than they can be verified; try again")
}

// maxRounds bounds how often signatures that came in the meantime are verified,
// and maxSigned how many in one round.
const (
	maxRounds = 4
	maxSigned = 64
)
