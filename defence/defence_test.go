package defence

import (
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/setup/claude"
	"github.com/venv-guard/venv-guard/world"
)

const guarded = `{"model":"opus","env":{"PIP_REQUIRE_VIRTUALENV":"1"},"hooks":{"PreToolUse":[{"matcher":"Bash","hooks":[{"type":"command","command":"/opt/vg/guard hook"}]}]}}`

// machine is one whose user keeps settings in a repository of their own, and
// calls the program otherwise.
func machine() world.Mem {
	return world.Mem{
		"/home/u/dotfiles/claude/settings.json":              {Content: guarded},
		"/home/u/dotfiles/claude/notes.md":                   {Content: "x"},
		"/home/u/.claude":                                    {Target: "dotfiles/claude"},
		"/home/u/.config/venv-guard":                         {Target: "/home/u/dotfiles/guard"},
		"/home/u/dotfiles/guard/policy.toml":                 {Content: ""},
		"/home/u/.local/state/venv-guard/audit.jsonl":        {Content: "{}"},
		"/home/u/p/.venv-guard.toml":                         {Content: "mode = \"enforce\"\n"},
		"/home/u/p/team/more.toml":                           {Content: ""},
		"/home/u/p/src/x":                                    {Content: ""},
		"/home/u/p/venv-guard":                               {Content: "ELF", Exec: true},
		"/opt/vg/guard":                                      {Content: "ELF", Exec: true},
		"/usr/bin/venv-guard":                                {Target: "/opt/vg/guard"},
		"/home/u/p/.cursor/hooks.json":                       {Content: `{"version":1,"hooks":{"x":[{"command":"a"},{"command":"guard hook"}]}}`},
		"/home/u/.codex/config.toml":                         {Content: "model = \"o\"\n[[hooks.PreToolUse]]\nmatcher = \"Bash\"\n[[hooks.PreToolUse.hooks]]\ntype = \"command\"\ncommand = \"guard hook\"\n"},
		"/home/u/.gemini/settings.json":                      {Content: `{"hooks":{"BeforeTool":[{"hooks":[{"type":"command","command":"guard hook"}]}]}}`},
		"/home/u/.config/opencode/plugin/guard.js":           {Content: `spawn("guard")`},
		"/home/u/.config/opencode/plugin/other.js":           {Content: `spawn("x")`},
		"/home/u/p/.kiro/agents/a.json":                      {Content: `{"hooks":{"preToolUse":[{"matcher":"shell","command":"guard hook"}]}}`},
		"/home/u/Documents/Cline/Hooks/PreToolUse":           {Content: "#!/bin/sh\nexec guard hook\n", Exec: true},
		"/home/u/.claude/plugins/cache/v/1/hooks/hooks.json": {Content: `{"hooks":{}}`},
	}
}

func guard(fs world.FS) *Guard {
	env := map[string]string{"HOME": "/home/u", "PATH": "/usr/bin:/bin", claude.Wall: "1"}
	return New(Site{
		FS: fs, Dir: "/home/u/p", Program: "/opt/vg/guard", Policies: []string{"/home/u/p/.venv-guard.toml", "/home/u/p/team/more.toml"},
		Getenv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	})
}

