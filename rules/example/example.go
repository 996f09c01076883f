// Package example tries the examples that stand in the rule packs, in small
// projects made of a map.
package example

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/rules/source"
	"github.com/venv-guard/venv-guard/world"
)

// Home and Dir are the home and the project that examples run in.
const (
	Home = "/home/user"
	Dir  = "/home/user/project"
)

// System is what every machine of the examples has.
var System = world.Mem{
	"/usr/bin/python3":               {Content: "\x7fELF", Exec: true},
	"/usr/bin/python":                {Target: "python3"},
	"/usr/bin/pip":                   {Content: "#!/usr/bin/python3\n" + pipScript, Exec: true},
	"/usr/bin/pip3":                  {Content: "#!/usr/bin/python3\n" + pipScript, Exec: true},
	"/usr/bin/env":                   {Content: "\x7fELF", Exec: true},
	"/usr/lib/python3/dist-packages": {Dir: true},
	Home + "/.local/bin":             {Dir: true},
	Dir + "/README.md":               {Content: "A project.\n"},
	Dir + "/.git/HEAD":               {Content: "ref: refs/heads/main\n"},
}

// pipScript is the text of the script that starts pip.
const pipScript = `# -*- coding: utf-8 -*-
import re
import sys
from pip._internal.cli.main import main
if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\.pyw|\.exe)?$', '', sys.argv[0])
    sys.exit(main())
`

// World returns the machine with more files. A file is a path below Dir, or an
// absolute one: "a/b", "a/b -> target", "dir/".
func World(files []string, contents, env map[string]string) classify.World {
	fs := maps.Clone(System)
	at := func(name string) string {
		if !strings.HasPrefix(name, "/") {
			name = Dir + "/" + name
		}
		return name
	}
	for _, f := range files {
		name, target, link := strings.Cut(f, " -> ")
		switch {
		case link:
			fs[at(name)] = world.MemFile{Target: target}
		case strings.HasSuffix(name, "/"):
			fs[at(strings.TrimSuffix(name, "/"))] = world.MemFile{Dir: true}
		default:
			fs[at(name)] = world.MemFile{}
		}
	}
	for name, text := range contents {
		fs[at(name)] = world.MemFile{Content: text, Exec: strings.HasPrefix(text, "#!")}
	}
	vars := map[string]string{"HOME": Home, "PATH": "/usr/local/bin:/usr/bin:/bin", "PWD": Dir, "SHELL": "/bin/bash"}
	maps.Copy(vars, env)
	var environ []string
	for k, v := range vars {
		environ = append(environ, k+"="+strings.ReplaceAll(v, "@CWD@", Dir))
	}
	return classify.World{FS: fs, Environ: environ}
}

// Decide judges one command.
func Decide(packs *rules.Packs, command string, w classify.World) classify.Decision {
	return classify.Decider{Packs: packs}.Decide(action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: command, Dir: Dir}, w)
}

// Fixtures returns the fixtures of packs by their ids.
func Fixtures(files []source.File) (map[string]source.Fixture, error) {
	fixtures := map[string]source.Fixture{}
	var errs []error
	for _, f := range files {
		for i, x := range f.Pack.Fixtures {
			if _, ok := fixtures[x.ID]; ok {
				fail(&errs, f, fmt.Sprintf("fixture[%d]", i), fmt.Sprintf("the fixture %q is there twice", x.ID))
			}
			fixtures[x.ID] = x
		}
	}
	return fixtures, errors.Join(errs...)
}

// Judge judges the command of an example in the example's project.
func Judge(packs *rules.Packs, fixtures map[string]source.Fixture, e source.Example) (classify.Decision, error) {
	if e.In != "" {
		x, ok := fixtures[e.In]
		if !ok {
			return classify.Decision{}, fmt.Errorf("unknown fixture %q%s", e.In, rules.Suggest(e.In, keys(fixtures)))
		}
		e = within(e, x)
	}
	return decide(packs, e), nil
}

func decide(packs *rules.Packs, e source.Example) classify.Decision {
	w := World(e.Files, e.Contents, e.Env)
	if e.Tool == "" {
		return Decide(packs, e.Command, w)
	}
	call := action.Call{Tool: e.Tool, Dir: Dir, Input: e.Input}
	if e.File == "" {
		return classify.Decider{Packs: packs}.Decide(call, w)
	}
	use := action.FileUse{Path: e.File, Text: e.Text}
	switch e.Tool {
	case "Write":
		use.Op = action.FileWrite
	case "Grep":
		use.Op = action.FileSearch
	}
	call.Files = []action.FileUse{use}
	return classify.Decider{Packs: packs}.Decide(call, w)
}

