package setup

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tailscale/hujson"

	"github.com/venv-guard/venv-guard/setup/claude"
)

// A Problem is something in a settings file that its client does not take as it
// seems to be meant.
type Problem struct {
	SyntaxError
	Drops bool // the client ignores the whole file for it, without a word
}

// worst returns the first problem for which the file is dropped, nil if none is.
func worst(list []Problem) error {
	for i := range list {
		if list[i].Drops {
			return &list[i].SyntaxError
		}
	}
	return nil
}

// Check reads a settings file as its client does and returns what is wrong with
// it, in the order of the text.
func (c *Client) Check(file string, text []byte) []Problem {
	if c.whole {
		return nil
	}
	k := checker{file: file, text: text}
	d, err := parseJSON(file, text, c.comments)
	if err != nil {
		if se, ok := err.(*SyntaxError); ok {
			k.problems = append(k.problems, Problem{*se, true})
		} else {
			k.drop(&hujson.Value{}, "%v", err)
		}
		return k.problems
	}
	k.doc = d
	switch c.Name {
	case "claude":
		k.claude()
	case "codex":
		for _, m := range k.members(&d.root, "the file") {
			if key := name(m); key != "description" && key != "hooks" {
				k.drop(&m.Name, "Codex knows only the keys description and hooks here, not %q", key)
			}
		}
		k.groups(member(&d.root, "hooks"))
	case "gemini":
		k.groups(member(&d.root, "hooks"))
	case "droid":
		k.groups(member(&d.root, "hooks"))
	case "cursor", "copilot", "windsurf":
		for _, m := range k.members(member(&d.root, "hooks"), "hooks") {
			for _, e := range k.elements(&m.Value, "hooks."+name(m)) {
				if len(commands(&e)) == 0 {
					k.drop(&e, "a hook without a command")
				}
			}
		}
	case "kiro":
		k.elements(member(&d.root, "hooks"), "hooks")
	}
	return k.problems
}

// A checker collects the problems of one file.
type checker struct {
	file     string
	text     []byte
	doc      *document
	problems []Problem
}

func (k *checker) note(v *hujson.Value, drops bool, format string, args ...any) {
	k.problems = append(k.problems, Problem{*at(k.file, k.text, v.StartOffset, format, args...), drops})
}

func (k *checker) drop(v *hujson.Value, format string, args ...any) { k.note(v, true, format, args...) }

func (k *checker) warn(v *hujson.Value, format string, args ...any) {
	k.note(v, false, format, args...)
}

func name(m hujson.ObjectMember) string { return m.Name.Value.(hujson.Literal).String() }

// members returns those of an object; v may be nil for one that is not there.
func (k *checker) members(v *hujson.Value, what string) []hujson.ObjectMember {
	if v == nil {
		return nil
	}
	obj, ok := v.Value.(*hujson.Object)
	if !ok {
		k.drop(v, "%s must be an object, found %s", what, kind(v.Value))
		return nil
	}
	return obj.Members
}

// elements returns those of an array; v may be nil for one that is not there.
func (k *checker) elements(v *hujson.Value, what string) []hujson.Value {
	if v == nil {
		return nil
	}
	arr, ok := v.Value.(*hujson.Array)
	if !ok {
		k.drop(v, "%s must be an array, found %s", what, kind(v.Value))
		return nil
	}
	return arr.Elements
}

// is drops the file if a value is there and of none of the kinds.
func (k *checker) is(v *hujson.Value, what, want string, kinds ...hujson.Kind) bool {
	if v == nil {
		return false
	}
	if !slices.Contains(kinds, v.Value.Kind()) {
		k.drop(v, "%s must be %s, found %s", what, want, kind(v.Value))
		return false
	}
	return true
}

