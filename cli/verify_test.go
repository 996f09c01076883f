package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	pinA = "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7" // of "a\n"
	pinB = "0263829989b6fd954f72baaf2fc64bc2e2f01d692d4de72986ea808f6e99813f" // of "b\n"
)

// pinTree makes a directory of files, whose names and contents alternate.
func pinTree(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		name := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// runPins runs verify or trust in dir, and writes DIR for dir in what it printed.
func runPins(dir string, environ []string, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	c := &Command{Stdout: &out, Stderr: &errs, Environ: environ, Dir: dir}
	run := c.verify
	if args[0] == "trust" {
		run = c.trust
	}
	status = run(args[1:])
	show := strings.NewReplacer(dir, "DIR", `\`, "/")
	return status, show.Replace(out.String()), show.Replace(errs.String())
}

func TestVerify(t *testing.T) {
	const good = "- path: a\n  sha256: " + pinA + "\n"
	usage := "venv-guard: hint: venv-guard verify --help says how to use it\n"
	hint := "venv-guard: hint: venv-guard trust FILE… pins files\n"
	tests := []struct {
		name   string
		list   string // of trusted-hooks.yaml; none if "-"
		args   string
		status int
		stdout string
		stderr string
	}{
		{"ok", good, "", ExitOK, "ok          a\n", ""},
		{"named", good, "trusted-hooks.yaml", ExitOK, "ok          a\n", ""},
		{
			"mixed", good + "- path: b\n  sha256: " + pinA + "\n- path: c\n  sha256: " + pinA + "\n- path: d\n- path: \"\\e[2J\"\n", "", ExitFailure,
			"ok          a\n" +
				"changed     b  want 87428fc52280… got 0263829989b6…\n" +
				"missing     c\n" +
				"unpinned    d  no sha256\n" +
				`missing     "/x1b[2J"` + "\n", "", // the backslash is turned by the test
		},
		{"directory", "- path: .\n  sha256: " + pinA + "\n", "", ExitFailure, "unreadable  .  is a directory\n", ""},
		{"empty", "# none\n", "", ExitFailure, "", "venv-guard: error: nothing is pinned in DIR/trusted-hooks.yaml\n" + hint},
		{"no list", "-", "", ExitFailure, "", "venv-guard: error: nothing is pinned: DIR/trusted-hooks.yaml does not exist\n" + hint},
		{"no such list", good, "x.yaml", ExitFailure, "", "venv-guard: error: nothing is pinned: DIR/x.yaml does not exist\n" + hint},
		{"bad list", good + "- file: b\n", "", ExitFailure, "", "venv-guard: error: DIR/trusted-hooks.yaml:3:3: unknown key \"file\"\n"},
		{"two lists", good, "a b", ExitUsage, "", "venv-guard: error: verify: unexpected argument \"b\"\n" + usage},
		{"flag", good, "--json", ExitUsage, "", "venv-guard: error: verify: flag provided but not defined: -json\n" + usage},
		{"help", "-", "--help", ExitOK, verifyUsage, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := pinTree(t, "a", "a\n", "b", "b\n", "d", "", "trusted-hooks.yaml", tt.list)
			if tt.list == "-" {
				os.Remove(filepath.Join(dir, "trusted-hooks.yaml"))
			}
			status, stdout, stderr := runPins(dir, nil, append([]string{"verify"}, strings.Fields(tt.args)...)...)
			if status != tt.status {
				t.Errorf("status %d, want %d", status, tt.status)
			}
			if diff := cmp.Diff(tt.stdout, stdout); diff != "" {
				t.Errorf("stdout, -want +got\n%s", diff)
			}
			if diff := cmp.Diff(tt.stderr, stderr); diff != "" {
				t.Errorf("stderr, -want +got\n%s", diff)
			}
		})
	}
}

func TestVerifyUsersList(t *testing.T) {
	dir := pinTree(t, "work/x", "",
		"home/.config/venv-guard/trusted-hooks.yaml", "- path: in-home\n",
		"xdg/venv-guard/trusted-hooks.yaml", "- path: in-xdg\n")
	home, xdg := "HOME="+filepath.Join(dir, "home"), "XDG_CONFIG_HOME="+filepath.Join(dir, "xdg")
	for _, tt := range []struct {
		environ []string
		want    string
	}{
		{[]string{home}, "missing     in-home\n"},
		{[]string{home, xdg}, "missing     in-xdg\n"},
		{[]string{home, "XDG_CONFIG_HOME=relative"}, "missing     in-home\n"},
		{nil, ""},
	} {
		if _, got, _ := runPins(filepath.Join(dir, "work"), tt.environ, "verify"); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.environ, got, tt.want)
		}
	}
}

func TestVerifyGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip(err)
	}
	dir := pinTree(t, "once", "a\n", "twice", "a\n", "trusted-hooks.yaml",
		"- path: once\n- path: twice\n- path: none\n- path: ./x/../once2\n  sha256: "+pinA+"\n", "once2", "b\n")
	environ := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "SYSTEMROOT=" + os.Getenv("SYSTEMROOT")}
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=x", "-c", "user.email=x@example.org"}, args...)...)
		cmd.Env = environ
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args, err, out)
		}
	}
	git("init", "-q")
	git("add", ".")
	git("commit", "-q", "-m", "x")
	if err := os.WriteFile(filepath.Join(dir, "twice"), []byte("b\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	git("commit", "-q", "-a", "-m", "y")

	status, got, _ := runPins(dir, environ, "verify", "--git")
	want := `ok (git)    once  one commit, no local change: weaker proof than a hash
unpinned    twice  no sha256; changed since the commit that added it (2 or more commits)
missing     none
changed     ./x/../once2  want 87428fc52280… got 0263829989b6…
`
	if diff := cmp.Diff(want, got); diff != "" || status != ExitFailure {
		t.Errorf("status %d, -want +got\n%s", status, diff)
	}
	if err := os.WriteFile(filepath.Join(dir, "pins.yaml"), []byte("- path: once\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		want int
	}{{[]string{"verify", "--git", "pins.yaml"}, ExitOK}, {[]string{"verify", "pins.yaml"}, ExitFailure}} {
		if status, _, _ := runPins(dir, environ, tt.args...); status != tt.want {
			t.Errorf("%s: status %d, want %d", tt.args, status, tt.want)
		}
	}
}
