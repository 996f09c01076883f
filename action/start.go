package action

import "github.com/venv-guard/venv-guard/world"

// An Outcome is what is known of a program's work apart from the package
// operation it may be: what it starts in turn and what it leaves behind. It is
// how wrappers, interpreters and environment builders, which are data in the
// rule packs, tell the evaluator where to go on.
type Outcome struct {
	// Known says that the program is one the packs describe. The files of
	// other programs may be read as scripts.
	Known  bool
	Starts []Start
	Writes []world.Write
	// Shell is a change to the shell that ran the command, as `conda
	// activate` makes.
	Shell EnvChange
	// Output is what the program writes to standard output, where that is
	// known: the directory of an environment, or the shell text that
	// activates it. It may be holed; "" says nothing.
	Output string
	// Secret says that what the program writes is a credential: what it is
	// called by. "" for any other.
	Secret string
}

// A Start is one program or text that an invocation starts in turn.
type Start struct {
	Label string // how it was started, for Invocation.Via: "sudo", "bash -c"

	// What is started is one of: Argv; Text; the file Script; or, with
	// Stdin, what comes on standard input.
	Argv   []string
	Text   string
	Script string
	Stdin  bool

	// Lang is the language of Text, Script or Stdin: "sh", "bash", "zsh",
	// "fish", "powershell", or one that is no shell: "python", "node", …
	// Empty with Argv.
	Lang string
	// Args are the positional parameters of Text, Script or Stdin: for a
	// Text the first is $0, for the others $1.
	Args []string

	Env   EnvChange
	Dir   string // working directory, as written; "" keeps it
	Host  string // "" keeps the host; else what leads away from it
	Login bool   // a login shell: PATH is made anew

	// Task says that Lang is a task runner (make, just, …), which runs what
	// its file says: Script, or the one it looks for itself. Args are the
	// goals.
	Task bool
	// Aside says that this is beside the program's own work, which is done
	// too: files it makes, what it prints.
	Aside bool
	// Guess says that Text may be no shell text at all: keys that are typed
	// somewhere, a string found in code.
	Guess bool

	// Input, if not nil, says that Argv is completed by words that the
	// program reads or finds.
	Input *Input
}

// An Input says where a program takes the words from that complete what it
// starts, and how it makes them of what it reads: xargs of findutils 4.9, and
// what find itself finds.
type Input struct {
	Found   bool   // the paths that find finds, not what it reads
	File    string // what is read; "" for standard input
	Delim   string // what ends a word, as xargs -d has it; "" for blanks, with quotes
	End     string // the word that ends the input
	Replace string // the text in Argv that each line takes the place of; "" to append
	// Words is the most that one run is given, and Lines the lines they may
	// come from; 0 for as many as there are.
	Words, Lines int
	Splice       bool // Replace is a word of its own, and all words take its place
}

// An EnvChange is a change of environment variables.
type EnvChange struct {
	Clear     bool     // start from nothing
	Unset     []string // names
	Set       []string // "NAME=value"
	PathFirst []string // directories put before PATH
	// PathReset says that PATH becomes one that holds only system
	// directories: sudo's secure_path, command -p, a login shell's.
	PathReset bool
}
