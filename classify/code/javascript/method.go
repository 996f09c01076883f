package javascript

import (
	"strings"
	"unicode/utf8"

	"github.com/venv-guard/venv-guard/action"
)

// callMethod calls a method of a value by its name.
func (m *machine) callMethod(name string, this value, args []value) value {
	if this.kind == choice {
		return each(this, func(w value) value { return m.callMethod(name, w, args) })
	}
	switch name {
	case "toString", "valueOf", "toLocaleString", "trimEnd", "trimStart", "trim", "$promise":
		if v, ok := m.asText(name, this, args); ok {
			return v
		}
	case "constructor", "constructor.constructor":
		return m.makeFunction(args)
	}
	switch {
	case this.kind == text:
		if v, ok := m.textMethod(name, this, args); ok {
			return v
		}
	case this.is(array):
		if v, ok := m.listMethod(name, this, args); ok {
			return v
		}
	case this.is(child) || this.is(stream):
		return m.streamMethod(name, this, args)
	case this.is(plain) && this.obj.name == "map":
		if v, ok := m.mapMethod(name, this, args); ok {
			return v
		}
	case this.is(plain):
		switch name {
		case "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable":
			return value{}
		}
	case this.is(regexp):
		m.callbacks(args, value{})
		return value{}
	case this.is(settings):
		return value{}
	}
	return m.unknownMethod(name, this, args)
}

// unknownMethod calls a method of a value that is not known. What comes of what
// came from elsewhere does too.
func (m *machine) unknownMethod(name string, this value, args []value) value {
	m.guess(name, args)
	of := value{source: this.source, url: this.url}
	if (name == "pipe" || name == "pipeTo" || name == "pipeThrough") && len(args) > 0 {
		m.pipe(this, args[0])
		return args[0]
	}
	switch name {
	case "open": // XMLHttpRequest, and databases
		if len(args) > 1 && args[0].kind == text && strings.Contains(args[1].text(), "://") {
			m.connectTo(m.toText(args[1]), "")
		}
	case "connect":
		if len(args) > 1 && args[0].kind == number && args[1].kind == text {
			m.connectTo("tcp://"+m.toText(args[1])+":"+m.toText(args[0])+"/", "")
		}
	case "send", "write", "end":
		if this.url != "" && len(args) > 0 {
			m.connectTo(this.url, m.sent(args))
		}
	}
	for _, a := range args {
		for _, w := range a.choices() {
			if w.is(function) && (of.source != "" || of.url != "") {
				w.obj.fn.called = true
				m.maybe(func() { m.invoke(w, value{}, []value{of, of, of}) })
			} else {
				m.forget(w)
			}
		}
	}
	return of
}

// asText handles the methods that most values have.
func (m *machine) asText(name string, this value, args []value) (value, bool) {
	switch this.kind {
	case text:
		switch name {
		case "trim":
			return str(trimmed(this.str)), true
		case "trimStart":
			return str(strings.TrimLeft(this.str, " \t\r\n")), true
		case "trimEnd":
			return str(strings.TrimRight(this.str, " \t\r\n")), true
		}
		if len(args) > 0 { // of a Buffer
			switch args[0].str {
			case "base64":
				return m.encoding("btoa", this, value{}), true
			case "hex":
				return hole, true
			}
		}
		return this, true
	case number, boolean:
		if len(args) > 0 && args[0].kind == number && args[0].num != 10 {
			return hole, true
		}
		return str(this.text()), true
	case reference:
		if this.obj.class == array {
			return str(this.text()), true
		}
		if this.obj.class == child || this.obj.class == stream {
			return value{source: this.obj.printed()}, true
		}
	}
	return value{}, false
}

// trimmed is trim; blanks beside a hole at the end of a text may go too.
func trimmed(s string) string {
	if !action.Holed(s) {
		return strings.TrimSpace(s)
	}
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s, action.HoleText); ok {
		s = action.HoleText + strings.TrimLeft(rest, " \t\r\n")
	}
	if rest, ok := strings.CutSuffix(s, action.HoleText); ok {
		s = strings.TrimRight(rest, " \t\r\n") + action.HoleText
	}
	return s
}

