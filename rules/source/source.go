// Package source holds rule packs as they are written in TOML, before they are
// checked and compiled. The meaning of every key is told in SCHEMA.md; the
// shape is the same here and there.
package source

import "fmt"

// A File is one pack with its name and the places of its keys.
type File struct {
	Name string
	Pack Pack
	// Pos tells where a key stands, by its path: "tool[2].command[0].verbs".
	Pos map[string]Pos
}

// A Pos is a place in a file, counted from 1.
type Pos struct{ Line, Col int }

// An Error is a fault in a file.
type Error struct {
	File string
	Pos
	Text string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Text)
}

// Pack is a file's content.
type Pack struct {
	Options   []Options  `toml:"options"`
	Tools     []Tool     `toml:"tool"`
	Functions []Function `toml:"function"`
	Rules     []Rule     `toml:"rule"`
	Remedies  []Remedy   `toml:"remedy"`
	Fixtures  []Fixture  `toml:"fixture"`
	Files     []FileRule `toml:"file"`
	MCP       []MCP      `toml:"mcp"`
	Tokens    []Token    `toml:"token"`
	Secrets   []Secret   `toml:"secret"`
}

// Options is a set of options that several commands share.
type Options struct {
	ID string `toml:"id"`
	Grammar
}

// Grammar lists options. Every entry holds the spellings of one option,
// separated by blanks; one that begins with ! turns the option off.
type Grammar struct {
	Use      []string `toml:"use"`      // sets of options
	Flags    []string `toml:"flags"`    // take no value
	Values   []string `toml:"values"`   // take a value
	Optional []string `toml:"optional"` // take an attached value only
	Maybe    []string `toml:"maybe"`    // take a value that may be missing
	Until    []string `toml:"until"`    // take words up to `;`
	Ends     []string `toml:"ends"`     // take a value, and end the options
}

// Tool describes a program.
type Tool struct {
	ID          string   `toml:"id"`
	Names       []string `toml:"names"`
	Versioned   bool     `toml:"versioned"`
	Modules     []string `toml:"modules"`
	Scripts     []string `toml:"scripts"`
	Python      bool     `toml:"python"`
	Interpreter bool     `toml:"interpreter"`
	Style       string   `toml:"style"`
	Numeric     bool     `toml:"numeric"`
	Plus        bool     `toml:"plus"`
	Assignments bool     `toml:"assignments"`
	Env         string   `toml:"env"`
	EnvOff      []string `toml:"env_off"`
	Conf        string   `toml:"conf"`
	EnvAnyCase  bool     `toml:"env_any_case"`
	EnvExports  bool     `toml:"env_exports"`
	Settings    []Source `toml:"settings"`
	MoreOptions string   `toml:"more_options"`
	Aliases     string   `toml:"aliases"`
	AnyVerb     bool     `toml:"any_verb"`
	Shorten     string   `toml:"shorten"`
	Kebab       bool     `toml:"kebab"`
	Skip        string   `toml:"skip"`
	Known       []string `toml:"known"`
	Directory   string   `toml:"directory"`
	Reads       []string `toml:"reads"`
	ReadsBelow  []string `toml:"reads_below"`
	Command
	Commands []Command `toml:"command"`
}

// Source says where settings of a tool are found.
type Source struct {
	Env      *string  `toml:"env"`
	Dot      string   `toml:"dot"`
	Dash     string   `toml:"dash"`
	File     string   `toml:"file"`
	Format   string   `toml:"format"`
	When     []string `toml:"when"`
	Relative string   `toml:"relative"`
	Paths    []string `toml:"paths"`
	Options  bool     `toml:"options"`
}

// Function describes functions of a language that do what a program does.
type Function struct {
	Langs []string `toml:"langs"`
	Names []string `toml:"names"`
	Runs  []string `toml:"runs"`
	Split bool     `toml:"split"`
	Sets  string   `toml:"sets"`
}

// Command describes what a program does for a verb, or without one.
type Command struct {
	Verbs []string `toml:"verbs"`
	Grammar
	Stop         bool     `toml:"stop"`
	Operation    string   `toml:"operation"`
	When         []string `toml:"when"`
	Inert        []string `toml:"inert"`
	Needs        []string `toml:"needs"`
	VenvOnly     []string `toml:"venv_only"`
	Lands        []Land   `toml:"lands"`
	Moves        []string `toml:"moves"`
	Packages     string   `toml:"packages"`
	Requirements string   `toml:"requirements"`
	Editables    string   `toml:"editables"`
	Starts       []Start  `toml:"start"`
	Creates      *Creates `toml:"creates"`
	Activates    string   `toml:"activates"`
	Prints       *Prints  `toml:"prints"`
}

