package rules

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/rules/source"
)

// styles are the ways to read options that the packs can name. It is a function
// so that nothing is built at start.
func styles() map[string]style {
	return map[string]style{
		// GNU getopt_long: prefixes, options among the operands.
		"getopt": {abbrev: abbrevOption},
		// The same, but options end at the first operand.
		"posix": {abbrev: abbrevOption, rest: true},
		// Python's optparse as pip has it.
		"optparse": {abbrev: abbrevExact, carry: true},
		// Python's argparse.
		"argparse": {abbrev: abbrevOption},
		// No prefixes, options among the operands: clap, click, cobra.
		"plain": {equals: true},
		// No prefixes, options end at the first operand.
		"strict": {rest: true},
		// -name is a long option: find.
		"dash": {oneDash: true},
		// The same, but options end at the first operand: go.
		"go": {oneDash: true, rest: true},
		// npm's parser.
		"nopt": {nopt: true},
		// PHP's Symfony console: as plain, but `-d=x` is the value `=x`.
		"symfony": {},
		// System.CommandLine of .NET: as plain, and --option:value.
		"dotnet": {equals: true, colon: true},
	}
}

// categories of rules.
var categories = [...]string{
	"global-install", "publish", "credentials", "registry", "system-packages", "toolchains", "remote-script", "configuration", "guard",
}

// groupNames are the sorts of operands that remedies know.
var groupNames = [...]string{"packages", "requirements", "editables", "project", "installers"}

// Compile checks packs and makes them ready for use. All faults that it finds
// are joined in the error; each is a *source.Error.
func Compile(files ...source.File) (*Packs, error) {
	c := &compiler{p: &Packs{}, sets: map[string]source.Grammar{}, tools: map[string]int{}, rules: map[string]bool{}, remedies: map[string]int{}}
	for i := range files {
		c.file = &files[i]
		for k, o := range c.file.Pack.Options {
			c.at = fmt.Sprintf("options[%d]", k)
			if _, ok := c.sets[o.ID]; ok || o.ID == "" {
				c.errorf("id", "no id, or one that is taken: %q", o.ID)
			}
			c.sets[o.ID] = o.Grammar
		}
	}
	for i := range files {
		c.file = &files[i]
		for k := range c.file.Pack.Tools {
			c.at = fmt.Sprintf("tool[%d]", k)
			c.tool(&c.file.Pack.Tools[k])
		}
	}
	for i := range files {
		c.file = &files[i]
		for k := range c.file.Pack.Remedies {
			c.at = fmt.Sprintf("remedy[%d]", k)
			c.remedy(&c.file.Pack.Remedies[k])
		}
	}
	for i := range files {
		c.file = &files[i]
		for k := range c.file.Pack.Rules {
			c.at = fmt.Sprintf("rule[%d]", k)
			c.rule(&c.file.Pack.Rules[k])
		}
		for k := range c.file.Pack.Files {
			c.at = fmt.Sprintf("file[%d]", k)
			c.fileRule(&c.file.Pack.Files[k])
		}
		for k := range c.file.Pack.Tokens {
			c.at = fmt.Sprintf("token[%d]", k)
			c.token(&c.file.Pack.Tokens[k])
		}
		for k := range c.file.Pack.Secrets {
			c.at = fmt.Sprintf("secret[%d]", k)
			c.secret(&c.file.Pack.Secrets[k])
		}
		for k := range c.file.Pack.MCP {
			c.at = fmt.Sprintf("mcp[%d]", k)
			c.mcp(&c.file.Pack.MCP[k])
		}
	}
	c.sortFileNames()
	slices.Sort(c.p.tokenNames)
	for i := range files {
		c.file = &files[i]
		for k := range c.file.Pack.Functions {
			c.at = fmt.Sprintf("function[%d]", k)
			c.function(&c.file.Pack.Functions[k])
		}
	}
	for _, list := range [][]name{c.p.names, c.p.modules, c.p.scripts} {
		slices.SortStableFunc(list, func(a, b name) int { return cmp.Compare(a.text, b.text) })
		for i := 1; i < len(list); i++ {
			if list[i].text == list[i-1].text {
				c.errs = append(c.errs, &source.Error{File: "packs", Text: fmt.Sprintf("%q names two tools: %s and %s",
					list[i].text, c.p.tools[list[i-1].to].id, c.p.tools[list[i].to].id)})
			}
		}
	}
	return c.p, errors.Join(c.errs...)
}

