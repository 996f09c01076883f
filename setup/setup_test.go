package setup

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// host is a machine with nothing on it.
func host(t testing.TB) (*Host, *Record) {
	dir := t.TempDir()
	return &Host{
		Environ: []string{"HOME=" + filepath.Join(dir, "home"), "PATH="},
		Dir:     filepath.Join(dir, "project"),
		Root:    filepath.Join(dir, "root"),
	}, &Record{Name: filepath.Join(dir, "installed.json")}
}

func options() Options {
	if runtime.GOOS == "windows" {
		return Options{Scope: User, Binary: `C:\bin\venv-guard.exe`}
	}
	return Options{Scope: User, Binary: "/opt/bin/venv-guard"}
}

// apply plans a change and makes it.
func apply(t *testing.T, r *Record, ch *Change, err error) *Change {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if ch.Changes() {
		if _, err := ch.Apply(time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	r.Put(ch.File, ch.Install)
	return ch
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestBaseline holds the embedded file to the one at the root.
func TestBaseline(t *testing.T) {
	if root := read(t, "../baseline-settings.json"); root != string(baseline) {
		t.Error("setup/baseline-settings.json is not baseline-settings.json: cp baseline-settings.json setup/")
	}
}

// TestClients installs every client in every scope that it has, on nothing and
// on top of itself, and takes it out again.
func TestClients(t *testing.T) {
	for _, c := range Clients() {
		for _, scope := range []Scope{User, Project, Managed} {
			t.Run(c.Name+"/"+string(scope), func(t *testing.T) {
				h, r := host(t)
				o := options()
				o.Scope = scope
				if _, err := c.File(h, scope); err != nil {
					if !strings.Contains(err.Error(), "reads no hooks of the scope") {
						t.Fatal(err)
					}
					return
				}
				ch, err := h.PlanInstall(c, o, r)
				apply(t, r, ch, err)
				text := read(t, ch.File)
				if c.whole {
					text, _ = c.guard(text)
				}
				if !strings.Contains(text, filepath.ToSlash(o.Binary)+" hook") {
					t.Errorf("no hook in %s", text)
				}
				if names, err := r.Find(ch.File).Missing(); err != nil || len(names) > 0 {
					t.Errorf("after install: lacks %q, %v", names, err)
				}
				if len(ch.Todo) == 0 && c.Name != "gemini" {
					t.Error("nothing is said of what is left to do")
				}
				again, err := h.PlanInstall(c, o, r)
				if err != nil || again.Changes() {
					t.Errorf("a second install: %v\n%s", err, again.Diff())
				}
				gone, err := h.PlanUninstall(c, scope, r)
				apply(t, r, gone, err)
				if exists(ch.File) {
					t.Errorf("left after uninstall: %s", read(t, ch.File))
				}
			})
		}
	}
}

// TestComments holds that what people wrote stays where it was.
func TestComments(t *testing.T) {
	h, r := host(t)
	file, err := gemini.File(h, User)
	if err != nil {
		t.Fatal(err)
	}
	const text = `// mine
{
	"theme": "dark", // at night
	/* hooks of the team */
	"hooks": {
		"BeforeTool": [
			{"matcher": "write_file", "hooks": [{"type": "command", "command": "lint.sh"}]} // slow
			// the end
		]
	},
	"ui": {"a": [1, 2]} // last
}
`
	write(t, file, text)
	ch, err := h.PlanInstall(&gemini, options(), r)
	apply(t, r, ch, err)
	const want = `// mine
{
	"theme": "dark", // at night
	/* hooks of the team */
	"hooks": {
		"BeforeTool": [
			{"matcher": "write_file", "hooks": [{"type": "command", "command": "lint.sh"}]}, // slow
			// the end
			{
				"matcher": ".*",
				"hooks": [
					{
						"type": "command",
						"name": "venv-guard",
						"command": "BINARY hook --client gemini",
						"timeout": 10000
					}
				]
			}
		],
		"SessionStart": [
			{
				"hooks": [
					{
						"type": "command",
						"name": "venv-guard",
						"command": "BINARY hook --client gemini",
						"timeout": 10000
					}
				]
			}
		]
	},
	"ui": {"a": [1, 2]} // last
}
`
	got := strings.ReplaceAll(read(t, file), filepath.ToSlash(options().Binary), "BINARY")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	ch, err = h.PlanUninstall(&gemini, User, r)
	apply(t, r, ch, err)
	if diff := cmp.Diff(text, read(t, file)); diff != "" {
		t.Errorf("after uninstall, -want +got\n%s", diff)
	}
}

// TestRefused holds that files which the client would drop are left alone, and
// that the error says where they are wrong.
func TestRefused(t *testing.T) {
	for _, tt := range []struct{ client, text, want string }{
		{"claude", "{\n  \"a\": 1,\n}", ":3:1: "},
		{"claude", "{\n  // why\n}", ":2:3: "},
		{"claude", "{\"model\": \"x\"", ":1:13: "},
		{"claude", "\ufeff{}", ":1:1: a byte order mark"},
		{"claude", "[]", ":1:1: want an object"},
		{"claude", "{\"a\": \"\xff\"}", ":1:8: not valid UTF-8"},
		{"claude", "{\"a\": 1,\n\"a\": 2}", ":2:1: the key \"a\" is here twice"},
		{"claude", "{\"permissions\":\n {\"deny\": {\"Bash(pip install*)\": \"deny\"}}}", ":2:11: permissions.deny must be a list"},
		{"claude", "{\"permissions\": {\"defaultMode\": \"bogus\"}}", ":1:33: permissions.defaultMode"},
		{"claude", "{\"hooks\": {\"Stop\": [\n{\"matcher\": 1, \"hooks\": []}]}}", ":2:13: hooks.Stop[0].matcher"},
		{"claude", "{\"hooks\": {\"Stop\": [{\"hooks\": [\n {\"type\": \"command\", \"command\": \"x\", \"timeout\": \"5\"}]}]}}", ":2:49: hooks.Stop[0].hooks[0].timeout"},
		{"claude", "{\"disableAllHooks\": 1}", ":1:21: disableAllHooks"},
		{"codex", "{\"hook\": {}}", ":1:2: Codex knows only"},
		{"codex", "{\"hooks\": {\"PreToolUse\": {}}}", ":1:26: hooks.PreToolUse must be an array"},
		{"cursor", "{\"version\": 2}", "version is 2, and only 1 is known"},
		{"cursor", "{\"version\": 1, \"hooks\": {\"preToolUse\": [{}]}}", ":1:41: a hook without a command"},
		{"gemini", "{\"hooks\": {\"BeforeTool\": [{\"type\": \"command\"}]}}", `:1:27: an entry of hooks.BeforeTool without "hooks"`},
		{"gemini", "{\n  # why\n}", ":2:3: "},
		{"gemini", "{ // mine\n  \"a\": [1 ,] }", ":2:11: a comma after the last value"},
		{"cline", "#!/bin/sh\nexit 0\n", "not the guard's"},
	} {
		h, r := host(t)
		c := Lookup(tt.client)
		file, _ := c.File(h, User)
		write(t, file, tt.text)
		if _, err := h.PlanInstall(c, options(), r); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %s: %v, want %q", tt.client, tt.text, err, tt.want)
		}
	}
}

// TestUpdate holds that an entry of another guard is replaced, and other
// people's hooks in the same group stay.
func TestUpdate(t *testing.T) {
	h, r := host(t)
	file, _ := claudeCode.File(h, User)
	write(t, file, `{"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [
		{"type": "command", "command": "'/old place/venv-guard' hook"}, {"type": "command", "command": "fmt.sh"}]},
		{"matcher": "bash", "hooks": [{"type": "command", "command": "venv-guard"}]}]},
		"env": {"PIP_REQUIRE_VIRTUALENV": "0"}}`)
	o := options()
	o.Strict = true
	ch, err := h.PlanInstall(&claudeCode, o, r)
	apply(t, r, ch, err)
	text := read(t, file)
	for _, gone := range []string{"old place", `"venv-guard"`, `"bash"`, `"PIP_REQUIRE_VIRTUALENV": "0"`} {
		if strings.Contains(text, gone) {
			t.Errorf("%s is still there: %s", gone, text)
		}
	}
	for _, here := range []string{"fmt.sh", "Bash(pip install:*)"} {
		if !strings.Contains(text, here) {
			t.Errorf("%s is gone: %s", here, text)
		}
	}
	o.Strict = false // rules that are not wanted any more go
	ch, err = h.PlanInstall(&claudeCode, o, r)
	apply(t, r, ch, err)
	if strings.Contains(read(t, file), "Bash(pip install:*)") {
		t.Error("the strict rules are still there")
	}
	ch, err = h.PlanUninstall(&claudeCode, User, r)
	apply(t, r, ch, err)
	if text := read(t, file); !strings.Contains(text, `"PIP_REQUIRE_VIRTUALENV": "0"`) || strings.Contains(text, "hook\"") {
		t.Errorf("after uninstall: %s", text)
	}
}

// TestVersions holds that an event which an old client does not know, and drops
// the file for, is not written.
func TestVersions(t *testing.T) {
	for version, want := range map[string]bool{"": true, "2.0.45": false, "2.1.9": false, "2.1.49": true, "2.1.329": true} {
		h, r := host(t)
		h.Version = func(string) string { return version }
		ch, err := h.PlanInstall(&claudeCode, options(), r)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(ch.After), "ConfigChange"); got != want {
			t.Errorf("version %q: ConfigChange %v", version, got)
		}
		if !want && len(ch.Notes) == 0 {
			t.Errorf("version %q: nothing is said", version)
		}
	}
	// A program that does not tell may be any.
	h, r := host(t)
	h.Version = func(string) string { return "" }
	program := filepath.Join(h.Root, "claude")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	write(t, program, "")
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	h.Environ = append(h.Environ, "PATH="+h.Root)
	ch, err := h.PlanInstall(&claudeCode, options(), r)
	if err != nil || strings.Contains(string(ch.After), "ConfigChange") || len(ch.Notes) == 0 {
		t.Errorf("a version that is not told: %v, %q", err, ch.Notes)
	}
}

// TestRollback holds that a write which does not come out as it should leaves
// the file as it was.
func TestRollback(t *testing.T) {
	h, r := host(t)
	file, _ := claudeCode.File(h, User)
	const text = `{"model": "x"}`
	write(t, file, text)
	ch, err := h.PlanInstall(&claudeCode, options(), r)
	if err != nil {
		t.Fatal(err)
	}
	ch.After = []byte(`{"permissions": {"deny": {}}}`)
	if _, err := ch.Apply(time.Unix(0, 0)); err == nil || !strings.Contains(err.Error(), "permissions.deny") {
		t.Errorf("a file that the client drops: %v", err)
	}
	if got := read(t, file); got != text {
		t.Errorf("the file is %s", got)
	}
	write(t, file, `{}`)
	if _, err := ch.Apply(time.Unix(0, 0)); err == nil || !strings.Contains(err.Error(), "meanwhile") {
		t.Errorf("a file that someone else changed: %v", err)
	}
}

// TestLink holds that settings which are kept elsewhere stay a link to there.
func TestLink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need rights")
	}
	h, r := host(t)
	file, _ := claudeCode.File(h, User)
	target := filepath.Join(h.Root, "dotfiles", "claude.json")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, file); err != nil {
		t.Fatal(err)
	}
	if _, err := h.PlanInstall(&claudeCode, options(), r); err == nil || !strings.Contains(err.Error(), "leads nowhere") {
		t.Errorf("a link that leads nowhere: %v", err)
	}
	write(t, target, "{}")
	ch, err := h.PlanInstall(&claudeCode, options(), r)
	apply(t, r, ch, err)
	if !strings.Contains(read(t, target), "venv-guard hook") {
		t.Errorf("the target is %s", read(t, target))
	}
	if link, err := os.Readlink(file); err != nil || link != target {
		t.Errorf("the link is %q, %v", link, err)
	}
}

