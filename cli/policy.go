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

const policyUsage = `usage: venv-guard policy check|show|lint|test [FILE...]
       venv-guard policy import [--repair] FILE
       venv-guard policy suggest CALLS.jsonl|-

Works with policies: what an administrator, a user or a project allow and
forbid beside the built-in rules. Without FILEs, those that hold in this
directory are meant; FILEs may be native policies (TOML), of SafeClaw (YAML) or
of PolicyLayer (JSON).

  check   read them as the hook does, and tell every fault
  show    print every rule, whose it is, and which is never reached
  lint    find rules that can never match, that an earlier one hides, that miss
          other spellings of the command they name or stop harmless ones, and
          allow rules that are broader than they look
  test    try the examples that stand in them (matches, no_matches, expect), in
          a small project that is the same on every machine
  import  print a policy of SafeClaw (.safeclaw/policy.yaml,
          safeclaw.config.yaml) or PolicyLayer (policy.json) as a native one.
          Comments say where it means something else than its text may suggest.
          --repair mends YAML that has lost its indentation, and prints the
          mended text to standard error; nothing else ever mends a policy
  suggest print the user's policy with the fewest, narrowest rules that would
          have let calls pass: one a line, as the hook gets it (tool_name,
          tool_input, cwd) or {"command": …, "dir": …, "tool": …}. If any line
          has "approved", only those with true count as wanted. Each new rule
          tells what it is for. Nothing is suggested against rules about
          credentials and publishing, against the administrator's and the
          project's policy, or for what the guard cannot see; comments at the
          head tell of those calls, and of calls that were not approved and
          would pass too. Write it to another file, and read it before it
          takes the place of policy.toml

venv-guard simulate tells what policies say of one action.

Exit status: 0 done, nothing found; 1 a policy is wrong, or there are findings;
64 wrong usage.
`

// policy works with policies.
func (c *Command) policy(args []string) int {
	if len(args) == 0 {
		return c.usage("policy", "one of check, show, lint, test, import and suggest is wanted")
	}
	verb := args[0]
	fs := flag.NewFlagSet("policy", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	repair := false
	if verb == "import" {
		fs.BoolVar(&repair, "repair", false, "")
	}
	names, err := parseMixed(fs, args[1:])
	if verb == "-h" || verb == "--help" || errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(c.Stdout, policyUsage)
		return ExitOK
	} else if err != nil {
		return c.usage("policy", err.Error())
	}
	switch verb {
	case "check":
		return c.checkPolicies(names)
	case "show":
		return c.showPolicies(names)
	case "lint":
		return c.lintPolicies(names)
	case "test":
		return c.testPolicies(names)
	case "import":
		if len(names) == 1 {
			return c.importPolicy(names[0], repair)
		}
	case "suggest":
		if len(names) == 1 {
			return c.suggestPolicy(names[0])
		}
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

// readPolicy reads a policy that the command line names, in any format.
func (c *Command) readPolicy(name string) (*policy.Policy, error) {
	text, err := c.readText(name)
	if err != nil {
		return nil, err
	}
	if filepath.Ext(name) == ".toml" {
		return policy.Read(name, text)
	}
	p, err := foreign.Read(name, text)
	if err == nil {
		err = p.Check()
	}
	return p, err
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