type compiler struct {
	p        *Packs
	file     *source.File
	at       string // path of the table that is compiled
	sets     map[string]source.Grammar
	tools    map[string]int
	rules    map[string]bool
	remedies map[string]int
	errs     []error
}

// errorf notes a fault at a key of the current table.
func (c *compiler) errorf(key, format string, args ...any) {
	p := c.at
	if key != "" {
		p += "." + key
	}
	pos, ok := c.file.Pos[p]
	for !ok && p != "" {
		i := strings.LastIndexAny(p, ".[")
		p = p[:max(i, 0)]
		pos, ok = c.file.Pos[p]
	}
	c.errs = append(c.errs, &source.Error{File: c.file.Name, Pos: pos, Text: fmt.Sprintf(format, args...)})
}

// sub compiles a table below the current one.
func (c *compiler) sub(path string, f func()) {
	old := c.at
	c.at += "." + path
	f()
	c.at = old
}

// word checks that a value is one of the known words.
func (c *compiler) word(key, what, value string, known []string) bool {
	if slices.Contains(known, value) {
		return true
	}
	c.errorf(key, "unknown %s %q%s", what, value, Suggest(value, known))
	return false
}

// Suggest returns " (did you mean …?)" for the nearest known word.
func Suggest(word string, known []string) string {
	best, dist := "", 1+len(word)/3
	for _, k := range known {
		if d := distance(word, k); d <= dist && k != "" {
			best, dist = k, d-1
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// distance is the number of letters to change, add or leave out.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		prev := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := prev
			if a[i] != b[j] {
				d++
			}
			prev = row[j+1]
			row[j+1] = min(d, row[j]+1, prev+1)
		}
	}
	return row[len(b)]
}

func keys[V any](m map[string]V) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

