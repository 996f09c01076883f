package hook

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/venv-guard/venv-guard/action"
)

func TestFiles(t *testing.T) {
	tests := []struct {
		tool, input string
		want        []action.FileUse
	}{
		{"Read", `{"file_path":"/h/.npmrc"}`, []action.FileUse{{Op: action.FileRead, Path: "/h/.npmrc"}}},
		{"Read", `{"file_path":".npmrc","offset":3}`, []action.FileUse{{Op: action.FileRead, Path: "/w/.npmrc"}}},
		{"Read", `{"file_path":"~/.npmrc"}`, []action.FileUse{{Op: action.FileRead, Path: "~/.npmrc"}}},
		{"Read", `{"path":"../x"}`, []action.FileUse{{Op: action.FileRead, Path: "/w/../x"}}},
		{"Read", `{"file_path":"C:\\Users\\x\\.npmrc"}`, []action.FileUse{{Op: action.FileRead, Path: `C:\Users\x\.npmrc`}}},
		{"Read", `{}`, nil},
		{"Write", `{"file_path":"/w/a","content":"x\ny"}`, []action.FileUse{{Op: action.FileWrite, Path: "/w/a", Text: "x\ny"}}},
		{
			"Edit", `{"file_path":"/w/a","old_string":"b","new_string":"c","replace_all":true}`,
			[]action.FileUse{{Op: action.FileEdit, Path: "/w/a", Old: "b", Text: "c", All: true}},
		},
		{
			"MultiEdit", `{"file_path":"/w/a","edits":[{"old_string":"b","new_string":"c"},{"old_string":"d","new_string":""},{"old_string":"e","new_string":"f","replace_all":true}]}`,
			[]action.FileUse{
				{Op: action.FileEdit, Path: "/w/a", Old: "b", Text: "c"},
				{Op: action.FileEdit, Path: "/w/a", Old: "d"},
				{Op: action.FileEdit, Path: "/w/a", Old: "e", Text: "f", All: true},
			},
		},
		{"NotebookEdit", `{"notebook_path":"/w/a.ipynb","new_source":"1"}`, []action.FileUse{{Op: action.FileEdit, Path: "/w/a.ipynb", Text: "1"}}},
		{"Grep", `{"pattern":"token","path":"/h","glob":".npmrc","output_mode":"content"}`, []action.FileUse{{Op: action.FileSearch, Path: "/h", Glob: ".npmrc"}}},
		{"Grep", `{"pattern":"t","path":"/h","type":"toml","output_mode":"content"}`, []action.FileUse{{Op: action.FileSearch, Path: "/h", Glob: "*.toml"}}},
		{"Grep", `{"pattern":"t","path":"/h","type":"py","output_mode":"content"}`, []action.FileUse{{Op: action.FileList, Path: "/h"}}},
		{"Grep", `{"pattern":"token"}`, []action.FileUse{{Op: action.FileList, Path: "/w"}}},
		{"Glob", `{"pattern":"**/.npmrc"}`, []action.FileUse{{Op: action.FileList, Path: "/w", Glob: "**/.npmrc"}}},
		{"WebFetch", `{"url":"https://example.com/"}`, nil},
		{"mcp__py__pip-install", `{"packages":["x"]}`, nil},
	}
	for _, test := range tests {
		in := `{"session_id":"s","transcript_path":"/h/.claude/t.jsonl","cwd":"/w","hook_event_name":"PreToolUse","tool_name":"` + test.tool + `","tool_input":` + test.input + `}`
		call, err := Decode(strings.NewReader(in))
		if err != nil {
			t.Errorf("%s %s: %v", test.tool, test.input, err)
			continue
		}
		if diff := cmp.Diff(test.want, call.Files); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", test.tool, test.input, diff)
		}
		if call.Input != test.input || call.Client != "claude-code" || call.Shell != action.ShellNone {
			t.Errorf("%s %s: input %s, client %q, shell %d", test.tool, test.input, call.Input, call.Client, call.Shell)
		}
	}
}

func TestFilesErrors(t *testing.T) {
	for _, test := range []struct{ tool, input, want string }{
		{"Read", `{"file_path":["/h/.npmrc"]}`, "tool_input.file_path must be a string, found an array"},
		{"Edit", `{"file_path":"/w/a","old_string":"b","new_string":"c","replace_all":"yes"}`, "tool_input.replace_all must be a boolean, found a string"},
		{"Write", `{"file_path":"/w/a","content":1}`, "tool_input.content must be a string, found a number"},
	} {
		in := `{"session_id":"s","cwd":"/w","tool_name":"` + test.tool + `","tool_input":` + test.input + `}`
		if _, err := Decode(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s %s: error %v, want one with %q", test.tool, test.input, err, test.want)
		}
	}
}