// Land says where an operation lands.
type Land struct {
	When []string `toml:"when"`
	From string   `toml:"from"`
	Not  []string `toml:"not"`
	Is   string   `toml:"is"`
	Name string   `toml:"name"`
}

// Start says what a command starts.
type Start struct {
	When []string `toml:"when"`

	Argv     []string `toml:"argv"`
	Text     []string `toml:"text"`
	Script   []string `toml:"script"`
	Stdin    bool     `toml:"stdin"`
	Module   string   `toml:"module"`
	Parallel bool     `toml:"parallel"`
	Task     string   `toml:"task"`

	Lang       string   `toml:"lang"`
	Args       []string `toml:"args"`
	After      []string `toml:"after"`
	Label      string   `toml:"label"`
	Each       bool     `toml:"each"`
	Clear      []string `toml:"clear"`
	Unset      string   `toml:"unset"`
	Set        []string `toml:"set"`
	SetFrom    []string `toml:"set_from"`
	Assign     bool     `toml:"assign"`
	Dir        string   `toml:"dir"`
	System     []string `toml:"system"`
	Login      []string `toml:"login"`
	Host       string   `toml:"host"`
	PathFirst  string   `toml:"path_first"`
	Input      *Input   `toml:"input"`
	Unknown    string   `toml:"unknown"`
	CutVersion bool     `toml:"cut_version"`
	Scan       bool     `toml:"scan"`
	Chain      []string `toml:"chain"`
	Aside      bool     `toml:"aside"`
	Guess      bool     `toml:"guess"`
}

// Input says which words complete what a command starts.
type Input struct {
	Found     bool     `toml:"found"`
	File      string   `toml:"file"`
	Null      []string `toml:"null"`
	Delimiter string   `toml:"delimiter"`
	End       string   `toml:"end"`
	Replace   string   `toml:"replace"`
	Splice    []string `toml:"splice"`
	Words     string   `toml:"words"`
	Lines     string   `toml:"lines"`
	ByLine    []string `toml:"by_line"`
}

// Prints says what a command writes to standard output about an environment.
type Prints struct {
	When []string `toml:"when"`
	From string   `toml:"from"`
	Is   string   `toml:"is"`
	Text string   `toml:"text"`
}

// Creates says which environment a command makes.
type Creates struct {
	At      string   `toml:"at"`
	Or      string   `toml:"or"`
	Is      string   `toml:"is"`
	Missing bool     `toml:"missing"`
	Conda   bool     `toml:"conda"`
	Pip     bool     `toml:"pip"`
	NoPip   []string `toml:"no_pip"`
	Anew    bool     `toml:"anew"`
}

// Rule says what is to be said of operations at places.
type Rule struct {
	ID         string    `toml:"id"`
	Title      string    `toml:"title"`
	Category   string    `toml:"category"`
	Since      string    `toml:"since"`
	Source     string    `toml:"source"`
	Tools      []string  `toml:"tools"`
	Operations []string  `toml:"operations"`
	Places     []string  `toml:"places"`
	When       []string  `toml:"when"`
	Verdict    string    `toml:"verdict"`
	Reason     string    `toml:"reason"`
	Remedy     string    `toml:"remedy"`
	Contested  string    `toml:"contested"`
	Match      []Example `toml:"match"`
	NoMatch    []Example `toml:"no_match"`
}

// Remedy says what to do instead.
type Remedy struct {
	ID      string   `toml:"id"`
	Drops   []string `toml:"drops"`
	Choices []Choice `toml:"choice"`
}

// Choice is a remedy for one kind of project.
type Choice struct {
	Tools []string `toml:"tools"`
	Any   []string `toml:"any"`
	When  []string `toml:"when"`
	Env   string   `toml:"env"`
	Keeps []string `toml:"keeps"`
	Runs  []Run    `toml:"run"`
}

// Run is the command of a Choice for some sorts of operands.
type Run struct {
	For     []string `toml:"for"`
	Command string   `toml:"command"`
}

// FileRule says what is to be said of reading and writing certain files.
type FileRule struct {
	ID       string    `toml:"id"`
	Title    string    `toml:"title"`
	Category string    `toml:"category"`
	Since    string    `toml:"since"`
	Source   string    `toml:"source"`
	Paths    []string  `toml:"paths"`
	Guards   string    `toml:"guards"`
	Holds    []string  `toml:"holds"`
	Sets     []string  `toml:"sets"`
	Hosts    []string  `toml:"hosts"`
	Read     string    `toml:"read"`
	Write    string    `toml:"write"`
	Reason   string    `toml:"reason"`
	Remedy   string    `toml:"remedy"`
	Match    []Example `toml:"match"`
	NoMatch  []Example `toml:"no_match"`
}

