package shell

import (
	"strings"

	"github.com/venv-guard/venv-guard/internal/patch"
	"github.com/venv-guard/venv-guard/world"
)

// applyPatch does what apply_patch does to files, which Codex puts on PATH: its
// argument or its input is a patch.
func (e *evaluator) applyPatch(s *state, args []string) {
	var text string
	if len(args) > 0 {
		text = args[0]
	} else if in := s.stdin(); in != nil {
		text = *in
	}
	for _, c := range patch.Parse(text) {
		e.spend(len(c.Old) + len(c.Text))
		file := s.abs(c.Path)
		switch c.Op {
		case patch.Add:
			s.put(world.Write{Path: file, Kind: world.File, Content: c.Text + "\n"})
		case patch.Delete:
			s.put(world.Write{Path: file, Kind: world.Missing})
		case patch.Move:
			s.moveFile(c.Path, s.abs(c.To))
		case patch.Update:
			before, _ := e.readText(s, c.Path)
			after := before + "\n" + c.Text
			if c.Old != "" && strings.Contains(before, c.Old) {
				after = strings.Replace(before, c.Old, c.Text, 1)
			}
			s.put(world.Write{Path: file, Kind: world.File, Content: after})
		}
	}
}
