package hook

import (
	"path"
	"path/filepath"

	"github.com/venv-guard/venv-guard/action"
)

// files returns what a client's file tool reads or writes. Names and keys are
// those of Claude Code 2.1 (sdk-tools.d.ts), MultiEdit's of 1.0; other
// clients with tools of the same names call the file path.
func (in *input) files(name, dir string) []action.FileUse {
	tool := in.top["tool_input"]
	at := func(keys ...string) string {
		p := ""
		for _, key := range keys {
			if p == "" {
				p = in.string("tool_input."+key, tool.members[key])
			}
		}
		if p == "" || filepath.IsAbs(p) || path.IsAbs(p) || p[0] == '~' || dir == "" {
			return p
		}
		return path.Join(filepath.ToSlash(dir), p)
	}
	text := func(key string) string { return in.string("tool_input."+key, tool.members[key]) }
	one := func(u action.FileUse) []action.FileUse {
		if u.Path == "" {
			return nil // the tool itself will refuse that
		}
		return []action.FileUse{u}
	}
	switch name {
	case "Read":
		return one(action.FileUse{Op: action.FileRead, Path: at("file_path", "path")})
	case "Write":
		return one(action.FileUse{Op: action.FileWrite, Path: at("file_path", "path"), Text: text("content")})
	case "Edit":
		return one(action.FileUse{
			Op: action.FileEdit, Path: at("file_path", "path"), Old: text("old_string"), Text: text("new_string"),
			All: in.truth("tool_input.replace_all", tool.members["replace_all"]),
		})
	case "MultiEdit":
		var list []action.FileUse
		for _, e := range tool.members["edits"].list {
			list = append(list, one(action.FileUse{
				Op: action.FileEdit, Path: at("file_path", "path"),
				Old:  in.string("tool_input.edits.old_string", e.members["old_string"]),
				Text: in.string("tool_input.edits.new_string", e.members["new_string"]),
				All:  in.truth("tool_input.edits.replace_all", e.members["replace_all"]),
			})...)
		}
		return list
	case "NotebookEdit":
		return one(action.FileUse{Op: action.FileEdit, Path: at("notebook_path", "path"), Text: text("new_source")})
	case "Grep":
		op := action.FileSearch
		if mode := text("output_mode"); mode != "content" {
			op = action.FileList // files_with_matches, the default, and count
		}
		return []action.FileUse{{Op: op, Path: or(at("path"), dir), Glob: text("glob")}}
	case "Glob", "LS":
		return []action.FileUse{{Op: action.FileList, Path: or(at("path"), dir), Glob: text("pattern")}}
	}
	return nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// truth returns the value of v, which must be a boolean if it is there.
func (in *input) truth(name string, v value) bool {
	if v.kind != boolean && v.kind != missing && v.kind != null {
		in.fail(v, "%s must be a boolean, found %s", name, v.kind)
	}
	return v.kind == boolean && in.src[v.pos] == 't'
}
