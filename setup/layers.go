package setup

import (
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/tailscale/hujson"

	"github.com/venv-guard/venv-guard/setup/claude"
)

// layerOne says whether the wall and the deny rules are in force, in any of the
// files: Claude Code joins them.
func (h *Host) layerOne(l *list, files []settingsFile) {
	wall := ""
	rules := map[string]bool{}
	for _, f := range files {
		if f.doc == nil {
			continue
		}
		if v := f.doc.find("env", claude.Wall); v != nil {
			wall = strings.Trim(string(v.Pack()), "\" \t\r\n") // stronger files come later
		}
		if v := f.doc.find("permissions", "deny"); v != nil && v.Value.Kind() == '[' {
			for _, e := range v.Value.(*hujson.Array).Elements {
				rules[stringOf(&e)] = true
			}
		}
	}
	want, err := parseJSON("baseline-settings.json", baseline, false)
	if err != nil {
		panic(err) // it is the program's own, and a test reads it
	}
	var lacks []string
	for _, e := range want.find("permissions", "deny").Value.(*hujson.Array).Elements {
		if rule := stringOf(&e); !rules[rule] {
			lacks = append(lacks, rule)
		}
	}
	const again = "venv-guard install --client claude"
	total := len(want.find("permissions", "deny").Value.(*hujson.Array).Elements)
	switch {
	case !claude.IsTrue(wall):
		l.add(Bad, again, "layer 1: env.%s is not set, so pip does not refuse by itself", claude.Wall)
	case len(lacks) == total:
		l.add(Bad, again, "layer 1: none of the deny rules is in force")
	case len(lacks) > 0:
		l.add(Note, again, "layer 1: %d of %d deny rules are missing, the first is %s", len(lacks), total, lacks[0])
	default:
		l.good("layer 1: %s and %d deny rules", claude.Wall, total)
	}
}

// tools are those that the guard judges, by the clients that have matchers for
// them: the first is the one without which there is no guard.
func (c *Client) tools() []string {
	switch c {
	case &claudeCode:
		shells := []string{"Bash", "PowerShell", "Monitor"}
		if runtime.GOOS == "windows" {
			shells = []string{"PowerShell", "Bash", "Monitor"}
		}
		return append(shells, "Read", "Grep", "Edit", "Write", "NotebookEdit", "mcp__server__tool")
	case &codex:
		return []string{"Bash", "apply_patch", "mcp__server__tool"}
	case &gemini:
		return []string{"run_shell_command", "write_file", "read_file"}
	case &droid:
		return []string{"Execute", "Edit", "Read"}
	}
	return []string{""}
}

// layerTwo says whether a hook comes before every tool that the guard judges.
func (h *Host) layerTwo(c *Client, l *list, covered []string, plugin string) {
	again := "venv-guard install --client " + c.Name
	if len(covered) == 0 && plugin != "" {
		l.add(Note, "venv-guard doctor looks at settings; /plugin in Claude Code shows whether it is loaded", "layer 2: the hook of the plugin %s", plugin)
		return
	}
	if len(covered) == 0 {
		l.add(Bad, again, "layer 2: no hook of the guard runs before tool calls")
		return
	}
	var never []string
	for _, tool := range c.tools() {
		if !slices.ContainsFunc(covered, func(m string) bool { return fires(m, tool) }) {
			never = append(never, tool)
		}
	}
	switch {
	case slices.Contains(never, c.tools()[0]):
		l.add(Bad, again, "layer 2: the matcher %q never fires for the tool %s", covered[0], c.tools()[0])
	case len(never) > 0:
		l.add(Note, again, "layer 2: the guard is not asked about %s", strings.Join(never, ", "))
	default:
		l.good("layer 2: the hook runs before every tool that it judges")
	}
	if c == &codex {
		l.add(Note, "type /hooks in Codex", "layer 2: whether the hook was approved cannot be seen from outside; until it is, Codex skips it")
	}
}

// examineWhole looks at a client whose hook is a program of its own.
func (h *Host) examineWhole(c *Client, l *list, files []settingsFile) {
	again := "venv-guard install --client " + c.Name
	found := false
	for _, f := range files {
		line, ok := c.guard(string(f.text))
		if !ok {
			continue
		}
		found = true
		if binary := h.checkCommand(l, f.file, line); binary != "" {
			for _, b := range CheckBinary(binary) {
				if b.Level != Good {
					l.findings = append(l.findings, b)
				}
			}
		}
		if info, err := os.Stat(f.file); err == nil && c.exec && runtime.GOOS != "windows" && info.Mode()&0o111 == 0 {
			l.add(Bad, "chmod +x "+f.file, "%s: lost its run bit, so %s does not run it", f.file, c.Title)
		}
	}
	if !found {
		l.add(Bad, again, "layer 2: no hook of the guard runs before tool calls")
	} else if !l.worse(Bad) {
		l.good("layer 2: the hook runs before every tool")
	}
}