func (c *compiler) tool(s *source.Tool) {
	t := tool{id: s.ID, env: s.Env, envOff: s.EnvOff, conf: s.Conf, anyVerb: s.AnyVerb, runs: s.Interpreter}
	t.python = s.Python || len(s.Modules) > 0 || len(s.Scripts) > 0
	if s.ID == "" {
		c.errorf("", "tool without an id")
	}
	if _, ok := c.tools[s.ID]; ok {
		c.errorf("id", "the id %q is taken", s.ID)
	}
	if len(s.Names)+len(s.Modules)+len(s.Scripts) == 0 {
		c.errorf("", "tool %q has no names", s.ID)
	}
	if s.Style == "" {
		s.Style = "plain"
	}
	if all := styles(); c.word("style", "style", s.Style, keys(all)) {
		t.style = all[s.Style]
	}
	if s.Shorten != "" {
		c.word("shorten", "way to shorten verbs", s.Shorten, shortenings[1:])
		t.shorten = shorten(max(0, slices.Index(shortenings[:], s.Shorten)))
	}
	t.exports, t.anyCase, t.aliases, t.kebab, t.skip = s.EnvExports, s.EnvAnyCase, s.Aliases, s.Kebab, s.Skip
	t.style.numeric, t.style.plus, t.style.assign = s.Numeric, s.Plus, s.Assignments
	if s.Conf != "" {
		c.word("conf", "kind of configuration", s.Conf, []string{"pip"})
	}
	index := len(c.p.tools)
	c.tools[s.ID] = index
	for _, n := range s.Names {
		c.p.names = append(c.p.names, name{n, index, s.Versioned})
	}
	for _, n := range s.Modules {
		c.p.modules = append(c.p.modules, name{n, index, false}, name{n + ".__main__", index, false})
	}
	for _, n := range s.Scripts {
		c.p.scripts = append(c.p.scripts, name{n, index, false})
	}
	t.root = c.grammar(&s.Command)
	t.commands = make([]command, len(s.Commands))
	for i := range s.Commands {
		c.sub(fmt.Sprintf("command[%d]", i), func() { t.commands[i] = c.grammar(&s.Commands[i]) })
	}
	if len(s.Verbs) > 0 {
		c.errorf("verbs", "verbs belong in [[tool.command]]")
	}
	t.dir = c.ref(&t, &t.root, "directory", s.Directory)
	if s.Reads != nil {
		t.reads = append([]ref{}, c.refs(&t, &t.root, "reads", s.Reads)...)
	}
	t.below = c.conds(&t, &t.root, "reads_below", s.ReadsBelow)
	t.more = c.ref(&t, &t.root, "more_options", s.MoreOptions)
	for i := range s.Settings {
		c.sub(fmt.Sprintf("settings[%d]", i), func() { t.settings = append(t.settings, c.store(&t, &s.Settings[i])) })
	}
	c.command(&t, &t.root, &s.Command)
	for i := range s.Commands {
		c.sub(fmt.Sprintf("command[%d]", i), func() {
			cs := &s.Commands[i]
			if len(cs.Verbs) == 0 {
				c.errorf("", "command without verbs")
				return
			}
			t.commands[i].verb = cs.Verbs[0]
			for _, v := range cs.Verbs {
				if v == "" {
					t.bare = i + 1
					continue
				}
				t.verbs = append(t.verbs, name{text: v, to: i})
			}
			c.command(&t, &t.commands[i], cs)
		})
	}
	if len(s.Known) > 0 {
		for _, v := range s.Known {
			t.verbs = append(t.verbs, name{text: v, to: len(t.commands)})
		}
		t.commands = append(t.commands, command{verb: s.Known[0]})
	}
	slices.SortStableFunc(t.verbs, func(a, b name) int { return cmp.Compare(a.text, b.text) })
	for i := 1; i < len(t.verbs); i++ {
		if t.verbs[i].text == t.verbs[i-1].text {
			c.errorf("", "tool %q has the verb %q twice", s.ID, t.verbs[i].text)
		}
	}
	t.idle = true
	for _, cmd := range append(t.commands, t.root) {
		t.idle = t.idle && cmd.idle()
		t.tells = t.tells || cmd.tells()
		t.nests = t.nests || slices.ContainsFunc(cmd.starts, func(s start) bool {
			return s.kind == startModule || s.kind == startScript && s.lang == "python"
		})
	}
	c.p.tools = append(c.p.tools, t)
}

// shortenings are the words for what prefixes of verbs stand for.
var shortenings = [...]string{"", "word", "command", "humps"}

func (c *compiler) store(t *tool, s *source.Source) store {
	st := store{
		dot: s.Dot, dash: s.Dash, file: s.File, when: c.storeConds(t, s.When),
		relative: s.Relative, paths: s.Paths, options: s.Options,
	}
	if (s.Env == nil) == (s.File == "") {
		c.errorf("", "settings are in variables (env) or in a file")
	}
	if s.Env != nil {
		if st.env = *s.Env; st.env == "" {
			st.env = "="
		}
	}
	switch {
	case s.File != "" && strings.IndexByte("@~$/", s.File[0]) < 0:
		c.errorf("file", "%q does not begin with @, ~, $ or /", s.File)
	case s.File != "" && c.word("format", "format", s.Format, confFormats[:]):
		st.format = confFormat(slices.Index(confFormats[:], s.Format))
	}
	return st
}

