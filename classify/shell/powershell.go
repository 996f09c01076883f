package shell

import (
	"path"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// EvaluatePowerShell finds the programs that a PowerShell text starts. It is
// no evaluator: it splits the text into commands and words as about_Parsing
// (PowerShell 7.4) describes, whatever block, pipeline or subexpression they
// stand in. Variables and other expressions are holes.
func EvaluatePowerShell(text string, opt Options) []Problem {
	e := &evaluator{opt: opt}
	s := &state{e: e, dir: opt.Dir, fs: world.NewOverlay(opt.FS), name0: "pwsh"}
	e.guard(func() {
		if len(text) > maxFileSize {
			panic(errBudget{Problem{ID: "too-large", Text: "the command is too large to be read", Hint: "run it as a script file"}})
		}
		p := &psParser{e: e, s: s, text: text, known: &psNames{}}
		p.parse(0)
	})
	return e.problems
}

// powershell evaluates a text that is handed to PowerShell.
func (e *evaluator) powershell(c *command, s *state, text string, via []string) []*state {
	span := c.span
	if c.src.outer != nil {
		span = *c.src.outer
	}
	p := &psParser{e: e, s: s, text: text, outer: &span, via: via, known: &psNames{}}
	p.parse(0)
	return []*state{p.s}
}

// A psParser splits a PowerShell text and starts what it finds.
type psParser struct {
	e    *evaluator
	s    *state
	text string
	pos  int

	words  []string
	quoted []bool // the word was quoted: a string, unless & stands before it
	start  int
	base   int // position of text in the call
	outer  *action.Span
	via    []string

	known   *psNames
	printed string // what the last command prints, if that is traced or a string
	piped   string // what the command before | printed
}

// psNames is what a text defined so far. Names are in lower case.
type psNames struct {
	vars    map[string][]string // elements; nil for a value that is not known
	aliases map[string]string
}

// parse reads commands up to the given closing character, or the end.
func (p *psParser) parse(until byte) {
	leave := p.e.enter()
	defer leave()
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		switch {
		case c == until && until != 0:
			p.flush()
			p.pos++
			return
		case c == ' ' || c == '\t' || c == '\r':
			p.pos++
		case c == '\n' || c == ';' || c == '|' || c == '}' || c == ')':
			p.flush()
			p.piped = ""
			if c == '|' && !p.at(1, '|') {
				p.piped = p.printed
			}
			p.pos++
		case c == '&':
			p.flush() // &&, background, or the call operator
			p.pos++
		case c == '@' && (p.at(1, '"') || p.at(1, '\'')) && p.hereString():
		case c == '{' || c == '(' || c == '@' && p.at(1, '('):
			// A block or subexpression: its commands, then on with this one.
			begin := p.pos
			p.pos += strings.IndexAny(p.text[p.pos:], "{(") + 1
			p.add(p.nested(closing(p.text[p.pos-1])), true, begin)
		case c == '`' && p.at(1, '\n'):
			p.pos += 2 // the line goes on
		case c == '#':
			p.skipTo("\n")
		case c == '<' && p.at(1, '#'):
			p.skipTo("#>")
		default:
			p.word()
		}
	}
	p.flush()
}

// hereString reads @"…"@ or @'…'@, whose quotes stand at the ends of lines.
func (p *psParser) hereString() bool {
	quote := p.text[p.pos+1 : p.pos+2]
	head, rest, ok := strings.Cut(p.text[p.pos+2:], "\n")
	if !ok || strings.TrimSpace(head) != "" {
		return false
	}
	body, _, ok := strings.Cut(rest, "\n"+quote+"@")
	if !ok {
		return false
	}
	begin := p.pos
	p.pos += 2 + len(head) + 1 + len(body) + 3
	if quote == `"` {
		in := psParser{e: p.e, s: p.s, text: body, outer: p.outer, via: p.via, known: p.known}
		var b strings.Builder
		for in.pos < len(body) {
			switch c := body[in.pos]; c {
			case '$':
				in.variable(&b)
			default:
				b.WriteByte(c)
				in.pos++
			}
		}
		body = b.String()
	}
	p.add(body, true, begin)
	return true
}

func closing(open byte) byte {
	if open == '{' {
		return '}'
	}
	return ')'
}

func (p *psParser) at(n int, c byte) bool { return p.pos+n < len(p.text) && p.text[p.pos+n] == c }

func (p *psParser) skipTo(end string) {
	i := strings.Index(p.text[p.pos:], end)
	if i < 0 {
		p.pos = len(p.text)
		return
	}
	p.pos += i
	if end != "\n" {
		p.pos += len(end)
	}
}

// nested evaluates the commands up to a closing character on their own, and
// returns what they print.
func (p *psParser) nested(until byte) string {
	in := *p
	in.words, in.quoted, in.printed, in.piped = nil, nil, "", ""
	in.parse(until)
	p.pos, p.s = in.pos, in.s
	if in.printed != "" {
		return in.printed
	}
	return action.HoleText
}

