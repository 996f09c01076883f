//go:build unix

package shell

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// The tests in this file compare what the gate lets through with what a real
// shell does: every command that it starts, and every file that it opens for
// writing, must be in the tree.

var (
	soupTime  = flag.Duration("gate.soup", 3*time.Second, "how long to search for texts that hide a command")
	soupSeed  = flag.Int64("gate.seed", 1, "seed of that search")
	soupShell = flag.String("gate.shell", "bash", "the shell, with options: \"bash --posix\", \"zsh\"")
)

// A shellRun is what a shell did with a text.
type shellRun struct {
	started [][]string // the commands that were not found, with their arguments
	files   []string   // what stands in the working directory afterwards
}

// The drivers run every argument as a text, in its own directory, and log the
// commands, none of which is found. They write a log entry at once, since
// commands run at the same time.
const bashDriver = `
command_not_found_handle() {
	builtin printf -v __r '\037%s' "$@"
	builtin printf '%s%s\036' "$__n" "${__r//$'\n'/$'\035'}" >>"$__log"
	return $((RANDOM % 2))
}
FUNCNEST=5 __n=0
for __t; do
	(cd "$__dir/$__n"; set --; eval "$__t"; wait) </dev/null >/dev/null 2>&1
	__n=$((__n+1))
done
`

const zshDriver = `
command_not_found_handler() {
	builtin print -rn -- "$__n"$'\037'"${(pj:\037:)@}"$'\036' >>"$__log"
	return $((RANDOM % 2))
}
[[ -z $__modules ]] || module_path=($__modules)
FUNCNEST=9 __n=0
for __t; do
	(cd "$__dir/$__n"; set --; eval "$__t"; wait) </dev/null >/dev/null 2>&1
	__n=$((__n+1))
done
`

// A shellPool runs texts in a shell, many in one process.
type shellPool struct {
	argv []string
	lang syntax.LangVariant
	dir  string
}

const poolSize = 32

