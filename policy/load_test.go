package policy_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/rules/source"
	"github.com/venv-guard/venv-guard/trust"
)

const good = "[[rule]]\nid = \"a\"\naction = \"shell.exec\"\nmatch = { command = \"rm *\" }\nverdict = \"block\"\n"

// TestFaults tries what is wrong in a policy, and where that is said to be.
func TestFaults(t *testing.T) {
	swap := func(old, text string) string { return strings.Replace(good, old, text, 1) }
	for _, test := range []struct{ text, want string }{
		{"[[rule]\n", "p.toml:1:8: want ']'"},
		{"[[rules]]\nid = \"a\"\n", "p.toml:1:3: rules must be a table"},
		{"defualt = \"block\"\n", `p.toml:1:1: unknown key "defualt" (did you mean "default"?)`},
		{"default = \"deny\"\n", `p.toml:1:11: unknown verdict "deny"; it is one of block, ask, allow`},
		{"default = \"off\"\n", `p.toml:1:11: unknown verdict "off"`},
		{"default = true\n", "p.toml:1:11: default must be a verdict or a table of verdicts by action, not a boolean"},
		{"[default]\nshell.exec = \"block\"\n", `p.toml:2:1: unknown action "shell" in default; write it in quotes, "shell.…"`},
		{"[default]\n\"shell.exe\" = \"block\"\n", `p.toml:2:1: unknown action "shell.exe" in default (did you mean "shell.exec"?)`},
		{"mode = \"dry\"\n", `p.toml:1:8: unknown mode "dry"; it is one of enforce, simulate`},
		{"include = \"x\"\n", "p.toml:1:11: include must be an array of strings, not a string"},
		{"rule = 1\n", "p.toml:1:8: rule must be tables, each under [[rule]]"},
		{"[rule]\nid = \"a\"\n", "p.toml:1:2: rule must be tables, each under [[rule]]"},
		{swap(`id = "a"`, ""), "p.toml:1:1: the rule has no id"},
		{swap(`id = "a"`, "id = 1"), "p.toml:2:6: id must be a string, not an integer"},
		{swap(`id = "a"`, `id = ""`), "p.toml:2:6: id is empty"},
		{good + good, `p.toml:7:1: the id "a" is taken by the rule in line 1`},
		{swap(`action = "shell.exec"`, ""), `p.toml:1:1: rule "a" has no action`},
		{swap("shell.exec", "shell.exce"), `p.toml:3:1: unknown action "shell.exce" (did you mean "shell.exec"?)`},
		{swap(`match = { command = "rm *" }`, ""), `p.toml:1:1: rule "a" has an empty match`},
		{swap(`{ command = "rm *" }`, "{}"), `p.toml:4:1: rule "a" has an empty match and would match every shell.exec; write "*" if that is meant`},
		{swap(`command = "rm *"`, `command = ""`), "p.toml:4:21: command is empty"},
		{swap("command", "comand"), `p.toml:4:11: unknown key "comand" in a match (did you mean "command"?)`},
		{swap("command", "path"), `p.toml:4:11: a rule about shell.exec cannot match by path; it can by command, program, operation, place, category`},
		{swap(`command = "rm *"`, `place = "sistem"`), `p.toml:4:11: unknown place "sistem" (did you mean "system"?)`},
		{swap(`command = "rm *"`, `operation = "instal"`), `p.toml:4:11: unknown operation "instal" (did you mean "install"?)`},
		{swap(`command = "rm *"`, `category = "publsh"`), `p.toml:4:11: unknown category "publsh" (did you mean "publish"?)`},
		{swap(`match = { command = "rm *" }`, "match = 1"), "p.toml:4:9: match must be a table"},
		{swap(`verdict = "block"`, ""), `p.toml:1:1: rule "a" has no verdict`},
		{swap(`"block"`, `"blok"`), `p.toml:5:11: unknown verdict "blok" (did you mean "block"?)`},
		{good + "audit = \"yes\"\n", "p.toml:6:9: audit must be true or false, not a string"},
		{good + "timeout = 0\n", "p.toml:6:11: a timeout is a number of seconds above 0"},
		{good + "timeout = 1.5\n", "p.toml:6:11: timeout must be a whole number, not a float"},
		{good + "expires = \"soon\"\n", "p.toml:6:11: expires must be a date such as 2026-12-31"},
		{good + "expires = 12:00:00\n", "p.toml:6:11: expires must be a date"},
		{good + "approvers = \"me\"\n", "p.toml:6:13: approvers must be an array of strings"},
		{good + "approvers = []\n", "p.toml:6:13: approvers is empty"},
		{good + "approvers = [\"me\"]\n", `p.toml:6:1: rule "a" has approvers, but only a rule with the verdict ask is approved`},
		{good + "approvals = 2\n", `p.toml:6:1: rule "a" wants approvals, but only`},
		{good + "approvals = 0\n", "p.toml:6:13: approvals is how many people must approve"},
		{"[roles]\nboss = \"ann\"\n", "p.toml:2:8: boss must be an array of strings"},
		{"[roles]\nboss = []\n", "p.toml:2:8: the role boss has no members"},
		{"[roles]\nboss = [\"ann\", \"ann\"]\n", `p.toml:2:16: "ann" stands twice in the role boss`},
		{"[roles]\nboss = [\"ann\", \"a/b\"]\n", `p.toml:2:16: "a/b" is neither the name of a user nor an SSH public key`},
		{"[roles]\nboss = [\"ssh-ed25519\"]\n", "p.toml:2:9: an SSH public key is its type and its base64 text"},
		{"[roles]\nboss = [\"ssh-ed25519 AAAA\"]\n", "p.toml:2:9: the SSH key is damaged"},
		{"[roles]\nboss = [\"ssh-dss AAAA\"]\n", `p.toml:2:9: unknown type of SSH key "ssh-dss"`},
		{"[roles]\nboss = [\"ann smith\"]\n", `p.toml:2:9: unknown type of SSH key "ann"`},
		{"[roles]\nboss = [\"" + edKey + "\", \"" + edKey + " again\"]\n", "stands twice in the role boss"},
		{good + "limit = { window = \"week\", max = 1 }\n", `p.toml:6:20: unknown window "week"`},
		{good + "limit = { window = \"hour\", max = 0 }\n", "p.toml:6:28: a limit's max must be at least 1"},
		{good + "limit = { window = \"hour\", max = -1 }\n", "p.toml:6:28: a limit's max must be at least 1"},
		{good + "limit = { max = 1 }\n", "p.toml:6:1: a limit has a window: second, minute, hour, day, or a duration such as 90s"},
		{good + "limit = { window = \"hour\", max = 10001 }\n", "p.toml:6:28: a limit's max must be at most 10000"},
		{good + "limit = { window = \"10ms\", max = 1 }\n", `p.toml:6:20: unknown window "10ms"`},
		{good + "limit = { window = \"1.5s\", max = 1 }\n", `p.toml:6:20: unknown window "1.5s"`},
		{good + "limit = { window = \"9000h\", max = 1 }\n", `p.toml:6:20: unknown window "9000h"`},
		{good + "limit = { window = 0, max = 1 }\n", `p.toml:6:20: unknown window "0"`},
		{good + "limit = { window = \"minuet\", max = 1 }\n", `unknown window "minuet" (did you mean "minute"?)`},
		{good + "limit = { window = \"hour\", max = 1, count = \"refused\" }\n", `p.toml:6:45: unknown word "refused"; it is one of attempts, allowed`},
		{good + "limit = { window = \"hour\", max = 1 }\n", `has a limit and blocks all that it matches`},
		{swap(`"block"`, `"ask"`) + "limit = { counter = \"c\", window = \"hour\", max = 1 }\n" + strings.Replace(swap(`"block"`, `"ask"`), `"a"`, `"b"`, 1) + "limit = { counter = \"c\", window = \"hour\", max = 2 }\n",
			`the counter "c" is that of the rule in line 1`},
		{good + "limit = { window = \"hour\", max = 1, scope = \"me\" }\n", `p.toml:6:45: unknown scope "me"`},
		{good + "id = \"b\"\n", `p.toml:6:1: "id" is already in line 2`},
		{good + "Message = \"x\"\n", `p.toml:6:1: unknown key "Message" in a rule (did you mean "message"?)`},
		{"[[expect]]\ntarget = \"x\"\n", "p.toml:1:1: expect wants action, target and verdict"},
		{"\xff", "p.toml:1:1: the text is not UTF-8"},
		{strings.ReplaceAll(good, "shell.exec", "mcp.call") + "", "p.toml:4:11: a rule about mcp.call cannot match by command; it can by tool, args"},
		{"[[rule]]\nid = \"a\"\naction = \"mcp.call\"\nmatch = { tool = \"x\", args = { x = \"y\" } }\nverdict = \"block\"\n", `p.toml:4:23: "x" is no JSON pointer; it begins with /`},
	} {
		_, err := policy.Read("p.toml", test.text)
		var place *source.Error
		if err == nil || !strings.Contains(err.Error(), test.want) || !errors.As(err, &place) || place.Line == 0 {
			t.Errorf("%q: got %v, want %s", test.text, err, test.want)
		}
	}
}

