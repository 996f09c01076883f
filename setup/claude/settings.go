package claude

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Settings are what a settings file says, as far as it matters to a guard.
type Settings struct {
	Hooks []Hook
	Env   map[string]string
	Deny  []string // permission rules

	DisableAllHooks, AllowManagedHooksOnly bool

	Plugins map[string]bool // enabledPlugins: "name@marketplace"
	// Commands are all texts that the client runs in a shell by itself: those
	// of hooks, of the status line and its kin.
	Commands []string
}

// A Hook is one handler with the group that it stands in.
type Hook struct {
	Event   string
	Matcher string
	Type    string // "command" where it is not told
	Command string
	Args    []string
	// Text is the group without its other handlers, in one spelling of JSON:
	// two hooks are the same if their Event and Text are.
	Text string
}

// Read reads the text of a settings file. The error says why the client would
// drop the whole file. An empty file is one without settings.
func Read(text []byte) (*Settings, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return new(Settings), nil
	}
	root, err := Object(text)
	if err != nil {
		return nil, err
	}
	if err := check(root); err != nil {
		return nil, err
	}
	return settings(root), nil
}

// Loose reads a settings file for all that can be made of it, even if the client
// may drop it: who is stricter than the client must not take hooks for gone that
// are in force. Of a text that is no JSON nothing can be made.
func Loose(text []byte) *Settings {
	root, err := Object(text)
	if err != nil {
		return new(Settings)
	}
	return settings(root)
}

func settings(root map[string]any) *Settings {
	s := &Settings{Env: map[string]string{}, Plugins: map[string]bool{}}
	s.hooks(root)
	env, _ := root["env"].(map[string]any)
	for name, v := range env {
		s.Env[name] = fmt.Sprint(v)
	}
	permissions, _ := root["permissions"].(map[string]any)
	s.Deny = texts(permissions["deny"])
	s.DisableAllHooks, _ = root["disableAllHooks"].(bool)
	s.AllowManagedHooksOnly, _ = root["allowManagedHooksOnly"].(bool)
	plugins, _ := root["enabledPlugins"].(map[string]any)
	for name, v := range plugins {
		on, isBool := v.(bool)
		s.Plugins[name] = on || !isBool // a list of versions
	}
	for _, key := range shellKeys {
		switch v := root[key].(type) {
		case string:
			s.Commands = append(s.Commands, v)
		case map[string]any:
			if text, ok := v["command"].(string); ok {
				s.Commands = append(s.Commands, text)
			}
		}
	}
	return s
}

// shellKeys are the keys beside hooks whose text the client runs in a shell:
// code.claude.com, "Claude Code settings".
var shellKeys = [...]string{"statusLine", "fileSuggestion", "apiKeyHelper", "awsAuthRefresh", "awsCredentialExport", "otelHeadersHelper"}

// Object reads a text that must be one JSON object. Of keys that stand in it
// twice the last counts, as in the client. The error has the line and column.
func Object(text []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	if err == nil {
		if _, more := dec.Token(); more != io.EOF {
			return nil, fault(text, int(dec.InputOffset()), "more text after the JSON object")
		}
	}
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, fault(text, int(syntax.Offset), syntax.Error())
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fault(text, len(text), "the JSON ends too early")
	case err != nil:
		return nil, err
	}
	root, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("not a JSON object")
	}
	return root, nil
}

// fault is an error at a byte of a text.
func fault(text []byte, offset int, what string) error {
	before := text[:max(0, min(offset-1, len(text)))]
	line := bytes.Count(before, []byte("\n")) + 1
	col := len(before) - bytes.LastIndexByte(before, '\n')
	return fmt.Errorf("line %d, column %d: %s", line, col, what)
}

// hooks fills in Hooks, in the order of the events' names.
func (s *Settings) hooks(root map[string]any) {
	events, _ := root["hooks"].(map[string]any)
	for _, event := range slices.Sorted(maps.Keys(events)) {
		groups, _ := events[event].([]any)
		for _, g := range groups {
			group, _ := g.(map[string]any)
			handlers, _ := group["hooks"].([]any)
			for _, h := range handlers {
				handler, ok := h.(map[string]any)
				if !ok {
					continue
				}
				s.Hooks = append(s.Hooks, hook(event, group, handler))
				if c, ok := handler["command"].(string); ok {
					s.Commands = append(s.Commands, strings.Join(append([]string{c}, texts(handler["args"])...), " "))
				}
			}
		}
	}
}

func hook(event string, group, handler map[string]any) Hook {
	alone := maps.Clone(group)
	alone["hooks"] = []any{handler}
	text, _ := json.Marshal(alone) // of what json itself made
	h := Hook{Event: event, Type: "command", Args: texts(handler["args"]), Text: string(text)}
	h.Matcher, _ = group["matcher"].(string)
	h.Command, _ = handler["command"].(string)
	if t, ok := handler["type"].(string); ok {
		h.Type = t
	}
	return h
}

// Runs reports whether the hook starts one of the programs, whose names may be
// paths.
func (h *Hook) Runs(programs ...string) bool {
	return slices.ContainsFunc(programs, func(name string) bool {
		return Names(h.Command, name) || slices.ContainsFunc(h.Args, func(a string) bool { return Names(a, name) })
	})
}

// Names reports whether a text names a program as a word or as the last element
// of a path in it.
func Names(text, name string) bool {
	for rest := text; name != ""; {
		i := strings.Index(rest, name)
		if i < 0 {
			return false
		}
		end := i + len(name)
		after := end == len(rest) || !wordy(rest[end]) || strings.HasPrefix(rest[end:], ".exe")
		if after && (i == 0 || !wordy(rest[i-1])) {
			return true
		}
		rest = rest[end:]
	}
	return false
}

// wordy reports whether a byte goes on with a program's name.
func wordy(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.'
}

// texts returns the strings of a list.
func texts(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, e := range list {
		if s, ok := e.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