func newShellPool(t testing.TB, shell string) *shellPool {
	t.Helper()
	argv := strings.Fields(shell)
	p := &shellPool{argv: append(argv, "--norc", "--noprofile", "-c", bashDriver), lang: syntax.LangBash, dir: t.TempDir()}
	if filepath.Base(argv[0]) == "zsh" {
		p.argv, p.lang = append(argv, "-fc", zshDriver), syntax.LangZsh
	}
	if _, err := exec.LookPath(argv[0]); err != nil {
		t.Skip(err)
	}
	for i := range poolSize {
		if err := os.Mkdir(filepath.Join(p.dir, strconv.Itoa(i)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// run runs up to poolSize texts. A text that does not end within some seconds
// is killed, with those behind it.
func (p *shellPool) run(texts ...string) []shellRun {
	log := filepath.Join(p.dir, "log")
	os.Remove(log)
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
	defer cancel()
	args := append(slices.Clone(p.argv[1:]), "shell")
	cmd := exec.CommandContext(ctx, p.argv[0], append(args, texts...)...)
	cmd.Env = []string{
		"PATH=/nonexistent", "LC_ALL=C.UTF-8", "__log=" + log, "__dir=" + p.dir,
		"__modules=" + os.Getenv("ZSH_MODULES"),
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Run()
	runs := make([]shellRun, len(texts))
	out, _ := os.ReadFile(log)
	out = bytes.ReplaceAll(out, []byte{0x1d}, []byte{'\n'})
	for rec := range bytes.SplitSeq(out, []byte{0x1e}) {
		argv := strings.Split(string(rec), "\x1f")
		if n, err := strconv.Atoi(argv[0]); err == nil && n < len(runs) && len(argv) > 1 {
			runs[n].started = append(runs[n].started, argv[1:])
		}
	}
	for i := range texts {
		dir := filepath.Join(p.dir, strconv.Itoa(i))
		list, _ := os.ReadDir(dir)
		for _, f := range list {
			runs[i].files = append(runs[i].files, f.Name())
			os.RemoveAll(filepath.Join(dir, f.Name()))
		}
	}
	return runs
}

// What a tree shows of the commands that bash may start. Names are the markers
// cKK, cKL, … that the texts use for commands, each once.
type shown struct {
	names   map[string]bool     // markers in the words that may be a command's name
	values  map[string]bool     // markers in values, which $x may run
	params  bool                // some command's name is a variable
	globs   bool                // or a pattern, which may be that of a file written
	extglob map[string]bool     // markers in patterns such as !(c)
	calls   map[string][]string // by marker: the words of a call that has no expansions
	files   map[string]bool     // targets of redirections
	anyFile bool                // a target has expansions
}

func show(stmts []*syntax.Stmt) *shown {
	s := &shown{
		names: map[string]bool{}, values: map[string]bool{},
		calls: map[string][]string{}, files: map[string]bool{}, extglob: map[string]bool{},
	}
	for _, st := range stmts {
		syntax.Walk(st, s.visit)
	}
	return s
}

func (s *shown) visit(n syntax.Node) bool {
	switch n := n.(type) {
	case *syntax.CallExpr:
		s.call(n)
	case *syntax.Assign:
		addMarkers(s.values, n)
	case *syntax.WordIter:
		for _, w := range n.Items {
			addMarkers(s.values, w)
		}
	case *syntax.ParamExp:
		if n.Exp != nil && n.Exp.Word != nil {
			addMarkers(s.values, n.Exp.Word)
		}
	case *syntax.Redirect:
		if n.Op == syntax.Hdoc || n.Op == syntax.DashHdoc || n.Op == syntax.WordHdoc || n.Op == syntax.RdrIn {
			break
		}
		if n.Op == syntax.DplOut && isParam(n.Word) {
			s.params = true // its value is expanded, too
		}
		if f, ok := static(n.Word); ok {
			s.files[strings.Join(f, " ")] = true
		} else {
			s.anyFile = true
		}
	}
	return true
}

// call notes which words of a call may be its name: those before which all
// others may be empty.
func (s *shown) call(c *syntax.CallExpr) {
	var argv []string
	all := true
	for _, w := range c.Args {
		f, ok := static(w)
		all = all && ok
		argv = append(argv, f...)
	}
	for _, w := range c.Args {
		addMarkers(s.names, w)
		if f, ok := static(w); ok { // markers in several parts
			for _, m := range markers(strings.Join(f, " ")) {
				s.names[m] = true
			}
		}
		syntax.Walk(w, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.ParamExp:
				s.params = true
			case *syntax.ExtGlob:
				addMarkers(s.extglob, n.Pattern)
				s.params = s.params || strings.Contains(n.Pattern.Value, "$")
			case *syntax.Lit:
				s.globs = s.globs || strings.ContainsAny(n.Value, "*?[")
			}
			return true
		})
		if !mayBeEmpty(w) {
			break
		}
	}
	if all && len(argv) > 0 {
		for _, m := range markers(argv[0]) {
			s.calls[m] = argv
		}
	}
}

func mayBeEmpty(w *syntax.Word) bool {
	for _, p := range w.Parts {
		switch p := p.(type) {
		case *syntax.ParamExp, *syntax.CmdSubst:
		case *syntax.Lit:
			if strings.Trim(p.Value, "{,}") != "" {
				return false
			}
		case *syntax.DblQuoted:
			// "$@" is nothing at all, without arguments.
			if len(p.Parts) == 0 {
				return false
			}
			for _, in := range p.Parts {
				if pe, ok := in.(*syntax.ParamExp); !ok || pe.Param == nil || !strings.Contains("@*", pe.Param.Value) && pe.Index == nil && !pe.Excl {
					return false
				}
			}
		default:
			return false
		}
	}
	return true
}

// static returns the words that a word without expansions stands for.
func static(w *syntax.Word) ([]string, bool) {
	ok := true
	syntax.Walk(w, func(n syntax.Node) bool {
		switch n := n.(type) {
		case nil, *syntax.Word, *syntax.DblQuoted:
		case *syntax.SglQuoted:
			ok = ok && !(n.Dollar && strings.Contains(n.Value, `\c`)) // not known to the expand package
		case *syntax.Lit:
			// These need a home directory or files.
			ok = ok && !strings.ContainsAny(n.Value, "~*?[")
		default:
			ok = false
		}
		return ok
	})
	if !ok {
		return nil, false
	}
	f, err := expand.Fields(&expand.Config{}, w)
	return f, err == nil
}

// addMarkers adds the markers in a node, but not those of commands in it.
func addMarkers(set map[string]bool, n syntax.Node) {
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Stmt, *syntax.ExtGlob:
			return false
		case *syntax.Lit:
			for _, m := range markers(n.Value) {
				set[m] = true
			}
		case *syntax.SglQuoted:
			for _, m := range markers(n.Value) {
				set[m] = true
			}
		}
		return true
	})
}

