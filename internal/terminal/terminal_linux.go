package terminal

import "syscall"

const getAttributes = syscall.TCGETS // as isatty(3) asks
