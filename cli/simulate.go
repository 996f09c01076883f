package cli

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/policy/foreign"
	"github.com/venv-guard/venv-guard/rules"
)

const simulateUsage = `usage: venv-guard simulate --action shell.exec --command 'COMMAND' [OPTION...]
       venv-guard simulate --action file.read|file.write --path PATH [OPTION...]
       venv-guard simulate --action network --url URL [OPTION...]
       venv-guard simulate --action mcp.call --tool NAME [--input JSON] [OPTION...]
       venv-guard simulate --action code.exec --language NAME --code TEXT [OPTION...]
       venv-guard simulate --action code.exec --language NAME --file FILE|- [OPTION...]
       venv-guard simulate --file CASES.jsonl [OPTION...]

Tells what the policies say of an action, without taking it, and without counting
it for a limit. The first line is the verdict (allow, deny or approval) and the
rule that decided:

  deny, rule: deny-pip-install

The rule is "default" where a policy's default decided and "none" where nothing
speaks of it. Without --action, the option that names the target tells it.

  --policy FILE     ask this policy alone, native or foreign, and none of the
                    built-in rules; without it all policies and rules count, as
                    in the hook
  --agent NAME      ask for this agent; policies for other agents are left out
  --dir DIR         as if the call ran in DIR (default: this directory)
  --json            print {"actionType" (as asked), "target", "agentId", "decision",
                    "rule", "evaluationTime"}; decision is ALLOW, DENY or
                    REQUIRE_APPROVAL
  --expect VERDICT  allow, deny or approval: exit status 1 if it is another one
  --file FILE       one case a line: objects with action, command (or path, url,
                    tool with input, code with language), agent, dir, expect
                    and rule; prints those that come out otherwise

Exit status: 0 allow, 2 deny, 3 approval; with --expect or --file 0 as expected,
1 not; 64 wrong usage, or a case that cannot be read.
`

// A simulation is one action to ask about. It is a line of a file of cases.
type simulation struct {
	Action   string          `json:"action"`
	Command  string          `json:"command"`
	Path     string          `json:"path"`
	URL      string          `json:"url"`
	Tool     string          `json:"tool"`
	Input    json.RawMessage `json:"input"`
	Code     string          `json:"code"`
	Language string          `json:"language"`
	Agent    string          `json:"agent"`
	Dir      string          `json:"dir"`
	Expect   string          `json:"expect"`
	Rule     string          `json:"rule"`

	codeFile string // where Code was read from
}

// simulate tells what the policies say of an action.
func (c *Command) simulate(args []string) int {
	fs := flag.NewFlagSet("simulate", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	var sim simulation
	for name, to := range map[string]*string{
		"action": &sim.Action, "command": &sim.Command, "path": &sim.Path, "url": &sim.URL, "tool": &sim.Tool, "code": &sim.Code,
		"language": &sim.Language, "agent": &sim.Agent, "dir": &sim.Dir, "expect": &sim.Expect,
	} {
		fs.StringVar(to, name, "", "")
	}
	input := fs.String("input", "", "")
	file := fs.String("policy", "", "")
	cases := fs.String("file", "", "")
	asJSON := fs.Bool("json", false, "")
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(c.Stdout, simulateUsage)
		return ExitOK
	} else if err != nil {
		return c.usage("simulate", err.Error())
	}
	if fs.NArg() > 0 {
		return c.usage("simulate", "cannot make sense of "+strings.Join(fs.Args(), " ")+"; put the command in quotes")
	}
	if *input != "" {
		sim.Input = json.RawMessage(*input)
	}
	a := c.asker(*file)
	if typ, _ := foreign.Action(sim.Action); *cases != "" && (typ == policy.CodeExec || sim.Language != "") {
		code, err := c.readCode(*cases)
		if err != nil {
			return c.usage("simulate", err.Error())
		}
		if sim.Code != "" {
			return c.usage("simulate", "one target is wanted, of code and the code's file")
		}
		sim.Code, sim.codeFile = code, *cases
	} else if *cases != "" {
		return c.simulateFile(a, *cases, &sim)
	}
	ans, err := a.ask(&sim)
	if err != nil {
		return c.simulateError(err)
	}
	if *asJSON {
		if code := c.encode(ans.json()); code != ExitOK {
			return code
		}
	} else {
		fmt.Fprintf(c.Stdout, "%s, rule: %s\n", verdictWord(ans.verdict), ans.rule)
		for _, line := range ans.lines {
			fmt.Fprintln(c.Stdout, "  "+line)
		}
	}
	if sim.Expect != "" {
		if problem, err := ans.unexpected(&sim); err != nil {
			return c.usage("simulate", err.Error())
		} else if problem != "" {
			c.errorf("%s", problem)
			return ExitFailure
		}
		return ExitOK
	}
	switch ans.verdict {
	case action.Block:
		return ExitBlock
	case action.Ask:
		return ExitAsk
	}
	return ExitOK
}

