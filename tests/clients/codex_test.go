//go:build unix

package clients

import (
	"fmt"
	"path/filepath"
	"testing"
)

var codexCLI = client{"codex-0.169.0", "@openai/codex@0.169.0-PLATFORM", "@openai/codex/vendor/*/bin/codex", false}

// codex runs Codex in a room. Hooks need a human's approval, which a flag stands
// for here.
func (r *room) codex() {
	r.t.Helper()
	servers := ""
	if r.mcp != nil {
		servers = fmt.Sprintf("[mcp_servers.py]\ncommand = %q\nargs = %s\n", r.mcp[0], quoted(r.mcp[1:]))
	}
	r.write(filepath.Join(r.home, ".codex/config.toml"), fmt.Sprintf(`model = "gpt-5"
model_provider = "played"
check_for_update_on_startup = false
[model_providers.played]
name = "played"
base_url = %q
env_key = "PLAYED_KEY"
wire_api = "responses"
%s`, r.url+"/v1", servers))
	// Its commands run in a login shell, whose profile sets PATH anew.
	r.write(filepath.Join(r.home, ".bash_profile"), "PATH="+r.bin+":$PATH\n")
	r.env = append(r.env, "PLAYED_KEY=x")
	r.run(append(codexCLI.command(r.t), "exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox",
		"--dangerously-bypass-hook-trust", prompt)...)
}

func (r *room) codexHook(command string) {
	r.t.Helper()
	r.write(filepath.Join(r.home, ".codex/hooks.json"), quoted(object{"hooks": object{"PreToolUse": []any{
		object{"matcher": "*", "hooks": []any{object{"type": "command", "command": command, "timeout": 1}}},
	}}}))
}

// No hook runs before write_stdin, so nothing may be left running that runs what
// is typed into it.
func TestCodexTyping(t *testing.T) {
	t.Parallel()
	codexCLI.command(t)
	m := play(
		step{"exec_command", object{"cmd": "bash", "tty": true, "yield_time_ms": 300}},
		step{"write_stdin", object{"session_id": 1, "chars": "pip install requests\n", "yield_time_ms": 300}},
	)
	r := newRoom(t, m)
	r.install(codexCLI)
	r.codex()
	if told := m.told(); len(told) != 2 {
		t.Fatalf("%d results: %+v", len(told), told)
	} else {
		reason(t, told[0], "Command blocked by PreToolUse hook", "typed into it after this call")
	}
	if ran := r.ran(); ran != "" {
		t.Errorf("started:\n%s", ran)
	}
}
