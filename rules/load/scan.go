package load

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/rules/source"
)

// A scanner goes through a text that is known to be TOML once more, for what
// the parser does not tell: where every key stands, and whether it is spelled
// exactly as the schema has it.
type scanner struct {
	file, text string
	at         int
	line       int
	lineStart  int
	pos        map[string]source.Pos
	count      map[string]int // elements of arrays of tables
	errs       []error
}

func (s *scanner) here() source.Pos { return source.Pos{Line: s.line, Col: s.at - s.lineStart + 1} }

func (s *scanner) eof() bool { return s.at >= len(s.text) }

func (s *scanner) peek() byte {
	if s.eof() {
		return 0
	}
	return s.text[s.at]
}

func (s *scanner) skip(n int) {
	for range n {
		if s.eof() {
			return
		}
		if s.text[s.at] == '\n' {
			s.line++
			s.lineStart = s.at + 1
		}
		s.at++
	}
}

// blank skips white space and comments.
func (s *scanner) blank() {
	for !s.eof() {
		switch c := s.peek(); {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			s.skip(1)
		case c == '#':
			for !s.eof() && s.peek() != '\n' {
				s.skip(1)
			}
		default:
			return
		}
	}
}

func (s *scanner) document(root reflect.Type) {
	typ, base := root, ""
	for s.blank(); !s.eof(); s.blank() {
		if s.peek() != '[' {
			s.pair(typ, base)
			continue
		}
		array := strings.HasPrefix(s.text[s.at:], "[[")
		s.skip(1)
		if array {
			s.skip(1)
		}
		typ, base = root, ""
		for first := true; ; first = false {
			s.blank()
			if !first {
				if s.peek() != '.' {
					break
				}
				s.skip(1)
				s.blank()
			}
			pos := s.here()
			key := s.key()
			typ = s.field(typ, base, key, pos)
			base = join(base, key)
			s.blank()
			last := s.peek() != '.'
			if typ != nil && typ.Kind() == reflect.Slice {
				typ = typ.Elem()
				if last && array {
					s.count[base]++
				}
				base = fmt.Sprintf("%s[%d]", base, max(s.count[base]-1, 0))
			}
			s.note(base, pos)
		}
		for s.peek() == ']' {
			s.skip(1)
		}
		// What was counted below an earlier element counts anew.
		for k := range s.count {
			if strings.HasPrefix(k, base+".") {
				delete(s.count, k)
			}
		}
	}
}

func (s *scanner) note(path string, pos source.Pos) {
	if _, ok := s.pos[path]; !ok {
		s.pos[path] = pos
	}
}

func join(base, key string) string {
	if base == "" {
		return key
	}
	return base + "." + key
}

// pair reads key = value.
func (s *scanner) pair(typ reflect.Type, base string) {
	for {
		pos := s.here()
		key := s.key()
		typ = s.field(typ, base, key, pos)
		base = join(base, key)
		s.note(base, pos)
		s.blank()
		if s.peek() != '.' {
			break
		}
		s.skip(1)
		s.blank()
	}
	s.skip(1) // =
	s.blank()
	s.value(typ, base)
}

// key reads one part of a key.
func (s *scanner) key() string {
	if c := s.peek(); c == '"' || c == '\'' {
		return s.quoted()
	}
	start := s.at
	for !s.eof() && !strings.ContainsRune(" \t.=]\r\n", rune(s.peek())) {
		s.skip(1)
	}
	if s.at == start {
		s.skip(1) // cannot be in valid TOML; do not stand still
	}
	return s.text[start:s.at]
}

// quoted skips a string of any kind and returns its raw text.
func (s *scanner) quoted() string {
	q := s.text[s.at : s.at+1]
	end := q
	if strings.HasPrefix(s.text[s.at:], strings.Repeat(q, 3)) {
		end = strings.Repeat(q, 3)
	}
	s.skip(len(end))
	start := s.at
	for !s.eof() && !strings.HasPrefix(s.text[s.at:], end) {
		if q == `"` && s.peek() == '\\' {
			s.skip(1)
		}
		s.skip(1)
	}
	raw := s.text[start:min(s.at, len(s.text))]
	s.skip(len(end))
	// A multi-line string may end in quotes of its own.
	for len(end) == 3 && !s.eof() && s.text[s.at:s.at+1] == q {
		s.skip(1)
	}
	return raw
}

// value skips a value and notes the keys in it.
func (s *scanner) value(typ reflect.Type, base string) {
	// The decoder leaves a map empty that is given something else.
	if typ != nil && typ.Kind() == reflect.Map && s.peek() != '{' {
		s.errs = append(s.errs, &source.Error{File: s.file, Pos: s.here(), Text: base + " must be a table"})
	}
	switch s.peek() {
	case '"', '\'':
		s.quoted()
	case '[':
		s.skip(1)
		if typ != nil && typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		for i := 0; ; i++ {
			s.blank()
			if s.eof() || s.peek() == ']' {
				s.skip(1)
				return
			}
			path := fmt.Sprintf("%s[%d]", base, i)
			s.note(path, s.here())
			s.value(typ, path)
			s.blank()
			if s.peek() == ',' {
				s.skip(1)
			}
		}
	case '{':
		s.skip(1)
		for {
			s.blank()
			if s.eof() || s.peek() == '}' {
				s.skip(1)
				return
			}
			s.pair(typ, base)
			s.blank()
			if s.peek() == ',' {
				s.skip(1)
			}
		}
	default:
		for !s.eof() && !strings.ContainsRune(",]}#\n", rune(s.peek())) {
			s.skip(1)
		}
	}
}

// field returns the type of a key in a table, and complains of keys that the
// schema does not have, in this very spelling.
func (s *scanner) field(typ reflect.Type, base, key string, pos source.Pos) reflect.Type {
	for typ != nil && typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch {
	case typ == nil:
		return nil
	case typ.Kind() == reflect.Map:
		return typ.Elem()
	case typ.Kind() != reflect.Struct:
		return nil
	}
	var known []string
	for _, f := range reflect.VisibleFields(typ) {
		tag := f.Tag.Get("toml")
		if tag == "" {
			continue
		}
		if tag == key {
			return f.Type
		}
		known = append(known, tag)
	}
	where := ""
	if base != "" {
		where = " in " + base
	}
	s.errs = append(s.errs, &source.Error{
		File: s.file, Pos: pos, Text: fmt.Sprintf("unknown key %q%s%s", key, where, rules.Suggest(key, known)),
	})
	return nil
}
