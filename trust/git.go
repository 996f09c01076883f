package trust

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Committed returns nil if git knows the file name from exactly one commit and
// sees no local change. It is for files that have no hash to compare, and weaker
// than one: git takes a file for unchanged by its size and times, and whoever
// can write the repository can rewrite its history.
func Committed(ctx context.Context, name string, environ []string) error {
	info, err := os.Lstat(name)
	if err != nil {
		if pe, ok := errors.AsType[*fs.PathError](err); ok {
			err = pe.Err
		}
		return err
	}
	if !info.Mode().IsRegular() {
		// Git keeps where a link points, not the bytes it leads to.
		return errors.New("not a regular file, so git does not know its bytes")
	}
	dir, base := filepath.Split(name)
	g := git{ctx, dir, environ}
	if out, err := g.run("rev-parse", "--is-shallow-repository"); err != nil {
		return err
	} else if string(out) != "false\n" {
		return errors.New("a shallow clone does not have the whole history")
	}
	switch out, err := g.run("ls-files", "-v", "-z", "--", base); {
	case err != nil:
		return err
	case len(out) == 0:
		return errors.New("not tracked by git")
	case out[0] != 'H':
		return errors.New("git was told not to look at it (assume-unchanged, skip-worktree) or has it unmerged")
	}
	if out, err := g.run("status", "--porcelain", "-z", "--", base); err != nil {
		return err
	} else if len(out) > 0 {
		return errors.New("git sees a local change")
	}
	out, err := g.run("log", "--format=%H", "--max-count=2", "--", base)
	if err != nil {
		return err
	}
	if n := bytes.Count(out, []byte("\n")); n != 1 {
		return fmt.Errorf("changed since the commit that added it (%d or more commits)", n)
	}
	return nil
}

type git struct {
	ctx     context.Context
	dir     string
	environ []string
}

// run runs git without what the environment or the repository could put in the
// place of its answer: another repository, replaced commits, a monitor's word
// for the files, hooks.
func (g git) run(args ...string) ([]byte, error) {
	cmd := exec.CommandContext(g.ctx, "git", append([]string{
		"--no-pager", "--no-optional-locks", "--no-replace-objects", "--literal-pathspecs",
		"-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull,
		"-c", "core.checkStat=default", "-c", "core.trustctime=true",
		"-c", "log.showSignature=false", "-c", "log.follow=false",
	}, args...)...)
	cmd.Dir = g.dir
	cmd.WaitDelay = time.Second
	for _, v := range g.environ {
		if !strings.HasPrefix(v, "GIT_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C", "GIT_GRAFT_FILE="+os.DevNull, "GIT_NO_LAZY_FETCH=1")
	out, err := cmd.Output()
	if g.ctx.Err() != nil {
		return nil, errors.New("git took too long")
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		line, _, _ := strings.Cut(string(exit.Stderr), "\n")
		return nil, fmt.Errorf("git %s: %s", args[0], strings.TrimPrefix(line, "fatal: "))
	}
	return out, err
}
