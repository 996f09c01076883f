package classify

import (
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/world"
)

// A lister lists the actions of a call.
type lister struct {
	d       *Decision
	packs   *rules.Packs
	w       World
	actions []policy.Action
	steps   []int           // of each action: index of its step; -1 where it has none
	done    map[string]int  // index of the action
	places  map[string]bool // where actions of the call's own text stand
	byCode  bool            // the files that are told of are read by code
}

// step returns the step that an action belongs to, and makes one if it must.
func (l *lister) step(i int) *Step {
	if l.steps[i] < 0 {
		a := &l.actions[i]
		inv := a.Inv
		if inv == nil {
			inv = &action.Invocation{Argv: []string{l.d.call.Tool, a.Target}, Dir: l.d.call.Dir, Env: environ(l.w.Environ), FS: l.w.FS}
			if a.Type == policy.MCPCall {
				inv.Argv = inv.Argv[:1]
			}
		}
		for k := range l.steps {
			if l.steps[k] < 0 && (k == i || a.Inv != nil && l.actions[k].Inv == a.Inv) {
				l.steps[k] = len(l.d.Steps)
			}
		}
		l.d.Steps = append(l.d.Steps, Step{Invocation: inv})
	}
	return &l.d.Steps[l.steps[i]]
}

func (l *lister) add(a policy.Action, step int) {
	key := string(a.Type) + "\x00" + a.Target + "\x00" + a.Path + "\x00" + a.Written
	if a.Inv != nil && (a.ByCode || a.Type != policy.FileRead && a.Type != policy.FileWrite) {
		key += "\x00" + strings.Join(a.Inv.Argv, "\x00") + "\x00" + a.Inv.Host
	}
	i, ok := l.done[key]
	if !ok && a.Maybe {
		key = "?" + key
		i, ok = l.done[key]
	}
	if ok {
		if l.isNew(key, &a) {
			l.actions[i].Times++
		}
		return
	}
	l.isNew(key, &a)
	a.Times = 1
	l.done[key] = len(l.actions)
	l.actions = append(l.actions, a)
	l.steps = append(l.steps, step)
}

// isNew reports whether an action was not found at its place before. The same
// words at one place are one action, however many states the place is reached
// in.
func (l *lister) isNew(key string, a *policy.Action) bool {
	if a.Maybe {
		return false
	}
	if a.Inv != nil {
		key += "\x00" + a.Inv.File
	}
	key += "\x00" + strconv.Itoa(a.Span.Start)
	if l.places[key] {
		return false
	}
	l.places[key] = true
	return true
}

func (l *lister) list(seen *record) {
	call := &l.d.call
	for _, use := range call.Files {
		l.clientFile(use)
	}
	if call.Shell == action.ShellNone && len(call.Files) == 0 && len(call.Blocks) == 0 {
		l.tool()
	}
	for i := range l.d.Steps {
		st := &l.d.Steps[i]
		// Some steps stand for something that is no program: a redirection,
		// a text from elsewhere, a client's own tool.
		name := st.Program()
		if name == "<" || name == ">" || strings.HasSuffix(name, "()") || call.Shell == action.ShellNone && name == call.Tool {
			continue
		}
		l.program(st.Invocation, st.Findings, i)
	}
	for _, inv := range seen.builtins {
		l.program(inv, nil, -1)
	}
	for _, f := range seen.files {
		l.byCode = f.code
		l.file(f.inv, f.path, f.write, false, l.stepOf(f.inv))
	}
	l.byCode = false
	for _, n := range seen.links {
		l.add(policy.Action{Type: policy.Network, Target: n.url, Inv: n.inv, Span: n.inv.Span}, l.stepOf(n.inv))
	}
	for i := range seen.codes {
		c := &seen.codes[i]
		l.add(policy.Action{Type: policy.CodeExec, Target: c.Text, Language: c.Lang, Inv: c.Caller, Span: c.Caller.Span}, l.stepOf(c.Caller))
	}
}

// stepOf returns the index of an invocation's step, or -1.
func (l *lister) stepOf(inv *action.Invocation) int {
	for i := range l.d.Steps {
		if st := &l.d.Steps[i]; st.Invocation == inv || st.Span == inv.Span && st.Dir == inv.Dir && slices.Equal(st.Argv, inv.Argv) {
			return i
		}
	}
	return -1
}

// program lists what an invocation is, and the files and hosts among its words.
func (l *lister) program(inv *action.Invocation, findings []rules.Finding, step int) {
	a := policy.Action{Type: policy.ShellExec, Target: policy.NormalForm(inv.Argv), Inv: inv, Findings: findings, Span: inv.Span}
	for i := range findings {
		a.Categories = append(a.Categories, l.packs.Category(findings[i].Rule))
	}
	text := l.d.call.Command
	if inv.File == "" && len(inv.Via) == 0 && 0 <= inv.Span.Start && inv.Span.Start < inv.Span.End && inv.Span.End <= len(text) {
		if written := text[inv.Span.Start:inv.Span.End]; written != a.Target {
			a.Written = written
		}
	}
	l.add(a, step)
	if inv.Host != "" || inv.Given {
		return
	}
	l.operands(inv, step)
	l.hosts(inv, step)
}

