package shell

import (
	"slices"
	"testing"
)

// Texts that hand programs on through descriptors; see seenTests.
var streamTests = []seenTest{
	{`exec 3>f; echo 'a b' >&3; sh f`, `sh f; a b`},
	{`{ echo 'a b' >&3; } 3>f; bash f`, `bash f; a b`},
	{`exec 3>&1 >f; echo a b; exec >&3; sh f`, `sh f; a b`},
	{`exec >f; echo a b; exec >/dev/null; sh f`, `sh f; a b`},
	{`echo 'a b' > >(sh)`, `sh; a b`},
	{`echo 'a b' | tee >(sh)`, `tee /dev/fd/64; sh; a b`},
	{`{ echo 'a b' >&2; } 2>&1 | sh`, `sh; a b`},
	{`echo 'a b' 2>&1 >&2 |& sh`, `sh; a b`},
	{`{ echo a b >&2; } |& sh`, `sh; a b`},
	{`{ echo a b >&2; } | sh`, `sh`},
	{`echo a b >&2 |& cat |& sh`, `cat; sh`}, // 2>&1 comes last
	{`exec 5<>f; echo a b >&5; sh f`, `sh f; a b`},
	{`exec 5<>f; echo a b >&5; sh <&5`, `sh`}, // the position is at the end
	{`exec {fd}>f; echo a b >&$fd; sh f`, `sh f; a b`},
	{`: {fd}<<<'a b'; sh <&$fd`, `sh; a b`},
	{`exec {fd}<<<'a b'; exec {fd}<&-; sh <&$fd`, `sh`},
	{`coproc sh; echo 'a b' >&${COPROC[1]}`, `sh; a b`},
	{`coproc P { cat; }; echo 'a b' >&"${P[1]}"; exec {P[1]}>&-; read -u ${P[0]} l; $l`, `cat; a b`},
	{`coproc P { while read l; do $l; done; }; echo a 1 >&${P[1]}; echo b >&${P[1]}`, `a 1; b`},
	{`coproc P { echo a b; }; read l <&${P[0]}; $l`, `a b`},
	{`exec 3<<<'a b'; sh <&3`, `sh; a b`},
	{`exec 3<<<'a b'; sh /dev/fd/3`, `sh /dev/fd/3; a b`},
	{`exec 3<<<'a b'; cat /proc/self/fd/3 | sh`, `cat /proc/self/fd/3; sh; a b`},
	{`echo a b | sh /dev/stdin`, `sh /dev/stdin; a b`},
	{`. /dev/fd/3 3<<<'a b'`, `a b`},
	{"bash 3<<E /dev/fd/3\na b\nE", `bash /dev/fd/3; a b`},
	{`\exec 3<<<'a b'; sh <&3`, `sh; a b`},
	{`command exec 3<<<'a b'; sh <&3`, `sh; a b`},
	{`builtin exec 3<<<'a b'; sh <&3`, `sh`}, // bash 5.2 does not keep these
	{`eval exec 3<<<'a b'; sh <&3`, `sh`},
	{`eval 'exec 3<<<"a b"'; sh <&3`, `sh; a b`},
	{`{ exec 3<<<'a b'; } 4</dev/null; sh <&3`, `sh; a b`},
	{`{ exec 3<<<'a b'; } 3</dev/null; sh <&3`, `sh`},
	{`read -u 3 x y 3<<<'a b'; $x $y`, `a b`},
	{`mapfile -t -u 3 l 3<<<'a b'; ${l[0]}`, `a b`},
	{"while read -r l <&3; do $l; done 3<<E\na 1\nb 2\nE", `a 1; b 2`},
	{"while read -r l; do $l; done <<E\na 1\nb 2\nE", `a 1; b 2`},
	{`exec 3>&1; x=$(echo a b >&3 | cat); $x`, `cat`},
	{`x=$({ y=$(echo a b >&3); } 3>&1); $x`, `a b`},
	{`{ x=$(echo a b >&3); } 3>&1 | sh`, `sh; a b`},
	{`exec 3<<<'a b' 4<&3-; sh <&4; sh <&3`, `sh; a b; sh`},
	{`exec 3<<<'a b'; exec 3<&-; sh <&3`, `sh`},
	{"exec 3<<E\na 1\nb 2\nE\nread -u3 x; read -u3 y; $y; $x", `b 2; a 1`},
	{"exec 3<<E\na 1\nb 2\nE\n(read -u3 x); read -u3 y; $y", `b 2`},
	{"bash <<'E'\nread x\na b\n$x c\nE", `bash; a b c`},
	{"bash <<'E'\nread x; b\na b\n$x c\nE", `bash; b; a b c`},
	{"bash <<'E'\ncat > f\na b\nE\nsh f", `bash; cat; sh f; a b`},
	{"printf 'a 1\\nb 2\\n' > f; bash <<'E'\nexec < f\nc\nE", `bash; a 1; b 2`},
	{"{ read x; sh; } <<E\na\nb c\nE", `sh; b c`},
	{"{ read x; $x; cat; } <<E | sh\ntrue\nb c\nE", `cat; sh; b c`},
	{`echo a b | { x=$(cat); $x; }`, `cat; a b`},
	{`echo a b | { cat >/dev/null; sh; }`, `cat; sh`},
	{`echo a b | sh -s`, `sh -s; a b`},
	{`set -C; echo a b > f; echo true > f; sh f`, `sh f; a b`},
	{`set -C; echo a b > f; echo true >| f; sh f`, `sh f`},
	{`f() { echo a b; } > g; f; sh g`, `sh g; a b`},
	{`f() { echo a b >&3; }; f 3>g; sh g`, `sh g; a b`},
	{`for i in 1; do echo a b; done > g; sh g`, `sh g; a b`},
	{`if true; then echo a b; fi > g; sh g`, `sh g; a b`},
	{`{ echo a b; echo c >&2; } > g 2>&1; sh g`, `sh g; a b; c`},
	{`{ echo a b; echo c >&2; } 2>&1 > g | sh; sh g`, `sh; c; sh g; a b`},
	{`{ echo a b; sh g; } > g`, `sh g; a b`}, // written at once
	{`echo a b &> g; sh g`, `sh g; a b`},
	{`echo a b >& g; sh g`, `sh g; a b`},
	{`echo a b >&2 2> g; sh g`, `sh g`},
	{`echo a b 2> g >&2; sh g`, `sh g; a b`},
	{`exec 3>f; echo a b > f; echo 'b    ' >&3; sh f`, `sh f; b`},
	{`exec 3>>f; echo a b > f; echo c >&3; sh f`, `sh f; a b; c`},
	{`exec 3<>f; echo a b >&3; rm f; sh < /dev/fd/3`, `rm f; sh; a b`},
	{`echo a b > f; exec 3<f; rm f; sh <&3`, `rm f; sh; a b`},
	{`exec 3<>f; sh <&3; exec 4>f; echo a b >&4; sh <&3`, `sh; sh; a b`},
	{`echo x >&7 || a`, `a`},
	{`echo a b | bash -c "$(cat)" </dev/null`, `cat; bash -c a b; a b`},
	{`echo a b | (sh &)`, `sh; a b`},
	{`x=$(echo a b & wait); $x`, `a b`},
	{`{ PS4='a b #'; set -x; :; } 2>&1 | sh`, `sh; a b`},
	{`exec 3> >(sh); echo a b >&3; exec 3>&-; c`, `sh; a b; c`},
	{`exec > >(sh); echo a b`, `sh; a b`},
	{`{ echo a; echo b; } > >(cat > f); sleep 0.1; sh f`, `cat; sleep 0.1; sh f; a; b`},
	{`x=$(echo a b > >(cat)); $x`, `cat; a b`},
	{`echo a b > /dev/stdout | sh`, `sh; a b`},
	{`echo a b > /dev/fd/3 3>f; sh f`, `sh f`},
	{`echo a b 3>f > /dev/fd/3; sh f`, `sh f; a b`},
	{`echo a b > /dev/stderr 2>f; sh f`, `sh f`},
	{`{ echo a b > /dev/stderr; } 2>f; sh f`, `sh f; a b`},
	{`{ . ./nope >/dev/null 2>&1 || echo a b; } | sh`, `sh; a b`},
	{`{ cd nope 2>f >&2 || echo a b; } | sh`, `sh; a b; sh`},
	{`(sleep 0.1; sh f) & echo a b > f; wait`, `sleep 0.1; sh f; sleep 0.1; sh f; a b`},
	{`( (sleep 0.1; bash h) & ); echo a b > h; sleep 0.2`, `sleep 0.1; bash h; sleep 0.2; sleep 0.1; bash h; a b`},
	{`mkfifo p; sh < p & echo a b > p; wait`, `mkfifo p; sh; sh; a b`},
	{`for i in a b; do (sleep 0.1; sh f $i) & done; echo '$1' > f; wait`, `sleep 0.1; sh f a; sleep 0.1; sh f b; sleep 0.1; sh f a; a; sleep 0.1; sh f b; b`},
	{`echo a b | tee /dev/stderr 2>f >/dev/null; sh f`, `tee /dev/stderr; sh f; a b`},
	{`cp /dev/stdin f <<< 'a b'; sh f`, `cp /dev/stdin f; sh f; a b`},
	{`ln -s /dev/fd/3 s; sh s 3<<< 'a b'`, `ln -s /dev/fd/3 s; sh s; a b`},
	{`dd of=f <<< 'a b' 2>/dev/null; sh f`, `dd of=f; sh f; a b`},
	{`sh <<< 'a b' < /dev/null`, `sh`},
	{`sh < /dev/null <<< 'a b'`, `sh; a b`},
}

// What is seen in these texts must be what bash starts, and no more.
func TestStreamsExact(t *testing.T) {
	o := newBashOracle(t)
	for _, tt := range streamTests {
		saw, _ := seenArgv(tt.text, nil)
		started := o.started(t, tt.text)
		for _, argv := range saw {
			if !slices.Contains(stubs, argv[0]) || covers(started, argv) {
				continue
			}
			// Readers may come to it after the shell has ended.
			started = o.started(t, tt.text+"\nsleep 0.2")
			if !covers(started, argv) {
				t.Errorf("%s\nseen: %q\nbash starts %q", tt.text, argv, started)
			}
		}
	}
}
