package hook

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// What a client's own tool does with files.
type fileTool uint8

const (
	noFileTool fileTool = iota
	readTool
	writeTool
	editTool
	notebookTool
	deleteTool
	searchTool
	listTool
	patchTool   // in the form of Codex's apply_patch
	blocksTool  // SEARCH and REPLACE blocks
	commandTool // the argument "command" says which
)

// fileToolOf returns what a tool does with files. The first names are Claude
// Code's, 2.1 (sdk-tools.d.ts), MultiEdit 1.0's; clients with tools of the same
// names mean the same. The others count where the client is known: Gemini CLI 0.61
// and Copilot CLI 1.0.102 (as they describe their tools to the model), OpenCode
// 1.18, Cursor, Cline, droid, Kiro, Vibe and Kimi by their documentation of 2026.
func fileToolOf(client, name string) fileTool {
	switch name {
	case "Read":
		return readTool
	case "Write":
		return writeTool
	case "Edit", "MultiEdit":
		return editTool
	case "NotebookEdit":
		return notebookTool
	case "Grep":
		return searchTool
	case "Glob", "LS":
		return listTool
	}
	if client == "" || client == claudeCode {
		return noFileTool // whoever else has a tool of that name, rules/mcp.toml judges it
	}
	switch name {
	case "read", "read_file", "read_files", "read_many_files", "view", "view_file", "ReadFile", "fs_read":
		return readTool
	case "write_file", "write_to_file", "Create", "create", "create_file", "WriteFile":
		return writeTool
	case "edit", "replace", "replace_string_in_file", "StrReplaceFile", "str_replace":
		return editTool
	case "write", "fs_write", "str_replace_editor", "editor":
		return commandTool
	case "Delete", "delete", "delete_file":
		return deleteTool
	case "grep", "rg", "grep_search", "search_file_content", "search_files":
		return searchTool
	case "glob", "list", "ls", "list_directory", "list_files", "list_dir":
		return listTool
	case "apply_patch", "ApplyPatch", "patch":
		return patchTool
	case "replace_in_file", "search_replace":
		return blocksTool
	}
	return noFileTool
}

// Keys that clients have for one thing. All that are there count: which one the
// tool reads is the client's affair.
var (
	pathKeys = []string{"file_path", "path", "filePath", "absolute_path", "target_file"}
	dirKeys  = []string{"path", "dir_path", "directory", "directory_path", "folder"}
	textKeys = []string{"content", "file_text", "contents"}
	oldKeys  = []string{"old_string", "old_str", "oldString", "old"}
	newKeys  = []string{"new_string", "new_str", "newString", "new", "insert_text"}
	globKeys = []string{"glob", "glob_pattern", "include", "include_pattern", "file_pattern"}
)

// files returns what a client's file tool reads or writes, and whether the tool
// is one.
func (in *input) files(call *action.Call) (uses []action.FileUse, known bool) {
	kind := fileToolOf(call.Client, call.Tool)
	if kind == commandTool {
		kind = in.commanded()
	}
	args, dir := in.tool.members, call.Dir
	each := func(u action.FileUse) {
		for _, p := range in.paths(args, dir, pathKeys...) {
			u.Path = p
			uses = append(uses, u)
		}
	}
	switch kind {
	case noFileTool:
		return nil, false
	case readTool:
		each(action.FileUse{Op: action.FileRead})
		uses = append(uses, in.several(dir)...)
	case writeTool:
		each(action.FileUse{Op: action.FileWrite, Text: in.text(args, textKeys...)})
	case deleteTool:
		each(action.FileUse{Op: action.FileWrite})
	case notebookTool:
		for _, p := range in.paths(args, dir, "notebook_path", "path") {
			uses = append(uses, action.FileUse{Op: action.FileEdit, Path: p, Text: in.text(args, "new_source")})
		}
	case editTool:
		for _, p := range in.paths(args, dir, pathKeys...) {
			uses = append(uses, in.edits(p)...)
		}
	case blocksTool:
		for _, p := range in.paths(args, dir, pathKeys...) {
			uses = append(uses, replacements(p, in.text(args, "diff", "content"))...)
		}
	case patchTool:
		uses = in.patch(dir)
	case searchTool:
		uses = in.search(call.Client, dir)
	case listTool:
		glob := in.text(args, "pattern")
		for _, p := range in.below(dir) {
			uses = append(uses, action.FileUse{Op: action.FileList, Path: p, Glob: glob})
		}
	}
	return uses, true
}

