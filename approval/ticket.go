package approval

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strings"
	"time"
)

// A Request is a call that a human must approve.
type Request struct {
	Client  string `json:"client,omitempty"`
	Session string `json:"session,omitempty"`
	Agent   string `json:"agent,omitempty"` // "" for the main agent
	Tool    string `json:"tool"`
	Dir     string `json:"dir,omitempty"`
	// Text is what the call would run, whole, as the human is shown it.
	Text     string   `json:"text"`
	Programs []string `json:"programs,omitempty"` // that it can start
	Places   []string `json:"places,omitempty"`   // that it would change
	Rules    []string `json:"rules,omitempty"`    // that ask
	Reason   string   `json:"reason,omitempty"`   // as the model is told
	Policy   string   `json:"policy,omitempty"`   // SHA-256 of the policies in force
	Needs    []Need   `json:"needs,omitempty"`    // none: any one human
	Timeout  int      `json:"timeout"`            // seconds that an approval holds

	// Bound is all that an approval is for beside what is shown: if any of it is
	// another, so is the call. Only its digest is kept.
	Bound []string `json:"-"`
}

// A Need is what one rule wants.
type Need struct {
	Rule  string `json:"rule"`
	Roles []Role `json:"roles,omitempty"` // none: any human
	Count int    `json:"count"`           // different people, at least 1
}

// A Role is a name with the people behind it: users of the operating system, by
// name or number, and SSH public keys.
type Role struct {
	Name    string   `json:"name"`
	Members []string `json:"members,omitempty"`
}

// MaxText bounds what a human is asked to read, in bytes.
const MaxText = 64 << 10

// kept returns the request as a file keeps it: JSON has no bytes that are no
// UTF-8. What is bound is as it was.
func (r *Request) kept() *Request {
	text := func(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
	list := func(l []string) []string {
		out := make([]string, len(l))
		for i, s := range l {
			out[i] = text(s)
		}
		return out
	}
	k := *r
	for _, s := range []*string{&k.Client, &k.Session, &k.Agent, &k.Tool, &k.Dir, &k.Text, &k.Reason, &k.Policy} {
		*s = text(*s)
	}
	k.Programs, k.Places, k.Rules = list(r.Programs), list(r.Places), list(r.Rules)
	k.Needs = make([]Need, len(r.Needs))
	for i, n := range r.Needs {
		k.Needs[i] = Need{Rule: text(n.Rule), Count: n.Count, Roles: make([]Role, len(n.Roles))}
		for j, role := range n.Roles {
			k.Needs[i].Roles[j] = Role{text(role.Name), list(role.Members)}
		}
	}
	return &k
}

// Digest names everything that an approval is bound to.
func (r *Request) Digest() string { return r.digest(r.bound()) }

// A summer adds parts to a digest, each with its length, and lists with their
// number, so that nothing can be divided otherwise.
type summer struct{ hash.Hash }

func (h summer) text(s string) { fmt.Fprintf(h, "%d:%s,", len(s), s) }
func (h summer) number(n int)  { fmt.Fprintf(h, "%d;", n) }

func (h summer) list(l []string) {
	h.number(len(l))
	for _, s := range l {
		h.text(s)
	}
}

func (h summer) String() string { return hex.EncodeToString(h.Sum(nil)) }

// bound returns the digest of what is bound and not kept.
func (r *Request) bound() string {
	h := summer{sha256.New()}
	h.text("venv-guard bound 1")
	h.list(r.Bound)
	return h.String()
}

// digest returns the digest of a request by that of what is bound and not kept.
// All that a human is shown of the call and of who must approve goes into it, so
// that what a ticket shows is what is approved, whoever could write the file.
func (r *Request) digest(bound string) string {
	h := summer{sha256.New()}
	h.text("venv-guard call 1")
	h.text(bound)
	for _, s := range []string{r.Tool, r.Dir, r.Text, r.Reason, r.Policy} {
		h.text(s)
	}
	for _, l := range [][]string{r.Programs, r.Places, r.Rules} {
		h.list(l)
	}
	h.number(r.Timeout)
	h.number(len(r.Needs))
	for _, n := range r.Needs {
		h.text(n.Rule)
		h.number(n.Count)
		h.number(len(n.Roles))
		for _, role := range n.Roles {
			h.text(role.Name)
			h.list(role.Members)
		}
	}
	return h.String()
}

// A Ticket is what the hook knows of a request.
type Ticket struct {
	Request
	ID     string    `json:"id"`
	Call   string    `json:"call"`  // digest of the request
	Sum    string    `json:"bound"` // digest of what is bound to it and not kept
	Nonce  string    `json:"nonce"` // ties answers to this very ticket
	Made   time.Time `json:"made"`
	Used   int       `json:"used,omitempty"` // how often the call passed
	Last   time.Time `json:"last,omitzero"`  // when it did last
	Closed string    `json:"closed,omitempty"`
}

// Why a ticket was closed before its time.
const (
	closedClock   = "the clock was set back"
	closedDamaged = "an answer was damaged"
)

// waiting is how long a ticket can be answered.
const waiting = 24 * time.Hour

// deadline is when an unanswered ticket ends.
func (t *Ticket) deadline() time.Time { return t.Made.Add(waiting) }

// idAlphabet is Crockford's base 32 in lower case: no i, l, o and u, which are
// taken for digits.
const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

const idLen = 8

func newTicket(r *Request, digest string, now time.Time) *Ticket {
	var b [idLen + 32]byte
	rand.Read(b[:]) // never fails
	id := make([]byte, idLen)
	for i := range id {
		id[i] = idAlphabet[b[i]&31]
	}
	return &Ticket{Request: *r, ID: string(id), Call: digest, Sum: r.bound(), Nonce: hex.EncodeToString(b[idLen:]), Made: now}
}

// isID reports whether a text can be a ticket's id.
func isID(s string) bool {
	return len(s) == idLen && strings.Trim(s, idAlphabet) == ""
}

// valid says what is wrong with a ticket that was read.
func (t *Ticket) valid(name fileName) error {
	switch {
	case t.ID != name.id || !strings.HasPrefix(t.Call, name.call) || t.Call != t.digest(t.Sum):
		return damage{errors.New("it is another ticket's")}
	case len(t.Nonce) != 64 || t.Made.IsZero() || t.Used < 0 || t.Timeout < 1:
		return damage{errors.New("parts of it are missing")}
	}
	for _, n := range t.Needs {
		if n.Count < 1 {
			return damage{errors.New("it wants nobody's approval")}
		}
	}
	return nil
}

// A file begins with a line that says what it is and the SHA-256 of the rest.
const header = "venv-guard approval 1 sha256:"

// maxFile bounds a file, in bytes: the text may be escaped.
const maxFile = 1 << 20

// encode returns the text of a file.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	if b.Len() > maxFile {
		return nil, fmt.Errorf("the ticket would be longer than %d KiB", maxFile>>10)
	}
	sum := sha256.Sum256(b.Bytes())
	return append([]byte(header+hex.EncodeToString(sum[:])+"\n"), b.Bytes()...), nil
}

// decode reads the text of a file.
func decode(text []byte, v any) error {
	rest, ok := bytes.CutPrefix(text, []byte(header))
	line, body, found := bytes.Cut(rest, []byte("\n"))
	if !ok || !found {
		return errors.New("it does not begin as tickets do")
	}
	if sum := sha256.Sum256(body); string(line) != hex.EncodeToString(sum[:]) {
		return errors.New("its SHA-256 is another")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}
