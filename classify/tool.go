package classify

import (
	"encoding/json"
	"path"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify/shell"
	"github.com/venv-guard/venv-guard/rules"
)

// tool judges a tool that is neither a shell nor a file tool, one of an MCP
// server mostly, by what the packs say that its arguments mean.
func (d *Decision) tool(packs *rules.Packs, w World, opt shell.Options, guard *defender) {
	known := packs.KnowsTool(d.call.Tool)
	if d.call.Input == "" || !known && !isMCP(d.call.Tool) {
		return
	}
	var args map[string]any
	if err := json.Unmarshal([]byte(d.call.Input), &args); err != nil {
		return // hook.Decode has seen that it is an object
	}
	guard.tool(&action.Invocation{Argv: []string{d.call.Tool}, Dir: d.call.Dir, Env: environ(w.Environ), FS: w.FS}, args)
	if !known {
		return
	}
	for _, use := range packs.Tool(d.call.Tool, args) {
		dir := d.call.Dir
		if use.Dir != "" {
			dir = use.Dir
			if !path.IsAbs(dir) {
				dir = path.Join(d.call.Dir, dir)
			}
		}
		switch {
		case use.File != nil:
			inv := &action.Invocation{Argv: []string{d.call.Tool, use.File.Path}, Dir: dir, Env: environ(w.Environ), FS: w.FS}
			f := *use.File
			if !f.Write {
				d.environment(packs, w, inv)
			}
			f.Lexical = true
			d.add(inv, packs.File(inv, f))
			guard.file(inv, f)
		case use.Shell != "":
			opt.Dir = dir
			d.Problems = append(d.Problems, evaluate(use.Shell, opt)...)
		default:
			// Through the evaluator, so that what it starts is followed.
			opt.Dir = dir
			text := ""
			for _, word := range use.Argv {
				q, err := syntax.Quote(word, syntax.LangBash)
				if err != nil {
					q = action.HoleText
				}
				text += q + " "
			}
			opt.Lang = syntax.LangBash
			shell.Evaluate(text, opt)
		}
	}
}
