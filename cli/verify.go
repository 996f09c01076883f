package cli

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/venv-guard/venv-guard/trust"
)

const verifyUsage = `usage: venv-guard verify [--git] [FILE]

Compares every file pinned in FILE with its SHA-256, one line each. Without
FILE: trusted-hooks.yaml in the current directory, else in
$XDG_CONFIG_HOME/venv-guard (~/.config/venv-guard).

  --git  Where there is no hash to compare (an entry without sha256, or a file
         that cannot be read), accept a file that git knows from exactly one
         commit and sees no local change in. This is weaker than a hash. A
         hash that does not match is never accepted.

A pin says that a file is what it was when it was pinned, no more. Whoever can
write the file and the list of pins can renew the pin: keep the list where
agents cannot write, and run this program from there.

Exit status: 0 every pin holds; 1 one does not, or nothing is pinned, or the
list cannot be read; 64 wrong usage.
`

// gitTimeout bounds git's part in one run of verify.
const gitTimeout = 20 * time.Second

// verify compares the pinned files with their pins.
func (c *Command) verify(args []string) int {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	git := flags.Bool("git", false, "")
	if status, ok := c.parsePinFlags(flags, verifyUsage, args); !ok {
		return status
	}
	if flags.NArg() > 1 {
		return c.usage("verify", fmt.Sprintf("unexpected argument %q", flags.Arg(1)))
	}
	name := c.pinFile(flags.Arg(0))
	f, err := trust.Load(name)
	if errors.Is(err, fs.ErrNotExist) {
		c.errorf("nothing is pinned: %s does not exist", plain(name))
		c.hintf("venv-guard trust FILE… pins files")
		return ExitFailure
	} else if err != nil {
		c.errorf("%v", err)
		return ExitFailure
	}
	if f.Warning != "" {
		c.pinLine("warning", name, f.Warning)
	}
	results := f.Verify()
	if len(results) == 0 {
		c.errorf("nothing is pinned in %s", plain(name))
		c.hintf("venv-guard trust FILE… pins files")
		return ExitFailure
	}
	ctx, cancel := context.WithTimeout(context.Background(), gitTimeout)
	defer cancel()
	status := ExitOK
	for _, r := range results {
		outcome, note := string(r.Status), ""
		switch r.Status {
		case trust.OK:
		case trust.Changed:
			note = fmt.Sprintf("want %.12s… got %.12s…", r.Want, r.Got)
		case trust.Unreadable:
			note = r.Err.Error()
		case trust.Unpinned:
			note = "no sha256"
		}
		if *git && (r.Status == trust.Unreadable || r.Status == trust.Unpinned) {
			if err := trust.Committed(ctx, r.File, c.Environ); err != nil {
				note += "; " + err.Error()
			} else {
				outcome, note = "ok (git)", "one commit, no local change: weaker proof than a hash"
			}
		}
		if !strings.HasPrefix(outcome, "ok") {
			status = ExitFailure
		}
		c.pinLine(outcome, r.Path, note)
	}
	return status
}

// pinLine prints the outcome for one file.
func (c *Command) pinLine(outcome, path, note string) {
	line := fmt.Sprintf("%-10s  %s", outcome, plain(path))
	if note != "" {
		line += "  " + note
	}
	fmt.Fprintln(c.Stdout, line)
}

// plain returns a path as it is if that is safe to print, else quoted.
func plain(path string) string {
	if !utf8.ValidString(path) || strings.ContainsFunc(path, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(path)
	}
	return path
}

// parsePinFlags parses the flags of verify and trust. If it says !ok, the
// command is over with status.
func (c *Command) parsePinFlags(flags *flag.FlagSet, help string, args []string) (status int, ok bool) {
	flags.SetOutput(io.Discard)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		io.WriteString(c.Stdout, help)
		return ExitOK, false
	case err != nil:
		return c.usage(flags.Name(), err.Error()), false
	}
	return 0, true
}

// pinFile returns the list of pins to use: the one named, else the current
// directory's, else the user's, else the one to create in the current
// directory.
func (c *Command) pinFile(name string) string {
	const base = "trusted-hooks.yaml"
	if name != "" {
		return c.pinAbs(name)
	}
	here := c.pinAbs(base)
	if isThere(here) {
		return here
	}
	config := c.pinEnv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(config) { // as its specification wants
		config = filepath.Join(cmp.Or(c.pinEnv("HOME"), c.pinEnv("USERPROFILE")), ".config")
	}
	if user := filepath.Join(config, "venv-guard", base); filepath.IsAbs(user) && isThere(user) {
		return user
	}
	return here
}

// isThere reports whether anything is at name, readable or not.
func isThere(name string) bool {
	_, err := os.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// pinAbs returns name as seen from the command's working directory.
func (c *Command) pinAbs(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(c.Dir, name)
}

// pinEnv returns the value of an environment variable, the last if there are
// several, or "".
func (c *Command) pinEnv(name string) string {
	for _, v := range slices.Backward(c.Environ) {
		if k, value, _ := strings.Cut(v, "="); k == name {
			return value
		}
	}
	return ""
}
