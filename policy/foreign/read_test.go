package foreign

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/policy"
)

var sameRule = cmp.Options{cmpopts.IgnoreUnexported(policy.Rule{}), cmpopts.IgnoreFields(policy.Rule{}, "Pos"), cmpopts.EquateEmpty()}

// Every spelling of a rule is read as the same rule.
func TestSpellings(t *testing.T) {
	tests := []struct {
		want  policy.Rule
		texts []string
	}{
		{
			policy.Rule{ID: "a", Action: policy.ShellExec, Match: policy.Match{Command: "pip install*"}, Verdict: action.Block, Message: "no"},
			[]string{
				"rules:\n- id: a\n  action: shell.exec\n  match: {command: \"pip install*\"}\n  effect: deny\n  message: \"no\"\n",
				"rules:\n- id: a\n  action: shell_exec\n  target: pip install*\n  decision: deny\n  description: \"no\"\n",
				"rules:\n- id: a\n  action: shell_execute\n  command_pattern: pip install*\n  decision: DENY\n  reason: \"no\"\n",
				"rules:\n- id: a\n  action: process.exec\n  match: {target: pip install*}\n  verdict: block\n  on_deny: \"no\"\n",
				"rules:\n- {id: a, action: Bash, command: pip install*, effect: deny, message: \"no\"}\n",
				`{"rules": [{"id": "a", "action": "shell.execute", "match": {"command": "pip install*"}, "effect": "deny", "message": "no"}]}`,
			},
		},
		{
			policy.Rule{ID: "a", Action: policy.FileWrite, Match: policy.Match{Path: "./w/**"}, Verdict: action.Allow},
			[]string{
				"rules: [{id: a, action: file.write, match: {path: ./w/**}, effect: allow}]",
				"rules: [{id: a, action: filesystem.write, target: ./w/**, decision: ALLOW}]",
				"rules: [{id: a, action: Edit, path: ./w/**, decision: allow}]",
			},
		},
		{
			policy.Rule{ID: "a", Action: policy.FileRead, Match: policy.Match{Path: "*/.npmrc"}, Verdict: action.Ask, Approvers: []string{"boss"}, Timeout: 60, Audit: true},
			[]string{
				"rules: [{id: a, action: file_read, target: '*/.npmrc', decision: REQUIRE_APPROVAL, approvers: [{role: boss}], timeout: 60, audit: true}]",
				"rules: [{id: a, action: Read, path: '*/.npmrc', effect: approval, approvers: [boss], timeout: 60, audit: true}]",
				"rules: [{id: a, action: file.read, path: '*/.npmrc', effect: prompt, approvers: [boss], timeout: 60, audit: true}]",
			},
		},
		{
			policy.Rule{ID: "a", Action: policy.Network, Match: policy.Match{URL: "https://pypi.org/**"}, Verdict: action.Allow},
			[]string{
				"rules: [{id: a, action: network, target: 'https://pypi.org/**', decision: allow}]",
				"rules: [{id: a, action: network.request, match: {url: 'https://pypi.org/**'}, effect: allow}]",
				"rules: [{id: a, action: network.http, match: {destination: 'https://pypi.org/**'}, effect: allow}]",
			},
		},
		{
			policy.Rule{ID: "a", Action: policy.Network, Match: policy.Match{Host: "pypi.org"}, Verdict: action.Allow},
			[]string{
				"rules: [{id: a, action: network, match: {domain: pypi.org}, effect: allow}]",
				"rules: [{id: a, action: network_request, host: pypi.org, effect: allow}]",
				"rules: [{id: a, action: WebFetch, destination: pypi.org, effect: allow}]",
			},
		},
		{
			policy.Rule{ID: "a", Action: policy.MCPCall, Match: policy.Match{Tool: "mcp__http__pip-install"}, Verdict: action.Block},
			[]string{
				"rules: [{id: a, action: mcp.call, tool: mcp__http__pip-install, effect: deny}]",
				"rules: [{id: a, action: mcp__http__pip-install, effect: deny}]",
				"rules: [{id: a, action: mcp.http.pip-install, effect: deny}]",
				`{"tools": {"mcp__http__pip-install": {"rules": [{"id": "a", "action": "deny"}]}}}`,
			},
		},
		{
			policy.Rule{
				ID: "t", Action: policy.MCPCall, Match: policy.Match{Tool: "t"}, Verdict: action.Allow,
				Limit: &policy.Limit{Counter: "t", Window: time.Minute, Max: 10, Scope: "grant"},
			},
			[]string{
				`{"version": "1", "tools": {"t": {"limits": [{"counter": "t", "window": "minute", "max": 10, "scope": "grant"}]}}}`,
				`{"tools": {"t": {"rules": [{"action": "allow", "rate_limit": {"max": 10, "window": 60}}]}}}`,
				`{"tools": {"t": {"rate_limit": "10/minute"}}}`,
				`{"tools": {"t": {"rateLimit": {"maxRequests": 10, "window": "1 minute"}}}}`,
				"tools:\n  t:\n    rate_limit: 10/minute\n",
				"rules: [{id: t, action: mcp.call, tool: t, effect: allow, limit: {max: 10, window: 60 seconds}}]",
			},
		},
		{policy.Rule{ID: "t", Action: policy.MCPCall, Match: policy.Match{Tool: "t"}, Verdict: action.Allow}, []string{`{"tools": {"t": {}}}`}},
		{
			policy.Rule{ID: "t", Action: policy.MCPCall, Match: policy.Match{Tool: "t"}, Verdict: action.Block, Message: "no"},
			[]string{`{"tools": {"t": {"action": "deny", "reason": "no"}}}`},
		},
	}
	for _, test := range tests {
		for _, text := range test.texts {
			p, err := Read("p", text)
			if err != nil {
				t.Errorf("%s: %v", text, err)
				continue
			}
			if diff := cmp.Diff([]policy.Rule{test.want}, p.Rules, sameRule); diff != "" {
				t.Errorf("%s (-want +got):\n%s", text, diff)
			}
		}
	}
}

