package shell

import (
	"encoding/base64"
	"encoding/hex"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// filter returns what a common text tool prints, where that can be computed
// exactly from its arguments and input.
func (e *evaluator) filter(s *state, name string, args []string) (string, bool) {
	e.spendWords(args)
	if in := s.stdin(); in != nil {
		e.spend(60 * len(*in))
	}
	switch name {
	case "echo":
		return echoText(args, false), true
	case "printf":
		if len(args) == 0 {
			return "", true
		}
		return printfText(args[0], args[1:]), true
	case "pwd":
		return s.dir + "\n", true
	case "true", "false":
		return "", true
	case "git":
		return gitTop(s, args)
	case "which":
		_, names := operands(args)
		return e.meanings(&state{fs: s.fs, dir: s.dir, vars: s.vars}, names), true
	case "basename":
		if len(args) == 1 && !strings.HasPrefix(args[0], "-") {
			return path.Base(args[0]) + "\n", true
		}
	case "dirname":
		if len(args) == 1 && !action.Holed(path.Base(args[0])) {
			return path.Dir(args[0]) + "\n", true
		}
	case "realpath", "readlink":
		_, files := operands(args)
		if len(files) == 1 && !action.Holed(files[0]) {
			if real, err := world.Resolve(s.fs, s.abs(files[0]), true); err == nil {
				return real + "\n", true
			}
		}
	case "find", "gfind":
		return e.findOutput(s, append([]string{name}, args...))
	case "ls":
		return listed(s, args)
	case "cat":
		return e.concatenate(s, args)
	case "tac":
		in, ok := e.concatenate(s, args)
		lines := strings.SplitAfter(in, "\n")
		slices.Reverse(lines)
		return strings.Join(lines, ""), ok && !action.Holed(in)
	case "rev", "base64", "xxd", "tr", "head", "tail", "sort", "uniq":
		return e.textFilter(s, name, args)
	}
	return "", false
}

// gitTop returns the top of the working tree for `git rev-parse
// --show-toplevel`.
func gitTop(s *state, args []string) (string, bool) {
	dir := s.dir
	if len(args) > 2 && args[0] == "-C" {
		dir, args = s.abs(args[1]), args[2:]
	}
	if len(args) != 2 || args[0] != "rev-parse" || args[1] != "--show-toplevel" || action.Holed(dir) {
		return "", false
	}
	for d := dir; ; d = path.Dir(d) {
		if world.Exists(s.fs, path.Join(d, ".git")) {
			return d + "\n", true
		}
		if d == path.Dir(d) {
			return "", false
		}
	}
}

// concatenate returns what cat prints.
func (e *evaluator) concatenate(s *state, args []string) (string, bool) {
	opts, files := operands(args)
	if strings.Trim(opts, "u") != "" {
		return "", false
	}
	if len(files) == 0 {
		files = []string{"-"}
	}
	var b strings.Builder
	for _, f := range files {
		text, ok := e.readText(s, f)
		if !ok {
			text = action.HoleText
		}
		b.WriteString(text)
	}
	return b.String(), true
}

// textFilter computes the filters that read one input.
func (e *evaluator) textFilter(s *state, name string, args []string) (string, bool) {
	var files []string
	opts := ""
	var words []string // operands that are not files: tr's sets, head's count
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case (name == "head" || name == "tail") && (a == "-n" || a == "-c") && i+1 < len(args):
			i++
			opts += a[1:]
			words = append(words, args[i])
		case strings.HasPrefix(a, "--decode"):
			opts += "d"
		case len(a) > 1 && a[0] == '-':
			opts += a[1:]
		case name == "tr":
			words = append(words, a)
		default:
			files = append(files, a)
		}
	}
	if len(files) == 0 {
		files = []string{"-"}
	}
	in, ok := e.readText(s, files[0])
	if !ok || action.Holed(in) || len(files) > 1 {
		return "", false
	}
	switch name {
	case "rev":
		lines := strings.Split(in, "\n")
		for i, l := range lines {
			r := []rune(l)
			slices.Reverse(r)
			lines[i] = string(r)
		}
		return strings.Join(lines, "\n"), true
	case "base64":
		if strings.Trim(opts, "di") != "" || !strings.Contains(opts, "d") && !strings.Contains(opts, "D") {
			return "", false
		}
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(in), ""))
		return string(b), err == nil
	case "xxd":
		if !strings.Contains(opts, "r") || !strings.Contains(opts, "p") {
			return "", false
		}
		b, err := hex.DecodeString(strings.Join(strings.Fields(in), ""))
		return string(b), err == nil
	case "tr":
		return translate(in, opts, words)
	case "head", "tail":
		return firstLines(in, name, opts, words)
	case "sort", "uniq":
		return in, !strings.Contains(strings.TrimSuffix(in, "\n"), "\n") && opts == ""
	}
	return "", false
}

// firstLines computes head and tail.
func firstLines(in, name, opts string, words []string) (string, bool) {
	n := 10
	if len(words) == 1 {
		v, err := strconv.Atoi(words[0])
		if err != nil || v < 0 {
			return "", false
		}
		n = v
		opts = strings.Trim(opts, "n")
	} else if v, err := strconv.Atoi(strings.TrimPrefix(opts, "n")); err == nil && v >= 0 {
		n, opts = v, ""
	}
	if opts != "" {
		return "", false
	}
	lines := strings.SplitAfter(in, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	if n > len(lines) {
		n = len(lines)
	}
	if name == "tail" {
		return strings.Join(lines[len(lines)-n:], ""), true
	}
	return strings.Join(lines[:n], ""), true
}

// translate computes tr for sets of characters, ranges and the usual classes.
func translate(in, opts string, sets []string) (string, bool) {
	if strings.Trim(opts, "ds") != "" || len(sets) == 0 || len(sets) > 2 {
		return "", false
	}
	from, ok := trSet(sets[0])
	if !ok {
		return "", false
	}
	if strings.Contains(opts, "d") {
		if len(sets) != 1 || opts != "d" {
			return "", false
		}
		return strings.Map(func(r rune) rune {
			if slices.Contains(from, r) {
				return -1
			}
			return r
		}, in), true
	}
	if len(sets) != 2 || opts != "" {
		return "", false
	}
	to, ok := trSet(sets[1])
	if !ok || len(to) == 0 {
		return "", false
	}
	return strings.Map(func(r rune) rune {
		// The last of repeated characters counts, as in GNU tr.
		for i := len(from) - 1; i >= 0; i-- {
			if from[i] == r {
				return to[min(i, len(to)-1)]
			}
		}
		return r
	}, in), true
}

func trSet(set string) ([]rune, bool) {
	switch set {
	case "[:upper:]":
		set = "A-Z"
	case "[:lower:]":
		set = "a-z"
	case "[:digit:]":
		set = "0-9"
	case "[:space:]":
		return []rune(" \t\n\v\f\r"), true
	}
	if strings.ContainsAny(set, "[]") {
		return nil, false
	}
	r := []rune(set)
	var out []rune
	for i := 0; i < len(r); i++ {
		ch := r[i]
		if ch == '\\' && i+1 < len(r) {
			i++
			switch r[i] {
			case 'n':
				ch = '\n'
			case 't':
				ch = '\t'
			case '\\':
			default:
				return nil, false
			}
		}
		if i+2 < len(r) && r[i+1] == '-' {
			if r[i+2] < ch || r[i+2]-ch > 255 {
				return nil, false
			}
			for c := ch; c <= r[i+2]; c++ {
				out = append(out, c)
			}
			i += 2
			continue
		}
		out = append(out, ch)
	}
	return out, true
}
