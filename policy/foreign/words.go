package foreign

import (
	"maps"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/policy"
)

// actions returns the spellings of action types that are met in the field.
func actions() map[string]policy.ActionType {
	return map[string]policy.ActionType{
		"shell.exec": policy.ShellExec, "shell_exec": policy.ShellExec, "shell.execute": policy.ShellExec,
		"shell_execute": policy.ShellExec, "process.exec": policy.ShellExec, "Bash": policy.ShellExec,

		"file.read": policy.FileRead, "file_read": policy.FileRead, "filesystem.read": policy.FileRead, "Read": policy.FileRead,
		"file.write": policy.FileWrite, "file_write": policy.FileWrite, "filesystem.write": policy.FileWrite,
		"Write": policy.FileWrite, "Edit": policy.FileWrite,

		"network": policy.Network, "network.request": policy.Network, "network_request": policy.Network,
		"network.http": policy.Network, "WebFetch": policy.Network,

		"mcp.call": policy.MCPCall, "mcp_call": policy.MCPCall,
		"code.exec": policy.CodeExec, "code_exec": policy.CodeExec,
	}
}

// mcpTool returns the tool that an action names itself: mcp__server__tool or
// mcp.server.tool.
func mcpTool(word string) (tool string, ok bool) {
	sep := "__"
	rest, ok := strings.CutPrefix(word, "mcp__")
	if !ok {
		sep = "."
		if rest, ok = strings.CutPrefix(word, "mcp."); !ok {
			return "", false
		}
	}
	server, name, ok := strings.Cut(rest, sep)
	if !ok || server == "" || name == "" {
		return "", false
	}
	return "mcp__" + server + "__" + name, true
}

// verdicts returns the spellings of verdicts; SafeClaw's answers are in capitals.
func verdicts() map[string]action.Verdict {
	return map[string]action.Verdict{
		"allow": action.Allow, "ALLOW": action.Allow,
		"deny": action.Block, "DENY": action.Block, "block": action.Block, "BLOCK": action.Block,
		"approval": action.Ask, "require_approval": action.Ask, "REQUIRE_APPROVAL": action.Ask, "prompt": action.Ask, "ask": action.Ask,
	}
}

// Action returns the action type that a word means in any of the formats.
func Action(word string) (policy.ActionType, bool) {
	t, ok := actions()[word]
	return t, ok
}

// Verdict returns the verdict that a word means in any of the formats.
func Verdict(word string) (action.Verdict, bool) {
	v, ok := verdicts()[word]
	return v, ok
}

// ActionNames returns all spellings of action types.
func ActionNames() []string { return slices.Sorted(maps.Keys(actions())) }
