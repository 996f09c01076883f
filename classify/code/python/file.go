package python

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

func joinPath(a, b string) string {
	switch {
	case strings.HasPrefix(b, "/") || a == "":
		return b
	case b == "":
		return a
	}
	return strings.TrimSuffix(a, "/") + "/" + b
}

// read is the text of a file, or of standard input for "-".
func (e *evaluator) read(name string) string {
	if name == "/dev/stdin" {
		name = "-"
	}
	if in, ok := e.files[name]; ok {
		return in
	}
	if e.Read != nil && name != "" && !action.Holed(name) {
		if name != "-" {
			name = e.under(name)
		}
		if in, ok := e.Read(name); ok && len(in) <= maxValue {
			return in
		}
	}
	return action.HoleText
}

// reads tells of a file that is read.
func (e *evaluator) reads(v value) {
	for _, name := range texts(v) {
		if name != "" && name != "-" {
			e.emit(action.Act{Kind: action.ActRead, Path: name})
		}
	}
}

// writes tells of a file that is written.
func (e *evaluator) writes(name string, v value, more bool) {
	in := texts(v)[0]
	if name == "" || name == "-" {
		return
	}
	if e.files == nil {
		e.files = map[string]string{}
	}
	if more {
		in = e.files[name] + in
		if len(in) > maxValue {
			in = action.HoleText
		}
	}
	e.files[name] = in
	e.emit(action.Act{Kind: action.ActWrite, Path: name, Start: action.Start{Text: texts(v)[0]}, Append: more, URL: v.from.url, Made: v.from.made})
}

// changes tells of files that something else is done with.
func (e *evaluator) changes(kind action.ActKind, from, to value) {
	for _, a := range texts(from) {
		if to.kind == unknown && to.from == (origin{}) && to.str == "" && kind != action.ActCopy && kind != action.ActMove && kind != action.ActLink {
			e.emit(action.Act{Kind: kind, Path: a})
			continue
		}
		for _, b := range texts(to) {
			if text, ok := e.files[a]; ok && kind != action.ActLink {
				e.files[b] = text
			}
			e.emit(action.Act{Kind: kind, Path: a, To: b})
		}
	}
}

// openFile is open(name, mode).
func (e *evaluator) openFile(name value, mode string) value {
	return each(name, func(name value) value {
		f := value{kind: file, obj: &object{name: name.show(), mode: mode}}
		if name.kind == integer {
			f.obj.name = ""
			if name.n == 0 {
				f.obj.name = "-"
			}
			return f
		}
		switch {
		case strings.ContainsAny(mode, "wx"):
			e.writes(f.obj.name, text(""), false)
		case strings.Contains(mode, "a"):
			e.writes(f.obj.name, text(""), true)
		default:
			e.reads(name)
			if strings.Contains(mode, "+") {
				e.writes(f.obj.name, text(""), true)
			}
		}
		return f
	})
}

func (e *evaluator) fileText(f value) string { return e.read(f.obj.name) }

func (e *evaluator) fileMethod(on value, name string, args arguments) value {
	arg, _ := args.pos(0)
	in := value{kind: str, str: action.HoleText}
	if !strings.ContainsAny(on.obj.mode, "wxa") {
		in.str = e.fileText(on)
	}
	switch name {
	case "read":
		return in
	case "readline":
		if !action.Holed(in.str) {
			line, _, found := strings.Cut(in.str, "\n")
			if found {
				line += "\n"
			}
			return text(line)
		}
		return in
	case "readlines":
		if states := e.elements(on); states != nil {
			return seq(list, states[0])
		}
	case "write":
		e.writes(on.obj.name, arg, true)
	case "writelines":
		if states := e.elements(arg); len(states) > 0 {
			for _, v := range states[0] {
				e.writes(on.obj.name, v, true)
			}
		} else {
			e.writes(on.obj.name, value{from: arg.from}, true)
		}
	case "__enter__", "detach":
		return on
	}
	return value{}
}

// pathPart is an attribute of a path.
func pathPart(on value, name string) (value, bool) {
	s := on.str
	base := s[strings.LastIndexByte(s, '/')+1:]
	switch name {
	case "parent":
		if i := strings.LastIndexByte(s, '/'); i > 0 {
			return value{kind: path, str: s[:i]}, true
		}
		if strings.HasPrefix(s, "/") {
			return value{kind: path, str: "/"}, true
		}
		return value{kind: path, str: "."}, true
	case "name":
		return text(base), true
	case "stem":
		return text(strings.TrimSuffix(base, filepath.Ext(base))), true
	case "suffix":
		return text(filepath.Ext(base)), true
	case "parents", "parts", "root", "anchor", "drive", "suffixes":
		return value{}, true
	}
	return value{}, false
}

