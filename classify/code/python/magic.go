package python

import (
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// magic handles what is IPython's (IPython 8, core/inputtransformer2.py and
// core/magics): `!cmd` is the shell's, `%pip` runs in the kernel's own
// environment, and `%%bash` makes the rest of the cell the shell's.
func (e *evaluator) magic(line string) {
	line = strings.TrimRight(line, "\r\n")
	head, cell, isCell := strings.Cut(line, "\n")
	if !strings.HasPrefix(line, "%%") {
		head, cell, isCell = strings.ReplaceAll(strings.ReplaceAll(line, "\\\r\n", ""), "\\\n", ""), "", false
	}
	if cmd, ok := strings.CutPrefix(head, "!"); ok {
		e.command(strings.TrimPrefix(cmd, "!"))
		return
	}
	name, rest, _ := strings.Cut(strings.TrimRight(head, "\r"), " ")
	rest = strings.TrimSpace(rest)
	switch strings.TrimLeft(name, "%") {
	case "pip":
		for _, words := range e.words([]value{text(e.filled(rest))}) {
			e.program([]value{text(e.Self), text("-m"), text("pip"), seq(list, fields(words[0]))}, arguments{})
		}
	case "conda", "mamba", "micromamba", "uv":
		e.command(head[1:])
	case "sx", "system", "sh", "bash", "script", "!", "sc":
		switch {
		case isCell && (name != "%%script" || slices.ContainsFunc([]string{"bash", "sh", "zsh", "dash"}, func(s string) bool { return strings.HasPrefix(rest, s) })):
			e.command(cell)
		case isCell:
			e.foreign(rest, cell)
		default:
			e.command(rest)
		}
	case "perl", "ruby":
		e.foreign(strings.TrimLeft(name, "%"), cell)
	case "python", "python2", "python3", "pypy", "time", "timeit", "prun", "memit", "capture":
		if !isCell && name[:min(2, len(name))] != "%%" || name == "%%time" || name == "%%timeit" {
			e.exec(text(rest), e.main, false)
		}
	case "cd":
		e.cwd = e.under(e.expanduser(e.filled(rest)))
	case "env", "set_env":
		k, v, ok := strings.Cut(rest, "=")
		if !ok {
			k, v, ok = strings.Cut(rest, " ")
		}
		if ok {
			e.hold(e.env, e.env.with(text(strings.TrimSpace(k)), text(e.filled(strings.TrimSpace(v)))), nil)
		}
	case "run":
		if words := fields(rest); len(words) > 0 {
			for _, w := range words {
				if !strings.HasPrefix(w.str, "-") {
					e.runFile(w)
					break
				}
			}
		}
	case "writefile", "file":
		words := fields(rest)
		if len(words) > 0 {
			e.writes(words[len(words)-1].str, text(cell+"\n"), words[0].str == "-a")
		}
	}
}

// foreign tells of a cell in another language.
func (e *evaluator) foreign(program, cell string) {
	if words := shellWords(program); len(words) > 0 {
		e.emit(action.Act{Start: action.Start{Text: "printf %s " + quote(cell) + " | " + program}})
	}
}

func fields(s string) []value {
	var out []value
	for _, w := range shellWords(s) {
		out = append(out, text(w))
	}
	return out
}

// command starts shell text, with values of the code filled in.
func (e *evaluator) command(s string) {
	if s = strings.TrimSpace(e.filled(s)); s != "" {
		e.emit(action.Act{Start: action.Start{Text: s}})
	}
}

// filled replaces `{x}` and `$x` by what the variable x holds.
func (e *evaluator) filled(s string) string {
	if !strings.ContainsAny(s, "{$") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '{' && (i == 0 || s[i-1] != '$'):
			end := strings.IndexByte(s[i:], '}')
			if end < 2 || strings.ContainsAny(s[i+1:i+end], ";\n,") || s[i+1] == ' ' {
				b.WriteByte(s[i])
				continue
			}
			body, _ := parse(&source{text: s[i+1 : i+end]})
			if len(body) == 1 && body[0].op == exprStmt {
				b.WriteString(texts(e.expr(body[0].a, e.main))[0])
			} else {
				b.WriteString(s[i : i+end+1])
			}
			i += end
		case s[i] == '$':
			n := i + 1
			for n < len(s) && (s[n] == '_' || s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z') {
				n++
			}
			if v, ok := e.main.vars.m[s[i+1:n]]; ok && n > i+1 {
				b.WriteString(texts(v)[0])
				i = n - 1
				continue
			}
			b.WriteByte('$')
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// shellWords splits a text as shlex.split does (Lib/shlex.py): quotes and
// backslashes as in a POSIX shell.
func shellWords(s string) []string {
	var out []string
	var b strings.Builder
	quote, inside := byte(0), false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			if inside {
				out = append(out, b.String())
				b.Reset()
				inside = false
			}
			continue
		case c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == '\\' && quote != '\'' && i+1 < len(s):
			i++
			if quote == '"' && s[i] != '"' && s[i] != '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
		inside = true
	}
	if inside {
		out = append(out, b.String())
	}
	return out
}
