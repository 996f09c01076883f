package hook

import "io"

// Note tells the user, and the model by way of its context, what they should
// know at the start of a session. The form is Claude Code's, which Codex, Gemini
// CLI and Factory's droid took over; a session's start cannot be blocked.
func Note(stdout io.Writer, event, text string) {
	r := quote(text)
	out := append([]byte(`{"systemMessage":`), r...)
	out = append(out, `,"hookSpecificOutput":{"hookEventName":`...)
	out = append(out, quote(event)...)
	out = append(out, `,"additionalContext":`...)
	out = append(out, r...)
	out = append(out, "}}\n"...)
	stdout.Write(out) // it is a word of warning, and there is nobody else to tell
}
