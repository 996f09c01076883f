package python

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// exec runs code in a text. Of one that is not known at all it tells, with where
// it comes from.
func (e *evaluator) exec(v value, sc *scope, isEval bool) value {
	return each(v, func(a value) value {
		from := v.from.or(a.from)
		code := a.show()
		if action.OnlyHoles(code) || from != (origin{}) && action.Holed(code) {
			e.emit(action.Act{Start: action.Start{Lang: "python", Text: action.HoleText}, URL: from.url, Made: from.made})
			return value{}
		}
		if e.texts == maxTexts {
			e.unread = true
			return value{}
		}
		src, at := e.src, e.pos
		inner := &source{text: code, at: at, outer: src}
		if !isEval {
			e.run(inner, sc)
			e.pos = at
			return value{}
		}
		e.src = inner
		e.texts++
		body, p := parse(inner)
		e.limit += p.nodes * stepsPerNode
		e.unread = e.unread || p.deep
		out := value{}
		for _, st := range body {
			if st.op == exprStmt {
				out = e.expr(st.a, sc)
			} else {
				e.stmt(st, sc)
			}
		}
		e.src, e.pos = src, at
		e.texts--
		return out
	})
}

// runFile runs a file of Python.
func (e *evaluator) runFile(name value) value {
	e.reads(name)
	e.exec(text(e.read(name.show())), newScope(nil), false)
	return value{}
}

