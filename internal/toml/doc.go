// Package toml reads TOML 1.1 into a tree that remembers where every key and
// value stands. The guard reads policies with it on every call: a policy of ten
// thousand rules takes a decoder that works by reflection, and that does not
// tell positions, ten times as long. Package load keeps that decoder for rule
// packs, and the tests hold this one to it.
package toml
