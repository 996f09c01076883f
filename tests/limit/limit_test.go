//go:build unix

// Package limit holds the counters of the real binary to their promises when
// many processes count at once and some of them die.
package limit

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/venv-guard/venv-guard/limit"
	"github.com/venv-guard/venv-guard/tests/fixture"
)

const (
	most    = 60
	command = "git fetch"
)

// rule is a policy with a limit that no test waits for.
func rule(id string, max int, more string) string {
	return fmt.Sprintf("[[rule]]\nid = %q\naction = \"shell.exec\"\nmatch = { command = %q }\nverdict = \"allow\"\nlimit = { window = \"day\", max = %d, scope = \"user\"%s }\n",
		id, command, max, more)
}

// site returns a site whose user allows a command so often.
func site(t *testing.T, max int, more string) (*fixture.Site, *limit.Store) {
	t.Helper()
	s, err := fixture.NewSite(t.TempDir())
	if err == nil {
		err = s.Put("~/.config/venv-guard/policy.toml", rule("some", max, more))
	}
	if err != nil {
		t.Fatal(err)
	}
	return s, &limit.Store{State: filepath.Join(s.Home, ".local", "state", "venv-guard")}
}

// used returns how much counts in a counter; -1 if it holds nothing.
func used(t *testing.T, store *limit.Store, name string) int {
	t.Helper()
	list, err := store.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range list {
		if st.Err != nil {
			t.Errorf("%s: %v", st.File, st.Err)
		}
		if st.Name == name {
			return st.Used
		}
	}
	return -1
}

// A run is what became of many processes.
type run struct{ passed, refused, killed int }

// hammer starts many hooks at once, waves times, and kills every third of them
// somewhere on its way.
func hammer(t *testing.T, guard fixture.Guard, s *fixture.Site, waves, atOnce int) run {
	t.Helper()
	var mu sync.Mutex
	var r run
	for range waves {
		var wg sync.WaitGroup
		for i := range atOnce {
			wg.Go(func() {
				cmd := exec.Command(string(guard), "hook")
				cmd.Dir, cmd.Env, cmd.Stdin = s.Dir, s.Environ, strings.NewReader(fixture.Payload(s.Dir, command))
				var stderr strings.Builder
				cmd.Stderr = &stderr
				if err := cmd.Start(); err != nil {
					t.Error(err)
					return
				}
				if i%3 == 0 {
					time.Sleep(time.Duration(rand.Int64N(int64(250 * time.Millisecond))))
					cmd.Process.Kill()
				}
				cmd.Wait()
				mu.Lock()
				defer mu.Unlock()
				switch status := cmd.ProcessState.ExitCode(); {
				case status == 0:
					r.passed++
				case status == -1:
					r.killed++
				case status == 2 && strings.Contains(stderr.String(), "is over the limit"):
					r.refused++
				default:
					t.Errorf("exit status %d", status)
				}
				// Who is killed damages nothing.
				if strings.Contains(stderr.String(), "warning") || strings.Contains(stderr.String(), "could not be counted") {
					t.Error(stderr.String())
				}
			})
		}
		wg.Wait()
	}
	t.Logf("%d passed, %d refused, %d killed", r.passed, r.refused, r.killed)
	return r
}

// However many ask at once, and whoever is killed, never more than max pass, and
// who was killed has taken one place at most.
func TestKilled(t *testing.T) {
	guard := fixture.BuildGuard(t)
	waves := 3
	if testing.Short() {
		waves = 1
	}
	for _, count := range []string{"attempts", "allowed"} {
		t.Run(count, func(t *testing.T) {
			s, store := site(t, most, `, count = "`+count+`"`)
			// A second policy counts every call: a limit that is never reached.
			if err := s.Put(".venv-guard.toml", rule("all", 10_000, "")); err != nil {
				t.Fatal(err)
			}
			r := hammer(t, guard, s, waves, 120)
			if r.passed > most || r.passed < most-r.killed {
				t.Errorf("%d passed, of %d", r.passed, most)
			}
			if n := used(t, store, "some"); n != most {
				t.Errorf("%d count, of %d", n, most)
			}
			answered := r.passed + r.refused
			if n := used(t, store, "all"); n < answered || n > answered+r.killed {
				t.Errorf("%d counted of %d that were answered and %d that were killed", n, answered, r.killed)
			}
			if r.killed == 0 || r.refused == 0 {
				t.Error("this tests nothing")
			}
		})
	}
}

