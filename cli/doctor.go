package cli

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/internal/state"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/setup"
	"github.com/venv-guard/venv-guard/trust"
	"github.com/venv-guard/venv-guard/world"
)

const doctorUsage = `usage: venv-guard doctor [--live]

Examines whether the guard guards, one line a check, and says after "mend:" what
to do about what does not: the binary, every settings file of every client that
is on this machine or was set up, read as the client reads it, the three
layers, the pins, the policies, the state directory, shells and environments.

  --live  also start every registered command line as its client would, with a
          command that must be blocked and one that must not. The clients
          themselves are not started: they would need their models.

  ok      as it should be
  warn    works, but could be better, or cannot be told from outside
  FAIL    does not guard

Colours are used on terminals, unless NO_COLOR is set.

Exit status: 0 nothing fails; 1 something does; 64 wrong usage.
`

// An examiner is one run of doctor.
type examiner struct {
	*Command
	host   setup.Host
	colour bool
	failed bool
}

// doctor examines the installation.
func (c *Command) doctor(args []string) int {
	flags := flag.NewFlagSet("doctor", flag.ContinueOnError)
	live := flags.Bool("live", false, "")
	if status, ok := c.parsePinFlags(flags, doctorUsage, args); !ok {
		return status
	}
	if flags.NArg() > 0 {
		return c.usage("doctor", fmt.Sprintf("unexpected argument %q", flags.Arg(0)))
	}
	ex := &examiner{Command: c, host: c.host(), colour: c.colours()}
	record, err := c.installs()
	if err != nil {
		ex.tell(setup.Finding{Level: setup.Bad, Topic: "record", Text: err.Error(), Mend: "venv-guard install"})
		record = &setup.Record{}
	}
	ex.binaries(record)
	clients := ex.clients(record)
	ex.pins()
	set := ex.policy()
	ex.state()
	ex.shells()
	ex.environments()
	if *live {
		ex.live(clients, record, set)
	}
	if ex.failed {
		return ExitFailure
	}
	return ExitOK
}