func (e *evaluator) pathMethod(on value, name string, args arguments) value {
	arg := args.get(0, "target")
	same := text(on.str)
	switch name {
	case "joinpath":
		for _, v := range args.rest(0) {
			on = e.binary("/", on, v)
		}
		return on
	case "read_text", "read_bytes":
		e.reads(on)
		return text(e.read(on.str))
	case "write_text", "write_bytes":
		e.writes(on.str, args.get(0, "data"), false)
	case "open":
		return e.openFile(same, modeOf(args, 0))
	case "unlink", "rmdir":
		e.changes(action.ActRemove, same, value{})
	case "rename", "replace", "move":
		e.changes(action.ActMove, same, arg)
		return arg
	case "copy":
		e.changes(action.ActCopy, same, arg)
	case "symlink_to", "hardlink_to":
		e.changes(action.ActLink, arg, same)
	case "chmod":
		e.changes(action.ActMode, same, value{})
	case "mkdir":
		e.changes(action.ActMkdir, same, value{})
	case "touch":
		e.writes(on.str, text(""), true)
	case "expanduser":
		return value{kind: path, str: e.expanduser(on.str)}
	case "resolve", "absolute", "__enter__", "with_segments", "relative_to", "as_posix", "__str__", "__fspath__":
		return on
	case "with_suffix":
		return value{kind: path, str: strings.TrimSuffix(on.str, filepath.Ext(on.str)) + arg.show()}
	case "with_name":
		dir, _ := pathPart(on, "parent")
		return e.binary("/", dir, args.get(0, "name"))
	case "as_uri":
		return text("file://" + on.str)
	case "iterdir", "glob", "rglob", "walk":
		return seq(list, []value{{kind: path, str: joinPath(on.str, action.HoleText)}})
	}
	return value{}
}

// modeOf is how a file is opened, "r" where nothing is said.
func modeOf(args arguments, i int) string {
	v, ok := args.find(i, "mode")
	if !ok {
		return "r"
	}
	mode := ""
	for _, s := range texts(v) {
		if action.Holed(s) {
			s = "r+"
		}
		mode += s
	}
	return mode
}

func (e *evaluator) expanduser(p string) string {
	if p != "~" && !strings.HasPrefix(p, "~/") {
		return p
	}
	home := action.HoleText
	if v := e.getenv(e.env, "HOME"); v.kind == str {
		home = v.str
	}
	return home + p[1:]
}

// fileCall reports whether a function of a library does something with files.
func fileCall(name string) bool {
	for _, p := range [...]string{"os.", "shutil.", "pathlib.", "os.path."} {
		if strings.HasPrefix(name, p) {
			switch name[len(p):] {
			case "remove", "unlink", "rename", "replace", "renames", "link", "symlink", "chmod", "rmdir", "removedirs", "mkdir", "makedirs", "truncate",
				"copy", "copy2", "copyfile", "copytree", "move", "rmtree", "Path", "PurePath", "PosixPath", "listdir", "getcwd", "putenv", "which", "chdir":
				return true
			}
		}
	}
	return false
}

