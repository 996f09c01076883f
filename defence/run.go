package defence

import (
	"path"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/setup/claude"
	"github.com/venv-guard/venv-guard/world"
)

// Run returns what a program would do to the guard by its words and its
// environment. What the shell itself and the common file tools do is told to
// Judge.
func (g *Guard) Run(inv *action.Invocation) []Breach {
	if inv.Host != "" || len(inv.Argv) == 0 {
		return nil
	}
	name := strings.ToLower(path.Base(inv.Argv[0]))
	name = strings.TrimSuffix(name, ".exe")
	var found []Breach
	if g.wall && !inv.Builtin && !inv.Env.Inherited(claude.Wall) {
		if v, _ := inv.Env.Get(claude.Wall); !claude.IsTrue(v) && !action.Holed(v) {
			found = append(found, Breach{Rule: "wall", Loss: "this call takes the variable away from what it starts"})
		}
	}
	if a, args := agentOf(name, inv.Argv[1:]); a != nil {
		if loss := g.unguarded(inv, a, args); loss != "" {
			found = append(found, Breach{Rule: "agent", Loss: loss})
		}
		return found
	}
	r := runner{g: g, inv: inv, args: inv.Argv[1:]}
	if does := worker(name); does != nil {
		g.prepare()
		does(&r)
	}
	if !inv.Builtin {
		r.outputs()
	}
	return append(found, r.found...)
}

// IsProgram reports whether an invocation starts the guard's own file by another
// name than the usual one.
func (g *Guard) IsProgram(inv *action.Invocation) bool {
	own := path.Base(g.site.Program)
	if own == Program || g.site.Program == "" || path.Base(inv.Program()) != own {
		return false
	}
	if !strings.Contains(inv.Program(), "/") {
		return true
	}
	r := runner{g: g, inv: inv}
	return r.abs(inv.Program()) == path.Clean(g.site.Program)
}

// A runner works out what one program does to files.
type runner struct {
	g     *Guard
	inv   *action.Invocation
	args  []string
	found []Breach
}

// worker returns what knows a program's words. The facts are those of GNU
// coreutils 9.1, findutils 4.9, tar 1.34, rsync 3.2, git 2.39 and the programs'
// manuals.
func worker(name string) func(*runner) {
	switch name {
	case "chmod":
		return (*runner).chmod
	case "chown", "chgrp":
		return func(r *runner) { r.each(Mode, r.own(r.files()[min(1, len(r.files())):])) }
	case "strip", "upx", "objcopy", "patchelf", "install_name_tool", "codesign":
		return func(r *runner) { r.writes(r.files()) }
	case "setx", "launchctl", "systemctl", "fish":
		return (*runner).environment
	case "chattr", "setfacl", "chflags", "icacls", "attrib":
		return func(r *runner) { r.each(Mode, r.own(r.files())) }
	case "fallocate":
		return func(r *runner) { r.writes(r.files()) }
	case "truncate", "shred", "rename", "prename", "mmv", "trash", "trash-put", "srm", "wipe":
		return func(r *runner) { r.each(Remove, r.files()) }
	case "gio":
		return func(r *runner) {
			if slices.Contains(r.args, "trash") || slices.Contains(r.args, "remove") {
				r.each(Remove, r.files())
			}
		}
	case "remove-item", "ri", "del", "erase", "rd", "clear-content", "clc", "rename-item", "rni", "ren", "move-item", "mi", "move":
		return func(r *runner) { r.each(Remove, r.files()) }
	case "set-content", "sc", "add-content", "ac", "out-file", "new-item", "ni":
		return func(r *runner) { r.writes(r.files()) }
	case "copy-item", "cpi", "copy", "xcopy", "robocopy":
		return func(r *runner) { r.into(r.last()) }
	case "find", "gfind":
		return (*runner).find
	case "rsync":
		return (*runner).rsync
	case "tar", "gtar", "bsdtar":
		return (*runner).untar
	case "unzip":
		return func(r *runner) { r.into(or(r.value("-d"), r.inv.Dir)) }
	case "7z", "7za", "cpio":
		return func(r *runner) { r.into(or(r.attached("-o"), r.inv.Dir)) }
	case "gzip", "gunzip", "bzip2", "bunzip2", "xz", "unxz", "lzma", "compress", "zstd", "lz4", "pigz":
		return (*runner).compress
	case "zip":
		return (*runner).zip
	case "sed", "gsed":
		return (*runner).sed
	case "scp", "sftp":
		return func(r *runner) {
			if dest := r.last(); !strings.Contains(dest, ":") {
				r.into(dest)
				r.writes([]string{dest})
			}
		}
	case "script":
		return func(r *runner) { r.writes(r.files()) }
	case "ed", "red", "ex", "vi", "vim", "nvim", "emacs", "nano", "pico", "micro", "joe", "mg", "kak", "hx", "sponge", "sd", "dos2unix", "unix2dos", "crudini", "dasel", "toml":
		return func(r *runner) { r.writes(r.files()) }
	case "yq", "prettier", "awk", "gawk", "biome", "jsonlint", "dprint", "fx", "json":
		return func(r *runner) {
			if slices.ContainsFunc(r.args, func(a string) bool {
				return a == "-i" || a == "-w" || a == "fmt" || strings.HasPrefix(a, "--in") || strings.HasPrefix(a, "--write") || strings.HasPrefix(a, "-I") || a == "inplace"
			}) {
				r.writes(r.files())
			}
		}
	case "ln", "link":
		return (*runner).link
	case "cp":
		return func(r *runner) {
			if slices.ContainsFunc(r.args, func(a string) bool { return a == "--link" || isShort(a, 'l') }) {
				r.link()
			}
		}
	case "mount", "mount_nullfs":
		return func(r *runner) { r.each(Hide, []string{r.last()}) }
	case "git":
		return (*runner).git
	case "patch":
		return (*runner).patch
	case "pkill", "killall", "skill", "taskkill", "stop-process":
		return (*runner).kill
	case "defaults", "plutil", "reg", "set-itemproperty", "remove-itemproperty":
		return (*runner).registry
	}
	return nil
}

