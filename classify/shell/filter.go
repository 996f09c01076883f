package shell

import (
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify/filter"
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
	case "printenv":
		return e.printenv(s, args)
	case "env":
		return e.environment(s, args)
	case "xargs":
		if in, ok := s.unread(0); ok { // without a program it is echo's
			if o := e.secretIn(in); o.secret != "" {
				return e.mint(o), true
			}
		}
	case "ps":
		return e.environmentOf(s, args)
	case "jq", "gojq":
		if text, ok := e.jqEnvironment(s, args); ok {
			return text, true
		}
	case "envsubst":
		return e.envsubst(s, args)
	case "date":
		return dateText(args)
	}
	return e.compute(s, name, args)
}

// compute returns what a text tool prints, if that can be computed. Where it
// reads a secret, what it prints is known if it is the same whatever the secret
// may be, or the same around it.
func (e *evaluator) compute(s *state, name string, args []string) (string, bool) {
	call := e.filterCall(s, name, args)
	out, ok := filter.Output(call)
	if ok || len(e.origins) == 0 || e.secretIn(args...).secret != "" || !filter.Knows(name) {
		return out, ok
	}
	read, first := call.Read, ""
	var hidden origin
	var rest origin
	for i, sample := range samples {
		call.Read = func(file string) (string, bool) {
			text, ok := read(file)
			o := e.origin(text)
			if hidden.secret == "" {
				hidden = origin{secret: o.secret, listed: o.listed}
			}
			if o.secret, o.listed = "", false; o.kind > rest.kind {
				rest = o
			}
			return e.withSecrets(text, sample), ok
		}
		out, ok := filter.Output(call)
		out = strings.ReplaceAll(out, sample, secretMark)
		if i == 0 {
			first = out
		}
		if !ok || hidden.secret == "" || out != first {
			return "", false
		}
	}
	switch {
	case strings.Contains(first, secretMark):
		return strings.NewReplacer(secretMark, e.mint(hidden), unknownSample, action.HoleText).Replace(first), true
	case strings.Contains(first, unknownSample):
		return e.mint(rest), true
	}
	return first, true
}

// filterCall is a tool with what it would read.
func (e *evaluator) filterCall(s *state, name string, args []string) filter.Call {
	return filter.Call{
		Name: name, Args: args, Collates: e.collates(s),
		Read: func(file string) (string, bool) { return e.readText(s, file) },
	}
}

// collates reports whether the locale may order characters otherwise than by
// their codes.
func (e *evaluator) collates(s *state) bool {
	for _, name := range [...]string{"LC_ALL", "LC_COLLATE", "LANG"} {
		if val, ok := (env{e, s}).Get(name); ok && val != "" {
			return val != "C" && val != "POSIX" && !strings.HasPrefix(val, "C.")
		}
	}
	return false
}

// computed evaluates a program that is started with code of its own, as sed and
// awk are, where what it does can be computed: then that code starts nothing.
func (e *evaluator) computed(s *state, name string, args []string) bool {
	if s.host != "" || !filter.Knows(name) {
		return false
	}
	if s.captured(1) || len(e.origins) > 0 {
		if out, ok := e.compute(s, name, args); ok {
			s.consume(name, args)
			s.write(out)
			return true
		}
	}
	if name != "sed" && name != "gsed" {
		return false
	}
	files, ok := filter.Edit(e.filterCall(s, name, args))
	for _, f := range files {
		e.store(s, f.Name, f.Text, openWrite)
	}
	return ok
}

// ownProgram reports whether a program is one that the text itself put where it
// is found.
func (e *evaluator) ownProgram(s *state, name string) bool {
	if s.fs.Len() == 0 || !s.fs.Touches(path.Base(name)) {
		return false
	}
	if !strings.Contains(name, "/") {
		name = e.which(s, name)
	}
	return name != "" && s.fs.ByHand(s.abs(name))
}

// envsubst fills in the variables of a text, or those that its argument names
// (GNU gettext 0.21).
func (e *evaluator) envsubst(s *state, args []string) (string, bool) {
	in, ok := e.readText(s, "-")
	if !ok || action.Holed(in) || len(args) > 1 || len(args) == 1 && (strings.HasPrefix(args[0], "-") || action.Holed(args[0])) {
		return "", false
	}
	only := map[string]bool{}
	if len(args) == 1 {
		substituted(args[0], func(name, _ string) string { only[name] = true; return "" })
	}
	return substituted(in, func(name, text string) string {
		if len(args) == 1 && !only[name] {
			return text
		}
		val, ok := env{e, s}.Get(name)
		if !ok && e.hides(s, name) {
			return e.mint(origin{secret: name}) // the user's profile may set it
		}
		return val
	}), true
}

// substituted puts what f returns for every $NAME and ${NAME} in its place.
func substituted(in string, f func(name, text string) string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(in, '$')
		if i < 0 {
			break
		}
		b.WriteString(in[:i])
		in = in[i:]
		rest, brace := strings.CutPrefix(in[1:], "{")
		n := 0
		for n < len(rest) && syntax.ValidName(rest[:n+1]) {
			n++
		}
		end := len(in) - len(rest) + n
		if n == 0 || brace && (end == len(in) || in[end] != '}') {
			b.WriteByte('$')
			in = in[1:]
			continue
		}
		if brace {
			end++
		}
		b.WriteString(f(rest[:n], in[:end]))
		in = in[end:]
	}
	b.WriteString(in)
	return b.String()
}

// dateText is what date prints for a format: only the time is not known.
func dateText(args []string) (string, bool) {
	if len(args) != 1 || !strings.HasPrefix(args[0], "+") || action.Holed(args[0]) {
		return "", false
	}
	var b strings.Builder
	for s := args[0][1:]; ; {
		before, after, ok := strings.Cut(s, "%")
		b.WriteString(before)
		if !ok {
			return b.String() + "\n", true
		}
		after = strings.TrimLeft(after, "-_0^#:+123456789EO")
		if after == "" {
			return "", false
		}
		switch after[0] {
		case '%':
			b.WriteByte('%')
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		default:
			b.WriteString(action.HoleText)
		}
		s = after[1:]
	}
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
		return filter.Output(e.filterCall(s, "cat", args))
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
