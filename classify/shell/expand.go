package shell

import (
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// An expander expands the words of one command in one combination of
// alternatives. It is the environment that package expand sees.
type expander struct {
	e   *evaluator
	src *source
	s   *state // ${x:=y} and $((x=1)) write here

	ch     chooser
	picked map[string]int // by variable name, in this run
	blind  bool           // see holes in place of alternatives

	// command says that the word being expanded names a program. A variable
	// that is not set then may still be, by the user's profile, so that it is
	// also tried as a hole.
	command bool

	files bool     // a test looked at files
	wrote bool     // an expansion assigned a variable
	temps []string // values that prepare worked out, named "\x01" and their index

	substs map[*syntax.CmdSubst][]substResult
	procs  map[*syntax.ProcSubst]procResult
}

// A substResult is what one state at the end of a command substitution leaves.
type substResult struct {
	out    string
	fs     *world.Overlay
	status status
}

type procResult struct {
	path string
	fs   *world.Overlay
	sink *sink
}

// unsetMark is the alternative of being unset, in a list of values.
const unsetMark = "\x00unset"

func (x *expander) config() *expand.Config {
	o := &x.s.opts
	cfg := &expand.Config{
		Env:       (*expandEnv)(x),
		CmdSubst:  x.cmdSubst,
		ProcSubst: x.procSubst,
		NullGlob:  o.nullglob,
		DotGlob:   o.dotglob,
		GlobStar:  o.globstar,
		ExtGlob:   true,
	}
	if !o.noglob {
		cfg.ReadDir2 = x.readDir
	}
	return cfg
}

func (x *expander) readDir(name string) ([]fs.DirEntry, error) {
	files, err := x.s.fs.ReadDir(name)
	if err != nil {
		if world.Exists(x.s.fs, name) {
			return nil, &fs.PathError{Op: "readdir", Path: name, Err: syscall.ENOTDIR}
		}
		return nil, err
	}
	entries := make([]fs.DirEntry, len(files))
	for i, f := range files {
		entries[i] = dirEntry{f.Name, f.Kind}
	}
	return entries, nil
}

type dirEntry struct {
	name string
	kind world.Kind
}

func (d dirEntry) Name() string               { return d.name }
func (d dirEntry) IsDir() bool                { return d.kind == world.Dir }
func (d dirEntry) Info() (fs.FileInfo, error) { return nil, fs.ErrInvalid }
func (d dirEntry) Type() fs.FileMode {
	switch d.kind {
	case world.Dir:
		return fs.ModeDir
	case world.Link:
		return fs.ModeSymlink
	}
	return 0
}

// call expands the words of a command, the first of which names a program.
func (x *expander) call(words []*syntax.Word) []string {
	for i := range words {
		x.command = true
		first := x.fields(words[i : i+1])
		x.command = false
		if len(first) > 0 {
			return append(first, x.fields(words[i+1:])...)
		}
	}
	return nil
}

// fields expands words. What cannot be expanded is a hole.
func (x *expander) fields(words []*syntax.Word) []string {
	if len(words) == 0 {
		return nil
	}
	out := make([]string, 0, len(words))
	for _, w := range words {
		if lit, ok := plain(w); ok {
			out = append(out, lit)
			continue
		}
		out = append(out, x.word(w)...)
		if len(out) > maxWords {
			return append(out[:maxWords], action.HoleText)
		}
	}
	return out
}

func (x *expander) word(w *syntax.Word) []string {
	w = x.prepare(w)
	var fields []string
	err := x.try(func() (err error) {
		fields, err = expand.Fields(x.config(), w)
		return err
	})
	if err != nil {
		x.visit(w)
		return []string{action.HoleText}
	}
	for i, f := range fields {
		fields[i] = clip(f)
		if x.src.lang == syntax.LangZsh {
			fields[i] = zshField(fields[i])
		}
	}
	return fields
}

// zshField applies what zsh does to a word and bash does not: =name is the path
// of a program, and a glob may end in qualifiers that run code.
func zshField(f string) string {
	switch {
	case len(f) > 1 && f[0] == '=' && syntax.ValidName(strings.ReplaceAll(f[1:], "-", "_")):
		return f[1:]
	case strings.HasSuffix(f, ")") && strings.ContainsAny(f, "*?[") && strings.Contains(f, "("):
		return action.HoleText
	}
	return f
}

// plain returns the value of a word that no expansion can change.
func plain(w *syntax.Word) (string, bool) {
	if len(w.Parts) != 1 {
		return "", false
	}
	switch p := w.Parts[0].(type) {
	case *syntax.Lit:
		if strings.ContainsAny(p.Value, "\\*?[{~") {
			return "", false
		}
		return p.Value, true
	case *syntax.SglQuoted:
		return p.Value, !p.Dollar
	}
	return "", false
}

// literal expands a word to one string, as for the value of an assignment.
func (x *expander) literal(w *syntax.Word) string {
	if w == nil {
		return ""
	}
	if lit, ok := plain(w); ok {
		return lit
	}
	w = x.prepare(w)
	s, err := x.expanded(expand.Literal, unescape(w))
	if err != nil {
		x.visit(w)
		return action.HoleText
	}
	return clip(s)
}

// document expands the body of a here-document.
func (x *expander) document(w *syntax.Word) string {
	w = x.prepareParts(w, true)
	s, err := x.expanded(expand.Document, w)
	if err != nil {
		x.visit(w)
		return action.HoleText
	}
	return clip(s)
}

// pattern expands a word to a pattern in which quoted text is escaped.
func (x *expander) pattern(w *syntax.Word) (string, bool) {
	w = x.prepare(w)
	s, err := x.expanded(expand.Pattern, unescape(w))
	if err != nil {
		x.visit(w)
		return "", false
	}
	return s, !action.Holed(s)
}

// try calls into package expand, which panics on some texts that bash reads.
func (x *expander) try(f func() error) (err error) {
	depth := x.e.depth
	defer func() {
		switch r := recover().(type) {
		case nil:
		case errBudget, errFile:
			panic(r)
		default:
			x.e.depth = depth
			err = fmt.Errorf("expand: %v", r)
		}
	}()
	return f()
}

func (x *expander) expanded(f func(*expand.Config, *syntax.Word) (string, error), w *syntax.Word) (s string, err error) {
	err = x.try(func() (err error) {
		s, err = f(x.config(), w)
		return err
	})
	return s, err
}

func (x *expander) arithmetic(a syntax.ArithmExpr) (n int, err error) {
	err = x.try(func() (err error) {
		n, err = expand.Arithm(x.config(), a)
		return err
	})
	return n, err
}

// clip bounds the length of a value.
func clip(s string) string {
	if len(s) > maxValue {
		return strings.ToValidUTF8(s[:maxValue], "") + action.HoleText
	}
	return s
}

// visit runs the command substitutions in a node for what they start; used
// where its value cannot be worked out.
func (x *expander) visit(n syntax.Node) {
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst:
			x.substitute(n)
			return false
		case *syntax.ProcSubst:
			x.procSubst(n)
			return false
		}
		return true
	})
}

