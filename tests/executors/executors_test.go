// Package executors holds clients/python/venv_guard.py to what it promises, by
// Python's own unittest against the real binary.
package executors

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/tests/fixture"
)

// python returns a command that runs Python with the client, the shapes of
// AutoGen and the guard at hand, in an empty home.
func python(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed: the Python client is not tested")
	}
	if exec.Command(python, "-c", "import sys; sys.exit(sys.version_info < (3, 8))").Run() != nil {
		t.Skip("python3 is older than 3.8: the Python client is not tested")
	}
	guard := fixture.BuildGuard(t)
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	clients := filepath.Join(fixture.Root(t), "clients", "python")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, append([]string{"-B", "-X", "dev"}, args...)...)
	cmd.Dir = home
	cmd.Env = []string{
		"HOME=" + home, "PATH=" + filepath.Dir(string(guard)) + ":" + fixture.Path, "SHELL=/bin/bash", "VENV_GUARD=" + string(guard),
		"PYTHONPATH=" + here + string(filepath.ListSeparator) + clients,
	}
	return cmd
}

func TestPythonClient(t *testing.T) {
	cmd := python(t, "-m", "unittest", "-v", "test_venv_guard")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "\nOK") {
		t.Errorf("not all were run:\n%s", out)
	}
	t.Logf("%s", out)
}

// The example of the README does what stands below it.
func TestReadme(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(fixture.Root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(b), "\n    import venv_guard\n")
	example, rest, ok2 := strings.Cut(rest, "\n    $ ")
	_, rest, ok3 := strings.Cut(rest, "\n")
	output, _, ok4 := strings.Cut(rest, "\n\nAll blocks")
	if !ok || !ok2 || !ok3 || !ok4 {
		t.Fatal("the README has no example")
	}
	plain := func(text string) string { return strings.ReplaceAll("\n"+text, "\n    ", "\n") }
	cmd := python(t, "example.py")
	for name, text := range map[string]string{"example.py": "import venv_guard\n" + plain(example), "autogen/coding.py": "from autogen02 import *\n"} {
		file := filepath.Join(cmd.Dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// Where the system's pip is differs from machine to machine.
	where := regexp.MustCompile(`into .*? Run instead`)
	got, want := strings.TrimSpace(string(out)), strings.TrimSpace(plain(output))
	if where.ReplaceAllString(got, "") != where.ReplaceAllString(want, "") {
		t.Errorf("the example prints\n%s\nand the README says\n%s", got, want)
	}
}
