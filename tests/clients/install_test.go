//go:build unix

package clients

import (
	"path/filepath"
	"strings"
	"testing"
)

// What install writes is taken by each release, also on top of other settings,
// and doctor finds it in order.
func TestClaudeInstalled(t *testing.T) {
	claudeCase(t, func(t *testing.T, c client) {
		m := play(
			bash("pip install requests"),
			bash(".venv/bin/pip install requests"),
			bash("sudo pip install requests"),
		)
		r := newRoom(t, m)
		r.write(filepath.Join(r.home, ".claude/settings.json"), `{"env": {"A": "b"}, "permissions": {"allow": ["Bash(ls:*)"]}}`)
		r.install(c)
		out := r.run(r.guard, "doctor", "--live")
		if strings.Contains(out, "FAIL") || !strings.Contains(out, "layer 2: the hook runs before every tool") {
			t.Errorf("doctor: %s", out)
		}
		if old := c.name == claudeOld.name; old != strings.Contains(out, "lets calls through when the hook is missing") {
			t.Errorf("doctor does not tell the release's age: %s", out)
		}
		r.claude(c)
		told := m.told()
		if len(told) != 3 {
			t.Fatalf("%d results: %+v", len(told), told)
		}
		blocked(t, told[0], "python/pip-global")
		blocked(t, told[2])
		if ran := r.ran(); !strings.HasPrefix(ran, ".venv/bin/pip install requests (PIP_REQUIRE_VIRTUALENV=1)") || strings.Count(ran, "\n") != 1 {
			t.Errorf("started:\n%s", ran)
		}
	})
}

// The strict profile denies every pip by the client's own rules.
func TestClaudeInstalledStrict(t *testing.T) {
	claudeCase(t, func(t *testing.T, c client) {
		m := play(bash("pip install requests"), bash(".venv/bin/pip --require-virtualenv install requests"))
		r := newRoom(t, m)
		r.install(c)
		r.run(r.guard, "install", "--client", "claude", "--strict")
		r.claude(c)
		told := m.told()
		if len(told) != 2 {
			t.Fatalf("%d results: %+v", len(told), told)
		}
		blocked(t, told[0])
		if ran := r.ran(); !strings.HasPrefix(ran, ".venv/bin/pip --require-virtualenv install requests") || strings.Count(ran, "\n") != 1 {
			t.Errorf("started:\n%s", ran)
		}
	})
}

// A pin that does not hold is told to the model when a session starts, and holds
// every shell call up if a policy wants that.
func TestClaudePins(t *testing.T) {
	claudeCase(t, func(t *testing.T, c client) {
		m := play(bash("ls"))
		r := newRoom(t, m)
		r.install(c)
		settings := filepath.Join(r.home, ".claude/settings.json")
		r.write(settings, strings.Replace(r.read(settings), `"PIP_REQUIRE_VIRTUALENV": "1"`, `"PIP_REQUIRE_VIRTUALENV": "0"`, 1))
		r.claude(c)
		if told := m.told(); len(told) != 1 || told[0].failed {
			t.Errorf("ls: %+v", told)
		}
		if !m.heard("lacks env.PIP_REQUIRE_VIRTUALENV") {
			t.Error("the model was not told")
		}
		r.write(filepath.Join(r.home, ".config/venv-guard/policy.toml"), "pins = \"block\"\n")
		r.claude(c)
		told := m.told()
		if len(told) != 1 {
			t.Fatalf("%d results: %+v", len(told), told)
		}
		blocked(t, told[0], "lacks env.PIP_REQUIRE_VIRTUALENV", "every shell command is blocked")
	})
}

// Clients with an event for the start of a session pass on what does not hold.
func TestOthersPins(t *testing.T) {
	for _, c := range others {
		if c.name != codexCLI.name && c.name != geminiCLI.name {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.command(t)
			m := play(c.shell("ls"))
			r := newRoom(t, m)
			r.install(c.client)
			record := filepath.Join(r.home, ".config/venv-guard/installed.json")
			r.write(record, r.read(record)+"\n")
			c.run(r)
			if told := m.told(); len(told) != 1 || told[0].failed {
				t.Errorf("ls: %+v", told)
			}
			if !m.heard("is not what was pinned") {
				t.Error("the model was not told")
			}
		})
	}
}