// files returns the words that are no options.
func (r *runner) files() []string {
	var list []string
	for i, a := range r.args {
		if a == "--" {
			return append(list, r.args[i+1:]...)
		}
		if a != "" && a[0] != '-' {
			list = append(list, a)
		}
	}
	return list
}

func (r *runner) last() string {
	if f := r.files(); len(f) > 0 {
		return f[len(f)-1]
	}
	return ""
}

// value returns the value of one of some options, or "".
func (r *runner) value(options ...string) string {
	for i, a := range r.args {
		for _, o := range options {
			switch {
			case a == o && i+1 < len(r.args):
				return r.args[i+1]
			case strings.HasPrefix(o, "--") && strings.HasPrefix(a, o+"="):
				return a[len(o)+1:]
			case !strings.HasPrefix(o, "--") && strings.HasPrefix(a, o) && len(a) > len(o):
				return a[len(o):]
			}
		}
	}
	return ""
}

// attached returns what stands in one word with an option, or "".
func (r *runner) attached(option string) string {
	for _, a := range r.args {
		if v, ok := strings.CutPrefix(a, option); ok {
			return v
		}
	}
	return ""
}

// abs returns where a word leads; "" where that is not known.
func (r *runner) abs(word string) string {
	if word == "" || action.Holed(word) {
		return ""
	}
	if rest, ok := strings.CutPrefix(word, "~/"); ok && r.g.home != "" { // as PowerShell and programs themselves have it
		word = r.g.home + "/" + rest
	}
	if !path.IsAbs(word) {
		if action.Holed(r.inv.Dir) {
			return ""
		}
		word = r.inv.Dir + "/" + word
	}
	return path.Clean(word)
}

func (r *runner) judge(c Change) {
	if c.Path == "" || !r.g.Watches(c.Path) {
		return
	}
	if c.After == nil {
		c.After = r.inv.FS
	}
	r.found = append(r.found, r.g.Judge(c)...)
}

func (r *runner) each(kind Kind, words []string) {
	for _, w := range words {
		r.judge(Change{Kind: kind, Path: r.abs(w)})
	}
}

// writes tells of files whose text is not known then.
func (r *runner) writes(words []string) {
	for _, w := range words {
		r.judge(Change{Path: r.abs(w), Text: action.HoleText})
	}
}

// own returns the words that name the guard's files or a directory of nothing but
// settings: what is done to a whole project is not aimed at them.
func (r *runner) own(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		at := r.abs(w)
		return at == "" || r.g.kind(at) == none && !isSettingsDir(at)
	})
}

// isSettingsDir reports whether a directory is one of settings by its name.
func isSettingsDir(dir string) bool {
	switch base := path.Base(dir); base {
	case Program, "hooks", "Hooks", "plugin", "plugins", "agents", "opencode":
		return true
	default:
		return base[0] == '.'
	}
}

// into tells of a directory of settings that files get into whose names are not
// known: those that are in it already may be among them.
func (r *runner) into(dir string) {
	at := r.abs(dir)
	if at == "" || !r.g.Watches(at) {
		return
	}
	for _, f := range r.g.below(at) {
		if f == at || path.Dir(f) == at && isSettingsDir(at) {
			r.judge(Change{Path: f, Text: action.HoleText})
		}
	}
}

