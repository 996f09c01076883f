package rules

import (
	"path"
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// start adds what s says that the tool starts.
func (r *reading) start(s *start) {
	if !r.all(s.when) {
		return
	}
	switch s.kind {
	case startArgv:
		r.startWords(s)
	case startParallel:
		r.startParallel(s)
	case startText:
		if s.each {
			for i := range s.from {
				for _, v := range r.list(nil, &s.from[i]) {
					r.startText(s, v)
				}
			}
			return
		}
		var words []string
		for i := range s.from {
			words = r.list(words, &s.from[i])
		}
		if len(words) > 0 {
			r.startText(s, strings.Join(words, " "))
		}
	case startScript:
		if s.each {
			for i := range s.from {
				for _, file := range r.list(nil, &s.from[i]) {
					r.startScript(s, file)
				}
			}
			return
		}
		for i := range s.from {
			file, src := r.get(&s.from[i])
			if src == fromNowhere || file == "" {
				continue
			}
			r.startScript(s, file)
			return
		}
	case startTask:
		st := r.newStart(s)
		st.Task, st.Lang, st.Args = true, s.lang, r.args(s)
		if s.first != isNothing {
			r.inEnvironment(s, nil, &st.Env)
		}
		for i := range s.from {
			if file, src := r.get(&s.from[i]); src != fromNowhere && file != "" {
				st.Script = file
				break
			}
		}
		r.add(st)
	case startStdin:
		st := r.newStart(s)
		st.Stdin, st.Lang, st.Args = true, s.lang, r.args(s)
		r.add(st)
	case startModule:
		r.startModule(s)
	}
}

func (r *reading) startWords(s *start) {
	if s.each {
		for i := range r.hits {
			h := &r.hits[i]
			if h.list == nil || s.from[0].name != h.opt.name {
				continue
			}
			r.startArgv(s, append([]string(nil), h.list...))
		}
		return
	}
	var argv []string
	for i := range s.from {
		argv = r.list(argv, &s.from[i])
	}
	if len(s.chain) > 0 {
		r.startChain(s, argv)
		return
	}
	r.startArgv(s, argv)
	for i := 1; s.scan && i < len(argv) && i < maxScan; i++ {
		if r.p.tool(r.p.names, baseName(argv[i])) != nil {
			r.startArgv(s, argv[i:])
		}
	}
}

// startChain starts the first word with each part of the others: `mix do a, b`.
func (r *reading) startChain(s *start, argv []string) {
	part := []string{argv[0]}
	flush := func() {
		if len(part) > 1 {
			r.startArgv(s, part)
		}
		part = []string{argv[0]}
	}
	for _, w := range argv[1:] {
		ended := false
		for _, end := range s.chain {
			if rest, ok := strings.CutSuffix(w, end); ok {
				w, ended = rest, true
			}
		}
		if w != "" {
			part = append(part, w)
		}
		if ended {
			flush()
		}
	}
	flush()
}

// maxScan bounds the words in which a program is looked for.
const maxScan = 64

func (r *reading) startArgv(s *start, argv []string) {
	st := r.newStart(s)
	if s.assign {
		for len(argv) > 0 && isAssignment(argv[0]) {
			st.Env.Set = append(st.Env.Set, argv[0])
			argv = argv[1:]
		}
	}
	if len(argv) > 0 && argv[0] == "--" {
		argv = argv[1:]
	}
	if len(argv) == 0 {
		return
	}
	if s.holes != "" {
		for i, w := range argv {
			argv[i] = strings.ReplaceAll(w, s.holes, action.HoleText)
		}
	}
	if s.at {
		// The first letter may be that of a scope: @scope/name@version.
		if i := strings.IndexByte(argv[0][min(1, len(argv[0])):], '@'); i >= 0 {
			argv = append([]string{argv[0][:i+1]}, argv[1:]...)
		}
	}
	if s.first != isNothing {
		argv = r.inEnvironment(s, argv, &st.Env)
	}
	st.Argv = argv
	if s.input != nil {
		st.Input = r.input(s.input)
	}
	r.add(st)
}

// input returns what the words say of the input that completes a start.
func (r *reading) input(s *input) *action.Input {
	in := &action.Input{Found: s.found, Splice: r.any(s.splice)}
	in.File, _ = r.get(&s.file)
	in.Delim, _ = r.get(&s.delim)
	in.End, _ = r.get(&s.end)
	if r.any(s.null) {
		in.Delim = `\0`
	}
	if s.replace.kind != refNone {
		if in.Replace, _ = r.get(&s.replace); in.Replace == "" {
			in.Replace = "{}"
		}
	}
	number := func(f *ref) int {
		text, _ := r.get(f)
		n, err := strconv.Atoi(text)
		if err != nil {
			return 0
		}
		return max(n, 0)
	}
	in.Words, in.Lines = number(&s.words), number(&s.lines)
	if in.Lines == 0 && r.any(s.byLine) {
		in.Lines = 1
	}
	return in
}

func (r *reading) startText(s *start, text string) {
	if len(s.after) > 0 {
		rest, ok := "", false
		for _, pattern := range s.after {
			if rest, ok = afterPattern(text, pattern); ok {
				break
			}
		}
		if !ok {
			return
		}
		text = rest
	}
	st := r.newStart(s)
	if s.holes != "" {
		text = strings.ReplaceAll(text, s.holes, action.HoleText)
	}
	if s.first != isNothing {
		r.inEnvironment(s, nil, &st.Env)
	}
	st.Text, st.Lang, st.Args = text, s.lang, r.args(s)
	r.add(st)
}

// afterPattern returns what follows pattern at the start of text. A star in
// the pattern stands for any text; case counts for nothing.
func afterPattern(text, pattern string) (string, bool) {
	head, tail, star := strings.Cut(pattern, "*")
	if len(text) < len(head) || !strings.EqualFold(text[:len(head)], head) {
		return "", false
	}
	text = text[len(head):]
	if !star {
		return text, true
	}
	i := strings.Index(text, tail)
	if i < 0 {
		return "", false
	}
	return text[i+len(tail):], true
}

func (r *reading) startScript(s *start, file string) {
	st := r.newStart(s)
	st.Lang, st.Args = s.lang, r.args(s)
	switch file {
	case "-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0":
		st.Stdin = true
		r.add(st)
		return
	}
	if s.lang == "python" {
		if t := r.pythonScript(file); t != nil {
			r.nested(t, file, s)
			return
		}
	}
	st.Script = file
	r.add(st)
}

// pythonScript returns the tool that a file given to Python is: a script of
// that name, or a directory or archive that holds one.
func (r *reading) pythonScript(file string) *tool {
	base := baseName(strings.TrimRight(file, "/"))
	if t := r.p.tool(r.p.scripts, base); t != nil {
		return t
	}
	switch path.Ext(base) {
	case ".pyz", ".whl":
		base = base[:len(base)-4]
		base, _, _ = strings.Cut(base, "-")
	case ".py":
		return nil
	}
	if t := r.p.tool(r.p.names, base); t != nil && t.python {
		return t
	}
	// By another name: the few lines that start a module's main function.
	if file = r.absolute(file); file == "" || action.Holed(file) {
		return nil
	}
	b, err := r.inv.FS.ReadFile(file, 1024)
	if err != nil || !strings.Contains(string(b), "sys.exit(") {
		return nil
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "from "); ok {
			module, _, _ := strings.Cut(rest, " ")
			module, _, _ = strings.Cut(module, ".")
			if t := r.p.tool(r.p.modules, module); t != nil {
				return t
			}
		}
	}
	return nil
}

