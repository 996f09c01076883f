// Package executors holds clients/python/venv_guard.py to what it promises, by
// Python's own unittest against the real binary.
package executors

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/tests/fixture"
)

func TestPythonClient(t *testing.T) {
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
	cmd := exec.Command(python, "-B", "-X", "dev", "-m", "unittest", "-v", "test_venv_guard")
	cmd.Dir = home
	cmd.Env = []string{
		"HOME=" + home, "PATH=" + fixture.Path, "SHELL=/bin/bash", "VENV_GUARD=" + string(guard),
		"PYTHONPATH=" + here + string(filepath.ListSeparator) + clients,
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "\nOK") {
		t.Errorf("not all were run:\n%s", out)
	}
	t.Logf("%s", out)
}
