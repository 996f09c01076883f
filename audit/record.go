package audit

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// Kinds of records. That of a call is empty.
const (
	KindCall     = ""
	KindApproval = "approval" // what a human said to a ticket
	KindFile     = "file"
	KindRecovery = "recovery"
	KindKey      = "key"
	KindSeal     = "seal"
)

// A Record is one line of the log.
type Record struct {
	Seq  uint64    `json:"seq"`
	Time time.Time `json:"time"`
	Kind string    `json:"kind,omitempty"`

	// Of a call. Input is shortened and without secrets; InputSHA256 is of
	// the input as it came, and InputBytes its length.
	Client      string       `json:"client,omitempty"`
	Session     string       `json:"session,omitempty"`
	Agent       string       `json:"agent,omitempty"` // "" for the main agent
	Tool        string       `json:"tool,omitempty"`
	Verdict     string       `json:"verdict,omitempty"`
	Rules       []string     `json:"rules,omitempty"`  // that led to the verdict
	Policy      string       `json:"policy,omitempty"` // SHA-256 of the policies in force
	Place       string       `json:"place,omitempty"`  // what the worst finding would change
	Dir         string       `json:"dir,omitempty"`    // working directory
	Reason      string       `json:"reason,omitempty"` // as the client was told
	Remedy      string       `json:"remedy,omitempty"`
	Invocations []Invocation `json:"invocations,omitempty"`
	More        int          `json:"more,omitempty"` // invocations that are not told
	Input       string       `json:"input,omitempty"`
	InputBytes  int          `json:"input_bytes,omitempty"`
	InputSHA256 string       `json:"input_sha256,omitempty"`
	Micros      int64        `json:"us,omitempty"` // from start to verdict, in microseconds

	// Of a call that needs a human's approval, and of what the human said. Event
	// is made, waiting, used, denied, approved or revoked.
	Ticket  string   `json:"ticket,omitempty"`
	Event   string   `json:"event,omitempty"`
	By      []string `json:"by,omitempty"`      // who said so
	Grant   string   `json:"grant,omitempty"`   // approved: how often and how long
	Message string   `json:"message,omitempty"` // denied: to the agent

	// Of the log's own kinds.
	File   string `json:"file,omitempty"`   // file: the file before this one
	Last   uint64 `json:"last,omitempty"`   // file: the last number in it
	Aside  string `json:"aside,omitempty"`  // file: a damaged file that was put aside
	Bytes  int64  `json:"bytes,omitempty"`  // recovery, file with aside: length
	SHA256 string `json:"sha256,omitempty"` // recovery, file with aside: of what was found
	KeyID  string `json:"key,omitempty"`    // key, seal
	Epoch  uint64 `json:"epoch,omitempty"`  // seal: from 1
	MAC    string `json:"mac,omitempty"`    // seal

	Prev string `json:"prev"`

	// Hash is the SHA-256 of the record's line, of records that were read.
	Hash string `json:"-"`
}

// An Invocation is one program of a call.
type Invocation struct {
	Argv      []string `json:"argv"`
	Verdict   string   `json:"verdict"`
	Rule      string   `json:"rule,omitempty"`
	Tool      string   `json:"tool,omitempty"`
	Operation string   `json:"operation,omitempty"`
	Place     string   `json:"place,omitempty"`
	Via       []string `json:"via,omitempty"`
	File      string   `json:"file,omitempty"` // script that it stands in
	Host      string   `json:"host,omitempty"` // "" for this one
}

// Parse reads a line of the log, without its newline.
func Parse(line []byte) (Record, error) {
	var r Record
	if _, ok := lineSeq(line); !ok {
		return r, fmt.Errorf("this is no record")
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return r, fmt.Errorf("this is no record: %w", err)
	}
	r.Hash = hash(line)
	return r, nil
}

const (
	lineStart = `{"seq":`
	prevStart = `"prev":"`
	hashLen   = 64
	// lineMin is the length of the shortest line.
	lineMin = len(lineStart) + 1 + len(`,`) + len(prevStart) + hashLen + len(`"}`)
)

// lineSeq returns the number of a line that begins and ends as records do. The
// previous hash is the last thing in a record, and within strings quotes are
// escaped, so that a line that was cut anywhere does not end so.
func lineSeq(line []byte) (uint64, bool) {
	if len(line) < lineMin || string(line[:len(lineStart)]) != lineStart {
		return 0, false
	}
	end := line[len(line)-len(prevStart)-hashLen-2:]
	if string(end[:len(prevStart)]) != prevStart || string(end[len(end)-2:]) != `"}` || !isHash(string(linePrev(line))) {
		return 0, false
	}
	i := len(lineStart)
	for i < len(line) && '0' <= line[i] && line[i] <= '9' {
		i++
	}
	seq, err := strconv.ParseUint(string(line[len(lineStart):i]), 10, 64)
	return seq, err == nil && line[i] == ','
}

