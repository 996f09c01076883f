package rules

import (
	"fmt"
	"strconv"
	"strings"
)

// parseCond reads a condition:
//
//	--opt  -x        the option is on
//	--opt=value      the option has that value
//	^--opt           … on the command line before the verb
//	$NAME            the variable is set, and not to a word for "no"
//	$NAME=value      the variable has that value
//	?NAME            the variable is set at all, even to nothing
//	2                there are at least two operands
//	2=word           the second operand is that word
//	2..=word         the second operand or one after it is that word
//	@file            the file is in the working directory or above
//	@file text       … and contains the text
//	verb             a verb was given
//	verb=word        the first of the command's verbs is that word
//	conf key         the setting is on
//	conf key=value   the setting has that value
//	always           nothing is asked
//	!condition       the condition does not hold
//
// A value may be several with bars between them, and hold stars for any text:
// publish|publish-*.
func parseCond(s string) (cond, error) {
	var c cond
	if t := strings.TrimPrefix(s, "!"); t != s {
		c.not, s = true, t
	}
	if t := strings.TrimPrefix(s, "^"); t != s {
		c.early, s = true, t
	}
	if s == "" {
		return c, fmt.Errorf("empty condition")
	}
	switch ch := s[0]; {
	case ch == '$':
		c.kind = condVar
		c.name, c.want, _ = strings.Cut(s[1:], "=")
	case ch == '?':
		c.kind, c.name = condSet, s[1:]
	case ch == '@':
		c.kind = condFile
		c.name, c.want, _ = strings.Cut(s[1:], " ")
	case ch >= '1' && ch <= '9':
		c.kind = condOperand
		n, want, _ := strings.Cut(s, "=")
		n, c.rest = strings.CutSuffix(n, "..")
		var err error
		if c.n, err = strconv.Atoi(n); err != nil {
			return c, fmt.Errorf("condition %q: not the number of an operand", s)
		}
		c.want = want
	case ch == '-':
		c.kind = condOption
		c.name, c.want, _ = strings.Cut(s, "=")
	case strings.HasPrefix(s, "foreign "):
		return c, c.parseHosts(condForeign, s)
	case strings.HasPrefix(s, "host "):
		return c, c.parseHosts(condHost, s)
	case s == "verb" || strings.HasPrefix(s, "verb="):
		c.kind = condVerb
		c.name, c.want, _ = strings.Cut(s, "=")
	case strings.HasPrefix(s, "conf "):
		c.kind = condConf
		c.name, c.want, _ = strings.Cut(s[len("conf "):], "=")
	case s == "always":
		c.name = s
		c.kind = condAlways
	default:
		return c, fmt.Errorf("condition %q: not an option (-x), variable ($X, ?X), file (@x), setting (conf x), operand (1) or host (foreign --x = domains, host 1 = domains)", s)
	}
	if c.name == "" && c.kind != condOperand {
		return c, fmt.Errorf("condition %q names nothing", s)
	}
	if c.early && c.kind != condOption {
		return c, fmt.Errorf("condition %q: ^ goes with options only", s)
	}
	return c, nil
}

// parseHosts reads what follows the name of a condition about hosts:
//
//	foreign --opt $NAME 1.. = example.org example.com
//	foreign host --opt = example.org
func (c *cond) parseHosts(kind condKind, s string) error {
	names, domains, ok := strings.Cut(s, " = ")
	refs := strings.Fields(names)[1:]
	c.kind, c.hosts = kind, strings.Fields(domains)
	if len(refs) > 0 && refs[0] == "host" {
		c.bare, refs = true, refs[1:]
	}
	if !ok || len(refs) == 0 || len(c.hosts) == 0 {
		return fmt.Errorf("condition %q: want values, =, and domains", s)
	}
	for _, text := range refs {
		f, err := parseRef(text)
		if err != nil {
			return err
		}
		c.from = append(c.from, f)
	}
	return nil
}

// parseRef reads a reference to values:
//
//	--opt  -x       the option's value
//	split --opt     the words in the option's value, as env -S has them
//	$NAME           the variable
//	$NAME/text      the directory in the variable, or the first of several, and what is below
//	conf key        the setting
//	conf key/text   the directory that it names, and what is below
//	@file           the nearest directory from the working directory upward that holds it
//	2               the second operand
//	2..             the second operand and all after it
//	=text           the text itself; ~/ at its start is the home
func parseRef(s string) (ref, error) {
	switch {
	case s == "":
		return ref{}, nil
	case strings.HasPrefix(s, "split -"):
		return ref{kind: refSplit, name: s[len("split "):]}, nil
	case s[0] == '-' && len(s) > 1:
		return ref{kind: refOption, name: s}, nil
	case s[0] == '$' && len(s) > 1:
		return dirRef(refVar, s[1:]), nil
	case strings.HasPrefix(s, "conf ") && len(s) > len("conf "):
		return dirRef(refConf, s[len("conf "):]), nil
	case s[0] == '@' && len(s) > 1:
		return ref{kind: refAbove, name: s[1:]}, nil
	case s == "words":
		return ref{kind: refWords}, nil
	case s[0] == '=':
		return ref{kind: refText, name: s[1:]}, nil
	case s[0] >= '1' && s[0] <= '9':
		t, rest := strings.CutSuffix(s, "..")
		if n, err := strconv.Atoi(t); err == nil {
			if rest {
				return ref{kind: refRest, n: n}, nil
			}
			return ref{kind: refOperand, n: n}, nil
		}
	}
	return ref{}, fmt.Errorf("%q is not an option (--x), variable ($X), setting (conf x), operand (1, 1..), directory above (@x) or text (=x)", s)
}

// dirRef splits what is below a directory off its name.
func dirRef(kind refKind, s string) ref {
	f := ref{kind: kind, name: s}
	if i := strings.IndexByte(s, '/'); i > 0 {
		f.name, f.tail = s[:i], s[i:]
	}
	return f
}
