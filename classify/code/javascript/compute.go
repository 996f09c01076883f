package javascript

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/venv-guard/venv-guard/action"
)

// computes handles the functions that only compute.
func (m *machine) computes(name string, args []value) (value, bool) {
	arg := func(i int) value {
		if i < len(args) {
			return args[i]
		}
		return value{kind: undefined}
	}
	switch name {
	case "String", "Bun.escapeHTML":
		return m.add(str(""), arg(0)), true
	case "Object", "Object.freeze", "Object.seal", "Object.preventExtensions", "structuredClone", "Promise.resolve", "Object.create", "cloneDeep", "readonly":
		return arg(0), true
	case "Number", "parseInt", "Number.parseInt", "parseFloat", "Number.parseFloat", "BigInt":
		return m.toNumber(name, arg(0), arg(1)), true
	case "Boolean":
		if b, ok := arg(0).bool(); ok {
			return truth(b), true
		}
		return value{}, true
	case "String.fromCharCode", "String.fromCodePoint":
		return fromCodes(args), true
	case "Array.of":
		return list(args...), true
	case "Array.isArray":
		if arg(0).kind == reference {
			return truth(arg(0).is(array)), true
		}
		return value{}, true
	case "Array.from", "Array":
		return m.arrayFrom(arg(0), args), true
	case "Object.keys", "Object.getOwnPropertyNames", "Reflect.ownKeys":
		l := m.keysOf(arg(0))
		v := list(l.elems...)
		v.obj.open = l.open
		return v, true
	case "Object.values", "Object.entries":
		return m.entries(arg(0), name == "Object.entries"), true
	case "Object.fromEntries":
		v := newObject(plain)
		m.entriesInto(v.obj, arg(0))
		return v, true
	case "Object.assign":
		return m.assignAll(args), true
	case "Object.defineProperty":
		if d := arg(2); d.is(plain) && arg(0).kind == reference {
			if v, ok := d.obj.get("value"); ok {
				m.store(arg(0), arg(1), v)
			} else if g, ok := d.obj.get("get"); ok {
				if k, ok := keyOf(arg(1)); ok {
					m.put(arg(0).obj, getter+k, g)
				}
			}
		}
		return arg(0), true
	case "Promise.all", "Promise.allSettled", "Promise.race", "Promise.any":
		if strings.HasSuffix(name, "all") {
			return arg(0), true
		}
		l := m.elements(arg(0))
		return either(l.at(0), value{}), true
	case "JSON.stringify":
		return m.stringify(arg(0)), true
	case "JSON.parse":
		return m.parseJSON(arg(0)), true
	case "Buffer.from", "Buffer", "atob", "btoa", "Buffer.concat", "decodeURIComponent", "decodeURI", "unescape", "encodeURIComponent", "encodeURI":
		return each(arg(0), func(v value) value { return m.encoding(name, v, arg(1)) }), true
	case "url.fileURLToPath", "fileURLToPath", "url.pathToFileURL", "pathToFileURL", "Bun.fileURLToPath":
		return each(arg(0), func(v value) value { return str(strings.TrimPrefix(m.toText(v), "file://")) }), true
	case "url.parse", "URL", "url.URL":
		return m.newURL(args[:min(1, len(args))]), true
	}
	return m.computesPath(name, args)
}

// computesPath handles path, os and what else names files.
func (m *machine) computesPath(name string, args []value) (value, bool) {
	switch name {
	case "path.join", "path.resolve", "path.normalize":
		return m.joinPath(args, name == "path.resolve"), true
	case "path.dirname", "path.basename", "path.extname":
		if len(args) == 0 {
			return value{}, true
		}
		return each(args[0], func(v value) value {
			s := m.toText(v)
			switch name {
			case "path.dirname":
				return str(path.Dir(s))
			case "path.extname":
				return str(path.Ext(s))
			}
			s = path.Base(s)
			if len(args) > 1 {
				s = strings.TrimSuffix(s, m.toText(args[1]))
			}
			return str(s)
		}), true
	case "process.cwd", "Deno.cwd":
		if m.dir != "" {
			return str(m.dir), true
		}
		return str("."), true
	case "os.homedir":
		return m.environment(str("HOME")), true
	case "os.tmpdir":
		return str("/tmp"), true
	case "Deno.execPath":
		return str(m.Self), true
	case "Math.floor", "Math.round", "Math.trunc", "Math.ceil", "Math.abs":
		if len(args) == 0 || args[0].kind != number {
			return value{}, true
		}
		f := map[string]func(float64) float64{"Math.floor": math.Floor, "Math.round": math.Round, "Math.trunc": math.Trunc, "Math.ceil": math.Ceil, "Math.abs": math.Abs}[name]
		return num(f(args[0].num)), true
	case "util.format":
		return m.formatted(args), true
	case "shell-quote.parse", "string-argv", "string-argv.parseArgsStringToArgv", "split-string":
		if len(args) > 0 {
			if s, ok := args[0].known(); ok {
				return texts(strings.Fields(s)), true
			}
		}
	case "shell-quote.quote":
		if len(args) > 0 {
			return m.asWords(args[0]), true
		}
	}
	return value{}, false
}

