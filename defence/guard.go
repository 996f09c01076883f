package defence

import (
	"path"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/setup/claude"
	"github.com/venv-guard/venv-guard/world"
)

// A Guard knows where the parts of this guard are on a machine.
type Guard struct {
	site     Site
	ready    bool // the rest is filled in
	fs       world.FS
	getenv   func(string) (string, bool)
	dir      string // of the call
	home     string
	claude   string   // CLAUDE_CONFIG_DIR
	codex    string   // CODEX_HOME
	envFile  string   // CLAUDE_ENV_FILE, which is run before every command
	wall     bool     // pip is kept inside of virtual environments
	path     []string // directories of PATH
	own      []place  // directories of policies, state and managed settings
	programs []string // the guard's own files
	names    []string // what they are called
	policies []string // files that policies were read from
	links    []link   // where the user's own files really are; see follow
	followed bool
}

// A place is a directory that is the guard's.
type place struct {
	dir  string
	part part
}

// A link is a protected place that a symbolic link leads elsewhere.
type link struct{ from, to string }

// A Site is what a Guard is made from.
type Site struct {
	FS       world.FS
	Getenv   func(string) (string, bool) // of the client
	Dir      string                      // working directory of the call
	Program  string                      // the guard's own file; "" where nobody told
	Policies []string                    // files that policies in force were read from
}

// Program is what the guard's own program is called.
const Program = "venv-guard"

// New returns the Guard of a site. It looks at no file, and at nothing else before
// a call does something that may matter.
func New(s Site) *Guard {
	g := &Guard{site: s, fs: s.FS, getenv: s.Getenv, dir: s.Dir, policies: s.Policies}
	wall, _ := s.Getenv(claude.Wall)
	g.wall = claude.IsTrue(wall)
	return g
}

