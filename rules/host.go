package rules

import (
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// urlHost returns the host of a URL as a client would connect to it, in lower
// case; "" if the text is none.
func urlHost(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return ""
	}
	return hostOf(rest)
}

// hostOf returns the host of a URL without its scheme, in lower case.
func hostOf(rest string) string {
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		rest = rest[:i]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if i := strings.IndexByte(rest, ']'); rest != "" && rest[0] == '[' && i > 0 {
		rest = rest[:i+1]
	} else {
		rest, _, _ = strings.Cut(rest, ":")
	}
	return strings.ToLower(strings.TrimSuffix(unescape(rest), "."))
}

// unescape replaces %xx in the host of a URL, as curl does (8.5, lib/urlapi.c).
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// inDomains reports whether a host is one of the domains or below one.
func inDomains(host string, domains []string) bool {
	for _, d := range domains {
		if host == d || strings.HasSuffix(host, "."+d) {
			return true
		}
	}
	return false
}

// isLocalHost reports whether a host is this machine: 127.1 is, 127.example.com
// is not.
func isLocalHost(host string) bool {
	if host == "localhost" || host == "[::1]" || host == "0.0.0.0" {
		return true
	}
	rest, ok := strings.CutPrefix(host, "127.")
	return ok && strings.Trim(rest, ".0123456789") == ""
}

// foreign reports whether one of the values that the call itself gives is a URL
// of a host outside the domains, or may be one. What the user's environment and
// settings say is the user's own choice.
func (r *reading) foreign(c *cond) bool {
	for _, v := range r.given(c.from) {
		for url := range strings.FieldsFuncSeq(v, isURLEnd) {
			host := urlHost(url)
			if host == "" && c.bare {
				host = hostOf(url)
			}
			if host == "" && action.OnlyHoles(url) {
				return true
			}
			if host != "" && !inDomains(host, c.hosts) && !isLocalHost(host) {
				return true
			}
		}
	}
	return false
}

// toHost reports whether one of the values that the call itself gives is a URL
// of a host in the domains. The scheme may be missing, as programs that speak
// HTTP let it.
func (r *reading) toHost(c *cond) bool {
	for _, v := range r.given(c.from) {
		host := urlHost(v)
		if host == "" {
			host = hostOf(v)
		}
		if inDomains(host, c.hosts) {
			return true
		}
	}
	return false
}

// isURLEnd reports whether c parts the URLs of a list: blanks, and the commas
// and bars of GOPROXY.
func isURLEnd(c rune) bool { return c == ' ' || c == '\t' || c == '\n' || c == ',' || c == '|' }

// given returns the values that references have on the command line, in files
// that the call wrote for it, or in variables that the call sets.
func (r *reading) given(refs []ref) []string {
	var values []string
	for i := range refs {
		f := &refs[i]
		switch f.kind {
		case refOption:
			o, _, ok := r.lookup(f.name)
			if !ok {
				continue
			}
			n := len(values)
			values = append(values, r.listed(o)...)
			for k := range r.hits {
				if h := &r.hits[k]; h.opt.name == o.name && h.has {
					values = append(values, h.value)
				}
			}
			if len(values) > n {
				continue
			}
			if v, src, variable := r.preset(o.name); src == fromVar && !r.inv.Env.Inherited(variable) {
				values = append(values, v)
			}
		case refVar:
			if v, ok := r.inv.Env.Get(f.name); ok && !r.inv.Env.Inherited(f.name) {
				values = append(values, v)
			}
		default:
			values = r.list(values, f)
		}
	}
	return values
}
