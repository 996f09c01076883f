package code

import (
	"strings"
	"unicode/utf8"

	"github.com/venv-guard/venv-guard/action"
)

type kind uint8

const (
	end    kind = iota
	name        // an identifier, or several joined by dots: os.path.join
	str         // a string literal, with holes for what is interpolated
	quoted      // text between backquotes, or %x{…} and qx{…}: a command in some languages
	punct       // one character
	other       // numbers and the like
	newline
)

type token struct {
	kind  kind
	text  string
	pos   int
	holes []string // code of the interpolations that the holes of text stand for
}

// A syntaxOf says how a language writes comments and strings.
type syntaxOf struct {
	line   []string // starts of comments that end with the line
	block  bool     // /* … */
	raw    bool     // '…' holds no escapes but \' and \\
	interp string   // what begins an interpolation in "…": "#{", "${", "$", "{"
	dollar bool     // variables begin with $ (or @, %)
	concat string   // the operator that joins strings
}

func syntaxFor(lang string) syntaxOf {
	switch lang {
	case "node", "javascript", "typescript", "deno", "bun":
		return syntaxOf{line: []string{"//"}, block: true, concat: "+"}
	case "ruby":
		return syntaxOf{line: []string{"#"}, raw: true, interp: "#{", concat: "+"}
	case "perl":
		return syntaxOf{line: []string{"#"}, raw: true, interp: "$", dollar: true, concat: "."}
	case "php":
		return syntaxOf{line: []string{"//", "#"}, block: true, raw: true, interp: "$", dollar: true, concat: "."}
	case "lua":
		return syntaxOf{line: []string{"--"}, concat: "."}
	case "awk":
		return syntaxOf{line: []string{"#"}}
	case "julia":
		return syntaxOf{line: []string{"#"}, interp: "$", concat: "*"}
	}
	return syntaxOf{line: []string{"#"}, concat: "+"}
}

// maxTokens bounds what is read of one text.
const maxTokens = 1 << 17

// lex splits a text into tokens. It never fails: what it does not know is
// punctuation.
func lex(lang, text string) []token {
	l := lexer{lang: lang, syn: syntaxFor(lang), text: text}
	for l.pos < len(text) && len(l.out) < maxTokens {
		l.next()
	}
	return append(l.out, token{kind: end, pos: len(text)})
}

type lexer struct {
	lang string
	syn  syntaxOf
	text string
	pos  int
	out  []token
	// holes are those of the literal being read.
	holes []string
}

func (l *lexer) add(k kind, text string, pos int) {
	l.out = append(l.out, token{k, text, pos, l.holes})
	l.holes = nil
}

func (l *lexer) has(s string) bool { return strings.HasPrefix(l.text[l.pos:], s) }

func (l *lexer) next() {
	c := l.text[l.pos]
	begin := l.pos
	for _, mark := range l.syn.line {
		if l.has(mark) {
			if i := strings.IndexByte(l.text[l.pos:], '\n'); i >= 0 {
				l.pos += i
			} else {
				l.pos = len(l.text)
			}
			return
		}
	}
	switch {
	case c == '\n':
		l.add(newline, "\n", begin)
		l.pos++
	case c == ' ' || c == '\t' || c == '\r' || c == '\\':
		l.pos++
	case l.syn.block && l.has("/*"):
		if i := strings.Index(l.text[l.pos+2:], "*/"); i >= 0 {
			l.pos += i + 4
		} else {
			l.pos = len(l.text)
		}
	case c == '"' || c == '\'':
		l.add(str, l.literal(""), begin)
	case c == '`':
		l.pos++
		l.add(quoted, l.until('`', true), begin)
	case isNameStart(c) || l.syn.dollar && (c == '$' || c == '@') && l.pos+1 < len(l.text) && isNameStart(l.text[l.pos+1]):
		l.name(begin)
	case '0' <= c && c <= '9':
		for l.pos < len(l.text) && (isNameStart(l.text[l.pos]) || '0' <= l.text[l.pos] && l.text[l.pos] <= '9') {
			l.pos++
		}
		l.add(other, l.text[begin:l.pos], begin)
	case l.lang == "ruby" && (l.has("%w") || l.has("%W")) && l.pos+2 < len(l.text) && closer(l.text[l.pos+2]) != 0:
		l.pos += 2
		l.wordList(begin)
	case l.lang == "ruby" && (l.has("%q") || l.has("%Q")) && l.pos+2 < len(l.text) && closer(l.text[l.pos+2]) != 0:
		interpolate := l.has("%Q")
		l.pos += 3
		l.add(str, l.until(closer(l.text[l.pos-1]), interpolate), begin)
	case l.lang == "ruby" && l.has("%x") && l.pos+2 < len(l.text) && closer(l.text[l.pos+2]) != 0:
		l.delimited(begin, 2)
	default:
		_, size := utf8.DecodeRuneInString(l.text[l.pos:])
		l.pos += size
		l.add(punct, l.text[begin:l.pos], begin)
	}
}

func isNameStart(c byte) bool {
	return c == '_' || 'a' <= c|32 && c|32 <= 'z' || c >= utf8.RuneSelf
}

func isNameByte(c byte) bool { return isNameStart(c) || '0' <= c && c <= '9' }

func closer(open byte) byte {
	switch open {
	case '(':
		return ')'
	case '{':
		return '}'
	case '[':
		return ']'
	case '<':
		return '>'
	case '|', '!', '/', '~':
		return open
	}
	return 0
}

