package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/internal/state"
)

// Seals are forward-secure, as in systemd's journal ("FSS") and in Schneier and
// Kelsey, "Secure Audit Logs to Support Computer Forensics" (1999): a seal is a
// MAC over the chain by a key that exists for one epoch only. The key of the
// next epoch is made of it and of the seal by a one-way function, and takes its
// place on the disk. Whoever takes over the machine finds the key of the running
// epoch; the ones before it, which alone could seal another past, are gone. The
// first key is kept elsewhere by whoever verifies: from it all others follow.
//
// Since each key depends on the seals before it, also a log that was cut back to
// an earlier seal is found: the key on the disk does not follow from it.

const (
	keyName   = "seal.key"
	keyPrefix = "vgk1-"
	// epoch is how long a key lives, from the seal before it.
	epoch = 15 * time.Minute
)

// A Key verifies a log's seals. It must be kept where neither the agent nor
// whoever could take over the machine can read it.
type Key [sha256.Size]byte

// ParseKey reads a key as String writes it.
func ParseKey(text string) (Key, error) {
	var k Key
	digits, ok := strings.CutPrefix(strings.TrimSpace(text), keyPrefix)
	b, err := hex.DecodeString(digits)
	if !ok || err != nil || len(b) != len(k) {
		return k, fmt.Errorf("this is no verification key: it begins with %s, and %d hexadecimal digits follow", keyPrefix, 2*len(k))
	}
	return Key(b), nil
}

// String returns the key's text form.
func (k Key) String() string { return keyPrefix + hex.EncodeToString(k[:]) }

// id names a first key without telling it.
func (k Key) id() string { return hex.EncodeToString(k.derive("venv-guard key id"))[:16] }

func (k Key) derive(purpose string, data ...[]byte) []byte {
	h := hmac.New(sha256.New, k[:])
	h.Write([]byte(purpose))
	for _, d := range data {
		h.Write([]byte{0})
		h.Write(d)
	}
	return h.Sum(nil)
}

// next returns the key after the seal that line is.
func (k Key) next(line []byte) Key { return Key(k.derive("venv-guard next key", []byte(hash(line)))) }

// mac returns the MAC of a seal: of its line with nothing in place of the MAC,
// which by the previous hash in it stands for everything before.
func (k Key) mac(line []byte) string {
	return hex.EncodeToString(k.derive("venv-guard seal", withoutMAC(line)))
}

func withoutMAC(line []byte) []byte {
	const start = `"mac":"`
	i := bytes.Index(line, []byte(start))
	if i < 0 || len(line) < i+len(start)+hashLen {
		return line
	}
	i += len(start)
	return append(bytes.Clone(line[:i]), line[i+hashLen:]...)
}

// A sealer is the content of the key's file.
type sealer struct {
	id    string
	epoch uint64 // of the next seal, from 1
	since time.Time
	key   Key
}

func (l *Log) readSealer() (*sealer, error) {
	text, err := os.ReadFile(l.path(keyName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	bad := fmt.Errorf("%s is damaged: records are not sealed any more", l.path(keyName))
	words := strings.Fields(string(text))
	if len(words) != 4 {
		return nil, bad
	}
	n, err1 := strconv.ParseUint(words[1], 10, 64)
	at, err2 := strconv.ParseInt(words[2], 10, 64)
	key, err3 := ParseKey(words[3])
	if err1 != nil || err2 != nil || err3 != nil {
		return nil, bad
	}
	return &sealer{id: words[0], epoch: n, since: time.Unix(at, 0), key: key}, nil
}

// write puts the key in the place of the one before it.
func (s *sealer) write(l *Log) error {
	name := l.path(keyName)
	if f, err := os.OpenFile(name, os.O_WRONLY, 0); err == nil {
		// The old key's bytes, as far as the file system writes in place.
		// A crash from here on loses the key, never its secrecy; so the
		// new one is on the disk before.
		defer func() {
			f.Write(make([]byte, 128))
			f.Sync()
			f.Close()
		}()
	}
	return state.Replace(name, fmt.Appendf(nil, "%s %d %d %s\n", s.id, s.epoch, s.since.Unix(), s.key))
}

// evolve makes the key of the next epoch, after the seal that line is.
func (s *sealer) evolve(line []byte, now time.Time) {
	s.key = s.key.next(line)
	s.epoch++
	s.since = now
}

// seal seals what was logged if the epoch is over, or if it must.
func (w *writer) seal(must bool) error {
	s, err := w.log.readSealer()
	if err != nil {
		w.notes = append(w.notes, err.Error())
		return nil // the record itself is worth more
	}
	if s == nil {
		return nil
	}
	if last, ok := isSeal(w.last); ok && last.KeyID == s.id {
		if last.Epoch != s.epoch {
			return nil // nothing to seal
		}
		// Whoever wrote the seal did not come to replace the key.
		s.evolve(w.last, w.now)
		return s.write(w.log)
	}
	if age := w.now.Sub(s.since); !must && 0 <= age && age < epoch {
		return nil
	}
	return w.sealNow(s)
}

// isSeal reads a line if it is a seal.
func isSeal(line []byte) (Record, bool) {
	if !bytes.Contains(line, []byte(`"kind":"`+KindSeal+`"`)) {
		return Record{}, false
	}
	r, err := Parse(line)
	return r, err == nil && r.Kind == KindSeal
}

// sealNow writes a seal and makes the next key.
func (w *writer) sealNow(s *sealer) error {
	r := Record{Kind: KindSeal, KeyID: s.id, Epoch: s.epoch, MAC: zeroHash, Seq: w.seq + 1, Prev: w.prev, Time: w.now}
	line := r.appendLine(nil)
	r.MAC = s.key.mac(line[:len(line)-1])
	w.add(&r)
	last := bytes.Clone(w.last)
	if err := w.flush(); err != nil {
		return err
	}
	s.evolve(last, w.now)
	return s.write(w.log)
}

// Init begins sealing with a new key and returns the key that verifies. It is
// kept nowhere else. A key that is in use is retired by a last seal.
func (l *Log) Init() (Key, error) {
	unlock, err := l.lock()
	if err != nil {
		return Key{}, err
	}
	defer unlock()
	w, err := l.open()
	if err != nil {
		return Key{}, err
	}
	defer w.close()
	old, err := l.readSealer()
	if err != nil {
		return Key{}, err
	}
	if old != nil {
		if err := w.sealNow(old); err != nil {
			return Key{}, err
		}
	}
	var first Key
	rand.Read(first[:]) // never fails
	s := sealer{id: first.id(), epoch: 1, since: w.now}
	w.add(&Record{Kind: KindKey, KeyID: s.id})
	line := bytes.Clone(w.last)
	if err := w.flush(); err != nil {
		return Key{}, err
	}
	// The first key itself is never written.
	s.key = first.next(line)
	return first, s.write(l)
}
