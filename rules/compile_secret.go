package rules

import (
	"fmt"
	"path"
	"strings"

	"github.com/venv-guard/venv-guard/rules/source"
)

// token compiles one [[token]].
func (c *compiler) token(s *source.Token) {
	if s.ID == "" || len(s.Variables) == 0 {
		c.errorf("", "token %q has no id or no variables", s.ID)
	}
	for i, pattern := range s.Variables {
		at := fmt.Sprintf("variables[%d]", i)
		if _, err := path.Match(pattern, ""); err != nil || !strings.Contains(pattern, "_") {
			c.errorf(at, "%q is no pattern of a variable with an underscore", pattern)
		}
		if !strings.ContainsAny(pattern, "*?[") {
			c.p.tokenNames = append(c.p.tokenNames, pattern)
		}
	}
	c.p.tokens = append(c.p.tokens, token{variables: s.Variables, hosts: s.Hosts})
}

// secret compiles one [[secret]].
func (c *compiler) secret(s *source.Secret) {
	l := secretRule{
		id: s.ID, title: s.Title, category: s.Category, since: s.Since, source: s.Source,
		verdict: c.verdict("verdict", s.Verdict), reason: s.Reason, remedy: s.Remedy,
	}
	c.heading("secret", s.ID, s.Category, [][2]string{
		{"id", s.ID}, {"title", s.Title}, {"reason", s.Reason}, {"since", s.Since}, {"source", s.Source}, {"by", s.By}, {"verdict", s.Verdict},
	})
	c.word("by", "way", s.By, secretUses[:])
	for i, name := range secretUses {
		if name == s.By {
			l.by = secretUse(i)
		}
	}
	c.exampled("secret", s.ID, s.Match, s.NoMatch)
	c.p.secrets = append(c.p.secrets, l)
}
