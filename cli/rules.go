package cli

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/rules/example"
	"github.com/venv-guard/venv-guard/rules/load"
	"github.com/venv-guard/venv-guard/rules/source"
)

const rulesUsage = `usage: venv-guard rules list [--json] [--category NAME]
       venv-guard rules show [--json] ID
       venv-guard rules test [FILE...]

Tells what is built in.

  list  every rule: id, verdict, category and title
  show  one rule: what it holds for, what it says, where its facts come from,
        and its examples with the verdict and the remedy that they get
  test  tries every example of every rule. FILEs are packs of your own (TOML,
        see rules/SCHEMA.md); they are checked and tried together with the
        built-in ones, whose tools, remedies and fixtures they may use

Exit status: 0 done, all examples hold; 1 no such rule, or an example or a pack
is wrong; 64 wrong usage.

The JSON objects have the keys id, title, category, verdict, since, source,
tools, operations, places, when, paths, reason, contested, file, match and no_match;
examples have command (or tool and path), in (a fixture), verdict and remedy (show only).
`

// rules tells of the rule packs.
func (c *Command) rules(args []string) int {
	if len(args) == 0 {
		return c.usage("rules", "one of list, show and test is wanted")
	}
	fs := flag.NewFlagSet("rules", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	asJSON := fs.Bool("json", false, "")
	category := fs.String("category", "", "")
	verb := args[0]
	if verb == "-h" || verb == "--help" {
		fmt.Fprint(c.Stdout, rulesUsage)
		return ExitOK
	}
	if err := fs.Parse(args[1:]); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(c.Stdout, rulesUsage)
		return ExitOK
	} else if err != nil {
		return c.usage("rules", err.Error())
	}
	switch {
	case verb == "list" && fs.NArg() == 0:
		return c.listRules(*category, *asJSON)
	case verb == "show" && fs.NArg() == 1 && *category == "":
		return c.showRule(fs.Arg(0), *asJSON)
	case verb == "test" && !*asJSON && *category == "":
		return c.testRules(fs.Args())
	}
	return c.usage("rules", "cannot make sense of "+strings.Join(args, " "))
}

// A jsonRule is documented in rulesUsage and stable.
type jsonRule struct {
	ID         string        `json:"id"`
	Title      string        `json:"title"`
	Category   string        `json:"category"`
	Verdict    string        `json:"verdict"`
	Since      string        `json:"since"`
	Source     string        `json:"source"`
	Tools      []string      `json:"tools"`
	Operations []string      `json:"operations"`
	Places     []string      `json:"places"`
	When       []string      `json:"when"`
	Paths      []string      `json:"paths"`
	Reason     string        `json:"reason"`
	Contested  string        `json:"contested,omitempty"`
	File       string        `json:"file"`
	Match      []jsonExample `json:"match,omitempty"`
	NoMatch    []jsonExample `json:"no_match,omitempty"`

	match, noMatch []source.Example
}

type jsonExample struct {
	Command string `json:"command"`
	Tool    string `json:"tool,omitempty"` // of a client's file tool, with its path
	Path    string `json:"path,omitempty"`
	In      string `json:"in,omitempty"` // a fixture of the packs
	Verdict string `json:"verdict"`
	Remedy  string `json:"remedy"`
}

// allRules returns the rules of a pack, those about files and secrets too.
func allRules(f *source.File) []jsonRule {
	var list []jsonRule
	for k := range f.Pack.Rules {
		list = append(list, newJSONRule(f, &f.Pack.Rules[k]))
	}
	for k := range f.Pack.Files {
		list = append(list, newFileRule(f, &f.Pack.Files[k]))
	}
	for k := range f.Pack.Secrets {
		list = append(list, newSecretRule(f, &f.Pack.Secrets[k]))
	}
	return list
}

func newFileRule(f *source.File, r *source.FileRule) jsonRule {
	j := jsonRule{
		ID: r.ID, Title: r.Title, Category: r.Category, Since: r.Since, Source: r.Source, Paths: r.Paths,
		Reason: r.Reason, File: f.Name, match: r.Match, noMatch: r.NoMatch,
	}
	if r.Read != "" {
		j.Verdict, j.Operations = strings.ToUpper(r.Read), append(j.Operations, "read")
	}
	if r.Write != "" {
		j.Verdict, j.Operations = strings.ToUpper(r.Write), append(j.Operations, "write")
	}
	return j
}

func newSecretRule(f *source.File, r *source.Secret) jsonRule {
	return jsonRule{
		ID: r.ID, Title: r.Title, Category: r.Category, Verdict: strings.ToUpper(r.Verdict), Since: r.Since, Source: r.Source,
		Operations: []string{r.By}, Reason: r.Reason, File: f.Name, match: r.Match, noMatch: r.NoMatch,
	}
}

func newJSONRule(f *source.File, r *source.Rule) jsonRule {
	return jsonRule{
		ID: r.ID, Title: r.Title, Category: r.Category, Verdict: strings.ToUpper(r.Verdict), Since: r.Since,
		Source: r.Source, Tools: r.Tools, Operations: r.Operations, Places: r.Places, When: r.When,
		Reason: r.Reason, Contested: r.Contested, File: f.Name, match: r.Match, noMatch: r.NoMatch,
	}
}

// builtin reads the built-in packs with all that stands in them.
func (c *Command) builtin() (*rules.Packs, []source.File, bool) {
	packs, files, err := load.FS(rules.Sources)
	if err != nil {
		c.errorf("the built-in packs: %v", err) // kept from happening by go generate
		return nil, nil, false
	}
	return packs, files, true
}