func (m *machine) joinPath(args []value, resolve bool) value {
	out := str("")
	for i, a := range args {
		for _, w := range m.elementsOrSelf(a) {
			out = each(out, func(dir value) value {
				return each(w, func(w value) value {
					s := m.toText(w)
					if i == 0 || resolve && strings.HasPrefix(s, "/") {
						return str(s)
					}
					return str(dir.str + "/" + s)
				})
			})
		}
	}
	return each(out, func(v value) value { return str(path.Clean(v.str)) })
}

func (m *machine) toNumber(name string, v, base value) value {
	return each(v, func(v value) value {
		if v.kind == number {
			if strings.HasSuffix(name, "parseInt") {
				return num(math.Trunc(v.num))
			}
			return v
		}
		s, ok := v.known()
		if !ok {
			return value{}
		}
		if strings.HasSuffix(name, "parseInt") {
			b := 10
			if base.kind == number {
				b = int(base.num)
			} else if strings.HasPrefix(s, "0x") {
				s, b = s[2:], 16
			}
			end := len(s)
			for end > 0 {
				if i, err := strconv.ParseInt(strings.TrimSpace(s[:end]), b, 64); err == nil {
					return num(float64(i))
				}
				end--
				if len(s) > 64 {
					break
				}
			}
			return num(math.NaN())
		}
		return num(v.number())
	})
}

func fromCodes(args []value) value {
	var units []uint16
	for _, a := range args {
		f := a.number()
		if math.IsNaN(f) || f < 0 || f > 0x10ffff {
			return hole
		}
		units = utf16.AppendRune(units, rune(f))
		if f < 0x10000 {
			units[len(units)-1] = uint16(f) // half of a pair, maybe
		}
	}
	return str(string(utf16.Decode(units)))
}

func (m *machine) arrayFrom(v value, args []value) value {
	if v.is(plain) && v.obj.name == "" {
		n, ok := v.obj.get("length")
		if !ok || n.kind != number || n.num > maxRounds {
			out := list()
			out.obj.open = true
			if len(args) > 1 {
				m.callbacks(args[1:], value{}, value{})
			}
			return out
		}
		out := list()
		for range int(n.num) {
			out.obj.elems = append(out.obj.elems, value{kind: undefined})
		}
		v = out
	}
	l := m.elements(v)
	out := list(l.elems...)
	out.obj.open = l.open
	if len(args) > 1 {
		return m.mapList(out, args[1])
	}
	return out
}

func (m *machine) entries(v value, pairs bool) value {
	out := list()
	for _, w := range v.choices() {
		if w.kind != reference || w.obj.class == settings {
			out.obj.open = true
			continue
		}
		if w.is(array) {
			out.obj.elems = append(out.obj.elems, w.obj.elems...)
		}
		for _, k := range slices.Clone(w.obj.keys) {
			if strings.HasPrefix(k, "\x00") {
				continue
			}
			e := w.obj.props[k]
			if pairs {
				e = list(str(k), e)
			}
			out.obj.elems = append(out.obj.elems, e)
		}
		out.obj.open = out.obj.open || w.obj.open
	}
	return out
}

func (m *machine) assignAll(args []value) value {
	if len(args) == 0 {
		return value{}
	}
	for _, to := range args[0].choices() {
		for _, a := range args[1:] {
			switch {
			case to.is(settings):
				for _, w := range a.choices() {
					if w.is(plain) {
						for _, k := range w.obj.keys {
							m.setEnv(k, m.toText(w.obj.props[k]))
						}
					}
				}
			case to.kind == reference:
				m.spreadInto(to.obj, a)
			}
		}
	}
	return args[0]
}

