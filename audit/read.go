package audit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// A snapshot is the log as it is at one moment: what others append or rename
// while it is read does not show.
type snapshot struct {
	files   []snapshotFile
	sealer  *sealer
	sealErr error
}

type snapshotFile struct {
	name string
	f    *os.File
	size int64
}

// snapshot opens all files of the log, the oldest first. A log that may be read
// but not locked is read all the same.
func (l *Log) snapshot() (*snapshot, error) {
	if unlock, err := l.lockToRead(); err == nil {
		defer unlock()
	} else if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, errReadOnly) {
		return nil, err
	}
	names, err := rotated(l.Dir)
	if err != nil {
		return nil, err
	}
	s := &snapshot{}
	for _, name := range append(names, currentName) {
		f, err := os.Open(l.path(name))
		if errors.Is(err, fs.ErrNotExist) && name == currentName {
			break
		}
		if err != nil {
			s.close()
			return nil, err
		}
		info, err := f.Stat()
		if err == nil && !info.Mode().IsRegular() {
			err = fmt.Errorf("%s is no regular file", f.Name())
		}
		if err != nil {
			f.Close()
			s.close()
			return nil, err
		}
		s.files = append(s.files, snapshotFile{name, f, info.Size()})
	}
	s.sealer, s.sealErr = l.readSealer()
	return s, nil
}

// lockToRead takes the lock if there is a log at all: reading makes no files.
func (l *Log) lockToRead() (unlock func(), err error) {
	if _, err := os.Stat(l.path(lockName)); errors.Is(err, fs.ErrNotExist) {
		return func() {}, nil
	}
	return l.lock()
}

func (s *snapshot) close() {
	for _, f := range s.files {
		f.f.Close()
	}
}

// A line is one of the log's, without its newline.
type line struct {
	file   int // index of the file
	number int // in the file, from 1
	text   []byte
	whole  bool // it ends in a newline
}

// lines calls f for each line until it returns false. The text is valid until
// then.
func (s *snapshot) lines(f func(line) bool) error {
	for i, file := range s.files {
		r := bufio.NewReaderSize(io.NewSectionReader(file.f, 0, file.size), 1<<16)
		for n := 1; ; n++ {
			text, err := r.ReadSlice('\n')
			if err == bufio.ErrBufferFull {
				text = append([]byte(nil), text...)
				var rest []byte
				rest, err = r.ReadBytes('\n')
				text = append(text, rest...)
			}
			if err != nil && err != io.EOF {
				return fmt.Errorf("%s: %w", file.name, err)
			}
			whole := err == nil
			if whole {
				text = text[:len(text)-1]
			}
			if len(text) > 0 || whole {
				if !f(line{i, n, text, whole}) {
					return nil
				}
			}
			if err == io.EOF {
				break
			}
		}
	}
	return nil
}

// Records calls f for each record of the log, the oldest first, until it returns
// false. Lines that are no records are left out: Verify tells of them.
func (l *Log) Records(f func(Record) bool) error {
	s, err := l.snapshot()
	if err != nil {
		return err
	}
	defer s.close()
	return s.lines(func(ln line) bool {
		r, err := Parse(ln.text)
		return err != nil || f(r)
	})
}

// Follow calls f for each record that is appended from now on, until it returns
// false. It looks every interval.
func (l *Log) Follow(interval time.Duration, f func(Record) bool) error {
	var seen uint64
	if err := l.Records(func(r Record) bool { seen = r.Seq; return true }); err != nil {
		return err
	}
	var before fs.FileInfo
	for ; ; time.Sleep(interval) {
		info, err := os.Stat(l.path(currentName))
		if err != nil || before != nil && os.SameFile(info, before) && info.Size() == before.Size() {
			continue
		}
		before = info
		on := true
		err = l.Records(func(r Record) bool {
			if r.Seq > seen {
				seen, on = r.Seq, f(r)
			}
			return on
		})
		if !on || err != nil {
			return err
		}
	}
}
