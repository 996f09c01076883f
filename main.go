// Command venv-guard judges an agent's tool call before it runs.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/venv-guard/venv-guard/cli"
)

func main() {
	// A client that closed the pipe must still learn the exit status: death by
	// a signal means "go on" to it.
	signal.Ignore(syscall.SIGPIPE)
	cmd := cli.Command{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ()}
	cmd.Dir, _ = os.Getwd()
	cmd.Program, _ = os.Executable()
	os.Exit(cmd.Main(os.Args[1:]))
}
