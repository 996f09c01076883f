//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package terminal

import (
	"syscall"
	"unsafe"
)

func is(fd uintptr) bool {
	var t syscall.Termios
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, getAttributes, uintptr(unsafe.Pointer(&t)))
	return errno == 0
}
