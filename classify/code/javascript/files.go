package javascript

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// fileNameOf is a value as a file's name: file URLs are names too.
func (m *machine) fileNameOf(v value) string {
	return strings.TrimPrefix(m.toText(v), "file://")
}

// fileModule returns the function of a file module that a name is.
func fileModule(name string) (string, bool) {
	root, last, ok := strings.Cut(name, ".")
	if !ok {
		switch name {
		case "rimraf", "del", "trash", "rm-rf":
			return "rm", true
		case "mkdirp", "make-dir":
			return "mkdir", true
		case "write-file-atomic", "write-json-file":
			return "writeFile", true
		case "load-json-file":
			return "readFile", true
		}
		return "", false
	}
	switch root {
	case "rimraf", "del":
		return "rm", true
	case "fs", "Deno", "Bun", "shelljs", "shell", "fse":
		return strings.TrimSuffix(last, "Sync"), true
	}
	return "", false
}

// files_ handles the functions that use files: fs of Node 22, fs-extra 11,
// Deno 2, Bun 1.2, shelljs 0.9.
func (m *machine) files_(name string, args []value) (value, bool) {
	f, ok := fileModule(name)
	if !ok || len(args) == 0 {
		return value{}, false
	}
	out := value{kind: undefined}
	switch f {
	case "readFile", "readTextFile", "readJson", "readJSON", "cat", "file", "readlink":
		out = m.readFile(args[0])
		if f == "readJson" || f == "readJSON" {
			out = m.parseJSON(out)
		}
	case "writeFile", "writeTextFile", "outputFile", "write", "writeJson", "writeJSON", "outputJson", "outputJSON":
		return m.writeCall(f, args), true
	case "appendFile":
		m.write(args, true)
	case "createWriteStream", "createReadStream", "open", "openAsBlob":
		return m.openCall(f, args), true
	case "copyFile", "copy", "cp":
		m.two(action.ActCopy, args)
	case "rename", "move", "mv":
		m.two(action.ActMove, args)
	case "symlink", "link", "ensureSymlink", "ensureLink", "ln":
		m.two(action.ActLink, args)
	case "unlink", "rm", "rmdir", "remove", "emptyDir", "truncate":
		for _, a := range args {
			m.each(a, func(file string) { m.emit(action.Act{Kind: action.ActRemove, Path: file}) })
			if !strings.HasPrefix(name, "shelljs") {
				break
			}
		}
	case "chmod", "lchmod":
		m.each(args[0], func(file string) { m.emit(action.Act{Kind: action.ActMode, Path: file}) })
	case "exists", "access", "stat", "lstat", "readdir", "opendir", "realpath", "mkdir", "mkdirp", "ensureDir", "mkdtemp", "watch", "utimes", "chown", "ensureFile", "pathExists", "readDir":
		out = value{}
	case "ShellString":
		return args[0], true
	default:
		return value{}, false
	}
	m.callbacks(args[1:], value{}, out)
	return out, true
}

// each calls f of every file that a value may name.
func (m *machine) each(v value, f func(file string)) {
	for _, w := range v.choices() {
		if w.is(array) {
			for _, e := range m.elementsOrSelf(w) {
				m.each(present(e), f)
			}
			continue
		}
		if isNothing(w) || w.kind == boolean || w.is(function) {
			continue
		}
		if w.is(plain) || w.is(stream) {
			f(action.HoleText)
			continue
		}
		f(m.fileNameOf(w))
	}
}

// readFile is the text of a file.
func (m *machine) readFile(v value) value {
	var out value
	for i, w := range v.choices() {
		var r value
		name := m.fileNameOf(w)
		switch {
		case w.is(stream) && w.obj.start != nil: // a file that was opened
			name = w.obj.start.file
		case w.kind == number && w.num == 0, name == "/dev/stdin":
			name = "-"
		}
		if name != "-" {
			m.emit(action.Act{Kind: action.ActRead, Path: name})
		}
		r = value{}
		if in, ok := m.read(name); ok && len(in) <= maxText {
			r = str(in)
		} else if name != "-" && !action.Holed(name) {
			r.source = "cat " + quote(name)
		} else if name == "-" {
			r.source = "cat"
		}
		if i == 0 {
			out = r
		} else {
			out = either(out, r)
		}
	}
	return out
}

// read returns the text of a file, as far as the program's own writes leave it
// as it was.
func (m *machine) read(name string) (string, bool) {
	if in, ok := m.wrote[name]; ok {
		return in, !action.Holed(in)
	}
	if m.Read == nil || name == "" || action.Holed(name) {
		return "", false
	}
	return m.Read(name)
}

