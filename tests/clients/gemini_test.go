//go:build unix

package clients

import "path/filepath"

var geminiCLI = client{"gemini-0.61.0", "@google/gemini-cli@0.61.0", "@google/gemini-cli/bundle/gemini.js", true}

// gemini runs Gemini CLI in a room, with a hook.
func (r *room) gemini(hook string, seconds int) {
	r.t.Helper()
	r.write(filepath.Join(r.home, ".gemini/settings.json"), quoted(object{
		"security": object{"auth": object{"selectedType": "gemini-api-key"}, "folderTrust": object{"enabled": false}},
		"general":  object{"enableAutoUpdate": false},
		"privacy":  object{"usageStatisticsEnabled": false},
		"hooks": object{"BeforeTool": []any{object{"matcher": ".*", "hooks": []any{
			object{"type": "command", "command": hook, "timeout": 1000 * seconds},
		}}}},
	}))
	r.env = append(r.env, "GEMINI_API_KEY=x", "GOOGLE_GEMINI_BASE_URL="+r.url)
	r.run(append(geminiCLI.command(r.t), "--yolo", "-m", "gemini-2.5-pro", "-p", prompt)...)
}
