package javascript

import (
	"path"
	"strings"

	"github.com/tdewolff/parse/v2/js"

	"github.com/venv-guard/venv-guard/action"
)

// loads handles the functions that load modules.
func (m *machine) loads(name string, args []value) (value, bool) {
	switch name {
	case "require", "process.getBuiltinModule", "import", "module.require", "proxyquire", "import-fresh", "importFresh", "jiti", "requireg", "esm":
		if len(args) > 0 {
			return m.require(args[0]), true
		}
	case "Module.createRequire", "createRequire", "Module.createRequireFromPath", "jiti.createJiti":
		return nativeOf("require"), true
	case "require.resolve", "import.meta.resolve":
		if len(args) > 0 {
			return args[0], true
		}
	case "?":
		// A module whose name is not known, called.
		m.handOver(args)
		return nativeOf("?"), true
	case "module._load", "Module.runMain", "Module._extensions..js":
		if len(args) > 0 {
			return m.require(args[0]), true
		}
	}
	return value{}, false
}

// require returns the module of a name.
func (m *machine) require(v value) value {
	return each(v, func(v value) value {
		name, ok := v.known()
		if !ok {
			if s := m.toText(v); v.kind == text && !action.OnlyHoles(s) && (s[0] == '.' || s[0] == '/') {
				return nativeOf("?") // one of the project's files
			}
			m.emit(action.Act{Start: action.Start{Text: action.HoleText, Lang: m.language()}, URL: v.url})
			return nativeOf("?")
		}
		if code, ok := dataURL(name); ok {
			return m.moduleOf(str(code))
		}
		switch {
		case strings.HasPrefix(name, "https://"), strings.HasPrefix(name, "http://"):
			m.connectTo(name, "")
			return nativeOf(remoteModule(name))
		case strings.HasPrefix(name, "file://"), strings.HasPrefix(name, "."), strings.HasPrefix(name, "/"):
			return m.local(m.resolve(strings.TrimPrefix(name, "file://")))
		}
		return nativeOf(moduleName(name))
	})
}

// remoteModule is the module that an address of a mirror of packages is:
// https://esm.sh/execa@8.
func remoteModule(url string) string {
	name := url[strings.LastIndexByte(url, '/')+1:]
	if i := strings.IndexAny(name, "@?"); i > 0 {
		name = name[:i]
	}
	switch name {
	case "execa", "zx", "shelljs", "cross-spawn":
		return moduleName(name)
	}
	return "?"
}

// resolve returns a file's name as it is from the program's directory.
func (m *machine) resolve(name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	return path.Join(path.Dir(m.fileName()), name)
}

// maxModule bounds the text of a module that is followed, in bytes, and
// maxModules their number.
const (
	maxModule  = 256 << 10
	maxModules = 64
)

// local reads a module of the program's own: a file beside it.
func (m *machine) local(name string) value {
	f, ok := m.files[name]
	if !ok {
		f = m.load(name)
		m.files[name] = f
	}
	if f == nil {
		return nativeOf("?")
	}
	if f.exports == nil && f.tree != nil {
		m.run(f)
	}
	if f.tree == nil {
		return f.json
	}
	exports, _ := f.module.get("exports")
	if exports.kind == reference && exports.obj != f.exports {
		return exports
	}
	return value{kind: reference, obj: f.exports}
}

// load parses the module of a name: a file, one with an extension, or the index
// of a directory (Node 22, doc/api/modules.md; TypeScript names its own .js).
func (m *machine) load(name string) *file {
	if len(m.files) >= maxModules {
		return nil
	}
	base := strings.TrimSuffix(name, ".js")
	for _, file0 := range [...]string{name, name + ".js", name + ".mjs", name + ".cjs", name + ".ts", name + ".json", base + ".ts", base + ".tsx", name + "/index.js", name + "/index.ts"} {
		code, ok := m.read(file0)
		if !ok || len(code) > maxModule {
			continue
		}
		f := &file{name: file0, loadedAs: file0, trusted: m.Made == nil || !m.Made(file0)}
		if strings.HasSuffix(file0, ".json") {
			f.json = m.parseJSON(str(code))
			return f
		}
		if !m.work(len(code) / 16) {
			return nil
		}
		if f.tree, f.text = parseProgram(code); f.tree == nil {
			return nil
		}
		return f
	}
	return nil
}

// moduleOf is the module that a text is.
func (m *machine) moduleOf(code value) value {
	m.runCode(code, nil)
	return value{}
}

func (m *machine) importStmt(s *js.ImportStmt, f *frame) {
	m.at = s
	mod := m.require(str(unquote(s.Module)))
	if len(s.Default) > 0 {
		m.bindName(s.Default, m.defaultOf(mod), f)
	}
	for _, a := range s.List {
		if len(a.Binding) == 0 {
			continue
		}
		switch name := string(a.Name); name {
		case "":
			m.bindName(a.Binding, m.member(mod, str(string(a.Binding))), f)
		case "*":
			m.bindName(a.Binding, mod, f)
		case "default":
			m.bindName(a.Binding, m.defaultOf(mod), f)
		default:
			m.bindName(a.Binding, m.member(mod, str(strings.Trim(name, `"'`))), f)
		}
	}
}

// defaultOf is a module's default export.
func (m *machine) defaultOf(mod value) value {
	if mod.kind == native {
		return mod
	}
	if mod.kind == reference {
		if v, ok := mod.obj.get("default"); ok {
			return v
		}
	}
	return mod // of CommonJS
}

func (m *machine) exportStmt(s *js.ExportStmt, f *frame) {
	ex := m.file.exports
	if s.Module != nil {
		mod := m.require(str(unquote(s.Module)))
		for _, a := range s.List {
			name := string(a.Name)
			if name == "*" && len(a.Binding) == 0 || name == "" && string(a.Binding) == "*" {
				m.spreadInto(ex, mod)
				continue
			}
			if name == "" {
				name = string(a.Binding)
			}
			v := mod
			if name != "*" {
				v = m.member(mod, str(name))
			}
			m.put(ex, string(a.Binding), v)
		}
		return
	}
	if s.Decl == nil {
		for _, a := range s.List {
			name := a.Name
			if len(name) == 0 {
				name = a.Binding
			}
			m.put(ex, string(a.Binding), m.variable(name, f))
		}
		return
	}
	switch d := s.Decl.(type) {
	case *js.VarDecl:
		m.declaration(d, f)
		for i := range d.List {
			m.exportNames(d.List[i].Binding, f)
		}
	case *js.FuncDecl:
		v := value{}
		if d.Name != nil {
			v = m.variable(d.Name.Data, f)
			m.put(ex, string(d.Name.Data), v)
		} else {
			v = m.closure(d, f)
		}
		if s.Default {
			m.put(ex, "default", v)
		}
	case *js.ClassDecl:
		v := m.classValue(d, f)
		if d.Name != nil {
			m.bindName(d.Name.Data, v, f)
			m.put(ex, string(d.Name.Data), v)
		}
		if s.Default {
			m.put(ex, "default", v)
		}
	default:
		m.put(ex, "default", m.eval(s.Decl, f))
	}
}

func (m *machine) exportNames(b js.IBinding, f *frame) {
	switch b := b.(type) {
	case *js.Var:
		m.put(m.file.exports, string(b.Data), m.variable(b.Data, f))
	case *js.BindingObject:
		for i := range b.List {
			m.exportNames(b.List[i].Value.Binding, f)
		}
	case *js.BindingArray:
		for i := range b.List {
			m.exportNames(b.List[i].Binding, f)
		}
	}
}
