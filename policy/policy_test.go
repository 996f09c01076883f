package policy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/world"
)

// write makes a policy file and returns its path; "" for no text.
func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if text != "" {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// layers loads the policies of the administrator and the user.
func layers(t *testing.T, managed, user string) (*policy.Set, error) {
	home := t.TempDir()
	if user != "" {
		put(t, filepath.Join(home, ".config/venv-guard/policy.toml"), user)
	}
	return policy.Loader{Managed: write(t, "managed.toml", managed), Environ: []string{"HOME=" + home}}.Load()
}

// managed loads one policy.
func managed(name string) (*policy.Set, error) { return policy.Loader{Managed: name}.Load() }

// put writes a file with the directories above it.
func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestSettings(t *testing.T) {
	const block, ask, allow, pass = action.Block, action.Ask, action.Allow, action.Pass
	tests := []struct {
		managed, user, command string
		want                   action.Verdict
	}{
		{"", "", "apt-get install vim", block},
		{"", "[categories]\nsystem-packages = \"ask\"", "apt-get install vim", ask},
		{"", "[categories]\nsystem-packages = \"allow\"", "apt-get install vim", allow},
		{"", "[categories]\nsystem-packages = \"off\"", "apt-get install vim", pass},
		{"", "[categories]\nsystem-packages = \"off\"", "npm i -g x", block},
		{"", "[rules]\n\"os/packages\" = \"ask\"", "apt-get install vim", ask},
		{"", "[categories]\nsystem-packages = \"off\"\n[rules]\n\"os/packages\" = \"ask\"", "apt-get install vim", ask},
		{"", "[rules]\n\"credentials/file\" = \"ask\"", "cat ~/.npmrc", ask},
		{"", "[categories]\ncredentials = \"off\"", "cat ~/.npmrc", pass},

		// What the administrator sets can only become stricter.
		{"[categories]\nsystem-packages = \"ask\"", "", "apt-get install vim", ask},
		{"[categories]\nsystem-packages = \"ask\"", "[categories]\nsystem-packages = \"off\"", "apt-get install vim", ask},
		{"[categories]\nsystem-packages = \"ask\"", "[rules]\n\"os/packages\" = \"off\"", "apt-get install vim", ask},
		{"[categories]\nsystem-packages = \"ask\"", "[categories]\nsystem-packages = \"block\"", "apt-get install vim", block},
		{"[rules]\n\"os/packages\" = \"block\"", "[categories]\nsystem-packages = \"off\"", "apt-get install vim", block},
		{"[categories]\npublish = \"block\"", "[categories]\nsystem-packages = \"off\"", "apt-get install vim", pass},
	}
	for _, test := range tests {
		set, err := layers(t, test.managed, test.user)
		if err != nil {
			t.Errorf("%q under %q: %v", test.user, test.managed, err)
			continue
		}
		call := action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: test.command, Dir: "/home/user/project"}
		w := classify.World{FS: world.Mem{"/home/user/project/.git/HEAD": {}}, Environ: []string{"HOME=/home/user", "PATH=/usr/bin", "SHELL=/bin/bash"}}
		if got := (classify.Decider{Packs: set.Packs}).Decide(call, w).Verdict; got != test.want {
			t.Errorf("%q under %q: %q is %v, want %v", test.user, test.managed, test.command, got, test.want)
		}
	}
}

func TestErrors(t *testing.T) {
	tests := []struct{ text, want string }{
		{"[categories\n", ":1:12: want ']'"},
		{"[categoris]\n", `:1:2: unknown key "categoris" (did you mean "categories"?)`},
		{"[categories]\npublish = \"block\"\nsystem-package = \"ask\"\n", `:3:1: unknown category "system-package" (did you mean "system-packages"?)`},
		{"[categories]\npublish = \"deny\"\n", `:2:11: unknown verdict "deny"; it is one of block, ask, allow, off`},
		{"[rules]\n\"os/package\" = \"ask\"\n", `:2:1: unknown rule "os/package" (did you mean "os/packages"?)`},
		{"[rules]\n\"os/packages\" = true\n", ":2:17: os/packages must be a string, not a boolean"},
		{"[Rules]\n\"os/packages\" = \"ask\"\n", `:1:2: unknown key "Rules" (did you mean "rules"?)`},
		{"rules = [1, 2]\n", ":1:9: rules must be a table"},
		{"rules = 1\n", "rules"},
	}
	for _, test := range tests {
		name := write(t, "policy.toml", test.text)
		_, err := managed(name)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: error %v, want one with %s", test.text, err, test.want)
		}
	}
}

func TestUntrusted(t *testing.T) {
	name := write(t, "policy.toml", "[categories]\npublish = \"off\"\n")
	for _, mode := range []os.FileMode{0o620, 0o602, 0o666} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := managed(name); err == nil || !strings.Contains(err.Error(), "can be written by others") {
			t.Errorf("mode %o: error %v", mode, err)
		}
	}
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := managed(name); err != nil {
		t.Error(err)
	}
	if _, err := managed(filepath.Dir(name)); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("directory: error %v", err)
	}
}

func TestUserFile(t *testing.T) {
	for _, test := range []struct {
		environ []string
		want    string
	}{
		{[]string{"HOME=/h"}, "/h/.config/venv-guard/policy.toml"},
		{[]string{"HOME=/h", "XDG_CONFIG_HOME=/x"}, "/x/venv-guard/policy.toml"},
		{[]string{"HOME=/h", "XDG_CONFIG_HOME=x"}, "/h/.config/venv-guard/policy.toml"},
		{nil, ""},
	} {
		if got := policy.UserFile(test.environ); got != test.want {
			t.Errorf("%q: %q, want %q", test.environ, got, test.want)
		}
	}
}
