package code

import "strings"

// A coding says how the bytes of Python code become its text.
type coding uint8

const (
	plain  coding = iota // ASCII is ASCII: what is read here is what runs
	partly               // bytes of ASCII may be part of another character
	hidden               // what runs is another text altogether
)

// pythonCoding returns how Python reads a source that declares an encoding in one
// of its first two lines, and the encoding's name (PEP 263; Python 3.13,
// Parser/tokenizer/helpers.c, get_coding_spec).
func pythonCoding(text string) (coding, string) {
	for range 2 {
		line, rest := text, ""
		if i := strings.IndexAny(text, "\r\n"); i >= 0 {
			line, rest = text[:i], strings.TrimPrefix(text[i+1:], "\n")
		}
		line = strings.TrimLeft(strings.TrimPrefix(line, "\ufeff"), " \t\f")
		if line != "" && line[0] != '#' {
			break
		}
		if name := declared(line); name != "" {
			return codingOf(name), name
		}
		text = rest
	}
	return plain, ""
}

// declared returns the encoding that a comment names.
func declared(line string) string {
	for {
		_, rest, ok := strings.Cut(line, "coding")
		if !ok {
			return ""
		}
		line = rest
		if rest == "" || rest[0] != ':' && rest[0] != '=' {
			continue
		}
		rest = strings.TrimLeft(rest[1:], " \t")
		n := 0
		for n < len(rest) && (rest[n] == '-' || rest[n] == '_' || rest[n] == '.' || isAlnum(rest[n])) {
			n++
		}
		if n > 0 {
			return rest[:n]
		}
	}
}

func isAlnum(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' }

// codingOf judges an encoding by its name in any of the spellings of Python's
// codecs (Doc/library/codecs.rst, standard encodings).
func codingOf(name string) coding {
	name = strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(name))
	switch name {
	case "ascii", "usascii", "646", "latin", "l1", "koi8r", "koi8u", "koi8t", "macroman", "maccyrillic", "macgreek", "maclatin2", "ptcp154", "kz1048", "tis620",
		"eucjp", "euckr", "euccn", "gb2312", "ujis", "cp437", "cp737", "cp775", "cp850", "cp852", "cp855", "cp857", "cp858", "cp862", "cp866", "cp874":
		return plain
	case "gbk", "cp936", "gb18030", "big5", "big5hkscs", "cp950", "shiftjis", "sjis", "cp932", "ms932", "shiftjis2004", "shiftjisx0213", "cp949", "uhc", "johab":
		return partly
	}
	for _, prefix := range [...]string{"utf8", "iso8859", "isolatin1", "latin", "cp125", "windows125"} {
		if strings.HasPrefix(name, prefix) {
			return plain
		}
	}
	return hidden
}
