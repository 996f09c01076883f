package rules

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// A fileRule says what is to be said of reading or writing certain files.
type fileRule struct {
	id, title, category string
	since, source       string
	paths               []string // see matchPath
	bases               []string // last elements of paths, for a quick look
	holds               []string // one of these stands in it with a value of its own
	sets                []string // keys that must not be given another host
	hosts               []string // domains that sets may name
	read, write         action.Verdict
	guards              string // the part of the guard that it is about, in place of paths
	reason, remedy      string
}

// FileUse is one reading or writing of a file by an invocation.
type FileUse struct {
	Write bool
	Path  string // as written, relative to the invocation's directory
	// Stdin says that the file is read as the program's standard input, so
	// that it matters what the program does with it.
	Stdin bool
	// Text is what the file would hold after a Write; it may be holed.
	Text string
	// Edits make the text out of what the file holds, one after the other.
	Edits []Edit
	// Lexical says that ".." may take off an element of the path before links
	// are followed, as path.resolve of Node does and the kernel does not.
	Lexical bool
	// Below says that all files below Path are read too, those that fit Glob
	// if it is not empty.
	Below bool
	Glob  string // as ripgrep takes it; several are parted by blanks or commas
}

// An Edit puts New in the place of Old.
type Edit struct {
	Old, New string
	All      bool // of every Old, not only of the first
}

// File judges one reading or writing of a file.
func (p *Packs) File(inv *action.Invocation, use FileUse) []Finding {
	j := judgement{p: p, inv: inv}
	if !use.Stdin || !j.blindReader() {
		j.file(use)
	}
	return j.findings
}

// blindReader reports whether the program shows nothing of what it reads.
func (j *judgement) blindReader() bool {
	t := j.p.tool(j.p.names, baseName(j.inv.Program()))
	if t == nil || t.reads == nil {
		return false
	}
	if len(t.reads) == 0 {
		return true
	}
	var ch chooser
	j.ch, j.out = &ch, new(action.Outcome)
	r := reading{judgement: j, t: t, words: j.inv.Argv}
	r.read()
	return r.any(t.root.inert)
}

func (j *judgement) file(use FileUse) {
	if j.inv.Host != "" {
		return
	}
	home, _ := j.inv.Env.Get("HOME")
	word := localPath(use.Path)
	if rest, ok := strings.CutPrefix(word, "~"); ok && (rest == "" || rest[0] == '/') && home != "" {
		word = home + rest // as clients' own tools have it; a shell has expanded it already
	}
	file := j.absolute(word)
	if file == "" || action.Holed(file) {
		return
	}
	if use.Lexical && strings.Contains(word, "..") {
		if word = world.FromWindows(word); !path.IsAbs(word) {
			word = j.inv.Dir + "/" + word
		}
		if lexical := path.Clean(word); lexical != file {
			j.fileAt(lexical, home, use)
		}
	}
	j.fileAt(file, home, use)
}

func (j *judgement) fileAt(file, home string, use FileUse) {
	if use.Below {
		j.below(file, home, use.Glob)
		return
	}
	j.oneFile(file, home, use)
}

// oneFile applies the rules to a file and to what it links to: the strictest
// counts, of several the first.
func (j *judgement) oneFile(file, home string, use FileUse) {
	real := file
	if r, err := world.Resolve(j.inv.FS, file, true); err == nil {
		real = r
	}
	if len(use.Edits) > 0 {
		use.Text = edited(j.inv.FS, real, use.Edits)
	}
	var best *fileRule
	var worst action.Verdict
	for i := range j.p.files {
		l := &j.p.files[i]
		if !l.matches(j, file, home) && (real == file || !l.matches(j, real, home)) {
			continue
		}
		verdict := l.read
		if use.Write {
			verdict = l.write
		}
		verdict = j.p.settings.verdict(l.id, l.category, verdict)
		if verdict <= worst || len(l.holds) > 0 && !use.Write && !j.holds(l, real) ||
			len(l.sets) > 0 && use.Write && !j.redirects(l, real, use.Text) {
			continue
		}
		best, worst = l, verdict
	}
	if best == nil {
		return
	}
	f := Finding{
		Verdict: worst, Rule: best.id, Tool: baseName(j.inv.Program()), Operation: opReveal,
		Place:  action.Place{Kind: action.PlaceUser, Path: file},
		Reason: strings.ReplaceAll(best.reason, "{path}", j.tidy(file, home)),
		Remedy: best.remedyFor(j.tidy(file, home)),
	}
	if use.Write {
		f.Operation = opConfigure
	}
	j.find(f)
}

