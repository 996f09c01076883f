//go:build unix

package cli

import (
	"os/signal"
	"syscall"
)

// ignoreFileLimit makes a write past the limit of file sizes (RLIMIT_FSIZE) an
// error, in place of a signal that ends the process.
func ignoreFileLimit() { signal.Ignore(syscall.SIGXFSZ) }
