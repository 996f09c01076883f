package hook

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/venv-guard/venv-guard/action"
)

func TestDecodeRequest(t *testing.T) {
	code := func(blocks ...action.CodeBlock) action.Call { return action.Call{Tool: "Code", Blocks: blocks} }
	for _, tt := range []struct {
		src  string
		want Request
	}{
		{`{"type":"shell","command":"ls"}`, Request{ID: "null", Call: action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: "ls"}}},
		{`{"id":"a\u0022","type":"shell","language":"pwsh","command":"ls","cwd":"/w","session":"s","agent":"a","client":"c"}`, Request{
			ID: `"a\u0022"`,
			Call: action.Call{
				Client: "c", Session: "s", Agent: "a", Tool: "PowerShell", Shell: action.ShellPowerShell, Command: "ls", Dir: "/w",
			},
		}},
		{`{"type":"shell","language":"bash","command":"ls"}`, Request{
			ID: "null", Call: action.Call{Tool: "Bash", Blocks: []action.CodeBlock{{Language: "bash", Code: "ls"}}},
		}},
		{`{"id":7,"type":"code","language":"python","code":"x","file":"a.py","interpreter":"/v/python","run":false}`,
			Request{ID: "7", Call: code(action.CodeBlock{Language: "python", Code: "x", File: "a.py", Interpreter: "/v/python", Saved: true})}},
		{`{"type":"code","blocks":[{"language":"sh","code":"a"},{"language":"html","code":"b","run":true}]}`,
			Request{ID: "null", Call: code(action.CodeBlock{Language: "sh", Code: "a"}, action.CodeBlock{Language: "html", Code: "b"})}},
		{`{"type":"shell","command":"ls","env":{"B":null,"PATH":"/v/bin","A":""}}`, Request{
			ID: "null", Call: action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: "ls"}, Set: []string{"A=", "PATH=/v/bin"}, Unset: []string{"B"},
		}},
		{`{"type":"file.read","path":"~/.npmrc","cwd":"/w"}`, Request{ID: "null", Call: action.Call{
			Tool: "Read", Dir: "/w", Files: []action.FileUse{{Op: action.FileRead, Path: "~/.npmrc"}},
		}}},
		{`{"type":"file.write","path":"./a/../b","content":"x","cwd":"/w"}`, Request{ID: "null", Call: action.Call{
			Tool: "Write", Dir: "/w", Files: []action.FileUse{{Op: action.FileWrite, Path: "/w/./a/../b", Text: "x"}},
		}}},
		{`{"type":"network","url":"https://x.org/\""}`, Request{ID: "null", Call: action.Call{Tool: "WebFetch", Input: `{"url":"https://x.org/\""}`}}},
		{`{"type":"mcp","tool":"t","input":{"a":1}}`, Request{ID: "null", Call: action.Call{Tool: "mcp__any__t", Input: `{"a":1}`}}},
		{`{"type":"mcp","tool":"mcp__s__t"}`, Request{ID: "null", Call: action.Call{Tool: "mcp__s__t", Input: "{}"}}},
		{`{"actionType":"shell_exec","target":"ls","agentId":"a"}`, Request{
			ID: "null", Call: action.Call{Agent: "a", Tool: "Bash", Shell: action.ShellPOSIX, Command: "ls"},
			SafeClaw: &SafeClawRequest{"shell_exec", "ls", "a"},
		}},
	} {
		got, err := DecodeRequest(tt.src)
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
		}
		if len(got.Call.Blocks) > 0 || len(got.Call.Files) > 0 {
			if !strings.HasPrefix(got.Call.Input, "{") { // for the log
				t.Errorf("%s: input %q", tt.src, got.Call.Input)
			}
			got.Call.Input = ""
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.src, diff)
		}
	}
}

