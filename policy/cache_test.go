package policy

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/venv-guard/venv-guard/action"
)

// Every way in which policies can change is seen by the next Load, and nothing
// else makes it parse again.
func TestCache(t *testing.T) {
	root := t.TempDir()
	home, dir := filepath.Join(root, "home"), filepath.Join(root, "home", "p", "sub")
	user, project := filepath.Join(home, ".config/venv-guard/policy.toml"), filepath.Join(home, "p", ProjectFile)
	for _, d := range []string{dir, filepath.Dir(user)} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rule := func(verdict string) string {
		return "[[rule]]\nid = \"x\"\naction = \"shell.exec\"\nmatch = { command = \"ls*\" }\nverdict = \"" + verdict + "\"\n"
	}
	var c Cache
	var last *Set
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, st := range []struct {
		name   string
		change func()
		want   action.Verdict
		same   bool // nothing is parsed again
		broken bool
	}{
		{"nothing there", func() {}, action.Pass, false, false},
		{"nothing changes", func() {}, action.Pass, true, false},
		{"a policy is made", func() { put(user, rule("block")) }, action.Block, false, false},
		{"it stays", func() {}, action.Block, true, false},
		{"its time is another", func() { os.Chtimes(user, now, now) }, action.Block, true, false},
		{"another of the same length and time", func() { put(user, rule("allow")); os.Chtimes(user, now, now) }, action.Allow, false, false},
		{"a project's is made", func() { put(project, rule("ask")) }, action.Ask, false, false},
		{"it is misspelt", func() { put(project, "[[rul]]\n") }, action.Pass, false, true},
		{"it still is", func() {}, action.Pass, false, true},
		{"it is mended", func() { put(project, rule("block")) }, action.Block, false, false},
		{"others may write it", func() { os.Chmod(project, 0o666) }, action.Pass, false, true},
		{"no longer", func() { os.Chmod(project, 0o600) }, action.Block, false, false},
		{"the project ends below it", func() { os.Mkdir(filepath.Join(dir, ".git"), 0o700) }, action.Allow, false, false},
		{"it is removed", func() { os.Remove(user) }, action.Pass, false, false},
	} {
		st.change()
		now = now.Add(time.Minute)
		set, err := c.Load(Loader{Environ: []string{"HOME=" + home}, Dir: dir, Now: now, Managed: filepath.Join(root, "none")})
		if (err != nil) != st.broken {
			t.Fatalf("%s: %v", st.name, err)
		}
		if st.broken {
			continue
		}
		got := action.Pass
		for _, r := range set.Evaluate(Caller{Dir: dir}, []Action{{Type: ShellExec, Target: "ls -l"}}) {
			got = action.Worst(got, r.Verdict)
		}
		if got != st.want {
			t.Errorf("%s: %v, want %v", st.name, got, st.want)
		}
		if same := last != nil && len(set.Policies) > 0 && len(last.Policies) > 0 && set.Policies[0] == last.Policies[0]; same != (st.same && len(set.Policies) > 0) {
			t.Errorf("%s: parsed again: %v, want %v", st.name, !same, !st.same)
		}
		if set.now != now {
			t.Errorf("%s: holds for %v, want %v", st.name, set.now, now)
		}
		last = set
	}
	for i := range 3 * maxHeld {
		c.Load(Loader{Environ: []string{"HOME=" + home}, Dir: filepath.Join(root, "d", string(rune('a'+i))), Now: now, Managed: filepath.Join(root, "none")})
		if len(c.known) > maxHeld {
			t.Fatalf("%d directories are kept, want at most %d", len(c.known), maxHeld)
		}
	}
}
