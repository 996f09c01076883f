package toml

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/venv-guard/venv-guard/rules/source"
)

// maxDepth bounds how deep values nest.
const maxDepth = 64

// Parse reads a text. Its error is a *source.Error: what is wrong first, and
// where.
func Parse(name, text string) (root *Table, err error) {
	p := parser{name: name, text: text, line: 1}
	defer func() {
		if e := recover(); e != nil {
			if fault, ok := e.(*source.Error); ok {
				root, err = nil, fault
				return
			}
			panic(e)
		}
	}()
	if i := invalid(text); i >= 0 {
		for p.at < i {
			if text[p.at] == '\n' {
				p.newline()
			}
			p.at++
		}
		p.fail("the text is not UTF-8")
	}
	if strings.HasPrefix(text, "\ufeff") {
		p.at, p.lineStart = 3, 3
	}
	root = &Table{Pos: source.Pos{Line: 1, Col: 1}, origin: headed}
	p.document(root)
	return root, nil
}

func invalid(text string) int {
	if utf8.ValidString(text) {
		return -1
	}
	for i := 0; ; {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
}

type parser struct {
	name, text string
	at         int
	line       int
	lineStart  int
	depth      int

	// What tables are made of is taken from larger pieces: a long text has
	// tens of thousands.
	spareTables  []Table
	spareEntries []Entry
}

// table returns a new table.
func (p *parser) table(o origin) *Table {
	if len(p.spareTables) == 0 {
		p.spareTables = make([]Table, 1+min(p.at>>6, 256))
	}
	t := &p.spareTables[0]
	p.spareTables = p.spareTables[1:]
	t.origin = o
	return t
}

// entries returns room for n entries; more can be appended all the same.
func (p *parser) entries(n int) []Entry {
	if n > manyKeys {
		return nil
	}
	if len(p.spareEntries) < n {
		p.spareEntries = make([]Entry, n+min(p.at>>6, 512))
	}
	list := p.spareEntries[:0:n]
	p.spareEntries = p.spareEntries[n:]
	return list
}

func (p *parser) pos() source.Pos { return source.Pos{Line: p.line, Col: p.at - p.lineStart + 1} }

func (p *parser) fail(format string, args ...any) { p.failAt(p.pos(), format, args...) }

func (p *parser) failAt(pos source.Pos, format string, args ...any) {
	panic(&source.Error{File: p.name, Pos: pos, Text: fmt.Sprintf(format, args...)})
}

// newline counts the line that ends at the byte at hand.
func (p *parser) newline() { p.line, p.lineStart = p.line+1, p.at+1 }

func (p *parser) peek() byte {
	if p.at >= len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func (p *parser) blank() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t') {
		p.at++
	}
}

// lines skips blanks, comments and line ends.
func (p *parser) lines() {
	for p.blank(); p.at < len(p.text); p.blank() {
		switch p.text[p.at] {
		case '\n', '\r', '#':
			p.lineEnd()
		default:
			return
		}
	}
}

// lineEnd skips a comment and the line end, which must be next.
func (p *parser) lineEnd() {
	p.blank()
	if p.peek() == '#' {
		for p.at < len(p.text) && p.text[p.at] != '\n' {
			if c := p.text[p.at]; (c < ' ' && c != '\t' || c == 0x7f) && !strings.HasPrefix(p.text[p.at:], "\r\n") {
				p.fail("a comment cannot hold the control character %U", c)
			}
			p.at++
		}
	}
	if p.at >= len(p.text) {
		return
	}
	if strings.HasPrefix(p.text[p.at:], "\r\n") {
		p.at++
	}
	if p.text[p.at] != '\n' {
		p.fail("want the end of the line, not %s", p.found())
	}
	p.newline()
	p.at++
}

// found shows what is next.
func (p *parser) found() string {
	if p.at >= len(p.text) {
		return "the end of the text"
	}
	r, _ := utf8.DecodeRuneInString(p.text[p.at:])
	if r == '\n' || r == '\r' {
		return "the end of the line"
	}
	return strconv.QuoteRune(r)
}

func (p *parser) document(root *Table) {
	at := root
	for p.lines(); p.at < len(p.text); p.lines() {
		if p.text[p.at] != '[' {
			p.pair(at)
		} else {
			at = p.header(root)
		}
		p.lineEnd()
	}
}

// header reads [a.b] or [[a.b]] and returns its table.
func (p *parser) header(root *Table) *Table {
	start := p.pos()
	p.at++
	array := p.peek() == '['
	if array {
		p.at++
	}
	at := root
	for {
		p.blank()
		pos := p.pos()
		key := p.key()
		p.blank()
		if p.peek() != '.' {
			t := p.open(at, key, pos, array)
			p.want(']')
			if array {
				p.want(']')
			}
			t.Pos = start
			return t
		}
		p.at++
		e := at.Get(key)
		if e == nil {
			e = at.add(Entry{Key: key, Pos: pos, Value: Value{Kind: Object, Table: &Table{Pos: pos}, Pos: pos}})
		}
		at = p.into(e, key, pos)
	}
}

