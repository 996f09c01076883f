package code

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// A generator writes Python programs that start stubs, touch files below their
// directory and connect to a port where nothing listens, each time with words that
// are put together in another way.
type generator struct {
	*rand.Rand
	head  []string // statements that what follows needs
	names int
}

func (g *generator) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g *generator) name(kind string) string {
	g.names++
	return kind + strconv.Itoa(g.names)
}

func (g *generator) need(lines ...string) {
	for _, line := range lines {
		if !slices.Contains(g.head, line) {
			g.head = append(g.head, line)
		}
	}
}

// add puts lines that are needed once.
func (g *generator) add(format string, args ...any) {
	g.head = append(g.head, fmt.Sprintf(format, args...))
}

func quote(s string) string { return strconv.QuoteToASCII(s) }

func list(words []string) string {
	var q []string
	for _, w := range words {
		q = append(q, quote(w))
	}
	return "[" + strings.Join(q, ", ") + "]"
}

// text returns an expression for a text; what it needs goes before.
func (g *generator) text(s string, depth int) string {
	if depth <= 0 {
		return quote(s)
	}
	part := func(s string) string { return g.text(s, depth-1-g.IntN(2)) }
	i := g.IntN(len(s) + 1)
	switch g.IntN(34) {
	case 0:
		return "(" + part(s[:i]) + " + " + part(s[i:]) + ")"
	case 1:
		v := g.name("v")
		g.add("%s = %s", v, part(s[:i]))
		return "f" + quote("{"+v+"}"+strings.NewReplacer("{", "{{", "}", "}}").Replace(s[i:]))
	case 2:
		return "(" + quote("%s"+strings.ReplaceAll(s[i:], "%", "%%")) + " % " + part(s[:i]) + ")"
	case 3:
		return quote("{}"+strings.NewReplacer("{", "{{", "}", "}}").Replace(s[i:])) + ".format(" + part(s[:i]) + ")"
	case 4:
		return quote(" ") + ".join(" + list(strings.Split(s, " ")) + ")"
	case 5:
		r := []byte(s)
		slices.Reverse(r)
		return quote(string(r)) + "[::-1]"
	case 6:
		return quote(strings.ReplaceAll(s, "p", "@")) + ".replace('@', 'p')"
	case 7:
		g.need("import base64")
		return "base64.b64decode(" + quote(base64.StdEncoding.EncodeToString([]byte(s))) + ").decode()"
	case 8:
		return "bytes.fromhex(" + quote(hex.EncodeToString([]byte(s))) + ").decode('ascii')"
	case 9:
		var codes []string
		for _, c := range []byte(s) {
			codes = append(codes, strconv.Itoa(int(c)))
		}
		return "''.join(chr(c) for c in [" + strings.Join(codes, ", ") + "])"
	case 10:
		return quote("xx"+s+"yy") + "[2:-2]"
	case 11:
		d := g.name("d")
		g.add("%s = {'k': %s, 'l': 'other'}", d, part(s))
		return g.pick(d+"['k']", d+".get('k')", d+".get('k', 'none')", "{**"+d+"}['k']")
	case 12:
		f := g.name("f")
		g.add("def %s(a, b=%s):\n    return a + b", f, part(s[i:]))
		return f + "(" + part(s[:i]) + ")"
	case 13:
		c := g.name("C")
		g.add("class %s:\n    word = %s\n    def get(self):\n        return self.word", c, part(s))
		return g.pick(c+".word", c+"().get()", "getattr("+c+"(), 'wo' + 'rd')")
	case 14:
		return "(lambda x: x + " + part(s[i:]) + ")(" + part(s[:i]) + ")"
	case 15:
		v := g.name("v")
		g.add("%s, *%sr = (%s, 'b', 'c')", v, v, part(s))
		return v
	case 16:
		return "[" + part("no") + ", " + part(s) + "][" + g.pick("1", "-1") + "]"
	case 17:
		return part(" "+s+"\n") + ".strip()"
	case 18:
		g.need("import zlib")
		return "zlib.decompress(b" + zlibbed(s) + ").decode()"
	case 19:
		v := g.name("v")
		g.add("%s = ''\nfor part in %s:\n    %s += part", v, list([]string{s[:i], s[i:]}), v)
		return v
	case 20:
		v := g.name("v")
		g.add("%s = 'first'\nif len(%s) > 2:\n    %s = %s", v, quote("abc"), v, part(s))
		return v
	case 21:
		g.need("import json")
		return "json.loads(" + quote(`["`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)+`"]`) + ")[0]"
	case 22:
		g.need("import os")
		k := strings.ToUpper(g.name("key"))
		g.add("os.environ[%s] = %s", quote(k), part(s))
		return g.pick("os.environ["+quote(k)+"]", "os.getenv("+quote(k)+")", "os.environ.get("+quote(k)+", '')")
	case 23:
		file := g.name("data")
		g.add("with open(%s, 'w') as out:\n    out.write(%s)", quote(file), part(s))
		return g.pick("open("+quote(file)+").read()", "__import__('pathlib').Path("+quote(file)+").read_text()")
	case 24:
		g.need("import codecs")
		rot := strings.Map(func(r rune) rune {
			switch {
			case 'a' <= r && r <= 'z':
				return 'a' + (r-'a'+13)%26
			case 'A' <= r && r <= 'Z':
				return 'A' + (r-'A'+13)%26
			}
			return r
		}, s)
		return "codecs.decode(" + quote(rot) + ", 'rot13')"
	case 25:
		v := g.name("v")
		g.add("try:\n    import %s_missing\n    %s = 'never'\nexcept ImportError:\n    %s = %s", v, v, v, part(s))
		return v
	case 26:
		f := g.name("f")
		g.add("def %s():\n    yield %s\n    yield %s", f, quote(s[:i]), quote(s[i:]))
		return "''.join(" + f + "())"
	case 27:
		v := g.name("v")
		g.add("%s = []\n%s.append(%s)\n%s.extend([%s])", v, v, part(s[:i]), v, quote(s[i:]))
		return "''.join(" + v + ")"
	case 28:
		g.need("import string")
		return "string.Template('${a}' + " + quote(strings.ReplaceAll(s[i:], "$", "$$")) + ").substitute(a=" + part(s[:i]) + ")"
	case 29:
		return "(" + part(s) + " if True else " + quote("no") + ")"
	case 30:
		f := g.name("f")
		g.add("def %s(*words, **named):\n    return words[0] + named['end']", f)
		return f + "(*[" + part(s[:i]) + "], **{'end': " + quote(s[i:]) + "})"
	case 31:
		return "str(bytes(" + part(s) + ", 'utf8'), 'utf8')"
	case 32:
		f := g.name("f")
		g.add("def %s(a):\n    def inner():\n        return a + %s\n    return inner", f, quote(s[i:]))
		return f + "(" + part(s[:i]) + ")()"
	default:
		return "next(iter([" + part(s) + "]))"
	}
}

