package python

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/venv-guard/venv-guard/action"
)

// format is an f-string.
func (e *evaluator) format(parts []*expr, sc *scope) value {
	out := value{kind: str}
	for _, part := range parts {
		out = e.binary("+", out, func() value {
			if part.op == stringExpr {
				return text(part.text)
			}
			return e.field(part, sc)
		}())
	}
	return out
}

// field is `{a!r:spec}` of an f-string.
func (e *evaluator) field(x *expr, sc *scope) value {
	v := e.expr(x.a, sc)
	spec := ""
	if x.b != nil {
		if s := e.format(x.b.list, sc); s.kind == str {
			spec = s.str
		}
	}
	from := v.from
	out := each(v, func(v value) value {
		s := v.show()
		if x.c != nil && x.c.text != "s" || x.flag && x.c == nil {
			s = v.repr()
		}
		return value{kind: str, str: x.prefix() + formatted(s, spec), from: from}
	})
	return out
}

// prefix is the text that a field writes before its value: f"{x=}".
func (x *expr) prefix() string {
	if x.flag {
		return x.text
	}
	return ""
}

// formatted writes a text as a format specification says, as far as that is
// about its width (Doc/library/string.rst, "Format Specification Mini-Language").
func formatted(s, spec string) string {
	if spec == "" || spec == "s" || spec == "d" || action.Holed(s) {
		return s
	}
	fill, align := " ", byte('<')
	r := []rune(spec)
	switch {
	case len(r) > 1 && strings.ContainsRune("<>^", r[1]):
		fill, align, spec = string(r[0]), byte(r[1]), string(r[2:])
	case strings.ContainsRune("<>^", r[0]):
		align, spec = byte(r[0]), string(r[1:])
	}
	width, err := strconv.Atoi(strings.TrimSuffix(spec, "s"))
	if spec == "" {
		width, err = 0, nil
	}
	if err != nil || width > 1024 || strings.HasPrefix(spec, "0") {
		return action.HoleText
	}
	missing := width - len([]rune(s))
	if missing <= 0 {
		return s
	}
	left := 0
	switch align {
	case '>':
		left = missing
	case '^':
		left = missing / 2
	}
	return strings.Repeat(fill, left) + s + strings.Repeat(fill, missing-left)
}

// percent is `"%s" % w`.
func percent(f string, w value) string {
	var args []value
	switch {
	case w.kind == tuple && len(w.obj.alts) == 0:
		args = w.obj.items
	case w.kind == tuple || w.kind == dict && w.obj.open:
		return holedFormat(f)
	default:
		args = []value{w}
	}
	var b strings.Builder
	for i := 0; i < len(f); i++ {
		if f[i] != '%' || i+1 == len(f) {
			b.WriteByte(f[i])
			continue
		}
		i++
		val := value{}
		if f[i] == '(' {
			end := strings.IndexByte(f[i:], ')')
			if end < 0 || i+end+1 >= len(f) {
				return holedFormat(f)
			}
			if w.kind == dict {
				val, _ = w.obj.entry(text(f[i+1 : i+end]))
			}
			i += end + 1
		} else if f[i] != '%' && len(args) > 0 {
			val, args = args[0], args[1:]
		}
		switch f[i] {
		case '%':
			b.WriteByte('%')
		case 's', 'd', 'i':
			b.WriteString(val.show())
		case 'r', 'a':
			b.WriteString(val.repr())
		case 'c':
			if val.kind == integer {
				b.WriteRune(rune(val.n))
			} else {
				b.WriteString(val.show())
			}
		default:
			b.WriteString(action.HoleText)
			for i < len(f) && strings.IndexByte("0123456789.-+ #*lhL", f[i]) >= 0 {
				i++
			}
		}
		if b.Len() > maxValue {
			return action.HoleText
		}
	}
	return b.String()
}

// holedFormat is a format of which nothing is known but its own text.
func holedFormat(f string) string {
	before, _, _ := strings.Cut(f, "%")
	return before + action.HoleText
}

