package task

import (
	"path"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// Make returns what `make goals…` runs by a Makefile, in the order of GNU make
// 4.3: the shell functions of immediate assignments, then the recipes of the
// goals and of all they depend on. before is read before the file's text, as
// --eval says. vars are the assignments of the command
// line. Both branches of conditionals are read. include, which may be nil,
// returns the text of the files that a name or pattern means.
// With dry, as for `make -n`, recipes run only where they call make or begin
// with a plus; shell functions run in any case.
func Make(before, text string, goals []string, vars map[string]string, dry bool, include func(name string) []string) []Step {
	m := &makefile{dry: dry, include: include, vars: map[string]string{}, fixed: vars}
	for k, v := range vars {
		m.vars[k] = v
	}
	m.parse(before)
	for _, r := range m.rules {
		for i := range r.recipe {
			r.recipe[i].Line = 0 // not of the file
		}
	}
	m.parse(text)
	if len(goals) == 0 && m.first != "" {
		goals = []string{m.first}
		if g := strings.TrimSpace(m.vars[".DEFAULT_GOAL"]); g != "" {
			goals = []string{g}
		}
	}
	done := map[string]bool{}
	for _, g := range goals {
		m.build(g, done)
	}
	return m.steps
}

// maxExpansions bounds the references expanded for one run of make.
const maxExpansions = 10_000

type makefile struct {
	vars     map[string]string // unexpanded, but for immediate assignments
	fixed    map[string]string
	rules    []makeRule
	first    string
	steps    []Step
	depth    int
	work     int  // expansions so far
	oneShot  bool // .ONESHELL
	include  func(name string) []string
	included map[string]bool // names that were included; once is enough
	dry      bool            // make -n, -q, -t: only what runs all the same
}

type makeRule struct {
	targets, deps []string
	recipe        []Step // unexpanded
}

// parse reads the file line by line.
func (m *makefile) parse(text string) {
	lines := strings.Split(text, "\n")
	var cur []int // rules that the following recipe lines belong to
	for i := 0; i < len(lines); i++ {
		line, n := lines[i], i+1
		if strings.HasPrefix(line, "\t") && cur != nil {
			for strings.HasSuffix(line, "\\") && i+1 < len(lines) {
				i++
				line += "\n" + strings.TrimPrefix(lines[i], "\t")
			}
			for _, r := range cur {
				m.rules[r].recipe = append(m.rules[r].recipe, Step{Text: line[1:], Line: n})
			}
			continue
		}
		for strings.HasSuffix(line, "\\") && i+1 < len(lines) {
			i++
			line = strings.TrimRight(strings.TrimSuffix(line, "\\"), " \t") + " " + strings.TrimSpace(lines[i])
		}
		line = uncomment(line)
		trim := strings.TrimSpace(line)
		if trim == "" {
			continue
		}
		word, rest, _ := strings.Cut(trim, " ")
		switch word {
		case "ifeq", "ifneq", "ifdef", "ifndef", "else", "endif", "vpath", "unexport":
			continue
		case "include", "-include", "sinclude":
			m.includes(rest, n)
			cur = nil
			continue
		case "define":
			name := strings.TrimSpace(strings.TrimRight(rest, ":?+= \t"))
			var body []string
			for i++; i < len(lines) && strings.TrimSpace(lines[i]) != "endef"; i++ {
				body = append(body, lines[i])
			}
			m.vars[name] = strings.Join(body, "\n")
			continue
		case "export", "override", "private":
			trim = strings.TrimSpace(rest)
			if !strings.Contains(trim, "=") {
				continue
			}
		}
		if m.assignment(trim, n) {
			cur = nil
			continue
		}
		if strings.HasPrefix(trim, "$(") && !strings.Contains(trim, ":") {
			m.expand(trim, n) // $(shell …), $(eval …), $(info …)
			continue
		}
		cur = m.rule(trim, n)
	}
}

// maxIncludes bounds the Makefiles that are included.
const maxIncludes = 100

// includes reads the files that an include directive names. Where they stand
// in lines is not kept: the steps belong to the Makefile that names them.
func (m *makefile) includes(names string, n int) {
	if m.include == nil {
		return
	}
	if m.included == nil {
		m.included = map[string]bool{}
	}
	for _, name := range strings.Fields(m.expand(names, n)) {
		if m.included[name] || len(m.included) >= maxIncludes {
			continue
		}
		m.included[name] = true
		for _, text := range m.include(name) {
			first := len(m.rules)
			m.parse(text)
			for _, r := range m.rules[first:] {
				for k := range r.recipe {
					r.recipe[k].Line = n
				}
			}
		}
	}
}

func uncomment(line string) string {
	for i := 0; i < len(line); i++ {
		if line[i] == '#' && (i == 0 || line[i-1] != '\\') {
			return line[:i]
		}
	}
	return line
}

// assignment reads NAME = value and its kin.
func (m *makefile) assignment(line string, n int) bool {
	eq := strings.IndexByte(line, '=')
	colon := strings.IndexByte(line, ':')
	if eq < 0 || colon >= 0 && colon < eq-1 && !strings.HasPrefix(line[colon:], "::=") && !strings.HasPrefix(line[colon:], ":::=") {
		return false
	}
	name := strings.TrimSpace(strings.TrimRight(line[:eq], ":?+! \t"))
	if name == "" || strings.ContainsAny(name, " \t") {
		return false
	}
	op := strings.TrimSpace(line[:eq])[len(name):]
	val := strings.TrimSpace(line[eq+1:])
	if _, fixed := m.fixed[name]; fixed {
		return true
	}
	switch strings.TrimSpace(op) {
	case ":", "::", ":::":
		val = m.expand(val, n)
	case "+":
		val = strings.TrimSpace(m.vars[name] + " " + val)
	case "?":
		if _, ok := m.vars[name]; ok {
			return true
		}
	case "!":
		m.run(m.expand(val, n), n)
		val = hole
	}
	m.vars[name] = val
	return true
}

// rule reads `targets: deps ; recipe` and returns the indexes of the rule.
func (m *makefile) rule(line string, n int) []int {
	colon := strings.IndexByte(line, ':')
	if colon < 0 {
		return nil
	}
	rest := strings.TrimLeft(line[colon:], ":")
	rest, first, inline := strings.Cut(rest, ";")
	if i := strings.IndexByte(rest, '='); i >= 0 {
		m.assignment(strings.TrimSpace(rest), n) // target: VAR = value
		return nil
	}
	r := makeRule{targets: strings.Fields(m.expand(line[:colon], n)), deps: strings.Fields(m.expand(rest, n))}
	if slices.Contains(r.targets, ".ONESHELL") {
		m.oneShot = true
	}
	if inline {
		r.recipe = []Step{{Text: strings.TrimSpace(first), Line: n}}
	}
	if m.first == "" {
		for _, t := range r.targets {
			if !strings.HasPrefix(t, ".") && !strings.Contains(t, "%") {
				m.first = t
				break
			}
		}
	}
	m.rules = append(m.rules, r)
	return []int{len(m.rules) - 1}
}

// build runs the recipes of a goal after those of what it depends on.
func (m *makefile) build(goal string, done map[string]bool) {
	if done[goal] || len(m.steps) > MaxSteps {
		return
	}
	done[goal] = true
	goals := []string{goal}
	if action.Holed(goal) { // any of them
		goals = nil
		for _, r := range m.rules {
			goals = append(goals, r.targets...)
		}
	}
	for _, g := range goals {
		found := false
		for _, pattern := range []bool{false, true} {
			for _, r := range m.rules {
				for _, t := range r.targets {
					stem, ok := matchTarget(t, g)
					if !ok || strings.Contains(t, "%") != pattern || pattern && found {
						continue
					}
					found = true
					for _, d := range r.deps {
						m.build(strings.ReplaceAll(d, "%", stem), done)
					}
					m.recipe(r, g, stem)
				}
			}
		}
	}
}

// matchTarget matches a goal against a target or pattern.
func matchTarget(target, goal string) (stem string, ok bool) {
	pre, post, pattern := strings.Cut(target, "%")
	if !pattern {
		return "", target == goal || target == path.Clean(goal)
	}
	if len(goal) <= len(pre)+len(post) || !strings.HasPrefix(goal, pre) || !strings.HasSuffix(goal, post) {
		return "", false
	}
	return goal[len(pre) : len(goal)-len(post)], true
}

func (m *makefile) recipe(r makeRule, goal, stem string) {
	auto := map[string]string{"@": goal, "*": stem, "^": strings.Join(r.deps, " "), "+": strings.Join(r.deps, " "), "<": "", "?": hole, "%": hole, "|": hole}
	if len(r.deps) > 0 {
		auto["<"] = strings.ReplaceAll(r.deps[0], "%", stem)
	}
	old := m.vars
	m.vars = map[string]string{}
	for k, v := range old {
		m.vars[k] = v
	}
	for k, v := range auto {
		m.vars[k] = v
	}
	var all []string
	for _, s := range r.recipe {
		if line := strings.TrimLeft(s.Text, "@- \t"); m.dry && !strings.HasPrefix(line, "+") &&
			!strings.Contains(line, "$(MAKE)") && !strings.Contains(line, "${MAKE}") {
			m.expandRecipe(s.Text, s.Line)
			continue
		}
		for _, text := range strings.Split(m.expandRecipe(s.Text, s.Line), "\x00") {
			text = strings.TrimLeft(text, "@-+ \t")
			if m.oneShot {
				all = append(all, text)
			} else {
				m.run(text, s.Line)
			}
		}
	}
	if len(all) > 0 {
		m.run(strings.Join(all, "\n"), r.recipe[0].Line)
	}
	m.vars = old
}

// expandRecipe expands a recipe line; a variable that holds several lines
// (define) gives several commands.
func (m *makefile) expandRecipe(text string, n int) string {
	t := strings.TrimLeft(text, "@-+ \t")
	if strings.HasPrefix(t, "$(") && strings.HasSuffix(t, ")") && strings.Contains(m.vars[t[2:len(t)-1]], "\n") {
		var out []string
		for _, l := range strings.Split(m.vars[t[2:len(t)-1]], "\n") {
			out = append(out, m.expand(strings.TrimPrefix(l, "\t"), n))
		}
		return strings.Join(out, "\x00")
	}
	return m.expand(text, n)
}

func (m *makefile) run(text string, n int) {
	if strings.TrimSpace(text) != "" && len(m.steps) < MaxSteps {
		m.steps = append(m.steps, Step{Text: text, Line: n})
	}
}

// expand expands variables and functions of make; `$$` is the shell's dollar.
func (m *makefile) expand(s string, n int) string {
	if !strings.Contains(s, "$") {
		return s
	}
	if m.work++; m.work > maxExpansions {
		return hole
	}
	if m.depth++; m.depth > 20 {
		m.depth--
		return hole
	}
	defer func() { m.depth-- }()
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '$' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; c {
		case '$':
			b.WriteByte('$')
		case '(', '{':
			end := matching(s, i)
			if end < 0 {
				return b.String() + hole // not closed
			}
			b.WriteString(m.reference(s[i+1:end], n))
			i = end
		default:
			b.WriteString(m.variable(string(c), n))
		}
		if b.Len() > 1<<16 {
			return b.String() + hole
		}
	}
	return b.String()
}

