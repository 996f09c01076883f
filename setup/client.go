package setup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// A Scope says whose settings are meant.
type Scope string

const (
	User    Scope = "user"
	Project Scope = "project"
	Managed Scope = "managed" // the administrator's, for everyone on this machine
)

// A Host is where clients are set up.
type Host struct {
	Environ []string
	Dir     string // the project
	// Root stands before the paths of managed settings; "" but in tests.
	Root string
	// Version returns the version of a client's program on PATH, "" if it
	// cannot be told. It may be nil.
	Version func(program string) string
}

// Getenv returns the value of an environment variable, the last if there are
// several.
func (h *Host) Getenv(name string) string {
	for i := len(h.Environ) - 1; i >= 0; i-- {
		if k, v, _ := strings.Cut(h.Environ[i], "="); k == name {
			return v
		}
	}
	return ""
}

// ErrNoHome says that the environment names no home directory.
var ErrNoHome = errors.New("neither HOME nor USERPROFILE is an absolute path")

func (h *Host) home(elem ...string) (string, error) {
	for _, name := range []string{"HOME", "USERPROFILE"} {
		if v := h.Getenv(name); filepath.IsAbs(v) {
			return filepath.Join(append([]string{v}, elem...)...), nil
		}
	}
	return "", ErrNoHome
}

// homeOr is home, but starts at a directory that a variable names.
func (h *Host) homeOr(variable, usual string, elem ...string) (string, error) {
	if v := h.Getenv(variable); filepath.IsAbs(v) {
		return filepath.Join(append([]string{v}, elem...)...), nil
	}
	return h.home(append([]string{usual}, elem...)...)
}

// managed picks the path for the operating system; "" is none.
func (h *Host) managed(linux, mac, windows string) (string, error) {
	p := linux
	switch runtime.GOOS {
	case "darwin":
		p = mac
	case "windows":
		p = windows
	}
	return filepath.Join(h.Root, filepath.FromSlash(p)), nil
}

// A Client is a coding agent's program that runs hooks.
type Client struct {
	Name  string // as --client takes it
	Title string
	// Programs are what starts it; Traces are directories below the home that
	// it makes.
	Programs, Traces []string

	comments bool // its settings may have comments
	whole    bool // the file is all the guard's, and no JSON
	exec     bool // it is a program
	// guard returns the command line that a whole file starts, if it is one of
	// the guard's.
	guard func(text string) (line string, ok bool)
	file  func(h *Host, s Scope) (string, error)
	items func(h *Host, o Options) ([]Item, []string, error)
	todo  func(h *Host, s Scope) []string // what is left to a human
}

// Options are what install was asked for.
type Options struct {
	Scope  Scope
	Binary string // absolute
	Strict bool
}

// clients are told in this order.
var clients = []*Client{&claudeCode, &codex, &gemini, &copilot, &cursor, &openCode, &windsurf, &cline, &droid, &kiro}

// Clients returns all clients that can be set up.
func Clients() []*Client { return clients }

// Lookup returns the client of a name, nil if there is none.
func Lookup(name string) *Client {
	for _, c := range clients {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// File returns where the client's settings of a scope are. They need not exist.
func (c *Client) File(h *Host, s Scope) (string, error) { return c.file(h, s) }

// Found says what tells that the client is on this machine, "" if nothing does.
func (c *Client) Found(h *Host) string {
	for _, p := range c.Programs {
		if file := h.Look(p); file != "" {
			return file
		}
	}
	for _, t := range c.Traces {
		if dir, err := h.home(filepath.FromSlash(t)); err == nil {
			if info, err := os.Stat(dir); err == nil && info.IsDir() {
				return dir
			}
		}
	}
	return ""
}

// Look returns where a program is on PATH. Unlike exec.LookPath it takes the
// PATH of the host, and no directory that is not absolute.
func (h *Host) Look(program string) string {
	suffixes := []string{""}
	if runtime.GOOS == "windows" {
		suffixes = []string{".exe", ".cmd", ".bat"}
	}
	for _, dir := range filepath.SplitList(h.Getenv("PATH")) {
		for _, s := range suffixes {
			file := filepath.Join(dir, program+s)
			if !filepath.IsAbs(dir) {
				continue
			}
			if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && (runtime.GOOS == "windows" || info.Mode()&0o111 != 0) {
				return file
			}
		}
	}
	return ""
}

// An Item is one thing that stands in a settings file for the guard.
type Item struct {
	// Path are the keys that lead to it. An Element is one value of the array
	// there, else the path leads to the value itself. Without a path the whole
	// file is the guard's, and Value is its text.
	Path    []string        `json:"path,omitempty"`
	Element bool            `json:"element,omitempty"`
	Value   json.RawMessage `json:"value"`
	Had     bool            `json:"had,omitempty"` // it was there before the guard
	Was     json.RawMessage `json:"was,omitempty"` // what the path led to before
}

func (it Item) String() string {
	if len(it.Path) == 0 {
		return "the whole file"
	}
	text := string(it.Value)
	if it.Path[0] == "hooks" {
		return "the guard's entry in " + show(it.Path)
	}
	if it.Element {
		return fmt.Sprintf("%s in %s", text, show(it.Path))
	}
	return fmt.Sprintf("%s = %s", show(it.Path), text)
}

func element(value any, path ...string) Item {
	return Item{Path: path, Element: true, Value: marshal(value)}
}

func entry(value any, path ...string) Item { return Item{Path: path, Value: marshal(value)} }

// marshal returns JSON that is written as it is read: <, > and & stay.
func marshal(value any) json.RawMessage {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		panic(err) // the values are the package's own
	}
	return json.RawMessage(strings.TrimSuffix(b.String(), "\n"))
}

// commandLine returns what a client's shell starts the binary with.
func commandLine(binary string, args ...string) (string, error) {
	if !filepath.IsAbs(binary) {
		return "", fmt.Errorf("%s: not an absolute path", binary)
	}
	word := filepath.ToSlash(binary)
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_@%+=:,./-", r)
	}
	if strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) >= 0 {
		// One way of quoting that sh, cmd and PowerShell all take for a
		// program's name does not exist.
		if runtime.GOOS == "windows" {
			return "", fmt.Errorf("%s: put the binary at a path of letters, digits, dots and dashes, which every shell reads alike", binary)
		}
		if strings.ContainsFunc(word, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return "", fmt.Errorf("%q: a path with control characters cannot be registered", binary)
		}
		word = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return strings.Join(append([]string{word}, args...), " "), nil
}

// exists reports whether anything is at name.
func exists(name string) bool {
	_, err := os.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}
