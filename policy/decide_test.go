package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/world"
)

var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// read reads policies of the text, each of its own.
func read(t testing.TB, texts ...string) *policy.Set {
	t.Helper()
	var list []*policy.Policy
	for i, text := range texts {
		p, err := policy.Read(fmt.Sprintf("p%d.toml", i), text)
		if err != nil {
			t.Fatal(err)
		}
		p.Dir = "/home/user/project"
		list = append(list, p)
	}
	return policy.NewSet(now, list...)
}

var machine = classify.World{
	FS: world.Mem{
		"/home/user/project/.git/HEAD": {}, "/home/user/project/.venv/pyvenv.cfg": {Content: "home = /usr/bin\n"},
		"/home/user/project/.venv/bin/pip": {Exec: true}, "/home/user/project/.venv/bin/python": {Target: "/usr/bin/python3"},
		"/usr/bin/python3": {Exec: true}, "/home/user/project/out": {Target: "/etc"}, "/etc/passwd": {Content: "x"},
		"/home/user/project/workspace/a": {Content: "x"},
	},
	Environ: []string{"HOME=/home/user", "PATH=/usr/bin", "SHELL=/bin/bash"},
}

// bash is a call of a shell command.
func bash(command string) action.Call {
	return action.Call{Client: "claude-code", Tool: "Bash", Shell: action.ShellPOSIX, Command: command, Dir: "/home/user/project"}
}

func decide(set *policy.Set, call action.Call) classify.Decision {
	return classify.Decider{Packs: set.Packs, Policy: set}.Decide(call, machine)
}

// rule is a rule about one part of an action.
func rule(typ policy.ActionType, part, verdict string) string {
	return fmt.Sprintf("[[rule]]\nid = %q\naction = %q\nmatch = { %s }\nverdict = %q\n", typ+policy.ActionType("-"+verdict+part), typ, part, verdict)
}

