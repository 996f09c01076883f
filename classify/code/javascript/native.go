package javascript

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// callNative calls something of the runtime, of a library, or of a value that
// is not known ("?.name").
func (m *machine) callNative(name string, this value, args []value) value {
	m.work(1)
	if v, ok := m.invoker(name, this, args); ok {
		return v
	}
	if method, ok := strings.CutPrefix(name, "?."); ok {
		return m.callMethod(method, this, args)
	}
	for _, domain := range [...]func(string, []value) (value, bool){m.starts, m.makesCode, m.files_, m.network, m.loads, m.computes} {
		if v, ok := domain(name, args); ok {
			return v
		}
	}
	if m.Function != nil {
		if argv := m.Function(name); argv != nil {
			m.library(argv, args)
			return value{}
		}
	}
	switch root, _, _ := strings.Cut(name, "."); root {
	case "console", "path", "Math", "Number", "Symbol", "assert", "util", "os", "crypto", "process", "performance", "Date", "querystring", "url", "readline", "Intl", "test", "it", "describe", "expect":
		m.callbacks(args, value{})
		return value{}
	}
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		m.guess(name[i+1:], args)
	}
	m.handOver(args)
	return value{}
}

// invoker is a call by way of another function: f.call, f.apply, f.bind, and
// what is done when a promise is kept.
func (m *machine) invoker(name string, this value, args []value) (value, bool) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return value{}, false
	}
	last := name[i+1:]
	fn := this
	if name[0] != '?' {
		fn = nativeOf(name[:i])
	}
	callable := (fn.is(function) || fn.kind == native) && fn.str != "Reflect"
	switch {
	case last == "call" && callable && len(args) > 0:
		return m.invoke(fn, args[0], args[1:]), true
	case last == "apply" && callable && len(args) > 0:
		return m.invoke(fn, args[0], m.listed(args[1:])), true
	case last == "bind" && callable:
		v := newObject(function)
		v.obj.fn = &closure{target: fn, file: m.file}
		if len(args) > 0 {
			v.obj.fn.this, v.obj.fn.bound = args[0], args[1:]
		}
		return v, true
	case last == "then" || last == "catch" || last == "finally":
		out := this
		if name[0] != '?' {
			out = fn
		}
		for k, a := range args {
			with := out
			if last == "catch" || last == "finally" || k > 0 {
				with = value{}
			}
			if len(a.choices()) == 0 || !callableValue(a) {
				continue
			}
			if last == "then" && k == 0 {
				out = m.andLater(func() value { return m.invoke(a, value{}, []value{with}) })
				continue
			}
			m.andLater(func() value { m.maybe(func() { m.invoke(a, value{}, []value{with}) }); return value{} })
		}
		return out, true
	case name == "Reflect.apply" && len(args) > 1:
		return m.invoke(args[0], args[1], m.listed(args[2:])), true
	case name == "Reflect.get" && len(args) > 1:
		return m.member(args[0], args[1]), true
	case name == "Reflect.construct" && len(args) > 1:
		if args[0].kind == native {
			return m.constructNative(args[0].str, m.listed(args[1:])), true
		}
		return m.invoke(args[0], value{}, m.listed(args[1:])), true
	}
	return value{}, false
}

func callableValue(v value) bool {
	for _, w := range v.choices() {
		if w.is(function) || w.kind == native {
			return true
		}
	}
	return false
}

// listed returns the elements of a list of arguments.
func (m *machine) listed(args []value) []value {
	if len(args) == 0 {
		return nil
	}
	l := m.elements(args[0])
	if l.open {
		return append(l.elems, value{})
	}
	return l.elems
}

// callbacks calls the functions among arguments with what they are given.
func (m *machine) callbacks(args []value, with ...value) {
	for _, a := range args {
		for _, w := range a.choices() {
			if w.is(function) {
				w.obj.fn.called = true
				m.maybe(func() { m.invoke(w, value{}, with) })
			}
		}
	}
}

