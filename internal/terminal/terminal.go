// Package terminal tells whether a human may sit at a stream.
package terminal

import "os"

// Is reports whether a stream is a terminal. /dev/null, pipes and files are none,
// nor is anything but an open file of the system.
func Is(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && f != nil && is(f.Fd())
}
