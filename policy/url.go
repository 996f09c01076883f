package policy

import (
	"net/netip"
	"path"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// An address is a URL taken apart as a client would connect to it.
type address struct {
	scheme string // lower case
	host   string // lower case, without a port; "" if it cannot be told
	rest   string // path and query, at least "/"
	url    string // all of it again, without user, password and usual port
}

// Host returns the host that a client would connect to for a URL, in lower
// case; "" if it cannot be told.
func Host(url string) string { return parseURL(url).host }

var usualPorts = map[string]string{"http": "80", "https": "443", "ssh": "22", "git": "9418", "ftp": "21"}

// parseURL takes a URL apart. What clients read in different ways (a backslash,
// white space, control characters or percent signs in the host) has no host.
func parseURL(text string) address {
	a := address{scheme: "https", url: text}
	scheme, rest, ok := strings.Cut(text, "://")
	switch {
	case !ok:
		rest = text // curl takes example.com/x for http; git has git@host:path
		if user, tail, ok := strings.Cut(text, "@"); ok && !strings.ContainsAny(user, "/:") {
			if host, file, ok := strings.Cut(tail, ":"); ok && !strings.Contains(host, "/") {
				a.scheme, rest = "ssh", user+"@"+host+"/"+file
			}
		}
	case strings.ContainsAny(scheme, "/?#"):
		return a
	default:
		a.scheme = strings.ToLower(scheme)
		if _, transport, ok := strings.Cut(a.scheme, "+"); ok {
			a.scheme = transport // pip's git+https
		}
	}
	i := strings.IndexAny(rest, "/?#")
	if i < 0 {
		i = len(rest)
	}
	host, tail := rest[:i], rest[i:]
	host = host[strings.LastIndexByte(host, '@')+1:]
	if strings.ContainsAny(rest[:i], "\\% \t\r\n") || action.Holed(rest[:i]) || strings.ContainsFunc(rest[:i], func(r rune) bool { return r < ' ' || r >= 0x7f }) {
		return a
	}
	port := ""
	if strings.HasPrefix(host, "[") {
		inner, after, ok := strings.Cut(host[1:], "]")
		if !ok || after != "" && after[0] != ':' {
			return a
		}
		host, port = inner, strings.TrimPrefix(after, ":")
	} else if h, p, ok := strings.Cut(host, ":"); ok {
		host, port = h, p
	}
	a.host = strings.TrimSuffix(strings.ToLower(host), ".")
	if ip, err := netip.ParseAddr(a.host); err == nil {
		a.host = ip.String()
	}
	if a.host == "" {
		return a
	}
	a.rest = cleanPath(tail)
	a.url = a.scheme + "://" + a.host
	if port != "" && port != usualPorts[a.scheme] {
		a.url += ":" + port
	}
	a.url += a.rest
	return a
}

// cleanPath resolves the dots of a URL's path, written out or not, and drops
// its fragment.
func cleanPath(tail string) string {
	tail, _, _ = strings.Cut(tail, "#")
	file, query, asked := strings.Cut(tail, "?")
	if strings.Contains(file, "%2") || strings.Contains(file, "%5") {
		file = strings.NewReplacer("%2e", ".", "%2E", ".", "%2f", "/", "%2F", "/", "%5c", "/", "%5C", "/").Replace(file)
	}
	file = strings.ReplaceAll(file, `\`, "/")
	slash := strings.HasSuffix(file, "/")
	if file = path.Clean("/" + file); slash && file != "/" {
		file += "/"
	}
	if asked {
		file += "?" + query
	}
	return file
}

// matchURL matches a glob. Its host part is held against the host alone, so
// that no star reaches over from the path or the user's name.
func matchURL(pattern string, a *address) bool {
	scheme, rest, ok := strings.Cut(pattern, "://")
	if !ok {
		scheme, rest = "*", pattern
	}
	host, tail := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host, tail = rest[:i], rest[i:]
	}
	if a.host == "" {
		return Glob(pattern, a.url) && strings.Trim(pattern, "*") == ""
	}
	bare := host
	if port, ok := strings.CutPrefix(a.url, a.scheme+"://"+a.host+":"); ok && strings.Contains(host, ":") {
		port, _, _ = strings.Cut(port, "/")
		var want string
		bare, want, _ = strings.Cut(host, ":")
		if !Glob(want, port) {
			return false
		}
	}
	return Glob(strings.ToLower(scheme), a.scheme) && Glob(strings.ToLower(bare), a.host) &&
		(tail == "" || Glob(tail, a.rest))
}

// matchHost reports whether a host is a domain or below it, or matches a glob.
func matchHost(pattern, host string) bool {
	pattern = strings.ToLower(strings.TrimSuffix(pattern, "."))
	if host == "" {
		return strings.Trim(pattern, "*") == ""
	}
	if strings.ContainsAny(pattern, "*?") {
		return Glob(pattern, host)
	}
	return host == pattern || strings.HasSuffix(host, "."+pattern)
}
