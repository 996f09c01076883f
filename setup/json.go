package setup

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tailscale/hujson"
)

// A document is a settings file that is edited in place.
type document struct {
	root   hujson.Value
	indent string // of one level
	eol    string
}

// A SyntaxError says where a file is not what its client reads.
type SyntaxError struct {
	File         string
	Line, Column int // from 1; columns in bytes
	Text         string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Text)
}

// at returns the error for an offset of text.
func at(file string, text []byte, offset int, format string, args ...any) *SyntaxError {
	before := text[:min(max(offset, 0), len(text))]
	line := bytes.Count(before, []byte("\n"))
	column := len(before) - (bytes.LastIndexByte(before, '\n') + 1)
	return &SyntaxError{file, line + 1, column + 1, fmt.Sprintf(format, args...)}
}

// parseJSON reads a settings file: one object, no key twice, and comments only
// where they are allowed. No client takes trailing commas (seen in Claude Code
// 2.1.329 and Gemini CLI 0.61).
func parseJSON(file string, text []byte, comments bool) (*document, error) {
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		return nil, at(file, text, 0, "a byte order mark, which is not JSON; save the file without one")
	}
	if !utf8.Valid(text) {
		return nil, at(file, text, invalidUTF8(text), "not valid UTF-8")
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, at(file, text, 0, "empty, which is not JSON; write {} or delete the file")
	}
	if !comments {
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			offset := 0
			if se, ok := errors.AsType[*json.SyntaxError](err); ok {
				offset = int(se.Offset) - 1
			}
			return nil, at(file, text, offset, "%v; the client takes neither comments nor trailing commas", err)
		}
	}
	root, err := hujson.Parse(text)
	if err != nil {
		var line, column int
		detail := err.Error()
		if n, _ := fmt.Sscanf(detail, "hujson: line %d, column %d:", &line, &column); n == 2 {
			_, detail, _ = strings.Cut(detail, ": ")
			_, detail, _ = strings.Cut(detail, ": ")
		}
		return nil, &SyntaxError{file, max(line, 1), max(column, 1), detail}
	}
	if _, ok := root.Value.(*hujson.Object); !ok {
		return nil, at(file, text, root.StartOffset, "want an object, { … }, found %s", kind(root.Value))
	}
	if v := trailingComma(&root); v != nil {
		return nil, at(file, text, v.EndOffset+len(v.AfterExtra), "a comma after the last value, which the client does not take")
	}
	if v := twice(&root); v != nil {
		return nil, at(file, text, v.StartOffset, "the key %q is here twice; only the last counts, remove the others", v.Value)
	}
	d := &document{root: root, indent: "  ", eol: "\n"}
	if bytes.Contains(text, []byte("\r\n")) {
		d.eol = "\r\n"
	}
	if members := root.Value.(*hujson.Object).Members; len(members) > 0 {
		before := string(members[0].Name.BeforeExtra)
		if i := strings.LastIndexByte(before, '\n'); i >= 0 && strings.Trim(before[i+1:], " \t") == "" {
			d.indent = cmp.Or(before[i+1:], d.indent)
		}
	}
	return d, nil
}

func invalidUTF8(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(text)
}

// trailingComma returns the value that a trailing comma follows, or nil.
func trailingComma(root *hujson.Value) *hujson.Value {
	for v := range root.All() {
		var last *hujson.Value
		switch c := v.Value.(type) {
		case *hujson.Object:
			if n := len(c.Members); n > 0 {
				last = &c.Members[n-1].Value
			}
		case *hujson.Array:
			if n := len(c.Elements); n > 0 {
				last = &c.Elements[n-1]
			}
		}
		if last != nil && last.AfterExtra != nil {
			return last
		}
	}
	return nil
}

// twice returns the second of two equal keys of one object, or nil.
func twice(root *hujson.Value) *hujson.Value {
	for v := range root.All() {
		obj, ok := v.Value.(*hujson.Object)
		if !ok {
			continue
		}
		seen := map[string]bool{}
		for i := range obj.Members {
			name := &obj.Members[i].Name
			key := name.Value.(hujson.Literal).String()
			if seen[key] {
				return name
			}
			seen[key] = true
		}
	}
	return nil
}

