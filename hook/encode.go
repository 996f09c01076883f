package hook

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/venv-guard/venv-guard/action"
)

// Exit statuses, as clients read them.
const (
	statusGo    = 0
	statusBlock = 2
)

const (
	noReason = "blocked without a stated reason; do not try to get round this, tell the user"
	askHuman = "A human must decide this: do not retry, ask the user to run the command."
)

// CanAsk reports whether Encode makes the client of call ask its user. To other
// clients, whose users are to be asked some other way, Encode answers an Ask with
// a block.
func CanAsk(call action.Call) bool {
	// Codex, Gemini and Copilot take an "ask" for "go on" (seen in 0.169, 0.61
	// and 1.0.102).
	return call.Client == "claude-code"
}

// Encode tells the client of call what the answer is, and returns the exit
// status that the process must end with, 0 or 2.
func Encode(stdout, stderr io.Writer, call action.Call, ans action.Answer) (status int) {
	if ans.Verdict == action.Pass || ans.Verdict == action.Allow {
		return statusGo
	}
	reason := ans.Reason
	if strings.TrimSpace(reason) == "" {
		reason = noReason
	}
	if ans.Verdict == action.Ask {
		if CanAsk(call) { // if it cannot be written, "ask" means "go on"
			if _, err := stdout.Write(append(appendDecision(nil, "ask", quote(reason)), "}\n"...)); err == nil {
				return statusGo
			}
		}
		reason += "\n" + askHuman
	}

	// Each client finds its own form here and takes no harm from the others':
	// Claude Code the first member, or in its oldest versions the last two,
	// as Gemini does; Copilot the second and third. Codex reads stderr only.
	r := quote(reason)
	out := appendDecision(make([]byte, 0, 256+3*len(r)), "deny", r)
	out = append(out, `,"permissionDecision":"deny","permissionDecisionReason":`...)
	out = append(out, r...)
	out = append(out, `,"decision":"block","reason":`...)
	out = append(out, r...)
	out = append(out, "}\n"...)
	// A failed write leaves nothing better to do than to exit with 2.
	stdout.Write(out)
	stderr.Write(plain(reason))
	return statusBlock
}

// appendDecision opens an object whose first member is Claude Code's decision.
// The reason is quoted.
func appendDecision(out []byte, decision string, reason []byte) []byte {
	out = append(out, `{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"`...)
	out = append(out, decision...)
	out = append(out, `","permissionDecisionReason":`...)
	out = append(out, reason...)
	return append(out, '}')
}

// quote returns s as a JSON string, readable as far as JSON lets it be: nothing
// is escaped for HTML's sake. Invalid UTF-8 becomes U+FFFD.
func quote(s string) []byte {
	const hex = "0123456789abcdef"
	out := append(make([]byte, 0, len(s)+16), '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r == '\n':
			out = append(out, `\n`...)
		case r == '\t':
			out = append(out, `\t`...)
		case r < ' ' || r == 0x7f:
			out = append(out, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		case r == '\u2028' || r == '\u2029': // line ends to old JavaScript
			out = append(out, `\u202`...)
			out = append(out, hex[r&15])
		default:
			out = utf8.AppendRune(out, r)
		}
	}
	return append(out, '"')
}

// plain returns s for stderr. The prefix keeps it from being JSON, which some
// clients would parse in place of the exit status. Control characters, which
// could come from the command and reach a terminal, become U+FFFD.
func plain(s string) []byte {
	return []byte("venv-guard: " + strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || 0x7f <= r && r < 0xa0 {
			return utf8.RuneError
		}
		return r
	}, s) + "\n")
}
