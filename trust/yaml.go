package trust

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// A pin is one entry of a list.
type pin struct {
	path string
	sum  string // lower case; empty without a pin

	key, value, hash *yaml.Node // the path's and the sum's place in the text
}

func samePin(a, b pin) bool { return a.path == b.path && a.sum == b.sum }

// parse reads a list strictly: whatever is not understood is an error.
func parse(name string, text []byte) ([]pin, error) {
	root, err := document(name, text)
	if root == nil || err != nil {
		return nil, err
	}
	fail := func(n *yaml.Node, format string, args ...any) ([]pin, error) {
		return nil, fmt.Errorf("%s:%d:%d: %s", name, n.Line, n.Column, fmt.Sprintf(format, args...))
	}
	if root.Kind != yaml.SequenceNode {
		return fail(root, "want a list of entries with path and sha256")
	}
	var pins []pin
	for _, n := range root.Content {
		if n.Kind != yaml.MappingNode {
			return fail(n, "want an entry with path and sha256")
		}
		var p pin
		for i := 0; i < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			if key.Value != "path" && key.Value != "sha256" {
				return fail(key, "unknown key %q", key.Value)
			}
			if value.Kind != yaml.ScalarNode || value.Anchor != "" || value.Style&yaml.TaggedStyle != 0 {
				return fail(value, "want plain text for %q", key.Value)
			}
			switch {
			case key.Value == "path" && p.value == nil:
				if value.ShortTag() != "!!str" || value.Value == "" {
					return fail(value, "want a path, not %q", value.Value)
				}
				p.path, p.key, p.value = value.Value, key, value
			case key.Value == "sha256" && p.hash == nil:
				for _, r := range value.Value {
					if !strings.ContainsRune("0123456789abcdefABCDEF", r) {
						return fail(value, "%q in sha256 is not a hexadecimal digit", r)
					}
				}
				if len(value.Value) != 64 {
					return fail(value, "want 64 hexadecimal digits for sha256, not %d", len(value.Value))
				}
				p.sum, p.hash = strings.ToLower(value.Value), value
			default:
				return fail(key, "%q is here twice", key.Value)
			}
		}
		if p.value == nil {
			return fail(n, "want a path in every entry")
		}
		same := func(q pin) bool { return path.Clean(q.path) == path.Clean(p.path) }
		if i := slices.IndexFunc(pins, same); i >= 0 {
			return fail(p.value, "%q is already in line %d", p.path, pins[i].value.Line)
		}
		pins = append(pins, p)
	}
	return pins, nil
}

// document returns the root of the text's one document, nil if it is empty.
func document(name string, text []byte) (*yaml.Node, error) {
	var doc, more yaml.Node
	loader, err := yaml.NewLoader(bytes.NewReader(text))
	if err == nil {
		err = loader.Load(&doc)
	}
	if err == io.EOF {
		return nil, nil
	}
	if err == nil {
		if err = loader.Load(&more); err == nil {
			return nil, fmt.Errorf("%s:%d:%d: want one document, not two", name, more.Line, more.Column)
		}
	}
	if e, ok := errors.AsType[*yaml.LoadError](err); ok && e.Mark.Line > 0 {
		return nil, fmt.Errorf("%s:%d:%d: %s", name, e.Mark.Line, e.Mark.Column, e.Message)
	} else if ok {
		return nil, fmt.Errorf("%s: %s", name, e.Message)
	}
	if err != io.EOF {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if root := doc.Content[0]; root.ShortTag() != "!!null" || root.Value != "" {
		return root, nil
	}
	return nil, nil
}

// The edits work on the text, because writing the tree back would move comments
// and drop empty lines. They may meet a way of writing that they do not know:
// their caller reads the outcome again.

// appendPin adds an entry at the end.
func appendPin(text []byte, pins []pin, path, sum string) ([]byte, error) {
	entry, err := yaml.Dump([]struct {
		Path string `yaml:"path"`
		Sum  string `yaml:"sha256"`
	}{{path, sum}}, yaml.WithLineWidth(-1))
	if err != nil {
		return nil, err
	}
	indent := ""
	if len(pins) > 0 {
		indent = strings.Repeat(" ", max(0, pins[0].key.Column-len("- ")-1))
	}
	text = endLine(slices.Clone(text))
	for line := range bytes.Lines(entry) {
		text = append(append(text, indent...), line...)
	}
	return text, nil
}

// insertSum adds a hash in the line after the path.
func insertSum(text []byte, p pin, sum string) []byte {
	at := offset(text, p.value.Line+1, 1)
	line := strings.Repeat(" ", p.key.Column-1) + "sha256: " + sum + "\n"
	return slices.Concat(endLine(slices.Clone(text[:at])), []byte(line), text[at:])
}

// replaceSum puts a new hash in the place of the old one.
func replaceSum(text []byte, p pin, sum string) []byte {
	at := offset(text, p.hash.Line, p.hash.Column)
	if at < len(text) && (text[at] == '"' || text[at] == '\'') {
		at++
	}
	end := min(at+len(sum), len(text))
	return slices.Concat(text[:at], []byte(sum), text[end:])
}

// removePin takes the lines of an entry out.
func removePin(text []byte, p pin) []byte {
	first, last := min(p.key.Line, p.value.Line), p.value.Line
	if p.hash != nil {
		first, last = min(first, p.hash.Line), max(last, p.hash.Line)
	}
	return slices.Concat(text[:offset(text, first, 1)], text[offset(text, last+1, 1):])
}

// endLine returns text with its last line ended.
func endLine(text []byte) []byte {
	if len(text) > 0 && text[len(text)-1] != '\n' {
		text = append(text, '\n')
	}
	return text
}

// offset returns where a line and column, counted in characters from 1, is in
// text, or the text's end.
func offset(text []byte, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		i := bytes.IndexByte(text[at:], '\n')
		if i < 0 {
			return len(text)
		}
		at += i + 1
	}
	for ; column > 1 && at < len(text); column-- {
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	return at
}
