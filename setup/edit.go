package setup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/tailscale/hujson"
)

// holds reports whether a file has an item.
func (it Item) holds(d *document, text []byte) bool {
	if len(it.Path) == 0 {
		return bytes.Equal(text, it.text())
	}
	v := d.find(it.Path...)
	if v == nil {
		return false
	}
	if !it.Element {
		return equal(v, it.Value)
	}
	arr, ok := v.Value.(*hujson.Array)
	return ok && slices.ContainsFunc(arr.Elements, func(e hujson.Value) bool { return equal(&e, it.Value) })
}

// text is the text of the whole file that an item is.
func (it Item) text() []byte {
	var s string
	json.Unmarshal(it.Value, &s) // the package's own
	return []byte(s)
}

// add puts the items into the document that it has not, and returns all items
// with what they were before, and the containers that were made for them. Items
// of an earlier installation, and hooks that start a guard in another way,
// are taken out.
func (d *document) add(items []Item, earlier *Install) (added []Item, made [][]string, err error) {
	if earlier != nil {
		made = earlier.Made
		gone := slices.DeleteFunc(slices.Clone(earlier.Items), func(old Item) bool {
			return slices.ContainsFunc(items, old.same)
		})
		d.remove(gone)
	}
	d.removeHooks(func(e *hujson.Value, path []string) bool {
		return slices.ContainsFunc(items, func(it Item) bool {
			return it.Element && slices.Equal(it.Path, path) && equal(e, it.Value)
		})
	})
	for _, it := range items {
		if it.holds(d, nil) {
			it.Had = true
			if earlier != nil {
				if i := slices.IndexFunc(earlier.Items, it.same); i >= 0 {
					it.Had, it.Was = earlier.Items[i].Had, earlier.Items[i].Was
				}
			}
			added = append(added, it)
			continue
		}
		parent := it.Path
		if !it.Element {
			parent = it.Path[:len(it.Path)-1]
		}
		c, m, err := d.container(parent, it.Element)
		if err != nil {
			return nil, nil, err
		}
		made = append(made, m...)
		value, err := d.laidOut(it.Value, len(parent)+1, flat(c))
		if err != nil {
			return nil, nil, err
		}
		switch c := c.Value.(type) {
		case *hujson.Array:
			d.addElement(c, len(parent), value)
		case *hujson.Object:
			key := it.Path[len(parent)]
			if old := d.find(it.Path...); old == nil {
				d.addMember(c, len(parent), key, value)
			} else if key == "version" { // of the file's format
				return nil, nil, fmt.Errorf("version is %s, and only %s is known", old.Value, it.Value)
			} else {
				std := old.Clone()
				std.Minimize()
				it.Was = json.RawMessage(std.Pack())
				old.Value = value
			}
		}
		added = append(added, it)
	}
	return added, made, nil
}

// same reports whether two items stand for the same, whatever was before.
func (it Item) same(other Item) bool {
	return it.Element == other.Element && slices.Equal(it.Path, other.Path) && bytes.Equal(it.Value, other.Value)
}

// remove takes out what add put in. What someone else changed since stays.
func (d *document) remove(items []Item) {
	for _, it := range slices.Backward(items) {
		if it.Had || len(it.Path) == 0 {
			continue
		}
		v := d.find(it.Path...)
		if v == nil {
			continue
		}
		if it.Element {
			if arr, ok := v.Value.(*hujson.Array); ok {
				for i := len(arr.Elements) - 1; i >= 0; i-- {
					if equal(&arr.Elements[i], it.Value) {
						removeElement(arr, i)
						break
					}
				}
			}
			continue
		}
		if !equal(v, it.Value) {
			continue
		}
		if it.Was != nil {
			if was, err := d.laidOut(it.Was, len(it.Path), true); err == nil {
				v.Value = was
			}
			continue
		}
		obj := d.find(it.Path[:len(it.Path)-1]...).Value.(*hujson.Object)
		removeMember(obj, slices.IndexFunc(obj.Members, func(m hujson.ObjectMember) bool {
			return m.Name.Value.(hujson.Literal).String() == it.Path[len(it.Path)-1]
		}))
	}
}

