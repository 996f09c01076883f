//go:build !linux

package script

func runTerminal() {}

const hasTerminal = false