// A tree is a home with a project in it.
type tree struct {
	t    testing.TB
	home string
}

func newTree(t testing.TB) tree {
	tr := tree{t, t.TempDir()}
	tr.put("p/.git/HEAD", "x")
	tr.put("p/sub/x", "")
	return tr
}

func (tr tree) file(name string) string { return filepath.Join(tr.home, name) }

func (tr tree) put(name, text string) {
	tr.t.Helper()
	if err := os.MkdirAll(filepath.Dir(tr.file(name)), 0o755); err != nil {
		tr.t.Fatal(err)
	}
	if err := os.WriteFile(tr.file(name), []byte(text), 0o644); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr tree) load() (*policy.Set, error) {
	return policy.Loader{Managed: tr.file("managed.toml"), Environ: []string{"HOME=" + tr.home}, Dir: tr.file("p/sub"), Now: now}.Load()
}

// verdict judges a command under the policies of the tree.
func (tr tree) verdict(command string) action.Verdict {
	tr.t.Helper()
	set, err := tr.load()
	if err != nil {
		tr.t.Fatal(err)
	}
	return decide(set, bash(command)).Verdict
}

// pin pins a file in the user's list.
func (tr tree) pin(name string) {
	tr.t.Helper()
	f := trust.New(policy.PinFile([]string{"HOME=" + tr.home}))
	if err := os.MkdirAll(filepath.Dir(f.Name), 0o755); err != nil {
		tr.t.Fatal(err)
	}
	os.Remove(f.Name)
	if _, _, _, err := f.Pin(tr.file(name)); err != nil {
		tr.t.Fatal(err)
	}
	if err := f.Save(); err != nil {
		tr.t.Fatal(err)
	}
}