// into returns the table that a key of a header's path leads to.
func (p *parser) into(e *Entry, key string, pos source.Pos) *Table {
	switch v := &e.Value; {
	case v.Kind == Object && v.Table.origin != inlined:
		return v.Table
	case v.Kind == Tables && len(v.List) > 0 && v.List[0].Table.origin == appended:
		return v.List[len(v.List)-1].Table
	}
	p.failAt(pos, "%q is %s since line %d and cannot be extended", key, e.Value.Kind, e.Pos.Line)
	return nil
}

// open makes the table of a header's last key.
func (p *parser) open(at *Table, key string, pos source.Pos, array bool) *Table {
	e := at.Get(key)
	if array {
		if e == nil {
			e = at.add(Entry{Key: key, Pos: pos, Value: Value{Kind: Tables, Pos: pos}})
		} else if e.Value.Kind != Tables || e.Value.List[0].Table.origin != appended {
			p.failAt(pos, "%q is %s since line %d and cannot be extended", key, e.Value.Kind, e.Pos.Line)
		}
		t := p.table(appended)
		if n := len(e.Value.List); n > 0 { // like the one before, mostly
			t.Entries = p.entries(len(e.Value.List[n-1].Table.Entries))
		}
		e.Value.List = append(e.Value.List, Value{Kind: Object, Table: t, Pos: pos})
		return t
	}
	if e == nil {
		t := &Table{origin: headed}
		at.add(Entry{Key: key, Pos: pos, Value: Value{Kind: Object, Table: t, Pos: pos}})
		return t
	}
	if e.Value.Kind != Object || e.Value.Table.origin != implied {
		p.failAt(pos, "%q is already in line %d", key, e.Pos.Line)
	}
	e.Value.Table.origin = headed
	return e.Value.Table
}

func (p *parser) want(c byte) {
	if p.peek() != c || p.at >= len(p.text) {
		p.fail("want %q, not %s", c, p.found())
	}
	p.at++
}

// pair reads key = value into a table.
func (p *parser) pair(at *Table) {
	for {
		pos := p.pos()
		key := p.key()
		p.blank()
		e := at.Get(key)
		if p.peek() != '.' {
			if e != nil {
				p.failAt(pos, "%q is already in line %d", key, e.Pos.Line)
			}
			if p.peek() != '=' {
				p.fail("want '=' after the key %q, not %s", key, p.found())
			}
			p.at++
			p.blank()
			at.add(Entry{Key: key, Pos: pos, Value: p.value()})
			return
		}
		p.at++
		p.blank()
		if e == nil {
			e = at.add(Entry{Key: key, Pos: pos, Value: Value{Kind: Object, Table: &Table{Pos: pos, origin: dotted}, Pos: pos}})
		} else if e.Value.Kind != Object || e.Value.Table.origin != dotted {
			p.failAt(pos, "%q is %s since line %d and cannot be extended", key, e.Value.Kind, e.Pos.Line)
		}
		at = e.Value.Table
	}
}

