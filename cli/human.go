package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/venv-guard/venv-guard/internal/terminal"
)

// agentVariables are set in the shells that agents run commands in: Claude Code,
// Gemini CLI, Codex, Cursor, OpenCode, Cline (their documentation).
var agentVariables = [...]string{"CLAUDECODE", "GEMINI_CLI", "CODEX_SANDBOX", "CODEX_THREAD_ID", "CURSOR_AGENT", "OPENCODE", "CLINE_ACTIVE"}

// human returns the terminal that a human sits at. It is an error if none can:
// what only a human may do is not done for an agent.
func (c *Command) human() (io.ReadWriteCloser, error) {
	if err := c.agentShell(); err != nil {
		return nil, err
	}
	if !terminal.Is(c.Stdin) || !terminal.Is(c.Stdout) {
		return nil, errors.New("this wants a human at a terminal, for standard input and output alike")
	}
	if runtime.GOOS == "windows" {
		return console{c.Stdin, c.Stdout}, nil
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("this wants a human at a terminal: %w", err)
	}
	return tty, nil
}

// agentShell is an error if a variable tells that an agent started this.
func (c *Command) agentShell() error {
	for _, name := range agentVariables {
		if getenv(c.Environ, name) != "" {
			return fmt.Errorf("this is an agent's shell (%s is set): a human does this in a terminal of their own", name)
		}
	}
	return nil
}

type console struct {
	io.Reader
	io.Writer
}

func (console) Close() error { return nil }

// confirm asks at the terminal, and reports whether the answer was yes, written
// out.
func confirm(tty io.ReadWriter, question string) (bool, error) {
	if _, err := fmt.Fprintf(tty, "%s Type yes: ", question); err != nil {
		return false, err
	}
	line, err := bufio.NewReader(io.LimitReader(tty, 256)).ReadString('\n')
	if err != nil && err != io.EOF {
		return false, err
	}
	return strings.EqualFold(strings.TrimSpace(line), "yes"), nil
}