// markers returns the markers in a text.
func markers(s string) (list []string) {
	for i := 0; i+3 <= len(s); i++ {
		if s[i] == 'c' && 'K' <= s[i+1] && s[i+1] <= 'T' && 'K' <= s[i+2] && s[i+2] <= 'T' {
			list = append(list, s[i:i+3])
			i += 2
		}
	}
	return list
}

// hidden says what a run did that the tree does not show; "" if nothing.
func (s *shown) hidden(run shellRun) string {
	for _, argv := range run.started {
		names := markers(argv[0])
		if len(names) == 0 || strings.Contains(argv[0], "line ") { // a message of the shell
			continue
		}
		for _, m := range names {
			if s.extglob[m] && strings.Contains(argv[0], "(") {
				continue
			}
			if !s.names[m] && !(s.params && s.values[m]) && !(s.globs && (s.anyFile || len(s.files) > 0)) {
				return "starts " + strings.Join(argv, " ")
			}
		}
		if want, ok := s.calls[names[0]]; ok && !slices.Equal(want, argv) {
			return fmt.Sprintf("starts %q, not %q", argv, want)
		}
	}
	for _, f := range run.files {
		if !s.anyFile && !s.files[f] && !s.files[f+"\\"] {
			return "writes " + f
		}
	}
	return ""
}

