package executors

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/venv-guard/venv-guard/tests/fixture"
)

// A gate whose reader goes away ends by itself, by an exit status and not by a
// signal, and one whose input ends ends well.
func TestGateProcessEnds(t *testing.T) {
	guard := fixture.BuildGuard(t)
	for _, tt := range []struct {
		name   string
		close  func(in, out io.Closer)
		status int
	}{
		{"input", func(in, _ io.Closer) { in.Close() }, 0},
		{"output", func(_, out io.Closer) { out.Close() }, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in, out, cmd := startGate(t, guard)
			lines := bufio.NewScanner(out)
			lines.Buffer(nil, 1<<20)
			fmt.Fprintln(in, `{"id":1,"type":"shell","command":"ls"}`)
			if !lines.Scan() || !strings.HasPrefix(lines.Text(), `{"id":1,"verdict":"PASS"`) {
				t.Fatalf("%q", lines.Text())
			}
			tt.close(in, out)
			for i := 0; i < 100; i++ {
				if _, err := fmt.Fprintln(in, `{"id":2,"type":"shell","command":"ls"}`); err != nil {
					break
				}
			}
			err := cmd.Wait()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if got := cmd.ProcessState.ExitCode(); got != tt.status { // -1 after a signal
				t.Errorf("exit status %d, want %d", got, tt.status)
			}
		})
	}
}

// Sessions that ask one after another, each its own gate, do not get each
// other's answers.
func TestGateProcessesSideBySide(t *testing.T) {
	guard := fixture.BuildGuard(t)
	var wg sync.WaitGroup
	for session := range 4 {
		in, out, cmd := startGate(t, guard)
		wg.Go(func() {
			lines := bufio.NewScanner(out)
			lines.Buffer(nil, 1<<20)
			for i := range 50 {
				command, want := "ls", "PASS"
				if (i+session)%2 == 0 {
					command, want = "npm i -g x", "BLOCK"
				}
				fmt.Fprintf(in, `{"id":"%d-%d","session":"s%d","type":"shell","command":"%s"}`+"\n", session, i, session, command)
				if prefix := fmt.Sprintf(`{"id":"%d-%d","verdict":"%s"`, session, i, want); !lines.Scan() || !strings.HasPrefix(lines.Text(), prefix) {
					t.Errorf("%s, want %s…", lines.Text(), prefix)
					break
				}
			}
			in.Close()
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func startGate(t *testing.T, guard fixture.Guard) (io.WriteCloser, io.ReadCloser, *exec.Cmd) {
	t.Helper()
	s, err := fixture.NewSite(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(string(guard), "gate")
	cmd.Dir, cmd.Env = s.Dir, s.Environ
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return in, out, cmd
}
