package foreign

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/rules/source"
)

// The formats, as policy.Policy names them.
const (
	SafeClaw       = "safeclaw"
	SafeClawConfig = "safeclaw-config"
	PolicyLayer    = "policylayer"
)

// A Note says where a policy means something else here than its text may have
// had its author think.
type Note struct {
	Rule int // index of the rule it is about; -1 for the whole file
	Pos  source.Pos
	Text string
}

// Usual are the files that SafeClaw looks for in a project's directory.
var Usual = []string{".safeclaw/policy.yaml", "safeclaw.config.yaml"}

// Read reads the policy in the text of the file name. All faults found are in
// the error, each as name:line:column.
func Read(name, src string) (*policy.Policy, error) {
	p, _, err := ReadNotes(name, src)
	return p, err
}

// ReadNotes is Read with what there is to say about the policy.
func ReadNotes(name, src string) (*policy.Policy, []Note, error) {
	doc, err := document(name, src)
	if err != nil {
		return nil, nil, err
	}
	r := reader{name: name, p: &policy.Policy{Name: name, Default: map[policy.ActionType]action.Verdict{}, Pos: map[string]source.Pos{}}}
	if doc.kind != object {
		return nil, nil, fault(name, doc.pos, "want a policy with rules or tools, not %v", doc.kind)
	}
	r.policy(doc)
	if err := errors.Join(r.errs...); err != nil {
		return nil, nil, err
	}
	return r.p, r.notes, nil
}

type reader struct {
	name  string
	p     *policy.Policy
	notes []Note
	errs  []error
}

func (r *reader) fail(pos source.Pos, format string, args ...any) {
	r.errs = append(r.errs, fault(r.name, pos, format, args...))
}

func (r *reader) note(pos source.Pos, text string) {
	r.notes = append(r.notes, Note{-1, pos, text})
}

// noteRule notes something about the rule that is read next.
func (r *reader) noteRule(pos source.Pos, text string) {
	r.notes = append(r.notes, Note{len(r.p.Rules), pos, text})
}

// A table is a map whose keys are looked up. Keys that nothing asks for are
// faults.
type table struct {
	r    *reader
	v    value
	what string // for error texts
	seen map[string]bool
}

func (r *reader) table(v value, what string) *table {
	if v.kind != object {
		r.fail(v.pos, "want %s to be a map, not %v", what, v.kind)
	}
	return &table{r, v, what, map[string]bool{}}
}

// get returns the member with one of the names, which all mean the same. Two of
// them at once are a fault.
func (t *table) get(names ...string) (found member, ok bool) {
	for _, name := range names {
		t.seen[name] = true
	}
	for _, m := range t.v.members {
		if !slices.Contains(names, m.key) {
			continue
		}
		if ok {
			t.r.fail(m.pos, "%s says the same as %s in line %d; want one of them", m.key, found.key, found.pos.Line)
		}
		found, ok = m, true
	}
	return found, ok
}

// has reports whether any of the names is there.
func (t *table) has(names ...string) bool {
	return slices.ContainsFunc(t.v.members, func(m member) bool { return slices.Contains(names, m.key) })
}

// text returns a text that must not be empty; "" if it is not there.
func (t *table) text(names ...string) string {
	m, ok := t.get(names...)
	if !ok {
		return ""
	}
	if m.kind != text {
		t.r.fail(m.value.pos, "want text for %s, not %v", m.key, m.kind)
	} else if m.value.text == "" {
		t.r.fail(m.value.pos, "%s is empty", m.key)
	}
	return m.value.text
}

// count returns a whole number above zero; 0 if it is not there.
func (t *table) count(names ...string) int {
	m, ok := t.get(names...)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(m.value.text)
	if m.kind != number || err != nil || n < 1 || n > 1<<31 {
		t.r.fail(m.value.pos, "want a whole number above 0 for %s, not %s", m.key, m.value.show())
	}
	return n
}

func (v value) show() string {
	switch v.kind {
	case text:
		return strconv.Quote(v.text)
	case number, boolean:
		return v.text
	}
	return v.kind.String()
}

