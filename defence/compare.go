package defence

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/internal/toml"
	userpolicy "github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/setup/claude"
)

// settings compares a settings file of Claude Code.
func (g *Guard) settings(c Change, b *Breach) bool {
	text, ok := g.before(c.Path)
	if c.Kind == Alias && ok && !g.mentions(text) {
		return false
	}
	after := c.Text
	if c.Kind != Write {
		after = ""
	}
	b.Loss = g.SettingsLoss(text, ok, after, !action.Holed(after))
	if c.Kind == Alias && ok {
		b.Loss = "it would get another name, by which it can be changed unseen"
	}
	return b.Loss != ""
}

// SettingsLoss says what the guard would lose, or what would switch it off, if a
// settings file of Claude Code changed from one text to another; "" for nothing.
// A text may be one that is not known.
func (g *Guard) SettingsLoss(before string, beforeKnown bool, after string, afterKnown bool) string {
	g.prepare()
	if !beforeKnown {
		return "what is in it now cannot be read, and may be what starts the guard"
	}
	old, dropped := claude.Read([]byte(before))
	if dropped != nil {
		old = claude.Loose([]byte(before))
	}
	if !afterKnown {
		return "what would be in it then cannot be told from the call"
	}
	now, err := claude.Read([]byte(after))
	if err != nil && dropped != nil {
		now, err = claude.Loose([]byte(after)), nil // no worse than it was
	}
	if err != nil {
		if lost := claude.Lost(old, new(claude.Settings), g.names); len(lost) > 0 {
			return "Claude Code would drop the whole file, the guard's hooks too (" + err.Error() + ")"
		}
		return ""
	}
	lost, harm := some(claude.Lost(old, now, g.names)), some(claude.Harm(old, now, g.names))
	switch {
	case lost == "" && harm == "":
		return ""
	case harm == "":
		return "it would lose " + lost
	case lost == "":
		return "it would get " + harm
	}
	return "it would lose " + lost + ", and get " + harm
}

// IsSettings reports whether a file holds settings of Claude Code.
func (g *Guard) IsSettings(name string) bool { return g.kind(name) == settings }

// some joins the first of a list.
func some(list []string) string {
	if n := len(list); n > 3 {
		list = append(list[:3:3], fmt.Sprintf("%d more", n-3))
	}
	return strings.Join(list, "; ")
}

// NewCommands returns the texts that Claude Code would run by itself after a
// change of its settings, and did not before: nobody judges them when they run.
func NewCommands(before, after string) []string {
	now, err := claude.Read([]byte(after))
	if err != nil || action.Holed(after) {
		return nil
	}
	old := claude.Loose([]byte(before))
	return slices.DeleteFunc(now.Commands, func(c string) bool { return slices.Contains(old.Commands, c) })
}

// client compares a file of another client: what names the guard must stay as
// it is, and nothing may switch hooks off.
func (g *Guard) client(c Change, b *Breach, kind part) bool {
	text, ok := g.before(c.Path)
	holds := !ok || g.mentions(text)
	known := c.Kind == Write && !action.Holed(c.Text)
	switch {
	case known && c.Text == text:
		return false
	case holds && (!known || kind == plugin):
		return true
	case !known || kind == plugin:
		return false
	}
	old, okOld := tree(c.Path, text)
	now, okNow := tree(c.Path, c.Text)
	if !okOld || !okNow {
		b.Loss = "what starts the guard would not be read any more"
		return holds && (okOld || !g.mentions(c.Text))
	}
	var lost []string
	kept := map[string]bool{}
	for _, e := range g.entriesOf(now, "") {
		kept[e.where+e.text] = true
	}
	for _, e := range g.entriesOf(old, "") {
		if !kept[e.where+e.text] {
			lost = append(lost, strings.TrimPrefix(e.where, ".")+": what starts the guard")
		}
	}
	for _, s := range switches {
		if at(now, s.key) == s.off && at(old, s.key) != s.off {
			lost = append(lost, fmt.Sprintf("%s: %v, which switches hooks off", s.key, s.off))
		}
	}
	b.Loss = some(lost)
	return len(lost) > 0
}

// switches are keys of clients' settings that switch all hooks off, with that
// value: documentation of GitHub Copilot CLI (disableAllHooks), Factory
// (hooksDisabled), Gemini CLI (hooksConfig.enabled, tools.enableHooks) and Codex
// (features.hooks, features.codex_hooks).
var switches = [...]struct {
	key string
	off any
}{
	{"disableAllHooks", true}, {"hooksDisabled", true}, {"hooksConfig.enabled", false}, {"tools.enableHooks", false},
	{"hooks.enabled", false}, {"features.hooks", false}, {"features.codex_hooks", false}, {"allow_managed_hooks_only", true},
}

