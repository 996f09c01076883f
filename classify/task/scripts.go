package task

import (
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v4"

	"github.com/venv-guard/venv-guard/action"
)

func lineOf(text, what string) int {
	i := strings.Index(text, what)
	if i < 0 {
		return 0
	}
	return 1 + strings.Count(text[:i], "\n")
}

// Just returns what `just goals…` runs by a justfile (just 1.40). Interpolated
// expressions are known for variables that hold one string.
func Just(text string, goals []string) []Step {
	type recipe struct {
		deps  []string
		lines []Step
	}
	recipes := map[string]*recipe{}
	vars := map[string]string{}
	aliases := map[string]string{}
	var first string
	var cur *recipe
	for i, line := range strings.Split(text, "\n") {
		trim := strings.TrimSpace(line)
		if line != "" && (line[0] == ' ' || line[0] == '\t') {
			if cur != nil && trim != "" {
				cur.lines = append(cur.lines, Step{Text: trim, Line: i + 1})
			}
			continue
		}
		if trim == "" || trim[0] == '#' || trim[0] == '[' {
			continue
		}
		cur = nil
		if name, val, ok := strings.Cut(trim, ":="); ok {
			name = strings.TrimSpace(strings.TrimPrefix(name, "export "))
			val = strings.TrimSpace(val)
			switch {
			case strings.HasPrefix(name, "alias "):
				aliases[strings.TrimSpace(name[6:])] = val
			case len(val) > 1 && (val[0] == '"' || val[0] == '\'') && strings.IndexByte(val[1:], val[0]) == len(val)-2:
				vars[name] = val[1 : len(val)-1]
			default:
				vars[name] = hole
			}
			continue
		}
		head, deps, ok := strings.Cut(trim, ":")
		if !ok || strings.HasPrefix(head, "set ") || strings.HasPrefix(head, "import ") || strings.HasPrefix(head, "mod ") {
			continue
		}
		words := strings.Fields(head)
		if len(words) == 0 {
			continue
		}
		name := strings.TrimLeft(words[0], "@")
		cur = &recipe{}
		for _, d := range strings.Fields(deps) {
			cur.deps = append(cur.deps, strings.Trim(d, "()&"))
		}
		recipes[name] = cur
		if first == "" {
			first = name
		}
	}
	if len(goals) == 0 {
		goals = []string{first}
	}
	var steps []Step
	done := map[string]bool{}
	var run func(string)
	run = func(name string) {
		if a, ok := aliases[name]; ok {
			name = a
		}
		r := recipes[name]
		if r == nil || done[name] || len(steps) > MaxSteps {
			return
		}
		done[name] = true
		for _, d := range r.deps {
			run(d)
		}
		if len(r.lines) > 0 && strings.HasPrefix(r.lines[0].Text, "#!") {
			var body []string
			for _, l := range r.lines[1:] {
				body = append(body, justText(l.Text, vars))
			}
			steps = append(steps, Step{Text: strings.Join(body, "\n"), Line: r.lines[0].Line, Lang: shebangLang(r.lines[0].Text)})
			return
		}
		for _, l := range r.lines {
			steps = append(steps, Step{Text: justText(strings.TrimLeft(l.Text, "@-"), vars), Line: l.Line})
		}
	}
	for _, g := range goals {
		if action.Holed(g) {
			for _, name := range slices.Sorted(maps.Keys(recipes)) {
				run(name)
			}
			continue
		}
		run(g)
	}
	return steps
}

func justText(s string, vars map[string]string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, "{{")
		if i < 0 {
			break
		}
		end := strings.Index(s[i:], "}}")
		if end < 0 {
			break
		}
		b.WriteString(s[:i])
		if v, ok := vars[strings.TrimSpace(s[i+2:i+end])]; ok {
			b.WriteString(v)
		} else {
			b.WriteString(hole)
		}
		s = s[i+end+2:]
	}
	return b.String() + s
}

func shebangLang(line string) string {
	for _, lang := range []string{"python", "node", "ruby", "perl", "bash", "zsh", "fish"} {
		if strings.Contains(line, lang) {
			return lang
		}
	}
	return "sh"
}

