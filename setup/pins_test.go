package setup

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/trust"
)

// pinned installs the guard in a client and pins what install pins.
func pinned(t *testing.T, c *Client, scope Scope) (p Pinned, file, binary string) {
	t.Helper()
	h, r := host(t)
	r.Name = filepath.Join(h.Root, "config", RecordName)
	binary = filepath.Join(h.Root, "bin", "venv-guard")
	write(t, binary, "#!/bin/sh\n")
	ch, err := h.PlanInstall(c, Options{Scope: scope, Binary: binary}, r)
	apply(t, r, ch, err)
	if err := r.Save(); err != nil {
		t.Fatal(err)
	}
	list := trust.New(filepath.Join(filepath.Dir(r.Name), "trusted-hooks.yaml"))
	for _, f := range []string{r.Name, binary} {
		if _, _, _, err := list.Pin(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := list.Save(); err != nil {
		t.Fatal(err)
	}
	return Pinned{List: list.Name, Dir: h.Dir, Require: true}, ch.File, binary
}

func TestFaultsSince(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the binary's path is one that is not registered there")
	}
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, p Pinned, file, binary, state string)
		want   string // "" for none
	}{
		{"nothing", func(*testing.T, Pinned, string, string, string) {}, ""},
		{"the binary", func(t *testing.T, _ Pinned, _, binary, _ string) { write(t, binary, "#!/bin/sh\nexit\n") }, "is not what was pinned"},
		{"the binary, as long and as old as before", func(t *testing.T, _ Pinned, _, binary, _ string) {
			info, err := os.Stat(binary)
			if err != nil {
				t.Fatal(err)
			}
			write(t, binary, "#!/bin/ls\n")
			if err := os.Chtimes(binary, info.ModTime(), info.ModTime()); err != nil {
				t.Fatal(err)
			}
		}, "is not what was pinned"},
		{"the settings", func(t *testing.T, _ Pinned, file, _, _ string) { write(t, file, "{}") }, "lacks the guard's entry in hooks.PreToolUse"},
		{"the settings' other keys", func(t *testing.T, _ Pinned, file, _, _ string) {
			write(t, file, strings.Replace(read(t, file), "{", `{"description": "mine",`, 1))
		}, ""},
		{"the settings are gone", func(t *testing.T, _ Pinned, file, _, _ string) { os.Remove(file) }, "cannot be found"},
		{"the record", func(t *testing.T, p Pinned, _, _, _ string) {
			write(t, filepath.Join(filepath.Dir(p.List), RecordName), `{"version": 1, "installs": []}`)
		}, "is not what was pinned"},
		{"the list", func(t *testing.T, p Pinned, _, _, _ string) { write(t, p.List, "") }, "is not pinned"},
		{"no list", func(t *testing.T, p Pinned, _, _, _ string) { os.Remove(p.List) }, "there is no list"},
		{"a list that others can write", func(t *testing.T, p Pinned, _, _, _ string) { os.Chmod(p.List, 0o666) }, "others than its owner"},
		{"what is remembered", func(t *testing.T, _ Pinned, _, binary, state string) {
			write(t, binary, "evil")
			write(t, filepath.Join(state, seenName), "venv-guard 1\nend\n")
		}, "is not what was pinned"},
		{"what is remembered is cut off", func(t *testing.T, _ Pinned, _, binary, state string) {
			write(t, binary, "evil")
			text := read(t, filepath.Join(state, seenName))
			write(t, filepath.Join(state, seenName), text[:strings.Index(text, "file ")])
		}, "is not what was pinned"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, file, binary := pinned(t, &codex, User)
			state := filepath.Join(t.TempDir(), "state")
			if faults := p.FaultsSince(state); len(faults) > 0 {
				t.Fatalf("as installed: %v", faults)
			}
			if !exists(filepath.Join(state, seenName)) {
				t.Fatal("nothing is remembered")
			}
			tt.change(t, p, file, binary, state)
			faults := p.FaultsSince(state)
			var text string
			for _, f := range faults {
				text += f.String() + "\n"
				if f.Mend == "" {
					t.Errorf("%s: no mend", f.What)
				}
			}
			if (tt.want == "") != (len(faults) == 0) || !strings.Contains(text, tt.want) {
				t.Errorf("faults %q, want %q", text, tt.want)
			}
			if again := p.FaultsSince(state); len(again) != len(faults) {
				t.Errorf("the next call finds %v", again)
			}
		})
	}
}

// TestProjects holds that a project's entries count in that project only.
func TestProjects(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the binary's path is one that is not registered there")
	}
	p, file, _ := pinned(t, &codex, Project)
	state := t.TempDir()
	inside, outside := p, p
	inside.Dir, outside.Dir = filepath.Join(p.Dir, "sub"), filepath.Dir(p.Dir)
	write(t, file, "{}")
	for range 2 {
		if faults := outside.FaultsSince(state); len(faults) > 0 {
			t.Errorf("outside: %v", faults)
		}
		if faults := inside.FaultsSince(state); len(faults) != 1 {
			t.Errorf("inside: %v", faults)
		}
	}
}
