package rules

import (
	"sort"
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
	var asked []answer // whether a tool could tell, by its index
	for i := range p.names {
		n := &p.names[i]
		t := &p.tools[n.to]
		if !t.tells && !t.nests || found != nil && t.id != "pip" || strings.HasSuffix(n.text, ")") || !n.couldBe(base) {
			continue // a name that ends in ) is a function, which is no program
		}
		if asked == nil {
			asked = make([]answer, len(p.tools))
		}
		if asked[n.to] == unasked {
			asked[n.to] = no
			if p.couldTell(t, inv.Argv[1:]) {
				asked[n.to] = yes
			}
		}
		if asked[n.to] == no {
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

// tells reports whether what a command does is known from its words alone, where
// its verb is written out; see telling.
func (c *command) tells() bool { return c.op != "" && c.op != opQuery && len(c.needs) > 0 }

// couldTell reports whether any reading of the words by a tool could be telling.
// It is quick, and may say yes for no reason: to read them as every tool takes
// long.
func (p *Packs) couldTell(t *tool, words []string) bool {
	if t.nests {
		for i := range p.tools {
			if in := &p.tools[i]; in.python && in.tells && (in.root.tells() || in.couldTell(words)) {
				return true
			}
		}
	}
	return t.tells && t.couldTell(words)
}

func (t *tool) couldTell(words []string) bool {
	if t.bare > 0 && t.commands[t.bare-1].tells() || t.aliases != "" {
		return true
	}
	for _, w := range words {
		switch {
		case onlyHole(w): // a verb that is guessed tells nothing
		case action.Holed(w) || t.hasTelling(w):
			return true
		}
	}
	return false
}

// hasTelling reports whether a verb that begins with the word tells what is meant.
func (t *tool) hasTelling(word string) bool {
	if t.kebab {
		word = kebab(word)
	}
	i := 0
	if t.shorten == shortenNone {
		i = sort.Search(len(t.verbs), func(i int) bool { return t.verbs[i].text >= word })
	}
	for ; i < len(t.verbs); i++ {
		v := &t.verbs[i]
		first, _, _ := strings.Cut(v.text, " ")
		if (first == word || t.shorten.fits(word, first)) && t.commands[v.to].tells() {
			return true
		}
		if t.shorten == shortenNone && !strings.HasPrefix(v.text, word) {
			return false
		}
	}
	return false
}

// An answer to a question that is asked at most once.
type answer uint8

const (
	unasked answer = iota
	no
	yes
)

// couldBe reports whether a base name with holes could be this name.
func (n *name) couldBe(base string) bool {
	if couldBe(base, n.text) || n.versioned && couldBe(unversioned(base), n.text) {
		return true
	}
	head, _, _ := action.CutHole(base)
	rest, ok := strings.CutPrefix(head, n.text)
	return ok && n.versioned && strings.Trim(rest, "0123456789.-") == ""
}

// idle reports whether nothing comes of a command that a rule could be about.
func (c *command) idle() bool {
	return (c.op == "" || c.op == opQuery) && len(c.starts) == 0 && c.creates == nil && c.prints == nil && c.activates == isNothing
}

// acts reports whether a tool does anything itself that rules could be about.
func (t *tool) acts() bool {
	if t.runs || changes(t.root.op) {
		return true
	}
	for i := range t.commands {
		if changes(t.commands[i].op) {
			return true
		}
	}
	return false
}

// changes reports whether an operation changes anything.
func changes(op string) bool { return op != "" && op != opQuery && op != opFetch }