// startModule runs a module of Python, as -m does: a tool that the packs know,
// or a file in the working directory.
func (r *reading) startModule(s *start) {
	module, src := r.get(&s.from[0])
	if src == fromNowhere {
		return
	}
	if action.Holed(module) {
		var could []*tool
		for _, n := range r.p.modules {
			// Of a name that is not known at all only the usual one is
			// thought of.
			if couldBe(module, n.text) && (!onlyHole(module) || n.text == "pip") {
				could = append(could, &r.p.tools[n.to])
			}
		}
		if n := len(could); n > 0 {
			r.nested(could[r.ch.pick(n)], module, s)
		}
		return
	}
	if t := r.p.tool(r.p.modules, module); t != nil {
		r.nested(t, module, s)
		return
	}
	if action.Holed(r.inv.Dir) {
		return
	}
	file := path.Join(r.inv.Dir, strings.ReplaceAll(module, ".", "/"))
	for _, f := range []string{file + ".py", file + "/__main__.py"} {
		if world.IsFile(r.inv.FS, f) {
			st := r.newStart(s)
			st.Script, st.Lang, st.Args = f, s.lang, r.args(s)
			r.add(st)
			return
		}
	}
}

// nested judges a tool that the interpreter runs inside itself.
func (r *reading) nested(t *tool, word string, s *start) {
	if r.depth >= maxNested {
		return
	}
	words := append(make([]string, 0, len(r.words)), word)
	for i := range s.args {
		words = r.list(words, &s.args[i])
	}
	in := &reading{judgement: r.judgement, t: t, words: words, inside: true, searched: true}
	in.interp, in.program = r.interpreter(), r.program
	r.depth++
	in.judge()
	r.depth--
}

