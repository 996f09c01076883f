package limit

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A Counter says what is counted, and how.
type Counter struct {
	Policy  string        // the file whose counter it is
	Name    string        // unique in that file
	Scope   string        // what a count is kept for: "session", "project", …
	Of      string        // which of those: Caller.Of
	Window  time.Duration // whole seconds
	Max     int           // in any window, at least 1
	Allowed bool          // what is refused does not count
}

// file returns the base name of the counter's file. How much fits does not take
// part: a limit that is changed goes on with what was counted.
func (c *Counter) file() string {
	return hashed("counter", c.Policy, c.Name, c.Scope, c.Of) + suffix
}

// hashed returns a file's name for some texts.
func hashed(texts ...string) string {
	h := sha256.New()
	for _, text := range texts {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text))))
		h.Write([]byte(text))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

const (
	suffix     = ".limit"
	headSize   = 1 << 10 // bytes
	recordSize = 32      // bytes; with headSize none crosses a page
)

// A head is the JSON at the beginning of a file.
type head struct {
	Version int           `json:"venv-guard-limit"`
	Policy  string        `json:"policy"`
	Name    string        `json:"counter"`
	Scope   string        `json:"scope"`
	Of      string        `json:"of"`
	Window  time.Duration `json:"window"`
	Max     int           `json:"max"`
	Allowed bool          `json:"allowed,omitempty"`
}

const version = 1

// head returns the beginning of the counter's file. Texts are shortened to fit.
func (c *Counter) head(clean func(string) string) []byte {
	for n := 400; ; n /= 2 {
		of := c.Of
		if clean != nil {
			of = clean(of)
		}
		b, err := json.Marshal(head{version, shorten(c.Policy, n), shorten(c.Name, n), c.Scope, shorten(of, n), c.Window, c.Max, c.Allowed})
		if err != nil {
			panic(err) // strings and numbers always encode
		}
		if len(b) < headSize {
			return append(append(b, bytes.Repeat([]byte{' '}, headSize-1-len(b))...), '\n')
		}
	}
}

func shorten(s string, n int) string {
	if len(s) > n {
		s = s[:n]
		for len(s) > 0 && !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	return s
}

// errDamaged says that a counter's file is none.
var errDamaged = errors.New("is damaged")

// parseHead reads the beginning of a file.
func parseHead(b []byte) (Counter, error) {
	var h head
	if len(b) != headSize || b[headSize-1] != '\n' || json.Unmarshal(b, &h) != nil ||
		h.Version != version || h.Window <= 0 || h.Max < 1 {
		return Counter{}, errDamaged
	}
	return Counter{h.Policy, h.Name, h.Scope, h.Of, h.Window, h.Max, h.Allowed}, nil
}

// Where returns what the counter is kept for, as a human reads it.
func (c *Counter) Where() string { return strings.ReplaceAll(c.Of, "\x00", ", ") }

// A record is a call that counted.
type record struct {
	at Stamp
	n  int // how often at once
}

func (r record) encode(b []byte) []byte {
	start := len(b)
	b = binary.LittleEndian.AppendUint64(b, uint64(r.at.Wall))
	b = binary.LittleEndian.AppendUint64(b, uint64(r.at.Mono))
	b = binary.LittleEndian.AppendUint64(b, r.at.Boot)
	b = binary.LittleEndian.AppendUint32(b, uint32(r.n))
	return binary.LittleEndian.AppendUint32(b, checksum(b[start:]))
}

func decode(b []byte) (record, error) {
	le := binary.LittleEndian
	r := record{Stamp{int64(le.Uint64(b)), int64(le.Uint64(b[8:])), le.Uint64(b[16:])}, int(le.Uint32(b[24:]))}
	if checksum(b[:28]) != le.Uint32(b[28:]) || r.n < 1 {
		return r, errDamaged
	}
	return r, nil
}

// checksum finds damage; it is no defence against who may write the file. It is
// 32-bit FNV-1a: package hash/crc32 makes tables at start.
func checksum(b []byte) uint32 {
	h := uint32(2166136261)
	for _, c := range b {
		h = (h ^ uint32(c)) * 16777619
	}
	return h
}

// A ledger is what a counter holds.
type ledger struct {
	Counter
	records []record // the last ones, oldest first, of Max in all at most
}

// keep drops what is too old to matter: it counts for nothing what happened
// before the last Max.
func (l *ledger) keep() {
	n := 0
	for i, r := range slices.Backward(l.records) {
		if n += r.n; n >= l.Max {
			l.records = l.records[i:]
			l.records[0].n -= n - l.Max
			return
		}
	}
}

// used returns how much counts at a time, at most Max.
func (l *ledger) used(now Stamp) int {
	n := 0
	for _, r := range l.records {
		if now.since(r.at) < l.Window {
			n += r.n
		}
	}
	return n
}

// wait returns how long it takes until n more fit, if nothing else counts; it is
// below 0 if they never do.
func (l *ledger) wait(n int, now Stamp) time.Duration {
	if n > l.Max {
		return -1
	}
	type part struct {
		left time.Duration
		n    int
	}
	parts := make([]part, 0, len(l.records))
	excess := n - l.Max
	for _, r := range l.records {
		if age := max(0, now.since(r.at)); age < l.Window {
			parts = append(parts, part{l.Window - age, r.n})
			excess += r.n
		}
	}
	slices.SortFunc(parts, func(a, b part) int { return int(min(1, max(-1, a.left-b.left))) })
	for _, p := range parts {
		if excess <= 0 {
			break
		}
		if excess -= p.n; excess <= 0 {
			return p.left
		}
	}
	return 0
}

// mend gives records that lie in the future, because the clock was set back, the
// present time. It reports whether there were any.
func (l *ledger) mend(now Stamp) bool {
	any := false
	for i := range l.records {
		if now.since(l.records[i].at) < 0 {
			l.records[i].at, any = now, true
		}
	}
	return any
}
