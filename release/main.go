// Command release builds what a release of venv-guard consists of: static
// binaries for every platform, their SHA-256 sums and bills of materials, the
// manual page and completions for shells.
//
//	go run ./release -o dist -check
//
// The same commit gives the same bytes, wherever it is built with the same Go:
// paths are trimmed, nothing of the machine is written in, and -check holds that
// by building everything once more from a fresh clone with an empty build cache.
package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/cli"
)

// platforms are those that a release is built for.
var platforms = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

func main() {
	var r release
	flag.StringVar(&r.out, "o", "dist", "directory that the files are put into")
	flag.BoolVar(&r.check, "check", false, "build everything a second time, from a fresh clone, and compare")
	flag.BoolVar(&r.warm, "warm", false, "use the machine's build cache for the second time, too: much faster, proves less")
	list := flag.String("platforms", strings.Join(platforms, ","), "GOOS/GOARCH, separated by commas; host for this one")
	flag.Parse()
	r.platforms = strings.Split(strings.Replace(*list, "host", runtime.GOOS+"/"+runtime.GOARCH, 1), ",")
	if err := r.run(); err != nil {
		fmt.Fprintln(os.Stderr, "release: error:", err)
		os.Exit(1)
	}
}

type release struct {
	out         string
	platforms   []string
	check, warm bool
}

func (r *release) run() error {
	root, err := output("go", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return err
	}
	if r.out, err = filepath.Abs(r.out); err != nil {
		return err
	}
	if changed, err := output("git", "-C", root, "status", "--porcelain"); err != nil {
		return err
	} else if changed != "" {
		return fmt.Errorf("uncommitted changes, which nobody could build again:\n%s", changed)
	}
	if err := os.MkdirAll(filepath.Join(r.out, "completions"), 0o777); err != nil {
		return err
	}
	var files []string
	for _, p := range r.platforms {
		name := binary(p)
		if err := build(root, p, filepath.Join(r.out, name), os.Environ()); err != nil {
			return err
		}
		if err := writeBill(filepath.Join(r.out, name)); err != nil {
			return err
		}
		files = append(files, name, name+billSuffix)
	}
	if r.check {
		if err := r.again(root); err != nil {
			return err
		}
	}
	texts := map[string]string{
		"venv-guard.1":                manual(cli.Topics(), cli.Usage()),
		"completions/venv-guard.bash": cli.Completion("bash"),
		"completions/_venv-guard":     cli.Completion("zsh"),
		"completions/venv-guard.fish": cli.Completion("fish"),
		"completions/venv-guard.ps1":  cli.Completion("powershell"),
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(r.out, filepath.FromSlash(name)), []byte(text), 0o666); err != nil {
			return err
		}
		files = append(files, name)
	}
	return writeSums(r.out, files)
}

// binary returns the name of a platform's file.
func binary(platform string) string {
	goos, arch, _ := strings.Cut(platform, "/")
	name := "venv-guard_" + goos + "_" + arch
	if goos == "windows" {
		name += ".exe"
	}
	return name
}

// build builds the program for a platform. Nothing but the commit and Go's
// version decides the bytes: no C, no paths, no build identifier.
func build(root, platform, to string, environ []string) error {
	goos, arch, ok := strings.Cut(platform, "/")
	if !ok {
		return fmt.Errorf("platform %q: want GOOS/GOARCH", platform)
	}
	cmd := exec.Command("go", "build", "-C", root, "-trimpath", "-buildvcs=true", "-ldflags=-s -w -buildid=", "-o", to, ".")
	cmd.Env = append(environ, "GOOS="+goos, "GOARCH="+arch, "CGO_ENABLED=0", "GOFLAGS=", "GOAMD64=v1", "GOARM64=v8.0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", platform, err, out)
	}
	return nil
}

// again builds everything from a fresh clone and compares.
func (r *release) again(root string) (err error) {
	dir, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	clone := filepath.Join(dir, "another place")
	if _, err := output("git", "clone", "--quiet", "--no-hardlinks", root, clone); err != nil {
		return err
	}
	environ := os.Environ()
	if !r.warm {
		environ = append(environ, "GOCACHE="+filepath.Join(dir, "cache"))
	}
	for _, p := range r.platforms {
		second := filepath.Join(dir, binary(p))
		if err := build(clone, p, second, environ); err != nil {
			return err
		}
		a, err := sum(filepath.Join(r.out, binary(p)))
		if err != nil {
			return err
		}
		b, err := sum(second)
		if err != nil {
			return err
		}
		if a != b {
			return fmt.Errorf("%s: two builds of the same commit differ: %s, %s", binary(p), a, b)
		}
		fmt.Printf("%s  %s, twice\n", a, binary(p))
	}
	return nil
}

// writeSums writes SHA256SUMS, as `sha256sum -c` reads it.
func writeSums(dir string, files []string) error {
	slices.Sort(files)
	var b strings.Builder
	for _, f := range files {
		s, err := sum(filepath.Join(dir, filepath.FromSlash(f)))
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s  %s\n", s, f)
	}
	return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(b.String()), 0o666)
}

func sum(file string) (string, error) {
	b, err := os.ReadFile(file)
	return fmt.Sprintf("%x", sha256.Sum256(b)), err
}

func output(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, complaint.Bytes())
	}
	return strings.TrimSpace(string(out)), err
}
