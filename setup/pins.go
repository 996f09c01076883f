package setup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/internal/state"
	"github.com/venv-guard/venv-guard/trust"
)

// A Fault is something that is not as it was pinned.
type Fault struct {
	File string
	What string // what is wrong with it
	Mend string // what a human does about it, once it is known why
}

func (f Fault) String() string { return fmt.Sprintf("%s: %s; %s", f.File, f.What, f.Mend) }

// Pinned is what holds the guard in its place: the user's list of pins, and the
// record of what was installed.
type Pinned struct {
	List    string // trusted-hooks.yaml of the user
	Dir     string // the session's directory: entries of other projects are not asked for
	Skip    func(file string) bool
	Require bool // that there is a list
}

// A check is one comparison of everything that is pinned.
type check struct {
	faults   []Fault
	files    []string // that it looked at
	projects []string // directories whose entries count only below them
}

// Faults compares everything that is pinned, by its bytes.
func (p Pinned) Faults() []Fault { return p.check().faults }

func (p Pinned) check() (c check) {
	fault := func(file, what, mend string, args ...any) {
		c.faults = append(c.faults, Fault{file, what, fmt.Sprintf(mend, args...)})
	}
	dir := filepath.Dir(p.List)
	record, err := LoadRecord(dir)
	c.files = append(c.files, p.List, filepath.Join(dir, RecordName))
	if err != nil {
		fault(filepath.Join(dir, RecordName), "cannot be read: "+err.Error(), "venv-guard install writes it anew")
		record = &Record{}
	}
	list, err := trust.Load(p.List)
	if errors.Is(err, fs.ErrNotExist) {
		if p.Require || len(record.Installs) > 0 {
			fault(p.List, "there is no list of pins", "venv-guard install makes it")
		}
	} else if err != nil {
		fault(p.List, "cannot be read: "+err.Error(), "mend or delete it, then run venv-guard install")
	} else {
		if list.Warning != "" {
			fault(p.List, list.Warning, "then look whether the pins are yours")
		}
		for _, r := range list.Verify() {
			if p.Skip != nil && p.Skip(r.File) || r.Status == trust.Unpinned {
				continue
			}
			c.files = append(c.files, r.File)
			if r.Status != trust.OK {
				what := map[trust.Status]string{trust.Changed: "is not what was pinned", trust.Missing: "is gone", trust.Unreadable: fmt.Sprintf("cannot be read: %v", r.Err)}[r.Status]
				fault(r.File, what, "if you changed it, venv-guard trust --file %s %s pins it anew", p.List, r.File)
			}
		}
		if _, ok := list.Sum(filepath.Join(dir, RecordName)); !ok && len(record.Installs) > 0 {
			fault(filepath.Join(dir, RecordName), "is not pinned", "venv-guard install pins it")
		}
	}
	for i := range record.Installs {
		in := &record.Installs[i]
		if in.Dir != "" {
			c.projects = append(c.projects, in.Dir)
		}
		if !in.Concerns(p.Dir) {
			continue
		}
		c.files = append(c.files, in.File)
		again := fmt.Sprintf("venv-guard install --client %s --scope %s puts it back", in.Client, in.Scope)
		if names, err := in.Missing(); err != nil {
			fault(in.File, "the guard's entries cannot be found: "+err.Error(), "%s", again)
		} else if len(names) > 0 {
			fault(in.File, "lacks "+strings.Join(names, ", "), "%s", again)
		}
	}
	return c
}

// below reports whether a directory is another one or below it.
func below(dir, top string) bool {
	rel, err := filepath.Rel(top, dir)
	return err == nil && (rel == "." || filepath.IsLocal(rel))
}

// seenName is the file in the state directory that remembers a comparison.
const seenName = "pins-seen"

// FaultsSince is Faults, but reads no file that nobody wrote to since it last
// found everything in order. It remembers that in the state directory; whatever
// it does not understand there makes it compare again.
func (p Pinned) FaultsSince(stateDir string) []Fault {
	seen := filepath.Join(stateDir, seenName)
	if text, err := os.ReadFile(seen); err == nil && p.unchanged(string(text)) {
		return nil
	}
	before := p.check()
	text := p.stamps(before)
	// What was written while it was read is told by a second look.
	c := p.check()
	if len(c.faults) == 0 && len(before.faults) == 0 && bytes.Equal(text, p.stamps(c)) {
		if os.MkdirAll(stateDir, 0o700) == nil {
			state.Replace(seen, text) // without it, the next call compares again
		}
	}
	return c.faults
}

// stamps is what is remembered of a comparison: for each project whether it
// counted, for each file its stamp.
func (p Pinned) stamps(c check) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "venv-guard 1 %s\n", p.List)
	for _, dir := range slices.Compact(slices.Sorted(slices.Values(c.projects))) {
		fmt.Fprintf(&b, "project %v %s\n", below(p.Dir, dir), dir)
	}
	for _, file := range slices.Compact(slices.Sorted(slices.Values(c.files))) {
		fmt.Fprintf(&b, "file %s %s\n", trust.Stamp(file), file)
	}
	b.WriteString("end\n")
	return b.Bytes()
}

// unchanged reports whether a remembered comparison still holds.
func (p Pinned) unchanged(text string) bool {
	text, ended := strings.CutSuffix(text, "\nend\n")
	lines := strings.Split(text, "\n")
	if !ended || lines[0] != "venv-guard 1 "+p.List {
		return false
	}
	for _, line := range lines[1:] {
		kind, rest, _ := strings.Cut(line, " ")
		word, name, ok := strings.Cut(rest, " ")
		switch {
		case !ok:
			return false
		case kind == "file":
			if trust.Stamp(name) != word {
				return false
			}
		case kind == "project":
			if fmt.Sprint(below(p.Dir, name)) != word {
				return false
			}
		default:
			return false
		}
	}
	return true
}
