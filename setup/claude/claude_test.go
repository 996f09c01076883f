package claude

import (
	"os"
	"slices"
	"strings"
	"testing"
)

const guarded = `{
  "env": {"PIP_REQUIRE_VIRTUALENV": "1"},
  "model": "opus",
  "enabledPlugins": {"venv-guard@tools": true, "other@tools": true},
  "permissions": {"deny": ["Bash(venv-guard trust:*)", "Bash(rm -rf:*)"]},
  "hooks": {"PreToolUse": [
    {"matcher": "Bash", "hooks": [{"type": "command", "command": "/usr/local/bin/venv-guard hook", "timeout": 10}]},
    {"matcher": "Bash", "hooks": [{"type": "command", "command": "fmt.sh"}]}
  ]}
}`

// TestRead holds what was seen in Claude Code 2.1.329: what drops a file, and
// what it tolerates.
func TestRead(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{guarded, ""},
		{"", ""},
		{`{}`, ""},
		{`{"unknown": {"a": []}}`, ""},
		{`{"permissions":{"Bash(pip install*)":"deny"}}`, ""},
		{`{"permissions":{"deny":["Bash(("]}}`, ""},
		{`{"hooks":{"Unknown":[]}}`, ""},
		{`{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"x","onFailure":"block","new":1}]}]}}`, ""},
		{`{"a":1,}`, "line 1, column 8"},
		{"{\n// why\n}", "line 2, column 1"},
		{`{"a":1`, "ends too early"},
		{`{} {}`, "more text"},
		{`[]`, "not a JSON object"},
		{`{"permissions":{"deny":{"Bash(pip install*)":"deny"}}}`, "permissions.deny must be a list"},
		{`{"permissions":{"deny":"Bash"}}`, "permissions.deny must be a list"},
		{`{"permissions":{"deny":[{"a":"b"}]}}`, "permissions.deny must be a list"},
		{`{"permissions":{"defaultMode":"bogus"}}`, "defaultMode"},
		{`{"hooks":{"PreToolUse":[{"type":"command","command":"x"}]}}`, "hooks.PreToolUse[0] must have a list hooks"},
		{`{"hooks":{"PreToolUse":[{"matcher":1,"hooks":[]}]}}`, "matcher must be a string"},
		{`{"hooks":{"PreToolUse":[{"hooks":[{"type":"bogus"}]}]}}`, "hooks[0].type"},
		{`{"hooks":{"PreToolUse":[{"hooks":[{"type":"command","command":"x","timeout":"5"}]}]}}`, "timeout must be a number"},
		{`{"hooks":{"PreToolUse":[{"hooks":[{"type":"command"}]}]}}`, "command must be a string"},
		{`{"disableAllHooks":"true"}`, "disableAllHooks must be true or false"},
		{`{"env":{"A":{}}}`, "env.A must be a string"},
	} {
		_, err := Read([]byte(tt.text))
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("Read(%s): %v", tt.text, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("Read(%s): %v, want %q", tt.text, err, tt.want)
		}
	}
}

