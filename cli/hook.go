package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
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
	if len(args) > 0 {
		if args[0] == "-h" || args[0] == "--help" {
			fmt.Fprint(c.Stdout, hookUsage)
			return ExitOK
		}
		// Exit status 64 would let the call through.
		return c.refuse(action.Call{}, fmt.Errorf("the hook takes no arguments, but was started with %q", args))
	}
	var call action.Call
	var answer sync.Mutex // held by whoever answers; never given back
	watchdog := time.AfterFunc(patience, func() {
		if answer.TryLock() {
			c.refuse(action.Call{}, fmt.Errorf("no answer after %v: standard input was not closed, or the disk does not answer", patience))
			os.Exit(ExitBlock)
		}
	})
	defer watchdog.Stop()
	defer func() {
		if r := recover(); r != nil {
			answer.TryLock()
			exit = c.refuse(call, fmt.Errorf("internal error: %v; this is a bug in the guard, please report the command", r))
		}
	}()
	call, err := hook.Decode(c.Stdin)
	if err != nil {
		answer.Lock()
		return c.refuse(call, err)
	}
	if call.Shell == action.ShellNone && call.Input == "" {
		return ExitOK
	}
	if call.Dir == "" {
		call.Dir = filepath.ToSlash(c.Dir)
	}
	if !classify.Governed(call) {
		return ExitOK
	}
	set, err := c.policies(call.Dir)
	if err != nil {
		answer.Lock()
		return c.refuse(call, brokenPolicy(err))
	}
	dec := classify.Decider{Packs: set.Packs, Policy: set}.Decide(call, classify.World{FS: c.FS, Environ: c.Environ})
	answer.Lock()
	return hook.Encode(c.Stdout, c.Stderr, call, action.Answer{Verdict: dec.Verdict, Reason: dec.Reason()})
}

// patience is how long a call may take before it is blocked unjudged. Clients
// let the call through when a hook exceeds its time limit, which baseline
// settings set to 10 s; a verdict takes milliseconds.
const patience = 8 * time.Second

// refuse blocks a call that could not be judged.
func (c *Command) refuse(call action.Call, err error) int {
	return hook.Encode(c.Stdout, c.Stderr, call, action.Answer{
		Verdict: action.Block,
		Reason:  "The tool call could not be judged, so it was blocked: " + err.Error(),
	})
}