// zlibbed is the literal of a compressed text, without its prefix.
func zlibbed(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	var lit strings.Builder
	for _, c := range b.Bytes() {
		fmt.Fprintf(&lit, "\\x%02x", c)
	}
	return `"` + lit.String() + `"`
}

// words returns an expression for a list of words.
func (g *generator) words(w []string, depth int) string {
	switch g.IntN(7) {
	case 0:
		return g.text(strings.Join(w, " "), depth) + ".split()"
	case 1:
		g.need("import shlex")
		return "shlex.split(" + g.text(strings.Join(w, " "), depth) + ")"
	case 2:
		i := g.IntN(len(w))
		return "[*" + list(w[:i]) + ", *" + list(w[i:]) + "]"
	case 3:
		v := g.name("argv")
		g.add("%s = %s\n%s += %s", v, list(w[:1]), v, list(w[1:]))
		return v
	case 4:
		v := g.name("argv")
		g.add("%s = [%s]\nfor word in %s:\n    %s.append(word)", v, g.text(w[0], depth), list(w[1:]), v)
		return v
	default:
		var q []string
		for _, x := range w {
			q = append(q, g.text(x, depth-1))
		}
		return "[" + strings.Join(q, ", ") + "]"
	}
}

// module returns an expression for a module.
func (g *generator) module(name string) string {
	switch g.IntN(8) {
	case 0:
		return "__import__(" + g.text(name, 1) + ")"
	case 1:
		g.need("import importlib")
		return "importlib.import_module(" + g.text(name, 1) + ")"
	case 2:
		m := g.name("m")
		g.need("import " + name + " as " + m)
		return m
	case 3:
		g.need("import sys", "import "+name)
		return "sys.modules[" + g.text(name, 1) + "]"
	case 4:
		g.need("import " + name)
		return "globals()[" + g.text(name, 1) + "]"
	default:
		g.need("import " + name)
		return name
	}
}

