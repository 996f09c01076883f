package rules

// The model of a tool, as the loader compiles it from TOML and the generator
// writes it as Go literals: plain data, without maps and functions, so that
// the linker lays it out and nothing runs at start. The fields follow the keys
// of the TOML files, which doc.go describes.

type tool struct {
	id       string
	style    style
	env      string   // prefix of the variables that stand for options: "PIP_"
	envOff   []string // words on the command line that switch those off
	exports  bool     // options of the command line become variables of what is started
	anyCase  bool     // the names of those variables may be in small letters, too
	conf     string   // configuration files whose keys stand for options: "pip"
	settings []store  // where its other settings are, the strongest first
	more     ref      // a value whose words are options too: GOFLAGS
	aliases  string   // settings below this key are verbs of the user's own
	python   bool     // can be run by `python -m` or as a script of Python
	runs     bool     // is a Python interpreter itself
	tells    bool     // its words alone can tell that something is meant, see telling
	nests    bool     // it runs other tools inside itself, as python -m does
	idle     bool     // does nothing that could be judged, and starts nothing
	anyVerb  bool     // every operand may be a verb (setup.py)
	shorten  shorten  // what prefixes of verbs stand for
	kebab    bool     // distTag is dist-tag
	skip     string   // a pattern of words before the verb that mean nothing here: bundle _2.3_ install
	bare     int      // index of the command that runs without a verb, from 1; 0 for none
	dir      ref      // the directory that it works in
	// reads are the words that name files whose text it reads; nil if that is
	// not told, and then it may be all of them.
	reads    []ref
	below    []cond  // any: it reads all that is below them
	root     command // what holds before, or without, a verb
	verbs    []name  // sorted; index into commands
	commands []command
}

// A name leads to a tool or command by its index. Lists of names are sorted.
type name struct {
	text string
	to   int
	// versioned says that NAME3, NAME3.12, NAME-3.12 … mean the same.
	versioned bool
}

type command struct {
	verb      string // first of the verbs; "" for a tool's root
	spellings []spelling
	options   []option
	rest      bool // options end at the first operand, whatever the style says

	op       string
	when     []cond // all must hold for op
	inert    []cond // any of them: nothing happens
	needs    []cond // at least one, or nothing happens
	venvOnly []cond // any of them, on the command line: refuses outside a virtual environment
	lands    []land
	moves    []string // options (canonical) that only move the target
	words    shape

	starts    []start
	creates   *creates
	activates resolver
	prints    *prints
}

// An option is known by its canonical name: its first long spelling, or its
// first.
type option struct {
	name  string
	takes takes
	ends  bool // the list of options ends with it
}

type takes uint8

const (
	takesNothing  takes = iota
	takesValue          // attached, or the next word
	takesAttached       // only attached: --color=auto, -i.bak
	takesWords          // words up to `;` or `+`: find -exec
	takesMaybe          // attached, or the next word unless it begins with a dash: cargo --bin [NAME]
)

// A spelling is one name of an option. off says that it turns it off.
type spelling struct {
	text string
	opt  int
	off  bool
}

// A style is the way a program reads its options.
type style struct {
	abbrev  abbrev
	oneDash bool // -name is a long option
	equals  bool // -o=value
	rest    bool // options end at the first operand
	numeric bool // -10 is an option
	plus    bool // +x is an option too
	carry   bool // a `--` before the verb stays before what follows it
	assign  bool // NAME=value words before the first operand set variables
	nopt    bool // npm's own way, see nopt.go
	colon   bool // --option:value
}

// shorten says when the beginning of a verb stands for it.
type shorten uint8

const (
	shortenNone    shorten = iota
	shortenWord            // if no other verb begins so
	shortenCommand         // if all verbs that begin so are one command; each part between colons may be cut short
	shortenHumps           // if all verbs with such capitals are one command: pTML for publishToMavenLocal
)

// A store is a place where settings of a tool are found.
type store struct {
	env      string // prefix of variables; "=" for variables named as the key is
	dot      string // what stands for a dot of the key in a variable's name
	dash     string // what stands for a dash
	file     string // @name for all of the name from the working directory upward, @a:b for b beside the nearest a, ~/name, $NAME/name, /name
	format   confFormat
	when     []cond
	relative string   // where values of paths begin, from the file's directory
	paths    []string // keys whose values are paths
	options  bool     // keys are the names of options
}

