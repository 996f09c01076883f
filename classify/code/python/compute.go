package python

import (
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"compress/zlib"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/venv-guard/venv-guard/action"
)

// textFunction calls what only computes: exactly, or not at all.
func (e *evaluator) textFunction(f value, name string, args arguments) (value, bool) {
	first, has := args.pos(0)
	second, _ := args.pos(1)
	switch name {
	case "str", "unicode":
		if !has {
			return text(""), true
		}
		return each(first, func(v value) value { return value{kind: str, str: v.show(), from: v.from} }), true
	case "bytes", "bytearray", "memoryview":
		return e.bytesOf(first), true
	case "int", "float":
		return each(first, func(v value) value {
			base := 10
			if second.kind == integer {
				base = int(second.n)
			}
			if n, err := strconv.ParseInt(strings.TrimSpace(v.show()), base, 32); err == nil && base >= 0 && base <= 36 {
				return number(n)
			}
			return value{}
		}), true
	case "chr", "unichr":
		return each(first, func(v value) value {
			if v.kind == integer && utf8.ValidRune(rune(v.n)) {
				return text(string(rune(v.n)))
			}
			return value{kind: str, str: action.HoleText}
		}), true
	case "ord":
		if s, ok := first.known(); ok && s != "" {
			r, _ := utf8.DecodeRuneInString(s)
			return number(int64(r)), true
		}
		return value{}, true
	case "len":
		switch s, ok := first.known(); {
		case ok && first.kind == str:
			return number(int64(utf8.RuneCountInString(s))), true
		case ok:
			return number(int64(len(s))), true
		case isSeq(first) && len(first.obj.alts) == 0:
			return number(int64(len(first.obj.items))), true
		}
		return value{}, true
	case "repr", "ascii":
		return text(first.repr()), true
	case "input", "raw_input":
		return text(e.read("-")), true
	case "isinstance", "issubclass", "callable", "hasattr", "bool", "any", "all", "abs", "sum", "max", "min", "round", "hash", "id", "type", "super", "object":
		return value{}, true
	case "next", "iter", "asyncio.run", "asyncio.wait_for", "asyncio.ensure_future", "asyncio.create_task", "cast", "typing.cast", "copy.copy", "copy.deepcopy":
		if name == "typing.cast" || name == "cast" {
			return second, true
		}
		if states := e.elements(first); name == "next" && len(states) > 0 && len(states[0]) > 0 {
			return states[0][0], true
		}
		if name == "copy.copy" || name == "copy.deepcopy" {
			switch first.kind {
			case list, tuple, set:
				return e.listMethod(first, "copy", arguments{}), true
			case dict:
				return e.dictMethod(first, "copy", arguments{}), true
			}
		}
		return first, true
	case "random.choice", "secrets.choice", "random.sample":
		if states := e.elements(first); len(states) > 0 {
			return oneOf(slices.Concat(states...)...), true
		}
		return value{}, true
	case "shutil.which", "distutils.spawn.find_executable":
		return first, true
	case "os.getenv", "os.environ.get", "os.getenvb":
		return e.dictMethod(value{kind: dict, obj: e.env}, "get", args), true
	case "os.fspath", "os.fsdecode", "os.fsencode", "sys.intern", "textwrap.dedent", "inspect.cleandoc":
		return each(first, func(v value) value { return value{kind: str, str: v.show(), from: v.from} }), true
	case "shlex.split":
		return each(first, func(v value) value {
			if action.OnlyHoles(v.show()) {
				return value{from: v.from}
			}
			var items []value
			for _, w := range shellWords(v.show()) {
				items = append(items, text(w))
			}
			return seq(list, items)
		}), true
	case "shlex.join", "subprocess.list2cmdline":
		var out []value
		for _, items := range e.elements(first) {
			for _, words := range make2(items) {
				out = append(out, text(quoteWords(words)))
			}
		}
		return oneOf(out...), true
	case "shlex.quote", "pipes.quote":
		return each(first, func(v value) value {
			if s, ok := v.known(); ok {
				return text(quoteWords([]string{s}))
			}
			return value{kind: str, str: v.show()}
		}), true
	case "string.Template":
		return value{kind: ref, str: "string.Template()", obj: &object{items: []value{first}}}, true
	case "string.Template().substitute", "string.Template().safe_substitute":
		return template(f, args), true
	case "json.loads":
		return fromJSON(first), true
	case "json.load":
		if first.kind == file {
			return fromJSON(text(e.fileText(first))), true
		}
		return value{from: first.from}, true
	case "urllib.parse.unquote", "urllib.parse.unquote_plus", "html.unescape":
		return each(first, func(v value) value {
			s := v.show()
			if name == "html.unescape" {
				return text(html.UnescapeString(s))
			}
			if out, err := url.PathUnescape(s); err == nil {
				return text(out)
			}
			return value{}
		}), true
	}
	if v, ok := e.sequenceFunction(name, args); ok {
		return v, true
	}
	if v, ok := e.decoding(name, args); ok {
		return v, true
	}
	return value{}, false
}

