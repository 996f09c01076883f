package javascript

import (
	"bytes"
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/js"

	"github.com/venv-guard/venv-guard/action"
)

// parseProgram returns the tree of a program and the text that its tokens are
// parts of, which is as long as the program; nil if it cannot be parsed.
func parseProgram(program string) (*js.AST, []byte) {
	if tree, src := parseText(program); tree != nil {
		return tree, src
	}
	if action.Holed(program) && !action.OnlyHoles(program) {
		return parseProgram(named(program))
	}
	if erased, ok := eraseTypes(program); ok {
		return parseText(erased)
	}
	return nil, nil
}

// holeName stands for a hole where code is wanted: a name that is as long as the
// rune, in bytes.
const holeName = "$ꓘ"

// named returns a program with names in place of its holes.
func named(program string) string {
	var b strings.Builder
	for {
		before, after, ok := action.CutHole(program)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		b.WriteString(holeName)
		program = after
	}
}

// parseText parses a module or a script. The parser (tdewolff/parse 2.8) knows
// `return` outside of functions, which CommonJS has, only where it knows no
// import, and import attributes not at all.
func parseText(program string) (*js.AST, []byte) {
	for _, inline := range [...]bool{false, true} {
		if tree, src := parseBytes(program, inline); tree != nil {
			return tree, src
		}
	}
	if plain := withoutAttributes(program); plain != program {
		return parseBytes(plain, false)
	}
	return nil, nil
}

func parseBytes(program string, inline bool) (tree *js.AST, src []byte) {
	src = make([]byte, len(program), len(program)+1) // with room for the parser's end mark
	copy(src, program)
	if inline && bytes.HasPrefix(src, []byte("#!")) {
		src[0], src[1] = '/', '/'
	}
	defer func() { // a parser that fails has not parsed
		if recover() != nil {
			tree, src = nil, nil
		}
	}()
	tree, err := js.Parse(parse.NewInputBytes(src), js.Options{Inline: inline})
	if err != nil {
		return nil, nil
	}
	return tree, src
}

// withoutAttributes blanks the attributes of imports: `with { type: "json" }`.
func withoutAttributes(program string) string {
	b := []byte(program)
	for _, word := range [...]string{"with", "assert"} {
		for from := 0; ; {
			i := strings.Index(program[from:], word)
			if i < 0 {
				break
			}
			i += from
			from = i + len(word)
			before := strings.TrimRight(program[:i], " \t\r\n")
			after := strings.TrimLeft(program[from:], " \t\r\n")
			end := strings.IndexByte(after, '}')
			if before == "" || !strings.ContainsRune(`"'`, rune(before[len(before)-1])) || !strings.HasPrefix(after, "{") || end < 0 {
				continue
			}
			for k := i; k < len(program)-len(after)+end+1; k++ {
				if b[k] != '\n' {
					b[k] = ' '
				}
			}
		}
	}
	return string(b)
}

// harmless reports whether a text can do nothing of interest: it has none of the
// words that everything begins with, and no member that is asked for by a name
// that it could have built.
func harmless(program string) bool {
	for _, w := range [...]string{
		"require", "import", "process", "module", "eval", "Function", "constructor", "global", "exec", "spawn", "fork", "$", "Bun", "Deno", "Reflect", "Object.", "sh`",
		"fetch", "Socket", "XMLHttp", "EventSource", "sendBeacon", "window", "self", "this", "child_process", "worker", "Worker", "fs.", "http", "net.", "tls.", "dns.", "vm.", "setTimeout", "setInterval", "\\u",
		"axios", "got", "ky", "request", "shell", "cd(",
	} {
		if strings.Contains(program, w) {
			return false
		}
	}
	last := byte('\n')
	for i := 0; i < len(program); i++ {
		c := program[i]
		if c == '[' && (isName(last) || strings.IndexByte(")]{,.'\"`/?", last) >= 0) && (i+1 == len(program) || strings.IndexByte("0123456789]", program[i+1]) < 0) {
			return false
		}
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			last = c
		}
	}
	return true
}
