//go:build unix

package clients

import (
	"path/filepath"
	"testing"

	"github.com/venv-guard/venv-guard/clients/opencode"
)

var openCodeCLI = client{"opencode-1.18.33", "opencode-PLATFORM@1.18.33", "opencode-PLATFORM/bin/opencode", false}

// opencode runs OpenCode in a room.
func (r *room) opencode() {
	r.t.Helper()
	dir := filepath.Join(r.home, ".config/opencode")
	r.write(filepath.Join(dir, "opencode.json"), quoted(object{
		"provider": object{"played": object{
			"npm": "@ai-sdk/openai-compatible", "options": object{"baseURL": r.url + "/v1", "apiKey": "x"}, "models": object{"m": object{}},
		}},
		"model": "played/m", "small_model": "played/m", "autoupdate": false, "share": "disabled",
		"permission": object{"bash": "allow", "edit": "allow"},
	}))
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

// What a subagent asks for comes to the plugin as well.
func TestOpenCodeSubagent(t *testing.T) {
	t.Parallel()
	openCodeCLI.command(t)
	m := play(step{"task", object{"description": "install", "prompt": "PLAY-SUB", "subagent_type": "general"}})
	m.scripts["PLAY-SUB"] = []step{{"bash", object{"command": "pip install requests", "description": "x"}}}
	r := newRoom(t, m)
	r.install(openCodeCLI)
	r.opencode()
	told := m.of("PLAY-SUB")
	if len(told) != 1 {
		t.Fatalf("%d results: %+v; main: %+v", len(told), told, m.told())
	}
	reason(t, told[0], "would install requests into the system Python")
	if ran := r.ran(); ran != "" {
		t.Errorf("started:\n%s", ran)
	}
}
