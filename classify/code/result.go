package code

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// named reads what a name stands for, or what its call returns.
func (s *scanner) named(t token) value {
	n := s.full(t.text)
	switch n {
	case "process.execPath", "process.argv0", "RbConfig.ruby", "Gem.ruby":
		return text(s.Self)
	case "shift", "scalar", "reverse", "join", "my":
		if v, ok := s.perlList(n); ok {
			return v
		}
	case "c", "list", "tuple", "Array.of":
		if s.is("(") {
			s.i++
			v := s.elements(")")
			if v.kind == stringValue && v.fn == "" {
				v = value{kind: listValue, list: []string{v.str}}
			}
			return v
		}
	}
	if k := s.peek(1); s.is("[") && k.kind == str && s.peek(2).text == "]" {
		if v, ok := s.vars[variable(t.text)+"["+k.text+"]"]; ok {
			s.i += 3
			return v
		}
		if s.peek(3).text == "(" && s.starter(n+"."+k.text) != nil { // cp["exec"](…)
			s.i += 3
			return value{kind: stringValue, str: action.HoleText, fn: n + "." + k.text}
		}
	}
	if !s.is("(") {
		if v, ok := s.vars[variable(t.text)]; ok {
			return v
		}
		if v := s.given(n); v.kind != unknownValue {
			return v
		}
		return value{kind: stringValue, str: action.HoleText, fn: n}
	}
	s.i++
	args := s.args(true)
	if s.is(")") {
		s.i++
	}
	if i := strings.LastIndexByte(t.text, '.'); i > 0 {
		if v, ok := s.vars[t.text[:i]]; ok && (v.kind == listValue || v.str != action.HoleText || v.file != "") {
			return s.member(v, t.text[i+1:], args, t)
		}
		if v := s.given(s.full(t.text[:i])); v.kind == listValue {
			return s.member(v, t.text[i+1:], args, t)
		}
	}
	if f, ok := s.defs[n]; ok {
		s.muted++
		s.apply(f, args)
		s.muted--
		if s.ret.kind == unknownValue {
			return text(action.HoleText)
		}
		return s.ret
	}
	return s.result(n, args, t)
}

// perlList reads the operators of Perl that take what follows as a list.
func (s *scanner) perlList(n string) (v value, ok bool) {
	if s.Lang != "perl" || n != "shift" && s.is("(") {
		return value{}, false
	}
	switch n {
	case "shift":
		list := s.Args
		if v := s.vars["_"]; v.kind == listValue {
			list = v.list
		}
		if s.tok().text == "@ARGV" {
			s.i++
		}
		if len(list) == 0 {
			return text(action.HoleText), true
		}
		return text(list[0]), true
	case "reverse":
		return text(reversed(s.expr().text())), true
	case "join":
		args := s.args(false)
		return s.result(n, args, s.tok()), true
	}
	return s.operand(), true
}

// given is a value that a program finds: its arguments, its environment.
func (s *scanner) given(n string) value {
	switch n {
	case "process.argv", "$argv":
		first := []string{"-c"}
		if n == "process.argv" {
			first = []string{s.Self}
			if s.Self == "" { // of a file
				first = append(first, "")
			}
		}
		return value{kind: listValue, list: append(first, s.Args...)}
	case "ARGV", "$ARGV", "@ARGV", "Deno.args":
		if s.Lang == "awk" {
			return value{kind: listValue, list: append([]string{"awk"}, s.Args...)}
		}
		return value{kind: listValue, list: s.Args}
	case "$stdin", "STDIN":
		v := value{kind: stringValue, str: s.read("-").str, file: "-"}
		return v
	case "ENVIRON":
		if k := s.peek(1); s.Lang == "awk" && s.is("[") && k.kind == str {
			s.i += 3
			return s.env(k.text)
		}
	case "ENV", "$ENV", "process.env":
		if k := s.peek(1); (s.is("[") || s.is("{")) && (k.kind == str || k.kind == name) {
			s.i += 3
			return s.env(k.text)
		}
	}
	if name, ok := strings.CutPrefix(n, "process.env."); ok {
		return s.env(name)
	}
	return value{}
}

