package audit

import "strings"

// A span is a part of a text, in bytes.
type span struct{ start, end int }

// findSecrets finds what looks like a secret in a text: tokens by the form their
// makers gave them, private keys, passwords in URLs and headers, values of
// options, variables and settings that are named like secrets.
func findSecrets(s string) []span {
	var list []span
	add := func(start, end int) {
		if start < end {
			list = append(list, span{start, end})
		}
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if class(c)&alnum != 0 && (i == 0 || class(s[i-1])&alnum == 0) {
			if n := tokenAt(s[i:]); n > 0 {
				add(i, i+n)
				i += n - 1
				continue
			}
		}
		switch c {
		case '-':
			if strings.HasPrefix(s[i:], pemStart) {
				n := pemAt(s[i:])
				add(i, i+n)
				i += max(n-1, 0)
			}
		case ':':
			switch {
			case strings.HasPrefix(s[i:], "://"):
				add(urlPassword(s, i+3))
			default:
				add(headerValue(s, i))
			}
		case '=':
			add(assigned(s, i))
		}
	}
	return append(list, commandSecrets(s)...)
}

const (
	alnum = 1 << iota
	digit
	upper
	base64URL // and letters, digits: - and _
	blank     // ends a word
)

// class tells what sort of character c is. It is no table, since one would have
// to be made at each start.
func class(c byte) uint8 {
	switch {
	case 'a' <= c && c <= 'z':
		return alnum | base64URL
	case 'A' <= c && c <= 'Z':
		return alnum | upper | base64URL
	case '0' <= c && c <= '9':
		return alnum | digit | base64URL
	case c == '-' || c == '_':
		return base64URL
	}
	switch c {
	case ' ', '\t', '\r', '\n', ';', '|', '&', '(', ')', '<', '>', '"', '\'', '`':
		return blank
	}
	return 0
}

// forms are tokens as their makers publish them: a prefix, then characters of a
// class, at least min of them. Others than letters and digits must be told apart
// from words, which mixed says.
var forms = [...]struct {
	prefix string
	set    uint8
	min    int
	mixed  bool // digits among them, and capitals or 16 letters and digits in a row
}{
	{"npm_", alnum, 30, false},
	{"pypi-", base64URL, 20, true},
	{"ghp_", alnum, 20, false}, {"gho_", alnum, 20, false}, {"ghu_", alnum, 20, false},
	{"ghs_", alnum, 20, false}, {"ghr_", alnum, 20, false},
	{"github_pat_", base64URL, 20, false},
	{"glpat-", base64URL, 16, false}, {"gldt-", base64URL, 16, false}, {"glrt-", base64URL, 16, false},
	{"glptt-", base64URL, 16, false}, {"glcbt-", base64URL, 16, false},
	{"AKIA", upper | digit, 16, false}, {"ASIA", upper | digit, 16, false},
	{"sk_live_", alnum, 16, false}, {"sk_test_", alnum, 16, false}, {"rk_live_", alnum, 16, false},
	{"sk-", base64URL, 20, true},
	{"xoxb-", base64URL, 10, false}, {"xoxp-", base64URL, 10, false}, {"xoxa-", base64URL, 10, false},
	{"xoxr-", base64URL, 10, false}, {"xoxs-", base64URL, 10, false}, {"xoxe-", base64URL, 10, false}, {"xapp-", base64URL, 10, false},
	{"rubygems_", alnum, 32, false},
	{"cio", alnum, 32, true},
	{"oy2", alnum, 43, true}, // NuGet
	{"hf_", alnum, 30, false},
	{"AIza", base64URL, 35, false},
	{"dckr_pat_", base64URL, 20, false}, {"dop_v1_", alnum, 32, false},
	{"shpat_", alnum, 32, false}, {"figd_", base64URL, 20, true}, {"lin_api_", alnum, 32, false},
	{"whsec_", alnum, 24, true}, {"SG.", base64URL, 20, true},
	{keyPrefix, alnum, 32, false}, // our own
	{"AGE-SECRET-KEY-1", alnum, 32, false},
}

// tokenAt returns the length of the token that s begins with, or 0.
func tokenAt(s string) int {
	if s[0] == 'e' && strings.HasPrefix(s, "eyJ") {
		return jwtAt(s)
	}
	for i := range forms {
		f := &forms[i]
		if s[0] != f.prefix[0] || !strings.HasPrefix(s, f.prefix) {
			continue
		}
		n := len(f.prefix)
		for n < len(s) && class(s[n])&f.set != 0 && (f.set != upper|digit || class(s[n])&(upper|digit) != 0) {
			n++
		}
		if n-len(f.prefix) >= f.min && (!f.mixed || mixed(s[len(f.prefix):n])) {
			return n
		}
	}
	return 0
}

