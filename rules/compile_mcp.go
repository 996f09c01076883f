package rules

import (
	"fmt"
	"strings"

	"github.com/venv-guard/venv-guard/rules/source"
)

// mcp compiles one [[mcp]].
func (c *compiler) mcp(s *source.MCP) {
	t := mcpTool{id: s.ID, names: s.Names, run: s.Run, shell: s.Shell, words: s.Words, code: s.Code, reads: s.Reads, writes: s.Writes, text: s.Text, old: s.Old, edits: s.Edits, dir: s.Dir}
	if s.ID == "" || len(s.Names) == 0 {
		c.errorf("", "an mcp tool without id or names")
	}
	for i, n := range s.Names {
		if !strings.Contains(n, "__") && argName(n) != n {
			c.errorf(fmt.Sprintf("names[%d]", i), "names are written in kebab case: %q", argName(n))
		}
	}
	if len(s.Code) > 0 && len(s.Lang) == 0 {
		c.errorf("code", "code needs lang: the program and option that run it")
	}
	if len(s.Words) > 0 && len(s.Shell) == 0 {
		c.errorf("words", "words go with shell")
	}
	t.lang = s.Lang
	if len(s.Run)+len(s.Shell)+len(s.Code)+len(s.Reads)+len(s.Writes) == 0 {
		c.errorf("", "mcp tool %q does nothing: run, shell, code, reads or writes is wanted", s.ID)
	}
	if len(s.Args) > 0 && len(s.Run) == 0 {
		c.errorf("args", "args are words after run")
	}
	for i, a := range s.Args {
		if len(a.Keys) == 0 || a.Flag && a.As == "" || a.Program != "" && (a.As != "" || a.Flag || !strings.Contains(a.Program, "{}")) {
			c.errorf(fmt.Sprintf("args[%d]", i), "an argument is keys with nothing more, with as, with as and flag, or with a program that has {}")
		}
		t.args = append(t.args, mcpArg{keys: a.Keys, as: a.As, program: a.Program, flag: a.Flag})
	}
	if len(s.Match) == 0 {
		c.errorf("", "mcp tool %q has no examples", s.ID)
	}
	c.p.mcp = append(c.p.mcp, t)
}
