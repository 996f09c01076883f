// Package seed holds the guard to the table of the document that it grew out
// of, "Block Bare pip, Allow .venv/bin/pip", through the real binary.
package seed

import (
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/tests/fixture"
)

// One line is one row: the command, the verdict, the hook's exit status.
var rows = []struct {
	command string
	verdict string
	status  int
}{
	// ALLOW (explicit safe): exit 0.
	{".venv/bin/pip install requests", "ALLOW", 0},
	{"./.venv/bin/pip install requests", "ALLOW", 0},
	{"$PWD/.venv/bin/pip install requests", "ALLOW", 0},
	{"venv/bin/pip3 install requests", "ALLOW", 0},
	{".venv/bin/python -m pip install requests", "ALLOW", 0},
	{"python -m venv .venv", "ALLOW", 0},
	{"python3 -m venv venv", "ALLOW", 0},

	// BLOCK (explicit unsafe): exit 2 with a JSON reason.
	{"pip install requests", "BLOCK", 2},
	{"pip3 install requests", "BLOCK", 2},
	{"pip install --user requests", "BLOCK", 2},
	{"python -m pip install requests", "BLOCK", 2},
	{"python3 -m pip install requests", "BLOCK", 2},
	{"/usr/bin/pip install requests", "BLOCK", 2},

	// PASS (unknown): exit 0. A longer word is another program.
	{"pipxx install requests", "PASS", 0},
	{"pipxx", "PASS", 0},
	{"xpip install requests", "PASS", 0},
	{"pip-tools", "PASS", 0},
	{"pip-tools install requests", "PASS", 0},
	{"pip-compile requirements.in", "PASS", 0},
	{"helm install requests", "PASS", 0},
	{"helm upgrade --install pip ./chart", "PASS", 0},
	{"echo pip install requests", "PASS", 0},

	// The table has `pipx install` under ALLOW. Its point is that pipx is
	// not pip and that the rule for pip must not catch it: the rows below
	// it hold that. But pipx install changes what every project of the
	// user finds on PATH, the very thing the guard is there to prevent, so
	// a rule of its own blocks it.
	{"pipx install black", "BLOCK", 2},
	{"pipx run black .", "PASS", 0},
	{"pipx list", "PASS", 0},
}

func TestTable(t *testing.T) {
	s, err := fixture.NewSite(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{".venv", "venv"} {
		if err := s.PutVenv(dir); err != nil {
			t.Fatal(err)
		}
	}
	guard := fixture.BuildGuard(t)
	for _, row := range rows {
		check, err := guard.Run(s, "", "check", row.command)
		if err != nil {
			t.Fatal(err)
		}
		if verdict, _, _ := strings.Cut(check.Stdout, "\n"); firstWord(verdict) != row.verdict {
			t.Errorf("%-45s %s, want %s\n%s", row.command, verdict, row.verdict, check.Stderr)
		}
		hook, err := guard.Hook(s, row.command)
		if err != nil {
			t.Fatal(err)
		}
		if hook.Status != row.status {
			t.Errorf("%-45s exit status %d, want %d", row.command, hook.Status, row.status)
		}
		if silent := hook.Stdout == ""; silent != (row.status == 0) {
			t.Errorf("%-45s exit status %d with %q on stdout", row.command, hook.Status, hook.Stdout)
		}
	}
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return strings.TrimSuffix(word, ":")
}
