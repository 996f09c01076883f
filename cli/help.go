package cli

import (
	"fmt"
	"runtime/debug"
)

const usage = `usage: venv-guard [COMMAND]

Judges a coding agent's tool call before it runs: package operations that would
change anything but the project are blocked, with the command to use instead.

  hook       judge one tool call, given as JSON on standard input; what runs
             when no command is named
  check      explain the verdict on a command
  gate       judge what other programs are about to do, request by request
  rules      list, show and test what is built in
  policy     check, show, lint and test policies, import those of other gates,
             and suggest rules for calls that should have passed
  simulate   tell what the policies say of one action
  approve    approve a call that waits for a human
  deny       say no to it
  approvals  list, show and revoke approvals
  audit      look into the log of decisions, verify, seal and export it
  report     tell what was stopped and what agents changed, also as HTML
  install    register the guard with the clients on this machine
  uninstall  take it out again
  status     list where it is registered
  doctor     examine whether it guards, and say how to mend what does not
  limits     tell how the counters of limits stand, reset them
  verify     check the pinned SHA-256 sums of hooks and settings
  trust      pin files, or renew their pins
  run-hook   run another hook if it is as it was pinned
  completion make a shell complete these words
  version    print the version

venv-guard COMMAND --help says more about each.

Rules of your own, and settings that move the built-in ones to block, ask,
allow or off, stand in $XDG_CONFIG_HOME/venv-guard/policy.toml
(~/.config/venv-guard/policy.toml), an administrator's in
/etc/venv-guard/policy.toml, a project's in .venv-guard.toml (it can only make
things stricter, unless you pin it):

  [categories]
  system-packages = "ask"
  [rules]
  "go/build-output" = "block"
  [[rule]]
  id = "no-force-push"
  action = "shell.exec"
  match = { command = "git push*--force*" }
  verdict = "ask"

Exit status: 0 ALLOW, PASS or done; 1 something does not hold; 2 BLOCK; 3 ASK
(check, simulate and gate --once only); 64 wrong usage.
`

// Usage returns the text of venv-guard --help.
func Usage() string { return usage }

func (c *Command) help(args []string) int {
	if len(args) > 0 && args[0] != "help" {
		return c.Main([]string{args[0], "--help"})
	}
	fmt.Fprint(c.Stdout, usage)
	return ExitOK
}

func (c *Command) version() int {
	v := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		v = info.Main.Version
	}
	fmt.Fprintln(c.Stdout, "venv-guard", v)
	return ExitOK
}
