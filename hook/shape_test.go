package hook

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/venv-guard/venv-guard/action"
)

func posix(client, event, tool, command string) action.Call {
	return action.Call{Client: client, Event: event, Session: "s", Tool: tool, Shell: action.ShellPOSIX, Command: command, Dir: "/w"}
}

func fileCall(client, event, tool, input string, uses ...action.FileUse) action.Call {
	return action.Call{Client: client, Event: event, Session: "s", Tool: tool, Dir: "/w", Files: uses, Input: input}
}

// The messages are those that the clients sent (Gemini CLI 0.61.0, Copilot CLI
// 1.0.102, Codex 0.169.0) or that their documentation of 2026 shows.
var shapes = []struct {
	name string
	in   string
	want action.Call
}{
	{
		"Gemini, shell",
		`{"session_id":"s","transcript_path":"/h/.gemini/tmp/c.json","cwd":"/w","hook_event_name":"BeforeTool","timestamp":"2026-11-20T00:00:00.000Z","tool_name":"run_shell_command","tool_input":{"command":"pip install x","description":"d"}}`,
		posix(gemini, "BeforeTool", "run_shell_command", "pip install x"),
	},
	{
		"Gemini, shell in a directory",
		`{"session_id":"s","cwd":"/w","hook_event_name":"BeforeTool","tool_name":"run_shell_command","tool_input":{"command":"ls","dir_path":"sub"}}`,
		action.Call{Client: gemini, Event: "BeforeTool", Session: "s", Tool: "run_shell_command", Shell: action.ShellPOSIX, Command: "ls", Dir: "/w/sub"},
	},
	{
		"Gemini, file",
		`{"session_id":"s","cwd":"/w","hook_event_name":"BeforeTool","tool_name":"replace","tool_input":{"file_path":".npmrc","instruction":"i","old_string":"a","new_string":"b","allow_multiple":true}}`,
		fileCall(gemini, "BeforeTool", "replace", `{"file_path":".npmrc","instruction":"i","old_string":"a","new_string":"b","allow_multiple":true}`,
			action.FileUse{Op: action.FileEdit, Path: "/w/.npmrc", Old: "a", Text: "b", All: true}),
	},
	{
		"Gemini, many files",
		`{"session_id":"s","cwd":"/w","hook_event_name":"BeforeTool","tool_name":"read_many_files","tool_input":{"include":["/h/.npmrc","src/**/*.ts"],"exclude":["x"]}}`,
		fileCall(gemini, "BeforeTool", "read_many_files", `{"include":["/h/.npmrc","src/**/*.ts"],"exclude":["x"]}`,
			action.FileUse{Op: action.FileRead, Path: "/h/.npmrc"}, action.FileUse{Op: action.FileSearch, Path: "/w/src", Glob: "**/*.ts"}),
	},
	{
		"Gemini, MCP",
		`{"session_id":"s","cwd":"/w","hook_event_name":"BeforeTool","tool_name":"mcp_my_py_pip_install","tool_input":{"packages":["x"]},"mcp_context":{"server_name":"my_py","tool_name":"pip_install","command":"node"}}`,
		fileCall(gemini, "BeforeTool", "mcp__my_py__pip_install", `{"packages":["x"]}`),
	},
	{
		"Copilot, shell",
		`{"sessionId":"s","timestamp":1763600000000,"cwd":"/w","toolName":"bash","toolArgs":{"command":"ls","description":"d"}}`,
		posix(copilot, "PreToolUse", "bash", "ls"),
	},
	{
		"Copilot, arguments in a string",
		`{"sessionId":"s","timestamp":1763600000000,"cwd":"/w","toolName":"bash","toolArgs":"{\"command\":\"pip install \\\"x\\\"\"}"}`,
		posix(copilot, "PreToolUse", "bash", `pip install "x"`),
	},
	{
		"Copilot, typing",
		`{"sessionId":"s","cwd":"/w","toolName":"write_bash","toolArgs":{"sessionId":"0","input":"pip install x{enter}","delay":1}}`,
		posix(copilot, "PreToolUse", "write_bash", "pip install x{enter}"),
	},
	{
		"Copilot, file",
		`{"sessionId":"s","cwd":"/w","toolName":"create","toolArgs":{"path":"/w/a","file_text":"t"}}`,
		fileCall(copilot, "PreToolUse", "create", `{"path":"/w/a","file_text":"t"}`, action.FileUse{Op: action.FileWrite, Path: "/w/a", Text: "t"}),
	},
	{
		"Copilot, MCP",
		`{"sessionId":"s","cwd":"/w","toolName":"my-py-pip_install","toolArgs":{"packages":["x"]}}`,
		fileCall(copilot, "PreToolUse", "mcp_my-py-pip_install", `{"packages":["x"]}`),
	},
	{
		"Copilot, another event",
		`{"sessionId":"s","cwd":"/w","toolName":"bash","toolArgs":{"command":"ls"},"toolResult":{"resultType":"success"}}`,
		action.Call{Client: copilot, Event: "PostToolUse", Session: "s", Tool: "bash", Dir: "/w"},
	},
	{
		"Codex, patch",
		`{"session_id":"s","turn_id":"t","cwd":"/w","hook_event_name":"PreToolUse","tool_name":"apply_patch","tool_input":{"command":"*** Begin Patch\n*** Add File: a\n+one\n+two\n*** Update File: /h/.npmrc\n@@\n keep\n-old\n+new\n*** Delete File: b\n*** End Patch"}}`,
		fileCall(codex, "PreToolUse", "apply_patch", `{"command":"*** Begin Patch\n*** Add File: a\n+one\n+two\n*** Update File: /h/.npmrc\n@@\n keep\n-old\n+new\n*** Delete File: b\n*** End Patch"}`,
			action.FileUse{Op: action.FileWrite, Path: "/w/a", Text: "one\ntwo"},
			action.FileUse{Op: action.FileEdit, Path: "/h/.npmrc", Old: "keep\nold", Text: "keep\nnew"},
			action.FileUse{Op: action.FileWrite, Path: "/w/b"}),
	},
	{
		"Cursor, shell",
		`{"conversation_id":"s","generation_id":"g","hook_event_name":"beforeShellExecution","cursor_version":"3.9","workspace_roots":["/w"],"command":"ls","cwd":"","sandbox":false}`,
		posix(cursor, "beforeShellExecution", "Shell", "ls"),
	},
	{
		"Cursor, file",
		`{"conversation_id":"s","hook_event_name":"beforeReadFile","workspace_roots":["/w"],"file_path":"/h/.npmrc","content":"x","attachments":[{"type":"rule","filePath":"r.md"}]}`,
		fileCall(cursor, "beforeReadFile", "Read", `{"file_path":"/h/.npmrc"}`, action.FileUse{Op: action.FileRead, Path: "/h/.npmrc"}, action.FileUse{Op: action.FileRead, Path: "/w/r.md"}),
	},
	{
		"Cursor, MCP",
		`{"conversation_id":"s","cwd":"/w","hook_event_name":"beforeMCPExecution","tool_name":"pip_install","tool_input":"{\"packages\":[\"x\"]}","command":"npx server"}`,
		fileCall(cursor, "beforeMCPExecution", "mcp_pip_install", `{"packages":["x"]}`),
	},
	{
		"Cursor, MCP by preToolUse",
		`{"conversation_id":"s","cwd":"/w","hook_event_name":"preToolUse","tool_name":"MCP:py:pip_install","tool_input":{"packages":["x"]}}`,
		fileCall(cursor, "preToolUse", "mcp__py__pip_install", `{"packages":["x"]}`),
	},
	{
		"Cursor, another event",
		`{"conversation_id":"s","cwd":"/w","hook_event_name":"afterShellExecution","command":1}`,
		action.Call{Client: cursor, Event: "afterShellExecution", Session: "s", Dir: "/w"},
	},
	{
		"OpenCode, shell",
		`{"hook_event_name":"tool.execute.before","session_id":"s","cwd":"/w","tool_name":"bash","tool_input":{"command":"ls","workdir":"/v"}}`,
		action.Call{Client: openCode, Event: "tool.execute.before", Session: "s", Tool: "bash", Shell: action.ShellPOSIX, Command: "ls", Dir: "/v"},
	},
	{
		"OpenCode, file",
		`{"hook_event_name":"tool.execute.before","session_id":"s","cwd":"/w","tool_name":"edit","tool_input":{"filePath":"a","oldString":"b","newString":"c","replaceAll":true}}`,
		fileCall(openCode, "tool.execute.before", "edit", `{"filePath":"a","oldString":"b","newString":"c","replaceAll":true}`,
			action.FileUse{Op: action.FileEdit, Path: "/w/a", Old: "b", Text: "c", All: true}),
	},
	{
		"OpenCode, MCP",
		`{"hook_event_name":"tool.execute.before","session_id":"s","cwd":"/w","tool_name":"my_py_pip_install","tool_input":{"packages":["x"]}}`,
		fileCall(openCode, "tool.execute.before", "mcp_my_py_pip_install", `{"packages":["x"]}`),
	},
	{
		"Windsurf, shell",
		`{"agent_action_name":"pre_run_command","trajectory_id":"s","execution_id":"e","timestamp":"t","tool_info":{"command_line":"ls","cwd":"/w"}}`,
		posix(windsurf, "pre_run_command", "run_command", "ls"),
	},
	{
		"Windsurf, read",
		`{"agent_action_name":"pre_read_code","trajectory_id":"s","tool_info":{"file_path":"/h/.npmrc"}}`,
		action.Call{
			Client: windsurf, Event: "pre_read_code", Session: "s", Tool: "Read", Input: `{"file_path":"/h/.npmrc"}`,
			Files: []action.FileUse{{Op: action.FileRead, Path: "/h/.npmrc"}},
		},
	},
	{
		"Windsurf, write",
		`{"agent_action_name":"pre_write_code","trajectory_id":"s","tool_info":{"file_path":"/w/a","edits":[{"old_string":"b","new_string":"c"},{"old_string":"","new_string":"d"}]}}`,
		action.Call{
			Client: windsurf, Event: "pre_write_code", Session: "s", Tool: "Edit",
			Input: `{"file_path":"/w/a","edits":[{"old_string":"b","new_string":"c"},{"old_string":"","new_string":"d"}]}`,
			Files: []action.FileUse{{Op: action.FileEdit, Path: "/w/a", Old: "b", Text: "c"}, {Op: action.FileEdit, Path: "/w/a", Text: "d"}},
		},
	},
	{
		"Windsurf, MCP",
		`{"agent_action_name":"pre_mcp_tool_use","trajectory_id":"s","tool_info":{"mcp_server_name":"py","mcp_tool_name":"pip_install","mcp_tool_arguments":{"packages":["x"]}}}`,
		action.Call{Client: windsurf, Event: "pre_mcp_tool_use", Session: "s", Tool: "mcp__py__pip_install", Input: `{"packages":["x"]}`},
	},
	{
		"Windsurf, another event",
		`{"agent_action_name":"pre_user_prompt","trajectory_id":"s","tool_info":{"user_prompt":"pip install x"}}`,
		action.Call{Client: windsurf, Event: "pre_user_prompt", Session: "s"},
	},
	{
		"Cline, shell",
		`{"clineVersion":"3.40","hookName":"PreToolUse","timestamp":"1763600000000","taskId":"s","workspaceRoots":["/w"],"userId":"u","preToolUse":{"toolName":"execute_command","parameters":{"command":"ls","requires_approval":"false"}}}`,
		posix(cline, "PreToolUse", "execute_command", "ls"),
	},
	{
		"Cline, commands",
		`{"hookName":"PreToolUse","taskId":"s","workspaceRoots":["/w"],"preToolUse":{"toolName":"run_commands","parameters":{"commands":["ls","pip install x"]}}}`,
		posix(cline, "PreToolUse", "run_commands", "ls\npip install x"),
	},
	{
		"Cline, commands in a string",
		`{"hookName":"PreToolUse","taskId":"s","workspaceRoots":["/w"],"preToolUse":{"toolName":"run_commands","parameters":{"commands":"[\"ls\",\"pip install x\"]"}}}`,
		posix(cline, "PreToolUse", "run_commands", "ls\npip install x"),
	},
	{
		"Cline, blocks",
		`{"hookName":"PreToolUse","taskId":"s","workspaceRoots":["/w"],"preToolUse":{"toolName":"replace_in_file","parameters":{"path":"a","diff":"------- SEARCH\nb\n=======\nc\n+++++++ REPLACE\n"}}}`,
		fileCall(cline, "PreToolUse", "replace_in_file", `{"path":"a","diff":"------- SEARCH\nb\n=======\nc\n+++++++ REPLACE\n"}`,
			action.FileUse{Op: action.FileEdit, Path: "/w/a", Old: "b", Text: "c"}),
	},
	{
		"Cline, MCP",
		`{"hookName":"PreToolUse","taskId":"s","workspaceRoots":["/w"],"preToolUse":{"toolName":"use_mcp_tool","parameters":{"server_name":"py","tool_name":"pip_install","arguments":"{\"packages\":[\"x\"]}"}}}`,
		fileCall(cline, "PreToolUse", "mcp__py__pip_install", `{"packages":["x"]}`),
	},
	{
		"Cline, another event",
		`{"hookName":"TaskStart","taskId":"s","workspaceRoots":["/w"],"taskStart":{}}`,
		action.Call{Client: cline, Event: "TaskStart", Session: "s", Dir: "/w"},
	},
	{
		"droid, file",
		`{"session_id":"s","transcript_path":"/h/.factory/sessions/s.jsonl","cwd":"/w","permission_mode":"off","hook_event_name":"PreToolUse","tool_name":"Create","tool_input":{"file_path":"/w/a","content":"t"}}`,
		fileCall(droid, "PreToolUse", "Create", `{"file_path":"/w/a","content":"t"}`, action.FileUse{Op: action.FileWrite, Path: "/w/a", Text: "t"}),
	},
	{
		"Kiro, shell",
		`{"hook_event_name":"preToolUse","cwd":"/w","session_id":"s","tool_name":"execute_bash","tool_input":{"command":"ls"}}`,
		posix(kiro, "preToolUse", "execute_bash", "ls"),
	},
	{
		"Kiro, read",
		`{"hook_event_name":"preToolUse","cwd":"/w","session_id":"s","tool_name":"read","tool_input":{"operations":[{"mode":"Line","path":"/h/.npmrc"},{"mode":"Directory","path":"/w"},{"mode":"Search","path":"src","pattern":"x"}]}}`,
		fileCall(kiro, "preToolUse", "read", `{"operations":[{"mode":"Line","path":"/h/.npmrc"},{"mode":"Directory","path":"/w"},{"mode":"Search","path":"src","pattern":"x"}]}`,
			action.FileUse{Op: action.FileRead, Path: "/h/.npmrc"}, action.FileUse{Op: action.FileList, Path: "/w"}, action.FileUse{Op: action.FileSearch, Path: "/w/src"}),
	},
	{
		"Kiro, write",
		`{"hook_event_name":"preToolUse","cwd":"/w","session_id":"s","tool_name":"fs_write","tool_input":{"command":"str_replace","path":"a","old_str":"b","new_str":"c"}}`,
		fileCall(kiro, "preToolUse", "fs_write", `{"command":"str_replace","path":"a","old_str":"b","new_str":"c"}`, action.FileUse{Op: action.FileEdit, Path: "/w/a", Old: "b", Text: "c"}),
	},
	{
		"Kiro, MCP",
		`{"hook_event_name":"preToolUse","cwd":"/w","session_id":"s","tool_name":"@py/pip_install","tool_input":{"packages":["x"]}}`,
		fileCall(kiro, "preToolUse", "mcp__py__pip_install", `{"packages":["x"]}`),
	},
}

