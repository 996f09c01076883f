//go:build unix

package clients

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Both releases are held to the same, but for what the older cannot do.
var claudes = []client{claudeNew, claudeOld}

// claude runs Claude Code in a room, with all tools allowed that are asked for.
func (r *room) claude(c client, more ...string) {
	r.t.Helper()
	r.env = append(r.env, "ANTHROPIC_BASE_URL="+r.url, "ANTHROPIC_API_KEY=sk-ant-test", "DISABLE_AUTOUPDATER=1",
		"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1", "DISABLE_TELEMETRY=1", "DISABLE_ERROR_REPORTING=1")
	words := append(c.command(r.t), "-p", prompt, "--model", "claude-sonnet-4-5", "--allowedTools", "Bash,Read,Write,Edit,Task,Agent")
	if r.mcp != nil {
		file := filepath.Join(r.home, "mcp.json")
		r.write(file, quoted(object{"mcpServers": object{"py": object{"command": r.mcp[0], "args": r.mcp[1:]}}}))
		words = append(words, "--mcp-config", file, "--allowedTools", "mcp__py__pip_install")
	}
	r.run(append(words, more...)...)
}

// bash is a call of Claude Code's shell tool.
func bash(command string) step {
	return step{"Bash", object{"command": command, "description": "x"}}
}

// settings is the part of Claude Code's settings that makes the layers.
type settings struct {
	Env         object `json:"env,omitempty"`
	Permissions object `json:"permissions,omitempty"`
	Hooks       object `json:"hooks,omitempty"`
}

// installed are the user's settings as venv-guard install writes them.
func (r *room) installed(c client) (s settings) {
	r.t.Helper()
	r.install(c)
	if err := json.Unmarshal([]byte(r.read(r.userSettings())), &s); err != nil {
		r.t.Fatal(err)
	}
	return s
}

func (r *room) userSettings() string { return filepath.Join(r.home, ".claude/settings.json") }

// claudeCase runs a test with each release.
func claudeCase(t *testing.T, test func(t *testing.T, c client)) {
	t.Parallel()
	for _, c := range claudes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.command(t)
			test(t, c)
		})
	}
}

func TestClaudeBothLayers(t *testing.T) {
	claudeCase(t, func(t *testing.T, c client) {
		m := play(
			bash("pip install requests"),
			bash(".venv/bin/pip install requests"),
			bash("echo 'pip install' and nothing else"),
			step{"Read", object{"file_path": ".npmrc"}},
		)
		r := newRoom(t, m)
		m.scripts["PLAY-MAIN"][3].input = object{"file_path": filepath.Join(r.work, ".npmrc")}
		r.installed(c)
		r.claude(c)
		told := m.told()
		if len(told) != 4 {
			t.Fatalf("%d results: %+v", len(told), told)
		}
		blocked(t, told[0], "pip install requests", ".venv/bin/pip install requests")
		if told[1].failed || !strings.Contains(told[1].text, "did run") {
			t.Errorf("the environment's pip: %+v", told[1])
		}
		if told[2].failed || !strings.Contains(told[2].text, "and nothing else") {
			t.Errorf("echo: %+v", told[2])
		}
		blocked(t, told[3], ".npmrc")
		if strings.Contains(told[3].text, "npm_secret") {
			t.Errorf("the model was told the token: %+v", told[3])
		}
		if ran := r.ran(); strings.Count(ran, "\n") != 1 || !strings.HasPrefix(ran, ".venv/bin/pip install requests (PIP_REQUIRE_VIRTUALENV=1)") {
			t.Errorf("started:\n%s", ran)
		}
	})
}

// blocked fails the test unless a step was blocked for a reason that has some
// texts in it.
func blocked(t *testing.T, got result, texts ...string) {
	t.Helper()
	if !got.failed {
		t.Errorf("not blocked: %+v", got)
	}
	reason(t, got, texts...)
}

// Layer 1 alone: deny rules stop what they name, and the variable that makes pip
// refuse outside an environment reaches every pip.
func TestClaudeLayer1Alone(t *testing.T) {
	claudeCase(t, func(t *testing.T, c client) {
		m := play(
			bash("sudo pip install requests"),
			bash("pip install --user requests"),
			bash("pip install requests"),
			bash(".venv/bin/pip install requests"),
		)
		r := newRoom(t, m)
		s := r.installed(c)
		s.Hooks = nil
		r.write(r.userSettings(), quoted(s))
		r.claude(c)
		told := m.told()
		if len(told) != 4 {
			t.Fatalf("%d results: %+v", len(told), told)
		}
		blocked(t, told[0], "denied")
		blocked(t, told[1], "denied")
		want := filepath.Join(r.bin, "pip") + " install requests (PIP_REQUIRE_VIRTUALENV=1)\n.venv/bin/pip install requests (PIP_REQUIRE_VIRTUALENV=1)\n"
		if ran := r.ran(); ran != want {
			t.Errorf("started:\n%s\nwant:\n%s", ran, want)
		}
	})
}

// Layer 2 alone: the hook.
func TestClaudeLayer2Alone(t *testing.T) {
	claudeCase(t, func(t *testing.T, c client) {
		m := play(
			bash("sudo pip install requests"),
			bash("X=pip; $X install requests"),
			bash("bash -c 'pip3 install requests'"),
			bash(".venv/bin/pip install requests"),
		)
		r := newRoom(t, m)
		s := r.installed(c)
		s.Env, s.Permissions = nil, nil
		r.write(r.userSettings(), quoted(s))
		r.claude(c)
		told := m.told()
		if len(told) != 4 {
			t.Fatalf("%d results: %+v", len(told), told)
		}
		blocked(t, told[0], "python/pip-global")
		blocked(t, told[1], "python/pip-global")
		blocked(t, told[2], "python/pip-global")
		if ran := r.ran(); ran != ".venv/bin/pip install requests (PIP_REQUIRE_VIRTUALENV=)\n" {
			t.Errorf("started:\n%s", ran)
		}
	})
}