// guess tells of a call whose receiver is not known, by the method's name: what
// functions that start programs are called, and nothing else is.
func (m *machine) guess(method string, args []value) {
	switch method {
	case "execSync", "execaCommand", "execaCommandSync":
		m.shellCall("sh", args)
	case "spawnSync", "execFileSync", "execFile", "execaSync":
		m.programCall(args)
	case "spawn", "execa":
		if len(args) > 0 && args[0].kind == text {
			m.programCall(args)
		}
	case "exec", "?":
		// Regular expressions and data bases have it too.
		if len(args) > 0 && strings.Contains(m.Text, "child_process") && (method == "exec" || args[0].kind == text) {
			m.shellCall("sh", args)
		}
	}
}

// library tells of a function that does what a program does.
func (m *machine) library(argv []string, args []value) {
	words := append([]string{}, argv...)
	words = append(words, "--")
	for _, a := range args {
		for _, w := range m.elementsOrSelf(a) {
			words = append(words, m.toText(w))
		}
	}
	m.emit(action.Act{Start: action.Start{Argv: words}})
}

func (m *machine) elementsOrSelf(v value) []value {
	if v.is(array) {
		l := m.elements(v)
		return l.elems
	}
	return []value{v}
}

// constructNative is `new` of something of the runtime.
func (m *machine) constructNative(name string, args []value) value {
	m.work(1)
	switch name {
	case "Function":
		return m.makeFunction(args)
	case "Promise":
		return m.newPromise(args)
	case "Set", "WeakSet", "Array":
		if name == "Array" && len(args) == 1 && args[0].kind == number {
			v := list()
			v.obj.open = true
			return v
		}
		if name == "Array" {
			return list(args...)
		}
		v := list()
		for _, a := range args {
			m.spread(v.obj, a)
		}
		return v
	case "Map", "WeakMap", "URLSearchParams", "Headers", "FormData":
		v := newObject(plain)
		v.obj.name = "map"
		for _, a := range args {
			m.entriesInto(v.obj, a)
		}
		return v
	case "Proxy":
		if len(args) > 0 {
			m.handOver(args[1:])
			return args[0]
		}
	case "String", "Object", "Number", "Error", "TypeError":
		if len(args) > 0 {
			return args[0]
		}
		return newObject(plain)
	case "RegExp":
		v := newObject(regexp)
		v.obj.text = action.HoleText
		return v
	case "URL", "url.URL":
		return m.newURL(args)
	}
	if v, ok := m.startsNew(name, args); ok {
		return v
	}
	if v, ok := m.networkNew(name, args); ok {
		return v
	}
	return m.callNative(name, value{}, args)
}

// newPromise calls the executor; the promise is what it is resolved with.
func (m *machine) newPromise(args []value) value {
	out, set := value{}, false
	resolve := m.hook(func(args []value) value {
		v := value{kind: undefined}
		if len(args) > 0 {
			v = args[0]
		}
		if set {
			v = either(out, v)
		}
		out, set = v, true
		return value{kind: undefined}
	})
	reject := m.hook(func([]value) value { return value{kind: undefined} })
	if len(args) > 0 {
		m.invoke(args[0], value{}, []value{resolve, reject})
	}
	return out
}

// hook is a function of the evaluator's own.
func (m *machine) hook(f func(args []value) value) value {
	v := newObject(function)
	v.obj.fn = &closure{hook: f, called: true, file: m.file}
	return v
}

// entriesInto adds pairs of names and values to an object.
func (m *machine) entriesInto(o *object, v value) {
	if v.kind == reference && v.obj.class == plain && v.obj.name != "map" {
		m.spreadInto(o, v)
		return
	}
	l := m.elements(v)
	for _, e := range l.elems {
		pair := m.elements(present(e))
		if k, ok := keyOf(pair.at(0)); ok && len(pair.elems) > 1 {
			m.put(o, k, pair.at(1))
		} else {
			o.open = true
		}
	}
	o.open = o.open || l.open
}