func TestRules(t *testing.T) {
	const block, ask, allow, pass = action.Block, action.Ask, action.Allow, action.Pass
	command := func(glob, verdict string) string {
		return rule(policy.ShellExec, fmt.Sprintf("command = '%s'", glob), verdict)
	}
	deny := "default = { \"shell.exec\" = \"block\" }\n"
	reads := func(glob, verdict string) string {
		return rule(policy.FileRead, fmt.Sprintf("path = '%s'", glob), verdict)
	}
	writes := func(glob, verdict string) string {
		return rule(policy.FileWrite, fmt.Sprintf("path = '%s'", glob), verdict)
	}
	host := func(name, verdict string) string {
		return rule(policy.Network, fmt.Sprintf("host = '%s'", name), verdict)
	}
	url := func(glob, verdict string) string {
		return rule(policy.Network, fmt.Sprintf("url = '%s'", glob), verdict)
	}
	closed := "default = \"block\"\n" + command("*", "allow") + rule(policy.CodeExec, "language = '*'", "allow")
	tests := []struct {
		policy, command string
		want            action.Verdict
	}{
		{command("rm *", "block"), "rm x", block},
		{command("rm *", "block"), "ls && (cd a; /bin/rm x)", block},
		{command("rm *", "block"), "bash -c 'rm x'", block},
		{command("rm *", "block"), "X=rm; $X foo", block},
		{command("rm *", "block"), "echo rm x", pass},
		{command("rm *", "block"), "rmdir x", pass},
		{command("rm *", "ask"), "rm x", ask},
		{command("rm", "block"), "rm", block},
		{command("rm", "block"), "rm x", block},
		{command("rm", "block"), "rmx x", pass},
		{command("python -m pip install", "block"), "python -m pip installer", pass},
		{command("rm -rf *", "block"), `rm "$(cat x)"`, pass},
		{command("git push*", "block"), `git $(cat x)`, block},
		{command("git push*", "block"), `git status $(cat x)`, pass},
		{command("git push*", "block"), `$(cat x) push origin`, block},
		{command("rm *", "block"), `$(cat x) frob it`, pass},
		{command("git push*--force*", "block"), `git push origin $(cat x)`, pass},
		{command("*secret*", "block"), `ls $(cat x)`, pass},
		{command("*secret*", "block"), `ls $(cat x) secret`, block},
		{command("kill *", "block"), "kill 1", block},
		{rule(policy.ShellExec, `command = "*\n*"`, "block"), "ls 'a\nb'", block},
		{command("npm ?un *", "block"), "npm run x", block},
		{command("FOO=1 make*", "block"), "FOO=1 make x", block}, // as written
		{command(".venv/bin/pip*", "ask"), ".venv/bin/pip install x", ask},
		{command("pip install*", "allow"), "pip install x", block}, // the built-in rules are a floor

		// The first rule that matches counts.
		{command("pip install -r requirements*.txt", "allow") + command("pip install*", "block"), ".venv/bin/pip install -r requirements.txt", allow},
		{command("pip install -r requirements*.txt", "allow") + command("pip install*", "block"), ".venv/bin/pip install flask", block},
		{command("rm -i *", "allow") + command("rm *", "block"), "rm -i x; rm y", block},
		{command("rm *", "block") + command("rm -i *", "allow"), "rm -i x", block},

		// What is blocked by default must be allowed as a whole.
		{deny, "ls", block},
		{deny + command("ls", "allow"), "ls -l", allow},
		{deny + command("ls", "allow"), "ls; rm x", block},
		{deny + command("ls", "allow"), "ls $(rm x)", block},
		{deny + command("ls", "allow"), "cd x && ls", block},
		{deny + command("ls", "allow") + command("cd", "allow"), "cd x && ls", allow},
		{deny + command("ls", "allow"), "ls; test -f x", block},
		{deny + command("ls", "allow"), "ls; kill 1", block},
		{deny + command("ls", "allow"), "$X", block},
		{deny + command("pip install -r requirements*.txt", "allow"), "pip install -r requirements.txt; rm -rf ~ # .txt", block},
		{"default = { \"shell.exec\" = \"ask\" }\n" + command("ls", "allow"), "ls; rm x", ask},
		{deny, "", pass},

		// Findings of the built-in rules.
		{rule(policy.ShellExec, "operation = 'install'", "ask"), ".venv/bin/pip install x", ask},
		{rule(policy.ShellExec, "operation = 'install', place = 'system'", "ask"), ".venv/bin/pip install x", allow},
		{rule(policy.ShellExec, "program = 'pip'", "ask"), ".venv/bin/pip install x", ask},
		{rule(policy.ShellExec, "category = 'publish'", "ask"), ".venv/bin/pip install x", allow},

		// Files.
		{reads("*/.npmrc", "block"), "cat ~/.npmrc", block},
		{reads("~/notes", "block"), "cat /home/user/x/../notes", block},
		{reads("~/notes", "block"), "head -n 3 ~/notes", block},
		{reads("~/notes", "block"), "grep x ~/notes", block},
		{reads("~/notes", "block"), "wc < ~/notes", block},
		{reads("~/notes", "block"), "tool --in=$HOME/notes", block},
		{reads("~/notes", "block"), "echo ~/notes", pass},
		{reads("~/.netrc", "block"), "wc $(cat d)/.netrc", block},
		{reads("/etc/**", "block"), "wc $(cat d)/x", pass},
		{reads("/etc/passwd", "block"), "cat out/passwd", block}, // through a link
		{writes("/etc/**", "block"), "echo x > /etc/hosts", block},
		{writes("/etc/**", "block"), ": >> /etc/hosts", block},
		{writes("/etc/**", "block"), "echo x | tee out/hosts", block},
		{writes("/etc/**", "block"), "cp a b /etc", block},
		{writes("/etc/**", "block"), "cp -t /etc a", block},
		{writes("/etc/**", "block"), "touch /etc/x", block},
		{writes("/etc/**", "block"), "sed -i s/a/b/ /etc/x", block},
		{writes("/etc/**", "block"), "dd if=/dev/zero of=/etc/x", block},
		{writes("/etc/**", "block"), "curl -sSLo /etc/x localhost", block},
		{writes("/etc/**", "block"), "cat /etc/x", pass},
		{writes("/etc/**", "block"), "ls 2>/dev/null", pass},
		{closed + reads("*", "allow") + writes("./workspace/**", "allow"), "echo x > workspace/b", allow},
		{closed + reads("*", "allow") + writes("./workspace/**", "allow"), "echo x > workspace/../b", block},
		{closed + reads("*", "allow") + writes("./workspace/**", "allow"), "cd workspace && touch b", allow},
		{closed + reads("*", "allow") + writes("./**", "allow"), "echo x > out/b", block}, // a link to /etc
		{closed + reads("*", "allow") + writes("./workspace/**", "allow"), "echo x > $(cat f)", block},
		{closed + reads("*", "allow") + writes("./**", "allow"), "echo x > ./$(cat f)", block},
		{closed + reads("*", "allow") + writes("*", "allow"), "echo x > ./$(cat f)", allow},
		{closed + reads("*", "allow") + writes("./workspace/**", "allow"), "ls 2>/dev/null", allow},

		// Hosts and URLs.
		{host("evil.example", "block"), "curl https://evil.example/x", block},
		{host("evil.example", "block"), "curl https://a.EVIL.example.:443/x", block},
		{host("evil.example", "block"), "curl evil.example/x", block},
		{host("evil.example", "block"), "curl https://pypi.org@evil.example/", block},
		{host("evil.example", "block"), "curl https://pypi.org/evil.example", pass},
		{host("evil.example", "block"), "curl https://notevil.example/", pass},
		{host("evil.example", "block"), "git clone git@evil.example:a/b", block},
		{host("evil.example", "block"), "exec 3<>/dev/tcp/evil.example/80", block},
		{host("evil.example", "block"), "echo https://evil.example/", pass},
		{host("evil.example", "block"), "git commit -m https://evil.example/", pass},
		{host("evil.example", "block"), "tool https://evil.example/", block},
		{closed + url("https://pypi.org/**", "allow"), "curl https://pypi.org/simple/", allow},
		{closed + url("https://pypi.org/**", "allow"), "curl https://pypi.org", allow},
		{closed + url("https://pypi.org/**", "allow"), "curl http://pypi.org/", block},
		{closed + url("https://pypi.org/**", "allow"), "curl https://pypi.org@evil.example/", block},
		{closed + url("https://pypi.org/**", "allow"), "curl https://evil.example/https://pypi.org/", block},
		{closed + url("https://*.pypi.org/**", "allow"), "curl https://evil.example/x.pypi.org/", block},
		{closed + url("https://pypi.org/simple/**", "allow"), "curl https://pypi.org/simple/../x", block},
		{closed + url("https://pypi.org/simple/**", "allow"), "curl https://pypi.org/simple/%2e%2e/x", block},
		{closed + host("pypi.org", "allow"), `curl 'https://evil.example\@pypi.org/'`, block},
		{closed + host("pypi.org", "allow"), "curl $(cat f)", block},

		{rule(policy.CodeExec, "language = 'python'", "ask"), "python3 -c 'print(1)'", ask},
		{rule(policy.CodeExec, "command = '*socket*'", "block"), "python3 - <<< 'import socket'", block},

		// Expiry and simulation.
		{deny + "[[rule]]\nid = 'a'\naction = 'shell.exec'\nmatch = { command = 'ls' }\nverdict = 'allow'\nexpires = 2026-05-31\n", "ls", block},
		{deny + "[[rule]]\nid = 'a'\naction = 'shell.exec'\nmatch = { command = 'ls' }\nverdict = 'allow'\nexpires = 2026-06-01\n", "ls", allow},
		{"mode = 'simulate'\n" + command("ls", "block"), "ls", pass},
		{strings.Replace(command("ls", "allow"), "verdict", "mode = 'simulate'\nverdict", 1) + command("ls", "block"), "ls", block},
		{"agent = 'other'\n" + command("ls", "block"), "ls", pass},
		{"agent = 'claude*'\n" + command("ls", "block"), "ls", block},
	}
	for _, test := range tests {
		dec := decide(read(t, test.policy), bash(test.command))
		if dec.Verdict != test.want {
			t.Errorf("%s\n%q is %v, want %v: %s", test.policy, test.command, dec.Verdict, test.want, dec.Reason())
		}
	}
}

