package task

import (
	"path"
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/world"
)

// Git finds what git runs besides itself: aliases and hooks (git 2.39).
type Git struct {
	FS     world.FS
	Dir    string // working directory, absolute
	Getenv func(name string) (string, bool)

	top, gitDir string
	settings    map[string]string // by lower-case section and name: alias.x
}

// Steps returns what `git args…` runs, the directory it runs in, and the file
// that says so.
func (g *Git) Steps(args []string) (dir, file string, steps []Step) {
	verb, rest, given := gitVerb(args)
	if verb == "" || strings.Contains(verb, hole) {
		return "", "", nil
	}
	hooks := hooksOf(verb, rest)
	if hooks == nil && isGitCommand(verb) {
		return "", "", nil
	}
	g.find()
	g.read(given)
	if hooks == nil {
		if alias, ok := g.settings["alias."+strings.ToLower(verb)]; ok {
			text, shell := strings.CutPrefix(alias, "!")
			if !shell {
				return g.Dir, path.Join(g.gitDir, "config"), []Step{{Text: "git " + text + quoted(append([]string{}, rest...))}}
			}
			return g.top, path.Join(g.gitDir, "config"), []Step{{Text: text + quoted(rest)}}
		}
		return "", "", nil
	}
	if g.gitDir == "" {
		return "", "", nil
	}
	where := path.Join(g.gitDir, "hooks")
	if p := g.settings["core.hookspath"]; p != "" {
		if home, ok := g.Getenv("HOME"); ok && strings.HasPrefix(p, "~/") {
			p = home + p[1:]
		}
		if where = p; !path.IsAbs(p) {
			where = path.Join(g.top, p)
		}
	}
	for _, h := range hooks {
		hook := path.Join(where, h)
		if info, err := world.Stat(g.FS, hook); err == nil && info.Kind == world.File && info.Exec {
			steps = append(steps, Step{Text: strings.TrimSpace(quoted([]string{hook, hole}))})
		}
	}
	return g.top, where, steps
}

// gitVerb skips git's own options and returns the settings that -c gives.
func gitVerb(args []string) (verb string, rest, given []string) {
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-c" && i+1 < len(args):
			i++
			given = append(given, args[i])
		case a == "-C" || a == "--git-dir" || a == "--work-tree" || a == "--namespace" || a == "--config-env" || a == "--super-prefix":
			i++
		case strings.HasPrefix(a, "-"):
		default:
			return a, args[i+1:], given
		}
	}
	return "", nil, given
}

// hooksOf returns the hooks that a command may run, in githooks(5)'s order.
func hooksOf(verb string, args []string) []string {
	has := func(words ...string) bool {
		for _, a := range args {
			for _, w := range words {
				if a == w {
					return true
				}
			}
		}
		return false
	}
	switch verb {
	case "commit":
		if has("--no-verify", "-n") {
			return []string{"prepare-commit-msg", "post-commit", "post-rewrite"}
		}
		return []string{"pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-rewrite"}
	case "merge", "pull":
		return []string{"pre-merge-commit", "prepare-commit-msg", "commit-msg", "post-merge", "pre-rebase", "post-rewrite", "post-checkout"}
	case "cherry-pick", "revert":
		return []string{"prepare-commit-msg", "commit-msg", "post-commit"}
	case "checkout", "switch", "worktree":
		return []string{"post-checkout"}
	case "rebase":
		return []string{"pre-rebase", "post-checkout", "prepare-commit-msg", "commit-msg", "post-commit", "post-rewrite"}
	case "am":
		return []string{"applypatch-msg", "pre-applypatch", "post-applypatch"}
	case "push":
		if has("--no-verify") {
			return nil
		}
		return []string{"pre-push"}
	case "gc":
		return []string{"pre-auto-gc"}
	case "hook":
		if len(args) > 1 && args[0] == "run" {
			return args[1:2]
		}
	}
	return nil
}

