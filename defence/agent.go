package defence

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/setup/claude"
)

// An agent is a client's program, as a call may start another one of its kind.
type agent struct {
	name string
	// off are options that skip permissions or hooks, by the programs' own
	// --help and documentation; "a=b" is an option with that value.
	off []string
}

// agentOf returns the agent that a program is, or that an interpreter runs, and
// its arguments.
func agentOf(name string, args []string) (*agent, []string) {
	switch name {
	case "node", "bun", "deno":
		for i, a := range args {
			if strings.HasPrefix(a, "-") || a == "run" {
				continue
			}
			for _, in := range [...]struct{ dir, name string }{
				{"/claude-code/", "claude"}, {"@openai/codex/", "codex"}, {"/gemini-cli/", "gemini"}, {"@github/copilot/", "copilot"},
			} {
				if strings.Contains(a, in.dir) {
					return agentNamed(in.name), args[i+1:]
				}
			}
			break
		}
		return nil, nil
	}
	return agentNamed(name), args
}

func agentNamed(name string) *agent {
	switch name {
	case "claude", "claude-code": // code.claude.com, "CLI reference"
		return &agent{"claude", []string{
			"--dangerously-skip-permissions", "--allow-dangerously-skip-permissions", "--permission-mode=bypassPermissions", "--bare", "--safe-mode",
		}}
	case "codex": // codex --help, 0.169
		return &agent{name, []string{
			"--dangerously-bypass-approvals-and-sandbox", "--dangerously-bypass-hook-trust", "--yolo", "--disable=hooks", "--disable=codex_hooks",
		}}
	case "gemini", "gemini-cli", "qwen": // geminicli.com, "CLI reference"
		return &agent{name, []string{"--yolo", "-y", "--approval-mode=yolo"}}
	case "copilot": // docs.github.com, "About GitHub Copilot CLI"; a prompt on its command line needs --allow-all-tools
		return &agent{name, []string{"--allow-all", "--yolo"}}
	case "cursor-agent": // cursor.com/docs/cli
		return &agent{name, []string{"--force", "-f", "--yolo"}}
	case "opencode": // opencode.ai/docs/cli
		return &agent{name, []string{"--pure"}}
	case "droid": // docs.factory.ai, "droid exec"
		return &agent{name, []string{"--skip-permissions-unsafe"}}
	case "kiro-cli", "q": // kiro.dev/docs/cli
		return &agent{name, []string{"--trust-all-tools"}}
	case "amp": // ampcode.com/manual
		return &agent{name, []string{"--dangerously-allow-all"}}
	case "cline":
		return &agent{name, []string{"--yolo"}}
	}
	return nil
}

// unguarded says how an agent would be started without the guard, or "".
func (g *Guard) unguarded(inv *action.Invocation, a *agent, args []string) string {
	if slices.ContainsFunc(args, func(w string) bool { return w == "--help" || w == "-h" || w == "--version" }) {
		return ""
	}
	for _, o := range a.off {
		if opt, value, valued := strings.Cut(o, "="); valued && slices.Contains(optionValues(args, opt), value) || !valued && has(args, o) {
			return o + " has it skip permissions or hooks"
		}
	}
	for _, name := range claude.Homes {
		was, _ := g.getenv(name)
		now, _ := inv.Env.Get(name)
		if now != was && (!inv.Env.Inherited(name) || now == "") {
			return name + " is changed, so that it reads other settings"
		}
	}
	switch a.name {
	case "claude":
		return g.unguardedClaude(inv, args)
	case "codex":
		for _, v := range append(optionValues(args, "-c"), optionValues(args, "--config")...) {
			key, value, _ := strings.Cut(v, "=")
			if key = strings.TrimSpace(key); strings.HasPrefix(key, "hooks") || (key == "features.hooks" || key == "features.codex_hooks") && strings.TrimSpace(value) != "true" {
				return "-c " + action.Show(v) + " changes its hooks"
			}
		}
	}
	return ""
}

func (g *Guard) unguardedClaude(inv *action.Invocation, args []string) string {
	for _, name := range [...]string{"CLAUDE_CODE_SIMPLE", "CLAUDE_CODE_SAFE_MODE"} { // what --bare and --safe-mode set
		if v, ok := inv.Env.Get(name); ok && !inv.Env.Inherited(name) && claude.IsTrue(v) {
			return name + " has it skip hooks"
		}
	}
	for _, v := range optionValues(args, "--setting-sources") {
		if !slices.Contains(strings.Split(strings.ReplaceAll(v, " ", ""), ","), "user") {
			return "--setting-sources leaves out the user's settings"
		}
	}
	for _, v := range optionValues(args, "--settings") {
		text := v
		if !strings.HasPrefix(strings.TrimSpace(v), "{") {
			file := v
			if !path.IsAbs(file) {
				file = inv.Dir + "/" + file
			}
			b, err := inv.FS.ReadFile(path.Clean(file), maxSize)
			if errors.Is(err, fs.ErrNotExist) && !action.Holed(file) {
				continue // it says so, and ends
			}
			if text = string(b); err != nil {
				text = action.HoleText
			}
		}
		if action.Holed(text) {
			return "--settings gives it settings that cannot be told from the call"
		}
		if loss := g.SettingsLoss("", true, text, true); loss != "" {
			return "by --settings " + loss
		}
	}
	if len(args) > 1 && args[0] == "config" && slices.ContainsFunc(args, func(w string) bool { return w == "disableAllHooks" || w == "hooks" }) &&
		!slices.Contains(args, "get") {
		return "it changes its hooks"
	}
	if len(args) > 2 && (args[0] == "plugin" || args[0] == "plugins") && slices.Contains([]string{"disable", "uninstall", "remove", "rm"}, args[1]) &&
		slices.ContainsFunc(args[2:], g.mentions) {
		return "it takes the guard's plugin away"
	}
	return ""
}

// has reports whether an option is among words, before a lone --.
func has(args []string, option string) bool {
	for _, a := range args {
		if a == "--" {
			return false
		}
		if name, value, ok := strings.Cut(a, "="); a == option || ok && name == option && value != "false" {
			return true
		}
	}
	return false
}

// optionValues returns what an option is given, each time.
func optionValues(args []string, option string) []string {
	var list []string
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, option+"="); ok {
			list = append(list, v)
		} else if a == option && i+1 < len(args) {
			list = append(list, args[i+1])
		}
	}
	return list
}