func (e *evaluator) bytesOf(v value) value {
	switch v.kind {
	case list, tuple:
		var b []byte
		for _, x := range v.obj.items {
			if x.kind != integer {
				return value{}
			}
			b = append(b, byte(x.n))
		}
		return value{kind: bytesKind, str: string(b)}
	case str, bytesKind:
		return value{kind: bytesKind, str: v.str, from: v.from}
	}
	return value{from: v.from}
}

func template(f value, args arguments) value {
	if f.obj == nil || len(f.obj.items) != 1 {
		return value{}
	}
	return each(f.obj.items[0], func(v value) value {
		s := v.show()
		fillIn := func(name string, val value) {
			s = strings.ReplaceAll(strings.ReplaceAll(s, "${"+name+"}", val.show()), "$"+name, val.show())
		}
		if m, ok := args.pos(0); ok && m.kind == dict {
			for i := 0; i+1 < len(m.obj.items); i += 2 {
				fillIn(m.obj.items[i].show(), m.obj.items[i+1])
			}
		}
		for _, a := range args.list {
			if a.key != "" {
				fillIn(a.key, a.value)
			}
		}
		return text(strings.ReplaceAll(s, "$$", "$"))
	})
}

func fromJSON(v value) value {
	s, ok := v.known()
	if !ok || len(s) > maxValue {
		return value{from: v.from}
	}
	var any any
	if json.Unmarshal([]byte(s), &any) != nil {
		return value{}
	}
	return ofJSON(any)
}

func ofJSON(x any) value {
	switch x := x.(type) {
	case string:
		return text(x)
	case float64:
		if x == float64(int64(x)) {
			return number(int64(x))
		}
	case bool:
		return truth(x)
	case nil:
		return value{kind: none}
	case []any:
		items := []value{}
		for _, el := range x {
			items = append(items, ofJSON(el))
		}
		return seq(list, items)
	case map[string]any:
		d := value{kind: dict, obj: &object{dict: true}}
		for _, k := range slices.Sorted(maps.Keys(x)) {
			d.obj.items = append(d.obj.items, text(k), ofJSON(x[k]))
		}
		return d
	}
	return value{}
}

// sequenceFunction calls what makes sequences of others.
func (e *evaluator) sequenceFunction(name string, args arguments) (value, bool) {
	first, has := args.pos(0)
	over := func(k kind, f func(items []value) []value) (value, bool) {
		states := e.elements(first)
		if len(states) == 0 {
			if !has {
				return seq(k, nil), true
			}
			return value{from: first.from}, true
		}
		var out []value
		for _, items := range states {
			out = append(out, seq(k, f(items)))
		}
		return oneOf(out...), true
	}
	keep := func(items []value) []value { return items }
	switch name {
	case "list", "collections.deque", "deque":
		return over(list, keep)
	case "tuple":
		return over(tuple, keep)
	case "set", "frozenset":
		return over(set, keep)
	case "sorted":
		return over(list, sorted)
	case "reversed":
		return over(list, func(items []value) []value {
			items = slices.Clone(items)
			slices.Reverse(items)
			return items
		})
	case "enumerate":
		return over(list, func(items []value) []value {
			var out []value
			for i, v := range items {
				out = append(out, seq(tuple, []value{number(int64(i)), v}))
			}
			return out
		})
	case "dict", "collections.OrderedDict", "collections.defaultdict", "types.SimpleNamespace":
		d := value{kind: dict, obj: &object{dict: true, open: args.open || name == "collections.defaultdict"}}
		if first.kind == dict {
			e.update(d, first)
		} else if states := e.elements(first); len(states) > 0 {
			for _, pair := range states[0] {
				if isSeq(pair) && len(pair.obj.items) == 2 {
					d.obj.items = d.obj.with(pair.obj.items[0], pair.obj.items[1])
				}
			}
		} else if has {
			d.obj.open = true
		}
		for _, a := range args.list {
			if a.key != "" {
				d.obj.items = d.obj.with(text(a.key), a.value)
			}
		}
		if name == "types.SimpleNamespace" {
			cls := value{kind: class, obj: &object{attrs: newTable()}}
			inst := value{kind: instance, obj: &object{self: &cls, attrs: newTable()}}
			for i := 0; i+1 < len(d.obj.items); i += 2 {
				inst.obj.attrs.m[d.obj.items[i].str] = d.obj.items[i+1]
			}
			return inst, true
		}
		return d, true
	case "range", "xrange":
		return ranged(args.rest(0)), true
	case "zip":
		return e.zipped(args.rest(0)), true
	case "map", "filter", "itertools.starmap", "functools.reduce", "reduce":
		return e.mapped(name, args), true
	case "itertools.chain", "itertools.chain.from_iterable":
		vals := args.rest(0)
		if name == "itertools.chain.from_iterable" {
			if states := e.elements(first); len(states) > 0 {
				vals = states[0]
			}
		}
		out := seq(list, nil)
		for _, v := range vals {
			e.extend(out, v)
		}
		return out, true
	}
	if i := strings.LastIndexByte(name, '.'); i > 0 && (strings.HasPrefix(name[i:], ".map") || strings.HasPrefix(name[i:], ".imap") || name[i:] == ".starmap") && first.kind != unknown {
		return e.mapped("map", args), true // of an executor or pool
	}
	return value{}, false
}