func (p *psParser) add(w string, quoted bool, begin int) {
	if len(p.words) == 0 {
		p.start = begin
	}
	p.words, p.quoted = append(p.words, w), append(p.quoted, quoted)
}

// word reads one word.
func (p *psParser) word() {
	begin := p.pos
	var b strings.Builder
	quoted := false
loop:
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; c {
		case ' ', '\t', '\r', '\n', ';', '|', '&', '(', ')', '{', '}':
			if c == '(' || c == '{' {
				// name(…): a method call or an expression.
				p.pos++
				at := p.pos
				text := p.nested(closing(c))
				if strings.HasSuffix(strings.ToLower(b.String()), "downloadstring") {
					text = p.e.mint(origin{kind: fetched, tool: "DownloadString", url: strings.Trim(p.text[at:p.pos], `'")( `)})
				}
				if strings.HasSuffix(strings.ToLower(b.String()), "process]::start") {
					p.call(p.text[at:max(at, p.pos-1)], begin)
				}
				b.WriteString(text)
				continue
			}
			break loop
		case '`':
			p.pos++
			if p.pos < len(p.text) {
				if p.text[p.pos] != '\n' {
					b.WriteByte(p.text[p.pos])
				}
				p.pos++
			}
		case '\'':
			quoted = true
			p.pos++
			for p.pos < len(p.text) {
				if p.text[p.pos] == '\'' {
					if !p.at(1, '\'') {
						break
					}
					p.pos++
				}
				b.WriteByte(p.text[p.pos])
				p.pos++
			}
			p.pos++
		case '"':
			quoted = true
			p.pos++
			p.double(&b)
		case '$':
			p.variable(&b)
		default:
			b.WriteByte(c)
			p.pos++
		}
	}
	if p.pos > len(p.text) {
		p.pos = len(p.text)
	}
	if len(p.words) == 0 {
		p.start = begin
	}
	p.words, p.quoted = append(p.words, b.String()), append(p.quoted, quoted)
}

// double reads the rest of a string between double quotes.
func (p *psParser) double(b *strings.Builder) {
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; c {
		case '"':
			p.pos++
			if p.pos < len(p.text) && p.text[p.pos] == '"' {
				b.WriteByte('"')
				p.pos++
				continue
			}
			return
		case '`':
			p.pos++
			if p.pos < len(p.text) {
				b.WriteByte(p.text[p.pos])
				p.pos++
			}
		case '$':
			p.variable(b)
		default:
			b.WriteByte(c)
			p.pos++
		}
	}
}

// variable reads $name, ${name} or $(…).
func (p *psParser) variable(b *strings.Builder) {
	p.pos++
	if p.pos >= len(p.text) {
		b.WriteByte('$')
		return
	}
	switch c := p.text[p.pos]; {
	case c == '(':
		p.pos++
		b.WriteString(p.nested(')'))
		return
	case c == '{':
		p.skipTo("}")
	default:
		n := p.pos
		for n < len(p.text) && (p.text[n] == '_' || p.text[n] == ':' || '0' <= p.text[n] && p.text[n] <= '9' || 'a' <= p.text[n]|32 && p.text[n]|32 <= 'z') {
			n++
		}
		name := strings.ToUpper(p.text[p.pos:n])
		p.pos = n
		if list := p.known.vars[strings.ToLower(name)]; len(list) > 0 {
			b.WriteString(strings.Join(list, " "))
			return
		}
		if env, ok := strings.CutPrefix(name, "ENV:"); ok {
			if v := p.e.lookup(p.s, env); v.isSet() && len(v.alts) > 0 {
				b.WriteString(v.alts[0])
				return
			}
		}
		if name == "PWD" {
			b.WriteString(p.s.dir)
			return
		}
	}
	b.WriteString(action.HoleText)
}

// psKeyword reports whether a word begins a statement that is no command.
func psKeyword(w string) bool {
	switch strings.ToLower(w) {
	case "if", "else", "elseif", "while", "do", "until", "for", "foreach", "switch", "function", "try", "catch",
		"finally", "return", "throw", "param", "begin", "process", "end", "break", "continue", "exit":
		return true
	}
	return false
}

