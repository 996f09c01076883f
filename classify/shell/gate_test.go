package shell

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"
)

// accepted are texts that are read as they are: what agents and people write,
// with the characters that the gate looks at in places where they are harmless.
var accepted = []string{
	"",
	"\n",
	"# only a comment",
	"ls -la",
	"cd /tmp && ls | head -5",
	`git commit -m "fix: don't crash (#12)"`,
	"git commit -m \"$(cat <<'EOF'\nfix: a `thing`\n\nIt's \"quoted\", $HOME and \\ stay.\nEOF\n)\"",
	"cat > a.py <<'EOF'\nprint('it\\'s')  # \\\nx = \"${HOME:-'$(id)'}\"\nEOF\npython a.py",
	"cat <<EOF > conf\nhome=$HOME\nuser=$(whoami)\nesc=\\$5\nlist=a\\\\b\nEOF",
	"cat <<-EOF\n\tindented $x\n\tEOF\necho done",
	"cat <<A <<B\nfirst\nA\nsecond\nB\necho done",
	"cat <<'EOF' | python3 -c \"import sys\nprint(sys.stdin.read())\"\nE\\\n\nEOF",
	"cat << \"EOF\" >> file\n$\\\n(x)\nEOF",
	"ssh host bash -s <<'EOS'\nset -e # \\\ntrue\nEOS",
	"tee out.json <<EOF\n{\"a\": \"${A:-x}\", \"b\": \"it's\"}\nEOF",
	"curl -s https://x.test -H 'Content-Type: application/json' -d '{\"a\": [1, \"b$c`d`\"], \"e\": \"\\\\\"}'",
	"curl -d \"{\\\"a\\\": \\\"$x\\\"}\" \\\n  https://x.test \\\n  | jq '.a[] | select(.b == \"c\")'",
	`docker run --rm -v "$(pwd)":/app -w /app node:20 npm test`,
	`find . -name '*.go' -not -path './vendor/*' -exec grep -l 'foo(' {} +`,
	`find . \( -name a -o -name b \) -print0 | xargs -0 rm -f`,
	`grep -rnE '^(a|b)\s+\$\{x\}' src | awk -F: '{ print $1 ":" $2 }' | sort -u`,
	`sed -i 's/\(foo\)\/bar/\1\/baz/g; /^#/d' file`,
	"sed -e 's/a/b/' \\\n    -e 's/\\\\/\\//g' f",
	"awk 'BEGIN { x = \"\\\\\" } # comment \\\n{ print }' f",
	`python3 -c 'import os; print(os.environ["HOME"])'`,
	`python -c "print('a' + \"b\")"`,
	`printf '%s\n' $'a\tb\'c' "$x" # trailing`,
	`IFS=$'\n' read -r -d '' -a lines < <(ls)`,
	`echo "${x:-default}" "${x:-'default'}" ${x:+'a b'} "${x%'/'}" "${x//$'\n'/, }" "${x//'"'/}"`,
	`echo ${x:-'$5'} ${x/'a}'/b} "${y#'$'}"`,
	"echo \"a\\\nb\" a\\\nb 'a\\\nb'",
	"echo '$\\\n(x)' # $\\ $",
	`echo "$" $ 'a$' "a$ b"`,
	`x=$(echo $((1 + 2 * (3 - y))) ); ((x++)) || true`,
	`for ((i = 0; i < 10; i++)); do echo "$i"; done`,
	`for f in *.txt; do mv -- "$f" "${f%.txt}.md"; done`,
	`while IFS= read -r l; do echo "$l"; done < file`,
	`until curl -sf localhost:80; do sleep 1; done`,
	`if [[ $x =~ ^([0-9]+)\.([0-9]+)$ && ! -f a ]]; then echo "${BASH_REMATCH[1]}"; fi`,
	`if [ -n "$A" ] && [ "$B" != 'x' ]; then :; elif true; then :; else :; fi`,
	`[[ $x == *"(a|b)"* || $y == @(a|b)* ]] && echo yes`,
	`case "$1" in -h|--help) usage ;; (*) shift ;; esac`,
	"shopt -s extglob\nrm -rf !(keep|*.md)",
	`ls !(*.txt)`,
	`f() { local a=1; echo "$a"; }; f`,
	"function g { return 0; }\ng",
	`{ a; b; } > out 2>&1 &`,
	`( cd x && make -j"$(nproc)" )`,
	`a && b || c; d & wait`,
	`! grep -q x f`,
	`time make 2>&1 | tee log`,
	`time -p sleep 1`,
	`exec 3>&1 4<&0; cmd >&3 2>&-`,
	`cmd &> log; cmd >& log2; cmd >&2; cmd 2>&1 >/dev/null`,
	`diff <(sort a) <(sort b)`,
	`tee >(gzip > a.gz) < a`,
	`declare -A m=([a]=1 [b]="x y"); m[c]=2; m['d e']=3; echo "${m[@]}" "${!m[@]}" ${#m[@]}`,
	"arr=(a b \"c d\" # first\n  e)\necho \"${arr[@]:1:2}\"",
	`export PATH="$HOME/bin:$PATH" X=1`,
	`let x=1+2 y=x*2`,
	`coproc { cat; }`,
	`coproc bc -l`,
	"x=`date +%s`; echo `basename \"$y\"`",
	"echo `echo \\`date\\`` `# a comment`",
	`read -r a b <<< "$x"`,
	"cat <<< 'a\\\nb'",
	`trap 'rm -f "$tmp"' EXIT`,
	`echo a#b $#x "$x"#c ${x#a}#d; (echo) # e`,
	"foo | # a comment in a pipeline\n  bar",
	`npm run build -- --x="{a,b}" {c,d}.js`,
	`echo $$ "/tmp/x.$$" "$$"`,
	`echo "Ünïcödé – 日本語 🎉"`,
	`printf '\x1b[31mred\x1b[0m'`,
	"a\\\n  b \\\n  && c \\\n  || d",
	`echo \\ "\\" '\' \a`,
	`kubectl get pods -o jsonpath='{.items[*].metadata.name}'`,
	`psql -c "SELECT '\$1', \"a\" FROM t;"`,
	`tar czf - . | ssh h 'cat > /b/$(date).tgz'`,
	`echo "$(( 1 << 3 )) $(( x > 2 ? 1 : 0 ))"`,
	`select x in a b; do break; done`,
	`x=$(if true; then echo a; fi; echo b)`,
	"x=$(cat <<E | tr a b\nabc\nE\n)",
}

