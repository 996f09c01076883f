package bench

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// adverse are texts that cost much for their length.
var adverse = []struct{ name, text string }{
	{"subshells", strings.Repeat("(", 3000) + "true" + strings.Repeat(")", 3000)},
	{"substitutions", strings.Repeat("$(echo ", 300) + "x" + strings.Repeat(")", 300)},
	{"eval", strings.Repeat("eval ", 5000) + "true"},
	{"longvar", "x=" + strings.Repeat("a", 1<<20) + "; echo $x ${x//a/b} ${x/a*b/c} ${x##*b} ${x%%b*}"},
	{"doubling", "x=aaaaaaaaaaaaaaaa; " + strings.Repeat("x=$x$x; ", 60) + "echo $x"},
	{"doublingwords", "x=\"a b\"; " + strings.Repeat("x=\"$x $x\"; ", 60) + "set -- $x; echo $x"},
	{"replace", "x=" + strings.Repeat("ab", 30<<10) + "; " + strings.Repeat("y=${x//b/c}; ", 2000)},
	{"extglob", "x=" + strings.Repeat("a", 30<<10) + "; shopt -s extglob; " + strings.Repeat("[[ $x == +(a|+(a|+(aa)))b ]]; case $x in +(+(+(a)))b) ;; esac;", 20)},
	{"extglobsubst", "x=" + strings.Repeat("a", 30<<10) + "; shopt -s extglob; " + strings.Repeat("y=${x//+(a|+(a|aa))b/};", 20)},
	{"cases", "case $x in " + strings.Repeat("a) true ;; ", 20000) + "esac"},
	{"caseglobs", "x=" + strings.Repeat("a", 30<<10) + "; case $x in " + strings.Repeat("*a*a*a*a*b) true ;; ", 2000) + "esac"},
	{"alternation", "case $x in " + strings.Repeat("a|", 100000) + "b) true ;; esac"},
	{"braces2", "echo " + strings.Repeat("{a,b}", 30)},
	{"braceslong", "for i in {1..100000}; do " + "pip download $i; done"},
	{"bracesmany", strings.Repeat("echo {1..9999}\n", 3000)},
	{"globstars", "shopt -s globstar\n" + strings.Repeat("echo /usr/**\n", 2000)},
	{"arith", "echo $((" + strings.Repeat("1+", 200000) + "1))"},
	{"arithloop", "for ((i=0;i<1000000000;i++)); do for ((j=0;j<1000000000;j++)); do for ((k=0;k<100000000;k++)); do true; done; done; done"},
	{"arithvars", "a=b+b; b=c+c; c=d+d; d=e+e; e=f+f; f=g+g; g=h+h; h=i+i; i=j+j; j=k+k; k=l+l; l=m+m; m=n+n; n=o+o; o=p+p; p=q+q; q=r+r; r=s+s; s=t+t; t=u+u; u=v+v; v=w+w; w=1; echo $((a))"},
	{"loops", strings.Repeat("for i in 1 2 3 4 5 6 7 8; do ", 12) + "true" + strings.Repeat("; done", 12)},
	{"functions6", functions(8, 6)},
	{"states", strings.Repeat("a && cd x$RANDOM || cd y; ", 2000)},
	{"statesvars", states(3000)},
	{"ands", strings.Repeat("a && b || ", 30000) + "c"},
	{"pipeline", strings.Repeat("cat | ", 50000) + "cat"},
	{"pipelineecho", "echo x | " + strings.Repeat("sed s/x/xx/ | ", 5000) + "cat"},
	{"heredoc", "cat <<EOF\n" + strings.Repeat("$x `echo` $(echo)\n", 20000) + "EOF\n"},
	{"heredocs", strings.Repeat("cat <<EOF\nx\nEOF\n", 30000)},
	{"bashheredoc", "bash <<'EOF'\n" + strings.Repeat("echo a b c\n", 60000) + "EOF\n"},
	{"assigns", many(50000, "a%d=1\n")},
	{"funcdefs", many(40000, "f%d() { true; }\n")},
	{"aliases", "alias " + many(30000, "a%d=b ")},
	{"arrays", many(4000, "a+=(%d)\n") + "echo ${a[@]}"},
	{"arrayidx", many(4000, "a[%d]=1\n") + "echo ${a[@]}"},
	{"assoc", "declare -A a\n" + many(4000, "a[k%d]=1\n") + "echo ${a[@]}"},
	{"assoclong", "declare -A a\n" + many(4000, "a[k%d]=1; b=${a[k1]}\n")},
	{"bigarray", "a=({1..9999})\n" + strings.Repeat("b=${a[3]}\n", 4000)},
	{"writes", many(20000, "echo x > f%d\n")},
	{"touch", "touch " + many(50000, "f%d ") + strings.Repeat("; touch a", 100)},
	{"touchbraces", strings.Repeat("touch {1..9999}/x; rm -rf {1..9999}; ", 200)},
	{"appends", strings.Repeat("echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx >> f\n", 6000)},
	{"bigappend", "x=" + strings.Repeat("a", 60<<10) + "\n" + strings.Repeat("echo $x >> f\n", 4000)},
	{"selfscript", "echo 'bash f; bash f' > f; bash f"},
	{"growscript", "echo 'cat f f > g; mv g f; bash f; bash f' > f; bash f"},
	{"xargs", "echo {1..9999} | xargs -n 1 pip install"},
	{"printf", "printf '%s\\n' {1..9999}; printf '%999999999d' 1; printf '%*d' 999999999 1"},
	{"printfloop", "printf -v x '%s ' {1..9999}; " + strings.Repeat("printf -v x '%s ' $x; ", 1000)},
	{"read", "while read -r l; do echo $l; done <<EOF\n" + strings.Repeat("abc def\n", 50000) + "EOF"},
	{"readbig", "x=$(cat <<'EOF'\n" + strings.Repeat("abc def\n", 8000) + "EOF\n)\n" + strings.Repeat("read a b <<< \"$x\"\n", 3000)},
	{"mapfile", strings.Repeat("mapfile -t a <<EOF\n"+strings.Repeat("abc\n", 100)+"EOF\n", 2000)},
	{"sedloop", "x=" + strings.Repeat("ab", 30<<10) + "\n" + strings.Repeat("y=$(echo $x | sed s/a/b/g | tr a b | sort | uniq)\n", 500)},
	{"base64", "x=" + strings.Repeat("YWJj", 15<<10) + "\n" + strings.Repeat("y=$(echo $x | base64 -d)\n", 1000)},
	{"params", "set -- {1..9999}\n" + strings.Repeat("shift; echo $# $*\n", 2000)},
	{"namerefs", many(2000, "declare -n a%[1]d=b%[1]d\n") + "declare -n x=x; x=1"},
	{"backquotesdeep", backquotes(10)},
	{"pythonloops", "python3 - <<'EOF'\n" + strings.Repeat("for i in range(1000):\n  x = x + x\n  subprocess.run(['echo', x])\n", 3000) + "EOF"},
	{"pythonstr", "python3 - <<'EOF'\nx = 'a'\n" + strings.Repeat("x = x + x\n", 100) + "os.system(x)\nEOF"},
	{"pythonopen", "python3 -c 'os.system(" + strings.Repeat("\"a\"+", 1<<16) + "'"},
	{"sed", "sed '" + strings.Repeat("s/a/b/e;", 20000) + "' f"},
	{"find", "find . " + strings.Repeat("-exec echo {} \\; ", 5000)},
	{"env", strings.Repeat("env ", 5000) + "true"},
	{"pip", "pip install " + many(50000, "p%d ")},
	{"makefile", "cat > Makefile <<'EOF'\n" + many(5000, "a%d: a\n\techo $(X)\n") + "X = $(Y)$(Y)\nY = $(Z)$(Z)\nZ = $(W)$(W)\nEOF\nmake a1; make a2; make a3"},
	{"makevars", "cat > Makefile <<'EOF'\n" + many(60, "A%d = $(A%[2]d)$(A%[2]d)$(A%[2]d)\n") + "all:\n\techo $(A0)\nEOF\nmake all"},
	{"makedeps", "cat > Makefile <<'EOF'\n" + many(60, "a%d: a%[2]d b%[2]d\n\techo x\nb%[1]d: a%[2]d b%[2]d\n\techo y\n") + "EOF\nmake a0"},
	{"makepatterns", "cat > Makefile <<'EOF'\n" + many(3000, "%%.x%d: %%.y%[2]d\n\techo x\n") + "EOF\n" + many(50, "make a.x%d\n")},
	{"justfile", "cat > justfile <<'EOF'\n" + many(5000, "a%d: a%[2]d\n  echo x\n") + "EOF\njust a0"},
	{"command_not_found", "command_not_found_handle() { \"$@\"; x; }; x"},
	{"powershell", "pwsh -Command '" + strings.Repeat("if (x) { ", 3000) + "y" + strings.Repeat("}", 3000) + "'"},
	{"powershellquote", "pwsh -Command '" + strings.Repeat("$(", 30000) + "'"},
	{"casestates", casestates(200)},
	{"casestatesx", casestates(12) + "echo $a0 $a1 $a2 $a3 $a4 $a5 $a6 $a7 $a8\n"},
	{"source", "echo '. ./f; . ./f; . ./f' > f; . ./f"},
	{"cdup", "cd " + strings.Repeat("../", 100000)},
	{"longpath", "cat " + strings.Repeat("a/", 100000) + "; touch " + strings.Repeat("b/", 20000) + "c; cat " + strings.Repeat("b/", 20000) + "c"},
	{"pathlong", "PATH=" + strings.Repeat("/a:", 20000) + "\n" + many(1000, "x%d\n")},
}