func ranged(vals []value) value {
	var n [3]int64
	for i, v := range vals {
		if i > 2 || v.kind != integer {
			return value{}
		}
		n[i] = v.n
	}
	from, to, step := int64(0), n[0], int64(1)
	if len(vals) > 1 {
		from, to = n[0], n[1]
	}
	if len(vals) > 2 {
		step = n[2]
	}
	if step == 0 || len(vals) == 0 {
		return value{}
	}
	var items []value
	for i := from; step > 0 && i < to || step < 0 && i > to; i += step {
		if len(items) > maxRounds {
			break
		}
		items = append(items, number(i))
	}
	return seq(list, items)
}

func (e *evaluator) zipped(vals []value) value {
	n := -1
	var cols [][]value
	for _, v := range vals {
		states := e.elements(v)
		if len(states) == 0 {
			return value{}
		}
		cols = append(cols, states[0])
		if n < 0 || len(states[0]) < n {
			n = len(states[0])
		}
	}
	var rows []value
	for i := range max(n, 0) {
		var row []value
		for _, c := range cols {
			row = append(row, c[i])
		}
		rows = append(rows, seq(tuple, row))
	}
	return seq(list, rows)
}

// mapped calls a function for every element.
func (e *evaluator) mapped(name string, args arguments) value {
	f, _ := args.pos(0)
	over, _ := args.pos(1)
	states := e.elements(over)
	if len(args.rest(0)) > 2 && name == "map" {
		over = e.zipped(args.rest(1))
		states, name = e.elements(over), "itertools.starmap"
	}
	if len(states) == 0 {
		states = [][]value{{value{from: over.from}}}
		if f.kind == none {
			return value{}
		}
	}
	var out []value
	for _, items := range states {
		var made []value
		sum := value{}
		for i, v := range items {
			if i == maxRounds {
				e.unread = e.unread || f.kind != ref || starts(f.str)
				break
			}
			switch {
			case name == "filter":
				if f.kind != none {
					if yes, known := e.call(f, []argument{{value: v}}).truthy(); known && !yes {
						continue
					}
				}
				made = append(made, v)
			case strings.HasSuffix(name, "reduce"):
				if i == 0 {
					sum = v
				} else {
					sum = e.call(f, []argument{{value: sum}, {value: v}})
				}
			case name == "itertools.starmap" && isSeq(v):
				made = append(made, e.call(f, plainArgs(v.obj.items)))
			default:
				made = append(made, e.call(f, []argument{{value: v}}))
			}
		}
		if strings.HasSuffix(name, "reduce") {
			out = append(out, sum)
		} else {
			out = append(out, seq(list, made))
		}
	}
	return oneOf(out...)
}

// isCodec reports whether a codec is none that only says how text is kept.
func isCodec(name string) bool {
	switch strings.NewReplacer("-", "_").Replace(strings.ToLower(name)) {
	case "rot13", "rot_13", "hex", "hex_codec", "base64", "base64_codec", "zlib", "zlib_codec", "bz2", "unicode_escape", "raw_unicode_escape", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "uu", "punycode", "idna":
		return true
	}
	return false
}

