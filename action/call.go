package action

// A Call is one tool call of an agent, as its client told it.
type Call struct {
	Client  string // "claude-code", "codex", "gemini", …; "" when the client cannot be told from its input
	Event   string // "PreToolUse", or what the client calls it; "" from clients that do not name it
	Session string
	Agent   string // "" for the main agent
	Source  string // of other events: what started (SessionStart) or changed (ConfigChange)
	Config  string // of ConfigChange: the settings file that changed
	// Tool is the tool's name as the client sent it. Those of MCP servers are
	// spelled mcp__SERVER__TOOL, or mcp_SERVER_TOOL where the client does not
	// tell where the server's name ends, or nothing of it.
	Tool string

	// Shell says which language Command is in. It is ShellNone for tools that
	// run no shell text.
	Shell   Shell
	Command string
	Dir     string // the call's working directory, absolute; "" when not told
	// Typed says that the agent can type into what the call leaves running, and
	// that no hook is told of it.
	Typed bool

	// Files are what a file tool (Read, Edit, Grep, …) would read or write.
	Files []FileUse
	// Blocks are what an executor would run, one after another as long as
	// they succeed.
	Blocks []CodeBlock
	// Input is the tool's whole input, a JSON object, of tools that run no
	// shell text. It has no duplicate keys.
	Input string
}

// A CodeBlock is a text that an executor saves as a file in the call's directory and
// runs as a process of its own.
type CodeBlock struct {
	Language string // as the executor has it: "python", "sh", "JavaScript", …
	Code     string
	// File is the name that it is saved under, absolute or relative to the
	// call's directory, where the agent chose it; "" for a scratch file.
	File string
	// Interpreter is the program that runs it, as a word of its own; "" for
	// the language's usual one.
	Interpreter string
	Saved       bool // saved, and not run
	Stands      bool // it stands in File already: to save it is no act
}

// A FileUse is a file.read or file.write action of a client's own file tool.
type FileUse struct {
	Op   FileOp
	Path string // as the client sent it, or made absolute by its working directory
	// Glob narrows a search to files of such a name; "" for all below Path.
	Glob string
	// Text is what is written: a whole file, or what takes the place of Old.
	Text string
	Old  string
	All  bool // every Old is replaced, not only the first
}

// A FileOp is what is done to a file.
type FileOp uint8

const (
	FileRead   FileOp = iota // its text reaches the model
	FileSearch               // lines of all files at or below Path do
	FileList                 // names do
	FileWrite                // it is made or replaced
	FileEdit                 // a part of it is replaced
)

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
	// Ticket, of an Ask, is where a human answers it: the client is not to ask,
	// and the call must not be made before.
	Ticket string
}
