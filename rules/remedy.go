package rules

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// A remedy is a list of ways to do safely what a blocked command wanted; the
// first choice that fits the project is taken.
type remedy struct {
	id      string
	choices []choice
}

type choice struct {
	tools []string // ids; empty for every tool
	any   []cond   // one of them must hold, if there are any
	all   []cond
	env   envNeed
	runs  []run
}

// A run is the command for some shapes of operands: for those that have
// nothing but these groups. Without groups it is for all.
type run struct {
	groups groups
	text   string
}

// groups is a set of sorts of operands.
type groups uint8

const (
	hasPackages groups = 1 << iota
	hasRequirements
	hasEditables
)

// envNeed says what must be found of an environment here or above.
type envNeed uint8

const (
	envAny  envNeed = iota
	envPip          // one with pip
	envBare         // one without
	envNone         // none
)

var envNeeds = [...]string{"", "pip", "no-pip", "none"}

// projectEnvs are the names under which a project keeps its environment.
var projectEnvs = [...]string{".venv", "venv", "env"}

// remedy returns the command for a rule, or "".
func (r *reading) remedy(l *rule, c *command) string {
	if l.remedy < 0 || r.guessed {
		return ""
	}
	env, pip := r.projectEnv()
	have := r.groups(c)
	for i := range r.p.remedies[l.remedy].choices {
		ch := &r.p.remedies[l.remedy].choices[i]
		switch {
		case len(ch.tools) > 0 && !contains(ch.tools, r.t.id),
			len(ch.any) > 0 && !r.any(ch.any), !r.all(ch.all),
			ch.env == envPip && (env == "" || !pip),
			ch.env == envBare && (env == "" || pip),
			ch.env == envNone && env != "":
			continue
		}
		for k := range ch.runs {
			if g := ch.runs[k].groups; g == 0 || have != 0 && have&^g == 0 {
				return r.fill(ch.runs[k].text, c, env)
			}
		}
	}
	return ""
}

// groups says which sorts of operands a command has.
func (r *reading) groups(c *command) groups {
	var g groups
	for _, p := range r.list(nil, &c.words.packages) {
		if isOwnProject(p) {
			g |= hasEditables
		} else {
			g |= hasPackages
		}
	}
	if len(r.list(nil, &c.words.requirements)) > 0 {
		g |= hasRequirements
	}
	if len(r.list(nil, &c.words.editables)) > 0 {
		g |= hasEditables
	}
	return g
}

// isOwnProject reports whether an operand is the project itself: `.`, `.[dev]`.
func isOwnProject(operand string) bool {
	return operand == "." || operand == "./" || strings.HasPrefix(operand, ".[")
}

// projectEnv finds the environment of the project, here or above, as a path
// from the working directory, and whether it holds pip.
func (r *reading) projectEnv() (env string, pip bool) {
	dir := r.inv.Dir
	if !path.IsAbs(dir) || action.Holed(dir) {
		return "", false
	}
	root := r.projectRoot()
	for up := ""; ; up += "../" {
		for _, name := range projectEnvs {
			e := path.Join(dir, name)
			if !world.IsFile(r.inv.FS, e+"/pyvenv.cfg") {
				continue
			}
			pip := world.Exists(r.inv.FS, e+"/bin/pip") || world.Exists(r.inv.FS, e+"/Scripts/pip.exe")
			// One that only looks as if it had pip is of no use.
			if pip && world.Exists(r.inv.FS, e+"/bin/pip") && r.envOf(r.shebang(e+"/bin/pip")).Kind != action.PlaceVenv {
				pip = false
			}
			return up + name, pip
		}
		if dir == root || len(dir) <= 1 || root == "" {
			return "", false
		}
		dir = path.Dir(dir)
	}
}

// remedyNames are the names that the commands of remedies may use in braces,
// besides references to options and operands.
var remedyNames = [...]string{"packages", "requirements", "editables", "files", "verb", "global", "args", "venv", "new", "bin", "unset"}

// fill writes the words of the user into a remedy's command.
func (r *reading) fill(text string, c *command, env string) string {
	var b strings.Builder
	for {
		head, tail, ok := strings.Cut(text, "{")
		b.WriteString(head)
		if !ok {
			break
		}
		name, after, _ := strings.Cut(tail, "}")
		text = after
		words, ok := r.remedyWords(name, c, env)
		if !ok {
			return ""
		}
		if len(words) == 0 {
			// No word, no blank before it.
			s := strings.TrimRight(b.String(), " ")
			b.Reset()
			b.WriteString(s)
			if name == "unset" {
				text = strings.TrimPrefix(text, " ")
				if s != "" {
					b.WriteByte(' ')
				}
			}
			continue
		}
		b.WriteString(strings.Join(words, " "))
	}
	return b.String()
}