// method applies the methods that a name with dots says to a value.
func (s *scanner) method(v value) value {
	t := s.tok()
	s.i++
	names := strings.Split(t.text, ".")
	for _, n := range names[:len(names)-1] {
		v = s.member(v, n, nil, t)
	}
	last := names[len(names)-1]
	if last == "each" && s.Lang == "ruby" && v.kind == listValue {
		s.rubyBlock(v.list)
	}
	if !s.is("(") {
		if v.fn != "" {
			return value{kind: stringValue, str: action.HoleText, fn: v.fn + "." + last}
		}
		return s.member(v, last, nil, t)
	}
	s.i++
	if v.fn != "" && last == "then" { // import("m").then(m => …)
		i := s.i
		for s.at(i).text == "(" {
			i++
		}
		if s.at(i).kind == name {
			s.alias[s.at(i).text] = v.fn
		}
	}
	if at := s.i; v.kind == listValue && s.lambda("\x00each") {
		f := s.defs["\x00each"]
		for _, w := range v.list[:min(len(v.list), maxLines)] {
			s.apply(f, []argument{{value: text(w)}})
		}
		s.i = s.matching(at - 1)
		return text(action.HoleText)
	}
	args := s.args(true)
	if s.is(")") {
		s.i++
	}
	return s.member(v, last, args, t)
}

// member is what a method of a value returns.
func (s *scanner) member(v value, m string, args []argument, t token) value {
	arg := func(i int) value {
		if i < len(args) {
			return args[i].value
		}
		return value{}
	}
	switch {
	case v.file != "" && (m == "write" || m == "write_text" || m == "write_bytes"):
		s.store(v.file, arg(0).text(), m == "write", t)
		return text(action.HoleText)
	case v.file != "" && (m == "read_text" || m == "read_bytes" || m == "open"):
		return value{kind: stringValue, str: s.read(v.file).str, file: v.file}
	case m == "read" || m == "readline" || m == "readlines" || m == "decode" || m == "encode" || m == "toString" || m == "buffer" ||
		m == "strip" || m == "trim" || m == "rstrip" || m == "lstrip" || m == "chomp" || m == "resolve" || m == "absolute":
		if v.fn != "" && v.file == "" {
			break
		}
		if in, ok := v.known(); ok && strings.HasSuffix(m, "strip") || m == "trim" || m == "chomp" {
			return text(strings.TrimSpace(in))
		}
		return v
	case v.fn != "":
		return s.called(v.fn+"."+m, args, t)
	case v.kind == listValue && m == "join":
		sep := ","
		if len(args) > 0 {
			sep = arg(0).text()
		} else if s.Lang == "ruby" {
			sep = ""
		}
		return text(strings.Join(v.list, sep))
	case v.kind == listValue && m == "copy" || m == "flat" || m == "to_a":
		return v
	case v.kind == listValue && (m == "slice" || m == "drop"):
		if n, err := strconv.Atoi(arg(0).str); err == nil && n >= 0 && n <= len(v.list) && len(args) == 1 {
			return value{kind: listValue, list: v.list[n:]}
		}
	case v.kind == listValue && m == "concat":
		return concat(v, arg(0))
	case v.kind != stringValue:
	case m == "split" && (len(args) == 0 || arg(0).str == " " || arg(0).kind != stringValue):
		return value{kind: listValue, list: strings.Fields(v.str)}
	case m == "split" && arg(0).str != "":
		return value{kind: listValue, list: strings.Split(v.str, arg(0).str)}
	case m == "format":
		return text(format(v.str, args))
	case m == "lower" || m == "toLowerCase" || m == "downcase":
		return text(strings.ToLower(v.str))
	case m == "upper" || m == "toUpperCase" || m == "upcase":
		return text(strings.ToUpper(v.str))
	case m == "reverse":
		return text(reversed(v.str))
	case (m == "replace" || m == "replaceAll" || m == "sub" || m == "gsub") && len(args) == 2 && arg(0).kind == stringValue && arg(1).kind == stringValue:
		if out := strings.ReplaceAll(v.str, arg(0).str, arg(1).str); arg(0).str != "" && len(out) <= maxValue {
			return text(out)
		}
	}
	return value{}
}

