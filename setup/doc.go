// Package setup registers the guard with coding agents' clients and says
// whether a registration holds: it knows where each client keeps its settings,
// what stands in them for the guard, and what makes a client drop a file.
//
// Settings files are the user's: an edit keeps every byte that it is not about
// (order, indentation, comments), and what an edit added can be taken out
// again. What was added is kept in a record, installed.json in the guard's
// configuration directory. The record is pinned, so that a settings file that
// its owner edits can still be held against it.
//
// Nothing here decides about tool calls. What the package reads of clients was
// seen in them where a comment says "seen", and is from their documentation
// else.
package setup