// simulateError reports why a simulation could not be asked: the command line,
// or a policy, which would make the hook block every call.
func (c *Command) simulateError(err error) int {
	if broken, ok := errors.AsType[*policyError](err); ok {
		c.errorf("%v", broken.err)
		return ExitBlock
	}
	return c.usage("simulate", err.Error())
}

// A policyError says that a policy could not be read.
type policyError struct{ err error }

func (e *policyError) Error() string { return e.err.Error() }

// verdictWord spells a verdict as the policies of other gates do.
func verdictWord(v action.Verdict) string {
	switch v {
	case action.Block:
		return "deny"
	case action.Ask:
		return "approval"
	}
	return "allow"
}

// simulateFile asks about every line of a file, and prints those that come out
// otherwise than expected.
func (c *Command) simulateFile(a *asker, name string, base *simulation) int {
	text, err := c.readText(name)
	if err != nil {
		return c.usage("simulate", err.Error())
	}
	scan := bufio.NewScanner(strings.NewReader(text))
	scan.Buffer(nil, maxPolicy+1)
	n, wrong := 0, 0
	for line := 1; scan.Scan(); line++ {
		if b := bytes.TrimSpace(scan.Bytes()); len(b) == 0 || bytes.HasPrefix(b, []byte("//")) {
			continue
		}
		sim := simulation{Agent: base.Agent, Dir: base.Dir}
		dec := json.NewDecoder(bytes.NewReader(scan.Bytes()))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&sim); err != nil {
			return c.usage("simulate", fmt.Sprintf("%s:%d: %v", name, line, err))
		}
		ans, err := a.ask(&sim)
		problem := ""
		if err == nil {
			problem, err = ans.unexpected(&sim)
		}
		if err != nil {
			if _, ok := errors.AsType[*policyError](err); ok {
				return c.simulateError(err)
			}
			return c.usage("simulate", fmt.Sprintf("%s:%d: %v", name, line, err))
		}
		if n++; problem != "" {
			wrong++
			fmt.Fprintf(c.Stdout, "%s:%d: %s\n", name, line, problem)
		} else if sim.Expect == "" && sim.Rule == "" {
			fmt.Fprintf(c.Stdout, "%s:%d: %s, rule: %s\n", name, line, verdictWord(ans.verdict), ans.rule)
		}
	}
	fmt.Fprintf(c.Stdout, "%d cases, %d not as expected\n", n, wrong)
	if wrong > 0 {
		return ExitFailure
	}
	return ExitOK
}

// An asker asks policies about actions.
type asker struct {
	world classify.World
	dir   string                                // working directory of calls that name none
	alone bool                                  // the built-in rules are not asked
	load  func(dir string) (*policy.Set, error) // the policies that hold in a directory
	sets  map[string]*policy.Set                // what load gave
}

