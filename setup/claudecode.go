package setup

import (
	_ "embed"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tailscale/hujson"
)

// baseline is layer 1 and the hook as a file to merge by hand; a test holds it
// equal to baseline-settings.json at the repository's root.
//
//go:embed baseline-settings.json
var baseline []byte

// strictDeny are the rules of the profile for teams that install by other tools
// than pip: on current clients they deny .venv/bin/pip too, which they know by
// its base name. Claude Code 2.0.45 drops a file with a star that is not in the
// form "words:*" (seen).
var strictDeny = []string{
	"Bash(pip install:*)",
	"Bash(pip3 install:*)",
	"Bash(pip install --user:*)",
	"Bash(python -m pip install:*)",
	"Bash(python3 -m pip install:*)",
}

// timeout is how long a client waits for the hook, in seconds. The guard itself
// answers within 8 (cli/hook.go), so that the client never gives up first.
const timeout = 10

// Versions of Claude Code, by its changelog.
const (
	configChange = "2.1.49"  // has that event
	failsClosed  = "2.1.295" // honours onFailure
)

var claudeCode = Client{
	Name: "claude", Title: "Claude Code",
	Programs: []string{"claude"}, Traces: []string{".claude"},
	file: func(h *Host, s Scope) (string, error) {
		switch s {
		case Project:
			return filepath.Join(h.Dir, ".claude", "settings.json"), nil
		case Managed:
			return h.managed("/etc/claude-code/managed-settings.json", "/Library/Application Support/ClaudeCode/managed-settings.json", `C:/Program Files/ClaudeCode/managed-settings.json`)
		}
		return h.homeOr("CLAUDE_CONFIG_DIR", ".claude", "settings.json")
	},
	items: claudeItems,
	todo: func(h *Host, s Scope) []string {
		list := []string{"trust the folder when Claude Code asks: until then, interactive sessions hold back every hook"}
		if s == Project {
			list = append(list, "others who use this project need the binary at the same path; where it is missing, Claude Code 2.1.295 and later block, older ones do not")
		}
		return list
	},
}

// claudeItems are those of the baseline, and the events that came later.
func claudeItems(h *Host, o Options) (items []Item, notes []string, err error) {
	line, err := commandLine(o.Binary, "hook")
	if err != nil {
		return nil, nil, err
	}
	doc, err := parseJSON("baseline-settings.json", baseline, false)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range doc.find("env").Value.(*hujson.Object).Members {
		items = append(items, entry(m.Value.Value.(hujson.Literal).String(), "env", m.Name.Value.(hujson.Literal).String()))
	}
	for _, e := range doc.find("permissions", "deny").Value.(*hujson.Array).Elements {
		items = append(items, element(e.Value.(hujson.Literal).String(), "permissions", "deny"))
	}
	if o.Strict {
		for _, rule := range strictDeny {
			items = append(items, element(rule, "permissions", "deny"))
		}
	}
	run := handler{Type: "command", Command: line, Timeout: timeout, OnFailure: "block"}
	for _, e := range doc.find("hooks", "PreToolUse").Value.(*hujson.Array).Elements {
		matcher := member(&e, "matcher").Value.(hujson.Literal).String()
		items = append(items, element(group(matcher, run), "hooks", "PreToolUse"))
	}
	items = append(items, element(group("", run), "hooks", "SessionStart"))
	// Clients from before an event came drop the whole file for its name; since
	// 2.1.150 they do not mind it (seen).
	version := ""
	if h.Version != nil {
		version = h.Version("claude")
	}
	if version == "" && h.Version != nil && h.Look("claude") != "" {
		notes = append(notes, "Claude Code did not tell its version, so the event ConfigChange, for which old ones drop the file, is left out; run install again")
	} else if version != "" && older(version, configChange) {
		notes = append(notes, fmt.Sprintf("Claude Code %s has no ConfigChange event, so edits of its settings during a session are not held back; update it and run install again", version))
	} else {
		items = append(items, element(group("", run), "hooks", "ConfigChange"))
	}
	if version != "" && older(version, failsClosed) {
		notes = append(notes, fmt.Sprintf("Claude Code %s lets calls through when the hook is missing, crashes or hangs; %s and later block", version, failsClosed))
	}
	return items, notes, nil
}

// A handlers is an entry of an event: the hooks for tools that a matcher names.
// A struct keeps the order of the keys as people write them.
type handlers struct {
	Matcher string    `json:"matcher,omitempty"`
	Hooks   []handler `json:"hooks"`
}

type handler struct {
	Type      string `json:"type"`
	Name      string `json:"name,omitempty"`
	Command   string `json:"command"`
	Timeout   int    `json:"timeout,omitempty"`
	OnFailure string `json:"onFailure,omitempty"`
}

func group(matcher string, h handler) handlers { return handlers{matcher, []handler{h}} }

// older reports whether version a is before b, by the numbers between dots.
func older(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		m, errM := strconv.Atoi(x[i])
		n, errN := strconv.Atoi(y[i])
		if errM != nil || errN != nil {
			return false
		}
		if m != n {
			return m < n
		}
	}
	return len(x) < len(y)
}
