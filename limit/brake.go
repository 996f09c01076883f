package limit

import (
	"encoding/binary"
	"os"
	"time"

	"github.com/venv-guard/venv-guard/internal/state"
)

const (
	brakeSuffix = ".brake"
	// brakeMemory is how long a refusal is remembered.
	brakeMemory = time.Hour
	// brakeThings is how many different things are remembered of a session.
	brakeThings = 32
	brakeSize   = 16 // bytes of one of them
	// brakePatience is how long a refusal waits for other processes.
	brakePatience = 100 * time.Millisecond
)

// Refused notes that a thing was refused in a session, and returns how often that
// happened, this time included; a pause of an hour forgets it. The file
// has a fixed length and is written in place: what it says is advice, and if it
// is damaged the count is another.
func (s *Store) Refused(session, thing string) (int, error) {
	unlock, err := state.Lock(s.path(lockName), brakePatience)
	if err != nil {
		return 0, err
	}
	defer unlock()
	now := s.now()
	name := s.path(hashed("brake", session) + brakeSuffix)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	text := make([]byte, brakeThings*brakeSize)
	read, _ := f.ReadAt(text, 0)
	key := hashed(thing)[:8]
	slot, count, oldest := 0, uint32(0), int64(1)<<62
	for i := 0; i < len(text); i += brakeSize {
		b := text[i : i+brakeSize]
		last := int64(binary.LittleEndian.Uint32(b[12:]))
		if string(b[:8]) == key {
			slot, count = i, binary.LittleEndian.Uint32(b[8:])
			if pause := now.Wall/1e9 - last; pause < 0 || pause > int64(brakeMemory/time.Second) {
				count = 0
			}
			break
		}
		if last < oldest {
			slot, oldest = i, last
		}
	}
	b := append(text[slot:slot], key...)
	b = binary.LittleEndian.AppendUint32(b, count+1)
	binary.LittleEndian.AppendUint32(b, uint32(now.Wall/1e9))
	if read < len(text) {
		_, err = f.WriteAt(text, 0)
	} else {
		_, err = f.WriteAt(text[slot:slot+brakeSize], int64(slot))
	}
	if read == 0 {
		s.sweep(now)
	}
	return int(count) + 1, err
}
