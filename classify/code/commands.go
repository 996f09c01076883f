package code

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// A lineFunc returns what one line of a language of commands starts.
type lineFunc func(line string) []action.Act

// commandLanguage returns how a line is read in languages that are lists of
// commands, one a line; nil for others.
func commandLanguage(lang string) lineFunc {
	switch lang {
	case "crontab":
		return cronLine
	case "gdb":
		return gdbLine
	case "vim":
		return vimLine
	case "ed":
		return edLine
	case "sqlite":
		return sqliteLine
	case "psql", "mysql":
		return clientLine
	case "tcl":
		return tclLine
	case "elisp":
		return elispLine
	}
	return nil
}

func byLines(text string, f lineFunc) []action.Act {
	var out []action.Act
	n := 0
	for line := range strings.Lines(text) {
		n++
		for _, a := range f(strings.TrimSpace(line)) {
			a.Pos = action.Pos{Line: n, Col: 1 + len(line) - len(strings.TrimLeft(line, " \t"))}
			out = append(out, a)
		}
	}
	return out
}

func shellText(text string) []action.Act {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	return []action.Act{{Start: action.Start{Text: text}}}
}

// cronLine reads a line of crontab(5): five fields or @reboot, then a command
// up to a `%`, which begins its input.
func cronLine(line string) []action.Act {
	line = strings.TrimLeft(line, action.HoleText) // what `crontab -l` printed
	if line == "" || line[0] == '#' {
		return nil
	}
	fields := 5
	if line[0] == '@' {
		fields = 1
	}
	first, _, _ := strings.Cut(line, " ")
	if name, _, ok := strings.Cut(first, "="); ok && !strings.ContainsAny(name, "*/,-@") || action.Holed(first) {
		return nil
	}
	for range fields {
		i := strings.IndexAny(line, " \t")
		if i < 0 {
			return nil
		}
		line = strings.TrimLeft(line[i:], " \t")
	}
	var b strings.Builder
	for i := 0; i < len(line) && line[i] != '%'; i++ {
		if line[i] == '\\' && i+1 < len(line) && line[i+1] == '%' {
			i++
		}
		b.WriteByte(line[i])
	}
	return shellText(b.String())
}

// gdbLine reads a command of GDB 13 or LLDB 14: shell, !, make, pipe, python.
func gdbLine(line string) []action.Act {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "shell", "she":
		return shellText(rest)
	case "platform":
		if text, ok := strings.CutPrefix(rest, "shell "); ok {
			return shellText(text)
		}
	case "make":
		return shellText(line)
	case "pipe", "|":
		if _, text, ok := strings.Cut(rest, "|"); ok {
			return shellText(text)
		}
	case "python", "py", "pi", "python-interactive", "script":
		return scan(Program{Lang: "python", Text: rest, Self: "python3"}, nil, 1)
	}
	if text, ok := strings.CutPrefix(line, "!"); ok {
		return shellText(text)
	}
	return nil
}

// vimLine reads an Ex command of Vim 9: a filter or `:!`, :read and :write with
// `!`, :terminal, and calls of system().
func vimLine(line string) []action.Act {
	line = strings.TrimLeft(line, ": \t")
	if i := strings.Index(line, "system("); i >= 0 {
		return nestedQuotes(line[i+len("system("):])
	}
	if i := strings.Index(line, "systemlist("); i >= 0 {
		return nestedQuotes(line[i+len("systemlist("):])
	}
	for rest := line; rest != ""; {
		if i := strings.IndexByte(rest, '!'); i >= 0 {
			switch strings.Trim(rest[:i], " \t0123456789%$.,;'<>+-") {
			case "", "r", "re", "read", "w", "write", "silent", "sil", "silent!":
				return shellText(rest[i+1:])
			}
		}
		word, tail, ok := strings.Cut(rest, " ")
		switch strings.TrimSuffix(word, "!") {
		case "terminal", "term", "ter":
			return shellText(tail)
		case "silent", "sil", "exe", "execute", "verbose", "noautocmd":
			rest = strings.TrimLeft(strings.Trim(tail, `"'`), ": ")
		default:
			return nil
		}
		if !ok {
			return nil
		}
	}
	return nil
}

// edLine reads a command of GNU ed 1.19: an address and `!`, or r, w, e with it.
func edLine(line string) []action.Act {
	rest := strings.TrimLeft(line, "0123456789%$.,;+- ")
	for _, cmd := range [...]string{"", "r ", "w ", "e ", "E ", "f "} {
		if text, ok := strings.CutPrefix(rest, cmd+"!"); ok {
			return shellText(text)
		}
	}
	return nil
}

