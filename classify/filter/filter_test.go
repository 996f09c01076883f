package filter

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// computed calls a tool with an input on standard input.
func computed(in string, argv ...string) (string, bool) {
	return Output(Call{Name: argv[0], Args: argv[1:], Read: func(name string) (string, bool) { return in, name == "-" }})
}

// real runs the real tool; ok is false if it is not here.
func real(t testing.TB, in string, argv ...string) (out string, ok bool) {
	file, err := exec.LookPath(argv[0])
	if err != nil {
		return "", false
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, file, argv[1:]...)
	cmd.Env = []string{"LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin"}
	cmd.Stdin = strings.NewReader(in)
	var b bytes.Buffer
	cmd.Stdout = &b
	cmd.Run()
	return b.String(), true
}

// tests are inputs and command lines (words divided by bars) with what the tool
// prints; "?" where that is not computed. The real tools confirm them.
var tests = []struct{ in, argv, want string }{
	{"a b\n", `awk|-v|x=y z|{print x, $2}`, "y z b\n"},
	{"a b\n", `awk|-vx=y|{print x $1}`, "ya\n"},
	{"a b\n", `awk|-v|x=\t|{print x}`, "?"},
	{"a b\n", `awk|{print y}`, "?"},
	{"a b\n", `awk|{print; system("x")}`, "?"},
	{"YWJj!!ZGVm\n", `base64|-di`, "abcdef"},
	{"YWJjZGVm\n", `base64|--decode|--ignore-garbage`, "abcdef"},
	{"mfrgg!MFRGG===\n", `base32|-di`, "abc"},
	{"y pip install x\n", `sed|s/^y //`, "pip install x\n"},
	{"y pip install x", `sed|s/y //`, "pip install x"},
	{"a-b-c\n", `sed|s/-/ /2`, "a-b c\n"},
	{"a-b-c\n", `sed|s,-, ,g`, "a b c\n"},
	{"aXbxc\n", `sed|s/x/ /2gi`, "aXb c\n"},
	{"abc\n", `sed|s/x*/-/g`, "-a-b-c-\n"},
	{"baaac\n", `sed|s/a*/x/g`, "xbxcx\n"},
	{"pip x\n", `sed|s/\(pip\) \(x\)/\1 install \2/`, "pip install x\n"},
	{"pip x\n", `sed|-E|s/(\w+) (\w+)/\1 install \2/`, "pip install x\n"},
	{"pip x\n", `sed|-e|s/^/! /;s/! //|-e|s/ /  /`, "pip  x\n"},
	{"abc\n", `sed|s/.*/[&]\n\&/`, "[abc]\n&\n"},
	{"abc\n", `sed|s/b/\U&x\E&/`, "aBXbc\n"},
	{"abc def\n", `sed|s/\b./\u&/g`, "Abc Def\n"},
	{"a\nb\nc\n", `sed|2d`, "a\nc\n"},
	{"a\nb\nc\n", `sed|-n|$p`, "c\n"},
	{"a\nb\nc\nd\n", `sed|-n|2,3p`, "b\nc\n"},
	{"a\nb\nc\nd\n", `sed|/b/,/c/d`, "a\nd\n"},
	{"a\nb\nc\nd\n", `sed|1~2d`, "b\nd\n"},
	{"a\nb\nc\nd\n", `sed|2,+1d`, "a\nd\n"},
	{"a\nb\nc\nd\n", `sed|/b/!d`, "b\n"},
	{"a\nb\nc\n", `sed|3,1p`, "a\nb\nc\nc\n"},
	{"a\nb\nc\n", `sed|2q`, "a\nb\n"},
	{"a\nb\nc", `sed|$!N;s/\n/ /`, "a b\nc"},
	{"a\nb\nc\n", `sed|:a;N;$!ba;s/\n/ /g`, "a b c\n"},
	{"a\nb\nc\n", `sed|-n|1!G;h;$p`, "c\nb\na\n"},
	{"abc\n", `sed|y/abc/xyz/`, "xyz\n"},
	{"a\nb\n", `sed|1a x y`, "a\nx y\nb\n"},
	{"a\nb\n", "sed|2i\\\n  x", "a\n  x\nb\n"},
	{"a\nb\n", `sed|1c x`, "x\nb\n"},
	{"a\nb\n", `sed|=`, "1\na\n2\nb\n"},
	{"a\n", `sed|{s/a/b/;p}`, "b\nb\n"},
	{"a/b\n", `sed|s/\// /`, "a b\n"},
	{"a\n", `sed|s/a/b/w /dev/stdout`, "?"},
	{"a\n", `sed|s/a/ls/e`, "?"},
	{"a\n", `sed|e ls`, "?"},
	{"a.b\n", `sed|s/[.]/ /`, "a b\n"},
	{"a]b\n", `sed|s/[]]/ /`, "a b\n"},
	{"a*b\n", `sed|s/*b/c/`, "ac\n"},
	{"a+b\n", `sed|s/a+/c/`, "cb\n"},
	{"aab\n", `sed|s/a\{2\}/c/`, "cb\n"},
	{"aab\n", `sed|s/\(a\)\1/c/`, "?"},
	{"x pip install y\n", `cut|-d |-f2-`, "pip install y\n"},
	{"x:pip\nq\n", `cut|-d:|-f2`, "pip\nq\n"},
	{"x:pip\nq\n", `cut|-d:|-f2|-s`, "pip\n"},
	{"abcdef\n", `cut|-c2-3,5`, "bce\n"},
	{"a:b:c\n", `cut|-d:|--complement|-f2`, "a:c\n"},
	{"a:b:c\n", `cut|-d:|-f1,3|--output-delimiter= `, "a c\n"},
	{"a\tb\n", `cut|-f2`, "b\n"},
	{"pip\nnpm\n", `grep|pip`, "pip\n"},
	{"pip\nnpm\n", `grep|-v|pip`, "npm\n"},
	{"PIP x\n", `grep|-io|pip`, "PIP\n"},
	{"a.b\naxb\n", `grep|-F|a.b`, "a.b\n"},
	{"ab\nabc\n", `grep|-x|ab`, "ab\n"},
	{"a b\nab\n", `grep|-w|a`, "a b\n"},
	{"# pip install x\n", `grep|-oE|pip .*`, "pip install x\n"},
	{"a\nb\n", `grep|-n|b`, "2:b\n"},
	{"a1b22\n", `grep|-o|[0-9]\+`, "1\n22\n"},
	{"a\n", `grep|-P|a`, "?"},
	{"PIP INSTALL X\n", `tr|A-Z|a-z`, "pip install x\n"},
	{"cvc vafgnyy k\n", `tr|a-z|n-za-m`, "pip install x\n"},
	{"p_i_p\n", `tr|-d|_`, "pip\n"},
	{"a  b\n", `tr|-s| `, "a b\n"},
	{"a,b\n", `tr|,|\n`, "a\nb\n"},
	{"Ab1\n", `tr|[:upper:]|[:lower:]`, "ab1\n"},
	{"Ab1\n", `tr|-dc|[:alpha:]`, "Ab"},
	{"ab\n", `tr|a-c|x`, "xx\n"},
	{"ab\n", `tr|\141|\x`, "?"},
	{"a b c\n", `awk|{print $2}`, "b\n"},
	{"a b c\n", `awk|{print $3, $1 "-" $2}`, "c a-b\n"},
	{"a:b\n", `awk|-F:|{print $NF}`, "b\n"},
	{"a b\nc d\n", `awk|NR==2{print $1}`, "c\n"},
	{"a b\nc d\n", `awk|/c/`, "c d\n"},
	{"a b\n\nc d\n", `awk|NF`, "a b\nc d\n"},
	{"", `awk|BEGIN{print "pip install x"}`, "pip install x\n"},
	{"a b\n", `awk|{system($1)}`, "?"},
	{"a b\n", `awk|{$1=""; print}`, "?"},
	{"b\na\n", `sort`, "a\nb\n"},
	{"b\nB\n", `sort`, "B\nb\n"},
	{"pip\n", `nl|-bn|-w1|-s `, "  pip\n"},
	{"10\n9\n", `sort|-n`, "9\n10\n"},
	{"a\na\nb\n", `uniq`, "a\nb\n"},
	{"a\na\nb\n", `uniq|-c`, "      2 a\n      1 b\n"},
	{"a\nb\n", `tac`, "b\na\n"},
	{"a\nb", `tac`, "ba\n"},
	{"pip\n", `rev`, "pip\n"},
	{"a\n\nb\n", `nl`, "     1\ta\n       \n     2\tb\n"},
	{"abcde\n", `fold|-w2`, "ab\ncd\ne\n"},
	{"a\nb\nc\n", `head|-n2`, "a\nb\n"},
	{"a\nb\nc\n", `head|-n|-1`, "a\nb\n"},
	{"a\nb\nc\n", `head|-1`, "a\n"},
	{"abc", `head|-c2`, "ab"},
	{"a\nb\nc\n", `tail|-n|+2`, "b\nc\n"},
	{"a\nb\nc\n", `tail|-1`, "c\n"},
	{"abc", `tail|-c|2`, "bc"},
	{"a\nb\nc\n", `paste|-sd `, "a b c\n"},
	{"a\nb\nc\n", `paste|-|-`, "a\tb\nc\t\n"},
	{"", `seq|3`, "1\n2\n3\n"},
	{"", `seq|-s |2|2|6`, "2 4 6\n"},
	{"", `seq|-f|pip%g|1`, "pip1\n"},
	{"pip\n", `base64`, "cGlwCg==\n"},
	{"cGlwCg==\n", `base64|-d`, "pip\n"},
	{"OBUXACQ=\n", `base32|-d`, "pip\n"},
	{"pip", `base32`, "OBUXA===\n"},
	{"706970\n", `xxd|-r|-p`, "pip"},
	{"pip", `xxd|-p`, "706970\n"},
	{"cGlwCg==\n", `openssl|enc|-base64|-d`, "pip\n"},
	{"cGlwCg==\n", `openssl|base64|-d|-A`, "pip\n"},
	{"pip\n", `openssl|base64`, "cGlwCg==\n"},
	{"a\tb\n", `cat|-A`, "a^Ib$\n"},
	{"a\nb\n", `cat|-n`, "     1\ta\n     2\tb\n"},
	{"a b\nc\n", `wc|-l`, "2\n"},
	{"a\tb\n", `expand|-t4`, "a   b\n"},
	{"abc\nabcd\n", `strings`, "abcd\n"},
	{"abcdef", `dd|bs=1|count=3|status=none`, "abc"},
	{"", `basename|/a/b.sh|.sh`, "b\n"},
	{"", `basename|-a|/a/b|c/`, "b\nc\n"},
	{"", `dirname|/a/b|c|/`, "/a\n.\n/\n"},
	{"", `expr|1|+|2`, "3\n"},
}