// word returns what a table of words has for a text.
func word[T any](t *table, words map[string]T, what string, names ...string) (found T, ok bool) {
	m, ok := t.get(names...)
	if !ok {
		return found, false
	}
	if m.kind != text {
		t.r.fail(m.value.pos, "want %s for %s, not %v", what, m.key, m.kind)
		return found, false
	}
	found, ok = words[m.value.text]
	if !ok {
		known := slices.Sorted(maps.Keys(words))
		t.r.fail(m.value.pos, "unknown %s %q%s; known are %s", what, m.value.text, rules.Suggest(m.value.text, known), strings.Join(known, ", "))
	}
	return found, ok
}

// end complains of keys that nothing asked for.
func (t *table) end() {
	for _, m := range t.v.members {
		if !t.seen[m.key] {
			t.r.fail(m.pos, "unknown key %q in %s%s", m.key, t.what, rules.Suggest(m.key, slices.Sorted(maps.Keys(t.seen))))
		}
	}
}

// policy reads a whole file.
func (r *reader) policy(doc value) {
	t := r.table(doc, "the policy")
	r.version(t)
	r.p.Agent = t.text("agent")
	if r.p.Agent != "" {
		r.note(doc.pos, "holds for calls of the agent "+r.p.Agent+" only")
	}
	if mode, ok := word(t, map[string]policy.Mode{"enforce": policy.Enforce, "simulate": policy.Simulate}, "mode", "mode"); ok {
		r.p.Mode = mode
	}
	def, stated := word(t, verdicts(), "verdict", "default", "defaultAction", "defaultEffect")
	for _, m := range doc.members {
		if strings.HasPrefix(m.key, "default") {
			r.p.Pos["default"] = m.pos
		}
	}
	t.text("description", "name")
	list, hasRules := t.get("rules")
	tools, hasTools := t.get("tools")
	t.end()
	switch {
	case hasRules && hasTools:
		r.fail(tools.pos, "want rules (SafeClaw) or tools (PolicyLayer), not both")
	case hasTools:
		r.p.Format = PolicyLayer
		if stated {
			r.p.Default[policy.MCPCall] = def
			r.note(doc.pos, "the default is about tools of MCP servers only")
		}
		r.tools(tools)
	case hasRules:
		r.p.Format = SafeClaw
		if t.has("agent", "defaultAction", "defaultEffect") {
			r.p.Format = SafeClawConfig
		}
		r.rules(list)
		if stated {
			r.fill(def)
		}
	default:
		r.fail(doc.pos, "want a list of rules (SafeClaw) or a map of tools (PolicyLayer)")
	}
	if i := slices.IndexFunc(r.p.Rules, func(l policy.Rule) bool { return l.Verdict == action.Allow }); i >= 0 {
		r.note(r.p.Rules[i].Pos, "allow lets through what other policies leave open; the built-in rules hold all the same")
	}
	if !stated {
		r.note(doc.pos, "states no default: what no rule speaks of is left to other policies and to the built-in rules")
	}
}

// fill makes a default that of the actions that SafeClaw knows, and of those
// that the rules are about. Its shell_exec is a command as a whole, so that
// code in a command is none of its business unless a rule says so.
func (r *reader) fill(def action.Verdict) {
	for _, t := range []policy.ActionType{policy.ShellExec, policy.FileRead, policy.FileWrite, policy.Network} {
		r.p.Default[t] = def
	}
	for i := range r.p.Rules {
		if t := r.p.Rules[i].Action; t != "" {
			r.p.Default[t] = def
		}
	}
}

func (r *reader) version(t *table) {
	m, ok := t.get("version")
	if ok && (m.value.text != "1" && m.value.text != "1.0" || m.kind != text && m.kind != number) {
		r.fail(m.value.pos, "unknown version %s; known is 1", m.value.show())
	}
}

