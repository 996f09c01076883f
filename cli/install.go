package cli

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/setup"
	"github.com/venv-guard/venv-guard/trust"
)

const installUsage = `usage: venv-guard install [--client NAME] [--scope user|project|managed]
                          [--strict] [--dry-run] [--binary FILE]

Registers this program as a hook with coding agents' clients, and shows what
that changes in their settings files. What else stands there stays as it is,
comments too; a copy of each file from before is kept beside it. Files that
cannot be parsed, or that the client itself would drop, are not touched. What
was written is read back as the client reads it, and undone if the guard would
not be found.

  --client NAME  claude, codex, gemini, copilot, cursor, opencode, windsurf,
                 cline, droid or kiro; all-found, the default, is all that are
                 on this machine
  --scope        whose settings: user (the default), project (the current
                 directory's), or managed (this machine's; needs its rights)
  --strict       also deny every pip install by Claude Code's own rules, that of
                 virtual environments too: for teams that install by uv or
                 poetry only
  --dry-run      show the changes and write nothing
  --binary FILE  register FILE instead of this program

The binary, the record of what was installed and the user's policy are pinned in
$XDG_CONFIG_HOME/venv-guard/trusted-hooks.yaml; after updating the binary, run
install again. venv-guard doctor --live proves that it works.

Exit status: 0 done; 1 something could not be installed; 64 wrong usage.
`

const uninstallUsage = `usage: venv-guard uninstall [--client NAME] [--scope user|project|managed]
                            [--dry-run]

Takes the guard out of the settings files of clients: what install added and
nobody changed since. Without --client: out of all of the scope. Policies and
the log stay, and sessions that run may keep the guard until they end. In an
agent's shell it is refused.

Exit status: 0 done; 1 something could not be taken out; 64 wrong usage.
`

const statusUsage = `usage: venv-guard status

Lists the settings files that the guard is installed in, and whether each still
has what install wrote. venv-guard doctor looks closer.

Exit status: 0 all is as installed; 1 nothing is installed, or something is
missing; 64 wrong usage.
`

// An installer is one run of install or uninstall.
type installer struct {
	*Command
	host   setup.Host
	record *setup.Record
	opt    setup.Options
	client string
	dry    bool
	failed bool
	wrote  bool
	gone   []string // binaries that were registered
}

// newInstaller reads the flags that install and uninstall share. If it says !ok,
// the command is over with status.
func (c *Command) newInstaller(name, help string, args []string, more func(*flag.FlagSet, *installer)) (in *installer, status int, ok bool) {
	in = &installer{Command: c, host: c.host()}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.StringVar(&in.client, "client", "all-found", "")
	scope := flags.String("scope", string(setup.User), "")
	flags.BoolVar(&in.dry, "dry-run", false, "")
	more(flags, in)
	if status, ok := c.parsePinFlags(flags, help, args); !ok {
		return nil, status, false
	}
	in.opt.Scope = setup.Scope(*scope)
	switch {
	case flags.NArg() > 0:
		return nil, c.usage(name, fmt.Sprintf("unexpected argument %q", flags.Arg(0))), false
	case in.opt.Scope != setup.User && in.opt.Scope != setup.Project && in.opt.Scope != setup.Managed:
		return nil, c.usage(name, fmt.Sprintf("unknown scope %q, want user, project or managed", *scope)), false
	case in.client != "all-found" && setup.Lookup(in.client) == nil:
		return nil, c.usage(name, fmt.Sprintf("unknown client %q", in.client)), false
	}
	var err error
	if in.record, err = c.installs(); err != nil {
		c.errorf("%v", err)
		return nil, ExitFailure, false
	}
	return in, 0, true
}

// host is the machine as clients see it. Each program is asked for its version
// once: some take a second.
func (c *Command) host() setup.Host {
	known := map[string]string{}
	return setup.Host{Environ: c.Environ, Dir: c.Dir, Root: c.ManagedRoot, Version: func(program string) string {
		v, ok := known[program]
		if !ok {
			v = c.clientVersion(program)
			known[program] = v
		}
		return v
	}}
}

// installs reads the record of what is installed.
func (c *Command) installs() (*setup.Record, error) {
	list := policy.PinFile(c.Environ)
	if list == "" {
		return nil, setup.ErrNoHome
	}
	return setup.LoadRecord(filepath.Dir(list))
}

