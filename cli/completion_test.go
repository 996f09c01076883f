package cli

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestTopics(t *testing.T) {
	topics := Topics()
	for _, name := range []string{"hook", "check", "policy", "install", "doctor", "version"} {
		if !slices.ContainsFunc(topics, func(t Topic) bool { return t.Name == name && t.Summary != "" }) {
			t.Errorf("no topic %s", name)
		}
	}
	for _, topic := range topics {
		if topic.Name != "version" && !strings.HasPrefix(topic.Usage, "usage: venv-guard") {
			t.Errorf("%s --help begins with %.40q", topic.Name, topic.Usage)
		}
		for _, w := range topic.Words {
			if strings.HasPrefix(w, "--") && !strings.Contains(topic.Usage, w) {
				t.Errorf("%s: %s is none of its options", topic.Name, w)
			}
		}
	}
}

func TestCompletionBash(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	for _, test := range []struct{ words, at, want string }{
		{"pol", "1", "policy"},
		{"d", "1", "deny doctor"},
		{"audit ver", "2", "verify"},
		{"check --j", "2", "--json"},
		{"nonsense x", "2", ""},
	} {
		script := Completion("bash") + "COMP_WORDS=(venv-guard " + test.words + "); COMP_CWORD=" + test.at + "; _venv_guard; echo \"${COMPREPLY[*]}\""
		out, err := exec.Command(bash, "--norc", "-c", script).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != test.want {
			t.Errorf("%s: got %q, %v; want %q", test.words, got, err, test.want)
		}
	}
}

func TestCompletionParses(t *testing.T) {
	for _, shell := range []string{"zsh", "fish", "pwsh"} {
		name := strings.Replace(shell, "pwsh", "powershell", 1)
		text := Completion(name)
		if text == "" {
			t.Fatalf("no completion for %s", name)
		}
		path, err := exec.LookPath(shell)
		if err != nil || shell == "pwsh" {
			continue
		}
		cmd := exec.Command(path, "-n", "/dev/stdin")
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s does not parse it: %v\n%s", shell, err, out)
		}
	}
	if Completion("tcsh") != "" {
		t.Error("a completion for a shell that is not known")
	}
}
