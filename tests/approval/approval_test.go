//go:build unix

// Package approval holds the tickets of the real binary to their promises when
// many processes present one call at once and some of them die.
package approval

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/venv-guard/venv-guard/approval"
	"github.com/venv-guard/venv-guard/audit"
	"github.com/venv-guard/venv-guard/tests/fixture"
)

// A house is a site with its tickets.
type house struct {
	*fixture.Site
	t     *testing.T
	guard fixture.Guard
	store *approval.Store
}

const command = "deploy --now"

const policy = `[[rule]]
id = "deploy"
action = "shell.exec"
match = { command = "deploy" }
verdict = "ask"
approvals = 1
timeout = 900
`

func newHouse(t *testing.T) *house {
	s, err := fixture.NewSite(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Put("~/.config/venv-guard/policy.toml", policy); err != nil {
		t.Fatal(err)
	}
	return &house{s, t, fixture.BuildGuard(t), &approval.Store{Dir: filepath.Join(s.Home, ".local", "state", "venv-guard")}}
}

// payload is the call of a client that cannot ask its user.
func (h *house) payload() string {
	return strings.Replace(fixture.Payload(h.Dir, command), `{`, `{"turn_id":"t",`, 1)
}

// approve does what venv-guard approve does after the human said yes.
func (h *house) approve(uses int) {
	h.t.Helper()
	list, err := h.store.List()
	if err != nil {
		h.t.Fatal(err)
	}
	for _, st := range list {
		if st.State != approval.Waiting {
			continue
		}
		_, err := h.store.Answer(&approval.Answer{
			Ticket: st.ID, Nonce: st.Nonce, Call: st.Call, Word: approval.Approve, At: time.Now().UTC(), User: "test",
			Grant: st.Ticket.Grant(uses, 0, time.Time{}, false),
		})
		if err != nil {
			h.t.Fatal(err)
		}
	}
}

// Every third of many processes at once is killed somewhere on its way. However
// often a ticket was approved for, no more calls pass; and where none was killed,
// no fewer.
func TestKilled(t *testing.T) {
	h := newHouse(t)
	waves := 6
	if testing.Short() {
		waves = 2
	}
	const atOnce = 120
	total, killed := 0, 0
	for wave := range waves {
		uses := 1 + wave%3
		if _, err := h.guard.Run(h.Site, h.payload(), "hook"); err != nil {
			t.Fatal(err)
		}
		h.approve(uses)
		var mu sync.Mutex
		var wg sync.WaitGroup
		passed, died := 0, 0
		for i := range atOnce {
			wg.Go(func() {
				cmd := exec.Command(string(h.guard), "hook")
				cmd.Dir, cmd.Env, cmd.Stdin = h.Dir, h.Environ, strings.NewReader(h.payload())
				if err := cmd.Start(); err != nil {
					t.Error(err)
					return
				}
				if wave > 0 && i%3 == 0 { // in the first wave nobody dies
					time.Sleep(time.Duration(rand.Int64N(int64(150 * time.Millisecond))))
					cmd.Process.Kill()
				}
				cmd.Wait()
				mu.Lock()
				defer mu.Unlock()
				switch cmd.ProcessState.ExitCode() {
				case 0:
					passed++
				case -1:
					died++
				case 2:
				default:
					t.Errorf("exit status %d", cmd.ProcessState.ExitCode())
				}
			})
		}
		wg.Wait()
		if passed > uses || died == 0 && passed < uses {
			t.Errorf("wave %d: %d calls passed, of %d approved (%d processes were killed)", wave, passed, uses, died)
		}
		total, killed = total+passed, killed+died
		// Those that were killed may have left the last wave's ticket.
		list, err := h.store.List()
		if err != nil {
			t.Fatal(err)
		}
		for _, st := range list {
			if st.State == approval.Approved {
				h.revoke(st)
			}
		}
	}
	if killed == 0 || total == 0 {
		t.Errorf("%d killed, %d passed: this tests nothing", killed, total)
	}
	if notes := h.store.Notes(); len(notes) > 0 {
		t.Errorf("damaged: %q", notes)
	}
	left, _ := filepath.Glob(filepath.Join(h.store.Dir, "approvals", "*.corrupt-*"))
	if len(left) > 0 {
		t.Errorf("damaged: %q", left)
	}
	h.logged(total)
	t.Logf("%d killed, %d passed", killed, total)
}

func (h *house) revoke(st *approval.Status) {
	h.t.Helper()
	if r, err := h.guard.Run(h.Site, "", "approvals", "revoke", st.ID); err != nil || r.Status != 0 {
		h.t.Fatalf("revoke: %v %+v", err, r)
	}
}

// logged compares the log with how many calls passed: every one of them stands
// in it. More may: a process that was killed between the log and its end.
func (h *house) logged(passed int) {
	h.t.Helper()
	log := &audit.Log{Dir: h.store.Dir}
	v, err := log.Verify(nil, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, f := range v.Faults {
		h.t.Errorf("fault: %s", f)
	}
	used := 0
	err = log.Records(func(r audit.Record) bool {
		if r.Event == approval.EventUsed {
			used++
			if r.Ticket == "" || r.Verdict != "ALLOW" || len(r.By) != 1 {
				h.t.Errorf("record %d: %+v", r.Seq, r)
			}
		}
		return true
	})
	if err != nil {
		h.t.Fatal(err)
	}
	if used < passed {
		h.t.Errorf("%d uses in the log, %d calls passed", used, passed)
	}
}

// A disk that is full, here a limit on the length of files, lets no call pass,
// and says so.
func TestFull(t *testing.T) {
	h := newHouse(t)
	limited := func(blocks int) (string, int) {
		cmd := exec.Command("bash", "-c", fmt.Sprintf(`ulimit -f %d; exec "$0" hook`, blocks), string(h.guard))
		cmd.Dir, cmd.Env, cmd.Stdin = h.Dir, h.Environ, strings.NewReader(h.payload())
		var b strings.Builder
		cmd.Stdout, cmd.Stderr = io.Discard, &b
		cmd.Run()
		return b.String(), cmd.ProcessState.ExitCode()
	}
	if stderr, status := limited(0); status != 2 || !strings.Contains(stderr, "no ticket can be kept") || !strings.Contains(stderr, "file too large") {
		t.Errorf("making: exit status %d: %s", status, stderr)
	}
	if _, err := h.guard.Run(h.Site, h.payload(), "hook"); err != nil {
		t.Fatal(err)
	}
	h.approve(1)
	if stderr, status := limited(0); status != 2 || !strings.Contains(stderr, "its use cannot be noted") {
		t.Errorf("using: exit status %d: %s", status, stderr)
	}
	if r, err := h.guard.Run(h.Site, h.payload(), "hook"); err != nil || r.Status != 0 {
		t.Errorf("with room again: %v %+v", err, r)
	}
	if r, err := h.guard.Run(h.Site, h.payload(), "hook"); err != nil || r.Status != 2 {
		t.Errorf("twice: %v %+v", err, r)
	}
}

// Without a home, or where nothing can be written, the call stays blocked.
func TestNowhere(t *testing.T) {
	h := newHouse(t)
	keep := h.Environ
	h.Environ = []string{"PATH=" + fixture.Path, "XDG_CONFIG_HOME=" + filepath.Join(h.Home, ".config")}
	r, err := h.guard.Run(h.Site, h.payload(), "hook")
	if err != nil || r.Status != 2 || !strings.Contains(r.Stderr, "neither XDG_STATE_HOME nor HOME") {
		t.Errorf("no home: %v %+v", err, r)
	}
	h.Environ = keep
	if err := os.MkdirAll(filepath.Join(h.Home, ".local"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.Home, ".local", "state"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err = h.guard.Run(h.Site, h.payload(), "hook"); err != nil || r.Status != 2 || !strings.Contains(r.Stderr, "no ticket can be kept") {
		t.Errorf("no directory: %v %+v", err, r)
	}
}

// What the model is told has nothing in it that would help it to approve.
func TestSecret(t *testing.T) {
	h := newHouse(t)
	r, err := h.guard.Run(h.Site, h.payload(), "hook")
	if err != nil {
		t.Fatal(err)
	}
	list, err := h.store.List()
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	st := list[0]
	if !strings.Contains(r.Stderr, st.ID) || !strings.Contains(r.Stdout, st.ID) {
		t.Errorf("the ticket is not named: %s", r.Stderr)
	}
	shown, err := h.guard.Run(h.Site, "", "approvals", "show", st.ID)
	if err != nil || shown.Status != 0 {
		t.Fatal(shown, err)
	}
	for _, out := range []string{r.Stdout, r.Stderr, shown.Stdout, shown.Stderr} {
		if strings.Contains(out, st.Nonce) || strings.Contains(out, st.Call) {
			t.Errorf("secrets of the ticket are told: %s", out)
		}
	}
	info, err := os.Stat(filepath.Join(h.store.Dir, "approvals"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}