// chmod tells of files that their owner can read or run no longer.
func (r *runner) chmod() {
	files := r.files()
	mode := ""
	for _, a := range r.args { // -x, -rw
		if len(a) > 1 && a[0] == '-' && strings.Trim(a[1:], "rwxXst") == "" {
			mode = a
		}
	}
	if mode == "" && len(files) > 0 {
		mode, files = files[0], files[1:]
	}
	read, run := takesRights(mode)
	if read {
		r.each(Mode, files)
		return
	}
	if !run {
		return
	}
	for _, w := range files { // what is only read does not mind
		if at := r.abs(w); at != "" && r.g.Watches(at) {
			for _, f := range r.g.below(at) {
				if k := r.g.kind(f); k == binary || k == plugin {
					r.judge(Change{Kind: Mode, Path: f})
				}
			}
		}
	}
}

// takesRights reports whether a mode of chmod takes the owner's right to read, or
// to run.
func takesRights(mode string) (read, run bool) {
	if digits := strings.TrimLeft(mode, "0"); mode != "" && strings.Trim(mode, "01234567") == "" {
		if len(digits) < 3 {
			return true, true
		}
		owner := digits[len(digits)-3] - '0'
		return owner&4 == 0, owner&1 == 0
	}
	for _, part := range strings.Split(mode, ",") {
		i := strings.IndexAny(part, "+-=")
		if i < 0 {
			continue
		}
		who, what := part[:i], part[i+1:]
		if who != "" && !strings.ContainsAny(who, "ua") {
			continue
		}
		takes := func(right string) bool { return strings.Contains(what, right) == (part[i] == '-') }
		if part[i] != '+' {
			read, run = read || takes("r"), run || takes("x")
		}
	}
	return read, run
}

// find tells of what find takes away, itself or by a program that it starts.
func (r *runner) find() {
	shell := slices.ContainsFunc(r.args, func(a string) bool {
		return strings.ContainsAny(a, " \t\n") && slices.ContainsFunc([]string{">", "rm ", "mv ", "cp ", "tee ", "sed ", "ln ", "truncate "}, func(w string) bool { return strings.Contains(a, w) })
	})
	if !shell && !slices.Contains(r.args, "-delete") && !slices.ContainsFunc(r.args, removes) {
		return
	}
	roots := r.args
	for i, a := range r.args {
		if a != "" && (a[0] == '-' || a[0] == '(' || a[0] == '!') && a != "-L" && a != "-H" && a != "-P" {
			roots = r.args[:i]
			break
		}
	}
	if len(roots) == 0 {
		roots = []string{"."}
	}
	for _, root := range roots {
		at := r.abs(root)
		if at == "" || root == "" || root[0] == '-' || !r.g.Watches(at) {
			continue
		}
		if shell && !isSettingsDir(at) && !slices.Contains(r.args, "-name") && !slices.Contains(r.args, "-iname") {
			continue // what a script does with all files of a project is not aimed at these
		}
		for _, f := range r.g.below(at) {
			if r.finds(f, strings.TrimSuffix(root, "/"), strings.TrimSuffix(root, "/")+strings.TrimPrefix(f, at)) {
				r.judge(Change{Kind: Remove, Path: f})
			}
		}
	}
}

// finds reports whether the tests of find that look at names let a file pass.
// found is the file as find itself would print it.
func (r *runner) finds(file, root, found string) bool {
	not := false
	for i := 0; i+1 < len(r.args); i++ {
		a, value := r.args[i], r.args[i+1]
		subject := path.Base(file)
		switch a {
		case "!", "-not":
			not = !not
			continue
		case "-iname":
			subject, value = strings.ToLower(subject), strings.ToLower(value)
		case "-name":
		case "-path", "-wholename", "-ipath":
			if ok := glob(value, found); ok == not {
				return false
			}
			not = false
			continue
		case "-maxdepth":
			depth := strings.Count(found, "/") - strings.Count(root, "/")
			if len(value) == 1 && depth > int(value[0]-'0') {
				return false
			}
			continue
		case "-type":
			if value == "d" || value == "l" {
				return false
			}
			continue
		default:
			not = false
			continue
		}
		if ok, err := path.Match(value, subject); err == nil && ok == not {
			return false
		}
		not = false
	}
	return true
}

// removes reports whether a word names a program that takes away what it is
// given.
func removes(word string) bool {
	switch path.Base(word) {
	case "rm", "unlink", "shred", "truncate", "mv", "trash", "trash-put", "srm":
		return true
	}
	return false
}

