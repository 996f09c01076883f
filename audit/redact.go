package audit

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/internal/state"
)

const (
	redactKeyName = "redact.key"
	// minKnown is the length of the shortest secret that is looked for where
	// nothing marks it, in bytes.
	minKnown = 6
)

// A Redactor takes secrets out of the texts of one call. In the place of each
// comes "[redacted:…]", with a keyed digest by which equal secrets are
// recognised. What it has found in one text it finds in the later ones too,
// also if they were shortened within it.
type Redactor struct {
	// Cautious keeps those secrets that hold anything a shell acts upon: what a
	// human must judge is not hidden because it looks like a password.
	Cautious bool

	dir   string
	key   []byte
	known []string // secrets, longest first
}

// NewRedactor returns a redactor with the key of a state directory, which is
// read, or made, when the first secret is found. The values of variables that
// are named like secrets are known from the start.
func NewRedactor(dir string, environ []string) *Redactor {
	red := &Redactor{dir: dir}
	for _, kv := range environ {
		if name, value, ok := strings.Cut(kv, "="); ok && len(value) >= minKnown && secretName(name) && secretValue(name, value) {
			red.learn(value)
		}
	}
	return red
}

// learn keeps a secret to look for.
func (red *Redactor) learn(secret string) {
	if len(secret) < minKnown || slices.Contains(red.known, secret) || len(red.known) >= 256 {
		return
	}
	i := 0
	for i < len(red.known) && len(red.known[i]) >= len(secret) {
		i++
	}
	red.known = slices.Insert(red.known, i, secret)
}

// Text returns s without secrets.
func (red *Redactor) Text(s string) string {
	list := findSecrets(s)
	for _, sp := range list {
		red.learn(s[sp.start:sp.end])
	}
	list = append(list, red.findKnown(s)...)
	return red.replace(s, list)
}

// Words returns the words of one command without secrets.
func (red *Redactor) Words(words []string) []string {
	out := make([]string, len(words))
	marks := secretWords(words)
	for i, w := range words {
		if from := marks[i]; from >= 0 && from < len(w) && red.hides(w[from:]) {
			red.learn(w[from:])
			out[i] = red.Text(w[:from]) + red.mark(w[from:])
			continue
		}
		out[i] = red.Text(w)
	}
	return out
}

// JSON returns a JSON text without the secrets in its strings. What is not JSON
// is taken for plain text.
func (red *Redactor) JSON(text string) string {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	b, err := red.value(dec, nil, "")
	if err != nil {
		return red.Text(text)
	}
	if _, err := dec.Token(); err != io.EOF {
		return red.Text(text)
	}
	return string(b)
}

// value copies the next JSON value, which has the key name, if any.
func (red *Redactor) value(dec *json.Decoder, b []byte, name string) ([]byte, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch v := tok.(type) {
	case string:
		if secretName(name) && secretValue(name, v) && red.hides(v) {
			red.learn(v)
			return appendQuoted(b, red.mark(v)), nil
		}
		return appendQuoted(b, red.Text(v)), nil
	case json.Number:
		return append(b, v...), nil
	case bool:
		if v {
			return append(b, "true"...), nil
		}
		return append(b, "false"...), nil
	case nil:
		return append(b, "null"...), nil
	case json.Delim:
		b = append(b, byte(v))
		for first := true; dec.More(); first = false {
			if !first {
				b = append(b, ',')
			}
			key := name // of the elements of an array
			if v == '{' {
				if tok, err = dec.Token(); err != nil {
					return nil, err
				}
				key = tok.(string)
				b = append(appendQuoted(b, red.Text(key)), ':')
			}
			if b, err = red.value(dec, b, key); err != nil {
				return nil, err
			}
		}
		end, err := dec.Token()
		if err != nil {
			return nil, err
		}
		return append(b, byte(end.(json.Delim))), nil
	}
	return nil, errors.New("unknown token")
}

// findKnown finds the known secrets, and the beginnings of them before an
// ellipsis, where a text was shortened.
func (red *Redactor) findKnown(s string) []span {
	var list []span
	for _, secret := range red.known {
		for i := 0; ; {
			k := strings.Index(s[i:], secret)
			if k < 0 {
				break
			}
			list = append(list, span{i + k, i + k + len(secret)})
			i += k + len(secret)
		}
		for i := 0; ; {
			k := strings.Index(s[i:], "…")
			if k < 0 {
				break
			}
			end := i + k
			for n := min(len(secret)-1, end); n >= minKnown/2; n-- {
				if strings.HasSuffix(s[:end], secret[:n]) {
					list = append(list, span{end - n, end})
					break
				}
			}
			i = end + len("…")
		}
	}
	return list
}

// replace puts marks in the place of spans, which may overlap.
func (red *Redactor) replace(s string, list []span) string {
	list = slices.DeleteFunc(list, func(sp span) bool { return !red.hides(s[sp.start:sp.end]) })
	if len(list) == 0 {
		return s
	}
	slices.SortFunc(list, func(a, b span) int { return a.start - b.start })
	var b strings.Builder
	at := 0
	for i := 0; i < len(list); {
		start, end := list[i].start, list[i].end
		for i++; i < len(list) && list[i].start < end; i++ {
			end = max(end, list[i].end)
		}
		b.WriteString(s[at:start])
		b.WriteString(red.mark(s[start:end]))
		at = end
	}
	b.WriteString(s[at:])
	return b.String()
}

// hides reports whether a secret may be replaced.
func (red *Redactor) hides(secret string) bool {
	return !red.Cautious || !strings.ContainsFunc(secret, func(r rune) bool {
		return r >= 0x80 || class(byte(r))&(alnum|base64URL) == 0 && !strings.ContainsRune("+/=.:~%@,", r)
	})
}

// mark returns what stands in the place of a secret.
func (red *Redactor) mark(secret string) string {
	if red.key == nil {
		red.key = readRedactKey(red.dir)
	}
	if len(red.key) == 0 {
		return "[redacted]"
	}
	h := hmac.New(sha256.New, red.key)
	h.Write([]byte(secret))
	return "[redacted:" + hex.EncodeToString(h.Sum(nil)[:6]) + "]"
}

// readRedactKey reads the key, or makes it. Where that fails there is none, and
// equal secrets are not recognised.
func readRedactKey(dir string) []byte {
	name := dir + string(os.PathSeparator) + redactKeyName
	read := func() ([]byte, error) {
		b, err := os.ReadFile(name)
		if err == nil && len(b) != sha256.Size {
			err = errors.New("damaged")
		}
		return b, err
	}
	key, err := read()
	if err == nil {
		return key
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return []byte{}
	}
	unlock, err := state.Lock(dir+string(os.PathSeparator)+lockName, patience)
	if err != nil {
		return []byte{}
	}
	defer unlock()
	if key, err := read(); err == nil { // another process was faster
		return key
	}
	key = make([]byte, sha256.Size)
	rand.Read(key) // never fails
	if state.Replace(name, key) != nil {
		return []byte{}
	}
	return key
}
