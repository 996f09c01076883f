package defence

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// A Kind says what becomes of a file.
type Kind uint8

const (
	Write  Kind = iota // it is made or replaced
	Remove             // it is gone, with all that is below it
	Mode               // it cannot be used any more: rights, owner, attributes
	Hide               // something else stands in its place: a mount
	Alias              // it gets another name by which it can be changed
)

// A Change is one thing that a call would do to a file.
type Change struct {
	Kind Kind
	Path string // absolute
	// Text is what is in the file after a Write. It is not known if it is
	// holed.
	Text string
	// From is the directory that takes the place of Path, or is copied over
	// it; "" if Path is no directory.
	From string
	// Over says that From is copied over what is there, and takes nothing
	// away.
	Over bool
	// After are the files as they would be, for what From holds.
	After world.FS
}

// A Breach is what a change would do to the guard.
type Breach struct {
	Rule string // "settings", "program", …: see the keys of [[file]] in rules/SCHEMA.md
	Path string
	Loss string // what would be lost, in words; without a full stop
}

// maxSize bounds the files that are compared, in bytes.
const maxSize = 1 << 20

// Judge returns what a change would do to the guard.
func (g *Guard) Judge(c Change) []Breach {
	if action.Holed(c.Path) {
		return nil
	}
	c.Path = path.Clean(c.Path)
	g.prepare()
	g.follow()
	places := []string{c.Path}
	if real, err := world.Resolve(g.fs, c.Path, c.Kind == Write || c.Kind == Mode); err == nil && real != c.Path {
		places = append(places, real)
	}
	for _, l := range g.links {
		for _, p := range places[:len(places):len(places)] {
			switch {
			case within(p, l.to): // by its real name: the one that the guard goes by counts too
				places = append(places, l.from+strings.TrimPrefix(p, l.to))
			case within(l.to, p) && c.Kind != Write:
				places = append(places, l.from)
			}
		}
	}
	var found []Breach
	for _, p := range places {
		c.Path = p
		for _, b := range g.judge(c) {
			if !slices.ContainsFunc(found, func(f Breach) bool { return f.Rule == b.Rule }) {
				found = append(found, b)
			}
		}
	}
	return found
}

func (g *Guard) judge(c Change) []Breach {
	if c.Kind == Write && c.From == "" {
		if b, ok := g.file(c); ok {
			return []Breach{b}
		}
		return nil
	}
	var found []Breach
	for _, f := range g.below(c.Path) {
		at := c
		at.Path = f
		at.From = ""
		if c.From != "" { // another directory's files take their place
			at.Kind = Write
			b, err := c.After.ReadFile(c.From+strings.TrimPrefix(f, c.Path), maxSize)
			switch {
			case errors.Is(err, fs.ErrNotExist) && c.Over:
				continue
			case errors.Is(err, fs.ErrNotExist):
				at.Kind = Remove
			case err != nil:
				at.Text = action.HoleText
			default:
				at.Text = string(b)
			}
		}
		if b, ok := g.file(at); ok {
			found = append(found, b)
		}
	}
	return found
}

// below returns the guard's files at or below a path that are there.
func (g *Guard) below(name string) []string {
	var list []string
	add := func(p string) {
		if within(p, name) && !slices.Contains(list, p) {
			if _, err := g.fs.Lstat(p); err == nil {
				list = append(list, p)
			}
		}
	}
	if g.kind(name) != none {
		add(name)
	}
	for _, l := range [...][]string{g.programs, g.policies} {
		for _, p := range l {
			add(p)
		}
	}
	for _, p := range g.own {
		add(p.dir)
	}
	for _, d := range g.path {
		add(d + "/" + Program)
	}
	dirs := []string{name, path.Dir(name)}
	if within(g.dir, name) || within(name, g.dir) {
		for d := g.dir; d != "/" && d != g.home && len(dirs) < 40 && path.IsAbs(d); d = path.Dir(d) {
			dirs = append(dirs, d)
		}
	}
	for _, d := range dirs {
		for _, f := range projectFiles {
			g.entries(path.Join(d, f), name, add)
		}
	}
	for _, f := range homeFiles {
		if g.home != "" {
			g.entries(g.home+"/"+f, name, add)
		}
	}
	if g.claude != "" {
		add(path.Join(g.claude, "settings.json"))
	}
	return list
}

// entries adds a file, or the files of a directory.
func (g *Guard) entries(file, name string, add func(string)) {
	if !within(file, name) && !within(name, file) {
		return
	}
	switch path.Base(file) {
	case "hooks", "Hooks", "plugin", "plugins", "agents":
		list, _ := g.fs.ReadDir(file)
		for _, e := range list {
			add(file + "/" + e.Name)
		}
	default:
		add(file)
	}
}

// file judges what becomes of one file.
func (g *Guard) file(c Change) (Breach, bool) {
	kind := g.kind(c.Path)
	b := Breach{Path: c.Path, Loss: "it would be gone"}
	switch c.Kind {
	case Write:
		b.Loss = "it would be overwritten"
	case Mode:
		b.Loss = "it could not be read or run any more"
	case Hide:
		b.Loss = "something else would stand in its place"
	case Alias:
		b.Loss = "it would get another name, by which it can be changed unseen"
	}
	switch kind {
	case binary:
		b.Rule = "program"
		return b, true
	case policy, admin:
		b.Rule = "policy"
		return b, g.sealed(c)
	case state:
		b.Rule = "state"
		return b, true
	case project:
		b.Rule = "policy"
		return b, g.loosens(c, &b)
	case settings:
		b.Rule = "settings"
		return b, g.settings(c, &b)
	case client, plugin:
		b.Rule = "settings"
		return b, g.client(c, &b, kind)
	case startup:
		b.Rule = "wall"
		return b, g.startup(c, &b)
	}
	return b, false
}

// sealed reports whether a change of a policy counts: of those of other gates
// only one of a file that is there, since they can only tighten.
func (g *Guard) sealed(c Change) bool {
	if path.Base(c.Path) != "safeclaw.config.yaml" && path.Base(path.Dir(c.Path)) != ".safeclaw" {
		return true
	}
	_, err := g.fs.Lstat(c.Path)
	return err == nil
}

// before returns what a file holds, "" if it is not there. It is not ok if that
// cannot be told.
func (g *Guard) before(name string) (text string, ok bool) {
	b, err := g.fs.ReadFile(name, maxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return "", true
	}
	return string(b), err == nil
}