// install registers the guard with clients.
func (c *Command) install(args []string) int {
	in, status, ok := c.newInstaller("install", installUsage, args, func(f *flag.FlagSet, in *installer) {
		f.BoolVar(&in.opt.Strict, "strict", false, "")
		f.StringVar(&in.opt.Binary, "binary", "", "")
	})
	if !ok {
		return status
	}
	var err error
	if in.opt.Binary, err = c.binary(in.opt.Binary); err != nil {
		c.errorf("%v", err)
		return ExitFailure
	}
	clients := in.clients(func(cl *setup.Client) bool { return cl.Found(&in.host) != "" })
	if len(clients) == 0 {
		c.errorf("no client was found on this machine")
		c.hintf("name one with --client: claude, codex, gemini, …")
		return ExitFailure
	}
	for _, cl := range clients {
		ch, err := in.host.PlanInstall(cl, in.opt, in.record)
		in.do(cl, ch, err)
	}
	status = in.finish()
	if rel, err := filepath.Rel(c.Dir, in.opt.Binary); err == nil && filepath.IsLocal(rel) {
		fmt.Fprintf(in.Stdout, "\nnote: %s is in this directory, where agents work; copy it to ~/.local/bin, and run install there\n", plain(in.opt.Binary))
	}
	if in.wrote {
		fmt.Fprintf(in.Stdout, "\nvenv-guard doctor --live says whether it guards\n")
	}
	return status
}

// uninstall takes the guard out again.
func (c *Command) uninstall(args []string) int {
	in, status, ok := c.newInstaller("uninstall", uninstallUsage, args, func(*flag.FlagSet, *installer) {})
	if !ok {
		return status
	}
	if err := c.agentShell(); err != nil && !in.dry {
		c.errorf("uninstall: %v", err)
		return ExitFailure
	}
	for _, cl := range in.clients(func(cl *setup.Client) bool {
		file, err := cl.File(&in.host, in.opt.Scope)
		return err == nil && isThere(file)
	}) {
		ch, err := in.host.PlanUninstall(cl, in.opt.Scope, in.record)
		if ch != nil && err == nil && !ch.Changes() && in.record.Find(ch.File) == nil && in.client == "all-found" {
			continue // no guard in it
		}
		in.do(cl, ch, err)
	}
	return in.finish()
}

// clients are those that were asked for. Of all that are found, those that have
// nothing of the scope are left out.
func (in *installer) clients(found func(*setup.Client) bool) []*setup.Client {
	if in.client != "all-found" {
		return []*setup.Client{setup.Lookup(in.client)}
	}
	var list []*setup.Client
	for _, cl := range setup.Clients() {
		if !found(cl) {
			continue
		}
		if _, err := cl.File(&in.host, in.opt.Scope); err != nil {
			fmt.Fprintf(in.Stdout, "%s: skipped: %v\n\n", cl.Title, err)
			continue
		}
		list = append(list, cl)
	}
	return list
}

// do shows a change, and makes it.
func (in *installer) do(cl *setup.Client, ch *setup.Change, err error) {
	if err != nil {
		in.failed = true
		in.errorf("%s: %v", cl.Title, err)
		return
	}
	backup, outcome := "", "nothing to change"
	if ch.Changes() {
		outcome = "would be changed"
		if !in.dry {
			if backup, err = ch.Apply(time.Now()); err != nil {
				in.failed = true
				in.errorf("%s: %v", cl.Title, err)
				if errors.Is(err, fs.ErrPermission) && in.opt.Scope == setup.Managed {
					in.hintf("the settings of this machine need its administrator: sudo %s install --scope managed", in.opt.Binary)
				}
				return
			}
			outcome = "changed"
		}
	}
	fmt.Fprintf(in.Stdout, "%s: %s: %s\n", cl.Title, plain(ch.File), outcome)
	in.Stdout.Write(ch.Diff())
	if backup != "" {
		fmt.Fprintf(in.Stdout, "  before: %s\n", plain(backup))
	}
	for _, n := range ch.Notes {
		fmt.Fprintf(in.Stdout, "  note: %s\n", n)
	}
	for _, n := range ch.Todo {
		fmt.Fprintf(in.Stdout, "  to do: %s\n", n)
	}
	if ch.Install != nil && !in.dry {
		in.examine(cl)
	}
	fmt.Fprintln(in.Stdout)
	if !in.dry {
		if old := in.record.Find(ch.File); old != nil {
			in.gone = append(in.gone, old.Binary)
		}
		in.record.Put(ch.File, ch.Install)
		in.wrote = true
	}
}

