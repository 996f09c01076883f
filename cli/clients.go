package cli

import (
	"context"
	"os/exec"
	"regexp"
	"time"
)

// versionPatience bounds how long a client may take to tell its version: Claude
// Code takes less than a second, but Node on a loaded machine much longer.
const versionPatience = 30 * time.Second

// clientVersion asks a client's program for its version; "" if it does not tell.
func (c *Command) clientVersion(program string) string {
	host := c.host()
	file := host.Look(program)
	if file == "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), versionPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, file, "--version")
	cmd.Env, cmd.WaitDelay = c.Environ, time.Second
	out, _ := cmd.Output()
	return regexp.MustCompile(`\d+\.\d+\.\d+`).FindString(string(out))
}
