package cli

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/rules"
)

// languages are the names of languages that help texts and hints tell of.
var languages = []string{"python", "javascript", "typescript", "ruby", "perl", "php", "r", "shell", "bash", "node", "deno", "bun", "lua", "julia", "powershell"}

// unknownLanguage says that code of a language cannot be judged.
func unknownLanguage(lang string) error {
	return fmt.Errorf("unknown language %q%s; it is one of %s", lang, rules.Suggest(lang, languages), strings.Join(languages[:8], ", "))
}

// readCode returns the code in a file, or on standard input for "-".
func (c *Command) readCode(name string) (string, error) {
	in := c.Stdin
	if name != "-" {
		file := name
		if !filepath.IsAbs(file) {
			file = filepath.Join(c.Dir, file)
		}
		f, err := os.Open(file)
		if err != nil {
			return "", err
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxRequest+1))
	if err == nil && len(b) > maxRequest {
		err = fmt.Errorf("%s is longer than %d MiB", name, maxRequest>>20)
	}
	return string(b), err
}

// codeCall is the call that runs code of a language in a directory.
func codeCall(lang, code, file, dir string) action.Call {
	call := action.Call{Tool: "code", Dir: dir, Blocks: []action.CodeBlock{{Language: lang, Code: code, File: file, Stands: file != ""}}}
	if classify.IsShell(lang) {
		call = action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: code, Dir: dir}
	}
	return call
}

// checkCode explains the verdict on code, action by action.
func (c *Command) checkCode(lang, name, dir string, asJSON bool) int {
	if !classify.KnownLanguage(lang) {
		return c.usage("check", unknownLanguage(lang).Error())
	}
	code, err := c.readCode(name)
	if err != nil {
		return c.usage("check", err.Error())
	}
	file, shown := "", "-"
	if name != "-" {
		if file, shown = name, name; !filepath.IsAbs(file) {
			file = filepath.Join(c.Dir, file)
		}
		file = filepath.ToSlash(file)
	}
	call := codeCall(lang, code, file, dir)
	set, err := c.policies(call.Dir)
	if err != nil { // the hook would block every call
		c.errorf("%v", err)
		c.hintf(checkPolicy)
		return ExitBlock
	}
	dec := classify.Decider{Packs: set.Packs, Policy: set, List: true}.Decide(call, c.world())
	peeks := peekLimits(c.Environ, call, &dec)
	report := codeReport{
		Verdict: dec.Verdict.String(), Language: lang, File: shown, Dir: dir, Reason: dec.Reason(), Remedy: dec.Remedy(),
		Actions: codeActions(code, file, shown, dec), Problems: []codeProblem{}, Limits: jsonLimits(peeks),
	}
	for _, p := range dec.Problems {
		line, col := lineCol(code, p.Span.Start)
		report.Problems = append(report.Problems, codeProblem{p.ID, p.Text, p.Hint, line, col})
	}
	if asJSON {
		c.encode(report)
	} else {
		report.print(c.Stdout, peeks)
	}
	return exitStatus(dec.Verdict)
}

func exitStatus(v action.Verdict) int {
	switch v {
	case action.Block:
		return ExitBlock
	case action.Ask:
		return ExitAsk
	}
	return ExitOK
}

// The form of a report on code. It is documented in checkUsage and stable.
type (
	codeReport struct {
		Verdict  string        `json:"verdict"`
		Language string        `json:"language"`
		File     string        `json:"file"`
		Dir      string        `json:"dir"`
		Reason   string        `json:"reason"`
		Remedy   string        `json:"remedy"`
		Actions  []codeAction  `json:"actions"`
		Problems []codeProblem `json:"problems"`
		Limits   []jsonLimit   `json:"limits"`
	}
	codeAction struct {
		File    string `json:"file"`
		Line    int    `json:"line"`
		Column  int    `json:"column"`
		Type    string `json:"type"`
		Target  string `json:"target"`
		Verdict string `json:"verdict"`
		Rule    string `json:"rule"`
		Policy  string `json:"policy"`
	}
	codeProblem struct {
		ID     string `json:"id"`
		Text   string `json:"text"`
		Hint   string `json:"hint"`
		Line   int    `json:"line"`
		Column int    `json:"column"`
	}
)

