package code

import (
	"encoding/json"
	"path"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify/code/python"
)

// pythonActs evaluates Python, or the cells of a notebook.
func pythonActs(p Program, lib Library) []action.Act {
	run := python.Program{Cells: []string{p.Text}, Self: p.Self, Args: p.Args, Env: p.Env, Read: p.Read, Made: p.Made}
	if strings.HasSuffix(p.File, ".ipynb") {
		run.Cells, run.Self = notebookCells(p.Text), kernel(p.Self)
	}
	if lib != nil {
		run.Function = func(name string) *action.Function { return lib.Function("python", name) }
	}
	acts := python.Run(run)
	switch how, name := pythonCoding(p.Text); {
	case p.Lang == "ipynb" || how == plain:
	case how == partly:
		acts = append(acts, action.Act{Kind: action.ActUnread})
	default:
		acts = append(acts, action.Act{Kind: action.ActUnread, Made: "the encoding " + name})
	}
	return acts
}

// kernel is the interpreter that runs the cells of a notebook for a program: its
// own, where it is one, or else the one that is found as it was.
func kernel(program string) string {
	dir, name := path.Split(program)
	if strings.Contains(name, "py") && !strings.HasPrefix(name, "jupyter") && name != "runipy" && name != "ipython" {
		return program
	}
	return dir + "python3"
}

// notebookCells returns the code of a notebook in the order of its cells
// (nbformat 4, docs/format_description.rst; format 3 kept them in worksheets).
// The kernels of other languages than Python are left alone.
func notebookCells(text string) []string {
	type cell struct {
		Kind   string          `json:"cell_type"`
		Source json.RawMessage `json:"source"`
		Input  json.RawMessage `json:"input"`
	}
	var nb struct {
		Cells      []cell `json:"cells"`
		Worksheets []struct {
			Cells []cell `json:"cells"`
		} `json:"worksheets"`
		Metadata struct {
			Kernel struct {
				Language string `json:"language"`
			} `json:"kernelspec"`
			Info struct {
				Name string `json:"name"`
			} `json:"language_info"`
		} `json:"metadata"`
	}
	if json.Unmarshal([]byte(text), &nb) != nil {
		return nil
	}
	if lang := nb.Metadata.Kernel.Language + nb.Metadata.Info.Name; lang != "" && !strings.Contains(strings.ToLower(lang), "python") {
		return nil
	}
	for _, w := range nb.Worksheets {
		nb.Cells = append(nb.Cells, w.Cells...)
	}
	var out []string
	for _, c := range nb.Cells {
		raw := c.Source
		if raw == nil {
			raw = c.Input
		}
		var whole string
		var lines []string
		if json.Unmarshal(raw, &whole) != nil {
			if json.Unmarshal(raw, &lines) != nil {
				continue
			}
			whole = strings.Join(lines, "")
		}
		if c.Kind == "code" {
			out = append(out, whole)
		}
	}
	return out
}
