// Package rules knows tools and judges what they would do. A tool is described
// as data (the TOML files beside this one): how it reads its options, which of
// its commands change what, where that lands, and what it starts in turn. A
// rule says which operations at which places are refused, and why; a remedy
// says what to do instead. SCHEMA.md describes the files.
//
// The packs are compiled into Go literals by `go generate ./rules`, so that
// nothing is parsed at start. Package rules/load reads TOML at run time.
package rules

//go:generate go run -tags nopacks ./gen