// cmdSubst is the handler that package expand calls.
func (x *expander) cmdSubst(w io.Writer, cs *syntax.CmdSubst) error {
	r := x.substitute(cs)
	x.s.fs = r.fs
	x.s.status = r.status
	_, err := io.WriteString(w, r.out)
	return err
}

// substitute evaluates a command substitution, once for all runs, and chooses
// one of its results.
func (x *expander) substitute(cs *syntax.CmdSubst) substResult {
	results, ok := x.substs[cs]
	if !ok || x.wrote { // an assignment in the same command may matter
		results = x.e.substitution(x.src, x.s, cs)
		if x.substs == nil {
			x.substs = map[*syntax.CmdSubst][]substResult{}
		}
		x.substs[cs] = results
	}
	if x.blind && len(results) > 1 {
		return substResult{out: action.HoleText, fs: results[0].fs}
	}
	return results[x.ch.choose(len(results))]
}

// substitution evaluates the commands of $(…) in a child of s.
func (e *evaluator) substitution(src *source, s *state, cs *syntax.CmdSubst) []substResult {
	if len(cs.Stmts) == 1 && cs.Stmts[0].Cmd == nil && len(cs.Stmts[0].Redirs) == 1 &&
		cs.Stmts[0].Redirs[0].Op == syntax.RdrIn {
		return e.fileSubstitution(src, s, cs.Stmts[0].Redirs[0])
	}
	leave := e.enter()
	defer leave()
	child := s.subshell()
	child.capture, child.out = true, ""
	child.opts.errexit = false // bash clears it here
	var results []substResult
	for _, end := range e.finish(src, e.stmts(src, []*state{child}, cs.Stmts)) {
		r := substResult{strings.TrimRight(end.out, "\n"), end.fs, end.status}
		dup := false
		for _, o := range results {
			dup = dup || o.out == r.out && o.fs.Equal(r.fs)
		}
		if !dup {
			results = append(results, r)
		}
	}
	if len(results) == 0 {
		results = []substResult{{fs: s.fs}}
	}
	if len(results) > maxAlts {
		results = []substResult{{out: action.HoleText, fs: results[len(results)-1].fs}}
	}
	return results
}