// fill is str.format: it fills the fields `{}`, `{0}` and `{name}`.
func fill(f string, args arguments) string {
	var b strings.Builder
	next := 0
	for i := 0; i < len(f); i++ {
		switch {
		case strings.HasPrefix(f[i:], "{{"), strings.HasPrefix(f[i:], "}}"):
			b.WriteByte(f[i])
			i++
		case f[i] == '{':
			end := strings.IndexByte(f[i:], '}')
			if end < 0 {
				return b.String() + action.HoleText
			}
			key, spec, _ := strings.Cut(f[i+1:i+end], ":")
			key, conversion, _ := strings.Cut(key, "!")
			i += end
			if key == "" {
				key = strconv.Itoa(next)
				next++
			}
			v, ok := value{}, false
			if n, err := strconv.Atoi(key); err == nil {
				v, ok = args.pos(n)
			} else {
				v, ok = args.find(-1, key)
			}
			s := v.show()
			if !ok {
				s = action.HoleText
			} else if conversion == "r" {
				s = v.repr()
			}
			b.WriteString(formatted(s, spec))
		default:
			b.WriteByte(f[i])
		}
		if b.Len() > maxValue {
			return action.HoleText
		}
	}
	return b.String()
}

// method calls a method of a builtin type.
func (e *evaluator) method(on value, name string, args arguments) value {
	if n := mostAlternatives(args); n > 1 && (on.isText() || on.kind == dict) {
		var out []value
		for i := range n {
			some := arguments{open: args.open, list: slices.Clone(args.list)}
			for k := range some.list {
				all := alternatives(some.list[k].value)
				some.list[k].value = all[i%len(all)]
			}
			out = append(out, e.method(on, name, some))
		}
		return oneOf(out...)
	}
	switch on.kind {
	case str, bytesKind:
		e.steps += len(on.str) / 64
		out := e.textMethod(on, name, args)
		if out.kind == unknown {
			out.from = on.from
			e.callbacks(args)
		} else if out.from == (origin{}) {
			out.from = on.from
		}
		return out
	case list, tuple, set:
		return e.listMethod(on, name, args)
	case dict:
		return e.dictMethod(on, name, args)
	case file:
		return e.fileMethod(on, name, args)
	case path:
		return e.pathMethod(on, name, args)
	case funcKind:
		if name == "__call__" || name == "delay" || name == "apply_async" {
			return e.callWith(on, args)
		}
	}
	e.callbacks(args)
	return value{from: on.from}
}

// mostAlternatives is how much one of the arguments may be at most.
func mostAlternatives(args arguments) int {
	n := 1
	for _, a := range args.list {
		n = max(n, len(alternatives(a.value)))
	}
	return n
}