// remedyFor fills in a rule's remedy. A path in the home is left unquoted up to
// its tilde's slash.
func (l *fileRule) remedyFor(file string) string {
	if l.remedy == "" {
		return ""
	}
	home := ""
	if rest, ok := strings.CutPrefix(file, "~/"); ok {
		home, file = "~/", rest
	}
	q, err := quoted(file)
	if err != nil {
		return ""
	}
	return strings.ReplaceAll(l.remedy, "{path}", home+q)
}

// tidy returns a path as people write it.
func (j *judgement) tidy(file, home string) string {
	if rest, ok := strings.CutPrefix(file, j.inv.Dir+"/"); ok && j.inv.Dir != home {
		return rest
	}
	if rest, ok := strings.CutPrefix(file, home+"/"); ok && home != "" {
		return "~/" + rest
	}
	return file
}

// below applies the rules to the files below a directory that are there. A
// search follows a link that it is given, and none below it.
func (j *judgement) below(dir, home, glob string) {
	if info, err := world.Stat(j.inv.FS, dir); err != nil || info.Kind != world.Dir {
		if globbed(glob, dir) {
			j.oneFile(dir, home, FileUse{})
		}
		return
	}
	if real, err := world.Resolve(j.inv.FS, dir, true); err == nil {
		dir = real
	}
	for i := range j.p.files {
		l := &j.p.files[i]
		for _, pattern := range l.paths {
			file, ok := j.place(pattern, home)
			if !ok {
				if strings.ContainsAny(pattern, "*~$") {
					continue
				}
				file = path.Join(dir, pattern)
			}
			if !within(file, dir) { // the home may be a link itself
				if real, err := world.Resolve(j.inv.FS, path.Dir(file), true); err == nil {
					file = path.Join(real, path.Base(file))
				}
			}
			if within(file, dir) && file != dir && globbed(glob, file) && world.IsFile(j.inv.FS, file) {
				j.oneFile(file, home, FileUse{})
			}
		}
	}
}

// place returns the one file that a pattern names on this machine.
func (j *judgement) place(pattern, home string) (string, bool) {
	switch {
	case strings.ContainsAny(pattern, "*?["):
	case strings.HasPrefix(pattern, "~/"):
		return home + pattern[1:], home != ""
	case pattern[0] == '$':
		name, rest, _ := strings.Cut(pattern[1:], "/")
		if v, ok := j.inv.Env.Get(name); ok && v != "" && !action.Holed(v) {
			return path.Join(j.absolute(v), rest), true
		}
	case pattern[0] == '/':
		return pattern, true
	}
	return "", false
}

func (l *fileRule) matches(j *judgement, file, home string) bool {
	base := path.Base(file)
	lower := strings.ToLower(base)
	if !slices.ContainsFunc(l.bases, func(b string) bool { return matchElem(strings.ToLower(b), lower) }) {
		return false
	}
	for _, pattern := range l.paths {
		if j.matchPath(pattern, file, home, false) {
			return true
		}
	}
	for _, pattern := range l.paths {
		if j.matchPath(pattern, file, home, true) {
			return foldsCase(j.inv.FS, file)
		}
	}
	return false
}