// mixed tells what was drawn at random from words with hyphens.
func mixed(s string) bool {
	digits, capitals, run, longest := false, false, 0, 0
	for i := range len(s) {
		c := class(s[i])
		digits = digits || c&digit != 0
		capitals = capitals || c&upper != 0
		if run++; c&alnum == 0 {
			run = 0
		}
		longest = max(longest, run)
	}
	return digits && (capitals || longest >= 16)
}

// jwtAt returns the length of a JSON Web Token (RFC 7519): two or three parts in
// base64url, of which the first encodes `{"`. It may end with the text, where
// that was cut.
func jwtAt(s string) int {
	n, dots := 0, 0
	for n < len(s) && (class(s[n])&base64URL != 0 || s[n] == '.') {
		if s[n] == '.' {
			dots++
		}
		n++
	}
	if n >= 20 && (dots == 2 || n == len(s)) && mixed(s[:n]) {
		return n
	}
	return 0
}

const pemStart = "-----BEGIN "

// pemAt returns the length of a private key in PEM (RFC 7468), or 0.
func pemAt(s string) int {
	head, _, _ := strings.Cut(s[len(pemStart):min(len(s), len(pemStart)+60)], "-----")
	if !strings.Contains(head, "PRIVATE KEY") {
		return 0
	}
	const end = "-----END "
	i := strings.Index(s, end)
	if i < 0 {
		return len(s)
	}
	if k := strings.Index(s[i+len(end):], "-----"); k >= 0 {
		return i + len(end) + k + len("-----")
	}
	return len(s)
}

// urlPassword finds the password in a URL whose authority begins at i, or the
// user's name if it is a token.
func urlPassword(s string, i int) (start, end int) {
	colon := -1
	for k := i; k < len(s); k++ {
		switch c := s[k]; {
		case c == '@':
			if colon >= 0 {
				return literal(s, colon+1, k)
			}
			if k-i >= 16 && mixed(s[i:k]) {
				return i, k
			}
			return 0, 0
		case c == ':' && colon < 0:
			colon = k
		case c == '/' || c == '?' || c == '#' || class(c)&blank != 0:
			return 0, 0
		}
	}
	return 0, 0
}

// literal returns the span unless it is nothing but a variable's name.
func literal(s string, start, end int) (int, int) {
	if isReference(s[start:end]) {
		return 0, 0
	}
	return start, end
}

// isReference reports whether a value is no secret itself: a variable's name, a
// command substitution, a placeholder, a mark of ours.
func isReference(v string) bool {
	switch {
	case v == "" || strings.Trim(v, "*x.-") == "":
		return true
	case strings.HasPrefix(v, "$'"): // a literal of bash
		return false
	case v[0] == '$' && len(v) > 1:
		rest := v[1:]
		switch rest[0] {
		case '(':
			return true
		case '{':
			return strings.IndexByte(rest, '}') == len(rest)-1
		}
		for i := range len(rest) {
			if class(rest[i])&alnum == 0 && rest[i] != '_' {
				return false
			}
		}
		return true
	case v[0] == '`', strings.HasPrefix(v, "<("), strings.HasPrefix(v, "<") && strings.HasSuffix(v, ">"),
		strings.HasPrefix(v, "{{"), strings.HasPrefix(v, "%") && strings.HasSuffix(v, "%"),
		strings.HasPrefix(v, "[redacted"):
		return true
	}
	return false
}

// headerValue finds the value of a header or of a member of an object that is
// named like a secret and whose colon is at i.
func headerValue(s string, i int) (start, end int) {
	quoted := i > 0 && (s[i-1] == '"' || s[i-1] == '\'')
	to := i
	if quoted {
		if to--; to > 0 && s[to-1] == '\\' { // within a string
			to--
		}
	}
	name := nameBefore(s, to)
	if name == "" || !secretName(name) {
		return 0, 0
	}
	// In prose a colon follows a word, too.
	header := strings.Contains(name, "-") || strings.EqualFold(name, "authorization")
	start = i + 1
	for start < len(s) && (s[start] == ' ' || s[start] == '\t') {
		start++
	}
	if strings.EqualFold(name, "authorization") || strings.EqualFold(name, "proxy-authorization") {
		end = start
		for end < len(s) && s[end] != '"' && s[end] != '\'' && s[end] != '\n' && s[end] != '\\' {
			end++
		}
		if scheme, _, ok := strings.Cut(s[start:end], " "); ok {
			start += len(scheme) + 1
		}
		return literal(s, start, end)
	}
	start, end = valueAt(s, start)
	if !quoted && !header && !(end-start >= 16 && mixed(s[start:end])) {
		return 0, 0
	}
	if !secretValue(name, s[start:end]) {
		return 0, 0
	}
	return start, end
}