func TestTools(t *testing.T) {
	tool := func(name, args, verdict string) string {
		return rule(policy.MCPCall, fmt.Sprintf("tool = '%s'%s", name, args), verdict)
	}
	for _, test := range []struct {
		policy, tool, input string
		want                action.Verdict
	}{
		{tool("drop-db", "", "block"), "mcp__pg__drop-db", "{}", action.Block},
		{tool("mcp__pg__drop-db", "", "block"), "mcp__pg__drop-db", "{}", action.Block},
		{tool("mcp__my__drop-db", "", "block"), "mcp__pg__drop-db", "{}", action.Pass},
		// Some clients do not tell where the server's name ends, or nothing of it.
		{tool("drop-db", "", "block"), "mcp_my-pg-drop-db", "{}", action.Block},
		{tool("drop_db", "", "block"), "mcp_drop_db", "{}", action.Block},
		{tool("mcp__my-pg__drop-db", "", "block"), "mcp_my-pg-drop-db", "{}", action.Block},
		{tool("mcp.pg.drop-*", "", "block"), "mcp_pg_drop-db", "{}", action.Block},
		{tool("mcp__my__drop-db", "", "block"), "mcp_pg-drop-db", "{}", action.Pass},
		{tool("db", "", "block"), "mcp_pg-drop", "{}", action.Pass},
		{tool("mcp.pg.drop-*", "", "block"), "mcp__pg__drop-db", "{}", action.Block},
		{tool("query", ", args = { '/sql/0' = '*DROP*' }", "block"), "mcp__pg__query", `{"sql":["x; DROP y"]}`, action.Block},
		{tool("query", ", args = { '/sql' = '*DROP*' }", "block"), "mcp__pg__query", `{"sql":"SELECT"}`, action.Pass},
		{tool("query", ", args = { '/n' = '1' }", "block"), "mcp__pg__query", `{"n":1}`, action.Block},
		{"default = { \"mcp.call\" = \"block\" }\n" + tool("query", "", "allow"), "mcp__pg__query", "{}", action.Allow},
		{"default = { \"mcp.call\" = \"block\" }\n" + tool("query", "", "allow"), "mcp__pg__drop", "{}", action.Block},
		{"default = { \"mcp.call\" = \"block\" }\n", "TodoWrite", "{}", action.Pass},
		{rule(policy.Network, "host = 'evil.example'", "block"), "WebFetch", `{"url":"https://a@evil.example/"}`, action.Block},
		{rule(policy.Network, "host = 'evil.example'", "block"), "mcp__x__get", `{"at":"https://evil.example/"}`, action.Block},
		{rule(policy.Network, "host = 'evil.example'", "block"), "WebFetch", `{"url":"https://example.com/"}`, action.Pass},
	} {
		dec := decide(read(t, test.policy), action.Call{Tool: test.tool, Input: test.input, Dir: "/home/user/project"})
		if dec.Verdict != test.want {
			t.Errorf("%s\n%s %s is %v, want %v: %s", test.policy, test.tool, test.input, dec.Verdict, test.want, dec.Reason())
		}
	}
	write := action.Call{Tool: "Write", Dir: "/home/user/project", Files: []action.FileUse{{Op: action.FileWrite, Path: "~/notes"}}, Input: "{}"}
	if dec := decide(read(t, rule(policy.FileWrite, "path = '/home/user/*'", "block")), write); dec.Verdict != action.Block {
		t.Errorf("Write is %v", dec.Verdict)
	}
	if dec := decide(read(t, rule(policy.FileRead, "path = '/home/user/*'", "block")), write); dec.Verdict != action.Pass {
		t.Errorf("Write is %v where reading is blocked", dec.Verdict)
	}
}

