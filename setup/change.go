package setup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/diff"
)

// A Change is what an installation does to a settings file, planned and not yet
// done.
type Change struct {
	Client  *Client
	Scope   Scope
	File    string
	Before  []byte // nil if there is no file
	After   []byte // nil if it is to be removed
	Install *Install
	Notes   []string // what the user should know
	Todo    []string // what is left to a human
}

// PlanInstall says what registering the guard with a client changes. Nothing is
// written. A file that the client would drop as it is is an error with position.
func (h *Host) PlanInstall(c *Client, o Options, r *Record) (*Change, error) {
	ch, err := h.plan(c, o.Scope)
	if err != nil {
		return nil, err
	}
	items, notes, err := c.items(h, o)
	if err != nil {
		return nil, err
	}
	earlier := r.Find(ch.File)
	in := &Install{Client: c.Name, Scope: o.Scope, File: ch.File, Binary: o.Binary, Strict: o.Strict, Created: ch.Before == nil}
	if o.Scope == Project {
		in.Dir = h.Dir
	}
	if earlier != nil {
		in.Created = earlier.Created
	}
	ch.Install, ch.Notes, ch.Todo = in, notes, c.todo(h, o.Scope)
	if c.whole {
		text := items[0].text()
		if ch.Before != nil && !bytes.Equal(ch.Before, text) && earlier == nil {
			return nil, fmt.Errorf("%s: there is one already that is not the guard's; move it away, or let it ask the guard too: %s", ch.File, c.hint(items[0]))
		}
		ch.After, in.Items = text, items
		return ch, nil
	}
	d := emptyDocument()
	if len(bytes.TrimSpace(ch.Before)) > 0 {
		if d, err = parseJSON(ch.File, ch.Before, c.comments); err != nil {
			return nil, err
		}
		if p := worst(c.Check(ch.File, ch.Before)); p != nil {
			return nil, fmt.Errorf("%w; %s ignores the whole file for that: mend it, then run install again", p, c.Title)
		}
	}
	if in.Items, in.Made, err = d.add(items, earlier); err != nil {
		return nil, fmt.Errorf("%s: %w", ch.File, err)
	}
	ch.After = d.text()
	return ch, nil
}

// hint is what a whole file of someone else's would have to do.
func (c *Client) hint(it Item) string {
	line, _ := c.guard(string(it.text()))
	return line
}

// PlanUninstall says what taking the guard out of a client's settings changes.
// The change has equal texts if there is nothing of it.
func (h *Host) PlanUninstall(c *Client, s Scope, r *Record) (*Change, error) {
	ch, err := h.plan(c, s)
	if err != nil || ch.Before == nil {
		return ch, err
	}
	in := r.Find(ch.File)
	if c.whole {
		ch.After = ch.Before
		if in != nil && len(missing(in.Items, nil, ch.Before)) == 0 {
			ch.After = nil
		} else if in != nil {
			ch.Notes = append(ch.Notes, "it was changed since it was installed; remove it by hand if it is not needed")
		}
		return ch, nil
	}
	if len(bytes.TrimSpace(ch.Before)) == 0 {
		ch.After = ch.Before
		return ch, nil
	}
	d, err := parseJSON(ch.File, ch.Before, c.comments)
	if err != nil {
		return nil, err
	}
	if in != nil {
		d.remove(in.Items)
	}
	d.removeHooks(nil)
	if in != nil {
		d.removeMade(in.Made)
	} else {
		ch.Notes = append(ch.Notes, "there is no record of what install added, so only hooks are taken out; deny rules and PIP_REQUIRE_VIRTUALENV stay")
	}
	if ch.After = d.text(); in != nil && in.Created && d.empty() {
		ch.After = nil
	}
	return ch, nil
}

func (h *Host) plan(c *Client, s Scope) (*Change, error) {
	file, err := c.File(h, s)
	if err != nil {
		return nil, err
	}
	ch := &Change{Client: c, Scope: s, File: file}
	ch.Before, err = os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && exists(file) {
		err = fmt.Errorf("%s: a link that leads nowhere; mend or remove it", file)
	} else if errors.Is(err, fs.ErrNotExist) {
		ch.Before, err = nil, nil
	} else if ch.Before == nil && err == nil {
		ch.Before = []byte{}
	}
	return ch, err
}

