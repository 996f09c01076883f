package approval

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

// What presenting a call came to.
const (
	EventMade    = "made"    // a ticket was made
	EventWaiting = "waiting" // its ticket waits still
	EventUsed    = "used"    // it passes
	EventDenied  = "denied"  // a human said no
)

// An Outcome is what presenting a call came to.
type Outcome struct {
	Event string
	Status
}

// Present looks for the ticket of a call. If humans have approved it and it has
// not been used up, that is noted, and the call may pass: the event is EventUsed,
// which no more processes get than the grant says, whenever any of them dies.
// Otherwise the call must be blocked, as after an error.
func (s *Store) Present(r *Request) (*Outcome, error) {
	if len(r.Text) > MaxText {
		return nil, ErrTooLong
	}
	r = r.kept()
	call := r.Digest()
	var out *Outcome
	err := s.settle(func(n fileName) bool { return n.call == call[:callLen] },
		func(now time.Time, all []fileName, list []*Status) error {
			for _, st := range list {
				if st.Call != call {
					continue
				}
				switch st.State {
				case Approved:
					if st.Grant.Session != "" && st.Grant.Session != r.Session {
						continue
					}
					st.Used++
					st.Last = now
					if err := s.write(st.Ticket); err != nil {
						return fmt.Errorf("its use cannot be noted: %w", err)
					}
					if st.Left > 0 {
						st.Left--
					}
					out = &Outcome{EventUsed, *st}
					return nil
				case Denied:
					out = &Outcome{EventDenied, *st}
				case Waiting:
					if out == nil {
						out = &Outcome{EventWaiting, *st}
					}
				}
			}
			if out != nil {
				return nil
			}
			t, err := s.make(r, call, all, now)
			if err == nil {
				out = &Outcome{EventMade, *t.status(nil, now, s.seen)}
			}
			return err
		})
	return out, err
}

// make makes a ticket.
func (s *Store) make(r *Request, call string, all []fileName, now time.Time) (*Ticket, error) {
	all, n, err := s.sweep(all, now, kept)
	if err == nil && n >= maxTickets {
		all, n, err = s.sweep(all, now, 0)
	}
	if err != nil {
		return nil, err
	}
	if n >= maxTickets {
		return nil, ErrTooMany
	}
	t := newTicket(r, call, now)
	for slices.ContainsFunc(all, func(n fileName) bool { return n.id == t.ID }) {
		t = newTicket(r, call, now)
	}
	if err := s.write(t); err != nil {
		return nil, fmt.Errorf("no ticket can be made: %w", err)
	}
	return t, nil
}

// sweep removes what ended longer ago than age, and what processes that were
// killed left. What cannot be removed stays. It returns the files that are left,
// and how many tickets are among them.
func (s *Store) sweep(all []fileName, now time.Time, age time.Duration) (left []fileName, n int, err error) {
	old := func(name string) bool {
		info, err := os.Lstat(s.path(name))
		return err == nil && now.Sub(info.ModTime()) > age
	}
	tickets := map[string]bool{}
	for _, n := range all {
		if n.who != "" {
			continue
		}
		tickets[n.id] = true
		if !old(n.String()) {
			continue
		}
		st, err := s.load(n, all, now)
		if err != nil || st == nil || len(st.unverified) > 0 || st.State == Waiting || st.State == Approved {
			continue
		}
		if age == 0 && st.State != Denied || now.Sub(st.End) > age && now.Sub(st.Last) > age {
			// The ticket first: without it the answers are for nothing.
			if err := os.Remove(s.path(n.String())); err == nil || errors.Is(err, fs.ErrNotExist) {
				tickets[n.id] = false
			}
		}
	}
	for _, n := range all {
		if n.who != "" && !tickets[n.id] && old(n.String()) {
			os.Remove(s.path(n.String()))
		}
	}
	entries, err := os.ReadDir(s.dir())
	if err != nil {
		return nil, 0, err
	}
	for _, e := range entries {
		name := e.Name()
		if n, ok := parseName(name); ok {
			left = append(left, n)
		} else if strings.HasSuffix(name, ".new") && old(name) {
			os.RemoveAll(s.path(name))
		}
	}
	for _, name := range left {
		if name.who == "" {
			n++
		}
	}
	return left, n, nil
}

// List returns all tickets that are kept, the oldest first.
func (s *Store) List() ([]*Status, error) {
	list, err := s.find(func(fileName) bool { return true })
	slices.SortFunc(list, func(a, b *Status) int { return a.Made.Compare(b.Made) })
	return list, err
}

// Find returns the ticket of that id.
func (s *Store) Find(id string) (*Status, error) {
	list, err := s.find(func(n fileName) bool { return n.id == id })
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%.20q: %w", id, ErrUnknown)
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

func (s *Store) find(pick func(fileName) bool) (found []*Status, err error) {
	if _, err := os.Stat(s.dir()); errors.Is(err, fs.ErrNotExist) {
		return nil, nil // looking makes no files
	}
	err = s.settle(pick, func(_ time.Time, _ []fileName, list []*Status) error {
		found = list
		return nil
	})
	return found, err
}

// Answer notes what a human said to a ticket, and returns how it stands then.
// The answer must be about the ticket as it was shown.
func (s *Store) Answer(a *Answer) (*Status, error) {
	pick := func(n fileName) bool { return n.id == a.Ticket }
	err := s.settle(pick, func(now time.Time, all []fileName, list []*Status) error {
		if len(list) == 0 {
			return fmt.Errorf("%.20q: %w", a.Ticket, ErrUnknown)
		}
		st := list[0]
		if a.Nonce != st.Nonce || a.Call != st.Call {
			return errors.New("the ticket is not the one that was shown")
		}
		if err := st.takes(a.Word); err != nil {
			return err
		}
		a.owner = selfID()
		text, err := encode(a)
		if err != nil {
			return err
		}
		name := st.file()
		name.who = a.who()
		if err := replaceShared(s.path(name.String()), text); err != nil {
			return err
		}
		if a.Word == Approve {
			return syncDir(s.dir())
		}
		// So that the loss of the denial opens nothing.
		for _, n := range all {
			if n.id == a.Ticket && n.who != "" && n != name {
				if err := os.Remove(s.path(n.String())); err != nil {
					return err
				}
			}
		}
		return syncDir(s.dir())
	})
	if err != nil {
		return nil, err
	}
	return s.Find(a.Ticket)
}

// takes reports why a ticket cannot be answered so; nil if it can.
func (st *Status) takes(word string) error {
	end := fmt.Sprintf("ticket %s is %s", st.ID, st.State)
	if st.Why != "" {
		end += ": " + st.Why
	}
	switch {
	case word == Revoke && (st.State == Approved || st.State == Denied || st.State == Waiting), st.State == Waiting:
		return nil
	case word == Revoke:
		return errors.New(end + "; there is nothing to revoke")
	case st.State == Denied:
		return errors.New(end + "; to let it be asked for again, run venv-guard approvals revoke " + st.ID)
	case st.State == Approved && word == Approve:
		return errors.New(end + " already")
	case st.State == Approved:
		return nil
	}
	return errors.New(end + "; when the call is tried again it gets a new ticket")
}
