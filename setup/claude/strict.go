package claude

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// A kind is what JSON type a key must have, or the client drops the file.
type kind uint8

const (
	isBool kind = iota
	isNumber
	isString
	isObject
	isStrings // a list of strings
)

var kindNames = [...]string{"true or false", "a number", "a string", "an object", "a list of strings"}

// typed returns the type of a top-level key, where that is known: the settings
// table of code.claude.com, "Claude Code settings". Other keys are tolerated,
// whatever they hold (run on 2.1.329).
func typed(key string) (k kind, known bool) {
	switch key {
	case "disableAllHooks", "allowManagedHooksOnly", "allowManagedPermissionRulesOnly", "includeCoAuthoredBy",
		"enableAllProjectMcpServers", "alwaysThinkingEnabled", "respectGitignore", "spinnerTipsEnabled":
		return isBool, true
	case "cleanupPeriodDays":
		return isNumber, true
	case "model", "outputStyle", "language", "apiKeyHelper", "awsAuthRefresh", "awsCredentialExport", "otelHeadersHelper",
		"plansDirectory", "autoUpdatesChannel", "teammateMode":
		return isString, true
	case "env", "permissions", "hooks", "statusLine", "fileSuggestion", "enabledPlugins", "extraKnownMarketplaces", "sandbox", "attribution":
		return isObject, true
	case "enabledMcpjsonServers", "disabledMcpjsonServers", "availableModels", "companyAnnouncements", "allowedHttpHookUrls",
		"httpHookAllowedEnvVars":
		return isStrings, true
	}
	return 0, false
}

// modes are the values of permissions.defaultMode; any other drops the file.
var modes = [...]string{"default", "manual", "acceptEdits", "plan", "auto", "dontAsk", "bypassPermissions", "delegate"}

// needed returns the key that a hook of a type must have; "" for types that the
// client does not know.
func needed(handlerType string) string {
	switch handlerType {
	case "command":
		return "command"
	case "prompt", "agent":
		return "prompt"
	case "http":
		return "url"
	case "mcp_tool":
		return "tool"
	}
	return ""
}

// check says which value makes the client drop a file.
func check(root map[string]any) error {
	for _, key := range slices.Sorted(maps.Keys(root)) {
		if want, known := typed(key); known && !want.fits(root[key]) {
			return fmt.Errorf("%s must be %s", key, kindNames[want])
		}
	}
	if env, ok := root["env"].(map[string]any); ok {
		for _, name := range slices.Sorted(maps.Keys(env)) {
			switch env[name].(type) {
			case string, bool, json.Number:
			default:
				return fmt.Errorf("env.%s must be a string", name)
			}
		}
	}
	if permissions, ok := root["permissions"].(map[string]any); ok {
		if err := checkPermissions(permissions); err != nil {
			return err
		}
	}
	if hooks, ok := root["hooks"].(map[string]any); ok {
		for _, event := range slices.Sorted(maps.Keys(hooks)) {
			if err := checkEvent("hooks."+event, hooks[event]); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkPermissions holds the lists to be lists: a map in place of one, as some
// texts show it, drops the file with all its hooks.
func checkPermissions(permissions map[string]any) error {
	for _, key := range [...]string{"allow", "ask", "deny", "additionalDirectories"} {
		if v, ok := permissions[key]; ok && !isStrings.fits(v) {
			return fmt.Errorf("permissions.%s must be a list of strings", key)
		}
	}
	v, ok := permissions["defaultMode"]
	if mode, text := v.(string); ok && (!text || !slices.Contains(modes[:], mode)) {
		return fmt.Errorf("permissions.defaultMode must be one of %q", modes)
	}
	return nil
}

// checkEvent holds the hooks of one event to their form. Those of events that a
// client does not know are not looked at by newer ones; they are held to it all
// the same.
func checkEvent(at string, v any) error {
	groups, ok := v.([]any)
	if !ok {
		return fmt.Errorf("%s must be a list", at)
	}
	for i, g := range groups {
		at := fmt.Sprintf("%s[%d]", at, i)
		group, ok := g.(map[string]any)
		if !ok {
			return fmt.Errorf("%s must be an object with a matcher and hooks", at)
		}
		if m, ok := group["matcher"]; ok && !isString.fits(m) {
			return fmt.Errorf("%s.matcher must be a string", at)
		}
		handlers, ok := group["hooks"].([]any)
		if !ok {
			return fmt.Errorf("%s must have a list hooks", at)
		}
		for k, h := range handlers {
			if err := checkHandler(fmt.Sprintf("%s.hooks[%d]", at, k), h); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkHandler(at string, v any) error {
	handler, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("%s must be an object", at)
	}
	t, _ := handler["type"].(string)
	need := needed(t)
	if need == "" {
		return fmt.Errorf("%s.type must be command, prompt, agent, http or mcp_tool", at)
	}
	for _, key := range [...]struct {
		name string
		kind kind
	}{{need, isString}, {"timeout", isNumber}, {"args", isStrings}, {"if", isString}, {"statusMessage", isString}} {
		if v, ok := handler[key.name]; (ok || key.name == need) && !key.kind.fits(v) {
			return fmt.Errorf("%s.%s must be %s", at, key.name, kindNames[key.kind])
		}
	}
	return nil
}

func (k kind) fits(v any) bool {
	switch v := v.(type) {
	case bool:
		return k == isBool
	case json.Number:
		return k == isNumber
	case string:
		return k == isString
	case map[string]any:
		return k == isObject
	case []any:
		return k == isStrings && !slices.ContainsFunc(v, func(e any) bool { _, ok := e.(string); return !ok })
	}
	return false
}
