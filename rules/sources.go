package rules

import "embed"

// Sources are the built-in packs as they are written, for those who want to
// read a rule's examples and sources or to check the packs again. The hook
// never looks at them.
//
//go:embed *.toml
var Sources embed.FS