func TestShapes(t *testing.T) {
	for _, test := range shapes {
		t.Run(test.name, func(t *testing.T) {
			got, err := Decode(strings.NewReader(test.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			// Whatever the command line says, the input shows who sent it. What
			// Claude Code sends is like what others do.
			for _, name := range strings.Split(Clients, ", ") {
				client, ok := ParseClient(name)
				if !ok {
					t.Fatalf("ParseClient(%q)", name)
				}
				if got, err := DecodeFrom(strings.NewReader(test.in), client); err != nil || got.Shell != test.want.Shell || got.Command != test.want.Command {
					t.Errorf("--client %s: %+v, %v", name, got, err)
				}
			}
		})
	}
}

func TestNamedClient(t *testing.T) {
	const plain = `{"session_id":"s","cwd":"/w","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls"}}`
	for _, test := range []struct{ named, in, want string }{
		{"", plain, claudeCode},
		{claudeCode, plain, claudeCode},
		{kimi, plain, kimi},
		{claudeCode, `{"tool_name":"Bash","tool_input":{"command":"ls"}}`, claudeCode},
		{"", `{"tool_name":"Bash","tool_input":{"command":"ls"}}`, ""},
		// Cursor, VS Code and droid run hooks that were written for Claude Code.
		{claudeCode, `{"session_id":"s","cursor_version":"3","tool_name":"Bash","tool_input":{"command":"ls"}}`, cursor},
		{claudeCode, `{"session_id":"s","timestamp":"t","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls"}}`, copilot},
		{claudeCode, `{"session_id":"s","tool_name":"Execute","tool_input":{"command":"ls"}}`, droid},
		{claudeCode, `{"session_id":"s","turn_id":"t","tool_name":"Bash","tool_input":{"command":"ls"}}`, codex},
		{vibe, `{"session_id":"s","tool_name":"bash","tool_input":{"command":"ls"}}`, vibe},
	} {
		call, err := DecodeFrom(strings.NewReader(test.in), test.named)
		if err != nil || call.Client != test.want || call.Command != "ls" {
			t.Errorf("--client %q %s: %+v, %v, want %q", test.named, test.in, call, err, test.want)
		}
	}
	for _, name := range []string{"", "Claude", "cursor ", "aider"} {
		if client, ok := ParseClient(name); ok {
			t.Errorf("ParseClient(%q) = %q", name, client)
		}
	}
}

// FuzzNamed tries every client's name on every input: none may make a call of
// something that is refused without it, or hide a command.
func FuzzNamed(f *testing.F) {
	for _, shape := range shapes {
		f.Add(shape.in, "claude")
		f.Add(shape.in, "kimi")
	}
	f.Fuzz(func(t *testing.T, in, name string) {
		client, ok := ParseClient(name)
		if !ok {
			return
		}
		plain, err := Decode(strings.NewReader(in))
		if err != nil {
			return // a name can make a shell of a tool, whose command is then wanted, or a file tool
		}
		call, err := DecodeFrom(strings.NewReader(in), client)
		if err != nil {
			return // fails closed
		}
		if plain.Shell != action.ShellNone && (call.Shell == action.ShellNone || call.Command != plain.Command) {
			t.Fatalf("--client %s hides %q: %+v", name, plain.Command, call)
		}
		if len(plain.Files) > 0 && len(call.Files) == 0 && call.Shell == action.ShellNone {
			t.Fatalf("--client %s hides %v: %+v", name, plain.Files, call)
		}
	})
}

func FuzzPatch(f *testing.F) {
	f.Add("*** Begin Patch\n*** Update File: a\n*** Move to: b\n@@\n-x\n+y\n*** End Patch")
	f.Add("apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: .npmrc\n+registry=x\n*** End Patch\nEOF")
	f.Fuzz(func(t *testing.T, patch string) {
		in := `{"turn_id":"t","cwd":"/w","tool_name":"apply_patch","tool_input":{"command":` + string(quote(patch)) + `}}`
		call, err := Decode(strings.NewReader(in))
		if err != nil {
			return
		}
		// Every file that a header names is among those that are judged.
		for line := range strings.SplitSeq(strings.ToValidUTF8(patch, "\ufffd"), "\n") {
			name, ok := strings.CutPrefix(line, "*** Add File: ")
			if name = strings.TrimSpace(name); !ok || name == "" {
				continue
			}
			found := false
			for _, u := range call.Files {
				found = found || u.Path == absolute(name, "/w")
			}
			if !found {
				t.Fatalf("%q is not among %v", name, call.Files)
			}
		}
	})
}