func (m *machine) textMethod(name string, this value, args []value) (value, bool) {
	m.work(len(this.str) / 64)
	arg := func(i int) value {
		if i < len(args) {
			return args[i]
		}
		return value{kind: undefined}
	}
	s, known := this.known()
	switch name {
	case "concat":
		out := this
		for _, a := range args {
			out = m.concat(out, a)
		}
		return out, true
	case "toLowerCase", "toLocaleLowerCase":
		return str(strings.ToLower(this.str)), true
	case "toUpperCase", "toLocaleUpperCase":
		return str(strings.ToUpper(this.str)), true
	case "normalize", "toWellFormed":
		return this, true
	case "replace", "replaceAll":
		return m.replace(this, args, name == "replaceAll"), true
	case "split":
		return m.split(this, arg(0)), true
	case "padStart", "padEnd":
		if n := arg(0).number(); known && n <= float64(utf8.RuneCountInString(s)) {
			return this, true
		}
		return hole, true
	}
	if !known {
		switch name {
		case "startsWith", "endsWith", "includes", "indexOf", "match", "test", "search", "localeCompare", "charCodeAt", "codePointAt", "lastIndexOf":
			return value{}, true
		case "slice", "substring", "substr", "at", "charAt", "repeat":
			return hole, true
		}
		return value{}, false
	}
	return m.knownTextMethod(name, s, args, arg)
}

func (m *machine) knownTextMethod(name, s string, args []value, arg func(int) value) (value, bool) {
	part, ok := arg(0).known()
	switch name {
	case "startsWith", "endsWith", "includes", "indexOf", "lastIndexOf":
		if !ok || len(args) > 1 {
			return value{}, true
		}
		switch name {
		case "startsWith":
			return truth(strings.HasPrefix(s, part)), true
		case "endsWith":
			return truth(strings.HasSuffix(s, part)), true
		case "includes":
			return truth(strings.Contains(s, part)), true
		case "indexOf":
			return num(float64(runeIndex(s, strings.Index(s, part)))), true
		}
		return num(float64(runeIndex(s, strings.LastIndex(s, part)))), true
	case "slice", "substring", "substr":
		return cut(name, []rune(s), args), true
	case "charAt", "at", "charCodeAt", "codePointAt":
		r := []rune(s)
		i := 0
		if len(args) > 0 {
			f := args[0].number()
			if f != f {
				return value{}, true
			}
			i = int(f)
		}
		if i < 0 && name == "at" {
			i += len(r)
		}
		switch {
		case i < 0 || i >= len(r):
			return value{kind: undefined}, true
		case name == "charCodeAt" || name == "codePointAt":
			return num(float64(r[i])), true
		}
		return str(string(r[i])), true
	case "repeat":
		if n := arg(0).number(); n >= 0 && n*float64(len(s)) <= maxText {
			return str(strings.Repeat(s, int(n))), true
		}
		return hole, true
	case "match", "matchAll", "search", "localeCompare", "test":
		return value{}, true
	case "write", "fill", "copy", "equals", "readUInt8": // of a Buffer
		return value{}, true
	}
	return value{}, false
}

func runeIndex(s string, i int) int {
	if i < 0 {
		return i
	}
	return utf8.RuneCountInString(s[:i])
}

// cut is slice, substring and substr.
func cut(name string, r []rune, args []value) value {
	from, to := 0, len(r)
	for i, a := range args[:min(2, len(args))] {
		if a.kind == undefined {
			continue
		}
		f := a.number()
		if f != f {
			return hole
		}
		n := int(max(min(f, maxText), -maxText))
		if n < 0 && name != "substring" && (i == 0 || name == "slice") {
			n += len(r)
		}
		if i == 0 {
			from = n
		} else if to = n; name == "substr" {
			to = from + n
		}
	}
	from, to = max(0, min(from, len(r))), max(0, min(to, len(r)))
	if name == "substring" && from > to {
		from, to = to, from
	}
	if from > to {
		return str("")
	}
	return str(string(r[from:to]))
}

