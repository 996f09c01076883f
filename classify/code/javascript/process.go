package javascript

import (
	"slices"
	"strings"

	"github.com/tdewolff/parse/v2/js"

	"github.com/venv-guard/venv-guard/action"
)

// A start is a program that was started.
type start struct {
	command string // as a shell would be given it
	st      action.Start
	written string // on its standard input
	file    string // of a file's stream
}

// printed is the shell command that prints what an object is read from.
func (o *object) printed() string {
	if o.start == nil {
		return ""
	}
	if o.start.file != "" {
		return "cat " + quote(o.start.file)
	}
	return o.start.command
}

// starts handles the functions that start programs, of Node 22 (child_process),
// Bun 1.2, Deno 2 and the libraries that most programs use for it.
func (m *machine) starts(name string, args []value) (value, bool) {
	switch name {
	case "child_process.exec", "child_process.execSync", "exec", "execSync", "execAsync", "execPromise", "shelljs.exec", "shell.exec",
		"execa.execaCommand", "execa.execaCommandSync", "execa.command", "execa.commandSync", "execaCommand", "execaCommandSync", "node-cmd.run", "node-cmd.runSync", "node-cmd.get":
		return m.shellCall("sh", args), true
	case "child_process.spawn", "child_process.spawnSync", "child_process.execFile", "child_process.execFileSync", "spawn", "spawnSync", "execFile", "execFileSync",
		"cross-spawn", "cross-spawn.spawn", "cross-spawn.sync", "execa", "execa.execa", "execa.execaSync", "execa.sync", "execaSync",
		"tinyexec.x", "tinyexec.exec", "tinyspawn", "nano-spawn", "node-pty.spawn", "foreground-child", "foreground-child.foregroundChild", "win-spawn", "super-spawn", "shelljs.cmd", "spawn-please",
		"process.execve":
		return m.programCall(args), true
	case "child_process.fork", "fork", "cluster.setupPrimary", "cluster.setupMaster", "execa.node", "execa.execaNode":
		return m.forkCall(args), true
	case "Bun.spawn", "Bun.spawnSync", "Deno.run":
		return m.listCall(args), true
	case "Deno.Command":
		return m.listCall(args), true
	case "$", "zx.$", "Bun.$", "execa.$", "$.sync", "zx.$.sync", "execa.$.sync", "sh":
		return m.dollarCall(name, args)
	case "child_process.promisify", "util.promisify", "promisify", "pify", "util.callbackify", "bluebird.promisify":
		if len(args) > 0 {
			return m.promisify(args[0]), true
		}
	case "process.binding":
		if len(args) > 0 {
			return nativeOf("binding." + args[0].text()), true
		}
	case "binding.spawn_sync.spawn":
		return m.bindingSpawn(args), true
	case "process.chdir", "Deno.chdir", "cd", "zx.cd", "shelljs.cd":
		if len(args) > 0 {
			m.dir = join(m.dir, m.toText(args[0]))
		}
		return value{kind: undefined}, true
	case "process.exit", "Deno.exit", "process.abort", "process.reallyExit":
		m.exits = true
		return value{}, true
	case "Deno.env.get":
		if len(args) > 0 {
			return m.environment(args[0]), true
		}
	case "Deno.env.set":
		if len(args) > 1 {
			m.setEnv(m.toText(args[0]), m.toText(args[1]))
		}
		return value{kind: undefined}, true
	}
	return value{}, false
}

// startsNew handles the classes whose objects are started programs.
func (m *machine) startsNew(name string, args []value) (value, bool) {
	switch name {
	case "Deno.Command":
		return m.listCall(args), true
	case "worker_threads.Worker", "Worker":
		m.worker(args)
		return value{}, true
	case "vm.Script":
		if len(args) > 0 {
			m.runCode(args[0], nil)
		}
		return value{}, true
	case "Module", "Module.Module":
		return nativeOf("module"), true
	}
	return value{}, false
}