// at returns the value of a key in a tree.
func at(v any, key string) any {
	for _, k := range strings.Split(key, ".") {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	return v
}

// tree reads a settings file.
func tree(name, text string) (any, bool) {
	if strings.TrimSpace(text) == "" {
		return nil, true
	}
	if path.Ext(name) == ".toml" {
		t, err := toml.Parse(name, text)
		if err != nil {
			return nil, false
		}
		return tomlTree(t), true
	}
	root, err := claude.Object([]byte(text))
	return root, err == nil
}

// An entry is what names the guard in a settings file, with the keys that lead
// to it.
type entry struct{ where, text string }

// entriesOf returns the entries of a tree: of lists the elements that name the
// guard, without their neighbours.
func (g *Guard) entriesOf(v any, where string) []entry {
	var list []entry
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			list = append(list, g.entriesOf(v[k], where+"."+k)...)
		}
	case []any:
		for _, e := range v {
			if alone, ok := g.alone(e); ok {
				text, _ := json.Marshal(alone)
				list = append(list, entry{where, string(text)})
			}
		}
	case string:
		if g.mentions(v) {
			list = append(list, entry{where, v})
		}
	}
	return list
}

// alone returns a value without the elements of its lists that do not name the
// guard; it is not ok if nothing in it does.
func (g *Guard) alone(v any) (any, bool) {
	switch v := v.(type) {
	case string:
		return v, g.mentions(v)
	case []any:
		var kept []any
		for _, e := range v {
			if a, ok := g.alone(e); ok {
				kept = append(kept, a)
			}
		}
		if kept == nil {
			return v, false
		}
		return kept, true
	case map[string]any:
		c, named := make(map[string]any, len(v)), false
		for k, e := range v {
			a, ok := g.alone(e)
			c[k], named = a, named || ok
		}
		return c, named
	}
	return v, false
}

// loosens reports whether a change of a project's policy takes away from it. A
// new one can only tighten, until a human pins it; of one that is there only
// what adds stricter rules at its end is known to.
func (g *Guard) loosens(c Change, b *Breach) bool {
	text, ok := g.before(c.Path)
	if c.Kind == Write && ok && !action.Holed(c.Text) {
		now, err := userpolicy.Read(projectFile, c.Text)
		if err != nil {
			b.Loss = "every call would be blocked by a policy that cannot be read (" + err.Error() + ")"
			return true
		}
		if strings.TrimSpace(text) == "" || text == c.Text {
			return false
		}
		if old, err := userpolicy.Read(projectFile, text); err == nil && tightens(old, now) {
			return false
		}
		b.Loss = "rules of it would change; what only adds block or ask rules at its end is free"
		return true
	}
	if ok && strings.TrimSpace(text) == "" && c.Kind != Write {
		return false
	}
	return true
}

// tightens reports whether a policy is another with stricter rules after its
// own.
func tightens(old, now *userpolicy.Policy) bool {
	n := len(old.Rules)
	if len(now.Rules) < n || slices.ContainsFunc(now.Rules[n:], func(r userpolicy.Rule) bool {
		return r.Verdict < action.Ask || r.Mode != userpolicy.Enforce
	}) {
		return false
	}
	a, b := *old, *now
	a.Pos, b.Pos, b.Rules = nil, nil, b.Rules[:n]
	if n == 0 {
		a.Rules, b.Rules = nil, nil
	}
	return reflect.DeepEqual(a, b)
}

// startup judges what a shell does to the wall whenever it starts.
func (g *Guard) startup(c Change, b *Breach) bool {
	if c.Kind != Write || !strings.Contains(c.Text, claude.Wall) {
		return false
	}
	text, _ := g.before(c.Path)
	for line := range strings.Lines(c.Text) {
		if lowers(line) && !strings.Contains(text, strings.TrimRight(line, "\n")) {
			b.Loss = fmt.Sprintf("the line %q lets pip install outside of virtual environments", strings.TrimSpace(line))
			return true
		}
	}
	return false
}

// lowers reports whether a line of a start-up file takes the wall down.
func lowers(line string) bool {
	_, rest, ok := strings.Cut(line, claude.Wall)
	if !ok || strings.HasPrefix(strings.TrimSpace(line), "#") {
		return false
	}
	value, set := strings.CutPrefix(rest, "=")
	if !set {
		if fish, ok := strings.CutPrefix(rest, " "); ok && strings.Contains(line, "set ") && !strings.Contains(line, "-e") {
			value, set = fish, true // fish: set -gx NAME value
		}
	}
	if !set {
		return strings.Contains(line, "unset") || strings.Contains(line, "-e") || strings.Contains(line, "env -u")
	}
	if i := strings.IndexAny(value, " \t\n;#&|"); i >= 0 {
		value = value[:i]
	}
	return !claude.IsTrue(strings.Trim(value, `"'`))
}

// tomlTree turns a table into what encoding/json makes of an object.
func tomlTree(t *toml.Table) map[string]any {
	m := make(map[string]any, len(t.Entries))
	for i := range t.Entries {
		m[t.Entries[i].Key] = tomlValue(&t.Entries[i].Value)
	}
	return m
}

func tomlValue(v *toml.Value) any {
	switch v.Kind {
	case toml.String, toml.Float:
		return v.Text
	case toml.Integer:
		return v.Int
	case toml.Bool:
		return v.Bool
	case toml.Object:
		return tomlTree(v.Table)
	case toml.Array, toml.Tables:
		list := make([]any, len(v.List))
		for i := range v.List {
			list[i] = tomlValue(&v.List[i])
		}
		return list
	}
	return nil
}
