package setup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/venv-guard/venv-guard/internal/state"
)

// An Install is what the record has of one settings file.
type Install struct {
	Client  string     `json:"client"`
	Scope   Scope      `json:"scope"`
	File    string     `json:"file"`
	Dir     string     `json:"dir,omitempty"` // of the scope project: the project
	Binary  string     `json:"binary"`
	Strict  bool       `json:"strict,omitempty"`
	Created bool       `json:"created,omitempty"` // there was no file before
	Items   []Item     `json:"items"`
	Made    [][]string `json:"made,omitempty"` // containers that were made for the items
}

// A Record is what stands in settings files for the guard. Pinned, it says of
// files that their owners edit what must be in them.
type Record struct {
	Name     string
	Installs []Install
}

// RecordName is the record's file in the guard's configuration directory.
const RecordName = "installed.json"

// LoadRecord reads the record of a configuration directory; it is empty if
// there is no file.
func LoadRecord(dir string) (*Record, error) {
	r := &Record{Name: filepath.Join(dir, RecordName)}
	text, err := os.ReadFile(r.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	} else if err != nil {
		return nil, err
	}
	var v struct {
		Version  int       `json:"version"`
		Installs []Install `json:"installs"`
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("%s: %w; delete it and run venv-guard install again", r.Name, err)
	}
	if v.Version != 1 {
		return nil, fmt.Errorf("%s: version %d is not known to this venv-guard; use the one that wrote it", r.Name, v.Version)
	}
	r.Installs = v.Installs
	return r, nil
}

// Save writes the record, or removes its file when nothing is installed.
func (r *Record) Save() error {
	if len(r.Installs) == 0 {
		if err := os.Remove(r.Name); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(struct {
		Version  int       `json:"version"`
		Installs []Install `json:"installs"`
	}{1, r.Installs})
	if err == nil {
		err = os.MkdirAll(filepath.Dir(r.Name), 0o700)
	}
	if err != nil {
		return err
	}
	return state.Replace(r.Name, b.Bytes())
}

// Find returns what is recorded of a file, nil if nothing is.
func (r *Record) Find(file string) *Install {
	if i := slices.IndexFunc(r.Installs, func(in Install) bool { return in.File == file }); i >= 0 {
		return &r.Installs[i]
	}
	return nil
}

// Put replaces what is recorded of a file; nil forgets it.
func (r *Record) Put(file string, in *Install) {
	i := slices.IndexFunc(r.Installs, func(in Install) bool { return in.File == file })
	switch {
	case i >= 0 && in == nil:
		r.Installs = slices.Delete(r.Installs, i, i+1)
	case i >= 0:
		r.Installs[i] = *in
	case in != nil:
		r.Installs = append(r.Installs, *in)
	}
}

// Concerns reports whether an installation counts in a directory: a project's
// counts in the project only.
func (in *Install) Concerns(dir string) bool { return in.Dir == "" || below(dir, in.Dir) }

// Missing names the items of an installation that its file does not have any
// more. The error says that the file cannot be read, or is nothing that its
// client reads.
func (in *Install) Missing() ([]string, error) {
	c := Lookup(in.Client)
	if c == nil {
		return nil, fmt.Errorf("unknown client %q", in.Client)
	}
	text, err := os.ReadFile(in.File)
	if err != nil {
		return nil, err
	}
	return c.missing(in.File, text, in.Items)
}

func (c *Client) missing(file string, text []byte, items []Item) ([]string, error) {
	if c.whole {
		return missing(items, nil, text), nil
	}
	d, err := parseJSON(file, text, c.comments)
	if err != nil {
		return nil, err
	}
	return missing(items, d, text), nil
}
