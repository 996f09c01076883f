package policy

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/internal/toml"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/rules/source"
)

// Read reads a policy in its own format, TOML; POLICY.md tells of the keys.
// Reading is strict: all faults are joined in the error, each a *source.Error.
func Read(name, text string) (*Policy, error) {
	root, err := toml.Parse(name, text)
	if err != nil {
		return nil, err
	}
	d := decoder{p: &Policy{Name: name, Format: "native", Pos: map[string]source.Pos{}}}
	d.policy(root)
	if d.errs != nil {
		return nil, errors.Join(d.errs...)
	}
	if err := d.p.counters(); err != nil {
		return nil, err
	}
	return d.p, nil
}

// maxFaults bounds the faults of one file that are told.
const maxFaults = 20

type decoder struct {
	p    *Policy
	errs []error
}

func (d *decoder) fail(pos source.Pos, format string, args ...any) {
	if len(d.errs) < maxFaults {
		d.errs = append(d.errs, &source.Error{File: d.p.Name, Pos: pos, Text: fmt.Sprintf(format, args...)})
	}
}

func (d *decoder) unknown(e *toml.Entry, where string, known ...string) {
	d.fail(e.Pos, "unknown key %q%s%s", e.Key, where, oneOf(e.Key, known))
}

func (d *decoder) policy(root *toml.Table) {
	for i := range root.Entries {
		e := &root.Entries[i]
		switch d.p.Pos[e.Key] = e.Pos; e.Key {
		case "mode":
			d.p.Mode = d.mode(e)
		case "agent":
			d.p.Agent = d.text(e)
		case "default":
			d.defaults(e)
		case "categories":
			d.p.Settings.Categories = d.settings(e, func(name string) rules.Settings {
				return rules.Settings{Categories: map[string]action.Verdict{name: action.Block}}
			})
		case "rules":
			d.p.Settings.Rules = d.settings(e, func(name string) rules.Settings {
				return rules.Settings{Rules: map[string]action.Verdict{name: action.Block}}
			})
		case "roles":
			d.roles(e)
		case "include":
			d.p.Include = d.texts(e)
		case "rule":
			d.rules(e)
		case "expect":
			d.expectations(e)
		case "audit", "audit_failure", "audit_sync", "pins":
			d.audit(e)
		case "denied_retries":
			d.retries(e)
		default:
			d.unknown(e, "", "mode", "agent", "default", "categories", "rules", "roles", "include", "rule", "expect", "audit", "audit_failure", "audit_sync", "pins", "denied_retries")
		}
	}
}

func (d *decoder) rules(e *toml.Entry) {
	list := d.tables(e, "rule")
	d.p.Rules = make([]Rule, 0, len(list))
	ids := make(map[string]source.Pos, len(list))
	for i := range list {
		r := d.rule(list[i].Table)
		if first, ok := ids[r.ID]; ok && r.ID != "" {
			pos := r.Pos
			if id := list[i].Table.Get("id"); id != nil {
				pos = id.Pos
			}
			d.fail(pos, "the id %q is taken by the rule in line %d", r.ID, first.Line)
		}
		ids[r.ID] = r.Pos
		d.p.Rules = append(d.p.Rules, r)
	}
}

func (d *decoder) rule(t *toml.Table) Rule {
	r := Rule{Pos: t.Pos}
	faults := len(d.errs)
	for i := range t.Entries {
		e := &t.Entries[i]
		switch e.Key {
		case "id":
			r.ID = d.text(e)
		case "action":
			r.Action = ActionType(d.text(e))
		case "match":
			d.match(e, &r)
		case "verdict":
			r.Verdict = d.word(e, "block", "ask", "allow")
		case "message":
			r.Message = d.text(e)
		case "remedy":
			r.Remedy = d.text(e)
		case "audit":
			r.Audit = d.truth(e)
		case "approvers":
			if r.Approvers = d.texts(e); e.Value.Kind == toml.Array && len(r.Approvers) == 0 {
				d.fail(e.Value.Pos, "approvers is empty: name a role, or leave it out for any human")
			}
		case "approvals":
			if r.Approvals = d.number(e); r.Approvals < 1 || r.Approvals > maxMembers {
				d.fail(e.Value.Pos, "approvals is how many people must approve: a number from 1 to %d", maxMembers)
			}
		case "timeout":
			if r.Timeout = d.number(e); r.Timeout < 1 {
				d.fail(e.Value.Pos, "a timeout is a number of seconds above 0")
			}
		case "limit":
			r.Limit = d.limit(e)
		case "agent":
			r.Agent = d.text(e)
		case "expires":
			r.Expires = d.date(e)
		case "mode":
			r.Mode = d.mode(e)
		case "matches":
			r.Matches = d.texts(e)
		case "no_matches":
			r.NoMatches = d.texts(e)
		default:
			d.unknown(e, " in a rule", "id", "action", "match", "verdict", "message", "remedy", "audit", "approvers", "approvals", "timeout",
				"limit", "agent", "expires", "mode", "matches", "no_matches")
		}
	}
	if len(d.errs) > faults {
		return r // what is missing may be what was wrong
	}
	if key, text := r.Fault(); text != "" {
		d.fail(place(t, key), "%s", text)
	}
	return r
}