// delimited reads %x{…} and qx{…}; n is the length of the prefix.
func (l *lexer) delimited(begin, n int) {
	close := closer(l.text[l.pos+n])
	l.pos += n + 1
	l.add(quoted, l.until(close, true), begin)
}

// wordList reads the words of qw(…) and %w[…], from the opening bracket on, as a
// list of strings.
func (l *lexer) wordList(begin int) {
	close := closer(l.text[l.pos])
	l.pos++
	l.add(punct, "[", begin)
	for _, w := range strings.Fields(l.until(close, false)) {
		l.add(str, w, begin)
		l.add(punct, ",", begin)
	}
	l.add(punct, "]", begin)
}

// name reads an identifier with the dots (or :: and ->) that join it to others,
// or a string with a prefix.
func (l *lexer) name(begin int) {
	for l.pos < len(l.text) {
		switch c := l.text[l.pos]; {
		case isNameByte(c) || c == '$' || c == '@' && l.pos == begin:
			l.pos++
			continue
		case c == '.' && l.syn.concat != "." && l.pos+1 < len(l.text) && isNameStart(l.text[l.pos+1]):
			l.pos++
			continue
		case c == '.' && l.lang == "lua" && l.pos+1 < len(l.text) && isNameStart(l.text[l.pos+1]):
			l.pos++
			continue
		case l.has("::") && l.pos+2 < len(l.text) && isNameStart(l.text[l.pos+2]):
			l.pos += 2
			continue
		}
		break
	}
	word := l.text[begin:l.pos]
	if l.pos < len(l.text) {
		c := l.text[l.pos]
		switch {
		case l.lang == "perl" && word == "qw" && closer(c) != 0:
			l.wordList(begin)
			return
		case l.lang == "perl" && (word == "qx" || word == "q" || word == "qq") && closer(c) != 0:
			if word == "qx" {
				l.delimited(begin, 0)
			} else {
				l.pos++
				l.add(str, l.until(closer(c), word == "qq"), begin)
			}
			return
		}
	}
	l.add(name, strings.ReplaceAll(word, "::", "."), begin)
}

// literal reads a string from its opening quote on.
func (l *lexer) literal(prefix string) string {
	q := l.text[l.pos]
	l.pos++
	begin := l.pos
	for l.pos < len(l.text) && l.text[l.pos] != q {
		if l.text[l.pos] == '\\' {
			l.pos++
		}
		l.pos++
	}
	body := l.text[begin:min(l.pos, len(l.text))]
	l.pos = min(l.pos+1, len(l.text))
	return l.cook(body, prefix, q)
}

// until reads to a closing character, over escaped ones.
func (l *lexer) until(close byte, interpolate bool) string {
	begin := l.pos
	for l.pos < len(l.text) && l.text[l.pos] != close {
		if l.text[l.pos] == '\\' {
			l.pos++
		}
		l.pos++
	}
	body := l.text[begin:min(l.pos, len(l.text))]
	l.pos = min(l.pos+1, len(l.text))
	if !interpolate {
		return body
	}
	return l.cook(body, "", '`')
}

// cook resolves escapes and interpolations of a literal's body.
func (l *lexer) cook(body, prefix string, q byte) string {
	interp := l.syn.interp
	switch {
	case strings.Contains(prefix, "f") || strings.Contains(prefix, "t"):
		interp = "{"
	case q == '\'':
		interp = ""
	case q == '`' && l.syn.interp == "":
		interp = "${"
	}
	if strings.Contains(prefix, "r") && interp == "" || !strings.ContainsAny(body, "\\$#{") {
		return body
	}
	raw := strings.Contains(prefix, "r") || l.syn.raw && q == '\''
	var b strings.Builder
	for i := 0; i < len(body); i++ {
		c := body[i]
		switch {
		case c == '\\' && i+1 < len(body) && (!raw || body[i+1] == '\\' || body[i+1] == q):
			i++
			b.WriteString(unescape(body, &i))
		case interp == "{" && strings.HasPrefix(body[i:], "{{"), interp == "{" && strings.HasPrefix(body[i:], "}}"):
			i++
			b.WriteByte(c)
		case interp != "" && strings.HasPrefix(body[i:], interp) && (interp != "$" || i+1 < len(body) && (isNameStart(body[i+1]) || body[i+1] == '{')):
			b.WriteString(action.HoleText)
			from := i + len(interp)
			i = skipInterpolation(body, i+len(interp)-1)
			l.holes = append(l.holes, strings.Trim(body[min(from, i):min(i+1, len(body))], "{}"))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unescape returns what the escape at body[*i] stands for.
func unescape(body string, i *int) string {
	switch c := body[*i]; c {
	case 'n':
		return "\n"
	case 't':
		return "\t"
	case 'r':
		return "\r"
	case '0':
		return "\x00"
	case '\n':
		return ""
	case 'x', 'u':
		n := 2
		if c == 'u' {
			n = 4
		}
		v := rune(0)
		for k := 1; k <= n && *i+k < len(body); k++ {
			d := strings.IndexByte("0123456789abcdef", body[*i+k]|32)
			if d < 0 {
				return action.HoleText
			}
			v = v<<4 | rune(d)
		}
		*i += n
		return string(v)
	default:
		return string(c)
	}
}

// skipInterpolation returns the index of the last byte of an interpolation
// whose opening brace, or whose $, is at i.
func skipInterpolation(body string, i int) int {
	if body[i] != '{' {
		if i+1 < len(body) && body[i+1] == '{' {
			i++
		} else {
			for i+1 < len(body) && isNameByte(body[i+1]) {
				i++
			}
			return i
		}
	}
	depth := 0
	for ; i < len(body); i++ {
		switch body[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(body)
}