func TestOutput(t *testing.T) {
	for _, tt := range tests {
		argv := strings.Split(tt.argv, "|")
		got, ok := computed(tt.in, argv...)
		if !ok {
			got = "?"
		}
		if got != tt.want {
			t.Errorf("%q | %s\n got %q\nwant %q", tt.in, argv, got, tt.want)
		}
		if want, here := real(t, tt.in, argv...); here && ok && got != want {
			t.Errorf("%q | %s\n    got %q\nthe tool %q", tt.in, argv, got, want)
		}
	}
}

// Whatever is computed is what the real tool prints.
func TestAsRealTools(t *testing.T) {
	atom := rapid.SampledFrom([]string{"a", "b", "c", ".", "*", "^", "$", "[ab]", "[^a]", `\(a\)`, `\(b*\)`, `\+`, `\{1,2\}`, `\b`, "x", " ", "[[:alpha:]]", `\.`, `\|`, "(", ")", "|", "+", "?", `\w`})
	pattern := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(atom, 1, 4).Draw(t, "atoms"), "") })
	repl := rapid.SampledFrom([]string{"", "x", "&&", `\1`, `[&]`, `\U&`, `\n`})
	addr := rapid.SampledFrom([]string{"", "1", "2", "$", "1,2", "2,$", "/a/", "/a/,/b/", "2,1", "1!", "0,/a/", "2~2", "/b/,+1", "$!"})
	cmd := rapid.Custom(func(t *rapid.T) string {
		if rapid.Bool().Draw(t, "s") {
			return "s/" + pattern.Draw(t, "re") + "/" + repl.Draw(t, "repl") + "/" + rapid.SampledFrom([]string{"", "g", "2", "gi", "p", "2g"}).Draw(t, "flags")
		}
		return rapid.SampledFrom([]string{"d", "p", "=", "q", "N", "n", "G", "h", "x", "H", "P", "D", "y/ab/ba/"}).Draw(t, "cmd")
	})
	script := rapid.Custom(func(t *rapid.T) string {
		var list []string
		for range rapid.IntRange(1, 3).Draw(t, "n") {
			list = append(list, addr.Draw(t, "addr")+cmd.Draw(t, "cmd"))
		}
		return strings.Join(list, ";")
	})
	input := rapid.StringOfN(rapid.SampledFrom([]rune("ab cxAB.*:\n")), 0, 12, -1)
	set := rapid.StringOfN(rapid.SampledFrom([]rune("abc-x[]:.^")), 1, 4, -1)
	argv := rapid.Custom(func(t *rapid.T) []string {
		n := rapid.SampledFrom([]string{"0", "1", "2", "+2", "-1"}).Draw(t, "count")
		switch rapid.IntRange(0, 11).Draw(t, "tool") {
		case 0, 1, 2:
			return []string{"sed", script.Draw(t, "script")}
		case 3:
			return []string{"sed", "-nE", script.Draw(t, "script")}
		case 4:
			return []string{"grep", rapid.SampledFrom([]string{"-v", "-o", "-i", "-x", "-w", "-E", "-Eo", "-F", "-n"}).Draw(t, "opt"), "-e", pattern.Draw(t, "re")}
		case 5:
			return []string{"cut", "-d" + rapid.SampledFrom([]string{" ", ":", "a"}).Draw(t, "d"), "-f" + rapid.SampledFrom([]string{"1", "2-", "-2", "1,3", "2"}).Draw(t, "f")}
		case 6:
			return []string{"tr", set.Draw(t, "one"), set.Draw(t, "two")}
		case 7:
			return []string{"tr", rapid.SampledFrom([]string{"-d", "-s", "-cd", "-cs"}).Draw(t, "opt"), set.Draw(t, "one")}
		case 8:
			return []string{rapid.SampledFrom([]string{"head", "tail"}).Draw(t, "tool"), rapid.SampledFrom([]string{"-n", "-c"}).Draw(t, "unit"), n}
		case 9:
			return []string{rapid.SampledFrom([]string{"sort", "uniq", "tac", "rev", "nl", "base64", "base32", "cat", "paste", "xxd"}).Draw(t, "tool")}
		case 10:
			return []string{"fold", "-w", rapid.SampledFrom([]string{"1", "3"}).Draw(t, "w"), "-s"}
		}
		return []string{"awk", "-F" + rapid.SampledFrom([]string{" ", ":", "a"}).Draw(t, "F"), rapid.SampledFrom([]string{"{print $2}", "{print $NF, NR $1}", "NR==2", "NF>1{print NF}", "/a.b/", "!/^a/{print $0}", "NF"}).Draw(t, "prog")}
	})
	rapid.Check(t, func(t *rapid.T) {
		in, argv := input.Draw(t, "in"), argv.Draw(t, "argv")
		got, ok := computed(in, argv...)
		if !ok {
			t.Skip()
		}
		want, here := real(nil, in, argv...)
		if !here {
			t.Skip()
		}
		if got != want {
			t.Fatalf("%q | %q\n    got %q\nthe tool %q", in, argv, got, want)
		}
	})
}

