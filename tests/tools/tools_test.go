// Package tools asks the real tools where they would install to and how they
// read their words, and compares the answers with what the rule packs say.
// Tools that are not there are skipped.
package tools

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/world"
)

// need returns the path of a program, or skips the test.
func need(t *testing.T, name string) string {
	t.Helper()
	file, err := exec.LookPath(name)
	if err != nil {
		t.Skip("no " + name)
	}
	if name == "cargo" && exec.Command(file, "--version").Run() != nil {
		t.Skip("rustup has no toolchain") // only its stand-in is there
	}
	return file
}

// A site is a directory in which tools run, with a home and a project.
type site struct {
	t         *testing.T
	home, dir string
	env       []string
}

func newSite(t *testing.T, files map[string]string) *site {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, home: root, dir: filepath.Join(root, "project")}
	s.env = []string{"HOME=" + root, "PATH=" + os.Getenv("PATH")}
	if err := os.Mkdir(s.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		file := filepath.Join(s.dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(s.fill(text)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// fill writes the directories into a text.
func (s *site) fill(text string) string {
	return strings.NewReplacer("@HOME@", s.home, "@CWD@", s.dir).Replace(text)
}

// set sets variables: NAME=value.
func (s *site) set(vars []string) {
	for _, v := range vars {
		s.env = append(s.env, s.fill(v))
	}
}

// run returns what a command prints, "" if it fails.
func (s *site) run(argv ...string) string {
	s.t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = s.dir, s.env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		s.t.Logf("%q: %v\n%s", argv, err, &stderr)
		return ""
	}
	return strings.TrimSpace(string(out))
}

// Get makes the environment what a program would start with.
func (s *site) Get(name string) (string, bool) {
	for i := len(s.env) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(s.env[i], name+"="); ok {
			return v, true
		}
	}
	return "", false
}

// Inherited tells that nothing but the environment sets variables.
func (s *site) Inherited(string) bool { return true }

// judge returns what the packs say of a command.
func (s *site) judge(argv ...string) (action.Outcome, []rules.Finding) {
	return rules.Builtin().Program(&action.Invocation{Argv: argv, Dir: s.dir, Env: s, FS: world.OS{}})
}

// place returns where the packs say that a command lands, "" for nowhere.
func (s *site) place(argv ...string) string {
	_, findings := s.judge(argv...)
	if len(findings) == 0 {
		return ""
	}
	return findings[0].Place.Path
}

// rubyJSON runs a script of Ruby with a value in ARGV[0] and reads the value
// that it prints.
func rubyJSON(t *testing.T, ruby, script string, in, out any) {
	t.Helper()
	arg, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(ruby, "-rjson", "-e", "input = JSON.parse(ARGV[0])\n"+script, string(arg))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	if err := json.Unmarshal(text, out); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// verdict returns the worst verdict of the packs on a command.
func (s *site) verdict(argv ...string) string {
	v := action.Pass
	_, findings := s.judge(argv...)
	for _, f := range findings {
		v = action.Worst(v, f.Verdict)
	}
	return v.String()
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