func TestFaults(t *testing.T) {
	const rule = "- {id: a, action: shell.exec, match: {command: x}, effect: deny}\n"
	tests := []struct{ text, want string }{
		{"", "p:1:1: the file holds no policy"},
		{"[]", "p:1:1: want a policy with rules or tools, not a list"},
		{"version: 1", "p:1:1: want a list of rules"},
		{"version: 2\nrules:\n" + rule, "p:1:10: unknown version 2; known is 1"},
		{"rules: []", "p:1:8: want a list of rules"},
		{"rules: {a: b}", "p:1:8: want a list of rules, each with an id, not a map"},
		{"rules:\n" + rule + rule, "p:3:3: the rule a is in line 2 already"},
		{"ruls:\n" + rule, `p:1:1: unknown key "ruls" in the policy (did you mean "rules"?)`},
		{"rules:\n- id: a\n  action: shell.exec\n  match: {command: x}\n  effct: deny\n", `p:5:3: unknown key "effct" in a rule (did you mean "effect"?)`},
		{"rules:\n- id: a\n  action: shell.exec\n  match: {command: x}\n", "p:2:3: the rule a has no verdict"},
		{"rules:\n- id: a\n  action: shell.exec\n  match: {comand: x}\n  effect: deny\n", `p:4:11: unknown key "comand" in match (did you mean "command"?)`},
		{"rules:\n- id: a\n  action: shell.exek\n  match: {command: x}\n  effect: deny\n", `p:3:11: unknown action "shell.exek" (did you mean "shell.exec"?)`},
		{"rules:\n- id: a\n  action: shell.exec\n  match: {command: x}\n  effect: denny\n", `p:5:11: unknown verdict "denny" (did you mean "deny"?)`},
		{"rules:\n- id: a\n  action: shell.exec\n  match: {}\n  effect: deny\n", "p:4:10: the match of the rule a is empty"},
		{"rules:\n- id: a\n  action: shell.exec\n  match: {command: \"\"}\n  effect: deny\n", "p:4:20: command is empty"},
		{"rules:\n- id: a\n  action: shell.exec\n  match:\n  effect: deny\n", "want match to be a map, not nothing"},
		{"rules:\n- id: a\n  action: shell.exec\n  effect: deny\n", "p:2:3: the rule a has no match or target"},
		{"rules:\n- id: a\n  action: shell.exec\n  match: {path: x}\n  effect: deny\n", "p:4:11: path cannot match a shell.exec; it has command"},
		{"rules:\n- id: a\n  action: shell.exec\n  match: {command: x}\n  target: y\n  effect: deny\n", "the rule a says twice what must match"},
		{"rules:\n- id: a\n  action: shell.exec\n  match: {command: x}\n  effect: deny\n  decision: allow\n", "p:6:3: decision says the same as effect in line 5"},
		{"rules:\n- id: a\n  id: b\n", `p:3:3: key "id" is in line 2 already`},
		{"rules:\n- id: a\n  action: shell.exec\n  match: {command: x}\n  effect: deny\n  timeout: 0\n", "p:6:12: want a whole number above 0 for timeout, not 0"},
		{"rules:\n- id: a\n  action: shell.exec\n  match: {command: x}\n  effect: deny\n  audit: yes please\n", "p:6:10: want true or false for audit"},
		{"rules:\n- id: a\n  action: shell.exec\n  match: {command: x}\n  effect: deny\n  approvers: [{rol: y}]\n", `p:6:16: unknown key "rol" in an approver (did you mean "role"?)`},
		{"rules:\n- id: &x a\n", "p:2:7: anchors and aliases are not read"},
		{"rules:\n- !!str id: a\n", "p:2:3"},
		{"rules:\n  - id: a\n\n- id: b\n", "p:4:1:"},
		{"rules:\n" + rule + "---\nrules:\n" + rule, "want one document, not two"},
		{"defaultAction: refuse\nrules:\n" + rule, `p:1:16: unknown verdict "refuse"`},
		{"mode: simulat\nrules:\n" + rule, `p:1:7: unknown mode "simulat" (did you mean "simulate"?)`},
		{"rules:\n" + rule + "tools: {}\n", "p:3:1: want rules (SafeClaw) or tools (PolicyLayer), not both"},
		{`{"tools": {"t": {}, "t": {}}}`, `p:1:21: key "t" is in line 1 already`},
		{"{\"tools\": {\n\t\"t\": {\"limits\": [{\"window\": \"minute\", \"max\": 0}]}}}", "p:2:47: want a whole number above 0 for max, not 0"},
		{`{"tools": {"t": {"limits": [{"window": "minute", "max": -1}]}}}`, "p:1:57: want a whole number above 0 for max, not -1"},
		{`{"tools": {"t": {"limits": [{"window": "minut", "max": 1}]}}}`, `p:1:40: unknown window "minut" (did you mean "minute"?)`},
		{`{"tools": {"t": {"limits": [{"window": "minute"}]}}}`, "the limit has no max"},
		{`{"tools": {"t": {"limits": [{"max": 1}]}}}`, "the limit has no window"},
		{`{"tools": {"t": {"limits": {"max": 1}}}}`, "p:1:28: want a list of limits, not a map"},
		{`{"tools": {"t": {"limit": [1]}}}`, "want limit to be a map, not a list"},
		{`{"tools": {"t": {"limits": [{"max": 1, "window": "day", "scope": "grand"}]}}}`, `unknown scope "grand" (did you mean "grant"?)`},
		{`{"tools": {"t": {"rate_limit": "10 per minute"}}}`, `want a limit such as "10/minute"`},
		{`{"tools": {"t": {"rate_limit": "0/minute"}}}`, `want a limit such as "10/minute"`},
		{`{"tools": {"t": {"acton": "deny"}}}`, `unknown key "acton" in the tool t (did you mean "action"?)`},
		{`{"tools": {"": {}}}`, "p:1:12: the tool has no name"},
		{`{"tools": []}`, "p:1:11: want a map of tools, not a list"},
		{`{"tools": {"t": {}},}`, "malformed JSON"},
		{`{"tools": {"t": {}}`, "malformed JSON: unexpected end of the file"},
		{`{"tools": {"t": {}}} x`, "p:1:22: "},
		{`{"tools": {"t": {}}} {}`, "want nothing after the policy"},
		{"{\"tools\": {\"t\xff\": {}}}", "p:1:14: invalid UTF-8"},
		{"rules: " + strings.Repeat("[", 100) + strings.Repeat("]", 100), "nested deeper than 64 levels"},
		{`{"rules": ` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "}", "nested deeper than 64 levels"},
	}
	for _, test := range tests {
		_, err := Read("p", test.text)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error %v, want one with %s", test.text, err, test.want)
		}
	}
}

