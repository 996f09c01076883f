//go:build unix

package clients

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// plugin is the directory of Claude Code's plugin.
func plugin(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../clients/claude-code")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// The plugin alone guards, with the program where users have theirs.
func TestClaudePlugin(t *testing.T) {
	claudeCase(t, func(t *testing.T, c client) {
		m := play(
			bash("pip install requests"),
			bash(".venv/bin/pip install requests"),
		)
		r := newRoom(t, m)
		if err := os.MkdirAll(filepath.Join(r.home, ".local/bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(r.guard, filepath.Join(r.home, ".local/bin/venv-guard")); err != nil {
			t.Fatal(err)
		}
		r.claude(c, "--plugin-dir", plugin(t))
		told := m.told()
		if len(told) != 2 {
			t.Fatalf("%d results: %+v", len(told), told)
		}
		blocked(t, told[0], "python/pip-global")
		if ran := r.ran(); !strings.HasPrefix(ran, ".venv/bin/pip install requests") || strings.Count(ran, "\n") != 1 {
			t.Errorf("started:\n%s", ran)
		}
	})
}

// Without the program, the plugin lets nothing through and says how to get it. A
// program of that name in the project does not count.
func TestClaudePluginAlone(t *testing.T) {
	claudeCase(t, func(t *testing.T, c client) {
		m := play(bash("pip install requests"))
		r := newRoom(t, m)
		r.program(filepath.Join(r.work, "venv-guard"), "#!/bin/sh\nexit 0\n")
		for i, kv := range r.env {
			if path, ok := strings.CutPrefix(kv, "PATH="); ok {
				r.env[i] = "PATH=" + r.work + ":" + path
			}
		}
		r.claude(c, "--plugin-dir", plugin(t))
		told := m.told()
		if len(told) != 1 {
			t.Fatalf("%d results: %+v", len(told), told)
		}
		blocked(t, told[0], "go install github.com/venv-guard/venv-guard@latest")
		if ran := r.ran(); ran != "" {
			t.Errorf("started:\n%s", ran)
		}
	})
}

// The plugin's ConfigChange hook keeps the settings in force that were, when a
// program changes them behind the guard's back. The older release, which keeps
// hooks for a whole session, does not know that event, and is not troubled by it.
func TestClaudePluginConfigChange(t *testing.T) {
	claudeCase(t, func(t *testing.T, c client) {
		m := play(bash("mytool"), bash("pip install requests"))
		r := newRoom(t, m)
		if err := os.MkdirAll(filepath.Join(r.home, ".local/bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(r.guard, filepath.Join(r.home, ".local/bin/venv-guard")); err != nil {
			t.Fatal(err)
		}
		r.write(r.userSettings(), `{"model": "sonnet"}`)
		r.program(filepath.Join(r.bin, "mytool"), "#!/bin/sh\nprintf '{\"disableAllHooks\": true}' >\"$HOME/.claude/settings.json\"\nsleep 3\n")
		r.claude(c, "--plugin-dir", plugin(t))
		told := m.told()
		if len(told) != 2 {
			t.Fatalf("%d results: %+v", len(told), told)
		}
		if told[0].failed {
			t.Errorf("the tool did not run: %+v", told[0])
		}
		blocked(t, told[1], "python/pip-global")
		if ran := r.ran(); ran != "" {
			t.Errorf("started:\n%s", ran)
		}
	})
}