// Taskfile returns what `task goals…` runs by a Taskfile.yml (Task 3).
func Taskfile(text string, goals []string) []Step {
	var f struct {
		Tasks map[string]any `yaml:"tasks"`
	}
	if yaml.Load([]byte(text), &f) != nil {
		return nil
	}
	if len(goals) == 0 {
		goals = []string{"default"}
	}
	var steps []Step
	done := map[string]bool{}
	var run func(string)
	var command func(any)
	command = func(c any) {
		switch c := c.(type) {
		case string:
			steps = append(steps, Step{Text: templateHoles(c), Line: lineOf(text, strings.SplitN(c, "\n", 2)[0])})
		case []any:
			for _, x := range c {
				command(x)
			}
		case map[string]any:
			if s, ok := c["cmd"].(string); ok {
				command(s)
			}
			if s, ok := c["task"].(string); ok {
				run(s)
			}
		}
	}
	run = func(name string) {
		if done[name] || len(steps) > MaxSteps {
			return
		}
		done[name] = true
		switch t := f.Tasks[name].(type) {
		case map[string]any:
			if deps, ok := t["deps"].([]any); ok {
				for _, d := range deps {
					if s, ok := d.(string); ok {
						run(s)
					} else {
						command(d)
					}
				}
			}
			command(t["cmds"])
			command(t["cmd"])
		default:
			command(t)
		}
	}
	for _, g := range goals {
		run(g)
	}
	return steps
}

func templateHoles(s string) string {
	for {
		i := strings.Index(s, "{{")
		if i < 0 {
			return s
		}
		end := strings.Index(s[i:], "}}")
		if end < 0 {
			return s
		}
		s = s[:i] + hole + s[i+end+2:]
	}
}

// PyProject returns what a task of pyproject.toml runs: tool is "poe", "pdm",
// "hatch" or "rye". For hatch the name may carry its environment (env:name).
func PyProject(text, tool, name string) []Step {
	var f struct {
		Tool struct {
			Poe struct {
				Tasks map[string]any `toml:"tasks"`
			} `toml:"poe"`
			PDM struct {
				Scripts map[string]any `toml:"scripts"`
			} `toml:"pdm"`
			Rye struct {
				Scripts map[string]any `toml:"scripts"`
			} `toml:"rye"`
			Hatch struct {
				Envs map[string]struct {
					Scripts map[string]any `toml:"scripts"`
				} `toml:"envs"`
			} `toml:"hatch"`
		} `toml:"tool"`
	}
	if _, err := toml.Decode(text, &f); err != nil {
		return nil
	}
	tables := map[string]map[string]any{"poe": f.Tool.Poe.Tasks, "pdm": f.Tool.PDM.Scripts, "rye": f.Tool.Rye.Scripts}
	table := tables[tool]
	if tool == "hatch" {
		env, script, ok := strings.Cut(name, ":")
		if !ok {
			env, script = "default", name
		}
		table, name = f.Tool.Hatch.Envs[env].Scripts, script
	}
	var steps []Step
	done := map[string]bool{}
	var run func(string)
	var command func(any)
	command = func(c any) {
		switch c := c.(type) {
		case string:
			first, _, _ := strings.Cut(c, " ")
			if _, isTask := table[first]; isTask && !done[first] {
				run(first)
				return
			}
			steps = append(steps, Step{Text: c, Line: lineOf(text, strings.SplitN(c, "\n", 2)[0])})
		case []any:
			words := true
			for _, x := range c {
				if s, ok := x.(string); !ok || strings.Contains(s, " ") {
					words = false
				}
			}
			if words && tool == "pdm" || words && tool == "rye" { // a command as a list of words
				var all []string
				for _, x := range c {
					all = append(all, x.(string))
				}
				command(strings.Join(all, " "))
				return
			}
			for _, x := range c {
				command(x)
			}
		case map[string]any:
			for _, key := range []string{"cmd", "shell", "sequence", "composite", "chain"} {
				if v, ok := c[key]; ok {
					command(v)
				}
			}
		}
	}
	run = func(n string) {
		if done[n] || len(steps) > MaxSteps {
			return
		}
		done[n] = true
		command(table[n])
	}
	run(name)
	return steps
}
