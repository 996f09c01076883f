package shell

import (
	"runtime"
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
	str := func(s string) expand.Variable {
		return expand.Variable{Set: true, Kind: expand.String, Str: s}
	}
	s := x.s
	switch name {
	case "":
		return expand.Variable{}
	case "@", "*":
		x.e.spendWords(s.params)
		// An empty list must not be nil, which would expand to one empty word.
		return expand.Variable{Set: true, Kind: expand.Indexed, List: append([]string{}, s.params...)}
	case "#":
		for _, p := range s.params {
			if action.OnlyHoles(p) {
				return str(action.HoleText)
			}
		}
		return str(strconv.Itoa(len(s.params)))
	case "0":
		return str(s.name0)
	case "?":
		if n, known := s.status.number(); known {
			return str(strconv.Itoa(n))
		}
		return str(action.HoleText)
	case "-":
		return str("hBc" + action.HoleText)
	case "_":
		return str(s.last)
	case "BASH_REMATCH":
		if _, own := s.vars.Lookup(name); own {
			break
		}
		holes := make([]string, 10)
		for i := range holes {
			holes[i] = action.HoleText
		}
		return expand.Variable{Set: true, Kind: expand.Indexed, List: holes}
	case "BASH_VERSINFO", "BASH_EXECUTION_STRING":
		return str(action.HoleText)
	case "BASH_SOURCE":
		if _, own := s.vars.Lookup(name); !own {
			return str(x.src.file)
		}
	case "PWD":
		if _, own := s.vars.Lookup(name); !own {
			return str(s.dir)
		}
	case "OLDPWD":
		if _, own := s.vars.Lookup(name); !own && s.oldDir != "" {
			return str(s.oldDir)
		}
	}
	if name[0] == '\x01' {
		i, _ := strconv.Atoi(name[1:])
		return str(x.temps[i])
	}
	if name[0] == '\x02' {
		i, _ := strconv.Atoi(name[1:])
		return expand.Variable{Set: true, Kind: expand.Indexed, List: append([]string{}, x.lists[i]...)}
	}
	if n := position(name); n > 0 {
		if n <= len(s.params) {
			return str(s.params[n-1])
		}
		for _, p := range s.params {
			if action.OnlyHoles(p) { // any number of words
				return str(action.HoleText)
			}
		}
		return expand.Variable{}
	}
	if strings.HasPrefix(name, "HOME ") { // ~user
		if name == "HOME root" {
			return str("/root")
		}
		return str("/home/" + name[len("HOME "):])
	}
	vr := x.e.lookup(s, name)
	if vr == nil {
		for _, h := range specialHoles {
			if h == name {
				return str(action.HoleText)
			}
		}
		if known, ok := shellDefaults(name); ok {
			return str(known)
		}
		if x.e.hides(s, name) {
			// The user's profile may set it.
			if x.must || s.opts.nounset || x.choose(name, []string{unsetMark, action.HoleText}) == action.HoleText {
				return str(x.e.mint(origin{secret: name}))
			}
			return expand.Variable{}
		}
		if (x.must || s.opts.nounset && !x.spared[name]) && syntax.ValidName(name) && !x.e.assigned[name] && !x.src.assigns(name) && x.e.entry(s, name) == nil {
			// An error, unless the user's profile sets the variable. Where the
			// error ends the whole shell, there is nothing to look at then.
			if !s.forked || x.choose(name, []string{unsetMark, action.HoleText}) == action.HoleText {
				return str(action.HoleText)
			}
			return expand.Variable{}
		}
		if x.command && !x.e.assigned[name] && !x.src.assigns(name) {
			if x.choose(name, []string{unsetMark, action.HoleText}) == action.HoleText {
				return str(action.HoleText)
			}
		}
		if !x.guessed && !isPlace(name) && syntax.ValidName(name) && !x.e.assigned[name] && !x.src.assigns(name) && x.e.entry(s, name) == nil {
			x.guessed = true // the user's profile may set it
		}
		return expand.Variable{}
	}
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
		if action.Holed(val) && x.e.hides(s, name) && x.e.origin(val) == (origin{}) {
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
