package shell

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
)

// An origin says where text comes from that is not known: a shell that is given
// the output of a local program (`eval "$(ssh-agent)"`) is trusted, one that is
// given what a filter made of words in the call, or what the network sends, is
// not.
type origin struct {
	kind originKind
	tool string // the program that prints it
	url  string // of fetched text, as far as it is known
	// secret is the variable whose value the text holds, or is made of; ""
	// for none. It says nothing of whether the text may be run.
	secret string
	listed bool // it stands there with all other variables
}

type originKind uint8

const (
	untraced originKind = iota
	coded               // printed by code in another language that stands in the call
	fetched             // sent by the network
	made                // made of text in the call, by a tool that is not computed
)

// mint returns a hole that remembers where its text comes from.
func (e *evaluator) mint(o origin) string {
	if o == (origin{}) {
		return action.HoleText
	}
	for i, have := range e.origins {
		if have == o {
			return string(action.FirstTracedHole + rune(i))
		}
	}
	if len(e.origins) > action.LastTracedHole-action.FirstTracedHole {
		// Too many to tell apart: any of the same kind stands for it.
		for i, have := range e.origins {
			if have.kind == o.kind && (have.secret == "") == (o.secret == "") {
				return string(action.FirstTracedHole + rune(i))
			}
		}
		return action.HoleText
	}
	e.origins = append(e.origins, o)
	return string(action.FirstTracedHole + rune(len(e.origins)-1))
}

// origin returns the worst origin of the holes in s, and the first secret.
func (e *evaluator) origin(s string) origin {
	var worst, hidden origin
	for len(e.origins) > 0 {
		i := action.IndexHole(s)
		if i < 0 {
			break
		}
		r, n := action.HoleAt(s, i)
		if k := int(r - action.FirstTracedHole); k >= 0 && k < len(e.origins) {
			o := e.origins[k]
			if o.kind > worst.kind {
				worst = o
			}
			if o.secret != "" && hidden.secret == "" {
				hidden = o
			}
		}
		s = s[i+n:]
	}
	worst.secret, worst.listed = hidden.secret, hidden.listed
	return worst
}

// holeOf returns a hole that remembers the worst origin in s.
func (e *evaluator) holeOf(s string) string { return e.mint(e.origin(s)) }

// leading returns the origin of the hole that s begins with.
func (e *evaluator) leading(s string) origin {
	if s == "" {
		return origin{}
	}
	_, n := action.HoleAt(s, 0)
	return e.origin(s[:n])
}

// derived is what a tool prints that is not computed: it is made of its input.
func (e *evaluator) derived(tool, in string) string {
	if hasText(in) {
		o := e.origin(in)
		return e.mint(origin{kind: made, tool: tool, secret: o.secret, listed: o.listed})
	}
	return e.holeOf(in)
}

// hasText reports whether any of s is known but blanks.
func hasText(s string) bool {
	for _, part := range action.SplitHoles(s) {
		if strings.TrimSpace(part) != "" {
			return true
		}
	}
	return false
}

// output stands for what a program prints of which nothing is known. A filter's
// is made of what it reads; any other program says something of its own.
func (e *evaluator) output(s *state, name string, args []string) string {
	if !s.captured(1) && len(e.origins) == 0 || !isFilter(name) || summarizes(name, args) || editsInPlace(name, args) {
		return action.HoleText
	}
	return e.made(s, name, args)
}

// made stands for what a tool makes of the files that it is given, if they are
// the call's own, or of standard input.
func (e *evaluator) made(s *state, name string, args []string) string {
	var in strings.Builder
	if o := e.secretIn(args...); o.secret != "" {
		in.WriteString(e.mint(o))
	}
	named := printsWords(name, args)
	for _, a := range args {
		if named && !strings.HasPrefix(a, "-") {
			in.WriteString(a + "\n")
		}
		if isEnviron(a) {
			text, _ := e.readText(s, a)
			in.WriteString(text)
			named = true
			continue
		}
		if s.fs.Len() == 0 {
			continue // nothing is the call's own; args may be long texts
		}
		if !strings.HasPrefix(a, "-") && a != "" && !action.Holed(a) && s.fs.ByHand(s.abs(a)) {
			text, _ := e.readText(s, a)
			in.WriteString(text)
			named = true
		}
	}
	if text, ok := s.unread(0); ok && !named {
		in.WriteString(text)
	}
	return e.derived(name, in.String())
}

// isFilter reports whether a program is one of those that print their input in
// another form.
func isFilter(name string) bool {
	switch name {
	case "sed", "gsed", "ssed", "awk", "gawk", "mawk", "nawk", "grep", "egrep", "fgrep", "rg", "ag", "ack", "cut", "tr", "sort", "uniq", "rev", "tac",
		"nl", "fold", "fmt", "pr", "head", "tail", "paste", "join", "comm", "diff", "column", "colrm", "col", "expand", "unexpand", "cat", "bat", "tee", "more", "less",
		"base64", "base32", "basenc", "xxd", "od", "hexdump", "hd", "strings", "uudecode", "uuencode", "openssl", "gpg", "iconv", "recode", "dos2unix", "unix2dos",
		"gzip", "gunzip", "zcat", "bzip2", "bunzip2", "bzcat", "xz", "unxz", "xzcat", "lzma", "unlzma", "lzcat", "zstd", "unzstd", "zstdcat", "lz4", "brotli", "compress", "uncompress", "7z",
		"envsubst", "m4", "cpp", "jq", "yq", "gojq", "dasel", "xmllint", "xmlstarlet", "sponge", "pv", "dd", "split", "shuf", "tsort", "numfmt", "bc", "dc",
		"rot13", "caesar", "cowsay", "cowthink", "figlet", "toilet", "banner", "lolcat", "expr", "logger", "jaq", "perl", "ruby", "sd", "choose", "ts", "look", "mustache", "gomplate", "j2", "ed", "ex", "vis", "unvis":
		return true
	}
	return false
}

