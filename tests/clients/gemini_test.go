//go:build unix

package clients

import (
	"encoding/json"
	"path/filepath"
)

var geminiCLI = client{"gemini-0.61.0", "@google/gemini-cli@0.61.0", "@google/gemini-cli/bundle/gemini.js", true}

// gemini runs Gemini CLI in a room.
func (r *room) gemini() {
	r.t.Helper()
	file := filepath.Join(r.home, ".gemini/settings.json")
	var settings object
	if err := json.Unmarshal([]byte(r.read(file)), &settings); err != nil {
		r.t.Fatal(err)
	}
	settings["security"] = object{"auth": object{"selectedType": "gemini-api-key"}, "folderTrust": object{"enabled": false}}
	settings["general"] = object{"enableAutoUpdate": false}
	settings["privacy"] = object{"usageStatisticsEnabled": false}
	if r.mcp != nil {
		settings["mcpServers"] = object{"py": object{"command": r.mcp[0], "args": r.mcp[1:], "trust": true}}
	}
	r.write(file, quoted(settings))
	r.env = append(r.env, "GEMINI_API_KEY=x", "GOOGLE_GEMINI_BASE_URL="+r.url)
	r.run(append(geminiCLI.command(r.t), "--yolo", "-m", "gemini-2.5-pro", "-p", prompt)...)
}

func (r *room) geminiHook(command string) {
	r.t.Helper()
	r.write(filepath.Join(r.home, ".gemini/settings.json"), quoted(object{"hooks": object{"BeforeTool": []any{
		object{"matcher": ".*", "hooks": []any{object{"type": "command", "command": command, "timeout": 1000}}},
	}}}))
}
