//go:build unix

package clients

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// The other clients that npm has, each with its own name for a shell call and for
// the tools that read and write files.
var others = []struct {
	client
	run         func(r *room)
	hook        func(r *room, command string) // instead of what install writes, with a second's patience
	shell       func(command string) step
	read, write step
	opens       string // failures of a hook that let the call run
	mcp         string // the tool pip_install of the MCP server py
	sub         []step // a subagent that gets the prompt PLAY-SUB, and is waited for
}{
	{
		codexCLI, (*room).codex, (*room).codexHook,
		func(command string) step { return step{"exec_command", object{"cmd": command}} },
		step{"exec_command", object{"cmd": "cat .npmrc"}},
		step{"exec_command", object{"cmd": "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: sub/.npmrc\n+registry=https://npm.example.com/\n*** End Patch\nEOF"}},
		"timeout, crash, exit status, missing",
		"mcp__py/pip_install",
		[]step{
			{"multi_agent_v1/spawn_agent", object{"message": "PLAY-SUB"}},
			{"multi_agent_v1/wait_agent", func(told []result) any {
				var agent struct {
					ID string `json:"agent_id"`
				}
				json.Unmarshal([]byte(told[0].text), &agent)
				return object{"targets": []string{agent.ID}, "timeout_ms": 30000}
			}},
		},
	},
	{
		geminiCLI, (*room).gemini, (*room).geminiHook,
		func(command string) step { return step{"run_shell_command", object{"command": command}} },
		step{"read_file", object{"file_path": ".npmrc"}},
		step{"write_file", object{"file_path": "sub/.npmrc", "content": "registry=https://npm.example.com/\n"}},
		"timeout, crash, exit status",
		"mcp_py_pip_install",
		[]step{{"invoke_agent", object{"agent_name": "generalist", "prompt": "PLAY-SUB"}}},
	},
	{
		copilotCLI, (*room).copilot, (*room).copilotHook,
		func(command string) step { return step{"bash", object{"command": command, "description": "x"}} },
		step{"view", object{"path": ".npmrc"}},
		step{"create", object{"path": "sub/.npmrc", "file_text": "registry=https://npm.example.com/\n"}},
		"timeout",
		"py-pip_install",
		[]step{{"task", object{"agent_type": "general-purpose", "name": "sub", "description": "x", "prompt": "PLAY-SUB", "mode": "sync"}}},
	},
	{
		openCodeCLI, (*room).opencode, (*room).opencodeHook,
		func(command string) step { return step{"bash", object{"command": command, "description": "x"}} },
		step{"read", object{"filePath": ".npmrc"}},
		step{"write", object{"filePath": "sub/.npmrc", "content": "registry=https://npm.example.com/\n"}},
		"",
		"py_pip_install",
		[]step{{"task", object{"description": "install", "prompt": "PLAY-SUB", "subagent_type": "general"}}},
	},
}

// missing is a hook that is not there.
const missing = "/nowhere/venv-guard"

func TestOthers(t *testing.T) {
	for _, c := range others {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.command(t)
			m := play(c.shell("pip install requests"), c.shell(".venv/bin/pip install requests"), c.read, c.write)
			r := newRoom(t, m)
			r.install(c.client)
			c.run(r)
			told := m.told()
			if len(told) != 4 {
				t.Fatalf("%d results: %+v", len(told), told)
			}
			reason(t, told[0], "would install requests into the system Python", "Run instead: .venv/bin/pip install requests")
			if !strings.Contains(told[1].text, "did run") {
				t.Errorf("the environment's pip: %+v", told[1])
			}
			reason(t, told[2], ".npmrc", "has a token")
			reason(t, told[3], "another registry")
			ran := r.ran()
			if strings.Count(ran, "\n") != 1 || !strings.Contains(ran, ".venv/bin/pip install requests") {
				t.Errorf("started:\n%s", ran)
			}
			if r.exists(filepath.Join(r.work, "sub/.npmrc")) {
				t.Error("sub/.npmrc was written")
			}
		})
	}
}

// What subagents and MCP servers are asked for is judged as well.
func TestOthersBeside(t *testing.T) {
	for _, c := range others {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.command(t)
			m := play(append(c.sub, step{c.mcp, object{"packages": []string{"requests"}}})...)
			m.scripts["PLAY-SUB"] = []step{c.shell("pip install requests")}
			r := newRoom(t, m)
			r.serve()
			r.install(c.client)
			c.run(r)
			const why = "would install requests into the system Python"
			told := m.told()
			if len(told) != len(c.sub)+1 {
				t.Fatalf("%d results: %+v", len(told), told)
			}
			reason(t, told[len(c.sub)], why)
			if told := m.of("PLAY-SUB"); len(told) != 1 {
				t.Errorf("%d results of the subagent: %+v", len(told), told)
			} else {
				reason(t, told[0], why)
			}
			if ran := r.ran(); ran != "" {
				t.Errorf("started:\n%s", ran)
			}
		})
	}
}

// What README says of hooks that fail.
func TestOthersHookFails(t *testing.T) {
	for _, c := range others {
		for _, test := range []struct{ name, command string }{
			{"timeout", "sleep 20"},
			{"crash", "kill -9 $$"},
			{"exit status", "exit 1"},
			{"missing", missing},
		} {
			t.Run(c.name+"/"+test.name, func(t *testing.T) {
				t.Parallel()
				c.command(t)
				m := play(c.shell("pip install requests"))
				r := newRoom(t, m)
				c.hook(r, test.command)
				c.run(r)
				if len(m.told()) != 1 {
					t.Fatalf("results: %+v", m.told())
				}
				if open := r.ran() != ""; open != strings.Contains(c.opens, test.name) {
					t.Errorf("the call ran is %v: %+v", open, m.told())
				}
			})
		}
	}
}

// reason fails the test unless the model was told some texts.
func reason(t *testing.T, got result, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(got.text, text) {
			t.Errorf("the reason lacks %q: %s", text, got.text)
		}
	}
}
