package defence

import (
	"path"
	"slices"
	"strings"
)

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
