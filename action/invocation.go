package action

import "github.com/venv-guard/venv-guard/world"

// A Span is a piece of the call's text, in bytes from its start.
type Span struct {
	Start, End int
}

// An Invocation is a shell.exec action: one program that a call can start, in
// the state in which it would start.
type Invocation struct {
	Argv    []string // program and arguments after expansion; parts may be holes
	Span    Span     // in the call's own text, even for commands found in nested texts
	File    string   // script the command stands in, with ":line"; "" for the call's text
	At      Pos      // in code of another language, the call that starts it; zero for none
	Via     []string // what started it, outermost first: "sudo", "bash -c", "deploy.sh:3"
	Dir     string   // working directory; absolute, may be holed
	Env     Env      // exported variables
	FS      world.FS // files as the program would find them
	Host    string   // "" for this host; else what leads away from it: "docker run", "ssh"
	Builtin bool     // run by the shell itself
	Given   bool     // started by whoever runs the call, an executor, and not by the call
	Stdin   *string  // what it would read, where that is known
}

// Env is the environment that a program would start with.
type Env interface {
	// Get returns the variable's value, which may be holed, and whether it
	// is set.
	Get(name string) (value string, ok bool)
	// Inherited reports whether the variable is as the client's own
	// environment has it: the call does not set it.
	Inherited(name string) bool
}

// Program returns the first word, or "".
func (inv *Invocation) Program() string {
	if len(inv.Argv) == 0 {
		return ""
	}
	return inv.Argv[0]
}
