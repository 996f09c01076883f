package code

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// A nodeWriter writes programs in JavaScript that start things and change files
// in many ways. They end without an error.
type nodeWriter struct {
	*rand.Rand
	b      strings.Builder
	texts  []string // variables that hold a text
	lists  []string // variables that hold a list of texts
	funcs  []string // functions of a text that return a text
	n      int
	depth  int
	indent string
}

// nodeProgram writes one program.
func nodeProgram(r *rand.Rand) string {
	w := &nodeWriter{Rand: r}
	w.line("const cp = %s;", w.pick("require('child_process')", "require('node:child_process')", "require('child_' + 'process')", "process.mainModule.require('child_process')"))
	w.line("const { execSync, spawnSync: start } = %s;", w.pick("cp", "require('child_process')"))
	w.line("const fs = require(%s);", w.pick("'fs'", "'node:fs'"))
	for range 3 + w.IntN(8) {
		w.statement()
	}
	w.act()
	return w.b.String()
}

func (w *nodeWriter) pick(list ...string) string { return list[w.IntN(len(list))] }

func (w *nodeWriter) line(f string, args ...any) {
	fmt.Fprintf(&w.b, w.indent+f+"\n", args...)
}

func (w *nodeWriter) fresh(prefix string) string {
	w.n++
	return prefix + strconv.Itoa(w.n)
}

var nodeWords = []string{"pip", "install", "-g", "npm", "x y", "it's", "a-b", "--flag", "ü", ""}

func (w *nodeWriter) literal() string {
	s := nodeWords[w.IntN(len(nodeWords))]
	switch w.IntN(5) {
	case 0:
		return "`" + s + "`"
	case 1:
		return strconv.QuoteToASCII(s)
	case 2:
		if s != "" {
			codes := []string{}
			for _, r := range s {
				codes = append(codes, strconv.Itoa(int(r)))
			}
			return "String.fromCharCode(" + strings.Join(codes, ", ") + ")"
		}
	}
	return "'" + strings.ReplaceAll(s, "'", `\'`) + "'"
}

// cond is a condition, known or not.
func (w *nodeWriter) cond() string {
	return w.pick("true", "false", "process.pid % 2 === 0", "Math.random() < 0.5", "process.env.VG_NONE", "!process.env.VG_NONE", "1 < 2", "'a' === 'b'", "typeof cp === 'object'")
}

// text is an expression of a text.
func (w *nodeWriter) text() string {
	if w.depth++; w.depth > 4 {
		w.depth--
		return w.literal()
	}
	defer func() { w.depth-- }()
	if len(w.texts) > 0 && w.IntN(3) == 0 {
		return w.texts[w.IntN(len(w.texts))]
	}
	switch w.IntN(16) {
	case 0, 1:
		return w.text() + " + " + w.literal()
	case 2:
		return "`" + w.pick("a ", "") + "${" + w.text() + "} ${" + w.text() + "}`"
	case 3:
		return w.list() + ".join(" + w.pick("' '", "','", "''") + ")"
	case 4:
		return "(" + w.cond() + " ? " + w.text() + " : " + w.text() + ")"
	case 5:
		return "(" + w.pick("process.env.VG_NONE", "''", "null", "undefined") + " || " + w.text() + ")"
	case 6:
		return "(" + w.text() + ")." + w.pick("toUpperCase()", "trim()", "toString()", "split('').reverse().join('')", "slice(1)", "replace('a', 'b')", "split(' ')[0]", "concat('z')", "padEnd(1)", "substring(0, 2)", "repeat(2)", "replaceAll('i', '-')")
	case 7:
		return "Buffer.from(Buffer.from(" + w.text() + ").toString('base64'), 'base64').toString()"
	case 8:
		return "((v) => " + w.pick("v", "v + '!'", "`${v}${v}`") + ")(" + w.text() + ")"
	case 9:
		return "({ k: " + w.text() + ", m() { return this.k; } })" + w.pick(".k", "['k']", ".m()")
	case 10:
		if len(w.funcs) > 0 {
			return w.funcs[w.IntN(len(w.funcs))] + "(" + w.text() + ")"
		}
	case 11:
		return "eval(" + strconv.Quote(w.literal()) + ")"
	case 12:
		return "JSON.parse(JSON.stringify({ a: [" + w.text() + "] })).a[0]"
	case 13:
		return "(" + w.list() + "[0] ?? " + w.literal() + ")"
	}
	return w.literal()
}

