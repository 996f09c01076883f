package rules

import (
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// A rule says what is to be said of operations at places.
type rule struct {
	id, title, category string
	since, source       string
	tools               []string // ids; empty for every tool
	ops                 []string // empty for every operation
	places              uint16   // a bit for every action.PlaceKind; 0 for every place
	when                []cond
	verdict             action.Verdict
	reason              string
	remedy              int // index, or -1
}

func (l *rule) matches(r *reading, op string, kind action.PlaceKind) bool {
	return (l.places == 0 || l.places&(1<<kind) != 0) &&
		(len(l.ops) == 0 || contains(l.ops, op)) &&
		(len(l.tools) == 0 || contains(l.tools, r.t.id)) &&
		r.all(l.when)
}

// apply finds what the rules say of an operation that lands at a place. Where
// packages come from is another question than where they go, so the rules about
// registries are asked apart.
func (r *reading) apply(c *command, place action.Place) {
	if r.quiet && (!r.telling(c) || c.op == opToolchain || c.op == opConfigure) {
		return
	}
	best, verdict := r.strictest(c, place, false)
	if r.guessed && !isDirect(c.op) && (best == nil || best.category != "guard") {
		return // but which of the guard's own commands is run an agent must say
	}
	switch {
	case place.Kind == action.PlaceNone:
		// Nothing changes, but packages may be taken and run.
	case best != nil:
		r.found(best, verdict, c, place)
	case place.Kind == action.PlaceVenv || place.Kind == action.PlaceProject || place.Kind == action.PlaceDir:
		r.find(Finding{Tool: r.t.id, Operation: c.op, Place: place, Verdict: action.Allow})
	}
	if best, verdict = r.strictest(c, place, true); best != nil {
		r.found(best, verdict, c, place)
	}
}

// strictest returns the strictest rule about an operation among those that are
// about registries, or among all others.
func (r *reading) strictest(c *command, place action.Place, registry bool) (best *rule, verdict action.Verdict) {
	for i := range r.p.rules {
		l := &r.p.rules[i]
		v := r.p.settings.verdict(l.id, l.category, l.verdict)
		if v != action.Pass && (best == nil || v > verdict) && (l.category == "registry") == registry && l.matches(r, c.op, place.Kind) {
			best, verdict = l, v
		}
	}
	return best, verdict
}

// found notes what a rule says of an operation.
func (r *reading) found(l *rule, verdict action.Verdict, c *command, place action.Place) {
	f := Finding{Tool: r.t.id, Operation: c.op, Place: place, Rule: l.id, Verdict: verdict}
	switch {
	case f.Verdict < action.Ask:
	case r.quiet:
		f.Reason = r.phrase("change", c, place) + " " + r.where(place)
	default:
		f.Reason = r.reason(l, c, place)
		f.Remedy = r.remedy(l, c)
	}
	r.find(f)
}

// isDirect reports whether an operation counts when its verb is not written out.
func isDirect(op string) bool {
	return op == opInstall || op == opRemove || op == opTool || op == opPublish
}

// telling reports whether the words alone tell that something is meant, while
// the program is not known: a verb that is written out, with an operand.
func (r *reading) telling(c *command) bool {
	return (c != &r.t.root && !r.guessed || r.inside) && len(c.needs) > 0 && r.groups(c) != 0 && !contains(commonVerbs[:], r.verbText)
}

// commonVerbs are words that many programs have that are no package managers:
// `$GIT push origin main`, `$HELM upgrade app ./chart`. Where the program is not
// known, they tell nothing.
var commonVerbs = [...]string{
	"push", "remove", "rm", "delete", "update", "upgrade", "up", "add", "set", "use", "global", "config", "upload", "copy", "tag", "release", "deploy", "link", "exec", "run", "sync", "get",
}

// reason fills in a rule's reason.
func (r *reading) reason(l *rule, c *command, place action.Place) string {
	var b strings.Builder
	rest := l.reason
	for {
		head, tail, ok := strings.Cut(rest, "{")
		b.WriteString(head)
		if !ok {
			break
		}
		name, after, _ := strings.Cut(tail, "}")
		b.WriteString(r.phrase(name, c, place))
		rest = after
	}
	for _, s := range r.why(c, place) {
		b.WriteString(". " + s)
	}
	return b.String()
}

// phrases are the names that reasons may use in braces.
var phrases = [...]string{"change", "what", "where", "tool", "command", "path"}

func (r *reading) phrase(name string, c *command, place action.Place) string {
	switch name {
	case "change":
		switch c.op {
		case opRemove:
			return "remove " + r.what(c) + " from"
		case opCreate:
			return "make an environment in"
		case opPublish:
			return "publish " + r.what(c) + " to"
		}
		return "install " + r.what(c) + " into"
	case "what":
		return r.what(c)
	case "where":
		return r.where(place)
	case "tool":
		return r.t.id
	case "command":
		return r.display()
	case "path":
		return r.shown(place.Path)
	}
	return ""
}

// what names the packages of a command.
func (r *reading) what(c *command) string {
	var parts []string
	for _, w := range r.list(nil, &c.words.packages) {
		if onlyHole(w) {
			w = "packages that cannot be told"
		}
		parts = append(parts, action.Show(w))
	}
	for _, w := range r.list(nil, &c.words.requirements) {
		parts = append(parts, "the packages in "+r.shown(w))
	}
	for _, w := range r.list(nil, &c.words.editables) {
		if w == "." {
			w = "this project"
		}
		parts = append(parts, action.Show(w)+" (editable)")
	}
	if n := len(parts); n > 3 {
		parts = append(parts[:2], strconv.Itoa(n-2)+" more")
	}
	switch n := len(parts); n {
	case 0:
		return "packages"
	case 1:
		return parts[0]
	default:
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
}

// shown returns a path as it is read best: relative to the working directory.
func (r *reading) shown(p string) string {
	if rest, ok := strings.CutPrefix(p, r.inv.Dir+"/"); ok && r.inv.Dir != "" {
		p = rest
	}
	return action.Show(p)
}

// where names a place.
func (r *reading) where(p action.Place) string {
	path := r.shown(p.Path)
	is := isNothing
	if r.landed != nil {
		is = r.landed.is
		if r.landed.name != "" && p.Kind != action.PlaceProject && p.Kind != action.PlaceVenv {
			if path == "" || r.landed.from.kind == refText {
				return r.landed.name
			}
			return r.landed.name + " (" + path + ")"
		}
	}
	switch p.Kind {
	case action.PlaceVenv:
		return "the environment " + path
	case action.PlaceProject:
		return "this project"
	case action.PlaceFake:
		return path + ", which has no pyvenv.cfg and so is no virtual environment"
	case action.PlaceUser:
		switch {
		case is == isUser && len(r.landed.when) > 0 && r.landed.when[0].name == "--user":
			return "the user's own site-packages, which every project shares"
		case is == isUser:
			return "what all projects of this user share"
		case is == isDir || is == isNewEnv:
			return path + ", outside the project"
		}
		return "a Python that all projects of this user share (" + path + ")"
	case action.PlaceUnknown:
		if path == "" {
			return "a place that cannot be told from the command"
		}
		return "a place that cannot be told from the command (" + path + ")"
	}
	switch {
	case is == isDir || is == isNewEnv:
		return path + ", outside the project"
	case is == isConda:
		return "conda's base environment"
	case p.Kind == action.PlaceRemote:
		return "its registry"
	case path == "" && is == isSystem && !r.t.python:
		return "this machine, for all projects"
	case path == "":
		return "the system Python"
	case path != p.Path:
		return path + ", which is no virtual environment"
	}
	s := "the system Python at " + path
	if r.program.onPath {
		s += " (found as " + r.program.path + " on PATH)"
	}
	return s
}

// why says what is not obvious about how a place was found.
func (r *reading) why(c *command, p action.Place) []string {
	var list []string
	if p.Note != "" {
		list = append(list, p.Note)
	}
	f := &r.program
	name := baseName(r.program.word)
	if is := r.landed; is != nil && (is.is == isInterpreter || is.is == isUvPip) && f.onPath && p.Kind != action.PlaceVenv {
		switch {
		case f.passed != "":
			list = append(list, r.shown(f.passed)+" comes first on PATH but has no "+name+", so `"+name+"` falls through to "+f.path)
		case f.unknown && p.Kind != action.PlaceUnknown:
			list = append(list, "An entry of PATH before it is not known")
		}
	}
	if l := r.landed; l != nil {
		if l.from.kind == refOption {
			if _, src, variable := r.preset(l.from.name); r.option1(l.from.name) == nil && src != fromNowhere {
				if src == fromVar {
					list = append(list, variable+" is set in the environment")
				} else {
					list = append(list, "A configuration file of "+r.t.id+" sets "+strings.TrimPrefix(l.from.name, "--"))
				}
			}
		}
		if l.from.kind == refVar {
			list = append(list, l.from.name+" is set in the environment")
		}
		if l.from.kind == refConf {
			if _, src, where := r.setting(l.from.name, false); src == fromVar {
				list = append(list, where+" is set in the environment")
			} else {
				list = append(list, r.shown(where)+" sets "+l.from.name)
			}
		}
		for i := range l.when {
			if w := &l.when[i]; w.kind == condOption && !w.not && r.option1(w.name) == nil {
				if _, src, variable := r.preset(w.name); src == fromVar {
					list = append(list, variable+" is set in the environment")
				} else if src == fromConf {
					list = append(list, "A configuration file of "+r.t.id+" sets "+strings.TrimPrefix(w.name, "--"))
				}
			} else if w.kind == condVar && !w.not {
				list = append(list, w.name+" is set in the environment")
			}
		}
	}
	return list
}
