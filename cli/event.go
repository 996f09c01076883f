package cli

import "github.com/venv-guard/venv-guard/action"

// event answers what is not a tool call: the start of a session, a change of
// the client's settings.
func (re *reply) event(call action.Call) int {
	switch call.Event {
	case "ConfigChange":
		return re.configChange(call)
	case "SessionStart":
		re.noteSettings(re.settingsFiles(call)...)
		return re.sessionStart(call)
	}
	return ExitOK
}