// commanded tells what a tool does that has a command for it: Kiro's write
// (create, str_replace, insert, append), the editor of Copilot and others, which
// also has view.
func (in *input) commanded() fileTool {
	args := in.tool.members
	command := in.optional(in.tool.name+".command", args["command"])
	switch {
	case command == "view":
		return readTool
	case command == "create", command == "" && args["content"].kind == text:
		return writeTool
	}
	return editTool
}

// edits returns the edits of one file: the one that the keys tell of, or those of
// a list.
func (in *input) edits(path string) (uses []action.FileUse) {
	edit := func(args map[string]value) action.FileUse {
		u := action.FileUse{Op: action.FileEdit, Path: path, Old: in.text(args, oldKeys...), Text: in.text(args, newKeys...)}
		for _, key := range []string{"replace_all", "replaceAll", "allow_multiple", "change_all"} {
			u.All = in.truth(in.tool.name+"."+key, args[key]) || u.All
		}
		return u
	}
	args := in.tool.members
	for _, key := range []string{"edits", "changes", "edit"} {
		v := args[key]
		if v.kind == object {
			uses = append(uses, edit(v.members))
		}
		for _, e := range v.list {
			uses = append(uses, edit(e.members))
		}
	}
	one := edit(args)
	one.Text = join(one.Text, in.text(args, textKeys...)) // appended or inserted
	if one.Old != "" || one.Text != "" || len(uses) == 0 {
		uses = append(uses, one)
	}
	return uses
}

// several returns what a tool reads that takes a list: of paths or globs (Gemini,
// Cline), or of operations (Kiro's read).
func (in *input) several(dir string) (uses []action.FileUse) {
	for _, key := range []string{"include", "paths", "files", "operations"} {
		v := in.tool.members[key]
		list := v.list
		if v.kind == text {
			list = []value{v}
		}
		for _, e := range list {
			if e.kind != object {
				p := absolute(in.string(in.tool.name+"."+key, e), dir)
				u := action.FileUse{Op: action.FileRead, Path: p}
				if i := strings.IndexAny(p, "*?[{"); i >= 0 {
					i = strings.LastIndexByte(p[:i], '/') + 1
					u = action.FileUse{Op: action.FileSearch, Path: or(strings.TrimSuffix(p[:i], "/"), dir), Glob: p[i:]}
				}
				uses = append(uses, u)
				continue
			}
			op := action.FileRead
			switch in.optional(in.tool.name+"."+key+".mode", e.members["mode"]) {
			case "Search":
				op = action.FileSearch
			case "Directory":
				op = action.FileList
			}
			list := in.paths(e.members, dir, pathKeys...)
			for _, p := range in.words(in.tool.name+".image_paths", e.members["image_paths"]) {
				list = append(list, absolute(p, dir))
			}
			for _, p := range list {
				uses = append(uses, action.FileUse{Op: op, Path: p})
			}
		}
	}
	return uses
}

// search returns the search of a tool that shows lines, or only the names of
// files: which it does is told by the argument output_mode, if there is one.
func (in *input) search(client, dir string) (uses []action.FileUse) {
	args := in.tool.members
	op := action.FileSearch
	glob, ok := in.text(args, globKeys...), true
	if kind := in.text(args, "type"); kind != "" && glob == "" {
		glob, ok = typeGlob(kind)
	}
	mode := in.text(args, "output_mode")
	if mode == "" {
		switch client {
		case "", claudeCode, droid, copilot, kimi:
			mode = "files_with_matches"
		default:
			mode = "content"
		}
	}
	if mode != "content" || !ok {
		op = action.FileList
	}
	for _, p := range in.below(dir) {
		uses = append(uses, action.FileUse{Op: op, Path: p, Glob: glob})
	}
	return uses
}

// below returns the directories that a search is in.
func (in *input) below(dir string) []string {
	if list := in.paths(in.tool.members, dir, dirKeys...); len(list) > 0 {
		return list
	}
	return []string{dir}
}

// paths returns the paths that some keys hold, absolute where that can be told.
func (in *input) paths(args map[string]value, dir string, keys ...string) (list []string) {
	for _, key := range keys {
		if p := in.optional(in.tool.name+"."+key, args[key]); p != "" { // else the tool itself will refuse that
			list = append(list, absolute(p, dir))
		}
	}
	return list
}

// text returns the text that some keys hold.
func (in *input) text(args map[string]value, keys ...string) (s string) {
	for _, key := range keys {
		s = join(s, in.optional(in.tool.name+"."+key, args[key]))
	}
	return s
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
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

// truth returns the value of v, which must be a boolean if it is there.
func (in *input) truth(name string, v value) bool {
	if v.kind != boolean && v.kind != missing && v.kind != null {
		in.fail(v, "%s must be a boolean, found %s", name, v.kind)
	}
	return v.kind == boolean && v.text == "true"
}
