package filter

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// maxOutput bounds what is computed, in bytes.
const maxOutput = 1 << 20

// A Call is one start of a tool.
type Call struct {
	Name string // without directories
	Args []string
	// Read returns the text of a file, or of standard input for "-", and
	// whether that is known. The text may have holes.
	Read func(name string) (string, bool)
	// Collates says that the locale orders characters otherwise than by their
	// codes.
	Collates bool
}

// Output returns what the tool prints, if that can be computed.
func Output(c Call) (string, bool) {
	tool := toolOf(c.Name)
	if tool == nil {
		return "", false
	}
	for _, a := range c.Args {
		if action.Holed(a) {
			return "", false
		}
	}
	out, ok := tool(&c)
	return out, ok && len(out) <= maxOutput
}

// Knows reports whether a tool of that name can be computed at all.
func Knows(name string) bool { return toolOf(name) != nil }

func toolOf(name string) func(*Call) (string, bool) {
	switch name {
	case "sed", "gsed":
		return sed
	case "awk", "gawk", "mawk", "nawk":
		return awk
	case "grep", "egrep", "fgrep":
		return grep
	case "cut":
		return cut
	case "tr":
		return tr
	case "sort":
		return sortLines
	case "uniq":
		return uniq
	case "tac":
		return tac
	case "rev":
		return rev
	case "nl":
		return nl
	case "fold":
		return fold
	case "head":
		return head
	case "tail":
		return tail
	case "paste":
		return paste
	case "wc":
		return wc
	case "cat":
		return cat
	case "expand":
		return expand
	case "seq":
		return seq
	case "yes":
		return yes
	case "basename":
		return basename
	case "dirname":
		return dirname
	case "expr":
		return expr
	case "base64":
		return base64Tool
	case "base32":
		return base32Tool
	case "xxd":
		return xxd
	case "gzip", "gunzip", "zcat":
		return gunzip
	case "bzip2", "bunzip2", "bzcat":
		return bunzip2
	case "openssl":
		return openssl
	case "strings":
		return printableStrings
	case "dd":
		return dd
	}
	return nil
}

// text returns what the files hold, one after another; standard input if there
// are none.
func (c *Call) text(files []string) (string, bool) {
	in, ok := c.raw(files)
	return in, ok && !action.Holed(in)
}

func (c *Call) raw(files []string) (string, bool) {
	if len(files) == 0 {
		return c.Read("-")
	}
	var b strings.Builder
	for _, f := range files {
		text, ok := c.Read(f)
		if !ok || b.Len() > maxOutput {
			return "", false
		}
		b.WriteString(text)
	}
	return b.String(), true
}

// An opt is one option of a command line, by its short letter.
type opt struct {
	letter byte
	value  string
}

// parse reads options as getopt_long does. short is as for getopt; long lists
// the long options as "name=letter", with a colon at the end if they take a
// value. What is in neither makes it fail.
func (c *Call) parse(short string, long ...string) (opts []opt, operands []string, ok bool) {
	args := c.Args
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			return opts, append(operands, args[i+1:]...), true
		case strings.HasPrefix(a, "--"):
			name, value, has := strings.Cut(a[2:], "=")
			letter, takes := longOption(long, name)
			if letter == 0 || has && !takes {
				return nil, nil, false
			}
			if takes && !has {
				if i++; i == len(args) {
					return nil, nil, false
				}
				value = args[i]
			}
			opts = append(opts, opt{letter, value})
		case len(a) < 2 || a[0] != '-':
			operands = append(operands, a)
		default:
			for k := 1; k < len(a); k++ {
				at := strings.IndexByte(short, a[k])
				if at < 0 || a[k] == ':' {
					return nil, nil, false
				}
				o := opt{letter: a[k]}
				if at+1 < len(short) && short[at+1] == ':' {
					if o.value = a[k+1:]; o.value == "" {
						if i++; i == len(args) {
							return nil, nil, false
						}
						o.value = args[i]
					}
					k = len(a)
				}
				opts = append(opts, o)
			}
		}
	}
	return opts, operands, true
}

// longOption returns the letter of a long option and whether it takes a value.
func longOption(long []string, name string) (letter byte, takes bool) {
	for _, l := range long {
		full, to, _ := strings.Cut(l, "=")
		if full == name {
			return to[0], len(to) > 1
		}
	}
	return 0, false
}

// lines divides a text into its lines, without their ends, and says whether the
// last has one.
func lines(s string) (list []string, ended bool) {
	if s == "" {
		return nil, true
	}
	rest, ended := strings.CutSuffix(s, "\n")
	return strings.Split(rest, "\n"), ended
}

// eachLine prints what f makes of each line; tools add the end that the last
// line may lack.
func eachLine(in string, f func(line string) (string, bool)) string {
	var b strings.Builder
	list, _ := lines(in)
	for _, l := range list {
		if out, keep := f(l); keep {
			b.WriteString(out)
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// ascii reports whether no character of s means something else in another
// locale.
func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// number reads a decimal number without a sign.
func number(s string) (int, bool) {
	if s == "" || len(s) > 9 {
		return 0, false
	}
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}