func kind(v hujson.ValueTrimmed) string {
	switch v.Kind() {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case 'n':
		return "null"
	}
	return "true or false"
}

// emptyDocument is what a file that does not exist is edited from.
func emptyDocument() *document {
	return &document{root: hujson.Value{Value: &hujson.Object{}, AfterExtra: []byte("\n")}, indent: "  ", eol: "\n"}
}

func (d *document) text() []byte { return d.root.Pack() }

// find returns the value that a path of keys leads to, nil if there is none.
func (d *document) find(path ...string) *hujson.Value {
	v := &d.root
	for _, key := range path {
		if v = member(v, key); v == nil {
			return nil
		}
	}
	return v
}

// member returns the value of a key of an object, nil if v is none or has none.
func member(v *hujson.Value, key string) *hujson.Value {
	obj, ok := v.Value.(*hujson.Object)
	if !ok {
		return nil
	}
	for i := range obj.Members {
		if obj.Members[i].Name.Value.(hujson.Literal).String() == key {
			return &obj.Members[i].Value
		}
	}
	return nil
}

// container returns the object or the array at a path, which it makes with all
// that leads to it, and the paths that it made, the outermost first.
func (d *document) container(path []string, array bool) (v *hujson.Value, made [][]string, err error) {
	v = &d.root
	for i, key := range path {
		next := member(v, key)
		if next == nil {
			obj, ok := v.Value.(*hujson.Object)
			if !ok {
				return nil, nil, fmt.Errorf("%s is %s, want an object", show(path[:i]), kind(v.Value))
			}
			var empty hujson.ValueTrimmed = &hujson.Object{}
			if array && i == len(path)-1 {
				empty = &hujson.Array{}
			}
			next = d.addMember(obj, i, key, empty)
			made = append(made, path[:i+1])
		}
		v = next
	}
	if _, ok := v.Value.(*hujson.Array); ok != array {
		want := "an object"
		if array {
			want = "an array"
		}
		return nil, nil, fmt.Errorf("%s is %s, want %s", show(path), kind(v.Value), want)
	}
	return v, made, nil
}

func show(path []string) string {
	if len(path) == 0 {
		return "the file"
	}
	return strings.Join(path, ".")
}

// addMember adds a key to an object that is depth levels below the root.
func (d *document) addMember(obj *hujson.Object, depth int, key string, value hujson.ValueTrimmed) *hujson.Value {
	m := hujson.ObjectMember{
		Name:  hujson.Value{Value: hujson.String(key)},
		Value: hujson.Value{BeforeExtra: []byte(" "), Value: value},
	}
	var last *hujson.Value
	var before hujson.Extra
	if n := len(obj.Members); n > 0 {
		last, before = &obj.Members[n-1].Value, obj.Members[n-1].Name.BeforeExtra
	}
	m.Name.BeforeExtra = d.append(last, before, &obj.AfterExtra, depth)
	obj.Members = append(obj.Members, m)
	return &obj.Members[len(obj.Members)-1].Value
}

// addElement adds a value to an array that is depth levels below the root.
func (d *document) addElement(arr *hujson.Array, depth int, value hujson.ValueTrimmed) {
	v := hujson.Value{Value: value}
	var last *hujson.Value
	var before hujson.Extra
	if n := len(arr.Elements); n > 0 {
		last, before = &arr.Elements[n-1], arr.Elements[n-1].BeforeExtra
	}
	v.BeforeExtra = d.append(last, before, &arr.AfterExtra, depth)
	arr.Elements = append(arr.Elements, v)
}

// append returns what stands before a value that is added at the end of a
// container: after last, which before stands before, if it has any.
func (d *document) append(last *hujson.Value, before hujson.Extra, end *hujson.Extra, depth int) hujson.Extra {
	b := d.line(depth + 1)
	if hasComment(*end) { // it is about what stands before it
		b = append(bytes.TrimRight(*end, " \t\r\n"), b...)
		*end = d.line(depth)
	} else if last == nil {
		*end = d.line(depth)
	} else if onOneLine(*end) && onOneLine(before) {
		b = []byte(" ")
	}
	return b
}