// asker returns one for the policy in a file, or for all that hold.
func (c *Command) asker(file string) *asker {
	a := &asker{world: c.world(), dir: c.Dir, alone: file != "", load: c.policies}
	if file != "" {
		a.load = func(string) (*policy.Set, error) {
			p, err := c.readPolicy(file)
			if err != nil {
				return nil, err
			}
			return policy.NewSet(time.Now(), p), nil
		}
	}
	return a
}

// An answer is what the policies say.
type answer struct {
	typ     policy.ActionType
	asked   string // the type as it was spelled
	target  string
	agent   string
	verdict action.Verdict
	rule    string
	lines   []string
	matched int // rulings
	took    time.Duration
}

func (a *answer) json() any {
	return struct {
		ActionType     string `json:"actionType"`
		Target         string `json:"target"`
		AgentID        string `json:"agentId"`
		Decision       string `json:"decision"`
		Rule           string `json:"rule"`
		EvaluationTime string `json:"evaluationTime"`
	}{a.asked, a.target, a.agent, safeClawDecision(a.verdict), a.rule, fmt.Sprintf("%.1fms", float64(a.took.Microseconds())/1000)}
}

// safeClawDecision spells a verdict as SafeClaw's answers do.
func safeClawDecision(v action.Verdict) string {
	switch v {
	case action.Block:
		return "DENY"
	case action.Ask:
		return "REQUIRE_APPROVAL"
	}
	return "ALLOW"
}

// unexpected tells how an answer differs from what a simulation expects; "" if
// it does not.
func (a *answer) unexpected(s *simulation) (string, error) {
	got := verdictWord(a.verdict) + ", rule: " + a.rule
	if s.Expect != "" {
		want, ok := foreign.Verdict(s.Expect)
		if !ok {
			return "", fmt.Errorf("unknown verdict %q%s; it is one of allow, deny, approval", s.Expect, rules.Suggest(s.Expect, []string{"allow", "deny", "approval"}))
		}
		if verdictWord(want) != verdictWord(a.verdict) {
			return fmt.Sprintf("%s %s: %s, want %s", a.typ, a.target, got, verdictWord(want)), nil
		}
	}
	if s.Rule != "" && s.Rule != a.rule {
		return fmt.Sprintf("%s %s: %s, want rule: %s", a.typ, a.target, got, s.Rule), nil
	}
	return "", nil
}

// ask judges one action.
func (a *asker) ask(s *simulation) (*answer, error) {
	typ, target, err := s.target()
	if err != nil {
		return nil, err
	}
	dir := s.Dir
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(a.dir, dir)
	}
	call, err := s.call(typ, filepath.ToSlash(dir))
	if err != nil {
		return nil, err
	}
	set, err := a.set(dir)
	if err != nil {
		return nil, err
	}
	ans := &answer{typ: typ, asked: cmp.Or(s.Action, string(typ)), target: target, agent: s.Agent}
	start := time.Now()
	a.judge(ans, set, call, s)
	ans.took = time.Since(start)
	return ans, nil
}

// set returns the policies to ask in a directory.
func (a *asker) set(dir string) (*policy.Set, error) {
	if set, ok := a.sets[dir]; ok {
		return set, nil
	}
	set, err := a.load(dir)
	if err != nil {
		return nil, &policyError{err}
	}
	if a.sets == nil {
		a.sets = map[string]*policy.Set{}
	}
	a.sets[dir] = set
	return set, nil
}

