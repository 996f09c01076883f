package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/policy/foreign"
)

const policyUsage = `usage: venv-guard policy import [--repair] FILE

Works with policies: what an administrator, a user or a project allow and
forbid beside the built-in rules.

  import  print a policy of SafeClaw (.safeclaw/policy.yaml,
          safeclaw.config.yaml) or PolicyLayer (policy.json) as a native one.
          Comments say where it means something else than its text may suggest.
          --repair mends YAML that has lost its indentation, and prints the
          mended text to standard error; nothing else ever mends a policy

Exit status: 0 done; 1 a policy is wrong; 64 wrong usage.
`

// policy works with policies.
func (c *Command) policy(args []string) int {
	if len(args) == 0 {
		return c.usage("policy", "one of import is wanted")
	}
	verb := args[0]
	fs := flag.NewFlagSet("policy", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	repair := fs.Bool("repair", false, "")
	if verb == "-h" || verb == "--help" {
		fmt.Fprint(c.Stdout, policyUsage)
		return ExitOK
	}
	names, err := parseMixed(fs, args[1:])
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(c.Stdout, policyUsage)
		return ExitOK
	} else if err != nil {
		return c.usage("policy", err.Error())
	}
	switch {
	case verb == "import" && len(names) == 1:
		return c.importPolicy(names[0], *repair)
	}
	return c.usage("policy", "cannot make sense of "+strings.Join(args, " "))
}

// parseMixed parses flags that may stand after operands too, and returns the
// operands.
func parseMixed(fs *flag.FlagSet, args []string) ([]string, error) {
	var operands []string
	for {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		if fs.NArg() == 0 {
			return operands, nil
		}
		operands = append(operands, fs.Arg(0))
		args = fs.Args()[1:]
	}
}

// maxPolicy bounds the policy files that commands read, in bytes.
const maxPolicy = 1 << 20

// readText reads a file that the command line names.
func (c *Command) readText(name string) (string, error) {
	file := name
	if !filepath.IsAbs(file) {
		file = filepath.Join(c.Dir, file)
	}
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxPolicy+1))
	if err == nil && len(b) > maxPolicy {
		err = fmt.Errorf("%s is longer than %d KiB", name, maxPolicy>>10)
	}
	return string(b), err
}

// importPolicy prints a foreign policy as a native one.
func (c *Command) importPolicy(name string, repair bool) int {
	text, err := c.readText(name)
	if err != nil {
		c.errorf("%v", err)
		return ExitFailure
	}
	p, notes, err := foreign.ReadNotes(name, text)
	head := []string{"Imported from " + name + "."}
	if err != nil && repair {
		var mended string
		if mended, err = foreign.Repair(name, text); err == nil {
			head = []string{"Imported from " + name + ", whose indentation had to be guessed: compare it."}
			fmt.Fprintf(c.Stderr, "venv-guard: %s mended:\n%s\n", name, strings.TrimRight(mended, "\n"))
			p, notes, err = foreign.ReadNotes(name, mended)
		}
	} else if err != nil && hasRepair(name, text) {
		defer c.hintf("venv-guard policy import --repair %s mends lost indentation", name)
	}
	if err != nil {
		c.errorf("%v", err)
		return ExitFailure
	}
	comments := map[int][]string{-1: head}
	for _, n := range notes {
		comments[n.Rule] = append(comments[n.Rule], fmt.Sprintf("%s:%d: %s", filepath.Base(name), n.Pos.Line, n.Text))
	}
	fmt.Fprint(c.Stdout, policy.Format(p, comments))
	return ExitOK
}

// hasRepair reports whether mending a text would help.
func hasRepair(name, text string) bool {
	mended, err := foreign.Repair(name, text)
	if err == nil {
		_, err = foreign.Read(name, mended)
	}
	return err == nil
}
