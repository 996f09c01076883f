package python

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// isURL reports whether a text begins as the URL of a host does.
func isURL(s string) bool {
	for _, scheme := range [...]string{"http://", "https://", "ftp://", "ftps://", "s3://", "gs://", "ws://", "wss://"} {
		if strings.HasPrefix(s, scheme) {
			return true
		}
	}
	return false
}

// connect tells of a host that is talked to, and of what is sent to it.
func (e *evaluator) connect(url, sent value) {
	for _, u := range texts(url) {
		a := action.Act{Kind: action.ActConnect, URL: u}
		if sent.kind != unknown {
			a.Sent = strings.Join(texts(sent), "\n")
		}
		e.emit(a)
	}
}

// sent is all that a call sends beside its address.
func (e *evaluator) sent(args arguments, from int) value {
	var b strings.Builder
	var add func(v value, depth int)
	add = func(v value, depth int) {
		if depth > 4 || b.Len() > maxValue {
			return
		}
		switch v.kind {
		case list, tuple, set, dict, either:
			for _, x := range v.obj.items {
				add(x, depth+1)
			}
		case file:
			b.WriteString(e.fileText(v) + "\n")
		case str, bytesKind, path:
			b.WriteString(v.str + "\n")
		}
	}
	for _, v := range args.rest(from) {
		add(v, 0)
	}
	for _, a := range args.list {
		switch a.key {
		case "data", "json", "params", "headers", "files", "content", "auth", "body", "msg", "message", "cookies":
			add(a.value, 0)
		}
	}
	return text(b.String())
}

// address is the URL of a host and a port.
func address(host, port value) value {
	return pairs(host, port, func(h, p value) value { return text("tcp://" + h.show() + ":" + p.show() + "/") })
}