func (e *evaluator) textMethod(on value, name string, args arguments) value {
	s := on.str
	make := func(s string) value {
		if len(s) > maxValue {
			return value{}
		}
		return value{kind: on.kind, str: s}
	}
	split := func(parts []string) value {
		items := []value{}
		for _, p := range parts {
			items = append(items, make(p))
		}
		return seq(list, items)
	}
	first, given := args.find(0, "sep")
	arg, known := first.known()
	limit := args.get(1, "maxsplit")
	switch name {
	case "format", "format_map":
		if name == "format_map" && first.kind == dict {
			for i := 0; i+1 < len(first.obj.items); i += 2 {
				args.list = append(args.list, argument{first.obj.items[i].str, first.obj.items[i+1]})
			}
		}
		return make(fill(s, args))
	case "join":
		var vals []value
		for _, items := range e.elements(first) {
			words := make2(items)
			if len(words) > 0 && (len(s)+1)*len(words) > maxValue {
				return value{}
			}
			for _, w := range words {
				vals = append(vals, make(strings.Join(w, s)))
			}
		}
		if len(vals) == 0 {
			return make(action.HoleText)
		}
		return oneOf(vals...)
	case "encode":
		return value{kind: bytesKind, str: s}
	case "decode":
		if codec, ok := first.known(); ok && isCodec(codec) {
			return e.decode(on, codec)
		}
		return text(s)
	case "strip", "lstrip", "rstrip":
		cut := " \t\n\r\v\f"
		if given && first.kind != none {
			if !known {
				return value{}
			}
			cut = arg
		}
		if name != "rstrip" {
			s = strings.TrimLeft(s, cut)
		}
		if name != "lstrip" {
			s = strings.TrimRight(s, cut)
		}
		return make(s)
	case "removeprefix":
		return make(strings.TrimPrefix(s, arg))
	case "removesuffix":
		return make(strings.TrimSuffix(s, arg))
	case "split", "rsplit":
		n := -1
		if limit.kind == integer && limit.n >= 0 {
			n = int(limit.n) + 1
		}
		if !given || first.kind == none {
			if n > 0 {
				break
			}
			return split(strings.Fields(s))
		}
		if known && arg != "" && (name == "split" || n < 0) {
			return split(strings.SplitN(s, arg, n))
		}
	case "splitlines":
		return split(strings.Split(strings.TrimSuffix(s, "\n"), "\n"))
	case "partition", "rpartition":
		if !known || arg == "" {
			break
		}
		i := strings.Index(s, arg)
		if name == "rpartition" {
			i = strings.LastIndex(s, arg)
		}
		if i >= 0 {
			return seq(tuple, []value{make(s[:i]), make(arg), make(s[i+len(arg):])})
		}
	case "lower", "casefold":
		return make(strings.ToLower(s))
	case "upper":
		return make(strings.ToUpper(s))
	case "title":
		return make(titled(s))
	case "capitalize":
		r := []rune(strings.ToLower(s))
		if len(r) > 0 {
			r[0] = unicode.ToUpper(r[0])
		}
		return make(string(r))
	case "swapcase":
		return make(strings.Map(func(r rune) rune {
			if unicode.IsUpper(r) {
				return unicode.ToLower(r)
			}
			return unicode.ToUpper(r)
		}, s))
	case "replace":
		to, toKnown := args.get(1, "new").known()
		if old, ok := args.get(0, "old").known(); ok && toKnown && old != "" {
			n := -1
			if count := args.get(2, "count"); count.kind == integer {
				n = int(count.n)
			}
			return make(strings.Replace(s, old, to, n))
		}
	case "translate":
		if first.kind == dict && !first.obj.open {
			return make(translated(s, first.obj))
		}
	case "center", "ljust", "rjust", "zfill":
		return make(s)
	case "expandtabs", "copy", "__str__", "__format__":
		return make(s)
	case "hex":
		if on.kind == bytesKind && !action.Holed(s) {
			return text(hexed(s))
		}
	case "startswith", "endswith":
		if known && !action.Holed(s) {
			if name == "startswith" {
				return truth(strings.HasPrefix(s, arg))
			}
			return truth(strings.HasSuffix(s, arg))
		}
	case "fromhex":
		return e.library(library("bytes.fromhex"), args)
	}
	return value{}
}

// make2 returns the texts of values as one list, or as several where a value may
// be several.
func make2(items []value) [][]string {
	out := [][]string{nil}
	for _, v := range items {
		var more [][]string
		for _, s := range texts(v) {
			more = append(more, []string{s})
		}
		out = combine(out, more)
	}
	return out
}