func TestJudge(t *testing.T) {
	write := func(p, text string) Change { return Change{Path: p, Text: text} }
	remove := func(p string) Change { return Change{Kind: Remove, Path: p} }
	fs := machine()
	cursor := fs["/home/u/p/.cursor/hooks.json"].Content
	codex := fs["/home/u/.codex/config.toml"].Content
	for _, tt := range []struct {
		name string
		c    Change
		want string // the part; "" for none
	}{
		{"by the link", write("/home/u/.claude/settings.json", "{}"), "settings"},
		{"by its real place", write("/home/u/dotfiles/claude/settings.json", "{}"), "settings"},
		{"another key there", write("/home/u/dotfiles/claude/settings.json", strings.Replace(guarded, "opus", "x", 1)), ""},
		{"the real directory", remove("/home/u/dotfiles/claude"), "settings"},
		{"above the real directory", remove("/home/u/dotfiles"), "settings"},
		{"the link alone", remove("/home/u/.claude"), "settings"},
		{"beside it", remove("/home/u/dotfiles/claude/notes.md"), ""},
		{"policies by their real place", write("/home/u/dotfiles/guard/policy.toml", "x"), "policy"},
		{"other letters", write("/home/u/.claude/Settings.JSON", `{"disableAllHooks":true}`), "settings"},
		{"the program", remove("/opt/vg/guard"), "program"},
		{"its link on PATH", remove("/usr/bin/venv-guard"), "program"},
		{"its directory", remove("/opt"), "program"},
		{"a build", remove("/home/u/p/venv-guard"), ""},
		{"a new program on PATH", write("/bin/venv-guard", "x"), "program"},
		{"an included policy", write("/home/u/p/team/more.toml", "x"), "policy"},
		{"state", remove("/home/u/.local"), "state"},
		{"the project", remove("/home/u/p"), "policy"},
		{"its source", remove("/home/u/p/src"), ""},
		{"a hook more of Cursor's", write("/home/u/p/.cursor/hooks.json", strings.Replace(cursor, `{"command":"a"}`, `{"command":"b"},{"command":"c"}`, 1)), ""},
		{"Cursor's", write("/home/u/p/.cursor/hooks.json", strings.Replace(cursor, "guard hook", "true", 1)), "settings"},
		{"Cursor's, not failing closed", write("/home/u/p/.cursor/hooks.json", strings.Replace(cursor, `"guard hook"`, `"guard hook","failClosed":false`, 1)), "settings"},
		{"Cursor's, broken", write("/home/u/p/.cursor/hooks.json", cursor+"}"), "settings"},
		{"Cursor's, not known", write("/home/u/p/.cursor/hooks.json", action.HoleText), "settings"},
		{"Codex's model", write("/home/u/.codex/config.toml", strings.Replace(codex, `"o"`, `"x"`, 1)), ""},
		{"Codex's matcher", write("/home/u/.codex/config.toml", strings.Replace(codex, `"Bash"`, `"bash"`, 1)), "settings"},
		{"Codex's switch", write("/home/u/.codex/config.toml", codex+"[features]\nhooks = false\n"), "settings"},
		{"Gemini's switch", write("/home/u/.gemini/settings.json", strings.Replace(fs["/home/u/.gemini/settings.json"].Content, "{", `{"hooksConfig":{"enabled":false},`, 1)), "settings"},
		{"OpenCode's plugin", write("/home/u/.config/opencode/plugin/guard.js", "//"), "settings"},
		{"another plugin", write("/home/u/.config/opencode/plugin/other.js", "//"), ""},
		{"plugins", remove("/home/u/.config/opencode"), "settings"},
		{"Kiro's", remove("/home/u/p/.kiro"), "settings"},
		{"Cline's", remove("/home/u/Documents"), "settings"},
		{"Cline's rights", Change{Kind: Mode, Path: "/home/u/Documents/Cline/Hooks/PreToolUse"}, "settings"},
		{"a mount", Change{Kind: Hide, Path: "/home/u/.claude"}, "settings"},
		{"another name", Change{Kind: Alias, Path: "/home/u/.claude/settings.json"}, "settings"},
		{"start-up file", write("/home/u/.bashrc", "export PIP_REQUIRE_VIRTUALENV=\n"), "wall"},
		{"start-up file of another sort", write("/home/u/.bashrc", "export EDITOR=vi\n"), ""},
		{"a directory that is not known", remove("/home/u/" + action.HoleText), ""},
	} {
		g := guard(machine())
		var got string
		if g.Watches(tt.c.Path) || action.Holed(tt.c.Path) {
			tt.c.After = g.fs
			for _, b := range g.Judge(tt.c) {
				if got = b.Rule; got == tt.want {
					break
				}
			}
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestStricter holds that a file which this project would rather not have, and a
// client may be content with, is defended all the same.
func TestStricter(t *testing.T) {
	before := strings.Replace(guarded, `"model":"opus"`, `"model":["opus"]`, 1)
	g := guard(machine())
	for _, tt := range []struct {
		after string
		free  bool
	}{
		{strings.Replace(before, "opus", "x", 1), true},
		{strings.Replace(before, `["opus"]`, `"opus"`, 1), true},
		{"{}", false},
		{strings.Replace(before, `"Bash"`, `"bash"`, 1), false},
		{before + "}", false},
	} {
		if loss := g.SettingsLoss(before, true, tt.after, true); (loss == "") != tt.free {
			t.Errorf("%s: %q", tt.after, loss)
		}
	}
}

func TestTakesRights(t *testing.T) {
	for mode, want := range map[string]string{
		"644": "x", "600": "x", "755": "", "0755": "", "444": "x", "000": "rx", "0": "rx", "200": "rx", "077": "rx", "100": "r",
		"a-r": "r", "-x": "x", "u-rwx": "rx", "u=w": "rx", "+x": "", "u+rwX": "", "go-w": "", "go-rwx": "", "a=rx": "", "g-r,u-r": "r",
	} {
		got := ""
		read, run := takesRights(mode)
		if read {
			got = "r"
		}
		if run {
			got += "x"
		}
		if got != want {
			t.Errorf("takesRights(%s) = %q, want %q", mode, got, want)
		}
	}
}

func TestLowers(t *testing.T) {
	for line, want := range map[string]bool{
		"export PIP_REQUIRE_VIRTUALENV=0": true, "PIP_REQUIRE_VIRTUALENV=": true, "export PIP_REQUIRE_VIRTUALENV='' # x": true,
		"unset PIP_REQUIRE_VIRTUALENV": true, "set -e PIP_REQUIRE_VIRTUALENV": true, "set -gx PIP_REQUIRE_VIRTUALENV 0": true,
		"alias pip='env -u PIP_REQUIRE_VIRTUALENV pip'": true,
		"export PIP_REQUIRE_VIRTUALENV=1":               false, "set -gx PIP_REQUIRE_VIRTUALENV 1": false, "# unset PIP_REQUIRE_VIRTUALENV": false,
		"echo $PIP_REQUIRE_VIRTUALENV": false,
	} {
		if got := lowers(line); got != want {
			t.Errorf("lowers(%q) = %v", line, got)
		}
	}
}

// FuzzSettings holds that no change of settings is free by which Claude Code
// would not start the guard any more.
func FuzzSettings(f *testing.F) {
	f.Add(`"matcher"`, `"x"`)
	f.Add("{", `{"hooks":{},`)
	f.Add("opus", "sonnet")
	g := guard(machine())
	f.Fuzz(func(t *testing.T, old, new string) {
		after := strings.Replace(guarded, old, new, -1)
		if g.SettingsLoss(guarded, true, after, true) != "" {
			return
		}
		s, err := claude.Read([]byte(after))
		if err != nil || s.DisableAllHooks || !claude.IsTrue(s.Env[claude.Wall]) || len(s.Hooks) == 0 || s.Hooks[0].Matcher != "Bash" || !s.Hooks[0].Runs("guard") {
			t.Fatalf("free: %s", after)
		}
	})
}
