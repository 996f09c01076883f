package code

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// wholes are the forms of the whole environment, by language family. A form
// that begins with a word must not follow another.
var wholes = [...]string{
	"process.env", "os.environ", "Deno.env.toObject()", "Bun.env", "ENVIRON", "%ENV", "$_ENV", "getenv()", "os.Environ()", "ENV",
}

// listsEnvironment reports whether code prints the values of all variables:
// print(os.environ), puts ENV.to_h, or a loop over its items that prints.
func listsEnvironment(lang, text string, argv []string) bool {
	for _, form := range wholes {
		for from := 0; ; {
			i := strings.Index(text[from:], form)
			if i < 0 {
				break
			}
			i += from
			from = i + len(form)
			if i > 0 && isWord(form[0]) && (isWord(text[i-1]) || text[i-1] == '$' || text[i-1] == '%' || text[i-1] == '.' && form != "ENV") {
				continue
			}
			if !quotedAt(text[:i]) && entireIn(lang, text[:i], text[from:], argv) {
				return true
			}
		}
	}
	return false
}

// quotedAt reports whether a text ends inside a string of its last line, and not
// in an expression that is filled in there.
func quotedAt(text string) bool {
	line := text[strings.LastIndexByte(text, '\n')+1:]
	return !strings.HasSuffix(line, "{") && (strings.Count(line, `"`)%2 == 1 || strings.Count(line, "'")%2 == 1)
}

// entireIn reports whether the environment that stands between two texts is
// taken with its values, and printed.
func entireIn(lang, before, after string, argv []string) bool {
	always := evaluates(lang, argv)
	for _, names := range [...]string{"Object.keys(", "keys(", "keys ", "sorted(", "list(", "len(", "set(", "tuple(", "scalar ", "count(", "env=", "env =", "env:", "env: "} {
		if strings.HasSuffix(before, names) && !strings.HasSuffix(before, "Object.entries(") {
			return listsElements(lang, before, after)
		}
	}
	switch {
	case strings.HasPrefix(after, ".items()"), strings.HasPrefix(after, ".each"), strings.HasPrefix(after, ".map"),
		strings.HasSuffix(before, " in ") && lang == "python" && strings.HasPrefix(strings.TrimSpace(after), ":"):
		// A loop: what it prints is told by its body.
		return printsAnything(after) && (strings.HasPrefix(after, ".") || listsElements(lang, before, after))
	case strings.HasPrefix(after, ".values()"), strings.HasPrefix(after, ".to_h"), strings.HasPrefix(after, ".to_a"),
		strings.HasPrefix(after, ".inspect"), strings.HasPrefix(after, ".copy()"):
		after = strings.TrimLeft(after, ".abcdefghijklmnopqrstuvwxyz_()")
	case after != "" && (isWord(after[0]) || strings.IndexByte(".[{(?", after[0]) >= 0):
		return false // one variable, or a question
	}
	if i := strings.LastIndex(before, "Object.entries("); i >= 0 && i == len(before)-len("Object.entries(") && printsAnything(after) {
		return true
	}
	if strings.HasSuffix(strings.TrimRight(before, " "), " in") {
		return listsElements(lang, before, after)
	}
	return printed(before, after, always)
}

// listsElements reports whether a loop over the names looks each of them up.
func listsElements(lang, before, after string) bool {
	if !printsAnything(after) && !printsAnything(before) {
		return false
	}
	for _, each := range [...]string{"os.environ[", "ENVIRON[k", "ENVIRON[v", "ENVIRON[n", "ENVIRON[i", "ENVIRON[e", "$ENV{$", "process.env[", "ENV["} {
		for _, text := range [...]string{before, after} {
			if _, rest, ok := strings.Cut(text, each); ok && rest != "" && rest[0] != '"' && rest[0] != '\'' {
				return true
			}
		}
	}
	return false
}

// printsAnything reports whether a function that prints is called in a text.
func printsAnything(text string) bool {
	for i := 0; i < len(text); {
		if !isWord(text[i]) {
			i++
			continue
		}
		end := i
		for end < len(text) && isWord(text[end]) {
			end++
		}
		if isPrinter(text[i:end]) && (end == len(text) || strings.IndexByte("( \"'", text[end]) >= 0) {
			return true
		}
		i = end
	}
	return false
}

// PrintsInput reports whether code prints what it reads from standard input, as
// far as a quick look tells.
func PrintsInput(lang, text string, argv []string) bool {
	for _, names := range [...]string{"len(", "[0]", ".length", ".size", ".count"} {
		if strings.Contains(text, names) {
			return false // a number, or the part before the first "="
		}
	}
	for _, input := range [...]string{"stdin", "STDIN", "input(", "/dev/stdin", "readFileSync(0", "readline()", "gets", "ARGF", "$<", "<>"} {
		if strings.Contains(text, input) {
			return evaluates(lang, argv) || printsAnything(text)
		}
	}
	return false
}

// all is what Reveals returns for code that prints the whole environment.
func all(lang, text string, argv []string) []string {
	if listsEnvironment(lang, text, argv) {
		return []string{action.AllVariables}
	}
	return nil
}
