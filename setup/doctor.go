package setup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/tailscale/hujson"
)

// A settingsFile is one that a client reads.
type settingsFile struct {
	scope Scope
	file  string
	text  []byte
	doc   *document // nil if the client drops the file
}

// local is a project's settings that are not shared, of Claude Code only.
const local Scope = "local"

// files returns the client's settings files that exist, weakest first.
func (h *Host) files(c *Client) (list []settingsFile, err error) {
	add := func(s Scope, file string) {
		text, readErr := os.ReadFile(file)
		if errors.Is(readErr, fs.ErrNotExist) {
			return
		}
		if readErr != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", file, unwrap(readErr)))
			return
		}
		list = append(list, settingsFile{scope: s, file: file, text: text})
	}
	for _, s := range []Scope{User, Project, Managed} {
		file, scopeErr := c.File(h, s)
		if scopeErr != nil {
			continue
		}
		add(s, file)
		if c == &claudeCode && s == Project {
			add(local, filepath.Join(filepath.Dir(file), "settings.local.json"))
		}
		if c == &claudeCode && s == Managed {
			more, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "managed-settings.d", "*.json"))
			for _, f := range more {
				add(s, f)
			}
		}
	}
	return list, err
}

// Examine looks at all settings files of a client, as it reads them, and says
// which layers are in force there. Of a client that is only found on the machine,
// and that the guard is neither in nor expected in, it says no more than that.
func (h *Host) Examine(c *Client, expected bool) (findings []Finding, in bool) {
	l := &list{topic: c.Name}
	files, err := h.files(c)
	if err != nil {
		l.add(Bad, "make it readable", "%v", err)
	}
	if !expected && !slices.ContainsFunc(files, func(f settingsFile) bool { return bytes.Contains(f.text, []byte("venv-guard")) }) {
		if found := c.Found(h); found != "" && err == nil {
			l.add(Note, "venv-guard install --client "+c.Name, "%s is on this machine (%s), and the guard is not installed in it", c.Title, found)
		}
		return l.findings, false
	}
	if c.whole {
		h.examineWhole(c, l, files)
		return l.findings, true
	}
	for i := range files {
		h.parse(c, l, &files[i])
	}
	switched := h.switches(c, l, files)
	covered, plugin := h.hooks(c, l, files, switched)
	if c == &claudeCode {
		h.version(l, files)
		h.layerOne(l, files)
	}
	h.layerTwo(c, l, covered, plugin)
	return l.findings, true
}

// version says what the Claude Code on PATH does not do.
func (h *Host) version(l *list, files []settingsFile) {
	if h.Version == nil {
		return
	}
	v := h.Version("claude")
	if v == "" {
		return
	}
	for _, f := range files {
		if f.doc == nil {
			continue
		}
		if e := f.doc.find("hooks", "ConfigChange"); e != nil && older(v, configChange) {
			l.add(Bad, "update Claude Code, or venv-guard install, which leaves it out", "%s: Claude Code %s does not know the event ConfigChange, and drops the whole file for it", position(f.file, f.text, e.StartOffset), v)
		}
	}
	if older(v, failsClosed) {
		l.add(Note, "update to "+failsClosed+" or later", "Claude Code %s lets calls through when the hook is missing, crashes or hangs", v)
	}
}

// parse reads one file strictly.
func (h *Host) parse(c *Client, l *list, f *settingsFile) {
	dropped, problems := false, c.Check(f.file, f.text)
	for _, p := range problems {
		switch {
		case !p.Drops:
			l.add(Note, "mend that line", "%v", p.Error())
		case f.scope == Managed && c == &claudeCode: // seen
			l.add(Note, "mend that line", "%v; of administrators' files Claude Code drops only the entry", p.Error())
		default:
			dropped = true
			l.add(Bad, "mend that line", "%v; %s drops the whole file for that, deny rules and hooks too", p.Error(), c.Title)
		}
	}
	if dropped {
		return
	}
	if len(strings.TrimSpace(string(f.text))) == 0 {
		f.doc = emptyDocument()
		return
	}
	var err error
	if f.doc, err = parseJSON(f.file, f.text, c.comments); err != nil {
		f.doc = nil // a managed file that is no JSON; Check said so
		return
	}
	if info, err := os.Stat(f.file); err == nil {
		if what := loose(f.file, info); what != "" {
			l.add(Note, "chmod go-w "+f.file, "%s: %s", f.file, what)
		}
	}
	if len(problems) == 0 {
		l.good("%s settings %s: read as they stand", f.scope, f.file)
	}
}