// maxMaybe bounds the words of one command that are taken for files or URLs
// though the program is not known to use them so.
const maxMaybe = 64

// operands lists the files among the words of a command.
func (l *lister) operands(inv *action.Invocation, step int) {
	reads, writes, known := fileWords(inv)
	for _, w := range reads {
		l.file(inv, w, false, false, step)
	}
	for _, w := range writes {
		l.file(inv, w, true, false, step)
	}
	if known || inv.Builtin {
		return
	}
	if words, ok := l.packs.Reads(inv); ok {
		for _, w := range words {
			l.file(inv, w, false, false, step)
		}
		return
	}
	for i, w := range inv.Argv[1:] {
		if i == maxMaybe {
			break
		}
		for _, part := range [...]string{w, afterSign(w)} {
			if part != "" && part[0] != '-' && !strings.Contains(part, "://") && !action.OnlyHoles(part) {
				l.file(inv, part, false, true, step)
			}
		}
	}
}

// afterSign returns what stands after = or @ in a word, which may be a file.
func afterSign(w string) string {
	if i := strings.IndexAny(w, "=@"); i >= 0 {
		return w[i+1:]
	}
	return ""
}

// file lists the use of a file by an invocation.
func (l *lister) file(inv *action.Invocation, name string, write, maybe bool, step int) {
	if name == "" || name == "-" && !write {
		return
	}
	switch name {
	case "/dev/null", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/zero":
		return
	}
	abs := name
	if !path.IsAbs(abs) && !(len(abs) > 1 && abs[1] == ':') {
		abs = inv.Dir + "/" + name
	}
	written := abs // a/.. is . only if a is no link
	abs = path.Clean(abs)
	for _, dir := range [...]string{"/dev/tcp/", "/dev/udp/"} {
		if rest, ok := strings.CutPrefix(abs, dir); ok { // bash's own
			host, port, _ := strings.Cut(rest, "/")
			l.add(policy.Action{Type: policy.Network, Target: "tcp://" + host + ":" + port + "/", Written: name, Inv: inv, Span: inv.Span}, step)
			return
		}
	}
	a := policy.Action{Type: policy.FileRead, Target: abs, Path: abs, Written: name, Inv: inv, Maybe: maybe, ByCode: l.byCode, Span: inv.Span}
	if write {
		a.Type = policy.FileWrite
	}
	if !action.Holed(abs) {
		if real, err := world.Resolve(inv.FS, written, true); err == nil {
			a.Target = real
		}
	}
	l.add(a, step)
}

// clientFile lists the use of a file by a client's own tool.
func (l *lister) clientFile(use action.FileUse) {
	name := use.Path
	if rest, ok := strings.CutPrefix(name, "~"); ok && (rest == "" || rest[0] == '/') {
		if home, _ := environ(l.w.Environ).Get("HOME"); home != "" {
			name = home + rest
		}
	}
	inv := &action.Invocation{Argv: []string{l.d.call.Tool, use.Path}, Dir: l.d.call.Dir, Env: environ(l.w.Environ), FS: l.w.FS}
	n := len(l.actions)
	switch use.Op {
	case action.FileList:
		return // names only
	case action.FileWrite, action.FileEdit:
		l.file(inv, name, true, false, l.stepOf(inv))
	default:
		l.file(inv, name, false, false, l.stepOf(inv))
	}
	if len(l.actions) > n {
		l.actions[n].Written = use.Path
	}
}

// tool lists the call of a tool that is neither a shell nor one for files.
func (l *lister) tool() {
	call := &l.d.call
	var args map[string]any
	if json.Unmarshal([]byte(call.Input), &args) != nil {
		return // hook.Decode has seen that it is an object
	}
	step := slices.IndexFunc(l.d.Steps, func(st Step) bool { return st.Program() == call.Tool })
	if isNetworkTool(call.Tool) {
		for _, key := range [...]string{"url", "urls", "query", "prompt"} {
			if text, ok := args[key].(string); ok && text != "" {
				l.add(policy.Action{Type: policy.Network, Target: text, Args: args}, step)
				return
			}
		}
		l.add(policy.Action{Type: policy.Network, Target: action.HoleText, Args: args}, step)
		return
	}
	if !isMCP(call.Tool) && !l.packs.KnowsTool(call.Tool) {
		return
	}
	l.add(policy.Action{Type: policy.MCPCall, Target: call.Tool, Args: args}, step)
	n := 0
	for _, key := range slices.Sorted(maps.Keys(args)) {
		if text, ok := args[key].(string); ok && n < maxMaybe && isURL(text) {
			l.add(policy.Action{Type: policy.Network, Target: text, Maybe: true}, step)
			n++
		}
	}
}

// isURL reports whether a text begins as a URL does.
func isURL(text string) bool {
	scheme, _, ok := strings.Cut(text, "://")
	return ok && scheme != "" && strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-") == ""
}
