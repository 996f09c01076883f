package audit

import (
	"fmt"
	"strconv"
	"strings"
)

// A Checkpoint is the log's length and what it ends with at one time. Kept where
// nobody who can write the log can change it, it proves that the log still begins
// as it did.
type Checkpoint struct {
	Seq  uint64 // number of the last record
	Hash string // of its line
}

// trailer is the key of a checkpoint's line, which has the form of a commit's
// trailer (git-interpret-trailers(1)).
const trailer = "Venv-Guard-Audit"

// String returns the line to keep, without a newline.
func (c Checkpoint) String() string { return fmt.Sprintf("%s: %d sha256:%s", trailer, c.Seq, c.Hash) }

// ParseCheckpoints finds all checkpoints of a text, such as the messages of a
// history of commits. Without any it is an error.
func ParseCheckpoints(text string) ([]Checkpoint, error) {
	var list []Checkpoint
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), trailer+":")
		if !ok {
			continue
		}
		number, sum, _ := strings.Cut(strings.TrimSpace(rest), " ")
		seq, err := strconv.ParseUint(number, 10, 64)
		sum, ok = strings.CutPrefix(strings.TrimSpace(sum), "sha256:")
		if err != nil || !ok || !isHash(sum) {
			return nil, fmt.Errorf("this is no checkpoint: %.200q", strings.TrimSpace(line))
		}
		list = append(list, Checkpoint{seq, sum})
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("there is no checkpoint: no line begins with %q", trailer+":")
	}
	return list, nil
}

// Checkpoint returns the state of the log now. The zero value stands for a log
// without records.
func (l *Log) Checkpoint() (Checkpoint, error) {
	s, err := l.snapshot()
	if err != nil {
		return Checkpoint{}, err
	}
	defer s.close()
	var c Checkpoint
	err = s.lines(func(ln line) bool {
		if seq, ok := lineSeq(ln.text); ok {
			c = Checkpoint{seq, hash(ln.text)}
		}
		return true
	})
	return c, err
}
