package rules

import (
	"path"
	"strings"
	"unicode/utf8"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// An origin says where a value came from.
type origin uint8

const (
	fromNowhere origin = iota
	fromLine           // the command line
	fromVar            // a variable
	fromConf           // a configuration file
)

// option returns the option's last hit on the command line, or nil.
func (r *reading) option1(name string) *hit {
	for i := len(r.hits) - 1; i >= 0; i-- {
		if r.hits[i].opt.name == name {
			return &r.hits[i]
		}
	}
	return nil
}

// on reports whether an option is on, from wherever it may be set.
func (r *reading) on(name string, early bool) (bool, origin) {
	if h := r.option1(name); h != nil {
		if early && r.verbAt > 0 && h.at > r.verbAt {
			return false, fromNowhere
		}
		return !h.off && (!h.has || h.opt.takes != takesNothing || !isFalse(h.value)), fromLine
	}
	v, src, _ := r.preset(name)
	if src == fromNowhere {
		return false, src
	}
	if o, _, ok := r.lookup(name); ok && o.takes != takesNothing {
		return true, src
	}
	return !isFalse(v), src
}

// value returns the value of an option, from wherever it may be set.
func (r *reading) value(name string) (string, origin) {
	if h := r.option1(name); h != nil {
		if h.off || !h.has {
			return "", fromNowhere
		}
		return h.value, fromLine
	}
	v, src, _ := r.preset(name)
	return v, src
}

// preset returns what a variable or a configuration file says of an option,
// and the variable's name.
func (r *reading) preset(name string) (value string, src origin, variable string) {
	if r.t.more.kind != refNone {
		if v, variable, ok := r.moreOption(name); ok {
			return v, fromVar, variable
		}
	}
	if r.t.env == "" && r.t.conf == "" && len(r.t.settings) == 0 || len(name) < 3 {
		return "", fromNowhere, ""
	}
	c := r.cmd
	isolated := false
	if _, _, ok := r.cmd.lookup(name); !ok {
		c = &r.t.root
	} else {
		isolated = r.isolated()
	}
	o, _, ok := c.lookup(name)
	if !ok {
		return "", fromNowhere, ""
	}
	if r.t.env != "" && !isolated {
		for i := range c.spellings {
			s := &c.spellings[i]
			if &c.options[s.opt] != o || !strings.HasPrefix(s.text, "--") {
				continue
			}
			// A spelling that turns the option off sets it to the same
			// value all the same: PIP_NO_USER=1 is --user. And the letters
			// after the prefix may be small.
			upper := varName(r.t.env, s.text)
			lower := strings.ToLower(upper[len(r.t.env):])
			names := [...]string{upper, r.t.env + lower, strings.ToLower(r.t.env) + lower, strings.ToUpper(upper)}
			try := names[:2]
			if r.t.anyCase {
				try = names[:]
			}
			for _, name := range try {
				if v, ok := r.inv.Env.Get(name); ok && v != "" && (src == fromNowhere || !isFalse(v)) {
					value, src, variable = v, fromVar, name
				}
			}
		}
		if src != fromNowhere {
			return value, src, variable
		}
	}
	if r.t.conf != "" {
		if v, ok := r.configured(c, o); ok {
			return v, fromConf, ""
		}
	}
	for i := range c.spellings {
		if s := &c.spellings[i]; &c.options[s.opt] == o && strings.HasPrefix(s.text, "--") && !s.off {
			if v, src, where := r.setting(s.text[2:], true); src != fromNowhere {
				return v, src, where
			}
		}
	}
	return "", fromNowhere, ""
}

// moreOption finds an option among the words of a variable or setting whose
// words are options: GOFLAGS=-mod=mod, NODE_OPTIONS="-r ./m.js", RUBYOPT=-rm.
func (r *reading) moreOption(name string) (value, variable string, found bool) {
	text, src := r.get(&r.t.more)
	if src == fromNowhere || text == "" {
		return "", "", false
	}
	words := strings.Fields(text)
	for i, w := range words {
		head, v, attached := strings.Cut(w, "=")
		if r.t.style.oneDash && strings.HasPrefix(head, "--") {
			head = head[1:]
		}
		o, off, ok := r.lookup(head)
		if !ok && len(w) > 2 && w[0] == '-' && w[1] != '-' {
			if o, off, ok = r.lookup(w[:2]); ok && o.takes == takesValue {
				v, attached = w[2:], true
			} else {
				ok = false
			}
		}
		if !ok || o.name != name {
			continue
		}
		switch {
		case attached || off:
		case o.takes == takesValue && i+1 < len(words):
			v = words[i+1]
		default:
			v = "true"
		}
		value, variable, found = v, r.t.more.name, true
	}
	return value, variable, found
}

// isolated reports whether the command line says that variables do not stand
// for options.
func (r *reading) isolated() bool {
	for _, w := range r.t.envOff {
		for _, have := range r.words[1:] {
			if have == w {
				return true
			}
		}
	}
	return false
}

// varName returns the variable that stands for a long option.
func varName(prefix, option string) string {
	var b [64]byte
	name := append(b[:0], prefix...)
	for _, c := range []byte(strings.TrimLeft(option, "-")) {
		switch {
		case c == '-':
			c = '_'
		case 'a' <= c && c <= 'z':
			c -= 'a' - 'A'
		}
		name = append(name, c)
	}
	return string(name)
}

// isFalse reports whether a value is one of the usual words for no.
func isFalse(v string) bool {
	switch len(v) {
	case 0:
		return true
	case 1:
		return v == "0" || v == "n" || v == "N" || v == "f" || v == "F"
	case 2, 3, 5:
		return strings.EqualFold(v, "no") || strings.EqualFold(v, "off") || strings.EqualFold(v, "false")
	}
	return false
}

// any reports whether one of the conditions holds.
func (r *reading) any(list []cond) bool {
	for i := range list {
		if r.holds(&list[i]) {
			return true
		}
	}
	return false
}

// all reports whether every condition holds.
func (r *reading) all(list []cond) bool {
	for i := range list {
		if !r.holds(&list[i]) {
			return false
		}
	}
	return true
}

func (r *reading) holds(c *cond) bool { return r.isTrue(c) != c.not }

func (r *reading) isTrue(c *cond) bool {
	switch c.kind {
	case condOption:
		if c.want != "" {
			v, src := r.value(c.name)
			return src != fromNowhere && wanted(v, c.want)
		}
		on, _ := r.on(c.name, c.early)
		return on
	case condVar:
		v, ok := r.inv.Env.Get(c.name)
		if c.want != "" {
			return ok && wanted(v, c.want)
		}
		return ok && !isFalse(v)
	case condSet:
		_, ok := r.inv.Env.Get(c.name)
		return ok
	case condOperand:
		if len(r.operands) < c.n {
			return false
		}
		if c.want == "" {
			return true
		}
		last := c.n
		if c.rest {
			last = len(r.operands)
		}
		for _, o := range r.operands[c.n-1 : last] {
			if wanted(o.text, c.want) {
				return true
			}
		}
		return false
	case condConf:
		v, src, _ := r.setting(c.name, false)
		if c.want != "" {
			return src != fromNowhere && wanted(v, c.want)
		}
		return src != fromNowhere && !isFalse(v)
	case condAlways:
		return true
	case condVerb:
		return r.verbAt > 0 && (c.want == "" || wanted(r.cmd.verb, c.want))
	case condForeign:
		return r.foreign(c)
	case condHost:
		return r.toHost(c)
	case condFile:
		_, ok := r.above(c.name, c.want)
		return ok
	}
	return false
}

// wanted reports whether a value fits one of the patterns in want, which are
// separated by bars; a star stands for any text.
func wanted(v, want string) bool {
	for pattern := range strings.SplitSeq(want, "|") {
		if strings.IndexByte(pattern, '*') < 0 {
			if v == pattern {
				return true
			}
			continue
		}
		parts := strings.Split(pattern, "*")
		rest, ok := strings.CutPrefix(v, parts[0])
		last := parts[len(parts)-1]
		if !ok || !strings.HasSuffix(rest, last) {
			continue
		}
		rest = rest[:len(rest)-len(last)]
		for _, p := range parts[1 : len(parts)-1] {
			var i int
			if i = strings.Index(rest, p); i < 0 {
				ok = false
				break
			}
			rest = rest[i+len(p):]
		}
		if ok {
			return true
		}
	}
	return false
}

// above returns the nearest directory from the working directory upward that
// holds a file, which must contain text if that is not empty.
func (r *reading) above(name, text string) (string, bool) {
	if action.Holed(r.inv.Dir) {
		return "", false
	}
	for dir := r.inv.Dir; ; dir = path.Dir(dir) {
		file := path.Join(dir, name)
		if text == "" && world.Exists(r.inv.FS, file) {
			return dir, true
		}
		if text != "" {
			if b, err := r.inv.FS.ReadFile(file, maxConfig); err == nil && strings.Contains(string(b), text) {
				return dir, true
			}
		}
		if dir == "/" || dir == "." {
			return "", false
		}
	}
}

// maxConfig bounds what is read of a configuration file.
const maxConfig = 256 << 10

// get returns one value that f names.
func (r *reading) get(f *ref) (string, origin) {
	switch f.kind {
	case refOption, refSplit:
		return r.value(f.name)
	case refVar:
		if v, ok := r.inv.Env.Get(f.name); ok {
			if f.tail != "" && v != "" {
				v = firstDir(v) + f.tail
			}
			return v, fromVar
		}
	case refConf:
		v, src, _ := r.setting(f.name, false)
		if src != fromNowhere && f.tail != "" && v != "" {
			v = firstDir(v) + f.tail
		}
		return v, src
	case refAbove:
		if dir, ok := r.above(f.name, ""); ok {
			return dir + f.tail, fromConf
		}
	case refOperand, refRest:
		if len(r.operands) >= f.n {
			return r.operands[f.n-1].text, fromLine
		}
	case refText:
		if strings.HasPrefix(f.name, "~/") {
			if home, _ := r.inv.Env.Get("HOME"); home != "" {
				return home + f.name[1:], fromLine
			}
		}
		return f.name, fromLine
	}
	return "", fromNowhere
}

// firstDir returns the first directory of a list as PATH has it.
func firstDir(list string) string {
	dir, _, _ := strings.Cut(list, ":")
	return strings.TrimRight(dir, "/")
}

// list appends every value that f names.
func (r *reading) list(to []string, f *ref) []string {
	switch f.kind {
	case refOption, refSplit:
		n := len(to)
		for i := range r.hits {
			h := &r.hits[i]
			if h.opt.name != f.name {
				continue
			}
			switch {
			case h.list != nil:
				to = append(to, h.list...)
			case h.has && f.kind == refSplit:
				to = append(to, splitString(h.value, r.inv.Env)...)
			case h.has:
				to = append(to, h.value)
			}
		}
		if len(to) == n {
			if v, src, _ := r.preset(f.name); src != fromNowhere {
				to = append(to, strings.Fields(v)...)
			}
		}
	case refWords:
		to = append(to, r.words[1:]...)
	case refRest:
		for i := f.n - 1; i < len(r.operands); i++ {
			to = append(to, r.operands[i].text)
		}
	default:
		if v, src := r.get(f); src != fromNowhere {
			to = append(to, v)
		}
	}
	return to
}

// splitString splits a text as env -S does: ${NAME} is a variable, and nothing
// if it is not set (GNU coreutils 9.1, env.c).
func splitString(s string, env action.Env) []string {
	var words []string
	var word strings.Builder
	var quote rune
	have := false
	for i, escaped := 0, false; i < len(s); {
		c, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case escaped:
			escaped = false
			switch c {
			case '_':
				if quote == 0 {
					if have {
						words, have = append(words, word.String()), false
						word.Reset()
					}
					continue
				}
				c = ' '
			case 'c':
				i = len(s)
				continue
			case 't':
				c = '\t'
			case 'n':
				c = '\n'
			}
			word.WriteRune(c)
			have = true
		case c == '\\' && quote != '\'':
			escaped = true
		case c == '$' && quote != '\'' && strings.HasPrefix(s[i:], "{") && strings.Contains(s[i:], "}"):
			n := strings.IndexByte(s[i:], '}')
			if v, ok := env.Get(s[i+1 : i+n]); ok {
				word.WriteString(v)
				have = true
			}
			i += n + 1
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(c)
		case c == '\'' || c == '"':
			quote, have = c, true
		case c == '#' && !have:
			i = len(s)
		case c == ' ' || c >= '\t' && c <= '\r':
			if have {
				words, have = append(words, word.String()), false
				word.Reset()
			}
		default:
			word.WriteRune(c)
			have = true
		}
	}
	if have {
		words = append(words, word.String())
	}
	return words
}
