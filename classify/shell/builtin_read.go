package shell

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
)

// The builtins that read their input: read, mapfile and the menu of select.

// A readChar is a character that read took; a quoted one separates no fields.
type readChar struct {
	r      rune
	quoted bool
}

// readOptions are those of read.
type readOptions struct {
	raw, poll bool
	array     string
	fd        string
	delim     rune
	max       int  // characters, or -1
	exact     bool // -N: delimiters do not count
	names     []string
}

func parseRead(args []string) (o readOptions, ok bool) {
	o = readOptions{delim: '\n', max: -1}
	g := getopt{args: args, spec: "ersa:d:i:n:N:p:t:u:"}
	for {
		opt, val, more := g.next()
		if !more {
			break
		}
		switch opt {
		case 'r':
			o.raw = true
		case 'a':
			o.array = val
		case 'u':
			o.fd = val
		case 'd':
			o.delim = 0
			for _, r := range val {
				o.delim = r
				break
			}
		case 'n', 'N':
			n, err := strconv.Atoi(val)
			if err != nil {
				return o, false
			}
			o.max, o.exact = n, opt == 'N'
		case 't':
			o.poll = strings.Trim(val, "0.") == ""
		case '?':
			return o, false
		}
	}
	o.names = g.args
	return o, true
}

func (e *evaluator) doRead(c *command, s *state) []*state {
	o, ok := parseRead(c.argv[1:])
	return e.alternatives(c.src, s, func(x *expander) []*state {
		switch {
		case !ok:
			// A bad option, or one whose value is not known.
			x.s.status = unknown
			for _, a := range c.argv[1:] {
				if syntax.ValidName(a) {
					x.assignTo(a, action.HoleText, false)
				}
			}
			return []*state{x.s}
		case o.poll: // only asks whether there is input
			x.s.status = unknown
			return []*state{x.s}
		}
		chars, st := x.take(o)
		x.s.status = st
		if !x.deal(o, chars) {
			x.s.status = failure
		}
		return []*state{x.s}
	})
}

// take takes what read reads from its input.
func (x *expander) take(o readOptions) ([]readChar, status) {
	num, in, ok := x.input(o.fd)
	hole := []readChar{{r: action.Hole}}
	if !ok {
		return hole, unknown
	}
	var chars []readChar
	st, escaped, holed := exited(1), false, false
	rest := ""
	for i, r := range in {
		if action.IsHole(r) {
			holed = true
		}
		switch {
		case escaped:
			escaped = false
			if r != '\n' {
				chars = append(chars, readChar{r, true})
			}
		case r == '\\' && !o.raw:
			escaped = true
			continue
		case r == o.delim && !o.exact:
			st, rest = success, in[i+len(string(r)):]
		default:
			chars = append(chars, readChar{r, false})
		}
		if o.max >= 0 && len(chars) >= o.max && st != success {
			st, rest = success, in[i+len(string(r)):]
		}
		if st == success {
			break
		}
	}
	x.s.leave(num, rest)
	switch {
	case holed && o.max >= 0:
		x.s.loosen(num)
		for _, r := range x.e.holeOf(charText(chars)) {
			hole[0].r = r
		}
		return hole, unknown
	case holed && st != success:
		return chars, unknown // a hole may hold more lines
	}
	return chars, st
}

// input returns what is left to read from the descriptor that an option -u
// names, if that is known; "" is standard input.
func (x *expander) input(fd string) (num int, text string, ok bool) {
	if fd != "" {
		n, err := strconv.Atoi(fd)
		if err != nil {
			return closed, "", false
		}
		num = n
	}
	id := x.s.streamAt(num)
	if id < 0 {
		return num, "", false
	}
	x.e.settle(x.s, id)
	text, ok = x.s.unread(num)
	return num, text, ok && !x.s.streams[id].loose
}

