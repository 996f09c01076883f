package python

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// What follows knows libraries by their names with dots, as of CPython 3.14
// (Doc/library) and of the packages where others are named.

// given is a value of a library that is known, or its name.
func (e *evaluator) given(name string) value {
	switch name {
	case "sys.executable", "sys._base_executable":
		return text(e.Self)
	case "sys.argv":
		return e.argv
	case "os.environ", "os.environb":
		return value{kind: dict, obj: e.env}
	case "os.sep", "os.path.sep", "posixpath.sep":
		return text("/")
	case "os.linesep":
		return text("\n")
	case "os.pathsep":
		return text(":")
	case "os.devnull", "subprocess.os.devnull":
		return text("/dev/null")
	case "os.curdir":
		return text(".")
	case "os.pardir":
		return text("..")
	case "string.ascii_lowercase":
		return text("abcdefghijklmnopqrstuvwxyz")
	case "string.ascii_uppercase":
		return text("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	case "string.ascii_letters":
		return text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	case "string.digits":
		return text("0123456789")
	case "string.whitespace":
		return text(" \t\n\r\v\f")
	case "string.punctuation":
		return text("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
	case "sys.stdin":
		return value{kind: file, obj: &object{name: "-", mode: "r"}}
	case "sys.stdin.buffer":
		return value{kind: file, obj: &object{name: "-", mode: "rb"}}
	case "posix.environ":
		return value{kind: dict, obj: e.env}
	}
	// The same module by other names.
	for _, alias := range [...][2]string{
		{"builtins.", ""}, {"__builtins__.", ""}, {"__builtin__.", ""}, {"posix.", "os."}, {"nt.", "os."}, {"_posixsubprocess.", "subprocess."},
		{"subprocess.os.", "os."}, {"shutil.os.", "os."}, {"pathlib.os.", "os."}, {"glob.os.", "os."}, {"tempfile._os.", "os."}, {"platform.os.", "os."}, {"os.sys.", "sys."}, {"platform.subprocess.", "subprocess."},
		{"sys.modules.", ""}, {"urllib2.", "urllib.request."}, {"subprocess32.", "subprocess."}, {"commands.", "subprocess."}, {"six.moves.urllib.", "urllib."},
	} {
		if rest, ok := strings.CutPrefix(name, alias[0]); ok && rest != "" && rest != "__dict__" {
			return e.given(alias[1] + rest)
		}
	}
	return library(name)
}

// exports reports whether `from lib import *` gives a name.
func exports(lib, name string) bool {
	switch lib {
	case "os":
		return name != "open" && (starts("os."+name) || fileCall("os."+name) || name == "environ" || name == "path" || name == "getenv" || name == "chdir")
	case "subprocess", "shutil", "pty", "pathlib", "base64", "sh", "requests", "httpx", "socket", "codecs", "runpy", "pip", "importlib":
		return !isBuiltin(name)
	}
	return starts(lib+"."+name) || fileCall(lib+"."+name)
}

func isBuiltin(name string) bool {
	switch name {
	case "print", "open", "exec", "eval", "compile", "len", "range", "str", "int", "list", "dict", "tuple", "set", "bytes", "getattr", "map", "zip", "sorted",
		"enumerate", "__import__", "chr", "ord", "isinstance", "type", "super", "os", "sys", "subprocess", "requests", "object", "Exception":
		return true
	}
	return false
}

// scoped reports whether a builtin depends on the scope that calls it.
func scoped(name string) bool {
	switch name {
	case "exec", "eval", "globals", "locals", "vars", "execfile":
		return true
	}
	return false
}

func (e *evaluator) inScope(name string, args arguments, sc *scope) value {
	arg, _ := args.pos(0)
	switch name {
	case "vars":
		if len(args.list) > 0 {
			return each(arg, func(v value) value {
				if v.kind == module {
					return v
				}
				return e.attribute(v, "__dict__")
			})
		}
		fallthrough
	case "globals", "locals":
		at := sc
		if name == "globals" {
			at = sc.module()
		}
		return value{kind: module, obj: &object{scope: at}}
	case "execfile":
		return e.runFile(arg)
	}
	if env, ok := args.pos(1); ok && env.kind == dict {
		inner := newScope(sc)
		for i := 0; i+1 < len(env.obj.items); i += 2 {
			inner.vars.m[env.obj.items[i].str] = env.obj.items[i+1]
		}
		sc = inner
	}
	return e.exec(arg, sc, name == "eval")
}

// library calls something of a library.
func (e *evaluator) library(f value, args arguments) value {
	name := f.str
	if e.Function != nil {
		if fn := e.Function(name); fn != nil {
			return e.packed(fn, args)
		}
	}
	if e.start(name, args) {
		if name == "subprocess.Popen" || name == "os.popen" {
			v := library(name + "()")
			v.obj = e.opened
			return v
		}
		return library(name + "()")
	}
	for _, know := range [...]func(f value, name string, args arguments) (value, bool){e.fileFunction, e.hostFunction, e.hidingFunction, e.textFunction} {
		if v, ok := know(f, name, args); ok {
			return v
		}
	}
	e.callbacks(args)
	out := value{kind: ref, str: name + "()", obj: f.obj, from: f.from}
	if len(name) > maxName {
		out.str = "?"
	}
	return out
}

// packed calls a function that the rule packs know.
func (e *evaluator) packed(fn *action.Function, args arguments) value {
	argv := append([]string{}, fn.Argv...)
	for _, a := range args.list {
		for _, words := range e.words([]value{a.value})[:1] {
			for _, w := range words {
				if a.key != "" {
					w = "--" + a.key + "=" + w
				}
				argv = append(argv, w)
			}
		}
	}
	e.emit(action.Act{Start: action.Start{Argv: argv}})
	return value{}
}

// getenv is a variable of the environment.
func (e *evaluator) getenv(o *object, name string) value {
	if v, ok := o.entry(text(name)); ok && v.kind != none {
		return v
	}
	if e.Env != nil && !action.Holed(name) {
		if v, ok := e.Env(name); ok {
			return text(v)
		}
	}
	return value{}
}