// place returns where a key stands, or the nearest table around it.
func place(t *toml.Table, key string) source.Pos {
	pos := t.Pos
	for _, part := range strings.Split(key, ".") {
		e := t.Get(part)
		if e == nil {
			return pos
		}
		pos = e.Pos
		if e.Value.Kind != toml.Object {
			return pos
		}
		t = e.Value.Table
	}
	return pos
}

func (d *decoder) match(e *toml.Entry, r *Rule) {
	t := d.table(e)
	m := &r.Match
	for i := range t.Entries {
		e := &t.Entries[i]
		switch e.Key {
		case "command":
			m.Command = d.text(e)
		case "program":
			m.Program = d.text(e)
		case "operation":
			m.Operation = d.text(e)
		case "place":
			m.Place = d.text(e)
		case "category":
			m.Category = d.text(e)
		case "path":
			m.Path = d.text(e)
		case "url":
			m.URL = d.text(e)
		case "host":
			m.Host = d.text(e)
		case "tool":
			m.Tool = d.text(e)
		case "language":
			m.Language = d.text(e)
		case "args":
			args := d.table(e)
			m.Args = make(map[string]string, len(args.Entries))
			for k := range args.Entries {
				m.Args[args.Entries[k].Key] = d.text(&args.Entries[k])
			}
		default:
			d.unknown(e, " in a match", "command", "program", "operation", "place", "category", "path", "url", "host", "tool", "args", "language")
		}
	}
}

func (d *decoder) defaults(e *toml.Entry) {
	d.p.Default = map[ActionType]action.Verdict{}
	if e.Value.Kind == toml.String {
		v := d.word(e, "block", "ask", "allow")
		for _, t := range ActionTypes {
			d.p.Default[t] = v
		}
		return
	}
	if e.Value.Kind != toml.Object {
		d.fail(e.Value.Pos, "default must be a verdict or a table of verdicts by action, not %s", e.Value.Kind)
		return
	}
	for i := range e.Value.Table.Entries {
		e := &e.Value.Table.Entries[i]
		t, ok := ParseAction(e.Key)
		if !ok {
			hint := ""
			if e.Value.Kind == toml.Object {
				hint = `; write it in quotes, "` + e.Key + `.…"`
			}
			d.fail(e.Pos, "unknown action %q in default%s%s", e.Key, hint, oneOf(e.Key, actionNames()))
			continue
		}
		d.p.Default[t] = d.word(e, "block", "ask", "allow")
	}
}

// settings reads verdicts by the names of categories or rules.
func (d *decoder) settings(e *toml.Entry, one func(name string) rules.Settings) map[string]action.Verdict {
	m := map[string]action.Verdict{}
	t, table := d.table(e), e.Key
	for i := range t.Entries {
		e := &t.Entries[i]
		m[e.Key] = d.word(e, words...)
		d.p.Pos[table+"."+e.Key] = e.Pos
		if _, err := rules.Builtin().With(one(e.Key)); err != nil {
			d.fail(e.Pos, "%v", err)
		}
	}
	return m
}

