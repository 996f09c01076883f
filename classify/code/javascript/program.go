package javascript

import "github.com/venv-guard/venv-guard/action"

// A Program is what is to be read, with what it may see when it runs. Its
// functions may be nil.
type Program struct {
	Text string
	Lang string   // "typescript", or a runtime: "node", "bun", "deno"
	File string   // where Text was read from; "" if it was given
	Self string   // the program that runs it: process.execPath
	Args []string // its arguments: process.argv[2:]

	// Env returns a variable of the environment and whether it is set.
	Env func(name string) (string, bool)
	// Read returns the text of a file, of standard input for "-", and whether
	// that is known.
	Read func(file string) (string, bool)
	// Made reports whether the call itself has written a file that Read
	// returns: such a module counts as part of the program.
	Made func(file string) bool
	// Function returns the program that a library's function is called as, or
	// nil.
	Function func(name string) []string
}

// A Result is what a program does.
type Result struct {
	Acts []action.Act
	// Unread says that some of the program took too much work to be read.
	Unread bool
}
