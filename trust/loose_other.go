//go:build !unix

package trust

import "io/fs"

// loose says nothing where permissions are not mode bits.
func loose(string, fs.FileInfo) string { return "" }