// matching returns the index of the bracket that closes the one at i.
func matching(s string, i int) int {
	open, close := s[i], byte(')')
	if open == '{' {
		close = '}'
	}
	depth := 0
	for ; i < len(s); i++ {
		switch s[i] {
		case open:
			depth++
		case close:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

func (m *makefile) reference(ref string, n int) string {
	name, args, isCall := strings.Cut(ref, " ")
	if !isCall {
		if base, _, ok := strings.Cut(name, ":"); ok { // $(VAR:a=b)
			if m.variable(base, n) == "" {
				return ""
			}
			return hole
		}
		return m.variable(m.expand(name, n), n)
	}
	switch name {
	case "shell":
		m.run(m.expand(args, n), n)
		return hole
	case "strip":
		return strings.Join(strings.Fields(m.expand(args, n)), " ")
	case "info", "warning", "error":
		m.expand(args, n)
		return ""
	case "or", "if":
		for _, a := range strings.Split(args, ",") {
			if v := m.expand(a, n); name == "or" && v != "" {
				return v
			}
		}
		return hole
	case "eval":
		m.parse(m.expand(args, n))
		return ""
	case "call":
		f, params, _ := strings.Cut(args, ",")
		old := m.vars
		m.vars = map[string]string{}
		for k, v := range old {
			m.vars[k] = v
		}
		for i, p := range strings.Split(params, ",") {
			if i < 9 {
				m.vars[string(rune('1'+i))] = m.expand(p, n)
			}
		}
		val := m.variable(strings.TrimSpace(f), n)
		m.vars = old
		return val
	}
	m.expand(args, n) // for the shell functions in it
	return hole
}

func (m *makefile) variable(name string, n int) string {
	if v, ok := m.vars[name]; ok {
		return m.expand(v, n)
	}
	switch name {
	case "MAKE":
		return "make"
	case "CC":
		return "cc"
	case "RM":
		return "rm -f"
	case "SHELL":
		return "/bin/sh"
	case "CURDIR":
		return "."
	}
	// It may come from the environment.
	return "${" + name + "}"
}