// differentials are texts in which the parser alone does not see what the shell
// does. The shell starts a command with a marker, or writes a file, or passes
// other arguments.
var differentials = []struct {
	id    string // of the problem; "" if the text is mended
	text  string
	shell string // "bash" if empty
}{
	// Comments.
	{"", "x # y\\\ncKK", ""},
	{"", "x # y\\\n# z\\\ncKK", ""},
	{"", "x $(x # y\\\ncKK\n)", ""},
	{"hidden-comment", "(x \"a\"#;cKK\n)", ""},
	{"hidden-comment", "x $(x ''#;cKK\n)", ""},
	{"hidden-comment", "case x in x) x $y#;cKK\nesac", ""},
	{"hidden-comment", "[[ a ||#'\nb ]];cKK\n[[ c ||#'\n== d ]]", ""},
	{"ambiguous-coproc", "(coproc x #\\\ncKK)", ""},

	// Characters.
	{"control-character", "x \\\r\ncKK", ""},
	{"control-character", "cKK\r", ""},
	{"control-character", "cKK x\ry", ""},

	// Quotes.
	{"hidden-quote", "x \"${y:-'$(cKK)'}\"", ""},
	{"hidden-quote", "x \"${y-'`cKK`'}\"", ""},
	{"hidden-quote", "x \"${y:='$(cKK)'}\"", ""},
	{"hidden-quote", "y=1; x \"${y:+'$(cKK)'}\"", ""},
	{"hidden-quote", "x <<E\n${y:-'$(cKK)'}\nE", ""},
	{"hidden-quote", "x $((${y:-'$(cKK)'}))", ""},
	{"hidden-quote", "x $(('$(cKK)'))", ""},
	{"hidden-quote", "(('$(cKK)'))", ""},
	{"hidden-quote", "for ((i='$(cKK)';0;)); do x; done", ""},
	{"hidden-quote", "a['$(cKK)']=1", ""},
	{"hidden-quote", "a=(['$(cKK)']=1)", ""},
	{"hidden-quote", "x ${a['$(cKK)']}", ""},
	{"hidden-quote", "y=abc; x \"${y:'$(cKK)'}\"", ""},
	{"hidden-quote", "x \"${y:-$'\\x24(cKK)'}\"", ""},
	{"hidden-quote", "y=1; x \"${y#${z:-$'\\x24(cKK)'}}\"", ""},
	{"hidden-quote", "x \"${y:-'}\"; cKK; x \"'}\"", "bash --posix"},
	{"hidden-quote", "~ \"$${\"'\"}`cKK`'", ""},
	{"hidden-backquote", "`x '`;cKK;`'`", ""},
	{"hidden-backquote", "`c\\`\\`KK`", ""},

	// Here-documents.
	{"ambiguous-here-document", "x <<E\nE\\\n\ncKK\nE\n", ""},
	{"ambiguous-here-document", "x <<E\ny\n\\\nE\ncKK\nE\n", ""},
	{"ambiguous-here-document", "x <<$'\\x45'\nE\ncKK\n\\x45\n", ""},
	{"ambiguous-here-document", "x <<\"a\\$b\"\na$b\ncKK\na\\$b\n", ""},
	{"ambiguous-here-document", "x <<E\n$(\n'\nE\ncKK\n'\n)\nE\n", ""},
	{"ambiguous-here-document", "x <<E\n${y:-\n\"\nE\ncKK\n\"}\nE\n", ""},
	{"ambiguous-here-document", "x $(x <<E\nE )\ncKK\nE\n)", ""},
	{"ambiguous-here-document", "<<-E\n$(x <<F\n\tF\ncKK\nF\n)\nE\n", ""},
	{"split-line", "x <<\\\n-E\n\tE\ncKK\n-E\n", ""},
	{"split-line", "x <<E\n$(c'K\\\nK')\nE\n", ""},
	{"ambiguous-here-document", "<<-E\n$('\n\tc'KK)\nE\n", ""},
	{"lost-separator", "$(x <<E\nE\ncKK;cKL)", ""},
	{"lost-separator", "$(case x in x) x <<E\nE\ncKK;cKL;; esac)", ""},

	// Operators.
	{"hidden-word", "<&-cKK", ""},
	{"hidden-word", ">&-cKK", ""},
	{"hidden-word", ">& -\"c\"KK", ""},
	{"hidden-word", "cKK {,y}", ""},
	{"hidden-word", "cKK {x},y}", ""},
	{"hidden-word", "cKK{..','}", ""},
	{"split-line", "x \"$\\\n(cKK)\"", ""},
	{"split-line", "x <<E\n$\\\n(cKK)\nE\n", ""},
	{"split-line", "cKK y\\\\\\\nz", ""},
	{"split-line", "'\ncKK'\\", ""},
	{"", "!(cKK)", ""},
	{"", "if !(cKK); then x; fi", ""},
	{"ambiguous-negation", "!(cKK) # extglob", ""},
	{"ambiguous-arithmetic", "let a|cKK", ""},
	{"ambiguous-arithmetic", "let a&cKK", ""},
	{"ambiguous-arithmetic", "let a>f", ""},
	{"ambiguous-arithmetic", "let a[b|cKK]=1", ""},
	{"ambiguous-arithmetic", "let a[b\n]cKK", ""},

	// Commands.
	{"ambiguous-time", "time -- cKK", ""},
	{"ambiguous-time", "time -p -- cKK | x", ""},
	{"ambiguous-coproc", "coproc A=1 cKK", ""},
	{"ambiguous-coproc", "coproc cKK >f", ""},
	{"ambiguous-coproc", "coproc 'cKK' export", ""},
	{"ambiguous-assignment", "\\cKK=[", ""},
	{"ambiguous-assignment", "export y[\ncKK]", ""},
	{"ambiguous-arithmetic", "declare y[z|cKK]=1", ""},
	{"ambiguous-assignment", "cKK[\"=b\"]\"c\"", ""},

	// Expansions.
	{"hidden-substitution", "x ${y:-<(cKK)}", ""},
	{"hidden-substitution", "y=1; x \"${y#<(cKK)}\"", ""},
	{"hidden-substitution", "[[ a =~ (<(cKK)) ]]", ""},
	{"hidden-substitution", "<() cKK", ""},
	{"hidden-substitution", "y=([1>(cKK)]=)", ""},
	{"hidden-expansion", "x >&'$(cKK)'", ""},
	{"hidden-expansion", "x >&\\$\\(cKK\\)", ""},
	{"hidden-expansion", "x >&${y-'$(cKK)'}", ""},
	{"hidden-pattern", "[[ x == @($(cKK)) ]]", ""},
	{"hidden-pattern", "shopt -s extglob\nx @($(cKK))", ""},
	{"hidden-pattern", "shopt -s extglob\ncKK@()y", ""},

	// zsh.
	{"", "x # y\\\ncKK", "zsh"},
	{"", "cKK y\\", "zsh"},
	{"hidden-quote", "x \"${y:-'$(cKK)'}\"", "zsh"},
	{"hidden-quote", "(('cKK['))", "zsh"},
	{"unknown-command", "coproc cKK", "zsh"},
	{"unknown-command", "repeat 1 cKK", "zsh"},
	{"unknown-command", "- cKK", "zsh"},
	{"unknown-command", "if false; then x; <&- else cKK; fi", "zsh"},
	{"hidden-escape", "$'c\\KK'", "zsh"},
	{"hidden-word", "cKK 2&>f", "zsh"},
	{"hidden-pattern", ">f; x *(e:cKK:)", "zsh"},
	{"hidden-pattern", "y==(cKK)", "zsh"},
	{"hidden-expansion", "y='$(cKK)'; x ${(e)y}", "zsh"},
	{"hidden-expansion", ">f; y='*(e:cKK:)'; x ${~y}", "zsh"},
	{"ambiguous-arithmetic", "y[z|cKK]=", "zsh"},
}

