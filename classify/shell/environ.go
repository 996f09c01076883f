package shell

import (
	"runtime"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
)

// expandEnv is the view of an expander that package expand reads and writes.
type expandEnv expander

// specialHoles are variables whose value only the running shell knows.
var specialHoles = [...]string{
	"RANDOM", "SRANDOM", "SECONDS", "EPOCHSECONDS", "EPOCHREALTIME", "BASHPID", "$", "!", "BASH_COMMAND",
	"BASH_SUBSHELL", "COMP_WORDBREAKS", "FUNCNAME", "BASH_LINENO", "DIRSTACK", "GROUPS", "HISTCMD", "PIPESTATUS",
}

func (v *expandEnv) Get(name string) expand.Variable {
	x := (*expander)(v)
	if vr, ok := x.special(name); ok {
		return vr
	}
	vr := x.e.lookup(x.s, name)
	if vr == nil {
		return x.absent(name)
	}
	return x.present(name, vr)
}

// text is a scalar with a value.
func text(s string) expand.Variable {
	return expand.Variable{Set: true, Kind: expand.String, Str: s}
}

// special returns what the shell itself keeps: parameters, and variables that the
// text did not take over.
func (x *expander) special(name string) (expand.Variable, bool) {
	s := x.s
	switch name {
	case "":
		return expand.Variable{}, true
	case "@", "*":
		x.e.spendWords(s.params)
		// An empty list must not be nil, which would expand to one empty word.
		return expand.Variable{Set: true, Kind: expand.Indexed, List: append([]string{}, s.params...)}, true
	case "#":
		for _, p := range s.params {
			if action.OnlyHoles(p) {
				return text(action.HoleText), true
			}
		}
		return text(strconv.Itoa(len(s.params))), true
	case "0":
		return text(s.name0), true
	case "?":
		if n, known := s.status.number(); known {
			return text(strconv.Itoa(n)), true
		}
		return text(action.HoleText), true
	case "-":
		return text("hBc" + action.HoleText), true
	case "_":
		return text(s.last), true
	case "BASH_VERSINFO", "BASH_EXECUTION_STRING":
		return text(action.HoleText), true
	case "BASH_REMATCH", "BASH_SOURCE", "PWD", "OLDPWD":
		if _, own := s.vars.Lookup(name); !own {
			return x.kept(name)
		}
	}
	switch {
	case name[0] == '\x01':
		i, _ := strconv.Atoi(name[1:])
		return text(x.temps[i]), true
	case name[0] == '\x02':
		i, _ := strconv.Atoi(name[1:])
		return expand.Variable{Set: true, Kind: expand.Indexed, List: append([]string{}, x.lists[i]...)}, true
	case name == "HOME root": // ~root
		return text("/root"), true
	case strings.HasPrefix(name, "HOME "):
		return text("/home/" + name[len("HOME "):]), true
	}
	if n := position(name); n > 0 {
		return x.parameter(n), true
	}
	return expand.Variable{}, false
}

// kept returns the value that the shell gives one of its own variables.
func (x *expander) kept(name string) (expand.Variable, bool) {
	switch name {
	case "BASH_REMATCH":
		holes := make([]string, 10)
		for i := range holes {
			holes[i] = action.HoleText
		}
		return expand.Variable{Set: true, Kind: expand.Indexed, List: holes}, true
	case "BASH_SOURCE":
		return text(x.src.file), true
	case "PWD":
		return text(x.s.dir), true
	case "OLDPWD":
		return text(x.s.oldDir), x.s.oldDir != ""
	}
	return expand.Variable{}, false
}

// parameter returns the positional parameter n, from 1.
func (x *expander) parameter(n int) expand.Variable {
	if n <= len(x.s.params) {
		return text(x.s.params[n-1])
	}
	for _, p := range x.s.params {
		if action.OnlyHoles(p) { // any number of words
			return text(action.HoleText)
		}
	}
	return expand.Variable{}
}

