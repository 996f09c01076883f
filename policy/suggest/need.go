package suggest

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/rules"
)

// A need is one thing that a call needs to pass: a built-in rule out of the
// way, or an action allowed.
type need struct {
	builtin, reason string
	action          policy.ActionType
	match           policy.Match
	exact           bool // an exception from a rule, not from a default
}

func (n *need) key() string {
	return fmt.Sprint(n.builtin, "\x00", n.action, "\x00", n.match, "\x00", n.exact)
}

// needs returns what stands in a call's way, or why nothing is suggested.
func needs(dec *classify.Decision, clean func(string) string) (list []need, why string) {
	for _, p := range dec.Problems {
		return nil, fmt.Sprintf("the guard cannot tell what it does: %s [guard/%s]", p.Text, p.ID)
	}
	for i := range dec.Steps {
		for _, f := range dec.Steps[i].Findings {
			if f.Policy != "" || f.Verdict <= action.Allow {
				continue
			}
			switch category := rules.Builtin().Category(f.Rule); {
			case guarded(category):
				return nil, fmt.Sprintf("rules of the category %s are for you to change, by hand: %s [%s]", category, f.Reason, f.Rule)
			case category == "":
				return nil, f.Reason
			}
			list = append(list, need{builtin: f.Rule, reason: f.Reason})
		}
	}
	for i := range dec.Rulings {
		r := &dec.Rulings[i]
		if r.Simulated || r.Verdict <= action.Allow {
			continue
		}
		a := &dec.Actions[r.Action]
		if slices.ContainsFunc(a.Categories, guarded) || r.Rule != nil && guarded(r.Rule.Match.Category) {
			return nil, "what publishes or is about credentials is for you to allow, by hand: stopped by " + r.Origin()
		}
		if r.Policy.Layer != policy.User {
			return nil, fmt.Sprintf("the %s's policy stops it, %s, which the user's cannot loosen", r.Policy.Layer, r.Origin())
		}
		n := need{action: a.Type, exact: r.Rule != nil}
		// What is included comes after all rules of the file itself, so that
		// an exception from the default would be one from its rules too.
		n.match = match(a, n.exact || len(r.Policy.Include) > 0)
		if n.match.Empty() {
			return nil, fmt.Sprintf("no narrow rule tells what it does: %s %s, stopped by %s", a.Type, action.Show(a.Target), r.Origin())
		}
		if secret(&n.match, clean) {
			return nil, "a rule for it would hold a secret"
		}
		list = append(list, n)
	}
	return list, ""
}

// guarded reports whether nothing is suggested about a category of rules: what
// it does cannot be taken back.
func guarded(category string) bool { return category == "credentials" || category == "publish" }

// secret reports whether a match would hold a secret.
func secret(m *policy.Match, clean func(string) string) bool {
	texts := []string{m.String(), m.Command, m.Path, m.URL}
	for _, text := range m.Args {
		texts = append(texts, text)
	}
	return slices.ContainsFunc(texts, func(s string) bool { return clean(s) != s })
}

// match returns a match on an action: on its very words if exact, else on what
// is of its kind. It is empty if there is none that is narrow.
func match(a *policy.Action, exact bool) policy.Match {
	var m policy.Match
	switch a.Type {
	case policy.ShellExec:
		return command(a, exact)
	case policy.FileRead, policy.FileWrite:
		dir := path.Dir(a.Target)
		switch {
		case action.Holed(a.Target) || !plain(a.Target):
		case exact || strings.Count(dir, "/") < 3 || strings.Contains(dir, "/."): // /, /etc, /home/user, ~/.ssh
			m.Path = a.Target
		default:
			m.Path = dir + "/*"
		}
	case policy.Network:
		if exact && plain(a.Target) {
			m.URL = a.Target
		} else if host := policy.Host(a.Target); !exact && plain(host) {
			m.Host = host
		}
	case policy.MCPCall:
		if plain(a.Target) {
			m.Tool = a.Target
		}
		if exact {
			m.Args = arguments(a.Args)
		}
	case policy.CodeExec:
		if plain(a.Target) && !action.Holed(a.Target) {
			m.Language, m.Command = a.Language, a.Target
		}
	}
	return m
}

// plain reports whether a text stands for itself in a glob, and can be written
// in a line of its own.
func plain(text string) bool {
	const long = 1000
	return text != "" && len(text) <= long && !action.Holed(text) && !strings.Contains(text, "*") &&
		!strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
}

// arguments are globs over those arguments that are texts.
func arguments(v any) map[string]string {
	args, _ := v.(map[string]any)
	m := map[string]string{}
	for key, v := range args {
		if text, ok := v.(string); ok && plain(text) {
			m["/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(key)] = text
		}
	}
	return m
}

// command returns a match on a command: by what the built-in rules found that
// it does and where, or by its program and verb. It has no star: as a prefix of
// words it does not match what only begins alike.
func command(a *policy.Action, exact bool) policy.Match {
	for i := range a.Findings {
		f := &a.Findings[i]
		if !exact && f.Policy == "" && f.Tool != "" && !action.Holed(f.Tool) && slices.Contains(rules.Operations(), f.Operation) {
			return policy.Match{Program: f.Tool, Operation: f.Operation, Place: f.Place.Kind.String()}
		}
	}
	if a.Inv == nil {
		return policy.Match{}
	}
	argv := a.Inv.Argv
	if !exact {
		argv = argv[:verbs(argv)]
	}
	text := policy.NormalForm(argv)
	if !plain(text) || len(argv) == 0 {
		return policy.Match{}
	}
	return policy.Match{Command: text}
}

// oneThing are programs that do one thing whatever their words are: they show,
// compare, or check and test the project.
var oneThing = []string{
	":", "[", "basename", "cat", "cd", "cmp", "cut", "date", "diff", "dirname", "du", "echo", "eslint", "false", "file", "flake8",
	"gofmt", "grep", "head", "jest", "ls", "mypy", "printf", "pwd", "pyright", "pytest", "realpath", "rg", "ruff", "sleep",
	"stat", "tail", "test", "tr", "true", "tsc", "type", "vitest", "wc", "which",
}

// verbed are programs whose first word says what they are to do.
var verbed = []string{
	"brew", "bun", "bundle", "cargo", "composer", "dart", "deno", "docker", "dotnet", "flutter", "gem", "gh", "git", "go", "gradle",
	"gradlew", "hatch", "helm", "just", "kubectl", "make", "mix", "mvn", "node", "npm", "nox", "pdm", "pip", "pip3", "pipenv", "pnpm",
	"podman", "poetry", "pre-commit", "python", "python3", "rake", "rustup", "swift", "task", "terraform", "tox", "uv", "yarn",
}

// starters are words after which the next one says what is done.
var starters = []string{"run", "run-script", "exec", "-m", "x"}

// verbs returns how many words of a command say what it does: all of them where
// that is not known, or an option comes first.
func verbs(argv []string) int {
	program := ""
	if len(argv) > 0 {
		program = policy.BaseName(argv[0])
	}
	switch {
	case len(argv) < 2 || slices.Contains(oneThing, program):
		return min(len(argv), 1)
	case !slices.Contains(verbed, program):
	case slices.Contains(starters, argv[1]) && len(argv) > 2 && !strings.HasPrefix(argv[2], "-"):
		return 3
	case isVerb(argv[1]) && !slices.Contains(starters, argv[1]):
		return 2
	}
	return len(argv)
}

// isVerb reports whether a word may name what a program is to do: it is neither
// an option nor a file, an address or a value.
func isVerb(word string) bool {
	return word != "" && word[0] != '-' && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:") == ""
}
