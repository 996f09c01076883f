package defence

import (
	"path"
	"slices"
	"strings"
)

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