// list is an expression of a list of texts.
func (w *nodeWriter) list() string {
	if w.depth++; w.depth > 4 {
		w.depth--
		return "[" + w.literal() + "]"
	}
	defer func() { w.depth-- }()
	if len(w.lists) > 0 && w.IntN(3) == 0 {
		return w.lists[w.IntN(len(w.lists))]
	}
	switch w.IntN(10) {
	case 0:
		return "[..." + w.list() + ", " + w.text() + "]"
	case 1:
		return w.list() + ".map(e => e + " + w.literal() + ")"
	case 2:
		return w.list() + ".filter(e => e " + w.pick("!== ''", "=== 'pip'", "|| "+w.cond()) + ")"
	case 3:
		return w.list() + ".concat(" + w.pick(w.list(), w.text()) + ")"
	case 4:
		return w.list() + "." + w.pick("slice(1)", "slice(0, -1)", "slice()", "flat()")
	case 5:
		return "(" + w.text() + ").split(' ')"
	case 6:
		return "(" + w.cond() + " ? " + w.list() + " : " + w.list() + ")"
	case 7:
		return "Array.from(" + w.list() + ", e => e)"
	case 8:
		return "Object.values({ a: " + w.text() + ", b: " + w.text() + " })"
	}
	return "[" + w.text() + ", " + w.text() + "]"
}

// block writes statements that are nested; what they declare is theirs.
func (w *nodeWriter) block(head, tail string) {
	texts, lists, funcs := w.texts, w.lists, w.funcs
	w.line("%s", head)
	w.indent += "  "
	for range 1 + w.IntN(2) {
		w.statement()
	}
	w.indent = w.indent[2:]
	w.line("%s", tail)
	w.texts, w.lists, w.funcs = texts[:len(texts):len(texts)], lists[:len(lists):len(lists)], funcs[:len(funcs):len(funcs)]
}

func (w *nodeWriter) statement() {
	if len(w.indent) > 6 {
		w.act()
		return
	}
	switch w.IntN(17) {
	case 0, 1:
		n := w.fresh("t")
		w.line("%s %s = %s;", w.pick("let", "var"), n, w.text())
		w.texts = append(w.texts, n)
	case 2:
		n := w.fresh("l")
		w.line("let %s = [%s, %s];", n, w.text(), w.text())
		w.lists = append(w.lists, n)
	case 3:
		if len(w.texts) > 0 {
			w.line("%s %s %s;", w.texts[w.IntN(len(w.texts))], w.pick("=", "+="), w.text())
		}
	case 4:
		if len(w.lists) > 0 {
			w.line("%s.%s;", w.lists[w.IntN(len(w.lists))], w.pick("push("+w.text()+")", "unshift("+w.text()+")", "pop()", "reverse()", "splice(0, 1)", "splice(1, 0, "+w.text()+")", "sort()"))
		}
	case 5:
		n, a, b := w.fresh("d"), w.fresh("t"), w.fresh("t")
		w.line("const %s = { a: %s, rest: [%s] };", n, w.text(), w.text())
		w.line("let { a: %s, rest: [%s] } = %s;", a, b, n)
		w.texts = append(w.texts, a, b)
	case 6:
		w.function()
	case 7:
		w.block("if ("+w.cond()+") {", "}")
	case 8:
		w.block("if ("+w.cond()+") {", "} else {")
		w.block("", "}")
	case 9:
		e, over := w.fresh("e"), w.list()
		w.texts = append(w.texts, e)
		w.block("for (let "+e+" of [..."+over+"].slice(0, 5)) {", "}")
		w.texts = w.texts[:len(w.texts)-1]
	case 10:
		i := w.fresh("i")
		w.block("for (let "+i+" = 0; "+i+" < "+w.pick("2", "3", "process.pid % 3")+"; "+i+"++) {", "}")
	case 11:
		e, over := w.fresh("e"), w.list()
		w.texts = append(w.texts, e)
		w.block(over+".slice(0, 5).forEach(("+e+") => {", "});")
		w.texts = w.texts[:len(w.texts)-1]
	case 12:
		w.block("try {", "} catch (err) { }")
	case 13:
		w.block("switch ("+w.text()+") { case "+w.literal()+": default: {", "} }")
	case 14:
		w.class()
	default:
		w.act()
	}
}

