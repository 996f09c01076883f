package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/trust"
	"github.com/venv-guard/venv-guard/world"
)

const (
	// ManagedFile is the administrator's policy.
	ManagedFile = "/etc/venv-guard/policy.toml"
	// ProjectFile is the base name of a project's policy.
	ProjectFile = ".venv-guard.toml"
)

// maxFile bounds a policy file, in bytes.
const maxFile = 16 << 20

// userDir returns $XDG_CONFIG_HOME/venv-guard, with ~/.config where that is not
// set; "" if there is no home.
func userDir(environ []string) string {
	dir := getenv(environ, "XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) { // as the XDG base directory specification has it
		home := getenv(environ, "HOME")
		if !filepath.IsAbs(home) {
			home = getenv(environ, "USERPROFILE") // of Windows
		}
		if !filepath.IsAbs(home) {
			return ""
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "venv-guard")
}

func getenv(environ []string, name string) string {
	for _, kv := range environ {
		if k, v, ok := strings.Cut(kv, "="); ok && k == name {
			return v
		}
	}
	return ""
}

// UserFile returns the path of the user's policy; "" if there is no home.
func UserFile(environ []string) string { return inDir(userDir(environ), "policy.toml") }

// PinFile returns the path of the user's list of pins, which says what project
// files may loosen; "" if there is no home.
func PinFile(environ []string) string { return inDir(userDir(environ), "trusted-hooks.yaml") }

func inDir(dir, name string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, name)
}

// A Loader says where policies are looked for.
type Loader struct {
	Environ []string
	Dir     string // the call's directory; the project's files are searched from there
	Now     time.Time
	// Managed is the administrator's file; "" for ManagedFile.
	Managed string
	// Foreign reads files in other formats: those that are included, and
	// those in the Usual places of a project. It may be nil.
	Foreign func(name, text string) (*Policy, error)
	Usual   []string // relative to a project's directory
	// Adjust returns what takes the place of the user's policy, to try
	// another; nil keeps it. It is given an empty one if there is none.
	Adjust func(*Policy) *Policy

	texts map[*Policy]string // as they were read, for their pins
	// holds are what asks again whatever Load asked of the disk, and reports
	// whether the answer is the same.
	holds []func() bool
}

// Load reads the policies of all layers. Files that are not there say nothing.
// Every other fault is in the error, joined; the set then holds what could be
// read, but must not be used to judge.
func (l Loader) Load() (*Set, error) { return l.load() }

func (l *Loader) load() (*Set, error) {
	s := &Set{now: l.Now, Packs: rules.Builtin()}
	l.texts = map[*Policy]string{}
	s.texts = l.texts
	var errs []error
	file := func(layer Layer, name, dir string) *Policy {
		p, err := l.file(s, layer, name, dir)
		if err != nil {
			errs = append(errs, err)
		}
		return p
	}
	managed := l.Managed
	if managed == "" {
		managed = ManagedFile
	}
	var upper rules.Settings
	for _, p := range []*Policy{file(Managed, managed, ""), file(User, UserFile(l.Environ), "")} {
		if p != nil {
			upper = merge(s.Packs, upper, p.Settings)
		}
	}
	// All of them hold, so that a nearer file does not hide a stricter one.
	for _, dir := range slices.Backward(l.projectDirs()) {
		if p := file(Project, filepath.Join(dir, ProjectFile), dir); p != nil {
			upper = l.project(s.Packs, p, upper)
		}
		for _, name := range l.Usual {
			if err := l.usual(s, filepath.Join(dir, name), dir); err != nil {
				errs = append(errs, err)
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return s, err
	}
	if len(upper.Categories)+len(upper.Rules) > 0 || upper.Under != nil {
		packs, err := s.Packs.With(upper)
		if err != nil {
			return s, err
		}
		s.Packs = packs
	}
	return s, nil
}

// file reads one policy and what it includes; nil if it is not there.
func (l *Loader) file(s *Set, layer Layer, name, dir string) (*Policy, error) {
	if name == "" {
		return nil, nil
	}
	adjust := l.Adjust
	if layer != User {
		adjust = nil
	}
	text, err := l.open(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		if adjust == nil {
			return nil, nil
		}
		text, err = "", nil
	}
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	p, err := Read(name, text)
	if err != nil {
		return nil, err
	}
	if adjust != nil {
		p = adjust(p)
	}
	p.Layer, p.Dir = layer, world.FromWindows(dir)
	l.texts[p] = text
	stack := []*Policy{p}
	for _, inc := range p.Include {
		q, err := l.include(p, inc)
		if err != nil {
			return nil, err
		}
		stack = append(stack, q)
	}
	if layer == Project {
		for _, q := range stack {
			l.enforce(q)
		}
		l.ignoreRoles(p)
	}
	s.add(stack...)
	return p, nil
}

// include reads a file that a policy names: relative to it, or below the home.
func (l *Loader) include(p *Policy, name string) (*Policy, error) {
	file := filepath.FromSlash(name)
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		file = filepath.Join(getenv(l.Environ, "HOME"), rest)
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(p.Name), file)
	}
	q, err := l.foreign(file, p.Layer, p.Dir)
	if err != nil {
		err = fmt.Errorf("%w (included by %s:%d:%d)", err, p.Name, p.Pos["include"].Line, p.Pos["include"].Col)
	}
	return q, err
}

