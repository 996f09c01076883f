package filter

import (
	"regexp"
	"strings"
)

// A sedParser reads a script.
type sedParser struct {
	syntax
	in     string
	pos    int
	cmds   []sedCommand
	blocks []int // open braces
	labels map[string]int
}

func parseSed(script string, syn syntax) (*sedProgram, bool) {
	if !ascii(script) || strings.ContainsRune(script, 0) {
		return nil, false
	}
	p := &sedParser{syntax: syn, in: script, labels: map[string]int{}}
	for p.skip(" \t\n;"); p.pos < len(p.in); p.skip(" \t\n;") {
		if !p.command() {
			return nil, false
		}
	}
	if len(p.blocks) > 0 {
		return nil, false
	}
	for i := range p.cmds {
		c := &p.cmds[i]
		if c.name != 'b' && c.name != 't' && c.name != 'T' {
			continue
		}
		to, ok := p.labels[c.text]
		if c.text == "" {
			to, ok = len(p.cmds), true
		}
		if !ok {
			return nil, false
		}
		c.end = to
	}
	return &sedProgram{cmds: p.cmds}, true
}

func (p *sedParser) skip(set string) {
	for p.pos < len(p.in) && strings.IndexByte(set, p.in[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *sedParser) peek() byte {
	if p.pos < len(p.in) {
		return p.in[p.pos]
	}
	return 0
}

func (p *sedParser) command() bool {
	var c sedCommand
	var ok bool
	if c.from, ok = p.address(); !ok {
		return false
	}
	if c.from != nil {
		p.skip(" \t")
		if p.peek() == ',' {
			p.pos++
			p.skip(" \t")
			if p.peek() == '+' {
				p.pos++
				n, ok := p.number()
				if !ok {
					return false
				}
				c.to = &sedAddress{kind: '+', n: n}
			} else if c.to, ok = p.address(); !ok || c.to == nil || c.to.kind == '~' {
				return false
			}
		}
		if c.from.kind == 'n' && c.from.n == 0 && (c.to == nil || c.to.kind != '/') {
			return false
		}
		// A range that begins where it would end (2,1p) is one line.
	}
	p.skip(" \t")
	for p.peek() == '!' {
		c.not = true
		p.pos++
		p.skip(" \t")
	}
	c.name = p.peek()
	p.pos++
	switch c.name {
	case '#':
		if c.from != nil {
			return false
		}
		p.toLineEnd()
		return true
	case '{':
		p.blocks = append(p.blocks, len(p.cmds))
		p.cmds = append(p.cmds, c)
		return true
	case '}':
		if len(p.blocks) == 0 || c.from != nil {
			return false
		}
		p.cmds[p.blocks[len(p.blocks)-1]].end = len(p.cmds)
		p.blocks = p.blocks[:len(p.blocks)-1]
	case 'd', 'D', 'p', 'P', '=', 'n', 'N', 'g', 'G', 'h', 'H', 'x':
	case 'q', 'Q':
		if c.to != nil {
			return false
		}
		p.skip(" \t0123456789")
	case ':':
		if c.from != nil {
			return false
		}
		p.skip(" \t")
		label := p.label()
		if label == "" {
			return false
		}
		p.labels[label] = len(p.cmds)
		p.cmds = append(p.cmds, c)
		return true
	case 'b', 't', 'T':
		p.skip(" \t")
		c.text = p.label()
	case 'a', 'i', 'c':
		if !p.text(&c) {
			return false
		}
		p.cmds = append(p.cmds, c)
		return true
	case 's':
		if !p.substitute(&c) {
			return false
		}
	case 'y':
		if !p.transliterate(&c) {
			return false
		}
	default:
		return false
	}
	// What ends a command.
	p.skip(" \t")
	switch p.peek() {
	case 0, '\n', ';', '}', '#':
	default:
		return false
	}
	p.cmds = append(p.cmds, c)
	return true
}

func (p *sedParser) number() (int, bool) {
	start := p.pos
	p.skip("0123456789")
	return number(p.in[start:p.pos])
}

func (p *sedParser) label() string {
	start := p.pos
	for p.pos < len(p.in) && strings.IndexByte("\n;} \t", p.in[p.pos]) < 0 {
		p.pos++
	}
	return p.in[start:p.pos]
}

func (p *sedParser) toLineEnd() string {
	line, _, _ := strings.Cut(p.in[p.pos:], "\n")
	p.pos += len(line)
	return line
}

// address reads an address; nil if none stands here.
func (p *sedParser) address() (*sedAddress, bool) {
	switch c := p.peek(); {
	case '0' <= c && c <= '9':
		n, ok := p.number()
		if !ok {
			return nil, false
		}
		if p.peek() == '~' {
			p.pos++
			m, ok := p.number()
			return &sedAddress{kind: '~', n: n, m: m}, ok
		}
		return &sedAddress{kind: 'n', n: n}, true
	case c == '$':
		p.pos++
		return &sedAddress{kind: '$'}, true
	case c == '/' || c == '\\':
		p.pos++
		if c == '\\' {
			c = p.peek()
			p.pos++
		}
		pattern, ok := p.delimited(c, true)
		if !ok {
			return nil, false
		}
		syn := p.syntax
		for p.peek() == 'I' {
			syn.fold = true
			p.pos++
		}
		a := &sedAddress{kind: '/', last: pattern == ""}
		if !a.last {
			a.re, ok = compile(pattern, syn)
		}
		return a, ok
	}
	return nil, true
}

// delimited reads up to a delimiter, which a backslash takes for itself.
func (p *sedParser) delimited(delim byte, regex bool) (string, bool) {
	if delim == '\\' || delim == '\n' || delim == 0 {
		return "", false
	}
	var b strings.Builder
	for p.pos < len(p.in) {
		c := p.in[p.pos]
		p.pos++
		switch {
		case c == delim:
			return b.String(), true
		case c == '\\' && p.pos < len(p.in):
			n := p.in[p.pos]
			p.pos++
			if n == delim {
				// Where the delimiter is special, versions of sed differ.
				if delim != '/' && strings.IndexByte(`.*[]^$+?(){}|&`, delim) >= 0 || wordByte(delim) {
					return "", false
				}
				b.WriteByte(n)
				continue
			}
			b.WriteByte('\\')
			b.WriteByte(n)
		case c == '[' && regex:
			// The delimiter ends the pattern in brackets too.
			b.WriteByte(c)
		case c == '\n' && regex:
			return "", false
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

// text reads what a, i and c put in: GNU's one line, or after a backslash and
// the end of a line.
func (p *sedParser) text(c *sedCommand) bool {
	p.skip(" \t")
	rest := p.in[p.pos:]
	if strings.HasPrefix(rest, "\\\n") {
		p.pos += 2
	} else if strings.HasPrefix(rest, "\\") {
		p.pos++ // keeps blanks
	} else if rest == "" || rest[0] == '\n' || rest[0] == '}' {
		return false
	}
	var b strings.Builder
	for p.pos < len(p.in) && p.in[p.pos] != '\n' {
		if p.in[p.pos] == '\\' {
			if p.pos++; p.pos == len(p.in) {
				return false
			}
			if wordByte(p.in[p.pos]) {
				return false // \t, \x41, …
			}
		}
		b.WriteByte(p.in[p.pos])
		p.pos++
	}
	c.text = b.String()
	return true
}

func (p *sedParser) transliterate(c *sedCommand) bool {
	delim := p.peek()
	p.pos++
	from, ok := p.delimited(delim, false)
	to, ok2 := p.delimited(delim, false)
	if !ok || !ok2 {
		return false
	}
	unescape := strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t")
	for _, s := range [...]string{from, to} {
		if strings.Contains(strings.NewReplacer(`\\`, "", `\n`, "", `\t`, "").Replace(s), `\`) {
			return false
		}
	}
	from, to = unescape.Replace(from), unescape.Replace(to)
	c.text = from + to
	return len(from) == len(to)
}

// substitute reads s/regexp/replacement/flags.
func (p *sedParser) substitute(c *sedCommand) bool {
	delim := p.peek()
	p.pos++
	pattern, ok := p.delimited(delim, true)
	if !ok {
		return false
	}
	repl, ok := p.delimited(delim, false)
	if !ok {
		return false
	}
	syn := p.syntax
	c.nth = 1
	for p.pos < len(p.in) {
		switch f := p.in[p.pos]; {
		case f == 'g' && !c.global:
			c.global = true
		case f == 'p' && !c.print:
			c.print = true
		case f == 'i' || f == 'I':
			syn.fold = true
		case '1' <= f && f <= '9' && c.nth == 1:
			n, ok := p.number()
			if !ok {
				return false
			}
			c.nth = n
			continue
		case f == 'e' || f == 'w' || f == 'm' || f == 'M' || f == '0' || wordByte(f):
			return false
		default:
			goto done
		}
		p.pos++
	}
done:
	groups := 0
	if pattern == "" {
		c.last, groups = true, 0
	} else {
		if c.re, ok = compile(pattern, syn); !ok {
			return false
		}
		groups = c.re.NumSubexp()
	}
	c.repl, ok = parseReplacement(repl, groups)
	return ok && !(refersToGroups(c.repl) && ambiguous(c.re))
}

func parseReplacement(s string, groups int) ([]replacement, bool) {
	var list []replacement
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			list = append(list, replacement{text: b.String(), group: -1})
			b.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '&':
			flush()
			list = append(list, replacement{})
		case c != '\\':
			b.WriteByte(c)
		case i+1 == len(s):
			return nil, false
		default:
			i++
			switch c := s[i]; {
			case '0' <= c && c <= '9':
				if int(c-'0') > groups {
					return nil, false
				}
				flush()
				list = append(list, replacement{group: int(c - '0')})
			case strings.IndexByte("ULEul", c) >= 0:
				flush()
				list = append(list, replacement{case_: c})
			case c == 'n':
				b.WriteByte('\n')
			case c == 't':
				b.WriteByte('\t')
			case wordByte(c):
				return nil, false
			default:
				b.WriteByte(c)
			}
		}
	}
	flush()
	return list, true
}

func refersToGroups(repl []replacement) bool {
	for _, r := range repl {
		if r.group > 0 {
			return true
		}
	}
	return false
}

// ambiguous reports whether POSIX and package regexp may divide a match between
// groups in different ways.
func ambiguous(re *regexp.Regexp) bool {
	if re == nil {
		return true
	}
	s := re.String()
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '|':
			return true
		case ')':
			if i+1 < len(s) && strings.IndexByte("*+?{", s[i+1]) >= 0 {
				return true
			}
		}
	}
	return false
}
