package rules

import (
	"runtime"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// A setting is one line of a configuration file.
type setting struct{ section, key, value string }

// configured returns what pip's configuration files say of an option. Only
// options that are asked about are looked up; files are read once a reading.
func (r *reading) configured(c *command, o *option) (string, bool) {
	if !r.confRead {
		r.confRead = true
		r.conf = r.pipConf()
	}
	var value string
	found := false
	// The command's own section beats [global], whatever the file.
	for _, section := range [...]string{"global", r.cmd.verb} {
		for _, s := range r.conf {
			if s.section != section || s.value == "" {
				continue
			}
			for i := range c.spellings {
				sp := &c.spellings[i]
				if &c.options[sp.opt] == o && strings.TrimPrefix(sp.text, "--") == s.key {
					value, found = s.value, true
				}
			}
		}
	}
	return value, found
}

// pipConf reads pip's configuration files, the weakest first.
func (r *reading) pipConf() []setting {
	get := func(name string) string {
		v, _ := r.inv.Env.Get(name)
		if action.Holed(v) {
			return ""
		}
		return v
	}
	own := get("PIP_CONFIG_FILE")
	if own == "/dev/null" {
		return nil
	}
	if own != "" {
		own = r.absolute(own)
	}
	var list []setting
	home := get("HOME")
	if runtime.GOOS == "darwin" {
		list = r.ini(list, "/Library/Application Support/pip/pip.conf")
	} else {
		dirs := get("XDG_CONFIG_DIRS")
		if dirs == "" {
			dirs = "/etc/xdg"
		}
		for dir := range strings.SplitSeq(dirs, ":") {
			list = r.ini(list, dir+"/pip/pip.conf")
		}
		list = r.ini(list, "/etc/pip.conf")
	}
	if !r.isolated() && (own == "" || !world.Exists(r.inv.FS, own)) {
		list = r.ini(list, home+"/.pip/pip.conf")
		dir := get("XDG_CONFIG_HOME")
		switch {
		case runtime.GOOS == "darwin" && world.IsDir(r.inv.FS, home+"/Library/Application Support/pip"):
			dir = home + "/Library/Application Support"
		case dir == "":
			dir = home + "/.config"
		}
		list = r.ini(list, dir+"/pip/pip.conf")
	}
	if p := r.interpreterPlace(); p.Kind == action.PlaceVenv && p.Path != "" && !action.Holed(p.Path) {
		list = r.ini(list, p.Path+"/pip.conf")
	}
	if own != "" {
		list = r.ini(list, own)
	}
	return list
}

// ini appends the settings of a file, as Python's configparser reads them.
func (r *reading) ini(list []setting, file string) []setting {
	if file == "" || file[0] != '/' {
		return list
	}
	b, err := r.inv.FS.ReadFile(file, maxConfig)
	if err != nil {
		return list
	}
	section := ""
	for line := range strings.Lines(string(b)) {
		text := strings.TrimSpace(line)
		switch {
		case text == "" || text[0] == '#' || text[0] == ';':
		case text[0] == '[':
			section = strings.Trim(text, "[]")
		case line[0] == ' ' || line[0] == '\t':
			// The value goes on.
			if n := len(list); n > 0 {
				list[n-1].value += "\n" + text
			}
		default:
			i := strings.IndexAny(text, "=:")
			if i < 0 {
				continue
			}
			key := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(text[:i])), "_", "-")
			list = append(list, setting{section, strings.TrimPrefix(key, "--"), strings.TrimSpace(text[i+1:])})
		}
	}
	return list
}
