package defence

import (
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/setup/claude"
)

// environment tells of a wall that is taken down for what is started later.
func (r *runner) environment() {
	for i, a := range r.args {
		if !strings.Contains(a, claude.Wall) {
			continue
		}
		line := strings.Join(r.args[i:], " ")
		if name := strings.ToLower(strings.Join(r.args[:i], " ")); strings.Contains(name, "unset") {
			line = "unset " + line
		} else if a == claude.Wall { // NAME VALUE
			line = strings.Replace(line, " ", "=", 1)
		}
		if lowers(line) {
			r.found = append(r.found, Breach{Rule: "wall", Loss: "programs that are started later would not have the variable"})
			return
		}
	}
}

// kill tells of the end of the guard's own process.
func (r *runner) kill() {
	for _, a := range r.args {
		if r.g.mentions(a) {
			r.found = append(r.found, Breach{Rule: "program", Loss: "its process would be ended, and clients let a call through whose hook dies", Path: Program})
			return
		}
	}
}

// registry tells of managed settings that are no files: code.claude.com,
// "Claude Code settings".
func (r *runner) registry() {
	all := strings.ToLower(strings.Join(r.args, " "))
	if !strings.Contains(all, "anthropic.claudecode") && !strings.Contains(all, `policies\claudecode`) {
		return
	}
	switch {
	case len(r.args) > 0 && slices.Contains([]string{"read", "query", "export", "-p", "-lint", "-extract"}, r.args[0]):
	default:
		r.found = append(r.found, Breach{Rule: "policy", Loss: "the administrator's settings would change", Path: r.args[min(1, len(r.args)-1)]})
	}
}
