// Package claude reads a settings file of Claude Code as that client does. The
// client says nothing when it drops a file, hooks and all, because of one value
// in it: Read says which one. It also tells what a file holds of a guard, so
// that two versions of a file can be compared.
//
// What drops a file was seen in Claude Code 2.1.329. Where the client may be
// more patient than this package, the package is the stricter one.
package claude
