package setup

import (
	"fmt"
	"path/filepath"
)

// A scopeError says that a client reads no hooks of a scope.
type scopeError struct {
	title string
	scope Scope
	hint  string
}

func (e *scopeError) Error() string {
	return fmt.Sprintf("%s reads no hooks of the scope %s; %s", e.title, e.scope, e.hint)
}

// Codex 0.169 (seen). Of a key that it does not know it makes a failed hook, and
// failed hooks let calls run: nothing but its own keys is written.
var codex = Client{
	Name: "codex", Title: "Codex",
	Programs: []string{"codex"}, Traces: []string{".codex"},
	file: func(h *Host, s Scope) (string, error) {
		switch s {
		case Project:
			return filepath.Join(h.Dir, ".codex", "hooks.json"), nil
		case Managed:
			return "", &scopeError{"Codex", s, "administrators set [hooks] and allow_managed_hooks_only in requirements.toml by hand"}
		}
		return h.homeOr("CODEX_HOME", ".codex", "hooks.json")
	},
	items: claudeShape("codex", "PreToolUse", handler{Timeout: timeout}),
	todo: func(*Host, Scope) []string {
		return []string{"approve the hook with /hooks in Codex: until then it is skipped without a word, and so it is after every change of the entry"}
	},
}

// Gemini CLI 0.61 (seen): time limits are in milliseconds, comments are taken,
// and a matcher is a regular expression.
var gemini = Client{
	Name: "gemini", Title: "Gemini CLI", comments: true,
	Programs: []string{"gemini"}, Traces: []string{".gemini"},
	file: func(h *Host, s Scope) (string, error) {
		switch s {
		case Project:
			return filepath.Join(h.Dir, ".gemini", "settings.json"), nil
		case Managed:
			return h.managed("/etc/gemini-cli/settings.json", "/Library/Application Support/GeminiCli/settings.json", "C:/ProgramData/gemini-cli/settings.json")
		}
		return h.home(".gemini", "settings.json")
	},
	items: claudeShape("gemini", "BeforeTool", handler{Name: "venv-guard", Timeout: timeout * 1000}),
	todo: func(_ *Host, s Scope) []string {
		if s == Project {
			return []string{"accept the project's hooks when Gemini CLI asks: it does not run those of a folder that is not trusted"}
		}
		return nil
	},
}

// Droid has Claude Code's shape in hooks.json; older versions read the key
// hooks of settings.json.
var droid = Client{
	Name: "droid", Title: "Factory droid",
	Programs: []string{"droid"}, Traces: []string{".factory"},
	file: func(h *Host, s Scope) (string, error) {
		switch s {
		case Project:
			return filepath.Join(h.Dir, ".factory", "hooks.json"), nil
		case Managed:
			return "", &scopeError{"Factory droid", s, "use --scope user"}
		}
		return h.home(".factory", "hooks.json")
	},
	items: claudeShape("droid", "PreToolUse", handler{Timeout: timeout}),
	todo: func(*Host, Scope) []string {
		return []string{"approve the hook with /hooks if droid asks; versions that read hooks from .factory/settings.json need the same entry there"}
	},
}

// claudeShape returns the items of clients that took over the shape of Claude
// Code's hooks: one hook for every tool, and one for the start of a session.
func claudeShape(client, event string, h handler) func(*Host, Options) ([]Item, []string, error) {
	return func(_ *Host, o Options) ([]Item, []string, error) {
		line, err := clientLine(o.Binary, client)
		h.Type, h.Command = "command", line
		return []Item{
			element(group(".*", h), "hooks", event),
			element(group("", h), "hooks", "SessionStart"),
		}, nil, err
	}
}

// clientLine is the command line that tells the hook who asks.
func clientLine(binary, client string) (string, error) {
	return commandLine(binary, "hook", "--client", client)
}

// GitHub Copilot CLI 1.0.102 (seen) reads every file of its directories of
// hooks, so the guard has one of its own.
var copilot = Client{
	Name: "copilot", Title: "GitHub Copilot CLI",
	Programs: []string{"copilot"}, Traces: []string{".copilot"},
	file: func(h *Host, s Scope) (string, error) {
		switch s {
		case Project:
			return filepath.Join(h.Dir, ".github", "hooks", "venv-guard.json"), nil
		case Managed:
			return "", &scopeError{"GitHub Copilot CLI", s, "use --scope user"}
		}
		return h.home(".copilot", "hooks", "venv-guard.json")
	},
	items: func(_ *Host, o Options) ([]Item, []string, error) {
		line, err := clientLine(o.Binary, "copilot")
		return []Item{
			entry(1, "version"),
			element(struct {
				Type       string `json:"type"`
				Bash       string `json:"bash"`
				PowerShell string `json:"powershell"`
				TimeoutSec int    `json:"timeoutSec"`
			}{"command", line, line, timeout}, "hooks", "preToolUse"),
		}, nil, err
	},
	todo: func(*Host, Scope) []string {
		return []string{"restart running sessions; a hook that exceeds its time limit lets the call run"}
	},
}

