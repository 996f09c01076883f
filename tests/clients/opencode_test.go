//go:build unix

package clients

import (
	"path/filepath"

	"github.com/venv-guard/venv-guard/clients/opencode"
)

var openCodeCLI = client{"opencode-1.18.33", "opencode-PLATFORM@1.18.33", "opencode-PLATFORM/bin/opencode", false}

// opencode runs OpenCode in a room.
func (r *room) opencode() {
	r.t.Helper()
	dir := filepath.Join(r.home, ".config/opencode")
	config := object{
		"provider": object{"played": object{
			"npm": "@ai-sdk/openai-compatible", "options": object{"baseURL": r.url + "/v1", "apiKey": "x"}, "models": object{"m": object{}},
		}},
		"model": "played/m", "small_model": "played/m", "autoupdate": false, "share": "disabled",
		"permission": object{"bash": "allow", "edit": "allow"},
	}
	if r.mcp != nil {
		config["mcp"] = object{"py": object{"type": "local", "command": r.mcp, "enabled": true}}
	}
	r.write(filepath.Join(dir, "opencode.json"), quoted(config))
	// It fetches its package for plugins before it starts, and waits for that
	// for ever; this one uses none of it.
	const pkg = `"@opencode-ai/plugin":"1.18.33"`
	r.write(filepath.Join(dir, "package.json"), `{"dependencies":{`+pkg+`}}`)
	r.write(filepath.Join(dir, "package-lock.json"), `{"lockfileVersion":3,"packages":{"":{"dependencies":{`+pkg+`}},"node_modules/@opencode-ai/plugin":{"version":"1.18.33"}}}`)
	r.write(filepath.Join(dir, "node_modules/@opencode-ai/plugin/package.json"), `{"name":"@opencode-ai/plugin","version":"1.18.33"}`)
	r.env = append(r.env, "OPENCODE_DISABLE_MODELS_FETCH=1", "OPENCODE_DISABLE_AUTOUPDATE=1", "OPENCODE_DISABLE_LSP_DOWNLOAD=1")
	r.run(append(openCodeCLI.command(r.t), "run", prompt)...)
}

// opencodeHook writes the plugin with a program in the guard's place.
func (r *room) opencodeHook(command string) {
	r.t.Helper()
	file := filepath.Join(r.home, "hook")
	if command == missing {
		file = missing
	} else {
		r.program(file, "#!/bin/sh\n"+command+"\n")
	}
	r.write(filepath.Join(r.home, ".config/opencode/plugin/venv-guard.js"), opencode.Plugin(file))
}
