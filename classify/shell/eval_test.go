package shell

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// seenInvocations evaluates a text and returns the programs found.
func seenInvocations(text string, files world.Mem, environ ...string) ([]*action.Invocation, []Problem) {
	return invocationsIn(syntax.LangBash, text, files, environ...)
}

// seenIn evaluates a text in a variant of the language.
func seenIn(lang syntax.LangVariant, text string) ([]*action.Invocation, []Problem) {
	return invocationsIn(lang, text, nil)
}

func invocationsIn(lang syntax.LangVariant, text string, files world.Mem, environ ...string) ([]*action.Invocation, []Problem) {
	if files == nil {
		files = world.Mem{}
	}
	files["/w"] = world.MemFile{Dir: true}
	files["/w/sub"] = world.MemFile{Dir: true}
	var got []*action.Invocation
	opt := Options{
		Dir:     "/w",
		Environ: append([]string{"HOME=/home/u", "PATH=/usr/bin:/bin"}, environ...),
		FS:      files,
		Lang:    lang,
		Program: func(inv *action.Invocation) action.Outcome {
			if inv.Builtin {
				return action.Outcome{Known: true}
			}
			got = append(got, inv)
			switch path.Base(inv.Program()) {
			case "sh", "bash", "dash", "zsh":
				name := path.Base(inv.Program())
				if len(inv.Argv) > 2 && inv.Argv[1] == "-c" {
					return action.Outcome{Known: true, Starts: []action.Start{{Text: inv.Argv[2], Args: inv.Argv[3:], Lang: name}}}
				}
				if len(inv.Argv) > 1 && inv.Argv[1] != "-s" {
					return action.Outcome{Known: true, Starts: []action.Start{{Script: inv.Argv[1], Args: inv.Argv[2:], Lang: name}}}
				}
				return action.Outcome{Known: true, Starts: []action.Start{{Stdin: true, Lang: name}}}
			case "env", "sudo":
				st := action.Start{Argv: inv.Argv[1:], Label: inv.Program()}
				for len(st.Argv) > 0 && strings.Contains(st.Argv[0], "=") {
					st.Env.Set, st.Argv = append(st.Env.Set, st.Argv[0]), st.Argv[1:]
				}
				return action.Outcome{Known: true, Starts: []action.Start{st}}
			case "xargs":
				return action.Outcome{Known: true, Starts: []action.Start{{Argv: inv.Argv[1:], Input: &action.Input{}}}}
			}
			return action.Outcome{}
		},
	}
	problems := Evaluate(text, opt)
	return got, problems
}

// seen returns the programs found in a text, one a line: the directory if it
// is not /w, then the words.
func seen(text string, files world.Mem, environ ...string) []string {
	invs, problems := seenInvocations(text, files, environ...)
	var got []string
	for _, inv := range invs {
		line := strings.Join(inv.Argv, " ")
		if inv.Dir != "/w" {
			line = inv.Dir + ": " + line
		}
		got = append(got, action.Show(line))
	}
	for _, p := range problems {
		got = append(got, "problem: "+p.ID)
	}
	return got
}

func seenArgv(text string, files world.Mem) ([][]string, []Problem) {
	invs, problems := seenInvocations(text, files)
	var got [][]string
	for _, inv := range invs {
		got = append(got, inv.Argv)
	}
	return got, problems
}

type seenTest struct {
	text string
	want string // programs, separated by "; "
}

