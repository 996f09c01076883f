package shell

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// What GNU xargs makes of its input is compared with what it really starts.
func TestBatches(t *testing.T) {
	xargs, err := exec.LookPath("xargs")
	if err != nil {
		t.Skip("no xargs")
	}
	for _, test := range []struct {
		text    string
		in      action.Input
		options []string
	}{
		{"a b\nc", action.Input{}, nil},
		{"a 'b c' \"d\"e\\ f\n\n g", action.Input{}, nil},
		{"a b\nc d e\n", action.Input{Words: 2}, []string{"-n2"}},
		{"a b\nc d\n\ne\n", action.Input{Lines: 1}, []string{"-L1"}},
		{"a b \nc d\ne\n", action.Input{Lines: 1}, []string{"-L1"}},
		{"a b\nc d\ne\n", action.Input{Lines: 2}, []string{"-L2"}},
		{"a\x00b c\x00", action.Input{Delim: `\0`}, []string{"-0"}},
		{"a,b c,d", action.Input{Delim: ","}, []string{"-d,"}},
		{"a b\nc\n", action.Input{Delim: `\n`, Words: 1}, []string{"-d", `\n`, "-n1"}},
		{"a END b", action.Input{End: "END"}, []string{"-E", "END"}},
		{" a b\n'c  d' e\n", action.Input{Replace: "{}"}, []string{"-I{}"}},
		{"a b\x00c", action.Input{Delim: `\0`, Replace: "{}"}, []string{"-0", "-I{}"}},
	} {
		argv := []string{"printf", "%s|"}
		if test.in.Replace != "" {
			argv = append(argv, "<{}>")
		}
		var got strings.Builder
		for _, words := range batches(inputLines(test.text, &test.in), &test.in) {
			run := completed(argv, &test.in, words)
			got.WriteString(strings.Join(run[2:], "|") + "|;")
		}
		cmd := exec.Command(xargs, append(test.options, append([]string{"sh", "-c", `printf '%s|' "$@"; printf ';'`, "_"}, argv[2:]...)...)...)
		cmd.Stdin = strings.NewReader(test.text)
		want, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if got.String() != string(want) {
			t.Errorf("xargs %q < %q: got %q, want %q", test.options, test.text, got.String(), want)
		}
	}
}

func TestFind(t *testing.T) {
	files := world.Mem{
		"/w/a.sh": {Content: "a"}, "/w/d/b.sh": {Content: "b"}, "/w/d/e/c.txt": {Content: "c"}, "/w/.h/x.sh": {Content: "x"},
	}
	e := &evaluator{}
	for _, test := range []struct {
		words, want string
		exact       bool
	}{
		{"find . -name *.sh", "./.h/x.sh ./a.sh ./d/b.sh", true},
		{"find d -type f", "d/b.sh d/e/c.txt", true},
		{"find . -maxdepth 1 -iname A*", "./a.sh", true},
		{"find d -mindepth 2", "d/e/c.txt", true},
		{"find d -path */e/*", "d/e/c.txt", true},
		{"find d -name *.sh -mtime -1", "d/b.sh", false},
		{"find d -name x -o -name b.sh", "d d/b.sh d/e d/e/c.txt", false},
		{"find none -name x", "", false},
		{"fd -e sh", "a.sh d/b.sh", false},
		{"fd ^c d", "d/e/c.txt", false},
	} {
		found, exact := e.find(&state{dir: "/w", fs: world.NewOverlay(files)}, strings.Fields(test.words))
		if got := strings.Join(found, " "); got != test.want || exact != test.exact {
			t.Errorf("%s: got %q, %v, want %q, %v", test.words, got, exact, test.want, test.exact)
		}
	}
}
