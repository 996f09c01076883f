package defence

import (
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
