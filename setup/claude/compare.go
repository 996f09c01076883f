package claude

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Wall is the variable that makes pip refuse to work outside of virtual
// environments: pip 23.2.1, "General Options".
const Wall = "PIP_REQUIRE_VIRTUALENV"

// Lost returns what a guard has in a settings file and would have no more after
// a change, in words, each with the key that it is about. The guard's hooks are
// those that start one of the programs.
func Lost(before, after *Settings, programs []string) []string {
	var lost []string
	for i := range before.Hooks {
		h := &before.Hooks[i]
		if h.Runs(programs...) && !slices.ContainsFunc(after.Hooks, func(g Hook) bool { return g.Event == h.Event && g.Text == h.Text }) {
			what := "hooks." + h.Event + ": the hook that starts the guard"
			if h.Matcher != "" {
				what += " (matcher " + h.Matcher + ")"
			}
			lost = append(lost, what)
		}
	}
	if IsTrue(before.Env[Wall]) && !IsTrue(after.Env[Wall]) {
		lost = append(lost, "env."+Wall)
	}
	for _, rule := range before.Deny {
		if guards(rule, programs) && !slices.Contains(after.Deny, rule) {
			lost = append(lost, "permissions.deny: "+rule)
		}
	}
	for name, on := range before.Plugins {
		plugin, _, _ := strings.Cut(name, "@")
		if on && !after.Plugins[name] && slices.Contains(programs, plugin) {
			lost = append(lost, "enabledPlugins."+name)
		}
	}
	return lost
}

// guards reports whether a permission rule is one that keeps packages where they
// belong, or that keeps agents from the guard.
func guards(rule string, programs []string) bool {
	tool, what, ok := strings.Cut(rule, "(")
	if !ok || tool != "Bash" && tool != "PowerShell" && tool != "Edit" && tool != "Write" && tool != "Read" {
		return false
	}
	if strings.Contains(what, Wall) || slices.ContainsFunc(programs, func(p string) bool { return Names(what, p) }) {
		return true
	}
	if tool == "Edit" || tool == "Write" {
		return strings.Contains(what, ".claude/settings") || strings.Contains(what, "trusted-hooks")
	}
	return slices.ContainsFunc([]string{"pip", "pip3", "python", "python3", "uv", "pipx", "twine", "npm"}, func(p string) bool {
		return Names(strings.ReplaceAll(strings.ReplaceAll(what, "*", " "), ":", " "), p)
	}) || strings.Contains(what, ".npmrc") || strings.Contains(what, ".pypirc")
}

// Harm returns what in a settings file would switch a guard off that starts one
// of the programs, and was not there before the change.
func Harm(before, after *Settings, programs []string) []string {
	var harm []string
	if after.DisableAllHooks && !before.DisableAllHooks {
		harm = append(harm, "disableAllHooks: true, which switches all hooks off")
	}
	if after.AllowManagedHooksOnly && !before.AllowManagedHooksOnly {
		harm = append(harm, "allowManagedHooksOnly: true, which switches the user's hooks off")
	}
	was, there := before.Env[Wall]
	if v, ok := after.Env[Wall]; ok && !IsTrue(v) && (!there || v != was) {
		harm = append(harm, fmt.Sprintf("env.%s: %q, which lets pip install outside of virtual environments", Wall, v))
	}
	for _, name := range slices.Sorted(maps.Keys(after.Plugins)) {
		was, there := before.Plugins[name]
		if plugin, _, _ := strings.Cut(name, "@"); !after.Plugins[name] && (!there || was) && slices.Contains(programs, plugin) {
			harm = append(harm, "enabledPlugins."+name+": false, which switches the guard's plugin off")
		}
	}
	if v, ok := after.Env["PATH"]; ok && v != before.Env["PATH"] {
		harm = append(harm, fmt.Sprintf("env.PATH: %q, by which another program may be found in the guard's place", v))
	}
	for _, name := range Homes {
		if v, ok := after.Env[name]; ok && v != before.Env[name] {
			harm = append(harm, fmt.Sprintf("env.%s: %q, which has the guard or its client read their settings elsewhere", name, v))
		}
	}
	return harm
}

// Homes are variables that say where clients and the guard have their settings
// and state.
var Homes = [...]string{"HOME", "CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "CODEX_HOME", "GEMINI_CLI_HOME", "COPILOT_HOME"}

// IsTrue reports whether pip takes the value of a variable as a yes:
// pip 23.2.1, strtobool of cli/parser.py. What is neither yes nor no is an
// error that stops pip, which does as well.
func IsTrue(v string) bool {
	switch strings.ToLower(v) {
	case "", "0", "n", "no", "f", "false", "off":
		return false
	}
	return true
}

// Part returns settings that hold what is a guard's of these, and nothing else:
// Lost finds the same in both.
func (s *Settings) Part(programs []string) []byte {
	part := map[string]any{}
	events := map[string][]json.RawMessage{}
	for i := range s.Hooks {
		if h := &s.Hooks[i]; h.Runs(programs...) {
			events[h.Event] = append(events[h.Event], json.RawMessage(h.Text))
		}
	}
	if len(events) > 0 {
		part["hooks"] = events
	}
	if IsTrue(s.Env[Wall]) {
		part["env"] = map[string]string{Wall: s.Env[Wall]}
	}
	var deny []string
	for _, rule := range s.Deny {
		if guards(rule, programs) {
			deny = append(deny, rule)
		}
	}
	if deny != nil {
		part["permissions"] = map[string]any{"deny": deny}
	}
	plugins := map[string]bool{}
	for name, on := range s.Plugins {
		if plugin, _, _ := strings.Cut(name, "@"); on && slices.Contains(programs, plugin) {
			plugins[name] = true
		}
	}
	if len(plugins) > 0 {
		part["enabledPlugins"] = plugins
	}
	text, err := json.MarshalIndent(part, "", "  ")
	if err != nil {
		panic(err) // of what json itself read
	}
	return append(text, '\n')
}
