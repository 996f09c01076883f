// Package cli holds the subcommands of venv-guard, one file each. What a
// command needs of the process (streams, environment, directory) are fields of
// Command, so that tests need no globals.
package cli

import (
	"fmt"
	"io"
	"runtime"

	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/world"
)

// Exit statuses, the same for every subcommand.
const (
	ExitOK      = 0  // ALLOW, PASS, or done
	ExitFailure = 1  // the command ran and its answer is "no": a pin does not match
	ExitBlock   = 2  // BLOCK
	ExitAsk     = 3  // ASK (check only; the hook tells the client by JSON)
	ExitUsage   = 64 // the command line is wrong (EX_USAGE of sysexits.h)
)

// Command is one run of the program.
type Command struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Environ        []string // "NAME=value", as os.Environ gives it
	Dir            string   // working directory
	FS             world.FS // nil means the real disk
	ManagedPolicy  string   // the administrator's policy; "" means the usual file
	Program        string   // the guard's own file; "" where it is not known
	ManagedRoot    string   // stands before the paths of clients' managed settings
}

// world is all that a decision may see of the machine.
func (c *Command) world() classify.World {
	w := classify.World{FS: c.FS, Environ: c.Environ, Program: world.FromWindows(c.Program)}
	if runtime.GOOS == "windows" {
		w.Environ = world.EnvironFromWindows(c.Environ)
	}
	return w
}

// Main runs the subcommand that args name, the hook if there are none, and
// returns the exit status.
func (c *Command) Main(args []string) int {
	if runtime.GOOS == "windows" {
		c.Environ = world.WithHome(c.Environ)
	}
	if c.FS == nil {
		c.FS = world.OS{}
	}
	if len(args) == 0 {
		return c.hook(nil)
	}
	switch name, rest := args[0], args[1:]; name {
	case "hook":
		return c.hook(rest)
	case "check":
		return c.check(rest)
	case "gate":
		return c.gate(rest)
	case "rules":
		return c.rules(rest)
	case "policy":
		return c.policy(rest)
	case "simulate":
		return c.simulate(rest)
	case "audit":
		return c.audit(rest)
	case "report":
		return c.report(rest)
	case "approve":
		return c.approve(rest)
	case "deny":
		return c.deny(rest)
	case "approvals":
		return c.approvals(rest)
	case "install":
		return c.install(rest)
	case "uninstall":
		return c.uninstall(rest)
	case "status":
		return c.status(rest)
	case "doctor":
		return c.doctor(rest)
	case "limits":
		return c.limits(rest)
	case "run-hook":
		return c.runHook(rest)
	case "verify":
		return c.verify(rest)
	case "trust":
		return c.trust(rest)
	case "completion":
		return c.completion(rest)
	case "-h", "--help", "help":
		return c.help(rest)
	case "--version", "version":
		return c.version()
	default:
		c.errorf("unknown command %q", name)
		c.hintf("venv-guard --help lists the commands")
		return ExitUsage
	}
}

// errorf and hintf write to standard error: one line of what is wrong, lower
// case and without a full stop, then lines of what to do.
func (c *Command) errorf(format string, args ...any) {
	fmt.Fprintf(c.Stderr, "venv-guard: error: "+format+"\n", args...)
}

func (c *Command) hintf(format string, args ...any) {
	fmt.Fprintf(c.Stderr, "venv-guard: hint: "+format+"\n", args...)
}
