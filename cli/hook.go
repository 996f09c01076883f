package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/hook"
)

const hookUsage = `usage: venv-guard [hook]

Reads one tool call as JSON on standard input, as clients give it to a
PreToolUse hook, and answers by exit status:

  0  go on: nothing is printed (or, on Claude Code, JSON that asks the user)
  2  blocked: JSON on standard output, the reason on standard error

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
	if len(args) > 0 { // exit status 64 would let the call through
		return re.refuse(call, fmt.Errorf("the hook takes no arguments, but was started with %q", args))
	}
	call, err := hook.Decode(c.Stdin)
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
		return ExitOK
	}
	set, err := c.policies(call.Dir)
	if err != nil {
		return re.refuse(call, brokenPolicy(err))
	}
	re.policies = set
	return re.decide(call, classify.Decider{Packs: set.Packs, Policy: set}.Decide(call, classify.World{FS: c.FS, Environ: c.Environ}))
}

// patience is how long a call may take before it is blocked unjudged. Clients
// let the call through when a hook exceeds its time limit, which baseline
// settings set to 10 s; a verdict takes milliseconds.
const patience = 8 * time.Second
