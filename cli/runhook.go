package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"

	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/trust"
)

const runHookUsage = `usage: venv-guard run-hook [--file FILE] PATH [ARGUMENT…]

Runs another hook if its bytes are those that were pinned, and nothing else: the
file is read once into a copy that nobody can change, the copy is compared with
the pin, and the copy is run. Write this in front of a hook's command in a
client's settings, after venv-guard trust PATH:

  "command": "/usr/local/bin/venv-guard run-hook /home/ann/hooks/lint.sh --fast"

Standard input and output and the exit status are the hook's. Its first argument
word, $0, is a descriptor; VENV_GUARD_HOOK has its PATH. What it loads beside
itself is not pinned by this.

  --file FILE  the list of pins, trusted-hooks.yaml; without it, the user's, in
               $XDG_CONFIG_HOME/venv-guard (~/.config/venv-guard)

Exit status: the hook's; 2 with a reason if it was not run.
`

// runHook runs a pinned program. Whatever goes wrong ends in exit status 2,
// which blocks the call that the hook was to judge.
func (c *Command) runHook(args []string) (status int) {
	defer func() {
		if r := recover(); r != nil {
			status = c.notRun("internal error: %v", r)
		}
	}()
	flags := flag.NewFlagSet("run-hook", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	list := flags.String("file", policy.PinFile(c.Environ), "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		io.WriteString(c.Stdout, runHookUsage)
		return ExitOK
	case err != nil:
		return c.notRun("%v; venv-guard run-hook --help says how to use it", err)
	case flags.NArg() == 0:
		return c.notRun("no hook is named; venv-guard run-hook --help says how to use it")
	case *list == "":
		return c.notRun("there is no list of pins, because HOME is not set; name one with --file")
	}
	name := c.pinAbs(flags.Arg(0))
	*list = c.pinAbs(*list)
	f, err := trust.Load(*list)
	if errors.Is(err, fs.ErrNotExist) {
		return c.notRun("%s: nothing is pinned; after a look at the hook: venv-guard trust --file %[1]s %s", *list, name)
	} else if err != nil {
		return c.notRun("%v; mend the list of pins", err)
	}
	if f.Warning != "" {
		return c.notRun("%s: the list of pins proves nothing: %s", *list, f.Warning)
	}
	sum, ok := f.Sum(name)
	if !ok {
		return c.notRun("%s: is not pinned in %s; after a look at it: venv-guard trust --file %[2]s %[1]s", name, *list)
	}
	p, err := trust.Copy(name, sum)
	if err != nil {
		if errors.Is(err, trust.ErrChanged) {
			err = fmt.Errorf("%w; after a look at what changed: venv-guard trust --file %s %s", err, *list, name)
		}
		return c.notRun("%v", err)
	}
	defer p.Close()
	return c.start(p, name, flags.Args()[1:])
}

// notRun blocks the call.
func (c *Command) notRun(format string, args ...any) int {
	fmt.Fprintf(c.Stderr, "venv-guard: the hook was not run, so the call is blocked: "+format+"\n", args...)
	return ExitBlock
}

// start runs the copy, in this process's place where it can.
func (c *Command) start(p *trust.Program, name string, args []string) int {
	environ := append(c.Environ[:len(c.Environ):len(c.Environ)], "VENV_GUARD_HOOK="+name)
	if c.Stdin == io.Reader(os.Stdin) && c.Stdout == io.Writer(os.Stdout) {
		if err := become(p, name, args, environ); err != nil {
			return c.notRun("%s: %v", name, err)
		}
	}
	cmd := exec.Command(p.Path, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env, cmd.Dir = c.Stdin, c.Stdout, c.Stderr, environ, c.Dir
	if p.File != nil {
		cmd.Path, cmd.ExtraFiles = "/proc/self/fd/3", []*os.File{p.File}
	}
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() >= 0 {
		return exit.ExitCode()
	} else if err != nil { // death by a signal means "go on" to clients
		return c.notRun("%s: %v", name, err)
	}
	return ExitOK
}
