package hook

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// patch returns what a patch in the form of Codex's apply_patch changes
// (codex-rs/apply-patch, 0.169): files added, updated by hunks, moved, deleted. The
// text may stand in a here-document.
func (in *input) patch(dir string) (uses []action.FileUse) {
	src := in.text(in.tool.members, "command", "input", "patch", "patchText")
	if strings.TrimSpace(src) == "" {
		return nil // the tool itself will refuse that
	}
	var path string
	var lines, old []string
	add, update := false, false
	end := func() {
		switch {
		case add:
			uses = append(uses, action.FileUse{Op: action.FileWrite, Path: path, Text: strings.Join(lines, "\n")})
		case update && len(lines)+len(old) > 0:
			uses = append(uses, action.FileUse{Op: action.FileEdit, Path: path, Old: strings.Join(old, "\n"), Text: strings.Join(lines, "\n")})
		}
		lines, old = nil, nil
	}
	for line := range strings.SplitSeq(src, "\n") {
		line = strings.TrimSuffix(line, "\r")
		header, name, ok := patchHeader(line)
		if ok {
			end()
			from := path
			path = absolute(name, dir)
			add, update = header == "Add File", header == "Update File" || header == "Move to"
			switch header {
			case "Move to":
				// What the file holds moves along with it.
				uses = append(uses, action.FileUse{Op: action.FileWrite, Path: from}, action.FileUse{Op: action.FileWrite, Path: path})
			case "Delete File":
				uses = append(uses, action.FileUse{Op: action.FileWrite, Path: path})
			}
			continue
		}
		switch {
		case !add && !update:
		case strings.HasPrefix(line, "@@"), strings.HasPrefix(line, "***"):
			end()
		case strings.HasPrefix(line, "+"):
			lines = append(lines, line[1:])
		case add:
		case strings.HasPrefix(line, "-"):
			old = append(old, line[1:])
		default:
			line = strings.TrimPrefix(line, " ")
			lines, old = append(lines, line), append(old, line)
		}
	}
	end()
	if len(uses) == 0 {
		in.fail(in.tool.value, "%s names no file; write it as *** Begin Patch, *** Update File: NAME, …, *** End Patch", in.tool.name)
	}
	return uses
}

// patchHeader reads a line such as "*** Add File: NAME".
func patchHeader(line string) (header, name string, ok bool) {
	line, ok = strings.CutPrefix(strings.TrimSpace(line), "*** ")
	if !ok {
		return "", "", false
	}
	header, name, ok = strings.Cut(line, ":")
	switch header {
	case "Add File", "Update File", "Delete File", "Move to":
		return header, strings.TrimSpace(name), ok
	}
	return "", "", false
}

// replacements returns the edits of a file that a text of SEARCH and REPLACE
// blocks tells of (Cline's replace_in_file, Vibe's search_replace).
func replacements(path, diff string) (uses []action.FileUse) {
	var old, lines []string
	const outside, search, replace = 0, 1, 2
	state := outside
	mark := func(line, signs, word string) bool {
		rest := strings.TrimLeft(line, signs)
		return len(line)-len(rest) >= 3 && strings.TrimRight(strings.TrimSpace(rest), "<>") == word
	}
	for line := range strings.SplitSeq(diff, "\n") {
		line = strings.TrimSuffix(line, "\r")
		switch {
		case mark(line, "-<", "SEARCH"):
			state, old, lines = search, nil, nil
		case state == search && mark(line, "=", ""):
			state = replace
		case state == replace && mark(line, "+>", "REPLACE"):
			state = outside
			uses = append(uses, action.FileUse{Op: action.FileEdit, Path: path, Old: strings.Join(old, "\n"), Text: strings.Join(lines, "\n")})
		case state == search:
			old = append(old, line)
		case state == replace:
			lines = append(lines, line)
		}
	}
	if state != outside || len(uses) == 0 {
		// Another form than this, or a block that is not closed: as if all of
		// it were put in.
		uses = append(uses, action.FileUse{Op: action.FileEdit, Path: path, Text: diff})
	}
	return uses
}
