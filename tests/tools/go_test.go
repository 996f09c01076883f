package tools

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestGoTarget asks `go list` for the file that `go install` would write.
func TestGoTarget(t *testing.T) {
	goTool := need(t, "go")
	for _, test := range []struct {
		name  string
		env   []string
		files map[string]string
	}{
		{name: "default"},
		{name: "GOBIN", env: []string{"GOBIN=@CWD@/bin"}},
		{name: "GOPATH", env: []string{"GOPATH=@HOME@/gopath"}},
		{name: "first of GOPATH", env: []string{"GOPATH=@HOME@/one:@HOME@/two"}},
		{name: "GOBIN beats GOPATH", env: []string{"GOPATH=@HOME@/one", "GOBIN=@HOME@/b"}},
		{name: "file of settings", files: map[string]string{"../.config/go/env": "# set\nGOBIN=@HOME@/c\n"}},
		{name: "the environment beats the file", env: []string{"GOBIN=@HOME@/b"}, files: map[string]string{"../.config/go/env": "GOBIN=@HOME@/c\n"}},
		{name: "GOPATH in the file", files: map[string]string{"../.config/go/env": "GOPATH=@HOME@/c\n"}},
		{name: "GOENV", env: []string{"GOENV=@CWD@/goenv"}, files: map[string]string{"goenv": "GOBIN=@HOME@/d\n", "../.config/go/env": "GOBIN=@HOME@/c\n"}},
		{name: "GOENV=off", env: []string{"GOENV=off"}, files: map[string]string{"../.config/go/env": "GOBIN=@HOME@/c\n"}},
		{name: "XDG_CONFIG_HOME", env: []string{"XDG_CONFIG_HOME=@HOME@/xdg"}, files: map[string]string{"../xdg/go/env": "GOBIN=@HOME@/e\n", "../.config/go/env": "GOBIN=@HOME@/c\n"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{"go.mod": "module example.com/q\n\ngo 1.21\n", "main.go": "package main\n\nfunc main() {}\n",
				// Else go writes there after it has ended.
				"../.config/go/telemetry/mode": "off", "../xdg/go/telemetry/mode": "off",
			}
			for name, text := range test.files {
				files[name] = text
			}
			s := newSite(t, files)
			s.set([]string{"GOCACHE=" + cache(t, goTool), "GOTOOLCHAIN=local", "GOFLAGS=-mod=mod"})
			s.set(test.env)
			target := s.run(goTool, "list", "-f", "{{.Target}}", ".")
			if place := s.place("go", "install", "."); target == "" || place != filepath.Dir(target) {
				t.Errorf("go installs %q, the packs say %q", target, place)
			}
		})
	}
}

// TestGoFlags asks go whether words make it print only, or run elsewhere.
func TestGoFlags(t *testing.T) {
	goTool := need(t, "go")
	s := newSite(t, map[string]string{"go.mod": "module example.com/q\n\ngo 1.21\n", "main.go": "package main\n\nfunc main() {}\n", "../.config/go/telemetry/mode": "off"})
	s.set([]string{"GOCACHE=" + cache(t, goTool), "GOTOOLCHAIN=local", "GOBIN=@HOME@/bin"})
	for _, test := range []struct {
		flags string // GOFLAGS
		args  []string
	}{
		{"", []string{"install", "-n", "."}},
		{"", []string{"install", "--n", "."}},
		{"", []string{"install", "-n=false", "."}},
		{"-n", []string{"install", "."}},
		{"-n", []string{"install", "-n=false", "."}},
		{"-x --n=true", []string{"install"}},
	} {
		s.set([]string{"GOFLAGS=" + test.flags})
		s.run("rm", "-rf", s.home+"/bin")
		s.run(append([]string{goTool}, test.args...)...)
		installed := s.run("ls", s.home+"/bin") != ""
		if got := s.place(append([]string{"go"}, test.args...)...) != ""; got != installed {
			t.Errorf("GOFLAGS=%s go %q: installs: %t, the packs: %t", test.flags, test.args, installed, got)
		}
	}
}

// cache returns the directory in which go keeps what it compiled, so that the
// standard library is not compiled again.
func cache(t *testing.T, goTool string) string {
	t.Helper()
	out, err := exec.Command(goTool, "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
