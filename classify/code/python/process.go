package python

import (
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// A form says how a function takes the program that it starts.
type form uint8

const (
	noStart    form = iota
	shellText       // f(text)
	popen           // f(text or words, …, shell=, env=, cwd=, input=)
	eachWord        // f(program, argument, …)
	replaces        // f(program, argv0, …): what the process is called is not what is started
	spawned         // the same behind a mode
	pipMain         // f(words of pip)
	command         // f(text), of a context of invoke, Fabric, …
	namedWords      // the function is called as the program
	textOfArgs      // f(text, [words])
)

// startForm returns how a function of that name starts a program. What is known
// only by its last name counts where nothing is known of what it belongs to.
func startForm(name string) form {
	switch name {
	case "os.system", "subprocess.getoutput", "subprocess.getstatusoutput", "asyncio.create_subprocess_shell", "asyncio.subprocess.create_subprocess_shell",
		"os.popen", "os.popen2", "os.popen3", "os.popen4", "popen2.popen2", "popen2.popen3", "popen2.Popen3",
		"get_ipython().system", "get_ipython().getoutput", "get_ipython().system_piped", "get_ipython().system_raw", "get_ipython().getoutput_piped",
		"IPython.get_ipython().system", "IPython.get_ipython().getoutput", "IPython.utils.process.system", "IPython.utils.process.getoutput",
		"libc.system", "_winapi.CreateProcess":
		return shellText
	case "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen", "subprocess.Popen().__init__",
		"sarge.run", "sarge.capture_stdout", "delegator.run", "psutil.Popen", "anyio.run_process", "anyio.open_process", "trio.run_process", "trio.open_process",
		"gevent.subprocess.run", "gevent.subprocess.check_call", "gevent.subprocess.Popen", "asyncio.subprocess.Popen":
		return popen
	case "os.?", "subprocess.?", "posix.?", "pty.?": // which of its functions is not known
		return popen
	case "pty.spawn", "distutils.spawn.spawn", "setuptools._distutils.spawn.spawn":
		return popen
	case "asyncio.create_subprocess_exec", "asyncio.subprocess.create_subprocess_exec":
		return eachWord
	case "pexpect.spawn", "pexpect.run", "pexpect.runu", "pexpect.spawnu", "pexpect.popen_spawn.PopenSpawn", "wexpect.spawn":
		return textOfArgs
	case "pip.main", "pip._internal.main", "pip._internal.cli.main.main", "pip._internal.main.main", "pip._internal.cli.main", "pip.__main__.main", "pip._internal.cli.main.main()":
		return pipMain
	case "fabric.api.local", "fabric.api.run", "fabric.api.sudo", "fabric.operations.local", "invoke.run", "invoke.sudo", "plumbum.shell", "os.startfile":
		return command
	}
	switch {
	case strings.HasPrefix(name, "object.__subclasses__()"): // any class, Popen too
		return popen
	case strings.HasPrefix(name, "os.exec"), strings.HasPrefix(name, "os.posix_spawn"):
		return replaces
	case strings.HasPrefix(name, "os.spawn"):
		return spawned
	case strings.HasPrefix(name, "sh.") && !strings.Contains(name, "(") && name != "sh.Command" && !strings.HasPrefix(name, "sh.ErrorReturnCode") && name != "sh.cd":
		return namedWords
	case strings.HasPrefix(name, "plumbum.cmd.") && strings.Count(name, ".") == 2:
		return namedWords
	}
	return startOf(name)
}

// startOf returns how a method starts a program that is known by its name, or by
// what it belongs to.
func startOf(name string) form {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return noStart
	}
	on, last := name[:i], name[i+1:]
	switch on {
	case "invoke.Context()", "fabric.Connection()", "fabric.connection.Connection()", "invoke.context.Context()", "fabric.Connection()[]":
		switch last {
		case "run", "local", "sudo":
			return command
		}
	case "?":
		switch last {
		case "run", "call":
			return popen
		}
	}
	switch last {
	case "system", "getoutput", "getstatusoutput", "popen", "create_subprocess_shell":
		if on == "?" || strings.HasSuffix(on, "()") || strings.HasSuffix(on, "[]") || strings.HasSuffix(on, ".os") {
			return shellText
		}
	case "check_call", "check_output", "Popen":
		if on == "?" || strings.HasSuffix(on, "()") || strings.HasSuffix(on, "[]") || strings.HasSuffix(on, "subprocess") {
			return popen
		}
	case "subprocess_shell", "subprocess_exec": // of an event loop, behind what speaks to it
		return spawned
	}
	return noStart
}

