package setup

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// installed is a machine with the guard in one client.
func installed(t *testing.T, c *Client) (h *Host, file string, binary string) {
	t.Helper()
	h, r := host(t)
	binary = filepath.Join(h.Root, "bin", "venv-guard")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	write(t, binary, "#!/bin/sh\n")
	if err := os.Chmod(binary, 0o755); err != nil {
		t.Fatal(err)
	}
	ch, err := h.PlanInstall(c, Options{Scope: User, Binary: binary}, r)
	apply(t, r, ch, err)
	return h, ch.File, binary
}

// worstOf returns the worst level, and all texts that are of it.
func worstOf(findings []Finding) (Level, string) {
	worst, text := Good, ""
	for _, f := range findings {
		if f.Level > worst {
			worst, text = f.Level, ""
		}
		if f.Level == worst {
			text += f.Text + "\n"
		}
		if f.Level != Good && f.Mend == "" {
			text += "WITHOUT A MEND: " + f.Text
		}
	}
	return worst, text
}

func quoted(s string) string { return string(marshal(s)) }

// TestExamine breaks an installation in each way that was seen to make a client
// drop its hooks without a word, and in others.
func TestExamine(t *testing.T) {
	replace := func(old, new string) func(t *testing.T, h *Host, file, binary string) {
		return func(t *testing.T, _ *Host, file, _ string) {
			text := read(t, file)
			if !strings.Contains(text, old) {
				t.Fatalf("no %s in %s", old, text)
			}
			write(t, file, strings.Replace(text, old, new, 1))
		}
	}
	more := func(name, text string) func(*testing.T, *Host, string, string) {
		return func(t *testing.T, h *Host, _, _ string) {
			name := strings.ReplaceAll(name, "PROJECT", h.Dir)
			managed, _ := claudeCode.File(h, Managed)
			write(t, strings.ReplaceAll(name, "MANAGED", filepath.Dir(managed)), text)
		}
	}
	version := func(v string) func(*testing.T, *Host, string, string) {
		return func(_ *testing.T, h *Host, _, _ string) { h.Version = func(string) string { return v } }
	}
	const bash = `"matcher": "Bash|PowerShell|Monitor|Read|Grep|Edit|MultiEdit|Write|NotebookEdit|Skill|SlashCommand"`
	tests := []struct {
		name   string
		client *Client
		change func(t *testing.T, h *Host, file, binary string)
		level  Level
		want   string
	}{
		{"nothing", &claudeCode, nil, Good, "layer 2: the hook runs before every tool"},
		{"a map as deny", &claudeCode, replace(`"deny": [`, `"deny": {}, "x": [`), Bad, "permissions.deny must be a list"},
		{"an object in deny", &claudeCode, replace(`"deny": [`, `"deny": [{"a": "b"}, `), Bad, "permissions.deny must be a list"},
		{"a map as permissions", &claudeCode, replace(`"deny": [`, `"Bash(pip install*)": "deny", "deny": [`), Note, "a rule here does nothing"},
		{"a bogus type", &claudeCode, replace(`"type": "command"`, `"type": "bogus"`), Bad, "hooks[0].type"},
		{"a matcher that is a number", &claudeCode, replace(bash, `"matcher": 1`), Bad, "matcher must be a string"},
		{"a timeout that is a text", &claudeCode, replace(`"timeout": 10`, `"timeout": "5"`), Bad, "timeout must be a number"},
		{"an entry without hooks", &claudeCode, replace(`"PreToolUse": [`, `"PreToolUse": [{"type": "command", "command": "x"}, `), Bad, "must have a list hooks"},
		{"a bogus mode", &claudeCode, replace(`"deny": [`, `"defaultMode": "bogus", "deny": [`), Bad, "permissions.defaultMode"},
		{"a trailing comma", &claudeCode, replace("    ]\n  }\n}", "    ],\n  }\n}"), Bad, "neither comments nor trailing commas"},
		{"a comment", &claudeCode, replace("{", "{ // mine"), Bad, "neither comments nor trailing commas"},
		{"all hooks off", &claudeCode, more("PROJECT/.claude/settings.local.json", `{"disableAllHooks": true}`), Bad, "disableAllHooks"},
		{"managed hooks only", &claudeCode, more("MANAGED/managed-settings.d/a.json", `{"allowManagedHooksOnly": true}`), Bad, "no hook of the guard runs"},
		{"a broken managed file", &claudeCode, more("MANAGED/managed-settings.json", `{"permissions": {"deny": {}}}`), Note, "drops only the entry"},
		{"a matcher in lower case", &claudeCode, replace(bash, `"matcher": "bash"`), Bad, "never fires for the tool Bash"},
		{"a matcher like a rule", &claudeCode, replace(bash, `"matcher": "Bash(*)"`), Bad, "never fires for the tool Bash"},
		{"a matcher like a longer rule", &claudeCode, replace(bash, `"matcher": "Bash(pip install*)"`), Bad, "never fires for the tool Bash"},
		{"a matcher for Bash alone", &claudeCode, replace(bash, `"matcher": "Bash"`), Note, "not asked about PowerShell, Monitor, Read"},
		{"an event in lower case", &claudeCode, replace(`"PreToolUse"`, `"preTooluse"`), Bad, "no hook of the guard runs"},
		{"an if", &claudeCode, replace(`"type": "command"`, `"if": "Bash(pip *)", "type": "command"`), Bad, `"if" starts the hook for some`},
		{"async", &claudeCode, replace(`"type": "command"`, `"async": true, "type": "command"`), Bad, "async hook cannot block"},
		{"no onFailure", &claudeCode, replace(`"onFailure": "block"`, `"onFailure": "allow"`), Note, "onFailure"},
		{"a short time", &claudeCode, replace(`"timeout": 10`, `"timeout": 0.5`), Note, "time limit of 0.5"},
		{"a star in a rule", &claudeCode, replace(`"deny": [`, `"deny": ["Bash(pip install*)", `), Note, "Claude Code 2.0 drops the whole file"},
		{"the wall off", &claudeCode, replace(`"PIP_REQUIRE_VIRTUALENV": "1"`, `"PIP_REQUIRE_VIRTUALENV": "0"`), Bad, "layer 1: env.PIP_REQUIRE_VIRTUALENV"},
		{"a rule less", &claudeCode, replace(`"Bash(venv-guard trust:*)"`, `"Bash(ls:*)"`), Note, "layer 1: 1 of"},
		{"a lost run bit", &claudeCode, func(t *testing.T, _ *Host, _, binary string) { os.Chmod(binary, 0o644) }, Bad, "lost its run bit"},
		{"no binary", &claudeCode, func(t *testing.T, _ *Host, _, binary string) { os.Remove(binary) }, Bad, "every call is let through"},
		{"a writable binary", &claudeCode, func(t *testing.T, _ *Host, _, binary string) { os.Chmod(binary, 0o777) }, Note, "others than its owner can write it"},
		{"a relative path", &claudeCode, func(t *testing.T, h *Host, file, binary string) {
			replace(filepath.ToSlash(binary)+" hook", "./venv-guard hook")(t, h, file, binary)
		}, Bad, "is relative"},
		{"a name on PATH", &claudeCode, func(t *testing.T, h *Host, file, binary string) {
			h.Environ = append(h.Environ, "PATH="+filepath.Dir(binary))
			write(t, file, strings.ReplaceAll(read(t, file), filepath.ToSlash(binary)+" hook", "venv-guard hook"))
		}, Note, "is looked up on the client's PATH"},
		{"an old client", &claudeCode, version("2.0.45"), Bad, "does not know the event ConfigChange"},
		{"a client that fails open", &claudeCode, version("2.1.213"), Note, "2.1.213 lets calls through"},
		{"a new client", &claudeCode, version("2.1.329"), Good, ""},

		{"nothing", &codex, nil, Note, "until it is, Codex skips it"},
		{"a key that Codex does not know", &codex, replace("{", `{"version": 1,`), Bad, "Codex knows only"},
		{"hooks off", &codex, func(t *testing.T, _ *Host, file, _ string) {
			write(t, filepath.Join(filepath.Dir(file), "config.toml"), "[features]\nhooks = false\n")
		}, Bad, "features.hooks is false"},
		{"nothing", &gemini, nil, Good, "layer 2"},
		{"comments", &gemini, replace("{", "{ // mine"), Good, "layer 2"},
		{"hooks off", &gemini, replace("{", `{"hooksConfig": {"enabled": false},`), Bad, "hooksConfig.enabled is false"},
		{"the hook off", &gemini, replace("{", `{"hooksConfig": {"disabled": ["venv-guard"]},`), Bad, "names the guard's hook"},
		{"seconds for milliseconds", &gemini, replace("10000", "10"), Note, "time limit of 10 "},
		{"nothing", &cursor, nil, Good, "layer 2"},
		{"not closed", &cursor, replace("true", "false"), Note, "failClosed"},
		{"nothing", &copilot, nil, Good, "layer 2"},
		{"nothing", &windsurf, nil, Good, "layer 2"},
		{"nothing", &droid, nil, Good, "layer 2"},
		{"nothing", &cline, nil, Good, "layer 2"},
		{"nothing", &openCode, nil, Good, "layer 2"},
		{"found on PATH", &openCode, func(t *testing.T, h *Host, file, binary string) {
			h.Environ = append(h.Environ, "PATH="+filepath.Dir(binary))
			replace(quoted(binary), `"venv-guard"`)(t, h, file, binary)
		}, Note, "is looked up on the client's PATH"},
		{"no binary", &openCode, func(t *testing.T, _ *Host, _, binary string) { os.Remove(binary) }, Bad, "every call is let through"},
		{"a lost run bit", &cline, func(t *testing.T, _ *Host, file, _ string) { os.Chmod(file, 0o644) }, Bad, "lost its run bit, so Cline"},
		{"another hook", &cline, func(t *testing.T, _ *Host, file, _ string) { write(t, file, "#!/bin/sh\n") }, Bad, "no hook of the guard"},
	}
	for _, tt := range tests {
		t.Run(tt.client.Name+"/"+tt.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && (strings.Contains(tt.name, "run bit") || strings.Contains(tt.name, "writable")) {
				t.Skip("there are no modes")
			}
			h, file, binary := installed(t, tt.client)
			if tt.change != nil {
				tt.change(t, h, file, binary)
			}
			findings, in := h.Examine(tt.client, true)
			level, text := worstOf(findings)
			if !in || level != tt.level || !strings.Contains(text, tt.want) || strings.Contains(text, "WITHOUT") {
				t.Errorf("level %d, want %d %q:\n%s", level, tt.level, tt.want, text)
			}
		})
	}
}

