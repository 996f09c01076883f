package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Portable reports whether a text is one plain program with words that bash and
// zsh read alike, so that reading it for one of them is enough. It may say no
// for no reason.
func Portable(text string, environ []string) bool {
	word := 0 // where the current one begins
	first := ""
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ':
			if first == "" {
				first = text[word:i]
			}
			word = i + 1
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("_./:,@%+-", c) >= 0:
		case c == '=' && i > word && first != "":
		default:
			return false
		}
	}
	if first == "" {
		first = text[word:]
	}
	if _, ok := zshBuiltins(first); ok {
		return false
	}
	if _, ok := builtins(first); ok || syntax.IsKeyword(first) || strings.Trim(first, "-.") == "" {
		return false // what some of them run is read as the shell's own text
	}
	for _, kv := range environ {
		if strings.HasPrefix(kv, "BASH_") || strings.HasPrefix(kv, "PROMPT_COMMAND=") || strings.HasPrefix(kv, "PS4=") {
			return false // only bash runs these
		}
	}
	return true
}