func TestCommandLine(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("quotes are for POSIX shells")
	}
	for binary, want := range map[string]string{
		"/usr/bin/venv-guard":       "/usr/bin/venv-guard hook",
		"/home/it's me/venv-guard":  `'/home/it'\''s me/venv-guard' hook`,
		"/opt/$HOME/`x`/venv-guard": "'/opt/$HOME/`x`/venv-guard' hook",
	} {
		got, err := commandLine(binary, "hook")
		if err != nil || got != want {
			t.Errorf("commandLine(%s) = %s, %v", binary, got, err)
		}
		if back, ok := binaryOf(got); !ok || back != binary {
			t.Errorf("binaryOf(%s) = %s, %v", got, back, ok)
		}
	}
	for _, binary := range []string{"venv-guard", "./venv-guard", "/a\nb/venv-guard"} {
		if line, err := commandLine(binary, "hook"); err == nil {
			t.Errorf("commandLine(%q) = %s", binary, line)
		}
	}
}

// TestOwner holds that root, working for a user, leaves that user's files theirs.
func TestOwner(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() != 0 {
		t.Skip("only root gives files away")
	}
	const user = 12345
	h, r := host(t)
	file, _ := claudeCode.File(h, User)
	write(t, file, "{}")
	for _, f := range []string{file, filepath.Dir(file)} {
		if err := os.Chown(f, user, user); err != nil {
			t.Fatal(err)
		}
	}
	ch, err := h.PlanInstall(&claudeCode, options(), r)
	apply(t, r, ch, err)
	files, _ := filepath.Glob(file + "*")
	if len(files) != 2 {
		t.Fatalf("files: %q", files)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if loose(f, info) != "belongs to the user 12345, who can change it" {
			t.Errorf("%s is root's now", f)
		}
	}
}