func TestBaseline(t *testing.T) {
	text, err := os.ReadFile("../../baseline-settings.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Read(text)
	if err != nil {
		t.Fatal(err)
	}
	// All of it is the guard's.
	lost := Lost(s, new(Settings), []string{"venv-guard"})
	if want := len(s.Hooks) + 1 + len(s.Deny); len(lost) != want || len(s.Hooks) == 0 {
		t.Errorf("%d of %d parts of the baseline are the guard's: %q", len(lost), want, lost)
	}
}

func TestLost(t *testing.T) {
	for _, tt := range []struct {
		name     string
		old, new string
		want     string // of what is lost or harmful; "" for nothing
	}{
		{"another model", `"opus"`, `"sonnet"`, ""},
		{"another hook", `"fmt.sh"`, `"lint.sh"`, ""},
		{"another rule", `"Bash(rm -rf:*)"`, `"Bash(ls:*)"`, ""},
		{"another plugin", `"other@tools": true`, `"other@tools": false`, ""},
		{"a hook more in the group", `"timeout": 10}`, `"timeout": 10}, {"type": "command", "command": "log.sh"}`, ""},
		{"other command", "/usr/local/bin/venv-guard hook", "true", "hooks.PreToolUse"},
		{"other program", "venv-guard hook", "venv-guard-not hook", "hooks.PreToolUse"},
		{"matcher that never fires", `{"matcher": "Bash", "hooks": [{"type": "command", "command": "/usr`, `{"matcher": "bash", "hooks": [{"type": "command", "command": "/usr`, "hooks.PreToolUse"},
		{"other event", `"PreToolUse"`, `"PostToolUse"`, "hooks.PreToolUse"},
		{"prompt", `"type": "command", "command": "/usr`, `"type": "prompt", "prompt": "x", "command": "/usr`, "hooks.PreToolUse"},
		{"timeout", `"timeout": 10`, `"timeout": 0.001`, "hooks.PreToolUse"},
		{"wall off", `"1"`, `"0"`, "env.PIP_REQUIRE_VIRTUALENV"},
		{"wall gone", `"PIP_REQUIRE_VIRTUALENV"`, `"X"`, "env.PIP_REQUIRE_VIRTUALENV"},
		{"wall spelt otherwise", `"1"`, `"true"`, ""},
		{"rule gone", `"Bash(venv-guard trust:*)", `, "", "permissions.deny"},
		{"plugin off", `"venv-guard@tools": true`, `"venv-guard@tools": false`, "enabledPlugins"},
		{"all off", `"model"`, `"disableAllHooks": true, "model"`, "disableAllHooks"},
		{"asked not to be off", `"model"`, `"disableAllHooks": false, "model"`, ""},
		{"managed only", `"model"`, `"allowManagedHooksOnly": true, "model"`, "allowManagedHooksOnly"},
		{"plugin off elsewhere", `"other@tools": true`, `"other@tools": true, "venv-guard@more": false`, "enabledPlugins.venv-guard@more: false"},
		{"other PATH", `"1"`, `"1", "PATH": "/tmp/e:/usr/bin"`, "env.PATH"},
		{"other home", `"1"`, `"1", "XDG_CONFIG_HOME": "/tmp/x"`, "env.XDG_CONFIG_HOME"},
		{"twice", `"model"`, `"hooks": {}, "model"`, ""},
		{"twice, the last counts", `"fmt.sh"}]}`, `"fmt.sh"}]}]}, "hooks": {"Stop": [`, "hooks.PreToolUse"},
	} {
		text := strings.Replace(guarded, tt.old, tt.new, 1)
		if text == guarded {
			t.Fatalf("%s: nothing changed", tt.name)
		}
		before, _ := Read([]byte(guarded))
		after, err := Read([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		got := append(Lost(before, after, []string{"venv-guard"}), Harm(before, after, []string{"venv-guard"})...)
		switch {
		case tt.want == "" && len(got) > 0:
			t.Errorf("%s: %q", tt.name, got)
		case tt.want != "" && !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, tt.want) }):
			t.Errorf("%s: %q, want %s", tt.name, got, tt.want)
		}
		if back := Harm(after, after, []string{"venv-guard"}); len(back) > 0 {
			t.Errorf("%s: harm without a change: %q", tt.name, back)
		}
	}
}

// FuzzLost holds that a change is never harmless in which the guard's parts are
// gone, and that none is harmful in which nothing changed.
func FuzzLost(f *testing.F) {
	f.Add(guarded, "venv-guard", "x")
	f.Add(guarded, `"matcher": "Bash"`, "")
	f.Fuzz(func(t *testing.T, text, old, new string) {
		before, err := Read([]byte(text))
		if err != nil {
			return
		}
		programs := []string{"venv-guard"}
		if got := append(Lost(before, before, programs), Harm(before, before, []string{"venv-guard"})...); len(got) > 0 {
			t.Fatalf("nothing changed, but %q", got)
		}
		after, err := Read([]byte(strings.ReplaceAll(text, old, new)))
		if err != nil || len(Lost(before, after, programs)) > 0 {
			return
		}
		n := func(s *Settings) (n int) {
			for i := range s.Hooks {
				if s.Hooks[i].Runs(programs...) {
					n++
				}
			}
			return n
		}
		if n(before) > 0 && n(after) == 0 || IsTrue(before.Env[Wall]) && !IsTrue(after.Env[Wall]) {
			t.Fatalf("lost without a word: %s", text)
		}
	})
}
