package approval

import (
	"fmt"
	"slices"
	"time"
)

// A State is how a ticket stands.
type State uint8

const (
	Waiting  State = iota // for humans
	Approved              // calls pass
	Denied
	Used // as often as was granted
	Revoked
	Expired
)

// String returns the state in one word.
func (s State) String() string {
	return [...]string{"waiting", "approved", "denied", "used", "revoked", "expired"}[s]
}

// A Status is a ticket with what became of it.
type Status struct {
	*Ticket
	State   State
	Why     string    // it expired, where that is not plain
	By      []string  // who approved, denied or revoked it
	Message string    // of who denied it
	Missing []string  // whose approval is still wanted
	Left    int       // how often the call may still pass; -1 for any number
	End     time.Time // when the approval ends, or waiting for it
	Grant   Grant     // what holds of all approvals together
	Notes   []string  // what is wrong with answers

	unverified []*Answer
}

// tolerance is how far the clock may go back unheeded: as far as daemons that
// keep the time set it in ordinary life.
const tolerance = time.Minute

// status works out how a ticket stands.
func (t *Ticket) status(answers []*Answer, now time.Time, v verifier) *Status {
	st := &Status{Ticket: t, End: t.deadline(), Left: -1}
	slices.SortFunc(answers, func(a, b *Answer) int { return a.At.Compare(b.At) })
	var yes []*Answer
	for _, a := range answers {
		switch {
		case a.Word == Revoke:
			st.State, st.By = Revoked, []string{a.By()}
		case a.Word == Deny && st.State != Revoked:
			st.State, st.By, st.Message = Denied, []string{a.By()}, a.Message
		case a.Word == Approve:
			yes = append(yes, a)
		}
	}
	switch {
	case st.State == Revoked:
		return st
	case t.Closed != "":
		st.State, st.Why = Expired, t.Closed
		return st
	case t.Made.After(now.Add(tolerance)):
		st.State, st.Why = Expired, closedClock
		return st
	case st.State == Denied:
		if !now.Before(st.End) {
			st.State = Expired
		}
		return st
	}
	yes = st.hold(yes, now, v)
	if len(st.unverified) > 0 {
		return st
	}
	yes = st.missing(yes, v)
	if len(st.Missing) > 0 {
		if !now.Before(st.End) {
			st.State = Expired
		}
		return st
	}
	st.grant(yes, now)
	return st
}

// hold returns the approvals that can count.
func (st *Status) hold(yes []*Answer, now time.Time, v verifier) []*Answer {
	var list []*Answer
	for _, a := range yes {
		if a.Nonce != st.Nonce || a.Call != st.Call || a.At.After(now.Add(tolerance)) || a.At.Before(st.Made.Add(-tolerance)) {
			st.Notes = append(st.Notes, fmt.Sprintf("the approval of %s is for another ticket and does not count", a.By()))
			continue
		}
		if a.Signature != "" {
			err, known := v.check(a)
			if !known {
				st.unverified = append(st.unverified, a)
			} else if err != nil {
				st.Notes = append(st.Notes, fmt.Sprintf("the approval of %s does not count: %v", a.By(), err))
				continue
			}
		}
		list = append(list, a)
	}
	return list
}

// missing works out whose approval is wanted still, and returns the approvals
// that count for something.
func (st *Status) missing(yes []*Answer, v verifier) []*Answer {
	signed := func(a *Answer) bool {
		err, known := v.check(a)
		return a.Signature != "" && known && err == nil
	}
	needs := st.Needs
	if len(needs) == 0 {
		needs = []Need{{Count: 1}}
	}
	counted := map[*Answer]bool{}
	for i := range needs {
		n := &needs[i]
		switch got := n.met(yes, signed, counted); {
		case got == 0:
			st.Missing = append(st.Missing, n.Who())
		case got < n.Count:
			st.Missing = append(st.Missing, fmt.Sprintf("%s (%d approved)", n.Who(), got))
		}
	}
	var list []*Answer
	for _, a := range yes {
		if counted[a] {
			list, st.By = append(list, a), append(st.By, a.By())
			continue
		}
		st.Notes = append(st.Notes, fmt.Sprintf("%s approved, but is none of those whose approval is wanted", a.By()))
	}
	return list
}

// grant works out what all approvals together allow: the strictest of each
// counts.
func (st *Status) grant(yes []*Answer, now time.Time) {
	var last time.Time
	for _, a := range yes {
		if a.At.After(last) {
			last = a.At
		}
	}
	g := yes[0].Grant
	for _, a := range yes {
		if a.Grant.Uses > 0 && (g.Uses == 0 || a.Grant.Uses < g.Uses) {
			g.Uses = a.Grant.Uses
		}
		if a.Grant.Until.Before(g.Until) {
			g.Until = a.Grant.Until
		}
		if w := a.Grant.Within; w > 0 {
			if end := last.Add(time.Duration(w) * time.Second); end.Before(g.Until) {
				g.Until = end
			}
		}
		if a.Grant.Session != "" {
			g.Session = a.Grant.Session
		}
	}
	st.Grant, st.End, st.State = g, g.Until, Approved
	if g.Uses > 0 {
		st.Left = max(g.Uses-st.Used, 0)
	}
	switch {
	case st.Left == 0:
		st.State = Used
	case !now.Before(st.End):
		st.State = Expired
	}
}