// onOneLine reports whether a container is written without line ends.
func onOneLine(extra hujson.Extra) bool { return !bytes.ContainsRune(extra, '\n') }

// line returns the white space that begins a line of a depth.
func (d *document) line(depth int) hujson.Extra {
	return []byte(d.eol + strings.Repeat(d.indent, depth))
}

// removeMember takes the i-th member out of an object.
func removeMember(obj *hujson.Object, i int) {
	gone := obj.Members[i]
	obj.Members = slices.Delete(obj.Members, i, i+1)
	if i < len(obj.Members) {
		leave(gone.Name.BeforeExtra, &obj.Members[i].Name.BeforeExtra)
	} else {
		leave(gone.Name.BeforeExtra, &obj.AfterExtra)
		if i > 0 {
			obj.Members[i-1].Value.AfterExtra = nil // no trailing comma
		} else if !hasComment(obj.AfterExtra) {
			obj.AfterExtra = nil
		}
	}
}

// removeElement takes the i-th element out of an array.
func removeElement(arr *hujson.Array, i int) {
	gone := arr.Elements[i]
	arr.Elements = slices.Delete(arr.Elements, i, i+1)
	if i < len(arr.Elements) {
		leave(gone.BeforeExtra, &arr.Elements[i].BeforeExtra)
	} else {
		leave(gone.BeforeExtra, &arr.AfterExtra)
		if i > 0 {
			arr.Elements[i-1].AfterExtra = nil
		} else if !hasComment(arr.AfterExtra) {
			arr.AfterExtra = nil
		}
	}
}

// leave puts comments that stood before a value in front of what follows it.
func leave(comments hujson.Extra, next *hujson.Extra) {
	if hasComment(comments) {
		*next = append(bytes.TrimRight(comments, " \t\r\n"), *next...)
	}
}

// removeEmpty takes the container at a path out if nothing is in it.
func (d *document) removeEmpty(path []string) {
	v := d.find(path...)
	if v == nil || len(path) == 0 {
		return
	}
	switch c := v.Value.(type) {
	case *hujson.Object:
		if len(c.Members) > 0 || hasComment(c.AfterExtra) {
			return
		}
	case *hujson.Array:
		if len(c.Elements) > 0 || hasComment(c.AfterExtra) {
			return
		}
	default:
		return
	}
	obj := d.find(path[:len(path)-1]...).Value.(*hujson.Object)
	for i := range obj.Members {
		if &obj.Members[i].Value == v {
			removeMember(obj, i)
			return
		}
	}
}

func hasComment(e hujson.Extra) bool { return len(bytes.TrimSpace(e)) > 0 }

// laidOut returns a JSON text as a value at depth levels below the root, written
// over several lines or over one.
func (d *document) laidOut(text json.RawMessage, depth int, oneLine bool) (hujson.ValueTrimmed, error) {
	out := []byte(text)
	if !oneLine {
		var b bytes.Buffer
		if err := json.Indent(&b, text, strings.Repeat(d.indent, depth), d.indent); err != nil {
			return nil, err
		}
		out = bytes.ReplaceAll(b.Bytes(), []byte("\n"), []byte(d.eol))
	}
	v, err := hujson.Parse(out)
	return v.Value, err
}

// flat reports whether a container has something in it and is written on one
// line.
func flat(v *hujson.Value) bool {
	switch c := v.Value.(type) {
	case *hujson.Object:
		return len(c.Members) > 0 && onOneLine(v.Pack())
	case *hujson.Array:
		return len(c.Elements) > 0 && onOneLine(v.Pack())
	}
	return false
}

// equal reports whether two JSON texts mean the same: order of keys, white
// space and comments do not count.
func equal(v *hujson.Value, text json.RawMessage) bool {
	std := v.Clone()
	std.Standardize()
	var a, b any
	return json.Unmarshal(std.Pack(), &a) == nil && json.Unmarshal(text, &b) == nil && reflect.DeepEqual(a, b)
}
