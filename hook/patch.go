package hook

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/internal/patch"
)

// patch returns what a patch in the form of Codex's apply_patch changes.
func (in *input) patch(dir string) (uses []action.FileUse) {
	src := in.text(in.tool.members, "command", "input", "patch", "patchText")
	if strings.TrimSpace(src) == "" {
		return nil // the tool itself will refuse that
	}
	for _, c := range patch.Parse(src) {
		u := action.FileUse{Op: action.FileWrite, Path: absolute(c.Path, dir), Text: c.Text}
		switch c.Op {
		case patch.Update:
			u.Op, u.Old = action.FileEdit, c.Old
		case patch.Move: // what the file holds goes along
			uses = append(uses, u)
			u.Path = absolute(c.To, dir)
		}
		uses = append(uses, u)
	}
	if len(uses) == 0 {
		in.fail(in.tool.value, "%s names no file; write it as *** Begin Patch, *** Update File: NAME, …, *** End Patch", in.tool.name)
	}
	return uses
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
