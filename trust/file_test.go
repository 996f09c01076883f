package trust

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	sumA     = "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7" // of "a\n"
	sumB     = "0263829989b6fd954f72baaf2fc64bc2e2f01d692d4de72986ea808f6e99813f" // of "b\n"
	sumEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// write makes files below dir, whose names and contents alternate.
func write(t *testing.T, dir string, files ...string) {
	t.Helper()
	for i := 0; i < len(files); i += 2 {
		name := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// list loads text as the list of pins in dir.
func list(t *testing.T, dir, text string) *File {
	t.Helper()
	write(t, dir, "pins.yaml", text)
	f, err := Load(filepath.Join(dir, "pins.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestLoadErrors(t *testing.T) {
	entry := "- path: a\n  sha256: " + sumA + "\n"
	tests := []struct{ text, want string }{
		{"a: b\n", "1:1: want a list of entries with path and sha256"},
		{"hooks\n", "1:1: want a list of entries with path and sha256"},
		{`""`, "1:1: want a list of entries with path and sha256"},
		{"hooks:\n" + entry, "1:1: want a list of entries with path and sha256"},
		{"- a\n", "1:3: want an entry with path and sha256"},
		{"- [path, a]\n", "1:3: want an entry with path and sha256"},
		{"- &x {path: a}\n- *x\n", "2:3: want an entry with path and sha256"},
		{"- path: a\n  sha: " + sumA + "\n", `2:3: unknown key "sha"`},
		{"- Path: a\n", `1:3: unknown key "Path"`},
		{"- path: a\n  sha256: " + sumA + "\n  mode: 1\n", `3:3: unknown key "mode"`},
		{"- <<: {path: a}\n", `1:3: unknown key "<<"`},
		{"- {}\n", "1:3: want a path in every entry"},
		{"- sha256: " + sumA + "\n", "1:3: want a path in every entry"},
		{"- path:\n", `1:8: want a path, not ""`},
		{"- path: ''\n", `1:9: want a path, not ""`},
		{"- path: 12\n", `1:9: want a path, not "12"`},
		{"- path: [a]\n", `1:9: want plain text for "path"`},
		{"- path: !!str a\n", `1:9: want plain text for "path"`},
		{"- path: &x a\n", `1:9: want plain text for "path"`},
		{"- path: a\n  path: b\n", `2:3: "path" is here twice`},
		{entry + "  sha256: " + sumA + "\n", `3:3: "sha256" is here twice`},
		{entry + entry, `3:9: "a" is already in line 1`},
		{entry + "- path: ./x/../a\n", `3:9: "./x/../a" is already in line 1`},
		{"- path: a\n  sha256:\n", "2:10: want 64 hexadecimal digits for sha256, not 0"},
		{"- path: a\n  sha256: 00\n", "2:11: want 64 hexadecimal digits for sha256, not 2"},
		{"- path: a\n  sha256: " + sumA + "00\n", "2:11: want 64 hexadecimal digits for sha256, not 66"},
		{"- path: a\n  sha256: " + sumA[1:] + "g\n", "2:11: 'g' in sha256 is not a hexadecimal digit"},
		{"- path: a\n  sha256: sha256:" + sumA + "\n", "2:11: 's' in sha256 is not a hexadecimal digit"},
		{"- path: a\n  sha256: |\n    " + sumA + "\n", `2:11: '\n' in sha256 is not a hexadecimal digit`},
		{"- path: é # x\n  sha256: [" + sumA + "]\n", `2:11: want plain text for "sha256"`},
		{entry + "---\n" + entry, "3:1: want one document, not two"},
		{"- path: [\n", "2:1: did not find expected node content"},
		{entry + "- path: b: c\n", "3:10: mapping values are not allowed in this context"},
		{"\t- path: a\n", "1:1: found character that cannot start any token"},
		{"- path: \"\xff\"\n", " invalid leading UTF-8 octet (value: 255)"},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		write(t, dir, "pins.yaml", tt.text)
		name := filepath.Join(dir, "pins.yaml")
		_, err := Load(name)
		if err == nil {
			t.Errorf("%q: no error, want %s", tt.text, tt.want)
		} else if got := strings.TrimPrefix(err.Error(), name+":"); got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

func TestLoadEmpty(t *testing.T) {
	for _, text := range []string{"", "# nothing yet\n", "---\n", "[]\n"} {
		if got := list(t, t.TempDir(), text).Verify(); len(got) != 0 {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestVerify(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a", "a\n", "sub/b", "b\n", "empty", "", "bare", "")
	abs := filepath.ToSlash(filepath.Join(dir, "a"))
	f := list(t, dir, `# several ways to write an entry
- path: a
  sha256: `+sumA+`
- path: ./sub/b
  sha256: "`+strings.ToUpper(sumB)+`"
- {path: empty, sha256: `+sumEmpty+`}
- path: '`+abs+`'
  sha256: `+sumB+`
- path: none
  sha256: `+sumA+`
- path: sub
  sha256: `+sumA+`
- path: bare
- path: a/below
`)
	type outcome struct {
		Path   string
		Status Status
	}
	var got []outcome
	for _, r := range f.Verify() {
		got = append(got, outcome{r.Path, r.Status})
		if r.Path == abs && (r.Want != sumB || r.Got != sumA) {
			t.Errorf("want %s, got %s", r.Want, r.Got)
		}
	}
	want := []outcome{
		{"a", OK}, {"./sub/b", OK}, {"empty", OK}, {abs, Changed}, {"none", Missing}, {"sub", Unreadable},
		{"bare", Unpinned}, {"a/below", Unreadable},
	}
	if runtime.GOOS == "windows" {
		want[len(want)-1].Status = Missing // there is no ENOTDIR
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestVerifyFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a", "a\n", "b", "b\n")
	link := filepath.Join(dir, "link")
	if err := os.Symlink("a", link); err != nil {
		t.Skip(err)
	}
	f := list(t, dir, "- path: link\n  sha256: "+sumA+"\n")
	for _, tt := range []struct {
		target string
		want   Status
	}{{"a", OK}, {"b", Changed}, {"none", Missing}, {"link", Unreadable}, {".", Unreadable}} {
		os.Remove(link)
		if err := os.Symlink(tt.target, link); err != nil {
			t.Fatal(err)
		}
		if got := f.Verify()[0].Status; got != tt.want {
			t.Errorf("link to %s: %s, want %s", tt.target, got, tt.want)
		}
	}
}

// The text around an edit is kept to the byte.
func TestPinText(t *testing.T) {
	tests := []struct {
		name, before, pin string
		change            Change
		after             string
	}{
		{"new", "", "a", Pinned, "- path: a\n  sha256: " + sumA + "\n"},
		{"below", "", "sub/b", Pinned, "- path: sub/b\n  sha256: " + sumB + "\n"},
		{"after comments", "# head\n\n# more\n", "a", Pinned,
			"# head\n\n# more\n- path: a\n  sha256: " + sumA + "\n"},
		{"after the document's start", "---\n", "a", Pinned, "---\n- path: a\n  sha256: " + sumA + "\n"},
		{
			"append", "# head\n\n- path: sub/b   # why\n  sha256: " + sumB + "\n# foot", "a", Pinned,
			"# head\n\n- path: sub/b   # why\n  sha256: " + sumB + "\n# foot\n- path: a\n  sha256: " + sumA + "\n",
		},
		{
			"append indented", "  - path: sub/b\n    sha256: " + sumB + "\n", "a", Pinned,
			"  - path: sub/b\n    sha256: " + sumB + "\n  - path: a\n    sha256: " + sumA + "\n",
		},
		{"a name that needs quotes", "", "x: #y", Pinned, "- path: 'x: #y'\n  sha256: " + sumEmpty + "\n"},
		{
			"renew", "# head\n- sha256: '" + sumB + "' # was b\n\n  path: ./a\n# foot\n\n- path: sub/b\n", "a", Renewed,
			"# head\n- sha256: '" + sumA + "' # was b\n\n  path: ./a\n# foot\n\n- path: sub/b\n",
		},
		{
			"renew in one line", "- {path: é, sha256: " + sumB + "} # é\n- path: a\n", "é", Renewed,
			"- {path: é, sha256: " + sumEmpty + "} # é\n- path: a\n",
		},
		{
			"unchanged", "- path: a\n  sha256: " + strings.ToUpper(sumA) + "\n", "a", Unchanged,
			"- path: a\n  sha256: " + strings.ToUpper(sumA) + "\n",
		},
		{
			"first hash", "- path: a # why\n- path: sub/b", "a", Pinned,
			"- path: a # why\n  sha256: " + sumA + "\n- path: sub/b",
		},
		{"first hash at the end", "- path: a", "a", Pinned, "- path: a\n  sha256: " + sumA + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "a", "a\n", "sub/b", "b\n", "é", "")
			if tt.pin == "x: #y" {
				if runtime.GOOS == "windows" {
					t.Skip("not a file name")
				}
				write(t, dir, tt.pin, "")
			}
			f := list(t, dir, tt.before)
			change, _, _, err := f.Pin(filepath.Join(dir, tt.pin))
			if err != nil {
				t.Fatal(err)
			}
			if change != tt.change {
				t.Errorf("%s, want %s", change, tt.change)
			}
			if err := f.Save(); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(f.Name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.after, string(got)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestPinErrors(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a", "a\n", "b", "b\n")
	tests := []struct{ text, pin, want string }{
		{"", "none", "none: "},
		{"", ".", "is a directory"},
		{"", "pins.yaml", "cannot pin itself"},
		{"", "\xff", "valid UTF-8"},
		{"[]\n", "a", "written this way"},
		{"[{path: b}]\n", "a", "written this way"},
		{"- path: b\n...\n", "a", "written this way"},
		{"- {path: a}\n", "a", "written this way"},
		{"- path: a\n  sha256: |-\n    " + sumB + "\n", "a", "written this way"},
		{"- path: a\n  sha256: \"" + sumB[:8] + "\\\n  " + sumB[8:] + "\"\n", "a", "written this way"},
		{"- path: |-\n    a\n", "a", "written this way"},
	}
	for _, tt := range tests {
		f := list(t, dir, tt.text)
		if _, _, _, err := f.Pin(filepath.Join(dir, tt.pin)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q, %s: got %v, want %s", tt.text, tt.pin, err, tt.want)
		}
		if string(f.text) != tt.text {
			t.Errorf("%q, %s: the list became %q", tt.text, tt.pin, f.text)
		}
	}
}

func TestPinOutside(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a", "a\n", "lists/x", "")
	f := New(filepath.Join(dir, "lists", "pins.yaml"))
	for range 2 {
		_, path, _, err := f.Pin(filepath.Join(dir, "a"))
		if want := filepath.ToSlash(filepath.Join(dir, "a")); err != nil || path != want {
			t.Errorf("got %q, %v, want %q", path, err, want)
		}
	}
	if got := f.Verify(); len(got) != 1 || got[0].Status != OK {
		t.Errorf("got %v", got)
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a", "a\n")
	name := filepath.Join(dir, "pins.yaml")
	pin := func(f *File) *File {
		t.Helper()
		if _, _, _, err := f.Pin(filepath.Join(dir, "a")); err != nil {
			t.Fatal(err)
		}
		return f
	}

	late := pin(New(name))
	if err := pin(New(name)).Save(); err != nil {
		t.Fatal(err)
	}
	if err := late.Save(); err == nil {
		t.Error("a new list replaced one that was made meanwhile")
	}

	late = pin(list(t, dir, "# mine\n"))
	write(t, dir, "pins.yaml", "# theirs\n")
	if err := late.Save(); err == nil || !strings.Contains(err.Error(), "meanwhile") {
		t.Errorf("got %v", err)
	}
	if got, _ := os.ReadFile(name); string(got) != "# theirs\n" {
		t.Errorf("the list became %q", got)
	}

	if runtime.GOOS != "windows" {
		if err := os.Chmod(name, 0o600); err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(dir, "link.yaml")
		if err := os.Symlink("pins.yaml", link); err != nil {
			t.Fatal(err)
		}
		f, err := Load(link)
		if err != nil {
			t.Fatal(err)
		}
		if err := pin(f).Save(); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(link); err != nil || info.Mode().IsRegular() {
			t.Errorf("the link was replaced: %v, %v", info, err)
		}
		if info, err := os.Stat(name); err != nil || info.Mode() != 0o600 {
			t.Errorf("the list's mode is %v, %v", info.Mode(), err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".trusted*")); len(left) > 0 {
		t.Errorf("left behind: %s", left)
	}
}

func TestWarning(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no mode bits")
	}
	dir := t.TempDir()
	f := list(t, dir, "")
	if f.Warning != "" {
		t.Errorf("got %q", f.Warning)
	}
	for _, mode := range []os.FileMode{0o664, 0o646} {
		if err := os.Chmod(f.Name, mode); err != nil {
			t.Fatal(err)
		}
		got, err := Load(f.Name)
		if err != nil || !strings.HasSuffix(got.Warning, "chmod go-w "+f.Name) {
			t.Errorf("%o: %q, %v", mode, got.Warning, err)
		}
	}
}

func TestUnpin(t *testing.T) {
	for _, tt := range []struct{ text, gone, want string }{
		{"- path: a\n  sha256: " + strings.Repeat("a", 64) + "\n# b is ours\n- path: b\n", "a", "# b is ours\n- path: b\n"},
		{"- path: a\n- sha256: " + strings.Repeat("a", 64) + "\n  path: b\n", "b", "- path: a\n"},
		{"- path: a\n", "a", ""},
		{"- path: a\n", "c", "- path: a\n"},
	} {
		dir := t.TempDir()
		name := filepath.Join(dir, "pins.yaml")
		if err := os.WriteFile(name, []byte(tt.text), 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Unpin(filepath.Join(dir, tt.gone)); err != nil {
			t.Fatal(err)
		}
		if err := f.Save(); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(name); string(got) != tt.want {
			t.Errorf("without %s: %q, %v, want %q", tt.gone, got, err, tt.want)
		}
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "pins.yaml")
	if err := os.WriteFile(name, []byte("[{path: a}, {path: b}]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Unpin(filepath.Join(dir, "a")); err == nil {
		t.Error("a list on one line was edited by lines")
	}
}
