package filter

import (
	"regexp"
	"strconv"
	"strings"
)

// maxCycles bounds the commands that a sed script runs.
const maxCycles = 1 << 16

// A sedCommand is one command of a script.
type sedCommand struct {
	from, to *sedAddress
	not      bool
	name     byte
	text     string // of a, i and c; a label; the sets of y
	re       *regexp.Regexp
	last     bool // the regular expression is the one used last
	repl     []replacement
	global   bool
	nth      int
	print    bool
	end      int // of { and b: where to go on

	begun  bool // a range was entered
	active bool // within it
	until  int  // its last line, where that is a number
}

type sedAddress struct {
	kind byte // n: a line, $, /: a regular expression, +: lines more, ~: every so many
	n, m int
	re   *regexp.Regexp
	last bool
}

// A replacement is a piece of what s puts in: a text, a group, or a change of
// case.
type replacement struct {
	text  string
	group int // -1 for a text
	case_ byte
}

// sed computes the output of GNU sed.
func sed(c *Call) (string, bool) {
	out, files, ok := runSed(c)
	if !ok || files != nil {
		return "", false
	}
	return out, true
}

// A File is one that a tool changes.
type File struct{ Name, Text string }

// Edit returns the files that `sed -i` changes, if that can be computed.
func Edit(c Call) ([]File, bool) {
	_, files, ok := runSed(&c)
	return files, ok && files != nil
}

// runSed returns what sed prints, or the files that it changes in place.
func runSed(c *Call) (out string, files []File, ok bool) {
	var script []string
	var syn syntax
	syn.sed = true
	quiet, separate, inPlace := false, false, false
	var operands []string
	args := c.Args
	c2 := *c
	for i, a := range args {
		if a == "--" {
			break
		}
		// -i takes only an attached value, a suffix for copies.
		if a == "--in-place" || strings.HasPrefix(a, "-i") {
			if a != "--in-place" && a != "-i" {
				if len(a) > 2 && strings.Trim(a[2:], ".abckorig~") != "" {
					return "", nil, false
				}
			}
			inPlace = true
			c2.Args = append(append([]string{}, args[:i]...), args[i+1:]...)
			break
		}
		if len(a) > 2 && a[0] == '-' && a[1] != '-' && strings.HasSuffix(a, "i") && strings.Trim(a[1:len(a)-1], "nErsu") == "" {
			inPlace = true
			c2.Args = append([]string{}, args...)
			c2.Args[i] = a[:len(a)-1]
			break
		}
	}
	opts, operands, ok := c2.parse("nErsue:f:", "quiet=n", "silent=n", "regexp-extended=E", "separate=s", "unbuffered=u", "expression=e:", "file=f:")
	if !ok {
		return "", nil, false
	}
	given := false
	for _, o := range opts {
		switch o.letter {
		case 'n':
			quiet = true
		case 'E', 'r':
			syn.extended = true
		case 's':
			separate = true
		case 'e':
			script, given = append(script, o.value), true
		case 'f':
			text, ok := c.text([]string{o.value})
			if !ok || strings.HasPrefix(text, "#n\n") {
				return "", nil, false
			}
			script, given = append(script, strings.TrimSuffix(text, "\n")), true
		}
	}
	if !given {
		if len(operands) == 0 {
			return "", nil, false
		}
		script, operands = operands[:1], operands[1:]
	}
	text := strings.Join(script, "\n")
	if strings.HasPrefix(text, "#n\n") || text == "#n" {
		return "", nil, false
	}
	for _, f := range operands {
		if f == "-" && inPlace {
			return "", nil, false
		}
	}
	if !inPlace && !separate {
		p, ok := parseSed(text, syn)
		if !ok {
			return "", nil, false
		}
		in, ok := c.joined(operands)
		if !ok {
			return "", nil, false
		}
		out, ok = p.run(in, quiet)
		return out, nil, ok
	}
	var b strings.Builder
	for _, f := range operands {
		p, ok := parseSed(text, syn)
		if !ok {
			return "", nil, false
		}
		in, ok := c.text([]string{f})
		if !ok {
			return "", nil, false
		}
		one, ok := p.run(in, quiet)
		if !ok || p.quit && len(operands) > 1 {
			return "", nil, false
		}
		if inPlace {
			files = append(files, File{f, one})
		} else {
			b.WriteString(one)
		}
	}
	if !inPlace && len(operands) != 1 {
		return "", nil, false
	}
	return b.String(), files, true
}