// starts reports whether a function starts programs, or runs code.
func starts(name string) bool {
	return startForm(name) != noStart || name == "exec" || name == "eval" || strings.HasPrefix(name, "runpy.")
}

// A process is a program that was started to be written to.
type process struct {
	text  string // what a shell would call it
	in    string
	start action.Start
}

// start tells what a function starts; false if it is none of those that do.
func (e *evaluator) start(name string, args arguments) bool {
	f := startForm(name)
	e.opened = nil
	switch f {
	case noStart:
		return false
	case shellText, command:
		v, ok := args.get(0, "command"), len(args.list) > 0
		if v.kind == unknown {
			v = args.get(0, "cmd")
		}
		if !ok && !args.open {
			return true
		}
		if name == "os.popen" {
			if mode := args.get(1, "mode"); mode.str == "w" {
				e.openProcess(v, args)
				return true
			}
		}
		e.shell(v, args)
	case popen:
		e.popen(args)
	case eachWord:
		e.program(args.rest(0), args)
	case textOfArgs:
		v, _ := args.find(0, "command")
		if more := args.get(1, "args"); isSeq(more) && len(more.obj.items) > 0 {
			e.program([]value{v, more}, args)
		} else {
			e.shell(v, args)
		}
	case replaces, spawned:
		e.replaced(name, f, args)
	case pipMain:
		words, _ := args.find(0, "args")
		if words.kind == unknown && len(args.list) == 0 {
			words = e.argvRest()
		}
		e.program([]value{text(e.Self), text("-m"), text("pip"), words}, arguments{})
	case namedWords:
		var vals []value
		for _, w := range strings.Split(strings.TrimPrefix(strings.TrimPrefix(name, "sh."), "plumbum.cmd."), ".") {
			if w != "bake" { // words for later
				vals = append(vals, text(strings.ReplaceAll(w, "_", "-")))
			}
		}
		e.program(append(vals, args.rest(0)...), arguments{})
	}
	return true
}

// argvRest is sys.argv[1:].
func (e *evaluator) argvRest() value {
	one := int64(1)
	return slice(e.argv, [3]*int64{&one})
}

// settings are those that a start takes by name.
func (e *evaluator) settings(args arguments) (st action.Start) {
	if env, ok := args.find(-1, "env"); ok {
		for _, v := range alternatives(env) {
			if v.kind != dict || v.obj.env {
				continue
			}
			st.Env.Clear = !v.obj.copy && !v.obj.open
			for i := 0; i+1 < len(v.obj.items); i += 2 {
				if v.obj.items[i+1].kind != none {
					st.Env.Set = append(st.Env.Set, v.obj.items[i].show()+"="+texts(v.obj.items[i+1])[0])
				}
			}
			break
		}
	}
	if dir, ok := args.find(-1, "cwd"); ok && dir.kind != none {
		st.Dir = e.under(texts(dir)[0])
	}
	return st
}

// under is a path from where the code has gone.
func (e *evaluator) under(p string) string {
	if e.cwd == "" {
		return p
	}
	return joinPath(e.cwd, p)
}

func (e *evaluator) shell(v value, args arguments) {
	if isSeq(v) || v.kind == either && lists(v) != nil {
		e.program([]value{v}, args)
		return
	}
	e.shellText(v, args, "")
}

// shellText starts a text, with what is handed to it.
func (e *evaluator) shellText(v value, args arguments, in string) {
	for _, s := range texts(v) {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		if in != "" {
			s = "printf %s " + quote(in) + " | " + s
		}
		st := e.settings(args)
		st.Text = s
		e.started(st, v.from)
	}
}

// started emits the start of a text or words, with where what is unknown of them
// comes from.
func (e *evaluator) started(st action.Start, from origin) {
	e.emit(action.Act{Start: st, URL: from.url, Made: from.made})
}

// popen is subprocess.Popen and its kin.
func (e *evaluator) popen(args arguments) {
	v, ok := args.find(0, "args")
	if !ok {
		v, ok = args.find(-1, "cmd")
	}
	if !ok {
		v, ok = args.find(-1, "command")
	}
	if !ok && !args.open && len(args.list) == 0 {
		return
	}
	in, fed := "", false
	if given, ok := args.find(-1, "input"); ok && given.kind != none {
		in, fed = texts(given)[0], true
		if given.from.url != "" || given.from.made != "" {
			v.from = v.from.or(given.from)
		} else if action.OnlyHoles(in) {
			in, fed = "", false
		}
	}
	if stdin, ok := args.find(-1, "stdin"); ok && !fed {
		if stdin.kind == file {
			if in = e.fileText(stdin); action.OnlyHoles(in) {
				in = ""
			}
		}
		if stdin.kind == ref && strings.HasSuffix(stdin.str, "PIPE") {
			defer e.openProcess(v, args)
		}
	}
	shell, _ := args.find(-1, "shell")
	e.both(v, args, in, shell)
}