// removeMade takes the containers out that were made and are empty now.
func (d *document) removeMade(made [][]string) {
	for _, path := range slices.Backward(made) {
		d.removeEmpty(path)
	}
}

// removeHooks takes out the hooks that start a guard, wherever a client keeps
// hooks, but those that keep wants. Of an entry with other people's hooks in it,
// those stay.
func (d *document) removeHooks(keep func(e *hujson.Value, path []string) bool) {
	hooks := d.find("hooks")
	if hooks == nil {
		return
	}
	switch c := hooks.Value.(type) {
	case *hujson.Object:
		for i := range c.Members {
			if arr, ok := c.Members[i].Value.Value.(*hujson.Array); ok {
				removeFrom(arr, []string{"hooks", c.Members[i].Name.Value.(hujson.Literal).String()}, keep)
			}
		}
	case *hujson.Array: // Kiro's
		removeFrom(c, []string{"hooks"}, keep)
	}
}

func removeFrom(arr *hujson.Array, path []string, keep func(*hujson.Value, []string) bool) {
	for i := len(arr.Elements) - 1; i >= 0; i-- {
		e := &arr.Elements[i]
		if keep != nil && keep(e, path) {
			continue
		}
		if inner := member(e, "hooks"); inner != nil {
			if list, ok := inner.Value.(*hujson.Array); ok {
				before := len(list.Elements)
				for k := len(list.Elements) - 1; k >= 0; k-- {
					if startsGuard(&list.Elements[k]) {
						removeElement(list, k)
					}
				}
				if before > 0 && len(list.Elements) == 0 {
					removeElement(arr, i)
				}
			}
			continue
		}
		if startsGuard(e) {
			removeElement(arr, i)
		}
	}
}

// startsGuard reports whether a handler, the entry of one hook, starts a guard.
func startsGuard(v *hujson.Value) bool {
	for _, line := range commands(v) {
		if isGuard(line) {
			return true
		}
	}
	return false
}

// commands returns the command lines of a handler. Only Kiro puts them into an
// object of their own.
func commands(v *hujson.Value) (lines []string) {
	if a := member(v, "action"); a != nil {
		v = a
	}
	for _, key := range []string{"command", "bash", "powershell"} {
		if c := member(v, key); c != nil && c.Value.Kind() == '"' {
			lines = append(lines, c.Value.(hujson.Literal).String())
		}
	}
	return lines
}

// isGuard reports whether a command line is one that install writes: a path that
// ends in venv-guard, and the hook command.
func isGuard(line string) bool {
	binary, ok := binaryOf(line)
	base := strings.TrimSuffix(strings.ToLower(path.Base(strings.ReplaceAll(binary, `\`, "/"))), ".exe")
	return ok && base == "venv-guard"
}

// binaryOf returns the program that a registered command line starts, if it is
// one that starts the hook.
func binaryOf(line string) (binary string, ok bool) {
	m := hookLine().FindStringSubmatch(strings.TrimSpace(line))
	if m == nil {
		return "", false
	}
	binary = m[1]
	if q := binary[0]; q == '\'' || q == '"' {
		binary = strings.ReplaceAll(strings.Trim(binary, string(q)), `'\''`, "'")
	}
	return binary, true
}

func hookLine() *regexp.Regexp {
	return regexp.MustCompile(`^('(?:[^']|'\\'')*'|"[^"]*"|[^\s'"]+)(?: hook(?: --client[ =]\S+)?)?$`)
}

// missing names the items that a document has not.
func missing(items []Item, d *document, text []byte) (names []string) {
	for _, it := range items {
		if !it.holds(d, text) {
			names = append(names, fmt.Sprint(it))
		}
	}
	return names
}

// empty reports whether nothing is left but an object without members.
func (d *document) empty() bool {
	obj := d.root.Value.(*hujson.Object)
	return len(obj.Members) == 0 && !hasComment(obj.AfterExtra) && !hasComment(d.root.BeforeExtra) && !hasComment(d.root.AfterExtra)
}