// switches looks for what turns hooks off, and returns for each file whether its
// hooks are.
func (h *Host) switches(c *Client, l *list, files []settingsFile) []bool {
	off := make([]bool, len(files))
	all := func(keep func(Scope) bool) {
		for i, f := range files {
			off[i] = off[i] || !keep(f.scope)
		}
	}
	if c == &codex {
		if what := h.codexOff(); what != "" {
			l.add(Bad, "remove that line", "%s, which switches every hook off", what)
			all(func(Scope) bool { return false })
		}
	}
	for _, f := range files {
		if f.doc == nil {
			continue
		}
		switch c {
		case &claudeCode:
			if isTrue(f.doc.find("disableAllHooks")) {
				l.add(Bad, "remove that key", "%s: disableAllHooks switches every hook off that no administrator set", f.file)
				all(func(s Scope) bool { return s == Managed && f.scope != Managed })
			}
			if isTrue(f.doc.find("allowManagedHooksOnly")) && f.scope == Managed {
				l.add(Note, "sudo venv-guard install --scope managed", "%s: allowManagedHooksOnly switches every hook off that no administrator set", f.file)
				all(func(s Scope) bool { return s == Managed })
			}
		case &gemini:
			for _, path := range [][]string{{"hooksConfig", "enabled"}, {"hooks", "enabled"}, {"tools", "enableHooks"}} {
				if v := f.doc.find(path...); v != nil && v.Value.Kind() == 'f' {
					l.add(Bad, "remove that key", "%s: %s is false, which switches every hook off", f.file, show(path))
					all(func(Scope) bool { return false })
				}
			}
			for _, path := range [][]string{{"hooksConfig", "disabled"}, {"hooks", "disabled"}} {
				if v := f.doc.find(path...); v != nil && strings.Contains(string(v.Pack()), "venv-guard") {
					l.add(Bad, "take it out of that list", "%s: %s names the guard's hook", f.file, show(path))
					all(func(Scope) bool { return false })
				}
			}
		}
	}
	return off
}

// codexOff says what in Codex's own settings switches hooks off: the feature
// hooks, which was called codex_hooks in 2026.
func (h *Host) codexOff() string {
	file, err := h.homeOr("CODEX_HOME", ".codex", "config.toml")
	if err != nil {
		return ""
	}
	var config struct {
		Features map[string]any `toml:"features"`
	}
	if _, err := toml.DecodeFile(file, &config); err != nil {
		return "" // Codex itself does not start with such a file
	}
	for _, name := range []string{"hooks", "codex_hooks"} {
		if config.Features[name] == false {
			return fmt.Sprintf("%s: features.%s is false", file, name)
		}
	}
	return ""
}

// toolEvent reports whether an event comes before tool calls.
func toolEvent(event string) bool {
	switch event {
	case "PreToolUse", "preToolUse", "BeforeTool", "beforeShellExecution", "pre_run_command":
		return true
	}
	return false
}

// hooks looks at every entry of the guard, and returns the matchers of those
// that run; also the name of a plugin that brings one.
func (h *Host) hooks(c *Client, l *list, files []settingsFile, off []bool) (covered []string, plugin string) {
	for i, f := range files {
		if f.doc == nil {
			continue
		}
		if v := f.doc.find("enabledPlugins"); v != nil && v.Value.Kind() == '{' {
			for _, m := range v.Value.(*hujson.Object).Members {
				if strings.HasPrefix(name(m), "venv-guard@") && isTrue(&m.Value) {
					plugin = name(m)
				}
			}
		}
		known := map[string]bool{}
		for _, r := range f.doc.registered() {
			where := position(f.file, f.text, r.offset)
			binary := ""
			if !known[r.line] {
				known[r.line] = true
				if binary = h.checkCommand(l, where, r.line); binary != "" {
					for _, b := range CheckBinary(binary) {
						if b.Level != Good {
							l.add(b.Level, b.Mend, "%s: %s", where, b.Text)
						}
					}
				}
			}
			if !toolEvent(r.event) {
				continue
			}
			h.handler(c, l, where, r)
			if !off[i] {
				covered = append(covered, r.matcher)
			}
		}
	}
	return covered, plugin
}

// handler looks at the switches of one entry.
func (h *Host) handler(c *Client, l *list, where string, r registered) {
	again := "venv-guard install --client " + c.Name + " writes it as it should be"
	if v := member(r.handler, "if"); v != nil {
		l.add(Bad, again, "%s: \"if\" starts the hook for some spellings of a command only", where)
	}
	if isTrue(member(r.handler, "async")) {
		l.add(Bad, again, "%s: an async hook cannot block", where)
	}
	switch c {
	case &claudeCode:
		if stringOf(member(r.handler, "onFailure")) != "block" {
			l.add(Note, again, "%s: without \"onFailure\": \"block\" a hook that crashes or hangs lets the call run", where)
		}
	case &cursor:
		if !isTrue(member(r.handler, "failClosed")) {
			l.add(Note, again, "%s: without \"failClosed\": true a hook that crashes or hangs lets the call run", where)
		}
	}
	least := 2.0 // seconds: a loaded machine needs more than the usual milliseconds
	if c == &gemini {
		least *= 1000
	}
	for _, key := range []string{"timeout", "timeoutSec"} {
		if v := member(r.handler, key); v != nil && v.Value.Kind() == '0' && v.Value.(hujson.Literal).Float() < least {
			l.add(Note, again, "%s: a time limit of %s is short for a loaded machine, and what exceeds it runs", where, v.Value)
		}
	}
}
