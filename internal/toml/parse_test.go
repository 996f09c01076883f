package toml

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	burnt "github.com/BurntSushi/toml"
)

// texts are what TOML can hold, and what it cannot.
var texts = []string{
	"", "\n", "# c", "a = 1\r\nb = 2\r\n", "\ufeffa = 1", "a = \"\"", "a = ''", "a.b.c = 1\na.d = 2", "a.b = 1\n[a]", "[a]\n[a]", "[a.b]\n[a]\nc = 1",
	"[a]\nb.c = 1\n[a.b]", "[a]\nb.c = 1\n[a.b.d]", "a = {b = 1}\n[a.c]", "a = {b = 1}\na.c = 1", "a = {b.c = 1, b.d = 2}", "a = {b = 1, b = 2}", "a = {b = {c = 1}, b.d = 2}",
	"a = {\n b = 1, # x\n c = 2,\n}", "a = {b = 1,}", "a = {,}", "a = [1, 2,]", "a = [,]", "a = [\n1,\n# c\n2\n]", "a = [1 2]", "a = [{b = 1}, {b = 2}]\n[[a]]", "a = []\n[[a]]",
	"[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 1\n[[a.e]]\n[[a.e]]", "[a]\n[[a]]", "[[a]]\n[a]", "[[a]]\n[a.b]\n[a.b]", "[[a]]\n[a.b]\n[[a]]\n[a.b]", "[a.b]\n[[a]]", "[[a.b]]\n[a]\nx = 1",
	"[x.y]\n[x]\ny.z = 1", "a = 'x\ny'", "a = \"x\ny\"", "a = '''\nx\ny'''", "a = \"\"\"\nx\\\n   y \\u00e9 \\x41\\e\"\"\"", "a = \"\"\"x\"\"\"\"\"", "a = '''x'''''", "a = \"\"\"x\"\"\"\"\"\"",
	"a = \"\\z\"", "a = \"\\ud800\"", "a = \"\\U00110000\"", "a = \"\\u00\"", "a = \"\x01\"", "a = '\x7f'", "# \x01", "a = 1 # c\tx", "a = \"\"\"\r\nx\r\ny\"\"\"", "a = \"\"\"x\ry\"\"\"",
	"a = +1", "a = -0", "a = 01", "a = 1_000", "a = 1__0", "a = _1", "a = 1_", "a = 0xdead_BEEF", "a = 0o17", "a = 0b11", "a = +0x1", "a = 0x-1", "a = 9223372036854775807", "a = 9223372036854775808", "a = ++1",
	"a = 1.5", "a = 1.", "a = .5", "a = 1e5", "a = 1.5E-3", "a = 01.5", "a = 1_0.0_1", "a = 1e_5", "a = -inf", "a = nan", "a = 1e06", "a = -1.0", "a = +0.0",
	"a = true", "a = True", "a = truex", "a = yes", "a =", "a", "= 1", "a = 1 b = 2", "a b = 1", "\"a b\" = 1", "'a.b'.c = 1", "\"\" = 1", "a . b = 1", "[ a . b ]\nc = 1", "[a.]", "[]", "[[a]", "[a]]", "[ [a]]", "[a] x", "[a] # c",
	"a = 2026-01-02", "a = 2026-01-02T03:04:05Z", "a = 2026-01-02t03:04:05z", "a = 2026-01-02 03:04:05+01:00", "a = 2026-01-02T03:04:05.123", "a = 03:04:05", "a = 03:04", "a = 2026-13-02", "a = 2026-02-30", "a = 2026-01-02T25:00:00", "a = 2026-01-02 # c", "a = 2026-1-2", "a = 2026-01-02T3:04:05",
	"a = \xff", "a = \"é\"", "é = 1", "a = \"x\" \"y\"", "a.b = 1\na = 2", "a = 1\na.b = 2", "a = 1\n[a]", "a = [1]\n[a.b]", "a = 1\r", "a = [1\r]", "\"a\\nb\" = 1", "\"\"\"a\"\"\" = 1", "a = {b = 1\n}", "a = { # c\n}",
	"[[rule]]\nid = \"x\"\nmatch = { command = \"pip install*\", args = { \"/a/b\" = \"x\" } }\n[[rule]]\nid = \"y\"\n[rule.match]\npath = '~/x'\n",
}

// plain is a table as BurntSushi's decoder gives it.
func plain(v Value) any {
	switch v.Kind {
	case String:
		return v.Text
	case Integer:
		return v.Int
	case Float:
		return v.Text
	case Bool:
		return v.Bool
	case Time:
		return *v.Time
	case Object:
		m := map[string]any{}
		for _, e := range v.Table.Entries {
			m[e.Key] = plain(e.Value)
		}
		return m
	}
	list := []any{}
	for _, e := range v.List {
		list = append(list, plain(e))
	}
	return list
}