func isBare(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

// key reads one part of a key.
func (p *parser) key() string {
	switch p.peek() {
	case '"':
		return p.basic()
	case '\'':
		return p.literal()
	}
	start := p.at
	for p.at < len(p.text) && isBare(p.text[p.at]) {
		p.at++
	}
	if p.at == start {
		p.fail("want a key, not %s", p.found())
	}
	return p.text[start:p.at]
}

func (p *parser) value() Value {
	v := Value{Pos: p.pos()}
	switch c := p.peek(); {
	case c == '"':
		v.Kind = String
		if strings.HasPrefix(p.text[p.at:], `"""`) {
			v.Text = p.multi(`"""`)
		} else {
			v.Text = p.basic()
		}
	case c == '\'':
		v.Kind = String
		if strings.HasPrefix(p.text[p.at:], `'''`) {
			v.Text = p.multi(`'''`)
		} else {
			v.Text = p.literal()
		}
	case c == '[' || c == '{':
		if p.depth++; p.depth > maxDepth {
			p.fail("the value is nested too deep")
		}
		if c == '[' {
			p.array(&v)
		} else {
			p.inline(&v)
		}
		p.depth--
	default:
		p.scalar(&v)
	}
	return v
}

func (p *parser) array(v *Value) {
	v.Kind = Array
	tables := true
	p.at++
	for p.lines(); p.peek() != ']'; p.lines() {
		if p.at >= len(p.text) {
			p.failAt(v.Pos, "the array has no end")
		}
		e := p.value()
		tables = tables && e.Kind == Object
		v.List = append(v.List, e)
		p.lines()
		if p.peek() != ',' {
			if p.peek() != ']' {
				p.fail("want ',' or ']' in the array, not %s", p.found())
			}
			break
		}
		p.at++
	}
	p.at++
	if tables && len(v.List) > 0 {
		v.Kind = Tables
	}
}

func (p *parser) inline(v *Value) {
	v.Kind, v.Table = Object, p.table(headed)
	v.Table.Pos = v.Pos
	v.Table.Entries = p.entries(1)
	p.at++
	for p.lines(); p.peek() != '}'; p.lines() {
		if p.at >= len(p.text) {
			p.failAt(v.Pos, "the table has no end")
		}
		p.pair(v.Table)
		p.lines()
		if p.peek() != ',' {
			if p.peek() != '}' {
				p.fail("want ',' or '}' in the table, not %s", p.found())
			}
			break
		}
		p.at++
	}
	p.at++
	v.Table.close()
}

// close forbids a table, and those of its dotted keys, to grow.
func (t *Table) close() {
	t.origin = inlined
	for i := range t.Entries {
		if v := &t.Entries[i].Value; v.Kind == Object && v.Table.origin == dotted {
			v.Table.close()
		}
	}
}

// literal reads '…'.
func (p *parser) literal() string {
	start := p.at + 1
	for i := start; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '\'':
			p.at = i + 1
			return p.text[start:i]
		case c == '\n' || c == '\r':
			p.fail("the string does not end in its line")
		case c < ' ' && c != '\t' || c == 0x7f:
			p.at = i
			p.fail("a string cannot hold the control character %U", c)
		}
	}
	p.fail("the string has no end")
	return ""
}

// basic reads "…".
func (p *parser) basic() string {
	open := p.pos()
	p.at++
	start := p.at
	var b []byte
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '"':
			rest := p.text[start:p.at]
			p.at++
			if b == nil {
				return rest
			}
			return string(append(b, rest...))
		case c == '\\':
			b = append(b, p.text[start:p.at]...)
			b = p.escape(b)
			start = p.at + 1
		case c == '\n' || c == '\r':
			p.failAt(open, "the string does not end in its line")
		case c < ' ' && c != '\t' || c == 0x7f:
			p.fail("a string cannot hold the control character %U", c)
		}
	}
	p.failAt(open, "the string has no end")
	return ""
}

// escape appends what a backslash and what follows stand for, and leaves the
// parser at the last byte of it.
func (p *parser) escape(b []byte) []byte {
	pos := p.pos()
	p.at++
	digits := 0
	switch p.peek() {
	case 'b':
		return append(b, '\b')
	case 't':
		return append(b, '\t')
	case 'n':
		return append(b, '\n')
	case 'f':
		return append(b, '\f')
	case 'r':
		return append(b, '\r')
	case 'e':
		return append(b, 0x1b)
	case '"', '\\':
		return append(b, p.text[p.at])
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		p.failAt(pos, `unknown escape \%s in a string; write \\ for a backslash, or use '…'`, strings.Trim(p.found(), "'"))
	}
	hex := p.text[p.at+1 : min(p.at+1+digits, len(p.text))]
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || len(hex) < digits || !utf8.ValidRune(rune(n)) || n > utf8.MaxRune {
		p.failAt(pos, "the escape is no character")
	}
	p.at += digits
	return utf8.AppendRune(b, rune(n))
}

// multi reads a string in three quotes.
func (p *parser) multi(quotes string) string {
	open := p.pos()
	p.at += 3
	if strings.HasPrefix(p.text[p.at:], "\r\n") {
		p.at++
	}
	if p.peek() == '\n' {
		p.newline()
		p.at++
	}
	var b []byte
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == quotes[0] && strings.HasPrefix(p.text[p.at:], quotes):
			p.at += 3
			for range 2 { // it may end in quotes of its own
				if p.peek() == quotes[0] {
					b = append(b, quotes[0])
					p.at++
				}
			}
			return string(b)
		case c == '\\' && quotes[0] == '"':
			if !p.continued() {
				b = p.escape(b)
			}
		case c == '\n':
			p.newline()
			b = append(b, c)
		case c == '\r' && strings.HasPrefix(p.text[p.at:], "\r\n"):
			b = append(b, c)
		case c < ' ' && c != '\t' || c == 0x7f:
			p.fail("a string cannot hold the control character %U", c)
		default:
			b = append(b, c)
		}
	}
	p.failAt(open, "the string has no end")
	return ""
}

