// Package load reads rule packs from TOML, strictly: a key that is not known,
// a value of the wrong type or a word that means nothing refuses the whole
// pack, with file, line and column. It stands apart from package rules so that
// the hook, whose packs are compiled in, does not pay for a TOML parser.
package load

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"

	"github.com/BurntSushi/toml"

	"github.com/venv-guard/venv-guard/rules"
	"github.com/venv-guard/venv-guard/rules/source"
)

// FS reads and compiles every *.toml file in the top directory of fsys.
func FS(fsys fs.FS) (*rules.Packs, []source.File, error) {
	names, err := fs.Glob(fsys, "*.toml")
	if err != nil {
		return nil, nil, err
	}
	var files []source.File
	var errs []error
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		f, err := Text(path.Base(name), string(text))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		files = append(files, f)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, nil, err
	}
	packs, err := rules.Compile(files...)
	if err != nil {
		return nil, nil, err
	}
	return packs, files, nil
}

// Text reads one pack. It checks the keys and their types; rules.Compile
// checks what they mean.
func Text(name, text string) (source.File, error) {
	f := source.File{Name: name}
	var err error
	f.Pos, err = Strict(name, text, &f.Pack)
	return f, err
}

// Strict decodes TOML into the struct that to points to, and returns where every
// key stands, by its path. A key that the struct does not have is an error, as
// is one in other letters.
func Strict(name, text string, to any) (map[string]source.Pos, error) {
	if _, err := toml.Decode(text, to); err != nil {
		var pe toml.ParseError
		if errors.As(err, &pe) {
			return nil, &source.Error{File: name, Pos: source.Pos{Line: pe.Position.Line, Col: pe.Position.Col}, Text: pe.Message}
		}
		return nil, &source.Error{File: name, Text: err.Error()}
	}
	s := scanner{file: name, text: text, line: 1, pos: map[string]source.Pos{}, count: map[string]int{}}
	s.document(reflect.TypeOf(to).Elem())
	return s.pos, errors.Join(s.errs...)
}

// Must is Text and rules.Compile for tests.
func Must(text string) *rules.Packs {
	f, err := Text("test.toml", text)
	if err == nil {
		var p *rules.Packs
		if p, err = rules.Compile(f); err == nil {
			return p
		}
	}
	panic(fmt.Sprint(err))
}