// assigned finds the value of a variable, an option or a setting that is named
// like a secret and whose equals sign is at i.
func assigned(s string, i int) (start, end int) {
	to := i
	for to > 0 && (s[to-1] == ' ' || s[to-1] == '\t') { // `password = x` of settings
		to--
	}
	name := nameBefore(s, to)
	if !secretName(name) {
		return 0, 0
	}
	start = i + 1
	if to < i {
		for start < len(s) && (s[start] == ' ' || s[start] == '\t') {
			start++
		}
	}
	if start < len(s) && s[start] == '=' { // a comparison
		return 0, 0
	}
	start, end = valueAt(s, start)
	if start >= len(s) || !secretValue(name, s[start:end]) {
		return 0, 0
	}
	return start, end
}

// nameBefore returns the name that ends at i.
func nameBefore(s string, i int) string {
	start := i
	for start > 0 && (class(s[start-1])&(alnum|base64URL) != 0 || s[start-1] == '.') {
		start--
	}
	return s[start:i]
}

// valueAt returns the value that begins at i: what stands in quotes, or a word.
func valueAt(s string, i int) (start, end int) {
	if i+1 < len(s) && s[i] == '\\' && s[i+1] == '"' { // within a string
		if k := strings.Index(s[i+2:], `\"`); k >= 0 {
			return i + 2, i + 2 + k
		}
	}
	if strings.HasPrefix(s[i:], "$'") {
		i++
	}
	if i < len(s) && (s[i] == '"' || s[i] == '\'') {
		start = i + 1
		for end = start; end < len(s) && s[end] != s[i]; end++ {
			if s[end] == '\\' && s[i] == '"' {
				end++
			}
		}
		return start, min(end, len(s))
	}
	for end = i; end < len(s) && class(s[end])&blank == 0 && s[end] != ',' && s[end] != '}'; end++ {
		if s[end] == '\\' && end+1 < len(s) {
			if s[end+1] == 'n' || s[end+1] == '"' { // within a string
				break
			}
			end++
		}
		if strings.HasPrefix(s[end:], "${") {
			if k := strings.IndexByte(s[end:], '}'); k >= 0 {
				end += k
			}
		}
		if strings.HasPrefix(s[end:], "$(") {
			return i, len(s[:end]) + 2 // a reference, told by its begin
		}
	}
	return i, min(end, len(s))
}

// secretWord tells the words in names of secrets, in lower case.
func secretWord(w string) bool {
	for _, end := range []string{"token", "secret", "password", "passwd", "passphrase", "apikey", "secretkey", "privatekey", "accesskey", "authkey"} {
		if strings.HasSuffix(w, end) {
			return true
		}
	}
	switch w {
	case "pass", "auth", "authorization", "pwd", "pw":
		return true
	}
	return false
}

// about are last words of names that only speak of a secret: `TOKEN_FILE`,
// `--password-stdin`.
func about(w string) bool {
	switch w {
	case "file", "path", "stdin", "url", "uri", "endpoint", "type", "name", "id", "count", "len", "length", "limit",
		"ttl", "expiry", "expires", "prompt", "env", "var", "cmd", "command", "helper", "store", "dir", "kind",
		"method", "mode", "source", "version", "field", "format", "hash", "policy", "scope", "scopes":
		return true
	}
	return false
}

// secretName reports whether a variable, option, key or header of that name
// holds a secret.
func secretName(name string) bool {
	if len(name) > 200 {
		return false
	}
	found, last, words := false, "", 0
	for i := 0; i < len(name); {
		if class(name[i])&alnum == 0 {
			i++
			continue
		}
		k := i + 1
		for k < len(name) && class(name[k])&alnum != 0 && !(class(name[k])&upper != 0 && class(name[k-1])&upper == 0) {
			k++
		}
		w := strings.ToLower(name[i:k])
		words++
		if secretWord(w) || w == "key" && (last == "api" || last == "access" || last == "secret" || last == "private" || last == "auth") {
			found = true
		}
		last = w
		i = k
	}
	if !found || about(last) {
		return false
	}
	if words == 1 || words == 2 && (strings.EqualFold(name, "OLD_PWD") || strings.EqualFold(name, "SSH_AUTH_SOCK")) {
		switch last {
		case "pwd", "oldpwd", "pw", "pass":
			return last == "pass" && words == 1
		case "auth":
			return name == "_auth"
		}
	}
	return last != "sock" && last != "no"
}

// secretValue reports whether what is given to such a name is one: numbers and
// truth values given to a token are settings.
func secretValue(name, v string) bool {
	if isReference(v) {
		return false
	}
	signs := 0
	for i := range len(v) {
		if class(v[i])&alnum != 0 {
			signs++
		}
	}
	if signs < 2 && v[0] < 0x80 {
		return false
	}
	switch strings.ToLower(v) {
	case "true", "false", "yes", "no", "none", "null", "on", "off", "auto", "always", "never", "prompt", "undefined":
		return false
	}
	if strings.Contains(strings.ToLower(name), "pass") {
		return true
	}
	if len(v) < 7 {
		for i := range len(v) {
			if class(v[i])&digit == 0 {
				return true
			}
		}
		return false
	}
	return true
}
