package hook

import (
	"path"
	"path/filepath"
	"strings"

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
		if p == "" || filepath.IsAbs(p) || path.IsAbs(p) || p[0] == '~' || dir == "" || isWindows(p) {
			return p
		}
		return strings.TrimSuffix(filepath.ToSlash(dir), "/") + "/" + p // links may stand before a ".."
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
		return one(action.FileUse{Op: action.FileRead, Path: at("file_path", "path", "filePath", "absolute_path")})
	case "Write":
		return one(action.FileUse{Op: action.FileWrite, Path: at("file_path", "path", "filePath", "absolute_path"), Text: text("content")})
	case "Edit":
		return one(action.FileUse{
			Op: action.FileEdit, Path: at("file_path", "path", "filePath", "absolute_path"), Old: text("old_string"), Text: text("new_string"),
			All: in.truth("tool_input.replace_all", tool.members["replace_all"]),
		})
	case "MultiEdit":
		var list []action.FileUse
		for _, e := range tool.members["edits"].list {
			list = append(list, one(action.FileUse{
				Op: action.FileEdit, Path: at("file_path", "path", "filePath", "absolute_path"),
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
		glob, ok := text("glob"), true
		if kind := text("type"); kind != "" && glob == "" {
			glob, ok = typeGlob(kind)
		}
		if mode := text("output_mode"); mode != "content" || !ok {
			op = action.FileList // files_with_matches, the default, and count
		}
		return []action.FileUse{{Op: op, Path: or(at("path"), dir), Glob: glob}}
	case "Glob", "LS":
		return []action.FileUse{{Op: action.FileList, Path: or(at("path"), dir), Glob: text("pattern")}}
	}
	return nil
}

// typeGlob returns the files of a type of ripgrep's (14, `rg --type-list`), as
// far as tools keep settings in such files. It is not ok for the types of source
// code, in which they keep none.
func typeGlob(kind string) (glob string, ok bool) {
	switch kind {
	case "json":
		return "*.json", true
	case "toml":
		return "*.toml", true
	case "yaml":
		return "*.{yaml,yml}", true
	case "xml":
		return "*.xml", true
	case "lua":
		return "*.lua", true
	case "sbt":
		return "*.sbt", true
	case "all", "config", "gradle", "java", "jsonc", "msbuild", "txt":
		return "", true
	}
	return "", false
}

// isWindows reports whether a path begins with a drive or a share of Windows.
func isWindows(p string) bool {
	return len(p) > 2 && p[1] == ':' && (p[2] == '/' || p[2] == '\\') || strings.HasPrefix(p, `\\`)
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
