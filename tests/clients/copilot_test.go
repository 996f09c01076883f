//go:build unix

package clients

import "path/filepath"

var copilotCLI = client{"copilot-1.0.102", "@github/copilot-PLATFORM@1.0.102", "@github/copilot-PLATFORM/copilot", false}

// copilot runs GitHub Copilot CLI in a room, offline and with a key of one's own.
func (r *room) copilot() {
	r.t.Helper()
	if r.mcp != nil {
		r.write(filepath.Join(r.home, ".copilot/mcp-config.json"), quoted(object{"mcpServers": object{
			"py": object{"type": "local", "command": r.mcp[0], "args": r.mcp[1:], "tools": []string{"*"}},
		}}))
	}
	r.env = append(r.env, "COPILOT_OFFLINE=true", "COPILOT_PROVIDER_BASE_URL="+r.url+"/v1", "COPILOT_PROVIDER_API_KEY=x",
		"COPILOT_MODEL=gpt-4.1", "COPILOT_AUTO_UPDATE=false")
	r.run(append(copilotCLI.command(r.t), "--allow-all-tools", "--no-color", "-p", prompt)...)
}

func (r *room) copilotHook(command string) {
	r.t.Helper()
	r.write(filepath.Join(r.home, ".copilot/hooks/hook.json"), quoted(object{"version": 1, "hooks": object{"preToolUse": []any{
		object{"type": "command", "bash": command, "timeoutSec": 1},
	}}}))
}
