package world

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/internal/table"
)

// A Write is one change to files that a command would make.
type Write struct {
	Path    string
	Kind    Kind   // Missing removes the file and all below it
	Content string // of a File; may be holed
	Target  string // of a Link, as it would be written
	Exec    bool
	Unknown bool // a File whose content cannot be told at all
	Tool    bool // made by a known program as part of what it makes, not by hand
}

// An Overlay is a view with Writes laid over another view. It is never changed
// after it is made: With returns a new one, so that states of an evaluation
// can share their past.
type Overlay struct {
	base FS
	last *layer
	root *node
	// names holds every element of the paths that were written; loose says
	// that more names may lead elsewhere: a link was made, or something
	// removed with all that was in it.
	names table.Table[bool]
	loose bool
	spend func(int) // told of the work of every look and write, in bytes; may be nil
}

// A layer is one write among all, in their order.
type layer struct {
	Write
	prev *layer
	n    int
}

// NewOverlay returns an overlay without writes.
func NewOverlay(base FS) *Overlay { return &Overlay{base: base} }

// Metered returns the view with its work being counted: spend is told of every
// look and write, in bytes copied or what takes as long.
func (o *Overlay) Metered(spend func(bytes int)) *Overlay {
	c := *o
	c.spend = spend
	return &c
}

// count tells the meter of a look at a path. None that is longer than systems
// let it be is there.
func (o *Overlay) count(name string) (tooLong bool) {
	if o.spend != nil {
		o.spend(lookWork + 4*len(name))
	}
	return len(name) > maxPath
}

const (
	maxPath  = 4096 // Linux's PATH_MAX
	lookWork = 1000 // of one look, in bytes copied
)

// With returns the view after w.
func (o *Overlay) With(w Write) *Overlay {
	if o.count(w.Path) {
		return o
	}
	if o.spend != nil {
		o.spend(lookWork + 4*len(w.Content))
	}
	w.Path = path.Clean(w.Path)
	if w.Path == "/" || o.root.holds(&w, w.Path) {
		return o
	}
	prev := o.last
	if prev != nil && prev.Path == w.Path && prev.Kind == File && w.Kind == File {
		prev = prev.prev // a file written piece by piece is one write
	}
	c := &Overlay{base: o.base, last: &layer{w, prev, o.Len() + 1}, names: o.names, spend: o.spend}
	c.root = o.root.with(&c.last.Write, w.Path)
	c.loose = o.loose || w.Kind == Link || w.Kind == Missing
	for elem, rest := next(w.Path); elem != ""; elem, rest = next(rest) {
		if !c.names.Get(elem) {
			c.names = c.names.With(elem, true)
		}
	}
	return c
}

// Join returns a view with the writes of both, for when either may have
// happened: where both wrote a file, its content is that of both.
func (o *Overlay) Join(p *Overlay) *Overlay {
	own := o.last
	var other []*layer
	for l := p.last; l != nil; l = l.prev {
		for own != nil && own.n > l.n {
			own = own.prev
		}
		if own == l {
			break // what they share
		}
		other = append(other, l)
	}
	for _, l := range slices.Backward(other) {
		w := l.Write
		if old := o.find(w.Path); old != nil && old.Kind == File && w.Kind == File && old.Content != w.Content {
			w.Content = old.Content + "\n" + w.Content
			w.Unknown = w.Unknown || old.Unknown
			w.Exec = w.Exec || old.Exec
		}
		o = o.With(w)
	}
	return o
}

// Len returns the number of writes.
func (o *Overlay) Len() int {
	if o.last == nil {
		return 0
	}
	return o.last.n
}

// Equal reports whether two overlays over one view show the same files.
func (o *Overlay) Equal(p *Overlay) bool { return o.last == p.last || o.root.equal(p.root) }

// madeDir stands for the write of a directory that others wrote into.
var madeDir = Write{Kind: Dir}

// find returns the write that decides what is at name, which has no links in
// its directories. A removal of a parent directory decides for what is below.
func (o *Overlay) find(name string) *Write {
	n, removed := o.root.find(name)
	switch {
	case n == nil:
		return removed
	case n.below:
		// A file below it makes name a directory.
		if removed != nil || n.removed != nil {
			return &madeDir
		}
		if info, err := o.base.Lstat(name); err != nil || info.Kind == Dir {
			return &madeDir
		}
	}
	if n.write != nil {
		return n.write
	}
	return removed
}

// Touches reports whether any write could decide what is at a path with the
// given base name. It is quick, and may say yes for no reason.
func (o *Overlay) Touches(base string) bool { return o.loose || o.names.Get(base) }

// Decides reports whether it is a write that decides what is at name.
func (o *Overlay) Decides(name string) bool {
	return o.last != nil && !o.count(name) && o.find(o.real(path.Clean(name), false)) != nil
}

