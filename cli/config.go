package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/defence"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/setup"
	"github.com/venv-guard/venv-guard/setup/claude"
)

// configChange answers Claude Code's question whether a change of its settings
// may take effect: exit status 2 keeps those in force that were (run on
// 2.1.329). A change of the administrator's cannot be refused.
func (re *reply) configChange(call action.Call) int {
	if set, err := re.Command.policies(re.where(call)); err == nil {
		re.policies = set
	}
	var lost []string
	switch call.Source {
	case "skills", "policy_settings":
	default:
		lost = re.lostSettings(call)
	}
	if len(lost) == 0 {
		if call.Config != "" {
			re.noteSettings(call.Config)
		}
		return ExitOK
	}
	where := call.Config
	if where == "" {
		where = "the settings"
	}
	text := fmt.Sprintf("A change of %s would switch the guard off, so it was refused, and the settings before it stay in force: %s. "+
		"Put back what is missing and change the rest as you like. A human who wants to be without the guard runs `venv-guard uninstall` in a terminal and starts a new session. [guard/settings]",
		where, strings.Join(lost, "; "))
	call.Tool = call.Event
	ans := action.Answer{Verdict: action.Block, Reason: text}
	if re.policies.Audit().Logs(ans.Verdict) {
		r := record(call, ans)
		r.Rules = []string{"guard/settings"}
		re.log(r, call, &ans)
	}
	// Text on standard error alone: the event has a form of its own for JSON.
	fmt.Fprintln(re.Stderr, plain(text))
	return ExitBlock
}

// lostSettings says what the guard would lose if the settings were as they are
// now.
func (re *reply) lostSettings(call action.Call) []string {
	names := re.names()
	lost, now := []string(nil), new(claude.Settings)
	if call.Config != "" {
		text, err := readSettings(call.Config)
		if err != nil {
			return []string{fmt.Sprintf("the file cannot be read (%v)", err)}
		}
		before := re.notedSettings(call.Config)
		if now, err = claude.Read(text); err != nil {
			if len(claude.Lost(before, new(claude.Settings), names)) > 0 || re.installed(call.Config) != nil {
				return []string{fmt.Sprintf("Claude Code drops the whole file, the guard's hooks too (%v)", err)}
			}
			now = new(claude.Settings)
		}
		lost = append(claude.Lost(before, now, names), claude.Harm(before, now, names)...)
		if in := re.installed(call.Config); in != nil && len(lost) == 0 {
			if gone, err := in.Missing(); err != nil {
				lost = append(lost, err.Error())
			} else {
				lost = append(lost, gone...)
			}
		}
	}
	if len(lost) == 0 && !re.registered(call, names) {
		lost = append(lost, "no settings file starts the guard before tools any more (hooks.PreToolUse)")
	}
	return lost
}

// names are what the guard's program is called.
func (re *reply) names() []string {
	names := []string{defence.Program}
	if base := strings.TrimSuffix(filepath.Base(re.Program), ".exe"); base != defence.Program && base != "." {
		names = append(names, base)
	}
	return names
}

// installed returns what `venv-guard install` recorded of a file, or nil.
func (re *reply) installed(file string) *setup.Install {
	list := policy.PinFile(re.Environ)
	if list == "" {
		return nil
	}
	r, err := setup.LoadRecord(filepath.Dir(list))
	if err != nil {
		return nil // doctor and the pins speak of that
	}
	return r.Find(file)
}

// registered reports whether any settings file, or a plugin, starts the guard
// before tools.
func (re *reply) registered(call action.Call, names []string) bool {
	if getenv(re.Environ, "CLAUDE_PLUGIN_ROOT") != "" {
		return true // this process is a plugin's
	}
	for _, file := range re.settingsFiles(call) {
		text, err := readSettings(file)
		if err != nil {
			continue
		}
		s, err := claude.Read(text)
		if err != nil {
			continue
		}
		for i := range s.Hooks {
			if s.Hooks[i].Event == "PreToolUse" && s.Hooks[i].Runs(names...) {
				return true
			}
		}
	}
	return false
}