// judge fills in what a set says of a call.
func (a *asker) judge(ans *answer, set *policy.Set, call action.Call, s *simulation) {
	dec := classify.Decider{Packs: set.Packs, Policy: set, List: true}.Decide(call, a.world)
	defer func() {
		for _, p := range peekLimits(a.world.Environ, call, &dec) {
			if p.Over {
				ans.worse(action.Block, dec.Rulings[p.ruling].Rule.ID, "deny: "+p.String())
			} else {
				ans.lines = append(ans.lines, p.String())
			}
		}
	}()
	actions := dec.Actions
	if ans.typ == policy.CodeExec && !hasCode(actions, s.Code) { // a shell's is told by what it starts
		actions = append([]policy.Action{{Type: ans.typ, Target: s.Code, Language: s.Language}}, actions...)
	}
	ans.rule = "none"
	caller := policy.Caller{Agent: call.Agent, Client: call.Client, Dir: call.Dir, Home: getenv(a.world.Environ, "HOME")}
	ans.rulings(set.Trace(caller, actions), actions)
	for _, p := range dec.Problems {
		ans.worse(action.Block, "guard/"+p.ID, fmt.Sprintf("deny: %s [guard/%s]", p.Text, p.ID))
	}
	if a.alone {
		return
	}
	for i := range dec.Steps {
		for _, f := range dec.Steps[i].Findings {
			if f.Rule != "" && f.Policy == "" {
				ans.worse(f.Verdict, f.Rule, fmt.Sprintf("%s: built-in rule %s for `%s`", verdictWord(f.Verdict), f.Rule, action.Show(strings.Join(dec.Steps[i].Argv, " "))))
			}
		}
	}
}

// rulings takes in what policies say of actions. A call of several actions of
// the type that was asked about is not allowed unless all of them are.
func (ans *answer) rulings(list []policy.Ruling, actions []policy.Action) {
	ruled := make([]bool, len(actions))
	ans.matched = len(list)
	for i := range list {
		r := &list[i]
		text := rulingText(r, &actions[r.Action])
		if r.Simulated || r.Shadowed || r.Verdict == action.Pass {
			ans.lines = append(ans.lines, text)
			continue
		}
		ruled[r.Action] = true
		ans.worse(r.Verdict, rulingRule(r), text)
	}
	for i, ok := range ruled {
		if ok || actions[i].Maybe || actions[i].Type != ans.typ {
			continue
		}
		ans.lines = append(ans.lines, "no rule speaks of "+actionText(&actions[i]))
		if ans.verdict == action.Allow {
			ans.verdict, ans.rule = action.Pass, "none"
		}
	}
}

// worse notes a verdict, which counts if it is worse than those before.
func (ans *answer) worse(v action.Verdict, rule, line string) {
	ans.lines = append(ans.lines, line)
	if v > ans.verdict {
		ans.verdict, ans.rule = v, rule
	}
}

func rulingRule(r *policy.Ruling) string {
	if r.Rule == nil {
		return "default"
	}
	return r.Rule.ID
}

// rulingText tells of a ruling in one line.
func rulingText(r *policy.Ruling, a *policy.Action) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s for %s", verdictWord(r.Verdict), r.Origin(), actionText(a))
	if r.Rule == nil {
		b.WriteString(", by the policy's default")
	} else {
		b.WriteString(", by the rule " + r.Rule.ID)
		if m := r.Rule.Message; m != "" {
			b.WriteString(": " + strings.TrimSuffix(m, "."))
		}
		if l := r.Rule.Limit; l != nil {
			fmt.Fprintf(&b, " (limit %s)", l)
		}
		if who := r.Rule.ApprovedBy(); who != "" {
			b.WriteString(" (approvers: " + who + ")")
		}
	}
	switch {
	case r.Verdict == action.Pass:
		b.WriteString("; not all is known: it counts for the limit and is not allowed by the rule")
	case r.Shadowed:
		b.WriteString("; an earlier rule decides")
	case r.Simulated:
		b.WriteString("; in simulation, does not count")
	}
	if r.Note != "" {
		b.WriteString("; " + r.Note)
	}
	return b.String()
}

// actionText names an action.
func actionText(a *policy.Action) string {
	text := action.Show(a.Target)
	if w := action.Show(a.Written); w != "" && w != text {
		text = w + " (" + text + ")"
	}
	return fmt.Sprintf("%s `%s`", a.Type, text)
}