// storeConds compiles conditions, whose options may be those of any command.
func (c *compiler) storeConds(t *tool, list []string) []cond {
	conds := c.conds(nil, nil, "when", list)
	for i := range conds {
		if conds[i].kind != condOption {
			continue
		}
		cmd := &t.root
		for k := range t.commands {
			if _, _, ok := t.commands[k].lookup(conds[i].name); ok {
				cmd = &t.commands[k]
			}
		}
		conds[i].name = c.canonical(t, cmd, "when", conds[i].name)
	}
	return conds
}

func (c *compiler) function(s *source.Function) {
	f := function{langs: s.Langs, runs: s.Runs, split: s.Split, sets: s.Sets}
	for _, n := range s.Names {
		f.names = append(f.names, strings.NewReplacer("::", ".", "->", ".").Replace(n))
	}
	switch {
	case len(s.Langs) == 0 || len(s.Names) == 0:
		c.errorf("", "a function needs langs and names")
	case (len(s.Runs) == 0) == (s.Sets == ""):
		c.errorf("", "a function runs something or sets a variable")
	case len(s.Runs) > 0 && !slices.ContainsFunc(c.p.names, func(n name) bool { return n.text == s.Runs[0] }):
		c.errorf("runs", "no tool has the name %q", s.Runs[0])
	}
	c.p.functions = append(c.p.functions, f)
}

// grammar compiles the options of a command.
func (c *compiler) grammar(s *source.Command) command {
	var cmd command
	cmd.rest = s.Stop
	c.options(&cmd, "", &s.Grammar, nil)
	slices.SortStableFunc(cmd.spellings, func(a, b spelling) int { return cmp.Compare(a.text, b.text) })
	for i := 1; i < len(cmd.spellings); i++ {
		if cmd.spellings[i].text == cmd.spellings[i-1].text {
			c.errorf("", "the option %s is listed twice", cmd.spellings[i].text)
		}
	}
	return cmd
}

func (c *compiler) options(cmd *command, set string, g *source.Grammar, seen []string) {
	for _, u := range g.Use {
		sub, ok := c.sets[u]
		if !ok {
			c.errorf("use", "unknown set of options %q%s", u, Suggest(u, keys(c.sets)))
			continue
		}
		if slices.Contains(seen, u) {
			c.errorf("use", "the set of options %q uses itself", u)
			continue
		}
		c.options(cmd, u, &sub, append(seen, u))
	}
	for _, list := range []struct {
		key     string
		entries []string
		takes   takes
		ends    bool
	}{
		{"flags", g.Flags, takesNothing, false},
		{"values", g.Values, takesValue, false},
		{"optional", g.Optional, takesAttached, false},
		{"maybe", g.Maybe, takesMaybe, false},
		{"until", g.Until, takesWords, false},
		{"ends", g.Ends, takesValue, true},
	} {
		for _, entry := range list.entries {
			o := option{takes: list.takes, ends: list.ends}
			for _, sp := range strings.Fields(entry) {
				text, off := strings.CutPrefix(sp, "!")
				if len(text) < 2 || text[0] != '-' {
					c.errorf(list.key, "%q is not an option", sp)
					continue
				}
				if !off && (o.name == "" || !strings.HasPrefix(o.name, "--") && strings.HasPrefix(text, "--")) {
					o.name = text
				}
				cmd.spellings = append(cmd.spellings, spelling{text, len(cmd.options), off})
			}
			if o.name == "" {
				c.errorf(list.key, "no option in %q", entry)
			}
			cmd.options = append(cmd.options, o)
		}
	}
}

// canonical returns the name of an option that a condition or reference uses.
func (c *compiler) canonical(t *tool, cmd *command, key, text string) string {
	r := reading{t: t, cmd: cmd}
	o, _, ok := r.lookup(text)
	if !ok {
		var known []string
		for _, s := range append(slices.Clone(cmd.spellings), t.root.spellings...) {
			known = append(known, s.text)
		}
		c.errorf(key, "the tool has no option %s%s", text, Suggest(text, known))
		return text
	}
	return o.name
}

