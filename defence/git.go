package defence

import (
	"path"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// git tells of files of a project that git would take away or bring into another
// state, where the call names them. What changes with a whole commit (checkout
// of a branch, stash, reset --hard) is left to the client's ConfigChange hook.
func (r *runner) git() {
	dir, args := r.inv.Dir, r.args
	tree, _ := r.inv.Env.Get("GIT_WORK_TREE")
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-C":
			if len(args) > 1 {
				dir = path.Join(dir, args[1])
				if path.IsAbs(args[1]) {
					dir = args[1]
				}
			}
			args = args[min(2, len(args)):]
		case "--work-tree":
			tree = args[min(1, len(args)-1)]
			args = args[min(2, len(args)):]
		case "-c", "--git-dir", "--namespace", "--exec-path":
			args = args[min(2, len(args)):]
		default:
			if v, ok := strings.CutPrefix(args[0], "--work-tree="); ok {
				tree = v
			}
			args = args[1:]
		}
	}
	if len(args) == 0 || action.Holed(dir) {
		return
	}
	in := *r.inv
	in.Dir = dir
	sub := runner{g: r.g, inv: &in, args: args[1:]}
	if tree != "" && slices.Contains([]string{"checkout", "restore", "reset", "read-tree", "clean", "pull", "merge", "switch", "stash"}, args[0]) {
		sub.into(tree)
	}
	switch args[0] {
	case "checkout-index":
		if v := sub.value("--prefix"); v != "" {
			sub.into(v)
		}
	case "rm":
		if !slices.Contains(args, "--cached") {
			sub.each(Remove, sub.files())
		}
	case "mv":
		if files := sub.files(); len(files) > 1 {
			sub.each(Remove, files[:len(files)-1])
			sub.writes(files[len(files)-1:])
		}
	case "checkout", "restore":
		for _, f := range sub.files() {
			if r.g.kind(sub.abs(f)) != none || path.Base(f) == ".claude" { // a file, and no branch
				sub.into(f)
			}
		}
	case "stash":
		if files := sub.files(); len(files) > 1 {
			for _, f := range files[1:] {
				if r.g.kind(sub.abs(f)) != none || path.Base(f) == ".claude" {
					sub.into(f)
				}
			}
		}
	case "clean":
		sub.clean()
	case "apply", "am":
		sub.patch()
	}
	r.found = append(r.found, sub.found...)
}

// clean tells of files that git does not track.
func (r *runner) clean() {
	force, ignored, only := false, false, false
	for _, a := range r.args {
		switch {
		case a == "--force" || isShort(a, 'f'):
			force = true
		case a == "--dry-run" || a == "-n":
			return
		case strings.HasPrefix(a, "-e") || strings.HasPrefix(a, "--exclude"):
			if strings.Contains(r.value("-e", "--exclude"), ".claude") {
				return
			}
		}
		ignored = ignored || isShort(a, 'x') || isShort(a, 'X')
		only = only || isShort(a, 'X')
	}
	if !force {
		return
	}
	roots := r.files()
	if len(roots) == 0 {
		roots = []string{"."}
	}
	for _, root := range roots {
		at := r.abs(root)
		if at == "" || !r.g.Watches(at) {
			continue
		}
		for _, f := range r.g.below(at) {
			local := strings.Contains(path.Base(f), ".local.") // Claude Code has git ignore it
			if (local && !ignored) || (!local && only) || r.tracked(f) {
				continue
			}
			r.judge(Change{Kind: Remove, Path: f})
		}
	}
}

// maxIndex bounds the index that is searched, in bytes.
const maxIndex = 4 << 20

// tracked reports whether a file stands in the index of its repository, or
// lies in no repository.
func (r *runner) tracked(file string) bool {
	for d := path.Dir(file); ; d = path.Dir(d) {
		if _, err := r.inv.FS.Lstat(d + "/.git"); err == nil {
			index, err := r.inv.FS.ReadFile(d+"/.git/index", maxIndex)
			return err == nil && strings.Contains(string(index), strings.TrimPrefix(file, d+"/")+"\x00")
		}
		if d == "/" {
			return true
		}
	}
}

// patch tells of the files that a patch names.
func (r *runner) patch() {
	var texts []string
	if r.inv.Stdin != nil {
		texts = append(texts, *r.inv.Stdin)
	}
	for _, f := range append(r.files(), r.value("-i", "--input")) {
		if at := r.abs(f); at != "" {
			r.judge(Change{Path: at, Text: action.HoleText}) // patch FILE < text
			if b, err := r.inv.FS.ReadFile(at, maxSize); err == nil {
				texts = append(texts, string(b))
			}
		}
	}
	for _, text := range texts {
		for line := range strings.Lines(text) {
			name, ok := strings.CutPrefix(line, "+++ ")
			if !ok {
				if name, ok = strings.CutPrefix(line, "--- "); !ok {
					continue
				}
			}
			name, _, _ = strings.Cut(strings.TrimSpace(name), "\t")
			for _, n := range []string{name, strings.TrimPrefix(strings.TrimPrefix(name, "a/"), "b/")} {
				r.writes([]string{n})
			}
		}
	}
}