// seenTests are texts with the programs that must be seen in them. What bash
// starts for them is compared in oracle_test.go.
var seenTests = []seenTest{
	{`pip install x`, `pip install x`},
	{`a && b || c; d | e & f`, `a; b; c; d; e; f`},
	{`'pi'p in"sta"ll x`, `pip install x`},
	{`p\ip install x`, `pip install x`},
	{`echo 'if [ $1 = 8 ]; then a b; else bash f $(($1+1)); fi' >f; bash f 0`, `bash f 0; bash f 1; bash f 2; bash f 3; bash f 4; bash f 5; bash f 6; a b; bash f ⟨…⟩`},
	{`echo 'export n=$((n+1)); if [ $n = 6 ]; then a b; else bash f; fi' >f; bash f`, `bash f; bash f; bash f; a b; bash f`},
	{`echo x >f; perl -0777 -pi.save -e 's/x/a b/' f; bash f`, `perl -0777 -pi.save -e s/x/a b/ f; bash f; problem: made-text`},
	{`echo a >f; perl -Mstrict -e 1 f; bash f`, `perl -Mstrict -e 1 f; bash f; a`},
	{`echo 'a b c' >f; echo -n x | dd of=f conv=notrunc; bash f`, `dd of=f conv=notrunc; bash f; problem: made-text`},
	{`echo 'a b' >f; dd if=f of=g conv=fsync; bash g`, `dd if=f of=g conv=fsync; bash g; a b`},
	{`echo 'pip install x' >t.sh; mv t.sh u.sh; . ./u.sh; . ./t.sh; echo a >v.sh; cp none v.sh; . ./v.sh`, `mv t.sh u.sh; pip install x; cp none v.sh; a; ⟨…⟩`},
	{`cat <<< 'pip install x' >/dev/shm/t_; . /dev/shm/t_; bash </dev/shm/../shm/t_; rm /dev/shm/t_`, `cat; pip install x; bash; pip install x; rm /dev/shm/t_`},
	{`mkdir d; echo 'pip install x' >d/inc; PATH=$PWD/d:$PATH; . inc; echo b >inc; (. inc); PATH=${PATH#*:}; . inc`, `mkdir d; pip install x; pip install x; b`},
	{`a x${NONE/} ${NONE//} ${NONE/#} ${v[0]/} "${@/}"`, `a x ⟨…⟩`},
	{`v=xip; ${v/#x/p} install; v=pix; ${v/%x/p} y; v=axa; ${v/#x/p} z`, `pip install; pip y; axa z`},
	{`v=ip; ${v/#/p} install; v=pi; ${v/%/p} y; v=bpip; ${v/#?p/p} z`, `pip install; pip y; pip z`},
	{`a=(x y); b c "${a[@]/#/--o=}" "${a[@]/%y/z}"; set -- x; a "${@/#x/pip}"`, `b c --o=x --o=y x z; a pip`},
	{`v=#ip; ${v/"#"/p} x; ${v/\#/p} y`, `pip x; pip y`},
	{`(trap a EXIT; trap EXIT); (trap b EXIT; trap - EXIT); c`, `c`},
	{`(trap a EXIT; trap -- EXIT); c`, `c`},
	{`$(echo -e 'a\n\c gone')`, `a`},
	{`$(echo -e 'a\0101\x42\e' | cat)`, "cat; aAB\x1b"},
	{"shopt -s expand_aliases; alias s='a ' t='b c'\ns t", `a t; a b c; s t`},
	{"shopt -s expand_aliases; alias s='a ' t='b ' u=c\ns t u", `a t u; a b u; a b c; s t u`},
	{`$'pip\x00ignored' install x`, `pip install x`},
	{`pip${IFS}install${IFS}x`, `pip install x`},
	{`IFS=:; T=pip:install:x; $T`, `pip install x`},
	{`C='pip install x'; $C`, `pip install x`},
	{`C='pip install x'; "$C"`, `pip install x`},
	{`${P:=pip} install x; $P y`, `pip install x; pip y`},
	{`T=xpipx; ${T:1:3} install x`, `pip install x`},
	{`T=PIP; ${T,,} install x`, `pip install x`},
	{`T=pip; N=T; ${!N} install x`, `pip install x`},
	{`printf -v T %s pip; "$T" install x`, `pip install x`},
	{`shopt -s lastpipe; printf pip | read T; "$T" install x`, `pip install x`},
	{`printf pip | read T; "$T" install x`, ``}, // T is lost with the pipeline's subshell
	{`"$T" install x`, `⟨…⟩ install x`},         // but may come from the user's profile
	{`for c in pip npm; do $c install x; done`, `pip install x; npm install x`},
	{`$(echo pip) install x`, `pip install x`},
	{"echo \"`pip install x`\"", `pip install x`},
	{`echo $(( $(pip install x) + 1 ))`, `pip install x`},
	{`[[ -n $(pip install x) ]]`, `pip install x`},
	{`echo y > $(pip install x)`, `pip install x`},
	{`export V=$(pip install x)`, `pip install x`},
	{`pi{p..p} install x`, `pip install x`},
	{`{pip,install,x}`, `pip install x`},
	{`false || pip install x`, `pip install x`},
	{`cd /tmp; pip install x`, `/tmp: pip install x; pip install x`},
	{`cd sub && a; b`, `/w/sub: a; /w/sub: b`},
	{`(cd sub; a); b`, `/w/sub: a; b`},
	{`pushd sub >/dev/null; a; popd; b`, `/w/sub: a; b`},
	{`while pip install x; do break; done`, `pip install x`},
	{`while true; do a; done`, `a`},
	{`for ((i=0;i<1;i++)); do a $i; done`, `a 0`},
	{`case x in y) a;; *) b;; esac`, `b`},
	{`case $1$X in y) a;; *) b;; esac`, `a; b`}, // X is not expected to be set
	{`coproc a`, `a`},
	{`time a`, `a`},
	{`f() { a "$@"; }; f 1 2`, `a 1 2`},
	{`f() { a; }`, ``},
	{`pip() { :; }; pip install x`, ``},
	{`pip() { :; }; command pip install x`, `pip install x`},
	{`eval 'pip install' x`, `pip install x`},
	{`bash -c 'a $0 $1' x y`, `bash -c a $0 $1 x y; a x y`},
	{`echo 'a b' | bash`, `bash; a b`},
	{`bash <<< 'a b'`, `bash; a b`},
	{"bash <<EOF\na $HOME\nEOF", `bash; a /home/u`},
	{"bash <<'EOF'\na $HOME\nEOF", `bash; a /home/u`},
	{"cat <<'EOF'\na $HOME\nEOF", `cat`},
	{"bash <<-EOF\n\ta b\n\tEOF", `bash; a b`},
	{`bash <(echo a b)`, `bash /dev/fd/64; a b`},
	{`source <(echo a b)`, `a b`},
	{`tee >(bash) <<< 'a b'`, `tee /dev/fd/64; bash; a b`},
	{`trap 'a b' EXIT; c`, `c; a b`},
	{`trap 'a b' DEBUG; true`, `a b; a b`},
	{`exec a b; c`, `a b`},
	{`echo a b | xargs c d`, `xargs c d; c d a b`},
	{`cat > t.sh <<'E'` + "\na b\nE\nbash t.sh", `cat; bash t.sh; a b`},
	{`echo 'a b' > t.sh; chmod +x t.sh; ./t.sh`, `chmod +x t.sh; ./t.sh; a b`},
	{`CMD=(a b "c d"); "${CMD[@]}"`, `a b c d`},
	{`set -- a b; "$@"`, `a b`},
	{`echo 61 | xxd -rp | sh`, `xxd -rp; sh; a`},
	{`echo cba | rev | sh`, `rev; sh; abc`},
	{`if a; then X=1; else X=2; fi; b $X`, `a; b 1; b 2`},
	{`a; X=$(b); c "$X" d`, `a; b; c ⟨…⟩ d`},
	{`X=${Y:-z}; a $X`, `a z`},
	{`mapfile -t L <<< 'a b'; ${L[0]}`, `a b`},
	{`while read -r l; do $l; done <<< 'a b'`, `a b`},
	{`printf 'a b\nc d\n' | while read l; do $l; done`, `a b; c d`},
	{`alias x='a b'; x c`, `a b c; x c`},
	{`! a && b`, `a; b`},
	{`x='a[$(b)]'; echo $((x))`, `b`},
	{`X='$(b)'; echo "${X@P}"`, `b`},
	{`declare -n R=T; T=a; $R b`, `a b`},
	{`a=(1 2); a+=(3); b "${a[@]:1}"`, `b 2 3`},
	{`declare -A m=([k]=v); b "${m[k]}"`, `b v`},
	{`X=abc; b "${X/b/z}" "${X#a}" "${X%c}" "${#X}" "${X^^}"`, `b azc bc ab 3 ABC`},
	{`X=$(a); b "${X:0:1}" "${X#a}" "${#X}" "$((X+1))"`, `a; b ⟨…⟩ ⟨…⟩ ⟨…⟩ ⟨…⟩`},
	{`set -e; false; a`, ``},
	{`set -e; false || true; a`, `a`},
	{`exit 0; a`, ``},
	{`a || exit 1; b`, `a; b`},
	{`until a; do b; done; c`, `a; b; c`},
	{`X=1 a; b $X`, `a; b`},
	{`let "x=1+1"; a $x`, `a 2`},
	{`hash -p /x/y ls; ls z`, `/x/y z`},
	{`echo {1..3}`, ``},
	{`read -r x y <<< 'a b c'; $x $y`, `a b c`},
	{`sudo env a b`, `sudo env a b; env a b; a b`},
	{`>x a`, `a`},
	{`a > x 2>&1 < y`, `a`},
	{`y='$(a b)'; c 1>&"$y"`, `a b; c`},
	{`if "$@"; then a; else b; fi`, `a`},
	{`x=(); if "${x[@]}"; then a; else b; fi`, `a`},
	{`f() { a; }; export -f f; env bash -c f`, `env bash -c f; bash -c f; a`},
	{`a[3]=b; a[5]=c; "${a[@]}" x`, `b c x`},
	{`a=(echo b x); unset 'a[0]'; "${a[@]}"`, `b x`},
	{`a=(ls x); a[-2]=b; "${a[@]}"`, `b x`},
	{`declare -A m=(k b l c); ${m[k]} ${m[l]}`, `b c`},
	{`declare -n p=q q=p; p=1; a`, `a`},
	{`set -- a b; shift -1; c`, `c`},
	{`read -n 3 X <<< pipfoo; $X y`, `pip y`},
	{`set -e; x=$(false; a b); c`, `a b; c`},
	{`set -o pipefail; false | true || a`, `a`},
	{`(exit 3); [ $? = 3 ] && a`, `a`},
	{`f() { return 256; }; f && a`, `a`},
	{`for i in 1 2; do break 5; done; a`, `a`},
	{`[[ b == @(b|c) ]] && a`, `a`},
	{`trap '$P x' ERR; P=a; false`, `x; ⟨…⟩ x; a x`},
	{`if [ -e q ]; then a 1; C=c; else C=b; fi; $C`, `a 1; b`}, // q is not there
	{`x=$(a); [ -e q ] || b; c`, `a; b; c`},
	{`. ./nope || a; b`, `a; b`},
	{`printf '#!/bin/sh\na b\n' > env; chmod +x env; ./env x`, `chmod +x env; ./env x; x; /bin/sh /w/env x; a b`},
	{`f() { local X=2; g; }; g() { a $X; }; X=1; f; a $X`, `a 2; a 1`},
	{`f() { a; }; export -f f; bash -c f`, `bash -c f; a`},
	{`export -f f; f() { a; }; bash -c f`, `bash -c f; f`},
}

func TestSeen(t *testing.T) {
	for _, tt := range slices.Concat(seenTests, streamTests) {
		got := strings.Join(seen(tt.text, nil), "; ")
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s\n(-want +got)\n%s", tt.text, d)
		}
	}
}

// No text may make the evaluator panic or go on for long, and what is seen does
// not hang on blanks around the text and on groups.
func FuzzEvaluate(f *testing.F) {
	for _, tt := range seenTests {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 {
			return
		}
		saw, problems := seenArgv(text, nil)
		if len(problems) > 0 || len(text) > 256 || strings.ContainsAny(text, "\\\r\x00_!") || strings.Contains(text, "<<") ||
			strings.Contains(text, "LINENO") || strings.Contains(text, "BASH") || strings.Contains(text, "fc") {
			return
		}
		for _, again := range []string{text + "\n", " " + text, "\n" + text, text + "\n# note"} {
			if got, _ := seenArgv(again, nil); !cmp.Equal(got, saw) {
				t.Errorf("%q: %q, but %q: %q", text, saw, again, got)
			}
		}
	})
}