func TestReason(t *testing.T) {
	set := read(t, "\n[[rule]]\nid = 'no-rm'\naction = 'shell.exec'\nmatch.command = 'rm *'\nverdict = 'block'\nmessage = 'Deleting is for people.'\nremedy = 'mv x trash/'\n")
	got := decide(set, bash("rm x")).Reason()
	want := "`rm x` is blocked by the rule no-rm of the policy p0.toml:2:1: Deleting is for people. Run instead: mv x trash/ [no-rm]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got = decide(read(t, "\ndefault = 'block'"), bash("ls")).Reason()
	want = "`ls` is blocked by the default for shell.exec of the policy p0.toml:2:1: no rule of it allows this. [default]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTrace(t *testing.T) {
	set := read(t, rule(policy.ShellExec, "command = 'rm x'", "allow")+rule(policy.ShellExec, "command = 'rm'", "block"))
	rulings := set.Trace(policy.Caller{}, []policy.Action{{Type: policy.ShellExec, Target: "rm x"}})
	if len(rulings) != 2 || rulings[0].Shadowed || !rulings[1].Shadowed || rulings[1].Origin() != "p0.toml:6:1" {
		t.Errorf("%+v", rulings)
	}
}

// A block that is added never makes anything laxer, wherever it is put: to the
// built-in rules, or before or after other rules that do not allow.
func TestBlockOnlyTightens(t *testing.T) {
	commands := []string{"rm x", "ls; rm y", "pip install x", ".venv/bin/pip install x", "cd a && curl https://pypi.org/", "cat ~/.npmrc", "echo x > /etc/x", "$X y", "python3 -c 'print(1)'"}
	globs := []string{"*", "rm *", "ls", "pip install*", "cd", "curl*", "*x*", "??"}
	rapid.Check(t, func(t *rapid.T) {
		glob := func(verdict string) string {
			switch g := rapid.SampledFrom(globs).Draw(t, "glob"); rapid.IntRange(0, 2).Draw(t, "type") {
			case 0:
				return rule(policy.FileRead, fmt.Sprintf("path = '%s'", g), verdict)
			default:
				return rule(policy.ShellExec, fmt.Sprintf("command = '%s'", g), verdict)
			}
		}
		var list []string
		for i := range rapid.IntRange(0, 4).Draw(t, "rules") {
			text := glob(rapid.SampledFrom([]string{"allow", "ask", "block"}).Draw(t, "verdict"))
			list = append(list, strings.Replace(text, "id = \"", fmt.Sprintf("id = \"%d-", i), 1))
		}
		head := rapid.SampledFrom([]string{"", "default = 'block'\n", "default = { \"shell.exec\" = 'ask' }\n"}).Draw(t, "default")
		call := bash(rapid.SampledFrom(commands).Draw(t, "command"))
		parse := func(list []string) *policy.Set {
			p, err := policy.Read("p.toml", head+strings.Join(list, ""))
			if err != nil {
				t.Fatal(err)
			}
			return policy.NewSet(now, p)
		}
		before := decide(parse(list), call).Verdict
		at := rapid.IntRange(0, len(list)).Draw(t, "at")
		more := append(append(append([]string{}, list[:at]...), glob("block")), list[at:]...)
		if after := decide(parse(more), call).Verdict; after < before || classify.Decide(call, machine).Verdict > after {
			t.Fatalf("%q was %v and is %v with\n%s", call.Command, before, after, strings.Join(more, ""))
		}
	})
}
