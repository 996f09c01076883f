// Package world is the guard's only window on the machine: read-only, bounded
// views of files. FS is the view; OS reads the real disk, Mem a map (for
// examples and tests), and Overlay lays files that a command would write over
// another view without touching it.
package world