// remedyWords returns the quoted words that stand for a name in braces.
func (r *reading) remedyWords(name string, c *command, env string) ([]string, bool) {
	var words []string
	switch name {
	case "packages":
		words = slices.DeleteFunc(r.list(nil, &c.words.packages), isOwnProject)
	case "requirements":
		for _, f := range r.list(nil, &c.words.requirements) {
			words = append(words, "-r", f)
		}
	case "files":
		words = r.list(nil, &c.words.requirements)
	case "verb":
		words = strings.Fields(r.verbText)
	case "editables":
		for _, f := range r.list(nil, &c.words.editables) {
			words = append(words, "-e", f)
		}
	case "args":
		words = r.ownWords(c)
	case "global":
		for i := range r.hits {
			if h := &r.hits[i]; h.at < r.verbAt && h.col <= 1 && !contains(c.moves, h.opt.name) {
				words = append(words, r.words[h.at:h.at+h.n]...)
			}
		}
	case "venv":
		words = append(words, env)
	case "bin":
		bin := env + "/bin"
		if world.IsDir(r.inv.FS, path.Join(r.inv.Dir, env, "Scripts")) {
			bin = env + "/Scripts"
		}
		words = append(words, bin)
	case "new":
		words = append(words, r.newEnv())
	case "unset":
		words = r.unset()
	default:
		f, err := parseRef(name)
		if err != nil {
			return nil, false
		}
		words = r.list(nil, &f)
	}
	for i, w := range words {
		if action.Holed(w) {
			w = "PACKAGE"
		}
		q, err := quoted(w)
		if err != nil {
			return nil, false
		}
		words[i] = q
	}
	return words, true
}

// quoted returns a word as a shell needs it, without quotes that no shell
// needs.
func quoted(w string) (string, error) {
	if w != "" && w[0] != '=' && strings.IndexFunc(w, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("_@%+=:,./-", c))
	}) < 0 {
		return w, nil
	}
	return syntax.Quote(w, syntax.LangBash)
}

// newEnv returns the name of an environment that does not exist yet.
func (r *reading) newEnv() string {
	for _, name := range projectEnvs {
		if !world.Exists(r.inv.FS, path.Join(r.inv.Dir, name)) {
			return name
		}
	}
	return ".venv-new"
}

// unset returns the words that take back the variables and configuration which
// moved the target.
func (r *reading) unset() []string {
	var names []string
	conf := false
	l := r.landed
	if l == nil {
		return nil
	}
	note := func(name string) {
		if r.option1(name) != nil {
			return
		}
		switch _, src, variable := r.preset(name); src {
		case fromVar:
			names = append(names, variable)
		case fromConf:
			conf = true
		}
	}
	switch l.from.kind {
	case refOption:
		note(l.from.name)
	case refVar:
		names = append(names, l.from.name)
	}
	for i := range l.when {
		w := &l.when[i]
		switch {
		case w.not:
		case w.kind == condOption:
			note(w.name)
		case w.kind == condVar || w.kind == condSet:
			names = append(names, w.name)
		}
	}
	if len(names) == 0 && !conf {
		return nil
	}
	words := []string{"env"}
	for _, n := range names {
		words = append(words, "-u", n)
	}
	if conf {
		words = append(words, "PIP_CONFIG_FILE=/dev/null")
	}
	return words
}

// ownWords returns the user's words after the verb, without the options that
// only move the target.
func (r *reading) ownWords(c *command) []string {
	words := append([]string(nil), r.words...)
	drop := make([]bool, len(words))
	for i := 0; i <= r.verbAt && i < len(drop); i++ {
		drop[i] = true
	}
	// From the last letter of a bundle to the first, so that positions hold.
	for i := len(r.hits) - 1; i >= 0; i-- {
		h := &r.hits[i]
		if !contains(c.moves, h.opt.name) {
			continue
		}
		w := words[h.at]
		switch {
		case h.col == 0:
			drop[h.at] = true
		case h.opt.takes != takesNothing:
			words[h.at] = w[:h.col]
		default:
			words[h.at] = w[:h.col] + w[h.col+1:]
		}
		if words[h.at] == "-" {
			drop[h.at] = true
		}
		if h.n == 2 {
			drop[h.at+1] = true
		}
	}
	var out []string
	for i, w := range words {
		switch {
		case drop[i]:
		case action.Holed(w) && !onlyHole(w) && strings.HasPrefix(w, "-"):
		default:
			out = append(out, w)
		}
	}
	return out
}