// sqliteLine reads .shell and .system of sqlite3 3.40, which quotes their
// words as it likes, and `.once |cmd` and `.output |cmd`.
func sqliteLine(line string) []action.Act {
	word, rest, _ := strings.Cut(line, " ")
	switch {
	case len(word) > 3 && (strings.HasPrefix(".shell", word) || strings.HasPrefix(".system", word)):
		return shellText(rest)
	case len(word) > 2 && (strings.HasPrefix(".once", word) || strings.HasPrefix(".output", word)):
		if text, ok := strings.CutPrefix(strings.Trim(strings.TrimSpace(rest), `"'`), "|"); ok {
			return shellText(text)
		}
	}
	return nil
}

// clientLine reads `\!` of psql 15 and mysql 8, mysql's system, and psql's
// `\g |cmd`, `\o |cmd` and \copy with program.
func clientLine(line string) []action.Act {
	if text, ok := strings.CutPrefix(line, "system "); ok {
		return shellText(strings.TrimSuffix(text, ";"))
	}
	if i := strings.Index(line, `\!`); i >= 0 {
		return shellText(strings.TrimSuffix(line[i+2:], ";"))
	}
	for _, cmd := range [...]string{`\g`, `\o`, `\w`, `\out`} {
		if i := strings.Index(line, cmd+" |"); i >= 0 {
			return shellText(line[i+len(cmd)+2:])
		}
	}
	if i := strings.Index(line, " program '"); i >= 0 && strings.HasPrefix(line, `\copy`) {
		text, _, _ := strings.Cut(line[i+len(" program '"):], "'")
		return shellText(text)
	}
	return nil
}

// tclLine reads spawn, exec, system and `open |…` of Tcl 8.6 and Expect 5.45,
// at the start of a command.
func tclLine(line string) []action.Act {
	var out []action.Act
	for _, part := range strings.FieldsFunc(line, func(r rune) bool { return r == ';' || r == '[' || r == ']' || r == '{' || r == '}' }) {
		words := tclWords(part)
		for len(words) > 1 && (words[0] == "catch" || words[0] == "eval" || words[0] == "set") {
			words = words[1:]
		}
		if len(words) < 2 {
			continue
		}
		switch words[0] {
		case "spawn", "exec":
			words = words[1:]
			for len(words) > 0 && strings.HasPrefix(words[0], "-") {
				words = words[1:]
			}
			if len(words) > 0 {
				out = append(out, action.Act{Start: action.Start{Argv: words}})
			}
		case "system":
			out = append(out, shellText(strings.Join(words[1:], " "))...)
		case "open":
			if text, ok := strings.CutPrefix(words[1], "|"); ok {
				out = append(out, shellText(text)...)
			}
		}
	}
	return out
}

// tclWords splits a command at blanks, with quotes; a variable is a hole.
func tclWords(s string) []string {
	var words []string
	var b strings.Builder
	quoted, open := false, false
	for i := 0; i < len(s); i++ {
		switch ch := s[i]; {
		case ch == '"':
			quoted, open = !quoted, true
		case ch == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
			open = true
		case ch == '$' && i+1 < len(s):
			for i+1 < len(s) && (s[i+1] == '_' || s[i+1] == ':' || s[i+1] >= '0' && s[i+1] <= '9' || s[i+1]|32 >= 'a' && s[i+1]|32 <= 'z') {
				i++
			}
			b.WriteString(action.HoleText)
			open = true
		case !quoted && (ch == ' ' || ch == '\t'):
			if open {
				words, open = append(words, b.String()), false
				b.Reset()
			}
		default:
			b.WriteByte(ch)
			open = true
		}
	}
	if open {
		words = append(words, b.String())
	}
	return words
}

// elispLine reads shell-command, call-process and their kin of Emacs 28 with
// literal arguments.
func elispLine(line string) []action.Act {
	var out []action.Act
	for _, f := range [...]string{"(shell-command", "(async-shell-command", "(shell-command-to-string", "(compile"} {
		if _, rest, ok := strings.Cut(line, f+" "); ok {
			out = append(out, nestedQuotes(rest)...)
		}
	}
	for _, f := range [...]string{"(call-process", "(start-process", "(process-lines", "(call-process-region", "(make-process"} {
		if _, rest, ok := strings.Cut(line, f+" "); ok {
			words := literals(rest)
			if f == "(start-process" && len(words) > 1 {
				words = words[1:]
			}
			if len(words) > 0 {
				out = append(out, action.Act{Start: action.Start{Argv: words}})
			}
		}
	}
	return out
}

// nestedQuotes returns the first string literal as shell text.
func nestedQuotes(s string) []action.Act {
	if words := literals(s); len(words) > 0 {
		return shellText(words[0])
	}
	return nil
}

// literals returns the string literals of a text.
func literals(s string) []string {
	var out []string
	for i := 0; i < len(s); i++ {
		q := s[i]
		if q != '"' && q != '\'' {
			continue
		}
		var b strings.Builder
		for i++; i < len(s) && s[i] != q; i++ {
			if s[i] == '\\' && i+1 < len(s) {
				i++
			}
			b.WriteByte(s[i])
		}
		out = append(out, b.String())
	}
	return out
}
