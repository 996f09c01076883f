package defence

import (
	"path"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/setup/claude"
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
	if edits(name) {
		return func(r *runner) { r.writes(r.files()) }
	}
	switch name {
	case "chmod":
		return (*runner).chmod
	case "chown", "chgrp":
		return func(r *runner) { r.each(Mode, r.own(r.files()[min(1, len(r.files())):])) }
	case "setx", "launchctl", "systemctl", "fish":
		return (*runner).environment
	case "chattr", "setfacl", "chflags", "icacls", "attrib":
		return func(r *runner) { r.each(Mode, r.own(r.files())) }
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

// edits reports whether a program changes all files that it is given.
func edits(name string) bool {
	switch name {
	case "ed", "red", "ex", "vi", "vim", "nvim", "emacs", "nano", "pico", "micro", "joe", "mg", "kak", "hx", "sponge", "sd", "dos2unix", "unix2dos", "crudini", "dasel", "toml":
		return true
	case "strip", "upx", "objcopy", "patchelf", "install_name_tool", "codesign", "fallocate", "script":
		return true
	case "set-content", "sc", "add-content", "ac", "out-file", "new-item", "ni": // PowerShell's
		return true
	}
	return false
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