// Changes reports whether there is anything to write.
func (ch *Change) Changes() bool {
	return (ch.Before == nil) != (ch.After == nil) || !bytes.Equal(ch.Before, ch.After)
}

// Diff returns the change in the unified format.
func (ch *Change) Diff() []byte {
	before, after := ch.File, ch.File
	if ch.Before == nil {
		before = os.DevNull
	}
	if ch.After == nil {
		after = os.DevNull
	}
	out := diff.Diff(before, ch.Before, after, ch.After)
	_, out, _ = bytes.Cut(out, []byte("\n")) // the line "diff old new"
	return out
}

// Apply writes the change, reads the file back as its client does, and undoes
// all if that would not find the guard there. It returns where the text from
// before is kept, "" if there was none.
func (ch *Change) Apply(now time.Time) (backup string, err error) {
	target := ch.File
	if ch.Before != nil { // a link stays one: dotfiles are kept that way
		if target, err = filepath.EvalSymlinks(ch.File); err != nil {
			return "", err
		}
	}
	text, err := os.ReadFile(target)
	if !(ch.Before == nil && errors.Is(err, fs.ErrNotExist)) && (err != nil || !bytes.Equal(text, ch.Before)) {
		return "", fmt.Errorf("%s: changed by someone else meanwhile, so nothing was written; run the command again", ch.File)
	}
	mode := fs.FileMode(0o600)
	switch {
	case ch.Client.exec:
		mode = 0o755
	case ch.Scope != User:
		mode = 0o644
	}
	if ch.Before != nil {
		info, err := os.Stat(target)
		if err != nil {
			return "", err
		}
		mode = info.Mode().Perm()
		if ch.Client.exec {
			mode |= 0o100
		}
		if backup, err = keep(target, ch.Before, now); err != nil {
			return "", err
		}
	}
	if err := replace(target, ch.After, mode); err != nil {
		return "", err
	}
	if err := ch.verify(); err != nil {
		return "", errors.Join(fmt.Errorf("%s: not as it should be after it was written, so it is as before: %w", ch.File, err), replace(target, ch.Before, mode))
	}
	return backup, nil
}

// keep writes a file's text beside it, under a name that no client reads hooks
// from and that was not there.
func keep(file string, text []byte, now time.Time) (name string, err error) {
	base := file + ".backup-" + now.UTC().Format("20060102T150405Z")
	name = base
	for i := 2; ; i++ {
		w, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			name = fmt.Sprintf("%s-%d", base, i)
			continue
		} else if err != nil {
			return "", err
		}
		_, err = w.Write(text)
		return name, errors.Join(err, giveTo(w, file), w.Close())
	}
}

// verify reads the written file as the client does.
func (ch *Change) verify() error {
	if ch.After == nil {
		return nil
	}
	text, err := os.ReadFile(ch.File)
	if err != nil {
		return err
	}
	if !bytes.Equal(text, ch.After) {
		return errors.New("other bytes than were written")
	}
	if p := worst(ch.Client.Check(ch.File, text)); p != nil {
		return p
	}
	if ch.Install == nil {
		return nil
	}
	names, err := ch.Client.missing(ch.File, text, ch.Install.Items)
	if err == nil && len(names) > 0 {
		err = fmt.Errorf("lacks %s", names[0])
	}
	return err
}

// replace writes a file whole, or removes it if text is nil.
func replace(name string, text []byte, mode fs.FileMode) error {
	if text == nil {
		if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	w, err := os.CreateTemp(filepath.Dir(name), ".venv-guard-*")
	if err != nil {
		return err
	}
	defer os.Remove(w.Name()) // nothing is there once it is renamed
	_, err = w.Write(text)
	if err = errors.Join(err, w.Chmod(mode), giveTo(w, name), w.Sync(), w.Close()); err != nil {
		return err
	}
	return os.Rename(w.Name(), name)
}
