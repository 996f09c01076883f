package cli

import (
	"context"
	"os/exec"
	"regexp"
	"time"
)

// clientVersion asks a client's program for its version; "" if it does not tell
// within some seconds.
func (c *Command) clientVersion(program string) string {
	host := c.host()
	file := host.Look(program)
	if file == "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, file, "--version")
	cmd.Env, cmd.WaitDelay = c.Environ, time.Second
	out, _ := cmd.Output()
	return regexp.MustCompile(`\d+\.\d+\.\d+`).FindString(string(out))
}
