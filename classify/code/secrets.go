package code

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Reveals returns the variables of the environment whose values code prints, of
// those that secret reports; action.AllVariables if it prints all. A quick look that knows calls and not the flow of
// values: print(os.environ["X"]), puts ENV["X"], node -p process.env.X.
func Reveals(lang, text string, argv []string, secret func(name string) bool) []string {
	if lang == "sed" {
		return nil
	}
	names := all(lang, text, argv)
	if !strings.Contains(text, "_") {
		return names
	}
	for i := 0; i < len(text); {
		if !isWord(text[i]) {
			i++
			continue
		}
		end := i
		for end < len(text) && isWord(text[end]) {
			end++
		}
		if name := text[i:end]; syntax.ValidName(name) && secret(name) {
			if at, ok := environment(text[:i]); ok && printed(text[:at], text[end:], evaluates(lang, argv)) {
				names = append(names, name)
			}
		}
		i = end
	}
	return names
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// environment reports whether what stands before a name looks it up in the
// environment, and where that begins.
func environment(before string) (at int, ok bool) {
	s := strings.TrimRight(before, `"'`)
	if s == "" || !strings.ContainsRune(".[({", rune(s[len(s)-1])) {
		return 0, false
	}
	s = strings.TrimRight(s[:len(s)-1], "?")
	for _, form := range [...]string{
		"process.env", "os.environ.get", "os.environ", "os.getenv", "environ.get", "environ", "getenv", "ENV.fetch", "$ENV", "$_ENV", "ENVIRON", "ENV", "Deno.env.get", "Bun.env", "os.Getenv",
	} {
		if strings.HasSuffix(s, form) {
			return len(s) - len(form), true
		}
	}
	return 0, false
}

// evaluates reports whether the interpreter prints the value of the code.
func evaluates(lang string, argv []string) bool {
	if lang != "node" && lang != "javascript" {
		return false
	}
	for _, a := range argv {
		switch a {
		case "-p", "--print", "-pe":
			return true
		}
	}
	return false
}

// printed reports whether an expression is printed, by what stands before it
// and after it; always says that every expression is.
func printed(before, after string, always bool) bool {
	after = strings.TrimLeft(strings.TrimLeft(after, `"')]}`), " \t")
	for _, op := range [...]string{".length", "? ", "is ", "==", "!=", "&&", "in ", "and ", "if ", "else ", "<", ">"} {
		if strings.HasPrefix(after, op) {
			return false // only a question about it
		}
	}
	if strings.HasSuffix(strings.TrimRight(before, " "), "!") {
		return false
	}
	depth := 0
	for i := len(before) - 1; i >= 0; i-- {
		switch c := before[i]; {
		case c == ')':
			depth++
		case c == '(' && depth > 0:
			depth--
		case c == '(':
			switch name := lastWord(before[:i]); {
			case isPrinter(name):
				return true
			case name == "bool" || name == "Boolean" || name == "len" || name == "defined" || name == "if" || name == "while":
				return false
			}
		case (c == ';' || c == '\n' || c == '{' && i > 0 && before[i-1] != '$') && depth == 0:
			return always || isPrinter(firstWord(before[i+1:]))
		}
	}
	return always || isPrinter(firstWord(before))
}

func lastWord(s string) string {
	i := len(s)
	for i > 0 && isWord(s[i-1]) {
		i--
	}
	return s[i:]
}

func firstWord(s string) string {
	s = strings.TrimLeft(s, " \t")
	n := 0
	for n < len(s) && isWord(s[n]) {
		n++
	}
	return s[:n]
}

// isPrinter reports whether a function of that name prints, in any language.
func isPrinter(name string) bool {
	switch name {
	case "print", "println", "printf", "puts", "p", "pp", "echo", "say", "write", "log", "info", "warn", "error", "debug", "dir", "pprint", "cat", "Println", "Printf", "Print", "print_r", "var_dump", "var_export":
		return true
	}
	return false
}
