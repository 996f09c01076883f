package code

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// sedCommands returns what the e commands of a sed script and the e flag of its
// s commands start (GNU sed 4.9: `[address]e command` runs to the end of the
// line; `e` alone and `s/a/b/e` run what the line holds).
func sedCommands(script string) []action.Act {
	var out []action.Act
	for n, line := range strings.Split(script, "\n") {
		add := func(cmd string) {
			if cmd = strings.TrimSpace(cmd); cmd != "" {
				out = append(out, action.Act{Start: action.Start{Text: cmd}, Pos: action.Pos{Line: n + 1, Col: 1}})
			}
		}
		for rest := line; rest != ""; {
			rest = strings.TrimLeft(skipAddress(strings.TrimLeft(rest, " \t;{}")), " \t!{")
			if rest == "" {
				break
			}
			cmd := rest[0]
			rest = rest[1:]
			switch cmd {
			case 'e':
				if add(rest); strings.Trim(rest, " \t;}") == "" {
					add(action.HoleText)
				}
				rest = ""
			case 's', 'y':
				var re, repl string
				re, repl, rest = sedParts(rest)
				end := strings.IndexAny(rest, ";}")
				if end < 0 {
					end = len(rest)
				}
				flags := rest[:end]
				if w := strings.IndexByte(flags, 'w'); w >= 0 {
					flags, end = flags[:w], len(rest)
				}
				if rest = rest[end:]; cmd == 's' && strings.Contains(flags, "e") {
					if add(sedReplacement(repl)); strings.Trim(re, "^$") != ".*" {
						add(action.HoleText) // and what stands around it
					}
				}
			case 'a', 'i', 'c', 'r', 'w', 'R', 'W', ':', '#':
				rest = ""
			default:
				if i := strings.IndexAny(rest, ";}"); i >= 0 {
					rest = rest[i:]
				} else {
					rest = ""
				}
			}
		}
	}
	return out
}

// sedParts splits what stands after s or y at its delimiter.
func sedParts(in string) (re, repl, rest string) {
	if in == "" {
		return "", "", ""
	}
	delim, parts := in[0], [2]string{}
	i := 1
	for k := range parts {
		from := i
		for i < len(in) && in[i] != delim {
			if in[i] == '\\' {
				i++
			}
			i++
		}
		parts[k] = in[min(from, len(in)):min(i, len(in))]
		i++
	}
	return parts[0], parts[1], in[min(i, len(in)):]
}

// sedReplacement is the text that a replacement puts in.
func sedReplacement(in string) string {
	var b strings.Builder
	for i := 0; i < len(in); i++ {
		switch c := in[i]; {
		case c == '&':
			b.WriteString(action.HoleText)
		case c == '\\' && i+1 < len(in):
			i++
			switch d := in[i]; {
			case '0' <= d && d <= '9':
				b.WriteString(action.HoleText)
			case d == 'n':
				b.WriteByte('\n')
			case strings.IndexByte("LUluE", d) < 0:
				b.WriteByte(d)
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
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
