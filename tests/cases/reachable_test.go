package cases

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/venv-guard/venv-guard/tests/fixture"
)

// TestReachable runs every case of reachable.jsonl in bash, with a stub in
// place of pip: what those cases say is that the shell starts it.
func TestReachable(t *testing.T) {
	if testing.Short() {
		t.Skip("starts bash")
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	if exec.Command(bash, "-c", "((BASH_VERSINFO[0] >= 5))").Run() != nil {
		t.Skip("bash is older than 5")
	}
	const stub = "#!/bin/sh\n[ \"$1\" = install ] && : > \"$STARTED\"\n"
	bin := t.TempDir()
	for _, name := range []string{"pip", "pip3"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(stub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cases, err := fixture.Load("reachable.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			s, command, err := c.Lay(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			started := filepath.Join(s.Home, "started")
			s.Setenv("STARTED", started)
			s.Setenv("PATH", bin+":"+fixture.Path)

			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, bash, "-c", command)
			cmd.Dir, cmd.Env = s.Dir, s.Environ
			cmd.WaitDelay = time.Minute // for jobs in the background, which hold the pipe
			out, _ := cmd.CombinedOutput()
			if _, err := os.Stat(started); err != nil {
				t.Errorf("bash does not start pip\ncommand: %s\noutput:  %s", command, strings.TrimSpace(string(out)))
			}
		})
	}
}