// joined returns the text of several files, with an end for the last line of
// each but the last.
func (c *Call) joined(files []string) (string, bool) {
	var b strings.Builder
	for i, f := range files {
		text, ok := c.text([]string{f})
		if !ok {
			return "", false
		}
		b.WriteString(text)
		if i < len(files)-1 && text != "" && !strings.HasSuffix(text, "\n") {
			b.WriteByte('\n')
		}
	}
	if len(files) == 0 {
		return c.text(nil)
	}
	return b.String(), true
}

// sedProgram is a script being run.
type sedProgram struct {
	cmds []sedCommand
	quit bool

	in       []string // lines that are left
	ended    bool
	line     int
	lastRE   *regexp.Regexp
	pattern  string
	hold     string
	replaced bool
	out      strings.Builder
	bare     bool // what was printed last had no end of line
	queue    []string
}

func (p *sedProgram) run(in string, quiet bool) (string, bool) {
	if !ascii(in) || strings.ContainsRune(in, 0) {
		return "", false
	}
	p.in, p.ended = lines(in)
	for i := range p.cmds {
		// Whether the last line has an end goes with it through these.
		if !p.ended && strings.IndexByte("gGhHxqQ", p.cmds[i].name) >= 0 {
			return "", false
		}
	}
	budget := maxCycles
	restart := false // after D, which keeps what is left
	for restart || len(p.in) > 0 {
		if !restart && !p.next() {
			break
		}
		restart = false
		p.replaced = false
		stop := false
		deleted := false
		for pc := 0; pc < len(p.cmds) && !stop; pc++ {
			if budget--; budget < 0 || p.out.Len() > maxOutput || len(p.pattern)+len(p.hold) > maxOutput {
				return "", false
			}
			cmd := &p.cmds[pc]
			hit, ok := p.selects(cmd)
			if !ok {
				return "", false
			}
			if hit == cmd.not {
				if cmd.name == '{' {
					pc = cmd.end
				}
				continue
			}
			switch cmd.name {
			case '{', '}', ':', '#':
			case 's':
				if !p.substitute(cmd) {
					return "", false
				}
			case 'y':
				p.pattern = strings.Map(func(r rune) rune {
					if i := strings.IndexByte(cmd.text[:len(cmd.text)/2], byte(r)); i >= 0 {
						return rune(cmd.text[len(cmd.text)/2+i])
					}
					return r
				}, p.pattern)
			case 'd':
				deleted, stop = true, true
			case 'D':
				_, rest, found := strings.Cut(p.pattern, "\n")
				if found {
					p.pattern, restart = rest, true
				}
				deleted, stop = true, true
			case 'p':
				p.print(p.pattern)
			case 'P':
				first, _, found := strings.Cut(p.pattern, "\n")
				if found {
					p.printLine(first)
				} else {
					p.print(first)
				}
			case '=':
				p.printLine(strconv.Itoa(p.line))
			case 'a':
				p.queue = append(p.queue, cmd.text)
			case 'i':
				p.printLine(cmd.text)
			case 'c':
				if cmd.to == nil || !cmd.active || cmd.not {
					p.printLine(cmd.text)
				}
				deleted, stop = true, true
			case 'n':
				if len(p.in) == 0 {
					if quiet {
						deleted = true
					}
					p.quit, stop = true, true
					break
				}
				if !quiet {
					p.print(p.pattern)
				}
				p.flush()
				p.next()
			case 'N':
				if len(p.in) == 0 {
					p.quit, stop = true, true
					break
				}
				p.flush()
				old := p.pattern
				p.next()
				p.pattern = old + "\n" + p.pattern
			case 'g':
				p.pattern = p.hold
			case 'G':
				p.pattern += "\n" + p.hold
			case 'h':
				p.hold = p.pattern
			case 'H':
				p.hold += "\n" + p.pattern
			case 'x':
				p.pattern, p.hold = p.hold, p.pattern
			case 'q':
				p.quit, stop = true, true
			case 'Q':
				p.quit, stop, deleted = true, true, true
			case 'b':
				pc = cmd.end
			case 't':
				if p.replaced {
					p.replaced = false
					pc = cmd.end
				}
			case 'T':
				if !p.replaced {
					pc = cmd.end
				}
				p.replaced = false
			default:
				return "", false
			}
		}
		if !deleted && !quiet {
			p.print(p.pattern)
		}
		p.flush()
		if p.quit {
			break
		}
	}
	return p.out.String(), true
}

// next reads a line into the pattern space.
func (p *sedProgram) next() bool {
	if len(p.in) == 0 {
		return false
	}
	p.pattern, p.in = p.in[0], p.in[1:]
	p.line++
	return true
}