func (d *decoder) expectations(e *toml.Entry) {
	for _, v := range d.tables(e, "expect") {
		x := Expectation{Pos: v.Table.Pos}
		for i := range v.Table.Entries {
			e := &v.Table.Entries[i]
			switch e.Key {
			case "action":
				var ok bool
				if x.Action, ok = ParseAction(d.text(e)); !ok {
					d.fail(e.Pos, "unknown action %q%s", e.Value.Text, oneOf(e.Value.Text, actionNames()))
				}
			case "target":
				x.Target = d.text(e)
			case "verdict":
				x.Verdict = d.word(e, "block", "ask", "allow", "pass")
			case "rule":
				x.Rule = d.text(e)
			default:
				d.unknown(e, " in expect", "action", "target", "verdict", "rule")
			}
		}
		if x.Action == "" || x.Target == "" || v.Table.Get("verdict") == nil {
			d.fail(x.Pos, "expect wants action, target and verdict")
		}
		d.p.Expect = append(d.p.Expect, x)
	}
}

// The rest reads values of one type.

func (d *decoder) text(e *toml.Entry) string {
	if e.Value.Kind != toml.String {
		d.fail(e.Value.Pos, "%s must be a string, not %s", e.Key, e.Value.Kind)
	} else if e.Value.Text == "" {
		d.fail(e.Value.Pos, "%s is empty", e.Key)
	}
	return e.Value.Text
}

func (d *decoder) texts(e *toml.Entry) []string {
	if e.Value.Kind != toml.Array {
		d.fail(e.Value.Pos, "%s must be an array of strings, not %s", e.Key, e.Value.Kind)
		return nil
	}
	list := make([]string, len(e.Value.List))
	for i := range e.Value.List {
		v := &e.Value.List[i]
		if v.Kind != toml.String || v.Text == "" {
			d.fail(v.Pos, "%s must be an array of strings that are not empty", e.Key)
		}
		list[i] = v.Text
	}
	return list
}

func (d *decoder) truth(e *toml.Entry) bool {
	if e.Value.Kind != toml.Bool {
		d.fail(e.Value.Pos, "%s must be true or false, not %s", e.Key, e.Value.Kind)
	}
	return e.Value.Bool
}

func (d *decoder) number(e *toml.Entry) int {
	if e.Value.Kind != toml.Integer || e.Value.Int > 1<<31-1 || e.Value.Int < -1<<31 {
		d.fail(e.Value.Pos, "%s must be a whole number, not %s", e.Key, e.Value.Kind)
		return 1
	}
	return int(e.Value.Int)
}

// date reads when something ends: a day counts to its end, in UTC.
func (d *decoder) date(e *toml.Entry) time.Time {
	var t time.Time
	if e.Value.Kind == toml.Time {
		t = *e.Value.Time
	}
	if e.Value.Kind == toml.String {
		var err error
		if t, err = time.Parse(time.RFC3339, e.Value.Text); err != nil {
			t, err = time.Parse(time.DateOnly, e.Value.Text)
		}
		if err != nil {
			d.fail(e.Value.Pos, "%s must be a date such as 2026-12-31 or 2026-12-31T18:00:00Z", e.Key)
			return time.Time{}
		}
	} else if e.Value.Kind != toml.Time || t.Year() < 1970 {
		d.fail(e.Value.Pos, "%s must be a date such as 2026-12-31 or 2026-12-31T18:00:00Z", e.Key)
		return time.Time{}
	}
	if e.Value.Day || e.Value.Kind == toml.String && len(e.Value.Text) == len(time.DateOnly) {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

func (d *decoder) mode(e *toml.Entry) Mode {
	switch word := d.text(e); word {
	case "simulate":
		return Simulate
	case "enforce", "":
	default:
		d.fail(e.Value.Pos, "unknown mode %q%s", word, oneOf(word, []string{"enforce", "simulate"}))
	}
	return Enforce
}

func (d *decoder) word(e *toml.Entry, known ...string) action.Verdict {
	switch word := d.text(e); word {
	case "":
	case "pass":
		return action.Pass
	default:
		v, err := verdict(word, known)
		if err != nil {
			d.fail(e.Value.Pos, "%v", err)
		}
		return v
	}
	return action.Block
}

func (d *decoder) table(e *toml.Entry) *toml.Table {
	if e.Value.Kind != toml.Object {
		d.fail(e.Value.Pos, "%s must be a table", e.Key)
		return new(toml.Table)
	}
	return e.Value.Table
}

func (d *decoder) tables(e *toml.Entry, key string) []toml.Value {
	if e.Value.Kind != toml.Tables && (e.Value.Kind != toml.Array || len(e.Value.List) > 0) {
		d.fail(e.Value.Pos, "%s must be tables, each under [[%s]]", key, key)
		return nil
	}
	return e.Value.List
}
