// Package opencode holds the plugin by which OpenCode asks the guard.
package opencode

import (
	_ "embed"
	"encoding/json"
	"strings"
)

//go:embed venv-guard.js
var source string

// Plugin returns the plugin's text, with the path of the guard's binary in it.
func Plugin(binary string) string {
	path, _ := json.Marshal(binary) // a string always can be
	return strings.Replace(source, `const GUARD = "venv-guard"`, "const GUARD = "+string(path), 1)
}