// continued skips a backslash at the end of a line, with the white space that
// follows, and leaves the parser at the last byte of it.
func (p *parser) continued() bool {
	i := p.at + 1
	for i < len(p.text) && (p.text[i] == ' ' || p.text[i] == '\t') {
		i++
	}
	if !strings.HasPrefix(p.text[i:], "\n") && !strings.HasPrefix(p.text[i:], "\r\n") {
		return false
	}
	for ; i < len(p.text); i++ {
		switch p.text[i] {
		case ' ', '\t', '\r':
		case '\n':
			p.at = i
			p.newline()
		default:
			p.at = i - 1
			return true
		}
	}
	p.at = i - 1
	return true
}

// scalar reads a boolean, a number or a date.
func (p *parser) scalar(v *Value) {
	start := p.at
	for p.at < len(p.text) && (isBare(p.text[p.at]) || strings.IndexByte("+.:", p.text[p.at]) >= 0) {
		p.at++
	}
	word := p.text[start:p.at]
	switch word {
	case "":
		p.fail("want a value, not %s", p.found())
	case "true", "false":
		v.Kind, v.Bool = Bool, word == "true"
		return
	case "inf", "+inf", "-inf", "nan", "+nan", "-nan":
		v.Kind, v.Text = Float, word
		return
	}
	if len(word) >= 5 && isDigit(word[0]) && isDigit(word[1]) && (word[2] == ':' || word[4] == '-' && isDigit(word[2]) && isDigit(word[3])) {
		// A blank may stand between date and time.
		if len(word) == 10 && p.peek() == ' ' && p.at+1 < len(p.text) && isDigit(p.text[p.at+1]) {
			for p.at++; p.at < len(p.text) && (isBare(p.text[p.at]) || strings.IndexByte("+.:", p.text[p.at]) >= 0); {
				p.at++
			}
			word = p.text[start:p.at]
		}
		if t, ok := date(word); ok {
			v.Kind, v.Time, v.Day = Time, &t, len(word) == 10
			return
		}
	} else if n, ok := integer(word); ok {
		v.Kind, v.Int = Integer, n
		return
	} else if isFloat(word) {
		v.Kind, v.Text = Float, word
		return
	}
	p.failAt(v.Pos, "%q is no value; a string stands in quotes", word)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

var layouts = [...]string{
	"2006-01-02", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00",
	"2006-01-02T15:04:05", "2006-01-02T15:04", "15:04:05", "15:04",
}

// date reads a date or a time. One without a zone is taken for UTC.
func date(word string) (time.Time, bool) {
	b := []byte(word)
	if len(b) > 10 && (b[10] == ' ' || b[10] == 't') {
		b[10] = 'T'
	}
	if b[len(b)-1] == 'z' {
		b[len(b)-1] = 'Z'
	}
	s := string(b)
	if len(s) > 13 && s[13] != ':' {
		return time.Time{}, false // package time takes an hour of one digit
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// underscored returns a number's digits without the underscores, which must
// stand between digits.
func underscored(s string, digit func(byte) bool) (string, bool) {
	if strings.IndexByte(s, '_') < 0 {
		return s, true
	}
	for i := range len(s) {
		if s[i] == '_' && (i == 0 || i == len(s)-1 || !digit(s[i-1]) || !digit(s[i+1])) {
			return "", false
		}
	}
	return strings.ReplaceAll(s, "_", ""), true
}

func integer(word string) (int64, bool) {
	base, digits := 10, word
	if len(word) > 2 && word[0] == '0' {
		switch word[1] {
		case 'x':
			base = 16
		case 'o':
			base = 8
		case 'b':
			base = 2
		default:
			return 0, false
		}
		digits = word[2:]
		if digits[0] == '-' || digits[0] == '+' {
			return 0, false
		}
	} else {
		bare := strings.TrimLeft(word, "+-")
		if len(word)-len(bare) > 1 || len(bare) > 1 && bare[0] == '0' {
			return 0, false
		}
	}
	isHex := func(c byte) bool { return isDigit(c) || base == 16 && ('a' <= c|0x20 && c|0x20 <= 'f') }
	s, ok := underscored(digits, isHex)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(s, base, 64)
	return n, err == nil
}

// isFloat reports whether a word is a float: digits, and a fraction or an
// exponent or both.
func isFloat(word string) bool {
	s, ok := underscored(word, isDigit)
	if !ok {
		return false
	}
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	digits := func() bool {
		n := 0
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		s = s[n:]
		return n > 0
	}
	if len(s) > 1 && s[0] == '0' && isDigit(s[1]) || !digits() || s == "" {
		return false
	}
	if s[0] == '.' {
		s = s[1:]
		if !digits() {
			return false
		}
	}
	if s != "" && s[0]|0x20 == 'e' {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if !digits() {
			return false
		}
	}
	return s == ""
}