// function returns an expression for a function of a module.
func (g *generator) function(module, name string) string {
	switch g.IntN(8) {
	case 0:
		return "getattr(" + g.module(module) + ", " + g.text(name, 1) + ")"
	case 1:
		f := g.name("fn")
		g.need("from " + module + " import " + name + " as " + f)
		return f
	case 2:
		g.need("import functools")
		return "functools.partial(" + g.module(module) + "." + name + ")"
	case 3:
		f := g.name("fn")
		g.add("%s = %s.%s", f, g.module(module), name)
		return f
	case 4:
		return "vars(" + g.module(module) + ")[" + g.text(name, 1) + "]"
	default:
		return g.module(module) + "." + name
	}
}

// start returns a statement that starts a stub.
func (g *generator) start() string {
	w := []string{"stub" + strconv.Itoa(g.IntN(3)), g.pick("a", "install", "--x=y"), "w" + strconv.Itoa(g.IntN(100))}
	shell := strings.Join(w, " ")
	depth := g.IntN(4)
	switch g.IntN(14) {
	case 0, 1:
		return g.function("os", "system") + "(" + g.text(shell, depth) + ")"
	case 2:
		return g.function("os", "popen") + "(" + g.text(shell, depth) + ").read()"
	case 3, 4:
		return g.function("subprocess", g.pick("run", "call", "check_call", "check_output")) + "(" + g.words(w, depth) + ")"
	case 5:
		return g.function("subprocess", g.pick("run", "call", "check_output", "Popen")) + "(" + g.text(shell, depth) + ", shell=True)"
	case 6:
		return g.function("subprocess", "Popen") + "(" + g.words(w, depth) + ").wait()"
	case 7:
		g.need("import os")
		return "pid = os.fork()\nif pid == 0:\n    os.execvp(" + g.text(w[0], depth) + ", " + list(w) + ")\nos.waitpid(pid, 0)"
	case 8:
		return g.function("os", "spawnvp") + "(0, " + g.text(w[0], depth) + ", " + list(w) + ")"
	case 9:
		g.need("import os")
		return "os.waitpid(" + g.function("os", "posix_spawnp") + "(" + g.text(w[0], depth) + ", " + list(w) + ", os.environ), 0)"
	case 10:
		g.need("import asyncio")
		f := g.name("co")
		return "async def " + f + "():\n    p = await asyncio.create_subprocess_exec(*" + g.words(w, depth) + ")\n    await p.wait()\nasyncio.run(" + f + "())"
	case 11:
		g.need("import os", "import threading")
		return "t = threading.Thread(target=os.system, args=(" + g.text(shell, depth) + ",)); t.start(); t.join()"
	case 12:
		g.need("import os")
		return g.pick("exec", "eval") + "(" + g.text("os.system("+quote(shell)+")", depth) + ")"
	default:
		g.need("import os")
		return g.pick("list(map(os.system, ["+g.text(shell, depth)+"]))", "[os.system(c) for c in ("+g.text(shell, depth)+",)]")
	}
}

