package opencode

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestPluginNamesBinary(t *testing.T) {
	got := Plugin(`/opt/"odd" \dir/venv-guard`)
	if !strings.Contains(got, `const GUARD = "/opt/\"odd\" \\dir/venv-guard"`+"\n") {
		t.Error("the binary is not in the plugin")
	}
}

// harness plays OpenCode: it loads the plugin and prints what a call gets.
const harness = `
import { VenvGuard } from "./venv-guard.mjs"
const hooks = await VenvGuard({ directory: "/w" })
const [tool, args] = JSON.parse(process.argv[2])
try {
  await hooks["tool.execute.before"]({ tool, sessionID: "s", callID: "c" }, { args })
  console.log("goes on")
} catch (err) {
  console.log("thrown: " + err.message)
}
`

func TestPlugin(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node, so the plugin is not run")
	}
	dir := t.TempDir()
	guard := filepath.Join(dir, "venv-guard")
	if out, err := exec.Command("go", "build", "-o", guard, "../..").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	script := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for _, test := range []struct{ name, binary, call, want string }{
		{"blocked", guard, `["bash",{"command":"pip install requests"}]`, "thrown: `pip install requests` would install requests"},
		{"file", guard, `["write",{"filePath":".npmrc","content":"registry=https://npm.example.com/"}]`, "thrown: `write /w/.npmrc` would make"},
		{"goes on", guard, `["bash",{"command":"ls"}]`, "goes on"},
		{"other tool", guard, `["todowrite",{"todos":[]}]`, "goes on"},
		{"no arguments", guard, `["bash",null]`, "thrown: The tool call could not be judged"},
		{"missing", filepath.Join(dir, "nowhere"), `["bash",{"command":"ls"}]`, "thrown: venv-guard could not be asked about this call, so it was blocked: spawn"},
		{"crash", script("crash", "kill -9 $$"), `["bash",{"command":"ls"}]`, "thrown: venv-guard could not be asked about this call, so it was blocked: it was ended by SIGKILL"},
		{"other status", script("status", "exit 7"), `["bash",{"command":"ls"}]`, "thrown: venv-guard ended with status 7"},
	} {
		for name, text := range map[string]string{"venv-guard.mjs": Plugin(test.binary), "harness.mjs": harness} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command(node, filepath.Join(dir, "harness.mjs"), test.call)
		cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), test.want) {
			t.Errorf("%s: %v, %s\nwant %s", test.name, err, out, test.want)
		}
	}
}
