package cli

import (
	"errors"
	"flag"
	"io/fs"
	"path/filepath"

	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/trust"
)

const trustUsage = `usage: venv-guard trust [--file FILE] PATH…

Pins each PATH by its SHA-256, or renews its pin, in FILE. Without --file:
trusted-hooks.yaml in the current directory, else in
$XDG_CONFIG_HOME/venv-guard (~/.config/venv-guard); where there is neither, it
is made in the current directory. Where all PATHs are project policies,
.venv-guard.toml, it is always the one in $XDG_CONFIG_HOME/venv-guard. The other
lines of FILE stay as they are. If one PATH cannot be read, nothing is written.

Run this by hand, after you looked at what you pin: an agent that can renew pins
can change what they protect. The hook blocks it, baseline-settings.json denies
it, and in an agent's shell it is refused.

Exit status: 0 all are pinned; 1 failed, nothing was written; 64 wrong usage.
`

// trust adds pins and renews them.
func (c *Command) trust(args []string) int {
	flags := flag.NewFlagSet("trust", flag.ContinueOnError)
	file := flags.String("file", "", "")
	if status, ok := c.parsePinFlags(flags, trustUsage, args); !ok {
		return status
	}
	if flags.NArg() == 0 {
		return c.usage("trust", "no path to pin")
	}
	if err := c.agentShell(); err != nil {
		c.errorf("trust: %v", err)
		return ExitFailure
	}
	name := c.pinFile(*file)
	if list := policy.PinFile(c.Environ); *file == "" && list != "" && onlyPolicies(flags.Args()) {
		// Policies are looked up there and nowhere else.
		name = list
	}
	f, err := trust.Load(name)
	created := errors.Is(err, fs.ErrNotExist)
	if created {
		f, err = trust.New(name), nil
	}
	type line struct{ outcome, path, note string }
	var lines []line
	for _, path := range flags.Args() {
		if err != nil {
			break
		}
		var change trust.Change
		var entry, sum string
		if change, entry, sum, err = f.Pin(c.pinAbs(path)); err == nil {
			lines = append(lines, line{string(change), entry, "sha256:" + sum[:12] + "…"})
		}
	}
	if err == nil {
		err = f.Save()
	}
	if err != nil {
		c.errorf("%v", err)
		return ExitFailure
	}
	if created {
		c.pinLine("created", name, "")
	} else if f.Warning != "" {
		c.pinLine("warning", name, f.Warning)
	}
	for _, l := range lines {
		c.pinLine(l.outcome, l.path, l.note)
	}
	return ExitOK
}

// onlyPolicies reports whether all paths are those of projects' policies.
func onlyPolicies(paths []string) bool {
	for _, p := range paths {
		if filepath.Base(p) != policy.ProjectFile {
			return false
		}
	}
	return true
}
