package setup

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPlugin holds the plugin's hooks to those that install writes, and its
// manifests to the files that they name.
func TestPlugin(t *testing.T) {
	type settings struct {
		Hooks map[string][]handlers
	}
	load := func(name string, v any) {
		t.Helper()
		if err := json.Unmarshal([]byte(read(t, name)), v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	var market struct {
		Name    string
		Plugins []struct{ Name, Source string }
	}
	load("../.claude-plugin/marketplace.json", &market)
	if len(market.Plugins) != 1 {
		t.Fatalf("plugins: %+v", market.Plugins)
	}
	dir := filepath.Join("..", market.Plugins[0].Source)
	var plugin struct{ Name, Hooks string }
	load(filepath.Join(dir, ".claude-plugin", "plugin.json"), &plugin)
	if plugin.Name != "venv-guard" || plugin.Name != market.Plugins[0].Name {
		t.Errorf("the plugin is called %q and %q", plugin.Name, market.Plugins[0].Name)
	}
	var usual, newer settings
	load(filepath.Join(dir, "hooks", "hooks.json"), &usual)
	load(filepath.Join(dir, plugin.Hooks), &newer)

	d := emptyDocument()
	items, _, err := claudeItems(&Host{}, options())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.add(slices.DeleteFunc(items, func(it Item) bool { return it.Path[0] != "hooks" }), nil); err != nil {
		t.Fatal(err)
	}
	var want settings
	if err := json.Unmarshal(d.text(), &want); err != nil {
		t.Fatal(err)
	}
	for event, groups := range want.Hooks {
		got := append(usual.Hooks[event], newer.Hooks[event]...)
		if len(got) != len(groups) {
			t.Errorf("%s: the plugin has %d entries, install writes %d", event, len(got), len(groups))
			continue
		}
		for i, g := range got {
			h := g.Hooks[0]
			if g.Matcher != groups[i].Matcher || h.Timeout != timeout || h.OnFailure != "block" || !strings.Contains(h.Command, `"${CLAUDE_PLUGIN_ROOT}/bin/hook.sh"`) {
				t.Errorf("%s: %+v, install writes %+v", event, g, groups[i])
			}
		}
	}
	if _, ok := usual.Hooks["ConfigChange"]; ok {
		t.Error("hooks.json has an event for which old clients drop the file")
	}
	if !exists(filepath.Join(dir, "bin", "hook.sh")) {
		t.Error("there is no bin/hook.sh")
	}
}
