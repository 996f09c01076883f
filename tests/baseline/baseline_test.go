// Package baseline holds what baseline-settings.json and trusted-hooks.yaml
// promise against the files themselves.
package baseline

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/venv-guard/venv-guard/trust"
)

const settingsFile = "../../baseline-settings.json"

type settings struct {
	Env         map[string]string `json:"env"`
	Permissions struct {
		Deny []string `json:"deny"`
	} `json:"permissions"`
	Hooks map[string][]struct {
		Matcher string `json:"matcher"`
		Hooks   []struct {
			Type      string  `json:"type"`
			Command   string  `json:"command"`
			Timeout   float64 `json:"timeout"`
			OnFailure string  `json:"onFailure"`
		} `json:"hooks"`
	} `json:"hooks"`
}

// load decodes the settings strictly: a client drops the whole file, its hooks
// included, for one value of a wrong type.
func load(t *testing.T) settings {
	t.Helper()
	r, err := os.Open(settingsFile)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var s settings
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSettings(t *testing.T) {
	s := load(t)
	if diff := cmp.Diff(map[string]string{"PIP_REQUIRE_VIRTUALENV": "1"}, s.Env); diff != "" {
		t.Errorf("env, -want +got\n%s", diff)
	}
	if len(s.Hooks) != 1 || len(s.Hooks["PreToolUse"]) != 2 {
		t.Fatalf("want two hooks, before tool use, got %v", s.Hooks)
	}
	// Of other characters than these a client makes a regular expression,
	// which tools of MCP servers need.
	names, mcp := s.Hooks["PreToolUse"][0], s.Hooks["PreToolUse"][1]
	if !regexp.MustCompile(`^\w+(\|\w+)*$`).MatchString(names.Matcher) || !slices.Contains(strings.Split(names.Matcher, "|"), "Bash") {
		t.Errorf("matcher %q does not name tools", names.Matcher)
	}
	if mcp.Matcher != "mcp__.*" {
		t.Errorf("matcher %q is not that of MCP tools", mcp.Matcher)
	}
	for _, entry := range s.Hooks["PreToolUse"] {
		if len(entry.Hooks) != 1 {
			t.Fatalf("want one hook for %q, got %v", entry.Matcher, entry.Hooks)
		}
		if h := entry.Hooks[0]; h.Type != "command" || h.Command != "venv-guard hook" || h.Timeout <= 0 || h.Timeout > 10 || h.OnFailure != "block" {
			t.Errorf("got the hook %+v", h)
		}
	}
	if len(s.Permissions.Deny) == 0 {
		t.Error("nothing is denied")
	}
}

// words returns the words that a deny rule is a prefix of. No other form of
// rule will do: for a star elsewhere, Claude Code 2.0 drops the whole file, its
// hooks included, without a word.
func words(t *testing.T, rule string) string {
	t.Helper()
	m := regexp.MustCompile(`^Bash\(([^*:()]+):\*\)$`).FindStringSubmatch(rule)
	if m == nil {
		t.Fatalf("%q is not of the form Bash(words:*)", rule)
	}
	return m[1]
}

// denied returns the rules that match one simple command in the strictest way
// that clients since 2.0 read them: as a prefix of words, with the program by
// its base name.
func denied(t *testing.T, command string) (rules []string) {
	t.Helper()
	program, args, _ := strings.Cut(command, " ")
	for _, rule := range load(t).Permissions.Deny {
		if strings.HasPrefix(path.Base(program)+" "+args+" ", words(t, rule)+" ") {
			rules = append(rules, rule)
		}
	}
	return rules
}

// The outcomes of TestDenied and TestAllowed were seen in Claude Code 2.1.329.
func TestDenied(t *testing.T) {
	for _, command := range []string{
		"pip install --user x",
		"pip3 install --break-system-packages x",
		".venv/bin/pip install --user x", // pip itself refuses this one too
		"python3 -m pip install --user x",
		"/usr/bin/python3 -m pip install --user x",
		"sudo pip install x",
		"sudo -H python3 -m pip install x",
		"uv pip install --system x",
		"PIP_REQUIRE_VIRTUALENV=0 pip install x",
		"unset PIP_REQUIRE_VIRTUALENV",
		"env -u PIP_REQUIRE_VIRTUALENV pip install x",
		"venv-guard trust x",
		"./venv-guard trust x",
		"venv-guard approve --for 1h 7k2m9q4x",
		"venv-guard deny x",
		"venv-guard approvals revoke x",
	} {
		if len(denied(t, command)) == 0 {
			t.Errorf("no rule denies %s", command)
		}
	}
}

func TestAllowed(t *testing.T) {
	for _, command := range []string{
		".venv/bin/pip install requests",
		"/w/.venv/bin/pip3 install -r requirements.txt",
		".venv/bin/pip install --upgrade pip",
		".venv/bin/pip --require-virtualenv install x",
		".venv/bin/python -m pip install -r requirements.txt",
		"PIP_REQUIRE_VIRTUALENV=1 .venv/bin/pip install x",
		"sudo .venv/bin/pip install x",
		"python3 -m venv .venv",
		"pip install -e .[dev]", // in an active environment
		".venv/bin/pip install --use-pep517 x",
		"uv add x",
		"uv sync",
		"uv pip install x",
		"uv pip install --system-certs x",
		"pipx install x",
		"poetry add x",
		"venv-guard verify",
		"sudo systemctl restart x",
		"docker exec c pip install --user x",
		"grep -rn pip install --user .",
		"venv-guard approvals list",
		"venv-guard approvals show x",
	} {
		if rules := denied(t, command); len(rules) > 0 {
			t.Errorf("%s denies %s", rules, command)
		}
	}
}

func TestPins(t *testing.T) {
	name, err := filepath.Abs("../../trusted-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f, err := trust.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, r := range f.Verify() {
		if r.Status != trust.OK {
			t.Errorf("%s: %s; after a review: venv-guard trust %[1]s", r.Path, r.Status)
		}
		paths = append(paths, r.Path)
	}
	if !slices.Contains(paths, "baseline-settings.json") {
		t.Errorf("baseline-settings.json is not pinned, only %q", paths)
	}
}