// subscript reads `[n]` and `[a:b]` after a value.
func (s *scanner) subscript(v value) value {
	last := s.matching(s.i)
	if last-s.i > 12 { // more than numbers and colons
		s.i = last
		return text(action.HoleText)
	}
	var bounds []string
	part := ""
	for i := s.i + 1; i < last-1; i++ {
		if s.at(i).text == ":" {
			bounds, part = append(bounds, part), ""
		} else {
			part += s.at(i).text
		}
	}
	bounds = append(bounds, part)
	s.i = last
	n := len(v.list)
	if v.kind == stringValue {
		n = len(v.str)
	}
	at := func(b string, none int) (int, bool) {
		if b == "" {
			return none, true
		}
		i, err := strconv.Atoi(b)
		if i < 0 {
			i += n
		}
		return i, err == nil && i >= 0 && i <= n
	}
	from, ok := at(bounds[0], 0)
	switch {
	case v.kind == stringValue && len(bounds) == 3 && bounds[0] == "" && bounds[1] == "" && bounds[2] == "-1" && !action.Holed(v.str):
		return text(reversed(v.str))
	case !ok || len(bounds) > 2 || v.kind == unknownValue || v.kind == stringValue && action.Holed(v.str):
	case len(bounds) == 1 && v.kind == listValue && from < n:
		return text(v.list[from])
	case len(bounds) == 1 && v.kind == stringValue && from < n:
		return text(v.str[from : from+1])
	case len(bounds) == 2:
		to, ok := at(bounds[1], n)
		switch {
		case !ok || to < from:
		case v.kind == listValue:
			return value{kind: listValue, list: v.list[from:to]}
		default:
			return text(v.str[from:to])
		}
	}
	return text(action.HoleText)
}

func reversed(s string) string {
	r := []rune(s)
	slices.Reverse(r)
	return string(r)
}

// spread reads over the first dots of `...args`.
func (s *scanner) spread() bool {
	if s.is(".") && s.peek(1).text == "." {
		s.i++
		return true
	}
	return s.is(".") && s.i > 0 && s.at(s.i-1).text == "."
}

// interpolated fills what is known into the holes of a string literal.
func (s *scanner) interpolated(t token) string {
	if len(t.holes) == 0 || strings.Count(t.text, action.HoleText) != len(t.holes) || s.level > maxDepth {
		return t.text
	}
	var b strings.Builder
	for i, part := range strings.Split(t.text, action.HoleText) {
		if i > 0 {
			b.WriteString(s.embedded(t.holes[i-1]))
		}
		b.WriteString(part)
	}
	return b.String()
}

// embedded is the value of an expression inside a string.
func (s *scanner) embedded(code string) string {
	if code == "" || s.work > maxWork {
		return action.HoleText
	}
	toks, at := s.toks, s.i
	s.toks, s.i = lex(s.Lang, code), 0
	s.muted++
	s.level++
	v := s.expr()
	s.level--
	s.muted--
	s.toks, s.i = toks, at
	if s.work += len(v.str) / copied; v.kind == unknownValue || len(v.str) > maxValue {
		return action.HoleText
	}
	return v.text()
}

// percent is Python's `"%s" % v`.
func percent(v, w value) value {
	words := w.list
	if w.kind != listValue {
		words = []string{w.text()}
	}
	var b strings.Builder
	for i := 0; i < len(v.str); i++ {
		if v.str[i] != '%' || i+1 == len(v.str) {
			b.WriteByte(v.str[i])
			continue
		}
		i++
		switch {
		case v.str[i] == '%':
			b.WriteByte('%')
		case (v.str[i] == 's' || v.str[i] == 'd') && len(words) > 0:
			b.WriteString(words[0])
			words = words[1:]
		default:
			return text(action.HoleText)
		}
		if b.Len() > maxValue {
			return text(action.HoleText)
		}
	}
	return text(b.String())
}