// TestDifferentials shows each text to the shell, to the parser alone, and to
// the gate.
func TestDifferentials(t *testing.T) {
	for _, shell := range []string{"bash", "bash --posix", "zsh"} {
		t.Run(shell, func(t *testing.T) {
			pool := newShellPool(t, shell)
			for _, d := range differentials {
				if d.shell != shell && !(d.shell == "" && shell == "bash") {
					continue
				}
				run := pool.run(d.text)[0]
				for range 5 { // what runs beside the shell may come late
					if len(run.started) > 0 {
						break
					}
					run = pool.run(d.text)[0]
				}
				f, err := syntax.NewParser(syntax.Variant(pool.lang)).Parse(strings.NewReader(d.text), "")
				if err != nil {
					t.Errorf("%q: %v", d.text, err)
				} else if show(f.Stmts).hidden(run) == "" {
					t.Errorf("%q: the parser shows all that is run: %q", d.text, run)
				}
				s := readScript(d.text, pool.lang)
				id := ""
				if s.problem != nil {
					id = s.problem.id
				} else if what := show(s.stmts).hidden(run); what != "" {
					t.Errorf("%q: the shell %s", d.text, what)
				}
				if id != d.id {
					t.Errorf("%q: got problem %q, want %q", d.text, id, d.id)
				}
			}
		})
	}
}

// TestTolerance shows that bash takes what only a mend lets the parser take.
func TestTolerance(t *testing.T) {
	pool := newShellPool(t, "bash")
	for _, text := range []string{
		"((x) ; cKK)", "((x); (cKK) )", "x $((x) ; cKK)", "x <<E\n$(cKK)", "x <<A <<B; cKK\n",
	} {
		run := pool.run(text)[0]
		if _, err := syntax.NewParser().Parse(strings.NewReader(text), ""); err == nil {
			t.Errorf("%q: the parser takes it", text)
		}
		s := readScript(text, syntax.LangBash)
		if s.problem != nil {
			t.Errorf("%q: %s", text, s.problem.text)
		} else if what := show(s.stmts).hidden(run); what != "" || len(run.started) == 0 {
			t.Errorf("%q: %s; %q", text, what, run)
		}
	}
}

