package javascript

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tdewolff/parse/v2/js"

	"github.com/venv-guard/venv-guard/action"
)

// eval returns the value of an expression, and does what it does.
func (m *machine) eval(e js.IExpr, f *frame) value {
	if e == nil || !m.enter() {
		return value{}
	}
	defer m.leave()
	switch e := e.(type) {
	case *js.Var:
		return m.variable(e.Data, f)
	case *js.LiteralExpr:
		return m.literal(e, f)
	case js.LiteralExpr:
		return m.literal(&e, f)
	case *js.GroupExpr:
		return m.eval(e.X, f)
	case *js.TemplateExpr:
		return m.template(e, f)
	case *js.ArrayExpr:
		return m.arrayExpr(e, f)
	case *js.ObjectExpr:
		return m.objectExpr(e, f)
	case *js.DotExpr:
		on := m.eval(e.X, f)
		if e.Optional {
			on = defined(on)
		}
		return m.member(on, str(dotName(e.Y)))
	case *js.IndexExpr:
		on := m.eval(e.X, f)
		return m.member(on, m.eval(e.Y, f))
	case *js.CallExpr:
		return m.callExpr(e, f)
	case *js.NewExpr:
		return m.newExpr(e, f)
	case *js.UnaryExpr:
		return m.unary(e, f)
	case *js.BinaryExpr:
		return m.binary(e, f)
	case *js.CondExpr:
		return m.condExpr(e, f)
	case *js.CommaExpr:
		v := value{}
		for _, x := range e.List {
			v = m.eval(x, f)
		}
		return v
	case *js.ArrowFunc:
		return m.function(&closure{params: &e.Params, body: &e.Body, env: f, arrow: true})
	case *js.FuncDecl:
		return m.funcExpr(e, f)
	case *js.MethodDecl:
		return m.function(&closure{params: &e.Params, body: &e.Body, env: f})
	case *js.ClassDecl:
		return m.classValue(e, f)
	case *js.YieldExpr:
		return m.yield(e, f)
	case *js.VarDecl:
		m.declaration(e, f)
	case *js.ImportMetaExpr:
		return nativeOf("import.meta")
	}
	return value{}
}

// defined is a value of which ?. asks a member: it is there.
func defined(v value) value {
	if v.kind != choice {
		return v
	}
	var out []value
	for _, w := range v.alts {
		if w.kind != undefined && w.kind != null {
			out = append(out, w)
		}
	}
	if len(out) == 1 {
		return out[0]
	} else if len(out) == 0 {
		return value{kind: undefined}
	}
	return value{kind: choice, alts: out}
}

func dotName(e js.IExpr) string {
	switch e := e.(type) {
	case *js.LiteralExpr:
		return string(e.Data)
	case js.LiteralExpr:
		return string(e.Data)
	case *js.Var:
		return string(e.Data)
	}
	return ""
}

func (m *machine) variable(name []byte, f *frame) value {
	if c := f.find(name); c != nil {
		return c.v
	}
	if string(name) == "arguments" && f.call != nil {
		return f.call.args
	}
	return m.globalOf(string(name))
}

func (m *machine) literal(e *js.LiteralExpr, f *frame) value {
	switch e.TokenType {
	case js.StringToken:
		return str(unquote(e.Data))
	case js.TrueToken, js.FalseToken:
		return truth(e.TokenType == js.TrueToken)
	case js.NullToken:
		return value{kind: null}
	case js.ThisToken:
		return f.self()
	case js.SuperToken:
		for g := f; g != nil; g = g.parent {
			if g.super.kind != unknown {
				return g.super
			}
		}
		return value{}
	case js.ImportToken:
		return nativeOf("require")
	case js.RegExpToken:
		v := newObject(regexp)
		v.obj.text = string(e.Data)
		return v
	case js.DecimalToken, js.IntegerToken, js.BinaryToken, js.OctalToken, js.HexadecimalToken:
		return parseNumber(string(e.Data))
	}
	return value{}
}

