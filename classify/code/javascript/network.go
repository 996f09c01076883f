package javascript

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// network handles the functions that talk to hosts: fetch, http and net of
// Node 22, and the libraries that most programs use.
func (m *machine) network(name string, args []value) (value, bool) {
	if len(args) == 0 {
		return value{}, false
	}
	root, last, _ := strings.Cut(name, ".")
	switch root {
	case "fetch", "node-fetch", "cross-fetch", "isomorphic-fetch", "undici", "axios", "got", "ky", "ofetch", "$fetch", "superagent", "needle", "request", "request-promise", "phin", "wretch", "bent", "make-fetch-happen", "minipass-fetch":
		switch last {
		case "create", "extend", "defaults", "setGlobalDispatcher", "isCancel", "jar":
			return nativeOf(root), true
		}
		return m.request(args), true
	case "http", "https", "http2":
		switch last {
		case "get", "request", "connect":
			return m.nodeRequest(root, args), true
		}
	case "net", "tls":
		switch last {
		case "connect", "createConnection":
			return m.connect("tcp", args), true
		}
	case "dns":
		if strings.HasPrefix(last, "resolve") || last == "lookup" {
			m.connectTo("dns://"+m.toText(args[0]), "")
			m.callbacks(args[1:], value{}, value{})
			return value{}, true
		}
	case "Deno", "Bun":
		switch last {
		case "connect", "connectTls":
			return m.connect("tcp", args), true
		}
	case "navigator":
		if last == "sendBeacon" {
			m.connectTo(m.toText(args[0]), m.sent(args[1:]))
			return value{}, true
		}
	}
	return value{}, false
}

// networkNew handles the classes whose objects are connections.
func (m *machine) networkNew(name string, args []value) (value, bool) {
	if len(args) > 0 {
		switch name {
		case "WebSocket", "ws", "ws.WebSocket", "EventSource", "eventsource", "undici.WebSocket", "undici.Client", "undici.Pool":
			m.connectTo(m.toText(args[0]), "")
			return value{url: m.toText(args[0])}, true
		case "Request", "undici.Request":
			v := newObject(plain)
			m.put(v.obj, "url", args[0])
			if len(args) > 1 {
				m.spreadInto(v.obj, args[1])
			}
			return v, true
		}
	}
	return value{}, false
}

// connectTo tells of a connection.
func (m *machine) connectTo(url, sent string) {
	m.emit(action.Act{Kind: action.ActConnect, URL: url, Sent: sent})
}

// request is f(url, options), f(options) or f(url, body, options).
func (m *machine) request(args []value) value {
	var out value
	for _, w := range args[0].choices() {
		url := m.toText(w)
		if w.is(plain) {
			url = action.HoleText
			for _, key := range [...]string{"url", "uri", "baseURL"} {
				if v, ok := w.obj.get(key); ok {
					url = m.toText(v)
				}
			}
		}
		m.connectTo(url, m.sent(args))
		out = either(out, value{url: url})
	}
	out = present(dropUnknown(out))
	m.callbacks(args[1:], value{}, out, out)
	return out
}

// dropUnknown leaves out the value that a loop began with.
func dropUnknown(v value) value {
	if v.kind == choice && len(v.alts) == 2 && same(v.alts[0], value{}) {
		return v.alts[1]
	}
	return v
}

// sent is what is sent of arguments: the texts in them.
func (m *machine) sent(args []value) string {
	var b strings.Builder
	for _, a := range args {
		m.sentOf(&b, a, 0)
	}
	return b.String()
}

func (m *machine) sentOf(b *strings.Builder, v value, depth int) {
	if depth > 4 || b.Len() > maxText {
		return
	}
	for _, w := range v.choices() {
		switch {
		case w.kind == text:
			b.WriteString(w.str + "\n")
		case w.is(settings):
			b.WriteString(action.HoleText)
		case w.kind == reference && (w.obj.class == plain || w.obj.class == array):
			for _, k := range w.obj.keys {
				m.sentOf(b, w.obj.props[k], depth+1)
			}
			for _, e := range w.obj.elems {
				m.sentOf(b, e, depth+1)
			}
		}
	}
}

// nodeRequest is http.get(url, options, callback), or with options alone.
func (m *machine) nodeRequest(scheme string, args []value) value {
	if scheme == "http2" {
		scheme = "https"
	}
	url := m.toText(args[0])
	if args[0].is(plain) {
		url = m.urlOf(scheme, args[0].obj)
	}
	m.connectTo(url, "")
	out := value{url: url}
	m.callbacks(args[1:], out)
	return out
}

// urlOf is the address in the options of Node's http.request.
func (m *machine) urlOf(scheme string, o *object) string {
	at := func(keys ...string) string {
		for _, k := range keys {
			if v, ok := o.get(k); ok && !isNothing(v) {
				return m.toText(v)
			}
		}
		return ""
	}
	if p := at("protocol"); p != "" {
		scheme = strings.TrimSuffix(p, ":")
	}
	host := at("hostname", "host")
	if host == "" {
		if host = "localhost"; o.open {
			host = action.HoleText
		}
	}
	if port := at("port"); port != "" {
		host += ":" + port
	}
	return scheme + "://" + host + at("path", "pathname")
}

// connect is net.connect(port, host) or net.connect({port, host}).
func (m *machine) connect(scheme string, args []value) value {
	host, port := "localhost", action.HoleText
	switch {
	case args[0].is(plain):
		for _, k := range [...]string{"hostname", "host"} {
			if v, ok := args[0].obj.get(k); ok {
				host = m.toText(v)
			}
		}
		if v, ok := args[0].obj.get("port"); ok {
			port = m.toText(v)
		} else if _, ok := args[0].obj.get("path"); ok {
			return value{} // a socket of this host
		}
	case args[0].kind == text && strings.HasPrefix(args[0].str, "/"):
		return value{}
	default:
		port = m.toText(args[0])
		if len(args) > 1 && (args[1].kind == text || args[1].vague()) {
			host = m.toText(args[1])
		}
	}
	url := scheme + "://" + host + ":" + port + "/"
	m.connectTo(url, "")
	out := value{url: url}
	m.callbacks(args, out)
	return out
}

// newURL is new URL(url, base).
func (m *machine) newURL(args []value) value {
	if len(args) == 0 {
		return value{}
	}
	if len(args) == 1 {
		return args[0]
	}
	return each(args[0], func(v value) value {
		name := m.toText(v)
		base := m.toText(args[1])
		switch {
		case strings.Contains(name, "://"):
			return v
		case strings.HasPrefix(base, "file://"):
			return str("file://" + m.resolve(name))
		case strings.HasPrefix(name, "/"):
			if i := strings.Index(base, "://"); i >= 0 {
				host, _, _ := strings.Cut(base[i+3:], "/")
				return str(base[:i+3] + host + name)
			}
		}
		if i := strings.LastIndexByte(base, '/'); i > len("https:/") {
			base = base[:i]
		}
		return str(strings.TrimSuffix(base, "/") + "/" + strings.TrimPrefix(name, "./"))
	})
}
