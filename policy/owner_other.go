//go:build !unix

package policy

import "io/fs"

// private trusts the access control of the directory.
func private(fs.FileInfo) error { return nil }
