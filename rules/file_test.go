package rules

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// blindFS is a file system that does not tell letters from their capitals, as
// those of macOS and Windows are.
type blindFS struct{ world.Mem }

func (b blindFS) same(name string) string {
	for have := range b.Mem {
		if strings.EqualFold(have, name) {
			return have
		}
		if len(have) > len(name) && have[len(name)] == '/' && strings.EqualFold(have[:len(name)], name) {
			return have[:len(name)]
		}
	}
	return name
}

func (b blindFS) Lstat(name string) (world.Info, error) { return b.Mem.Lstat(b.same(name)) }
func (b blindFS) ReadFile(name string, max int) ([]byte, error) {
	return b.Mem.ReadFile(b.same(name), max)
}

// lockedFS refuses to read files.
type lockedFS struct{ world.Mem }

func (lockedFS) ReadFile(string, int) ([]byte, error) { return nil, fs.ErrPermission }

type homeEnv string

func (h homeEnv) Get(name string) (string, bool) { return string(h), name == "HOME" }
func (homeEnv) Inherited(string) bool            { return true }

func TestFile(t *testing.T) {
	files := world.Mem{
		"/Users/ann/.npmrc":               {Content: "//npmjs.org/:_authToken=x\n"},
		"/Users/ann/shop/.npmrc":          {Content: "registry=https://npmjs.org/\n//npmjs.org/:_authToken=${NPM_TOKEN}\n"},
		"/Users/ann/shop/lit/.npmrc":      {Content: "//npmjs.org/:_authToken=npm_x\n"},
		"/Users/ann/shop/lit/README.md":   {Content: "x"},
		"/Users/ann/.cargo/credentials":   {Content: "token = 1"},
		"/Users/ann/shop/up":              {Target: "/Users/ann"},
		"/Users/ann/shop/sub/Home.txt":    {Content: "x"},
		"/Users/ann/.docker/config.json":  {Content: "{}"},
		"/Users/ann/shop/config.json":     {Content: "{}"},
		"/Users/ann/shop/sub/.docker/x":   {Content: ""},
		"/Users/ann/shop/.cargo/config":   {Content: ""},
		"/Users/ann/shop/.cargo/other.md": {Content: ""},
	}
	edit := func(list ...string) (edits []Edit) {
		for i := 0; i < len(list); i += 2 {
			edits = append(edits, Edit{Old: list[i], New: list[i+1]})
		}
		return edits
	}
	for _, test := range []struct {
		name string
		fs   world.FS
		use  FileUse
		want string // the rule, "" for none
	}{
		{"base in capitals", blindFS{files}, FileUse{Path: "/Users/ann/.NPMRC"}, "credentials/file"},
		{"directories in small letters", blindFS{files}, FileUse{Path: "/users/ANN/.npmrc"}, "credentials/file"},
		{"a directory of the pattern", blindFS{files}, FileUse{Path: "/Users/ann/.CARGO/credentials"}, "credentials/file"},
		{"project's", blindFS{files}, FileUse{Path: "lit/.Npmrc"}, "credentials/project-file"},
		{"project's with a variable", blindFS{files}, FileUse{Path: ".Npmrc"}, ""},
		{"letters count", files, FileUse{Path: "/Users/ann/.NPMRC"}, ""},
		{"letters count in directories", files, FileUse{Path: "/Users/ann/.CARGO/credentials"}, ""},
		{"new file", blindFS{files}, FileUse{Path: "sub/.NPMRC", Write: true, Text: "registry=https://npm.example.com/"}, "registry/settings-file"},
		{"new file where letters count", files, FileUse{Path: "sub/.NPMRC", Write: true, Text: "registry=https://npm.example.com/"}, ""},
		{"unreadable", lockedFS{files}, FileUse{Path: ".npmrc"}, "credentials/project-file"},
		{"unreadable, but nothing", lockedFS{files}, FileUse{Path: "lit/README.md"}, ""},
		{"host alone", files, FileUse{Path: ".npmrc", Write: true, Edits: edit("//npmjs.org/\n", "//npm.example.com/\n")}, "registry/settings-file"},
		{"in two steps", files, FileUse{Path: ".npmrc", Write: true, Edits: edit("https://npmjs.org", "@@", "@@", "https://npm.example.com")}, "registry/settings-file"},
		{"and back", files, FileUse{Path: ".npmrc", Write: true, Edits: edit("npmjs.org", "npm.example.com", "npm.example.com", "npmjs.org")}, ""},
		{"other line", files, FileUse{Path: ".npmrc", Write: true, Edits: edit("registry=", "save-exact=true\nregistry=")}, ""},
		{"tilde", files, FileUse{Path: "~/shop/.npmrc", Write: true, Edits: edit("npmjs.org", "npm.example.com")}, "registry/settings-file"},
		{"up through a link", files, FileUse{Path: "up/../ann/.npmrc"}, "credentials/file"},
		{"up before the link", files, FileUse{Path: "up/../../.npmrc", Lexical: true}, "credentials/file"},
	} {
		inv := &action.Invocation{Argv: []string{"Read"}, Dir: "/Users/ann/shop", Env: homeEnv("/Users/ann"), FS: test.fs}
		got := ""
		if f := Builtin().File(inv, test.use); len(f) > 0 {
			got = f[0].Rule
		}
		if got != test.want {
			t.Errorf("%s: %s: rule %q, want %q", test.name, test.use.Path, got, test.want)
		}
	}
}
