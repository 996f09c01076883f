package hook

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A value is a JSON value. The zero value is one that is not there.
type value struct {
	kind    kind
	pos     int              // where it starts in the source
	end     int              // and where it ends
	text    string           // of a string; "true" or "false" of a boolean
	members map[string]value // of an object
	list    []value          // elements of an array
}

type kind uint8

const (
	missing kind = iota
	null
	boolean
	number
	text
	array
	object
)

var kindNames = [...]string{"nothing", "null", "a boolean", "a number", "a string", "an array", "an object"}

// String returns the kind with its article, for error texts.
func (k kind) String() string { return kindNames[k] }

// A parser reads JSON as RFC 8259 has it, and refuses what the RFC leaves open:
// duplicate keys and invalid UTF-8. It is written by hand because encoding/json
// lets both pass, and adds some 50 µs to a cold process.
type parser struct {
	src  string
	pos  int
	path []string // one for each open object or array: the current key, or "[]"
	name string   // of the source, for errors; "" for stdin
}

// maxDepth bounds nesting, so that no input can overflow the stack.
const maxDepth = 1000

// parse reads the whole source, which must be one object.
func (p *parser) parse() (v value, err error) {
	if !utf8.ValidString(p.src) {
		bad := strings.IndexByte(strings.ToValidUTF8(p.src, "\xff"), 0xff)
		return v, p.errorf(bad, "invalid UTF-8 (byte %#x); the client must send UTF-8", p.src[bad])
	}
	p.accept("\ufeff")
	if p.space(); p.peek() != '{' {
		return v, p.unexpected("one JSON object")
	}
	if v, err = p.value(); err != nil {
		return v, err
	}
	if p.space(); p.pos < len(p.src) {
		return v, p.unexpected("nothing after the object")
	}
	return v, nil
}

func (p *parser) value() (v value, err error) {
	p.space()
	v.pos = p.pos
	switch c := p.peek(); {
	case c == '{':
		v.kind, v.members = object, make(map[string]value)
		err = p.list("}", func() error { return p.member(v.members) })
	case c == '[':
		v.kind = array
		err = p.list("]", func() error {
			e, err := p.value()
			v.list = append(v.list, e)
			return err
		})
	case c == '"':
		v.kind = text
		v.text, err = p.string()
	case c == '-' || '0' <= c && c <= '9':
		v.kind, err = number, p.number()
	case p.accept("null"):
		v.kind = null
	case p.accept("true"), p.accept("false"):
		v.kind, v.text = boolean, p.src[v.pos:p.pos]
	default:
		err = p.unexpected("a JSON value")
	}
	v.end = p.pos
	return v, err
}

// list reads an object or array, calling item at the start of each of its items.
func (p *parser) list(end string, item func() error) error {
	if len(p.path) == maxDepth {
		return p.errorf(p.pos, "nested deeper than %d levels; send a flatter tool call", maxDepth)
	}
	p.path = append(p.path, "[]")
	p.pos++
	if p.space(); !p.accept(end) {
		for {
			if err := item(); err != nil {
				return err
			}
			if p.space(); p.accept(end) {
				break
			}
			if !p.accept(",") {
				return p.unexpected("',' or '" + end + "'")
			}
			p.space()
		}
	}
	p.path = p.path[:len(p.path)-1]
	return nil
}

func (p *parser) member(members map[string]value) error {
	start := p.pos
	if p.peek() != '"' {
		return p.unexpected("a key in double quotes")
	}
	key, err := p.string()
	if err != nil {
		return err
	}
	p.path[len(p.path)-1] = key
	if _, ok := members[key]; ok {
		path := strings.ReplaceAll(strings.Join(p.path, "."), ".[]", "[]")
		return p.errorf(start, "key %.200q appears twice; the client must send each key once", path)
	}
	if p.space(); !p.accept(":") {
		return p.unexpected("':' after a key")
	}
	members[key], err = p.value()
	return err
}