// What a subagent asks for is judged as well.
func TestClaudeSubagent(t *testing.T) {
	claudeCase(t, func(t *testing.T, c client) {
		m := play(step{"Task", object{"description": "install", "prompt": "PLAY-SUB", "subagent_type": "general-purpose"}})
		m.scripts["PLAY-SUB"] = []step{bash("pip install requests")}
		r := newRoom(t, m)
		r.installed(c)
		r.claude(c)
		told := m.of("PLAY-SUB")
		if len(told) != 1 {
			t.Fatalf("%d results: %+v; main: %+v", len(told), told, m.told())
		}
		blocked(t, told[0], "pip install requests", ".venv/bin/pip install requests")
		if ran := r.ran(); ran != "" {
			t.Errorf("started:\n%s", ran)
		}
	})
}

// A hook that hangs, crashes or is gone blocks where the client knows onFailure
// (2.1.295); older ones let the call run, which is why there are other layers.
func TestClaudeHookFails(t *testing.T) {
	for _, test := range []struct{ name, command string }{
		{"timeout", "sleep 20"},
		{"crash", "kill -9 $$"},
		{"exit status", "exit 1"},
		{"missing", missing},
	} {
		t.Run(test.name, func(t *testing.T) {
			claudeCase(t, func(t *testing.T, c client) {
				m := play(bash("pip install requests"))
				r := newRoom(t, m)
				r.write(r.userSettings(), quoted(settings{Hooks: object{"PreToolUse": []any{object{
					"matcher": "Bash",
					"hooks":   []any{object{"type": "command", "command": test.command, "timeout": 1, "onFailure": "block"}},
				}}}}))
				r.claude(c)
				told := m.told()
				if len(told) != 1 {
					t.Fatalf("%d results: %+v", len(told), told)
				}
				if closed := r.ran() == "" && told[0].failed; closed != (c.name != claudeOld.name) {
					t.Errorf("blocked is %v: %+v, started:\n%s", closed, told[0], r.ran())
				}
			})
		})
	}
}

// An agent that would switch the guard off in the middle of a session is stopped.
func TestClaudeSelfDefence(t *testing.T) {
	claudeCase(t, func(t *testing.T, c client) {
		m := play()
		r := newRoom(t, m)
		settings := r.userSettings()
		m.scripts["PLAY-MAIN"] = []step{
			bash("echo '{}' > $HOME/.claude/settings.json"),
			{"Write", object{"file_path": settings, "content": "{}"}},
			bash("cat $HOME/.claude/settings.json | wc -l"),
			bash("pip install requests"),
		}
		r.installed(c)
		before := r.read(settings)
		r.claude(c)
		told := m.told()
		if len(told) != 4 {
			t.Fatalf("%d results: %+v", len(told), told)
		}
		blocked(t, told[0], "settings.json")
		if !told[1].failed {
			t.Errorf("not blocked: %+v", told[1])
		}
		if told[2].failed {
			t.Errorf("reading: %+v", told[2])
		}
		blocked(t, told[3], "pip install requests")
		if after := r.read(settings); after != before {
			t.Errorf("settings are now %s", after)
		}
		if ran := r.ran(); ran != "" {
			t.Errorf("started:\n%s", ran)
		}
	})
}

// Settings that something else empties in the middle of a session lose no hook:
// the client asks, by ConfigChange, and keeps those that it has.
func TestClaudeConfigChange(t *testing.T) {
	t.Parallel()
	c := claudeNew
	m := play(bash("true"), bash("pip install requests"))
	r := newRoom(t, m)
	r.installed(c)
	next := m.scripts["PLAY-MAIN"][1].input
	m.scripts["PLAY-MAIN"][1].input = func([]result) any {
		r.write(r.userSettings(), "{}")
		time.Sleep(2 * time.Second) // the client notices within one
		return next
	}
	r.claude(c)
	told := m.told()
	if len(told) != 2 {
		t.Fatalf("%d results: %+v", len(told), told)
	}
	blocked(t, told[1], "pip install requests")
	if ran := r.ran(); ran != "" {
		t.Errorf("started:\n%s", ran)
	}
}

// Commands in a skill are run while it is loaded, before any other hook; the call
// that loads it is judged by them.
func TestClaudeSkill(t *testing.T) {
	claudeCase(t, func(t *testing.T, c client) {
		m := play(
			step{"Skill", object{"skill": "bad", "command": "bad"}},
			step{"Skill", object{"skill": "good", "command": "good"}},
		)
		r := newRoom(t, m)
		r.installed(c)
		const head = "---\ndescription: does it\nallowed-tools: Bash(pip install:*), Bash(.venv/bin/pip install:*)\n---\n"
		r.write(filepath.Join(r.work, ".claude/skills/bad/SKILL.md"), head+"Output: !`pip install requests`\n")
		r.write(filepath.Join(r.work, ".claude/skills/good/SKILL.md"), head+"Output: !`.venv/bin/pip install requests`\n")
		r.claude(c, "--allowedTools", "Skill")
		told := m.told()
		if len(told) != 2 {
			t.Fatalf("%d results: %+v", len(told), told)
		}
		blocked(t, told[0], "would install requests into the system Python", ".claude/skills/bad/SKILL.md")
		if ran := r.ran(); !strings.HasPrefix(ran, ".venv/bin/pip install requests") || strings.Count(ran, "\n") != 1 {
			t.Errorf("started:\n%s", ran)
		}
	})
}
