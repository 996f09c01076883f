package classify

import (
	"encoding/json"
	"path"
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/classify/shell"
	"github.com/venv-guard/venv-guard/world"
)

// isSkillTool reports whether a tool loads a skill or a command of Claude Code's.
// Commands in those (!`…`, and fences that begin with ```!) are run while they are
// loaded, and no hook is told of them (2.1.330 and 2.0.45, run).
func isSkillTool(name string) bool { return name == "Skill" || name == "SlashCommand" }

const (
	maxSkill  = 1 << 20
	maxSkills = 500 // in one directory
)

// skill judges the commands that stand in a skill.
func (d *Decision) skill(w World, opt shell.Options) {
	var input struct{ Skill, Command, Args string }
	if err := json.Unmarshal([]byte(d.call.Input), &input); err != nil {
		d.Problems = append(d.Problems, shell.Problem{
			ID: "unknown-skill", Text: "the tool " + d.call.Tool + " was not told by name what to load", Hint: "name the skill as a text",
		})
		return
	}
	name := input.Skill
	if name == "" {
		name, input.Args, _ = strings.Cut(strings.TrimSpace(input.Command), " ")
	}
	name = strings.TrimPrefix(strings.TrimSpace(name), "/")
	if name == "" {
		return // the tool itself will refuse that
	}
	for _, file := range skillFiles(w, d.call.Dir, name) {
		b, err := w.FS.ReadFile(file, maxSkill)
		if err != nil {
			continue
		}
		text := strings.NewReplacer("${CLAUDE_SKILL_DIR}", path.Dir(file), "${CLAUDE_PLUGIN_ROOT}", path.Dir(file)).Replace(string(b))
		for _, command := range skillCommands(text) {
			for _, command := range withArgs(command, input.Args) {
				n := len(d.Steps)
				if frontmatter(text, "shell") == "powershell" {
					d.Problems = append(d.Problems, shell.EvaluatePowerShell(command, opt)...)
				} else {
					d.Problems = append(d.Problems, evaluate(command, opt)...)
				}
				for i := range d.Steps[n:] {
					if inv := d.Steps[n+i].Invocation; inv.File == "" {
						inv.File = file
					}
				}
			}
		}
	}
}

// skillFiles returns the files that a name may stand for: those of the project,
// which may begin at any directory above, and of the user.
func skillFiles(w World, dir, name string) (files []string) {
	env := environ(w.Environ)
	var tops []string
	for d := dir; path.IsAbs(d); d = path.Dir(d) {
		tops = append(tops, path.Join(d, ".claude"))
		if d == "/" {
			break
		}
	}
	for _, v := range []struct{ name, below string }{{"CLAUDE_PROJECT_DIR", ".claude"}, {"CLAUDE_CONFIG_DIR", ""}, {"HOME", ".claude"}} {
		if at, _ := env.Get(v.name); at != "" {
			tops = append(tops, path.Join(at, v.below))
		}
	}
	seen := map[string]bool{}
	add := func(file string) {
		if !seen[file] && world.Exists(w.FS, file) {
			seen[file] = true
			files = append(files, file)
		}
	}
	for _, top := range tops {
		add(path.Join(top, "commands", strings.ReplaceAll(name, ":", "/")+".md"))
		add(path.Join(top, "commands", path.Base(strings.ReplaceAll(name, ":", "/"))+".md"))
		skills := path.Join(top, "skills")
		add(path.Join(skills, strings.ReplaceAll(name, ":", "/"), "SKILL.md"))
		entries, err := w.FS.ReadDir(skills)
		if err != nil {
			continue
		}
		for i, e := range entries { // a skill may give itself another name than its directory's
			file := path.Join(skills, e.Name, "SKILL.md")
			if b, err := w.FS.ReadFile(file, maxSkill); err == nil && i < maxSkills && frontmatter(string(b), "name") == name {
				add(file)
			}
		}
	}
	return files
}

// frontmatter returns the value of a key at the head of a skill.
func frontmatter(text, key string) string {
	head, ok := strings.CutPrefix(strings.TrimPrefix(text, "\ufeff"), "---")
	if !ok {
		return ""
	}
	head, _, _ = strings.Cut(head, "\n---")
	for line := range strings.SplitSeq(head, "\n") {
		if k, v, ok := strings.Cut(line, ":"); ok && k == key {
			return strings.Trim(strings.TrimSpace(v), `"'`)
		}
	}
	return ""
}

// skillCommands returns the commands that are run while a skill is loaded, and
// those of the hooks that it brings, which are run later.
func skillCommands(text string) (commands []string) {
	head, _, _ := strings.Cut(strings.TrimPrefix(text, "---"), "\n---")
	for line := range strings.SplitSeq(head, "\n") {
		line = strings.TrimLeft(line, " -\t")
		if v, ok := strings.CutPrefix(line, "command:"); ok && len(head) < len(text)-3 {
			commands = append(commands, strings.Trim(strings.TrimSpace(v), `"'`))
		}
	}
	for rest := text; ; {
		_, after, ok := strings.Cut(rest, "!`")
		if !ok {
			break
		}
		var command string
		if command, rest, ok = strings.Cut(after, "`"); ok && strings.TrimSpace(command) != "" {
			commands = append(commands, command)
		}
	}
	for rest := text; ; {
		_, after, ok := strings.Cut(rest, "```!")
		if !ok {
			return commands
		}
		var block string
		block, rest, _ = strings.Cut(after, "```")
		commands = append(commands, block)
	}
}

// withArgs puts the arguments of a skill into a command, which takes them as they
// are. $1 is the first to commands, and the second to skills.
func withArgs(command, args string) []string {
	if !strings.Contains(command, "$") {
		return []string{command}
	}
	words := strings.Fields(args)
	var list []string
	for first := range 2 {
		var pairs []string
		for i := 9; i >= 0; i-- {
			word := ""
			if k := i - first; 0 <= k && k < len(words) {
				word = words[k]
			}
			n := strconv.Itoa(i)
			pairs = append(pairs, "$ARGUMENTS["+n+"]", word, "$"+n, word)
		}
		command := strings.NewReplacer(append(pairs, "$ARGUMENTS", args)...).Replace(command)
		if len(list) == 0 || list[0] != command {
			list = append(list, command)
		}
	}
	return list
}
