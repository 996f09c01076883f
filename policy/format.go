package policy

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/action"
)

// Format returns a policy as a native file, which reads as the same policy.
// Comments are lines above a rule, by its index; -1 is the head of the file.
func Format(p *Policy, comments map[int][]string) string { return FormatWith(p, comments, nil) }

// FormatWith is Format with comments above the settings of built-in rules, by
// their id.
func FormatWith(p *Policy, comments map[int][]string, settings map[string][]string) string {
	var b strings.Builder
	f := formatter{&b}
	f.comment(comments[-1])
	f.head(p)
	f.settings("categories", p.Settings.Categories, nil)
	f.settings("rules", p.Settings.Rules, settings)
	if len(p.Roles) > 0 {
		f.WriteString("\n[roles]\n")
		for _, name := range slices.Sorted(maps.Keys(p.Roles)) {
			f.texts(quoteTOML(name), p.Roles[name])
		}
	}
	for i := range p.Rules {
		b.WriteString("\n")
		f.comment(comments[i])
		f.rule(&p.Rules[i])
	}
	for i := range p.Expect {
		f.expectation(&p.Expect[i])
	}
	return strings.TrimLeft(b.String(), "\n")
}

type formatter struct{ *strings.Builder }

func (f formatter) comment(lines []string) {
	for _, text := range lines {
		for line := range strings.Lines(text) {
			f.WriteString(strings.TrimRight("# "+clean(line), " ") + "\n")
		}
	}
}

// clean takes out of a comment what TOML does not have in one.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

// line writes a key whose value is not empty.
func (f formatter) line(key, value string) {
	if value != "" {
		f.WriteString(key + " = " + value + "\n")
	}
}

func (f formatter) text(key, value string) {
	if value != "" {
		f.line(key, quoteTOML(value))
	}
}

func (f formatter) texts(key string, list []string) {
	if len(list) > 0 {
		f.line(key, quoteList(list))
	}
}

// head writes what holds for the whole file.
func (f formatter) head(p *Policy) {
	if p.Agent != "" || p.Mode != Enforce || len(p.Include) > 0 || len(p.Default) > 0 || p.Audit != (Audit{}) || p.Pins != pinsUnset || p.Retries != 0 {
		f.WriteString("\n")
	}
	f.text("agent", p.Agent)
	if p.Mode != Enforce {
		f.text("mode", p.Mode.String())
	}
	f.texts("include", p.Include)
	if a := p.Audit; a.Log != auditUnset {
		f.text("audit", auditLogs[a.Log-1])
	}
	if a := p.Audit; a.Failure != failureUnset {
		f.text("audit_failure", auditFailures[a.Failure-1])
	}
	if p.Audit.Sync {
		f.line("audit_sync", "true")
	}
	if p.Pins != pinsUnset {
		f.text("pins", pinsWords[p.Pins-1])
	}
	if p.Retries != 0 {
		f.line("denied_retries", strconv.Itoa(max(0, p.Retries)))
	}
	if v, ok := p.Default[ShellExec]; ok && len(p.Default) == len(ActionTypes) &&
		!slices.ContainsFunc(ActionTypes, func(a ActionType) bool { return p.Default[a] != v }) {
		f.text("default", verdictWord(v))
		return
	}
	if len(p.Default) > 0 {
		var parts []string
		for _, a := range ActionTypes {
			if v, ok := p.Default[a]; ok {
				parts = append(parts, quoteTOML(string(a))+" = "+quoteTOML(verdictWord(v)))
			}
		}
		f.line("default", "{"+strings.Join(parts, ", ")+"}")
	}
}

func (f formatter) settings(table string, m map[string]action.Verdict, comments map[string][]string) {
	if len(m) == 0 {
		return
	}
	f.WriteString("\n[" + table + "]\n")
	for _, key := range slices.Sorted(maps.Keys(m)) {
		f.comment(comments[key])
		f.text(quoteTOML(key), verdictWord(m[key]))
	}
}

func (f formatter) rule(r *Rule) {
	f.WriteString("[[rule]]\n")
	f.text("id", r.ID)
	f.text("action", string(r.Action))
	f.line("match", r.Match.String())
	f.text("verdict", verdictWord(r.Verdict))
	f.text("message", r.Message)
	f.text("remedy", r.Remedy)
	if r.Audit {
		f.line("audit", "true")
	}
	f.texts("approvers", r.Approvers)
	if r.Approvals != 0 {
		f.line("approvals", strconv.Itoa(r.Approvals))
	}
	if r.Timeout != 0 {
		f.line("timeout", strconv.Itoa(r.Timeout))
	}
	if l := r.Limit; l != nil {
		f.line("limit", l.String())
	}
	f.text("agent", r.Agent)
	if !r.Expires.IsZero() {
		f.line("expires", r.Expires.Format(time.RFC3339))
	}
	if r.Mode != Enforce {
		f.text("mode", r.Mode.String())
	}
	f.texts("matches", r.Matches)
	f.texts("no_matches", r.NoMatches)
}

func (f formatter) expectation(e *Expectation) {
	f.WriteString("\n[[expect]]\n")
	f.text("action", string(e.Action))
	f.text("target", e.Target)
	if e.Verdict == action.Pass {
		f.text("verdict", "pass")
	} else {
		f.text("verdict", verdictWord(e.Verdict))
	}
	f.text("rule", e.Rule)
}

// String returns the match as the inline table that it is in a file.
func (m Match) String() string {
	var parts []string
	for _, kv := range [...][2]string{
		{"command", m.Command}, {"program", m.Program}, {"operation", m.Operation}, {"place", m.Place},
		{"category", m.Category}, {"path", m.Path}, {"url", m.URL}, {"host", m.Host}, {"tool", m.Tool}, {"language", m.Language},
	} {
		if kv[1] != "" {
			parts = append(parts, kv[0]+" = "+quoteTOML(kv[1]))
		}
	}
	if len(m.Args) > 0 {
		var args []string
		for _, k := range slices.Sorted(maps.Keys(m.Args)) {
			args = append(args, quoteTOML(k)+" = "+quoteTOML(m.Args[k]))
		}
		parts = append(parts, "args = {"+strings.Join(args, ", ")+"}")
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// verdictWord spells a verdict as files have it.
func verdictWord(v action.Verdict) string {
	switch v {
	case action.Block:
		return "block"
	case action.Ask:
		return "ask"
	case action.Allow:
		return "allow"
	}
	return "off"
}

func quoteList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quoteTOML(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// quoteTOML returns a basic string of TOML 1.0.
func quoteTOML(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
