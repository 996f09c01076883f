package world

import (
	"slices"
	"testing"
)

func TestFromWindows(t *testing.T) {
	for _, test := range []struct{ in, want, back string }{
		{`C:\Users\ann`, "/c/Users/ann", `C:\Users\ann`},
		{`c:/Users/ann/`, "/c/Users/ann", `C:\Users\ann`},
		{`D:\`, "/d", `D:\`},
		{`/usr/bin`, "/usr/bin", `\usr\bin`},
		{`C:x`, "C:x", "C:x"}, // of the drive's own directory
		{`\\host\share`, `\\host\share`, `\\host\share`},
		{"", "", ""},
	} {
		got := FromWindows(test.in)
		if got != test.want {
			t.Errorf("FromWindows(%q) = %q, want %q", test.in, got, test.want)
		}
		if back := toWindows(got); back != test.back {
			t.Errorf("toWindows(%q) = %q, want %q", got, back, test.back)
		}
	}
}

func TestEnvironFromWindows(t *testing.T) {
	got := EnvironFromWindows([]string{`=C:=C:\x`, `Path=C:\Python\Scripts;D:\tools\`, `USERPROFILE=C:\Users\ann`, `VIRTUAL_ENV=C:/p/.venv`, "X=a;b", "URL=https://example.org"})
	want := []string{"PATH=/c/Python/Scripts:/d/tools", "USERPROFILE=/c/Users/ann", "VIRTUAL_ENV=/c/p/.venv", "X=a;b", "URL=https://example.org", "HOME=/c/Users/ann"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	got = EnvironFromWindows([]string{`HOME=/c/Users/bob`, `USERPROFILE=C:\Users\ann`})
	if !slices.Contains(got, "HOME=/c/Users/bob") || slices.Contains(got, "HOME=/c/Users/ann") {
		t.Errorf("HOME is not kept: %q", got)
	}
}

func TestCutPath(t *testing.T) {
	f := Mem{"/c/p/.venv/Scripts/pip.exe": {}}
	for _, test := range []struct{ list, dir, rest string }{
		{"/a:/b", "/a", "/b"},
		{`C:\p\.venv/Scripts:/usr/bin`, "/c/p/.venv/Scripts", "/usr/bin"},
		{"C:/p/.venv/Scripts", "/c/p/.venv/Scripts", ""},
		{`C:\q\.venv/Scripts:/usr/bin`, "C", `\q\.venv/Scripts:/usr/bin`},
		{"a:/usr/bin", "a", "/usr/bin"},
		{":/b", "", "/b"},
	} {
		if dir, rest, _ := CutPath(f, test.list); dir != test.dir || rest != test.rest {
			t.Errorf("%s: got %q and %q", test.list, dir, rest)
		}
	}
}