func (c *compiler) conds(t *tool, cmd *command, key string, list []string) []cond {
	var out []cond
	for _, s := range list {
		cd, err := parseCond(s)
		if err != nil {
			c.errorf(key, "%v", err)
			continue
		}
		if cd.kind == condOption && cd.name != "-0" && t != nil {
			cd.name = c.canonical(t, cmd, key, cd.name)
		}
		out = append(out, cd)
	}
	return out
}

func (c *compiler) ref(t *tool, cmd *command, key, s string) ref {
	f, err := parseRef(s)
	if err != nil {
		c.errorf(key, "%v", err)
		return f
	}
	if f.kind == refOption || f.kind == refSplit {
		f.name = c.canonical(t, cmd, key, f.name)
	}
	return f
}

func (c *compiler) refs(t *tool, cmd *command, key string, list []string) []ref {
	var out []ref
	for _, s := range list {
		out = append(out, c.ref(t, cmd, key, s))
	}
	return out
}

func (c *compiler) resolver(key, s string) resolver {
	if s == "" {
		return isNothing
	}
	c.word(key, "place", s, resolverNames[1:])
	return resolver(max(0, slices.Index(resolverNames[:], s)))
}

func (c *compiler) command(t *tool, cmd *command, s *source.Command) {
	if s.Operation != "" {
		c.word("operation", "operation", s.Operation, operations[:])
		cmd.op = s.Operation
		if s.Operation != opQuery && s.Operation != opFetch && len(s.Lands) == 0 {
			c.errorf("operation", "an operation must land somewhere: no lands")
		}
	} else if len(s.Lands)+len(s.Needs) > 0 {
		c.errorf("", "lands and needs go with an operation")
	}
	cmd.when = c.conds(t, cmd, "when", s.When)
	cmd.inert = c.conds(t, cmd, "inert", s.Inert)
	cmd.needs = c.conds(t, cmd, "needs", s.Needs)
	cmd.venvOnly = c.conds(t, cmd, "venv_only", s.VenvOnly)
	for i, l := range s.Lands {
		c.sub(fmt.Sprintf("lands[%d]", i), func() {
			cmd.lands = append(cmd.lands, land{
				when: c.conds(t, cmd, "when", l.When), from: c.ref(t, cmd, "from", l.From), not: l.Not, is: c.resolver("is", l.Is), name: l.Name,
			})
			if l.Is == "" {
				c.errorf("", "no place: is = …")
			}
		})
	}
	for _, m := range s.Moves {
		cmd.moves = append(cmd.moves, c.canonical(t, cmd, "moves", m))
	}
	cmd.words = shape{
		packages: c.ref(t, cmd, "packages", s.Packages), requirements: c.ref(t, cmd, "requirements", s.Requirements),
		editables: c.ref(t, cmd, "editables", s.Editables),
	}
	for i := range s.Starts {
		c.sub(fmt.Sprintf("start[%d]", i), func() { cmd.starts = append(cmd.starts, c.start(t, cmd, &s.Starts[i])) })
	}
	if k := s.Creates; k != nil {
		c.sub("creates", func() {
			cmd.creates = &creates{
				at: c.ref(t, cmd, "at", k.At), or: k.Or, is: c.resolver("is", k.Is), missing: k.Missing,
				conda: k.Conda, pip: k.Pip, anew: k.Anew, noPip: c.conds(t, cmd, "no_pip", k.NoPip),
			}
		})
	}
	cmd.activates = c.resolver("activates", s.Activates)
	if k := s.Prints; k != nil {
		c.sub("prints", func() {
			cmd.prints = &prints{when: c.conds(t, cmd, "when", k.When), from: c.ref(t, cmd, "from", k.From), is: c.resolver("is", k.Is), text: k.Text}
			if k.Is == "" || !strings.Contains(k.Text, "{}") {
				c.errorf("", "no place, or no {} in the text")
			}
		})
	}
}