// deal assigns what was read, and reports whether bash lets it.
func (x *expander) deal(o readOptions, chars []readChar) bool {
	ifs := " \t\n"
	if v := (*expandEnv)(x).Get("IFS"); v.IsSet() {
		ifs = v.Str
	}
	switch {
	case o.array != "":
		fields := []string{x.e.holeOf(charText(chars))}
		if !holedChars(chars) && !action.Holed(ifs) {
			fields = []string{}
			for rest := chars; ; {
				var word []readChar
				var ok bool
				if word, rest, ok = cutField(rest, ifs); !ok {
					break
				}
				fields = append(fields, charText(word))
			}
		}
		return x.declare(o.array, declFlags{array: true}, &variable{kind: indexed, list: fields})
	case len(o.names) == 0:
		return x.assignTo("REPLY", charText(chars), false)
	}
	if o.exact {
		ifs = ""
	}
	ok, unsure := true, action.Holed(ifs)
	hole := x.e.holeOf(charText(chars))
	for i, name := range o.names {
		var word []readChar
		if i < len(o.names)-1 {
			word, chars, _ = cutField(chars, ifs)
		} else {
			word = lastField(chars, ifs)
		}
		val := charText(word)
		if unsure {
			val = hole
		}
		if holedChars(word) {
			unsure = true // it may have held several fields
		}
		ok = x.assignTo(name, val, false) && ok
	}
	return ok
}

func charText(chars []readChar) string {
	var b strings.Builder
	for _, c := range chars {
		if c.r != 0 { // bash drops it
			b.WriteRune(c.r)
		}
	}
	return clip(b.String())
}

func holedChars(chars []readChar) bool {
	for _, c := range chars {
		if action.IsHole(c.r) {
			return true
		}
	}
	return false
}

// blank reports whether a character is white space that separates fields.
func (c readChar) blank(ifs string) bool {
	return !c.quoted && (c.r == ' ' || c.r == '\t' || c.r == '\n') && strings.ContainsRune(ifs, c.r)
}

func (c readChar) separates(ifs string) bool {
	return !c.quoted && strings.ContainsRune(ifs, c.r)
}

func skipBlank(chars []readChar, ifs string) []readChar {
	for len(chars) > 0 && chars[0].blank(ifs) {
		chars = chars[1:]
	}
	return chars
}

// cutField takes the first field and the separator behind it: white space with
// at most one other character of IFS in it (get_word_from_string in subst.c of
// bash 5.2).
func cutField(chars []readChar, ifs string) (word, rest []readChar, ok bool) {
	chars = skipBlank(chars, ifs)
	if len(chars) == 0 {
		return nil, nil, false
	}
	i := 0
	for i < len(chars) && !chars[i].separates(ifs) {
		i++
	}
	word, rest = chars[:i], chars[i:]
	if len(rest) == 0 {
		return word, nil, true
	}
	blank := rest[0].blank(ifs)
	rest = skipBlank(rest[1:], ifs)
	if blank && len(rest) > 0 && rest[0].separates(ifs) {
		rest = skipBlank(rest[1:], ifs)
	}
	return word, rest, true
}

// lastField is what the last variable of read gets: all that is left, without
// the blanks around it, or without a single separator at its end.
func lastField(chars []readChar, ifs string) []readChar {
	chars = skipBlank(chars, ifs)
	word, rest, _ := cutField(chars, ifs)
	if len(rest) == 0 {
		return word
	}
	for len(chars) > 0 && chars[len(chars)-1].blank(ifs) {
		chars = chars[:len(chars)-1]
	}
	return chars
}

