package setup

import "fmt"

// A Level says how a check came out.
type Level uint8

const (
	Good Level = iota
	Note       // it works, but could be better, or cannot be told
	Bad        // the guard does not guard there
)

// A Finding is the outcome of one check.
type Finding struct {
	Level Level
	Topic string // what was looked at, in a word or two
	Text  string
	Mend  string // what to do, where there is something
}

// A list collects findings about one topic.
type list struct {
	topic    string
	findings []Finding
}

func (l *list) add(level Level, mend, format string, args ...any) {
	l.findings = append(l.findings, Finding{level, l.topic, fmt.Sprintf(format, args...), mend})
}

func (l *list) good(format string, args ...any) { l.add(Good, "", format, args...) }

// worse reports whether any finding is at least of a level.
func (l *list) worse(level Level) bool {
	for _, f := range l.findings {
		if f.Level >= level {
			return true
		}
	}
	return false
}
