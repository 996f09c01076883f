package javascript

import (
	"math"
	"slices"

	"github.com/tdewolff/parse/v2/js"

	"github.com/venv-guard/venv-guard/action"
)

// assigning returns the operator that an assigning one applies first.
func assigning(op js.TokenType) (js.TokenType, bool) {
	switch op {
	case js.EqToken:
		return js.EqToken, true
	case js.AddEqToken:
		return js.AddToken, true
	case js.SubEqToken:
		return js.SubToken, true
	case js.MulEqToken:
		return js.MulToken, true
	case js.DivEqToken:
		return js.DivToken, true
	case js.ModEqToken:
		return js.ModToken, true
	case js.BitAndEqToken, js.BitOrEqToken, js.BitXorEqToken, js.LtLtEqToken, js.GtGtEqToken, js.GtGtGtEqToken, js.ExpEqToken:
		return js.BitOrToken, true // of no interest
	case js.AndEqToken:
		return js.AndToken, true
	case js.OrEqToken:
		return js.OrToken, true
	case js.NullishEqToken:
		return js.NullishToken, true
	}
	return 0, false
}

func (m *machine) binary(e *js.BinaryExpr, f *frame) value {
	if op, ok := assigning(e.Op); ok {
		return m.assignment(e, op, f)
	}
	switch e.Op {
	case js.AndToken, js.OrToken, js.NullishToken:
		left := m.eval(e.X, f)
		return m.logical(e.Op, left, f, func() value { return m.eval(e.Y, f) })
	case js.AddToken:
		return m.sum(e, f)
	}
	x := m.eval(e.X, f)
	y := m.eval(e.Y, f)
	return m.operate(e.Op, x, y)
}

// sum adds up the operands of a chain of +, which may be long.
func (m *machine) sum(e *js.BinaryExpr, f *frame) value {
	operands := []js.IExpr{e.Y}
	x := e.X
	for {
		b, ok := x.(*js.BinaryExpr)
		if !ok || b.Op != js.AddToken {
			break
		}
		operands = append(operands, b.Y)
		x = b.X
	}
	v := m.eval(x, f)
	for _, y := range slices.Backward(operands) {
		v = m.add(v, m.eval(y, f))
	}
	return v
}

func (m *machine) add(x, y value) value {
	if isNumeric(x) && isNumeric(y) {
		return num(x.number() + y.number())
	}
	if x.kind == unknown && x.source+x.url != "" && y.kind == text && y.str == "" {
		return x // "" + what came from elsewhere
	}
	if y.kind == unknown && y.source+y.url != "" && x.kind == text && x.str == "" {
		return y
	}
	return m.concat(x, y)
}

func isNumeric(v value) bool {
	return v.kind == number || v.kind == boolean || v.kind == null || v.kind == undefined
}

func (m *machine) assignment(e *js.BinaryExpr, op js.TokenType, f *frame) value {
	var v value
	switch op {
	case js.EqToken:
		v = m.eval(e.Y, f)
	case js.AndToken, js.OrToken, js.NullishToken:
		v = m.logical(op, m.eval(e.X, f), f, func() value { return m.eval(e.Y, f) })
	case js.AddToken:
		old := m.eval(e.X, f)
		v = m.add(old, m.eval(e.Y, f))
	default:
		old := m.eval(e.X, f)
		v = m.operate(op, old, m.eval(e.Y, f))
	}
	m.assign(e.X, v, f)
	return v
}

// logical is && || ??, whose right side may not be evaluated.
func (m *machine) logical(op js.TokenType, left value, f *frame, right func() value) value {
	stops := func(v value) (bool, bool) { // whether v is the result
		if op == js.NullishToken {
			switch v.kind {
			case undefined, null:
				return false, true
			case unknown:
				return false, false
			}
			return true, v.kind != native || isModule(v.str)
		}
		b, ok := v.bool()
		return b == (op == js.OrToken), ok
	}
	var keep []value
	more, all := false, true
	for _, v := range left.choices() {
		switch yes, ok := stops(v); {
		case ok && yes:
			keep = append(keep, v)
		case ok:
			more = true
		default:
			more, all = true, false
			keep = append(keep, v)
		}
	}
	if !more {
		return left
	}
	var out value
	if len(keep) == 0 && all {
		return right()
	}
	m.maybe(func() { out = right() })
	for _, v := range keep {
		out = either(v, out)
	}
	return out
}

// operate applies an operator that is neither + nor logical.
func (m *machine) operate(op js.TokenType, x, y value) value {
	switch op {
	case js.EqEqToken, js.EqEqEqToken:
		if eq, ok := equal(x, y); ok {
			return truth(eq)
		}
		return value{}
	case js.NotEqToken, js.NotEqEqToken:
		if eq, ok := equal(x, y); ok {
			return truth(!eq)
		}
		return value{}
	case js.InToken:
		return value{}
	}
	if x.kind == text && y.kind == text && !action.Holed(x.str) && !action.Holed(y.str) {
		switch op {
		case js.LtToken:
			return truth(x.str < y.str)
		case js.GtToken:
			return truth(x.str > y.str)
		case js.LtEqToken:
			return truth(x.str <= y.str)
		case js.GtEqToken:
			return truth(x.str >= y.str)
		}
	}
	a, b := x.number(), y.number()
	if math.IsNaN(a) || math.IsNaN(b) {
		return value{}
	}
	switch op {
	case js.LtToken:
		return truth(a < b)
	case js.GtToken:
		return truth(a > b)
	case js.LtEqToken:
		return truth(a <= b)
	case js.GtEqToken:
		return truth(a >= b)
	case js.SubToken:
		return num(a - b)
	case js.MulToken:
		return num(a * b)
	case js.DivToken:
		return num(a / b)
	case js.ModToken:
		return num(math.Mod(a, b))
	case js.ExpToken:
		return num(math.Pow(a, b))
	}
	return m.bits(op, a, b)
}

// bits applies the operators on 32-bit integers.
func (m *machine) bits(op js.TokenType, a, b float64) value {
	i, k := int32(int64(a)), int32(int64(b))
	switch op {
	case js.BitAndToken:
		return num(float64(i & k))
	case js.BitOrToken:
		return num(float64(i | k))
	case js.BitXorToken:
		return num(float64(i ^ k))
	case js.LtLtToken:
		return num(float64(i << (uint32(k) & 31)))
	case js.GtGtToken:
		return num(float64(i >> (uint32(k) & 31)))
	case js.GtGtGtToken:
		return num(float64(uint32(i) >> (uint32(k) & 31)))
	}
	return value{}
}

// equal compares as === does, mostly; ok is false if the outcome is not known.
func equal(x, y value) (eq, ok bool) {
	constant := func(v value) bool {
		switch v.kind {
		case undefined, null, boolean, number:
			return true
		case text:
			return !action.Holed(v.str)
		}
		return false
	}
	if !constant(x) || !constant(y) {
		if x.kind == reference && y.kind == reference && x.obj == y.obj {
			return true, true
		}
		return false, false
	}
	if x.kind != y.kind {
		if (x.kind == undefined || x.kind == null) != (y.kind == undefined || y.kind == null) {
			return false, true
		}
		return false, false // == may see it otherwise than ===
	}
	if x.kind == text {
		return x.str == y.str, true
	}
	return x.num == y.num, true
}
