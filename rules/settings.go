package rules

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v4"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// An entry is one setting of a file, by its full key: install.root.
type entry struct{ key, value string }

// A settingsFile is a file that was read.
type settingsFile struct {
	name    string
	entries []entry
}

// maxSettings bounds the settings taken from one file, and maxKeyDepth how deep
// they nest.
const (
	maxSettings = 1 << 12
	maxKeyDepth = 8
)

// setting returns the value of a tool's setting, and the variable or file that
// sets it. Of several stores the first that has it counts.
func (r *reading) setting(key string, options bool) (value string, src origin, where string) {
	for i := range r.t.settings {
		s := &r.t.settings[i]
		if options && !s.options || !r.all(s.when) {
			continue
		}
		if s.file == "" {
			name := s.variable(key)
			if v, ok := r.inv.Env.Get(name); ok && v != "" {
				return v, fromVar, name
			}
			continue
		}
		for _, file := range r.settingsFiles(s.file) {
			list := r.readSettings(file, s.format)
			for k := len(list) - 1; k >= 0; k-- {
				if list[k].key == key {
					return r.settingPath(s, file, key, list[k].value), fromConf, file
				}
			}
		}
	}
	return "", fromNowhere, ""
}

// settingPath returns a setting's value; a path is taken from where the tool
// takes it.
func (r *reading) settingPath(s *store, file, key, value string) string {
	if !contains(s.paths, key) {
		return value
	}
	value = world.FromWindows(value)
	if s.relative == "" || path.IsAbs(value) || strings.HasPrefix(value, "~") {
		return value
	}
	return path.Join(path.Dir(file), s.relative, value)
}

// variable returns the variable that holds a key.
func (s *store) variable(key string) string {
	if s.env == "=" {
		return key
	}
	return s.env + strings.ToUpper(strings.NewReplacer(".", orScore(s.dot), "-", orScore(s.dash)).Replace(key))
}

func orScore(s string) string {
	if s == "" {
		return "_"
	}
	return s
}

// foundFiles are the files that a pattern names, seen from a directory.
type foundFiles struct {
	pattern, dir string
	files        []string
}

// settingsFiles returns the files that a pattern names, the nearest first. They
// are looked for once for all readings.
func (r *reading) settingsFiles(pattern string) []string {
	for i := range r.sought {
		if f := &r.sought[i]; f.pattern == pattern && f.dir == r.inv.Dir {
			return f.files
		}
	}
	files := r.findSettings(pattern)
	r.sought = append(r.sought, foundFiles{pattern, r.inv.Dir, files})
	return files
}

func (r *reading) findSettings(pattern string) []string {
	name, upward := strings.CutPrefix(pattern, "@")
	if !upward {
		if name = r.expanded(pattern); name == "" || action.Holed(name) {
			return nil
		}
		return []string{name}
	}
	if action.Holed(r.inv.Dir) || !path.IsAbs(r.inv.Dir) {
		return nil
	}
	if beside, rest, ok := strings.Cut(name, ":"); ok {
		if dir, found := r.above(beside, ""); found {
			return []string{path.Join(dir, rest)}
		}
		return nil
	}
	var list []string
	for dir := r.inv.Dir; ; dir = path.Dir(dir) {
		if file := path.Join(dir, name); world.IsFile(r.inv.FS, file) {
			list = append(list, file)
		}
		if dir == path.Dir(dir) {
			return list
		}
	}
}

// expanded returns a path that may begin with ~ or a variable; "" if that is
// not set.
func (r *reading) expanded(name string) string {
	rest := ""
	switch {
	case name == "~" || strings.HasPrefix(name, "~/"):
		name, rest = "HOME", name[1:]
	case strings.HasPrefix(name, "$"):
		name, rest, _ = strings.Cut(name[1:], "/")
		if rest != "" {
			rest = "/" + rest
		}
	default:
		return r.absolute(name)
	}
	v, _ := r.inv.Env.Get(name)
	if v == "" {
		return ""
	}
	return r.absolute(v + rest)
}

// readSettings reads a file, once for all readings.
func (j *judgement) readSettings(file string, format confFormat) []entry {
	for i := range j.files {
		if j.files[i].name == file {
			return j.files[i].entries
		}
	}
	var list []entry
	// Of a file that is too large what was read is used.
	if b, _ := j.inv.FS.ReadFile(file, maxConfig); len(b) > 0 {
		list = parseSettings(string(b), format, j.inv.Env)
	}
	j.files = append(j.files, settingsFile{file, list})
	return list
}

// parseSettings reads a text of settings. What it does not understand it
// leaves out.
func parseSettings(text string, format confFormat, env action.Env) []entry {
	switch format {
	case formatTOML:
		var m map[string]any
		if _, err := toml.Decode(text, &m); err != nil {
			return nil
		}
		return sorted(flatten(nil, "", m, 0))
	case formatYAML:
		var m map[string]any
		if yaml.Load([]byte(text), &m) != nil {
			return nil
		}
		return sorted(flatten(nil, "", m, 0))
	}
	var list []entry
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' || len(list) == maxSettings {
			continue
		}
		if format == formatIni && line[0] == '[' {
			section = strings.Trim(line, "[]") + "."
			continue
		}
		var key, value string
		ok := true
		if format == formatWords {
			key, value, ok = strings.Cut(line, " ")
		} else {
			key, value, ok = strings.Cut(line, "=")
		}
		if !ok {
			value = "true" // npm and yarn: a key alone turns it on
		}
		value = strings.TrimSpace(value)
		if n := len(value); n > 1 && value[0] == value[n-1] && (value[0] == '"' || value[0] == '\'') {
			value = value[1 : n-1]
		}
		if format == formatIni {
			value = expandBraces(value, env)
		}
		list = append(list, entry{section + strings.Trim(strings.TrimSuffix(strings.TrimSpace(key), "[]"), `"`), value})
	}
	return list
}

// sorted puts entries into an order that does not depend on a map's.
func sorted(list []entry) []entry {
	slices.SortFunc(list, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.value, b.value))
	})
	return list
}

// expandBraces fills in ${NAME} as npm does in its files: a variable that is
// not set stays as it is written.
func expandBraces(value string, env action.Env) string {
	var b strings.Builder
	for {
		head, tail, ok := strings.Cut(value, "${")
		b.WriteString(head)
		if !ok {
			return b.String()
		}
		name, rest, ok := strings.Cut(tail, "}")
		v, set := env.Get(name)
		if !ok || !set {
			b.WriteString("${" + name)
			if ok {
				b.WriteByte('}')
			}
		} else {
			b.WriteString(v)
		}
		value = rest
	}
}

// flatten appends the settings of a decoded document. A list is joined by
// blanks.
func flatten(list []entry, prefix string, v any, depth int) []entry {
	if depth > maxKeyDepth || len(list) >= maxSettings {
		return list
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			k := key
			if prefix != "" {
				k = prefix + "." + key
			}
			list = flatten(list, k, v[key], depth+1)
		}
		return list
	case []any:
		words := make([]string, 0, len(v))
		for _, e := range v {
			if s, ok := e.(string); ok {
				words = append(words, s)
			}
		}
		return append(list, entry{prefix, strings.Join(words, " ")})
	case string:
		return append(list, entry{prefix, v})
	case bool:
		if v {
			return append(list, entry{prefix, "true"})
		}
		return append(list, entry{prefix, "false"})
	}
	return list
}