func same(ours, theirs any) bool {
	switch b := theirs.(type) {
	case map[string]any:
		a, ok := ours.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k, v := range b {
			if w, ok := a[k]; !ok || !same(w, v) {
				return false
			}
		}
		return true
	case []map[string]any:
		list := make([]any, len(b))
		for i := range b {
			list[i] = b[i]
		}
		return same(ours, list)
	case []any:
		a, ok := ours.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range b {
			if !same(a[i], b[i]) {
				return false
			}
		}
		return true
	case float64:
		s, ok := ours.(string)
		if !ok {
			return false
		}
		var f float64
		fmt.Sscan(strings.ReplaceAll(strings.TrimPrefix(s, "+"), "_", ""), &f)
		return f == b || math.IsNaN(b) || math.IsInf(b, 0)
	case time.Time:
		a, ok := ours.(time.Time)
		return ok && (a.Equal(b) || b.Location() != time.UTC) // local times have no zone
	}
	return reflect.DeepEqual(ours, theirs)
}

func compare(t *testing.T, text string) {
	root, err := Parse("x.toml", text)
	theirs := map[string]any{}
	_, want := burnt.Decode(text, &theirs)
	if err != nil && want == nil && (strings.Contains(err.Error(), "already in line") || strings.Contains(err.Error(), "cannot be extended")) {
		return // BurntSushi lets some tables be defined twice, which TOML forbids
	}
	if (err == nil) != (want == nil) {
		t.Errorf("%q: error %v, BurntSushi's %v", text, err, want)
		return
	}
	if err == nil && !same(plain(Value{Kind: Object, Table: root}), theirs) {
		t.Errorf("%q: %v, BurntSushi's %v", text, plain(Value{Kind: Object, Table: root}), theirs)
	}
}

func TestParse(t *testing.T) {
	for _, text := range texts {
		compare(t, text)
	}
}

func TestPositions(t *testing.T) {
	root, err := Parse("x.toml", "# é\n[[rule]]\n  id = \"x\" # c\nmatch = { a = 1,\n  b.c = '''\n\n''', d = 2 }\n")
	if err != nil {
		t.Fatal(err)
	}
	rule := root.Get("rule").Value.List[0].Table
	match := rule.Get("match").Value.Table
	for i, test := range []struct {
		got  any
		want string
	}{
		{rule.Pos, "{2 1}"}, {rule.Get("id").Pos, "{3 3}"}, {rule.Get("id").Value.Pos, "{3 8}"},
		{match.Get("a").Pos, "{4 11}"}, {match.Get("b").Value.Table.Get("c").Pos, "{5 5}"}, {match.Get("d").Pos, "{7 6}"},
	} {
		if got := fmt.Sprint(test.got); got != test.want {
			t.Errorf("%d: %s, want %s", i, got, test.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"[a\n", `x.toml:1:3: want ']', not the end of the line`},
		{"a = 1\na = 2\n", `x.toml:2:1: "a" is already in line 1`},
		{"a = b\n", `x.toml:1:5: "b" is no value; a string stands in quotes`},
		{"a = \"x\\q\"\n", `x.toml:1:7: unknown escape \q in a string; write \\ for a backslash, or use '…'`},
		{"a = \"x\nb = 1\n", "x.toml:1:5: the string does not end in its line"},
		{"\n\na = '''\n\n", "x.toml:3:5: the string has no end"},
		{"a = 1\nb = \"\xff\"", "x.toml:2:6: the text is not UTF-8"},
		{"a = " + strings.Repeat("[", 100), "x.toml:1:69: the value is nested too deep"},
		{"a.b = 1\n[a]\n", `x.toml:2:2: "a" is already in line 1`},
		{"a.b = 1\na = 2\n", `x.toml:2:1: "a" is already in line 1`},
		{"[a]\nb.c = 1\n[a.b]\n", `x.toml:3:4: "b" is already in line 2`},
		{"a = {b = 1}\n[a.c]\n", `x.toml:2:2: "a" is a table since line 1 and cannot be extended`},
		{"a = {b = 1}\na.c = 1\n", `x.toml:2:1: "a" is a table since line 1 and cannot be extended`},
	} {
		if _, err := Parse("x.toml", test.text); err == nil || err.Error() != test.want {
			t.Errorf("%q: %v, want %s", test.text, err, test.want)
		}
	}
}

// FuzzParse holds the parser to BurntSushi's.
func FuzzParse(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Count(text, "[")+strings.Count(text, "{") < maxDepth {
			compare(t, text)
		}
	})
}