// soup is what the texts of the search are made of. A c stands for a command
// with a marker.
var soup = []string{
	"c", "c ", "c;", "c\n", " ", " ", "\n", "\n", ";", "&", "|", "&&", "||", "(", ")", "{ ", "}", ";}", "$(", ")", "$(c)",
	"${x:-", "${x:-'", "\"${x:-", "}\"", "'}\"", "${x%", "${x/", "${x:1", "${x@Q}", "${x+", "${x#", "${#x}", "${!x", "${x[", "]}",
	"${x//", "/}", "${x^", "${x:=", "$((", "((", "))", "$[", "[[ ", " ]]", "`", "`", "\"", "\"", "'", "'", "\\", "\\\n", "\\\"", "\\'",
	"\\`", "\\$", "\\\\", "\\\\\\\n", "<<E\n", "<<-E\n", "<<'E'\n", "<<\"E\"\n", "<<\\E\n", "<<E ", "\nE\n", "\nE\n", "\n\tE\n", "\nE",
	"\nE)", "E )", "E\n", "E", "<<<", "<(", ">(", "if c;then ", "then ", "else ", "elif c;then ", ";fi", "case x in ", "x)", "x|", ";;", ";;&", "esac",
	"for x in ", "for x ", ";do ", ";done", "while c;do ", "for ((;0;));do ", "select x in ", "in ", "[", "]", "x=", "x=(", "x[0]=", "x+=", "=(", "#", " #", "#'",
	" #'", "# \\\n", "#\"", "!", "! ", "@(", "!(", "?(", "$'", "$\"", "%", ":", "-", "--", " -- ", "1", "function c ", "c()", "c() {\n", "declare x=",
	"export ", "let ", "let x", "$x", "/", ",", "time ", "time -p ", "coproc ", "coproc x ", "|&", ";&", "$", "=~ ", "== ", "-eq ", "2>&1", ">&2", ">&",
	"<&", "<&0", "<&-", ">c", ">>c ", "+", "{x}>c", "2>", "\\\n", "~", "c=", "c=1 ", "&>c", "\t", "\t", "{x,c}", "<", ">", "*", "?", "@", "x", "x y", "0", "E",
}

// zshSoup are tokens that only zsh knows.
var zshSoup = []string{
	"repeat 2 ", "=c", "=(c)", "*(e:c:)", "*(.)", "(x|c)", "- ", "always {", "foreach x (", "end", "&|", "&!", "$~x", "${(e)x", "${~x", "${=x", "<1-2>",
	"x[(r)", "(#q", ":h", ":s/x/", "[[ -e ", "x=c;", "$x[1]", "${${x", "${(s:,:)x}", "${(", "for x (c) ", "{ c }", "() { c }", ">!", ">>|", ";|", "if [[ x ]] { c }", "x c", "integer ",
}

// wraps are pairs between which a command may be hidden.
var wraps = [][2]string{
	{"'", "'"}, {"\"", "\""}, {"`", "`"}, {"$(", ")"}, {"(", ")"}, {"{ ", ";}"}, {"# ", "\n"}, {"#", "\\\n"}, {"<<E\n", "\nE\n"},
	{"<<'E'\n", "\nE\n"}, {"<<-E\n\t", "\n\tE\n"}, {"${x:-", "}"}, {"\"${x:-'", "'}\""}, {"${x:-'", "'}"}, {"\"${x#", "}\""}, {"$((", "))"}, {"((", "))"},
	{"$[", "]"}, {"[[ ", " ]]"}, {"x=(", ")"}, {"x[", "]=1"}, {"<(", ")"}, {"$'", "'"}, {"$\"", "\""}, {"case x in x)", ";;esac"}, {"if c;then ", "\nfi\n"},
	{"\"$(", ")\""}, {"\"`", "`\""}, {"@(", ")"}, {"!(", ")"}, {"c() {\n", "\n}\n"}, {"\\`", "\\`"}, {"let x=", " "}, {"[[ x =~ ", " ]]"}, {"$(c <<E\n", "\nE\n)"},
	{"`c <<E\n", "\nE\n`"}, {"$((c)", ")"}, {"((c)", ")"}, {"${x[", "]}"}, {"${x/", "/c}"}, {"'", "\n'"}, {"\n'", "'"}, {"\"", "\n\""}, {"coproc ", ";"}, {"time ", "\n"},
}

