package setup

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/tailscale/hujson"
)

// A registered hook is one entry that starts a guard.
type registered struct {
	event, matcher string
	line           string
	offset         int // in the file
	handler        *hujson.Value
}

// registered returns the entries of a settings file that start a guard.
func (d *document) registered() (list []registered) {
	hooks := d.find("hooks")
	if hooks == nil {
		return nil
	}
	one := func(event, matcher string, h *hujson.Value) {
		for _, line := range commands(h) {
			if isGuard(line) {
				list = append(list, registered{event, matcher, line, h.StartOffset, h})
				return
			}
		}
	}
	event := func(name string, v *hujson.Value) {
		arr, ok := v.Value.(*hujson.Array)
		if !ok {
			return
		}
		for i := range arr.Elements {
			e := &arr.Elements[i]
			matcher := stringOf(member(e, "matcher"))
			if name == "" { // Kiro's list of hooks, each with its event
				one(stringOf(member(e, "trigger")), matcher, e)
				continue
			}
			inner := member(e, "hooks")
			if inner == nil {
				one(name, "", e)
				continue
			}
			if handlers, ok := inner.Value.(*hujson.Array); ok {
				for k := range handlers.Elements {
					one(name, matcher, &handlers.Elements[k])
				}
			}
		}
	}
	switch c := hooks.Value.(type) {
	case *hujson.Object:
		for i := range c.Members {
			event(name(c.Members[i]), &c.Members[i].Value)
		}
	case *hujson.Array:
		event("", hooks)
	}
	return list
}

func stringOf(v *hujson.Value) string {
	if v == nil || v.Value.Kind() != '"' {
		return ""
	}
	return v.Value.(hujson.Literal).String()
}

// isTrue reports whether a key is there and true.
func isTrue(v *hujson.Value) bool { return v != nil && v.Value.Kind() == 't' }

// checkCommand looks at what a registered command line would start.
func (h *Host) checkCommand(l *list, where, line string) (binary string) {
	binary, _ = binaryOf(line)
	const install = "venv-guard install writes the absolute path"
	switch {
	case strings.ContainsAny(binary, "$`"):
		l.add(Note, install, "%s: %s depends on variables, so it was not looked at", where, line)
		return ""
	case !strings.ContainsAny(binary, `/\`):
		found := h.Look(binary)
		if found == "" {
			l.add(Bad, install, "%s: %s is not on PATH, so the hook never runs", where, binary)
			return ""
		}
		l.add(Note, install, "%s: %s is looked up on the client's PATH; here it is %s", where, binary, found)
		return found
	case !filepath.IsAbs(filepath.FromSlash(binary)):
		l.add(Bad, install, "%s: %s is relative, and the hook runs wherever the session is", where, binary)
		return ""
	}
	return filepath.FromSlash(binary)
}

// CheckBinary looks at a binary that is registered.
func CheckBinary(binary string) (f []Finding) {
	l := &list{topic: "binary"}
	const again = "build or copy it there again, then venv-guard install"
	info, err := os.Stat(binary)
	switch {
	case err != nil:
		l.add(Bad, again, "%s: %v: every call is let through where the client does not fail closed", binary, unwrap(err))
	case !info.Mode().IsRegular():
		l.add(Bad, again, "%s: not a regular file", binary)
	case runtime.GOOS != "windows" && info.Mode()&0o111 == 0:
		l.add(Bad, "chmod +x "+binary, "%s: lost its run bit, so the client cannot start it", binary)
	default:
		if what := loose(binary, info); what != "" {
			l.add(Note, "chmod go-w, and have it owned by you or root", "%s: %s", binary, what)
		} else {
			l.good("%s: is there and can be run", binary)
		}
	}
	return l.findings
}

// unwrap leaves out the path that the text has already.
func unwrap(err error) error {
	if pe, ok := err.(*fs.PathError); ok {
		return pe.Err
	}
	return err
}

// position names a place in a file.
func position(file string, text []byte, offset int) string {
	e := at(file, text, offset, "")
	return fmt.Sprintf("%s:%d:%d", file, e.Line, e.Column)
}
