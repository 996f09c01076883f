package code

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// A Program is code with what it can read when it runs. Its functions may be
// nil.
type Program struct {
	Lang, Text string
	File       string   // where Text was read from; "" if it was given
	Self       string   // the interpreter that runs it, which code may name (sys.executable)
	Args       []string // its arguments: sys.argv[1:]
	Loop       bool     // it is run for every line of its input (perl -n)
	// Env returns a variable of its environment and whether it is set.
	Env func(name string) (string, bool)
	// Read returns the text of a file, or of standard input for "-", and
	// whether that is known.
	Read func(file string) (string, bool)
	// Made does the same for a file beside the code, or one that is found as
	// a module, if the same call has written it.
	Made func(file string) (string, bool)
}

// A Library knows the functions that do what programs do: rules.Packs.
type Library interface {
	// Function returns what a function, named with dots, is called as; nil
	// if it is not known.
	Function(lang, name string) *action.Function
	// Mentions reports whether text has the name of one in it.
	Mentions(lang, text string) bool
}

// Scan returns what a program would do, as far as its language is read. lib may
// be nil.
func Scan(p Program, lib Library) []action.Act {
	acts := scan(p, lib, 0)
	for i := range acts {
		if a := &acts[i]; a.Kind == action.ActStart && a.Lang == "" {
			a.Lang = "sh"
		}
	}
	return acts
}

// maxNesting bounds code inside strings inside code, and maxLines the lines and
// elements of lists for which code is read once more.
const (
	maxNesting = 4
	maxLines   = 256
)

func scan(p Program, lib Library, depth int) []action.Act {
	if p.Lang == "sed" {
		return sedCommands(p.Text)
	}
	if f := commandLanguage(p.Lang); f != nil {
		return byLines(p.Text, f)
	}
	if isJavaScript(p.Lang) {
		if acts, ok := ecmaScript(p, lib); ok {
			return acts
		}
	}
	if p.Lang == "python" {
		return pythonActs(p, lib)
	}
	if depth > maxNesting || !worthIt(p) && (lib == nil || !lib.Mentions(p.Lang, p.Text)) {
		return nil
	}
	s := &scanner{
		Program: p, lib: lib, depth: depth, toks: lex(p.Lang, p.Text),
		vars: map[string]value{}, alias: map[string]string{}, told: map[int]bool{}, defs: map[string]function{},
	}
	if p.Lang == "awk" {
		s.awkArgs()
	}
	if in := s.input(); p.Loop && in.kind == stringValue && strings.Count(in.str, "\n") < maxLines {
		for line := range strings.Lines(in.str) {
			s.vars["_"] = text(line)
			s.i = 0
			s.run(len(s.toks))
			clear(s.told)
		}
	} else {
		s.run(len(s.toks))
	}
	if s.work >= maxWork || s.unread {
		s.out = append(s.out, action.Act{Kind: action.ActUnread})
	}
	return s.out
}

// worthIt is a quick look for anything that could start a program or write one.
func worthIt(p Program) bool {
	for _, w := range [...]string{
		"system", "exec", "spawn", "popen", "Popen", "`", "subprocess", "shell", "%x", "qx", "pip", "getoutput", "run", "eval", "Command", "|", "$", "capture", "!",
		"write", "Write", "os.remove", "unlink", "rename", "shutil", "rmSync", "copyFile", "FileUtils", "File.delete", "open", "rmtree", "put_contents", "copy(",
	} {
		if strings.Contains(p.Text, w) {
			return true
		}
	}
	if p.Lang == "awk" && strings.Contains(p.Text, ">") {
		return true
	}
	return p.Made != nil && (strings.Contains(p.Text, "import") || strings.Contains(p.Text, "require") || strings.Contains(p.Text, "load"))
}

// emit adds what the call at t does, unless that was just said.
func (s *scanner) emit(a action.Act, t token) {
	if s.muted > 0 {
		return
	}
	a.Pos = s.position(t.pos)
	if n := len(s.out); n > 0 && !a.Append && s.out[n-1].Same(&a) {
		return
	}
	s.out = append(s.out, a)
}

// inner reads code in a string or file.
func (s *scanner) inner(code string, t token) {
	p := s.Program
	p.Text, p.Loop = code, false
	for _, a := range scan(p, s.lib, s.depth+1) {
		s.emit(a, t)
	}
}

// include reads files of code that the same call has written.
func (s *scanner) include(files ...string) {
	if s.Made == nil {
		return
	}
	for _, f := range files {
		if code, ok := s.Made(f); ok && f != "" {
			s.inner(code, s.tok())
			return
		}
	}
}

// input is what the program is given to read: standard input, or the files
// among its arguments.
func (s *scanner) input() value {
	if len(s.Args) == 0 {
		return s.read("-")
	}
	v := text("")
	for _, f := range s.Args {
		w := s.read(f)
		if w.kind != stringValue {
			return value{}
		}
		v.str += w.str
	}
	return v
}

// read is the text of a file.
func (s *scanner) read(file string) value {
	if file == "/dev/stdin" || file == "0" {
		file = "-"
	}
	if s.Read != nil && file != "" && !action.Holed(file) {
		if in, ok := s.Read(file); ok && len(in) <= maxValue {
			return text(in)
		}
	}
	return text(action.HoleText)
}

// env is the value of an environment variable.
func (s *scanner) env(name string) value {
	if s.Env != nil {
		if val, ok := s.Env(name); ok {
			return text(val)
		}
	}
	return text(action.HoleText)
}