func (c *compiler) start(t *tool, cmd *command, s *source.Start) start {
	st := start{
		when: c.conds(t, cmd, "when", s.When), args: c.refs(t, cmd, "args", s.Args), after: s.After,
		lang: s.Lang, label: s.Label, each: s.Each, clear: c.conds(t, cmd, "clear", s.Clear),
		unset: c.ref(t, cmd, "unset", s.Unset), set: s.Set, chain: s.Chain, lets: c.lets(t, cmd, s.SetFrom), assign: s.Assign, dir: c.ref(t, cmd, "dir", s.Dir),
		system: c.conds(t, cmd, "system", s.System), login: c.conds(t, cmd, "login", s.Login), host: s.Host,
		first: c.resolver("path_first", s.PathFirst), holes: s.Unknown, at: s.CutVersion, scan: s.Scan, aside: s.Aside, guess: s.Guess,
	}
	if in := s.Input; in != nil {
		c.sub("input", func() {
			st.input = &input{
				found: in.Found, file: c.ref(t, cmd, "file", in.File), null: c.conds(t, cmd, "null", in.Null),
				delim: c.ref(t, cmd, "delimiter", in.Delimiter), end: c.ref(t, cmd, "end", in.End),
				replace: c.ref(t, cmd, "replace", in.Replace), splice: c.conds(t, cmd, "splice", in.Splice),
				words: c.ref(t, cmd, "words", in.Words), lines: c.ref(t, cmd, "lines", in.Lines), byLine: c.conds(t, cmd, "by_line", in.ByLine),
			}
		})
		if len(s.Argv) == 0 {
			c.errorf("input", "only argv is completed by input")
		}
	}
	n := 0
	kind := func(k startKind, key string, from ...string) {
		if len(from) == 0 {
			return
		}
		n++
		st.kind, st.from = k, c.refs(t, cmd, key, from)
	}
	kind(startArgv, "argv", s.Argv...)
	kind(startText, "text", s.Text...)
	if s.Task != "" {
		n++
		st.kind, st.lang, st.from = startTask, s.Task, c.refs(t, cmd, "script", s.Script)
	} else {
		kind(startScript, "script", s.Script...)
	}
	if s.Module != "" {
		kind(startModule, "module", s.Module)
	}
	if s.Stdin {
		n++
		st.kind = startStdin
	}
	if s.Parallel {
		n++
		st.kind = startParallel
	}
	if n != 1 {
		c.errorf("", "a start is one of argv, text, script, module, stdin, parallel, task")
	}
	if st.kind != startArgv && st.lang == "" {
		c.errorf("", "no lang: the language of what is started")
	}
	return st
}

func (c *compiler) rule(s *source.Rule) {
	l := rule{
		id: s.ID, title: s.Title, category: s.Category, since: s.Since, source: s.Source,
		tools: s.Tools, ops: s.Operations, reason: s.Reason, remedy: -1,
	}
	c.heading("rule", s.ID, s.Category, [][2]string{
		{"id", s.ID}, {"title", s.Title}, {"reason", s.Reason}, {"since", s.Since}, {"source", s.Source},
	})
	for _, id := range s.Tools {
		c.word("tools", "tool", id, keys(c.tools))
	}
	for _, op := range s.Operations {
		c.word("operations", "operation", op, operations[:])
	}
	if len(s.Tools)+len(s.Operations)+len(s.Places)+len(s.When) == 0 {
		c.errorf("", "rule %q matches everything", s.ID)
	}
	for _, p := range s.Places {
		kind, ok := action.ParsePlaceKind(p)
		if !ok {
			c.errorf("places", "unknown place %q%s", p, Suggest(p, placeWords()))
		}
		l.places |= 1 << kind
	}
	l.when = c.conds(nil, nil, "when", s.When)
	if s.Verdict == "" {
		c.errorf("", "rule %q has no verdict", s.ID)
	}
	l.verdict = c.verdict("verdict", s.Verdict)
	for rest := s.Reason; ; {
		_, tail, ok := strings.Cut(rest, "{")
		if !ok {
			break
		}
		var in string
		in, rest, _ = strings.Cut(tail, "}")
		c.word("reason", "phrase", in, phrases[:])
	}
	if s.Remedy != "" {
		i, ok := c.remedies[s.Remedy]
		if !ok {
			c.errorf("remedy", "unknown remedy %q%s", s.Remedy, Suggest(s.Remedy, keys(c.remedies)))
		} else {
			l.remedy = i
		}
	}
	c.exampled("rule", s.ID, s.Match, s.NoMatch)
	c.p.rules = append(c.p.rules, l)
}

