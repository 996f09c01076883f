package shell

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

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
	ByHistory              // written into the history of a repository
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

// shortestToken is the length below which a value is no credential, in bytes.
const shortestToken = 4

// noteRead remembers what a file holds that the call did not write.
func (e *evaluator) noteRead(s *state, abs, text string) {
	if text != "" && e.opt.Secret != nil && !s.fs.ByHand(abs) {
		e.disk = append(e.disk, text)
	}
}

// hidden takes the value of a credential that comes from a file out of sight:
// one that stands in a file and not in the call.
func (e *evaluator) hidden(name string, v *variable) *variable {
	if len(e.disk) == 0 || v == nil || v.kind != scalar || !e.opt.Secret(name) {
		return v
	}
	for i, val := range v.alts {
		if len(val) < shortestToken || action.Holed(val) || strings.Contains(e.whole, val) ||
			!slices.ContainsFunc(e.disk, func(text string) bool { return strings.Contains(text, val) }) {
			continue
		}
		h := *v
		h.alts = slices.Clone(v.alts)
		h.alts[i] = e.mint(origin{secret: name})
		v = &h
	}
	return v
}

// isEnviron reports whether a path is the environment of a process: proc(5).
func isEnviron(file string) bool {
	rest, ok := strings.CutPrefix(file, "/proc/")
	return ok && strings.Count(rest, "/") == 1 && strings.HasSuffix(rest, "/environ")
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

// unknownSample takes the place of what is not known otherwise, secretMark that
// of a sample in a tool's output.
const unknownSample, secretMark = "\x02", "\x03"

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
	name := path.Base(c.argv[0])
	f, ok := fetchOf(name, c.argv[1:])
	stdin := !strings.HasPrefix(f.tool, "curl") && !strings.HasPrefix(f.tool, "wget")
	by := ByNetwork
	if !ok {
		if by, f.urls, stdin, ok = e.posts(name, c.argv[1:]); !ok {
			return
		}
	}
	texts := slices.Clone(c.argv[1:])
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
		e.reveal(c, s, Revelation{Name: o.secret, By: by, Hosts: f.urls})
	}
}

// posts tells of a program that sends its words or its input to others, and
// that fetches nothing: it asks for names, mails, publishes texts or commits
// them.
func (e *evaluator) posts(name string, args []string) (by Means, hosts []string, stdin, ok bool) {
	switch name {
	case "dig", "nslookup", "host", "drill", "kdig", "delv", "ping", "ping6", "getent", "traceroute", "whois", "resolvectl", "dns-sd":
		for _, a := range args {
			if e.secretIn(a).secret == "" {
				continue
			}
			// The servers of the domain are asked, whoever asks them.
			parts := action.SplitHoles(a)
			hosts = append(hosts, strings.TrimLeft(parts[len(parts)-1], "."))
		}
		return ByNetwork, hosts, false, true
	case "mail", "mailx", "s-nail", "mutt", "neomutt", "sendmail", "msmtp", "swaks", "ssmtp":
		for _, a := range args {
			if _, domain, at := strings.Cut(a, "@"); at {
				hosts = append(hosts, domain)
			}
		}
		return ByNetwork, hosts, true, true
	case "gh", "glab":
		if len(args) == 0 {
			break
		}
		switch args[0] {
		case "gist", "snippet", "issue", "pr", "mr", "release", "api", "discussion":
			host := "github.com"
			if name == "glab" {
				host = "gitlab.com"
			}
			return ByNetwork, []string{host}, slices.Contains(args, "-"), true
		}
	case "git":
		for _, a := range args {
			switch a {
			case "commit", "tag", "notes", "commit-tree":
				return ByHistory, nil, slices.Contains(args, "-"), true
			}
		}
	}
	return 0, nil, false, false
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
	add := func(name string) {
		if v := e.lookup(s, name); v.isSet() && v.exported && e.secretIn(v.alts...).secret != "" {
			names = append(names, name)
		}
	}
	for name := range e.environ {
		add(name)
	}
	for name := range s.vars.All() {
		if e.opt.Secret(name) {
			add(name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
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

// environmentOf is what ps prints with the letter e among those without a dash:
// the environment of processes (ps(1) of procps-ng 4).
func (e *evaluator) environmentOf(s *state, args []string) (string, bool) {
	for _, a := range args {
		if a != "" && a[0] != '-' && strings.Trim(a, "aefghjlmnstuvwxALSTX") == "" && strings.Contains(a, "e") {
			return e.environment(s, nil)
		}
	}
	return "", false
}

// jqEnvironment is what jq prints of the environment: env and $ENV, whole or one
// variable of it (jq 1.7 manual).
func (e *evaluator) jqEnvironment(s *state, args []string) (string, bool) {
	for _, a := range args {
		for _, form := range [...]string{"$ENV", "env"} {
			if !strings.HasPrefix(a, form) {
				continue
			}
			name, one := strings.CutPrefix(a[len(form):], ".")
			switch {
			case one && syntax.ValidName(name):
				return e.printenv(s, []string{name})
			case a == form:
				return e.environment(s, nil)
			}
		}
	}
	return "", false
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
func (e *evaluator) revealedBy(s *state, code *Code) origin {
	if e.opt.Reveals == nil {
		return origin{}
	}
	for _, name := range e.opt.Reveals(*code) {
		if name != action.AllVariables {
			return origin{secret: name}
		}
		if names := e.secrets(s); len(names) > 0 {
			return origin{secret: names[0], listed: true}
		}
	}
	if in, ok := s.unread(0); ok && len(e.origins) > 0 && e.opt.PrintsInput != nil && e.opt.PrintsInput(*code) {
		return e.secretIn(in)
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

// editsInPlace reports whether a tool writes to the files that it reads, and
// prints nothing.
func editsInPlace(name string, args []string) bool {
	switch name {
	case "sed", "gsed", "perl", "ruby":
	default:
		return false
	}
	for _, a := range args {
		if a == "--in-place" || strings.HasPrefix(a, "--in-place=") {
			return true
		}
		if flags, ok := strings.CutPrefix(a, "-"); ok && !strings.HasPrefix(flags, "-") {
			if before, _, in := strings.Cut(flags, "i"); in && strings.Trim(before, "nErszuplaw0") == "" {
				return true
			}
		}
	}
	return false
}
