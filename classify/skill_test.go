package classify

import (
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

func TestSkill(t *testing.T) {
	fs := site()
	for name, text := range map[string]string{
		"/home/u/p/.claude/skills/bad/SKILL.md":    "---\nname: bad\n---\nOutput: !`pip install requests`\n",
		"/home/u/p/.claude/skills/fence/SKILL.md":  "# Do\n```!\ncd sub\npip3 install requests\n```\n",
		"/home/u/p/.claude/skills/good/SKILL.md":   "Say `pip install x`.\n!`git status` and !`.venv/bin/pip install x`\n```sh\npip install x\n```\n",
		"/home/u/p/.claude/skills/other/SKILL.md":  "---\nname: \"named\"\n---\n!`pip install x`",
		"/home/u/p/.claude/skills/args/SKILL.md":   "!`pip $ARGUMENTS`",
		"/home/u/p/.claude/skills/nth/SKILL.md":    "!`$0 install x`",
		"/home/u/p/.claude/commands/ns/cmd.md":     "!`$1 install x`",
		"/home/u/.claude/commands/mine.md":         "!`npm i -g x`",
		"/home/u/p/.claude/skills/script/SKILL.md": "!`bash ${CLAUDE_SKILL_DIR}/x.sh`",
		"/home/u/p/.claude/skills/script/x.sh":     "pip install x\n",
		"/home/u/p/.claude/skills/pwsh/SKILL.md":   "---\nshell: powershell\n---\n!`pip install x`",
		"/home/u/p/.claude/skills/hooks/SKILL.md":  "---\nhooks:\n  PostToolUse:\n    - hooks:\n        - type: command\n          command: \"pip install x\"\n---\nHello\n",
		"/home/u/p/.claude/skills/yaml/SKILL.md":   "Write this:\ncommand: pip install x\n",
	} {
		fs[name] = world.MemFile{Content: text}
	}
	for _, test := range []struct {
		tool, input string
		want        action.Verdict
	}{
		{"Skill", `{"skill":"bad"}`, action.Block},
		{"Skill", `{"command":"bad"}`, action.Block}, // 2.0.45
		{"Skill", `{"skill":"fence"}`, action.Block},
		{"Skill", `{"skill":"good"}`, action.Allow},
		{"Skill", `{"skill":"named"}`, action.Block},
		{"Skill", `{"skill":"args","args":"install x"}`, action.Block},
		{"Skill", `{"skill":"args","args":"list"}`, action.Pass},
		{"Skill", `{"skill":"nth","args":"pip"}`, action.Block},
		{"Skill", `{"skill":"script"}`, action.Block},
		{"Skill", `{"skill":"pwsh"}`, action.Block},
		{"Skill", `{"skill":"nowhere"}`, action.Pass},
		{"Skill", `{"skill":"hooks"}`, action.Block},
		{"Skill", `{"skill":"yaml"}`, action.Pass},
		{"Skill", `{"skill":7}`, action.Block},
		{"Skill", `{}`, action.Pass},
		{"SlashCommand", `{"command":"/ns:cmd pip"}`, action.Block},
		{"SlashCommand", `{"command":"/mine"}`, action.Block},
	} {
		call := action.Call{Tool: test.tool, Input: test.input, Dir: "/home/u/p/sub"}
		if !Governed(call) {
			t.Fatalf("%s is not governed", test.tool)
		}
		got := Decide(call, World{FS: fs, Environ: []string{"HOME=/home/u", "PATH=/usr/local/bin:/usr/bin:/bin"}})
		if got.Verdict != test.want {
			t.Errorf("%s %s: %v, want %v: %s", test.tool, test.input, got.Verdict, test.want, got.Reason())
		}
		if test.input == `{"skill":"bad"}` && !strings.Contains(got.Reason(), ".claude/skills/bad/SKILL.md") {
			t.Errorf("the reason does not name the file: %s", got.Reason())
		}
	}
}