// hostFunction calls what talks to other hosts.
func (e *evaluator) hostFunction(f value, name string, args arguments) (value, bool) {
	url := args.get(0, "url")
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return value{}, false
	}
	on, last := name[:i], name[i+1:]
	reply := func(url value) (value, bool) {
		v := library(name + "()")
		v.from.url = texts(url)[0]
		return v, true
	}
	switch {
	case name == "urllib.request.Request":
		if f.obj == nil {
			v := library(name + "()")
			v.obj = &object{items: []value{url, e.sent(args, 1)}}
			return v, true
		}
	case name == "urllib.request.urlopen" || name == "urllib.urlopen" || on == "urllib.request.build_opener()" && last == "open":
		data := e.sent(args, 1)
		if url.kind == ref && url.obj != nil && len(url.obj.items) == 2 {
			url, data = url.obj.items[0], text(url.obj.items[1].str+data.str)
		}
		if s, ok := url.known(); ok && strings.HasPrefix(s, "file://") {
			e.reads(text(strings.TrimPrefix(s, "file://")))
			return text(e.read(strings.TrimPrefix(s, "file://"))), true
		}
		e.connect(url, data)
		return reply(url)
	case name == "urllib.request.urlretrieve" || name == "urllib.urlretrieve" || name == "wget.download" || name == "gdown.download" || name == "torch.hub.download_url_to_file":
		e.connect(url, value{})
		if to, ok := args.find(1, "filename"); ok || args.get(1, "out").kind != unknown {
			if !ok {
				to = args.get(1, "out")
			}
			e.writes(texts(to)[0], value{from: origin{url: texts(url)[0]}}, false)
		}
		return reply(url)
	case web(on):
		switch last {
		case "get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "send", "ws_connect", "urlopen", "fetch":
			from := 1
			if (last == "request" || last == "stream") && !strings.HasPrefix(on, "http.client") {
				url, from = args.get(1, "url"), 2
			}
			if base, ok := e.base(f); ok && url.isText() && !isURL(url.str) {
				url = text(strings.TrimSuffix(base, "/") + "/" + strings.TrimPrefix(url.str, "/"))
			}
			e.connect(url, e.sent(args, from))
			return reply(url)
		case "Session", "session", "Client", "AsyncClient", "ClientSession", "PoolManager":
			v := library(name + "()")
			if base, ok := args.find(-1, "base_url"); ok {
				v.obj = &object{items: []value{base}}
			}
			return v, true
		}
	case name == "http.client.HTTPConnection" || name == "http.client.HTTPSConnection" || name == "httplib.HTTPSConnection" || name == "httplib.HTTPConnection":
		host := args.get(0, "host")
		scheme := "http://"
		if strings.Contains(last, "HTTPS") {
			scheme = "https://"
		}
		at := e.binary("+", text(scheme), host)
		e.connect(at, value{})
		v := library(name + "()")
		v.obj = &object{items: []value{at}}
		return v, true
	case strings.HasPrefix(on, "http.client.HTTP") && last == "request" && f.obj != nil && len(f.obj.items) == 1:
		at := e.binary("+", f.obj.items[0], args.get(1, "url"))
		e.connect(at, e.sent(args, 2))
		return reply(at)
	case name == "socket.create_connection" || strings.HasPrefix(on, "socket.socket()") && (last == "connect" || last == "connect_ex" || last == "sendto"),
		name == "socket.socket().connect":
		at := args.get(0, "address")
		if last == "sendto" {
			at = args.get(len(args.rest(0))-1, "")
		}
		to := text("tcp://" + action.HoleText + "/")
		if isSeq(at) && len(at.obj.items) >= 2 {
			to = address(at.obj.items[0], at.obj.items[1])
		} else if at.kind == str {
			return value{}, true // a socket of this host
		}
		e.connect(to, value{})
		v := library(name + "()")
		if f.obj != nil {
			f.obj.items = []value{to}
		}
		v.obj = &object{items: []value{to}}
		return v, true
	case name == "socket.socket":
		v := library(name + "()")
		v.obj = &object{}
		return v, true
	case strings.HasPrefix(on, "socket.") && (last == "send" || last == "sendall") && f.obj != nil && len(f.obj.items) == 1:
		e.connect(f.obj.items[0], e.sent(args, 0))
		return value{}, true
	case name == "asyncio.open_connection" || name == "telnetlib.Telnet":
		e.connect(address(args.get(0, "host"), args.get(1, "port")), value{})
		return seq(tuple, []value{library(name + "()"), library(name + "()")}), true
	case name == "ftplib.FTP" || name == "ftplib.FTP_TLS":
		if host := args.get(0, "host"); host.kind != unknown {
			e.connect(e.binary("+", text("ftp://"), host), e.sent(args, 1))
		}
		return library(name + "()"), true
	case name == "smtplib.SMTP" || name == "smtplib.SMTP_SSL":
		host := args.get(0, "host")
		if host.kind == unknown && len(args.list) == 0 {
			return library(name + "()"), true
		}
		e.connect(e.binary("+", text("smtp://"), host), value{})
		return library(name + "()"), true
	case on == "paramiko.SSHClient()" && last == "connect", on == "fabric" && last == "Connection", on == "asyncssh" && last == "connect":
		e.connect(e.binary("+", text("ssh://"), args.get(0, "hostname")), value{})
		return library(name + "()"), true
	case name == "websockets.connect" || name == "websocket.create_connection" || name == "socketio.Client().connect" || name == "xmlrpc.client.ServerProxy":
		e.connect(url, value{})
		return reply(url)
	case name == "socket.gethostbyname" || name == "socket.getaddrinfo":
		e.connect(e.binary("+", text("dns://"), args.get(0, "host")), value{})
		return value{}, true
	}
	return value{}, false
}

// web reports whether something is a client of HTTP: a module, or a session of
// it.
func web(on string) bool {
	switch on {
	case "requests", "requests.api", "requests.Session()", "requests.session()", "requests.sessions.Session()", "httpx", "httpx.Client()", "httpx.AsyncClient()",
		"aiohttp", "aiohttp.ClientSession()", "urllib3", "urllib3.PoolManager()", "urllib3.request", "grequests", "curl_cffi.requests", "requests_html.HTMLSession()",
		"cloudscraper.create_scraper()", "niquests", "treq", "tornado.httpclient.HTTPClient()", "tornado.httpclient.AsyncHTTPClient()":
		return true
	}
	return false
}

// base is the URL that a client puts before others.
func (e *evaluator) base(f value) (string, bool) {
	if f.obj != nil && len(f.obj.items) == 1 {
		return f.obj.items[0].known()
	}
	return "", false
}