// target returns the action type of a simulation and the one target it names.
func (s *simulation) target() (policy.ActionType, string, error) {
	var typ policy.ActionType
	if s.Action != "" {
		var ok bool
		if typ, ok = foreign.Action(s.Action); !ok {
			return "", "", fmt.Errorf("unknown action %q%s", s.Action, rules.Suggest(s.Action, foreign.ActionNames()))
		}
	}
	target := ""
	for _, kv := range [...]struct {
		name, value string
		types       []policy.ActionType
	}{
		{"command", s.Command, []policy.ActionType{policy.ShellExec}},
		{"path", s.Path, []policy.ActionType{policy.FileRead, policy.FileWrite}},
		{"url", s.URL, []policy.ActionType{policy.Network}},
		{"tool", s.Tool, []policy.ActionType{policy.MCPCall}},
		{"code", s.Code, []policy.ActionType{policy.CodeExec}},
	} {
		switch {
		case kv.value == "":
			continue
		case target != "":
			return "", "", errors.New("one target is wanted, of command, path, url, tool and code")
		case typ == "":
			typ = kv.types[0]
		case !slices.Contains(kv.types, typ):
			return "", "", fmt.Errorf("a %s is not for %s", kv.name, typ)
		}
		target = kv.value
	}
	if target == "" {
		return "", "", errors.New("what is to be asked about? give command, path, url, tool or code")
	}
	return typ, target, nil
}

// hasCode reports whether a code is one of the actions.
func hasCode(actions []policy.Action, code string) bool {
	return slices.ContainsFunc(actions, func(a policy.Action) bool { return a.Type == policy.CodeExec && a.Target == code })
}

// call returns the tool call whose judgement answers a simulation.
func (s *simulation) call(typ policy.ActionType, dir string) (action.Call, error) {
	call := action.Call{Agent: s.Agent, Dir: dir}
	at := func(name string) string {
		if name == "~" || strings.HasPrefix(name, "~/") || path.IsAbs(name) {
			return name
		}
		return dir + "/" + name // not cleaned: a/.. is . only if a is no link
	}
	switch typ {
	case policy.ShellExec:
		call.Tool, call.Shell, call.Command = "Bash", action.ShellPOSIX, s.Command
	case policy.FileRead:
		call.Tool, call.Files = "Read", []action.FileUse{{Op: action.FileRead, Path: at(s.Path)}}
	case policy.FileWrite:
		call.Tool, call.Files = "Write", []action.FileUse{{Op: action.FileWrite, Path: at(s.Path)}}
	case policy.CodeExec:
		if s.Language == "" {
			return call, errors.New("code is in some language; name it with --language")
		}
		if !classify.KnownLanguage(s.Language) {
			return call, unknownLanguage(s.Language)
		}
		file := ""
		if s.codeFile != "" && s.codeFile != "-" {
			file = at(filepath.ToSlash(s.codeFile))
		}
		agent := call.Agent
		call = codeCall(s.Language, s.Code, file, dir)
		call.Agent = agent
	case policy.Network:
		call.Tool, call.Input = "WebFetch", `{"url": `+quoteJSON(s.URL)+`}`
	case policy.MCPCall:
		call.Tool, call.Input = s.Tool, string(s.Input)
		if !strings.HasPrefix(call.Tool, "mcp__") {
			call.Tool = "mcp__any__" + call.Tool
		}
		if call.Input == "" {
			call.Input = "{}"
		}
		if err := json.Unmarshal([]byte(call.Input), &map[string]any{}); err != nil {
			return call, fmt.Errorf("the input must be a JSON object: %v", err)
		}
	}
	return call, nil
}

// getenv returns a variable's value, or "".
func getenv(environ []string, name string) string {
	for _, kv := range environ {
		if k, v, ok := strings.Cut(kv, "="); ok && k == name {
			return v
		}
	}
	return ""
}

func quoteJSON(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