func TestAccepted(t *testing.T) {
	for _, text := range accepted {
		s := readScript(text, syntax.LangBash)
		if s.problem != nil {
			t.Errorf("%q: %s: %s", text, s.problem.id, s.problem.text)
		}
		if s.text != text {
			t.Errorf("%q is changed to %q", text, s.text)
		}
	}
}

// TestMends checks texts that are changed before they are parsed.
func TestMends(t *testing.T) {
	tests := []struct{ text, want string }{
		{"a # b\\\nc", "a # b \nc"},
		{"# a\\\n# b\\\nc # d\\\n", "# a \n# b \nc # d \n"},
		{"x=$(a # b\\\nc)", "x=$(a # b \nc)"},
		{"!(a)", "! (a)"},
		{"if !(a); then b; fi; !(c)", "if ! (a); then b; fi; ! (c)"},
		{"((a) | b)", "( (a) | b)"},
		{"((a); (b) )", "( (a); (b) )"},
		{"echo $((a x) | b)", "echo $( (a x) | b)"},
		{"cat <<E\nx", "cat <<E\nx\nE"},
		{"cat <<E\n", "cat <<E\nE"},
		{"cat <<A <<'B C'\nx\nA\n", "cat <<A <<'B C'\nx\nA\nB C"},
		{"a # b\\\n!(c) <<E\nd", "a # b \n! (c) <<E\nd\nE"},
	}
	for _, tt := range tests {
		s := readScript(tt.text, syntax.LangBash)
		if s.problem != nil {
			t.Errorf("%q: %s: %s", tt.text, s.problem.id, s.problem.text)
		}
		if s.text != tt.want {
			t.Errorf("%q: got %q, want %q", tt.text, s.text, tt.want)
		}
		checkOffsets(t, s, tt.text)
	}
}

