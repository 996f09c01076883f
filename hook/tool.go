package hook

import (
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// use fills in what a tool would do: run shell text, touch files, or whatever
// else its input says.
func (in *input) use(call *action.Call) {
	if call.Tool == "" {
		in.fail(in.top["tool_name"], "tool call without a tool_name; the client must name the tool")
		return
	}
	shell, keys := in.shell(call)
	if shell == action.ShellNone {
		call.Input = in.tool.text()
		files, known := in.files(call)
		call.Files = files
		if !known {
			call.Tool = in.mcp(call)
		}
		return
	}
	if in.tool.kind != object {
		in.fail(in.tool.value, "%s call without a command: %s must be an object, found %s", call.Tool, in.tool.name, in.tool.kind)
		return
	}
	call.Shell = shell
	// Codex has write_stdin, before which no hook runs (0.169.0, run).
	call.Typed = call.Client == codex
	found := false
	for _, key := range keys {
		v := in.tool.members[key]
		if v.kind == missing {
			continue
		}
		name := in.tool.name + "." + key
		command := ""
		if key == "commands" {
			command = strings.Join(in.list(name, v), "\n")
		} else {
			command = in.string(name, v)
		}
		if found {
			call.Command += "\n"
		}
		call.Command += command
		found = true
	}
	if !found {
		in.fail(in.tool.value, `%s call without a command; %s must have the key %q`, call.Tool, in.tool.name, keys[0])
	}
	call.Dir = in.shellDir(call)
}

// list returns the strings of v, an array, or the JSON of one in a string, or a
// single string.
func (in *input) list(name string, v value) []string {
	if v.kind == text && strings.HasPrefix(strings.TrimLeft(v.text, " \t\r\n"), "[") {
		p := parser{src: `{"":` + v.text + `}`}
		if o, err := p.parse(); err == nil {
			v = o.members[""]
			v.pos = in.tool.pos
		}
	}
	return in.words(name, v)
}

// shell returns the language of a tool that runs shell text, and the keys of its
// text. Bash, Shell and Execute are the same tool everywhere; the other names
// count where the client is known to have such a tool of its own.
func (in *input) shell(call *action.Call) (lang action.Shell, keys []string) {
	command := []string{"command"}
	switch call.Tool {
	case "Bash", "Execute":
		return action.ShellPOSIX, command
	case "Shell":
		return userShell(), command
	case "PowerShell":
		return action.ShellPowerShell, command
	case "Monitor": // Claude Code's background command, if it has one
		if in.tool.members["command"].kind != missing {
			return action.ShellPOSIX, command
		}
	}
	switch call.Client {
	case "", claudeCode:
		return action.ShellNone, nil // whoever else has a tool of that name, rules/mcp.toml judges it
	}
	switch call.Tool {
	case "bash", "shell", "execute_bash", "exec_command":
		return action.ShellPOSIX, command
	case "run_shell_command", "execute_command", "run_terminal_cmd", "run_terminal_command", "run_in_terminal":
		return userShell(), command
	case "run_commands":
		return userShell(), []string{"commands", "command"}
	case "powershell", "execute_cmd", "execute_pwsh", "executePwsh":
		return action.ShellPowerShell, command
	case "write_bash": // types into a shell that still runs
		return action.ShellPOSIX, []string{"input"}
	case "write_powershell":
		return action.ShellPowerShell, []string{"input"}
	}
	return action.ShellNone, nil
}

// userShell is the shell of clients that run the user's: PowerShell on Windows
// (Gemini CLI 0.61, getShellConfiguration; the others by their documentation).
func userShell() action.Shell {
	if runtime.GOOS == "windows" {
		return action.ShellPowerShell
	}
	return action.ShellPOSIX
}

// shellDir returns the directory of a shell call. Only some clients' tools have
// an argument for it; of the others such a key means nothing.
func (in *input) shellDir(call *action.Call) string {
	var keys []string
	relative := true
	switch call.Client {
	case cursor:
		if call.Tool != "Shell" {
			return call.Dir
		}
		keys, relative = []string{"working_directory", "cwd"}, false
	case gemini:
		keys = []string{"dir_path", "directory"}
	case openCode:
		keys = []string{"workdir"}
	case kiro:
		keys = []string{"working_dir"}
	}
	for _, key := range keys {
		v, name := in.tool.members[key], in.tool.name+"."+key
		if v.kind == null {
			continue
		}
		dir := in.string(name, v)
		if dir != "" && !relative {
			dir = in.dir(name, v)
		}
		if dir != "" {
			return absolute(dir, call.Dir)
		}
	}
	if call.Client == cursor {
		return in.workspace(call.Dir)
	}
	return call.Dir
}

// mcp returns the name of a tool that is none of the client's own, spelled as
// Claude Code spells those of MCP servers: mcp__SERVER__TOOL, or mcp_SERVER_TOOL
// where the client does not tell where the server's name ends.
func (in *input) mcp(call *action.Call) string {
	name := call.Tool
	switch call.Client {
	case gemini: // names them mcp_SERVER_TOOL, and tells more (0.61, extractMcpContext)
		if ctx := in.top["mcp_context"].members; ctx["server_name"].text != "" && ctx["tool_name"].text != "" {
			return mcpName(ctx["server_name"].text, ctx["tool_name"].text)
		}
	case cursor:
		if rest, ok := strings.CutPrefix(name, "MCP:"); ok {
			if server, tool, ok := strings.Cut(rest, ":"); ok {
				return mcpName(server, tool)
			}
			return "mcp_" + rest
		}
	case kiro: // @server/tool
		if rest, ok := strings.CutPrefix(name, "@"); ok {
			if server, tool, ok := strings.Cut(rest, "/"); ok {
				return mcpName(server, tool)
			}
		}
	case copilot: // server-tool
		if strings.Contains(name, "-") && !strings.HasPrefix(name, "mcp_") {
			return "mcp_" + name
		}
	case openCode: // server_tool
		if strings.Contains(name, "_") {
			return "mcp_" + name
		}
	}
	return name
}

func mcpName(server, tool string) string { return "mcp__" + server + "__" + tool }

// absolute returns p as it is found from dir.
func absolute(p, dir string) string {
	if p == "" || filepath.IsAbs(p) || path.IsAbs(p) || p[0] == '~' || dir == "" || isWindows(p) {
		return p
	}
	return strings.TrimSuffix(filepath.ToSlash(dir), "/") + "/" + p // links may stand before a ".."
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