// function writes a function of a text.
func (w *nodeWriter) function() {
	n, p := w.fresh("f"), w.fresh("p")
	texts, funcs := w.texts, w.funcs
	w.texts = append(w.texts[:len(w.texts):len(w.texts)], p)
	switch w.IntN(4) {
	case 0:
		w.line("const %s = (%s) => %s;", n, p, w.text())
	case 1:
		w.line("function %s(%s) {", n, p)
		w.indent += "  "
		w.act()
		w.line("if (%s) return %s;", w.cond(), w.text())
		w.line("return %s;", w.text())
		w.indent = w.indent[2:]
		w.line("}")
	case 2:
		w.line("const %s = ((c) => function (%s = 'd') { return c + %s; })(%s);", n, p, w.text(), w.literal())
	case 3:
		w.line("const %s = (...%ss) => { const [%s] = %ss; return %s; };", n, p, p, p, w.text())
	}
	w.texts, w.funcs = texts, append(funcs[:len(funcs):len(funcs)], n)
}

// class writes a class whose object starts something.
func (w *nodeWriter) class() {
	n, o := w.fresh("C"), w.fresh("o")
	w.line("class %s { x = %s; constructor(c) { this.c = c; } get full() { return this.c + this.x; } go(...a) { %s; return this; } }", n, w.literal(),
		w.pick("execSync(this.full)", "cp.spawnSync(this.c, a)", "cp.exec(this.x + a.join(' '))"))
	w.line("const %s = new %s(%s).go(%s, %s);", o, n, w.text(), w.text(), w.text())
	if w.IntN(3) == 0 {
		w.line("%s.c = %s; %s.go(%s);", o, w.text(), o, w.text())
	}
}

// act writes a call that is recorded.
func (w *nodeWriter) act() {
	switch w.IntN(17) {
	case 0, 1:
		w.line("%s(%s);", w.pick("cp.execSync", "execSync", "cp['exec' + 'Sync']", "cp.exec", "require('child_process').execSync"), w.text())
	case 2, 3:
		w.line("%s(%s, %s);", w.pick("cp.spawn", "start", "cp.execFileSync", "cp.execFile", "cp.spawnSync"), w.text(), w.list())
	case 4:
		w.line("cp.spawnSync(%s, { shell: true });", w.text())
	case 5:
		w.line("cp.spawnSync(%s, %s, { shell: %s });", w.text(), w.list(), w.pick("true", "false", "process.pid % 2 === 0"))
	case 6:
		w.line("fs.writeFileSync(%s, %s);", w.text(), w.text())
	case 7:
		w.line("fs.%s(%s);", w.pick("unlinkSync", "rmSync"), w.text())
	case 8:
		w.line("fs.%s(%s, %s);", w.pick("renameSync", "copyFileSync", "symlinkSync"), w.text(), w.text())
	case 9:
		w.line("fs.appendFileSync(%s, %s);", w.text(), w.text())
	case 10:
		w.line("fs.promises.writeFile(%s, %s);", w.text(), w.text())
	case 11:
		w.line("[%s].forEach(execSync.bind(null));", w.text())
	case 12:
		w.line("Reflect.apply(execSync, null, [%s]);", w.text())
	case 13:
		w.line("eval('execSync(' + JSON.stringify(%s) + ')');", w.text())
	case 14:
		w.line("new Function('run', 'c', 'run(c)')(execSync, %s);", w.text())
	case 15:
		w.line("Promise.resolve(%s).then(v => execSync(v));", w.text())
	case 16:
		w.line("setTimeout(() => execSync(%s), 0);", w.text())
	}
}