// rules reads SafeClaw's list.
func (r *reader) rules(m member) {
	if m.kind != list || len(m.list) == 0 {
		r.fail(m.value.pos, "want a list of rules, each with an id, not %v", m.kind)
		return
	}
	lines := map[string]int{}
	for _, v := range m.list {
		t := r.table(v, "a rule")
		rule := policy.Rule{Pos: v.pos, ID: t.text("id")}
		switch line, twice := lines[rule.ID]; {
		case rule.ID == "" && v.kind == object:
			r.fail(v.pos, "the rule has no id")
		case twice:
			r.fail(v.pos, "the rule %s is in line %d already", rule.ID, line)
		}
		lines[rule.ID] = v.pos.Line
		r.subject(t, &rule)
		rule.Verdict, _ = word(t, verdicts(), "verdict", "effect", "decision", "verdict")
		if v.kind == object && !t.has("effect", "decision", "verdict") {
			r.fail(v.pos, "the rule %s has no verdict (effect or decision)", rule.ID)
		}
		rule.Message = t.text("message", "description", "reason", "on_deny")
		rule.Audit = r.audit(t)
		rule.Approvers = r.approvers(t)
		rule.Timeout = t.count("timeout")
		rule.Limit = r.limit(t, rule.ID)
		t.end()
		r.p.Rules = append(r.p.Rules, rule)
	}
}

func (r *reader) audit(t *table) bool {
	m, ok := t.get("audit")
	if ok && m.kind != boolean {
		r.fail(m.value.pos, "want true or false for audit, not %s", m.value.show())
	}
	return m.value.text == "true"
}

// approvers reads a list of roles: `- role: release-manager` or plain names.
func (r *reader) approvers(t *table) []string {
	m, ok := t.get("approvers")
	if !ok {
		return nil
	}
	if m.kind != list || len(m.list) == 0 {
		r.fail(m.value.pos, "want a list of roles for approvers")
	}
	var roles []string
	for _, v := range m.list {
		role := v.text
		if v.kind == object {
			e := r.table(v, "an approver")
			if role = e.text("role"); role == "" {
				r.fail(v.pos, "the approver has no role")
			}
			e.end()
		} else if v.kind != text || role == "" {
			r.fail(v.pos, "want a role, as in `- role: release-manager`")
		}
		roles = append(roles, role)
	}
	return roles
}

// subjects returns the keys that say what a rule is about, by action type.
func subjects() map[policy.ActionType][]string {
	return map[policy.ActionType][]string{
		policy.ShellExec: {"command", "command_pattern"},
		policy.FileRead:  {"path"},
		policy.FileWrite: {"path"},
		policy.Network:   {"url", "domain", "host", "destination"},
		policy.MCPCall:   {"tool"},
		policy.CodeExec:  {"language", "command"},
	}
}

// subject reads the action and what must match.
func (r *reader) subject(t *table, rule *policy.Rule) {
	m, ok := t.get("action")
	switch {
	case !ok && t.v.kind != object:
		return
	case !ok:
		r.fail(t.v.pos, "the rule %s has no action", rule.ID)
	case m.kind != text:
		r.fail(m.value.pos, "want an action type for action, not %v", m.kind)
	default:
		rule.Action, ok = actions()[m.value.text]
		if tool, named := mcpTool(m.value.text); !ok && named {
			rule.Action, rule.Match.Tool, ok = policy.MCPCall, tool, true
		}
		if !ok {
			known := slices.Sorted(maps.Keys(actions()))
			r.fail(m.value.pos, "unknown action %q%s; known are shell.exec, file.read, file.write, network, mcp.call and code.exec", m.value.text, rules.Suggest(m.value.text, known))
		}
	}
	given := r.matchOf(t, rule)
	if mt, there := t.get("match"); there {
		inner := r.table(mt.value, "match")
		if mt.kind == object && len(mt.members) == 0 {
			r.fail(mt.value.pos, "the match of the rule %s is empty: it would hold for everything", rule.ID)
			given = true
		}
		if r.matchOf(inner, rule) {
			given = true
		}
		inner.end()
	}
	if !given && rule.Match.Tool == "" && rule.Action != "" {
		r.fail(t.v.pos, "the rule %s has no match or target: it would hold for every %s", rule.ID, rule.Action)
	}
}

// matchOf reads what must match from the keys of a rule or of its match, and
// reports whether there is any.
func (r *reader) matchOf(t *table, rule *policy.Rule) bool {
	given := false
	for _, key := range matchKeys {
		m, ok := t.get(key)
		if !ok {
			continue
		}
		given = true
		pattern := t.text(key)
		switch own := subjects()[rule.Action]; {
		case rule.Action == "" || pattern == "": // complained of already
		case key != "target" && !slices.Contains(own, key):
			r.fail(m.pos, "%s cannot match a %s; it has %s", key, rule.Action, strings.Join(own, ", "))
		default:
			r.pattern(m, rule, pattern)
		}
	}
	return given
}

