package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/hook"
)

const hookUsage = `usage: venv-guard [hook [--client NAME]]

Reads one tool call as JSON on standard input, as clients give it to a
PreToolUse hook, and answers by exit status:

  0  go on: nothing is printed (or, on Claude Code, JSON that asks the user;
     on Cursor and Cline, JSON that says no more than "go on")
  2  blocked: JSON on standard output, the reason on standard error

  --client NAME  who sends the input, where it does not show that itself:
                 ` + hook.Clients + `

Two more events of Claude Code are answered: at a SessionStart it verifies all
pins, and tells user and model what does not hold; a ConfigChange by which the
guard would be lost is refused with exit status 2, so that the settings before
it stay in force.

Whatever goes wrong ends in exit status 2 too, since clients take every other
status for "go on".
`

// hook judges one tool call. This is the only place where a failure of the
// guard itself, a panic included, becomes a Block.
func (c *Command) hook(args []string) (exit int) {
	if len(args) > 0 && (args[0] == "-h" || args[0] == "--help") {
		fmt.Fprint(c.Stdout, hookUsage)
		return ExitOK
	}
	var call action.Call
	re := &reply{Command: c, begin: time.Now()}
	watchdog := time.AfterFunc(patience, func() {
		if exit, told := re.expire(fmt.Errorf("no answer after %v: standard input was not closed, or the disk does not answer", patience)); told {
			os.Exit(exit)
		}
	})
	defer watchdog.Stop()
	defer func() {
		if r := recover(); r != nil {
			exit = re.refuse(call, fmt.Errorf("internal error: %v; this is a bug in the guard, please report the command", r))
		}
	}()
	client, err := hookClient(args)
	if err != nil { // exit status 64 would let the call through
		return re.refuse(call, err)
	}
	call, err = hook.DecodeFrom(c.Stdin, client)
	if err != nil {
		return re.refuse(call, err)
	}
	if call.Shell == action.ShellNone && call.Input == "" {
		return re.event(call)
	}
	if call.Dir == "" {
		call.Dir = filepath.ToSlash(c.Dir)
	}
	if !classify.Governed(call) {
		return re.tell(call, action.Answer{}, nil)
	}
	set, err := c.policies(call.Dir)
	if err != nil {
		return re.refuse(call, brokenPolicy(err))
	}
	re.policies = set
	if exit, held := re.heldByPins(call); held {
		return exit
	}
	dec := classify.Decider{Packs: set.Packs, Policy: set}.Decide(call, c.world())
	return re.decide(call, &dec)
}

// hookClient returns the client that the hook's arguments name, if they do.
func hookClient(args []string) (string, error) {
	name := ""
	switch {
	case len(args) == 0:
		return "", nil
	case len(args) == 2 && args[0] == "--client":
		name = args[1]
	case len(args) == 1 && strings.HasPrefix(args[0], "--client="):
		name = strings.TrimPrefix(args[0], "--client=")
	default:
		return "", fmt.Errorf("the hook takes no argument but --client NAME, and was started with %q; mend its entry in the client's settings", args)
	}
	client, ok := hook.ParseClient(name)
	if !ok {
		return "", fmt.Errorf("the hook was started with --client %q, which is none of %s; mend its entry in the client's settings", name, hook.Clients)
	}
	return client, nil
}

// patience is how long a call may take before it is blocked unjudged. Clients
// let the call through when a hook exceeds its time limit, which baseline
// settings set to 10 s; a verdict takes milliseconds.
const patience = 8 * time.Second
