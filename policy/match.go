package policy

import (
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// A Caller is who makes a call, and where.
type Caller struct {
	Agent  string // the agent's name or id; "" for the main agent
	Client string
	Dir    string // the call's working directory
	Home   string
}

// is reports whether a glob names the agent or its client.
func (c *Caller) is(pattern string) bool {
	return pattern == "" || Glob(pattern, c.Agent) || c.Client != "" && Glob(pattern, c.Client)
}

// A subject is an action with what is worked out of it once for all rules.
type subject struct {
	*Action
	caller  *Caller
	program string // base name
	spelled string // argv as it is, where the program was named by a path
	python  string // the target with python for python3, python3.11, …
	holed   bool   // Target is
	free    bool   // no default is about it
	address *address
}

func newSubject(a *Action, c *Caller) subject {
	s := subject{Action: a, caller: c, holed: action.Holed(a.Target)}
	if a.Inv != nil {
		s.program = BaseName(a.Inv.Program())
		if a.Type == ShellExec && strings.Contains(a.Inv.Program(), "/") {
			s.spelled = strings.Join(a.Inv.Argv, " ")
		}
	}
	if name, rest, _ := strings.Cut(a.Target, " "); a.Type == ShellExec && name != "python" && strings.TrimRight(name, "0123456789.") == "python" {
		s.python = "python " + rest
	}
	if a.Type == Network {
		u := parseURL(a.Target)
		s.address = &u
	}
	return s
}

// BaseName returns a program's name without its directory, as patterns have it.
func BaseName(program string) string {
	base := program[strings.LastIndexAny(program, `/\`)+1:]
	if n := len(base) - len(".exe"); n > 0 && strings.EqualFold(base[n:], ".exe") {
		base = base[:n]
	}
	return base
}

// NormalForm returns a command as patterns are held against it.
func NormalForm(argv []string) string {
	if len(argv) == 0 {
		return ""
	}
	if len(argv) == 1 {
		return BaseName(argv[0])
	}
	return BaseName(argv[0]) + " " + strings.Join(argv[1:], " ")
}

// matches reports whether a rule is about an action. What is not known, a hole,
// may be anything to a rule that asks or blocks, and nothing but what a star
// takes to one that allows.
func (r *Rule) matches(s *subject, dir string) bool {
	return r.matchesAs(s, dir, r.Verdict == action.Allow)
}

// mayCount reports whether an action that a rule does not allow, because it is
// not wholly known, may be one that the rule's limit is about: it counts, so
// that a limit is not got round by spelling.
func (r *Rule) mayCount(s *subject, dir string) bool {
	return r.Limit != nil && r.Verdict == action.Allow && !s.Maybe && r.matchesAs(s, dir, false)
}

// matchesAs is matches with strict for a rule that allows.
func (r *Rule) matchesAs(s *subject, dir string, strict bool) bool {
	m := &r.Match
	if r.Action != s.Type || s.Maybe && strict {
		return false
	}
	switch s.Type {
	case ShellExec:
		if m.Command != "" && !s.isCommand(m.Command, strict) || !s.isFound(m) {
			return false
		}
	case FileRead, FileWrite:
		if m.Path != "" && !s.isPath(m.Path, dir, strict) {
			return false
		}
	case Network:
		if m.URL != "" && !matchURL(m.URL, s.address) && (strict || !Glob(m.URL, s.address.url) && !Glob(m.URL, s.Target)) ||
			m.Host != "" && !matchHost(m.Host, s.address.host) {
			return false
		}
	case MCPCall:
		if m.Tool != "" && !isTool(m.Tool, s.Target) || !s.hasArgs(m.Args) {
			return false
		}
	case CodeExec:
		if m.Language != "" && !slices.ContainsFunc(languageNames(s.Language), func(name string) bool { return Glob(m.Language, name) }) || m.Command != "" && !Glob(m.Command, s.Target) {
			return false
		}
	}
	return m.Program == "" || Glob(m.Program, s.program) || s.Type == ShellExec && s.isKnownAs(m.Program)
}

// isCommand matches a glob, or a prefix of words, with an invocation.
func (s *subject) isCommand(pattern string, strict bool) bool {
	words := strings.IndexByte(pattern, '*') < 0
	if globWords(pattern, s.Target, words) || s.spelled != "" && globWords(pattern, s.spelled, words) {
		return true
	}
	if strict {
		return false
	}
	if s.python != "" && globWords(pattern, s.python, words) {
		return true
	}
	if s.Written != "" && globWords(pattern, s.Written, words) {
		return true
	}
	return s.holed && s.mayBeCommand(pattern, words)
}

func globWords(pattern, text string, words bool) bool {
	if !words {
		return Glob(pattern, text)
	}
	n, ok := prefixed(text, pattern)
	return ok && (n == len(text) || text[n] == ' ')
}

// mayBeCommand matches a command that is not wholly known. The pattern must name
// the program, or else what is not known would be anything; and of a program
// whose name is not known one of the other words must be the pattern's.
func (s *subject) mayBeCommand(pattern string, words bool) bool {
	if program, _, _ := strings.Cut(pattern, " "); strings.Contains(strings.TrimRight(program, "*"), "*") || strings.Trim(program, "*?") == "" {
		return false
	}
	return (globHoled(pattern, s.Target) || words && globHoled(pattern+" *", s.Target)) && s.tellsOf(pattern)
}

func (s *subject) tellsOf(pattern string) bool {
	if s.Inv == nil || !action.Holed(s.program) {
		return true
	}
	fields := strings.Fields(pattern)
	for _, f := range fields[min(1, len(fields)):] {
		f = strings.TrimRight(f, "*")
		if f != "" && !strings.ContainsAny(f, "*?") && slices.Contains(s.Inv.Argv[1:], f) {
			return true
		}
	}
	return false
}

// isFound holds the words of the built-in findings against a match: all of them
// must be those of one finding.
func (s *subject) isFound(m *Match) bool {
	if m.Operation == "" && m.Place == "" && m.Category == "" {
		return true
	}
	for i := range s.Findings {
		f := &s.Findings[i]
		if (m.Operation == "" || f.Operation == m.Operation) && (m.Place == "" || f.Place.Kind.String() == m.Place) &&
			(m.Category == "" || i < len(s.Categories) && s.Categories[i] == m.Category) {
			return true
		}
	}
	return false
}

// isKnownAs reports whether the built-in rules know the program as that tool:
// pip3.11 is pip.
func (s *subject) isKnownAs(pattern string) bool {
	for i := range s.Findings {
		if Glob(pattern, s.Findings[i].Tool) {
			return true
		}
	}
	return false
}

// isPath matches a glob with a file. To allow, the file that links lead to must
// be the pattern's, and so must be the path before they are followed.
func (s *subject) isPath(pattern, dir string, strict bool) bool {
	full := pattern
	switch {
	case pattern == "~" || strings.HasPrefix(pattern, "~/"):
		if s.caller.Home == "" {
			return false
		}
		full = s.caller.Home + pattern[1:]
	case pattern[0] != '/' && pattern[0] != '*' && pattern[0] != '?' && !isDrive(pattern):
		if dir == "" {
			dir = s.caller.Dir
		}
		full = path.Join(dir, pattern)
	default:
		full = world.FromWindows(pattern)
	}
	if strict && s.holed {
		return strings.Trim(full, "*") == "" // what is not known may be ../..
	}
	if strict {
		return Glob(full, s.Target) && (s.Path == "" || Glob(full, s.Path))
	}
	if Glob(full, s.Target) || s.Path != "" && Glob(full, s.Path) || s.Written != "" && Glob(pattern, s.Written) {
		return true
	}
	// In a directory that is not known a file of the very name may be meant.
	// What stands before says nothing: what is not known may be ../.. or /.
	_, after, holed := action.CutHole(s.Target)
	base := path.Base(s.Target)
	return holed && path.Base(full) == base && !strings.Contains(base, "*") && full[0] != '*' && globHoled(full, action.HoleText+after)
}

func isDrive(name string) bool {
	return len(name) > 1 && name[1] == ':' && 'a' <= name[0]|0x20 && name[0]|0x20 <= 'z'
}

// isTool matches the name of an MCP tool, which clients write as
// mcp__server__tool. Where the name is mcp_server_tool, the server's may end at
// any sign, and each way of reading it counts.
func isTool(pattern, name string) bool {
	if Glob(pattern, name) {
		return true
	}
	if rest, ok := strings.CutPrefix(name, "mcp_"); ok && !strings.HasPrefix(rest, "_") {
		if isTool(pattern, rest) {
			return true
		}
		for i := 1; i < len(rest)-1; i++ {
			if (rest[i] == '_' || rest[i] == '-') && isTool(pattern, "mcp__"+rest[:i]+"__"+rest[i+1:]) {
				return true
			}
		}
		return false
	}
	if rest, ok := strings.CutPrefix(pattern, "mcp."); ok {
		if server, tool, ok := strings.Cut(rest, "."); ok {
			return Glob("mcp__"+server+"__"+tool, name)
		}
	}
	if strings.Contains(pattern, "__") {
		return false
	}
	return Glob(pattern, ToolName(name))
}

// ToolName returns a tool's name without its server's.
func ToolName(name string) string {
	if rest, ok := strings.CutPrefix(name, "mcp__"); ok {
		name = rest
	}
	if _, tool, ok := strings.Cut(name, "__"); ok {
		return tool
	}
	return name
}

// hasArgs holds globs against the arguments of a tool. What is not there
// matches nothing; of a list or an object, its JSON counts.
func (s *subject) hasArgs(args map[string]string) bool {
	for pointer, pattern := range args {
		v, ok := at(s.Args, pointer)
		if !ok {
			return false
		}
		text, ok := v.(string)
		if !ok {
			b, err := json.Marshal(v)
			if err != nil {
				return false
			}
			text = string(b)
		}
		if !Glob(pattern, text) {
			return false
		}
	}
	return true
}

// at returns what a JSON pointer (RFC 6901) names.
func at(v any, pointer string) (any, bool) {
	if pointer == "" {
		return v, true
	}
	for _, part := range strings.Split(pointer[1:], "/") {
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		switch list := v.(type) {
		case map[string]any:
			e, ok := list[part]
			if !ok {
				return nil, false
			}
			v = e
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(list) {
				return nil, false
			}
			v = list[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// languageNames returns what rules may call a language by: that of what runs it,
// or its own.
func languageNames(lang string) []string {
	switch lang {
	case "node", "javascript":
		return []string{"node", "javascript", "js"}
	case "bun", "deno":
		return []string{lang, "javascript", "typescript"}
	case "typescript":
		return []string{lang, "ts"}
	case "python":
		return []string{lang, "py"}
	case "bash", "zsh", "dash", "sh":
		return []string{lang, "shell"}
	}
	return []string{lang}
}