// checkOffsets checks that the offsets of a parsed text map to the original in
// order, and to the same bytes but for the backslashes that are blanked.
func checkOffsets(t *testing.T, s *script, original string) {
	t.Helper()
	last := 0
	for n := range len(s.text) + 1 {
		o := s.offset(n)
		if o < last || o > len(original) {
			t.Fatalf("%q: offset %d of %q maps to %d, after %d", original, n, s.text, o, last)
		}
		last = o
		if n < len(s.text) && s.offset(n+1) == o+1 && s.text[n] != original[o] && original[o] != '\\' {
			t.Fatalf("%q: offset %d of %q maps to %d", original, n, s.text, o)
		}
	}
}

func TestProblems(t *testing.T) {
	tests := []struct {
		text  string
		id    string
		where string // beginning of the text of the problem
		stmts int    // statements kept
	}{
		{"a\nb; c \"x", "parse-error", "2:6: ", 2},
		{"a\n)", "parse-error", "2:1: ", 1},
		{"a\nif b; then c\n", "parse-error", "2:1: ", 1},
		{"a\nb <<E \\\n", "parse-error", "2:3: ", 2}, // an E behind this would be a word
		{"a; b <&-c; d", "hidden-word", "1:6: ", 1},
		{"a\n\"${x:-'$(b)'}\"\nc", "hidden-quote", "2:7: ", 1},
		{"a\nb\x01\nc", "control-character", "2:2: ", 1},
		{"a\nb\r\nc", "control-character", "2:2: ", 1},
		{"a\nb\x7f", "control-character", "2:2: ", 1},
		{"a\n'b\nc\xff'", "invalid-utf8", "3:2: ", 1},
		{"!(a)\n<&-b", "hidden-word", "2:1: ", 1}, // behind a mend
		{"a # \\\n!(b); !(c); \"", "parse-error", "2:13: ", 3},
		{strings.Repeat("x", gateBytes+1), "too-large", "1:1: ", 0},
		{strings.Repeat("\n", gateOperators+1), "too-large", "1:1: ", 0},
		{"a\n" + rep("$(", 300) + rep(")", 300), "too-deep", "2:", 1},
		{"a\n" + rep("a|", gateChain+1) + "b", "too-long", "2:1: ", 1},
		{"x=$((" + rep("1+", gateChain+1) + "1))", "too-long", "1:6: ", 0},
	}
	for _, tt := range tests {
		s := readScript(tt.text, syntax.LangBash)
		name := tt.text[:min(len(tt.text), 40)]
		if s.problem == nil {
			t.Errorf("%q: no problem", name)
			continue
		}
		if s.problem.id != tt.id || !strings.HasPrefix(s.problem.text, tt.where) {
			t.Errorf("%q: got %s: %s, want %s: %s", name, s.problem.id, s.problem.text, tt.id, tt.where)
		}
		if s.problem.hint == "" || strings.HasSuffix(s.problem.text, ".") {
			t.Errorf("%q: hint %q, text %q", name, s.problem.hint, s.problem.text)
		}
		if len(s.stmts) != tt.stmts {
			t.Errorf("%q: %d statements are kept, want %d", name, len(s.stmts), tt.stmts)
		}
	}
}

// TestBufferEdge reads texts at the edge of the parser's buffer, where it has
// to look ahead.
func TestBufferEdge(t *testing.T) {
	for _, text := range accepted {
		for n := range min(len(text), 40) {
			s := readScript(rep(" ", 1024-n)+text, syntax.LangBash)
			if s.problem != nil {
				t.Errorf("%q behind %d spaces: %s", text, 1024-n, s.problem.text)
			}
		}
	}
}

func rep(s string, n int) string { return strings.Repeat(s, n) }

