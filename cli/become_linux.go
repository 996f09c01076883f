package cli

import (
	"errors"
	"os/signal"
	"syscall"

	"github.com/venv-guard/venv-guard/trust"
)

// become replaces this process by a program that is a descriptor. It returns if
// the program is none, or cannot be started. A script without a first line that
// names its interpreter is one for sh, as execvp(3) has it.
func become(p *trust.Program, name string, args, environ []string) error {
	if p.File == nil {
		return nil
	}
	signal.Reset(syscall.SIGPIPE) // main ignores it, and a process inherits that
	err := syscall.Exec(p.Path, append([]string{name}, args...), environ)
	if errors.Is(err, syscall.ENOEXEC) {
		err = syscall.Exec("/bin/sh", append([]string{"sh", p.Path}, args...), environ)
	}
	return err
}