// Cursor fails open but for hooks with failClosed. preToolUse comes before every
// tool; versions without it have the events for shell, MCP and files.
var cursor = Client{
	Name: "cursor", Title: "Cursor",
	Programs: []string{"cursor", "cursor-agent"}, Traces: []string{".cursor"},
	file: func(h *Host, s Scope) (string, error) {
		switch s {
		case Project:
			return filepath.Join(h.Dir, ".cursor", "hooks.json"), nil
		case Managed:
			return h.managed("/etc/cursor/hooks.json", "/Library/Application Support/Cursor/hooks.json", "C:/ProgramData/Cursor/hooks.json")
		}
		return h.home(".cursor", "hooks.json")
	},
	items: func(_ *Host, o Options) ([]Item, []string, error) {
		line, err := clientLine(o.Binary, "cursor")
		items := []Item{entry(1, "version")}
		for _, event := range []string{"beforeShellExecution", "beforeMCPExecution", "beforeReadFile", "preToolUse"} {
			items = append(items, element(struct {
				Command    string `json:"command"`
				Timeout    int    `json:"timeout"`
				FailClosed bool   `json:"failClosed"`
			}{line, timeout, true}, "hooks", event))
		}
		return items, nil, err
	},
	todo: func(*Host, Scope) []string {
		return []string{"look in Cursor's settings, under Hooks, whether the guard's are listed; restart Cursor if they are not"}
	},
}

// Windsurf has an event for each kind of action and no switch that fails closed.
var windsurf = Client{
	Name: "windsurf", Title: "Windsurf",
	Programs: []string{"windsurf"}, Traces: []string{".codeium/windsurf"},
	file: func(h *Host, s Scope) (string, error) {
		switch s {
		case Project:
			return filepath.Join(h.Dir, ".windsurf", "hooks.json"), nil
		case Managed:
			return h.managed("/etc/windsurf/hooks.json", "/Library/Application Support/Windsurf/hooks.json", "C:/ProgramData/Windsurf/hooks.json")
		}
		return h.home(".codeium", "windsurf", "hooks.json")
	},
	items: func(_ *Host, o Options) (items []Item, notes []string, err error) {
		line, err := clientLine(o.Binary, "windsurf")
		for _, event := range []string{"pre_run_command", "pre_read_code", "pre_write_code", "pre_mcp_tool_use"} {
			items = append(items, element(struct {
				Command    string `json:"command"`
				ShowOutput bool   `json:"show_output"`
			}{line, true}, "hooks", event))
		}
		return items, nil, err
	},
	todo: func(*Host, Scope) []string {
		return []string{"restart Windsurf; a hook that is missing, crashes or hangs lets the call run"}
	},
}

// Kiro reads every file of a project's directory of hooks, as its IDE since 1.0
// and its command line since version 3.
var kiro = Client{
	Name: "kiro", Title: "Kiro",
	Programs: []string{"kiro", "kiro-cli"}, Traces: []string{".kiro"},
	file: func(h *Host, s Scope) (string, error) {
		if s != Project {
			return "", &scopeError{"Kiro", s, "use --scope project"}
		}
		return filepath.Join(h.Dir, ".kiro", "hooks", "venv-guard.json"), nil
	},
	items: func(_ *Host, o Options) ([]Item, []string, error) {
		line, err := clientLine(o.Binary, "kiro")
		type action struct {
			Type    string `json:"type"`
			Command string `json:"command"`
		}
		return []Item{
			entry("v1", "version"),
			element(struct {
				Name    string `json:"name"`
				Trigger string `json:"trigger"`
				Matcher string `json:"matcher"`
				Action  action `json:"action"`
				Timeout int    `json:"timeout"`
			}{"venv-guard", "PreToolUse", ".*", action{"command", line}, timeout}, "hooks"),
		}, nil, err
	},
	todo: func(*Host, Scope) []string {
		return []string{"agents of Kiro's command line before version 3 read hooks from their own file only: add the same command there, as preToolUse"}
	},
}
