package tools

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCargoRoot asks `cargo install --list`, which reads the record of the root
// that programs would be installed into.
func TestCargoRoot(t *testing.T) {
	cargo := need(t, "cargo")
	record := func(root string) string {
		return "[v1]\n\"" + root + " 1.0.0 (registry+https://example.com/index)\" = [\"x\"]\n"
	}
	files := map[string]string{"Cargo.toml": "[package]\nname = \"q\"\nversion = \"0.1.0\"\n[[bin]]\nname = \"q\"\npath = \"q.rs\"\n"}
	for _, root := range []string{"a", "b", "c", "../.cargo", "../home2", "sub/e"} {
		name := strings.Trim(strings.NewReplacer("/", "-", ".", "").Replace(root), "-")
		files[root+"/.crates.toml"] = record("r-" + name)
	}
	for _, test := range []struct {
		name  string
		env   []string
		files map[string]string
		args  string
	}{
		{name: "default"},
		{name: "option", args: "--root a"},
		{name: "variable", env: []string{"CARGO_INSTALL_ROOT=b"}},
		{name: "option beats variable", env: []string{"CARGO_INSTALL_ROOT=b"}, args: "--root=a"},
		{name: "home of cargo", env: []string{"CARGO_HOME=@HOME@/home2"}},
		{name: "file is not read", files: map[string]string{".cargo/config.toml": "[install]\nroot = \"a\"\n"}},
		{name: "file of a package", files: map[string]string{".cargo/config.toml": "[install]\nroot = \"a\"\n"}, args: "--path ."},
		{name: "file above a package", files: map[string]string{"../.cargo/config.toml": "install = { root = 'c' }\n"}, args: "--path ."},
		{name: "file in the home", files: map[string]string{"../.cargo/config.toml": "install.root = 'c'\n"}},
		{name: "nearest file", files: map[string]string{"../.cargo/config.toml": "install.root = 'c'\n", ".cargo/config.toml": "install = { root = \"b\" }\n"}, args: "--path ."},
		{name: "variable beats file", env: []string{"CARGO_INSTALL_ROOT=c"}, files: map[string]string{"../.cargo/config.toml": "[install]\nroot = \"a\"\n"}},
		{name: "file in the home of cargo", env: []string{"CARGO_HOME=@HOME@/home2"}, files: map[string]string{"../home2/config.toml": "install.root = \"@CWD@/c\"\n"}},
		{name: "relative in the home of cargo", env: []string{"CARGO_HOME=@HOME@/home2"}, files: map[string]string{"../home2/config.toml": "install.root = \"a\"\n"}},
		{name: "deeper", args: "--root sub/e"},
	} {
		t.Run(test.name, func(t *testing.T) {
			all := map[string]string{}
			for name, text := range files {
				all[name] = text
			}
			for name, text := range test.files {
				all[name] = text
			}
			s := newSite(t, all)
			// rustup's cargo looks for toolchains below its own home.
			s.set([]string{"RUSTUP_HOME=" + rustupHome(t)})
			s.set(test.env)
			args := strings.Fields(test.args)
			listed := s.run(append([]string{cargo, "install", "--list"}, args...)...)
			_, listed, _ = strings.Cut(listed, "r-")
			listed, _, _ = strings.Cut(listed, " ")
			place := s.place(append([]string{"cargo", "install", "x"}, args...)...)
			rel := strings.TrimPrefix(strings.TrimPrefix(place, s.dir+"/"), s.home+"/")
			if got := strings.Trim(strings.NewReplacer("/", "-", ".", "").Replace(rel), "-"); got != listed || listed == "" {
				t.Errorf("cargo installs into %q, the packs say %q", listed, place)
			}
		})
	}
}

// TestCargoAliases holds which words cargo takes for verbs of the user's own.
func TestCargoAliases(t *testing.T) {
	cargo := need(t, "cargo")
	s := newSite(t, map[string]string{
		".cargo/config.toml": "[alias]\nget = \"install --list\"\nlist = [\"install\", \"--list\"]\nb = \"install --list\"\nrm = \"install --list\"\nbuild = \"install --list\"\n" +
			"again = \"get\"\n",
		"a/.crates.toml": "[v1]\n\"listed 1.0.0 (registry+https://example.com/index)\" = [\"x\"]\n",
	})
	s.set([]string{"CARGO_INSTALL_ROOT=a", "RUSTUP_HOME=" + rustupHome(t), "CARGO_ALIAS_VIA=install --list"})
	for _, verb := range []string{"get", "list", "b", "rm", "build", "again", "via", "none"} {
		// What lists for cargo would install if it were not for --list.
		listed := strings.Contains(s.run(cargo, verb), "listed")
		text := strings.ReplaceAll(readFile(t, s.dir+"/.cargo/config.toml"), " --list", " --force")
		w := newSite(t, map[string]string{".cargo/config.toml": strings.ReplaceAll(text, "\"--list\"", "\"--force\"")})
		w.set([]string{"CARGO_ALIAS_VIA=install --force", "CARGO_INSTALL_ROOT=/opt"})
		if got := w.place("cargo", verb, "x") != "" && w.verdict("cargo", verb, "x") == "BLOCK"; got != listed {
			t.Errorf("cargo %s: cargo takes it for install: %t, the packs: %t", verb, listed, got)
		}
	}
}

// rustupHome returns where rustup's cargo finds its toolchains.
func rustupHome(t *testing.T) string {
	if dir := os.Getenv("RUSTUP_HOME"); dir != "" {
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Skip(err)
	}
	return filepath.Join(home, ".rustup")
}