const maxNested = 6

func (r *reading) args(s *start) []string {
	var args []string
	for i := range s.args {
		args = r.list(args, &s.args[i])
	}
	return args
}

// newStart returns what all kinds of starts have.
func (r *reading) newStart(s *start) action.Start {
	st := action.Start{Label: s.label, Host: s.host, Guess: s.guess, Aside: s.aside}
	if st.Label == "" {
		st.Label = r.display()
	}
	st.Env.Clear = r.any(s.clear)
	st.Env.Unset = r.list(nil, &s.unset)
	st.Env.Set = append(r.exported(s.set), r.assigns...)
	for i := range s.lets {
		if v, src := r.get(&s.lets[i].from); src != fromNowhere && v != "" {
			st.Env.Set = append(st.Env.Set, s.lets[i].name+"="+v)
		}
	}
	st.Env.PathReset = r.any(s.system)
	st.Login = r.any(s.login)
	st.Dir, _ = r.get(&s.dir)
	return st
}

// exported returns variables that what the tool starts will have: those of the
// start, and for the tools that pass their options on (npm 11, @npmcli/config,
// lib/set-envs.js) the options of the command line.
func (r *reading) exported(set []string) []string {
	set = append([]string(nil), set...)
	if !r.t.exports {
		return set
	}
	for i := range r.hits {
		h := &r.hits[i]
		if !strings.HasPrefix(h.opt.name, "--") || h.opt == &unknownOption {
			continue
		}
		name := r.t.env + strings.ReplaceAll(h.opt.name[2:], "-", "_")
		switch {
		case h.opt.takes != takesNothing:
			if h.has && !h.off {
				set = append(set, name+"="+h.value)
			}
		case h.off:
			set = append(set, name+"=")
		default:
			set = append(set, name+"=true")
		}
	}
	return set
}

// display names the program and the verb as a human would.
func (r *reading) display() string {
	name := baseName(r.words[0])
	if r.verbText != "" {
		name += " " + r.verbText
	}
	return action.Show(name)
}

// inEnvironment puts the programs of an environment first and returns argv. A
// program that the environment is sure to have is named by its path, since the
// environment may not be there yet.
func (r *reading) inEnvironment(s *start, argv []string, env *action.EnvChange) []string {
	place := r.resolve(s.first, "", fromNowhere)
	if place.Kind == action.PlaceSystem || place.Path == "" {
		env.PathReset = place.Kind == action.PlaceSystem && s.first == isConda
		return argv
	}
	bin := place.Path + "/bin"
	if len(argv) > 0 && strings.HasSuffix(argv[0], ".py") {
		argv = append([]string{"python"}, argv...)
	}
	env.PathFirst = append(env.PathFirst, bin)
	if len(argv) == 0 || strings.Contains(argv[0], "/") || world.Exists(r.inv.FS, bin+"/"+argv[0]) {
		return argv
	}
	base := unversioned(baseName(argv[0]))
	if base == "python" || base == "pip" && hasPip(s.first) && !world.IsDir(r.inv.FS, bin) {
		argv = append([]string{bin + "/" + argv[0]}, argv[1:]...)
	}
	return argv
}

// hasPip reports whether the environments of a tool hold pip when the tool
// makes them.
func hasPip(is resolver) bool {
	switch is {
	case isConda, isPoetry, isPipenv, isHatch, isEphemeral:
		return true
	}
	return false
}