// seeds are texts that begin the search.
var seeds = []string{
	"c x \"a b\" 'c' # y\nc", "(c \"a\"b; c)", "c $(c \"$x\" | c)", "c `c 'x'` y", "c \"`c \\\"x\\\"`\"", "c <<E\nx $x $(c)\nE\nc",
	"c \"$(c <<'E'\nx\nE\n)\"", "c <<-E\n\tx\n\tE\nc", "c <<A <<B\nx\nA\ny\nB\nc", "[[ x == y || z =~ (a|b)c ]] && c", "[[ ! -n $x && ( a < b ) ]] || c",
	"case x in a|b) c;; (x) c;; *) c; esac", "c $((1 + 2 * (3 - x)))", "x[0]=1 y=(1 2 [3]=4); c", "for ((i=0; i<1; i++)); do c; done", "c() { c; }\nc",
	"{ c; c; } 2>&1 | c >c", "c <(c) >(c)", "if c; then c; elif c; then c; else c; fi", "while c; do c; done <c", "c $'a\\'b' $\"x\"", "coproc x { c; }\nc",
	"c ${x//a/b} \"${x#'a'}\" ${x:-\"y\"} \"${x:-y}\"", "let x=1 y=2; c", "export x=1 y; c", "! c | c && c || c &", "time -p c", "for x in a c; do $x; done",
	"c \\\n  x \\\n  | c", "function c { c; }; c", "c '\n' x\nc", "c \"\n\" x\nc", "((x = 1 ? 2 : 3)); c", "x=$(c) y=`c` c", "c {1..3} {a,b} ~ *", "c & c; wait\nc",
	"c 2>&1 >&2 <&- &>c", "select x in a; do c; done", "c \"${x[@]}\" ${#x} ${!x} ${x:1:2} ${x@Q}", "(c) | (c; c)\n{ c\n}", "c <<<\"x $(c)\"\nc", "x='a b'\nc $x",
}

// tokenize splits a seed where a change may be worth while.
func tokenize(s string) (list []string) {
	word := func(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }
	for i := 0; i < len(s); {
		n := i + 1
		for n < len(s) && word(s[i]) && word(s[n]) {
			n++
		}
		list = append(list, s[i:n])
		i = n
	}
	return list
}

// brew makes a text of tokens. It prefers to change a text that was fine.
func brew(r *rand.Rand, lang syntax.LangVariant, pool [][]string) []string {
	token := func() string {
		if lang == syntax.LangZsh && r.Intn(5) == 0 {
			return zshSoup[r.Intn(len(zshSoup))]
		}
		return soup[r.Intn(len(soup))]
	}
	pick := func(n int) []string {
		list := make([]string, n)
		for i := range list {
			list[i] = token()
		}
		return list
	}
	old := func() []string {
		if len(pool) == 0 || r.Intn(3) == 0 {
			return tokenize(seeds[r.Intn(len(seeds))])
		}
		return slices.Clone(pool[r.Intn(len(pool))])
	}
	if r.Intn(8) == 0 {
		return pick(2 + r.Intn(14))
	}
	base := old()
	for range 1 + r.Intn(4) {
		at := r.Intn(len(base) + 1)
		switch r.Intn(8) {
		case 0, 1:
			base = slices.Insert(base, at, pick(1+r.Intn(2))...)
		case 2:
			if at < len(base) && len(base) > 2 {
				base = slices.Delete(base, at, at+1)
			}
		case 3:
			if at < len(base) {
				base[at] = token()
			}
		case 4:
			other := old()
			base = slices.Insert(base, at, other[r.Intn(len(other)):]...)
		case 5, 6:
			w := wraps[r.Intn(len(wraps))]
			to := min(at+r.Intn(8), len(base))
			base = slices.Insert(base, to, w[1])
			base = slices.Insert(base, at, w[0])
		case 7:
			base = slices.Insert(base, at, [...]string{"\n", ";", "$(", "\n"}[r.Intn(4)], "c", [...]string{"\n", ";", ")", "\n"}[r.Intn(4)])
		}
	}
	return base[:min(len(base), 60)]
}