// both starts what a value is: words, or a text.
func (e *evaluator) both(v value, args arguments, in string, shell value) {
	for _, a := range alternatives(v) {
		a.from = a.from.or(v.from)
		if !isSeq(a) {
			e.shellText(a, args, in)
			continue
		}
		yes, known := shell.truthy()
		for _, argv := range e.words([]value{a}) {
			st := e.settings(args)
			if len(argv) == 0 {
				continue
			}
			if shell.kind != unknown && (yes || !known) || len(argv) == 1 && strings.Contains(argv[0], " ") {
				text := st
				text.Text, text.Args = argv[0], argv[1:]
				if len(text.Args) > 0 {
					text.Args = append([]string{}, text.Args...)
				}
				e.started(text, originOf(a))
				if yes && known {
					continue
				}
			}
			if in != "" {
				st.Text = "printf %s " + quote(in) + " | " + quoteWords(argv)
			} else {
				st.Argv = argv
				if exe, ok := args.find(-1, "executable"); ok && exe.kind != none {
					st.Argv = append([]string{texts(exe)[0]}, argv[1:]...)
				}
			}
			e.started(st, originOf(a))
		}
	}
}

// originOf is where anything of a list comes from.
func originOf(v value) origin {
	from := v.from
	if isSeq(v) {
		for _, x := range v.obj.items {
			from = from.or(x.from)
		}
	}
	return from
}

// program starts words.
func (e *evaluator) program(vals []value, args arguments) {
	all := seq(list, vals)
	if all.obj == nil {
		return
	}
	for _, v := range vals {
		all.from = all.from.or(originOf(v))
	}
	for _, argv := range e.words(vals) {
		if len(argv) == 0 {
			continue
		}
		st := e.settings(args)
		st.Argv = argv
		e.started(st, all.from)
	}
}

// replaced is os.execv and os.spawnl and their kin: program, its own name, and
// its words, singly or in a list; those with an e at their end take an
// environment.
func (e *evaluator) replaced(name string, f form, args arguments) {
	skip := 0
	if f == spawned {
		skip = 1
	}
	vals := args.rest(skip)
	if len(vals) == 0 {
		return
	}
	if strings.HasPrefix(name, "os.") {
		last := strings.TrimSuffix(name, "p")
		if withEnv := strings.HasSuffix(name, "e") || strings.HasPrefix(name, "os.posix_spawn"); withEnv && len(vals) > 2 || strings.HasSuffix(last, "ve") && len(vals) > 2 || strings.HasSuffix(name, "vpe") && len(vals) > 2 {
			env := vals[len(vals)-1]
			if strings.HasPrefix(name, "os.posix_spawn") {
				env, vals = vals[2], vals[:2]
			} else {
				vals = vals[:len(vals)-1]
			}
			args = arguments{list: []argument{{"env", env}}}
		}
	} else { // of an event loop
		e.program(vals, args)
		return
	}
	for _, argv := range e.words(vals[1:]) {
		st := e.settings(args)
		for _, program := range texts(vals[0]) {
			st.Argv = []string{program}
			if len(argv) > 1 {
				st.Argv = append(st.Argv, argv[1:]...)
			}
			e.started(st, vals[0].from.or(originOf(vals[len(vals)-1])))
		}
	}
}

// openProcess notes a program that text is written to afterwards.
func (e *evaluator) openProcess(v value, args arguments) {
	st := e.settings(args)
	p := &process{start: st}
	if isSeq(v) {
		if all := e.words([]value{v}); len(all) > 0 {
			p.text = quoteWords(all[0])
		}
	} else {
		p.text = texts(v)[0]
	}
	e.opened = &object{proc: p}
}

// feed writes to a program that was started.
func (e *evaluator) feed(p *process, v value) {
	if p.text == "" || len(p.in) > maxValue || v.kind == none {
		return
	}
	p.in += texts(v)[0]
	if action.OnlyHoles(p.in) && v.from == (origin{}) {
		return
	}
	st := p.start
	st.Text = "printf %s " + quote(p.in) + " | " + p.text
	e.started(st, v.from)
}

// quote is a word as a shell reads it.
func quote(w string) string { return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'" }

// quoteWords is a command as a shell reads it.
func quoteWords(words []string) string {
	out := slices.Clone(words)
	for i, w := range out {
		if w == "" || strings.Trim(w, "-/.=_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			out[i] = quote(w)
		}
	}
	return strings.Join(out, " ")
}
