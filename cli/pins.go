package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/hook"
	"github.com/venv-guard/venv-guard/internal/state"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/setup"
)

// pinsRule is the rule that the log names for calls that pins block.
const pinsRule = "guard/pins"

// pinned is what keeps the guard as it was installed, seen from a directory.
// Policies of projects are not part of it: they differ from branch to branch,
// and one that is not as it was pinned already counts for nothing that it
// loosens.
func (re *reply) pinned(dir string) setup.Pinned {
	return setup.Pinned{
		List:    policy.PinFile(re.Environ),
		Dir:     dir,
		Skip:    func(file string) bool { return filepath.Base(file) == policy.ProjectFile },
		Require: re.policies.Pins() == policy.PinsBlock,
	}
}

// sessionStart verifies all pins, and tells user and model of what does not
// hold.
func (re *reply) sessionStart(call action.Call) int {
	set, err := re.Command.policies(re.where(call))
	if err != nil {
		// Every call will say so, too, but the user should know before.
		hook.Note(re.Stdout, call.Event, "venv-guard blocks every call, because a policy cannot be read: "+brokenPolicy(err).Error())
		return ExitOK
	}
	re.policies = set
	p := re.pinned(re.where(call))
	if p.List == "" {
		return ExitOK // without a home nothing is pinned, and nothing installed
	}
	faults := p.Faults()
	if len(faults) == 0 {
		return ExitOK
	}
	text := re.faultText(faults)
	call.Tool = call.Event
	verdict := action.Pass
	if re.policies.Pins() == policy.PinsBlock {
		verdict = action.Block
	}
	ans := action.Answer{Verdict: verdict, Reason: text}
	if re.policies.Audit().Log != policy.AuditOff {
		r := record(call, ans)
		r.Rules = []string{pinsRule}
		for _, n := range re.log(r, call, &ans) {
			text += "\n" + n
		}
	}
	hook.Note(re.Stdout, call.Event, text)
	return ExitOK
}

// where is the directory of a call.
func (re *reply) where(call action.Call) string {
	if call.Dir != "" {
		return call.Dir
	}
	return filepath.ToSlash(re.Dir)
}

// faultText says what is not as it was pinned, and what follows from it.
func (re *reply) faultText(faults []setup.Fault) string {
	var b strings.Builder
	b.WriteString("venv-guard is not as it was installed.")
	for _, f := range faults {
		fmt.Fprintf(&b, "\n- %s", plain(f.String()))
	}
	b.WriteString("\nA human must look at this, in a terminal of their own; an agent must not change it, and should tell the user.")
	if re.policies.Pins() == policy.PinsBlock {
		b.WriteString(" Until then every shell command is blocked, because a policy says pins = \"block\".")
	}
	return b.String()
}

// heldByPins blocks a shell call while something is not as it was pinned, if a
// policy wants that.
func (re *reply) heldByPins(call action.Call) (exit int, held bool) {
	if re.policies.Pins() != policy.PinsBlock || call.Shell == action.ShellNone && len(call.Blocks) == 0 {
		return 0, false
	}
	p := re.pinned(call.Dir)
	dir, err := state.Dir(re.Environ)
	if err != nil || p.List == "" {
		return re.refuse(call, fmt.Errorf("pins cannot be verified, and a policy wants that (pins = \"block\"): %w", setup.ErrNoHome)), true
	}
	faults := p.FaultsSince(dir)
	if len(faults) == 0 {
		return 0, false
	}
	ans := action.Answer{Verdict: action.Block, Reason: re.faultText(faults)}
	var notes []string
	if re.policies.Audit().Logs(ans.Verdict) {
		r := record(call, ans)
		r.Rules = []string{pinsRule}
		notes = re.log(r, call, &ans)
	}
	re.said.Lock()
	return re.tell(call, ans, notes), true
}