// printsWords reports whether a program prints its own words in another form:
// cowsay(6), figlet(6), expr(1), shuf(1), logger(1); jq(1), whose program may be
// nothing but a text.
func printsWords(name string, args []string) bool {
	switch name {
	case "cowsay", "cowthink", "figlet", "toilet", "banner", "expr":
		return true
	case "shuf":
		return slices.Contains(args, "-e") || slices.Contains(args, "--echo")
	case "logger":
		return slices.Contains(args, "-s") || slices.Contains(args, "--stderr")
	case "jq", "gojq", "jaq", "yq":
		for _, a := range args {
			if a == "--null-input" || strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && strings.Contains(a, "n") {
				return true
			}
		}
	}
	return false
}

// unseen reports whether the program of a command is text that the guard does
// not see but ought to, and says so. A program whose name alone is not known
// (`$(brew --prefix)/bin/x`) is none of these.
func (e *evaluator) unseen(c *command, s *state) bool {
	if len(e.origins) == 0 {
		return false
	}
	o := e.leading(c.argv[0])
	if o.kind == untraced {
		return false
	}
	if !writtenAsHole(c.node) {
		// The value of a variable: a name, unless it is the whole command.
		if !action.OnlyHoles(c.argv[0]) || len(c.argv) > 1 && o.kind != fetched {
			return false
		}
	}
	e.runUnseen(c, s, o, "")
	return len(c.argv) == 1
}

// writtenAsHole reports whether a command begins with a hole in the text that
// the shell reads, and not by the expansion of a word.
func writtenAsHole(n syntax.Node) bool {
	call, ok := n.(*syntax.CallExpr)
	if !ok || len(call.Args) == 0 {
		return false
	}
	lit, ok := call.Args[0].Parts[0].(*syntax.Lit)
	return ok && action.IndexHole(lit.Value) == 0
}

// Programs by which the rule packs know text that is run without being seen.
// No real program has such a name.
const (
	remoteScript    = "⟨fetched⟩"   // and its address, with --by and the interpreter that is no shell
	generatedScript = "⟨generated⟩" // and the program that prints it
)

// Substituted stands in Via for a text of a process substitution, which has no
// name.
const Substituted = "<(…)"

// IsUnseen reports whether the program of an invocation is none, but says that
// text is run without being seen; the last of Via is what runs it.
func IsUnseen(program string) bool { return program == remoteScript || program == generatedScript }

// runUnseen says that text of some origin is run, by an interpreter if it is
// none of the shells.
func (e *evaluator) runUnseen(c *command, s *state, o origin, interpreter string) {
	if o.kind == made && interpreter == "" {
		e.problem(Problem{
			ID:   "made-text",
			Text: "what `" + o.tool + "` makes of the text in this command is run as commands, but cannot be worked out here",
			Hint: "write the commands that are to run directly",
			Span: c.span,
		})
		return
	}
	argv := []string{generatedScript, o.tool}
	if o.kind == fetched {
		argv = []string{remoteScript}
		if interpreter != "" {
			argv = append(argv, "--by", interpreter)
		}
		if o.url == "" {
			o.url = action.HoleText
		}
		if strings.HasPrefix(o.url, "-") {
			argv = append(argv, "--")
		}
		argv = append(argv, o.url)
	}
	e.opt.Program(&action.Invocation{
		Argv: argv, Span: c.span, At: c.src.at, Via: c.via, Dir: s.dir, Env: env{e, s}, FS: s.fs, Host: s.host,
	})
}

// unseenCode says so if code in another language is text that the guard does
// not see.
func (e *evaluator) unseenCode(c *command, s *state, code *Code, via []string) {
	if len(e.origins) == 0 {
		return
	}
	if o := e.leading(strings.TrimSpace(code.Text)); o.kind != untraced && !code.isFilter() {
		h := *c
		h.via = via
		e.runUnseen(&h, s, o, code.Caller.Program())
	}
}

// isFilter reports whether code is a filter's own language, whose output is made
// of what it reads.
func (c *Code) isFilter() bool {
	switch c.Lang {
	case "sed", "awk":
		return true
	case "perl", "ruby":
		for _, a := range c.Caller.Argv[1:] {
			if len(a) < 2 || a[0] != '-' {
				break
			}
			if strings.ContainsAny(a, "np") {
				return true
			}
		}
	}
	return false
}

// codeOutput stands for what code in another language prints.
func (e *evaluator) codeOutput(s *state, code *Code) string {
	name := path.Base(code.Caller.Program())
	if o := e.revealedBy(s, code); o.secret != "" {
		o.kind, o.tool = coded, name
		return e.mint(o)
	}
	switch {
	case code.isFilter():
		return e.output(s, name, code.Caller.Argv[1:])
	case !s.captured(1):
		return action.HoleText
	case hasText(code.Text) && (code.File == "" || s.fs.ByHand(code.File)):
		return e.mint(origin{kind: coded, tool: name})
	}
	return action.HoleText
}