// flush starts the command that was read.
func (p *psParser) flush() {
	words, quoted := p.words, p.quoted
	p.words, p.quoted = nil, nil
	if len(words) > 0 {
		p.define(p.text[min(p.start, p.pos):p.pos])
	}
	for len(words) > 0 && (words[0] == "." || psKeyword(words[0])) {
		words, quoted = words[1:], quoted[1:]
	}
	// $x = command
	for i, w := range words {
		if (w == "=" || w == "+=") && i > 0 && i < 3 {
			words, quoted = words[i+1:], quoted[i+1:]
			break
		}
	}
	if len(words) == 0 {
		return
	}
	p.printed = ""
	if all := strings.Join(words, " "); p.e.origin(all).kind != untraced {
		p.printed = p.e.holeOf(all)
	}
	called := p.callBefore() > 0 || strings.HasPrefix(p.text[min(p.start, len(p.text)):], words[0])
	if action.OnlyHoles(words[0]) && (len(words) == 1 || strings.HasPrefix(words[1], ".")) && !called {
		return
	}
	if quoted[0] && p.callBefore() == 0 {
		if len(words) == 1 {
			p.printed = words[0]
		}
		return // a string, which is printed
	}
	for i := range words {
		if i == 0 || strings.Contains(words[i], `\`) && !strings.Contains(words[i], " ") {
			words[i] = strings.ReplaceAll(words[i], `\`, "/")
		}
	}
	span := action.Span{Start: p.base + p.start, End: p.base + p.pos}
	if p.outer != nil {
		span = *p.outer
	}
	p.run(words, span)
}

// callBefore returns the position after the call operator that stands before
// the command, or 0.
func (p *psParser) callBefore() int {
	t := strings.TrimRight(p.text[:p.start], " \t")
	if strings.HasSuffix(t, "&") || strings.HasSuffix(t, ".") {
		return len(t)
	}
	return 0
}

// run starts a command: one of the few cmdlets that start others, or a program.
func (p *psParser) run(argv []string, span action.Span) {
	p.e.step(span)
	argv = p.replaced(argv)
	c := &command{src: &source{script: &script{}, outer: &span, via: p.via}, argv: argv, span: span, via: p.via, noFuncs: true, external: true}
	switch name := strings.ToLower(strings.TrimSuffix(path.Base(argv[0]), ".exe")); name {
	case "set-alias", "new-alias", "sal", "nal":
		p.alias(argv[1:])
		return
	case "iex", "invoke-expression":
		for _, a := range argv[1:] {
			if !strings.HasPrefix(a, "-") {
				p.again(a, span, name)
			}
		}
		if len(argv) == 1 && p.piped != "" {
			p.again(p.piped, span, name)
		}
		return
	case "iwr", "irm", "invoke-webrequest", "invoke-restmethod", "curl", "wget":
		p.fetch(name, argv[1:])
	case "cmd":
		for i, a := range argv {
			if strings.EqualFold(a, "/c") || strings.EqualFold(a, "/k") {
				p.again(strings.ReplaceAll(strings.Join(argv[i+1:], " "), "^", ""), span, "cmd /c")
			}
		}
		return
	case "powershell", "pwsh":
		text := psCommand(argv[1:])
		if text == "-" || len(argv) == 1 {
			text = p.piped
		}
		p.again(text, span, name)
		return
	case "start-process", "saps", "start":
		var words []string
		for _, a := range argv[1:] {
			if strings.HasPrefix(a, "-") && len(words) == 0 || strings.EqualFold(a, "-argumentlist") || strings.EqualFold(a, "-args") ||
				strings.EqualFold(a, "-wait") || strings.EqualFold(a, "-nonewwindow") {
				continue
			}
			words = append(words, strings.FieldsFunc(a, func(r rune) bool { return r == ' ' || r == ',' })...)
		}
		if len(words) > 0 {
			p.run(words, span)
		}
		return
	case "cd", "sl", "set-location", "pushd", "push-location":
		if len(argv) > 1 {
			p.s = p.s.clone()
			p.s.dir = p.s.abs(argv[len(argv)-1])
		}
		return
	case "echo", "write-output":
		p.printed = strings.Join(argv[1:], " ")
		return
	case "write-host":
		return
	case "activate", "activate.ps1":
		dir := path.Dir(p.s.abs(argv[0]))
		if root := path.Dir(dir); !world.IsDir(p.s.fs, dir) && world.IsDir(p.s.fs, root+"/bin") {
			dir = root + "/bin" // of an environment that was made a moment ago
		}
		p.s = p.s.clone()
		p.e.change(p.s, action.EnvChange{PathFirst: []string{dir}, Set: []string{"VIRTUAL_ENV=" + path.Dir(dir)}})
		return
	}
	if states := p.e.start(c, p.s); len(states) > 0 {
		end := states[len(states)-1]
		p.s = p.s.clone()
		p.s.fs, p.s.vars = end.fs, end.vars
	}
}

// fetch follows what a cmdlet or program gets from the network.
func (p *psParser) fetch(name string, args []string) {
	f, _ := fetchOf(name, args)
	for i, a := range args {
		if strings.Contains(a, "://") {
			f.url = a
		}
		if len(a) > 2 && strings.HasPrefix("-outfile", strings.ToLower(a)) && i+1 < len(args) {
			f.file = strings.ReplaceAll(args[i+1], `\`, "/")
		}
	}
	if f.file == "" {
		p.printed = p.e.mint(origin{kind: fetched, tool: name, url: f.url})
		return
	}
	p.s = p.s.clone()
	p.e.fetch(p.s, f)
}

// again evaluates a text that a command hands to a shell.
func (p *psParser) again(text string, span action.Span, label string) {
	in := &psParser{e: p.e, s: p.s, text: text, outer: &span, known: p.known, via: append(p.via[:len(p.via):len(p.via)], label)}
	in.parse(0)
	p.s = in.s
}
