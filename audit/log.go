package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/venv-guard/venv-guard/internal/state"
)

const (
	currentName = "audit.jsonl"
	lockName    = "audit.lock"

	// defaultMaxFile is the length past which a file is closed, in bytes:
	// some 20,000 calls.
	defaultMaxFile = 16 << 20
	// patience is how long an append waits for other processes.
	patience = 2 * time.Second
	// tailSize is how much of the log's end is read first, in bytes.
	tailSize = 4 << 10
)

// zeroHash is what the first record names as the hash before it.
const zeroHash = "0000000000000000000000000000000000000000000000000000000000000000"

// A Log is the log of one state directory. Only Dir must be set.
type Log struct {
	Dir      string           // the state directory
	Sync     bool             // write to the disk itself before Append returns
	MaxFile  int64            // length past which a file is closed, in bytes; 0 for 16 MiB
	Patience time.Duration    // how long to wait for other processes; 0 for 2 s
	Now      func() time.Time // nil for time.Now
}

func (l *Log) now() time.Time {
	if l.Now != nil {
		return l.Now()
	}
	return time.Now()
}

func (l *Log) path(name string) string { return filepath.Join(l.Dir, name) }

func (l *Log) lock() (unlock func(), err error) {
	wait := l.Patience
	if wait == 0 {
		wait = patience
	}
	return state.Lock(l.path(lockName), wait)
}

// Append writes a record to the end of the log, giving it its number, time and
// previous hash. When it returns without an error the record is in the file;
// with Sync it is on the disk. What had to be mended on the way is told in
// notes, for the user.
func (l *Log) Append(r *Record) (notes []string, err error) {
	unlock, err := l.lock()
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	defer unlock()
	w, err := l.open()
	if err == nil {
		err = w.append(r)
	}
	if w != nil {
		notes = w.notes
		w.close()
	}
	if err != nil {
		return notes, fmt.Errorf("audit log: %w", err)
	}
	return notes, nil
}

// A writer is the log while its lock is held.
type writer struct {
	log   *Log
	f     *os.File
	size  int64
	seq   uint64 // of the last line
	prev  string // its hash
	last  []byte // the line itself; empty in a new file
	buf   []byte // lines that are not written yet
	notes []string
	now   time.Time
}

func (w *writer) close() {
	if w.f != nil {
		w.f.Close()
	}
}

// open reads the end of the log, and mends it where it is damaged.
func (l *Log) open() (*writer, error) {
	w := &writer{log: l, now: l.now(), prev: zeroHash}
	err := w.openFile()
	if err != nil || len(w.buf) > 0 { // what stood in its place was put aside
		return w, err
	}
	if w.size == 0 {
		return w, w.begin(Record{})
	}
	lost, err := w.readEnd()
	if err != nil {
		return w, err
	}
	switch {
	case w.last == nil:
		return w, w.putAside()
	case lost != nil:
		w.recover(lost)
	}
	return w, nil
}

func (w *writer) openFile() error {
	name := w.log.path(currentName)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		if info, e := os.Stat(name); e == nil && !info.Mode().IsRegular() {
			return w.putAside()
		}
		return err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	if !info.Mode().IsRegular() {
		f.Close()
		return w.putAside()
	}
	w.f, w.size = f, info.Size()
	return nil
}

// readEnd finds the last record. It returns the bytes after it, where there are
// any; w.last stays nil if the file holds no record at all.
func (w *writer) readEnd() (lost []byte, err error) {
	for n := int64(tailSize); ; n *= 8 {
		n = min(n, w.size)
		buf := make([]byte, n)
		if _, err := w.f.ReadAt(buf, w.size-n); err != nil {
			return nil, err
		}
		lost, complete, ok := w.lastRecord(buf, n == w.size)
		if ok || n == w.size {
			if !complete {
				w.buf = append(w.buf, '\n')
			}
			return lost, nil
		}
	}
}

// lastRecord looks for the last record in the end of the file, which is the
// whole of it if all is set. complete says that the file ends in a newline.
func (w *writer) lastRecord(buf []byte, all bool) (lost []byte, complete, ok bool) {
	text, complete := bytes.CutSuffix(buf, []byte("\n"))
	for end := len(text); ; {
		i := bytes.LastIndexByte(text[:end], '\n')
		if i < 0 && !all {
			return nil, complete, false
		}
		if seq, ok := lineSeq(text[i+1 : end]); ok {
			w.last, w.seq = text[i+1:end], seq
			w.prev = hash(w.last)
			if end < len(text) {
				lost = text[end+1:]
			}
			return lost, complete, true
		}
		if i < 0 {
			return text, complete, false
		}
		end = i
	}
}