const userFile = ".config/venv-guard/policy.toml"

func TestProject(t *testing.T) {
	const block, ask, allow, pass = action.Block, action.Ask, action.Allow, action.Pass
	tr := newTree(t)
	expect := func(command string, want action.Verdict) {
		t.Helper()
		if got := tr.verdict(command); got != want {
			t.Errorf("%q is %v, want %v", command, got, want)
		}
	}
	expect("rm x", pass)
	tr.put("p/.venv-guard.toml", good)
	expect("rm x", block)
	tr.put("p/sub/.venv-guard.toml", strings.Replace(good, "block", "allow", 1))
	expect("rm x", block) // a nearer file hides nothing
	os.Remove(tr.file("p/sub/.venv-guard.toml"))
	tr.put(".venv-guard.toml", "default = 'block'") // outside the repository
	expect("ls", pass)

	const off = "[categories]\nsystem-packages = \"off\"\npublish = \"block\"\n"
	tr.put("p/.venv-guard.toml", off)
	expect("apt-get install vim", block)
	set, err := tr.load()
	if err != nil || len(set.Ignored()) != 1 || !strings.Contains(set.Ignored()[0], `categories.system-packages = "off"`) {
		t.Errorf("ignored %q, %v", set.Ignored(), err)
	}
	if reason := decide(set, bash("apt-get install vim")).Reason(); !strings.Contains(reason, "does not count until the user pins it") {
		t.Error(reason)
	}
	tr.pin("p/.venv-guard.toml")
	expect("apt-get install vim", pass)
	tr.put("p/.venv-guard.toml", off+"\n") // changed since
	expect("apt-get install vim", block)
	tr.pin("p/.venv-guard.toml")
	expect("apt-get install vim", pass)
	tr.put(userFile, "[categories]\nsystem-packages = \"ask\"\n") // what the user sets stays
	expect("apt-get install vim", ask)
	tr.put("managed.toml", "[categories]\nsystem-packages = \"block\"\n")
	expect("apt-get install vim", block)
	if err := os.Chmod(policy.PinFile([]string{"HOME=" + tr.home}), 0o666); err != nil {
		t.Fatal(err)
	}
	os.Remove(tr.file("managed.toml"))
	os.Remove(tr.file(userFile))
	expect("apt-get install vim", block) // anybody can renew that pin

	tr.put("p/.venv-guard.toml", "mode = \"simulate\"\n"+good)
	expect("rm x", block)
	tr.pin("p/.venv-guard.toml")
	expect("rm x", pass)

	// An allow of one layer is none in another.
	tr.put("p/.venv-guard.toml", strings.Replace(good, "block", "allow", 1))
	tr.put(userFile, good)
	expect("rm x", block)
	tr.put(userFile, "default = 'ask'")
	expect("rm x", ask)
	tr.put(userFile, strings.Replace(good, "block", "allow", 1)+"[default]\n\"shell.exec\" = 'ask'")
	expect("rm x", allow)
}

const edKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIbJ9Sx1MVkBOQjEsS1TuUB8GUdbVYUzNlEmV8tVQ8yX"

// Who has a role says the strongest layer that does, and a project's file only
// when it is pinned.
func TestRoles(t *testing.T) {
	tr := newTree(t)
	members := func() string {
		t.Helper()
		set, err := tr.load()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(set.Role("boss").Members, " ")
	}
	expect := func(want string) {
		t.Helper()
		if got := members(); got != want {
			t.Errorf("boss is %q, want %q", got, want)
		}
	}
	expect("")
	tr.put("p/.venv-guard.toml", "[roles]\nboss = [\"mallory\"]\n")
	expect("")
	if set, _ := tr.load(); len(set.Ignored()) != 1 || !strings.Contains(set.Ignored()[0], "roles.boss") {
		t.Errorf("ignored %q", set.Ignored())
	}
	tr.pin("p/.venv-guard.toml")
	expect("mallory")
	tr.put(userFile, "[roles]\nboss = [\"ann\", \"bob\"]\n")
	expect("ann bob")
	tr.put("managed.toml", "[roles]\nboss = [\""+edKey+" root@hq\"]\n")
	expect(edKey + " root@hq")
	tr.put(userFile, "include = [\"more.toml\"]\n")
	tr.put(".config/venv-guard/more.toml", "[roles]\nboss = [\"ann\"]\n")
	if _, err := tr.load(); err == nil || !strings.Contains(err.Error(), "an included file cannot") {
		t.Errorf("an included file has roles: %v", err)
	}
}

func TestInclude(t *testing.T) {
	tr := newTree(t)
	tr.put(userFile, "include = [\"more.toml\", \"~/x.yaml\"]\ndefault = \"block\"\n")
	tr.put(".config/venv-guard/more.toml", strings.Replace(good, "block", "allow", 1))
	l := policy.Loader{Managed: tr.file("none"), Environ: []string{"HOME=" + tr.home}, Now: now}
	l.Foreign = func(name, text string) (*policy.Policy, error) {
		return &policy.Policy{Name: name, Rules: []policy.Rule{{ID: text, Action: policy.ShellExec, Match: policy.Match{Command: "ls"}, Verdict: action.Allow}}}, nil
	}
	if _, err := l.Load(); err == nil || !strings.Contains(err.Error(), "policy.toml:1:1)") {
		t.Errorf("a file that is not there: %v", err)
	}
	tr.put("x.yaml", "b")
	set, err := l.Load()
	if err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]action.Verdict{"rm x": action.Allow, "ls": action.Allow, "cp a b": action.Block} {
		rulings := set.Evaluate(policy.Caller{}, []policy.Action{{Type: policy.ShellExec, Target: command}})
		if len(rulings) != 1 || rulings[0].Verdict != want {
			t.Errorf("%q: %+v, want %v", command, rulings, want)
		}
	}
	tr.put("x.yaml", "")
	if _, err := l.Load(); err == nil || !strings.Contains(err.Error(), "the rule has no id") {
		t.Errorf("a rule without id: %v", err)
	}
}

func TestUntrustedProject(t *testing.T) {
	tr := newTree(t)
	tr.put("p/.venv-guard.toml", good)
	if err := os.Chmod(tr.file("p/.venv-guard.toml"), 0o664); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.load(); err == nil || !strings.Contains(err.Error(), "can be written by others") {
		t.Errorf("error %v", err)
	}
}

