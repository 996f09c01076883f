//go:build nopacks

package rules

// Builtin returns no packs: the generator is compiled this way, so that it
// works when the generated file does not.
func Builtin() *Packs { return &Packs{} }
