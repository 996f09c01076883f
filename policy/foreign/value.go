package foreign

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/venv-guard/venv-guard/rules/source"
)

// A value is a part of a document, with where it stands.
type value struct {
	kind    kind
	pos     source.Pos
	text    string   // of a scalar
	members []member // of a map, in the file's order
	list    []value
}

type member struct {
	key string
	pos source.Pos
	value
}

type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	list
	object
)

var kindNames = [...]string{"nothing", "true or false", "a number", "text", "a list", "a map"}

// String returns the kind for error texts.
func (k kind) String() string { return kindNames[k] }

// maxDepth bounds how deep a document nests.
const maxDepth = 64

// fault is an error at a place in the file name.
func fault(name string, pos source.Pos, format string, args ...any) error {
	return &source.Error{File: name, Pos: pos, Text: fmt.Sprintf(format, args...)}
}

// document reads JSON or YAML. A text that begins with a brace is JSON, so that
// it is read as strictly as JSON is.
func document(name, src string) (value, error) {
	if !utf8.ValidString(src) {
		at := strings.IndexByte(strings.ToValidUTF8(src, "\xff"), 0xff)
		return value{}, fault(name, position(src, at), "invalid UTF-8 (byte %#x)", src[at])
	}
	if strings.HasPrefix(strings.TrimLeft(src, " \t\r\n"), "{") {
		return jsonDocument(name, src)
	}
	return yamlDocument(name, src)
}

// position returns line and column, in characters, of a byte of src.
func position(src string, at int) source.Pos {
	at = min(max(at, 0), len(src))
	begin := strings.LastIndexByte(src[:at], '\n') + 1
	return source.Pos{Line: 1 + strings.Count(src[:at], "\n"), Col: 1 + utf8.RuneCountInString(src[begin:at])}
}

func yamlDocument(name, src string) (value, error) {
	var doc, more yaml.Node
	loader, err := yaml.NewLoader(strings.NewReader(src))
	if err == nil {
		err = loader.Load(&doc)
	}
	if err == io.EOF {
		return value{}, fault(name, source.Pos{Line: 1, Col: 1}, "the file holds no policy")
	}
	if err == nil {
		if err = loader.Load(&more); err == nil {
			return value{}, fault(name, source.Pos{Line: more.Line, Col: more.Column}, "want one document, not two")
		}
	}
	if e, ok := errors.AsType[*yaml.LoadError](err); ok {
		return value{}, fault(name, source.Pos{Line: e.Mark.Line, Col: e.Mark.Column}, "%s", e.Message)
	}
	if err != io.EOF {
		return value{}, fault(name, source.Pos{}, "%v", err)
	}
	return yamlValue(name, doc.Content[0], 0)
}

// yamlValue reads a node. Anchors and tags are refused: no policy needs them,
// and they let a reader take a text for something else than it says.
func yamlValue(name string, n *yaml.Node, depth int) (value, error) {
	v := value{pos: source.Pos{Line: n.Line, Col: n.Column}}
	switch {
	case depth > maxDepth:
		return v, fault(name, v.pos, "nested deeper than %d levels", maxDepth)
	case n.Anchor != "" || n.Kind == yaml.AliasNode:
		return v, fault(name, v.pos, "anchors and aliases are not read; write the value out")
	case n.Style&yaml.TaggedStyle != 0:
		return v, fault(name, v.pos, "tags (%s) are not read", n.Tag)
	}
	switch n.Kind {
	case yaml.MappingNode:
		v.kind = object
		for i := 0; i < len(n.Content); i += 2 {
			k := n.Content[i]
			pos := source.Pos{Line: k.Line, Col: k.Column}
			if k.Kind != yaml.ScalarNode || k.Anchor != "" {
				return v, fault(name, pos, "want plain text for a key")
			}
			e, err := yamlValue(name, n.Content[i+1], depth+1)
			if err == nil {
				err = v.add(name, member{k.Value, pos, e})
			}
			if err != nil {
				return v, err
			}
		}
	case yaml.SequenceNode:
		v.kind = list
		for _, c := range n.Content {
			e, err := yamlValue(name, c, depth+1)
			if err != nil {
				return v, err
			}
			v.list = append(v.list, e)
		}
	default:
		v.text = n.Value
		switch n.ShortTag() {
		case "!!null":
			v.kind = null
		case "!!bool":
			v.kind = boolean
		case "!!int", "!!float":
			v.kind = number
		default:
			v.kind = text
		}
	}
	return v, nil
}

// add adds a member to a map, which must not have its key yet.
func (v *value) add(name string, m member) error {
	for _, other := range v.members {
		if other.key == m.key {
			return fault(name, m.pos, "key %q is in line %d already", m.key, other.pos.Line)
		}
	}
	v.members = append(v.members, m)
	return nil
}

// A jsonReader reads JSON with the places of its values and keys.
type jsonReader struct {
	name, src string
	dec       *json.Decoder
}

func jsonDocument(name, src string) (value, error) {
	r := jsonReader{name, src, json.NewDecoder(strings.NewReader(src))}
	r.dec.UseNumber()
	v, err := r.value(0)
	if err != nil {
		return v, err
	}
	if _, _, err := r.token(); err != io.EOF {
		return v, fault(name, r.here(), "want nothing after the policy")
	}
	return v, nil
}

// here returns where the next token begins.
func (r *jsonReader) here() source.Pos {
	at := int(r.dec.InputOffset())
	for at < len(r.src) && strings.IndexByte(" \t\r\n,:", r.src[at]) >= 0 {
		at++
	}
	return position(r.src, at)
}

// token returns the next token and where it begins; io.EOF at the end.
func (r *jsonReader) token() (json.Token, source.Pos, error) {
	pos := r.here()
	tok, err := r.dec.Token()
	if err == nil || err == io.EOF {
		return tok, pos, err
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		pos = position(r.src, int(e.Offset)-1)
	}
	return nil, pos, fault(r.name, pos, "malformed JSON: %s", strings.TrimPrefix(err.Error(), "json: "))
}

func (r *jsonReader) value(depth int) (value, error) {
	tok, pos, err := r.token()
	v := value{pos: pos}
	switch {
	case err == io.EOF:
		return v, fault(r.name, pos, "malformed JSON: unexpected end of the file")
	case err != nil:
		return v, err
	case depth > maxDepth:
		return v, fault(r.name, pos, "nested deeper than %d levels", maxDepth)
	}
	switch tok := tok.(type) {
	case json.Delim:
		v.kind = list
		if tok == '{' {
			v.kind = object
		}
		return v, r.items(&v, depth)
	case bool:
		v.kind, v.text = boolean, fmt.Sprint(tok)
	case json.Number:
		v.kind, v.text = number, tok.String()
	case string:
		v.kind, v.text = text, tok
	}
	return v, nil
}

// items reads what an object or array holds, and its end.
func (r *jsonReader) items(v *value, depth int) error {
	for r.dec.More() {
		var m member
		if v.kind == object {
			tok, pos, err := r.token()
			if err != nil {
				return err
			}
			m.key, m.pos = tok.(string), pos
		}
		var err error
		if m.value, err = r.value(depth + 1); err != nil {
			return err
		}
		if v.kind == list {
			v.list = append(v.list, m.value)
		} else if err := v.add(r.name, m); err != nil {
			return err
		}
	}
	_, pos, err := r.token()
	if err == io.EOF {
		return fault(r.name, pos, "malformed JSON: unexpected end of the file")
	}
	return err
}
