package limit

import "time"

// A Stamp is a point in time by the machine's clocks.
type Stamp struct {
	Wall int64  // nanoseconds since 1970
	Mono int64  // nanoseconds since the machine was started, sleep included
	Boot uint64 // which start that was; 0 where the system does not tell
}

// Now returns the time by the machine's clocks.
func Now() Stamp {
	s := Stamp{Wall: time.Now().UnixNano()}
	s.Mono, s.Boot = sinceBoot()
	return s
}

// since returns how long t lies before s. It is below 0 if the wall clock, which
// had to be asked, was set back.
func (s Stamp) since(t Stamp) time.Duration {
	if s.Boot == t.Boot && s.Boot != 0 {
		return max(0, time.Duration(s.Mono-t.Mono))
	}
	return time.Duration(s.Wall - t.Wall)
}
