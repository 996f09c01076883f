package filter

import (
	"regexp"
	"strings"
)

// A syntax is the dialect of a pattern.
type syntax struct {
	extended bool // ERE; else BRE with GNU's extensions
	fold     bool // letters of either case
	sed      bool // \n and \t mean characters, in brackets too
}

// compile translates a pattern to one of package regexp that matches the same
// texts of ASCII characters. Matches are leftmost-longest.
func compile(pattern string, syn syntax) (*regexp.Regexp, bool) {
	if !ascii(pattern) || strings.ContainsRune(pattern, 0) {
		return nil, false
	}
	t := translation{in: pattern, syntax: syn}
	if !t.run() {
		return nil, false
	}
	flags := "(?s)"
	if syn.fold {
		flags = "(?si)"
	}
	re, err := regexp.Compile(flags + t.out.String())
	if err != nil {
		return nil, false
	}
	re.Longest()
	return re, true
}

type translation struct {
	syntax
	in    string
	pos   int
	out   strings.Builder
	depth int
	// start says that an expression begins here, where a star is no operator;
	// repeated, that the last item has an operator already.
	start, repeated bool
	last            byte // the literal character before, or 0
}

func (t *translation) run() bool {
	t.start = true
	for t.pos < len(t.in) {
		c := t.in[t.pos]
		t.pos++
		escaped := false
		if c == '\\' {
			if t.pos == len(t.in) {
				return false
			}
			c = t.in[t.pos]
			t.pos++
			escaped = true
		}
		if !t.item(c, escaped) {
			return false
		}
	}
	return t.depth == 0
}

// item translates one character. In a BRE the operators ( ) { } | + ? are
// escaped, in an ERE they are not.
func (t *translation) item(c byte, escaped bool) bool {
	operator := escaped != t.extended
	switch c {
	case '(':
		if operator {
			t.depth++
			t.out.WriteByte('(')
			t.begin()
			return true
		}
	case ')':
		if operator {
			if t.depth--; t.depth < 0 {
				return false
			}
			t.out.WriteByte(')')
			t.literal(0)
			return true
		}
	case '|':
		if operator {
			t.out.WriteByte('|')
			t.begin()
			return true
		}
	case '+', '?':
		if operator {
			return t.repeat(string(c))
		}
	case '{':
		if operator {
			return t.interval()
		}
	case '}':
		if escaped && !t.extended {
			return false
		}
	case '*':
		if !escaped {
			if t.start {
				if t.extended {
					return false
				}
				break // a literal star
			}
			return t.repeat("*")
		}
	case '^':
		if !escaped && (t.extended || t.start) {
			if !t.extended && t.last == '^' {
				break
			}
			t.out.WriteByte('^')
			t.last = '^'
			if t.extended {
				t.begin()
				t.last = '^'
			}
			return true
		}
	case '$':
		if !escaped && (t.extended || t.ends()) {
			t.out.WriteByte('$')
			t.literal(0)
			t.repeated = true
			return true
		}
	case '.':
		if !escaped {
			t.out.WriteByte('.')
			t.literal(0)
			return true
		}
	case '[':
		if !escaped {
			return t.bracket()
		}
	}
	if escaped {
		return t.escape(c)
	}
	t.out.WriteString(regexp.QuoteMeta(string(c)))
	t.literal(c)
	return true
}

// begin says that an expression begins.
func (t *translation) begin() { t.start, t.repeated, t.last = true, false, 0 }

// literal says that an item was read.
func (t *translation) literal(c byte) { t.start, t.repeated, t.last = false, false, c }

func (t *translation) repeat(op string) bool {
	if t.start || t.repeated {
		return false
	}
	t.out.WriteString(op)
	t.repeated, t.last = true, 0
	return true
}

// ends reports whether a dollar sign here is an anchor in a BRE.
func (t *translation) ends() bool {
	rest := t.in[t.pos:]
	return rest == "" || strings.HasPrefix(rest, `\)`) || strings.HasPrefix(rest, `\|`)
}

func (t *translation) interval() bool {
	end := "}"
	if !t.extended {
		end = `\}`
	}
	body, rest, ok := strings.Cut(t.in[t.pos:], end)
	if !ok {
		return false
	}
	lo, hi, two := strings.Cut(body, ",")
	if lo == "" && two {
		lo = "0"
	}
	if _, ok := number(lo); !ok {
		return false
	}
	if _, ok := number(hi); hi != "" && !ok {
		return false
	}
	t.pos = len(t.in) - len(rest)
	if two {
		lo += "," + hi
	}
	return t.repeat("{" + lo + "}")
}

