package limit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/venv-guard/venv-guard/internal/state"
)

// slack is how many records more than twice what it needs a file holds before
// it is written anew.
const slack = 64

// A book is a counter's file while it is used.
type book struct {
	ledger
	name  string
	f     *os.File // nil if there is none, or none that can be used
	size  int64    // its length, in bytes
	stale bool     // it must be written anew
	clean func(string) string
}

func (b *book) close() {
	if b.f != nil {
		b.f.Close()
		b.f = nil
	}
}

// open reads what a counter holds. The error is errDamaged if the file cannot be
// one, and fs.ErrNotExist if there is none; the book can be used all the same.
func open(name string, c Counter, write bool) (*book, error) {
	b := &book{ledger: ledger{Counter: c}, name: name, stale: true}
	flag := os.O_RDONLY
	if write {
		flag = os.O_RDWR
	}
	f, err := os.OpenFile(name, flag|syscall.O_NONBLOCK, 0) // not to wait at a pipe
	if err != nil {
		if info, e := os.Lstat(name); e == nil && !info.Mode().IsRegular() {
			err = errDamaged
		}
		return b, err
	}
	b.f = f
	if err := b.read(); err != nil {
		b.close()
		return b, err
	}
	return b, nil
}

// read reads the head and the records that matter.
func (b *book) read() error {
	info, err := b.f.Stat()
	if err != nil {
		return err
	}
	b.size = info.Size()
	if !info.Mode().IsRegular() || b.size < headSize || (b.size-headSize)%recordSize != 0 {
		return errDamaged
	}
	text := make([]byte, headSize)
	if _, err := b.f.ReadAt(text, 0); err != nil {
		return err
	}
	c, err := parseHead(text)
	if err != nil {
		return err
	}
	if b.Max == 0 { // nobody said what counter it is
		b.Counter = c
	}
	count := int((b.size - headSize) / recordSize)
	need := min(count, b.Max)
	b.stale = c.Window != b.Window || c.Max != b.Max || c.Allowed != b.Allowed || count >= 2*b.Max+slack
	text = make([]byte, need*recordSize)
	if _, err := b.f.ReadAt(text, b.size-int64(len(text))); err != nil {
		return err
	}
	b.records = make([]record, need)
	for i := range b.records {
		if b.records[i], err = decode(text[i*recordSize : (i+1)*recordSize]); err != nil {
			return err
		}
	}
	b.keep()
	return nil
}

// add counts n more and writes that down.
func (b *book) add(n int, now Stamp) error {
	r := record{now, min(n, b.Max)}
	b.stale = b.mend(now) || b.stale
	b.records = append(b.records, r)
	b.keep()
	if b.stale {
		return b.rewrite()
	}
	line := r.encode(nil)
	if wrote, err := b.f.WriteAt(line, b.size); err != nil {
		if wrote > 0 {
			b.f.Truncate(b.size) // if that fails too, the file is damaged
		}
		return err
	}
	b.size += recordSize
	return nil
}

// rewrite writes the file anew.
func (b *book) rewrite() error {
	text := b.head(b.clean)
	for _, r := range b.records {
		text = r.encode(text)
	}
	b.close()
	return state.Rewrite(b.name, text)
}

// fill puts a damaged file aside and counts the counter as full from now on.
func (b *book) fill(now Stamp) (note string, err error) {
	b.close()
	aside, err := state.Aside(b.name, now.time())
	if err != nil {
		return "", err
	}
	b.records, b.stale = []record{{now, b.Max}}, true
	return fmt.Sprintf("the counter %s was damaged, as a power cut may leave it; its file was put aside as %s, and it counts as full", b.Name, aside), nil
}

// missing reports whether an error says that a file or its directory is not
// there.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
