//go:build !unix

package cli

func ownsDir(string) bool { return true }