// isGitCommand reports whether an everyday command of git cannot be an alias,
// so that no file need be read for it.
func isGitCommand(verb string) bool {
	switch verb {
	case "add", "apply", "archive", "bisect", "blame", "branch", "cat-file", "clean", "clone", "config", "describe", "diff", "fetch", "for-each-ref", "format-patch",
		"grep", "init", "log", "ls-files", "ls-remote", "ls-tree", "merge-base", "mv", "name-rev", "notes", "push", "reflog", "remote", "reset", "restore", "rev-list", "rev-parse",
		"rm", "shortlog", "show", "show-ref", "sparse-checkout", "stash", "status", "submodule", "symbolic-ref", "tag", "update-index", "update-ref", "version", "help":
		return true
	}
	return false
}

// find finds the repository of the working directory.
func (g *Git) find() {
	for d := g.Dir; ; d = path.Dir(d) {
		p := path.Join(d, ".git")
		if info, err := world.Stat(g.FS, p); err == nil {
			g.top, g.gitDir = d, p
			if info.Kind == world.File { // a linked working tree or submodule
				b, _ := g.FS.ReadFile(p, 4096)
				to, _ := strings.CutPrefix(strings.TrimSpace(string(b)), "gitdir: ")
				if !path.IsAbs(to) {
					to = path.Join(d, to)
				}
				if b, err := g.FS.ReadFile(path.Join(to, "commondir"), 4096); err == nil {
					to = path.Join(to, strings.TrimSpace(string(b)))
				}
				g.gitDir = to
			}
			return
		}
		if d == path.Dir(d) {
			return
		}
	}
}

// read reads the settings, the strongest last: of the user, of the repository,
// of the environment, of the command line.
func (g *Git) read(given []string) {
	g.settings = map[string]string{}
	for _, f := range g.files() {
		if b, err := g.FS.ReadFile(f, maxPackage); err == nil {
			g.parse(string(b))
		}
	}
	set := func(name, value string) {
		if i := strings.LastIndexByte(name, '.'); i > 0 {
			g.settings[strings.ToLower(name)] = value
		}
	}
	if text, ok := g.Getenv("GIT_CONFIG_COUNT"); ok {
		n, _ := strconv.Atoi(text)
		for i := range n {
			name, ok := g.Getenv("GIT_CONFIG_KEY_" + strconv.Itoa(i))
			if !ok {
				break // git 2.39 ends with an error
			}
			value, _ := g.Getenv("GIT_CONFIG_VALUE_" + strconv.Itoa(i))
			set(name, value)
		}
	}
	for _, kv := range given {
		name, value, _ := strings.Cut(kv, "=")
		set(name, value)
	}
}

func (g *Git) files() []string {
	var list []string
	home, _ := g.Getenv("HOME")
	switch f, ok := g.Getenv("GIT_CONFIG_GLOBAL"); {
	case ok:
		list = append(list, f)
	case home != "":
		xdg, ok := g.Getenv("XDG_CONFIG_HOME")
		if !ok || xdg == "" {
			xdg = home + "/.config"
		}
		list = append(list, xdg+"/git/config", home+"/.gitconfig")
	}
	if g.gitDir != "" {
		list = append(list, path.Join(g.gitDir, "config"))
	}
	return list
}

// parse reads a settings file (git-config(1), CONFIGURATION FILE).
func (g *Git) parse(text string) {
	section := ""
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		for strings.HasSuffix(line, `\`) && !strings.HasSuffix(line, `\\`) && i+1 < len(lines) {
			i++
			line = line[:len(line)-1] + lines[i]
		}
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case line[0] == '[':
			head, tail, _ := strings.Cut(line[1:], "]")
			name, sub, _ := strings.Cut(head, " ")
			section = strings.ToLower(name)
			if sub = strings.Trim(sub, `" `); sub != "" {
				section += "." + strings.ToLower(sub)
			}
			if tail = strings.TrimSpace(tail); tail != "" {
				g.setting(section, tail)
			}
		default:
			g.setting(section, line)
		}
	}
}

func (g *Git) setting(section, line string) {
	name, value, _ := strings.Cut(line, "=")
	g.settings[section+"."+strings.ToLower(strings.TrimSpace(name))] = gitValue(value)
}

// gitValue reads a value: quotes, escapes, and a comment at its end.
func gitValue(s string) string {
	s = strings.TrimSpace(s)
	var b strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && i+1 < len(s):
			i++
			switch s[i] {
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			default:
				b.WriteByte(s[i])
			}
		case (c == '#' || c == ';') && !quoted:
			return strings.TrimSpace(b.String())
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