// TestFires holds what was seen in Claude Code 2.1.329.
func TestFires(t *testing.T) {
	for _, tt := range []struct {
		matcher, tool string
		want          bool
	}{
		{"", "Bash", true},
		{"*", "Bash", true},
		{"Bash", "Bash", true},
		{"Bash|Edit", "Edit", true},
		{"Bash, Edit", "Edit", true},
		{"bash", "Bash", false},
		{"Ba", "Bash", false},
		{"Ba.*", "Bash", true},
		{"Bash(*)", "Bash", false},
		{"Bash(pip install*)", "Bash", false},
		{"(", "Bash", false},
		{"mcp__.*", "mcp__a__b", true},
		{"mcp__", "mcp__a__b", false},
		{"^(?:Edit|Write)$", "Write", true},
	} {
		if got := fires(tt.matcher, tt.tool); got != tt.want {
			t.Errorf("fires(%q, %q) = %v", tt.matcher, tt.tool, got)
		}
	}
}

// TestLive starts a hook that guards and some that do not.
func TestLive(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the hooks are shell scripts")
	}
	const guard = "#!/bin/sh\nif grep -q canary; then echo no >&2; exit 2; fi\n"
	for _, tt := range []struct {
		name, script string
		level        Level
		want         string
	}{
		{"guards", guard, Good, "with a reason in"},
		{"lets all through", "#!/bin/sh\ncat >/dev/null\n", Bad, "exit status 0 for \"canary\""},
		{"crashes", "#!/bin/sh\nexit 1\n", Bad, "exit status 1"},
		{"blocks all", "#!/bin/sh\necho no >&2\nexit 2\n", Bad, "which is harmless: no"},
		{"gives no reason", "#!/bin/sh\nexit 2\n", Bad, "without a reason"},
	} {
		for _, c := range Clients() {
			if c == &kiro {
				continue // has no user's settings
			}
			h, _, binary := installed(t, c)
			h.Environ = append(h.Environ, "PATH="+os.Getenv("PATH"), "SHELL=/bin/sh")
			if err := os.MkdirAll(h.Dir, 0o755); err != nil {
				t.Fatal(err)
			}
			write(t, binary, tt.script)
			level, text := worstOf(h.Live(c, Canary{"canary", "true"}))
			if level != tt.level || !strings.Contains(text, tt.want) {
				t.Errorf("%s: %s: level %d: %s", c.Name, tt.name, level, text)
			}
		}
	}
}
