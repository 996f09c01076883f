package classify

import (
	"encoding/json"
	"path"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify/shell"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/world"
)

// files judges what a client's file tool reads and writes. Each use is a step
// of its own, as if a program of the tool's name were given the path; edits of
// one file are one.
func (d *Decision) files(packs *rules.Packs, w World, guard *defender, opt shell.Options) {
	for i := 0; i < len(d.call.Files); i++ {
		use := d.call.Files[i]
		inv := &action.Invocation{Argv: []string{d.call.Tool, use.Path}, Dir: d.call.Dir, Env: environ(w.Environ), FS: w.FS}
		f := rules.FileUse{Path: use.Path, Glob: use.Glob, Lexical: true}
		switch use.Op {
		case action.FileList:
			continue // names only
		case action.FileSearch:
			f.Below = true
			d.environment(packs, w, inv)
		case action.FileRead:
			d.environment(packs, w, inv)
		case action.FileWrite:
			f.Write, f.Text = true, use.Text
		case action.FileEdit:
			f.Write = true
			for more := d.call.Files[i:]; len(more) > 0 && more[0].Op == action.FileEdit && more[0].Path == use.Path; more = more[1:] {
				f.Edits = append(f.Edits, rules.Edit{Old: more[0].Old, New: more[0].Text, All: more[0].All})
			}
			i += len(f.Edits) - 1
		}
		d.add(inv, packs.File(inv, f))
		guard.file(inv, f)
		d.cell(use, opt)
	}
}

// cell judges the text of a cell of a notebook, which is written there to be run
// by a kernel: that of the project's environment where there is one. The other
// kinds of cells (Claude Code 2.1, NotebookEdit: cell_type) are only text.
func (d *Decision) cell(use action.FileUse, opt shell.Options) {
	if d.call.Tool != "NotebookEdit" || use.Text == "" || !strings.HasSuffix(use.Path, ".ipynb") {
		return
	}
	var args struct {
		Kind string `json:"cell_type"`
	}
	if json.Unmarshal([]byte(d.call.Input), &args) == nil && args.Kind != "" && args.Kind != "code" {
		return
	}
	program := "python3"
	if own := path.Join(d.call.Dir, ".venv/bin/python"); world.Exists(opt.FS, own) {
		program = own
	}
	file := path.Join(path.Dir(use.Path), d.scratch(opt.FS, 0, ".py"))
	if !path.IsAbs(file) {
		file = path.Join(d.call.Dir, file)
	}
	d.Problems = append(d.Problems, shell.EvaluateBlocks([]shell.Block{{Text: use.Text, Lang: "python", File: file, Argv: []string{program, file}}}, opt)...)
}

// environment judges the reading of a process's environment in proc(5), which a
// client's processes have from the client.
func (d *Decision) environment(packs *rules.Packs, w World, inv *action.Invocation) {
	if ok, err := path.Match("/proc/*/environ", path.Clean(inv.Argv[1])); !ok || err != nil {
		return
	}
	for _, kv := range w.Environ {
		if name, val, _ := strings.Cut(kv, "="); val != "" && packs.IsSecret(name) {
			d.add(inv, packs.Secret(inv, rules.SecretUse{Name: name, Listed: true}))
			return
		}
	}
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
