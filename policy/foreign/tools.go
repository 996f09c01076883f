package foreign

import (
	"fmt"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/policy"
)

// tools reads PolicyLayer's map. A tool that is listed may be called, within
// its limits, unless it says otherwise.
func (r *reader) tools(m member) {
	if m.kind != object {
		r.fail(m.value.pos, "want a map of tools, not %v", m.kind)
		return
	}
	for _, tool := range m.members {
		if tool.key == "" {
			r.fail(tool.pos, "the tool has no name")
			continue
		}
		name := tool.key
		if full, ok := mcpTool(name); ok {
			name = full
		}
		t := r.table(tool.value, "the tool "+tool.key)
		list, many := t.get("rules")
		rule := r.toolRule(t, name, tool.key)
		rule.Pos = tool.pos
		t.end()
		if !many {
			r.p.Rules = append(r.p.Rules, rule)
			continue
		}
		r.toolRules(list, name, tool)
		if t.has("action", "decision", "effect", "verdict", "limit", "limits", "rate_limit", "rateLimit") {
			r.fail(list.pos, "the tool %s has rules and says more beside them; want one of both", tool.key)
		}
	}
}

// toolRules reads the rules that stand below a tool.
func (r *reader) toolRules(m member, name string, tool member) {
	if m.kind != list || len(m.list) == 0 {
		r.fail(m.value.pos, "want a list of rules for the tool %s, not %v", tool.key, m.kind)
		return
	}
	for i, v := range m.list {
		t := r.table(v, "a rule of the tool "+tool.key)
		id := t.text("id", "name")
		if id == "" {
			id = tool.key
			if i > 0 {
				id = fmt.Sprintf("%s-%d", tool.key, i+1)
			}
		}
		rule := r.toolRule(t, name, id)
		rule.Pos = v.pos
		t.end()
		for _, other := range r.p.Rules {
			if other.ID == id {
				r.fail(v.pos, "the rule %s is in line %d already", id, other.Pos.Line)
			}
		}
		r.p.Rules = append(r.p.Rules, rule)
	}
}

// toolRule reads the keys of a tool or of one of its rules.
func (r *reader) toolRule(t *table, name, id string) policy.Rule {
	rule := policy.Rule{ID: id, Action: policy.MCPCall, Match: policy.Match{Tool: name}, Verdict: action.Allow}
	if v, ok := word(t, verdicts(), "verdict", "action", "decision", "effect", "verdict"); ok {
		rule.Verdict = v
	}
	rule.Message = t.text("reason", "message", "description", "on_deny")
	rule.Audit = r.audit(t)
	rule.Approvers = r.approvers(t)
	rule.Timeout = t.count("timeout")
	rule.Limit = r.limit(t, id)
	return rule
}