// linePrev returns the previous hash that a record's line ends with.
func linePrev(line []byte) []byte { return line[len(line)-hashLen-2 : len(line)-2] }

func isHash(s string) bool {
	if len(s) != hashLen {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return true
}

// appendLine writes the record as a line with its newline. It is written by hand
// since the first use of encoding/json costs a process more than the whole
// append. The order of keys is that of Record; "prev" must come last.
func (r *Record) appendLine(b []byte) []byte {
	b = append(b, lineStart...)
	b = strconv.AppendUint(b, r.Seq, 10)
	b = append(b, `,"time":"`...)
	b = r.Time.UTC().AppendFormat(b, timeForm)
	b = append(b, '"')
	for _, f := range []struct{ key, text string }{
		{"kind", r.Kind}, {"client", r.Client}, {"session", r.Session}, {"agent", r.Agent}, {"tool", r.Tool}, {"verdict", r.Verdict},
	} {
		b = appendText(b, f.key, f.text)
	}
	b = appendTexts(b, "rules", r.Rules)
	b = appendText(b, "policy", r.Policy)
	b = appendText(b, "place", r.Place)
	b = appendText(b, "dir", r.Dir)
	b = appendText(b, "reason", r.Reason)
	b = appendText(b, "remedy", r.Remedy)
	if len(r.Invocations) > 0 {
		b = append(b, `,"invocations":[`...)
		for i := range r.Invocations {
			if i > 0 {
				b = append(b, ',')
			}
			b = r.Invocations[i].append(b)
		}
		b = append(b, ']')
	}
	b = appendNumber(b, "more", uint64(r.More))
	b = appendText(b, "input", r.Input)
	b = appendNumber(b, "input_bytes", uint64(r.InputBytes))
	b = appendText(b, "input_sha256", r.InputSHA256)
	b = appendNumber(b, "us", uint64(max(r.Micros, 0)))
	b = appendText(b, "ticket", r.Ticket)
	b = appendText(b, "event", r.Event)
	b = appendTexts(b, "by", r.By)
	b = appendText(b, "grant", r.Grant)
	b = appendText(b, "message", r.Message)
	b = appendText(b, "file", r.File)
	b = appendNumber(b, "last", r.Last)
	b = appendText(b, "aside", r.Aside)
	b = appendNumber(b, "bytes", uint64(max(r.Bytes, 0)))
	b = appendText(b, "sha256", r.SHA256)
	b = appendText(b, "key", r.KeyID)
	b = appendNumber(b, "epoch", r.Epoch)
	b = appendText(b, "mac", r.MAC)
	b = appendText(b, "prev", r.Prev)
	return append(b, "}\n"...)
}

// timeForm is RFC 3339 in UTC, with as many digits in every record.
const timeForm = "2006-01-02T15:04:05.000000Z"

func (inv *Invocation) append(b []byte) []byte {
	start := len(b)
	b = appendTexts(b, "argv", inv.Argv)
	for _, f := range []struct{ key, text string }{
		{"verdict", inv.Verdict}, {"rule", inv.Rule}, {"tool", inv.Tool}, {"operation", inv.Operation}, {"place", inv.Place},
	} {
		b = appendText(b, f.key, f.text)
	}
	b = appendTexts(b, "via", inv.Via)
	b = appendText(b, "file", inv.File)
	b = appendText(b, "host", inv.Host)
	if len(b) == start {
		b = append(b, ',')
	}
	b[start] = '{' // in place of the first comma
	return append(b, '}')
}

func appendText(b []byte, key, text string) []byte {
	if text == "" {
		return b
	}
	b = append(b, `,"`...)
	b = append(b, key...)
	b = append(b, `":`...)
	return appendQuoted(b, text)
}

func appendTexts(b []byte, key string, texts []string) []byte {
	if len(texts) == 0 {
		return b
	}
	b = append(b, `,"`...)
	b = append(b, key...)
	b = append(b, `":[`...)
	for i, t := range texts {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, t)
	}
	return append(b, ']')
}

func appendNumber(b []byte, key string, n uint64) []byte {
	if n == 0 {
		return b
	}
	b = append(b, `,"`...)
	b = append(b, key...)
	b = append(b, `":`...)
	return strconv.AppendUint(b, n, 10)
}

// appendQuoted writes s as a JSON string. Control characters are escaped, so
// that a record never breaks a line nor a terminal; invalid UTF-8 becomes U+FFFD.
func appendQuoted(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < ' ' || 0x7f <= r && r < 0xa0 || r == '\u2028' || r == '\u2029':
			b = append(b, '\\', 'u', hex[r>>12], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