// touch returns a statement that uses a file or a host.
func (g *generator) touch() string {
	a, b := g.name("file"), g.name("file")
	depth := g.IntN(3)
	made := "open(" + quote(a) + ", 'w').close()\n"
	switch g.IntN(12) {
	case 0:
		return "with open(" + g.text(a, depth) + ", 'w') as out:\n    out.write('x')"
	case 1:
		g.need("import pathlib")
		return "pathlib.Path(" + g.text(a, depth) + ").write_text('x')"
	case 2:
		return made + "open(" + g.text(a, depth) + ").read()"
	case 3:
		return made + g.function("os", g.pick("remove", "unlink")) + "(" + g.text(a, depth) + ")"
	case 4:
		return made + g.function("os", g.pick("rename", "replace", "symlink", "link")) + "(" + g.text(a, depth) + ", " + g.text(b, depth) + ")"
	case 5:
		return made + g.function("shutil", g.pick("copy", "copyfile", "move")) + "(" + g.text(a, depth) + ", " + g.text(b, depth) + ")"
	case 6:
		return g.function("os", "mkdir") + "(" + g.text(a, depth) + ")"
	case 7:
		return made + g.function("os", "chmod") + "(" + g.text(a, depth) + ", 0o600)"
	case 8:
		g.need("import json")
		return "with open(" + g.text(a, depth) + ", mode='a') as out:\n    json.dump([1], out)"
	case 9:
		g.need("import pathlib")
		return made + "(pathlib.Path('.') / " + g.text(a, depth) + ")." + g.pick("unlink()", "rename("+g.text(b, depth)+")", "read_bytes()")
	case 10:
		return "try:\n    " + g.function("socket", "create_connection") + "((" + g.text("127.0.0.1", 1) + ", 9), timeout=1)\nexcept OSError:\n    pass"
	default:
		g.need("import urllib.request")
		return "try:\n    urllib.request.urlopen(" + g.text("http://127.0.0.1:9/x", depth) + ", timeout=1)\nexcept OSError:\n    pass"
	}
}

// statement wraps what is done into control flow.
func (g *generator) statement() string {
	body := g.start()
	if g.IntN(3) == 0 {
		body = g.touch()
	}
	in := func(head string) string { return head + "\n    " + strings.ReplaceAll(body, "\n", "\n    ") }
	switch g.IntN(12) {
	case 0:
		return in("if len('ab') == 2:")
	case 1:
		if !strings.Contains(body, "mkdir") && !strings.Contains(body, "link") {
			return in("for i in range(2):")
		}
	case 2:
		f := g.name("f")
		return in("def "+f+"(x=1):") + "\n" + f + "()"
	case 3:
		c := g.name("C")
		return "class " + c + ":\n    def go(self):\n        " + strings.ReplaceAll(body, "\n", "\n        ") + "\n" + c + "().go()"
	case 4:
		return in("try:\n    raise ValueError\nexcept ValueError:")
	case 5:
		return in("while True:") + "\n    break"
	case 6:
		return in("try:\n    pass\nfinally:")
	case 7:
		f := g.name("f")
		return in("def "+f+"(n):\n    if n:\n        return "+f+"(n - 1)") + "\n" + f + "(2)"
	case 8:
		g.need("import contextlib")
		return in("with contextlib.suppress(OSError):")
	case 9:
		f := g.name("f")
		return in("def "+f+"(fn):\n    return fn\n@"+f+"\ndef "+f+"x():") + "\n" + f + "x()"
	}
	return body
}

// program returns one of a few statements.
func (g *generator) program() string {
	g.head, g.names = nil, 0
	var out []string
	for range 1 + g.IntN(3) {
		n := len(g.head)
		st := g.statement()
		out = append(out, g.head[n:]...)
		g.head = g.head[:n]
		for _, line := range out {
			if strings.HasPrefix(line, "import ") || strings.HasPrefix(line, "from ") {
				g.head = append(g.head, line)
			}
		}
		out = append(out, st)
	}
	return strings.Join(out, "\n") + "\n"
}