// foreign reads a file in another format, or one more in the own.
func (l *Loader) foreign(file string, layer Layer, dir string) (*Policy, error) {
	text, err := l.open(file)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	var q *Policy
	if strings.HasSuffix(file, ".toml") || l.Foreign == nil {
		if q, err = Read(file, text); err == nil && (len(q.Include) > 0 || len(q.Settings.Categories)+len(q.Settings.Rules)+len(q.Roles) > 0 || q.Retries != 0 || q.Audit != Audit{}) {
			err = fmt.Errorf("%s: an included file cannot include others, nor hold categories, rules, roles or settings of the log", file)
		}
	} else if q, err = l.Foreign(file, text); err == nil {
		err = q.Check()
	}
	if err != nil {
		return nil, err
	}
	q.Layer, q.Dir = layer, dir
	l.texts[q] = text
	return q, nil
}

// usual reads a foreign file in its usual place, if it is there.
func (l *Loader) usual(s *Set, file, dir string) error {
	if !l.exists(file) {
		return nil
	}
	q, err := l.foreign(file, Project, world.FromWindows(dir))
	if err != nil {
		return err
	}
	l.enforce(q)
	s.add(q)
	return nil
}

// projectDirs returns the directories that may hold a project's policy, the
// nearest first: up to the repository's root, or to the top where there is
// none.
func (l *Loader) projectDirs() []string {
	dir := filepath.FromSlash(l.Dir)
	if !filepath.IsAbs(dir) {
		return nil
	}
	var list []string
	for dir = filepath.Clean(dir); ; dir = filepath.Dir(dir) {
		list = append(list, dir)
		if l.exists(filepath.Join(dir, ".git")) || dir == filepath.Dir(dir) {
			return list
		}
	}
}

// project lays a project's settings over the others. What of them loosens only
// counts where the user has pinned the file.
func (l *Loader) project(packs *rules.Packs, p *Policy, upper rules.Settings) rules.Settings {
	if len(p.Settings.Categories)+len(p.Settings.Rules) == 0 {
		return upper
	}
	if loose := packs.Loosened(upper, p.Settings); len(loose) > 0 {
		if l.pinned(p) {
			return merge(packs, upper, p.Settings)
		}
		for _, key := range loose {
			l.ignore(p, key+" = "+strconv.Quote(p.Settings.At(key).String()))
		}
	}
	out := p.Settings
	out.Under, out.Floor = &upper, true
	return out
}

// enforce takes a project's policy out of simulation, unless it is pinned: what
// is evaluated only, nobody has asked for.
func (l *Loader) enforce(p *Policy) {
	var rules []*Rule
	for i := range p.Rules {
		if p.Rules[i].Mode == Simulate {
			rules = append(rules, &p.Rules[i])
		}
	}
	if p.Mode != Simulate && rules == nil || l.pinned(p) {
		return
	}
	if p.Mode == Simulate {
		l.ignore(p, `mode = "simulate"`)
		p.Mode = Enforce
	}
	for _, r := range rules {
		l.ignore(p, fmt.Sprintf(`mode = "simulate" of the rule %q`, r.ID))
		r.Mode = Enforce
	}
}

// ignore notes a part of a policy that does not count.
func (l *Loader) ignore(p *Policy, part string) {
	p.Ignored = append(p.Ignored, fmt.Sprintf("%s: %s would loosen what holds without this file and does not count until the user pins it: venv-guard trust %s",
		p.Name, part, p.Name))
}

// pinned reports whether the user's list pins the very text that was read. A
// list that others can write proves nothing.
func (l *Loader) pinned(p *Policy) bool {
	ok := l.isPinned(p)
	l.holds = append(l.holds, func() bool { return l.isPinned(p) == ok })
	return ok
}

func (l *Loader) isPinned(p *Policy) bool {
	file := PinFile(l.Environ)
	if file == "" {
		return false
	}
	list, err := trust.Load(file)
	if err != nil || list.Warning != "" {
		return false
	}
	sum := sha256.Sum256([]byte(l.texts[p]))
	want, ok := list.Sum(p.Name)
	return ok && want == hex.EncodeToString(sum[:])
}

// open reads a file as the function of that name does.
func (l *Loader) open(name string) (string, error) {
	text, err := open(name)
	l.holds = append(l.holds, func() bool {
		now, again := open(name)
		return now == text && (again == nil) == (err == nil)
	})
	return text, err
}

func (l *Loader) exists(name string) bool {
	_, err := os.Lstat(name)
	l.holds = append(l.holds, func() bool {
		_, again := os.Lstat(name)
		return (again == nil) == (err == nil)
	})
	return err == nil
}

// open reads a file that only root or the user may have written. Owner and mode
// are those of the open file, so that nobody can put another in its place.
func open(name string) (string, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // not to wait at a pipe
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
	if info.Size() > maxFile {
		return "", fmt.Errorf("%s is longer than %d MiB", name, maxFile>>20)
	}
	b := make([]byte, 0, info.Size()+512)
	for len(b) <= maxFile {
		n, err := f.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return string(b), nil
		}
		if err != nil {
			return "", err
		}
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
	}
	return "", fmt.Errorf("%s is longer than %d MiB", name, maxFile>>20)
}

// Origin says where a ruling stands: file, line and column.
func (r *Ruling) Origin() string {
	if r.Rule != nil {
		return fmt.Sprintf("%s:%d:%d", r.Policy.Name, r.Rule.Pos.Line, r.Rule.Pos.Col)
	}
	if pos, ok := r.Policy.Pos["default"]; ok {
		return fmt.Sprintf("%s:%d:%d", r.Policy.Name, pos.Line, pos.Col)
	}
	return r.Policy.Name
}