// foldsCase reports whether a path in other letters may be the same file: it is
// there, or it would be made where the file system does not tell letters apart.
func foldsCase(fs world.FS, file string) bool {
	if _, err := fs.Lstat(file); err == nil {
		return true
	}
	dir := path.Dir(file)
	other := strings.ToUpper(dir)
	if other == dir {
		other = strings.ToLower(dir)
	}
	if other == dir || !world.IsDir(fs, dir) {
		return false
	}
	return world.IsDir(fs, other)
}

// matchPath matches a pattern: `~/x` in any user's home, `$VAR/x` below a
// variable's directory, `/x` as it stands, and anything else as the last
// elements of a path. `*` stays within one element; folded, letters are equal to
// their capitals.
func (j *judgement) matchPath(pattern, file, home string, folded bool) bool {
	if folded {
		file, home = strings.ToLower(file), strings.ToLower(home)
	}
	rest := ""
	switch pattern[0] {
	case '~':
		pattern = pattern[2:]
		inHome := false
		if rest, inHome = belowHome(file, home); !inHome {
			return false
		}
	case '$':
		name, tail, _ := strings.Cut(pattern[1:], "/")
		v, ok := j.inv.Env.Get(name)
		if !ok || v == "" || action.Holed(v) {
			return false
		}
		dir := j.absolute(v)
		if folded {
			dir = strings.ToLower(dir)
		}
		if tail == "" {
			return file == dir
		}
		if !within(file, dir) || file == dir {
			return false
		}
		pattern, rest = tail, file[len(strings.TrimSuffix(dir, "/"))+1:]
	case '/':
		pattern, rest = pattern[1:], strings.TrimPrefix(file, "/")
	default:
		n := strings.Count(pattern, "/") + 1
		elems := strings.Split(strings.TrimPrefix(file, "/"), "/")
		rest = strings.Join(elems[max(0, len(elems)-n):], "/")
	}
	if folded {
		pattern = strings.ToLower(pattern)
	}
	ok, _ := path.Match(pattern, rest)
	return ok
}

// belowHome returns a path relative to the home that it lies in: this user's
// or, by the usual places of homes, another's.
func belowHome(file, home string) (string, bool) {
	if home != "" && home != "/" && strings.HasPrefix(file, home+"/") {
		return file[len(home)+1:], true
	}
	for _, root := range [...]string{"/root/", "/var/root/"} { // Linux, macOS
		if rest, ok := strings.CutPrefix(file, root); ok {
			return rest, true
		}
	}
	for _, dir := range [...]string{"/home/", "/Users/", "/users/"} {
		if rest, ok := strings.CutPrefix(file, dir); ok {
			if _, rest, ok := strings.Cut(rest, "/"); ok {
				return rest, true
			}
		}
	}
	if rest, ok := onDrive(file); ok && len(rest) > len("/users/") && strings.EqualFold(rest[:len("/users/")], "/users/") {
		if _, tail, ok := strings.Cut(rest[len("/users/"):], "/"); ok {
			return tail, true
		}
	}
	return "", false
}

// onDrive returns a path below the root of a drive of Windows, as Windows, WSL,
// Git for Windows and Cygwin write it.
func onDrive(file string) (rest string, ok bool) {
	for _, mount := range [...]string{"/mnt/", "/cygdrive/", "/"} {
		if rest, ok := strings.CutPrefix(file, mount); ok && len(rest) > 1 && rest[1] == '/' {
			return rest[1:], true
		}
	}
	return "", false
}