// replace is String.prototype.replace, exactly where a text is replaced by a
// text.
func (m *machine) replace(this value, args []value, all bool) value {
	if len(args) < 2 {
		return this
	}
	old, ok := args[0].known()
	pattern := ""
	if args[0].is(regexp) {
		pattern, ok = plainPattern(args[0].obj.text)
		all = strings.HasSuffix(args[0].obj.text, "g") || all
		old = pattern
	}
	with := args[1]
	if with.is(function) {
		if !ok || !strings.Contains(this.str, old) {
			m.callbacks(args[1:], value{}, value{}, value{})
			return hole
		}
		with = m.invoke(with, value{}, []value{str(old)})
	}
	s := m.toText(with)
	if !ok || strings.Contains(s, "$") {
		return hole
	}
	n := 1
	if all {
		n = -1
	}
	if old == "" || len(this.str)/len(old)*len(s) > 4*maxText {
		return hole
	}
	return str(strings.Replace(this.str, old, s, n))
}

// plainPattern returns the text that a regular expression matches, if it
// matches one alone.
func plainPattern(re string) (string, bool) {
	if len(re) < 2 || re[0] != '/' {
		return "", false
	}
	end := strings.LastIndexByte(re, '/')
	if strings.Trim(re[end+1:], "gu") != "" {
		return "", false
	}
	var b strings.Builder
	for i := 1; i < end; i++ {
		c := re[i]
		if c == '\\' && i+1 < end {
			if i++; isName(re[i]) {
				return "", false
			}
			c = re[i]
		} else if strings.IndexByte(".*+?^$()[]{}|", c) >= 0 {
			return "", false
		}
		b.WriteByte(c)
	}
	return b.String(), true
}

func (m *machine) split(this, sep value) value {
	if !action.OnlyHoles(this.str) {
		by, ok := sep.known()
		if sep.is(regexp) {
			switch t := sep.obj.text; t {
			case `/\s+/`, `/\s/`, `/ +/`, `/\s+/g`:
				return texts(strings.Fields(this.str))
			default:
				by, ok = plainPattern(t)
			}
		}
		switch {
		case sep.kind == undefined:
			return list(this)
		case ok:
			return texts(strings.Split(this.str, by))
		}
	}
	v := list()
	v.obj.open = true
	return v
}

// streamMethod calls a method of a started program or of a stream.
func (m *machine) streamMethod(name string, this value, args []value) value {
	o := this.obj
	of := value{source: o.printed()}
	switch name {
	case "write", "end", "writeFile", "appendFile", "setValue", "getWriter", "writer":
		if name == "getWriter" || name == "writer" {
			return this
		}
		if len(args) > 0 {
			m.writeTo(o, args[0])
		}
		return value{kind: undefined}
	case "pipe", "pipeTo", "pipeStdout":
		if len(args) > 0 {
			m.pipe(of, args[0])
			return args[0]
		}
	case "on", "once", "addListener", "then":
		m.callbacks(args, of)
		return this
	case "spawn", "output", "outputSync", "quiet", "nothrow", "noThrow", "unref", "ref", "kill", "status", "setEncoding", "stdio", "timeout", "cwd", "env":
		m.callbacks(args, of)
		return this
	case "readFile", "read", "text", "json", "lines", "toString", "arrayBuffer", "bytes", "blob", "stream":
		if o.start != nil && o.start.file != "" {
			return m.readFile(this)
		}
		return of
	}
	m.callbacks(args, of)
	if o.start != nil && o.start.file != "" {
		return of
	}
	v := of
	return v
}

// mapMethod calls a method of a Map.
func (m *machine) mapMethod(name string, this value, args []value) (value, bool) {
	o := this.obj
	switch name {
	case "get":
		if len(args) > 0 {
			v := m.property(value{kind: reference, obj: &object{keys: o.keys, props: o.props, open: o.open}}, args[0])
			return v, true
		}
	case "set", "append":
		if len(args) > 1 {
			if k, ok := keyOf(args[0]); ok {
				m.put(o, k, args[1])
			} else {
				m.touch(o)
				o.open = true
			}
		}
		return this, true
	case "keys":
		l := m.keysOf(this)
		return list(l.elems...), true
	case "values":
		return m.entries(this, false), true
	case "entries":
		return m.entries(this, true), true
	case "forEach":
		for _, k := range o.keys {
			m.invokeAll(args, o.props[k], str(k), this)
		}
		if o.open {
			m.callbacks(args, value{}, value{})
		}
		return value{kind: undefined}, true
	case "has", "delete", "clear":
		return value{}, true
	}
	return value{}, false
}

func (m *machine) invokeAll(fns []value, args ...value) {
	for _, f := range fns[:min(1, len(fns))] {
		m.invoke(f, value{}, args)
	}
}