func (p *parser) number() error {
	p.accept("-")
	ok := p.accept("0") || p.digits()
	if ok && p.accept(".") {
		ok = p.digits()
	}
	if ok && (p.accept("e") || p.accept("E")) {
		_ = p.accept("+") || p.accept("-")
		ok = p.digits()
	}
	if !ok {
		return p.unexpected("a digit")
	}
	return nil
}

func (p *parser) digits() bool {
	start := p.pos
	for c := p.peek(); '0' <= c && c <= '9'; c = p.peek() {
		p.pos++
	}
	return p.pos > start
}

func (p *parser) string() (string, error) {
	p.pos++
	start := p.pos
	var out []byte // the text up to start, if that is not the source itself
	for ; p.pos < len(p.src); p.pos++ {
		switch c := p.src[p.pos]; {
		case c == '"':
			s := p.src[start:p.pos]
			p.pos++
			if out != nil {
				s = string(append(out, s...))
			}
			return s, nil
		case c == '\\':
			out = append(out, p.src[start:p.pos]...)
			r, ok := p.escape()
			if !ok {
				return "", p.unexpected(`an escape that JSON knows, such as \n or \u000a`)
			}
			out = utf8.AppendRune(out, r)
			start = p.pos + 1
		case c < ' ':
			return "", p.unexpected("no raw control character in a string")
		}
	}
	return "", p.unexpected("'\"' at the end of a string")
}

// escape reads an escape up to its last byte. Half a surrogate pair becomes
// U+FFFD, as it does when Node and its like hand a string to a process.
func (p *parser) escape() (r rune, ok bool) {
	p.pos++
	c := p.peek()
	if c == 'u' {
		if r, ok = p.hex4(); !ok || !utf16.IsSurrogate(r) {
			return r, ok
		}
		high := p.pos
		if strings.HasPrefix(p.src[p.pos+1:], `\u`) {
			p.pos += 2
			low, ok := p.hex4()
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError || !ok {
				return r, ok
			}
		}
		p.pos = high
		return utf8.RuneError, true
	}
	i := strings.IndexByte(`"\/bfnrt`, c)
	if i < 0 {
		return 0, false
	}
	return rune("\"\\/\b\f\n\r\t"[i]), true
}

// hex4 reads four digits, from the byte after the current one to the last digit.
func (p *parser) hex4() (r rune, ok bool) {
	for range 4 {
		p.pos++
		digit := strings.IndexByte("0123456789abcdef", p.peek()|0x20)
		if digit < 0 || p.peek() < '0' {
			return 0, false
		}
		r = r<<4 | rune(digit)
	}
	return r, true
}

// peek returns the next byte, or 0 at the end.
func (p *parser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

// accept reads s, if it comes next.
func (p *parser) accept(s string) bool {
	ok := strings.HasPrefix(p.src[p.pos:], s)
	if ok {
		p.pos += len(s)
	}
	return ok
}

func (p *parser) space() {
	for c := p.peek(); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = p.peek() {
		p.pos++
	}
}

func (p *parser) unexpected(want string) error {
	found := "the end of the input"
	if p.pos < len(p.src) {
		r, _ := utf8.DecodeRuneInString(p.src[p.pos:])
		found = strconv.QuoteRune(r)
	}
	hint := "pass on the client's JSON unchanged"
	if p.name != "" {
		hint = "send one JSON object in one line"
	}
	return p.errorf(p.pos, "malformed JSON: want %s, found %s; %s", want, found, hint)
}

// errorf returns an error that names the line and column, in bytes, of pos.
func (p *parser) errorf(pos int, format string, args ...any) error {
	line := 1 + strings.Count(p.src[:pos], "\n")
	column := pos - strings.LastIndexByte(p.src[:pos], '\n')
	name := p.name
	if name == "" {
		name = "stdin"
	}
	return fmt.Errorf("%s:%d:%d: %s", name, line, column, fmt.Sprintf(format, args...))
}