func printed(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "printed", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What pages print has lost its indentation. It is not read as it is, and can
// be mended.
func TestRepair(t *testing.T) {
	tests := []struct {
		name string
		ids  string
	}{
		{"gate-pip.yaml", "deny-pip-install deny-pip3-install deny-python-m-pip deny-uv-pip-install"},
		{"requirements-only.yaml", "allow-pip-requirements deny-pip-all-else"},
		{"no-publish.yaml", "deny-npm-publish deny-yarn-publish deny-pnpm-publish deny-twine-upload deny-python-setup-upload deny-gem-push deny-cargo-publish deny-nuget-push deny-dotnet-nuget-push deny-read-npmrc deny-read-pypirc"},
		{"approve-publish.yaml", "deny-read-npmrc approve-npm-publish deny-twine-upload"},
		{"pack-then-publish.yaml", "allow-npm-pack approve-npm-publish"},
		{"autogen.yaml", "allow-python-exec allow-pip-install deny-rm-commands allow-write-workspace deny-write-outside allow-pypi deny-network"},
	}
	for _, test := range tests {
		text := printed(t, test.name)
		if _, err := Read(test.name, text); err == nil {
			t.Errorf("%s is read although it is not YAML as it was meant", test.name)
		}
		mended, err := Repair(test.name, text)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		p, err := Read(test.name, mended)
		if err != nil {
			t.Errorf("%s: %v\n%s", test.name, err, mended)
			continue
		}
		var ids []string
		for _, r := range p.Rules {
			ids = append(ids, r.ID)
			if line := strings.Split(text, "\n")[r.Pos.Line-1]; !strings.Contains(line, r.ID) {
				t.Errorf("%s: rule %s is said to be in line %d: %s", test.name, r.ID, r.Pos.Line, line)
			}
		}
		if got := strings.Join(ids, " "); got != test.ids {
			t.Errorf("%s: rules %s, want %s", test.name, got, test.ids)
		}
		again, err := Repair(test.name, mended)
		if err != nil || again != mended {
			t.Errorf("%s: mending twice changes it (%v):\n%s", test.name, err, cmp.Diff(mended, again))
		}
	}
	for _, name := range []string{"approve-pip.yaml", "pip-install.json"} {
		if _, err := Read(name, printed(t, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestRepairFaults(t *testing.T) {
	tests := []struct{ text, want string }{
		{"rules:\n- id: a\nefect: deny\n", `p:3:1: unknown key "efect" (did you mean "effect"?)`},
		{"rules:\n- id: a\nid: b\n", "p:3:1: the rule has id already"},
		{"rules:\n- id: a\nmessage: |\nlong\n", "p:3:1: a text of several lines cannot be mended"},
		{"rules:\n- id: a\nsome words\n", "p:3:1: cannot tell what belongs together here"},
		{"- id: a\n", "p:1:1: cannot tell which list `- id:` belongs to"},
		{"rules:\n- role: x\n", "p:2:1: cannot tell which list `- role:` belongs to"},
	}
	for _, test := range tests {
		_, err := Repair("p", test.text)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error %v, want one with %s", test.text, err, test.want)
		}
	}
}

// Whatever is lost of a text's indentation, the policy stays the same.
func TestRepairFlattened(t *testing.T) {
	const whole = `version: "1.0"
defaultAction: deny
rules:
  # the first
  - id: a
    action: mcp.call
    match:
      tool: t
    decision: approval
    approvers:
      - role: one
      - two
    limits:
      - counter: c
        window: hour
        max: 3
    timeout: 60
  - action: shell_exec
    id: b
    target: "x: y # no comment"
    rate_limit:
      max: 3
      window: 60
    decision: allow
`
	want, err := Read("p", whole)
	if err != nil {
		t.Fatal(err)
	}
	var flat strings.Builder
	for line := range strings.Lines(whole) {
		flat.WriteString(strings.TrimLeft(line, " "))
	}
	mended, err := Repair("p", flat.String())
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read("p", mended)
	if err != nil {
		t.Fatalf("%v\n%s", err, mended)
	}
	if diff := cmp.Diff(want, got, sameRule); diff != "" {
		t.Errorf("(-whole +mended):\n%s", diff)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("rules:\n- {id: a, action: shell.exec, match: {command: x}, effect: deny}\n")
	f.Add(`{"version":"1","default":"deny","tools":{"t":{"limits":[{"counter":"c","window":"minute","max":10,"scope":"grant"}]}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Read("p", text)
		if (p == nil) != (err != nil) {
			t.Fatalf("policy %v, error %v", p, err)
		}
		for i := 0; p != nil && i < len(p.Rules); i++ {
			if p.Rules[i].Match.Empty() || p.Rules[i].ID == "" || p.Rules[i].Verdict == action.Pass {
				t.Fatalf("rule %+v", p.Rules[i])
			}
		}
		if mended, err := Repair("p", text); err == nil {
			Read("p", mended)
		}
	})
}

// What is imported decides as the file itself does: written and read again, it
// is the same policy.
func TestImported(t *testing.T) {
	files, err := os.ReadDir(filepath.Join("testdata", "printed"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text := printed(t, f.Name())
		if _, err := Read(f.Name(), text); err != nil {
			if text, err = Repair(f.Name(), text); err != nil {
				t.Fatal(err)
			}
		}
		want, err := Read(f.Name(), text)
		if err != nil {
			t.Fatal(err)
		}
		if err := want.Check(); err != nil {
			t.Error(err)
		}
		got, err := policy.Read("imported.toml", policy.Format(want, nil))
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(want.Rules, got.Rules, sameRule); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.Name(), diff)
		}
		if diff := cmp.Diff(want.Default, got.Default, cmpopts.EquateEmpty()); diff != "" || want.Agent != got.Agent || want.Mode != got.Mode {
			t.Errorf("%s: agent %q, mode %v (-want +got):\n%s", f.Name(), got.Agent, got.Mode, diff)
		}
	}
}
