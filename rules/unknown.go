package rules

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// unknownProgram judges a command whose program is not known by the rest of
// its words: if some tool that it could be would be blocked with them, so is
// this. Only operations on something named count: `$MAKE install` is none.
func (p *Packs) unknownProgram(inv *action.Invocation, base string) (action.Outcome, []Finding) {
	var out action.Outcome
	word := inv.Argv[0]
	if onlyHole(word) && len(inv.Argv) > 1 {
		// It may be no word at all, or a wrapper like sudo.
		out.Starts = append(out.Starts, action.Start{Label: action.HoleText, Argv: inv.Argv[1:]})
		if p.tool(p.names, baseName(inv.Argv[1])) != nil {
			return out, nil
		}
		if t := p.tool(p.names, "sh"); t != nil && strings.HasPrefix(inv.Argv[1], "-") {
			// `$SHELL -c TEXT`.
			var sh action.Outcome
			p.judge(t, inv, &sh, true)
			for _, st := range sh.Starts {
				if st.Text != "" {
					out.Starts = append(out.Starts, st)
				}
			}
		}
	}
	dir := word[:strings.LastIndexByte(word, '/')+1]
	var found *Finding
	for i := range p.names {
		n := &p.names[i]
		if strings.HasSuffix(n.text, ")") || !n.couldBe(base) {
			continue // a function, which is no program
		}
		t := &p.tools[n.to]
		if !t.acts() || found != nil && t.id != "pip" {
			continue
		}
		if dir != "" && !action.Holed(dir) {
			// What the directory does not hold it cannot be.
			j := judgement{p: p, inv: inv}
			if !world.Exists(inv.FS, j.absolute(dir+n.text)) {
				continue
			}
		}
		as := *inv
		as.Argv = append([]string{dir + n.text}, inv.Argv[1:]...)
		var ignored action.Outcome
		for _, f := range p.judge(t, &as, &ignored, true) {
			if f.Verdict == action.Block {
				f.Reason = "starts a program that cannot be told from the command. If it is " + n.text +
					", it would " + f.Reason + ". Write the program's name"
				found = &f
				break
			}
		}
	}
	if found == nil {
		return out, nil
	}
	return out, []Finding{*found}
}

// couldBe reports whether a base name with holes could be this name.
func (n *name) couldBe(base string) bool {
	if couldBe(base, n.text) {
		return true
	}
	head, _, _ := action.CutHole(base)
	rest, ok := strings.CutPrefix(head, n.text)
	return ok && n.versioned && strings.Trim(rest, "0123456789.-") == ""
}

// acts reports whether a tool does anything itself that rules could be about.
func (t *tool) acts() bool {
	if t.runs || t.root.op != "" {
		return true
	}
	for i := range t.commands {
		if op := t.commands[i].op; op != "" && op != opQuery {
			return true
		}
	}
	return false
}