func parseNumber(s string) value {
	s = strings.ReplaceAll(strings.TrimSuffix(s, "n"), "_", "")
	if len(s) > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '7' {
		s = "0o" + s[1:]
	}
	if i, err := strconv.ParseInt(s, 0, 64); err == nil {
		return num(float64(i))
	}
	if v, err := strconv.ParseFloat(s, 64); err == nil {
		return num(v)
	}
	return value{}
}

// unquote returns what a string literal stands for.
func unquote(lit []byte) string {
	if len(lit) < 2 {
		return ""
	}
	return cook(string(lit[1 : len(lit)-1]))
}

// cook resolves the escapes of a string or template.
func cook(s string) string {
	if strings.Contains(s, holeName) {
		s = strings.ReplaceAll(s, holeName, action.HoleText)
	}
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; c {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'v':
			b.WriteByte('\v')
		case '\r':
			if i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
		case '\n':
		case 'x', 'u':
			r, n := codePoint(s[i:])
			b.WriteString(r)
			i += n
		default:
			if c >= '0' && c <= '7' {
				v, n := 0, 0
				for n < 3 && i+n < len(s) && s[i+n] >= '0' && s[i+n] <= '7' && v*8 < 256 {
					v = v*8 + int(s[i+n]-'0')
					n++
				}
				b.WriteRune(rune(v))
				i += n - 1
				continue
			}
			if strings.HasPrefix(s[i:], "\u2028") || strings.HasPrefix(s[i:], "\u2029") {
				i += 2
				continue
			}
			b.WriteByte(c)
		}
	}
	return b.String()
}

// codePoint reads xHH, uHHHH and u{H…}; n is what comes after the letter. Two
// surrogates in a row are one rune.
func codePoint(s string) (r string, n int) {
	digits := func(from, to int) (rune, bool) {
		if to > len(s) || from >= to {
			return 0, false
		}
		v, err := strconv.ParseUint(s[from:to], 16, 32)
		return rune(v), err == nil
	}
	switch {
	case s[0] == 'x':
		if v, ok := digits(1, 3); ok {
			return string(v), 2
		}
	case strings.HasPrefix(s, "u{"):
		if end := strings.IndexByte(s, '}'); end > 0 {
			if v, ok := digits(2, end); ok && v <= utf8.MaxRune {
				return string(v), end
			}
		}
	default:
		v, ok := digits(1, 5)
		if !ok {
			break
		}
		if 0xd800 <= v && v < 0xdc00 && len(s) >= 11 && s[5] == '\\' && s[6] == 'u' {
			if low, ok := digits(7, 11); ok && 0xdc00 <= low && low < 0xe000 {
				return string((v-0xd800)<<10 + (low - 0xdc00) + 0x10000), 10
			}
		}
		return string(v), 4
	}
	return action.HoleText, 0
}

func (m *machine) arrayExpr(e *js.ArrayExpr, f *frame) value {
	v := list()
	for i := range e.List {
		switch el := &e.List[i]; {
		case el.Value == nil:
			v.obj.elems = append(v.obj.elems, value{kind: undefined})
		case el.Spread:
			m.spread(v.obj, m.eval(el.Value, f))
		default:
			v.obj.elems = append(v.obj.elems, m.eval(el.Value, f))
		}
		if len(v.obj.elems) > maxList {
			v.obj.open = true
			break
		}
	}
	return v
}

// spread adds what is in one thing to a list.
func (m *machine) spread(o *object, v value) {
	over := m.elements(v)
	o.elems = append(o.elems, over.elems...)
	if over.open {
		o.elems = append(o.elems, hole)
	}
}

func (m *machine) propertyName(n *js.PropertyName, f *frame) value {
	if n.Computed != nil {
		return m.eval(n.Computed, f)
	}
	switch n.Literal.TokenType {
	case js.StringToken:
		return str(unquote(n.Literal.Data))
	case js.DecimalToken, js.IntegerToken, js.BinaryToken, js.OctalToken, js.HexadecimalToken:
		return str(parseNumber(string(n.Literal.Data)).text())
	}
	return str(string(n.Literal.Data))
}

