// Package hook speaks the wire formats of coding agents' clients: it reads the
// JSON that a client gives to a hook before a tool call, and writes the answer
// that makes the client stop the call, ask its user, or go on.
//
// # Scope
//
// Decode knows what these clients send before a tool call, and tells them apart
// by it: Claude Code in all its versions, Codex, Gemini CLI, GitHub Copilot CLI,
// Cursor, OpenCode (by the plugin in clients/opencode), Windsurf, Cline, Factory's
// droid and Kiro; Mistral Vibe and Kimi where they are named. Tools of one meaning
// become one: shell text, files that are read or written, or a tool of an MCP
// server with its arguments. Keys that it does not know are ignored, and those
// that older clients lack are not missed. What it does read, it reads strictly:
// valid UTF-8, one JSON object and nothing after it, no key twice at any depth,
// keys equal byte for byte, types as they should be. A looser reader would take
// `{"command":"pip install x","COMMAND":"ls"}` for ls, while the client runs
// pip. The caller must answer an error with a Block: to clients, every exit
// status but 2 means "go on".
//
// Encode answers in the one form that blocks on every client and version tried:
// exit status 2, a JSON object on stdout in which each client finds what it
// understands, and plain text that cannot be taken for JSON on stderr.
//
// # What it never does
//
// It never approves a call: Pass and Allow print nothing that says more than "go
// on", since a printed "allow" would skip the client's own permission prompt. It never looks into
// the text of a command, knows no rules, keeps no state, and reads nothing but
// the reader it is given. It never shortens or rewrites a command.
//
// # Compatibility
//
// Inputs that Decode accepts stay accepted. Keys may be added to the answer's
// JSON only where every client ignores them.
package hook