func (m *machine) writeCall(f string, args []value) value {
	if f == "write" && len(args) > 1 && args[0].is(stream) {
		m.writeTo(args[0].obj, args[1])
		return value{kind: undefined}
	}
	if len(args) > 1 && (args[0].is(stream) || strings.HasSuffix(strings.ToLower(f), "json")) {
		args = append([]value{args[0], m.stringify(args[1])}, args[2:]...)
	}
	if args[0].is(stream) {
		if s := args[0].obj.start; s != nil && s.file != "" {
			args[0] = str(s.file)
		}
	}
	m.write(args, m.appends(args))
	return value{kind: undefined}
}

// appends reports whether options of a write say that it is at the end.
func (m *machine) appends(args []value) bool {
	o, _ := m.options(args[min(2, len(args)):])
	if o == nil {
		return false
	}
	flag, _ := o.get("flag")
	flags, _ := o.get("flags")
	more, _ := o.get("append")
	yes, _ := more.bool()
	return strings.HasPrefix(flag.str+flags.str, "a") || yes && more.kind == boolean
}

// write is f(file, text, options, callback).
func (m *machine) write(args []value, more bool) {
	if len(args) < 2 {
		return
	}
	m.each(args[0], func(file string) {
		for _, w := range args[1].choices() {
			text := m.toText(w)
			m.wrote1(file, text, more)
			if w.source != "" && action.OnlyHoles(text) && !action.Holed(file) {
				into := " > "
				if more {
					into = " >> "
				}
				m.emit(action.Act{Start: action.Start{Text: w.source + into + quote(file), Lang: "sh"}})
				continue
			}
			m.emit(action.Act{Kind: action.ActWrite, Path: file, Append: more, Start: action.Start{Text: text}, URL: w.url})
		}
	})
	m.callbacks(args[2:], value{})
}

// wrote1 notes what the program has written, for when it reads it again.
func (m *machine) wrote1(file, text string, more bool) {
	if m.wrote == nil {
		m.wrote = map[string]string{}
	}
	if m.fork > 0 {
		text = action.HoleText // maybe
	}
	if more {
		text = m.wrote[file] + text
	}
	m.wrote[file] = text
}

// two is f(from, to).
func (m *machine) two(kind action.ActKind, args []value) {
	if len(args) < 2 {
		return
	}
	m.each(args[0], func(from string) {
		m.each(args[1], func(to string) { m.emit(action.Act{Kind: kind, Path: from, To: to}) })
	})
}

// openCall opens a file: the value is its stream.
func (m *machine) openCall(f string, args []value) value {
	v := newObject(stream)
	name := m.fileNameOf(args[0])
	v.obj.name, v.obj.start = "file", &start{file: name}
	mode := "r"
	if len(args) > 1 {
		if s, ok := args[1].known(); ok {
			mode = s
		}
	}
	if f == "createWriteStream" {
		mode = "w"
	}
	if o, _ := m.options(args[1:]); o != nil {
		if flags, ok := o.get("flags"); ok {
			mode = m.toText(flags)
		}
		for _, key := range [...]string{"write", "create", "truncate"} { // Deno
			if w, ok := o.get(key); ok {
				if yes, _ := w.bool(); yes {
					mode = "w"
				}
			}
		}
	}
	switch {
	case strings.HasPrefix(mode, "a"):
		v.obj.text = "a"
	case strings.ContainsAny(mode, "wx+"):
		m.wrote1(name, "", false)
		m.emit(action.Act{Kind: action.ActWrite, Path: name})
	default:
		m.emit(action.Act{Kind: action.ActRead, Path: name})
	}
	m.callbacks(args[1:], value{}, v)
	return v
}

// writeTo handles what is written to a stream: a file's, or the standard input
// of a program.
func (m *machine) writeTo(o *object, v value) {
	if o.start == nil {
		return
	}
	if o.start.file != "" {
		m.write([]value{str(o.start.file), v}, true)
		return
	}
	if o.name != "stdin" || isNothing(v) || v.is(function) {
		return
	}
	if v.source != "" {
		m.emit(action.Act{Start: action.Start{Text: v.source + " | " + o.start.command, Lang: "sh"}})
		return
	}
	if o.start.written += m.toText(v); len(o.start.written) > maxText {
		o.start.written = action.HoleText
	}
	m.emit(action.Act{Start: fed(o.start.st, o.start.written), URL: v.url})
}

// pipe is from.pipe(to).
func (m *machine) pipe(from, to value) {
	if !to.is(stream) && !to.is(child) || to.obj.start == nil {
		return
	}
	s := to.obj.start
	source := from.source
	if from.kind == reference && source == "" {
		source = from.obj.printed()
	}
	if from.url != "" && source == "" {
		source = "curl -fsSL " + quote(from.url)
	}
	if source == "" {
		if s.file != "" {
			m.write([]value{str(s.file), from}, true)
		} else {
			m.writeTo(to.obj, hole)
		}
		return
	}
	into := " | " + s.command
	if s.file != "" {
		into = " > " + quote(s.file)
	}
	m.emit(action.Act{Start: action.Start{Text: source + into, Lang: "sh"}})
}