// awkTests are programs with what they hand to the shell; "?" where that is not
// computed.
var awkTests = []struct{ in, program, want string }{
	{"a b\nc d\n", `{ system($0) }`, "a b; c d"},
	{"a b\nc d\n", `{ system("echo " $2 " " NR) }`, "echo b 1; echo d 2"},
	{"a\nb\nc\n", `/b/ { system($1) }`, "b"},
	{"", `BEGIN { system("a b"); system("c") }`, "a b; c"},
	{"a\nb\n", `{ print $0 | "sh" }`, "printf %s 'a\nb\n' | sh"},
	{"a'b\n", `{ print | "cat -n" }`, `printf %s 'a'\''b` + "\n' | cat -n"},
	{"a\n", `{ print $1 | "x"; print "y" | "z"; print $1 | "x" }`, "printf %s 'a\na\n' | x; printf %s 'y\n' | z"},
	{"a\n", `{ print "x"; system("y") }`, "y"},
	{"a\n", `{ print > "f" }`, "?"},
	{"a\n", `{ system($1 x) }`, "?"},
	{"a\n", `{ c = $1; system(c) }`, "?"},
	{"a\n", `{ "date" | getline d; system(d) }`, "?"},
	{"a\n", `{ system($1, $2) }`, "?"},
	{"a\n", `{ while (1) system("x") }`, "?"},
}

func TestAwkCommands(t *testing.T) {
	for _, test := range awkTests {
		got := "?"
		call := Call{Name: "awk", Args: []string{test.program}, Read: func(name string) (string, bool) { return test.in, name == "-" }}
		if list, ok := AwkCommands(&call); ok {
			got = strings.Join(list, "; ")
		}
		if got != test.want {
			t.Errorf("%q of %q hands on %q, want %q", test.program, test.in, got, test.want)
		}
	}
}
