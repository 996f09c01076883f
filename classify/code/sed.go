package code

import "strings"

// sedCommands returns what the e commands of a sed script start (GNU sed 4.9:
// `[address]e command` runs to the end of the line).
func sedCommands(script string) []Start {
	var out []Start
	for n, line := range strings.Split(script, "\n") {
		rest := strings.TrimLeft(line, " \t;{")
		rest = strings.TrimLeft(skipAddress(rest), " \t!{")
		if cmd, ok := strings.CutPrefix(rest, "e"); ok && (strings.HasPrefix(cmd, " ") || strings.HasPrefix(cmd, "\t")) {
			if cmd = strings.TrimSpace(cmd); cmd != "" {
				out = append(out, Start{Text: cmd, Line: n + 1})
			}
		}
	}
	return out
}

// skipAddress skips `1`, `$`, `/re/`, `1,5`, `/a/,+3`, `2~3` in front of a
// command.
func skipAddress(s string) string {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case '0' <= c && c <= '9' || strings.IndexByte("$,+~ I", c) >= 0:
			i++
		case c == '/' || c == '\\' && i+1 < len(s):
			delim := c
			if c == '\\' {
				i++
				delim = s[i]
			}
			for i++; i < len(s) && s[i] != delim; i++ {
				if s[i] == '\\' {
					i++
				}
			}
			i++
		default:
			return s[i:]
		}
	}
	return ""
}
