package hook

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/venv-guard/venv-guard/action"
)

const claudeNewest = `{"session_id":"3a1c","transcript_path":"/h/.claude/projects/-w/3a1c.jsonl","cwd":"/w","prompt_id":"77","permission_mode":"default",
 "effort":{"level":"medium"},"hook_event_name":"PreToolUse","tool_name":"Bash",
 "tool_input":{"command":"pip install requests","description":"Install requests"},"tool_use_id":"toolu_01"}`

// bash returns a Claude Code call of the Bash tool.
func bash(command string) action.Call {
	return action.Call{
		Client: "claude-code", Event: "PreToolUse", Session: "s", Tool: "Bash",
		Shell: action.ShellPOSIX, Command: command, Dir: "/w",
	}
}

func TestDecode(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want action.Call
	}{
		// Claude Code through the ages.
		{
			"1.0.38",
			`{"session_id":"s","transcript_path":"/t.jsonl","tool_name":"Bash","tool_input":{"command":"ls"}}`,
			action.Call{Client: "claude-code", Session: "s", Tool: "Bash", Shell: action.ShellPOSIX, Command: "ls"},
		},
		{
			"1.0.60",
			`{"session_id":"s","transcript_path":"/t.jsonl","cwd":"/w","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls"}}`,
			bash("ls"),
		},
		{
			"2.0.45",
			`{"session_id":"s","transcript_path":"/t.jsonl","cwd":"/w","permission_mode":"plan","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls","timeout":120000,"run_in_background":false},"tool_use_id":"toolu_01"}`,
			bash("ls"),
		},
		{
			"2.1.329",
			claudeNewest,
			action.Call{Client: "claude-code", Event: "PreToolUse", Session: "3a1c", Tool: "Bash", Shell: action.ShellPOSIX, Command: "pip install requests", Dir: "/w"},
		},
		{
			"subagent",
			`{"session_id":"s","cwd":"/w","hook_event_name":"PreToolUse","agent_id":"a7","agent_type":"Explore","tool_name":"Bash","tool_input":{"command":"ls"}}`,
			action.Call{Client: "claude-code", Event: "PreToolUse", Session: "s", Agent: "a7", Tool: "Bash", Shell: action.ShellPOSIX, Command: "ls", Dir: "/w"},
		},
		{
			"null agent",
			`{"session_id":"s","cwd":"/w","hook_event_name":"PreToolUse","agent_id":null,"tool_name":"Bash","tool_input":{"command":"ls"}}`,
			bash("ls"),
		},
		{
			"PowerShell",
			`{"session_id":"s","hook_event_name":"PreToolUse","tool_name":"PowerShell","tool_input":{"command":"py -m pip install x"}}`,
			action.Call{Client: "claude-code", Event: "PreToolUse", Session: "s", Tool: "PowerShell", Shell: action.ShellPowerShell, Command: "py -m pip install x"},
		},
		{
			"Monitor with a command",
			`{"session_id":"s","hook_event_name":"PreToolUse","tool_name":"Monitor","tool_input":{"command":"tail -f log"}}`,
			action.Call{Client: "claude-code", Event: "PreToolUse", Session: "s", Tool: "Monitor", Shell: action.ShellPOSIX, Command: "tail -f log"},
		},
		{
			"Monitor without a command",
			`{"session_id":"s","hook_event_name":"PreToolUse","tool_name":"Monitor","tool_input":{"ws":{"url":"wss://h"}}}`,
			action.Call{Client: "claude-code", Event: "PreToolUse", Session: "s", Tool: "Monitor", Input: `{"ws":{"url":"wss://h"}}`},
		},
		{
			"empty command",
			`{"tool_name":"Bash","tool_input":{"command":""}}`,
			action.Call{Tool: "Bash", Shell: action.ShellPOSIX},
		},

		// Tools that run no shell text.
		{
			"Write",
			`{"session_id":"s","cwd":"/w","hook_event_name":"PreToolUse","tool_name":"Write","tool_input":{"file_path":"/w/a","content":"pip install x"}}`,
			action.Call{
				Event: "PreToolUse", Session: "s", Tool: "Write", Dir: "/w",
				Files: []action.FileUse{{Op: action.FileWrite, Path: "/w/a", Text: "pip install x"}},
				Input: `{"file_path":"/w/a","content":"pip install x"}`,
			},
		},
		{
			"command of another tool",
			`{"tool_name":"mcp__x__y","tool_input":{"command":["pip"]}}`,
			action.Call{Tool: "mcp__x__y", Input: `{"command":["pip"]}`},
		},
		{"no input", `{"tool_name":"Read"}`, action.Call{Tool: "Read"}},
		{"odd input", `{"tool_name":"Read","tool_input":7}`, action.Call{Tool: "Read"}},
		{"tool names are exact", `{"tool_name":"bash","tool_input":{"command":"ls"}}`, action.Call{Tool: "bash", Input: `{"command":"ls"}`}},

		// Other events.
		{
			"SessionStart",
			`{"session_id":"s","transcript_path":"/t","cwd":"/w","hook_event_name":"SessionStart","source":"startup","model":"m"}`,
			action.Call{Event: "SessionStart", Session: "s", Source: "startup", Dir: "/w"},
		},
		{
			"PostToolUse",
			`{"session_id":"s","cwd":"/w","hook_event_name":"PostToolUse","tool_name":"Bash","tool_input":{"command":1},"tool_response":{}}`,
			action.Call{Client: "claude-code", Event: "PostToolUse", Session: "s", Tool: "Bash", Dir: "/w"},
		},

		// Other clients.
		{
			"Codex",
			`{"session_id":"s","turn_id":"t","transcript_path":null,"cwd":"/w","hook_event_name":"PreToolUse","model":"m","permission_mode":"default","tool_name":"Bash","tool_input":{"command":"ls"},"tool_use_id":"c"}`,
			action.Call{Client: "codex", Event: "PreToolUse", Session: "s", Tool: "Bash", Shell: action.ShellPOSIX, Command: "ls", Dir: "/w", Typed: true},
		},
		{
			"Copilot",
			`{"hook_event_name":"PreToolUse","session_id":"s","timestamp":"2026-11-20T00:00:00Z","cwd":"/w","tool_name":"Bash","tool_input":{"command":"ls"}}`,
			action.Call{Client: "copilot", Event: "PreToolUse", Session: "s", Tool: "Bash", Shell: action.ShellPOSIX, Command: "ls", Dir: "/w"},
		},
		{
			"droid",
			`{"session_id":"s","cwd":"/w","hook_event_name":"PreToolUse","tool_name":"Execute","tool_input":{"command":"ls"}}`,
			action.Call{Client: "droid", Event: "PreToolUse", Session: "s", Tool: "Execute", Shell: action.ShellPOSIX, Command: "ls", Dir: "/w"},
		},
		{
			"Cursor",
			`{"conversation_id":"c","hook_event_name":"preToolUse","cwd":"/w","tool_name":"Shell","tool_input":{"command":"ls","working_directory":"/w/sub"}}`,
			action.Call{Client: "cursor", Event: "preToolUse", Session: "c", Tool: "Shell", Shell: action.ShellPOSIX, Command: "ls", Dir: "/w/sub"},
		},
		{
			"Cursor 3",
			"\ufeff" + `{"conversation_id":"s","model":"default","tool_name":"Shell","tool_input":{"command":"ls","cwd":"","timeout":30000},"cwd":"","session_id":"s","hook_event_name":"preToolUse","cursor_version":"3.9.16","workspace_roots":["/w"]}`,
			action.Call{Client: "cursor", Event: "preToolUse", Session: "s", Tool: "Shell", Shell: action.ShellPOSIX, Command: "ls", Dir: "/w"},
		},
		{
			"Cursor, directory in the input",
			`{"cwd":"/w","tool_name":"Shell","tool_input":{"command":"ls","cwd":"/w/sub","working_directory":null}}`,
			action.Call{Client: "cursor", Tool: "Shell", Shell: action.ShellPOSIX, Command: "ls", Dir: "/w/sub"},
		},
		{
			"Cursor, two workspaces",
			`{"cwd":"","tool_name":"Shell","tool_input":{"command":"ls"},"workspace_roots":["/w","/v"]}`,
			action.Call{Client: "cursor", Tool: "Shell", Shell: action.ShellPOSIX, Command: "ls"},
		},
		{
			"Cursor, relative workspace",
			`{"cwd":"","tool_name":"Shell","tool_input":{"command":"ls"},"workspace_roots":["w"]}`,
			action.Call{Client: "cursor", Tool: "Shell", Shell: action.ShellPOSIX, Command: "ls"},
		},
		{
			"Cursor, cwd before the workspace",
			`{"cwd":"/w/sub","tool_name":"Shell","tool_input":{"command":"ls"},"workspace_roots":["/w"]}`,
			action.Call{Client: "cursor", Tool: "Shell", Shell: action.ShellPOSIX, Command: "ls", Dir: "/w/sub"},
		},
		{
			"Cursor naming the tool Bash",
			`{"session_id":"s","cursor_version":"3","tool_name":"Bash","tool_input":{"command":"ls"}}`,
			action.Call{Client: "cursor", Session: "s", Tool: "Bash", Shell: action.ShellPOSIX, Command: "ls"},
		},
		{
			"no client but Cursor moves the directory",
			`{"session_id":"s","cwd":"/w","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls","working_directory":"/v","cwd":"/v"}}`,
			bash("ls"),
		},

		// JSON.
		{
			"keys are exact",
			`{"Tool_Name":"Read","tool_name":"Bash","tool_input":{"COMMAND":"ls","command":"pip install x","Command":1},"TOOL_INPUT":{}}`,
			action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: "pip install x"},
		},
		{
			"escaped key",
			`{"tool_name":"Bash","tool_input":{"comm\u0061nd":"ls"}}`,
			action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: "ls"},
		},
		{
			"a key that looks like a path",
			`{"tool_name":"Bash","tool_input.command":"no","tool_input":{"command":"yes"},"tool_input/command":"no","tool_input\u0000command":"no"}`,
			action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: "yes"},
		},
		{
			"input before name",
			`{"tool_input":{"command":"ls"},"tool_name":"Bash"}`,
			action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: "ls"},
		},
		{
			"escapes",
			`{"tool_name":"Bash","tool_input":{"command":"\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00 \ud83d \ude00 \ud83d\u0041 é😀\u0000\u2028<"}}`,
			action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: "\"\\/\b\f\n\r\té€😀 \ufffd \ufffd \ufffdA é😀\x00\u2028<"},
		},
		{
			"white space and values of all kinds",
			"\r\n\t {\t\"a\" : [ ] , \"b\":{ },\"c\":[1,-0,0.5,1e9,-1.25E-3,2E+7 , true,false,null,[[\"x\"]]],\"tool_name\":\"Read\"}\r\n\t ",
			action.Call{Tool: "Read"},
		},
		{
			"long ignored key before the command",
			`{"pad":"` + strings.Repeat("x", 1<<20) + `","tool_name":"Bash","tool_input":{"command":"ls"}}`,
			action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: "ls"},
		},
		{
			"as deep as may be",
			`{"tool_name":"Read","a":` + strings.Repeat("[", maxDepth-1) + strings.Repeat("]", maxDepth-1) + `}`,
			action.Call{Tool: "Read"},
		},
		{
			"the same key in different objects",
			`{"tool_name":"Read","a":{"tool_name":1,"a":{"a":[{"a":1},{"a":2}]}},"b":{"a":1}}`,
			action.Call{Tool: "Read"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Decode(strings.NewReader(test.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestDecodeErrors(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want string // what the error starts with
	}{
		{"empty", "", "stdin is empty; run this as a client's PreToolUse hook"},
		{"blank", "\ufeff \r\n\t", "stdin is empty"},

		{"truncated object", `{"tool_name":"Bash"`, `stdin:1:20: malformed JSON: want ',' or '}', found the end of the input; pass on`},
		{"truncated string", `{"tool_name":"Ba`, `stdin:1:17: malformed JSON: want '"' at the end of a string, found the end`},
		{"truncated escape", `{"tool_name":"Ba\`, `stdin:1:18: malformed JSON: want an escape`},
		{"truncated number", `{"a":-`, `stdin:1:7: malformed JSON: want a digit`},
		{"truncated literal", `{"a":tru`, `stdin:1:6: malformed JSON: want a JSON value, found 't'`},
		{"line and column", "{\n \"a\":1,\n  x}", "stdin:3:3: malformed JSON: want a key in double quotes, found 'x'"},
		{"array", `[{"tool_name":"Bash"}]`, `stdin:1:1: malformed JSON: want one JSON object, found '['`},
		{"string", `"Bash"`, `stdin:1:1: malformed JSON: want one JSON object`},
		{"null", `null`, `stdin:1:1: malformed JSON: want one JSON object`},
		{"two BOMs", "\ufeff\ufeff{}", "stdin:1:4: malformed JSON: want one JSON object, found '\\ufeff'"},
		{"BOM inside", "{\ufeff}", "stdin:1:2: malformed JSON"},
		{"trailing object", `{"tool_name":"Read"} {}`, `stdin:1:22: malformed JSON: want nothing after the object, found '{'`},
		{"trailing brace", `{"tool_name":"Read"}}`, `stdin:1:21: malformed JSON: want nothing after the object`},
		{"trailing NUL", "{\"tool_name\":\"Read\"}\x00", `stdin:1:21: malformed JSON: want nothing after the object, found '\x00'`},
		{"trailing comma", `{"a":1,}`, `stdin:1:8: malformed JSON: want a key`},
		{"trailing comma in array", `{"a":[1,]}`, `stdin:1:9: malformed JSON: want a JSON value`},
		{"no colon", `{"a" 1}`, `stdin:1:6: malformed JSON: want ':' after a key`},
		{"comment", `{/**/}`, `stdin:1:2: malformed JSON`},
		{"single quotes", `{'a':1}`, `stdin:1:2: malformed JSON`},
		{"leading zero", `{"a":01}`, `stdin:1:7: malformed JSON`},
		{"plus", `{"a":+1}`, `stdin:1:6: malformed JSON`},
		{"no fraction", `{"a":1.}`, `stdin:1:8: malformed JSON: want a digit`},
		{"no exponent", `{"a":1e+}`, `stdin:1:9: malformed JSON: want a digit`},
		{"NaN", `{"a":NaN}`, `stdin:1:6: malformed JSON`},
		{"raw newline", "{\"a\":\"x\ny\"}", `stdin:1:8: malformed JSON: want no raw control character in a string, found '\n'`},
		{"bad escape", `{"a":"\x41"}`, `stdin:1:8: malformed JSON: want an escape that JSON knows, such as \n or \u000a, found 'x'`},
		{"bad hex", `{"a":"\u00G0"}`, `stdin:1:11: malformed JSON: want an escape`},
		{"bad hex in second half", `{"a":"\ud83d\ude0"}`, `stdin:1:18: malformed JSON: want an escape`},
		{"control characters as hex", "{\"a\":\"\\u\x10\x11\x12\x13\"}", `stdin:1:9: malformed JSON: want an escape`},
		{"invalid UTF-8", "{\"a\":\n\"\ufffd\xff\"}", "stdin:2:5: invalid UTF-8 (byte 0xff); the client must send UTF-8"},
		{"surrogate in UTF-8", "{\"a\":\"\xed\xa0\x80\"}", "stdin:1:7: invalid UTF-8 (byte 0xed)"},
		{"UTF-16", "\xff\xfe{\x00}\x00", "stdin:1:1: invalid UTF-8 (byte 0xff)"},
		{"too deep", `{"a":` + strings.Repeat("[", maxDepth), "stdin:1:1005: nested deeper than 1000 levels"},
		{"a million arrays", `{"a":` + strings.Repeat("[", 1e6), "stdin:1:1005: nested deeper"},
		{"a million objects", strings.Repeat(`{"a":`, 1e6), "stdin:1:5001: nested deeper"},

		{"duplicate key", `{"cwd":"/w","cwd":"/w"}`, `stdin:1:13: key "cwd" appears twice; the client must send each key once`},
		{"duplicate command", `{"tool_name":"Bash","tool_input":{"command":"pip install x","command":"ls"}}`, `stdin:1:61: key "tool_input.command" appears twice`},
		{"duplicate by escape", `{"tool_input":{"command":"pip install x","c\u006fmmand":"ls"}}`, `stdin:1:42: key "tool_input.command" appears twice`},
		{"duplicate deep down", `{"a":{"b":[0,[{"c":{"d":1,"e":2,"d":3}}]]}}`, `stdin:1:33: key "a.b[][].c.d" appears twice`},
		{"duplicate empty key", `{"a":[{"":1,"":2}]}`, `stdin:1:13: key "a[]." appears twice`},
		{"duplicate in an ignored event", `{"hook_event_name":"Stop","x":{"y":1,"y":1}}`, `stdin:1:38: key "x.y" appears twice`},

		{"no tool", `{"hook_event_name":"PreToolUse","tool_input":{"command":"ls"}}`, "stdin:1:1: tool call without a tool_name; the client must name the tool"},
		{"nothing at all", `{}`, "stdin:1:1: tool call without a tool_name"},
		{"two shapes", `{"toolName":"bash","toolArgs":{"command":"ls"},"tool_name":"Read"}`, "stdin:1:60: input in the form of two clients"},
		{"empty tool", `{"tool_name":""}`, "stdin:1:14: tool call without a tool_name"},
		{"tool name of wrong type", `{"tool_name":null}`, "stdin:1:14: tool_name must be a string, found null"},
		{"no input", `{"tool_name":"Bash"}`, "stdin:1:1: Bash call without a command: tool_input must be an object, found nothing"},
		{"input of wrong type", `{"tool_name":"Bash","tool_input":"ls"}`, "stdin:1:34: Bash call without a command: tool_input must be an object, found a string"},
		{"no command", `{"tool_name":"Execute","tool_input":{"cmd":"ls"}}`, `stdin:1:37: Execute call without a command; tool_input must have the key "command"`},
		{"command in capitals", `{"tool_name":"Bash","tool_input":{"COMMAND":"ls"}}`, "stdin:1:34: Bash call without a command"},
		{"array of commands", `{"tool_name":"Bash","tool_input":{"command":["ls"]}}`, "stdin:1:45: tool_input.command must be a string, found an array"},
		{"null command", `{"tool_name":"Monitor","tool_input":{"command":null}}`, "stdin:1:48: tool_input.command must be a string, found null"},
		{"relative cwd", `{"tool_name":"Read","cwd":"w"}`, `stdin:1:27: cwd must be an absolute path, found "w"`},
		{"cwd of wrong type", `{"tool_name":"Read","cwd":{}}`, "stdin:1:27: cwd must be a string, found an object"},
		{"relative directory of Cursor", `{"cwd":"/w","tool_name":"Shell","tool_input":{"command":"ls","working_directory":"sub"}}`, `stdin:1:82: tool_input.working_directory must be an absolute path, found "sub"`},
		{"directory of Cursor of wrong type", `{"tool_name":"Shell","tool_input":{"command":"ls","cwd":false}}`, `stdin:1:57: tool_input.cwd must be a string, found a boolean`},
		{"session of wrong type", `{"tool_name":"Read","session_id":1}`, "stdin:1:34: session_id must be a string, found a number"},
		{"agent of wrong type", `{"tool_name":"Read","agent_id":true}`, "stdin:1:32: agent_id must be a string, found a boolean"},
		{"event of wrong type", `{"tool_name":"Read","hook_event_name":null}`, "stdin:1:39: hook_event_name must be a string, found null"},
		{"wrong type in another event", `{"hook_event_name":"Stop","cwd":1}`, "stdin:1:33: cwd must be a string, found a number"},
		{"Gemini without a command", `{"hook_event_name":"BeforeTool","tool_name":"run_shell_command","tool_input":{"cmd":"ls"}}`, `stdin:1:78: run_shell_command call without a command; tool_input must have the key "command"`},
		{"Cursor without a command", `{"hook_event_name":"beforeShellExecution","cwd":"/w"}`, `stdin:1:1: beforeShellExecution without a command`},
		{"Cursor's command of wrong type", `{"hook_event_name":"beforeShellExecution","command":["ls"]}`, `stdin:1:53: command must be a string, found an array`},
		{"Cursor without a file", `{"hook_event_name":"beforeReadFile","content":"x"}`, `stdin:1:1: beforeReadFile without a file`},
		{"Copilot without arguments", `{"toolName":"bash","cwd":"/w"}`, `stdin:1:1: bash call without a command: toolArgs must be an object, found nothing`},
		{"Copilot, text that is no JSON", `{"toolName":"bash","toolArgs":"ls"}`, `stdin:1:31: bash call without a command: toolArgs must be an object, found a string`},
		{"Copilot, duplicate key in a string", `{"toolName":"bash","toolArgs":"{\"command\":\"pip install x\",\"command\":\"ls\"}"}`, `stdin:1:31: toolArgs, a text of JSON: key "command" appears twice`},
		{"Copilot, command in a string of wrong type", `{"toolName":"bash","toolArgs":"{\"command\":1}"}`, `stdin:1:31: toolArgs.command must be a string, found a number`},
		{"Copilot without a name", `{"toolArgs":{"command":"ls"}}`, "stdin:1:1: tool call without a tool_name"},
		{"Windsurf without a command", `{"agent_action_name":"pre_run_command","tool_info":{"cwd":"/w"}}`, `stdin:1:52: pre_run_command without a command; tool_info must have the key "command_line"`},
		{"Windsurf without a file", `{"agent_action_name":"pre_write_code","tool_info":{"edits":[]}}`, `stdin:1:51: pre_write_code without a file`},
		{"Windsurf, no MCP tool", `{"agent_action_name":"pre_mcp_tool_use","tool_info":{"mcp_server_name":"x"}}`, `stdin:1:53: pre_mcp_tool_use without a tool`},
		{"Cline without a tool call", `{"hookName":"PreToolUse","clineVersion":"3"}`, `stdin:1:1: preToolUse must be an object, found nothing`},
		{"Cline without a name", `{"hookName":"PreToolUse","preToolUse":{"parameters":{}}}`, `stdin:1:1: tool call without a tool_name`},
		{"patch without a file", `{"turn_id":"t","tool_name":"apply_patch","tool_input":{"command":"--- a/x\n+++ b/x\n"}}`, `stdin:1:55: tool_input names no file`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			call, err := Decode(strings.NewReader(test.in))
			if err == nil {
				t.Fatalf("no error, but %+v", call)
			}
			if !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got  %s\nwant %s…", err, test.want)
			}
			if !cmp.Equal(call, action.Call{}) {
				t.Errorf("call beside the error: %+v", call)
			}
		})
	}
}

// Every key in a long object is compared with every other.
func TestDuplicateInManyKeys(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		b.WriteString(`"` + strings.Repeat("k", i) + `":0,`)
	}
	for _, n := range []int{0, 1, 31, 32, 999} {
		in := `{"tool_name":"Read","x":{` + b.String() + `"` + strings.Repeat("k", n) + `":0}}`
		if _, err := Decode(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), "appears twice") {
			t.Errorf("key of length %d: error %v", n, err)
		} else if len(err.Error()) > 400 {
			t.Errorf("error text of %d bytes", len(err.Error()))
		}
	}
}

// A client whose write fails lets the call run, so all of it must be read.
func TestDecodeTooLong(t *testing.T) {
	head, tail := `{"tool_name":"Read","x":"`, `"}`
	full := head + strings.Repeat("x", maxInput-len(head)-len(tail)) + tail
	if _, err := Decode(strings.NewReader(full)); err != nil {
		t.Errorf("%d bytes: %v", len(full), err)
	}
	for _, extra := range []int{1, 1 << 20} {
		r := strings.NewReader(full + strings.Repeat(" ", extra))
		_, err := Decode(r)
		if err == nil || err.Error() != "input is longer than 16 MiB; make the tool call smaller" {
			t.Errorf("%d bytes too many: error %v", extra, err)
		}
		if r.Len() != 0 {
			t.Errorf("%d bytes too many: %d not read", extra, r.Len())
		}
	}
}

func TestDecodeReaders(t *testing.T) {
	want, err := Decode(strings.NewReader(claudeNewest))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(iotest.OneByteReader(strings.NewReader(claudeNewest)))
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("byte by byte: %+v, %v", got, err)
	}
	// What came before the error is a whole call, and must not pass for one.
	broken := io.MultiReader(strings.NewReader(claudeNewest), iotest.ErrReader(io.ErrClosedPipe))
	if _, err := Decode(broken); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("broken pipe: error %v", err)
	}
}

// FuzzDecode holds the parser against encoding/json: what the one calls
// malformed is so for the other, and what it accepts has the same meaning there.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		claudeNewest, "", "{}", "\ufeff{}", `{"tool_name":"Bash","tool_input":{"command":"a\ud83d\ude00\ud83d\n"}}`,
		`{"a":{"b":1,"b":2}}`, `{"a":[1,-0.5e+7,true,false,null,[],{}]}`, `{"a":01}`, `{"a":"\u00g0"}`, "{\"\xff\":1}",
		`{"tool_name":"Shell","tool_input":{"command":"ls","working_directory":"/a"},"workspace_roots":["/w"]}`,
	} {
		f.Add([]byte(s))
	}
	for _, shape := range shapes {
		f.Add([]byte(shape.in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		call, err := Decode(strings.NewReader(string(in)))
		body := strings.TrimPrefix(string(in), "\ufeff")
		if err != nil {
			if !cmp.Equal(call, action.Call{}) || err.Error() == "" {
				t.Fatalf("%+v beside error %q", call, err)
			}
			if strings.Contains(err.Error(), "malformed JSON") && json.Valid([]byte(body)) && strings.HasPrefix(strings.TrimLeft(body, " \t\r\n"), "{") {
				t.Fatalf("refused, but is JSON: %v", err)
			}
			return
		}
		var want map[string]any
		dec := json.NewDecoder(strings.NewReader(body))
		dec.UseNumber() // 1e999 is JSON
		if err := dec.Decode(&want); err != nil || !json.Valid([]byte(body)) {
			t.Fatalf("accepted, but encoding/json says %v", err)
		}
		if call.Shell == action.ShellNone && call.Command != "" {
			t.Fatalf("command %q of no shell", call.Command)
		}
		switch call.Client {
		case "", claudeCode, codex: // others have other forms, which TestShapes knows
			str := func(v any) string { s, _ := v.(string); return s }
			if call.Tool != str(want["tool_name"]) || call.Session != str(want["session_id"]) || call.Event != str(want["hook_event_name"]) {
				t.Fatalf("%+v, encoding/json says %v", call, want)
			}
			input, ok := want["tool_input"].(map[string]any)
			if ok && call.Shell != action.ShellNone && call.Command != str(input["command"]) {
				t.Fatalf("command %q, encoding/json says %q", call.Command, input["command"])
			}
		}
		// The same message in other spelling is the same call.
		again, _ := json.Marshal(want)
		call2, err := Decode(strings.NewReader(string(again)))
		if err != nil || !cmp.Equal(jsonValue(call2.Input), jsonValue(call.Input)) {
			t.Fatalf("%+v, then from %s %+v, %v", call, again, call2, err)
		}
		if call.Input, call2.Input = "", ""; !cmp.Equal(call2, call) {
			t.Fatalf("%+v, then from %s %+v", call, again, call2)
		}
	})
}

// jsonValue returns what a JSON text says, numbers as they are written.
func jsonValue(text string) (v any) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	dec.Decode(&v)
	return v
}

func BenchmarkDecode(b *testing.B) {
	long := strings.Replace(claudeNewest, "pip install requests", strings.Repeat(`printf '%s\n' \"x\" | cat; `, 4000), 1)
	for _, bench := range []struct{ name, in string }{{"newest", claudeNewest}, {"100kB", long}} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bench.in)))
			for b.Loop() {
				if _, err := Decode(strings.NewReader(bench.in)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
