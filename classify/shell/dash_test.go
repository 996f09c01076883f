package shell

import (
	"os/exec"
	"testing"

	"mvdan.cc/sh/v3/syntax"
)

// dashTests are texts for sh of which dash starts more than bash. Whatever
// either starts must be seen.
var dashTests = []string{
	`echo 'pip\040install a' | sh`,
	`echo 'a\npip install b' | sh`,
	`echo 'a\0' | sh; pip install a`,
	`sh -c 'a &>f pip install b'`,
	`sh -c 'a &>>f; pip install b'`,
	`sh -c 'a b &>/dev/null pip install $1' x y`,
	`sh -c '[[ 1 = 1 ]] || pip install a'`,
	`sh -c '[[ 1 = 1 ]] && a || pip install a'`,
	`sh -c '[ a == a ] || pip install a'`,
	`sh -c 'if [ a == a ]; then a; else pip install a; fi'`,
	`sh -c 'test a == a || pip install a'`,
	`sh -c '((1)) || pip install a'`,
	`sh -c 'a {pip,install}'`,
	`sh -c 'pip install {a,b}'`,
	`sh -c 'pip install {1..3} a{b,c}'`,
	"printf 'function f {\\npip install a\\n}\\n' | sh",
	"printf 'echo \"pip\\\\040install a\" | sh' > x; sh x",
	`sh -c 'x="echo \\052"; $x'`,
	`dash -c 'echo "a\npip install b"' | sh`,
	`dash -c 'pip install {a,b}'`,
	`sh -c 'echo -n a; pip install b'`,
	`bash -c '[[ 1 = 1 ]] && pip install {a,b}'`,
	`sh -c 'pip install a &'`,
	`sh -c 'pip install a > f 2>&1'`,
}

func TestDash(t *testing.T) {
	for _, name := range []string{"dash", "bash"} {
		sh, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			bash, err := exec.LookPath("bash")
			if err != nil {
				t.Skip("no bash here")
			}
			o := newOracle(t, bash, "--norc", "--noprofile", "-c")
			o.link(t, "sh", sh)
			for _, text := range dashTests {
				invs, problems := seenIn(syntax.LangBash, text)
				if len(problems) > 0 {
					t.Errorf("%s\nrefused: %v", text, problems)
				}
				var saw [][]string
				for _, inv := range invs {
					saw = append(saw, inv.Argv)
				}
				for _, argv := range o.started(t, text) {
					if !covers(saw, argv) {
						t.Errorf("%s\n%s starts %q\nseen: %q", text, name, argv, saw)
					}
				}
			}
		})
	}
}
