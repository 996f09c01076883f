package rules

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// An mcpTool says what a tool of an MCP server does by its arguments: the
// command line that it stands for, the argument that is shell text, the files
// that it reads and writes.
type mcpTool struct {
	id     string
	names  []string // kebab case; with "__" the whole name, else the tool's of any server
	run    []string // program and first words
	args   []mcpArg
	shell  []string // keys of shell text
	words  []string // keys of words that follow it
	code   []string // keys of code
	lang   []string // program and option that run such code
	reads  []string // keys of paths
	writes []string
	text   []string // keys of what is written
	old    []string // keys of what that takes the place of
	edits  []string // keys of lists of such pairs
	dir    []string // keys of the directory that it works in
}

// An mcpArg turns an argument into words.
type mcpArg struct {
	keys    []string
	as      string // the option before each value, or the word that a true stands for
	program string // the program is this instead, with {} for the value
	flag    bool
}

// A ToolUse is one thing that a tool call stands for: a command line, a shell
// text or the use of a file.
type ToolUse struct {
	Argv  []string
	Shell string
	File  *FileUse
	Dir   string // "" for the call's own
}

// Tool returns what a tool that is no shell and no file tool would do. The
// arguments are as encoding/json decodes them.
func (p *Packs) Tool(name string, args map[string]any) []ToolUse {
	var uses []ToolUse
	short := toolName(name)
	for i := range p.mcp {
		if t := &p.mcp[i]; t.named(name, short) {
			uses = append(uses, t.uses(args)...)
		}
	}
	return uses
}

// KnowsTool reports whether anything is known of a tool.
func (p *Packs) KnowsTool(name string) bool {
	short := toolName(name)
	for i := range p.mcp {
		if t := &p.mcp[i]; t.named(name, short) {
			return true
		}
	}
	return false
}

// toolName returns the name of a tool without its server's: clients write
// mcp__SERVER__TOOL or SERVER__TOOL.
func toolName(name string) string {
	if i := strings.LastIndex(name, "__"); i > 0 {
		name = name[i+2:]
	}
	return argName(name)
}

// named reports whether the tool is meant by a name. Where clients write
// mcp_SERVER_TOOL it is not known where the server's name ends; some tell nothing
// of the server.
func (t *mcpTool) named(name, short string) bool {
	if contains(t.names, short) || contains(t.names, name) {
		return true
	}
	rest, ok := strings.CutPrefix(short, "mcp-")
	if !ok {
		return false
	}
	for _, n := range t.names {
		if rest == n || strings.HasSuffix(rest, "-"+n) {
			return true
		}
	}
	return false
}

func (t *mcpTool) uses(args map[string]any) []ToolUse {
	var uses []ToolUse
	var dir string
	if v := values(args, t.dir); len(v) > 0 {
		dir = v[0]
	}
	if len(t.run) > 0 {
		uses = append(uses, ToolUse{Argv: t.argv(args), Dir: dir})
	}
	for i := range t.shell {
		v := values(args, t.shell[i:i+1])
		if len(v) == 0 {
			continue
		}
		// A list is a program with its words, or a list of commands.
		text := strings.Join(v, " ")
		for _, w := range values(args, t.words) {
			if q, err := quoted(w); err == nil {
				text += " " + q
			}
		}
		uses = append(uses, ToolUse{Shell: text, Dir: dir})
		for _, text := range v {
			if len(v) > 1 && strings.ContainsAny(text, " \n") {
				uses = append(uses, ToolUse{Shell: text, Dir: dir})
			}
		}
	}
	for i := range t.code {
		v := values(args, t.code[i:i+1])
		if len(v) == 0 {
			continue
		}
		uses = append(uses, ToolUse{Argv: append(append([]string{}, t.lang...), strings.Join(v, "\n")), Dir: dir})
	}
	for _, path := range values(args, t.reads) {
		uses = append(uses, ToolUse{File: &FileUse{Path: path}, Dir: dir})
	}
	for _, path := range values(args, t.writes) {
		use := &FileUse{Write: true, Path: path, Edits: t.edited(args)}
		if use.Edits == nil {
			use.Text = strings.Join(values(args, t.text), "\n")
		}
		uses = append(uses, ToolUse{File: use, Dir: dir})
	}
	return uses
}

// edited returns the edits that a call makes; nil if it writes a whole text.
func (t *mcpTool) edited(args map[string]any) []Edit {
	var edits []Edit
	pair := func(args map[string]any) {
		if old := values(args, t.old); len(old) > 0 {
			edits = append(edits, Edit{Old: old[0], New: strings.Join(values(args, t.text), "\n")})
		}
	}
	pair(args)
	for _, name := range slices.Sorted(maps.Keys(args)) {
		list, _ := args[name].([]any)
		if !contains(t.edits, argName(name)) {
			continue
		}
		for _, e := range list {
			if e, ok := e.(map[string]any); ok {
				pair(e)
			}
		}
	}
	return edits
}

// argv returns the command line that a call stands for.
func (t *mcpTool) argv(args map[string]any) []string {
	argv := append([]string{}, t.run...)
	for i := range t.args {
		a := &t.args[i]
		for _, v := range values(args, a.keys) {
			switch {
			case a.flag:
				if !isFalse(v) {
					argv = append(argv, a.as)
				}
			case a.program != "":
				argv[0] = strings.ReplaceAll(a.program, "{}", strings.TrimSuffix(v, "/"))
			case a.as != "":
				argv = append(argv, a.as, v)
			default:
				argv = append(argv, strings.FieldsFunc(v, func(r rune) bool { return unicode.IsSpace(r) || r == ',' && !strings.ContainsAny(v, "<>=[") })...)
			}
		}
	}
	return argv
}

// values returns the values of all the keys: which of them a server heeds, and
// which it ignores, is not known.
func values(args map[string]any, keys []string) []string {
	var list []string
	for _, key := range keys {
		for _, name := range slices.Sorted(maps.Keys(args)) {
			if argName(name) == key {
				list = texts(list, args[name])
			}
		}
	}
	return list
}

func texts(list []string, v any) []string {
	switch v := v.(type) {
	case string:
		if v != "" {
			list = append(list, v)
		}
	case bool:
		list = append(list, strconv.FormatBool(v))
	case float64:
		list = append(list, strconv.FormatFloat(v, 'f', -1, 64))
	case []any:
		for _, e := range v {
			list = texts(list, e)
		}
	case map[string]any:
		// {name, version}: what is installed by this name.
		for _, key := range [...]string{"name", "package", "path"} {
			if e, ok := v[key]; ok {
				return texts(list, e)
			}
		}
	}
	return list
}

// argName returns a name in lower case with hyphens: installPackage,
// install_package and install.package are all install-package.
func argName(name string) string {
	var b strings.Builder
	for i, r := range name {
		switch {
		case r == '_' || r == '.' || r == ' ' || r == '/':
			r = '-'
		case unicode.IsUpper(r):
			if i > 0 && !unicode.IsUpper(rune(name[i-1])) && name[i-1] != '_' && name[i-1] != '-' {
				b.WriteByte('-')
			}
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}