// fileSubstitution is $(<file).
func (e *evaluator) fileSubstitution(src *source, s *state, r *syntax.Redirect) []substResult {
	var results []substResult
	e.alternatives(src, s, func(x *expander) []*state {
		text, ok := e.readText(x.s, x.literal(r.Word))
		if !ok {
			text = action.HoleText
		}
		results = append(results, substResult{strings.TrimRight(text, "\n"), x.s.fs, unknown})
		return nil
	})
	return results
}

// procSubst gives <(…) a path whose content is what the commands print, and
// >(…) one whose readers run when the command is done.
func (x *expander) procSubst(ps *syntax.ProcSubst) (string, error) {
	r, ok := x.procs[ps]
	if !ok {
		x.e.nproc++
		r.path = "/dev/fd/" + strconv.Itoa(63+x.e.nproc)
		r.fs = x.s.fs
		if ps.Op == syntax.CmdOut {
			r.sink = &sink{r.path, ps.Stmts, x.src}
		} else {
			child := x.s.subshell()
			child.capture, child.out = true, ""
			leave := x.e.enter()
			text := ""
			for i, end := range x.e.finish(x.src, x.e.stmts(x.src, []*state{child}, ps.Stmts)) {
				switch {
				case i == 0:
					text, r.fs = end.out, end.fs
				case text != end.out:
					// Any of the outputs may be read: a reader that
					// runs it is shown all of them.
					text = clip(text + "\n" + end.out)
				}
			}
			leave()
			end := *x.s
			end.fs = r.fs
			end.put(world.Write{Path: r.path, Kind: world.File, Content: text})
			r.fs = end.fs
		}
		if x.procs == nil {
			x.procs = map[*syntax.ProcSubst]procResult{}
		}
		x.procs[ps] = r
	}
	x.s.fs = r.fs
	if r.sink != nil {
		x.s.sinks = append(x.s.sinks[:len(x.s.sinks):len(x.s.sinks)], *r.sink)
	}
	return r.path, nil
}

// expandEnv is the view of an expander that package expand reads and writes.
type expandEnv expander

// specialHoles are variables whose value only the running shell knows.
var specialHoles = [...]string{
	"RANDOM", "SRANDOM", "SECONDS", "EPOCHSECONDS", "EPOCHREALTIME", "BASHPID", "$", "!", "BASH_COMMAND",
	"BASH_SUBSHELL", "COMP_WORDBREAKS", "FUNCNAME", "BASH_LINENO", "DIRSTACK", "GROUPS", "HISTCMD", "PIPESTATUS",
}