// recover closes what was torn: the bytes stay, and the next line says that they
// are no record.
func (w *writer) recover(lost []byte) {
	w.add(&Record{Kind: KindRecovery, Bytes: int64(len(lost)), SHA256: hash(lost)})
	w.notes = append(w.notes, fmt.Sprintf("the audit log ended in %d bytes that are no record, as a power cut leaves them; record %d tells of them", len(lost), w.seq))
}

// putAside gives a file that holds no record another name and begins a new one.
func (w *writer) putAside() error {
	w.close()
	w.f, w.buf = nil, nil
	name := w.log.path(currentName)
	link := Record{}
	if f, err := os.Open(name); err == nil {
		sum := sha256.New()
		if n, err := io.Copy(sum, io.LimitReader(f, 1<<30)); err == nil {
			link.Bytes, link.SHA256 = n, hex.EncodeToString(sum.Sum(nil))
		}
		f.Close()
	}
	aside, err := state.Aside(name, w.now)
	if err != nil {
		return err
	}
	link.Aside = filepath.Base(aside)
	w.notes = append(w.notes, fmt.Sprintf("the audit log held no record and was put aside as %s", aside))
	if err := w.openFile(); err != nil {
		return err
	}
	return w.begin(link)
}

// begin writes the first line of a new file, which links it to the one before.
func (w *writer) begin(link Record) error {
	old, err := rotated(w.log.Dir)
	if err != nil {
		return err
	}
	if len(old) > 0 && w.seq == 0 {
		// The process that renamed it did not come to begin the new one.
		if err := w.readOld(old[len(old)-1]); err != nil {
			return err
		}
	}
	link.Kind, link.Last = KindFile, w.seq
	if len(old) > 0 {
		link.File = old[len(old)-1]
	}
	w.add(&link)
	return nil
}

// readOld takes number and hash from the end of a closed file.
func (w *writer) readOld(name string) error {
	f, err := os.Open(w.log.path(name))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	o := writer{log: w.log, f: f, size: info.Size()}
	if o.size > 0 {
		if _, err := o.readEnd(); err != nil {
			return err
		}
	}
	if o.last == nil {
		w.notes = append(w.notes, fmt.Sprintf("%s holds no record; the audit log begins anew", f.Name()))
		return nil
	}
	w.seq, w.prev = o.seq, o.prev
	return nil
}

// add puts a record after those before it. It is written by flush.
func (w *writer) add(r *Record) {
	r.Seq, r.Prev = w.seq+1, w.prev
	if r.Time.IsZero() {
		r.Time = w.now
	}
	start := len(w.buf)
	w.buf = r.appendLine(w.buf)
	w.took(w.buf[start : len(w.buf)-1])
}

// took notes that line is the last.
func (w *writer) took(line []byte) {
	w.seq++
	w.prev, w.last = hash(line), line
}

// append writes a record, with a seal before it when one is due, and closes the
// file when it is long enough.
func (w *writer) append(r *Record) error {
	limit := w.log.MaxFile
	if limit == 0 {
		limit = defaultMaxFile
	}
	full := w.size >= limit
	if err := w.seal(full); err != nil {
		return err
	}
	if full {
		if err := w.rotate(); err != nil {
			return err
		}
	}
	w.add(r)
	return w.flush()
}

// flush writes the lines that were added, all or, as far as the disk lets it,
// none of them.
func (w *writer) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	n, err := w.f.Write(w.buf)
	if err == nil && w.log.Sync {
		err = w.f.Sync()
	}
	if err != nil {
		// If the file cannot be cut either, the next append recovers.
		w.f.Truncate(w.size)
		return err
	}
	w.size += int64(n)
	w.buf = w.buf[:0:0]
	return nil
}

// rotate closes the file and begins the next.
func (w *writer) rotate() error {
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.f.Sync(); err != nil {
		return err
	}
	w.close() // Windows renames no open files
	w.f = nil
	if err := os.Rename(w.log.path(currentName), w.log.path(rotatedName(w.seq))); err != nil {
		return err
	}
	if err := w.openFile(); err != nil {
		return err
	}
	return w.begin(Record{})
}

func rotatedName(last uint64) string { return fmt.Sprintf("audit-%012d.jsonl", last) }

// rotated returns the names of the closed files, the oldest first.
func rotated(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir) // sorted by name
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if ok, _ := filepath.Match("audit-[0-9]*.jsonl", e.Name()); ok {
			names = append(names, e.Name())
		}
	}
	return names, err
}

func hash(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}
