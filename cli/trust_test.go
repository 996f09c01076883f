package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTrust(t *testing.T) {
	dir := pinTree(t, "a", "a\n", "b", "b\n", "sub/x", "")
	steps := []struct {
		args   string
		status int
		stdout string
	}{
		{"a", ExitOK, "created     DIR/trusted-hooks.yaml\npinned      a  sha256:87428fc52280…\n"},
		{"./a b", ExitOK, "unchanged   a  sha256:87428fc52280…\npinned      b  sha256:0263829989b6…\n"},
		{"--file sub/pins.yaml a sub/x", ExitOK, "created     DIR/sub/pins.yaml\npinned      DIR/a  sha256:87428fc52280…\npinned      x  sha256:e3b0c44298fc…\n"},
	}
	for _, s := range steps {
		status, stdout, stderr := runPins(dir, nil, append([]string{"trust"}, strings.Fields(s.args)...)...)
		if diff := cmp.Diff(s.stdout, stdout); status != s.status || diff != "" || stderr != "" {
			t.Errorf("trust %s: status %d, stderr %q, -want +got\n%s", s.args, status, stderr, diff)
		}
	}
	list := filepath.Join(dir, "trusted-hooks.yaml")
	want := "- path: a\n  sha256: " + pinA + "\n- path: b\n  sha256: " + pinB + "\n"
	if got, err := os.ReadFile(list); string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}

	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("b\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := runPins(dir, nil, "verify"); status != ExitFailure {
		t.Errorf("verify after a change: status %d", status)
	}
	// One bad path, and nothing is renewed.
	if status, stdout, stderr := runPins(dir, nil, "trust", "a", "none"); status != ExitFailure || stdout != "" || !strings.Contains(stderr, "DIR/none: ") {
		t.Errorf("trust a none: status %d, %q, %q", status, stdout, stderr)
	}
	if got, _ := os.ReadFile(list); string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if status, stdout, _ := runPins(dir, nil, "trust", "a"); status != ExitOK || stdout != "renewed     a  sha256:0263829989b6…\n" {
		t.Errorf("trust a: status %d, %q", status, stdout)
	}
	if status, _, _ := runPins(dir, nil, "verify"); status != ExitOK {
		t.Errorf("verify after renewing: status %d", status)
	}
}

func TestTrustRefuses(t *testing.T) {
	usage := "venv-guard: hint: venv-guard trust --help says how to use it\n"
	const bad = "- path: a\n  sha256: 12\n"
	tests := []struct {
		args   string
		status int
		stdout string
		stderr string
	}{
		{"", ExitUsage, "", "venv-guard: error: trust: no path to pin\n" + usage},
		{"--git a", ExitUsage, "", "venv-guard: error: trust: flag provided but not defined: -git\n" + usage},
		{"-h", ExitOK, trustUsage, ""},
		{"a", ExitFailure, "", "venv-guard: error: DIR/trusted-hooks.yaml:2:11: want 64 hexadecimal digits for sha256, not 2\n"},
		{"--file none.yaml .", ExitFailure, "", "venv-guard: error: DIR: is a directory\n"},
		{"--file none.yaml none.yaml", ExitFailure, "", "venv-guard: error: DIR/none.yaml: a list cannot pin itself\n"},
	}
	dir := pinTree(t, "a", "a\n", "trusted-hooks.yaml", bad)
	for _, tt := range tests {
		status, stdout, stderr := runPins(dir, nil, append([]string{"trust"}, strings.Fields(tt.args)...)...)
		if diff := cmp.Diff([]string{tt.stdout, tt.stderr}, []string{stdout, stderr}); status != tt.status || diff != "" {
			t.Errorf("trust %s: status %d, want %d, -want +got\n%s", tt.args, status, tt.status, diff)
		}
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "trusted-hooks.yaml")); string(got) != bad {
		t.Errorf("a list that cannot be read became %q", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "none.yaml")); err == nil {
		t.Error("a list was made for nothing")
	}
}
