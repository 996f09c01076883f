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
	drops   []string // options that nobody misses
}

type choice struct {
	tools []string // ids; empty for every tool
	any   []cond   // one of them must hold, if there are any
	all   []cond
	env   envNeed
	runs  []run
	// strict says that the choice is only for commands without options, but
	// for those in keeps: its commands say them too, or need not.
	strict bool
	keeps  []string
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
	hasProject    // the project itself: `.`, `-e .[dev]`
	hasInstallers // pip and what it builds with, which no project depends on
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
	env, pip := r.projectEnv(c)
	have := r.groups(c)
	m := &r.p.remedies[l.remedy]
	for i := range m.choices {
		ch := &m.choices[i]
		switch {
		case len(ch.tools) > 0 && !contains(ch.tools, r.t.id),
			len(ch.any) > 0 && !r.any(ch.any), !r.all(ch.all),
			ch.env == envPip && (env == "" || !pip),
			ch.env == envBare && (env == "" || pip),
			ch.env == envNone && env != "",
			ch.strict && r.loses(c, m, ch):
			continue
		}
		for k := range ch.runs {
			if g := ch.runs[k].groups; g == 0 || have != 0 && have&^g == 0 {
				return r.fill(ch.runs[k].text, c, env, m)
			}
		}
	}
	return ""
}

// loses reports whether a choice would leave out an option that matters, given
// on the command line, by a variable or by a configuration file: a package from
// another index is another package.
func (r *reading) loses(c *command, m *remedy, ch *choice) bool {
	said := func(name string) bool {
		return contains(ch.keeps, name) || contains(m.drops, name) || contains(c.moves, name)
	}
	for i := range r.hits {
		if name := r.hits[i].opt.name; !said(name) && !isOperand(c, name) {
			return true
		}
	}
	for i := range c.options {
		if name := c.options[i].name; !said(name) && !isOperand(c, name) {
			if _, src, _ := r.preset(name); src != fromNowhere {
				return true
			}
		}
	}
	return false
}

// isOperand reports whether an option is another way to say what is installed.
func isOperand(c *command, option string) bool {
	return c.words.requirements.name == option || c.words.editables.name == option
}

// groups says which sorts of operands a command has.
func (r *reading) groups(c *command) groups {
	var g groups
	for _, p := range r.list(nil, &c.words.packages) {
		switch {
		case isOwnProject(p):
			g |= hasProject
		case isInstaller(p):
			g |= hasInstallers
		default:
			g |= hasPackages
		}
	}
	if len(r.list(nil, &c.words.requirements)) > 0 {
		g |= hasRequirements
	}
	for _, e := range r.list(nil, &c.words.editables) {
		if isOwnProject(e) {
			g |= hasProject
		} else {
			g |= hasEditables
		}
	}
	return g
}

// isInstaller reports whether a package is one that installs others.
func isInstaller(operand string) bool {
	switch packageName(operand) {
	case "pip", "setuptools", "wheel":
		return true
	}
	return false
}

// packageName returns the name that a requirement begins with, "" for a path
// or URL.
func packageName(operand string) string {
	n := strings.IndexFunc(operand, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-')
	})
	if n < 0 {
		return operand
	}
	if strings.ContainsAny(operand[n:n+1], "/:+\\*?") {
		return ""
	}
	return operand[:n]
}

// isOwnProject reports whether an operand is the project itself: `.`, `.[dev]`.
func isOwnProject(operand string) bool {
	return operand == "." || operand == "./" || strings.HasPrefix(operand, ".[")
}

// projectEnv finds the environment of the project, here or above, as a path
// from the working directory, and whether it holds pip.
func (r *reading) projectEnv(c *command) (env string, pip bool) {
	dir := r.inv.Dir
	if !path.IsAbs(dir) || action.Holed(dir) {
		return "", false
	}
	if env, pip = r.nearEnv(c); env != "" {
		return env, pip
	}
	root := r.projectRoot()
	for up := ""; ; up += "../" {
		if name, pip := r.envIn(dir); name != "" {
			return up + name, pip
		}
		if dir == root || len(dir) <= 1 || root == "" {
			return "", false
		}
		dir = path.Dir(dir)
	}
}

// nearEnv finds the environment that stands nearest to the one file that names
// the packages, below the working directory: that of a part of the project.
func (r *reading) nearEnv(c *command) (env string, pip bool) {
	files := append(r.list(nil, &c.words.requirements), r.list(nil, &c.words.editables)...)
	if len(files) != 1 || path.IsAbs(files[0]) || action.Holed(files[0]) || strings.Contains(files[0], ":") {
		return "", false
	}
	dir, _, _ := strings.Cut(path.Clean(files[0]), "[")
	if !world.IsDir(r.inv.FS, path.Join(r.inv.Dir, dir)) {
		dir = path.Dir(dir)
	}
	for ; dir != "." && !strings.HasPrefix(dir, ".."); dir = path.Dir(dir) {
		if name, pip := r.envIn(path.Join(r.inv.Dir, dir)); name != "" {
			return dir + "/" + name, pip
		}
	}
	return "", false
}

// envIn returns the environment that stands in a directory, by its name, and
// whether it holds pip.
func (r *reading) envIn(dir string) (name string, pip bool) {
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
		return name, pip
	}
	return "", false
}

