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
	// and 1.0.102). Cursor and droid document one, which was not tried: what
	// does not ask lets the call run.
	return call.Client == claudeCode
}

// Encode tells the client of call what the answer is, and returns the exit
// status that the process must end with, 0 or 2.
func Encode(stdout, stderr io.Writer, call action.Call, ans action.Answer) (status int) {
	if ans.Verdict == action.Pass || ans.Verdict == action.Allow {
		goOn(stdout, call.Client)
		return statusGo
	}
	reason := ans.Reason
	if strings.TrimSpace(reason) == "" {
		reason = noReason
	}
	if ans.Verdict == action.Ask && ans.Ticket == "" {
		if CanAsk(call) { // if it cannot be written, "ask" means "go on"
			if _, err := stdout.Write(append(appendDecision(nil, "ask", quote(reason)), "}\n"...)); err == nil {
				return statusGo
			}
		}
		reason += "\n" + askHuman
	}
	// A failed write leaves nothing better to do than to exit with 2.
	stdout.Write(block(reason))
	stderr.Write(plain(reason))
	return statusBlock
}

// goOn tells a client that wants to be told something that it may go on. To no
// client this is an approval: it still asks its user where it would have.
func goOn(stdout io.Writer, client string) {
	switch client {
	case cursor: // takes no answer for a failure, which blocks with failClosed (cursor.com/docs/hooks, 2026)
		io.WriteString(stdout, "{}\n")
	case cline: // complains of no answer (hook-factory.ts, 2026)
		io.WriteString(stdout, `{"cancel":false}`+"\n")
	}
}

// block returns the object that blocks on every client, whichever it is: a
// refusal must not depend on an input that could not be read. Each finds its own
// form here and takes no harm from the others': Claude Code the first member, or
// in its oldest versions decision and reason, as Gemini does; Copilot the second
// and third; Cursor permission and the messages; Cline cancel and errorMessage,
// without which it takes the object for "go on" whatever the exit status is. Codex,
// Windsurf, droid and Kiro read the exit status and stderr.
func block(reason string) []byte {
	r := quote(reason)
	out := appendDecision(make([]byte, 0, 512+6*len(r)), "deny", r)
	for _, member := range [...]string{
		`"permissionDecision":"deny","permissionDecisionReason":`,
		`"decision":"block","reason":`,
		`"permission":"deny","user_message":`, `"agent_message":`,
		`"cancel":true,"errorMessage":`,
	} {
		out = append(out, ',')
		out = append(out, member...)
		out = append(out, r...)
	}
	return append(out, "}\n"...)
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
