//go:build unix

package clients

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A room is where a client runs: a home, a project with a virtual environment, and
// stubs for what must not be started.
type room struct {
	t     *testing.T
	guard string // the program under test
	home  string
	work  string // the project
	bin   string // first on PATH
	env   []string
	model *model
	url   string
	mcp   []string    // words that start an MCP server; nil for none
	start chan func() // run on the thread whose network the room has
}

// newRoom furnishes a room and lets a model play in it.
func newRoom(t *testing.T, m *model) *room {
	t.Helper()
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := &room{
		t: t, guard: guard(t), home: filepath.Join(top, "home"), work: filepath.Join(top, "work"), bin: filepath.Join(top, "bin"),
		model: m, start: make(chan func()),
	}
	r.env = []string{
		"HOME=" + r.home, "PATH=" + r.bin + ":" + path(t), "SHELL=/bin/bash", "LANG=C.UTF-8", "TERM=dumb", "USER=nobody", "TMPDIR=" + top,
		"NO_COLOR=1", "RAN=" + filepath.Join(top, "ran"),
	}
	for _, dir := range []string{r.home, r.work, r.bin} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const stub = "#!/bin/sh\necho \"$0 $* (PIP_REQUIRE_VIRTUALENV=$PIP_REQUIRE_VIRTUALENV)\" >>\"$RAN\"\necho did run\n"
	for _, name := range []string{"pip", "pip3", "npm", "sudo"} {
		r.program(filepath.Join(r.bin, name), stub)
	}
	r.write(filepath.Join(r.work, ".venv/pyvenv.cfg"), "home = /usr/bin\n")
	r.program(filepath.Join(r.work, ".venv/bin/python"), "#!/bin/sh\n")
	r.program(filepath.Join(r.work, ".venv/bin/pip"), stub)
	r.write(filepath.Join(r.work, ".npmrc"), "//registry.example.com/:_authToken=npm_secretsecretsecret\n")

	ready := make(chan error)
	go r.thread(ready)
	if err := <-ready; err != nil {
		t.Fatal(err)
	}
	return r
}

// thread owns the room's network until the test ends. It is never given back: its
// network must not leak into other tests.
func (r *room) thread(ready chan<- error) {
	runtime.LockOSThread()
	if err := isolate(); err != nil {
		r.t.Logf("no network of its own: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		ready <- err
		return
	}
	r.url = "http://" + l.Addr().String()
	server := &http.Server{Handler: r.model}
	go server.Serve(l)
	r.t.Cleanup(func() {
		server.Close()
		close(r.start)
	})
	ready <- nil
	for f := range r.start {
		f()
	}
}

// limit bounds one run of a client, which takes seconds.
const limit = 2 * time.Minute

// run runs a client in the project and returns what it printed.
func (r *room) run(words ...string) string {
	r.t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = r.work, r.env, &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 5 * time.Second
	started := make(chan error)
	r.start <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		r.t.Fatal(err)
	}
	group := -cmd.Process.Pid
	timer := time.AfterFunc(limit, func() { syscall.Kill(group, syscall.SIGKILL) })
	err := cmd.Wait()
	syscall.Kill(group, syscall.SIGKILL) // what it left behind
	if !timer.Stop() {
		r.t.Fatalf("%s did not end in %v\n%s", words[0], limit, out.String())
	}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		r.t.Fatal(err)
	}
	r.t.Logf("%s ended: %v\n%s", strings.Join(words, " "), err, out.String())
	return out.String()
}

// install registers the guard with a client that is on PATH, as its user would.
func (r *room) install(c client) {
	r.t.Helper()
	client, _, _ := strings.Cut(c.name, "-")
	start := "exec"
	for _, w := range c.command(r.t) {
		start += " '" + w + "'"
	}
	r.program(filepath.Join(r.bin, client), "#!/bin/sh\n"+start+` "$@"`+"\n")
	cmd := exec.Command(r.guard, "install", "--client", client)
	cmd.Dir, cmd.Env = r.work, r.env
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("install --client %s: %v\n%s", client, err, out)
	}
}

// ran returns what the stubs noted, one line for each start.
func (r *room) ran() string {
	b, err := os.ReadFile(filepath.Join(filepath.Dir(r.home), "ran"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		r.t.Fatal(err)
	}
	return string(b)
}

func (r *room) write(name, text string) {
	r.t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) program(name, text string) {
	r.t.Helper()
	r.write(name, text)
	if err := os.Chmod(name, 0o755); err != nil {
		r.t.Fatal(err)
	}
}

// quoted returns a value as JSON.
func quoted(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func (r *room) exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func (r *room) read(name string) string {
	r.t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(b)
}

// path is the search path behind the stubs: the system's, and Node's own
// directory.
func path(t *testing.T) string {
	t.Helper()
	p := "/usr/local/bin:/usr/bin:/bin"
	if node, err := exec.LookPath("node"); err == nil && !strings.Contains(p, filepath.Dir(node)) {
		p += ":" + filepath.Dir(node)
	}
	return p
}

var built struct {
	sync.Once
	path string
	err  error
}

// guard builds the program under test, once.
func guard(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		dir, err := os.MkdirTemp("", "venv-guard-clients-")
		if err != nil {
			built.err = err
			return
		}
		built.path = filepath.Join(dir, "venv-guard")
		out, err := exec.Command("go", "build", "-o", built.path, "../..").CombinedOutput()
		if err != nil {
			built.err = errors.New(string(out))
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

func TestMain(m *testing.M) {
	status := m.Run()
	if built.path != "" {
		os.RemoveAll(filepath.Dir(built.path))
	}
	os.Exit(status)
}