// remedyNames are the names that the commands of remedies may use in braces,
// besides references to options and operands.
var remedyNames = [...]string{
	"packages", "requirements", "editables", "files", "project", "extras", "names", "program", "verb", "global", "args", "kept", "venv", "new", "bin",
	"unset", "command",
}

// fill writes the words of the user into a remedy's command.
func (r *reading) fill(text string, c *command, env string, m *remedy) string {
	var b strings.Builder
	for {
		head, tail, ok := strings.Cut(text, "{")
		b.WriteString(head)
		if !ok {
			break
		}
		name, after, _ := strings.Cut(tail, "}")
		text = after
		words, ok := r.remedyWords(name, c, env, m)
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

// remedyWords returns the quoted words that stand for what is in braces: a name
// or reference; with `WORDS <- NAME` WORDS before each of them; with `WORDS if
// CONDITION` WORDS if it holds.
func (r *reading) remedyWords(text string, c *command, env string, m *remedy) ([]string, bool) {
	if literal, text, ok := strings.Cut(text, " if "); ok {
		cd, err := parseCond(text)
		if err != nil || !r.all([]cond{cd}) {
			return nil, err == nil
		}
		return []string{literal}, true
	}
	literal, name, each := strings.Cut(text, " <- ")
	if !each {
		name = text
	}
	words, ok := r.named(name, c, env, m)
	if !ok {
		return nil, false
	}
	for i, w := range words {
		if action.Holed(w) {
			w = "PACKAGE"
		}
		q, err := quoted(w)
		if err != nil {
			return nil, false
		}
		if each {
			q = literal + " " + q
		}
		words[i] = q
	}
	return words, true
}

// named returns the words that stand for a name or reference.
func (r *reading) named(name string, c *command, env string, m *remedy) (words []string, ok bool) {
	switch name {
	case "packages":
		return slices.DeleteFunc(r.list(nil, &c.words.packages), isOwnProject), true
	case "requirements":
		for _, f := range r.list(nil, &c.words.requirements) {
			words = append(words, "-r", f)
		}
	case "editables":
		for _, f := range r.list(nil, &c.words.editables) {
			if !isOwnProject(f) {
				words = append(words, "-e", f)
			}
		}
	case "files":
		return r.list(nil, &c.words.requirements), true
	case "project":
		return r.ownProject(c), true
	case "extras":
		for _, p := range r.ownProject(c) {
			if _, list, ok := strings.Cut(strings.TrimSuffix(p, "]"), "["); ok {
				words = append(words, strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ' ' })...)
			}
		}
	case "names":
		for _, p := range r.list(nil, &c.words.packages) {
			if n := packageName(p); n != "" && !isOwnProject(p) {
				words = append(words, n)
			}
		}
	case "program":
		if w := r.words[0]; strings.HasPrefix(w, "./") && !action.Holed(w) {
			return []string{w}, true // the project's own: ./gradlew
		}
		return []string{baseName(r.words[0])}, true
	case "verb":
		return strings.Fields(r.verbText), true
	case "command":
		return strings.Fields(r.cmd.verb), true
	case "args":
		return r.ownWords(c, nil), true
	case "kept":
		return r.ownWords(c, m.drops), true
	case "global":
		for i := range r.hits {
			if h := &r.hits[i]; h.at < r.verbAt && h.col <= 1 && !contains(c.moves, h.opt.name) {
				words = append(words, r.words[h.at:h.at+h.n]...)
			}
		}
	case "venv":
		return []string{env}, true
	case "bin":
		if world.IsDir(r.inv.FS, path.Join(r.inv.Dir, env, "Scripts")) {
			return []string{env + "/Scripts"}, true
		}
		return []string{env + "/bin"}, true
	case "new":
		return []string{r.newEnv()}, true
	case "unset":
		return r.unset(), true
	default:
		f, err := parseRef(name)
		if err != nil {
			return nil, false
		}
		return r.list(nil, &f), true
	}
	return words, true
}

// ownProject returns the operands that mean the project itself.
func (r *reading) ownProject(c *command) []string {
	all := append(r.list(nil, &c.words.packages), r.list(nil, &c.words.editables)...)
	return slices.DeleteFunc(all, func(p string) bool { return !isOwnProject(p) })
}

// quoted returns a word as a shell needs it, without quotes that no shell
// needs.
func quoted(w string) (string, error) {
	safe := "_@%+=:,./-"
	if !strings.ContainsAny(w, "=<>!~;[") {
		// No name holds a star: it is a pattern of files, and shall be one.
		safe += "*?"
	}
	if w != "" && w[0] != '=' && strings.IndexFunc(w, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune(safe, c))
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
	if conf && r.t.conf == "pip" {
		words = append(words, "PIP_CONFIG_FILE=/dev/null")
	}
	return words
}

// ownWords returns the user's words after the verb, without the options that
// only move the target and those to drop.
func (r *reading) ownWords(c *command, drops []string) []string {
	words := append([]string(nil), r.words...)
	drop := make([]bool, len(words))
	for i := 0; i <= r.verbAt && i < len(drop); i++ {
		drop[i] = true
	}
	// From the last letter of a bundle to the first, so that positions hold.
	for i := len(r.hits) - 1; i >= 0; i-- {
		h := &r.hits[i]
		if !contains(c.moves, h.opt.name) && !contains(drops, h.opt.name) {
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
