package approval

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/internal/sshkey"
)

// The words of answers.
const (
	Approve = "approve"
	Deny    = "deny"
	Revoke  = "revoke" // takes back an approval, or a denial
)

// An Answer is what one human said to a ticket.
type Answer struct {
	Ticket  string    `json:"ticket"`
	Nonce   string    `json:"nonce"`
	Call    string    `json:"call"`
	Word    string    `json:"word"`
	Grant   Grant     `json:"grant,omitzero"`
	At      time.Time `json:"at"`
	User    string    `json:"user"`              // who, as it is shown
	UID     string    `json:"uid,omitempty"`     // on whose behalf root writes it: sudo
	Message string    `json:"message,omitempty"` // to the agent

	Key       string `json:"key,omitempty"` // public key that signed it
	Signature string `json:"signature,omitempty"`

	owner string // number of the user that the file belongs to; "" if not known
}

// A Grant is how often and how long a call passes.
type Grant struct {
	Uses    int       `json:"uses"`              // 0 for any number
	Within  int       `json:"within,omitempty"`  // seconds after the last approval that was needed; 0 for no such end
	Until   time.Time `json:"until"`             // and never from then on
	Session string    `json:"session,omitempty"` // only calls of this session; "" for any
}

// Text is what is signed: everything that an approval says.
func (a *Answer) Text() string {
	return fmt.Sprintf("venv-guard approval 1\nticket %s\nnonce %s\ncall %s\nanswer %s\nuses %d\nwithin %d\nuntil %s\nsession %q\nat %s\n",
		a.Ticket, a.Nonce, a.Call, a.Word, a.Grant.Uses, a.Grant.Within, a.Grant.Until.UTC().Format(time.RFC3339Nano), a.Grant.Session,
		a.At.UTC().Format(time.RFC3339Nano))
}

// Grant says how an approval of a ticket would be bounded: the number of times,
// 0 for any; the time after the approval; or, with a time of day, that. At most
// one of d and until is given; neither is the rule's timeout. For a session the
// grant ends after a day at the latest.
func (t *Ticket) Grant(uses int, d time.Duration, until time.Time, session bool) Grant {
	g := Grant{Uses: uses, Until: until}
	if session {
		g.Session = t.Session
	}
	if until.IsZero() {
		switch {
		case d > 0:
		case session:
			d = waiting
		default:
			d = time.Duration(t.Timeout) * time.Second
		}
		g.Within = int(max(d/time.Second, 1))
		// However late the other approvals come.
		g.Until = t.deadline().Add(d)
	}
	return g
}

// valid says what is wrong with an answer that was read.
func (a *Answer) valid(name fileName, owner string) error {
	a.owner = owner
	switch {
	case a.Ticket != name.id:
		return damage{errors.New("it is another ticket's")}
	case a.Word != Approve && a.Word != Deny && a.Word != Revoke:
		return damage{fmt.Errorf("it says %.20q", a.Word)}
	case (a.Key == "") != (a.Signature == ""), a.At.IsZero(), a.Word == Approve && a.Grant.Until.IsZero(), a.Grant.Uses < 0, a.Grant.Within < 0:
		return damage{errors.New("parts of it are missing")}
	}
	return nil
}

// who names the one who answered, as the file does.
func (a *Answer) who() string {
	if k, err := sshkey.Parse(a.Key); err == nil {
		return "k" + k.ID()
	}
	return "u" + a.uid()
}

// uid returns whose answer an unsigned one is: the owner of its file. Root may
// write for whoever used sudo.
func (a *Answer) uid() string {
	if a.owner == "0" && a.UID != "" {
		return a.UID
	}
	return a.owner
}

// By says who answered, for humans.
func (a *Answer) By() string {
	if k, err := sshkey.Parse(a.Key); err == nil {
		return strings.TrimSpace(k.Comment + " (key " + k.Fingerprint() + ")")
	}
	return a.User
}