// confFormat is the syntax of a file of settings.
type confFormat uint8

const (
	formatIni   confFormat = iota // key = value, in [section]
	formatTOML                    // its tables, strings and lists of strings
	formatYAML                    // its maps of plain and quoted values
	formatEnv                     // NAME=value
	formatWords                   // key value
)

var confFormats = [...]string{"ini", "toml", "yaml", "env", "words"}

// abbrev says when a prefix of a long option stands for it.
type abbrev uint8

const (
	abbrevNone   abbrev = iota
	abbrevOption        // all spellings that it fits mean one option
	abbrevExact         // it fits one spelling only
)

// A cond is a condition on one command line.
type cond struct {
	kind  condKind
	name  string // option (canonical), variable or file
	want  string // wanted value or text; "" wants none
	n     int    // operand
	rest  bool   // or any after it
	not   bool
	early bool // before the verb

	// Of condForeign and condHost.
	from  []ref
	hosts []string // domains
	bare  bool     // a host without a scheme is meant too
}

type condKind uint8

const (
	condOption condKind = iota
	condVar             // set, and not to a word for "no"
	condSet             // set at all
	condOperand
	condAlways
	condVerb
	condFile    // found from the directory upward
	condConf    // a setting is on, or has the value
	condForeign // a value that the call gives is a URL of a host outside the domains
	condHost    // a value that the call gives is a URL of a host in the domains
)

// A ref names a value on the command line or in the environment.
type ref struct {
	kind refKind
	name string // option (canonical), variable, or the literal text
	n    int    // operand, from 1
	tail string // added to the value, which is a directory: "/bin"
}

type refKind uint8

const (
	refNone    refKind = iota
	refOption          // the option's value, every one where a list is wanted
	refVar             // a variable
	refOperand         // one operand
	refRest            // an operand and all after it
	refWords           // all words after the program
	refText            // the text itself
	refSplit           // the option's value, split as env -S does
	refConf            // a setting
	refAbove           // the nearest directory upward that holds a file
)

// A land says where an operation lands if its conditions hold and its value
// is there.
type land struct {
	when []cond
	from ref
	not  []string // values that do not count
	is   resolver
	name string // what to call it: "the gems of all projects"
}

// A shape says which words of a command name what is installed.
type shape struct {
	packages, requirements, editables ref
}

// A start is a program or text that a tool starts in turn.
type start struct {
	when   []cond
	kind   startKind
	from   []ref
	args   []ref
	after  []string // the value must begin with one of these, and what follows is meant
	lang   string
	label  string
	each   bool // every value of from is a start of its own
	clear  []cond
	unset  ref
	set    []string
	lets   []let // variables set to what the line says
	assign bool  // NAME=value words set variables
	dir    ref
	system []cond // PATH becomes the system's
	login  []cond
	host   string
	first  resolver // directory of programs put before PATH
	input  *input   // words that complete argv
	holes  string   // text in the words that stands for something unknown
	// at says that the last part of a name@version is cut off the program.
	at bool
	// scan says that argv may begin at any word that names a known program.
	scan  bool
	chain []string // words, or ends of words, that divide argv into several starts of its first word
	aside bool     // beside the tool's own work
	// guess says that the text may be no shell text.
	guess bool
}

// A let sets a variable to a value, if that is there.
type let struct {
	name string
	from ref
}

type startKind uint8

const (
	startArgv startKind = iota
	startText
	startScript
	startStdin
	startModule   // of Python
	startParallel // GNU parallel's own way with its words
	startTask     // what a runner finds in its file
)

// An input says which words complete the argv of a start, see action.Input.
type input struct {
	found                                   bool
	file, delim, end, replace, words, lines ref
	null                                    []cond // words end with NUL
	splice                                  []cond
	byLine                                  []cond // one line a run, where lines does not say
}

// prints says what a command writes to standard output about the environment
// at a place: text, with {} for its directory.
type prints struct {
	when []cond
	from ref
	is   resolver
	text string
}

// A creates is an environment that a command makes.
type creates struct {
	at      ref
	or      string   // where without a word
	is      resolver // where, for a tool that knows
	missing bool     // only if there is nothing yet
	conda   bool
	pip     bool
	anew    bool // what was there before is gone
	noPip   []cond
}
