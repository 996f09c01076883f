//go:build unix

package audit

import "syscall"

// errReadOnly is what opening a file for writing on a read-only disk gives.
var errReadOnly error = syscall.EROFS
