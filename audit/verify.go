package audit

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
)

// maxFaults bounds the faults that are told.
const maxFaults = 20

// A Verification is what Verify found.
type Verification struct {
	Records uint64
	Files   int
	Head    Checkpoint // of the last record
	Seals   int        // that were checked
	Sealed  uint64     // number of the last record that a checked seal covers
	Notes   []string   // what is no fault, and worth knowing
	Faults  []Fault
	More    int // faults that are not told
}

// A Fault is a place where the log is not what it was.
type Fault struct {
	File string
	Line int    // from 1; 0 for the file as a whole
	Seq  uint64 // number of the record, or of the last one before
	Text string
}

func (f Fault) String() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s", f.File, f.Text)
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text)
}

// Verify reads the whole log and checks that each record follows from the one
// before; that it agrees with the checkpoints; and with a key, its seals.
func (l *Log) Verify(against []Checkpoint, key *Key) (*Verification, error) {
	s, err := l.snapshot()
	if err != nil {
		return nil, err
	}
	defer s.close()
	v := &verifier{snapshot: s, prev: zeroHash, want: map[uint64]string{}}
	if key != nil {
		v.first = *key
		v.keyed = true
	}
	for _, c := range against {
		if old, ok := v.want[c.Seq]; ok && old != c.Hash {
			v.fault(line{}, "two checkpoints of record %d differ", c.Seq)
		}
		v.want[c.Seq] = c.Hash
	}
	v.Files = len(s.files)
	if err := s.lines(func(ln line) bool { v.line(ln); return true }); err != nil {
		return nil, err
	}
	v.end(l)
	return &v.Verification, nil
}

type verifier struct {
	Verification
	*snapshot
	prev string // hash of the last record
	seq  uint64 // its number
	file int    // index of the file that is being read
	want map[uint64]string

	lost  []byte // lines since the last record, with their newlines
	lostX line   // the first of them

	first  Key // sealing
	keyed  bool
	state  keyState
	key    Key
	before Key // the key that made the last seal
	epoch  uint64
	lastOK bool // the last record is a seal of ours
}

type keyState uint8

const (
	keyUnseen  keyState = iota // its record has not come yet
	keyActive                  // seals are ours
	keyRetired                 // another took its place
	keyBroken                  // a seal was wrong: nothing more can be said
)

func (v *verifier) fault(ln line, format string, args ...any) {
	if len(v.Faults) >= maxFaults {
		v.More++
		return
	}
	f := Fault{File: currentName, Line: ln.number, Seq: v.seq, Text: fmt.Sprintf(format, args...)}
	if ln.number > 0 {
		f.File = v.files[ln.file].name
	}
	v.Faults = append(v.Faults, f)
}

func (v *verifier) note(format string, args ...any) {
	v.Notes = append(v.Notes, fmt.Sprintf(format, args...))
}

// line takes the next line.
func (v *verifier) line(ln line) {
	r, err := Parse(ln.text)
	if err != nil {
		if v.lost == nil {
			v.lostX = line{file: ln.file, number: ln.number}
			v.lost = []byte{}
		}
		v.lost = append(v.lost, ln.text...)
		if ln.whole {
			v.lost = append(v.lost, '\n')
		}
		return
	}
	v.closeLost(&r, ln)
	if !ln.whole {
		v.note("record %d lacks its newline; the next append adds it", r.Seq)
	}
	v.Records++
	v.chain(&r, ln)
	if ln.number == 1 || r.Kind == KindFile {
		v.link(&r, ln)
	}
	if sum, ok := v.want[r.Seq]; ok {
		if sum != r.Hash {
			v.fault(ln, "record %d is not the one that the checkpoint tells of", r.Seq)
		}
		delete(v.want, r.Seq)
	}
	v.seal(&r, ln)
	v.seq, v.prev, v.file = r.Seq, r.Hash, ln.file
	v.Head = Checkpoint{r.Seq, r.Hash}
}

// closeLost looks whether the record tells of the lines before it that are none.
func (v *verifier) closeLost(r *Record, ln line) {
	if v.lost == nil {
		if r.Kind == KindRecovery {
			v.lost = []byte{}
			v.lostX = ln
		} else {
			return
		}
	}
	lost := bytes.TrimSuffix(v.lost, []byte("\n"))
	switch {
	case r.Kind == KindRecovery && r.SHA256 == hash(lost) && r.Bytes == int64(len(lost)):
		v.note("%s:%d: %d bytes that are no record, as a power cut leaves them; record %d tells of them", v.files[v.lostX.file].name, v.lostX.number, len(lost), r.Seq)
	case r.Kind == KindRecovery:
		v.fault(v.lostX, "what stands before record %d is not what the record tells of (%d bytes); it was changed or removed", r.Seq, r.Bytes)
	default:
		v.fault(v.lostX, "after record %d: %d bytes that are no record, and no recovery that tells of them", v.seq, len(lost))
	}
	v.lost = nil
}

