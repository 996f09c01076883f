package cli

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
)

const checkUsage = `usage: venv-guard check [--json] [--dir DIR] [--powershell] 'COMMAND'
       venv-guard check [--json] [--dir DIR] [--powershell] -
       venv-guard check [--json] [--dir DIR] --language LANGUAGE FILE|-

Judges a command as the hook would and explains the verdict: the verdict word
first, then every program that the command can start, with its verdict, the
place it would change, the rule, and where it stands in the command; then the
reason. With -, the command is read from standard input. With --language, the
code in a file is judged as if its interpreter ran it: one line for each program
that it can start, file that it uses and host that it talks to, with the place of
the call (FILE:LINE:COLUMN, from 1, columns in bytes), the verdict and the rule.
What cannot be worked out is shown as ⟨…⟩.

  --dir DIR     judge as if the command ran in DIR (default: this directory)
  --json        print one JSON object instead
  --powershell  the command is PowerShell, not a POSIX shell's
  --language L  what follows is a file of code: python, javascript, typescript,
                ruby, perl, php, r, shell, …; - is standard input

Exit status: 0 ALLOW or PASS, 2 BLOCK, 3 ASK, 64 wrong usage.

The JSON object has the keys verdict, command, dir, reason, remedy, problems,
invocations, limits, approvals and simulated; with --language verdict, language,
file, dir, reason, remedy, actions, problems and limits. Keys are added, never
renamed or removed.

  invocations  argv, verdict, span (start and end, bytes of the command), dir,
               via, file, host, and findings: verdict, rule, tool, operation,
               place, reason, remedy and policy: where in a policy of your own
               the rule stands, "" for built-in rules
  actions      file, line, column, type, target, verdict, rule and policy
  problems     id, text, hint, and span, or line and column
  limits       the counters that the call would count in, which check itself
               does not: counter, policy, scope, window (seconds), max, times
               (what the call counts), used, and wait (seconds until it fits,
               -1 for never); the last two are null for counters of a session or
               an agent
  approvals    of rules that ask and name approvers, or how many, what the hook
               makes a ticket for (check makes none): rule, approvers, approvals
               (how many people) and timeout (seconds)
  simulated    what policies in simulation would have said: verdict, action,
               target, rule and policy
`

// check explains the verdict on one command.
func (c *Command) check(args []string) int {
	fs := flag.NewFlagSet("check", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	asJSON := fs.Bool("json", false, "")
	dir := fs.String("dir", "", "")
	power := fs.Bool("powershell", false, "")
	language := fs.String("language", "", "")
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(c.Stdout, checkUsage)
		return ExitOK
	} else if err != nil {
		return c.usage("check", err.Error())
	}
	if fs.NArg() != 1 {
		return c.usage("check", "one command is wanted, as one argument; put it in quotes")
	}
	if *language != "" && *power {
		return c.usage("check", "--language powershell says what --powershell says of a command; give one of them")
	}
	if !filepath.IsAbs(*dir) {
		*dir = filepath.Join(c.Dir, *dir)
	}
	if *language != "" {
		return c.checkCode(*language, fs.Arg(0), filepath.ToSlash(*dir), *asJSON)
	}
	text := fs.Arg(0)
	if text == "-" {
		b, err := io.ReadAll(io.LimitReader(c.Stdin, 16<<20))
		if err != nil {
			c.errorf("standard input: %v", err)
			return ExitUsage
		}
		text = string(b)
	}
	call := action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: text, Dir: filepath.ToSlash(*dir)}
	if *power {
		call.Tool, call.Shell = "PowerShell", action.ShellPowerShell
	}
	set, err := c.policies(call.Dir)
	if err != nil { // the hook would block every call
		c.errorf("%v", err)
		c.hintf(checkPolicy)
		return ExitBlock
	}
	dec := classify.Decider{Packs: set.Packs, Policy: set}.Decide(call, c.world())
	peeks := peekLimits(c.Environ, call, &dec)
	wanted := approvalsWanted(set, &dec)
	if *asJSON {
		c.printJSON(call, dec, peeks, wanted)
	} else {
		c.explain(call, dec, peeks, wanted)
	}
	return exitStatus(dec.Verdict)
}

