package javascript

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/tdewolff/parse/v2/js"

	"github.com/venv-guard/venv-guard/action"
)

// makesCode handles the functions that make code of text (Node 22: vm,
// worker_threads, timers).
func (m *machine) makesCode(name string, args []value) (value, bool) {
	if len(args) == 0 {
		return value{}, false
	}
	switch name {
	case "eval":
		return m.runCode(args[0], m.scope), true
	case "vm.runInThisContext", "vm.runInNewContext", "vm.runInContext", "vm.compileFunction", "vm2.run", "module._compile", "requireFromString", "require-from-string":
		return m.runCode(args[0], nil), true
	case "Function":
		return m.makeFunction(args), true
	case "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "process.nextTick":
		if args[0].kind == text {
			m.runCode(args[0], nil)
			return value{}, true
		}
		m.andLater(func() value { m.callbacks(args[:1], args[min(2, len(args)):]...); return value{} })
		return value{}, true
	}
	return value{}, false
}

// maxNesting bounds code inside strings inside code.
const maxNesting = 6

// runCode reads the code that a value is: the value of its last expression.
func (m *machine) runCode(v value, scope *frame) value {
	var out value
	for _, w := range v.choices() {
		switch {
		case w.is(function):
			out = either(out, w) // eval of what is no text gives it back
		default:
			out = m.runText(w, scope)
		}
	}
	return out
}

func (m *machine) runText(v value, scope *frame) value {
	code := m.toText(v)
	if v.kind == number || v.kind == boolean {
		return v
	}
	m.nesting++
	defer func() { m.nesting-- }()
	var tree *js.AST
	if m.nesting <= maxNesting && m.work(len(code)/16) {
		tree, _ = parseProgram(code)
	}
	if tree == nil {
		m.emitCode(v, code)
		return value{}
	}
	// What stands in a text has no place in the file: its acts are those of
	// the call that runs it.
	file, at := m.file, m.at
	m.file = file.inText(at)
	defer func() { m.file, m.at = file, at }()
	if scope == nil {
		scope = &frame{parent: m.global, hasIt: true, this: nativeOf("globalThis"), call: &call{}}
	} else {
		scope = &frame{parent: scope, call: scope.call}
	}
	m.declare(scope, tree.BlockStmt.Scope.Declared)
	var last value
	stmts := tree.BlockStmt.List
	if n := len(stmts); n > 0 {
		if e, ok := stmts[n-1].(*js.ExprStmt); ok {
			if m.block(stmts[:n-1], scope)&goesOn != 0 {
				last = m.eval(e.Value, scope)
			}
			return last
		}
	}
	m.block(stmts, scope)
	return last
}

// emitCode tells of code that is run and could not be read.
func (m *machine) emitCode(v value, code string) {
	if v.source != "" && action.OnlyHoles(code) {
		m.emit(action.Act{Start: action.Start{Text: v.source + " | node", Lang: "sh"}})
		return
	}
	m.emit(action.Act{Start: action.Start{Text: code, Lang: m.language()}, URL: v.url})
}

// language is what code in strings is in.
func (m *machine) language() string {
	if m.Lang == "" || m.Lang == "typescript" {
		return "node"
	}
	return m.Lang
}

// makeFunction is Function(parameters…, body).
func (m *machine) makeFunction(args []value) value {
	if len(args) == 0 {
		return m.hook(func([]value) value { return value{kind: undefined} })
	}
	body := args[len(args)-1]
	code, ok := body.known()
	if !ok {
		return m.hook(func([]value) value { m.emitCode(body, m.toText(body)); return value{} })
	}
	var params []string
	for _, a := range args[:len(args)-1] {
		params = append(params, m.toText(a))
	}
	fn := m.runText(str("(function anonymous("+strings.Join(params, ",")+"\n) {\n"+code+"\n})"), nil)
	if fn.is(function) {
		fn.obj.fn.this = nativeOf("globalThis")
	}
	return fn
}

// worker is new Worker(code, {eval: true}) or new Worker(file).
func (m *machine) worker(args []value) {
	if len(args) == 0 {
		return
	}
	o, _ := m.options(args[1:])
	if o != nil {
		if v, ok := o.get("eval"); ok {
			if yes, known := v.bool(); yes || !known {
				m.runCode(args[0], nil)
				return
			}
		}
	}
	if name, ok := args[0].known(); ok {
		if code, ok := dataURL(name); ok {
			m.runCode(str(code), nil)
			return
		}
		m.require(args[0])
	}
}

// dataURL returns the text of a data: URL.
func dataURL(s string) (string, bool) {
	rest, ok := strings.CutPrefix(s, "data:")
	if !ok {
		return "", false
	}
	kind, data, ok := strings.Cut(rest, ",")
	if !ok {
		return "", false
	}
	if strings.HasSuffix(kind, ";base64") {
		b, err := base64.StdEncoding.DecodeString(data)
		return string(b), err == nil
	}
	return percentDecoded(data), true
}

// percentDecoded is decodeURIComponent.
func percentDecoded(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
