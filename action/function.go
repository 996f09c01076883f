package action

// A Function is a function of a programming language that does what a program
// would do.
type Function struct {
	Argv  []string // the program, and words before the arguments
	Split bool     // the argument is a text of several words
	Sets  string   // variable that is set to the first argument, instead
}
