package filter

import (
	"regexp"
	"strings"
)

// An awkRule is one pattern with what is printed for the lines that fit.
type awkRule struct {
	begin  bool
	not    bool
	re     *regexp.Regexp
	op     string // compares the number of the line, or of its fields (with fields)
	n      int
	fields bool
	does   []awkStatement
}

// An awkStatement prints its arguments, each a list of items that are joined:
// to standard output, or to the command pipe. Or it runs them (system).
type awkStatement struct {
	args   [][]string
	pipe   string
	system bool
}

// awk computes programs that do nothing but print fields and texts of the lines
// that a simple pattern chooses: /re/, !/re/, NR == 2, NF, BEGIN.
func awk(c *Call) (string, bool) {
	var out awkOutput
	if !runAwk(c, &out) || len(out.commands) > 0 {
		return "", false
	}
	return out.text.String(), true
}

// AwkCommands returns what an awk program hands to the shell, by system() and by
// printing to a command, in texts that do the same; false if that cannot be
// computed.
func AwkCommands(c *Call) ([]string, bool) {
	var out awkOutput
	if !runAwk(c, &out) {
		return nil, false
	}
	for _, p := range out.pipes {
		out.commands = append(out.commands, "printf %s "+shellQuote(p.text.String())+" | "+p.command)
	}
	return out.commands, true
}

// shellQuote returns a text as one word of the shell.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// An awkOutput is what a program prints and runs.
type awkOutput struct {
	text     strings.Builder
	commands []string
	pipes    []*awkPipe
}

// An awkPipe is a command that awk keeps open for what is printed to it.
type awkPipe struct {
	command string
	text    strings.Builder
}

func (o *awkOutput) to(command string) *strings.Builder {
	if command == "" {
		return &o.text
	}
	for _, p := range o.pipes {
		if p.command == command {
			return &p.text
		}
	}
	p := &awkPipe{command: command}
	o.pipes = append(o.pipes, p)
	return &p.text
}

