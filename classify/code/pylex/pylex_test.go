package pylex

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// dumper prints, for every file that it is told on standard input, the SHA-256 of
// its tokens as CPython's own tokenizer has them, and with an argument the tokens
// themselves. What is only layout is left out. Before 3.12 a literal with fields
// was one token.
const dumper = `
import hashlib, io, sys, tokenize as t, warnings
warnings.simplefilter('ignore')
full = len(sys.argv) > 1
skip = {t.COMMENT, t.NL, t.ENCODING, t.ENDMARKER, t.TYPE_COMMENT}
f0, f1, f2 = getattr(t, "FSTRING_START", -1), getattr(t, "FSTRING_MIDDLE", -1), getattr(t, "FSTRING_END", -1)
for name in sys.stdin:
    name = name.rstrip("\n")
    out, mid = [], False
    try:
        with t.open(name) as f:
            text = f.read()
            compile(text, name, "exec", dont_inherit=True)
            for k in t.generate_tokens(io.StringIO(text).readline):
                if k.type in skip: continue
                if k.type == f1:
                    if k.string and not mid: out.append("M %d" % k.start[0])
                    mid = mid or bool(k.string)
                    continue
                mid = False
                s = k.string
                if k.type in (t.NEWLINE, t.INDENT, t.DEDENT): s = t.tok_name[k.type]
                out.append("%d %s" % (k.start[0], s.replace("\n", "\\n")))
        text = "\n".join(out)
        print(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), name)
        if full: print(text)
    except (SyntaxError, t.TokenError, UnicodeDecodeError, ValueError, RecursionError, MemoryError):
        print("- " + name)
sys.stdout.flush()
`

// dump writes the tokens of a text as dumper does.
func dump(src string, whole bool) string {
	src = strings.ReplaceAll(strings.ReplaceAll(src, "\r\n", "\n"), "\r", "\n")
	toks := Tokenize(src)
	var b strings.Builder
	line, at := 1, 0
	row := func(pos int) string {
		line += strings.Count(src[at:pos], "\n")
		at = pos
		return itoa(line)
	}
	put := func(s string) {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(s)
	}
	for i := 0; i < len(toks.List); i++ {
		t := toks.List[i]
		text := strings.ReplaceAll(src[t.Start:t.End], "\n", `\n`)
		switch t.Kind {
		case End:
			continue
		case Newline:
			text = "NEWLINE"
		case Indent:
			text = "INDENT"
		case Dedent:
			text = "DEDENT"
		case FMiddle:
			put("M " + row(int(t.Start)))
			continue
		case FStart:
			if !whole {
				break
			}
			depth, k := 1, i+1
			for ; depth > 0 && k < len(toks.List); k++ {
				switch toks.List[k].Kind {
				case FStart:
					depth++
				case FEnd:
					depth--
				}
			}
			i = k - 1
			text = strings.ReplaceAll(src[t.Start:toks.List[i].End], "\n", `\n`)
		}
		put(row(int(t.Start)) + " " + text)
	}
	return b.String()
}

func itoa(n int) string {
	var b [20]byte
	i := len(b)
	for ; n > 0; n /= 10 {
		i--
		b[i] = byte('0' + n%10)
	}
	return string(b[i:])
}

// pythons returns the interpreters at hand: $PYLEX_PYTHONS (separated by colons),
// or the python3 on PATH.
func pythons(t testing.TB) []string {
	if list := os.Getenv("PYLEX_PYTHONS"); list != "" {
		return strings.Split(list, ":")
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 here")
	}
	return []string{python}
}

func ask(t testing.TB, python, code string, stdin []byte, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(python, append([]string{"-S", "-c", code}, args...)...)
	cmd.Stdin = bytes.NewReader(stdin)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", python, err)
	}
	return out
}