// A file that is swapped while it is read is judged by what was opened: text
// that others may write never counts.
func TestSwapped(t *testing.T) {
	tr := newTree(t)
	tr.put("p/.venv-guard.toml", good)
	done := make(chan bool)
	stop := make(chan bool)
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			next := tr.file("next")
			text, mode := good, os.FileMode(0o644)
			if i%2 == 0 {
				text, mode = strings.Replace(good, "block", "allow", 1), 0o666
			}
			os.WriteFile(next, []byte(text), 0o600)
			os.Chmod(next, mode)
			os.Rename(next, tr.file("p/.venv-guard.toml"))
		}
	}()
	for range 300 {
		set, err := tr.load()
		if err != nil {
			if !strings.Contains(err.Error(), "can be written by others") {
				t.Fatal(err)
			}
			continue
		}
		if v := set.Policies[0].Rules[0].Verdict; v != action.Block {
			t.Fatalf("the verdict of a file that others can write: %v", v)
		}
	}
	close(stop)
	<-done
}

// A project's file that nobody has pinned never makes a call laxer.
func TestProjectOnlyTightens(t *testing.T) {
	tr := newTree(t)
	commands := []string{"rm x", "ls", "pip install x", "apt-get install vim", "cat ~/.npmrc", "npm publish", "twine upload x"}
	rapid.Check(t, func(t *rapid.T) {
		text := func(layer string) string {
			var b strings.Builder
			if rapid.Bool().Draw(t, layer+" simulates") {
				b.WriteString("mode = 'simulate'\n")
			}
			if v := rapid.SampledFrom([]string{"", "allow", "ask", "block"}).Draw(t, layer+" default"); v != "" {
				fmt.Fprintf(&b, "default = '%s'\n", v)
			}
			b.WriteString("[categories]\n")
			for _, name := range []string{"system-packages", "global-install", "publish", "credentials"} {
				if v := rapid.SampledFrom([]string{"", "", "off", "allow", "ask", "block"}).Draw(t, layer+" "+name); v != "" {
					fmt.Fprintf(&b, "%s = '%s'\n", name, v)
				}
			}
			b.WriteString("[rules]\n")
			if v := rapid.SampledFrom([]string{"", "off", "ask", "block"}).Draw(t, layer+" rule"); v != "" {
				fmt.Fprintf(&b, "'os/packages' = '%s'\n", v)
			}
			for i, glob := range []string{"rm *", "ls", "*"} {
				if v := rapid.SampledFrom([]string{"", "allow", "ask", "block"}).Draw(t, layer+" "+glob); v != "" {
					fmt.Fprintf(&b, "[[rule]]\nid = '%d'\naction = 'shell.exec'\nmatch.command = '%s'\nverdict = '%s'\n", i, glob, v)
				}
			}
			return b.String()
		}
		for _, name := range []string{userFile, "managed.toml", "p/.venv-guard.toml"} {
			os.Remove(tr.file(name))
		}
		if rapid.Bool().Draw(t, "managed") {
			tr.put("managed.toml", text("managed"))
		}
		if rapid.Bool().Draw(t, "user") {
			tr.put(userFile, text("user"))
		}
		command := rapid.SampledFrom(commands).Draw(t, "command")
		before := tr.verdict(command)
		tr.put("p/.venv-guard.toml", text("project"))
		// Pass and Allow both let a call through.
		if after := tr.verdict(command); max(after, action.Allow) < max(before, action.Allow) {
			t.Fatalf("%q was %v and is %v", command, before, after)
		}
	})
}

// BenchmarkRead reads a policy of ten thousand rules.
func BenchmarkRead(b *testing.B) {
	text := many(10000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := policy.Read("p.toml", text); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEvaluate decides a command under policies of growing length.
func BenchmarkEvaluate(b *testing.B) {
	for _, n := range []int{0, 10, 100, 1000, 10000} {
		p, err := policy.Read("p.toml", many(n))
		if err != nil {
			b.Fatal(err)
		}
		set := policy.NewSet(now, p)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				decide(set, bash("cd sub && make && ls -l | grep x"))
			}
		})
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "[[rule]]\nid = \"deny-%d\"\naction = \"shell.exec\"\nmatch = { command = \"pip install package-%d*\" }\nverdict = \"block\"\nmessage = \"no package %d\"\n\n", i, i, i)
	}
	return b.String()
}