func (r *codeReport) print(w io.Writer, peeks []peek) {
	fmt.Fprintln(w, r.Verdict)
	if len(r.Actions) > 0 {
		fmt.Fprintln(w)
	}
	for _, a := range r.Actions {
		where := fmt.Sprintf("%s:%d:%d:", a.File, a.Line, a.Column)
		if a.Line == 0 {
			where = a.File + ":"
		}
		fmt.Fprintf(w, "%s %-5s %s `%s`", where, a.Verdict, a.Type, oneLine(a.Target, 200))
		switch {
		case a.Policy != "":
			fmt.Fprintf(w, ", rule %s of %s", a.Rule, a.Policy)
		case a.Rule != "":
			fmt.Fprintf(w, ", rule %s", a.Rule)
		}
		fmt.Fprintln(w)
	}
	for _, p := range r.Problems {
		fmt.Fprintf(w, "%s:%d:%d: %-5s %s [guard/%s]\n", r.File, p.Line, p.Column, action.Block, p.Text, p.ID)
	}
	for i := range peeks {
		fmt.Fprintf(w, "\n%s\n", &peeks[i])
	}
	if r.Reason != "" {
		fmt.Fprintf(w, "\n%s\n", r.Reason)
	}
}

// lineCol returns where a byte stands in a text, counted from 1.
func lineCol(text string, at int) (line, col int) {
	before := text[:min(max(at, 0), len(text))]
	return 1 + strings.Count(before, "\n"), len(before) - strings.LastIndexByte(before, '\n')
}

// codeActions lists what code does in the order of its text: the programs with
// what all rules say of them, files, hosts and nested code with what policies
// say.
func codeActions(code, file, shown string, dec classify.Decision) []codeAction {
	out := []codeAction{}
	at := func(inv *action.Invocation, a *codeAction) {
		switch {
		case inv == nil:
		case inv.At.Line > 0:
			a.File, a.Line, a.Column = cmp.Or(inv.At.File, shown), inv.At.Line, inv.At.Col
		case inv.File != "":
			a.File, a.Line = fileLine(inv.File)
			if a.Column = min(a.Line, 1); a.File == file {
				a.File = shown
			}
		default:
			a.File = shown
			a.Line, a.Column = lineCol(code, inv.Span.Start)
		}
	}
	for i := range dec.Steps {
		st := &dec.Steps[i]
		name := st.Program()
		if st.Given || name == ">" || name == "<" || st.Builtin && len(st.Findings) == 0 || filesOnly(st) {
			continue
		}
		a := codeAction{Type: string(policy.ShellExec), Target: action.Show(strings.Join(st.Argv, " ")), Verdict: st.Verdict.String()}
		for _, f := range st.Findings {
			if f.Verdict == st.Verdict && a.Rule == "" {
				a.Rule, a.Policy = f.Rule, f.Policy
			}
		}
		at(st.Invocation, &a)
		out = append(out, a)
	}
	for i := range dec.Actions {
		act := &dec.Actions[i]
		if act.Type == policy.ShellExec || act.Maybe || act.Type == policy.CodeExec && (act.Inv == nil || act.Inv.Given || act.Inv.At.Line == 0) {
			continue
		}
		a := codeAction{Type: string(act.Type), Target: action.Show(act.Target)}
		a.Verdict, a.Rule, a.Policy = ruledOn(&dec, i)
		at(act.Inv, &a)
		out = append(out, a)
	}
	slices.SortStableFunc(out, func(a, b codeAction) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(out)
}

// filesOnly reports whether a step stands for files that code uses: they are
// told as such.
func filesOnly(st *classify.Step) bool {
	return st.At.Line > 0 && len(st.Findings) > 0 && !slices.ContainsFunc(st.Findings, func(f rules.Finding) bool {
		return f.Operation != string(policy.FileRead) && f.Operation != string(policy.FileWrite) && f.Operation != string(policy.Network) && f.Operation != string(policy.CodeExec)
	})
}

// ruledOn returns the worst that policies and rules for files say of the ith
// action.
func ruledOn(dec *classify.Decision, i int) (verdict, rule, origin string) {
	worst := action.Pass
	for k := range dec.Rulings {
		if r := &dec.Rulings[k]; r.Action == i && !r.Simulated && r.Verdict > worst {
			worst, rule, origin = r.Verdict, rulingRule(r), r.Origin()
		}
	}
	return worst.String(), rule, origin
}

// fileLine splits "file:line".
func fileLine(s string) (file string, line int) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, 0
	}
	for _, c := range s[i+1:] {
		if c < '0' || c > '9' {
			return s, 0
		}
		line = line*10 + int(c-'0')
	}
	return s[:i], line
}