// decode is codecs.decode: what it cannot do is made by it.
func (e *evaluator) decode(v value, codec string) value {
	s, ok := v.known()
	if !ok {
		return value{from: v.from}
	}
	switch strings.ReplaceAll(strings.ToLower(codec), "-", "_") {
	case "rot13", "rot_13":
		return text(strings.Map(func(r rune) rune {
			switch {
			case 'a' <= r && r <= 'z':
				return 'a' + (r-'a'+13)%26
			case 'A' <= r && r <= 'Z':
				return 'A' + (r-'A'+13)%26
			}
			return r
		}, s))
	case "hex", "hex_codec":
		return e.decoding1("binascii.unhexlify", v)
	case "base64", "base64_codec":
		return e.decoding1("base64.b64decode", v)
	case "zlib", "zlib_codec":
		return e.decoding1("zlib.decompress", v)
	case "unicode_escape", "raw_unicode_escape":
		return text(unescape(s, false, false))
	case "utf_16_le", "utf_16":
		if !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) {
			return text(strings.ReplaceAll(s, "\x00", ""))
		}
	}
	return e.decoded("codecs.decode", v)
}

func (e *evaluator) decoding1(name string, v value) value {
	out, _ := e.decoding(name, arguments{list: []argument{{value: v}}})
	return out
}

// decoding calls what turns bytes into others.
func (e *evaluator) decoding(name string, args arguments) (value, bool) {
	v, _ := args.pos(0)
	if v.kind == either {
		return each(v, func(v value) value { out, _ := e.decoding(name, arguments{list: []argument{{value: v}}}); return out }), true
	}
	s, known := v.known()
	var out []byte
	var err error
	squeezed := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' || r == '\r' || r == '\t' {
			return -1
		}
		return r
	}, s)
	inflate := func(r io.Reader, e error) {
		if err = e; err == nil {
			out, err = io.ReadAll(io.LimitReader(r, maxValue+1))
		}
	}
	switch name {
	case "base64.b64decode", "base64.standard_b64decode", "base64.decodebytes", "base64.decodestring", "binascii.a2b_base64":
		out, err = base64.StdEncoding.DecodeString(squeezed)
	case "base64.urlsafe_b64decode":
		out, err = base64.URLEncoding.DecodeString(squeezed)
	case "base64.b32decode":
		out, err = base32.StdEncoding.DecodeString(squeezed)
	case "bytes.fromhex", "bytearray.fromhex", "binascii.unhexlify", "base64.b16decode", "binascii.a2b_hex":
		out, err = hex.DecodeString(squeezed)
	case "base64.b64encode", "base64.standard_b64encode":
		out = []byte(base64.StdEncoding.EncodeToString([]byte(s)))
	case "binascii.hexlify":
		out = []byte(hex.EncodeToString([]byte(s)))
	case "zlib.decompress":
		r, e := zlib.NewReader(strings.NewReader(s))
		inflate(r, e)
	case "gzip.decompress":
		r, e := gzip.NewReader(strings.NewReader(s))
		inflate(r, e)
	case "bz2.decompress":
		inflate(bzip2.NewReader(bytes.NewReader([]byte(s))), nil)
	case "codecs.decode":
		codec := args.get(1, "encoding")
		if codec.kind == str && !isCodec(codec.str) {
			return text(v.show()), true
		}
		return e.decode(v, codec.show()), true
	case "codecs.encode":
		codec := args.get(1, "encoding")
		if strings.HasPrefix(codec.str, "rot") {
			return e.decode(v, codec.str), true
		}
		return value{from: v.from}, true
	case "base64.a85decode", "base64.b85decode", "lzma.decompress", "zlib.decompressobj().decompress", "binascii.a2b_uu", "quopri.decodestring", "cryptography.fernet.Fernet().decrypt":
		return e.decoded(name, v), true
	default:
		if strings.HasSuffix(name, ".decrypt") {
			return e.decoded(name, v), true
		}
		return value{}, false
	}
	switch {
	case !known:
		return value{from: v.from}, true
	case err != nil || len(out) > maxValue:
		return e.decoded(name, v), true
	}
	return value{kind: bytesKind, str: string(out)}, true
}

func hexed(s string) string { return hex.EncodeToString([]byte(s)) }