// absent returns what a variable that has no value may be all the same.
func (x *expander) absent(name string) expand.Variable {
	s := x.s
	if slices.Contains(specialHoles[:], name) {
		return text(action.HoleText)
	}
	if known, ok := shellDefaults(name); ok {
		return text(known)
	}
	if x.e.hides(s, name) {
		// The user's profile may set it.
		if x.must || s.opts.nounset || x.choose(name, []string{unsetMark, action.HoleText}) == action.HoleText {
			return text(x.e.mint(origin{secret: name}))
		}
		return expand.Variable{}
	}
	given := x.e.assigned[name] || x.src.assigns(name)
	foreign := !given && syntax.ValidName(name) && x.e.entry(s, name) == nil
	if foreign && (x.must || s.opts.nounset && !x.spared[name]) {
		// An error, unless the user's profile sets the variable. Where the
		// error ends the whole shell, there is nothing to look at then.
		if !s.forked || x.choose(name, []string{unsetMark, action.HoleText}) == action.HoleText {
			return text(action.HoleText)
		}
		return expand.Variable{}
	}
	if x.command && !given && x.choose(name, []string{unsetMark, action.HoleText}) == action.HoleText {
		return text(action.HoleText)
	}
	if foreign && !isPlace(name) {
		x.guessed = true // the user's profile may set it
	}
	return expand.Variable{}
}

// present returns one of the values of a variable.
func (x *expander) present(name string, vr *variable) expand.Variable {
	x.e.spend(vr.weight())
	out := expand.Variable{Exported: vr.exported, ReadOnly: vr.readonly}
	switch vr.kind {
	case indexed:
		out.Set, out.Kind, out.List, out.Indexes = true, expand.Indexed, append([]string{}, vr.list...), vr.index
	case associative:
		out.Set, out.Kind, out.Map = true, expand.Associative, vr.assoc
	case nameref:
		out.Set, out.Kind, out.Str = true, expand.NameRef, vr.ref
	default:
		alts := vr.alts
		if vr.unset && len(alts) > 0 {
			alts = append([]string{unsetMark}, alts...)
		}
		if len(alts) == 0 {
			return expand.Variable{}
		}
		val := x.choose(name, alts)
		if val == unsetMark {
			return expand.Variable{}
		}
		if action.Holed(val) && x.e.hides(x.s, name) && x.e.origin(val) == (origin{}) {
			val = x.e.mint(origin{secret: name}) // whatever it was given
		}
		out.Set, out.Kind, out.Str = true, expand.String, val
	}
	return out
}

// shellDefaults returns the value that bash itself gives a variable.
func shellDefaults(name string) (string, bool) {
	switch name {
	case "IFS":
		return " \t\n", true
	case "PS4":
		return "+ ", true
	case "BASH":
		return "/bin/bash", true
	case "OSTYPE":
		if runtime.GOOS == "darwin" {
			return "darwin" + action.HoleText, true
		}
		return "linux-gnu", true
	case "BASH_VERSION":
		return "5" + action.HoleText, true
	case "OPTIND":
		return "1", true
	case "UID", "EUID", "PPID", "MACHTYPE", "HOSTNAME", "HOSTTYPE", "SHLVL", "BASHOPTS", "SHELLOPTS":
		return action.HoleText, true
	}
	return "", false
}

func (v *expandEnv) Set(name string, vr expand.Variable) error {
	x := (*expander)(v)
	x.wrote = true
	if !vr.IsSet() {
		x.s.set(name, &variable{})
		return nil
	}
	if vr.Kind == expand.String {
		if !x.assignTo(name, vr.Str, false) {
			x.refuse()
		}
		return nil
	}
	nv := &variable{}
	if old := x.e.lookup(x.s, name); old != nil {
		nv.exported = old.exported
	}
	switch vr.Kind {
	case expand.Indexed:
		nv.kind, nv.alts, nv.list, nv.index = indexed, nil, vr.List, vr.Indexes
	case expand.Associative:
		nv.kind, nv.alts, nv.assoc = associative, nil, vr.Map
	}
	if !x.store(name, nv) {
		x.refuse()
	}
	return nil
}

func (v *expandEnv) Each(f func(string, expand.Variable) bool) {
	x := (*expander)(v)
	for name := range x.s.vars.All() {
		if vr := v.Get(name); vr.IsSet() && !f(name, vr) {
			return
		}
	}
	for _, kv := range x.e.opt.Environ {
		name, _, _ := strings.Cut(kv, "=")
		if _, own := x.s.vars.Lookup(name); own {
			continue
		}
		if vr := v.Get(name); vr.IsSet() && !f(name, vr) {
			return
		}
	}
}

// position returns the number of a positional parameter, 0 for other names.
func position(name string) int {
	if name[0] < '0' || name[0] > '9' {
		return 0
	}
	n, err := strconv.Atoi(name)
	if err != nil {
		return 0
	}
	return n
}