// bombs are texts of n repetitions that make a parser or a walk of its tree
// recurse, or fill the memory.
var bombs = map[string]func(n int) string{
	"subshell":              func(n int) string { return rep("( ", n) + "x" + rep(" )", n) },
	"subshell, open":        func(n int) string { return rep("( ", n) },
	"parentheses, open":     func(n int) string { return rep("((", n) },
	"substitution":          func(n int) string { return rep("$(", n) + "x" + rep(")", n) },
	"substitution, open":    func(n int) string { return rep("$(", n) },
	"quoted substitution":   func(n int) string { return rep(`"$(`, n) + "x" + rep(`)"`, n) },
	"block":                 func(n int) string { return rep("{ ", n) + "x" + rep("; }", n) },
	"parameter":             func(n int) string { return rep("${a:-", n) + "x" + rep("}", n) },
	"parameter, open":       func(n int) string { return rep("${a:-", n) },
	"quoted parameter":      func(n int) string { return rep(`${a:-"`, n) + "x" + rep(`"}`, n) },
	"subscript":             func(n int) string { return rep("${a[", n) + "1" + rep("]}", n) },
	"arithmetic":            func(n int) string { return "$((" + rep("(", n) + "1" + rep(")", n) + "))" },
	"arithmetic, open":      func(n int) string { return "$((" + rep("(", n) },
	"arithmetic, unary":     func(n int) string { return "$((" + rep("- ", n) + "1))" },
	"arithmetic, sum":       func(n int) string { return "$((" + rep("1+", n) + "1))" },
	"arithmetic, power":     func(n int) string { return "$((" + rep("1**", n) + "1))" },
	"arithmetic, assign":    func(n int) string { return "$((" + rep("a=", n) + "1))" },
	"arithmetic, ternary":   func(n int) string { return "$((" + rep("1?", n) + "1" + rep(":1", n) + "))" },
	"pipeline":              func(n int) string { return rep("a|", n) + "b" },
	"and":                   func(n int) string { return rep("a&&", n) + "b" },
	"list":                  func(n int) string { return rep("a;", n) + "b" },
	"background":            func(n int) string { return rep("a&", n) + "b" },
	"bang":                  func(n int) string { return rep("! ", n) + "a" },
	"time":                  func(n int) string { return rep("time ", n) + "a" },
	"coproc":                func(n int) string { return rep("coproc ", n) + "a" },
	"if":                    func(n int) string { return rep("if a; then ", n) + "x;" + rep(" fi;", n) },
	"elif":                  func(n int) string { return "if a; then b; " + rep("elif a; then b; ", n) + "fi" },
	"while":                 func(n int) string { return rep("while a; do ", n) + "x;" + rep(" done;", n) },
	"for":                   func(n int) string { return rep("for ((;;)); do ", n) + "x;" + rep(" done;", n) },
	"select":                func(n int) string { return rep("select a in b; do ", n) + "x;" + rep(" done;", n) },
	"case":                  func(n int) string { return rep("case a in b) ", n) + "x " + rep(";; esac ", n) },
	"case items":            func(n int) string { return "case a in " + rep("b) x;; ", n) + "esac" },
	"function":              func(n int) string { return rep("f() ", n) + "{ x; }" },
	"test, parentheses":     func(n int) string { return "[[ " + rep("( ", n) + "a" + rep(" )", n) + " ]]" },
	"test, not":             func(n int) string { return "[[ " + rep("! ", n) + "a ]]" },
	"test, and":             func(n int) string { return "[[ " + rep("a && ", n) + "a ]]" },
	"backquotes":            func(n int) string { return rep("`a`", n) },
	"process substitution":  func(n int) string { return "x " + rep("<(x ", n) + rep(")", n) },
	"here-documents":        func(n int) string { return "cat" + rep(" <<E", n) + "\n" + rep("x\nE\n", n) },
	"here-documents, open":  func(n int) string { return "cat" + rep(" <<E", n) + "\n" },
	"here-document, open":   func(n int) string { return "cat <<E\n" + rep("x\n", n) },
	"here-document, nested": func(n int) string { return rep("cat <<E\n$(", n) + rep("\n)\nE\n", n) },
	"array":                 func(n int) string { return "a=(" + rep("x ", n) + ")" },
	"words":                 func(n int) string { return rep("x ", n) },
	"word":                  func(n int) string { return rep("x", n) },
	"quoted":                func(n int) string { return "'" + rep("x", n) + "'" },
	"quotes":                func(n int) string { return rep("''", n) },
	"variables":             func(n int) string { return rep("$a", n) },
	"escapes":               func(n int) string { return rep(`\a`, n) },
	"splices":               func(n int) string { return rep("\\\n", n) + "a" },
	"assignments":           func(n int) string { return rep("a=b ", n) + "x" },
	"redirections":          func(n int) string { return "x" + rep(" >a", n) },
	"comments":              func(n int) string { return rep("#x\n", n) },
	"spliced comments":      func(n int) string { return rep("a #\\\n", n) },
	"newlines":              func(n int) string { return rep("\n", n) },
	"zeros":                 func(n int) string { return rep("\x00", n) },
	"patterns":              func(n int) string { return rep("@(a|", n) + "x" + rep(")", n) },
	"negations":             func(n int) string { return rep("!(a);", n) },
	"braces":                func(n int) string { return rep("{a,b}", n) },
	"let":                   func(n int) string { return "let " + rep("a=1 ", n) },
	"here-strings":          func(n int) string { return "a " + rep("<<<b ", n) },
}

