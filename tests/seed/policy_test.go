package seed

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/venv-guard/venv-guard/tests/fixture"
)

var update = flag.Bool("update", false, "write testdata/*.toml anew")

// printed are the policies as the documents print them.
const printed = "../../policy/foreign/testdata/printed"

// TestImport holds that every printed policy is imported as it stands in
// testdata, which the other tests ask.
func TestImport(t *testing.T) {
	s, err := fixture.NewSite(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	guard := fixture.BuildGuard(t)
	files, err := os.ReadDir(printed)
	if err != nil || len(files) != 8 {
		t.Fatalf("%d printed policies, want 8 (%v)", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(printed, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(s.Dir, f.Name()), text, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := guard.Run(s, "", "policy", "import", "--repair", f.Name())
		if err != nil || r.Status != 0 {
			t.Errorf("%s: exit status %d: %s", f.Name(), r.Status, r.Stderr)
			continue
		}
		golden := native(f.Name())
		if *update {
			if err := os.WriteFile(golden, []byte(r.Stdout), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), r.Stdout); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.Name(), diff)
		}
		if r, err := guard.Run(s, r.Stdout, "policy", "check", native(f.Name())); err != nil || r.Status != 0 {
			t.Errorf("%s cannot be read again: %s", golden, r.Stderr)
		}
	}
}

// native returns the imported form of a printed policy.
func native(name string) string {
	file, err := filepath.Abs(filepath.Join("testdata", strings.TrimSuffix(name, filepath.Ext(name))+".toml"))
	if err != nil {
		panic(err)
	}
	return file
}

// A statement is something that a document says of one of its policies.
type statement struct {
	says   string // in its words
	policy string
	ask    []string // of venv-guard simulate
	want   string   // first line
}

func command(text string) []string { return []string{"--action", "shell.exec", "--command", text} }
func reads(path string) []string   { return []string{"--action", "file.read", "--path", path} }
func tool(name string) []string    { return []string{"--action", "mcp.call", "--tool", name} }
func autogen(action, option, target string) []string {
	return []string{"--agent", "autogen-coder", "--action", action, option, target}
}

// statements are by the document that makes them.
var statements = map[string][]statement{
	"000_32f33bdf854cc3c6.txt": {
		{"Expected: deny, rule: deny-pip-install", "gate-pip", command("pip install numpy"), "deny, rule: deny-pip-install"},
		{"the deny-pip-install rule matches pip install*", "gate-pip", command("pip install requests"), "deny, rule: deny-pip-install"},
		{"every pip invocation, including pip3", "gate-pip", command("pip3 install requests"), "deny, rule: deny-pip3-install"},
		{"and python -m pip", "gate-pip", command("python -m pip install requests"), "deny, rule: deny-python-m-pip"},
		{"the glob catches both python -m pip and python3 -m pip", "gate-pip", command("python3 -m pip install requests"), "deny, rule: deny-python-m-pip"},
		{"and uv pip", "gate-pip", command("uv pip install requests"), "deny, rule: deny-uv-pip-install"},
		{"approval", "approve-pip", command("pip install pandas"), "approval, rule: pip-install-approval"},
		{"the first rule matches -r requirements.txt", "requirements-only", command("pip install -r requirements.txt"), "allow, rule: allow-pip-requirements"},
		{"or -r requirements-dev.txt", "requirements-only", command("pip install -r requirements-dev.txt"), "allow, rule: allow-pip-requirements"},
		{"while blocking arbitrary package additions", "requirements-only", command("pip install requests"), "deny, rule: deny-pip-all-else"},

		// What the document does not say, but means.
		{"only requirements file installs", "requirements-only", command("pip install -r requirements.txt; rm -rf ~ # .txt"), "allow, rule: none"},
		{"only requirements file installs", "requirements-only", command("pip install -r requirements.txt && pip install x"), "deny, rule: deny-pip-all-else"},
		{"every pip invocation", "gate-pip", command("cd api && sudo /usr/bin/pip install requests"), "deny, rule: deny-pip-install"},
		{"every pip invocation", "gate-pip", command("bash -c 'pip  install \"requests\"'"), "deny, rule: deny-pip-install"},
		{"pip installs only", "gate-pip", command("git commit -m 'pip install requests'"), "allow, rule: none"},
	},
	"001_47f68369e3b9ccb2.txt": {
		{"pip-install stays usable, but rate-capped", "pip-install", tool("pip-install"), "allow, rule: pip-install"},
		{"whatever the server is called", "pip-install", tool("mcp__http__pip-install"), "allow, rule: pip-install"},
		{"everything else on the server is denied", "pip-install", tool("npm-install"), "deny, rule: default"},
		{"other actions are not the server's", "pip-install", command("ls"), "allow, rule: none"},
	},
	"002_a6b55ab0ba53fb26.txt": {
		{"Expected: deny, rule: deny-npm-publish", "no-publish", command("npm publish --access public"), "deny, rule: deny-npm-publish"},
		{"Expected: deny, rule: deny-read-npmrc", "no-publish", reads("/home/user/.npmrc"), "deny, rule: deny-read-npmrc"},
		{"npm publish is denied", "no-publish", command("npm publish"), "deny, rule: deny-npm-publish"},
		{"this policy covers yarn", "no-publish", command("yarn publish"), "deny, rule: deny-yarn-publish"},
		{"pnpm", "no-publish", command("pnpm publish"), "deny, rule: deny-pnpm-publish"},
		{"twine", "no-publish", command("twine upload dist/pkg-1.0.tar.gz"), "deny, rule: deny-twine-upload"},
		{"setup.py", "no-publish", command("python setup.py upload"), "deny, rule: deny-python-setup-upload"},
		{"gem", "no-publish", command("gem push pkg-1.0.gem"), "deny, rule: deny-gem-push"},
		{"cargo", "no-publish", command("cargo publish"), "deny, rule: deny-cargo-publish"},
		{"and nuget", "no-publish", command("nuget push Pkg.1.0.nupkg"), "deny, rule: deny-nuget-push"},
		{"and dotnet", "no-publish", command("dotnet nuget push Pkg.1.0.nupkg"), "deny, rule: deny-dotnet-nuget-push"},
		{"registry credential files are also protected", "no-publish", reads("/home/user/.pypirc"), "deny, rule: deny-read-pypirc"},
		{"the deny-read-npmrc rule catches that attempt", "no-publish", command("cat ~/.npmrc"), "deny, rule: deny-read-npmrc"},
		{"protect credentials (always deny)", "approve-publish", reads("/home/user/.npmrc"), "deny, rule: deny-read-npmrc"},
		{"publishing after human review, with any flags", "approve-publish", command("npm publish --tag next --access public"), "approval, rule: approve-npm-publish"},
		{"deny other registries", "approve-publish", command("twine upload dist/pkg-1.0.tar.gz"), "deny, rule: deny-twine-upload"},
		{"this lets the agent run npm pack", "pack-then-publish", command("npm pack"), "allow, rule: allow-npm-pack"},
		{"review before approving publish", "pack-then-publish", command("npm publish"), "approval, rule: approve-npm-publish"},
	},
	"004_41172838d1cb5d76.txt": {
		{"ALLOW: Python script execution", "autogen", autogen("shell_exec", "--command", "python3 process_data.py"), "allow, rule: allow-python-exec"},
		{"DENY: destructive shell command", "autogen", autogen("shell_exec", "--command", "rm -rf /tmp/workspace"), "deny, rule: deny-rm-commands"},
		{"ALLOW: writing to workspace", "autogen", autogen("file_write", "--path", "./workspace/summary.json"), "allow, rule: allow-write-workspace"},
		{"DENY: writing outside workspace", "autogen", autogen("file_write", "--path", "/etc/crontab"), "deny, rule: deny-write-outside"},
		{"DENY: blocked network request", "autogen", autogen("network", "--url", "https://malicious-site.com/payload"), "deny, rule: deny-network"},
		{"allow-pip-install", "autogen", autogen("shell_exec", "--command", "pip install pandas"), "allow, rule: allow-pip-install"},
		{"allow-pypi", "autogen", autogen("network", "--url", "https://pypi.org/simple/pandas/"), "allow, rule: allow-pypi"},
		{"defaultAction: deny", "autogen", autogen("shell_exec", "--command", "npm test"), "deny, rule: default"},
		{"defaultAction: deny", "autogen", autogen("file_read", "--path", "./data.csv"), "deny, rule: default"},
		{"agent: autogen-coder", "autogen", command("npm test"), "allow, rule: none"},

		// Text is not a place: .. leads out of the workspace, and a host's
		// name goes on until its slash.
		{"writing outside workspace", "autogen", autogen("file_write", "--path", "./workspace/../../etc/crontab"), "deny, rule: deny-write-outside"},
		{"writing outside workspace", "autogen", autogen("file_write", "--path", "./workspace/link/../x"), "deny, rule: deny-write-outside"},
		{"blocked network request", "autogen", autogen("network", "--url", "https://pypi.org.malicious-site.com/x"), "deny, rule: deny-network"},
		{"blocked network request", "autogen", autogen("network", "--url", "https://malicious-site.com/https://pypi.org/"), "deny, rule: deny-network"},
		{"destructive shell command", "autogen", autogen("shell_exec", "--command", "python3 process_data.py; rm -rf /tmp/workspace"), "deny, rule: deny-rm-commands"},
		{"writing outside workspace", "autogen", autogen("shell_exec", "--command", "python3 process_data.py > /etc/crontab"), "deny, rule: deny-write-outside"},
	},
}

// TestStatements holds every policy to what its document says of it.
func TestStatements(t *testing.T) {
	s, err := fixture.NewSite(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.Dir, "process_data.py"), []byte("print(1)\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Put("workspace/link -> ../.venv/bin", ""); err != nil {
		t.Fatal(err)
	}
	if err := s.PutVenv(".venv"); err != nil {
		t.Fatal(err)
	}
	guard := fixture.BuildGuard(t)
	status := map[string]int{"allow": 0, "deny": 2, "approval": 3}
	for doc, list := range statements {
		t.Run(doc, func(t *testing.T) {
			for _, st := range list {
				r, err := guard.Run(s, "", append([]string{"simulate", "--policy", native(st.policy)}, st.ask...)...)
				if err != nil {
					t.Fatal(err)
				}
				line, _, _ := strings.Cut(r.Stdout, "\n")
				verdict, _, _ := strings.Cut(st.want, ",")
				if line != st.want || r.Status != status[verdict] {
					t.Errorf("%s (%s): %s is %q with exit status %d, want %q\n%s%s", st.says, st.policy, strings.Join(st.ask, " "), line, r.Status, st.want, r.Stdout, r.Stderr)
				}
			}
		})
	}
}

// TestAnswers holds the JSON to the five that document 004 prints.
func TestAnswers(t *testing.T) {
	s, err := fixture.NewSite(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	guard := fixture.BuildGuard(t)
	for _, want := range []struct{ action, option, target, decision, rule string }{
		{"shell_exec", "--command", "python3 process_data.py", "ALLOW", "allow-python-exec"},
		{"shell_exec", "--command", "rm -rf /tmp/workspace", "DENY", "deny-rm-commands"},
		{"file_write", "--path", "./workspace/summary.json", "ALLOW", "allow-write-workspace"},
		{"file_write", "--path", "/etc/crontab", "DENY", "deny-write-outside"},
		{"network", "--url", "https://malicious-site.com/payload", "DENY", "deny-network"},
	} {
		r, err := guard.Run(s, "", append([]string{"simulate", "--json", "--policy", native("autogen")}, autogen(want.action, want.option, want.target)...)...)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]string
		if err := json.Unmarshal([]byte(r.Stdout), &got); err != nil {
			t.Errorf("%s: %v", r.Stdout, err)
			continue
		}
		if took := got["evaluationTime"]; !regexp.MustCompile(`^\d+\.\dms$`).MatchString(took) {
			t.Errorf("evaluationTime is %q", took)
		}
		delete(got, "evaluationTime")
		if diff := cmp.Diff(map[string]string{
			"actionType": want.action, "target": want.target, "agentId": "autogen-coder", "decision": want.decision, "rule": want.rule,
		}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
