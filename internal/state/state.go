// Package state keeps what the guard remembers between calls: it finds the
// directory, takes locks, and replaces files whole.
//
// Nothing here is touched by a call that has nothing to remember. Directories
// are made with mode 0700 and files with 0600.
package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// ErrNoHome says that the environment names no directory for state.
var ErrNoHome = errors.New("neither XDG_STATE_HOME nor HOME is an absolute path (nor USERPROFILE, on Windows)")

// ErrBusy says that a lock was held by another process for too long.
var ErrBusy = errors.New("another process holds the lock")

// Dir returns the guard's state directory, $XDG_STATE_HOME/venv-guard or
// ~/.local/state/venv-guard. It need not exist.
func Dir(environ []string) (string, error) {
	var home, profile, dir string
	for _, kv := range environ {
		if v, ok := strings.CutPrefix(kv, "XDG_STATE_HOME="); ok {
			dir = v
		} else if v, ok := strings.CutPrefix(kv, "HOME="); ok {
			home = v
		} else if v, ok := strings.CutPrefix(kv, "USERPROFILE="); ok { // of Windows
			profile = v
		}
	}
	if !filepath.IsAbs(home) {
		home = profile
	}
	if !filepath.IsAbs(dir) { // as the XDG base directory specification has it
		if !filepath.IsAbs(home) {
			return "", ErrNoHome
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "venv-guard"), nil
}

// Lock takes the lock that the file name stands for, making the file and its
// directory where needed, and returns what gives it back. It waits no longer
// than patience: a stopped process must not hold up every call of an agent.
func Lock(name string, patience time.Duration) (unlock func(), err error) {
	type result struct {
		f   *lockedfile.File
		err error
	}
	done := make(chan result, 1)
	go func() { // flock cannot be told how long to wait
		f, err := lockedfile.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if errors.Is(err, fs.ErrNotExist) {
			if err = os.MkdirAll(filepath.Dir(name), 0o700); err == nil {
				f, err = lockedfile.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
			}
		}
		done <- result{f, err}
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case r := <-done:
		if r.err != nil {
			return nil, r.err
		}
		return func() { r.f.Close() }, nil
	case <-timer.C:
		go func() {
			if r := <-done; r.err == nil {
				r.f.Close()
			}
		}()
		return nil, fmt.Errorf("%s: %w for more than %v", name, ErrBusy, patience)
	}
}

// Replace writes a file whole: whoever reads it sees the old text or the new,
// also after a power cut. The caller holds a lock.
func Replace(name string, text []byte) error { return replace(name, text, true) }

// Rewrite is Replace without waiting for the disk: after a power cut the file may
// be damaged.
func Rewrite(name string, text []byte) error { return replace(name, text, false) }

func replace(name string, text []byte, sync bool) error {
	tmp := name + ".new"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if sync {
		err = errors.Join(err, f.Sync())
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(tmp, name)
	}
	if err != nil {
		os.Remove(tmp)
	}
	return err
}

// Aside gives a damaged file another name, so that a new one can take its place
// and nothing is lost, and returns that name.
func Aside(name string, now time.Time) (string, error) {
	base := name + ".corrupt-" + now.UTC().Format("20060102T150405Z")
	aside := base
	for i := 2; ; i++ {
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			break
		} else if err != nil {
			return "", err
		}
		aside = fmt.Sprintf("%s-%d", base, i)
	}
	return aside, os.Rename(name, aside)
}
