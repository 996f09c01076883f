package shell

import (
	"errors"
	"fmt"
	"io/fs"
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
	fixed  map[int]int    // but for these decisions

	// command says that the word being expanded names a program. A variable
	// that is not set then may still be, by the user's profile, so that it is
	// also tried as a hole.
	command bool

	// must says that an unset variable is an error in the expansion at hand.
	must bool
	// spared are names whose being unset ${x-word} and its kin provide for.
	spared map[string]bool

	// guessed says that what is known of files, or of variables that nothing
	// in sight sets, is what is expected, not what must be.
	guessed bool
	ran     bool       // a command substitution ran
	wrote   bool       // an expansion assigned a variable
	temps   []string   // values that prepare worked out, named "\x01" and their index
	lists   [][]string // lists, named "\x02"

	substs map[*syntax.CmdSubst][]substResult
	procs  map[*syntax.ProcSubst]procResult
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
		NoUnset:   o.nounset,
		DotGlob:   o.dotglob,
		GlobStar:  o.globstar,
		ExtGlob:   true,
	}
	if o.nocaseglob {
		cfg.NoCaseGlob = true
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
	x.e.spend(2 * weighWord * len(files))
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

func (d dirEntry) Name() string { return d.name }

func (d dirEntry) IsDir() bool { return d.kind == world.Dir }

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
	var err error
	if field, ok := x.simple(w, true); ok {
		fields = []string{field}
	} else {
		err = x.try(func() (err error) {
			fields, err = expand.Fields(x.config(), w)
			return err
		})
	}
	if err != nil {
		if x.failed(err) {
			return nil
		}
		x.visit(w)
		return []string{action.HoleText}
	}
	x.e.spendWords(fields)
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
	case strings.HasSuffix(f, ")") && strings.Contains(f, "("):
		return action.HoleText
	case strings.Contains(f, "<") && strings.Contains(f, ">"):
		return action.HoleText // p<1-9>: the numbers
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
		if strings.ContainsAny(p.Value, "\\*?[{~<") {
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
	if s, ok := x.simple(w, false); ok {
		x.e.spend(weighWord + len(s))
		return clip(s)
	}
	s, err := x.expanded(expand.Literal, unescape(w))
	if err != nil {
		if x.failed(err) {
			return ""
		}
		x.visit(w)
		return action.HoleText
	}
	x.e.spend(weighWord + len(s))
	return clip(s)
}

// document expands the body of a here-document.
func (x *expander) document(w *syntax.Word) string {
	w = x.prepareParts(w, true)
	s, err := x.expanded(expand.Document, w)
	if err != nil {
		if x.failed(err) {
			return ""
		}
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
		case errBudget, errFile, errStop:
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

// failed ends the shell where an error in an expansion does. Whether a variable
// that the text does not set has a value was decided before; see expandEnv.Get.
func (x *expander) failed(err error) bool {
	var unset expand.UnsetParameterError
	if !errors.As(err, &unset) {
		return false
	}
	if p := unset.Node; p != nil && p.Param != nil && x.spared[p.Param.Value] {
		return false
	}
	panic(errStop{flowExit})
}

// clip bounds the length of a value.
func clip(s string) string {
	if len(s) > maxValue {
		return strings.ToValidUTF8(s[:maxValue], "") + string(action.Clipped)
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
