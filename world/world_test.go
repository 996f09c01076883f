package world

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func tree() Mem {
	return Mem{
		"/w/a":         {Content: "A"},
		"/w/d/x":       {Content: "X"},
		"/w/link":      {Target: "d"},
		"/w/abs":       {Target: "/w/d/x"},
		"/w/loop":      {Target: "loop"},
		"/w/d/up":      {Target: "../a"},
		"/v/d/e/y":     {Content: "Y"},
		"/v/deep":      {Target: "d/e"},
		"/usr/bin/pip": {Content: "#!", Exec: true},
	}
}

func read(t *testing.T, f FS, name string) string {
	t.Helper()
	b, err := f.ReadFile(name, 100)
	if errors.Is(err, fs.ErrNotExist) {
		return "-"
	}
	if err != nil {
		return "error: " + err.Error()
	}
	return string(b)
}

func TestResolve(t *testing.T) {
	tests := []struct {
		name string
		last bool
		want string
	}{
		{"/w/link/x", true, "/w/d/x"},
		{"/w/link", true, "/w/d"},
		{"/w/link", false, "/w/link"},
		{"/w/link/up", true, "/w/a"},
		{"/w/abs", true, "/w/d/x"},
		{"/w/abs", false, "/w/abs"},
		{"/w/none/x", true, "/w/none/x"},
		{"/w/d/../a", true, "/w/a"},
		{"/w/link/../a", true, "/w/a"},
		{"/v/deep/../x", true, "/v/d/x"},
		{"/v/deep/../none", true, "/v/d/none"},
		{"/v/deep/..", true, "/v/d"},
		{"/v/deep/../../../../../w/a", false, "/w/a"},
		{"/w/..a/x", true, "/w/..a/x"},
	}
	for _, tt := range tests {
		got, err := Resolve(tree(), tt.name, tt.last)
		if err != nil || got != tt.want {
			t.Errorf("Resolve(%q, %v) = %q, %v; want %q", tt.name, tt.last, got, err, tt.want)
		}
	}
	if _, err := Resolve(tree(), "/w/loop/x", true); err == nil {
		t.Error("a link to itself was resolved")
	}
}

func TestOverlay(t *testing.T) {
	o := NewOverlay(tree())
	before := o
	o = o.With(Write{Path: "/w/new/f", Kind: File, Content: "N"})
	o = o.With(Write{Path: "/w/a", Kind: File, Content: "A2"})
	o = o.With(Write{Path: "/w/l2", Kind: Link, Target: "new"})
	o = o.With(Write{Path: "/w/hidden", Kind: File, Unknown: true})
	for name, want := range map[string]string{
		"/w/new/f":  "N",
		"/w/l2/f":   "N",
		"/w/a":      "A2",
		"/w/d/up":   "A2",
		"/w/link/x": "X",
		"/w/none":   "-",
		"/w/hidden": "error: " + ErrUnknown.Error(),
	} {
		if got := read(t, o, name); got != want {
			t.Errorf("read %s = %q, want %q", name, got, want)
		}
	}
	if !IsDir(o, "/w/new") || !IsDir(o, "/w/l2") || IsDir(o, "/w/a") {
		t.Error("directories made by writes are not seen as such")
	}
	if got := read(t, before, "/w/a"); got != "A" {
		t.Errorf("the older view changed: %q", got)
	}

	gone := o.With(Write{Path: "/w/d", Kind: Missing})
	for _, name := range []string{"/w/d", "/w/d/x", "/w/link/x", "/w/abs"} {
		if Exists(gone, name) {
			t.Errorf("%s is still there after its directory was removed", name)
		}
	}
	back := gone.With(Write{Path: "/w/d/x", Kind: File, Content: "X2"})
	if got := read(t, back, "/w/link/x"); got != "X2" {
		t.Errorf("a file made again reads %q", got)
	}
	if Exists(back, "/w/d/up") {
		t.Error("a file of a removed directory came back with another one")
	}

	entries, err := o.ReadDir("/w/l2/..")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	if d := cmp.Diff([]string{"a", "abs", "d", "hidden", "l2", "link", "loop", "new"}, names); d != "" {
		t.Errorf("ReadDir (-want +got)\n%s", d)
	}
}

func TestLookPath(t *testing.T) {
	o := NewOverlay(tree()).With(Write{Path: "/w/bin/pip", Kind: File, Content: "x", Exec: true}).
		With(Write{Path: "/w/bin/data", Kind: File, Content: "x"})
	for _, tt := range []struct{ path, name, want string }{
		{"/usr/bin:/w/bin", "pip", "/usr/bin/pip"},
		{"bin:/usr/bin", "pip", "/w/bin/pip"},
		{"/none", "pip", ""},
		{"/w/bin", "data", ""},
	} {
		if got := LookPath(o, "/w", tt.path, tt.name); got != tt.want {
			t.Errorf("LookPath(%q, %q) = %q, want %q", tt.path, tt.name, got, tt.want)
		}
	}
}

// The real disk must answer as Mem does for the same tree.
func TestOS(t *testing.T) {
	root := t.TempDir()
	for name, f := range tree() {
		p := filepath.Join(root, name)
		os.MkdirAll(filepath.Dir(p), 0o755)
		if f.Target != "" {
			target := f.Target
			if filepath.IsAbs(target) {
				target = filepath.Join(root, target)
			}
			if err := os.Symlink(target, p); err != nil {
				t.Skip("no symbolic links here")
			}
			continue
		}
		mode := fs.FileMode(0o644)
		if f.Exec {
			mode = 0o755
		}
		if err := os.WriteFile(p, []byte(f.Content), mode); err != nil {
			t.Fatal(err)
		}
	}
	for name := range tree() {
		want, _ := tree().Lstat(name)
		got, err := OS{}.Lstat(filepath.ToSlash(filepath.Join(root, name)))
		if err != nil || got.Kind != want.Kind || got.Kind == File && got != want {
			t.Errorf("Lstat(%s) = %+v, %v; Mem says %+v", name, got, err, want)
		}
	}
	if got := read(t, OS{}, filepath.Join(root, "/w/link/x")); got != "X" {
		t.Errorf("read through a link = %q", got)
	}
	if b, err := (OS{}).ReadFile(filepath.Join(root, "/usr/bin/pip"), 1); !errors.Is(err, ErrTooLarge) || len(b) != 1 {
		t.Errorf("a bounded read gave %q, %v", b, err)
	}
	if _, err := (OS{}).ReadFile("/dev/zero", 10); err == nil {
		t.Error("a device was read")
	}
}