// hidingFunction calls what reaches other functions by their names, or runs code.
func (e *evaluator) hidingFunction(f value, name string, args arguments) (value, bool) {
	first, _ := args.pos(0)
	second, _ := args.pos(1)
	switch name {
	case "getattr", "inspect.getattr_static", "operator.getitem":
		out := each(second, func(v value) value { return e.named(first, v) })
		if third, ok := args.pos(2); ok && out.kind != ref {
			out = oneOf(out, third)
		}
		return out, true
	case "setattr":
		if s, ok := second.known(); ok {
			third, _ := args.pos(2)
			e.assignAttr(first, s, third)
		}
		return value{}, true
	case "__import__", "importlib.import_module", "importlib.__import__", "pydoc.locate", "pkgutil.resolve_name":
		return each(args.get(0, "name"), func(v value) value {
			s, ok := v.known()
			if !ok {
				return value{}
			}
			s = strings.ReplaceAll(s, ":", ".")
			if name == "__import__" && len(args.list) == 1 {
				s, _, _ = strings.Cut(s, ".")
			}
			if m := e.module(s); m.kind == module {
				return m
			}
			return e.given(s)
		}), true
	case "compile", "ast.parse", "types.CodeType":
		return args.get(0, "source"), true
	case "types.FunctionType", "types.LambdaType":
		return value{kind: funcKind, obj: &object{fn: &function{name: "<code>", src: e.src, value: &expr{op: callExpr, pos: e.pos, a: &expr{op: nameExpr, text: "exec"}, list: []*expr{{op: nameExpr, text: "\x00code"}}}}, scope: e.holding("\x00code", first)}}, true
	case "code.InteractiveInterpreter().runsource", "code.InteractiveConsole().push", "code.InteractiveInterpreter().runcode", "timeit.timeit", "timeit.repeat",
		"cProfile.run", "profile.run", "pdb.run", "trace.Trace().run", "get_ipython().run_cell", "get_ipython().ex", "exec_":
		for _, arg := range args.list {
			if arg.kind == str {
				e.exec(arg.value, e.main, false)
			}
		}
		e.callbacks(args)
		return value{}, true
	case "runpy.run_module", "runpy._run_module_as_main":
		e.program([]value{text(e.Self), text("-m"), args.get(0, "mod_name"), e.argvRest()}, arguments{})
		return value{}, true
	case "runpy.run_path":
		return e.runFile(args.get(0, "path_name")), true
	case "ensurepip.bootstrap", "ensurepip._bootstrap", "ensurepip._main", "ensurepip.main":
		e.program([]value{text(e.Self), text("-m"), text("ensurepip"), e.flags(args, "user", "upgrade")}, arguments{})
		return value{}, true
	case "venv.create", "venv.main", "virtualenv.cli_run", "virtualenv.session_via_cli", "virtualenv.create_environment":
		e.venv(name, args)
		return value{}, true
	case "venv.EnvBuilder":
		v := library(name + "()")
		if pip, ok := args.find(-1, "with_pip"); ok {
			v.obj = &object{items: []value{pip}}
		}
		return v, true
	case "venv.EnvBuilder().create":
		more := args
		if f.obj != nil && len(f.obj.items) == 1 {
			more.list = append(more.list, argument{"with_pip", f.obj.items[0]})
		}
		e.venv("venv.create", more)
		return value{}, true
	case "pip._internal.commands.create_command":
		return value{kind: ref, str: name + "()", obj: &object{items: []value{args.get(0, "name")}}}, true
	case "pip._internal.commands.create_command().main":
		if f.obj != nil && len(f.obj.items) == 1 {
			e.program([]value{text(e.Self), text("-m"), text("pip"), f.obj.items[0], args.get(0, "args")}, arguments{})
		}
		return value{}, true
	case "setuptools.command.easy_install.main", "easy_install.main":
		e.program([]value{text("easy_install"), first}, arguments{})
		return value{}, true
	case "marshal.loads", "pickle.loads", "dill.loads", "cloudpickle.loads", "_pickle.loads", "marshal.load", "pickle.load":
		return e.decoded(name, first), true
	case "functools.partial", "functools.partialmethod":
		return e.partial(args), true
	case "operator.methodcaller", "operator.attrgetter", "operator.itemgetter":
		return value{kind: ref, str: name + "()", obj: &object{items: append([]value{first}, args.rest(1)...)}}, true
	case "operator.methodcaller()":
		if f.obj != nil && len(f.obj.items) > 0 {
			return e.callWith(e.attribute(first, f.obj.items[0].show()), arguments{list: plainArgs(f.obj.items[1:])}), true
		}
	case "operator.attrgetter()", "operator.itemgetter()":
		if f.obj != nil && len(f.obj.items) > 0 {
			out := first
			for _, part := range strings.Split(f.obj.items[0].show(), ".") {
				out = e.attribute(out, part)
			}
			return out, true
		}
	case "os.putenv":
		e.hold(e.env, e.env.with(first, second), nil)
		return value{}, true
	case "os.unsetenv":
		e.remove(value{kind: dict, obj: e.env}, first)
		return value{}, true
	case "sh.Command", "plumbum.local.get":
		if s, ok := first.known(); ok {
			return library("sh." + s[strings.LastIndexByte(s, '/')+1:]), true
		}
		return value{}, true
	case "get_ipython", "IPython.get_ipython", "IPython.core.getipython.get_ipython":
		return library("get_ipython()"), true
	case "get_ipython().run_line_magic", "get_ipython().magic", "get_ipython().run_cell_magic", "IPython.get_ipython().run_line_magic":
		line := strings.TrimPrefix(first.show(), "%")
		if second.kind != unknown {
			line += " " + second.show()
		}
		if third, ok := args.pos(2); ok {
			e.magic("%%" + line + "\n" + third.show())
		} else {
			e.magic("%" + line)
		}
		return value{}, true
	}
	if strings.HasSuffix(name, ".add_argument") || strings.HasSuffix(name, ".add_argument().add_argument") {
		e.option(args)
		return value{}, true
	}
	if f.obj != nil && f.obj.proc != nil {
		switch name[strings.LastIndexByte(name, '.')+1:] {
		case "communicate", "write", "sendline", "send":
			e.feed(f.obj.proc, args.get(0, "input"))
			return value{}, true
		}
	}
	return value{}, false
}

