package main

import (
	"fmt"
	"strings"

	"github.com/venv-guard/venv-guard/cli"
)

// manual returns venv-guard(1), made of the usage texts.
func manual(topics []cli.Topic, usage string) string {
	var b strings.Builder
	b.WriteString(".TH VENV\\-GUARD 1 \"\" venv\\-guard\n.SH NAME\nvenv\\-guard \\- judge a coding agent's tool call before it runs\n")
	b.WriteString(".SH SYNOPSIS\n")
	head, rest, _ := strings.Cut(usage, "\n\n")
	preformatted(&b, strings.TrimPrefix(head, "usage: "))
	b.WriteString(".SH DESCRIPTION\n")
	preformatted(&b, rest)
	b.WriteString(".SH COMMANDS\n")
	for _, t := range topics {
		if t.Usage == "" || t.Name == "version" {
			continue
		}
		fmt.Fprintf(&b, ".SS %s\n%s.\n.PP\n", roff(t.Name), roff(strings.ToUpper(t.Summary[:1])+t.Summary[1:]))
		preformatted(&b, strings.TrimPrefix(t.Usage, "usage: "))
	}
	return b.String()
}

// preformatted writes a text as it stands.
func preformatted(b *strings.Builder, text string) {
	b.WriteString(".nf\n")
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		line = roff(line)
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			line = `\&` + line
		}
		b.WriteString(line + "\n")
	}
	b.WriteString(".fi\n")
}

// roff escapes what troff would take for its own (groff_char(7)).
func roff(s string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "`", `\(ga`, "'", `\(aq`, "^", `\(ha`, "~", `\(ti`, "…", "...").Replace(s)
}
