package hook

import (
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

const (
	maxInput = 16 << 20
	maxDrain = 1 << 30
)

// Decode reads a client's input to the end of r and returns the call that it
// tells of. Events other than PreToolUse give a Call with no action in it.
// Errors say what was wrong, where, and what to do.
func Decode(r io.Reader) (action.Call, error) {
	src, err := read(r)
	if err != nil {
		return action.Call{}, err
	}
	in := input{parser: parser{src: src}}
	v, err := in.parse()
	if err != nil {
		return action.Call{}, err
	}
	in.top = v.members
	call := in.call()
	if in.err != nil {
		return action.Call{}, in.err
	}
	return call, nil
}

func read(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err != nil {
		return "", fmt.Errorf("cannot read stdin: %w", err)
	}
	if len(b) > maxInput {
		// A client whose write fails, because nobody reads on, does not
		// wait for the exit status and lets the call run.
		io.Copy(io.Discard, io.LimitReader(r, maxDrain))
		return "", fmt.Errorf("input is longer than %d MiB; make the tool call smaller", maxInput>>20)
	}
	src := string(b)
	if strings.Trim(src, " \t\r\n\ufeff") == "" {
		return "", errors.New("stdin is empty; run this as a client's PreToolUse hook, which gets the tool call there as JSON")
	}
	return src, nil
}

// An input is a client's message.
type input struct {
	parser
	top map[string]value
	err error // the first
}

// call makes the Call of the message. It is worth nothing if in.err is set.
func (in *input) call() action.Call {
	top := in.top
	call := action.Call{
		Event:   in.string("hook_event_name", top["hook_event_name"]),
		Session: in.string("session_id", top["session_id"]),
		Tool:    in.string("tool_name", top["tool_name"]),
		Dir:     in.dir("cwd", top["cwd"]),
	}
	if top["agent_id"].kind != null { // as good as absent
		call.Agent = in.string("agent_id", top["agent_id"])
	}
	call.Client = in.client(call.Tool)
	switch call.Event {
	case "ConfigChange":
		call.Config = in.string("file_path", top["file_path"])
		fallthrough
	case "SessionStart":
		call.Source = in.string("source", top["source"])
	}

	// Cursor and Kiro write preToolUse; the oldest Claude Code nothing.
	if call.Event != "" && !strings.EqualFold(call.Event, "PreToolUse") {
		if call.Event == "BeforeTool" || call.Event == "beforeShellExecution" {
			in.fail(top["hook_event_name"], "event %s is not one this hook can judge; register it for PreToolUse", call.Event)
		}
		return call
	}

	tool := top["tool_input"]
	switch call.Tool {
	case "":
		in.fail(top["tool_name"], "tool call without a tool_name; the client must name the tool")
	case "Bash", "Shell", "Execute":
		call.Shell = action.ShellPOSIX
	case "PowerShell":
		call.Shell = action.ShellPowerShell
	case "Monitor": // Claude Code's background command, if it has one
		if tool.members["command"].kind != missing {
			call.Shell = action.ShellPOSIX
		}
	}
	if call.Shell == action.ShellNone {
		if tool.kind == object {
			call.Input = in.src[tool.pos:tool.end]
		}
		call.Files = in.files(call.Tool, call.Dir)
		return call
	}
	if tool.kind != object {
		in.fail(tool, "%s call without a command: tool_input must be an object, found %s", call.Tool, tool.kind)
	} else if tool.members["command"].kind == missing {
		in.fail(tool, `%s call without a command; tool_input must have the key "command"`, call.Tool)
	}
	call.Command = in.string("tool_input.command", tool.members["command"])
	if call.Tool == "Shell" {
		call.Dir = in.cursorDir(call.Dir)
	}
	return call
}

// client tells the client by the keys that only it sends. That it is Claude
// Code decides whether Encode may ask, so a doubt speaks against it.
func (in *input) client(tool string) string {
	has := func(key string) bool { return in.top[key].kind != missing }
	switch {
	case has("cursor_version"), tool == "Shell":
		return "cursor"
	case tool == "Execute":
		return "droid"
	case has("turn_id"):
		return "codex"
	case has("timestamp"), !has("session_id"): // Copilot sends a timestamp
		return ""
	case tool == "Bash", tool == "PowerShell", tool == "Monitor",
		strings.Contains(in.top["transcript_path"].text, ".claude"): // others have a Read and an Edit as well
		return "claude-code"
	}
	return ""
}

// cursorDir returns the directory of a call of Cursor's Shell tool, which names
// it in the tool's input if it is not cwd. Often neither is given, but the
// workspace is.
func (in *input) cursorDir(cwd string) string {
	tool := in.top["tool_input"]
	for _, key := range []string{"working_directory", "cwd"} {
		if v := tool.members[key]; v.kind != null {
			if dir := in.dir("tool_input."+key, v); dir != "" {
				return dir
			}
		}
	}
	if roots := in.top["workspace_roots"].list; cwd == "" && len(roots) == 1 && filepath.IsAbs(roots[0].text) {
		return roots[0].text
	}
	return cwd
}

// dir returns the directory that v names, or "" if it names none.
func (in *input) dir(name string, v value) string {
	dir := in.string(name, v)
	if dir != "" && !filepath.IsAbs(dir) && !path.IsAbs(dir) {
		in.fail(v, "%s must be an absolute path, found %.200q", name, dir)
	}
	return dir
}

// string returns the text of v, which must be a string, or "" if v is missing.
func (in *input) string(name string, v value) string {
	if v.kind != text && v.kind != missing {
		in.fail(v, "%s must be a string, found %s", name, v.kind)
	}
	return v.text
}

// fail notes what is wrong with v, or with the whole input if v is missing.
func (in *input) fail(v value, format string, args ...any) {
	if in.err == nil {
		in.err = in.errorf(v.pos, format, args...)
	}
}
