package shell

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/internal/table"
)

// Listings, which are written in such a way that a shell can read them again.
// The forms are those of bash 5.2 (print_var_value in builtins/declare.def,
// lib/sh/shquote.c).

// singleQuote writes a text between single quotes.
func singleQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// doubleQuote writes a text between double quotes.
func doubleQuote(s string) string {
	return `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`, `$`, `\$`, "`", "\\`").Replace(s) + `"`
}

// ansiQuote writes a text with control characters as $'…'.
func ansiQuote(s string) string {
	var b strings.Builder
	b.WriteString("$'")
	for _, r := range s {
		switch r {
		case '\x1b':
			b.WriteString(`\E`)
		case '\a':
			b.WriteString(`\a`)
		case '\b':
			b.WriteString(`\b`)
		case '\f':
			b.WriteString(`\f`)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		case '\v':
			b.WriteString(`\v`)
		case '\\', '\'':
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			if r < ' ' || r == 0x7f {
				fmt.Fprintf(&b, `\%03o`, r)
			} else {
				b.WriteRune(r)
			}
		}
	}
	return b.String() + "'"
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// valueQuote quotes a value as `declare -p` does.
func valueQuote(s string) string {
	if hasControl(s) {
		return ansiQuote(s)
	}
	return doubleQuote(s)
}

// wordQuote quotes a word as ${v@Q} does.
func wordQuote(s string) string {
	if hasControl(s) {
		return ansiQuote(s)
	}
	return singleQuote(s)
}

// formatQuote quotes a word as printf's %q does.
func formatQuote(s string) string {
	switch {
	case s == "":
		return "''"
	case hasControl(s):
		return ansiQuote(s)
	}
	var b strings.Builder
	prev := rune(0)
	for i, r := range s {
		if strings.ContainsRune(" !\"$&'()*,;<>?[\\]^`{|}", r) || r == '#' && i == 0 ||
			r == '~' && (i == 0 || prev == ':' || prev == '=') {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
		prev = r
	}
	return b.String()
}

// flags are the attributes of a variable in the letters of declare.
func (v *variable) flags() string {
	var b strings.Builder
	for _, f := range []struct {
		on     bool
		letter byte
	}{
		{v.kind == indexed, 'a'}, {v.kind == associative, 'A'}, {v.integer, 'i'}, {v.kind == nameref, 'n'},
		{v.readonly, 'r'}, {v.exported, 'x'}, {v.capital, 'c'}, {v.lower, 'l'}, {v.upper, 'u'},
	} {
		if f.on {
			b.WriteByte(f.letter)
		}
	}
	return b.String()
}

// elements writes the value of an array.
func (v *variable) elements() string {
	var b strings.Builder
	b.WriteByte('(')
	if v.kind == associative {
		for _, key := range slices.Sorted(maps.Keys(v.assoc)) {
			k := key
			if !syntax.ValidName(strings.Trim(key, "0123456789-./") + "x") {
				k = valueQuote(key)
			}
			fmt.Fprintf(&b, "[%s]=%s ", k, valueQuote(v.assoc[key]))
		}
		return b.String() + ")"
	}
	for i, val := range v.list {
		at := i
		if v.index != nil {
			at = v.index[i]
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "[%d]=%s", at, valueQuote(val))
	}
	return b.String() + ")"
}

// listed writes a variable as `declare -p` does; a scalar has the value that
// this run chose.
func (x *expander) listed(name string, v *variable) string {
	flags := v.flags()
	if flags == "" {
		flags = "-"
	}
	text := "declare -" + flags + " " + name
	switch v.kind {
	case indexed, associative:
		if v.list != nil || v.assoc != nil {
			text += "=" + v.elements()
		}
	case nameref:
		text += "=" + valueQuote(v.ref)
	default:
		if val := (*expandEnv)(x).Get(name); val.IsSet() {
			text += "=" + valueQuote(val.Str)
		}
	}
	return text + "\n"
}

// listVar lists one variable and reports whether there is one.
func (x *expander) listVar(name string) bool {
	v := x.e.entry(x.s, name)
	if v == nil || !v.isSet() && *v.bare() == (variableBits{}) {
		if val := (*expandEnv)(x).Get(name); val.IsSet() {
			x.s.write("declare -- " + name + "=" + valueQuote(val.Str) + "\n")
			return true
		}
		return false
	}
	x.s.write(x.listed(name, v))
	return true
}

// variableBits are the attributes of a variable without its value.
type variableBits struct{ exported, readonly, integer, lower, upper, capital bool }

func (v *variable) bare() *variableBits {
	return &variableBits{v.exported, v.readonly, v.integer, v.lower, v.upper, v.capital}
}

// listVars lists what a declaration without operands lists. What the shell had
// before is left out: a comment stands for it.
func (x *expander) listVars(builtin string, f declFlags) {
	s := x.s
	secrets := x.e.secrets(s)
	if !s.captured(1) && len(x.e.origins) == 0 {
		return
	}
	if f.funcs {
		for name, fn := range s.funcs.All() {
			if f.names {
				s.write("declare -f " + name + "\n")
			} else {
				s.write(listFunction(name, fn))
			}
		}
		return
	}
	s.write("#" + action.HoleText + "\n")
	if builtin != "readonly" && !f.readonly && !f.integer && !f.ref && !f.array && !f.assoc {
		for _, name := range secrets {
			s.write("declare -x " + name + "=\"" + x.e.mint(origin{secret: name, listed: true}) + "\"\n")
		}
	}
	for name, v := range s.vars.All() {
		switch {
		case !v.isSet() && *v.bare() == (variableBits{}),
			builtin == "export" && !v.exported, builtin == "readonly" && !v.readonly, f.export && !v.exported,
			f.readonly && !v.readonly, f.integer && !v.integer, f.ref && v.kind != nameref, f.array && v.kind != indexed, f.assoc && v.kind != associative:
			continue
		case f.print || builtin == "export" || builtin == "readonly":
			s.write(x.listed(name, v))
		default:
			s.write(x.setLine(name, v))
		}
	}
	if builtin != "export" && builtin != "readonly" && !f.print {
		for name, fn := range s.funcs.All() {
			s.write(listFunction(name, fn))
		}
	}
}

// setLine writes a variable as set and declare without options do.
func (x *expander) setLine(name string, v *variable) string {
	switch v.kind {
	case indexed, associative:
		return name + "=" + v.elements() + "\n"
	case nameref:
		return name + "=" + v.ref + "\n"
	}
	val := (*expandEnv)(x).Get(name)
	if !val.IsSet() {
		return ""
	}
	return name + "=" + minimalQuote(val.Str) + "\n"
}

// minimalQuote quotes a value only where it has to be.
func minimalQuote(s string) string {
	switch {
	case hasControl(s):
		return ansiQuote(s)
	case formatQuote(s) != s && s != "":
		return singleQuote(s)
	}
	return s
}

// listFunction writes a function so that it can be defined again.
func listFunction(name string, fn *function) string {
	var b strings.Builder
	b.WriteString(name + " () \n")
	body := *fn.body
	if _, ok := body.Cmd.(*syntax.Block); !ok {
		body = syntax.Stmt{Cmd: &syntax.Block{Stmts: []*syntax.Stmt{fn.body}}}
	}
	if err := syntax.NewPrinter(syntax.Indent(4)).Print(&b, &body); err != nil {
		return name + " () { " + action.HoleText + "; }\n"
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// listAliases prints aliases as `alias` does.
func (s *state) listAliases(names ...string) bool {
	ok := true
	if len(names) == 0 {
		for name, text := range s.aliases.All() {
			s.write("alias " + name + "=" + singleQuote(text) + "\n")
		}
	}
	for _, name := range names {
		text, found := s.aliases.Lookup(name)
		if found {
			s.write("alias " + name + "=" + singleQuote(text) + "\n")
		}
		ok = ok && found
	}
	return ok
}

// listTraps prints traps as `trap -p` does.
func (s *state) listTraps(signals ...string) {
	traps := s.traps
	if traps == (table.Table[string]{}) {
		traps = s.shownTraps
	}
	for sig, text := range traps.All() {
		if len(signals) > 0 && !slices.Contains(signals, sig) {
			continue
		}
		name := sig
		switch sig {
		case "EXIT", "ERR", "DEBUG", "RETURN":
		default:
			if _, err := strconv.Atoi(sig); err != nil {
				name = "SIG" + sig
			}
		}
		s.write("trap -- " + singleQuote(text) + " " + name + "\n")
	}
}
