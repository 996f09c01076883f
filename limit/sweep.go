package limit

import (
	"os"
	"strings"
	"time"
)

const (
	// sweepEvery is how often files that no longer matter are looked for.
	sweepEvery = time.Hour
	sweptName  = "swept"
	// maxSwept bounds the files that one call removes.
	maxSwept = 500
)

func (s Stamp) time() time.Time { return time.Unix(0, s.Wall) }

// sweep removes the files of counters in which nothing counts any more. It is
// called when a new file is made, the only way in which they become more, and
// looks around once in an hour. What goes wrong is left for the next time.
func (s *Store) sweep(now Stamp) {
	mark := s.path(sweptName)
	if info, err := os.Stat(mark); err == nil {
		if age := now.time().Sub(info.ModTime()); age >= 0 && age < sweepEvery {
			return
		}
	}
	if os.WriteFile(mark, nil, 0o600) != nil || os.Chtimes(mark, now.time(), now.time()) != nil {
		return
	}
	entries, err := os.ReadDir(s.path(""))
	if err != nil {
		return
	}
	removed := 0
	for _, e := range entries {
		if removed == maxSwept {
			return
		}
		info, err := e.Info()
		if err != nil {
			continue
		}
		name := s.path(e.Name())
		age := now.time().Sub(info.ModTime())
		dead := false
		switch {
		case age < sweepEvery: // nor what seems to be of the future
		case strings.HasSuffix(e.Name(), suffix):
			// The file's time is a hint only: the wall clock may have been set.
			b, err := open(name, Counter{}, false)
			b.close()
			dead = err == nil && b.used(now) == 0
		case strings.HasSuffix(e.Name(), brakeSuffix):
			dead = age > brakeMemory
		case strings.HasSuffix(e.Name(), ".new"):
			dead = true // of a process that was killed
		}
		if dead && os.Remove(name) == nil {
			removed++
		}
	}
}