// fileFunction calls what does something with files.
func (e *evaluator) fileFunction(f value, name string, args arguments) (value, bool) {
	first := args.get(0, "path")
	if first.kind == unknown && first.from == (origin{}) {
		for _, key := range [...]string{"src", "file", "filename", "name", "fname", "filepath_or_buffer", "path_or_buf", "top", "dir", "filepath"} {
			if v, ok := args.find(-1, key); ok {
				first = v
			}
		}
	}
	second := args.get(1, "dst")
	nothing := value{kind: none}
	switch name {
	case "open", "io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open", "tokenize.open", "aiofiles.open", "anyio.open_file", "_io.open", "io.FileIO", "fileinput.input":
		if name == "gzip.open" || name == "bz2.open" || name == "lzma.open" {
			v := e.openFile(first, modeOf(args, 1))
			return value{from: v.from}, true
		}
		return e.openFile(first, modeOf(args, 1)), true
	case "os.open":
		e.reads(first)
		for _, flag := range args.rest(1) {
			if flag.kind != ref || flag.str != "os.O_RDONLY" {
				e.writes(first.show(), text(""), true)
			}
		}
		return value{kind: integer, n: 3}, true
	case "os.fdopen":
		return value{kind: file, obj: &object{mode: modeOf(args, 1)}}, true
	case "pathlib.Path", "Path", "pathlib.PurePath", "pathlib.PosixPath", "anyio.Path":
		out := value{kind: path, str: "."}
		for i, v := range args.rest(0) {
			if i == 0 {
				out = each(v, func(v value) value { return value{kind: path, str: v.show()} })
			} else {
				out = e.binary("/", out, v)
			}
		}
		return out, true
	case "pathlib.Path.home", "Path.home":
		return value{kind: path, str: e.expanduser("~")}, true
	case "pathlib.Path.cwd", "Path.cwd":
		return value{kind: path, str: e.under("")}, true
	case "os.getcwd":
		if e.cwd == "" {
			return text("."), true
		}
		return text(e.cwd), true
	case "os.chdir":
		e.cwd = e.under(first.show())
		return nothing, true
	case "shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.copytree":
		e.changes(action.ActCopy, first, second)
		return second, true
	case "shutil.move", "os.rename", "os.replace", "os.renames":
		e.changes(action.ActMove, first, second)
		return second, true
	case "os.symlink", "os.link":
		e.changes(action.ActLink, first, second)
		return nothing, true
	case "os.chmod", "os.lchmod", "os.chown":
		e.changes(action.ActMode, first, value{})
		return nothing, true
	case "os.remove", "os.unlink", "os.rmdir", "os.removedirs", "shutil.rmtree", "send2trash.send2trash":
		e.changes(action.ActRemove, first, value{})
		return nothing, true
	case "os.mkdir", "os.makedirs":
		e.changes(action.ActMkdir, first, value{})
		return nothing, true
	case "os.truncate":
		e.writes(first.show(), value{}, false)
		return nothing, true
	case "shutil.copyfileobj":
		if second.kind == file {
			in := value{from: first.from}
			if first.kind == file {
				in = text(e.fileText(first))
			}
			e.writes(second.obj.name, in, true)
		}
		return nothing, true
	case "os.listdir", "glob.glob", "glob.iglob", "os.walk", "os.scandir":
		return value{}, true
	case "print":
		if to, ok := args.find(-1, "file"); ok && to.kind == file {
			var words []string
			for _, v := range args.rest(0) {
				words = append(words, v.show())
			}
			e.writes(to.obj.name, text(strings.Join(words, " ")+"\n"), true)
		}
		return nothing, true
	case "tempfile.NamedTemporaryFile", "tempfile.TemporaryFile", "tempfile.SpooledTemporaryFile":
		return value{kind: file, obj: &object{name: e.temporary(), mode: "w"}}, true
	case "tempfile.mkstemp":
		return seq(tuple, []value{number(3), text(e.temporary())}), true
	case "tempfile.mkdtemp", "tempfile.mktemp", "tempfile.TemporaryDirectory":
		return text(e.temporary()), true
	case "tempfile.gettempdir":
		return text("/tmp"), true
	case "tarfile.open", "zipfile.ZipFile", "tarfile.TarFile", "zipfile.PyZipFile", "shelve.open", "sqlite3.connect", "dbm.open":
		if strings.ContainsAny(modeOf(args, 1), "wxa") || name == "sqlite3.connect" || name == "shelve.open" {
			if s := first.show(); s != ":memory:" {
				e.writes(s, value{}, true)
			}
		} else {
			e.reads(first)
		}
		return library(name + "()"), true
	case "shutil.unpack_archive":
		e.reads(first)
		e.extracted(args.get(1, "extract_dir"))
		return nothing, true
	case "shutil.make_archive", "logging.FileHandler", "logging.handlers.RotatingFileHandler":
		e.writes(first.show(), value{}, true)
		return library(name + "()"), true
	}
	if v, ok := e.pathFunction(name, first, args); ok {
		return v, true
	}
	return e.dataFunction(name, first, args)
}

// temporary is the name of a file that is new, whatever it is called.
func (e *evaluator) temporary() string {
	e.temps++
	return "/tmp/tmp.python" + strconv.Itoa(e.temps)
}

