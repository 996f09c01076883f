package trust

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

const (
	honest = "#!/bin/sh\necho honest $1\n"
	evil   = "#!/bin/sh\necho evil $1\n"
)

// TestCopySwapped changes the file in every way while it is copied and run: what
// runs is what was pinned, or nothing.
func TestCopySwapped(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the program is a shell script")
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "hook.sh")
	put := func(text string) {
		tmp := name + ".new"
		if os.WriteFile(tmp, []byte(text), 0o755) == nil {
			os.Rename(tmp, name)
		}
	}
	put(honest)
	sum, err := hash(name)
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan bool)
	var swapper sync.WaitGroup
	swapper.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			switch i % 4 {
			case 0:
				put(evil)
			case 1: // in place
				os.WriteFile(name, []byte(honest), 0o755)
			case 2:
				os.WriteFile(name, []byte(evil), 0o755)
			case 3:
				put(honest)
			}
		}
	})
	ran, refused := 0, 0
	for i := 0; (ran < 20 || refused < 20) && i < 5000; i++ {
		p, err := Copy(name, sum)
		if errors.Is(err, ErrChanged) {
			refused++
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(p.Path, "x")
		if p.File != nil {
			cmd = exec.Command("/proc/self/fd/3", "x")
			cmd.ExtraFiles = []*os.File{p.File}
		}
		out, err := cmd.CombinedOutput()
		if err != nil || string(out) != "honest x\n" {
			t.Errorf("ran %q, %v", out, err)
		}
		if p.File != nil {
			if _, err := p.File.WriteAt([]byte("X"), 0); err == nil {
				t.Error("the copy can be changed")
			}
		}
		p.Close()
		if exists := p.dir != "" && fileExists(p.dir); exists {
			t.Errorf("%s is left", p.dir)
		}
		ran++
	}
	close(stop)
	swapper.Wait()
	if ran == 0 || refused == 0 {
		t.Errorf("ran %d times, refused %d times: the test showed nothing", ran, refused)
	}
}

func fileExists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func TestCopyRefuses(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "x")
	if err := os.WriteFile(name, []byte(honest), 0o644); err != nil {
		t.Fatal(err)
	}
	sum, _ := hash(name)
	if _, err := Copy(name, sum); runtime.GOOS != "windows" && (err == nil || !strings.Contains(err.Error(), "may not be run")) {
		t.Errorf("a file without the run bit: %v", err)
	}
	if _, err := Copy(dir, sum); err == nil {
		t.Error("a directory was copied")
	}
	if _, err := Copy(filepath.Join(dir, "none"), sum); err == nil {
		t.Error("nothing was copied")
	}
}

// TestCopyBinary runs a copy of a compiled program, which the system refuses
// while somebody could write to it.
func TestCopyBinary(t *testing.T) {
	name, err := exec.LookPath("true")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("there is no program true")
	}
	sum, err := hash(name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Copy(name, sum)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	cmd := exec.Command(p.Path)
	if p.File != nil {
		cmd = exec.Command("/proc/self/fd/3")
		cmd.ExtraFiles = []*os.File{p.File}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