// What cannot be understood to the last key is refused, and keeps its id.
func TestDecodeRequestRefuses(t *testing.T) {
	for _, tt := range []struct{ src, id, want string }{
		{``, "null", "want one JSON object"},
		{`[]`, "null", "want one JSON object"},
		{`{"id":1,"type":"shell","command":"ls"} x`, "null", "want nothing after the object"},
		{"\xff", "null", "invalid UTF-8"},
		{`{"id":1,"id":2,"type":"shell","command":"ls"}`, "null", "appears twice"},
		{`{"id":1,"type":"shell","COMMAND":"ls"}`, "1", `must not be empty`},
		{`{"id":1,"type":"shell","command":"ls","cmd":"x"}`, "1", `unknown key "cmd"`},
		{`{"id":{},"type":"shell","command":"ls"}`, "null", "id must be a string or a number"},
		{`{"id":"` + strings.Repeat("x", maxID) + `","type":"shell","command":"ls"}`, "null", "id is longer"},
		{`{"id":1}`, "1", "without a type"},
		{`{"id":1,"type":"Shell","command":"ls"}`, "1", `unknown type "Shell"`},
		{`{"id":1,"type":"shell"}`, "1", `has the key "command"`},
		{`{"id":1,"type":"shell","command":["ls"]}`, "1", "command must be a string"},
		{`{"id":1,"type":"shell","command":"ls","target":"ls"}`, "1", "say the same"},
		{`{"id":1,"type":"shell","command":"ls","language":"fish"}`, "1", "a command is in"},
		{`{"id":1,"type":"shell","command":"ls","cwd":"w"}`, "1", "cwd must be an absolute path"},
		{`{"id":1,"type":"shell","command":"ls","env":["A=1"]}`, "1", "env must be an object"},
		{`{"id":1,"type":"shell","command":"ls","env":{"A":1}}`, "1", "env.A must be a string"},
		{`{"id":1,"type":"shell","command":"ls","env":{"A=B":"1"}}`, "1", "no variable's name"},
		{`{"id":1,"type":"code","code":"x"}`, "1", `without "language"`},
		{`{"id":1,"type":"code","language":"python"}`, "1", `without "code"`},
		{`{"id":1,"type":"code","blocks":[]}`, "1", "at least one block"},
		{`{"id":1,"type":"code","blocks":{"code":"x"}}`, "1", "must be a list"},
		{`{"id":1,"type":"code","blocks":["x"]}`, "1", "a block must be an object"},
		{`{"id":1,"type":"code","blocks":[{"language":"sh","code":"x","lang":"y"}]}`, "1", `unknown key "blocks[].lang"`},
		{`{"id":1,"type":"code","code":"x","language":"sh","blocks":[{"language":"sh","code":"x"}]}`, "1", "stands in each of the blocks"},
		{`{"id":1,"type":"code","language":"sh","code":"x","run":"no"}`, "1", "run must be true or false"},
		{`{"id":1,"type":"mcp","tool":"t","input":[]}`, "1", "input must be an object"},
	} {
		got, err := DecodeRequest(tt.src)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.src, err, tt.want)
		}
		if got.ID != tt.id {
			t.Errorf("%s: id %s, want %s", tt.src, got.ID, tt.id)
		}
	}
}

func FuzzDecodeRequest(f *testing.F) {
	f.Add(`{"id":1,"type":"code","blocks":[{"language":"sh","code":"a"}],"env":{"A":null}}`)
	f.Add(`{"actionType":"file_write","target":"./a/../b","agentId":"x"}`)
	f.Fuzz(func(t *testing.T, src string) {
		req, err := DecodeRequest(src)
		if err == nil && req.Call.Tool == "" {
			t.Errorf("%q: a request about nothing is no error", src)
		}
		if req.ID == "" || strings.ContainsAny(req.ID, "\n\r") {
			t.Errorf("%q: id %q", src, req.ID)
		}
	})
}

// The schema that is published has the keys that are understood.
func TestRequestSchema(t *testing.T) {
	b, err := os.ReadFile("../clients/request.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	type object struct {
		Properties map[string]json.RawMessage
	}
	var schema, blocks struct {
		object
		Items object
	}
	if err := json.Unmarshal(b, &schema); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(schema.Properties["blocks"], &blocks); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		of   map[string]json.RawMessage
		want []string
	}{{schema.Properties, requestKeys}, {blocks.Items.Properties, blockKeys}} {
		if diff := cmp.Diff(slices.Sorted(slices.Values(tt.want)), slices.Sorted(maps.Keys(tt.of))); diff != "" {
			t.Errorf("(-understood +schema):\n%s", diff)
		}
	}
	var types struct{ Enum []string }
	if err := json.Unmarshal(schema.Properties["type"], &types); err != nil {
		t.Fatal(err)
	}
	for _, typ := range types.Enum {
		if _, err := DecodeRequest(`{"type":"` + typ + `"}`); err != nil && strings.Contains(err.Error(), "unknown type") {
			t.Error(err)
		}
	}
}