func (m *machine) objectExpr(e *js.ObjectExpr, f *frame) value {
	v := newObject(plain)
	for i := range e.List {
		p := &e.List[i]
		if p.Spread {
			m.spreadInto(v.obj, m.eval(p.Value, f))
			continue
		}
		if d, ok := p.Value.(*js.MethodDecl); ok {
			m.method(v.obj, d, f, v)
			continue
		}
		var key value
		if p.Name != nil {
			key = m.propertyName(p.Name, f)
		} else if n, ok := p.Value.(*js.Var); ok {
			key = str(string(n.Data))
		}
		val := m.eval(p.Value, f)
		if name, ok := keyOf(key); ok {
			m.put(v.obj, name, val)
		} else {
			v.obj.open = true
			m.forget(val)
		}
	}
	return v
}

// spreadInto is {...v}.
func (m *machine) spreadInto(o *object, v value) {
	for _, w := range v.choices() {
		switch {
		case w.is(settings):
			m.put(o, inherited, truth(true))
		case w.kind == reference && w.obj.class == plain:
			for _, k := range w.obj.keys {
				m.put(o, k, w.obj.props[k])
			}
			o.open = o.open || w.obj.open
		case w.kind == undefined || w.kind == null || w.kind == boolean:
		default:
			o.open = true
		}
	}
}

// inherited is the key that an object has that was spread from process.env.
const inherited = "\x00env"

// keyOf returns the name of a property, if it is known.
func keyOf(key value) (string, bool) {
	switch key.kind {
	case text:
		return key.str, !action.Holed(key.str)
	case number, boolean, null, undefined:
		return key.text(), true
	}
	return "", false
}

// index returns the number that a property's name is.
func index(name string) (int, bool) {
	if name == "" || name[0] < '0' || name[0] > '9' {
		return 0, false
	}
	i, err := strconv.Atoi(name)
	return i, err == nil
}

func (m *machine) condExpr(e *js.CondExpr, f *frame) value {
	cond, ok := m.eval(e.Cond, f).bool()
	switch {
	case ok && cond:
		return m.eval(e.X, f)
	case ok:
		return m.eval(e.Y, f)
	}
	return m.oneOf(f, func() value { return m.eval(e.X, f) }, func() value { return m.eval(e.Y, f) })
}

// oneOf reads expressions of which one is evaluated.
func (m *machine) oneOf(f *frame, ways ...func() value) value {
	var out value
	var list []func() flow
	for i, way := range ways {
		list = append(list, func() flow {
			if v := way(); i == 0 {
				out = v
			} else {
				out = either(out, v)
			}
			return goesOn
		})
	}
	m.branches(f.call, list...)
	return out
}

// template is `text${x}text`, plain or tagged.
func (m *machine) template(e *js.TemplateExpr, f *frame) value {
	if e.Tag != nil {
		return m.tagged(e, f)
	}
	out := str("")
	for i := range e.List {
		p := &e.List[i]
		out = m.concat(out, str(cook(inTemplate(p.Value))))
		out = m.concat(out, m.eval(p.Expr, f))
	}
	return m.concat(out, str(cook(inTemplate(e.Tail))))
}

// inTemplate returns the text of a part of a template without its marks.
func inTemplate(b []byte) string {
	s := string(b)
	if s == "" {
		return ""
	}
	if s[0] == '`' || s[0] == '}' {
		s = s[1:]
	}
	s = strings.TrimSuffix(s, "${")
	return strings.ReplaceAll(strings.TrimSuffix(s, "`"), "\r\n", "\n")
}

