package setup

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestRoundTrip holds that uninstall leaves any settings byte for byte as install
// found them, and that install changes nothing of what was there.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h, r := host(t)
		c := rapid.SampledFrom([]*Client{&claudeCode, &codex, &gemini, &cursor, &windsurf, &droid}).Draw(rt, "client")
		file, _ := c.File(h, User)
		before := settings(rt, c)
		write(t, file, before)
		o := options()
		o.Strict = rapid.Bool().Draw(rt, "strict")
		ch, err := h.PlanInstall(c, o, r)
		apply(t, r, ch, err)
		var was, is any
		if json.Unmarshal([]byte(before), &was) != nil || json.Unmarshal(ch.After, &is) != nil {
			rt.Fatalf("not JSON:\n%s\n%s", before, ch.After)
		}
		if !within(was, is) {
			rt.Fatalf("install changed what was there:\n%s", ch.Diff())
		}
		ch, err = h.PlanInstall(c, o, r)
		if err != nil || ch.Changes() {
			rt.Fatalf("a second install: %v\n%s", err, ch.Diff())
		}
		ch, err = h.PlanUninstall(c, User, r)
		apply(t, r, ch, err)
		if got := read(t, file); got != before {
			rt.Fatalf("-want +got\n%s", cmp.Diff(before, got))
		}
	})
}

// within reports whether b has all that a has.
func within(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		for k, v := range a {
			if w, has := b[k]; !ok || !has || !within(v, w) {
				return false
			}
		}
		return ok
	case []any:
		b, ok := b.([]any)
		if !ok || len(b) < len(a) {
			return false
		}
		for i := range a {
			if !within(a[i], b[i]) {
				return false
			}
		}
		return true
	}
	return a == b
}

// settings draws a settings file that its client reads.
func settings(rt *rapid.T, c *Client) string {
	v := map[string]any{}
	some := func(name string) bool { return rapid.Bool().Draw(rt, name) }
	text := rapid.StringMatching(`[a-z "\\é<&]{0,6}`)
	if c.Name == "claude" {
		if some("env") {
			v["env"] = map[string]any{"A": text.Draw(rt, "a")}
		}
		if some("permissions") {
			p := map[string]any{"allow": []any{text.Draw(rt, "allow")}}
			if some("deny") {
				p["deny"] = []any{rapid.SampledFrom([]string{"Bash(rm:*)", "Bash(sudo pip install:*)"}).Draw(rt, "rule")}
			}
			v["permissions"] = p
		}
	}
	if c.Name != "codex" && some("other") {
		v[text.Draw(rt, "key")+"x"] = rapid.SampledFrom([]any{1.5, "x", nil, []any{}, map[string]any{"a": []any{true}}}).Draw(rt, "value")
	}
	if c.Name == "cursor" && some("version") {
		v["version"] = 1
	}
	if some("hooks") {
		hook := map[string]any{"type": "command", "command": "fmt.sh " + text.Draw(rt, "word")}
		entry := any(hook)
		if c.Name != "cursor" && c.Name != "windsurf" {
			entry = map[string]any{"matcher": "Bash", "hooks": []any{hook}}
		}
		hooks := map[string]any{}
		for _, event := range []string{"PreToolUse", "Stop", "BeforeTool", "pre_run_command", "preToolUse"} {
			if some(event) {
				hooks[event] = []any{entry}
			}
		}
		if len(hooks) > 0 {
			v["hooks"] = hooks
		}
	}
	if len(v) == 0 {
		return "{}"
	}
	indent := rapid.SampledFrom([]string{"", "  ", "\t", "    "}).Draw(rt, "indent")
	out, err := json.MarshalIndent(v, "", indent)
	if indent == "" {
		out, err = json.Marshal(v)
	}
	if err != nil {
		rt.Fatal(err)
	}
	end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(rt, "end")
	return strings.ReplaceAll(string(out), "\n", end) + end
}