func (c *Command) listRules(category string, asJSON bool) int {
	_, files, ok := c.builtin()
	if !ok {
		return ExitFailure
	}
	all := []jsonRule{}
	var categories []string
	for i := range files {
		for _, r := range allRules(&files[i]) {
			categories = append(categories, r.Category)
			if category == "" || r.Category == category {
				all = append(all, r)
			}
		}
	}
	if len(all) == 0 {
		c.errorf("no rule is of category %q%s", category, rules.Suggest(category, categories))
		return ExitFailure
	}
	slices.SortFunc(all, func(a, b jsonRule) int { return strings.Compare(a.ID, b.ID) })
	if asJSON {
		return c.encode(all)
	}
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	for _, r := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.ID, r.Verdict, r.Category, r.Title)
	}
	w.Flush()
	return ExitOK
}

func (c *Command) encode(v any) int {
	enc := json.NewEncoder(c.Stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		c.errorf("standard output: %v", err)
		return ExitFailure
	}
	return ExitOK
}

func (c *Command) showRule(id string, asJSON bool) int {
	packs, files, ok := c.builtin()
	if !ok {
		return ExitFailure
	}
	var ids []string
	for i := range files {
		for _, out := range allRules(&files[i]) {
			if ids = append(ids, out.ID); out.ID != id {
				continue
			}
			fixtures, err := example.Fixtures(files)
			if err != nil {
				c.errorf("%v", err)
				return ExitFailure
			}
			out.Match = examples(packs, fixtures, id, out.match)
			out.NoMatch = examples(packs, fixtures, id, out.noMatch)
			if asJSON {
				return c.encode(out)
			}
			c.printRule(out)
			return ExitOK
		}
	}
	c.errorf("no rule is called %q%s", id, rules.Suggest(id, ids))
	c.hintf("venv-guard rules list names them all")
	return ExitFailure
}

func examples(packs *rules.Packs, fixtures map[string]source.Fixture, id string, list []source.Example) []jsonExample {
	var out []jsonExample
	for _, e := range list {
		j := jsonExample{Command: e.Command, Tool: e.Tool, Path: e.File, In: e.In}
		if d, err := example.Judge(packs, fixtures, e); err == nil {
			j.Verdict, j.Remedy = d.Verdict.String(), remedyOf(d, id)
		}
		out = append(out, j)
	}
	return out
}

// remedyOf returns the remedy that a rule gives in a decision.
func remedyOf(d classify.Decision, rule string) string {
	for i := range d.Steps {
		for _, f := range d.Steps[i].Findings {
			if f.Rule == rule && f.Verdict >= action.Ask {
				return f.Remedy
			}
		}
	}
	return ""
}

func (c *Command) printRule(r jsonRule) {
	fmt.Fprintf(c.Stdout, "%s  %s\n%s\n\n", r.ID, r.Verdict, r.Title)
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	for _, kv := range [...][2]string{
		{"category", r.Category}, {"tools", strings.Join(r.Tools, " ")},
		{"operations", strings.Join(r.Operations, " ")}, {"places", strings.Join(r.Places, " ")},
		{"when", strings.Join(r.When, " and ")}, {"files", strings.Join(r.Paths, "  ")}, {"says", r.Reason}, {"contested", r.Contested}, {"source", r.Source},
		{"since", r.Since}, {"stands in", r.File},
	} {
		if kv[1] != "" {
			fmt.Fprintf(w, "%s\t%s\n", kv[0], kv[1])
		}
	}
	w.Flush()
	for _, part := range [...]struct {
		title string
		list  []jsonExample
	}{{"It holds for", r.Match}, {"It does not hold for", r.NoMatch}} {
		if len(part.list) == 0 {
			continue
		}
		fmt.Fprintf(c.Stdout, "\n%s\n", part.title)
		for _, e := range part.list {
			in := ""
			if e.In != "" {
				in = "   (in the fixture " + e.In + ")"
			}
			if e.Tool != "" {
				e.Command = "the tool " + e.Tool + " on " + e.Path
			}
			fmt.Fprintf(c.Stdout, "  %-5s  %s%s\n", e.Verdict, strings.ReplaceAll(e.Command, "\n", "\n         "), in)
			if e.Remedy != "" {
				fmt.Fprintf(c.Stdout, "         -> %s\n", e.Remedy)
			}
		}
	}
}

// testRules tries the examples of the built-in packs and of the user's.
func (c *Command) testRules(names []string) int {
	_, files, ok := c.builtin()
	if !ok {
		return ExitFailure
	}
	for _, name := range names {
		file := name
		if !filepath.IsAbs(file) {
			file = filepath.Join(c.Dir, file)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			c.errorf("%v", err)
			return ExitFailure
		}
		f, err := load.Text(name, string(text))
		if err != nil {
			c.errorf("%v", err)
			return ExitFailure
		}
		files = append(files, f)
	}
	packs, err := rules.Compile(files...)
	if err == nil {
		err = example.Check(packs, files)
	}
	if err != nil {
		c.errorf("%v", err)
		return ExitFailure
	}
	n, tried := 0, 0
	for i := range files {
		for _, r := range allRules(&files[i]) {
			n++
			tried += len(r.match) + len(r.noMatch)
		}
	}
	fmt.Fprintf(c.Stdout, "%d packs, %d rules, %d examples: all hold\n", len(files), n, tried)
	return ExitOK
}
