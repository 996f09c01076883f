package shell

import (
	"path"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// A fetch is what a program would get from the network.
type fetch struct {
	tool, url string
	urls      []string // all that are named
	file      string   // where it is stored; "" for standard output
}

// Letters of short options that take a value: curl 8.5 (docs/cmdline-opts) and
// wget 1.24 (src/main.c).
const (
	curlValues = "AbcCdDeEFHKmoPQrTtuUwxXyYz"
	wgetValues = "aABDeiIloOPQRtTUwX"
)

// fetchOf returns what a program would fetch, if it is one that fetches.
func fetchOf(name string, args []string) (fetch, bool) {
	f := fetch{tool: name}
	switch name {
	case "curl", "wget", "wget2":
		f.web(args)
	case "iwr", "irm", "invoke-webrequest", "invoke-restmethod", "http", "https", "xh", "xhs", "aria2c", "axel", "fetch", "lynx", "w3m", "links", "elinks", "nc", "ncat", "netcat", "telnet", "socat":
		for _, a := range args {
			if strings.Contains(a, "://") || f.url == "" && !strings.HasPrefix(a, "-") && strings.ContainsAny(a, ".:") {
				f.url = a
				f.urls = append(f.urls, a)
			}
		}
	default:
		return f, false
	}
	return f, true
}

// web reads the command line of curl or wget.
func (f *fetch) web(args []string) {
	curl := f.tool == "curl"
	values := wgetValues
	if curl {
		values = curlValues
	}
	remoteName, dir := false, ""
	for i := 0; i < len(args); i++ {
		a := args[i]
		if len(a) < 2 || a[0] != '-' {
			f.urls = append(f.urls, a)
			if f.url == "" || strings.Contains(a, "://") && !strings.Contains(f.url, "://") {
				f.url = a
			}
			continue
		}
		opt, val, has := a, "", false
		if strings.HasPrefix(a, "--") {
			opt, val, has = strings.Cut(a, "=")
			if !has && longValue(opt) && i+1 < len(args) {
				i++
				val, has = args[i], true
			}
		} else {
			for k := 1; k < len(a) && !has; k++ {
				opt = "-" + a[k:k+1]
				if strings.IndexByte(values, a[k]) >= 0 {
					val, has = a[k+1:], true
					if val == "" && i+1 < len(args) {
						i++
						val = args[i]
					}
				} else if curl && a[k] == 'O' {
					remoteName = true
				}
			}
		}
		switch {
		case opt == "--url" && has:
			f.url = val
			f.urls = append(f.urls, val)
		case opt == "--output" || opt == "--output-document" || curl && opt == "-o" && has || !curl && opt == "-O" && has:
			f.file = val
		case opt == "--remote-name" || opt == "--remote-name-all":
			remoteName = true
		case opt == "--output-dir" || opt == "--directory-prefix" || !curl && opt == "-P" && has:
			dir = val
		}
	}
	switch {
	case f.file == "-":
		f.file = ""
	case f.file == "" && (remoteName || !curl) && f.url != "":
		f.file = path.Base(strings.TrimRight(f.url, "/"))
	}
	if dir != "" && f.file != "" && (curl || !path.IsAbs(f.file)) {
		f.file = path.Join(dir, f.file)
	}
	if addr, ok := strings.CutPrefix(f.url, "file://"); ok && path.IsAbs(addr) {
		f.url = "file://" + path.Clean(addr)
	}
}

// longValue reports whether a long option of curl or wget takes the next word
// as its value, among those that are met.
func longValue(opt string) bool {
	switch opt {
	case "--output", "--url", "--output-dir", "--output-document", "--directory-prefix", "--header", "--user-agent", "--referer", "--proxy", "--data", "--data-raw",
		"--data-binary", "--data-urlencode", "--json", "--form", "--request", "--user", "--cookie", "--cookie-jar", "--max-time", "--connect-timeout", "--retry",
		"--retry-delay", "--retry-max-time", "--write-out", "--cacert", "--cert", "--key", "--resolve", "--tries", "--timeout", "--post-data", "--password", "--dump-header",
		"--config", "--range", "--limit-rate", "--max-redirs", "--interface", "--noproxy", "--tls-max", "--ciphers", "--proto", "--proto-default", "--proto-redir", "--output-file", "--waitretry":
		return true
	}
	return false
}

// fetch lays what a program fetches over the files, or prints it.
func (e *evaluator) fetch(s *state, f fetch) {
	text := e.mint(origin{kind: fetched, tool: f.tool, url: f.url})
	if f.file == "" {
		if file, ok := strings.CutPrefix(f.url, "file://"); ok {
			if known, ok := e.readText(s, file); ok {
				text = known
			}
		}
		s.write(text)
		return
	}
	s.put(world.Write{Path: s.abs(f.file), Kind: world.File, Content: text, Unknown: true, Exec: true})
	s.write(action.HoleText)
}

// connection returns the address of a file name by which bash opens a
// connection (bash 5.2, "Redirections").
func connection(name string) (string, bool) {
	for _, proto := range [...]string{"tcp", "udp"} {
		if addr, ok := strings.CutPrefix(name, "/dev/"+proto+"/"); ok && addr != "" {
			return proto + "://" + strings.Replace(addr, "/", ":", 1), true
		}
	}
	return "", false
}
