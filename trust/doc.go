// Package trust pins files by their SHA-256 in a list, trusted-hooks.yaml:
//
//   - path: bin/venv-guard
//     sha256: 647f7012…
//
// A pin says that a file still is what it was when a human pinned it. It does
// not say that the file is good, and it proves nothing against someone who can
// write the list as well as the file. Relative paths in a list start at its own
// directory; names given to this package are absolute. Links are followed: what
// is pinned are the bytes that a path leads to.
package trust
