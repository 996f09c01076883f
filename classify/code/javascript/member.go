package javascript

import (
	"path"
	"strings"
	"unicode/utf8"

	"github.com/venv-guard/venv-guard/action"
)

// vague reports whether nothing is known of what a value is, but maybe what it
// is called by.
func (v value) vague() bool {
	switch v.kind {
	case unknown:
		return true
	case native:
		return strings.HasPrefix(v.str, "?")
	case choice:
		for _, w := range v.alts {
			if w.vague() {
				return true
			}
		}
	}
	return false
}

// ofUnknown is a member of something that is not known: the function that a
// method of that name would be.
func ofUnknown(v value, name string) value {
	return value{kind: native, str: "?." + name, source: v.source, url: v.url}
}

// member returns a property of a value.
func (m *machine) member(on, key value) value {
	return each(on, func(on value) value {
		return each(key, func(key value) value { return m.property(on, key) })
	})
}

// method2 returns what a call of a property calls.
func (m *machine) method2(on, key value) value {
	return each(on, func(on value) value {
		return each(key, func(key value) value {
			name, ok := keyOf(key)
			v := m.property(on, key)
			if ok && (v.kind == undefined || v.kind == unknown) {
				return ofUnknown(on, name)
			}
			return v
		})
	})
}

func (m *machine) property(on, key value) value {
	name, ok := keyOf(key)
	if on.kind == native {
		if !ok {
			name = "?"
		}
		return m.nativeMember(on, name)
	}
	switch on.kind {
	case text:
		return m.textProperty(on, name, ok)
	case reference:
		return m.objectProperty(on, key, name, ok)
	case undefined, null:
		return value{}
	}
	if !ok {
		return ofUnknown(on, "?")
	}
	if name == "constructor" {
		return ofUnknown(on, name)
	}
	return ofUnknown(on, name)
}

func (m *machine) textProperty(on value, name string, ok bool) value {
	i, isIndex := index(name)
	switch {
	case !ok:
		return value{}
	case name == "length" && !action.Holed(on.str):
		return num(float64(utf8.RuneCountInString(on.str)))
	case isIndex && !action.Holed(on.str):
		if i < len(on.str) {
			if r := []rune(on.str); i < len(r) {
				return str(string(r[i]))
			}
		}
		return value{kind: undefined}
	case isIndex:
		return hole
	case name == "href":
		return on
	case name == "constructor":
		return nativeOf("String")
	}
	return ofUnknown(on, name)
}

func (m *machine) objectProperty(on, key value, name string, ok bool) value {
	o := on.obj
	if o.class == settings {
		return m.environment(key)
	}
	if !ok {
		// Any of its properties.
		out := value{}
		for _, k := range o.keys {
			out = either(out, o.props[k])
		}
		for i, e := range o.elems {
			if i < maxChoice {
				out = either(out, present(e))
			}
		}
		return out
	}
	if v, ok := m.lookup(o, name); ok {
		return v
	}
	if g, ok := m.lookup(o, getter+name); ok {
		return m.invoke(g, on, nil)
	}
	switch o.class {
	case array:
		if i, ok := index(name); ok {
			l := m.elements(on)
			return l.at(i)
		}
		if name == "length" {
			if o.open || anyAbsent(o.elems) {
				return value{}
			}
			return num(float64(len(o.elems)))
		}
		if name == "constructor" {
			return nativeOf("Array")
		}
		return ofUnknown(on, name)
	case function:
		return m.functionProperty(o, name)
	case child, stream:
		return m.streamProperty(o, name)
	case regexp:
		return ofUnknown(on, name)
	}
	switch {
	case name == "constructor":
		return nativeOf("Object")
	case name == "size" && o.name == "map":
		return value{}
	case o.open:
		return ofUnknown(on, name)
	}
	return value{kind: undefined}
}

func anyAbsent(list []value) bool {
	for _, v := range list {
		if holds(v, absent) {
			return true
		}
	}
	return false
}

// lookup returns a property of an object or of what it inherits from.
func (m *machine) lookup(o *object, name string) (value, bool) {
	for n := 0; o != nil && n < 32; n++ {
		if v, ok := o.get(name); ok {
			return v, true
		}
		o = o.proto
	}
	return value{}, false
}

func (m *machine) functionProperty(o *object, name string) value {
	switch name {
	case "prototype":
		p := o.proto
		if p == nil {
			p = &object{}
			o.proto = p
		}
		return value{kind: reference, obj: p}
	case "constructor":
		return nativeOf("Function")
	case "name", "length":
		return value{}
	}
	if super := o.fn.super; super.is(function) {
		if v := m.property(super, str(name)); v.kind != undefined {
			return v
		}
	}
	return ofUnknown(value{kind: reference, obj: o}, name)
}

// streamProperty is a member of a started program or of a stream.
func (m *machine) streamProperty(o *object, name string) value {
	if o.class == child {
		switch name {
		case "stdin", "stdout", "stderr", "output", "all":
			v := newObject(stream)
			v.obj.name, v.obj.start = name, o.start
			return v
		}
	}
	return ofUnknown(value{kind: reference, obj: o, source: o.printed()}, name)
}

// environment is process.env[key].
func (m *machine) environment(key value) value {
	name, ok := keyOf(key)
	if !ok {
		return value{}
	}
	for i := len(m.env) - 1; i >= 0; i-- {
		if k, v, _ := strings.Cut(m.env[i], "="); k == name {
			return str(v)
		}
	}
	if m.Env != nil {
		if v, ok := m.Env(name); ok {
			return str(v)
		}
	}
	return value{}
}