// chain checks that a record follows from the one before.
func (v *verifier) chain(r *Record, ln line) {
	switch {
	case v.Records == 1 && r.Seq != 1:
		if r.Kind == KindFile && r.Last+1 == r.Seq {
			return // link tells of it
		}
		v.fault(ln, "the log begins with record %d; the ones before were removed", r.Seq)
	case r.Seq > v.seq+2:
		v.fault(ln, "records %d to %d are missing", v.seq+1, r.Seq-1)
	case r.Seq == v.seq+2:
		v.fault(ln, "record %d is missing", v.seq+1)
	case r.Seq <= v.seq:
		v.fault(ln, "record %d comes after record %d; records were inserted or moved", r.Seq, v.seq)
	case r.Prev != v.prev && v.Records == 1:
		v.fault(ln, "the first record tells of another before it")
	case r.Prev != v.prev:
		v.fault(ln, "record %d does not follow from record %d as it stands; one of them was changed", r.Seq, v.seq)
	}
}

// link checks the first record of a file.
func (v *verifier) link(r *Record, ln line) {
	before := ""
	if ln.file > 0 {
		before = v.files[ln.file-1].name
	}
	switch {
	case ln.number != 1:
		v.fault(ln, "record %d begins a file, but does not stand at its begin", r.Seq)
	case r.Kind != KindFile:
		v.fault(ln, "the file begins with record %d; its first lines were removed", r.Seq)
	case r.File != before && r.File != "":
		v.fault(ln, "the file before it, %s with the records up to %d, is missing", r.File, r.Last)
	case r.File != before:
		v.fault(ln, "%s stands before it, which the log does not know", before)
	case r.Last+1 != r.Seq:
		v.fault(ln, "record %d names %d as the last one of the file before", r.Seq, r.Last)
	}
	if r.Aside != "" {
		v.fault(ln, "the log before record %d held no record (%d bytes) and was put aside as %s; what it told is lost to the chain", r.Seq, r.Bytes, filepath.Base(r.Aside))
	}
}

// seal follows the keys.
func (v *verifier) seal(r *Record, ln line) {
	ours := v.lastOK
	v.lastOK = false
	if !v.keyed || v.state == keyBroken {
		return
	}
	switch {
	case r.Kind == KindKey && v.state == keyUnseen && r.KeyID == v.first.id():
		v.state, v.epoch, v.key = keyActive, 1, v.first.next(ln.text)
		v.note("sealed with this key from record %d on", r.Seq)
	case r.Kind == KindKey && v.state == keyActive:
		if !ours {
			v.fault(ln, "record %d begins sealing with another key, and no seal of this one retires it", r.Seq)
			v.state = keyBroken
			return
		}
		v.state = keyRetired
		v.note("from record %d on the seals are of another key; run verify with that one as well", r.Seq)
	case r.Kind == KindSeal && r.KeyID == v.first.id() && (v.state == keyActive || v.state == keyRetired):
		if r.Epoch != v.epoch || r.MAC != v.key.mac(ln.text) {
			v.fault(ln, "the seal in record %d does not fit what stands before it; something since record %d was changed", r.Seq, v.Sealed)
			v.state = keyBroken
			return
		}
		v.before, v.key = v.key, v.key.next(ln.text)
		v.state = keyActive
		v.epoch++
		v.Seals++
		v.Sealed = r.Seq
		v.lastOK = true
	case r.Kind == KindSeal && v.state == keyActive:
		v.fault(ln, "the seal in record %d is of another key", r.Seq)
		v.state = keyBroken
	}
}

// end checks what the end of the log tells.
func (v *verifier) end(l *Log) {
	if v.lost != nil {
		v.fault(v.lostX, "after record %d: %d bytes that are no whole record; if it was a power cut, the next append will mend it", v.seq, len(v.lost))
	}
	// In the order of the log, for a report that is the same each time.
	for _, seq := range slices.Sorted(maps.Keys(v.want)) {
		if seq > v.seq {
			v.fault(line{}, "the log ends with record %d, but a checkpoint tells of record %d; the end was cut off", v.seq, seq)
		} else {
			v.fault(line{}, "record %d, which a checkpoint tells of, is not in the log", seq)
		}
	}
	if !v.keyed || v.state == keyBroken || v.state == keyRetired {
		return
	}
	switch {
	case v.state == keyUnseen:
		v.fault(line{}, "no record tells of this key; the log is not the one that was sealed with it")
	case v.sealErr != nil:
		v.fault(line{}, "%v", v.sealErr)
	case v.sealer == nil:
		v.fault(line{}, "%s is missing: records are not sealed any more, and what was cut off after record %d would not be seen", l.path(keyName), v.Sealed)
	case v.sealer.key != v.key && (!v.lastOK || v.sealer.key != v.before):
		v.fault(line{}, "the key in %s does not follow from the last seal; sealed records were cut off after record %d", l.path(keyName), v.Sealed)
	}
	if n := v.seq - v.Sealed; n > 0 && v.state == keyActive {
		v.note("%d records since the last seal are not sealed yet", n)
	}
}
