// Package defence tells which changes would switch the guard off: those of its
// program, its policies and pins, its state and log, what clients' settings say
// of it, and the variable that keeps pip inside of virtual environments.
//
// It sees files through a world.FS, as they were before the call, and decides by
// comparing what is there with what would be: settings that are none of the
// guard's may change as they like. What would be written and is not known
// counts as a loss where there is something to lose.
package defence