// examine tells what else keeps the guard from guarding in a client: another
// settings file, a switch.
func (in *installer) examine(cl *setup.Client) {
	findings, _ := in.host.Examine(cl, true)
	for _, f := range findings {
		if f.Level == setup.Bad {
			in.failed = true
			fmt.Fprintf(in.Stdout, "  FAIL: %s; mend: %s\n", plain(f.Text), f.Mend)
		}
	}
}

// finish writes down what was done, and pins what must not change from now on.
func (in *installer) finish() int {
	if in.wrote {
		err := in.record.Save()
		if err == nil {
			err = in.pin()
		}
		if home := cmp.Or(getenv(in.Environ, "HOME"), getenv(in.Environ, "USERPROFILE")); err == nil {
			list := policy.PinFile(in.Environ) // sudo keeps HOME on some systems
			err = setup.GiveBack(home, filepath.Dir(list), in.record.Name, list)
		}
		if err != nil {
			in.failed = true
			in.errorf("what was installed could not be pinned: %v", err)
		}
	}
	if in.failed {
		return ExitFailure
	}
	return ExitOK
}

// pin pins the record, the user's policy and each binary that is registered, and
// unpins what is not in use any more.
func (in *installer) pin() error {
	name := policy.PinFile(in.Environ)
	f, err := trust.Load(name)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = trust.New(name), nil
	}
	if err != nil {
		return err
	}
	var files []string
	if len(in.record.Installs) > 0 {
		files = append(files, in.record.Name)
	} else {
		in.gone = append(in.gone, in.record.Name)
	}
	if user := policy.UserFile(in.Environ); len(files) > 0 && isThere(user) {
		files = append(files, user)
	}
	for _, one := range in.record.Installs {
		files = append(files, one.Binary)
	}
	for _, file := range in.gone {
		if slices.Contains(files, file) {
			continue
		}
		if was, err := f.Unpin(file); err != nil {
			return err
		} else if was {
			in.pinLine("unpinned", file, "")
		}
	}
	for _, file := range files {
		change, path, sum, err := f.Pin(file)
		if err != nil {
			return err
		}
		if change != trust.Unchanged {
			in.pinLine(string(change), path, "sha256:"+sum[:12]+"…")
		}
	}
	return f.Save()
}

// binary returns the program to register: the one named, or this one.
func (c *Command) binary(name string) (string, error) {
	if name == "" {
		exe, err := os.Executable()
		if err != nil {
			return "", err
		}
		name = exe
		// Package managers put a link on PATH that outlives the version which
		// it leads to.
		host := c.host()
		if link := host.Look("venv-guard"); link != "" && sameFile(link, exe) {
			name = link
		}
	}
	name = c.pinAbs(name)
	info, err := os.Stat(name)
	switch base := strings.TrimSuffix(filepath.Base(name), ".exe"); {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s: not a regular file", name)
	case base != "venv-guard":
		return "", fmt.Errorf("%s: the program must be called venv-guard, by which its entries are found again", name)
	case strings.Contains(filepath.ToSlash(name), "/go-build"):
		return "", fmt.Errorf("%s: a program of go run is gone when it ends; build it first, or go install it", name)
	}
	return name, nil
}

// status lists what is installed.
func (c *Command) status(args []string) int {
	flags := flag.NewFlagSet("status", flag.ContinueOnError)
	if status, ok := c.parsePinFlags(flags, statusUsage, args); !ok {
		return status
	}
	if flags.NArg() > 0 {
		return c.usage("status", fmt.Sprintf("unexpected argument %q", flags.Arg(0)))
	}
	record, err := c.installs()
	if err != nil {
		c.errorf("%v", err)
		return ExitFailure
	}
	if len(record.Installs) == 0 {
		c.errorf("nothing is installed")
		c.hintf("venv-guard install registers the guard with the clients on this machine")
		return ExitFailure
	}
	status := ExitOK
	for i := range record.Installs {
		one := &record.Installs[i]
		outcome := "installed"
		if names, err := one.Missing(); err != nil {
			outcome = "broken: " + err.Error()
		} else if len(names) > 0 {
			outcome = "lacks " + strings.Join(names, ", ")
		}
		if outcome != "installed" {
			status = ExitFailure
		}
		fmt.Fprintf(c.Stdout, "%-9s %-8s %s  %s\n", one.Client, one.Scope, plain(one.File), outcome)
	}
	if status != ExitOK {
		c.hintf("venv-guard install puts it in order")
	}
	return status
}