func (e *evaluator) doMapfile(c *command, s *state) []*state {
	r := done(s, success)[0]
	delim, fd, callback := "\n", "", ""
	origin, skip, count, every, trim, keep, bad := 0, 0, 0, 5000, false, false, false
	number := func(val string) int {
		n, err := strconv.Atoi(val)
		bad = bad || err != nil || n < 0
		return n
	}
	g := getopt{args: c.argv[1:], spec: "d:n:O:s:tu:C:c:"}
	for {
		opt, val, more := g.next()
		if !more {
			break
		}
		switch opt {
		case 'd':
			delim = "\x00"
			if val != "" {
				delim = val[:1]
			}
		case 'n':
			count = number(val)
		case 'O':
			origin, keep = number(val), true
		case 's':
			skip = number(val)
		case 't':
			trim = true
		case 'u':
			fd = val
		case 'C':
			callback = val
		case 'c':
			every = max(number(val), 1)
		case '?':
			bad = true
		}
	}
	name := "MAPFILE"
	if len(g.args) > 0 {
		name = g.args[0]
	}
	x := &expander{e: e, src: c.src, s: r}
	num, text, ok := x.input(fd)
	if !ok || bad || origin > maxWords {
		if callback != "" {
			child := r.subshell()
			child.mute()
			e.nested(c.src, child, callback+" "+action.HoleText+" "+action.HoleText, "mapfile -C", c.span)
		}
		r.status = unknown
		return e.setLines(c, r, name, []string{action.HoleText}, origin, keep)
	}
	var list []string
	for text != "" && (count == 0 || len(list) < count) && len(list) < maxWords {
		line, rest, found := strings.Cut(text, delim)
		text = rest
		if skip > 0 {
			skip--
			continue
		}
		if found && !trim && delim != "\x00" {
			line += delim
		}
		list = append(list, line)
	}
	r.leave(num, text)
	states := e.setLines(c, r, name, list, origin, keep)
	if callback == "" {
		return states
	}
	for i := every - 1; i < len(list) && i < maxIterations*every; i += every {
		call := callback + " " + strconv.Itoa(origin+i) + " " + singleQuote(list[i])
		states = e.each(states, func(s *state) []*state { return e.nested(c.src, s, call, "mapfile -C", c.span) })
	}
	return states
}

// setLines assigns the lines that mapfile read.
func (e *evaluator) setLines(c *command, s *state, name string, list []string, origin int, keep bool) []*state {
	return e.alternatives(c.src, s, func(x *expander) []*state {
		base, _, elem, ok := x.resolve(name)
		v := &variable{kind: indexed, list: []string{}}
		switch old := x.e.lookup(x.s, base); {
		case !keep || old == nil:
		case old.kind == indexed:
			v.list, v.index = append(v.list, old.list...), append(v.index, old.index...)
		case old.kind == scalar:
			v.list = []string{x.scalarOf(base)}
		}
		for i, l := range list {
			v.setAt(origin+i, l)
		}
		if !ok || elem || !x.declare(base, declFlags{array: true}, v) {
			x.s.status = failure
		}
		return []*state{x.s}
	})
}

// A getopt walks through the options of a builtin; args is what is left behind
// them.
type getopt struct {
	args []string
	spec string // letters, those that take a value with a colon behind them
	rest string // letters left in the word being read
}

// next returns the next option with its value; '?' stands for what spec does
// not know.
func (g *getopt) next() (opt byte, val string, more bool) {
	if g.rest == "" {
		if len(g.args) == 0 || len(g.args[0]) < 2 || g.args[0][0] != '-' {
			return 0, "", false
		}
		word := g.args[0]
		g.args = g.args[1:]
		if word == "--" {
			return 0, "", false
		}
		g.rest = word[1:]
	}
	opt, g.rest = g.rest[0], g.rest[1:]
	i := strings.IndexByte(g.spec, opt)
	if i < 0 || opt == ':' {
		return '?', "", true
	}
	if i+1 < len(g.spec) && g.spec[i+1] == ':' {
		if g.rest != "" {
			val, g.rest = g.rest, ""
		} else if len(g.args) > 0 {
			val, g.args = g.args[0], g.args[1:]
		}
	}
	return opt, val, true
}
