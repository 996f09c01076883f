package action

// A Verdict is the guard's answer to one action or one call. Verdicts are
// ordered: the worst of all findings wins.
type Verdict uint8

const (
	Pass  Verdict = iota // no opinion: none of the guard's business
	Allow                // known, and changes only the project
	Ask                  // could be harmful and cannot be decided here: a human should
	Block                // would change something global, publish, or cannot be judged safely
)

// String returns the verdict in the spelling used everywhere a user sees it.
func (v Verdict) String() string {
	switch v {
	case Pass:
		return "PASS"
	case Allow:
		return "ALLOW"
	case Ask:
		return "ASK"
	}
	return "BLOCK"
}

// Worst returns the stricter of two verdicts. It is the only place where
// verdicts are joined.
func Worst(a, b Verdict) Verdict { return max(a, b) }
