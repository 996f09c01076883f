package classify

import (
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// A text that is too long to be kept must not hide what stands behind the end
// of what was.
func TestTooLongToBeKept(t *testing.T) {
	pad := strings.Repeat("# "+strings.Repeat("x", 70)+"\n", 1500)
	tests := []struct {
		command string
		want    action.Verdict
	}{
		{"bash <<'E'\n" + pad + "pip install x\nE\n", action.Block},
		{"cat > t.sh <<'E'\n" + pad + "pip install x\nE\nbash t.sh", action.Block},
		{"cat > t.sh <<'E'\n" + pad + "pip install x\nE\n. ./t.sh", action.Block},
		{"echo '" + pad + "pip install x' | bash", action.Block},
		{"{ cat <<'E'\n" + pad + "E\necho pip install x; } > t.sh; sh t.sh", action.Block},
		{"python3 - <<'E'\nimport os\n" + pad + "os.system('pip install x')\nE\n", action.Block},
		{"cat > t.py <<'E'\nimport os\n" + pad + "os.system('pip install x')\nE\npython3 t.py", action.Block},
		{"cat > t.txt <<'E'\n" + pad + "pip install x\nE\nwc -l t.txt", action.Pass},
		{"git commit -F - <<'E'\n" + pad + "pip install x\nE\n", action.Pass},
	}
	for _, test := range tests {
		call := action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: test.command, Dir: "/home/user/project"}
		w := World{FS: world.Mem{"/home/user/project/.git/HEAD": {}}, Environ: []string{"HOME=/home/user", "PATH=/usr/bin", "SHELL=/bin/bash"}}
		if got := Decide(call, w).Verdict; got != test.want {
			t.Errorf("%s… is %v, want %v", test.command[:20], got, test.want)
		}
	}
}

// Nor must code of the call that takes too much work to be read.
func TestTooMuchCode(t *testing.T) {
	pad := strings.Repeat("a=1;", 9000)
	for _, test := range []struct {
		command string
		want    action.Verdict
	}{
		{"python3 - <<'E'\nimport os\n" + pad + strings.Repeat("[a+a+a+a+a+a+a+a];", 1500) + "\nos.system('pip install x')\nE\n", action.Block},
		{"python3 - <<'E'\nimport os\n" + pad + "\nos.system('pip list')\nE\n", action.Pass},
		{"python3 - <<'E'\nimport os\nfor c in [" + strings.Repeat("'ls 0', ", 300) + "'pip install x']:\n  os.system(c)\nE\n", action.Block},
		{"python3 - <<'E'\nimport os\nfor c in [" + strings.Repeat("'ls 0', ", 100) + "'pip install x']:\n  os.system(c)\nE\n", action.Block},
		{"python3 - <<'E'\nfor c in [" + strings.Repeat("'ls 0', ", 300) + "'pip install x']:\n  print(c)\nE\n", action.Pass},
		{"python3 - <<'E'\nimport os\ndef f(c):\n  os.system(c)\n" + strings.Repeat("f('ls')\n", 600) + "f('pip install x')\nE\n", action.Block},
		{"python3 - <<'E'\nimport os\ndef f(c):\n  return c + 1\n" + strings.Repeat("f(1)\n", 600) + "os.system('pip list')\nE\n", action.Pass},
		{"python3 -c 'import os\nos.system(" + strings.Repeat("str(", 80) + "\"pip install x\"" + strings.Repeat(")", 80) + ")'", action.Block},
	} {
		call := action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: test.command, Dir: "/home/user/project"}
		w := World{FS: world.Mem{"/home/user/project/.git/HEAD": {}}, Environ: []string{"HOME=/home/user", "PATH=/usr/bin", "SHELL=/bin/bash"}}
		if got := Decide(call, w).Verdict; got != test.want {
			t.Errorf("%s… is %v, want %v", test.command[:40], got, test.want)
		}
	}
}