// colours reports whether output is for a human at a terminal.
func (c *Command) colours() bool {
	f, ok := c.Stdout.(*os.File)
	if !ok || c.pinEnv("NO_COLOR") != "" || c.pinEnv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// tell prints one finding.
func (ex *examiner) tell(f setup.Finding) {
	word, colour := "ok", "32"
	switch f.Level {
	case setup.Note:
		word, colour = "warn", "33"
	case setup.Bad:
		word, colour = "FAIL", "31"
		ex.failed = true
	}
	word = fmt.Sprintf("%-4s", word)
	if ex.colour {
		word = "\x1b[" + colour + "m" + word + "\x1b[0m"
	}
	text := plain(f.Text)
	if f.Mend != "" {
		text += "; mend: " + f.Mend
	}
	fmt.Fprintf(ex.Stdout, "%s  %-12s %s\n", word, f.Topic, text)
}

func (ex *examiner) say(level setup.Level, topic, mend, format string, args ...any) {
	ex.tell(setup.Finding{Level: level, Topic: topic, Text: fmt.Sprintf(format, args...), Mend: mend})
}

// binaries looks at the programs that are registered.
func (ex *examiner) binaries(record *setup.Record) {
	var seen []string
	for _, in := range record.Installs {
		if slices.Contains(seen, in.Binary) {
			continue
		}
		seen = append(seen, in.Binary)
		for _, f := range setup.CheckBinary(in.Binary) {
			ex.tell(f)
		}
	}
	if self, err := os.Executable(); err == nil && len(seen) > 0 && !slices.ContainsFunc(seen, func(b string) bool { return sameFile(b, self) }) {
		ex.say(setup.Note, "binary", "run the registered one, or venv-guard install with this one", "this is %s, another program than the registered one", self)
	}
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// clients looks at the settings of every client, and returns those that the
// guard is in.
func (ex *examiner) clients(record *setup.Record) []*setup.Client {
	var in []*setup.Client
	for _, cl := range setup.Clients() {
		host, expected := ex.hostOf(cl, record)
		findings, guarded := host.Examine(cl, expected)
		for _, f := range findings {
			ex.tell(f)
		}
		if guarded {
			in = append(in, cl)
		}
	}
	if len(in) == 0 {
		ex.say(setup.Bad, "clients", "venv-guard install", "the guard is installed in none")
	}
	return in
}

// hostOf is the machine as a client sees it from the project that it was set up
// in, which this directory may be below, and whether the guard is to be in it.
func (ex *examiner) hostOf(cl *setup.Client, record *setup.Record) (host setup.Host, expected bool) {
	host = ex.host
	for _, in := range record.Installs {
		if in.Client == cl.Name && in.Concerns(ex.Dir) {
			expected = true
			host.Dir = cmp.Or(in.Dir, host.Dir)
		}
	}
	return host, expected
}

// pins is layer 3.
func (ex *examiner) pins() {
	re := &reply{Command: ex.Command}
	p := re.pinned(ex.Dir)
	p.Require = true
	if p.List == "" {
		ex.say(setup.Bad, "pins", "set HOME", "layer 3: %v", setup.ErrNoHome)
		return
	}
	faults := p.Faults()
	for _, f := range faults {
		ex.say(setup.Bad, "pins", f.Mend, "layer 3: %s: %s", f.File, f.What)
	}
	if len(faults) == 0 {
		ex.say(setup.Good, "pins", "", "layer 3: all that is pinned in %s is as it was", p.List)
	}
}

// policy says whether the policies for this directory can be read.
func (ex *examiner) policy() *policy.Set {
	set, err := ex.policies(ex.Dir)
	if err != nil {
		ex.say(setup.Bad, "policy", checkPolicy, "every call is blocked: %v", err)
		return nil
	}
	if len(set.Policies) == 0 {
		ex.say(setup.Good, "policy", "", "none beside the built-in rules")
		return set
	}
	var names []string
	for _, p := range set.Policies {
		names = append(names, p.Name)
	}
	ex.say(setup.Good, "policy", "", "read %s", strings.Join(names, ", "))
	re := &reply{Command: ex.Command}
	list, err := trust.Load(re.pinned(ex.Dir).List)
	if err != nil {
		return set // see pins
	}
	for _, p := range set.Policies {
		if _, pinned := list.Sum(p.Name); !pinned && p.Layer == policy.User {
			ex.say(setup.Note, "policy", "venv-guard install pins it", "%s is not pinned: nobody would notice that it changed", p.Name)
		}
	}
	return set
}

// state looks at where the guard keeps its log.
func (ex *examiner) state() {
	dir, err := state.Dir(ex.Environ)
	if err != nil {
		ex.say(setup.Bad, "state", "set HOME", "%v, so nothing is logged", err)
		return
	}
	info, err := os.Stat(dir)
	switch {
	case os.IsNotExist(err):
		ex.say(setup.Good, "state", "", "%s: not there yet, the first record makes it", dir)
		return
	case err != nil:
		ex.say(setup.Bad, "state", "make it readable and writable for you", "%v, so nothing is logged", err)
		return
	case !info.IsDir():
		ex.say(setup.Bad, "state", "move it away", "%s: not a directory, so nothing is logged", dir)
		return
	case info.Mode().Perm()&0o077 != 0 && filepath.Separator == '/':
		ex.say(setup.Note, "state", "chmod 700 "+dir, "%s: others can look into it (%v)", dir, info.Mode().Perm())
		return
	}
	probe, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		ex.say(setup.Bad, "state", "make it writable for you", "%v, so nothing is logged", err)
		return
	}
	probe.Close()
	os.Remove(probe.Name())
	if aside, _ := filepath.Glob(filepath.Join(dir, "*.corrupt-*")); len(aside) > 0 {
		ex.say(setup.Note, "state", "venv-guard audit verify; delete it when you know why", "%s was damaged and put aside", aside[0])
		return
	}
	ex.say(setup.Good, "state", "", "%s: can be written", dir)
}

// shells tells which shells may run what agents type.
func (ex *examiner) shells() {
	var found []string
	for _, sh := range []string{"bash", "zsh", "dash", "fish", "pwsh"} {
		if file := ex.host.Look(sh); file != "" {
			found = append(found, file)
		}
	}
	user := ex.host.Getenv("SHELL")
	switch base := filepath.Base(user); {
	case user == "":
		ex.say(setup.Good, "shells", "", "SHELL is not set, so commands are read as bash and as zsh do; there are %s", strings.Join(found, ", "))
	case base == "fish" || base == "nu" || base == "tcsh" || base == "csh":
		ex.say(setup.Note, "shells", "have agents use bash or zsh", "SHELL is %s, whose language is not read; clients mostly run bash instead; there are %s", user, strings.Join(found, ", "))
	default:
		ex.say(setup.Good, "shells", "", "SHELL is %s; there are %s", user, strings.Join(found, ", "))
	}
}

// environments tells which virtual environments are in sight.
func (ex *examiner) environments() {
	var found []string
	dirs, _ := filepath.Glob(filepath.Join(ex.Dir, "*", "pyvenv.cfg"))
	hidden, _ := filepath.Glob(filepath.Join(ex.Dir, ".*", "pyvenv.cfg"))
	for _, cfg := range append(dirs, hidden...) {
		if dir := filepath.Dir(cfg); !slices.Contains(found, dir) {
			found = append(found, dir)
		}
	}
	if active := ex.host.Getenv("VIRTUAL_ENV"); active != "" {
		if isThere(filepath.Join(active, "pyvenv.cfg")) {
			found = append(found, active+" (active)")
		} else {
			ex.say(setup.Note, "environments", "deactivate, or make it anew: python3 -m venv "+active, "VIRTUAL_ENV is %s, which is no virtual environment: pyvenv.cfg is missing", active)
		}
	}
	for _, name := range []string{".venv", "venv"} {
		dir := filepath.Join(ex.Dir, name)
		if isThere(filepath.Join(dir, "bin")) && !isThere(filepath.Join(dir, "pyvenv.cfg")) {
			ex.say(setup.Note, "environments", "make it anew: python3 -m venv "+dir, "%s looks like a virtual environment and is none: pyvenv.cfg is missing", dir)
		}
	}
	if len(found) == 0 {
		ex.say(setup.Good, "environments", "", "none in %s; python3 -m venv .venv makes one", ex.Dir)
		return
	}
	ex.say(setup.Good, "environments", "", "%s", strings.Join(found, ", "))
}

// live starts what is registered.
func (ex *examiner) live(clients []*setup.Client, record *setup.Record, set *policy.Set) {
	canary := setup.Canary{Blocked: ex.canary(set), Harmless: "true"}
	for _, cl := range clients {
		host, _ := ex.hostOf(cl, record)
		for _, f := range host.Live(cl, canary) {
			ex.tell(f)
		}
	}
	ex.say(setup.Note, "live", "ask the agent to run "+canary.Blocked, "the clients themselves were not started: they would need their models")
}

// canary returns a command that the policies here block: an install, or, where
// that is allowed, what no shell can read.
func (ex *examiner) canary(set *policy.Set) string {
	const install = "pip install --user venv-guard-canary"
	if set != nil {
		call := action.Call{Event: "PreToolUse", Tool: "Bash", Shell: action.ShellPOSIX, Command: install, Dir: filepath.ToSlash(ex.Dir)}
		dec := classify.Decider{Packs: set.Packs, Policy: set}.Decide(call, classify.World{FS: world.OS{}, Environ: ex.Environ})
		if dec.Verdict != action.Block {
			return "venv-guard-canary ("
		}
	}
	return install
}