// usage reports a wrong command line.
func (c *Command) usage(command, problem string) int {
	c.errorf("%s: %s", command, problem)
	c.hintf("venv-guard %s --help says how to use it", command)
	return ExitUsage
}

// The JSON form of a decision. It is documented in checkUsage and stable.
type (
	jsonDecision struct {
		Verdict     string           `json:"verdict"`
		Command     string           `json:"command"`
		Dir         string           `json:"dir"`
		Reason      string           `json:"reason"`
		Remedy      string           `json:"remedy"`
		Invocations []jsonInvocation `json:"invocations"`
		Problems    []jsonProblem    `json:"problems"`
		Limits      []jsonLimit      `json:"limits"`
		Approvals   []jsonApproval   `json:"approvals"`
		Simulated   []jsonSimulated  `json:"simulated"`
	}
	jsonLimit struct {
		Counter string   `json:"counter"`
		Policy  string   `json:"policy"`
		Scope   string   `json:"scope"`
		Window  float64  `json:"window"`
		Max     int      `json:"max"`
		Times   int      `json:"times"`
		Used    *int     `json:"used"`
		Wait    *float64 `json:"wait"`
	}
	jsonSimulated struct {
		Verdict string `json:"verdict"`
		Action  string `json:"action"`
		Target  string `json:"target"`
		Rule    string `json:"rule"`
		Policy  string `json:"policy"`
	}
	jsonInvocation struct {
		Argv     []string      `json:"argv"`
		Verdict  string        `json:"verdict"`
		Span     jsonSpan      `json:"span"`
		Dir      string        `json:"dir"`
		Via      []string      `json:"via"`
		File     string        `json:"file"`
		Host     string        `json:"host"`
		Findings []jsonFinding `json:"findings"`
	}
	jsonSpan struct {
		Start int `json:"start"`
		End   int `json:"end"`
	}
	jsonFinding struct {
		Verdict   string `json:"verdict"`
		Rule      string `json:"rule"`
		Tool      string `json:"tool"`
		Operation string `json:"operation"`
		Place     string `json:"place"`
		Reason    string `json:"reason"`
		Remedy    string `json:"remedy"`
		Policy    string `json:"policy"`
	}
	jsonProblem struct {
		ID   string   `json:"id"`
		Text string   `json:"text"`
		Hint string   `json:"hint"`
		Span jsonSpan `json:"span"`
	}
)

