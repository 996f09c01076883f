package action

// A Call is one tool call of an agent, as its client told it.
type Call struct {
	Client  string // "claude-code", …; "" when the client cannot be told from its input
	Event   string // "PreToolUse"; "" from clients that do not name it
	Session string
	Agent   string // "" for the main agent
	Tool    string // the tool's name as the client sent it

	// Shell says which language Command is in. It is ShellNone for tools that
	// run no shell text.
	Shell   Shell
	Command string
	Dir     string // the call's working directory, absolute; "" when not told
}

// A Shell is the language of a text that a tool would run.
type Shell uint8

const (
	ShellNone Shell = iota
	ShellPOSIX
	ShellPowerShell
)

// An Answer is what is told to the client about a Call.
type Answer struct {
	Verdict Verdict
	Reason  string // for the model; empty for Pass and Allow
}
