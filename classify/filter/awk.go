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
	prints [][][]string // statements, their arguments, the items that those join
}

// awk computes programs that do nothing but print fields and texts of the lines
// that a simple pattern chooses: /re/, !/re/, NR == 2, NF, BEGIN.
func awk(c *Call) (string, bool) {
	opts, operands, ok := c.parse("F:", "field-separator=F:")
	if !ok || len(operands) == 0 {
		return "", false
	}
	sep := " "
	for _, o := range opts {
		switch sep = o.value; {
		case sep == "t" || sep == `\t`:
			sep = "\t"
		case len(sep) != 1 || sep == `\` || sep == "\n":
			return "", false
		}
	}
	p := awkParser{in: operands[0]}
	rules, ok := p.program()
	if !ok || !ascii(operands[0]) {
		return "", false
	}
	for _, f := range operands[1:] {
		if strings.Contains(f, "=") {
			return "", false
		}
	}
	var b strings.Builder
	reads := false
	for _, r := range rules {
		if r.begin {
			r.print(&b, "", nil, 0)
		}
		reads = reads || !r.begin
	}
	if !reads {
		return b.String(), true
	}
	in, ok := c.joined(operands[1:])
	if !ok || !ascii(in) {
		return "", false
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
				r.print(&b, l, fields, i+1)
			}
		}
		if b.Len() > maxOutput {
			return "", false
		}
	}
	return b.String(), true
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

func (r *awkRule) print(b *strings.Builder, line string, fields []string, nr int) {
	for _, args := range r.prints {
		for i, items := range args {
			if i > 0 {
				b.WriteByte(' ')
			}
			for _, it := range items {
				b.WriteString(awkItem(it, line, fields, nr))
			}
		}
		b.WriteByte('\n')
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

type awkParser struct {
	in  string
	pos int
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
	r.prints = [][][]string{{{"$0"}}}
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
		switch {
		case p.take("}"):
			return len(r.prints) > 0
		case !p.take("print") || p.pos == len(p.in) || wordByte(p.in[p.pos]) || p.in[p.pos] == '(':
			return false
		}
		var args [][]string
		for {
			var items []string
			for {
				p.skip(" \t")
				it, ok := p.item(r.begin)
				if !ok {
					return false
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
				break
			}
			if items == nil {
				return false
			}
			p.skip(" \t")
		}
		if args == nil {
			args = [][]string{{"$0"}}
		}
		r.prints = append(r.prints, args)
		if p.pos == len(p.in) || strings.IndexByte("\n;}", p.in[p.pos]) < 0 {
			return false
		}
	}
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
	case strings.HasPrefix(rest, "NR") || strings.HasPrefix(rest, "NF"):
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