func runAwk(c *Call, out *awkOutput) bool {
	opts, operands, ok := c.parse("F:v:", "field-separator=F:", "assign=v:")
	if !ok || len(operands) == 0 {
		return false
	}
	sep := " "
	vars := map[string]string{}
	for _, o := range opts {
		if o.letter == 'v' {
			name, val, ok := strings.Cut(o.value, "=")
			if !ok || strings.Contains(val, `\`) {
				return false
			}
			vars[name] = val
			continue
		}
		switch sep = o.value; {
		case sep == "t" || sep == `\t`:
			sep = "\t"
		case len(sep) != 1 || sep == `\` || sep == "\n":
			return false
		}
	}
	p := awkParser{in: operands[0], vars: vars}
	rules, ok := p.program()
	if !ok || !ascii(operands[0]) {
		return false
	}
	for _, f := range operands[1:] {
		if strings.Contains(f, "=") {
			return false
		}
	}
	reads := false
	for _, r := range rules {
		if r.begin {
			r.run(out, "", nil, 0)
		}
		reads = reads || !r.begin
	}
	if !reads {
		return true
	}
	in, ok := c.joined(operands[1:])
	if !ok || !ascii(in) {
		return false
	}
	list, _ := lines(in)
	for i, l := range list {
		var fields []string
		if sep == " " {
			fields = strings.FieldsFunc(l, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' })
		} else if l != "" {
			fields = strings.Split(l, sep)
		}
		for _, r := range rules {
			if !r.begin && r.fits(l, i+1, len(fields)) {
				r.run(out, l, fields, i+1)
			}
		}
		if out.text.Len() > maxOutput || len(out.commands) > maxCommands || len(out.pipes) > maxCommands {
			return false
		}
	}
	return true
}

func (r *awkRule) fits(line string, nr, nf int) bool {
	hit := true
	switch {
	case r.re != nil:
		hit = r.re.MatchString(line)
	case r.op != "":
		n := nr
		if r.fields {
			n = nf
		}
		switch r.op {
		case "==":
			hit = n == r.n
		case "!=":
			hit = n != r.n
		case "<":
			hit = n < r.n
		case "<=":
			hit = n <= r.n
		case ">":
			hit = n > r.n
		case ">=":
			hit = n >= r.n
		}
	}
	return hit != r.not
}

func (r *awkRule) run(out *awkOutput, line string, fields []string, nr int) {
	for _, st := range r.does {
		var b strings.Builder
		for i, items := range st.args {
			if i > 0 {
				b.WriteByte(' ')
			}
			for _, it := range items {
				b.WriteString(awkItem(it, line, fields, nr))
			}
		}
		if st.system {
			out.commands = append(out.commands, b.String())
			continue
		}
		to := out.to(st.pipe)
		to.WriteString(b.String())
		to.WriteByte('\n')
	}
}

// awkItem is the value of a text (with a quote before it), a field or a number.
func awkItem(it, line string, fields []string, nr int) string {
	n := 0
	switch {
	case it[0] == '"':
		return it[1:]
	case it == "NR":
		return itoa(nr)
	case it == "NF":
		return itoa(len(fields))
	case it == "$NF":
		n = len(fields)
	default:
		n, _ = number(it[1:])
	}
	switch {
	case n == 0:
		return line
	case n <= len(fields):
		return fields[n-1]
	}
	return ""
}

// maxCommands bounds the commands that are computed of one program.
const maxCommands = 64

type awkParser struct {
	in   string
	pos  int
	vars map[string]string // of -v
}

func (p *awkParser) skip(set string) {
	for p.pos < len(p.in) && strings.IndexByte(set, p.in[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *awkParser) take(s string) bool {
	if strings.HasPrefix(p.in[p.pos:], s) {
		p.pos += len(s)
		return true
	}
	return false
}

func (p *awkParser) program() (rules []awkRule, ok bool) {
	for p.skip(" \t\n;"); p.pos < len(p.in); p.skip(" \t\n;") {
		r, ok := p.rule()
		if !ok {
			return nil, false
		}
		rules = append(rules, r)
	}
	return rules, len(rules) > 0
}

func (p *awkParser) rule() (r awkRule, ok bool) {
	switch {
	case p.in[p.pos] == '{':
	case p.take("BEGIN"):
		r.begin = true
	default:
		for p.take("!") {
			r.not = !r.not
			p.skip(" \t")
		}
		switch {
		case p.take("/"):
			if r.re, ok = p.regex(); !ok {
				return r, false
			}
		case !r.not && (p.take("NR") || p.take("NF")):
			r.fields = p.in[p.pos-1] == 'F'
			if ok = p.comparison(&r); !ok {
				return r, false
			}
		default:
			return r, false
		}
	}
	p.skip(" \t")
	switch {
	case p.take("{"):
		return r, p.action(&r)
	case r.begin:
		return r, false
	}
	r.does = []awkStatement{{args: [][]string{{"$0"}}}}
	return r, p.pos == len(p.in) || strings.IndexByte("\n;", p.in[p.pos]) >= 0
}

func (p *awkParser) regex() (*regexp.Regexp, bool) {
	start := p.pos
	for ; p.pos < len(p.in) && p.in[p.pos] != '/'; p.pos++ {
		if p.in[p.pos] == '\\' {
			// An escaped slash, or what means itself only when escaped; the
			// rest differs between versions of awk.
			if p.pos++; p.pos == len(p.in) || wordByte(p.in[p.pos]) || p.in[p.pos] == '<' || p.in[p.pos] == '>' {
				return nil, false
			}
		}
		if c := p.in[p.pos]; c == '[' || c == '{' {
			return nil, false
		}
	}
	if p.pos >= len(p.in) {
		return nil, false
	}
	p.pos++
	return compile(p.in[start:p.pos-1], syntax{extended: true})
}

func (p *awkParser) comparison(r *awkRule) bool {
	p.skip(" \t")
	for _, op := range [...]string{"==", "!=", "<=", ">=", "<", ">"} {
		if p.take(op) {
			r.op = op
			p.skip(" \t")
			start := p.pos
			p.skip("0123456789")
			var ok bool
			r.n, ok = number(p.in[start:p.pos])
			return ok
		}
	}
	if r.fields && (p.pos == len(p.in) || p.in[p.pos] == '{') {
		r.op = "!="
		return true
	}
	return false
}

// action reads statements up to the closing brace.
func (p *awkParser) action(r *awkRule) bool {
	for {
		p.skip(" \t\n;")
		var st awkStatement
		ok := false
		switch {
		case p.take("}"):
			return len(r.does) > 0
		case p.take("system("):
			st.system = true
			st.args, ok = p.args(r.begin)
			ok = ok && len(st.args) == 1 && p.take(")")
		case p.take("print"):
			if p.pos == len(p.in) || wordByte(p.in[p.pos]) || p.in[p.pos] == '(' {
				return false
			}
			if st.args, ok = p.args(r.begin); st.args == nil {
				st.args = [][]string{{"$0"}}
			}
			if ok && p.take("|") {
				p.skip(" \t")
				st.pipe, ok = p.command()
			}
		}
		p.skip(" \t")
		if !ok || p.pos == len(p.in) || strings.IndexByte("\n;}", p.in[p.pos]) < 0 {
			return false
		}
		r.does = append(r.does, st)
	}
}

// args reads arguments, which commas divide, each a concatenation of items.
func (p *awkParser) args(begin bool) (args [][]string, ok bool) {
	for {
		var items []string
		for {
			p.skip(" \t")
			it, ok := p.item(begin)
			if !ok {
				return nil, false
			}
			if it == "" {
				break
			}
			items = append(items, it)
		}
		if items != nil {
			args = append(args, items)
		}
		if !p.take(",") {
			return args, true
		}
		if items == nil {
			return nil, false
		}
		p.skip(" \t")
	}
}

// command reads the text after a bar: the command that is printed to.
func (p *awkParser) command() (string, bool) {
	if p.pos == len(p.in) || p.in[p.pos] != '"' {
		return "", false
	}
	text, ok := p.text()
	return strings.TrimPrefix(text, "\""), ok && len(text) > 1
}

// item reads one item of a concatenation; "" if there is none.
func (p *awkParser) item(begin bool) (string, bool) {
	rest := p.in[p.pos:]
	if rest == "" {
		return "", false
	}
	switch c := rest[0]; {
	case c == '"':
		return p.text()
	case strings.HasPrefix(rest, "$NF") && !begin:
		p.pos += 3
		return "$NF", p.pos < len(p.in) && !wordByte(p.in[p.pos])
	case c == '$' && !begin:
		p.pos++
		start := p.pos
		p.skip("0123456789")
		_, ok := number(p.in[start:p.pos])
		return p.in[start-1 : p.pos], ok && p.pos < len(p.in) && !wordByte(p.in[p.pos])
	case wordByte(c) && (c < '0' || c > '9'):
		end := 1
		for end < len(rest) && wordByte(rest[end]) {
			end++
		}
		if val, ok := p.vars[rest[:end]]; ok && end < len(rest) && rest[end] != '(' {
			p.pos += end
			return "\"" + val, true
		}
		if w := rest[:end]; w != "NR" && w != "NF" {
			return "", false
		}
		p.pos += 2
		return rest[:2], p.pos < len(p.in) && !wordByte(p.in[p.pos])
	}
	return "", true
}

func (p *awkParser) text() (string, bool) {
	b := []byte{'"'}
	for p.pos++; p.pos < len(p.in); p.pos++ {
		switch c := p.in[p.pos]; c {
		case '"':
			p.pos++
			return string(b), true
		case '\n':
			return "", false
		case '\\':
			if p.pos++; p.pos == len(p.in) {
				return "", false
			}
			i := strings.IndexByte(`nt"\/`, p.in[p.pos])
			if i < 0 {
				return "", false
			}
			b = append(b, "\n\t\"\\/"[i])
		default:
			b = append(b, c)
		}
	}
	return "", false
}
