//go:build unix

package clients

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// Both releases are held to the same, but for what the older cannot do.
var claudes = []client{claudeNew, claudeOld}

// claude runs Claude Code in a room, with all tools allowed that are asked for.
func (r *room) claude(c client, more ...string) {
	r.t.Helper()
	r.env = append(r.env, "ANTHROPIC_BASE_URL="+r.url, "ANTHROPIC_API_KEY=sk-ant-test", "DISABLE_AUTOUPDATER=1",
		"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1", "DISABLE_TELEMETRY=1", "DISABLE_ERROR_REPORTING=1")
	words := append(c.command(r.t), "-p", prompt, "--model", "claude-sonnet-4-5", "--allowedTools", "Bash,Read,Write,Edit,Task,Agent")
	r.run(append(words, more...)...)
}

// bash is a call of Claude Code's shell tool.
func bash(command string) step {
	return step{"Bash", object{"command": command, "description": "x"}}
}

// settings are what baseline-settings.json says, with the guard's own path.
func (r *room) settings() (s struct {
	Env         map[string]string `json:"env,omitempty"`
	Permissions any               `json:"permissions,omitempty"`
	Hooks       any               `json:"hooks,omitempty"`
}) {
	r.t.Helper()
	text := strings.ReplaceAll(r.read("../../baseline-settings.json"), `"venv-guard hook"`, quoted(r.guard+" hook"))
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		r.t.Fatal(err)
	}
	return s
}

func quoted(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// install writes the user's settings.
func (r *room) install(settings any) {
	r.t.Helper()
	r.write(filepath.Join(r.home, ".claude/settings.json"), quoted(settings))
}

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
		r.install(r.settings())
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
		s := r.settings()
		s.Hooks = nil
		r.install(s)
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
		s := r.settings()
		s.Env, s.Permissions = nil, nil
		r.install(s)
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
		r.install(r.settings())
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
		{"missing", "/nowhere/venv-guard hook"},
	} {
		t.Run(test.name, func(t *testing.T) {
			claudeCase(t, func(t *testing.T, c client) {
				m := play(bash("pip install requests"))
				r := newRoom(t, m)
				r.install(object{"hooks": object{"PreToolUse": []any{object{
					"matcher": "Bash",
					"hooks":   []any{object{"type": "command", "command": test.command, "timeout": 1, "onFailure": "block"}},
				}}}})
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
