//go:build unix

package clients

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// A client is one release of a coding agent, as npm has it. Releases are pinned:
// what is proved here was seen with these.
type client struct {
	name    string
	pkg     string // with its version; PLATFORM stands for linux-x64 and its like
	program string // below node_modules
	node    bool   // a script for Node
}

var (
	claudeNew = client{"claude-2.1.330", "@anthropic-ai/claude-code-PLATFORM@2.1.330", "@anthropic-ai/claude-code-PLATFORM/claude", false}
	// Of November 2025, when hooks had no onFailure and answers were read in
	// other ways.
	claudeOld = client{"claude-2.0.45", "@anthropic-ai/claude-code@2.0.45", "@anthropic-ai/claude-code/cli.js", true}
)

// patience bounds one download.
const patience = 3 * time.Minute

var downloads sync.Map // name of a client: func() ([]string, error), run once

// command returns the words that start a client. It fetches the client by npm,
// once for the machine, and skips the test where that cannot be done.
func (c client) command(t *testing.T) []string {
	t.Helper()
	if testing.Short() {
		t.Skip("real clients are not run with -short")
	}
	once, _ := downloads.LoadOrStore(c.name, sync.OnceValues(c.fetch))
	words, err := once.(func() ([]string, error))()
	if err != nil {
		t.Skipf("%s cannot be had, so nothing is proved about it: %v", c.name, err)
	}
	return words
}

func (c client) fetch() ([]string, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return nil, errors.New("there is no npm")
	}
	platform := runtime.GOOS + "-" + strings.Replace(runtime.GOARCH, "amd64", "x64", 1)
	replace := func(s string) string { return strings.ReplaceAll(s, "PLATFORM", platform) }
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	cache = filepath.Join(cache, "venv-guard-clients")
	dir := filepath.Join(cache, c.name)
	program := filepath.Join(dir, "node_modules", filepath.FromSlash(replace(c.program)))
	if found, _ := filepath.Glob(program); len(found) != 1 {
		if err := os.MkdirAll(cache, 0o755); err != nil {
			return nil, err
		}
		fresh, err := os.MkdirTemp(cache, "new-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(fresh)
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		// No scripts: the packages need none, and theirs would fetch more.
		cmd := exec.CommandContext(ctx, npm, "install", "--prefix", fresh, "--no-save", "--no-audit", "--no-fund",
			"--ignore-scripts", "--omit=optional", "--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", replace(c.pkg))
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("npm install: %v: %.300s", err, out)
		}
		os.RemoveAll(dir)
		if err := os.Rename(fresh, dir); err != nil {
			return nil, err
		}
	}
	found, err := filepath.Glob(program)
	if err != nil || len(found) != 1 {
		return nil, fmt.Errorf("the package has no %s", replace(c.program))
	}
	if !c.node {
		return found, nil
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, errors.New("there is no node")
	}
	return []string{node, found[0]}, nil
}