func many(n int, format string) string {
	var b strings.Builder
	for i := range n {
		if strings.Contains(format, "[2]") {
			fmt.Fprintf(&b, format, i, i+1)
		} else {
			fmt.Fprintf(&b, format, i)
		}
	}
	return b.String()
}

func functions(n, calls int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "f%d() { if a$i; then cd x%d; fi; %s }\n", i, i, strings.Repeat(fmt.Sprintf("f%d; ", i+1), calls))
	}
	return b.String() + fmt.Sprintf("f%d() { true; }\nf0", n)
}

func states(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "if a; then x%d=1; else x%d=2; fi\n", i, i)
	}
	return b.String()
}

func casestates(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "case $1 in a) a%[1]d=1 ;; b) a%[1]d=2 ;; c) a%[1]d=3; cd $a%[1]d ;; *) a%[1]d=4 ;; esac\n", i)
	}
	return b.String()
}

func backquotes(n int) string {
	s := "echo x"
	for range n {
		s = strings.ReplaceAll(s, `\`, `\\`)
		s = "echo `" + strings.ReplaceAll(s, "`", "\\`") + "`"
	}
	return s
}

// TestAdverse holds that what costs much for its length ends all the same. The
// bound is far above what it takes (some 300 ms at most), for busy machines.
// maxHandled bounds what judging one text may allocate in all, in MiB.
const maxHandled = 2 << 10

func TestAdverse(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	s := site(t)
	for _, a := range adverse {
		t.Run(a.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin := time.Now()
			d := s.Decide(a.text)
			took := time.Since(begin)
			runtime.ReadMemStats(&after)
			handled := (after.TotalAlloc - before.TotalAlloc) >> 20
			var why []string
			for _, p := range d.Problems {
				why = append(why, p.ID)
			}
			t.Logf("%v, %d MiB, %d programs, %v %v", took.Round(time.Millisecond), handled, len(d.Steps), d.Verdict, why)
			// Time is the machine's business; what is allocated is the program's.
			if handled > maxHandled {
				t.Errorf("%d MiB allocated, more than %d", handled, maxHandled)
			}
		})
	}
}