// concat is the text of one value and another.
func (m *machine) concat(a, b value) value {
	n := len(a.choices()) * len(b.choices())
	if n == 1 {
		a, b := m.toText(a), m.toText(b)
		m.work((len(a) + len(b)) / 256)
		return str(a + b)
	}
	if n > maxChoice {
		a, b = m.anyOf(a), m.anyOf(b)
	}
	return each(a, func(a value) value {
		return each(b, func(b value) value { return str(m.toText(a) + m.toText(b)) })
	})
}

// anyOf is one value for several.
func (m *machine) anyOf(v value) value {
	if v.kind == choice {
		return hole
	}
	return v
}

// toText is a value as text, by its toString if the program defines one.
func (m *machine) toText(v value) string {
	if v.kind == native {
		return m.nativeText(v.str)
	}
	if v.kind == reference && v.obj.class == plain {
		for _, name := range [...]string{"toString", "valueOf"} {
			if fn, ok := m.lookup(v.obj, name); ok && fn.is(function) {
				if w := m.invoke(fn, v, nil); w.kind == text {
					return w.str
				}
			}
		}
	}
	return v.text()
}

func (m *machine) unary(e *js.UnaryExpr, f *frame) value {
	switch e.Op {
	case js.DeleteToken:
		if d, ok := e.X.(*js.DotExpr); ok {
			m.remove(m.eval(d.X, f), str(dotName(d.Y)))
		} else if d, ok := e.X.(*js.IndexExpr); ok {
			m.remove(m.eval(d.X, f), m.eval(d.Y, f))
		}
		return truth(true)
	case js.PostIncrToken, js.PreIncrToken, js.PostDecrToken, js.PreDecrToken:
		old := m.eval(e.X, f)
		by := 1.0
		if e.Op == js.PostDecrToken || e.Op == js.PreDecrToken {
			by = -1
		}
		next := each(old, func(v value) value { return arithmetic(v, func(x float64) float64 { return x + by }) })
		m.assign(e.X, next, f)
		if e.Op == js.PostIncrToken || e.Op == js.PostDecrToken {
			return old
		}
		return next
	case js.AwaitToken:
		return m.eval(e.X, f)
	}
	v := m.eval(e.X, f)
	switch e.Op {
	case js.NotToken:
		if b, ok := v.bool(); ok {
			return truth(!b)
		}
	case js.VoidToken:
		return value{kind: undefined}
	case js.TypeofToken:
		return m.typeOf(v)
	case js.NegToken:
		return arithmetic(v, func(x float64) float64 { return -x })
	case js.PosToken:
		return arithmetic(v, func(x float64) float64 { return x })
	case js.BitNotToken:
		return arithmetic(v, func(x float64) float64 { return float64(^int32(int64(x))) })
	}
	return value{}
}

func arithmetic(v value, f func(float64) float64) value {
	if v.kind == unknown || v.kind == choice || v.kind == text && action.Holed(v.str) {
		return value{}
	}
	if v.kind == reference && (v.obj.class == array || v.obj.class == plain) && len(v.obj.elems) == 0 && len(v.obj.keys) == 0 && !v.obj.open {
		if v.obj.class == array {
			return num(f(0))
		}
		return num(math.NaN())
	}
	x := v.number()
	if math.IsNaN(x) && v.kind != undefined && v.kind != text {
		return value{}
	}
	return num(f(x))
}

func (m *machine) typeOf(v value) value {
	switch v.kind {
	case undefined:
		return str("undefined")
	case null:
		return str("object")
	case boolean:
		return str("boolean")
	case number:
		return str("number")
	case text:
		if !action.Holed(v.str) {
			return str("string")
		}
	case reference:
		if v.obj.class == function {
			return str("function")
		}
		return str("object")
	}
	return value{}
}

func (m *machine) remove(on, key value) {
	for _, o := range on.choices() {
		name, ok := keyOf(key)
		if o.kind == reference && ok {
			if o.obj.class == settings {
				m.unset = append(m.unset[:len(m.unset):len(m.unset)], name)
				continue
			}
			m.drop(o.obj, name)
		}
	}
}