func (m *machine) stringify(v value) value {
	if v.kind == choice {
		return each(v, m.stringify)
	}
	if v.kind == text {
		b, _ := json.Marshal(v.str)
		return str(string(b))
	}
	if v.kind == number || v.kind == boolean || v.kind == null {
		return str(v.text())
	}
	if v.is(array) && !v.obj.open {
		words := make([]string, len(v.obj.elems))
		for i, e := range v.obj.elems {
			words[i] = m.stringify(e).text()
			if len(words[i]) > maxText {
				return hole
			}
		}
		return str("[" + strings.Join(words, ",") + "]")
	}
	if v.is(plain) && !v.obj.open {
		var words []string
		for _, k := range v.obj.keys {
			b, _ := json.Marshal(k)
			if !m.enter() {
				return hole
			}
			words = append(words, string(b)+":"+m.stringify(v.obj.props[k]).text())
			m.leave()
		}
		return str("{" + strings.Join(words, ",") + "}")
	}
	return hole
}

func (m *machine) parseJSON(v value) value {
	s, ok := v.known()
	var data any
	if !ok || json.Unmarshal([]byte(s), &data) != nil {
		return value{source: v.source, url: v.url}
	}
	return m.fromJSON(data)
}

func (m *machine) fromJSON(data any) value {
	m.work(1)
	switch d := data.(type) {
	case string:
		return str(d)
	case float64:
		return num(d)
	case bool:
		return truth(d)
	case nil:
		return value{kind: null}
	case []any:
		v := list()
		for _, e := range d {
			v.obj.elems = append(v.obj.elems, m.fromJSON(e))
		}
		return v
	case map[string]any:
		v := newObject(plain)
		keys := make([]string, 0, len(d))
		for k := range d {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			m.put(v.obj, k, m.fromJSON(d[k]))
		}
		return v
	}
	return value{}
}

// encoding handles the functions that write texts in other ways.
func (m *machine) encoding(name string, v, how value) value {
	if v.vague() {
		return value{source: v.source, url: v.url}
	}
	if v.is(array) {
		if name == "Buffer.from" {
			return fromCodes(v.obj.elems)
		}
		return str(v.obj.join(""))
	}
	s, ok := v.known()
	if !ok {
		return hole
	}
	decoded := func(b []byte, err error) value {
		if err != nil {
			return hole
		}
		return str(string(b))
	}
	switch name {
	case "Buffer.from", "Buffer":
		switch strings.ToLower(how.str) {
		case "base64", "base64url":
			return str(string(lenient64(s)))
		case "hex":
			return decoded(hex.DecodeString(s))
		}
	case "atob":
		return str(string(lenient64(s)))
	case "btoa":
		return str(base64.StdEncoding.EncodeToString([]byte(s)))
	case "decodeURIComponent", "decodeURI", "unescape":
		return str(percentDecoded(s))
	case "encodeURIComponent", "encodeURI":
		return hole
	}
	return v
}

// lenient64 decodes base64 as Node does: of both alphabets, with or without
// padding, over anything else.
func lenient64(s string) []byte {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '-':
			return '+'
		case r == '_':
			return '/'
		case r == '+' || r == '/' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z':
			return r
		}
		return -1
	}, strings.SplitN(s, "=", 2)[0])
	if len(s)%4 == 1 {
		s = s[:len(s)-1]
	}
	b, _ := base64.RawStdEncoding.DecodeString(s)
	return b
}

// formatted is util.format.
func (m *machine) formatted(args []value) value {
	if len(args) == 0 {
		return str("")
	}
	f, ok := args[0].known()
	if !ok {
		return hole
	}
	args = args[1:]
	var b strings.Builder
	for i := 0; i < len(f); i++ {
		if f[i] == '%' && i+1 < len(f) && strings.IndexByte("sdifjoO", f[i+1]) >= 0 && len(args) > 0 {
			b.WriteString(m.toText(args[0]))
			args = args[1:]
			i++
			continue
		}
		b.WriteByte(f[i])
	}
	for _, a := range args {
		b.WriteString(" " + m.toText(a))
	}
	if b.Len() > maxText {
		return str(action.HoleText)
	}
	return str(b.String())
}
