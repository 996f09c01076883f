// Package tests holds what is true of the repository as a whole: how its files
// are formatted, what the binary is made of, that the documentation's commands
// exist. The packages below it run the guard.
package tests

import (
	"bytes"
	"encoding/json"
	"go/format"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/tests/fixture"
)

// goFiles calls f for every Go file of the module.
func goFiles(t *testing.T, f func(name string, text []byte)) {
	t.Helper()
	root := fixture.Root(t)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "dist") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		f(name, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFormat(t *testing.T) {
	goFiles(t, func(name string, text []byte) {
		if want, err := format.Source(text); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !bytes.Equal(text, want) {
			t.Errorf("%s is not formatted: run gofmt -w", name)
		}
	})
}

// run returns what a go command prints, in the module's directory and without
// cgo, as the binary is built.
func run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = fixture.Root(t)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return string(out)
}

// The guard starts once per tool call: a package that it links costs every
// call, even if nothing uses it.
var unwanted = []string{
	"C", "runtime/cgo",
	"crypto/tls", "net", "net/http", "html/template", "text/template", "plugin",
	"encoding/gob", "encoding/xml", "go/ast", "go/parser", "go/types", "log/slog", "testing",
}

// modules are the modules that the binary may be made of.
var modules = []string{
	"github.com/BurntSushi/toml",      // project files that tell what a task runs
	"github.com/rogpeppe/go-internal", // locks on files, diffs
	"github.com/tailscale/hujson",     // settings files that are edited in place
	"github.com/tdewolff/parse/v2",    // the syntax of JavaScript
	"github.com/venv-guard/venv-guard",
	"go.yaml.in/yaml/v4",
	"golang.org/x/sys", // files in memory that can be sealed
	"mvdan.cc/sh/v3",
}

// users may import os/user: mvdan.cc/sh/v3/expand does, for "~name". Without cgo
// it is small and reads /etc/passwd itself. The others look up who approves.
var users = []string{"mvdan.cc/sh/v3/expand", "github.com/venv-guard/venv-guard/approval"}

func TestImports(t *testing.T) {
	list := run(t, "list", "-deps", "-json=ImportPath,Standard,Module,Imports,CgoFiles", ".")
	dec := json.NewDecoder(strings.NewReader(list))
	for dec.More() {
		var p struct {
			ImportPath string
			Standard   bool
			Module     *struct{ Path string }
			Imports    []string
			CgoFiles   []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(unwanted, p.ImportPath) {
			t.Errorf("the binary links %s", p.ImportPath)
		}
		if len(p.CgoFiles) > 0 {
			t.Errorf("%s needs cgo", p.ImportPath)
		}
		if p.Standard {
			continue
		}
		if slices.Contains(p.Imports, "os/user") && !slices.Contains(users, p.ImportPath) {
			t.Errorf("%s imports os/user", p.ImportPath)
		}
		if p.Module == nil || !slices.Contains(modules, p.Module.Path) {
			t.Errorf("the binary links %s, which is of no known module", p.ImportPath)
		}
	}
}

// TestModules bounds what the module requires: each one is a promise to follow
// its releases. Tools live in tools.mod.
func TestModules(t *testing.T) {
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
		Replace, Exclude, Tool []any
	}
	if err := json.Unmarshal([]byte(run(t, "mod", "edit", "-json")), &mod); err != nil {
		t.Fatal(err)
	}
	var direct []string
	for _, r := range mod.Require {
		if !r.Indirect {
			direct = append(direct, r.Path)
		}
	}
	if len(direct) > 9 {
		t.Errorf("go.mod requires %d modules, want at most 9: %s", len(direct), strings.Join(direct, " "))
	}
	if n := len(mod.Replace) + len(mod.Exclude) + len(mod.Tool); n > 0 {
		t.Errorf("go.mod has %d replace, exclude or tool lines", n)
	}
}

// TestReadme holds that the commands of the README exist.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(fixture.Root(t), "README.md"))
	if os.IsNotExist(err) {
		t.Skip("no README.md yet")
	}
	if err != nil {
		t.Fatal(err)
	}
	guard := fixture.BuildGuard(t)
	site, err := fixture.NewSite(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile("(?:^|[\\s`/\"])venv-guard ([a-z]+(?:-[a-z]+)*)").FindAllStringSubmatch(code(string(text)), -1) {
		name := m[1]
		if seen[name] {
			continue
		}
		seen[name] = true
		r, err := guard.Run(site, "", name, "--help")
		if err != nil {
			t.Fatal(err)
		}
		if r.Status != 0 {
			t.Errorf("README.md has venv-guard %s, which is no command: %s", name, r.Stderr)
		}
	}
}

// code returns the code of a Markdown text: indented and fenced blocks and
// what stands between backquotes.
func code(markdown string) string {
	var b strings.Builder
	fenced := false
	inline := regexp.MustCompile("`[^`]+`")
	for line := range strings.Lines(markdown) {
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			fenced = !fenced
		case fenced || strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t"):
			b.WriteString(line)
		default:
			b.WriteString(strings.Join(inline.FindAllString(line, -1), "\n") + "\n")
		}
	}
	return b.String()
}