// pattern sets the part of a match that a pattern is for.
func (r *reader) pattern(m member, rule *policy.Rule, pattern string) {
	to := &rule.Match.Command
	switch rule.Action {
	case policy.FileRead, policy.FileWrite:
		to = &rule.Match.Path
		if !strings.HasPrefix(pattern, "/") && !strings.HasPrefix(pattern, "*") && !strings.HasPrefix(pattern, "~") {
			r.noteRule(m.pos, "a relative path is one below the project")
		}
	case policy.Network:
		to = &rule.Match.URL
		if isHost(m.key, pattern) {
			to = &rule.Match.Host
			r.noteRule(m.pos, pattern+" is read as a domain: hosts below it match too")
		}
	case policy.MCPCall:
		to = &rule.Match.Tool
	case policy.CodeExec:
		if m.key == "language" {
			to = &rule.Match.Language
		}
	default:
		if !strings.Contains(pattern, "*") {
			r.noteRule(m.pos, "without a star this is read as a prefix of words: whatever follows matches too")
		}
	}
	if *to != "" {
		r.fail(m.pos, "the rule %s says twice what must match", rule.ID)
	}
	*to = pattern
}

// isHost reports whether a network pattern names a domain and no URL.
func isHost(key, pattern string) bool {
	return key == "domain" || key == "host" || key != "url" && !strings.ContainsAny(pattern, "/*?")
}

// limit reads the limit of a rule or tool in any of its spellings; nil if there
// is none.
func (r *reader) limit(t *table, counter string) *policy.Limit {
	m, ok := t.get("limit", "limits", "rate_limit", "rateLimit")
	if !ok {
		return nil
	}
	v := m.value
	if m.key == "limits" {
		if v.kind != list || len(v.list) == 0 {
			r.fail(v.pos, "want a list of limits, not %v", v.kind)
			return nil
		}
		if len(v.list) > 1 {
			r.fail(v.list[1].pos, "more than one limit is not supported; put the others into rules of their own")
			return nil
		}
		v = v.list[0]
	}
	lim := &policy.Limit{Counter: counter}
	if v.kind == text && m.key != "limits" { // "10/minute"
		count, unit, _ := strings.Cut(v.text, "/")
		n, err := strconv.Atoi(strings.TrimSpace(count))
		w, ok := policy.Window(strings.TrimSpace(unit))
		if err != nil || n < 1 || !ok {
			r.fail(v.pos, "want a limit such as \"10/minute\", not %q", v.text)
		}
		lim.Max, lim.Window, lim.Scope = n, w, "grant"
		return lim
	}
	lt := r.table(v, m.key)
	if c := lt.text("counter"); c != "" {
		lim.Counter = c
	}
	lim.Max = lt.count("max", "maxRequests")
	if v.kind == object && !lt.has("max", "maxRequests") {
		r.fail(v.pos, "the limit has no max")
	}
	lim.Window = r.window(lt)
	r.scope(lt, lim)
	lt.end()
	return lim
}

func (r *reader) window(t *table) time.Duration {
	m, ok := t.get("window")
	if !ok {
		if t.v.kind == object {
			r.fail(t.v.pos, "the limit has no window")
		}
		return 0
	}
	w, ok := policy.Window(m.value.text)
	if m.kind != text && m.kind != number || !ok {
		r.fail(m.value.pos, "unknown window %s%s; want second, minute, hour, day, \"10 minutes\" or seconds", m.value.show(),
			rules.Suggest(m.value.text, []string{"second", "minute", "hour", "day"}))
	}
	return w
}

func (r *reader) scope(t *table, lim *policy.Limit) {
	lim.Scope = "grant" // as PolicyLayer counts: per agent session
	m, ok := t.get("scope")
	if !ok {
		return
	}
	if m.kind != text || !slices.Contains(policy.Scopes, m.value.text) {
		r.fail(m.value.pos, "unknown scope %s%s; known are %s", m.value.show(), rules.Suggest(m.value.text, policy.Scopes), strings.Join(policy.Scopes, ", "))
	}
	lim.Scope = m.value.text
	if lim.Scope == "grant" {
		r.noteRule(m.pos, "the scope grant, one credential of one agent, is one session of one agent on this machine")
	}
}
