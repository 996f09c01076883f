package setup

import (
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/venv-guard/venv-guard/clients/opencode"
)

// The clients here do not read hooks from settings: they load a file of the
// guard's own.

// Cline runs the executable file PreToolUse of a directory.
var cline = Client{
	Name: "cline", Title: "Cline", whole: true, exec: true,
	Programs: []string{"cline"}, Traces: []string{"Documents/Cline"},
	file: func(h *Host, s Scope) (string, error) {
		switch s {
		case Project:
			return filepath.Join(h.Dir, ".clinerules", "hooks", "PreToolUse"), nil
		case Managed:
			return "", &scopeError{"Cline", s, "use --scope user"}
		}
		return h.home("Documents", "Cline", "Hooks", "PreToolUse")
	},
	items: func(_ *Host, o Options) ([]Item, []string, error) {
		line, err := clientLine(o.Binary, "cline")
		return []Item{{Value: marshal("#!/bin/sh\n# venv-guard: judges tool calls; venv-guard uninstall removes it\nexec " + line + "\n")}}, nil, err
	},
	guard: func(text string) (string, bool) {
		lines := strings.Split(strings.TrimSpace(text), "\n")
		line := strings.TrimPrefix(lines[len(lines)-1], "exec ")
		return line, isGuard(line)
	},
	todo: func(*Host, Scope) []string {
		return []string{"switch hooks on in Cline's settings (its command line has them off until they are enabled)"}
	},
}

// OpenCode has no hooks but plugins, which it loads from a directory (1.18,
// seen).
var openCode = Client{
	Name: "opencode", Title: "OpenCode", whole: true,
	Programs: []string{"opencode"}, Traces: []string{".config/opencode"},
	file: func(h *Host, s Scope) (string, error) {
		switch s {
		case Project:
			return filepath.Join(h.Dir, ".opencode", "plugin", "venv-guard.js"), nil
		case Managed:
			return "", &scopeError{"OpenCode", s, "use --scope user"}
		}
		return h.homeOr("XDG_CONFIG_HOME", ".config", "opencode", "plugin", "venv-guard.js")
	},
	items: func(_ *Host, o Options) ([]Item, []string, error) {
		_, err := commandLine(o.Binary)
		return []Item{{Value: marshal(opencode.Plugin(o.Binary))}}, nil, err
	},
	guard: func(text string) (string, bool) {
		_, rest, ok := strings.Cut(text, "\nconst GUARD = ")
		rest, _, _ = strings.Cut(rest, "\n")
		var binary string
		if !ok || json.Unmarshal([]byte(rest), &binary) != nil {
			return "", false
		}
		if line, err := commandLine(binary, "hook", "--client", "opencode"); err == nil {
			return line, true
		}
		line := binary + " hook --client opencode" // on PATH
		return line, isGuard(line)
	},
	todo: func(*Host, Scope) []string {
		return []string{"restart OpenCode: it loads plugins when it starts"}
	},
}
