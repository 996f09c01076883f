package hook

import (
	"path/filepath"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// common reads the form that Claude Code has brought up: the tool's name and
// input at the top. Gemini, Codex, droid, Kiro, OpenCode's plugin and the events
// that Copilot spells as Claude Code does are in it, and most of Cursor's.
func (in *input) common() action.Call {
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
	call.Client = in.client(call.Event, call.Tool)
	if call.Client == cursor && call.Session == "" {
		call.Session = in.optional("conversation_id", top["conversation_id"])
	}
	switch call.Event {
	case "ConfigChange":
		call.Config = in.string("file_path", top["file_path"])
		fallthrough
	case "SessionStart":
		call.Source = in.string("source", top["source"])
	case "beforeShellExecution":
		return in.cursorShell(call)
	case "beforeReadFile", "beforeTabFileRead":
		return in.cursorRead(call)
	}
	if !isToolEvent(call.Event) {
		return call
	}
	in.open("tool_input", top["tool_input"])
	if call.Event == "beforeMCPExecution" && !strings.HasPrefix(call.Tool, "MCP:") {
		call.Tool = "MCP:" + call.Tool
	}
	in.use(&call)
	return call
}

// isToolEvent reports whether an event of the common form comes before a tool
// call: Cursor and Kiro write preToolUse, the oldest Claude Code nothing.
func isToolEvent(event string) bool {
	switch event {
	case "", "BeforeTool", "tool.execute.before", "beforeMCPExecution":
		return true
	}
	return strings.EqualFold(strings.ReplaceAll(event, "_", ""), "PreToolUse")
}

// cursorShell reads Cursor's beforeShellExecution (cursor.com/docs/hooks, 2026),
// whose command is no tool's input.
func (in *input) cursorShell(call action.Call) action.Call {
	command := in.top["command"]
	if command.kind == missing {
		in.fail(command, `beforeShellExecution without a command; the client must send the key "command"`)
	}
	call.Tool = or(call.Tool, "Shell")
	call.Shell = userShell()
	call.Command = in.string("command", command)
	call.Dir = in.workspace(call.Dir)
	return call
}

// cursorRead reads Cursor's beforeReadFile, which names a file and those that
// are attached to a message.
func (in *input) cursorRead(call action.Call) action.Call {
	call.Dir = in.workspace(call.Dir)
	call.Tool = or(call.Tool, "Read")
	add := func(name string, v value) {
		if p := in.optional(name, v); p != "" {
			call.Files = append(call.Files, action.FileUse{Op: action.FileRead, Path: absolute(p, call.Dir)})
		}
	}
	if in.top["file_path"].kind == missing {
		in.fail(value{}, `%s without a file; the client must send the key "file_path"`, call.Event)
	}
	add("file_path", in.top["file_path"])
	for _, a := range in.top["attachments"].list {
		add("attachments.file_path", a.members["file_path"])
		add("attachments.filePath", a.members["filePath"])
	}
	// The file's text, which the client sends along, is nothing that the
	// agent chose.
	path := append([]byte(`{"file_path":`), quote(in.top["file_path"].text)...)
	call.Input = string(append(path, '}'))
	return call
}

// workspace returns the directory of a call of Cursor or Cline. Often none is
// given, but the workspace is.
func (in *input) workspace(cwd string) string {
	for _, key := range []string{"workspace_roots", "workspaceRoots"} {
		if roots := in.top[key].list; cwd == "" && len(roots) == 1 && filepath.IsAbs(roots[0].text) {
			return roots[0].text
		}
	}
	return cwd
}

// copilot reads what Copilot CLI sends for the event preToolUse: toolArgs is an
// object (1.0.102, run), or a string of JSON (docs.github.com, 2025, and the
// coding agent).
func (in *input) copilot() action.Call {
	call := action.Call{
		Client:  copilot,
		Event:   "PreToolUse",
		Session: in.optional("sessionId", in.top["sessionId"]),
		Tool:    in.string("toolName", in.top["toolName"]),
		Dir:     in.dir("cwd", in.top["cwd"]),
	}
	if in.top["toolResult"].kind != missing {
		call.Event = "PostToolUse"
		return call
	}
	in.open("toolArgs", in.top["toolArgs"])
	in.use(&call)
	return call
}

// windsurf reads Cascade's hooks (docs.windsurf.com/windsurf/cascade/hooks,
// 2026), each of which tells of one kind of action.
func (in *input) windsurf() action.Call {
	call := action.Call{
		Client:  windsurf,
		Event:   in.string("agent_action_name", in.top["agent_action_name"]),
		Session: in.optional("trajectory_id", in.top["trajectory_id"]),
	}
	in.open("tool_info", in.top["tool_info"])
	info := in.tool.members
	switch call.Event {
	case "pre_run_command":
		call.Tool = "run_command"
		call.Shell = userShell()
		call.Dir = in.dir("tool_info.cwd", info["cwd"])
		if info["command_line"].kind == missing {
			in.fail(in.tool.value, `pre_run_command without a command; tool_info must have the key "command_line"`)
		}
		call.Command = in.string("tool_info.command_line", info["command_line"])
		return call
	case "pre_read_code":
		call.Tool = "Read"
	case "pre_write_code":
		call.Tool = "Edit"
	case "pre_mcp_tool_use":
		tool := in.string("tool_info.mcp_tool_name", info["mcp_tool_name"])
		if tool == "" {
			in.fail(in.tool.value, `pre_mcp_tool_use without a tool; tool_info must have the key "mcp_tool_name"`)
		}
		call.Tool = mcpName(in.string("tool_info.mcp_server_name", info["mcp_server_name"]), tool)
		in.open("tool_info.mcp_tool_arguments", info["mcp_tool_arguments"])
		call.Input = or(in.tool.text(), "{}")
		return call
	default:
		return call // prompts, and what comes after an action
	}
	if info["file_path"].kind == missing {
		in.fail(in.tool.value, `%s without a file; tool_info must have the key "file_path"`, call.Event)
	}
	in.use(&call)
	return call
}

// cline reads what Cline gives to a hook (docs.cline.bot, hook reference;
// cline/cline, src/core/hooks/hook-factory.ts, 2026), in which every parameter of
// a tool is a string.
func (in *input) cline() action.Call {
	call := action.Call{
		Client:  cline,
		Event:   in.string("hookName", in.top["hookName"]),
		Session: in.optional("taskId", in.top["taskId"]),
		Dir:     in.workspace(""),
	}
	use := in.top["preToolUse"]
	if use.kind == missing && call.Event != "PreToolUse" {
		return call
	}
	if use.kind != object {
		in.fail(use, "preToolUse must be an object, found %s", use.kind)
		return call
	}
	call.Tool = in.string("preToolUse.toolName", use.members["toolName"])
	in.open("preToolUse.parameters", use.members["parameters"])
	if call.Tool == "use_mcp_tool" {
		p := in.tool.members
		server, tool := in.string("server_name", p["server_name"]), in.string("tool_name", p["tool_name"])
		in.open("preToolUse.parameters.arguments", p["arguments"])
		call.Tool, call.Input = mcpName(server, tool), or(in.tool.text(), "{}")
		return call
	}
	in.use(&call)
	return call
}
