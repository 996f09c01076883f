package classify

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/world"
)

// files judges what a client's file tool reads and writes. Each use is a step
// of its own, as if a program of the tool's name were given the path.
func (d *Decision) files(packs *rules.Packs, w World) {
	for _, use := range d.call.Files {
		inv := &action.Invocation{Argv: []string{d.call.Tool, use.Path}, Dir: d.call.Dir, Env: environ(w.Environ), FS: w.FS}
		f := rules.FileUse{Path: use.Path, Glob: use.Glob}
		switch use.Op {
		case action.FileList:
			continue // names only
		case action.FileSearch:
			f.Below = true
		case action.FileWrite:
			f.Write, f.Text = true, use.Text
		case action.FileEdit:
			f.Write, f.Text = true, edited(w.FS, use)
		}
		d.add(inv, packs.File(inv, f))
	}
}

// maxEdited bounds the files whose edits are worked out, in bytes.
const maxEdited = 1 << 20

// edited returns the text of a file after an edit, or only the new text where
// the file cannot be read.
func edited(fs world.FS, use action.FileUse) string {
	b, err := fs.ReadFile(use.Path, maxEdited)
	if err != nil || use.Old == "" {
		return use.Text
	}
	n := 1
	if use.All {
		n = -1
	}
	return strings.Replace(string(b), use.Old, use.Text, n)
}

// environ is the environment of the client, as os.Environ gives it.
type environ []string

// Get implements action.Env.
func (e environ) Get(name string) (string, bool) {
	for _, kv := range e {
		if k, v, ok := strings.Cut(kv, "="); ok && k == name {
			return v, true
		}
	}
	return "", false
}

// Inherited implements action.Env.
func (e environ) Inherited(string) bool { return true }