func (v *expandEnv) Get(name string) expand.Variable {
	x := (*expander)(v)
	str := func(s string) expand.Variable {
		return expand.Variable{Set: true, Kind: expand.String, Str: s}
	}
	s := x.s
	switch name {
	case "":
		return expand.Variable{}
	case "@", "*":
		// An empty list must not be nil, which would expand to one empty word.
		return expand.Variable{Set: true, Kind: expand.Indexed, List: append([]string{}, s.params...)}
	case "#":
		for _, p := range s.params {
			if p == action.HoleText {
				return str(action.HoleText)
			}
		}
		return str(strconv.Itoa(len(s.params)))
	case "0":
		return str(s.name0)
	case "?":
		switch s.status {
		case success:
			return str("0")
		}
		return str(action.HoleText)
	case "-":
		return str("hBc" + action.HoleText)
	case "_":
		return str(s.last)
	case "BASH_REMATCH":
		holes := make([]string, 10)
		for i := range holes {
			holes[i] = action.HoleText
		}
		return expand.Variable{Set: true, Kind: expand.Indexed, List: holes}
	case "BASH_VERSINFO", "BASH_EXECUTION_STRING":
		return str(action.HoleText)
	case "BASH_SOURCE":
		if _, own := s.vars[name]; !own {
			return str(x.src.file)
		}
	case "PWD":
		if _, own := s.vars[name]; !own {
			return str(s.dir)
		}
	case "OLDPWD":
		if _, own := s.vars[name]; !own && s.oldDir != "" {
			return str(s.oldDir)
		}
	}
	if name[0] == '\x01' {
		i, _ := strconv.Atoi(name[1:])
		return str(x.temps[i])
	}
	if n, err := strconv.Atoi(name); err == nil && n > 0 {
		if n <= len(s.params) {
			return str(s.params[n-1])
		}
		for _, p := range s.params {
			if p == action.HoleText { // any number of words
				return str(action.HoleText)
			}
		}
		return expand.Variable{}
	}
	if strings.HasPrefix(name, "HOME ") { // ~user
		if name == "HOME root" {
			return str("/root")
		}
		return str("/home/" + name[len("HOME "):])
	}
	vr := x.e.lookup(s, name)
	if vr == nil {
		for _, h := range specialHoles {
			if h == name {
				return str(action.HoleText)
			}
		}
		if known, ok := shellDefaults(name); ok {
			return str(known)
		}
		if x.command && !x.e.assigned[name] {
			if x.choose(name, []string{unsetMark, action.HoleText}) == action.HoleText {
				return str(action.HoleText)
			}
		}
		return expand.Variable{}
	}
	out := expand.Variable{Exported: vr.exported, ReadOnly: vr.readonly}
	switch vr.kind {
	case indexed:
		out.Set, out.Kind, out.List, out.Indexes = true, expand.Indexed, append([]string{}, vr.list...), vr.index
	case associative:
		out.Set, out.Kind, out.Map = true, expand.Associative, vr.assoc
	case nameref:
		out.Set, out.Kind, out.Str = true, expand.NameRef, vr.ref
	default:
		alts := vr.alts
		if vr.unset && len(alts) > 0 {
			alts = append([]string{unsetMark}, alts...)
		}
		if len(alts) == 0 {
			return expand.Variable{}
		}
		val := x.choose(name, alts)
		if val == unsetMark {
			return expand.Variable{}
		}
		out.Set, out.Kind, out.Str = true, expand.String, val
	}
	return out
}

// shellDefaults returns the value that bash itself gives a variable.
func shellDefaults(name string) (string, bool) {
	switch name {
	case "IFS":
		return " \t\n", true
	case "PS4":
		return "+ ", true
	case "BASH":
		return "/bin/bash", true
	case "OSTYPE":
		if runtime.GOOS == "darwin" {
			return "darwin" + action.HoleText, true
		}
		return "linux-gnu", true
	case "BASH_VERSION":
		return "5" + action.HoleText, true
	case "OPTIND":
		return "1", true
	case "UID", "EUID", "PPID", "MACHTYPE", "HOSTNAME", "HOSTTYPE", "SHLVL", "BASHOPTS", "SHELLOPTS":
		return action.HoleText, true
	}
	return "", false
}

func (v *expandEnv) Set(name string, vr expand.Variable) error {
	x := (*expander)(v)
	x.wrote = true
	if !vr.IsSet() {
		x.s.set(name, &variable{})
		return nil
	}
	nv := &variable{alts: []string{vr.Str}}
	if old := x.e.lookup(x.s, name); old != nil {
		nv.exported = old.exported
	}
	switch vr.Kind {
	case expand.Indexed:
		nv.kind, nv.alts, nv.list, nv.index = indexed, nil, vr.List, vr.Indexes
	case expand.Associative:
		nv.kind, nv.alts, nv.assoc = associative, nil, vr.Map
	}
	x.s.set(name, nv)
	delete(x.picked, name)
	return nil
}

func (v *expandEnv) Each(f func(string, expand.Variable) bool) {
	x := (*expander)(v)
	for name := range x.s.vars {
		if vr := v.Get(name); vr.IsSet() && !f(name, vr) {
			return
		}
	}
	for _, kv := range x.e.opt.Environ {
		name, _, _ := strings.Cut(kv, "=")
		if _, own := x.s.vars[name]; own {
			continue
		}
		if vr := v.Get(name); vr.IsSet() && !f(name, vr) {
			return
		}
	}
}
