package code

import (
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
)

func TestCommandLanguages(t *testing.T) {
	for _, test := range []struct{ lang, text, want string }{
		{"crontab", "MAILTO=x\n# c\n0 * * * * a b\n@daily c\n*/5 * * * * d%in\n* * * * * e \\% f\n", "a b; c; d; e % f"},
		{"crontab", "0 * * *", ""},
		{"gdb", "run\nshell a\n!b\npipe info x | c\npython import os; os.system('d')\nbt", "a; b; c; d"},
		{"vim", "set nu\n!a\n:%!b\nr !c\n.,$w !d\nsilent !e\ncall system('f g')\nterm h\ns/x!y/z/", "a; b; c; d; e; f g; h"},
		{"ed", "1,3!a\nr !b\nw f\n!c\nq", "a; b; c"},
		{"sqlite", "select 1;\n.shell a\n.sys b\n.once |c\n.schema", "a; b; c"},
		{"psql", "select 1;\n\\! a\nselect 1 \\g |b\n\\copy t from program 'c d'", "a; b; c d"},
		{"mysql", "system a;\n\\! b", "a; b"},
		{"tcl", "spawn -noecho a b\nset x [exec c \"d e\"]\nsystem f\nputs {x}\nexec $p g", "a b; c d e; f; ⟨…⟩ g"},
		{"elisp", "(shell-command \"a b\")\n(call-process \"c\" nil t nil \"d\")\n(message \"e\")", "a b; c d"},
	} {
		var got []string
		for _, st := range Scan(Program{Lang: test.lang, Text: test.text, Self: "x"}, nil) {
			got = append(got, action.Show(st.Text+strings.Join(st.Argv, " ")))
		}
		if s := strings.Join(got, "; "); s != test.want {
			t.Errorf("%s %q: got %q, want %q", test.lang, test.text, s, test.want)
		}
	}
}
