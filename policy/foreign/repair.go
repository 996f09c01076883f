package foreign

import (
	"errors"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/rules/source"
)

// The keys of SafeClaw's files, by the level that they stand at. Some stand at
// two: then it counts what was opened last.
var (
	topKeys   = []string{"version", "agent", "mode", "default", "defaultAction", "defaultEffect", "name", "description", "rules"}
	ruleKeys  = []string{"id", "action", "match", "effect", "decision", "verdict", "message", "description", "reason", "on_deny", "audit", "approvers", "timeout", "limit", "limits", "rate_limit", "rateLimit", "target", "command", "command_pattern", "path", "url", "domain", "host", "destination", "tool", "language"}
	matchKeys = []string{"target", "command", "command_pattern", "path", "url", "domain", "host", "destination", "tool", "language"}
	limitKeys = []string{"counter", "window", "max", "maxRequests", "scope"}
)

// Indentation of each level.
const (
	inRule  = "    "
	inBlock = "      "
	inItem  = "        "
)

// Repair gives YAML its indentation back, as it is lost when a page is copied:
// the level of a line is told by its key. Lines keep their numbers. What cannot
// be told is an error; nothing is left out but code fences.
func Repair(name, src string) (string, error) {
	m := mender{name: name}
	for i, line := range strings.Split(src, "\n") {
		m.line = i + 1
		m.out = append(m.out, m.mend(strings.TrimSpace(line)))
	}
	return strings.Join(m.out, "\n"), errors.Join(m.errs...)
}

type mender struct {
	name    string
	line    int
	rules   bool     // the list has begun
	inRule  bool     // a rule of it has
	block   string   // key that opened what is being filled: match, approvers, limits, …
	inItem  bool     // an item of that block has begun
	current []string // keys that the rule has
	out     []string
	errs    []error
}

func (m *mender) fail(format string, args ...any) {
	m.errs = append(m.errs, fault(m.name, source.Pos{Line: m.line, Col: 1}, format, args...))
}

// mend returns a line with the indentation that it must have.
func (m *mender) mend(line string) string {
	switch {
	case line == "" || strings.HasPrefix(line, "```") || line == "---" && len(m.current) == 0 && !m.rules:
		return ""
	case strings.HasPrefix(line, "#"):
		return line
	}
	rest, dash := strings.CutPrefix(line, "-")
	rest = strings.TrimSpace(rest)
	key, val, isKey := strings.Cut(rest, ":")
	if isKey = isKey && isWord(key) && (val == "" || val[0] == ' '); !isKey {
		if dash && m.block == "approvers" {
			return inBlock + "- " + straight(rest)
		}
		m.fail("cannot tell what belongs together here: want `key: value`, not %q", line)
		return line
	}
	val = straight(strings.TrimSpace(val))
	if strings.HasPrefix(val, "|") || strings.HasPrefix(val, ">") {
		m.fail("a text of several lines cannot be mended; write the %s in one line", key)
	}
	indent := m.level(key, val, dash)
	if dash {
		indent += "- "
	}
	return strings.TrimRight(indent+key+": "+val, " ")
}

// level returns the indentation of a key, and takes note of what it opens.
func (m *mender) level(key, val string, dash bool) string {
	if dash {
		return m.item(key, val)
	}
	if m.block != "" && slices.Contains(m.blockKeys(), key) {
		if m.inItem {
			return inItem
		}
		return inBlock
	}
	m.block, m.inItem = "", false
	if m.inRule && slices.Contains(ruleKeys, key) {
		if slices.Contains(m.current, key) {
			m.fail("the rule has %s already; a new rule begins with `- id:`", key)
		}
		m.open(key, val)
		return inRule
	}
	if slices.Contains(topKeys, key) {
		if key == "rules" {
			m.rules, m.inRule = true, false
		}
		return ""
	}
	known := append(slices.Clone(topKeys), ruleKeys...)
	m.fail("unknown key %q%s", key, rules.Suggest(key, known))
	return ""
}

// item returns the indentation of an item of a list that begins with a key.
func (m *mender) item(key, val string) string {
	switch {
	case m.block == "approvers" && key == "role", m.block == "limits" && slices.Contains(limitKeys, key):
		m.inItem = true
		return inBlock
	case m.rules && slices.Contains(ruleKeys, key):
		m.inRule, m.block, m.inItem, m.current = true, "", false, nil
		m.open(key, val)
		return "  "
	}
	m.fail("cannot tell which list `- %s:` belongs to", key)
	return ""
}

// open takes note of a key of a rule, and of the block that it opens.
func (m *mender) open(key, val string) {
	m.current = append(m.current, key)
	if val == "" {
		m.block, m.inItem = key, false
	}
}

// blockKeys returns the keys that may stand in the open block.
func (m *mender) blockKeys() []string {
	switch m.block {
	case "match":
		return matchKeys
	case "limit", "limits", "rate_limit", "rateLimit":
		return limitKeys
	}
	return nil
}

// isWord reports whether s can be a key.
func isWord(s string) bool {
	for _, c := range s {
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return s != ""
}

// straight returns a value in straight quotes, which pages like to round.
func straight(s string) string {
	for _, q := range [...][3]string{{"“", "”", `"`}, {"‘", "’", `'`}} {
		if inner, ok := strings.CutPrefix(s, q[0]); ok {
			if inner, ok = strings.CutSuffix(inner, q[1]); ok && !strings.Contains(inner, q[2]) {
				return q[2] + inner + q[2]
			}
		}
	}
	return s
}