// extracted tells of files that come out of an archive.
func (e *evaluator) extracted(dir value) {
	if dir.kind == unknown || dir.kind == none {
		dir = text(".")
	}
	for _, d := range texts(dir) {
		e.writes(joinPath(d, action.HoleText), value{}, false)
	}
}

// pathFunction computes names of files.
func (e *evaluator) pathFunction(name string, first value, args arguments) (value, bool) {
	last, ok := strings.CutPrefix(name, "os.path.")
	if !ok {
		if last, ok = strings.CutPrefix(name, "posixpath."); !ok {
			return value{}, false
		}
	}
	on := func(f func(s string) string) (value, bool) {
		if !first.isText() && first.kind != either {
			return value{}, true
		}
		return each(first, func(v value) value { return text(f(v.show())) }), true
	}
	switch last {
	case "join":
		out := value{kind: str}
		for _, v := range args.rest(0) {
			out = pairs(out, v, func(a, b value) value { return text(joinPath(a.show(), b.show())) })
		}
		return out, true
	case "expanduser":
		return on(e.expanduser)
	case "expandvars":
		return on(func(s string) string {
			for {
				i := strings.IndexByte(s, '$')
				if i < 0 {
					return s
				}
				n := i + 1
				braces := n < len(s) && s[n] == '{'
				if braces {
					n++
				}
				from := n
				for n < len(s) && (s[n] == '_' || s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z' || s[n] >= '0' && s[n] <= '9') {
					n++
				}
				val := e.getenv(e.env, s[from:n]).show()
				if braces && n < len(s) {
					n++
				}
				s = s[:i] + val + s[n:]
				if strings.Contains(val, "$") {
					return s
				}
			}
		})
	case "abspath", "realpath", "normpath":
		return on(func(s string) string { return s })
	case "dirname":
		return on(func(s string) string { return s[:max(strings.LastIndexByte(s, '/'), 0)] })
	case "basename":
		return on(func(s string) string { return s[strings.LastIndexByte(s, '/')+1:] })
	case "splitext":
		if s, ok := first.known(); ok {
			ext := filepath.Ext(s)
			return seq(tuple, []value{text(strings.TrimSuffix(s, ext)), text(ext)}), true
		}
	}
	return value{}, true
}

// dataFunction knows what packages for data do with files: pandas 2, numpy 2,
// Matplotlib 3, Pillow 11, joblib 1, PyTorch 2.
func (e *evaluator) dataFunction(name string, first value, args arguments) (value, bool) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return value{}, false
	}
	on, last := name[:i], name[i+1:]
	in, out := false, false
	switch {
	case strings.HasPrefix(on, "pandas") || strings.HasPrefix(on, "polars") || strings.HasPrefix(on, "geopandas"):
		in = strings.HasPrefix(last, "read_") || strings.HasPrefix(last, "scan_")
		out = strings.HasPrefix(last, "to_") || strings.HasPrefix(last, "write_") || last == "ExcelWriter"
	case on == "numpy":
		in, out = last == "load" || last == "loadtxt" || last == "genfromtxt" || last == "fromfile", last == "save" || last == "savez" || last == "savetxt" || last == "savez_compressed"
		if out {
			break
		}
	case on == "torch" || on == "joblib":
		in, out = last == "load", last == "save" || last == "dump"
		if out {
			first, _ = args.pos(1)
		}
	case on == "PIL.Image" || on == "cv2":
		in, out = last == "open" || last == "imread", last == "imwrite"
	case on == "csv" && (last == "reader" || last == "DictReader"), on == "json" && last == "load":
		return value{}, false
	default:
		switch last {
		case "extractall", "extract":
			dir := args.get(0, "path")
			if last == "extract" {
				dir = args.get(1, "path")
			}
			e.extracted(dir)
			return value{}, true
		case "to_csv", "to_parquet", "to_excel", "to_json", "to_pickle", "to_html", "to_feather", "to_hdf", "savefig", "save_pretrained":
			out = true
		}
	}
	switch {
	case in:
		for _, s := range texts(first) {
			if isURL(s) {
				e.connect(text(s), value{})
			} else if first.isText() || first.kind == either {
				e.reads(text(s))
			}
		}
	case out:
		if first.isText() || first.kind == either {
			for _, s := range texts(first) {
				e.writes(s, value{}, false)
			}
		}
	default:
		return value{}, false
	}
	return library(name + "()"), true
}
