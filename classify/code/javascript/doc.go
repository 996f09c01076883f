// Package javascript finds what a JavaScript or TypeScript program does to the
// world around it: the programs it starts, the files it reads and writes, the
// hosts it talks to, and the code that it makes of text.
//
// It evaluates the syntax tree with abstract values instead of running it: a
// value that is not known at analysis time is a hole (action.Hole), and where
// the program could go several ways all of them are followed and joined. What
// it starts by a value that is not known is an act with a hole, never nothing.
//
// Functions nobody calls are read once more at the end with arguments that are
// not known, since others may call them. Budgets are counted in steps, so that
// what is found does not depend on the machine's load.
package javascript
