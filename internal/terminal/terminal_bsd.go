//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package terminal

import "syscall"

const getAttributes = syscall.TIOCGETA // as isatty(3) asks