// TestStandardLibrary holds that the tokens of every file of the standard library
// that CPython reads are the same here.
func TestStandardLibrary(t *testing.T) {
	for _, python := range pythons(t) {
		where := strings.Fields(string(ask(t, python, "import os, sys; print(os.path.dirname(os.__file__), int(sys.version_info < (3, 12)))", nil)))
		var files bytes.Buffer
		err := filepath.WalkDir(where[0], func(p string, d os.DirEntry, err error) error {
			if err == nil && d.IsDir() && d.Name() == "site-packages" {
				return filepath.SkipDir
			}
			if err == nil && strings.HasSuffix(p, ".py") && !(testing.Short() && strings.Contains(p, "/test/")) {
				files.WriteString(p + "\n")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		n, skipped, wrong := 0, 0, 0
		sc := bufio.NewScanner(bytes.NewReader(ask(t, python, dumper, files.Bytes())))
		for sc.Scan() {
			sum, file, _ := strings.Cut(sc.Text(), " ")
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			// What is no Python, on purpose, or in another encoding; and a letter
			// that the tokenize module took for none until 3.12 (\w of package re).
			if sum == "-" || declares(src) || where[1] == "1" && strings.HasSuffix(file, "test_unicode_identifiers.py") {
				skipped++
				continue
			}
			n++
			got := dump(strings.TrimPrefix(string(src), "\ufeff"), where[1] == "1")
			if h := sha256.Sum256([]byte(got)); hex.EncodeToString(h[:]) == sum {
				continue
			}
			if wrong++; wrong <= 3 {
				_, want, _ := bytes.Cut(ask(t, python, dumper, []byte(file+"\n"), "full"), []byte("\n"))
				t.Errorf("%s (-CPython +pylex):\n%s", file, clip(cmp.Diff(strings.Split(strings.TrimSuffix(string(want), "\n"), "\n"), strings.Split(got, "\n"))))
			}
		}
		t.Logf("%s: %d files the same, %d differ, %d that CPython does not read as UTF-8 text", python, n-wrong, wrong, skipped)
		if n == 0 {
			t.Errorf("%s: no file was compared", python)
		}
	}
}

// declares reports whether a file says that its encoding is not UTF-8.
func declares(src []byte) bool {
	head := src[:min(len(src), 200)]
	i := bytes.Index(head, []byte("coding"))
	return i >= 0 && bytes.Count(head[:i], []byte("\n")) < 2 && !bytes.Contains(bytes.ToLower(head[i:min(len(head), i+20)]), []byte("utf"))
}

func clip(s string) string { return s[:min(len(s), 1500)] }

func TestTokenize(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"x = 1if y else 0x1for", "n:x o:= d:1 n:if n:y n:else d:0x1f n:or N"},
		{`f"a{b!r:>{w}}c"`, `F:f" m:a o:{ n:b o:! n:r o:: m:> o:{ n:w o:} o:} m:c E:" N`},
		{`f"{x:=5} {(y:=5)}"`, `F:f" o:{ n:x o:: m:=5 o:} m:  o:{ o:( n:y o::= d:5 o:) o:} E:" N`},
		{`f"{f'{f"{1}"}'}"`, `F:f" o:{ F:f' o:{ F:f" o:{ d:1 o:} E:" o:} E:' o:} E:" N`},
		{`t"{{a}}\{b}"`, `F:t" m:{{a}}\ o:{ n:b o:} E:" N`},
		{"if x:\n\ty\n\n  # c\nz", "n:if n:x o:: N > n:y N < n:z N"},
		{"x = (1,\n 2)\ny = \\\n 3", "n:x o:= o:( d:1 o:, d:2 o:) N n:y o:= d:3 N"},
		{"!pip install 'x\nx = !ls\n%pip install \\\n  y\nz % w", "M:!pip install 'x N n:x o:= M:!ls N M:%pip install \\\n  y N n:z o:% n:w N"},
		{"%%bash\nif x; then y; fi", "M:%%bash\nif x; then y; fi N"},
		{"%%time\nx", "M:%%time N n:x N"},
		{"rb'\\'' Rf\"\" b'a'", `s:rb'\'' F:Rf" E:" s:b'a' N`},
		{"'unclosed\nx", "s:'unclosed N n:x N"},
		{"a ? b $", "n:a !:? n:b !:$ N"},
	} {
		toks := Tokenize(tt.src)
		var got []string
		for _, k := range toks.List {
			letter := "$N><ndsFmEoM!"[k.Kind : k.Kind+1]
			switch k.Kind {
			case End:
			case Newline, Indent, Dedent:
				got = append(got, letter)
			default:
				got = append(got, letter+":"+tt.src[k.Start:k.End])
			}
		}
		if d := cmp.Diff(tt.want, strings.Join(got, " ")); d != "" {
			t.Errorf("%q (-want +got)\n%s", tt.src, d)
		}
	}
}

// FuzzTokenize holds that any text is split without a panic, into tokens that are
// in order and leave out only blanks, comments and joined lines.
func FuzzTokenize(f *testing.F) {
	for _, s := range []string{"f\"{x:{y}}\"", "if a:\n\tb\n", "'''", "f'{", "f'{a:", "x=!a\\\n", "%%b", "f'\\N{", "0x_f", "\\\r\n", "rb'\\", "((]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		at := 0
		for _, k := range Tokenize(src).List {
			if int(k.Start) < at || k.End < k.Start || int(k.End) > len(src) {
				t.Fatalf("%q: token %v after %d", src, k, at)
			}
			for i, line := range strings.Split(strings.NewReplacer("\\\r\n", "", "\\\n", "", "\\\r", "", "\r", "\n", "\ufeff", "").Replace(src[at:k.Start]), "\n") {
				code, _, _ := strings.Cut(line, "#")
				if strings.Trim(code, " \t\f") != "" {
					t.Fatalf("%q: %q was left out (%d)", src, line, i)
				}
			}
			at = int(k.End)
		}
	})
}

func BenchmarkTokenize(b *testing.B) {
	where := strings.TrimSpace(string(ask(b, pythons(b)[0], "import argparse; print(argparse.__file__)", nil)))
	src, err := os.ReadFile(where)
	if err != nil {
		b.Skip(err)
	}
	text := string(src)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Tokenize(text)
	}
}