// A verifier holds what signatures were found to be worth.
type verifier map[[sha256.Size]byte]error

func signatureSum(a *Answer) [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%d:%s%d:%s%s", len(a.Key), a.Key, len(a.Signature), a.Signature, a.Text()))
}

// check returns whether the signature of an answer holds. known is false if it
// has not been verified yet.
func (v verifier) check(a *Answer) (err error, known bool) {
	err, known = v[signatureSum(a)]
	return err, known
}

// verify verifies a signature. Nothing is locked meanwhile: it takes another
// process.
func (v verifier) verify(a *Answer) {
	k, err := sshkey.Parse(a.Key)
	if err == nil {
		err = sshkey.Verify(k, a.Text(), a.Signature)
	}
	v[signatureSum(a)] = err
}

// fills reports whether an answer counts for a role, and as whose: a key's if
// the role has the key that signed it, else the user's.
func (r *Role) fills(a *Answer, signed bool) (person string, ok bool) {
	key, err := sshkey.Parse(a.Key)
	for _, m := range r.Members {
		if k, e := sshkey.Parse(m); e == nil {
			if signed && err == nil && k.Same(key) {
				return "key " + k.ID(), true
			}
			continue
		}
		if uid := userID(m); uid != "" && uid == a.uid() {
			return "user " + uid, true
		}
	}
	return "", false
}

// Fills reports whether a user, by number, or a key would count for a role.
func (r *Role) Fills(uid string, key *sshkey.Key) bool {
	a := Answer{owner: uid}
	if key != nil {
		a.Key = key.String()
	}
	_, ok := r.fills(&a, key != nil)
	return ok
}

// userID returns the number of a user of the operating system; "" if there is
// none of that name.
func userID(name string) string {
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		return strconv.FormatUint(n, 10)
	}
	u, err := user.Lookup(name)
	if err != nil {
		return ""
	}
	return u.Uid
}

// UserName returns the name of the user with a number.
func UserName(uid string) string {
	if u, err := user.LookupId(uid); err == nil {
		return u.Username
	}
	return "user " + uid
}

// met returns how many different people of those that a need wants have
// approved, and notes whose answers counted.
func (n *Need) met(answers []*Answer, signed func(*Answer) bool, counted map[*Answer]bool) int {
	var people []string
	for _, a := range answers {
		person, ok := "user "+a.uid(), len(n.Roles) == 0
		for i := range n.Roles {
			if ok {
				break
			}
			person, ok = n.Roles[i].fills(a, signed(a))
		}
		counted[a] = counted[a] || ok
		if ok && !slices.Contains(people, person) {
			people = append(people, person)
		}
	}
	return len(people)
}

// Who says whose approval a need wants: "2 different people, each lead".
func (n *Need) Who() string {
	names := make([]string, len(n.Roles))
	for i := range n.Roles {
		names[i] = n.Roles[i].Name
	}
	who := strings.Join(names, " or ")
	switch {
	case n.Count < 2 && who == "":
		return "any human"
	case n.Count < 2:
		return who
	case who == "":
		return fmt.Sprintf("%d different people", n.Count)
	}
	return fmt.Sprintf("%d different people, each %s", n.Count, who)
}

// Impossible says why nobody can approve what a need wants; "" if they can.
func (n *Need) Impossible() string {
	var empty, members []string
	for i := range n.Roles {
		if len(n.Roles[i].Members) == 0 {
			empty = append(empty, n.Roles[i].Name)
		}
		for _, m := range n.Roles[i].Members {
			if k, err := sshkey.Parse(m); err == nil {
				m = k.String() // one key, whatever its comments
			}
			if !slices.Contains(members, m) {
				members = append(members, m)
			}
		}
	}
	switch {
	case len(n.Roles) == 0 || len(members) >= n.Count:
		return ""
	case len(members) == 0:
		return "no policy says who is " + strings.Join(empty, " or ")
	}
	return fmt.Sprintf("%s is wanted, and the policies name only %d", n.Who(), len(members))
}
