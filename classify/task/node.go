package task

import (
	"encoding/json"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/pattern"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// IsNode reports whether a runner runs scripts of package.json.
func IsNode(runner string) bool {
	switch runner {
	case "npm", "pnpm", "yarn", "bun", "node":
		return true
	}
	return false
}

// lifecycles are the scripts that run for a package itself (npm 11,
// lib/commands; pnpm and yarn run the same or fewer).
func lifecycle(verb string) []string {
	switch verb {
	case "install":
		return []string{"preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"}
	case "pack":
		return []string{"prepublish", "prepack", "prepare", "postpack"}
	case "publish":
		return []string{"prepublishOnly", "prepublish", "prepack", "prepare", "postpack", "publish", "postpublish"}
	case "version":
		return []string{"preversion", "version", "postversion"}
	}
	return nil
}

// Node returns what a runner runs by a package.json. args are "run", a script
// and its arguments; "all" and several scripts; or what npm does with the
// package: "install", "pack", "publish", "version".
func Node(text, runner string, args []string) []Step {
	scripts := Scripts(text)
	if len(args) == 0 || scripts == nil {
		return nil
	}
	var steps []Step
	add := func(name, rest string) {
		if s, ok := scripts[name]; ok && s.Text != "" {
			s.Text += rest
			steps = append(steps, s)
		}
	}
	run := func(name, rest string) {
		if runner == "node" { // node --run starts no others (Node 22, cli.md)
			add(name, rest)
			return
		}
		add("pre"+name, "")
		add(name, rest)
		add("post"+name, "")
	}
	verb, args := args[0], args[1:]
	switch {
	case verb == "all":
		for _, a := range args {
			for _, name := range namesOf(scripts, scriptName(a)) {
				run(name, "")
			}
		}
	case verb != "run":
		for _, name := range lifecycle(verb) {
			add(name, "")
		}
	case len(args) == 0:
	case action.Holed(args[0]):
		for _, name := range namesOf(scripts, strings.ReplaceAll(args[0], hole, "*")) {
			add(name, quoted(args[1:]))
		}
	default:
		run(args[0], quoted(args[1:]))
		if _, ok := scripts["restart"]; args[0] == "restart" && !ok {
			run("stop", "")
			run("start", "")
		}
	}
	return steps
}

// scriptName cuts the runner off npm:build, and the arguments off "build -- x".
func scriptName(word string) string {
	word, _, _ = strings.Cut(word, " ")
	if runner, name, ok := strings.Cut(word, ":"); ok && (IsNode(runner) || runner == "deno") {
		return name
	}
	return word
}

// namesOf returns the scripts that a name means in which * stands for any
// text.
func namesOf(scripts map[string]Step, glob string) []string {
	expr, err := pattern.Regexp(glob, pattern.EntireString)
	if err != nil {
		return nil
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil
	}
	var names []string
	for name := range scripts {
		if re.MatchString(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// quoted returns words as they are added to a script.
func quoted(args []string) string {
	var b strings.Builder
	for i, a := range args {
		if i == 0 && a == "--" {
			continue
		}
		if strings.Trim(a, hole) != "" || a == "" {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		b.WriteString(" " + a)
	}
	return b.String()
}

// Scripts returns the scripts of a package.json; nil if it is no JSON object.
// Names are exact in case, and the last of two with one name counts, as in
// JavaScript.
func Scripts(text string) map[string]Step {
	text = strings.TrimPrefix(text, "\uFEFF")
	scripts := map[string]Step{}
	ok := object(text, func(key string, line int, value json.RawMessage) {
		if key != "scripts" {
			return
		}
		clear(scripts)
		object(string(value), func(name string, n int, value json.RawMessage) {
			var s string
			if json.Unmarshal(value, &s) == nil {
				scripts[name] = Step{Text: s, Line: line + n - 1}
			} else {
				delete(scripts, name)
			}
		})
	})
	if !ok {
		return nil
	}
	return scripts
}

// object calls f for every member of a JSON object with the line, from 1, that
// its value begins in, and reports whether text is one.
func object(text string, f func(key string, line int, value json.RawMessage)) bool {
	dec := json.NewDecoder(strings.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return false
	}
	for dec.More() {
		t, err := dec.Token()
		key, ok := t.(string)
		if err != nil || !ok {
			return false
		}
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return false
		}
		start := int(dec.InputOffset()) - len(value)
		f(key, 1+strings.Count(text[:start], "\n"), value)
	}
	if _, err := dec.Token(); err != nil {
		return false
	}
	_, err := dec.Token()
	return err == io.EOF
}

// maxWorkspaces bounds the packages of one repository that are looked at.
const maxWorkspaces = 200

// Workspaces returns the package.json files that a workspace means, seen from
// dir: its directory, its name, or all of them for a last element "*". file is
// absolute; a name is taken as a path in dir.
func Workspaces(f world.FS, dir, file string) []string {
	want := strings.TrimPrefix(file, strings.TrimSuffix(dir, "/")+"/")
	for ; ; dir = path.Dir(dir) {
		root := path.Join(dir, "package.json")
		b, err := f.ReadFile(root, maxPackage)
		patterns := []string{}
		if err == nil {
			patterns = workspacePatterns(string(b))
		}
		if y, err := f.ReadFile(path.Join(dir, "pnpm-workspace.yaml"), maxPackage); err == nil {
			patterns = append(patterns, listItems(string(y))...)
		}
		if len(patterns) > 0 {
			return workspaceFiles(f, dir, patterns, want, file)
		}
		if dir == path.Dir(dir) {
			break
		}
	}
	if p := path.Join(file, "package.json"); world.IsFile(f, p) {
		return []string{p}
	}
	return nil
}

const maxPackage = 256 << 10

func workspacePatterns(text string) []string {
	var list []string
	object(strings.TrimPrefix(text, "\uFEFF"), func(key string, _ int, value json.RawMessage) {
		if key != "workspaces" {
			return
		}
		list = nil
		if json.Unmarshal(value, &list) != nil { // yarn: {"packages": […]}
			var o struct {
				Packages []string `json:"packages"`
			}
			json.Unmarshal(value, &o)
			list = o.Packages
		}
	})
	return list
}

// listItems returns the items of the lists in a YAML file of plain lists.
func listItems(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if item, ok := strings.CutPrefix(strings.TrimSpace(line), "- "); ok {
			list = append(list, strings.Trim(strings.TrimSpace(item), `"'`))
		}
	}
	return list
}

func workspaceFiles(f world.FS, root string, patterns []string, want, file string) []string {
	var out []string
	fuzzy := strings.ContainsAny(want, "*{[^!"+hole) || strings.Contains(want, "...")
	for _, p := range patterns {
		if strings.HasPrefix(p, "!") {
			continue
		}
		for _, d := range directories(f, root, strings.Split(strings.Trim(p, "./"), "/")) {
			pkg := path.Join(d, "package.json")
			b, err := f.ReadFile(pkg, maxPackage)
			if err != nil || len(out) >= maxWorkspaces || slices.Contains(out, pkg) {
				continue
			}
			name := ""
			object(string(b), func(key string, _ int, value json.RawMessage) {
				if key == "name" {
					json.Unmarshal(value, &name)
				}
			})
			if fuzzy || d == file || name == want || path.Base(name) == want || strings.HasPrefix(d, file+"/") {
				out = append(out, pkg)
			}
		}
	}
	return out
}

// directories returns the directories below dir that a pattern means.
func directories(f world.FS, dir string, elems []string) []string {
	if len(elems) == 0 || elems[0] == "" {
		return []string{dir}
	}
	elem, rest := elems[0], elems[1:]
	if !strings.ContainsAny(elem, "*?[{") {
		return directories(f, path.Join(dir, elem), rest)
	}
	entries, err := f.ReadDir(dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, entry := range entries {
		if entry.Kind != world.Dir || entry.Name == "node_modules" || strings.HasPrefix(entry.Name, ".") || len(out) > maxWorkspaces {
			continue
		}
		if ok, err := path.Match(strings.ReplaceAll(elem, "**", "*"), entry.Name); ok || err != nil || strings.Contains(elem, "{") {
			out = append(out, directories(f, path.Join(dir, entry.Name), rest)...)
		}
	}
	return out
}