// prepare fills in where everything is.
func (g *Guard) prepare() {
	if g.ready {
		return
	}
	g.ready = true
	s := g.site
	g.names = []string{Program}
	if g.home, _ = s.Getenv("HOME"); g.home == "" { // Windows
		g.home, _ = s.Getenv("USERPROFILE")
		g.home = strings.ReplaceAll(g.home, `\`, "/")
	}
	g.claude, _ = s.Getenv("CLAUDE_CONFIG_DIR")
	g.codex, _ = s.Getenv("CODEX_HOME")
	g.envFile, _ = s.Getenv("CLAUDE_ENV_FILE")
	list, _ := s.Getenv("PATH")
	for _, d := range strings.Split(list, ":") {
		if path.IsAbs(d) {
			g.path = append(g.path, path.Clean(d))
		}
	}
	for _, d := range [...]string{g.home + "/.local/bin", g.goBin(), "/usr/local/bin", "/opt/homebrew/bin", "/usr/bin"} {
		if path.IsAbs(d) && !slices.Contains(g.path, d) {
			g.path = append(g.path, d) // where the plugin looks (clients/claude-code/bin/hook.sh)
		}
	}
	for _, d := range [...]struct {
		name, usual string
		part        part
	}{{"XDG_CONFIG_HOME", ".config", policy}, {"XDG_STATE_HOME", ".local/state", state}} {
		base, _ := s.Getenv(d.name)
		switch {
		case path.IsAbs(base):
			g.own = append(g.own, place{path.Clean(base) + "/" + Program, d.part})
		case g.home != "":
			g.own = append(g.own, place{g.home + "/" + d.usual + "/" + Program, d.part})
		}
	}
	g.own = append(g.own, managed[:]...)
	if s.Program != "" {
		g.programs = append(g.programs, path.Clean(s.Program))
		if name := strings.TrimSuffix(path.Base(s.Program), ".exe"); name != Program {
			g.names = append(g.names, name)
		}
	}
}

// goBin returns where go install puts programs (go help install).
func (g *Guard) goBin() string {
	if d, _ := g.site.Getenv("GOBIN"); d != "" {
		return d
	}
	if d, _ := g.site.Getenv("GOPATH"); d != "" {
		return d + "/bin"
	}
	return g.home + "/go/bin"
}

// managed are the administrator's own places: those of the guard, and of the
// clients' documentation.
var managed = [...]place{
	{"/etc/venv-guard", policy}, {"/etc/claude-code", admin}, {"/etc/gemini-cli", admin}, {"/etc/codex", admin},
	{"/etc/cursor", admin}, {"/etc/windsurf", admin}, {"/Library/Application Support/ClaudeCode", admin},
	{"/Library/Application Support/Cursor", admin}, {"/Library/Application Support/GeminiCli", admin},
}

// A part says what a file is to the guard.
type part uint8

const (
	none     part = iota
	binary        // the guard's program
	policy        // policies and pins: any change counts
	project       // .venv-guard.toml: what only tightens is free
	state         // state and the log
	admin         // the administrator's settings
	settings      // of Claude Code: compared
	client        // of another client: compared
	plugin        // code or a script that starts the guard: any change counts
	startup       // of shells: what it does to the wall counts
)

// Watches reports whether a change at a path could matter. It is quick, and may
// say yes for no reason.
func (g *Guard) Watches(name string) bool {
	g.prepare()
	name = path.Clean(name)
	if g.kind(name) != none || g.holds(name) {
		return true
	}
	g.follow()
	return slices.ContainsFunc(g.links, func(l link) bool { return within(l.to, name) || within(name, l.to) })
}

// kind tells what a file is by its path.
func (g *Guard) kind(name string) part {
	if slices.Contains(g.programs, name) {
		return binary
	}
	if slices.Contains(g.policies, name) && path.Base(name) != projectFile {
		return policy
	}
	dir, base := path.Split(name)
	dir = strings.TrimSuffix(dir, "/")
	switch strings.ToLower(base) {
	case Program, Program + ".exe":
		if slices.Contains(g.path, dir) {
			return binary
		}
	case projectFile:
		return project
	case "trusted-hooks.yaml":
		return policy
	case "safeclaw.config.yaml":
		return policy
	}
	for _, own := range g.own {
		if within(name, own.dir) {
			return own.part
		}
	}
	if g.claude != "" && dir == path.Clean(g.claude) && isSettings(base) {
		return settings
	}
	if g.codex != "" && dir == path.Clean(g.codex) && (base == "hooks.json" || base == "config.toml") {
		return client
	}
	return g.inClient(name, dir, base)
}

const projectFile = ".venv-guard.toml"

// isSettings reports whether a file of a .claude directory is a settings file.
func isSettings(base string) bool {
	base = strings.ToLower(base)
	return base == "settings.json" || base == "settings.local.json"
}

// inClient tells what a file is by the directories of clients: protocols of the
// clients' documentation, for the user and for a project alike.
func (g *Guard) inClient(name, dir, base string) part {
	up := strings.ToLower(path.Base(path.Dir(dir)))
	switch in := strings.ToLower(path.Base(dir)); in {
	case ".claude":
		if isSettings(base) {
			return settings
		}
	case ".codex", ".gemini", ".factory", ".copilot", ".cursor", ".windsurf", "windsurf", "opencode", ".opencode", "copilot":
		switch strings.ToLower(base) {
		case "hooks.json", "settings.json", "config.toml", "requirements.toml", "config.json", "opencode.json", "opencode.jsonc":
			return client
		}
	case "hooks", "agents":
		switch {
		case up == ".github" || up == ".copilot" || up == ".kiro":
			return client
		case in == "hooks" && (up == "cline" || up == ".clinerules"):
			return plugin
		case in == "hooks" && strings.Contains(name, "/.claude/plugins/"):
			return client
		}
	case "plugin", "plugins":
		if up == ".opencode" || up == "opencode" {
			return plugin
		}
	case ".safeclaw":
		if base == "policy.yaml" {
			return policy
		}
	}
	switch base {
	case ".bashrc", ".bash_profile", ".bash_login", ".profile", ".zshrc", ".zshenv", ".zprofile", ".zlogin", "config.fish", ".pam_environment":
		return startup
	}
	if g.envFile != "" && name == g.envFile {
		return startup
	}
	return none
}

// holds reports whether parts of the guard may be below a directory.
func (g *Guard) holds(name string) bool {
	switch strings.ToLower(path.Base(name)) {
	case ".claude", ".codex", ".gemini", ".factory", ".copilot", ".cursor", ".windsurf", "windsurf", "opencode", ".opencode",
		".clinerules", ".kiro", ".safeclaw", "hooks", "plugin", "plugins", "agents", Program:
		return true
	}
	if within(g.dir, name) || g.home != "" && (within(g.home, name) || within(name, g.home) && path.Dir(name) == g.home && strings.HasPrefix(path.Base(name), ".")) {
		return true
	}
	for _, list := range [...][]string{g.programs, g.policies} {
		if slices.ContainsFunc(list, func(p string) bool { return within(p, name) }) {
			return true
		}
	}
	if slices.ContainsFunc(g.path, func(d string) bool { return within(d, name) }) {
		return true
	}
	if slices.ContainsFunc(g.own, func(p place) bool { return within(p.dir, name) }) {
		return true
	}
	return slices.ContainsFunc(homeFiles[:], func(f string) bool { return within(g.home+"/"+f, name) })
}

// homeFiles are the files below a home that may hold the guard, and the
// directories of such files.
var homeFiles = [...]string{
	".claude/settings.json", ".claude/settings.local.json", ".codex/hooks.json", ".codex/config.toml", ".gemini/settings.json",
	".copilot/hooks", ".copilot/config.json", ".cursor/hooks.json", ".config/opencode/opencode.json", ".config/opencode/opencode.jsonc",
	".config/opencode/plugin", ".config/opencode/plugins", ".codeium/windsurf/hooks.json", "Documents/Cline/Hooks",
	".factory/hooks.json", ".factory/settings.json", ".kiro/agents", ".kiro/hooks",
}

// projectFiles are those below a project's directories.
var projectFiles = [...]string{
	".claude/settings.json", ".claude/settings.local.json", projectFile, ".safeclaw/policy.yaml", "safeclaw.config.yaml",
	".codex/hooks.json", ".codex/config.toml", ".gemini/settings.json", ".github/hooks", ".cursor/hooks.json",
	".opencode/plugin", ".opencode/plugins", ".windsurf/hooks.json", ".clinerules/hooks", ".factory/hooks.json", ".factory/settings.json",
	".kiro/hooks", ".kiro/agents", "trusted-hooks.yaml",
}

// follow finds out, once, where links lead of the user's that people keep in a
// repository of their own.
func (g *Guard) follow() {
	if g.followed {
		return
	}
	g.followed = true
	look := func(from string) {
		if target, err := g.fs.Readlink(from); err == nil && target != "" {
			if to, err := world.Resolve(g.fs, from, true); err == nil && to != from {
				g.links = append(g.links, link{from, to})
			}
		}
	}
	if g.home != "" {
		look(g.home + "/.claude")
		look(g.home + "/.claude/settings.json")
	}
	for _, d := range g.own[:len(g.own)-len(managed)] {
		look(d.dir)
	}
	for _, p := range g.programs {
		look(p)
	}
}

// within reports whether a path is dir or below it.
func within(name, dir string) bool {
	return name == dir || dir != "" && strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/")
}

// mentions reports whether a text names the guard's program.
func (g *Guard) mentions(text string) bool {
	g.prepare()
	return slices.ContainsFunc(g.names, func(n string) bool { return claude.Names(text, n) })
}