// Many sessions at once make, share and sweep counters.
func TestSessions(t *testing.T) {
	guard := fixture.BuildGuard(t)
	s, store := site(t, most, "")
	if err := s.Put(".venv-guard.toml", strings.Replace(rule("each", 3, ""), `"user"`, `"session"`, 1)); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	passed := map[string]int{}
	for i := range 100 {
		session := fmt.Sprint("session", i%20)
		wg.Go(func() {
			call := strings.Replace(fixture.Payload(s.Dir, command), `"session"`, `"`+session+`"`, 1)
			res, err := guard.Run(s, call, "hook")
			if err != nil || res.Status != 0 && res.Status != 2 {
				t.Errorf("%+v, %v", res, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if res.Status == 0 {
				passed[session]++
			}
		})
	}
	wg.Wait()
	all := 0
	for session, n := range passed {
		if all += n; n > 3 {
			t.Errorf("%s: %d passed, of 3", session, n)
		}
	}
	if all > most || all == 0 {
		t.Errorf("%d passed", all)
	}
	if n := used(t, store, "some"); n != most {
		t.Errorf("%d of 100 attempts count, of %d", n, most)
	}
}

// hook runs one hook, after what a shell does first.
func hook(t *testing.T, guard fixture.Guard, s *fixture.Site, before string) (status int, stderr string) {
	t.Helper()
	cmd := exec.Command("bash", "-c", before+`; exec "$0" hook`, string(guard))
	cmd.Dir, cmd.Env, cmd.Stdin = s.Dir, s.Environ, strings.NewReader(fixture.Payload(s.Dir, command))
	var b strings.Builder
	cmd.Stderr = &b
	cmd.Run()
	return cmd.ProcessState.ExitCode(), b.String()
}

// A full disk blocks what has to be counted, and damages nothing.
func TestFull(t *testing.T) {
	guard := fixture.BuildGuard(t)
	full := func(t *testing.T, status int, stderr, why string) {
		t.Helper()
		if status != 2 || !strings.Contains(stderr, "could not be counted") || !strings.Contains(stderr, why) {
			t.Errorf("exit status %d: %s", status, stderr)
		}
	}
	t.Run("limit on files", func(t *testing.T) {
		s, store := site(t, most, "")
		status, stderr := hook(t, guard, s, "ulimit -f 1") // KiB: no file can be made
		full(t, status, stderr, "file too large")
		for i := range 32 {
			if status, stderr := hook(t, guard, s, "ulimit -f 2"); status != 0 {
				t.Fatalf("call %d: exit status %d: %s", i, status, stderr)
			}
		}
		status, stderr = hook(t, guard, s, "ulimit -f 2")
		full(t, status, stderr, "file too large")
		if n := used(t, store, "some"); n != 32 {
			t.Errorf("%d count", n)
		}
		if status, stderr := hook(t, guard, s, ":"); status != 0 || strings.Contains(stderr, "warning") {
			t.Errorf("exit status %d: %s", status, stderr)
		}
	})
	t.Run("no room", func(t *testing.T) {
		s, store := site(t, 1000, "")
		fill := fixture.SmallDisk(t, store.State, 16<<10)
		if status, stderr := hook(t, guard, s, ":"); status != 0 {
			t.Fatalf("exit status %d: %s", status, stderr)
		}
		fill()
		blocked := 0
		for range 120 { // what the first page holds still fits
			if status, stderr := hook(t, guard, s, ":"); status != 0 {
				full(t, status, stderr, "no space left")
				blocked++
			}
		}
		if blocked == 0 {
			t.Error("nothing was blocked: this tests nothing")
		}
		if n := used(t, store, "some"); n != 121-blocked {
			t.Errorf("%d count, %d passed", n, 121-blocked)
		}
	})
}

// Where nothing can be written, what has to be counted is blocked.
func TestReadOnly(t *testing.T) {
	guard := fixture.BuildGuard(t)
	s, store := site(t, most, "")
	if err := os.MkdirAll(store.State, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(store.State, 0o555); err != nil {
		t.Fatal(err)
	}
	res := guard.RunAsNobody(t, s, fixture.Payload(s.Dir, command), "hook")
	if res.Status != 2 || !strings.Contains(res.Stderr, "could not be counted") || !strings.Contains(res.Stderr, "permission denied") {
		t.Errorf("%+v", res)
	}
	if res := guard.RunAsNobody(t, s, fixture.Payload(s.Dir, "git status"), "hook"); res.Status != 0 || res.Stderr != "" {
		t.Errorf("what no rule counts: %+v", res)
	}
	if res := guard.RunAsNobody(t, s, "", "limits"); res.Status != 0 {
		t.Errorf("%+v", res)
	}
}