func join(dir, name string) string {
	if dir == "" || strings.HasPrefix(name, "/") {
		return name
	}
	return dir + "/" + name
}

// options returns the object of options among arguments, and whether there may
// be some that are not known.
func (m *machine) options(args []value) (*object, bool) {
	vague := false
	for _, a := range args {
		for _, w := range a.choices() {
			if w.is(plain) {
				return w.obj, w.obj.open
			}
			if w.vague() {
				vague = true
			}
		}
	}
	return nil, vague
}

// configure fills in what options say of a start. It reports whether a shell
// runs the words, and whether that is known.
func (m *machine) configure(st *action.Start, o *object) (viaShell, known bool) {
	if o == nil {
		return false, true
	}
	if v, ok := o.get("cwd"); ok && !isNothing(v) {
		st.Dir = join(m.dir, m.fileNameOf(v))
	}
	if v, ok := o.get("env"); ok {
		m.configureEnv(st, v)
	}
	v, ok := o.get("shell")
	if !ok {
		return false, !o.open
	}
	if w, ok := v.known(); ok && w != "" {
		st.Lang = shellOf(w)
	}
	return v.bool()
}

func isNothing(v value) bool { return v.kind == undefined || v.kind == null }

// shellOf returns the language of a shell's program.
func shellOf(program string) string {
	name := program[strings.LastIndexAny(program, `/\`)+1:]
	name = strings.TrimSuffix(strings.ToLower(name), ".exe")
	switch name {
	case "pwsh", "powershell":
		return "powershell"
	case "bash", "zsh", "dash", "ksh", "fish":
		return name
	}
	return "sh"
}

func (m *machine) configureEnv(st *action.Start, v value) {
	for _, w := range v.choices() {
		if w.kind != reference || w.obj.class != plain {
			continue
		}
		_, all := w.obj.get(inherited)
		st.Env.Clear = !all && !w.obj.open
		for _, k := range w.obj.keys {
			if k != inherited && !isNothing(w.obj.props[k]) {
				st.Env.Set = append(st.Env.Set, k+"="+m.toText(w.obj.props[k]))
			}
		}
		return
	}
}

// shellCall is f(text, options, callback).
func (m *machine) shellCall(lang string, args []value) value {
	if len(args) == 0 {
		return value{}
	}
	o, _ := m.options(args[1:])
	base := action.Start{Lang: lang}
	m.configure(&base, o)
	var out *start
	for _, w := range args[0].choices() {
		if w.is(array) { // of a library that takes both
			for _, argv := range m.argvs(w) {
				out = m.program(base, argv, o)
			}
			continue
		}
		st := base
		st.Text = strings.TrimSpace(m.toText(w))
		out = m.run1(st, w, o)
	}
	return m.started(out, args)
}

// run1 tells of a shell that is given a text.
func (m *machine) run1(st action.Start, v value, o *object) *start {
	if st.Text == "" {
		return nil
	}
	out := &start{command: "(" + st.Text + "\n)", st: st}
	switch in, ok := m.input(o); {
	case ok:
		m.emit(action.Act{Start: fed(st, in)})
	case v.source != "" && action.OnlyHoles(st.Text):
		piped := st
		piped.Text = v.source + " | sh"
		m.emit(action.Act{Start: piped})
	default:
		m.emit(action.Act{Start: st, URL: v.url})
	}
	return out
}

// fed is a start whose standard input is a text.
func fed(st action.Start, in string) action.Start {
	cmd := st.Text
	if st.Argv != nil {
		cmd = quoteAll(st.Argv)
	}
	st.Argv, st.Lang = nil, "sh"
	st.Text = "printf %s " + quote(in) + " | " + cmd
	return st
}

// input is the text that options hand to what is started.
func (m *machine) input(o *object) (string, bool) {
	if o == nil {
		return "", false
	}
	for _, key := range [...]string{"input", "stdin"} {
		if v, ok := o.get(key); ok && v.kind == text {
			if in, ok := v.known(); ok && in != "pipe" && in != "inherit" && in != "ignore" && in != "overlapped" && in != "null" && in != "piped" {
				return in, true
			}
		}
	}
	return "", false
}

// programCall is f(program, [arguments], options, callback).
func (m *machine) programCall(args []value) value {
	if len(args) == 0 {
		return value{}
	}
	var words value = list()
	rest := args[1:]
	if len(rest) > 0 {
		for _, w := range rest[0].choices() {
			if w.is(array) || w.vague() {
				words, rest = rest[0], rest[1:]
				break
			}
		}
	}
	o, vague := m.options(rest)
	if words.vague() && words.kind != choice {
		l := list(hole) // arguments, or options
		words = l
	}
	base := action.Start{}
	viaShell, known := m.configure(&base, o)
	var out *start
	for _, name := range args[0].choices() {
		for _, argv := range m.argvs(words) {
			argv = append([]string{m.toText(name)}, argv...)
			if argv[0] == "" && !viaShell && known {
				continue
			}
			alone := len(argv) == 1 && strings.ContainsAny(argv[0], " \t\n") && (vague || o != nil || m.partial())
			if viaShell || !known && o != nil || alone {
				st := base
				if st.Lang == "" {
					st.Lang = "sh"
				}
				st.Text = strings.Join(argv, " ")
				out = m.run1(st, name, o)
				if viaShell {
					continue
				}
			}
			out = m.program(base, argv, o)
		}
	}
	return m.started(out, args)
}

// partial reports whether the program is no whole one: what its names stand for
// was declared elsewhere.
func (m *machine) partial() bool { return !strings.Contains(m.Text, "child_process") }

// program tells of a program that is started by its words.
func (m *machine) program(st action.Start, argv []string, o *object) *start {
	if len(argv) == 0 || argv[0] == "" {
		return nil
	}
	st.Argv, st.Lang = argv, ""
	out := &start{command: quoteAll(argv), st: st}
	if in, ok := m.input(o); ok {
		m.emit(action.Act{Start: fed(st, in)})
		return out
	}
	m.emit(action.Act{Start: st})
	return out
}

// started is what a call that starts something returns; callbacks get what it
// prints.
func (m *machine) started(s *start, args []value) value {
	if s == nil {
		return value{}
	}
	out := value{source: s.command}
	m.andLater(func() value { m.callbacks(args, value{}, out, out); return value{} })
	v := newObject(child)
	v.obj.start = s
	v.source = s.command
	return v
}

// forkCall is fork(file, arguments).
func (m *machine) forkCall(args []value) value {
	if len(args) == 0 {
		return value{}
	}
	if args[0].is(plain) { // setupPrimary({ exec, args })
		file, _ := args[0].obj.get("exec")
		words, _ := args[0].obj.get("args")
		args = []value{file, words}
	}
	self := str(m.Self)
	if m.Self == "" {
		self = str("node")
	}
	words := list(args[0])
	if len(args) > 1 {
		m.spread(words.obj, args[1])
	}
	return m.programCall(append([]value{self, words}, args[min(2, len(args)):]...))
}

// listCall is f([program, arguments]), f({cmd: […]}) or f(program, {args: […]}).
func (m *machine) listCall(args []value) value {
	if len(args) == 0 {
		return value{}
	}
	o, _ := m.options(args)
	words := list()
	for _, w := range args[0].choices() {
		switch {
		case w.is(plain):
			if cmd, ok := w.obj.get("cmd"); ok {
				m.spread(words.obj, cmd)
			}
		case w.is(array):
			words = args[0]
		default:
			words.obj.elems = append(words.obj.elems, w)
		}
	}
	if o != nil {
		if list, ok := o.get("args"); ok {
			m.spread(words.obj, list)
		}
	}
	base := action.Start{}
	m.configure(&base, o)
	var out *start
	for _, argv := range m.argvs(words) {
		out = m.program(base, argv, o)
	}
	return m.started(out, args)
}

// bindingSpawn is process.binding("spawn_sync").spawn({file, args}).
func (m *machine) bindingSpawn(args []value) value {
	o, _ := m.options(args)
	if o == nil {
		return value{}
	}
	file, _ := o.get("file")
	words, _ := o.get("args")
	for _, argv := range m.argvs(words) {
		m.program(action.Start{}, append([]string{m.toText(file)}, argv[min(1, len(argv)):]...), o)
	}
	return value{}
}

// dollarCall is $("…"), or $({…}), which gives another $.
func (m *machine) dollarCall(name string, args []value) (value, bool) {
	if len(args) == 0 || args[0].is(plain) {
		return nativeOf(name), true
	}
	if name == "$" && !args[0].is(array) && args[0].kind != text {
		return value{}, false // jQuery
	}
	if name == "$" || name == "sh" {
		return value{}, false
	}
	return m.shellCall("sh", args[:1]), true
}

// tagged is tag`text`: a command of zx, Bun, execa or dax, whose values are
// words.
func (m *machine) tagged(e *js.TemplateExpr, f *frame) value {
	tag := m.eval(e.Tag, f)
	outer, scope := m.at, m.scope
	m.at, m.scope = e, f
	defer func() { m.at, m.scope = outer, scope }()
	var vals []value
	for i := range e.List {
		vals = append(vals, m.eval(e.List[i].Expr, f))
	}
	if tag.kind != native || !isDollar(tag.str) {
		parts := list()
		for i := range e.List {
			parts.obj.elems = append(parts.obj.elems, str(cook(inTemplate(e.List[i].Value))))
		}
		parts.obj.elems = append(parts.obj.elems, str(cook(inTemplate(e.Tail))))
		if tag.kind == native && tag.str == "String.raw" {
			return m.raw(e, vals)
		}
		m.put(parts.obj, "raw", parts)
		return m.invoke(tag, value{}, append([]value{parts}, vals...))
	}
	out := str("")
	for i := range e.List {
		out = m.concat(out, str(cook(inTemplate(e.List[i].Value))))
		out = m.concat(out, m.asWords(vals[i]))
	}
	out = m.concat(out, str(cook(inTemplate(e.Tail))))
	return m.shellCall("sh", []value{out})
}

func isDollar(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	root, _, _ := strings.Cut(name, ".")
	return last == "$" && name[0] != '?' || root == "$" && (last == "sync" || last == "nothrow" || last == "quiet") || (name == "Bun.$" || name == "zx.$.sync" || name == "execa.$.sync")
}

func (m *machine) raw(e *js.TemplateExpr, vals []value) value {
	out := str("")
	for i := range e.List {
		out = m.concat(m.concat(out, str(inTemplate(e.List[i].Value))), vals[i])
	}
	return m.concat(out, str(inTemplate(e.Tail)))
}

// asWords is a value as zx puts it into a command: quoted, a list as several
// words.
func (m *machine) asWords(v value) value {
	return each(v, func(w value) value {
		if w.is(plain) {
			if raw, ok := w.obj.get("raw"); ok { // Bun's { raw: "…" }
				return raw
			}
		}
		if !w.is(array) {
			return str(quote(m.toText(w)))
		}
		ways := m.argvs(w)
		out := str(quoteAll(ways[0]))
		for _, words := range ways[1:] {
			out = either(out, str(quoteAll(words)))
		}
		return out
	})
}

// promisify is a function that takes no callback any more.
func (m *machine) promisify(fn value) value {
	if !fn.is(function) {
		return fn
	}
	return m.hook(func(args []value) value {
		out := value{}
		done := m.hook(func(args []value) value {
			if len(args) > 1 {
				out = args[1]
			}
			return value{kind: undefined}
		})
		m.invoke(fn, value{}, append(slices.Clone(args), done))
		return out
	})
}

// quote returns a word as a shell reads it.
func quote(w string) string {
	if w != "" && strings.Trim(w, "-/.=_,:@%+0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		return w
	}
	if action.OnlyHoles(w) {
		return w // any number of words
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}

func quoteAll(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = quote(w)
	}
	return strings.Join(out, " ")
}