// ByHand reports whether what is at name was put there by a write that no known
// program made.
func (o *Overlay) ByHand(name string) bool {
	if o.last == nil || o.count(name) {
		return false
	}
	w := o.find(o.real(path.Clean(name), false))
	return w != nil && !w.Tool && w.Kind != Missing && w.Kind != Dir
}

// Written returns the files that hold what a text itself wrote, the last
// first.
func (o *Overlay) Written() []string {
	var list []string
	for l := o.last; l != nil; l = l.prev {
		if l.Kind == File && !l.Tool && !l.Unknown && l.Content != "" && !slices.Contains(list, l.Path) && o.ByHand(l.Path) {
			list = append(list, l.Path)
		}
	}
	return list
}

// UnknownContent returns what stands for the content of a file that was written
// without a content that can be told, and whether name is such a file.
func (o *Overlay) UnknownContent(name string) (string, bool) {
	if o.last == nil {
		return "", false
	}
	w := o.find(o.real(path.Clean(name), true))
	if w == nil || w.Kind != File || !w.Unknown {
		return "", false
	}
	return w.Content, true
}

// real returns name with the links in its directories followed. Where no write
// can matter it is left to the view below.
func (o *Overlay) real(name string, last bool) string {
	if o.last == nil || !o.Touches(path.Base(name)) {
		return name
	}
	if r, err := Resolve(rawOverlay{o}, name, last); err == nil {
		return r
	}
	return name
}

// rawOverlay answers Readlink without resolving directories first, which is
// what Resolve itself needs.
type rawOverlay struct{ *Overlay }

func (r rawOverlay) Readlink(name string) (string, error) { return r.readlink(name) }

func (o *Overlay) readlink(name string) (string, error) {
	if o.count(name) {
		return "", fs.ErrNotExist
	}
	if w := o.find(name); w != nil {
		if w.Kind == Link {
			return w.Target, nil
		}
		return "", fs.ErrNotExist
	}
	return o.base.Readlink(name)
}

func (o *Overlay) Lstat(name string) (Info, error) {
	if o.count(name) {
		return Info{}, fs.ErrNotExist
	}
	if o.last == nil {
		return o.base.Lstat(name)
	}
	name = o.real(path.Clean(name), false)
	if w := o.find(name); w != nil {
		if w.Kind == Missing {
			return Info{}, fs.ErrNotExist
		}
		return Info{Kind: w.Kind, Exec: w.Exec, Size: int64(len(w.Content))}, nil
	}
	return o.base.Lstat(name)
}

// Stat describes the file that name leads to.
func (o *Overlay) Stat(name string) (Info, error) {
	if o.count(name) {
		return Info{}, fs.ErrNotExist
	}
	if o.last == nil {
		return Stat(o.base, name)
	}
	if !o.Touches(path.Base(name)) {
		// Only a link of the view below could lead to something written.
		if info, err := o.base.Lstat(name); err != nil || info.Kind != Link {
			return info, err
		}
	}
	return stat(o, name)
}

func (o *Overlay) Readlink(name string) (string, error) {
	return o.readlink(o.real(path.Clean(name), false))
}

func (o *Overlay) ReadFile(name string, max int) ([]byte, error) {
	if o.count(name) {
		return nil, fs.ErrNotExist
	}
	b, err := o.readFile(name, max)
	if o.spend != nil {
		o.spend(len(b))
	}
	return b, err
}

func (o *Overlay) readFile(name string, max int) ([]byte, error) {
	name = o.real(path.Clean(name), true)
	if w := o.find(name); w != nil {
		switch {
		case w.Kind != File:
			return nil, fs.ErrNotExist
		case w.Unknown:
			return nil, ErrUnknown
		case len(w.Content) > max:
			return []byte(w.Content[:max]), ErrTooLarge
		}
		return []byte(w.Content), nil
	}
	return o.base.ReadFile(name, max)
}

func (o *Overlay) ReadDir(name string) ([]Entry, error) {
	if o.count(name) {
		return nil, fs.ErrNotExist
	}
	name = o.real(path.Clean(name), true)
	base, err := o.base.ReadDir(name)
	if o.last == nil {
		return base, err
	}
	if w := o.find(name); w != nil {
		if w.Kind != Dir {
			return nil, fs.ErrNotExist
		}
		err = nil
	}
	if err != nil {
		return nil, err
	}
	kinds := map[string]Kind{}
	n, removed := o.root.find(name)
	if removed == nil && (n == nil || n.removed == nil) {
		for _, e := range base {
			kinds[e.Name] = e.Kind
		}
	}
	if n != nil {
		for elem := range n.in.All() {
			if w := o.find(path.Join(name, elem)); w != nil {
				kinds[elem] = w.Kind
			}
		}
	}
	return sortEntries(kinds), nil
}

// sortEntries lists the files that are there, by name.
func sortEntries(kinds map[string]Kind) []Entry {
	entries := make([]Entry, 0, len(kinds))
	for name, kind := range kinds {
		if kind != Missing {
			entries = append(entries, Entry{name, kind})
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries
}