// Token names the variables that hold the credentials of a registry.
type Token struct {
	ID        string   `toml:"id"`
	Variables []string `toml:"variables"`
	Hosts     []string `toml:"hosts"`
}

// Secret is a rule about where the values of such variables get to.
type Secret struct {
	ID       string    `toml:"id"`
	Title    string    `toml:"title"`
	Category string    `toml:"category"`
	Since    string    `toml:"since"`
	Source   string    `toml:"source"`
	By       string    `toml:"by"`
	Verdict  string    `toml:"verdict"`
	Reason   string    `toml:"reason"`
	Remedy   string    `toml:"remedy"`
	Match    []Example `toml:"match"`
	NoMatch  []Example `toml:"no_match"`
}

// MCP says what a tool of an MCP server does by its arguments.
type MCP struct {
	ID     string    `toml:"id"`
	Names  []string  `toml:"names"`
	Run    []string  `toml:"run"`
	Args   []MCPArg  `toml:"args"`
	Shell  []string  `toml:"shell"`
	Words  []string  `toml:"words"`
	Code   []string  `toml:"code"`
	Lang   []string  `toml:"lang"`
	Reads  []string  `toml:"reads"`
	Writes []string  `toml:"writes"`
	Text   []string  `toml:"text"`
	Old    []string  `toml:"old"`
	Edits  []string  `toml:"edits"`
	Dir    []string  `toml:"dir"`
	Match  []Example `toml:"match"`
}

// MCPArg turns an argument into words of a command line.
type MCPArg struct {
	Keys    []string `toml:"keys"`
	As      string   `toml:"as"`
	Program string   `toml:"program"`
	Flag    bool     `toml:"flag"`
}

// Fixture is a project that examples are tried in.
type Fixture struct {
	ID       string            `toml:"id"`
	Files    []string          `toml:"files"`
	Contents map[string]string `toml:"contents"`
	Env      map[string]string `toml:"env"`
}

// Example is a command and what is expected of it.
type Example struct {
	Command string `toml:"command"`
	// Tool and File are a call of a client's file tool instead of a command;
	// Text is what Write would put there, Input the whole input of another
	// tool, in JSON.
	Tool     string            `toml:"tool"`
	File     string            `toml:"file"`
	Text     string            `toml:"text"`
	Input    string            `toml:"input"`
	In       string            `toml:"in"` // id of a fixture
	Files    []string          `toml:"files"`
	Contents map[string]string `toml:"contents"`
	Env      map[string]string `toml:"env"`
	Want     string            `toml:"want"`
	Remedy   string            `toml:"remedy"` // the exact remedy
}

// UnmarshalTOML takes a plain string as the command.
func (e *Example) UnmarshalTOML(v any) error {
	switch v := v.(type) {
	case string:
		e.Command = v
		return nil
	case map[string]any:
		return e.fromTable(v)
	}
	return fmt.Errorf("an example is a command or a table, not %T", v)
}

func (e *Example) fromTable(t map[string]any) error {
	for key, v := range t {
		ok := true
		switch key {
		case "command":
			e.Command, ok = v.(string)
		case "tool":
			e.Tool, ok = v.(string)
		case "file":
			e.File, ok = v.(string)
		case "text":
			e.Text, ok = v.(string)
		case "input":
			e.Input, ok = v.(string)
		case "in":
			e.In, ok = v.(string)
		case "want":
			e.Want, ok = v.(string)
		case "remedy":
			e.Remedy, ok = v.(string)
		case "files":
			list, _ := v.([]any)
			for _, f := range list {
				s, isString := f.(string)
				ok = ok && isString
				e.Files = append(e.Files, s)
			}
		case "contents":
			e.Contents, ok = stringMap(v)
		case "env":
			e.Env, ok = stringMap(v)
		default:
			return fmt.Errorf("unknown key %q in an example", key)
		}
		if !ok {
			return fmt.Errorf("wrong type of %q in an example", key)
		}
	}
	return nil
}

func stringMap(v any) (map[string]string, bool) {
	t, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	m := map[string]string{}
	for k, v := range t {
		s, isString := v.(string)
		if !isString {
			return nil, false
		}
		m[k] = s
	}
	return m, true
}
