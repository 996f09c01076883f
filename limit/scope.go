package limit

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A Caller is who makes a call, and where, as far as scopes tell calls apart.
type Caller struct {
	Session, Agent string
	Dir            string // the call's working directory
	Home           string
}

// Of returns what a scope stands for in a call; calls with the same text share
// counters. What a client does not tell is a value like any other: all sessions
// without an id are one. The client itself takes no part: not every call tells it.
func (c Caller) Of(scope string) string {
	switch scope {
	case "session":
		return of("session", c.Session)
	case "agent":
		return of("agent", c.Agent)
	case "project":
		return of("project", project(c.Dir, c.Home))
	case "user":
		return of("uid", strconv.Itoa(os.Getuid()))
	case "host":
		name, _ := os.Hostname()
		return of("host", name)
	}
	return of("session", c.Session, "agent", c.Agent) // "grant"
}

// of joins names and values so that no value can pass for another's.
func of(words ...string) string {
	var parts []string
	for i := 0; i < len(words); i += 2 {
		parts = append(parts, words[i]+"="+strings.ReplaceAll(words[i+1], "\x00", ""))
	}
	return strings.Join(parts, "\x00")
}

// project returns the directory that a call belongs to: the outermost one, up
// from its own and below the home, that holds .git or .venv-guard.toml, so that
// a repository within it is no project of its own; the call's own if none does.
func project(dir, home string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if real, err := filepath.EvalSymlinks(home); err == nil {
		home = real
	}
	dir = filepath.Clean(dir)
	found := dir
	for d := dir; d != home && d != filepath.Dir(d); d = filepath.Dir(d) {
		for _, mark := range [...]string{".git", ".venv-guard.toml"} {
			if _, err := os.Lstat(filepath.Join(d, mark)); err == nil {
				found = d
			}
		}
	}
	return found
}