func placeWords() []string {
	var list []string
	for k := action.PlaceNone; k <= action.PlaceUnknown; k++ {
		list = append(list, k.String())
	}
	return list
}

func (c *compiler) remedy(s *source.Remedy) {
	m := remedy{id: s.ID, drops: s.Drops}
	if _, ok := c.remedies[s.ID]; ok || s.ID == "" {
		c.errorf("id", "no id, or one that is taken: %q", s.ID)
	}
	for i := range s.Choices {
		ch := &s.Choices[i]
		c.sub(fmt.Sprintf("choice[%d]", i), func() {
			k := choice{tools: ch.Tools, strict: ch.Keeps != nil, keeps: ch.Keeps, any: c.conds(nil, nil, "any", ch.Any), all: c.conds(nil, nil, "when", ch.When)}
			for _, id := range ch.Tools {
				c.word("tools", "tool", id, keys(c.tools))
			}
			c.word("env", "kind of environment", ch.Env, envNeeds[:])
			k.env = envNeed(max(0, slices.Index(envNeeds[:], ch.Env)))
			for j, rn := range ch.Runs {
				var g groups
				for _, f := range rn.For {
					if c.word(fmt.Sprintf("run[%d].for", j), "sort of operands", f, groupNames[:]) {
						g |= 1 << slices.Index(groupNames[:], f)
					}
				}
				if strings.TrimSpace(rn.Command) == "" {
					c.errorf(fmt.Sprintf("run[%d]", j), "no command")
				}
				c.template(fmt.Sprintf("run[%d].command", j), rn.Command)
				k.runs = append(k.runs, run{g, rn.Command})
			}
			if len(k.runs) == 0 {
				c.errorf("", "a choice without commands")
			}
			m.choices = append(m.choices, k)
		})
	}
	if len(m.choices) == 0 {
		c.errorf("", "remedy %q has no choices", s.ID)
	}
	c.remedies[s.ID] = len(c.p.remedies)
	c.p.remedies = append(c.p.remedies, m)
}

// template checks the names in braces of a remedy's command.
func (c *compiler) template(key, text string) {
	for {
		_, tail, ok := strings.Cut(text, "{")
		if !ok {
			return
		}
		var in string
		in, text, ok = strings.Cut(tail, "}")
		if !ok {
			c.errorf(key, "a brace is not closed")
			return
		}
		if _, cond, ok := strings.Cut(in, " if "); ok {
			c.conds(nil, nil, key, []string{cond})
			continue
		}
		if _, value, ok := strings.Cut(in, " <- "); ok {
			in = value
		}
		if _, err := parseRef(in); err != nil && !slices.Contains(remedyNames[:], in) {
			c.errorf(key, "unknown name {%s}%s", in, Suggest(in, remedyNames[:]))
		}
	}
}

// lets compiles NAME=reference entries.
func (c *compiler) lets(t *tool, cmd *command, list []string) []let {
	var out []let
	for _, s := range list {
		name, from, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			c.errorf("set_from", "%q is not NAME=reference", s)
			continue
		}
		out = append(out, let{name, c.ref(t, cmd, "set_from", from)})
	}
	return out
}