// TestBombs reads long texts that would overflow the stack or fill the memory.
func TestBombs(t *testing.T) {
	for name, bomb := range bombs {
		unit := len(bomb(2)) - len(bomb(1))
		for _, n := range []int{(gateBytes - 64) / unit, gateOperators / unit, 12_000} {
			for _, lang := range []syntax.LangVariant{syntax.LangBash, syntax.LangPOSIX, syntax.LangZsh} {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				s := readScript(bomb(n), lang)
				runtime.ReadMemStats(&after)
				if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 200 {
					t.Errorf("%s ×%d takes %d MB", name, n, mb)
				}
				if s.problem == nil && len(s.stmts) == 0 && name != "newlines" && name != "comments" {
					t.Errorf("%s ×%d: nothing was read", name, n)
				}
			}
		}
	}
}

// TestCorpus reads a corpus of real commands beside the repository, if there is
// one, and counts those that are refused although bash would take them.
func TestCorpus(t *testing.T) {
	files, _ := filepath.Glob("../../../*/corpora/benign.jsonl.gz")
	if len(files) == 0 {
		t.Skip("no corpus")
	}
	f, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 16<<20)
	total, refused, wrongly := 0, 0, 0
	for lines.Scan() {
		var rec struct{ Command string }
		if err := json.Unmarshal(lines.Bytes(), &rec); err != nil {
			t.Fatal(err)
		}
		total++
		s := readScript(rec.Command, syntax.LangBash)
		if s.problem == nil {
			continue
		}
		refused++
		if exec.Command("bash", "-n", "-c", rec.Command).Run() == nil {
			wrongly++
			t.Logf("%s: %s: %.200q", s.problem.id, s.problem.text, rec.Command)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d commands: %d refused, %d of them fine for bash -n", total, refused, wrongly)
	if wrongly*500 > total || refused*100 > total {
		t.Error("too many commands are refused")
	}
}

func FuzzReadScript(f *testing.F) {
	for _, text := range accepted {
		f.Add(text)
	}
	for _, bomb := range bombs {
		f.Add(bomb(3))
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, lang := range []syntax.LangVariant{syntax.LangBash, syntax.LangPOSIX, syntax.LangZsh} {
			s := readScript(text, lang)
			if p := s.problem; p != nil && (p.start < 0 || p.end < p.start || p.end > len(text) || p.id == "" || p.hint == "") {
				t.Errorf("%+v", p)
			}
			if s.problem == nil {
				checkOffsets(t, s, text)
			}
			for _, st := range s.stmts {
				from, to := s.offset(int(st.Pos().Offset())), s.offset(int(st.End().Offset()))
				if from > to || to > len(text) {
					t.Errorf("a statement from %d to %d", from, to)
				}
			}
		}
	})
}

func BenchmarkReadScript(b *testing.B) {
	typical := `cd /app && python3 -m venv .venv && .venv/bin/pip install -q 'requests>=2' | tail -n 3 || echo "$?"`
	flat := "echo hello \"world $x\" 'y' | grep -q x && cp a b # comment\n"
	for _, bench := range []struct {
		name string
		text string
	}{
		{"typical", typical},
		{"64KiB", rep(flat, 64<<10/len(flat))},
		{"256KiB", rep(flat, 256<<10/len(flat))},
		{"1MiB", rep(flat, gateBytes/len(flat))},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(bench.text)))
			b.ReportAllocs()
			for b.Loop() {
				if s := readScript(bench.text, syntax.LangBash); s.problem != nil {
					b.Fatal(s.problem.text)
				}
			}
		})
	}
}
