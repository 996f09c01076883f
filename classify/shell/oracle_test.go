package shell

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/venv-guard/venv-guard/action"
)

// A shellOracle runs texts in a real shell and records what they start. Its
// PATH holds stubs that only write down their arguments, and links to the few
// real tools that texts need to hand words on.
type shellOracle struct {
	shell    []string // with the options before a text
	bin, dir string
	runs     int
}

var (
	stubs     = []string{"a", "b", "c", "d", "e", "f", "g", "pip", "npm", "abc", "z"}
	realTools = []string{
		"awk", "base64", "bash", "cat", "chmod", "cp", "cut", "dash", "dd", "env", "find", "flock", "fold", "grep", "head", "ln", "mkdir", "mkfifo", "mv", "nice", "nl", "nohup",
		"paste", "rev", "rm", "sed", "setsid", "sh", "sleep", "sort", "stdbuf", "tac", "tail", "tee", "timeout", "touch", "tr", "uniq", "which", "xargs", "xxd", "yes", "zsh",
	}
)

func newBashOracle(t testing.TB) *shellOracle {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	return newOracle(t, bash, "--norc", "--noprofile", "-c")
}

func newOracle(t testing.TB, shell ...string) *shellOracle {
	dir := t.TempDir()
	o := &shellOracle{shell: shell, bin: filepath.Join(dir, "bin"), dir: dir}
	os.Mkdir(o.bin, 0o755)
	// One write, so that stubs running at once do not mix.
	stub := "#!/bin/sh\nr=${0##*/}\nfor w; do r=\"$r\x1f$w\"; done\nprintf '%s\\036' \"$r\" >>\"$LOG\"\n"
	for _, name := range stubs {
		if err := os.WriteFile(filepath.Join(o.bin, name), []byte(stub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range realTools {
		if p, err := exec.LookPath(name); err == nil {
			os.Symlink(p, filepath.Join(o.bin, name))
		}
	}
	return o
}

// link makes name mean another program.
func (o *shellOracle) link(t testing.TB, name, file string) {
	at := filepath.Join(o.bin, name)
	os.Remove(at)
	if err := os.Symlink(file, at); err != nil {
		t.Fatal(err)
	}
}

// started runs text in an empty directory and returns what stubs were started
// with.
func (o *shellOracle) started(t testing.TB, text string) [][]string {
	work := t.TempDir()
	os.Mkdir(filepath.Join(work, "sub"), 0o755)
	o.runs++
	log := filepath.Join(o.dir, strconv.Itoa(o.runs))
	defer os.Remove(log)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, o.shell[0], append(o.shell[1:len(o.shell):len(o.shell)], text)...)
	cmd.Dir = work
	cmd.Env = []string{"PATH=" + o.bin, "HOME=/home/u", "LC_ALL=C.UTF-8", "LOG=" + log}
	cmd.WaitDelay = time.Second
	cmd.Run()
	b, _ := os.ReadFile(log)
	b = bytes.ReplaceAll(b, []byte(work), []byte("/w"))
	var out [][]string
	for _, rec := range strings.Split(string(b), "\x1e") {
		if rec != "" {
			out = append(out, strings.Split(rec, "\x1f"))
		}
	}
	return out
}

// covers reports whether one of the invocations seen could be the one that was
// started; holes fit anything.
func covers(seen [][]string, started []string) bool {
	want := strings.Join(started, "\x1f")
	for _, argv := range seen {
		var b strings.Builder
		b.WriteString(`(?s)\A`)
		for i, w := range argv {
			if w == action.HoleText {
				if i > 0 {
					b.WriteString(`(\x1f.*)?`)
				} else {
					b.WriteString(`.*`)
				}
				continue
			}
			if i > 0 {
				b.WriteString(`\x1f`)
			}
			b.WriteString(strings.ReplaceAll(regexp.QuoteMeta(w), action.HoleText, ".*"))
		}
		b.WriteString(`\z`)
		if regexp.MustCompile(b.String()).MatchString(want) {
			return true
		}
	}
	return false
}

// Every program that bash starts for a text of the table must be among those
// that were seen: the expectations are bash's, not ours.
func TestSeenConfirm(t *testing.T) {
	o := newBashOracle(t)
	for _, tt := range slices.Concat(seenTests, streamTests) {
		saw, _ := seenArgv(tt.text, nil)
		for _, argv := range o.started(t, tt.text) {
			if !covers(saw, argv) {
				t.Errorf("%s\nbash starts %q\nseen: %q", tt.text, argv, saw)
			}
		}
	}
}
