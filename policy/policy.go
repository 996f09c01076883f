// Package policy reads the settings that a machine's administrator and its user
// make for the guard. Without any it works as it comes.
//
// A policy is a TOML file:
//
//	[categories]             # block, ask, allow or off
//	system-packages = "ask"
//	[rules]                  # single rules; stronger than their category
//	"go/build-output" = "block"
//
// `venv-guard rules list` names categories and rules. A misspelt key or name is
// an error, never a setting without effect.
package policy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/rules/load"
	"github.com/venv-guard/venv-guard/rules/source"
)

// ManagedFile is the administrator's policy. What it sets, the user can only make
// stricter.
const ManagedFile = "/etc/venv-guard/policy.toml"

// maxFile bounds a policy file, in bytes.
const maxFile = 1 << 20

// A file is what a policy file says.
type file struct {
	Categories map[string]string `toml:"categories"`
	Rules      map[string]string `toml:"rules"`
}

// UserFile returns the path of the user's policy:
// $XDG_CONFIG_HOME/venv-guard/policy.toml, with ~/.config where that is not
// set; "" if there is no home.
func UserFile(environ []string) string {
	get := func(name string) string {
		for _, kv := range environ {
			if k, v, ok := strings.Cut(kv, "="); ok && k == name {
				return v
			}
		}
		return ""
	}
	dir := get("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) { // as the XDG base directory specification has it
		home := get("HOME")
		if !filepath.IsAbs(home) {
			return ""
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "venv-guard", "policy.toml")
}

// Apply returns the packs as the policies of this machine and of the user want
// them. Files that are not there want nothing; any other fault is an error.
func Apply(packs *rules.Packs, environ []string) (*rules.Packs, error) {
	return apply(packs, ManagedFile, UserFile(environ))
}

func apply(packs *rules.Packs, managed, user string) (*rules.Packs, error) {
	upper, err := read(packs, managed)
	if err != nil {
		return nil, err
	}
	lower, err := read(packs, user)
	if err != nil {
		return nil, err
	}
	if upper == nil && lower == nil {
		return packs, nil
	}
	return packs.With(merge(packs, upper, lower))
}

// merge lays the user's settings over the administrator's: what those leave
// open is free, what they set can only become stricter.
func merge(packs *rules.Packs, upper, lower *rules.Settings) rules.Settings {
	if upper == nil {
		return *lower
	}
	out := rules.Settings{Categories: maps.Clone(upper.Categories), Rules: maps.Clone(upper.Rules)}
	if lower == nil {
		return out
	}
	tighten(out.Categories, lower.Categories)
	for id, v := range lower.Rules {
		if own, ok := out.Rules[id]; ok {
			v = action.Worst(own, v)
		} else if own, ok := out.Categories[packs.Category(id)]; ok {
			v = action.Worst(own, v)
		}
		out.Rules[id] = v
	}
	return out
}

func tighten(upper, lower map[string]action.Verdict) {
	for name, v := range lower {
		if own, ok := upper[name]; ok {
			v = action.Worst(own, v)
		}
		upper[name] = v
	}
}

// read reads one policy file; nil if it is not there.
func read(packs *rules.Packs, name string) (*rules.Settings, error) {
	if name == "" {
		return nil, nil
	}
	text, err := open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	var f file
	pos, err := load.Strict(name, text, &f)
	if err != nil {
		return nil, err
	}
	s := &rules.Settings{Categories: map[string]action.Verdict{}, Rules: map[string]action.Verdict{}}
	var errs []error
	fill := func(table string, to map[string]action.Verdict, from map[string]string) {
		for _, key := range slices.Sorted(maps.Keys(from)) {
			v, err := verdict(from[key])
			if err == nil {
				one := rules.Settings{}
				if table == "categories" {
					one.Categories = map[string]action.Verdict{key: v}
				} else {
					one.Rules = map[string]action.Verdict{key: v}
				}
				_, err = packs.With(one)
			}
			if err != nil {
				errs = append(errs, &source.Error{File: name, Pos: pos[table+"."+key], Text: err.Error()})
			}
			to[key] = v
		}
	}
	fill("categories", s.Categories, f.Categories)
	fill("rules", s.Rules, f.Rules)
	return s, errors.Join(errs...)
}

var words = []string{"block", "ask", "allow", "off"}

func verdict(word string) (action.Verdict, error) {
	switch word {
	case "block":
		return action.Block, nil
	case "ask":
		return action.Ask, nil
	case "allow":
		return action.Allow, nil
	case "off":
		return action.Pass, nil
	}
	return action.Block, fmt.Errorf("unknown verdict %q%s; it is one of %s", word, rules.Suggest(word, words), strings.Join(words, ", "))
}

// open reads a file that only root or the user may have written. Owner and mode
// are those of the open file, so that nobody can put another in its place.
func open(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is no regular file", name)
	}
	if err := private(info); err != nil {
		return "", fmt.Errorf("%s %w", name, err)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = fmt.Errorf("%s is longer than %d KiB", name, maxFile>>10)
	}
	return string(b), err
}