// serve puts markers into a text of tokens: in place of each c that is not part
// of a longer word.
func serve(tokens []string) string {
	s := strings.Join(tokens, "")
	var b strings.Builder
	letter := func(i int) bool { return i >= 0 && i < len(s) && 'a' <= s[i] && s[i] <= 'z' }
	n := 0
	for i := range len(s) {
		b.WriteByte(s[i])
		if s[i] == 'c' && !letter(i-1) && !letter(i+1) {
			b.WriteByte('K' + byte(n/10%10))
			b.WriteByte('K' + byte(n%10))
			n++
		}
	}
	return b.String()
}

// TestSoup searches for texts that hide a command from the tree.
func TestSoup(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	newShellPool(t, *soupShell)
	var mu sync.Mutex
	var wg sync.WaitGroup
	total, found := 0, map[string]bool{}
	end := time.Now().Add(*soupTime)
	for w := range int64(2) {
		wg.Go(func() {
			s := search{
				rand:  rand.New(rand.NewSource(*soupSeed*100 + w)),
				shell: newShellPool(t, *soupShell),
			}
			for time.Now().Before(end) {
				for _, text := range s.round() {
					mu.Lock()
					if key := shape(text); !found[key] {
						found[key] = true
						_, what := s.hides(text)
						t.Errorf("%q: the shell %s", text, what)
					}
					mu.Unlock()
				}
			}
			mu.Lock()
			total += s.total
			mu.Unlock()
		})
	}
	wg.Wait()
	t.Logf("%d texts", total)
}

// A search is one worker of TestSoup.
type search struct {
	rand  *rand.Rand
	shell *shellPool
	pool  [][]string // texts that started something
	total int
}

// round tries some texts and returns those that hide a command.
func (s *search) round() (hiding []string) {
	var tokens [][]string
	var texts []string
	for len(texts) < poolSize {
		tok := brew(s.rand, s.shell.lang, s.pool)
		text := serve(tok)
		if s.rand.Intn(8) == 0 && s.shell.lang == syntax.LangBash {
			text = "shopt -s extglob\n" + text
		}
		if readScript(text, s.shell.lang).problem == nil {
			tokens, texts = append(tokens, tok), append(texts, text)
		}
	}
	s.total += len(texts)
	for i, run := range s.shell.run(texts...) {
		if len(run.started) > 0 {
			if len(s.pool) < 4000 {
				s.pool = append(s.pool, tokens[i])
			} else {
				s.pool[s.rand.Intn(len(s.pool))] = tokens[i]
			}
		}
		if show(readScript(texts[i], s.shell.lang).stmts).hidden(run) != "" {
			if text := s.minimize(texts[i]); text != "" {
				hiding = append(hiding, text)
			}
		}
	}
	return hiding
}

// hides returns the first of the texts that hides a command, and what it does.
func (s *search) hides(texts ...string) (int, string) {
	for i, run := range s.shell.run(texts...) {
		sc := readScript(texts[i], s.shell.lang)
		if sc.problem != nil || !distinct(texts[i]) {
			continue
		}
		if what := show(sc.stmts).hidden(run); what != "" {
			return i, what
		}
	}
	return -1, ""
}

// minimize removes from a text what is not needed to hide a command.
func (s *search) minimize(text string) string {
	if i, _ := s.hides(text); i < 0 {
		return ""
	}
	for n := max(len(text)/2, 1); n > 0; {
		shorter := false
		for from := 0; from+n <= len(text); {
			var tries []string
			for i := from; i+n <= len(text) && len(tries) < poolSize; i++ {
				tries = append(tries, text[:i]+text[i+n:])
			}
			i, _ := s.hides(tries...)
			if i < 0 {
				from += len(tries)
				continue
			}
			text, shorter = tries[i], true
			from += i
		}
		if !shorter || n > len(text) {
			n /= 2
		}
	}
	return text
}

// distinct reports whether no marker is in a text twice.
func distinct(text string) bool {
	m := markers(text)
	slices.Sort(m)
	return len(slices.Compact(slices.Clone(m))) == len(m)
}

// shape is a text without what tells one of its kind from another.
func shape(text string) string {
	for _, m := range markers(text) {
		text = strings.ReplaceAll(text, m, "c")
	}
	return text
}