// claude says what drops the file, and what in it does nothing.
func (k *checker) claude() {
	if _, err := claude.Read(k.text); err != nil {
		k.drop(k.locate(err.Error()), "%v", err)
	}
	if v := member(&k.doc.root, "permissions"); v != nil && v.Value.Kind() == '{' {
		for _, m := range v.Value.(*hujson.Object).Members {
			if strings.ContainsRune(name(m), '(') {
				k.warn(&m.Name, "a rule here does nothing: rules stand in the lists allow, ask and deny")
			}
		}
	}
	if v := k.doc.find("permissions", "deny"); v != nil && v.Value.Kind() == '[' {
		for _, e := range v.Value.(*hujson.Array).Elements {
			rule, _ := e.Value.(hujson.Literal)
			if text := rule.String(); strings.HasPrefix(text, "Bash(") && strings.Contains(strings.Replace(text, ":*)", ")", 1), "*") {
				k.warn(&e, "Claude Code 2.0 drops the whole file for a star that is not in the form Bash(words:*)")
			}
		}
	}
	if len(k.problems) == 0 || !k.problems[0].Drops {
		k.groups(member(&k.doc.root, "hooks"))
	}
}

// locate returns the value that an error is about, which begins with its path,
// as in hooks.PreToolUse[0].matcher; what leads to it if it is not there.
func (k *checker) locate(text string) *hujson.Value {
	path, _, _ := strings.Cut(text, " ")
	v := &k.doc.root
	for _, key := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		next := member(v, key)
		if arr, ok := v.Value.(*hujson.Array); ok {
			if i, err := strconv.Atoi(key); err == nil && i < len(arr.Elements) {
				next = &arr.Elements[i]
			}
		}
		if next == nil {
			break
		}
		v = next
	}
	return v
}

// events are those of Claude Code that install uses, and the ones they are
// mistaken for.
var events = []string{"PreToolUse", "PostToolUse", "SessionStart", "ConfigChange", "PermissionRequest", "BeforeTool"}

// groups checks hooks in the shape that Claude Code gave them.
func (k *checker) groups(v *hujson.Value) {
	for _, m := range k.members(v, "hooks") {
		event := name(m)
		for _, e := range events {
			if event != e && strings.EqualFold(event, e) {
				k.warn(&m.Name, "no event is called %s, so these hooks never run: case counts, write %s", event, e)
			}
		}
		if m.Value.Value.Kind() != '[' && event == "enabled" || event == "disabled" { // Gemini's
			continue
		}
		for _, g := range k.elements(&m.Value, "hooks."+event) {
			k.members(&g, "every entry of hooks."+event)
			k.is(member(&g, "matcher"), "matcher", "a string", '"')
			inner := member(&g, "hooks")
			if inner == nil && g.Value.Kind() == '{' {
				k.drop(&g, `an entry of hooks.%s without "hooks": write {"matcher": …, "hooks": [{"type": "command", …}]}`, event)
			}
			for _, h := range k.elements(inner, "hooks") {
				k.handler(&h)
			}
		}
	}
}

// handlerTypes are those of Claude Code's documentation.
var handlerTypes = []string{"command", "prompt", "agent", "http", "mcp_tool"}

func (k *checker) handler(h *hujson.Value) {
	k.members(h, "a hook")
	t := member(h, "type")
	if t == nil {
		k.drop(h, `a hook without a "type"`)
	} else if k.is(t, "type", "a string", '"') && !slices.Contains(handlerTypes, t.Value.(hujson.Literal).String()) {
		k.drop(t, "unknown type %s of hook", t.Value)
	}
	if t != nil && t.Value.Kind() == '"' && t.Value.(hujson.Literal).String() == "command" && member(h, "command") == nil {
		k.drop(h, `a hook without a "command"`)
	}
	k.is(member(h, "command"), "command", "a string", '"')
	if v := member(h, "timeout"); k.is(v, "timeout", "a number", '0') && v.Value.(hujson.Literal).Float() <= 0 {
		k.drop(v, "timeout must be more than 0, found %s", v.Value)
	}
}