// named is the attribute of a name that may not be known: of a module that starts
// programs, that may be any of its functions.
func (e *evaluator) named(on, name value) value {
	if s, ok := name.known(); ok {
		return e.attribute(on, s)
	}
	return each(on, func(on value) value {
		if on.kind == ref && (on.str == "os" || on.str == "subprocess" || on.str == "posix" || on.str == "pty") {
			return library(on.str + ".?")
		}
		return value{from: on.from}
	})
}

// option is ArgumentParser.add_argument: what the option is where nothing is said
// of it (Lib/argparse.py: _get_optional_kwargs).
func (e *evaluator) option(args arguments) {
	dest := args.get(-1, "dest").show()
	for _, v := range args.rest(0) {
		if s, ok := v.known(); ok && (action.Holed(dest) || strings.HasPrefix(s, "--")) {
			dest = strings.ReplaceAll(strings.TrimLeft(s, "-"), "-", "_")
		}
	}
	init := args.get(-1, "default")
	if init.kind == unknown || action.Holed(dest) {
		return
	}
	if e.options == nil {
		e.options = map[string]value{}
	}
	e.options[dest] = oneOf(init, value{})
}

// holding is a scope with one variable.
func (e *evaluator) holding(name string, v value) *scope {
	sc := newScope(e.main)
	sc.vars.m[name] = v
	return sc
}

func plainArgs(vals []value) []argument {
	var out []argument
	for _, v := range vals {
		out = append(out, argument{value: v})
	}
	return out
}

// decoded is what a function makes of a text in a way that is not computed.
func (e *evaluator) decoded(name string, v value) value {
	if s := v.show(); v.isText() && !action.OnlyHoles(s) && s != "" {
		return value{from: origin{made: name}}
	}
	return value{from: v.from}
}

// flags are options of a program for what a function was told by name.
func (e *evaluator) flags(args arguments, names ...string) value {
	var out []value
	for _, n := range names {
		if v, ok := args.find(-1, n); ok {
			if yes, known := v.truthy(); yes || !known {
				out = append(out, text("--"+n))
			}
		}
	}
	return seq(list, out)
}

// venv makes a virtual environment.
func (e *evaluator) venv(name string, args arguments) {
	first, ok := args.find(0, "env_dir")
	if isSeq(first) {
		tool := "venv"
		if strings.HasPrefix(name, "virtualenv") {
			tool = "virtualenv"
		}
		e.program([]value{text(e.Self), text("-m"), text(tool), first}, arguments{})
		return
	}
	if !ok {
		return
	}
	argv := []value{text(e.Self), text("-m"), text("venv")}
	if pip, ok := args.find(-1, "with_pip"); !ok {
		argv = append(argv, text("--without-pip"))
	} else if yes, known := pip.truthy(); known && !yes {
		argv = append(argv, text("--without-pip"))
	}
	e.program(append(argv, first), arguments{})
}

// partial is functools.partial: a function that calls another with more.
func (e *evaluator) partial(args arguments) value {
	f, ok := args.pos(0)
	if !ok {
		return value{}
	}
	sc := newScope(e.main)
	sc.vars.m["\x00f"] = f
	call := &expr{op: callExpr, pos: e.pos, a: &expr{op: nameExpr, text: "\x00f"}}
	first := true
	for i, a := range args.list {
		if first && a.key == "" {
			first = false
			continue
		}
		n := "\x00a" + string(rune('0'+i))
		sc.vars.m[n] = a.value
		x := &expr{op: nameExpr, text: n}
		if a.key != "" {
			x = &expr{op: keyword, text: a.key, a: x}
		}
		call.list = append(call.list, x)
	}
	call.list = append(call.list, &expr{op: star, a: &expr{op: nameExpr, text: "\x00rest"}}, &expr{op: starStar, a: &expr{op: nameExpr, text: "\x00named"}})
	fn := &function{name: "<partial>", src: e.src, value: call, params: []param{{name: "\x00rest", star: 1}, {name: "\x00named", star: 2}}}
	return value{kind: funcKind, obj: &object{fn: fn, scope: sc}}
}
