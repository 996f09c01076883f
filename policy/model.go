package policy

import (
	"time"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/rules/source"
)

// An ActionType is a kind of thing that a call does.
type ActionType string

// The action types, spelled as in the field.
const (
	ShellExec ActionType = "shell.exec"
	FileRead  ActionType = "file.read"
	FileWrite ActionType = "file.write"
	Network   ActionType = "network"
	MCPCall   ActionType = "mcp.call"
	CodeExec  ActionType = "code.exec"
)

// ActionTypes are all of them.
var ActionTypes = []ActionType{ShellExec, FileRead, FileWrite, Network, MCPCall, CodeExec}

// A Layer says whose policy it is, the strongest first.
type Layer uint8

const (
	Managed Layer = iota // the machine's administrator's
	User
	Project
)

// String returns the layer's name.
func (l Layer) String() string { return [...]string{"managed", "user", "project"}[l] }

// A Mode says whether rules count.
type Mode uint8

const (
	Enforce  Mode = iota
	Simulate      // evaluated and told, but never in the way
)

// String returns the mode's name.
func (m Mode) String() string { return [...]string{"enforce", "simulate"}[m] }

// A Policy is what one file says.
type Policy struct {
	Name   string // path, for errors and `policy show`
	Dir    string // directory that relative path patterns start from; "" for the call's
	Layer  Layer
	Format string // "native", "safeclaw", "safeclaw-config", "policylayer"
	Agent  string // glob: only calls of this agent; "" all
	Mode   Mode
	// Default is what holds where no rule of the policy matches. Without an
	// entry the policy has no opinion.
	Default map[ActionType]action.Verdict
	// Settings move the built-in rules and their categories.
	Settings rules.Settings
	Audit    Audit
	Pins     Pins
	Retries  int                 // denied_retries; 0 where it is not set, below for never
	Roles    map[string][]string // who approves: members by the role's name
	Include  []string            // foreign files that continue the rules
	Rules    []Rule              // in order; the first that matches counts
	Expect   []Expectation
	Pos      map[string]source.Pos // of the other keys, by their path: "default"

	// Ignored says what of the file does not count, and why: the parts of a
	// project's file that loosen what holds without it, unless it is pinned.
	Ignored []string
}

// A Rule gives a verdict to the actions that it matches.
type Rule struct {
	ID        string
	Action    ActionType
	Match     Match
	Verdict   action.Verdict // Allow, Ask or Block
	Message   string         // why, for the model and the user
	Remedy    string         // what to do instead
	Audit     bool
	Approvers []string // roles that may approve an Ask; none for any human
	Approvals int      // how many people must; 0 for one
	Timeout   int      // seconds that an approval holds; 0 for DefaultTimeout
	Limit     *Limit
	Agent     string    // glob; "" all
	Expires   time.Time // it matches nothing from then on; zero for never
	Mode      Mode
	// Matches and NoMatches are examples, for `policy test`: what the rule's
	// match is about, written as a command, a path, a URL or a tool's name.
	Matches, NoMatches []string
	Pos                source.Pos // of the rule in its file
}

// Expired reports whether a rule holds no longer.
func (r *Rule) Expired(now time.Time) bool { return !r.Expires.IsZero() && !now.Before(r.Expires) }

// DefaultTimeout is how long an approval holds, in seconds.
const DefaultTimeout = 300

// A Match says which actions a rule is about: all parts that are given must
// hold. Globs are as Glob has them. At least one part must be given.
type Match struct {
	// Command is a glob over an invocation in normal form, the base name of
	// the program and its words with single spaces, or over its spelling;
	// without any star it is a prefix of words. Of code.exec it is a glob
	// over the text.
	Command string
	// Program is a glob over the program's base name, Operation, Place and
	// Category are words of the built-in rules' findings.
	Program, Operation, Place, Category string
	// Path is a glob over the absolute path with links followed or over the
	// path as written. A relative one starts from the policy's directory.
	Path string
	// URL is a glob; its host part stays within the host. Host is a domain,
	// with those below it, or a glob.
	URL, Host string
	// Tool is an MCP tool: with its server (mcp__server__tool) that one,
	// without the tool of any server. It may be a glob.
	Tool string
	// Args are globs over the tool's arguments, by JSON pointer (RFC 6901).
	Args map[string]string
	// Language is that of code: "python", "node", ….
	Language string
}

// Empty reports whether no part is given.
func (m *Match) Empty() bool {
	return m.Command == "" && m.Program == "" && m.Operation == "" && m.Place == "" && m.Category == "" &&
		m.Path == "" && m.URL == "" && m.Host == "" && m.Tool == "" && len(m.Args) == 0 && m.Language == ""
}

// An Expectation is a test of a whole policy.
type Expectation struct {
	Action  ActionType
	Target  string // a command, a path, a URL or a tool's name
	Verdict action.Verdict
	Rule    string // id of the rule that must decide; "" for any
	Pos     source.Pos
}

// An Action is one thing that a call would do.
type Action struct {
	Type    ActionType
	Target  string // the command in normal form, the path with links followed, the URL, the tool, the code
	Written string // as it was written, where that differs
	Path    string // of files: absolute, links not followed
	Inv     *action.Invocation
	// Findings are what the built-in rules say of it, Categories the
	// categories of their rules.
	Findings   []rules.Finding
	Categories []string
	Args       any    // mcp.call: decoded JSON
	Language   string // code.exec
	// Maybe says that it is not sure that the action is done: a word that
	// may be a file's name. Then only Ask and Block rules count.
	Maybe bool
	// ByCode says of a file.read that code does it while it runs, and that
	// the call does not name the file.
	ByCode bool
	Span   action.Span
	// Times is at how many places of the call the action stands; 0 is 1.
	Times int
}

// A Ruling is what a policy says of an action.
type Ruling struct {
	Action    int            // index of the action
	Verdict   action.Verdict // Pass where the action only counts for the rule's limit
	Policy    *Policy
	Rule      *Rule // nil for the policy's default
	Simulated bool  // told, but not in the way
	Shadowed  bool  // by an earlier one; only in a Trace
	Note      string
}

// ParseAction returns the action type of that name.
func ParseAction(name string) (ActionType, bool) {
	for _, t := range ActionTypes {
		if string(t) == name {
			return t, true
		}
	}
	return "", false
}