// glob matches a pattern whose stars cross slashes.
func glob(pattern, text string) bool {
	head, tail, star := strings.Cut(pattern, "*")
	if !strings.HasPrefix(text, head) {
		return false
	}
	if !star {
		return text == head
	}
	for i := len(head); i <= len(text); i++ {
		if glob(tail, text[i:]) {
			return true
		}
	}
	return false
}

// rsync tells of a directory that is copied over another.
func (r *runner) rsync() {
	files := r.files()
	if len(files) < 2 {
		return
	}
	dest := files[len(files)-1]
	if strings.Contains(dest, ":") {
		return
	}
	deletes := slices.ContainsFunc(r.args, func(a string) bool { return strings.HasPrefix(a, "--del") })
	moves := slices.Contains(r.args, "--remove-source-files")
	for _, src := range files[:len(files)-1] {
		from, to := r.abs(src), r.abs(dest)
		if strings.Contains(src, ":") || from == "" {
			r.into(dest)
			continue
		}
		if moves {
			r.judge(Change{Kind: Remove, Path: from})
		}
		if to == "" {
			continue
		}
		if !world.IsDir(r.inv.FS, from) {
			if world.IsDir(r.inv.FS, to) {
				to = path.Join(to, path.Base(from))
			}
			text := action.HoleText
			if b, err := r.inv.FS.ReadFile(from, maxSize); err == nil {
				text = string(b)
			}
			r.judge(Change{Path: to, Text: text})
			continue
		}
		if !strings.HasSuffix(src, "/") && !strings.HasSuffix(src, "/.") {
			to = path.Join(to, path.Base(from))
		}
		r.judge(Change{Path: to, From: from, Over: !deletes})
	}
}

// untar tells of the directory that an archive is unpacked in, and of the archive
// that is made.
func (r *runner) untar() {
	if slices.Contains(r.args, "--remove-files") {
		r.each(Remove, r.files())
	}
	for i, a := range r.args {
		if a == "--extract" || a == "--get" || isShort(a, 'x') || i == 0 && strings.Contains(a, "x") && strings.Trim(a, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
			r.into(or(r.value("-C", "--directory"), r.inv.Dir))
			return
		}
	}
	for i, a := range r.args {
		if strings.HasSuffix(a, "f") && (isShort(a, 'f') || i == 0) && i+1 < len(r.args) {
			r.writes(r.args[i+1 : i+2])
		}
	}
}

// isShort reports whether a word is short options with a letter among them.
func isShort(word string, letter byte) bool {
	return len(word) > 1 && word[0] == '-' && word[1] != '-' && strings.IndexByte(word, letter) > 0
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// link tells of hard links to the guard's files: what is written by the other
// name changes them.
func (r *runner) link() {
	if slices.ContainsFunc(r.args, func(a string) bool { return a == "--symbolic" || isShort(a, 's') }) {
		return
	}
	files := r.files()
	if n := len(files); n > 1 && r.value("-t", "--target-directory") == "" {
		files = files[:n-1]
	}
	r.each(Alias, files)
}

// environment tells of a wall that is taken down for what is started later.
func (r *runner) environment() {
	for i, a := range r.args {
		if !strings.Contains(a, claude.Wall) {
			continue
		}
		line := strings.Join(r.args[i:], " ")
		if name := strings.ToLower(strings.Join(r.args[:i], " ")); strings.Contains(name, "unset") {
			line = "unset " + line
		} else if a == claude.Wall { // NAME VALUE
			line = strings.Replace(line, " ", "=", 1)
		}
		if lowers(line) {
			r.found = append(r.found, Breach{Rule: "wall", Loss: "programs that are started later would not have the variable"})
			return
		}
	}
}

// kill tells of the end of the guard's own process.
func (r *runner) kill() {
	for _, a := range r.args {
		if r.g.mentions(a) {
			r.found = append(r.found, Breach{Rule: "program", Loss: "its process would be ended, and clients let a call through whose hook dies", Path: Program})
			return
		}
	}
}

// registry tells of managed settings that are no files: code.claude.com,
// "Claude Code settings".
func (r *runner) registry() {
	all := strings.ToLower(strings.Join(r.args, " "))
	if !strings.Contains(all, "anthropic.claudecode") && !strings.Contains(all, `policies\claudecode`) {
		return
	}
	switch {
	case len(r.args) > 0 && slices.Contains([]string{"read", "query", "export", "-p", "-lint", "-extract"}, r.args[0]):
	default:
		r.found = append(r.found, Breach{Rule: "policy", Loss: "the administrator's settings would change", Path: r.args[min(1, len(r.args)-1)]})
	}
}
