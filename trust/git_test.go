package trust

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestCommitted(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip(err)
	}
	home := t.TempDir()
	environ := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "SYSTEMROOT=" + os.Getenv("SYSTEMROOT")}
	dir := filepath.Join(home, "repo")
	git := func(dir string, args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=x", "-c", "user.email=x@example.org"}, args...)...)
		cmd.Env = environ
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args, err, out)
		}
	}
	commit := func() { t.Helper(); git(dir, "add", "."); git(dir, "commit", "-q", "-m", "x") }

	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	git(dir, "init", "-q")
	write(t, dir, "once", "1", "twice", "1", "changed", "1", "staged", "1", "assumed", "1", "skipped", "1", "sub/[x]", "1", "gone", "1")
	commit()
	write(t, dir, "twice", "2", "sub/x", "1")
	commit()
	git(dir, "update-index", "--assume-unchanged", "assumed")
	git(dir, "update-index", "--skip-worktree", "skipped")
	write(t, dir, "changed", "12", "staged", "12", "assumed", "12", "skipped", "12", "new", "")
	git(dir, "add", "staged")
	os.Remove(filepath.Join(dir, "gone"))
	if err := os.Symlink("once", filepath.Join(dir, "link")); err != nil {
		os.Mkdir(filepath.Join(dir, "link"), 0o755) // Windows without the right to link
	}
	git(home, "clone", "-q", "--depth=1", "file://"+filepath.ToSlash(dir), "shallow")

	tests := []struct {
		name, want string // want is empty where git's word is taken
		environ    []string
	}{
		{name: "repo/once"},
		{name: "repo/sub/[x]"},
		{name: "repo/sub/x"},
		{name: "repo/once", environ: []string{"GIT_DIR=/nowhere", "GIT_INDEX_FILE=/nowhere"}},
		{name: "repo/twice", want: "changed since the commit that added it"},
		{name: "repo/changed", want: "local change"},
		{name: "repo/staged", want: "local change"},
		{name: "repo/assumed", want: "not to look"},
		{name: "repo/skipped", want: "not to look"},
		{name: "repo/new", want: "not tracked"},
		{name: "repo/link", want: "not a regular file"},
		{name: "repo/sub", want: "not a regular file"},
		{name: "repo/gone", want: "file"}, // no such file, in the system's words
		{name: "shallow/twice", want: "shallow"},
	}
	for _, tt := range tests {
		name := filepath.Join(home, filepath.FromSlash(tt.name))
		err := Committed(t.Context(), name, append(tt.environ, environ...))
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s %s: %v", tt.name, tt.environ, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}

	write(t, home, "plain/x", "")
	if err := Committed(t.Context(), filepath.Join(home, "plain", "x"), environ); err == nil || !strings.Contains(err.Error(), "not a git repository") {
		t.Errorf("outside a repository: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Committed(ctx, filepath.Join(dir, "once"), environ); err == nil || err.Error() != "git took too long" {
		t.Errorf("out of time: %v", err)
	}
}
