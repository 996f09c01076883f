package hook

import "strings"

// Names of clients, as Call.Client has them.
const (
	claudeCode = "claude-code"
	codex      = "codex"
	gemini     = "gemini"
	copilot    = "copilot"
	cursor     = "cursor"
	openCode   = "opencode"
	windsurf   = "windsurf"
	cline      = "cline"
	droid      = "droid"
	kiro       = "kiro"
	vibe       = "vibe"
	kimi       = "kimi"
)

// Clients are the names that ParseClient knows.
const Clients = "claude, codex, gemini, copilot, cursor, opencode, windsurf, cline, droid, kiro, vibe, kimi"

// ParseClient returns the client that a name on a command line stands for, as
// Call.Client spells it.
func ParseClient(name string) (client string, ok bool) {
	switch name {
	case "claude", claudeCode:
		return claudeCode, true
	case codex, gemini, copilot, cursor, openCode, windsurf, cline, droid, kiro, vibe, kimi:
		return name, true
	}
	return "", false
}

// client tells which client sent an input in the common form: by what only it
// sends, then by what it is said to be, then by what is likely. That it is Claude
// Code decides whether Encode may ask, so a doubt speaks against it.
func (in *input) client(event, tool string) string {
	has := func(key string) bool { return in.top[key].kind != missing }
	transcript := in.top["transcript_path"].text
	switch {
	case has("cursor_version"), has("conversation_id"),
		event == "beforeShellExecution", event == "beforeMCPExecution", event == "beforeReadFile", event == "beforeTabFileRead":
		return cursor
	case event == "BeforeTool":
		return gemini
	case event == "tool.execute.before": // what clients/opencode sends
		return openCode
	case has("turn_id"):
		return codex
	case strings.Contains(transcript, ".factory"):
		return droid
	case in.named != "" && in.named != claudeCode:
		return in.named
	case tool == "Shell":
		return cursor
	case tool == "Execute":
		return droid
	case event == "preToolUse":
		return kiro
	case has("timestamp"): // of Copilot, under the name PreToolUse, and of VS Code, which also runs Claude Code's hooks
		if event == "PreToolUse" {
			return copilot
		}
		return ""
	case in.named != "":
		return in.named
	case !has("session_id"):
		return ""
	case tool == "Bash", tool == "PowerShell", tool == "Monitor",
		strings.Contains(transcript, ".claude"): // others have a Read and an Edit as well
		return claudeCode
	}
	return ""
}
