//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package terminal

func is(uintptr) bool { return false }