func (c *Command) printJSON(call action.Call, dec classify.Decision, peeks []peek, wanted []jsonApproval) {
	out := jsonDecision{
		Verdict: dec.Verdict.String(), Command: call.Command, Dir: call.Dir,
		Reason: dec.Reason(), Remedy: dec.Remedy(),
		Invocations: []jsonInvocation{}, Problems: []jsonProblem{}, Limits: jsonLimits(peeks), Approvals: wanted, Simulated: simulated(dec),
	}
	for _, st := range dec.Steps {
		if st.Builtin && len(st.Findings) == 0 {
			continue
		}
		inv := jsonInvocation{
			Verdict: st.Verdict.String(), Span: jsonSpan(st.Span), Dir: action.Show(st.Dir),
			Via: append([]string{}, st.Via...), File: st.File, Host: st.Host, Findings: []jsonFinding{},
		}
		for _, w := range st.Argv {
			inv.Argv = append(inv.Argv, action.Show(w))
		}
		for _, f := range st.Findings {
			inv.Findings = append(inv.Findings, jsonFinding{
				Verdict: f.Verdict.String(), Rule: f.Rule, Tool: f.Tool, Operation: f.Operation,
				Place: f.Place.String(), Reason: f.Reason, Remedy: f.Remedy, Policy: f.Policy,
			})
		}
		out.Invocations = append(out.Invocations, inv)
	}
	for _, p := range dec.Problems {
		out.Problems = append(out.Problems, jsonProblem{p.ID, p.Text, p.Hint, jsonSpan(p.Span)})
	}
	enc := json.NewEncoder(c.Stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	enc.Encode(out)
}

// simulated lists what policies in simulation would have said.
func simulated(dec classify.Decision) []jsonSimulated {
	list := []jsonSimulated{}
	for i := range dec.Rulings {
		r := &dec.Rulings[i]
		if !r.Simulated {
			continue
		}
		a := &dec.Actions[r.Action]
		s := jsonSimulated{Verdict: r.Verdict.String(), Action: string(a.Type), Target: action.Show(a.Target), Rule: "default", Policy: r.Origin()}
		if r.Rule != nil {
			s.Rule = r.Rule.ID
		}
		list = append(list, s)
	}
	return list
}

// jsonLimits lists the counters that a call would count in.
func jsonLimits(peeks []peek) []jsonLimit {
	list := []jsonLimit{}
	for i := range peeks {
		p := &peeks[i]
		l := jsonLimit{Counter: p.Name, Policy: p.Policy, Scope: p.Scope, Window: p.Window.Seconds(), Max: p.Max, Times: p.Times}
		if p.known {
			wait := max(-1, math.Ceil(p.Wait.Seconds()))
			l.Used, l.Wait = &p.Used, &wait
		}
		list = append(list, l)
	}
	return list
}

// explain prints a decision for a human.
func (c *Command) explain(call action.Call, dec classify.Decision, peeks []peek, wanted []jsonApproval) {
	fmt.Fprintln(c.Stdout, dec.Verdict)
	for _, st := range dec.Steps {
		if st.Builtin && len(st.Findings) == 0 {
			continue
		}
		fmt.Fprintf(c.Stdout, "\n%-5s  %s\n", st.Verdict, classify.Quoted(st.Argv))
		if len(st.Via) > 0 {
			fmt.Fprintf(c.Stdout, "       started by %s\n", action.Show(strings.Join(st.Via, " > ")))
		}
		if st.File != "" {
			fmt.Fprintf(c.Stdout, "       in %s\n", st.File)
		}
		if st.Host != "" {
			fmt.Fprintf(c.Stdout, "       not on this host: %s\n", st.Host)
		}
		if st.Dir != call.Dir {
			fmt.Fprintf(c.Stdout, "       in directory %s\n", action.Show(st.Dir))
		}
		for _, f := range st.Findings {
			if f.Policy != "" {
				fmt.Fprintf(c.Stdout, "       %s: rule %s of %s\n", f.Operation, f.Rule, f.Policy)
				continue
			}
			rule := f.Rule
			if rule == "" {
				rule = "-"
			}
			fmt.Fprintf(c.Stdout, "       %s %s: place %s, rule %s\n", f.Tool, f.Operation, f.Place, rule)
		}
		c.caret(call.Command, st.Span)
	}
	for _, p := range dec.Problems {
		fmt.Fprintf(c.Stdout, "\n%-5s  %s [guard/%s]\n", action.Block, p.Text, p.ID)
		c.caret(call.Command, p.Span)
	}
	for i := range peeks {
		fmt.Fprintf(c.Stdout, "\n%s\n", &peeks[i])
	}
	for _, w := range wanted {
		fmt.Fprintf(c.Stdout, "\napproval: %s\n", w)
	}
	for _, s := range simulated(dec) {
		fmt.Fprintf(c.Stdout, "\nwould be %s: %s %s, rule %s of %s, in simulation\n", s.Verdict, s.Action, s.Target, s.Rule, s.Policy)
	}
	if reason := dec.Reason(); reason != "" {
		fmt.Fprintf(c.Stdout, "\n%s\n", reason)
	}
}

// caret prints the line of the command that a span begins in, with a mark
// under it.
func (c *Command) caret(text string, span action.Span) {
	if span.Start > len(text) || span.End <= span.Start {
		return
	}
	begin := strings.LastIndexByte(text[:span.Start], '\n') + 1
	end := len(text)
	if i := strings.IndexByte(text[span.Start:], '\n'); i >= 0 {
		end = span.Start + i
	}
	mark := min(span.End, end) - span.Start
	if mark <= 0 {
		return
	}
	line := strings.ReplaceAll(text[begin:end], "\t", " ")
	const width = 120
	lead := utf8.RuneCountInString(text[begin:span.Start])
	if lead > width || utf8.RuneCountInString(line) > 4*width {
		return // a mark far to the right helps nobody
	}
	fmt.Fprintf(c.Stdout, "       | %s\n", line)
	fmt.Fprintf(c.Stdout, "       | %s%s\n", strings.Repeat(" ", lead), strings.Repeat("^", utf8.RuneCountInString(text[span.Start:span.Start+mark])))
}
