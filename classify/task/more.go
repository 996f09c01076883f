package task

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Composer returns what composer runs by a composer.json: args are "run", a
// script and its arguments, or "install", whose events are tried all (Composer
// 2, doc/articles/scripts.md). An entry @name is another script.
func Composer(text string, args []string) []Step {
	scripts := map[string]json.RawMessage{}
	object(text, func(key string, _ int, value json.RawMessage) {
		if key == "scripts" {
			clear(scripts)
			object(string(value), func(name string, _ int, value json.RawMessage) { scripts[name] = value })
		}
	})
	var steps []Step
	done := map[string]bool{}
	var run func(name, rest string)
	run = func(name, rest string) {
		if done[name] || len(steps) > MaxSteps {
			return
		}
		done[name] = true
		var list []string
		var one string
		if json.Unmarshal(scripts[name], &one) == nil {
			list = []string{one}
		} else {
			json.Unmarshal(scripts[name], &list)
		}
		for _, s := range list {
			switch word, tail, _ := strings.Cut(s, " "); {
			case word == "@php":
				steps = append(steps, Step{Text: "php " + tail + rest, Line: lineOf(text, `"`+name+`"`)})
			case word == "@composer":
				steps = append(steps, Step{Text: "composer " + tail + rest, Line: lineOf(text, `"`+name+`"`)})
			case strings.HasPrefix(word, "@"):
				run(word[1:], rest)
			case strings.Contains(word, "::"): // a method of PHP
			default:
				steps = append(steps, Step{Text: s + rest, Line: lineOf(text, `"`+name+`"`)})
			}
		}
	}
	switch {
	case len(args) > 1 && args[0] == "run":
		run(args[1], quoted(args[2:]))
	case len(args) > 0 && args[0] == "install":
		for _, event := range []string{
			"pre-install-cmd", "pre-update-cmd", "pre-autoload-dump", "post-autoload-dump", "post-install-cmd", "post-update-cmd",
			"post-root-package-install", "post-create-project-cmd",
		} {
			run(event, "")
		}
	}
	return steps
}

// Deno returns what `deno task name args…` runs by a deno.json or a
// package.json (Deno 2). args begin with "run".
func Deno(text string, args []string) []Step {
	if len(args) < 2 {
		return nil
	}
	var steps []Step
	add := func(key string, _ int, value json.RawMessage) {
		if key != args[1] {
			return
		}
		var s string
		var o struct {
			Command string `json:"command"`
		}
		if json.Unmarshal(value, &s) != nil && json.Unmarshal(value, &o) == nil {
			s = o.Command
		}
		if s != "" {
			steps = append(steps, Step{Text: s + quoted(args[2:]), Line: lineOf(text, `"`+key+`"`)})
		}
	}
	object(text, func(key string, _ int, value json.RawMessage) {
		if key == "tasks" || key == "scripts" {
			object(string(value), add)
		}
	})
	return steps
}

// Pipfile returns what `pipenv run name args…` runs by a script of a Pipfile.
func Pipfile(text string, args []string) []Step {
	var f struct {
		Scripts map[string]any `toml:"scripts"`
	}
	if _, err := toml.Decode(text, &f); err != nil || len(args) == 0 {
		return nil
	}
	switch s := f.Scripts[args[0]].(type) {
	case string:
		return []Step{{Text: s + quoted(args[1:]), Line: lineOf(text, args[0])}}
	case map[string]any:
		if cmd, ok := s["cmd"].(string); ok {
			return []Step{{Text: cmd + quoted(args[1:]), Line: lineOf(text, args[0])}}
		}
	}
	return nil
}

// Procfile returns the processes of a Procfile: those named, or all.
func Procfile(text string, names []string) []Step {
	var steps []Step
	n := 0
	for line := range strings.Lines(text) {
		n++
		name, command, ok := strings.Cut(line, ":")
		if command = strings.TrimSpace(command); !ok || strings.HasPrefix(line, "#") || command == "" {
			continue
		}
		if len(names) == 0 || slices.Contains(names, name) {
			steps = append(steps, Step{Text: command, Line: n})
		}
	}
	return steps
}
