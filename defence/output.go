package defence

import (
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// outputs tells of files that any program is told to write by an option of a
// usual name.
func (r *runner) outputs() {
	for i, a := range r.args {
		if len(a) < 2 || a[0] != '-' {
			continue
		}
		name, value, attached := strings.Cut(strings.TrimLeft(a, "-"), "=")
		switch name {
		case "o", "O", "out", "output", "outfile", "output-file", "out-file", "output-document", "log-file", "logfile", "dest", "fprint", "fprint0", "fls",
			"save", "save-to", "write-out-to", "to-file", "export-file":
			if !attached && i+1 < len(r.args) {
				value = r.args[i+1]
			}
		default:
			if value = ""; len(a) > 3 && a[:2] == "-o" && strings.Contains(a, "/") {
				value = a[2:]
			}
		}
		if value != "" {
			r.writes([]string{value})
		}
	}
}

// compress tells of files that are replaced by packed ones.
func (r *runner) compress() {
	for _, a := range r.args {
		if isShort(a, 'k') || isShort(a, 'c') || isShort(a, 'l') || isShort(a, 't') || a == "--keep" || a == "--stdout" || a == "--list" || a == "--test" {
			return
		}
	}
	r.each(Remove, r.files())
}

// zip tells of the archive that is made, and of the files that are moved there.
func (r *runner) zip() {
	files := r.files()
	if len(files) > 0 {
		r.writes(files[:1])
	}
	if slices.ContainsFunc(r.args, func(a string) bool { return a == "--move" || isShort(a, 'm') }) {
		r.each(Remove, files)
	}
}

// sed tells of the files that its command w writes to.
func (r *runner) sed() {
	for _, a := range r.args {
		for rest := a; ; {
			_, after, ok := strings.Cut(rest, "w ")
			if !ok {
				break
			}
			file, _, _ := strings.Cut(after, "\n")
			if file = strings.TrimSpace(file); !action.Holed(file) {
				r.writes([]string{file})
			}
			rest = after
		}
	}
}
