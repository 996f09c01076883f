package shell

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/venv-guard/venv-guard/action"
)

// define notes the value of an assignment whose value can be told. A name that
// is given several values has none that is known.
func (p *psParser) define(text string) {
	name, val, ok := strings.Cut(text, "=")
	if name = strings.TrimSpace(name); !ok || len(name) < 2 || name[0] != '$' || strings.ContainsAny(name[1:], ":$ +-[.{(") {
		return
	}
	name = strings.ToLower(name[1:])
	val = strings.TrimSpace(val)
	if in, ok := strings.CutPrefix(val, "@("); ok {
		val = strings.TrimSuffix(in, ")")
	}
	list, ok := psList(val)
	if p.known.vars == nil {
		p.known.vars = map[string][]string{}
	}
	if old, again := p.known.vars[name]; !ok || again && !slices.Equal(old, list) {
		list = nil
	}
	p.known.vars[name] = list
}

// psList reads strings that commas separate.
func psList(text string) (list []string, ok bool) {
	for {
		text = strings.TrimSpace(text)
		if text == "" || text[0] != '\'' && text[0] != '"' {
			return nil, false
		}
		s, rest, ok := strings.Cut(text[1:], text[:1])
		if !ok || text[0] == '"' && strings.ContainsAny(s, "$`") {
			return nil, false
		}
		list = append(list, s)
		if text = strings.TrimSpace(rest); text == "" {
			return list, true
		}
		if text, ok = strings.CutPrefix(text, ","); !ok {
			return nil, false
		}
	}
}

// call starts the program that a method of .NET is given: its name, and its
// words in one string.
func (p *psParser) call(args string, begin int) {
	list, ok := psList(args)
	if !ok {
		return
	}
	words := list[:1:1]
	for _, a := range list[1:] {
		words = append(words, strings.Fields(a)...)
	}
	span := action.Span{Start: p.base + begin, End: p.base + p.pos}
	if p.outer != nil {
		span = *p.outer
	}
	p.run(words, span)
}

// replaced returns the words of a command with its alias and its splatted
// lists (@name) replaced. The names of programs have no case.
func (p *psParser) replaced(argv []string) []string {
	var out []string
	for i, w := range argv {
		name, splat := strings.CutPrefix(w, "@")
		list := p.known.vars[strings.ToLower(name)]
		switch {
		case i == 0:
			if target := p.known.aliases[strings.ToLower(w)]; target != "" {
				w = target
			}
			if !strings.Contains(w, "/") {
				w = strings.ToLower(w)
			}
			out = append(out, w)
		case !splat || name == "" || strings.ContainsAny(name, "/@:"):
			out = append(out, w)
		case len(list) > 0:
			out = append(out, list...)
		default:
			out = append(out, action.HoleText)
		}
	}
	return out
}

// alias defines what Set-Alias is told: -Name and -Value, or two words.
func (p *psParser) alias(args []string) {
	var words []string
	for _, a := range args {
		if !strings.HasPrefix(a, "-") {
			words = append(words, a)
		}
	}
	if len(words) < 2 {
		return
	}
	if p.known.aliases == nil {
		p.known.aliases = map[string]string{}
	}
	p.known.aliases[strings.ToLower(words[0])] = words[1]
}

// psCommand returns the text that the words of powershell tell it to run, ""
// for a file (about_Pwsh, about_PowerShell_exe).
func psCommand(args []string) string {
	for i := 0; i < len(args); i++ {
		a := strings.ToLower(args[i])
		is := func(least, name string) bool { return strings.HasPrefix(a, least) && strings.HasPrefix(name, a) }
		switch {
		case !strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "/") || a == "-":
			return strings.Join(args[i:], " ")
		case is("-c", "-command"), a == "-cwa", is("-commandw", "-commandwithargs"):
			return strings.Join(args[i+1:], " ")
		case is("-e", "-encodedcommand"), a == "-ec":
			if i+1 < len(args) {
				return psDecode(args[i+1])
			}
		case is("-f", "-file"):
			return ""
		case is("-ex", "-executionpolicy"), a == "-ep", is("-w", "-windowstyle"), is("-inp", "-inputformat"), a == "-if", is("-o", "-outputformat"), a == "-of",
			is("-wo", "-workingdirectory"), a == "-wd", is("-v", "-version"), is("-conf", "-configurationname"), is("-se", "-settingsfile"):
			i++
		}
	}
	return ""
}

// psDecode decodes the base64 of UTF-16LE that -EncodedCommand takes.
func psDecode(s string) string {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return action.HoleText
	}
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
	}
	return string(utf16.Decode(u))
}