// escape translates a backslash and a character that is no operator.
func (t *translation) escape(c byte) bool {
	switch c {
	case 'n', 't':
		if !t.sed {
			return false
		}
		t.out.WriteString(`\` + string(c))
		t.literal(0)
	case 'w', 'W', 's', 'S':
		if c == 's' {
			t.out.WriteString(`[ \t\n\v\f\r]`)
		} else if c == 'S' {
			t.out.WriteString(`[^ \t\n\v\f\r]`)
		} else {
			t.out.WriteString(`\` + string(c))
		}
		t.literal(0)
	case 'b', 'B':
		t.out.WriteString(`\` + string(c))
		t.literal(0)
		t.repeated = true
	case '<':
		// The beginning of a word, if that follows.
		if t.pos >= len(t.in) || !wordByte(t.in[t.pos]) {
			return false
		}
		t.out.WriteString(`\b`)
		t.literal(0)
		t.repeated = true
	case '>':
		if !wordByte(t.last) {
			return false
		}
		t.out.WriteString(`\b`)
		t.literal(0)
		t.repeated = true
	default:
		if wordByte(c) || c == '`' || c == '\'' || c == '\n' {
			return false // back references, numbers of characters, …
		}
		t.out.WriteString(regexp.QuoteMeta(string(c)))
		t.literal(c)
	}
	return true
}

func wordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c|32 && c|32 <= 'z'
}

// classes are the named sets of characters, for ASCII.
func class(name string) (string, bool) {
	switch name {
	case "alpha":
		return "A-Za-z", true
	case "digit":
		return "0-9", true
	case "alnum":
		return "0-9A-Za-z", true
	case "upper":
		return "A-Z", true
	case "lower":
		return "a-z", true
	case "space":
		return ` \t\n\v\f\r`, true
	case "blank":
		return ` \t`, true
	case "punct":
		return "!-/:-@\\[-`{-~", true
	case "xdigit":
		return "0-9A-Fa-f", true
	case "print":
		return " -~", true
	case "graph":
		return "!-~", true
	case "cntrl":
		return `\x00-\x1f\x7f`, true
	}
	return "", false
}

// bracket translates a bracket expression, in which a backslash means itself.
func (t *translation) bracket() bool {
	var b strings.Builder
	b.WriteByte('[')
	s := t.in[t.pos:]
	i := 0
	if i < len(s) && s[i] == '^' {
		b.WriteByte('^')
		i++
	}
	for first := true; ; first = false {
		if i >= len(s) {
			return false
		}
		c := s[i]
		if c == ']' && !first {
			i++
			break
		}
		if c == '[' && i+1 < len(s) && strings.IndexByte(".=:", s[i+1]) >= 0 {
			end := strings.Index(s[i+2:], string(s[i+1])+"]")
			if end < 0 || s[i+1] != ':' {
				return false
			}
			set, ok := class(s[i+2 : i+2+end])
			if !ok {
				return false
			}
			b.WriteString(set)
			i += end + 4
			continue
		}
		i++
		if c == '\\' && t.sed && i < len(s) && strings.IndexByte("nt]\\", s[i]) < 0 && wordByte(s[i]) {
			return false // \d065 and their like
		}
		if c == '\\' && t.sed && i < len(s) && (s[i] == 'n' || s[i] == 't') {
			b.WriteString(`\` + s[i:i+1])
			i++
			continue
		}
		b.WriteString(inBrackets(c))
		if i+1 < len(s) && s[i] == '-' && s[i+1] != ']' {
			hi := s[i+1]
			if hi == '[' || hi < c || hi == '\\' || !sameRange(c, hi) {
				return false
			}
			b.WriteByte('-')
			b.WriteString(inBrackets(hi))
			i += 2
		}
	}
	b.WriteByte(']')
	t.pos += i
	t.out.WriteString(b.String())
	t.literal(0)
	return true
}

// sameRange reports whether a range holds the same characters in every locale.
func sameRange(lo, hi byte) bool {
	in := func(a, b byte) bool { return a <= lo && hi <= b }
	return in('0', '9') || in('a', 'z') || in('A', 'Z') || lo == hi || in(' ', '/')
}

func inBrackets(c byte) string {
	if strings.IndexByte(`\]^-[&~`, c) >= 0 {
		return `\` + string(c)
	}
	return string(c)
}
