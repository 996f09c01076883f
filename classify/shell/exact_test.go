package shell

import (
	"slices"
	"strings"
	"testing"
)

// exactTests are texts of which everything is known: what is seen must be just
// what bash starts, word for word. They are read from two sides: bash gives the
// expectation.
var exactTests = []string{
	`printf -v 'arr[2]' pip; ${arr[2]} install`,
	`x=$(printf '%b' 'p\x69p'); $x install`,
	`f() { pip install x; }; declare -f f | bash`,
	`f() { pip install x; }; declare -f f > t; echo f >> t; bash t`,
	`f() { pip install x; }; x=$(declare -f f); bash -c "$x; f"`,
	`f() { pip install x; }; bash -c "$(declare -f); f"`,
	`f() { pip install x; }; bash -c "$(typeset -f f); f"`,
	`x='pip install'; eval "$(declare -p x)"; $x y`,
	`x='pip install'; declare -p x > t; unset x; . ./t; $x y`,
	`alias q='pip install'; alias -p > t; . ./t; a`,
	`alias q='pip install'; alias q | bash`,
	`x=pip; export x; export -p > t; unset x; . ./t; $x install`,
	`x='pip install'; y=${x@Q}; eval "z=$y"; $z`,
	`x='pip install'; y=${x@A}; unset x; eval "$y"; $x`,
	`x='pip\x20install'; ${x@E} y`,
	`abc='pip'; for v in ${!ab*}; do ${!v} install; done`,
	`x=(pip install); for i in ${!x[@]}; do a $i ${x[i]}; done`,
	`x=pip; a ${x@U} ${x@u}; x=PIP; ${x@L} install`,
	`declare -A m=([a]=pip); for k in "${!m[@]}"; do ${m[$k]} $k; done`,
	`mapfile -d : -t x <<< 'pip:install:'; "${x[0]}" "${x[1]}"`,
	`mapfile -n 1 -t x <<< $'pip install\nb'; ${x[0]}; a ${#x[@]}`,
	`x=(b); mapfile -O 1 -t x <<< $'pip install'; ${x[1]}; a ${#x[@]}`,
	`mapfile -s 1 -t x <<< $'b\npip install'; ${x[0]}`,
	`mapfile -t -C 'a' -c 1 x <<< $'b\nc'`,
	`f() { a "$1" "$2"; $2; }; mapfile -t -C f -c 1 x <<< $'pip install\nc'`,
	`f() { a "$1" "$2"; }; mapfile -C f -c 2 x <<< $'1\n2\n3\n4'`,
	`mapfile -ts1 x <<< $'b\npip install'; ${x[0]}`,
	`exec 3<<< 'pip install'; mapfile -t -u 3 x; ${x[0]}`,
	`read -a x <<< 'pip install y'; "${x[@]}"`,
	`read -ra x <<< 'pip install y'; "${x[@]}"; a ${#x[@]}`,
	`read -d : x <<< 'pip:install'; $x install`,
	`read -N 3 x <<< 'pipfoo'; $x install`,
	`read -N 5 x <<< $'pi\nfoo'; a "$x"`,
	`{ read -n 3 x; read y; } <<< 'pip install'; $x $y`,
	`read <<< '  pip install  '; a "$REPLY"; $REPLY`,
	`read x <<< '  pip install  '; a "$x"`,
	`IFS= read x <<< '  pip install  '; a "$x"`,
	`IFS=: read x y z <<< 'a:pip::c:'; $y install; a "$z"`,
	`IFS=: read -a x <<< 'a:pip::c:'; a ${#x[@]} "${x[@]}"`,
	`IFS=' :' read x y z <<< 'a : pip : c d :'; a "$x" "$y" "$z"`,
	`read x y <<< 'a\ b c'; a "$x" "$y"`,
	`read -r x y <<< 'a\ b c'; a "$x" "$y"`,
	`read x y <<< $'a\\\nb c'; a "$x" "$y"`,
	`read -e x <<< pip; $x install`,
	`read -p pr -t 1 -s x <<< pip; $x install`,
	`read -i foo x <<< pip; $x install`,
	`read 'x[1]' <<< pip; ${x[1]} install`,
	`enable -n echo; a`,
	`enable -n printf; printf a`,
	`enable -n test; test x`,
	`builtin command builtin eval 'pip install'`,
	`command builtin command pip install`,
	`hash -p /x/pip foo; a`,
	`BASH_ALIASES[foo]='pip install'; a`,
	`BASH_ARGV0=pip; $0 install`,
	`f() { local x=pip; g; $x install; }; g() { unset x; }; x=b; f`,
	`f() { local x=pip; g; $x install; }; g() { unset x; x=c; }; x=b; f; a $x`,
	`declare -n r=x; x=pip; unset -n r; a "$r"; $x install`,
	`declare -n r=x; x=pip; unset r; a "$x"`,
	`declare -n r='x[1]'; r=pip; ${x[1]} install`,
	`declare -n r; for r in x y; do r=pip; done; $x $y`,
	`x=1; y=2; declare -n r=x; for r in x y; do a $r; done`,
	`f() { local -n r=$1; r=pip; }; f x; $x install`,
	`f() { local -n r=$1; r+=(pip); }; x=(a b); f x; "${x[@]}"`,
	`f() { local -n r=$1; g r; }; g() { local -n s=$1; s=pip; }; f x; $x install`,
	`declare -l x; x=PIP; $x install`,
	`declare -l x; for x in PIP; do $x install; done`,
	`declare -l x; read x <<< PIP; $x install`,
	`declare -la x; x=(PIP INSTALL); "${x[@]}"`,
	`declare -c x; x=pip; a $x`,
	`declare -i x; x=2+3; a $x; x+=4; a $x`,
	`declare -ia x; x=(1+1 2); x[1]+=5; a ${x[@]}`,
	`x=5; declare -i x; x+=1; a $x`,
	`declare -a x='(pip install)'; "${x[@]}"`,
	`y='(pip install)'; declare -a x=$y; "${x[@]}"; a "$x"`,
	`y='([1]=pip [2]=install)'; declare -a "x=$y"; "${x[@]}"`,
	`y='([k]=pip)'; declare -A "x=$y"; ${x[k]} install`,
	`f() { local -; set -f; a *; }; f; b *`,
	`f() { declare -g x=pip; }; f; $x install`,
	`x=b; f() { local x=c; declare -g x=pip; $x; }; f; $x install`,
	`readonly x=pip; x=b; $x install`,
	`readonly x=pip; x=b; a`,
	`readonly x=pip; x=b
a $x`,
	`readonly x=pip; declare x=b; a $x`,
	`readonly x=pip; x=b b; a $x`,
	`readonly x=pip; export x=b; a $x`,
	`readonly x=pip; f() { local x=b; $x install; }; f; a`,
	`readonly x=pip; read x <<< b; a $x`,
	`readonly x=pip; for x in b; do a $x; done; c`,
	`readonly x=pip; unset x; a $x`,
	`readonly x=pip; printf -v x b; a $x`,
	`readonly x=1; : $((x=2)); a $x`,
	`readonly x; : ${x:=2}; a $x`,
	`x=pip; export x; export -n x; bash -c 'a $x; $x install'`,
	`set -u; a ${x-1} ${x:+2}; b "$@"`,
	`bash -nc 'a'`,
	`bash -n <<< a`,
}

func TestExact(t *testing.T) {
	o := newBashOracle(t)
	for _, text := range exactTests {
		saw, problems := seenArgv(text, nil)
		var got, want []string
		for _, argv := range saw {
			if slices.Contains(stubs, argv[0]) {
				got = append(got, strings.Join(argv, "\x1f"))
			}
		}
		for _, argv := range o.started(t, text) {
			want = append(want, strings.Join(argv, "\x1f"))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(slices.Compact(got), slices.Compact(want)) || len(problems) > 0 {
			t.Errorf("%s\nbash starts %q\nseen: %q %v", text, want, got, problems)
		}
	}
}