// Check tries every example of every rule.
func Check(packs *rules.Packs, files []source.File) error {
	fixtures, err := Fixtures(files)
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range files {
		all := func(table, id string, match, noMatch []source.Example) {
			for k, e := range match {
				fail(&errs, f, fmt.Sprintf("%s.match[%d]", table, k), one(packs, fixtures, id, e, true))
			}
			for k, e := range noMatch {
				fail(&errs, f, fmt.Sprintf("%s.no_match[%d]", table, k), one(packs, fixtures, id, e, false))
			}
		}
		for i, r := range f.Pack.Rules {
			all(fmt.Sprintf("rule[%d]", i), r.ID, r.Match, r.NoMatch)
		}
		for i, m := range f.Pack.MCP {
			for k, e := range m.Match {
				fail(&errs, f, fmt.Sprintf("mcp[%d].match[%d]", i, k), verdict(packs, fixtures, e))
			}
		}
		for i, r := range f.Pack.Files {
			all(fmt.Sprintf("file[%d]", i), r.ID, r.Match, r.NoMatch)
		}
		for i, r := range f.Pack.Secrets {
			all(fmt.Sprintf("secret[%d]", i), r.ID, r.Match, r.NoMatch)
		}
	}
	return errors.Join(errs...)
}

func fail(errs *[]error, f source.File, path, text string) {
	if text != "" {
		*errs = append(*errs, &source.Error{File: f.Name, Pos: f.Pos[path], Text: text})
	}
}

// verdict tries an example of a tool, which says only what the verdict is.
func verdict(packs *rules.Packs, fixtures map[string]source.Fixture, e source.Example) string {
	d, err := Judge(packs, fixtures, e)
	if err != nil {
		return err.Error()
	}
	if e.Tool == "" || e.Want == "" || d.Verdict.String() != e.Want {
		return fmt.Sprintf("%s %s is %s, not %q: %s", e.Tool, e.Input, d.Verdict, e.Want, d.Reason())
	}
	return ""
}

// one tries an example of a rule and returns what is wrong with the outcome.
func one(packs *rules.Packs, fixtures map[string]source.Fixture, id string, e source.Example, match bool) string {
	d, err := Judge(packs, fixtures, e)
	if err != nil {
		return err.Error()
	}
	if e.In != "" {
		e = within(e, fixtures[e.In])
	}
	var seen []string
	var finding *rules.Finding
	for i := range d.Steps {
		for k := range d.Steps[i].Findings {
			f := &d.Steps[i].Findings[k]
			if f.Rule == id && finding == nil {
				finding = f
			}
			seen = append(seen, fmt.Sprintf("%s %s %s", f.Verdict, f.Rule, f.Place))
		}
	}
	told := fmt.Sprintf("%s (%s)", d.Verdict, strings.Join(seen, "; "))
	shown := e.Command
	if e.Tool != "" {
		shown = e.Tool + " " + e.File
	}
	switch {
	case match && finding == nil:
		return fmt.Sprintf("%q does not match %s: %s", shown, id, told)
	case !match && finding != nil:
		return fmt.Sprintf("%q matches %s: %s", shown, id, told)
	case e.Want != "" && d.Verdict.String() != e.Want:
		return fmt.Sprintf("%q is %s, not %s", shown, told, e.Want)
	case e.Remedy != "" && (finding == nil || finding.Remedy != e.Remedy):
		got := ""
		if finding != nil {
			got = finding.Remedy
		}
		return fmt.Sprintf("the remedy for %q is %q, not %q", shown, got, e.Remedy)
	case finding == nil || finding.Verdict < action.Ask:
		return ""
	case len(finding.Reason) > 600:
		return fmt.Sprintf("the reason for %q has %d characters: %s", shown, len(finding.Reason), finding.Reason)
	case finding.Remedy == "":
		return ""
	}
	if again := Decide(packs, finding.Remedy, World(e.Files, e.Contents, e.Env)); Refused(d, again) {
		return fmt.Sprintf("the remedy for %q is refused itself: %q: %s", shown, finding.Remedy, again.Reason())
	}
	return ""
}

// Refused reports whether a remedy is refused, or asked about, for another
// reason than the command that it stands for: what is kept of that (a registry)
// may be asked about again.
func Refused(d, remedy classify.Decision) bool {
	if remedy.Verdict < action.Ask {
		return false
	}
	if remedy.Verdict > action.Ask || len(remedy.Problems) > 0 {
		return true
	}
	for i := range remedy.Steps {
		for _, f := range remedy.Steps[i].Findings {
			if f.Verdict >= action.Ask && !said(d, f.Rule) {
				return true
			}
		}
	}
	return false
}

// said reports whether a rule asks about a command.
func said(d classify.Decision, rule string) bool {
	for i := range d.Steps {
		for _, f := range d.Steps[i].Findings {
			if f.Rule == rule && f.Verdict >= action.Ask {
				return true
			}
		}
	}
	return false
}

// within lays an example over a fixture.
func within(e source.Example, x source.Fixture) source.Example {
	e.Files = append(append([]string(nil), x.Files...), e.Files...)
	e.Contents = merged(x.Contents, e.Contents)
	e.Env = merged(x.Env, e.Env)
	return e
}

func merged(a, b map[string]string) map[string]string {
	m := maps.Clone(a)
	if m == nil {
		m = map[string]string{}
	}
	maps.Copy(m, b)
	return m
}

func keys(m map[string]source.Fixture) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	return list
}
