package shell

import (
	"path"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// A Revelation is a way that the value of a variable with a credential takes to
// somebody who is not meant to have it.
type Revelation struct {
	Name  string // of the variable
	By    Means
	Hosts []string // where it is sent to; "" or holed where that is not known
}

// Means says how a value is revealed.
type Means uint8

const (
	ByOutput  Means = iota // printed where it is seen: not captured, and not into a file
	ByListing              // printed with all other variables
	ByTrace                // printed by set -x
	ByNetwork              // sent to other hosts
)

// samples take the place of a secret, to see whether a text depends on it.
var samples = [...]string{"npm_Zq3vXw9LkT7rBn5Jm1Pc8Hd2", "pypi-AgEIc.hl/4y+6sF0uGoKe=", "0f1d2c3b"}

// hides reports whether a variable holds a credential that is none of the text's
// own.
func (e *evaluator) hides(s *state, name string) bool {
	if e.opt.Secret == nil || s.host != "" || !e.opt.Secret(name) {
		return false
	}
	v, own := s.vars.Lookup(name)
	return !own || v.isSet()
}

// secretIn returns the first secret in any of the texts, as an origin that is
// nothing else.
func (e *evaluator) secretIn(texts ...string) origin {
	if len(e.origins) == 0 {
		return origin{}
	}
	for _, text := range texts {
		if o := e.origin(text); o.secret != "" {
			return origin{secret: o.secret, listed: o.listed}
		}
	}
	return origin{}
}

// unknownSample takes the place of what is not known otherwise.
const unknownSample = "\x02"

// withSecrets puts a sample in the place of all secrets.
func (e *evaluator) withSecrets(text, sample string) string {
	var b strings.Builder
	for {
		i := action.IndexHole(text)
		if i < 0 {
			return b.String() + text
		}
		_, n := action.HoleAt(text, i)
		b.WriteString(text[:i])
		if e.origin(text[i:i+n]).secret != "" {
			b.WriteString(sample)
		} else {
			b.WriteString(unknownSample)
		}
		text = text[i+n:]
	}
}

// shows tells of a secret in what the command at hand prints.
func (e *evaluator) shows(s *state, text string) {
	o := e.secretIn(text)
	if o.secret == "" {
		return
	}
	by := ByOutput
	if o.listed {
		by = ByListing
	}
	e.reveal(e.current, s, Revelation{Name: o.secret, By: by})
}

// sendsText tells of a secret in what is written to a connection.
func (e *evaluator) sendsText(s *state, text, addr string) {
	if o := e.secretIn(text); o.secret != "" {
		e.reveal(e.current, s, Revelation{Name: o.secret, By: ByNetwork, Hosts: []string{addr}})
	}
}

// sends tells of a secret that a program is given to send: in its words, in a
// file that they name, or on standard input.
func (e *evaluator) sends(c *command, s *state) {
	if len(e.origins) == 0 {
		return
	}
	f, ok := fetchOf(path.Base(c.argv[0]), c.argv[1:])
	if !ok {
		return
	}
	texts := slices.Clone(c.argv[1:])
	stdin := !strings.HasPrefix(f.tool, "curl") && !strings.HasPrefix(f.tool, "wget")
	for i, a := range c.argv[1:] {
		switch _, file, at := strings.Cut(a, "@"); {
		case at && file == "-", a == "-" && i > 0, a == "-T-", a == "--post-file=-":
			stdin = true
		case at && file != "" && s.fs.ByHand(s.abs(file)):
			text, _ := e.readText(s, file)
			texts = append(texts, text)
		case a != "" && a[0] != '-' && s.fs.ByHand(s.abs(a)):
			text, _ := e.readText(s, a)
			texts = append(texts, text)
		}
	}
	if in, ok := s.unread(0); ok && stdin {
		texts = append(texts, in)
	}
	if o := e.secretIn(texts...); o.secret != "" {
		if len(f.urls) == 0 {
			f.urls = []string{""}
		}
		e.reveal(c, s, Revelation{Name: o.secret, By: ByNetwork, Hosts: f.urls})
	}
}

func (e *evaluator) reveal(c *command, s *state, r Revelation) {
	if e.opt.Revealed == nil || c == nil {
		return
	}
	e.opt.Revealed(e.invocation(c, s), r)
}

// secrets returns the names of the variables with credentials that a child would
// inherit from the environment.
func (e *evaluator) secrets(s *state) []string {
	if e.opt.Secret == nil || s.host != "" {
		return nil
	}
	var names []string
	e.lookup(s, "PATH") // fills environ
	if len(e.origins) == 0 {
		return nil
	}
	for name := range e.environ {
		if v := e.lookup(s, name); v.isSet() && v.exported && e.secretIn(v.alts...).secret != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// environment is what env prints without a command, as far as it matters: the
// secrets among the rest.
func (e *evaluator) environment(s *state, args []string) (string, bool) {
	names := e.secrets(s)
	for i, a := range args {
		switch {
		case a == "-i" || a == "-" || a == "--ignore-environment":
			return "", false
		case strings.HasPrefix(a, "-u") || strings.HasPrefix(a, "--unset="):
			gone := strings.TrimPrefix(strings.TrimPrefix(a, "-u"), "--unset=")
			if gone == "" && i+1 < len(args) {
				gone = args[i+1]
			}
			names = slices.DeleteFunc(names, func(n string) bool { return n == gone })
		}
	}
	if len(names) == 0 {
		return "", false
	}
	text := "_=" + action.HoleText + "\n"
	for _, name := range names {
		text += name + "=" + e.mint(origin{secret: name, listed: true}) + "\n"
	}
	return text, true
}

// printenv prints the values of the variables that it is given.
func (e *evaluator) printenv(s *state, args []string) (string, bool) {
	_, names := operands(args)
	if len(names) == 0 {
		return e.environment(s, nil)
	}
	text := ""
	for _, name := range names {
		val, ok := env{e, s}.Get(name)
		switch {
		case e.secretIn(val).secret != "":
		case e.hides(s, name) && (!ok || action.Holed(val)):
			val = e.mint(origin{secret: name})
		default:
			val = action.HoleText
		}
		text += val + "\n"
	}
	return text, true
}

// revealedBy returns the secret that code prints.
func (e *evaluator) revealedBy(code *Code) origin {
	if e.opt.Reveals == nil {
		return origin{}
	}
	for _, name := range e.opt.Reveals(*code) {
		return origin{secret: name}
	}
	return origin{}
}

// summarizes reports whether a tool prints nothing of what it reads: a count, or
// whether there is a line.
func summarizes(name string, args []string) bool {
	switch name {
	case "grep", "egrep", "fgrep", "rg", "ag", "ack":
		for _, a := range args {
			switch {
			case a == "--":
				return false
			case a == "--quiet", a == "--silent", a == "--count", a == "--files-with-matches", a == "--files-without-match":
				return true
			case len(a) > 1 && a[0] == '-' && a[1] != '-' && a[1] != 'e' && strings.ContainsAny(a[1:], "qclL"):
				return true
			}
		}
	case "openssl":
		return len(args) > 0 && (args[0] == "dgst" || strings.HasPrefix(args[0], "sha") || args[0] == "md5")
	}
	return false
}
