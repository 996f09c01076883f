package foreign

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/policy"
)

// actions are the spellings of action types that are met in the field.
var actions = map[string]policy.ActionType{
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

// verdicts are the spellings of verdicts; SafeClaw's answers are in capitals.
var verdicts = map[string]action.Verdict{
	"allow": action.Allow, "ALLOW": action.Allow,
	"deny": action.Block, "DENY": action.Block, "block": action.Block, "BLOCK": action.Block,
	"approval": action.Ask, "require_approval": action.Ask, "REQUIRE_APPROVAL": action.Ask, "prompt": action.Ask, "ask": action.Ask,
}

var units = map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}

// window reads a span of time: "minute", "1 minute", "2 hours", or seconds.
func window(word string) (time.Duration, bool) {
	n, unit := 1, word
	if count, rest, ok := strings.Cut(word, " "); ok {
		k, err := strconv.Atoi(count)
		if err != nil || k < 1 {
			return 0, false
		}
		n, unit = k, rest
	} else if k, err := strconv.Atoi(word); err == nil {
		return seconds(k)
	}
	u, ok := units[unit]
	if !ok {
		u, ok = units[strings.TrimSuffix(unit, "s")]
	}
	if !ok || n > int(maxWindow/u) {
		return 0, false
	}
	return time.Duration(n) * u, true
}

// maxWindow bounds windows, so that counters need not be kept for ever.
const maxWindow = 366 * 24 * time.Hour

func seconds(n int) (time.Duration, bool) {
	if n < 1 || n > int(maxWindow/time.Second) {
		return 0, false
	}
	return time.Duration(n) * time.Second, true
}

// Action returns the action type that a word means in any of the formats.
func Action(word string) (policy.ActionType, bool) {
	t, ok := actions[word]
	return t, ok
}

// Verdict returns the verdict that a word means in any of the formats.
func Verdict(word string) (action.Verdict, bool) {
	v, ok := verdicts[word]
	return v, ok
}

// ActionNames returns all spellings of action types.
func ActionNames() []string { return slices.Sorted(maps.Keys(actions)) }