// localPath returns a path with the slashes of this machine where it is written
// as Windows has it: with a drive, `\\?\`, or the share that WSL's files are; or
// as a URL.
func localPath(p string) string {
	if rest, ok := strings.CutPrefix(p, "file://"); ok {
		return rest
	}
	if len(p) < 3 || p[1] != ':' && !strings.HasPrefix(p, `\\`) && !strings.HasPrefix(p, "//") {
		return p
	}
	slashed := strings.ReplaceAll(p, `\`, "/")
	if rest, ok := strings.CutPrefix(slashed, "//"); ok {
		host, rest, _ := strings.Cut(rest, "/")
		switch {
		case host == "?" || host == ".":
			return world.FromWindows(rest)
		case strings.EqualFold(host, "wsl$") || strings.EqualFold(host, "wsl.localhost"):
			_, rest, _ = strings.Cut(rest, "/")
			return "/" + rest
		}
		return p
	}
	if unix := world.FromWindows(slashed); unix != slashed {
		return unix
	}
	return p
}

func matchElem(pattern, elem string) bool {
	if !strings.ContainsAny(pattern, "*?[") {
		return pattern == elem
	}
	ok, _ := path.Match(pattern, elem)
	return ok
}

// maxFileRead bounds what is read of a file to see what it holds, in bytes.
const maxFileRead = 64 << 10

// maxFileEdited bounds the files whose edits are worked out, in bytes.
const maxFileEdited = 1 << 20

// holds reports whether a file holds a secret of its own: one of the rule's
// texts followed by something that is no `${VARIABLE}`.
func (j *judgement) holds(l *fileRule, file string) bool {
	b, err := j.inv.FS.ReadFile(file, maxFileRead)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return true // what may read it, if anything, sees more than the guard
	case err != nil && !errors.Is(err, world.ErrTooLarge):
		return false
	}
	text := string(b)
	for _, mark := range l.holds {
		for rest := text; ; {
			_, after, ok := strings.Cut(rest, mark)
			if !ok {
				break
			}
			rest = after
			after = strings.TrimLeft(after, " \t\"'")
			if after != "" && !strings.HasPrefix(after, "$") && !strings.HasPrefix(after, "%") && after[0] != '\n' && after[0] != '\r' {
				return true
			}
		}
	}
	return false
}

// edited returns the text of a file after edits. Where the file cannot be read,
// or does not hold what is to be replaced, the new text alone is known.
func edited(f world.FS, file string, edits []Edit) string {
	b, err := f.ReadFile(file, maxFileEdited)
	if err != nil {
		b = nil
	}
	text := string(b)
	for _, e := range edits {
		n := 1
		if e.All {
			n = -1
		}
		if e.Old == "" || !strings.Contains(text, e.Old) {
			text += "\n" + e.New
			continue
		}
		text = strings.Replace(text, e.Old, e.New, n)
	}
	return text
}

// redirects reports whether a file's new text gives one of the rule's keys a
// host that is none of the rule's domains, and that it did not have before.
func (j *judgement) redirects(l *fileRule, file, text string) bool {
	after := l.strangers(text)
	if len(after) == 0 {
		return false
	}
	b, err := j.inv.FS.ReadFile(file, maxFileRead)
	if err != nil {
		return true
	}
	before := l.strangers(string(b))
	return slices.ContainsFunc(after, func(s string) bool { return !contains(before, s) })
}

// strangers returns the settings of a text that name an unknown host, as
// "key host". Hosts are compared after the URL is taken apart, so that
// https://pypi.org@example.com/ is example.com.
func (l *fileRule) strangers(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		i := strings.IndexAny(line, "=:")
		for i >= 0 && line[i] == ':' && strings.Contains(line[i:], "=") {
			k := strings.IndexAny(line[i+1:], "=:") // @scope:registry=
			if k < 0 {
				break
			}
			i += 1 + k
		}
		if i < 0 {
			continue
		}
		key := strings.Trim(line[:i], " \t\"'-")
		key = key[strings.LastIndexByte(key, ':')+1:]
		if !contains(l.sets, key) {
			continue
		}
		for _, url := range strings.FieldsFunc(line[i+1:], func(r rune) bool { return strings.ContainsRune(" \t,\r\n\"'[]", r) }) {
			if host := urlHost(url); host != "" && !inDomains(host, l.hosts) {
				list = append(list, key+" "+host)
			}
		}
	}
	return list
}

// words judges the operands of a program as files that it reads, unless it is
// known to look at names only or to read them for its own work.
func (p *Packs) words(inv *action.Invocation, t *tool, out *action.Outcome) []Finding {
	if inv.Builtin || inv.Host != "" {
		return nil
	}
	j := judgement{p: p, inv: inv}
	words := inv.Argv[1:]
	below := false
	if t != nil {
		if t.reads == nil {
			if t.acts() {
				return nil // a package manager, with its own credentials
			}
			for i := range out.Starts {
				if len(out.Starts[i].Argv) > 0 {
					return nil // a wrapper: what it starts is judged
				}
			}
		} else {
			var ch chooser
			j.ch, j.out = &ch, new(action.Outcome)
			r := reading{judgement: &j, t: t, words: inv.Argv}
			r.read()
			if r.dead || r.any(t.root.inert) {
				return nil
			}
			words = nil
			for i := range t.reads {
				words = append(words, r.list(nil, &t.reads[i])...)
			}
			below = r.any(t.below)
		}
	}
	for i, w := range words {
		for ; w != ""; w = inner(w) {
			if below && i < maxLooks || p.mayBeFile(w) || i < maxLooks && j.isLink(w) {
				j.file(FileUse{Path: w, Below: below})
			}
		}
	}
	return j.findings
}

// Reads returns the words of an invocation that name files whose text it reads;
// !ok if the packs do not say which.
func (p *Packs) Reads(inv *action.Invocation) (words []string, ok bool) {
	t := p.tool(p.names, baseName(inv.Program()))
	if t == nil || t.reads == nil {
		return nil, t != nil && t.acts()
	}
	var ch chooser
	j := judgement{p: p, inv: inv, ch: &ch, out: new(action.Outcome)}
	r := reading{judgement: &j, t: t, words: inv.Argv}
	r.read()
	if r.dead || r.any(t.root.inert) {
		return nil, true
	}
	for i := range t.reads {
		words = append(words, r.list(nil, &t.reads[i])...)
	}
	return words, true
}

// Installs reports whether a program is a package manager or another tool of
// whose work the packs tell.
func (p *Packs) Installs(inv *action.Invocation) bool {
	t := p.tool(p.names, baseName(inv.Program()))
	return t != nil && t.acts()
}

// maxLooks bounds the words of one command that are looked up on disk though
// their names say nothing.
const maxLooks = 32

// isLink reports whether a word names a symbolic link, which may lead to
// whatever file.
func (j *judgement) isLink(w string) bool {
	if w[0] == '-' || action.Holed(w) || len(w) > 4096 {
		return false
	}
	info, err := j.inv.FS.Lstat(j.absolute(w))
	return err == nil && info.Kind == world.Link
}

// inner returns the file that a word may name in a part of it: --file=x,
// data=@x, -Tx, file://x. It returns "" if there is none.
func inner(w string) string {
	if rest, ok := strings.CutPrefix(w, "file://"); ok {
		return rest
	}
	if i := strings.IndexAny(w, "=@"); i >= 0 {
		return strings.TrimLeft(w[i+1:], "@")
	}
	if len(w) > 2 && w[0] == '-' && w[1] != '-' {
		return w[2:]
	}
	return ""
}

// NamesFile reports whether a rule about files may hold for a path whose links
// are followed already, by its last element.
func (p *Packs) NamesFile(file string) bool { return p.mayBeFile(file) }

// mayBeFile reports whether the last element of a word is one that file rules
// name.
func (p *Packs) mayBeFile(w string) bool {
	base := strings.ToLower(path.Base(w))
	if _, ok := slices.BinarySearch(p.fileNames, base); ok {
		return true
	}
	for _, glob := range p.fileGlobs {
		if matchElem(glob, base) {
			return true
		}
	}
	return false
}