// format fills the fields `{}`, `{0}` and `{name}` of a format string.
func format(f string, args []argument) string {
	var b strings.Builder
	next := 0
	for i := 0; i < len(f); i++ {
		switch {
		case strings.HasPrefix(f[i:], "{{"), strings.HasPrefix(f[i:], "}}"):
			b.WriteByte(f[i])
			i++
		case f[i] == '{':
			last := skipInterpolation(f, i)
			key := f[i+1 : min(max(last, i+1), len(f))]
			if key == "" {
				key = strconv.Itoa(next)
				next++
			}
			val := action.HoleText
			for k, a := range args {
				if a.key == key || a.key == "" && strconv.Itoa(k) == key {
					val = a.text()
				}
			}
			if b.Len()+len(val) > maxValue {
				return action.HoleText
			}
			b.WriteString(val)
			i = last
		default:
			b.WriteByte(f[i])
		}
	}
	return b.String()
}

// result is what a function that only computes returns.
func (s *scanner) result(n string, args []argument, t token) value {
	arg := func(i int) value {
		if i < len(args) {
			return args[i].value
		}
		return value{}
	}
	first, known := arg(0).known()
	unknown := text(action.HoleText)
	decoded := func(b []byte, err error) value {
		if err != nil || !known {
			return unknown
		}
		return text(string(b))
	}
	switch n {
	case "File.open", "File.new":
		return s.opened(args, t)
	case "require", "import":
		if known {
			s.include(first, first+".py", first+".js")
			return value{kind: stringValue, str: action.HoleText, fn: strings.TrimPrefix(first, "node:")}
		}
	case "str", "bytes", "bytearray", "String":
		if known {
			return text(first)
		}
	case "chr", "String.fromCharCode":
		var b strings.Builder
		for _, a := range args {
			c, err := strconv.ParseUint(a.str, 0, 20)
			if err != nil {
				return unknown
			}
			b.WriteRune(rune(c))
		}
		return text(b.String())
	case "map":
		if arg(1).kind == listValue && arg(0).fn != "" {
			var out []string
			for _, w := range arg(1).list[:min(len(arg(1).list), maxLines)] {
				delete(s.told, t.pos)
				out = append(out, s.called(arg(0).fn, []argument{{value: text(w)}}, t).text())
			}
			return value{kind: listValue, list: out}
		}
	case "atob", "Base64.decode64", "Base64.strict_decode64", "base64_decode", "decode_base64", "MIME.Base64.decode_base64":
		return decoded(base64.StdEncoding.DecodeString(strings.TrimSpace(first)))
	case "hex2bin":
		return decoded(hex.DecodeString(strings.ReplaceAll(first, " ", "")))
	case "Buffer.from":
		switch arg(1).str {
		case "base64":
			return decoded(base64.StdEncoding.DecodeString(first))
		case "hex":
			return decoded(hex.DecodeString(first))
		}
		return arg(0).orHole()
	case "reversed":
		if known {
			return text(reversed(first))
		}
	case "join", "implode", "Array.join":
		if len(args) == 2 && arg(1).kind == listValue {
			return text(strings.Join(arg(1).list, arg(0).text()))
		}
		if len(args) > 1 {
			return text(strings.Join(texts(args[1:]), arg(0).text()))
		}
	case "tolower", "toupper":
		if known && n == "tolower" {
			return text(strings.ToLower(first))
		} else if known {
			return text(strings.ToUpper(first))
		}
	case "sprintf":
		if len(args) > 0 {
			return percent(arg(0).orHole(), value{kind: listValue, list: texts(args[1:])})
		}
	case "path.join", "File.join":
		return text(strings.Join(texts(args), "/"))
	case "ENV.fetch", "getenv", "Deno.env.get":
		if known {
			v := s.env(first)
			if v.str == action.HoleText && len(args) > 1 {
				return arg(1).orHole()
			}
			return v
		}
	case "STDIN.read", "$stdin.read", "gets", "io.read", "readline":
		return s.read("-")
	case "fs.readFileSync", "File.read", "IO.read", "file_get_contents", "Deno.readTextFileSync":
		return s.read(first)
	}
	return unknown
}

// orHole is v itself; what is not known is a hole.
func (v value) orHole() value {
	if v.kind == unknownValue {
		return text(action.HoleText)
	}
	return v
}
