//go:build unix

package clients

import (
	"path/filepath"
	"strings"
	"testing"
)

// setup runs venv-guard in the room, which must succeed, with the client on PATH
// under its own name.
func (r *room) setup(c client, args ...string) string {
	r.t.Helper()
	var quotedWords []string
	for _, w := range c.command(r.t) {
		quotedWords = append(quotedWords, "'"+w+"'")
	}
	r.program(filepath.Join(r.bin, "claude"), "#!/bin/sh\nexec "+strings.Join(quotedWords, " ")+" \"$@\"\n")
	return r.run(append([]string{r.guard}, args...)...)
}

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
		r.setup(c, "install", "--client", "claude")
		out := r.setup(c, "doctor", "--live")
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
		r.setup(c, "install", "--client", "claude", "--strict")
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
		r.setup(c, "install", "--client", "claude")
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