// flush prints what a appended.
func (p *sedProgram) flush() {
	for _, t := range p.queue {
		p.printLine(t)
	}
	p.queue = nil
}

func (p *sedProgram) printLine(s string) {
	p.complete()
	p.out.WriteString(s)
	p.out.WriteByte('\n')
}

// complete adds the end that the line printed before lacks.
func (p *sedProgram) complete() {
	if p.bare {
		p.out.WriteByte('\n')
		p.bare = false
	}
}

// print prints the pattern space: without an end if the input's last line has
// none.
func (p *sedProgram) print(s string) {
	p.complete()
	p.out.WriteString(s)
	if len(p.in) == 0 && !p.ended {
		p.bare = true
		return
	}
	p.out.WriteByte('\n')
}

func (p *sedProgram) matches(re *regexp.Regexp, last bool) (hit, ok bool) {
	if last {
		re = p.lastRE
	}
	if re == nil {
		return false, false
	}
	p.lastRE = re
	return re.MatchString(p.pattern), true
}

func (p *sedProgram) at(a *sedAddress) (hit, ok bool) {
	switch a.kind {
	case 'n':
		return p.line == a.n, true
	case '$':
		return len(p.in) == 0, true
	case '~':
		if a.m == 0 {
			return p.line == a.n, true
		}
		return p.line >= a.n && (p.line-a.n)%a.m == 0, true
	}
	return p.matches(a.re, a.last)
}

// selects reports whether the addresses of a command fit the line.
func (p *sedProgram) selects(c *sedCommand) (hit, ok bool) {
	switch {
	case c.from == nil:
		return true, true
	case c.to == nil:
		return p.at(c.from)
	case c.active:
		switch c.to.kind {
		case 'n', '+':
			c.active = p.line < c.until
			return true, p.line <= c.until // n and N may have passed the end
		}
		end, ok := p.at(c.to)
		c.active = !end
		return true, ok
	}
	start, ok := p.at(c.from)
	if c.from.kind == 'n' && c.from.n == 0 && p.line == 1 {
		// 0,/re/: the end may be on the first line.
		end, ok := p.at(c.to)
		c.active, c.begun = !end, true
		return true, ok
	}
	if c.from.kind == 'n' && p.line > c.from.n && !c.begun {
		return false, false // its first line went by elsewhere
	}
	if !start || !ok {
		return false, ok
	}
	c.begun = true
	switch c.to.kind {
	case 'n':
		c.until = c.to.n
		c.active = c.until > p.line
	case '+':
		c.until = p.line + c.to.n
		c.active = c.to.n > 0
	case '$':
		c.active = len(p.in) > 0
	default:
		c.active = true
	}
	return true, true
}

func (p *sedProgram) substitute(c *sedCommand) bool {
	re := c.re
	if c.last {
		re = p.lastRE
	}
	if re == nil {
		return false
	}
	p.lastRE = re
	n := -1
	if !c.global {
		n = c.nth
	}
	var b strings.Builder
	at, done := 0, false
	for i, m := range re.FindAllStringSubmatchIndex(p.pattern, n) {
		if i+1 < c.nth {
			continue
		}
		b.WriteString(p.pattern[at:m[0]])
		expandReplacement(&b, c.repl, p.pattern, m)
		at, done = m[1], true
	}
	if !done {
		return true
	}
	b.WriteString(p.pattern[at:])
	p.pattern, p.replaced = b.String(), true
	if c.print {
		p.print(p.pattern)
	}
	return true
}

// expandReplacement writes what s puts in for a match, m.
func expandReplacement(b *strings.Builder, repl []replacement, s string, m []int) {
	var mode, once byte
	for _, r := range repl {
		if r.case_ != 0 {
			switch r.case_ {
			case 'u', 'l':
				once = r.case_
			case 'E':
				mode, once = 0, 0
			default:
				mode, once = r.case_, 0
			}
			continue
		}
		text := r.text
		if r.group >= 0 {
			text = ""
			if m[2*r.group] >= 0 {
				text = s[m[2*r.group]:m[2*r.group+1]]
			}
		}
		switch mode {
		case 'U':
			text = strings.ToUpper(text)
		case 'L':
			text = strings.ToLower(text)
		}
		if once != 0 && text != "" {
			first := strings.ToUpper(text[:1])
			if once == 'l' {
				first = strings.ToLower(text[:1])
			}
			text, once = first+text[1:], 0
		}
		b.WriteString(text)
	}
}
