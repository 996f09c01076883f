// Package clients drives real coding agents against a model that is played by the
// test: it asks for tool calls, the client runs the guard as its hook, and the test
// sees what was started and what the model was told. Each run has an environment,
// a home and, where the kernel allows it, a network of its own.
//
// The clients come by npm, in pinned releases (npm_test.go), into a directory of
// the user's cache; without npm, and with -short, the tests are skipped.
package clients
