package rules

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/rules/source"
)

// fileRule compiles one [[file]].
func (c *compiler) fileRule(s *source.FileRule) {
	l := fileRule{
		id: s.ID, title: s.Title, category: s.Category, since: s.Since, source: s.Source, paths: s.Paths,
		guards: s.Guards, holds: s.Holds, sets: s.Sets, hosts: s.Hosts, reason: s.Reason, remedy: s.Remedy,
	}
	c.heading("file", s.ID, s.Category, [][2]string{
		{"id", s.ID}, {"title", s.Title}, {"reason", s.Reason}, {"since", s.Since}, {"source", s.Source},
	})
	if len(s.Paths) == 0 && s.Guards == "" {
		c.errorf("", "file %q has no paths", s.ID)
	}
	phrases := []string{"path"}
	if s.Guards != "" {
		c.word("guards", "part", s.Guards, guardParts[:])
		phrases = append(phrases, "loss")
	}
	for i, pattern := range s.Paths {
		base := path.Base(pattern)
		_, err := path.Match(pattern, "")
		switch {
		case err != nil, pattern == "", pattern == "~", pattern[0] == '~' && !strings.HasPrefix(pattern, "~/"):
			c.errorf(fmt.Sprintf("paths[%d]", i), "%q is no pattern of a path", pattern)
			continue
		case pattern[0] == '$' && !strings.Contains(pattern, "/"):
			base = "*" // a variable that names the file itself
		case strings.Trim(base, "*?") == "":
			c.errorf(fmt.Sprintf("paths[%d]", i), "the last element of %q fits every file", pattern)
		case strings.ContainsAny(base, "*?["):
			c.p.fileGlobs = append(c.p.fileGlobs, strings.ToLower(base))
		default:
			c.p.fileNames = append(c.p.fileNames, strings.ToLower(base))
		}
		l.bases = append(l.bases, base)
	}
	l.read, l.write = c.verdict("read", s.Read), c.verdict("write", s.Write)
	if l.read == action.Pass && l.write == action.Pass {
		c.errorf("", "file %q says neither what reading nor what writing it is worth", s.ID)
	}
	if len(s.Sets) > 0 && l.write == action.Pass {
		c.errorf("sets", "sets matters for write only")
	}
	for rest := s.Reason; ; {
		_, tail, ok := strings.Cut(rest, "{")
		if !ok {
			break
		}
		var in string
		in, rest, _ = strings.Cut(tail, "}")
		c.word("reason", "phrase", in, phrases)
	}
	c.exampled("file", s.ID, s.Match, s.NoMatch)
	c.p.files = append(c.p.files, l)
}

// verdict reads a verdict that may be left out.
func (c *compiler) verdict(key, word string) action.Verdict {
	switch word {
	case "":
		return action.Pass
	case "block":
		return action.Block
	case "ask":
		return action.Ask
	case "allow":
		return action.Allow
	}
	c.errorf(key, "unknown verdict %q%s", word, Suggest(word, []string{"block", "ask", "allow"}))
	return action.Block
}

// heading checks what every rule begins with.
func (c *compiler) heading(kind, id, category string, needs [][2]string) {
	for _, need := range needs {
		if strings.TrimSpace(need[1]) == "" {
			c.errorf("", "%s %q has no %s", kind, id, need[0])
		}
	}
	if c.rules[id] {
		c.errorf("id", "the id %q is taken", id)
	}
	c.rules[id] = true
	c.word("category", "category", category, categories[:])
}

// exampled checks that a rule has examples.
func (c *compiler) exampled(kind, id string, match, noMatch []source.Example) {
	if len(match) == 0 {
		c.errorf("", "%s %q has no example that it matches", kind, id)
	}
	if len(noMatch) == 0 {
		c.errorf("", "%s %q has no example that it does not match", kind, id)
	}
}

// sortFileNames makes the names ready for binary search.
func (c *compiler) sortFileNames() {
	slices.Sort(c.p.fileNames)
	c.p.fileNames = slices.Compact(c.p.fileNames)
	slices.Sort(c.p.fileGlobs)
	c.p.fileGlobs = slices.Compact(c.p.fileGlobs)
}
