// Package shell finds every program that a shell text can start, and in which
// state, by evaluating the syntax tree with abstract values instead of running
// it.
//
// It reads text as bash 5.2 reads it. A value that is not known at analysis
// time holds action.Hole; a variable may have a few alternative values; where
// a command may succeed or fail, or take one of several branches, evaluation
// goes on in every state that is possible (and states that cannot be told
// apart by later commands are joined). What it reports is meant to contain
// everything that bash could start.
//
// The package knows the shell and its builtins, but no other program: what
// wrappers, interpreters and environment builders do is asked of
// Options.Program. It never runs anything and never writes; files are read
// through a world.FS.
package shell
