// Command venv-guard judges an agent's tool call before it runs.
package main

import (
	"os"

	"github.com/venv-guard/venv-guard/cli"
)

func main() {
	cmd := cli.Command{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ()}
	cmd.Dir, _ = os.Getwd()
	os.Exit(cmd.Main(os.Args[1:]))
}
