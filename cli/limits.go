package cli

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/internal/state"
	"github.com/venv-guard/venv-guard/internal/terminal"
	"github.com/venv-guard/venv-guard/limit"
)

const limitsUsage = `usage: venv-guard limits [--json]
       venv-guard limits reset COUNTER
       venv-guard limits reset --all

Lists the counters of the limits that policies set (limit = { … } of a rule) in
which something counts now: how much of what fits is used and left, when the
next fits (if nothing counts meanwhile), and what the counter is kept for.

  --json  print an array of objects with counter, policy, scope, of, window
          (seconds), max, used, left, wait (seconds), and error for a file that
          cannot be read
  reset   forget what counters of this name hold (of all sessions, projects, …),
          or with --all everything. It is for a human: without a terminal on
          standard input it is refused, and the built-in rules keep agents from it

Counters stand in limits/ of $XDG_STATE_HOME/venv-guard
(~/.local/state/venv-guard). A counter that cannot be written blocks the calls
that it is for; one that is damaged is put aside and counts as full for one
window. Nothing waits for the disk: a power cut may lose the last seconds.

Exit status: 0 done; 1 something could not be read or reset; 64 wrong usage.
`

// limits tells how counters stand, and resets them.
func (c *Command) limits(args []string) int {
	verb := ""
	if len(args) > 0 && args[0] == "reset" {
		verb, args = "reset", args[1:]
	}
	fs := flag.NewFlagSet("limits", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	var asJSON, all bool
	if verb == "" {
		fs.BoolVar(&asJSON, "json", false, "")
	} else {
		fs.BoolVar(&all, "all", false, "")
	}
	operands, err := parseMixed(fs, args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(c.Stdout, limitsUsage)
		return ExitOK
	} else if err != nil {
		return c.usage("limits", err.Error())
	}
	if verb == "" && len(operands) > 0 {
		return c.usage("limits", "cannot make sense of "+strings.Join(operands, " "))
	}
	if verb == "reset" && (all && len(operands) > 0 || !all && (len(operands) != 1 || operands[0] == "")) {
		return c.usage("limits", "reset wants the name of one counter, or --all")
	}
	dir, err := state.Dir(c.Environ)
	if err != nil {
		c.errorf("limits: %v", err)
		return ExitFailure
	}
	store := &limit.Store{State: dir}
	if verb == "reset" {
		return c.limitsReset(store, strings.Join(operands, ""))
	}
	return c.limitsList(store, asJSON)
}

func (c *Command) limitsReset(store *limit.Store, name string) int {
	if !terminal.Is(c.Stdin) {
		c.errorf("limits reset is for a human at a terminal, and standard input is none")
		c.hintf("an agent that meets a limit waits, or asks the user; venv-guard limits tells when a counter is free again")
		return ExitFailure
	}
	n, err := store.Reset(name)
	switch {
	case err != nil:
		c.errorf("limits: %v", err)
	case n == 0 && name != "":
		c.errorf("no counter of the name %s holds anything", plain(name))
		c.hintf("venv-guard limits lists the counters")
	case n == 0:
		fmt.Fprintln(c.Stdout, "no counter holds anything")
		return ExitOK
	default:
		fmt.Fprintf(c.Stdout, "%d counters reset\n", n)
		return ExitOK
	}
	return ExitFailure
}

func (c *Command) limitsList(store *limit.Store, asJSON bool) int {
	list, err := store.List()
	if err != nil {
		c.errorf("limits: %v", err)
		return ExitFailure
	}
	slices.SortFunc(list, func(a, b limit.Status) int {
		return cmp.Or(cmp.Compare(a.Policy, b.Policy), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Of, b.Of), cmp.Compare(a.File, b.File))
	})
	if asJSON {
		return c.limitsJSON(list)
	}
	exit := ExitOK
	for i := range list {
		st := &list[i]
		if st.Err != nil {
			c.errorf("%s: %v", plain(st.File), st.Err)
			exit = ExitFailure
			continue
		}
		next := "free"
		if st.Wait > 0 {
			next = "next in " + span(st.Wait)
		}
		fmt.Fprintf(c.Stdout, "%-24s %d of %d used, %d left, %s\n", oneLine(st.Name, 60), st.Used, st.Max, st.Max-st.Used, next)
		fmt.Fprintf(c.Stdout, "    %s; %s; policy %s\n", allowance(&st.Counter), oneLine(st.Where(), 200), oneLine(st.Policy, 200))
	}
	if len(list) == 0 {
		fmt.Fprintln(c.Stdout, "no counter holds anything")
	}
	return exit
}

// limitsJSON is the documented form of limits --json.
func (c *Command) limitsJSON(list []limit.Status) int {
	type counter struct {
		Counter string  `json:"counter"`
		Policy  string  `json:"policy"`
		Scope   string  `json:"scope"`
		Of      string  `json:"of"`
		Window  float64 `json:"window"`
		Max     int     `json:"max"`
		Used    int     `json:"used"`
		Left    int     `json:"left"`
		Wait    float64 `json:"wait"`
		Error   string  `json:"error,omitempty"`
	}
	exit := ExitOK
	out := []counter{}
	for i := range list {
		st := &list[i]
		n := counter{st.Name, st.Policy, st.Scope, st.Where(), st.Window.Seconds(), st.Max, st.Used, st.Max - st.Used, math.Ceil(st.Wait.Seconds()), ""}
		if st.Err != nil {
			n.Error = fmt.Sprintf("%s: %v", st.File, st.Err)
			exit = ExitFailure
		}
		out = append(out, n)
	}
	return max(exit, c.encode(out))
}