func titled(s string) string {
	before := ' '
	return strings.Map(func(r rune) rune {
		defer func() { before = r }()
		if unicode.IsLetter(before) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

func translated(s string, table *object) string {
	var b strings.Builder
	for _, r := range s {
		v, ok := table.entry(number(int64(r)))
		if !ok {
			v, ok = table.entry(text(string(r)))
		}
		switch {
		case !ok:
			b.WriteRune(r)
		case v.kind == integer:
			b.WriteRune(rune(v.n))
		case v.kind != none:
			b.WriteString(v.show())
		}
	}
	return b.String()
}

func (e *evaluator) extend(on, more value) {
	states := e.elements(more)
	if len(states) == 0 {
		states = [][]value{{value{from: more.from}}}
	}
	var out [][]value
	for _, a := range lists(on) {
		for _, b := range states {
			out = append(out, append(slices.Clip(a), b...))
		}
	}
	e.hold(on.obj, out[0], out[1:])
}

func (e *evaluator) listMethod(on value, name string, args arguments) value {
	arg, _ := args.pos(0)
	change := func(f func(items []value) []value) {
		var states [][]value
		for _, items := range lists(on) {
			states = append(states, f(items))
		}
		e.hold(on.obj, states[0], states[1:])
	}
	switch name {
	case "append", "add", "appendleft":
		if args.open {
			arg = value{}
		}
		change(func(items []value) []value {
			if name == "appendleft" {
				return append([]value{arg}, items...)
			}
			return append(slices.Clip(items), arg)
		})
	case "extend", "update":
		e.extend(on, arg)
	case "insert":
		v, _ := args.pos(1)
		change(func(items []value) []value {
			i := int(arg.n)
			if i < 0 {
				i += len(items)
			}
			return slices.Insert(slices.Clone(items), min(max(i, 0), len(items)), v)
		})
	case "pop", "popleft":
		i := -1
		if arg.kind == integer {
			i = int(arg.n)
		} else if name == "popleft" {
			i = 0
		}
		out := e.item(on, number(int64(i)))
		change(func(items []value) []value {
			k := i
			if k < 0 {
				k += len(items)
			}
			if k < 0 || k >= len(items) {
				return items
			}
			return slices.Delete(slices.Clone(items), k, k+1)
		})
		return out
	case "remove", "discard":
		change(func(items []value) []value {
			for i, v := range items {
				if v.kind == arg.kind && v.str == arg.str && v.n == arg.n {
					return slices.Delete(slices.Clone(items), i, i+1)
				}
			}
			return items
		})
	case "clear":
		change(func([]value) []value { return nil })
	case "reverse":
		change(func(items []value) []value {
			items = slices.Clone(items)
			slices.Reverse(items)
			return items
		})
	case "sort":
		change(sorted)
	case "copy", "union":
		out := seq(on.kind, on.obj.items)
		if out.obj != nil {
			out.obj.alts = on.obj.alts
		}
		return out
	case "__getitem__":
		return e.item(on, arg)
	}
	return value{kind: none}
}

// sorted sorts texts; where not all are known, the order stays.
func sorted(items []value) []value {
	for _, v := range items {
		if _, ok := v.known(); !ok {
			return items
		}
	}
	items = slices.Clone(items)
	slices.SortStableFunc(items, func(a, b value) int { return strings.Compare(a.str, b.str) })
	return items
}

func (e *evaluator) dictMethod(on value, name string, args arguments) value {
	key, _ := args.pos(0)
	other, _ := args.pos(1)
	switch name {
	case "get", "pop", "setdefault", "__getitem__":
		v, ok := on.obj.entry(key)
		switch {
		case on.obj.env || on.obj.copy && !ok:
			v = e.getenv(on.obj, key.show())
			if s, known := v.known(); !known || s == "" {
				v = oneOf(v, other)
			}
		case !ok && !on.obj.open:
			v = other
		case !ok || key.kind == unknown:
			v = e.item(on, key)
			if other.kind != unknown {
				v = oneOf(v, other)
			}
		}
		switch name {
		case "pop":
			e.remove(on, key)
		case "setdefault":
			if !ok {
				e.hold(on.obj, on.obj.with(key, v), nil)
			}
		}
		return v
	case "__setitem__":
		e.hold(on.obj, on.obj.with(key, other), nil)
	case "update":
		if len(args.list) > 0 && args.list[0].key == "" {
			e.update(on, key)
		}
		for _, a := range args.list {
			if a.key != "" {
				e.hold(on.obj, on.obj.with(text(a.key), a.value), nil)
			}
		}
	case "copy":
		return value{kind: dict, obj: &object{dict: true, items: slices.Clone(on.obj.items), open: on.obj.open, copy: on.obj.copy || on.obj.env}}
	case "clear":
		e.hold(on.obj, nil, nil)
	case "keys", "values", "items":
		if on.obj.open {
			return value{}
		}
		var out []value
		for i := 0; i+1 < len(on.obj.items); i += 2 {
			k, v := on.obj.items[i], on.obj.items[i+1]
			switch name {
			case "keys":
				out = append(out, k)
			case "values":
				out = append(out, v)
			default:
				out = append(out, seq(tuple, []value{k, v}))
			}
		}
		return seq(list, out)
	}
	return value{kind: none}
}