// builtin are the modules of Node 22 (doc/api), Bun and Deno know them too.
func builtin(name string) bool {
	switch name {
	case "assert", "async_hooks", "buffer", "child_process", "cluster", "console", "constants", "crypto", "dgram", "diagnostics_channel", "dns", "domain",
		"events", "fs", "http", "http2", "https", "inspector", "module", "net", "os", "path", "perf_hooks", "process", "punycode", "querystring", "readline",
		"repl", "stream", "string_decoder", "sys", "timers", "tls", "trace_events", "tty", "url", "util", "v8", "vm", "wasi", "worker_threads", "zlib":
		return true
	}
	return false
}

// isModule reports whether a native value is there for sure.
func isModule(name string) bool {
	root, _, _ := strings.Cut(name, ".")
	switch root {
	case "globalThis", "require", "Module", "Bun", "Deno", "Buffer", "Object", "Array", "String", "JSON", "Math", "Function", "eval":
		return true
	}
	return builtin(root) && strings.Count(name, ".") < 1
}

// moduleName returns the name by which a module's members are known here.
func moduleName(name string) string {
	name = strings.TrimPrefix(name, "node:")
	for _, p := range [...]string{"npm:", "jsr:"} {
		if rest, ok := strings.CutPrefix(name, p); ok {
			name = strings.TrimPrefix(rest, "/")
			if i := strings.LastIndexByte(name, '@'); i > 0 {
				name = name[:i]
			}
		}
	}
	switch name {
	case "fs/promises", "fs-extra", "graceful-fs", "fs-jetpack", "memfs":
		return "fs"
	case "path/posix", "path/win32", "pathe", "upath":
		return "path"
	case "module":
		return "Module"
	case "timers/promises":
		return "timers"
	case "stream/promises":
		return "stream"
	case "dns/promises":
		return "dns"
	case "util/types", "sys":
		return "util"
	case "child-process-promise", "promisify-child-process", "mz/child_process", "child_process-promise":
		return "child_process"
	case "mz/fs":
		return "fs"
	case "zx/core", "zx/globals", "@david/dax", "dax-sh", "bun":
		if name == "bun" {
			return "Bun"
		}
		return "zx"
	case "deno":
		return "Deno"
	}
	return name
}

// globalOf returns what a name stands for that the program has not declared.
// `node -e` knows the modules of Node by their names.
func (m *machine) globalOf(name string) value {
	switch name {
	case "undefined":
		return value{kind: undefined}
	case "NaN":
		return parseNumber("x")
	case "global", "window", "self", "globalThis", "top", "parent", "frames":
		return nativeOf("globalThis")
	case "exports":
		if m.file != nil {
			return value{kind: reference, obj: m.file.exports}
		}
	case "module":
		if m.file != nil {
			return value{kind: reference, obj: m.file.module}
		}
	case "__filename":
		return str(m.fileName())
	case "__dirname":
		return str(path.Dir(m.fileName()))
	case "Module":
		return nativeOf("?")
	case holeName:
		return value{}
	}
	return nativeOf(moduleName(name))
}

func (m *machine) fileName() string {
	if m.file != nil && m.file.name != "" {
		return m.file.name
	}
	return "./[eval]"
}

// nativeMember is a member of something of the runtime or of a library.
func (m *machine) nativeMember(on value, name string) value {
	base := on.str
	full := base + "." + name
	switch {
	case base == "globalThis":
		if name == "?" {
			return nativeOf(full)
		}
		return m.globalOf(name)
	case base == "?.constructor" && name == "constructor", name == "constructor" && strings.HasSuffix(base, ".prototype"):
		return nativeOf("Function")
	case strings.HasPrefix(base, "?"):
		return ofUnknown(on, name)
	case name == "default" || name == "promises" || name == "posix" || name == "strict":
		return on
	}
	switch full {
	case "process.env", "Bun.env":
		return value{kind: reference, obj: m.settings()}
	case "process.argv", "Bun.argv":
		v := list(m.argv()...)
		v.obj.open = m.Args == nil
		return v
	case "Deno.args":
		v := texts(m.Args)
		v.obj.open = m.Args == nil
		return v
	case "process.execPath", "process.argv0":
		return str(m.Self)
	case "process.mainModule", "require.main", "Module.prototype":
		return nativeOf("module")
	case "module.require", "Module._load", "module._load", "module.prototype.require", "process.mainModule.require":
		return nativeOf("require")
	case "module.constructor", "require.main.constructor":
		return nativeOf("Module")
	case "Module.Module", "Module.prototype.constructor":
		return nativeOf("Module")
	case "module.exports":
		return value{}
	case "os.EOL":
		return str("\n")
	case "path.sep":
		return str("/")
	case "path.delimiter":
		return str(":")
	case "import.meta.url":
		return str("file://" + m.fileName())
	case "import.meta.filename", "import.meta.path":
		return str(m.fileName())
	case "import.meta.dirname", "import.meta.dir":
		return str(path.Dir(m.fileName()))
	case "import.meta.env":
		return value{kind: reference, obj: m.settings()}
	}
	if name == "constructor" {
		return nativeOf("Function")
	}
	if strings.Count(full, ".") > 6 || len(full) > 200 {
		return ofUnknown(value{}, name)
	}
	return nativeOf(full)
}

// settings is process.env.
func (m *machine) settings() *object { return &object{class: settings} }

// nativeText is something of the runtime as text.
func (m *machine) nativeText(string) string { return action.HoleText }
