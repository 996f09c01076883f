package shell

import (
	"errors"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// Conditions are decided only where they compare constants. What depends on
// time or the outcome of programs is unknown: both branches count. Tests of
// files are expected to find what is there now, and those of variables that
// nothing in sight sets to find none; what runs in the other case is looked at,
// but nothing after it builds on it.

// tested ends a test with the status it came to.
func (x *expander) tested(st status) []*state {
	x.s.status = st
	if st == failure {
		x.s.status = exited(1)
	}
	if x.guessed && st != unknown {
		x.s.failed = x.s.clone()
	}
	return []*state{x.s}
}

// test evaluates the expression of [[ ]].
func (x *expander) test(t syntax.TestExpr) status {
	switch t := t.(type) {
	case *syntax.ParenTest:
		return x.test(t.X)
	case *syntax.Word:
		return nonEmpty(x.literal(t))
	case *syntax.UnaryTest:
		if t.Op == syntax.TsNot {
			return not(x.test(t.X))
		}
		w, ok := t.X.(*syntax.Word)
		if !ok {
			return unknown
		}
		return x.unaryTest(t.Op.String(), x.literal(w))
	case *syntax.BinaryTest:
		switch t.Op {
		case syntax.AndTest, syntax.OrTest:
			a, b := x.test(t.X), x.test(t.Y)
			if t.Op == syntax.AndTest {
				return not(or(not(a), not(b)))
			}
			return or(a, b)
		}
		l, lok := t.X.(*syntax.Word)
		r, rok := t.Y.(*syntax.Word)
		if !lok || !rok {
			return unknown
		}
		left := x.literal(l)
		switch t.Op {
		case syntax.TsEql, syntax.TsNeq, syntax.TsLeq, syntax.TsGeq, syntax.TsLss, syntax.TsGtr:
			// The operands are arithmetic, with the substitutions in them.
			right := x.literal(r)
			if x.arithmText(left) || x.arithmText(right) {
				return unknown
			}
			m, err1 := strconv.Atoi(x.integer(left))
			n, err2 := strconv.Atoi(x.integer(right))
			if err1 != nil || err2 != nil {
				return unknown
			}
			return compareNumbers(t.Op.String(), m, n)
		}
		switch t.Op {
		case syntax.TsMatch, syntax.TsMatchShort, syntax.TsNoMatch:
			on := x.s.opts.extglob
			x.s.opts.extglob = true // always, in [[ ]]
			res := x.matchAny(left, []*syntax.Word{r})
			x.s.opts.extglob = on
			if t.Op == syntax.TsNoMatch {
				return not(res)
			}
			return res
		case syntax.TsReMatch:
			return x.regexpTest(left, r)
		}
		return compare(t.Op.String(), left, x.literal(r))
	}
	return unknown
}

func (x *expander) unaryTest(op, arg string) status {
	switch op {
	case "-n":
		return nonEmpty(arg)
	case "-z":
		return not(nonEmpty(arg))
	case "-v":
		return x.isSetTest(arg)
	case "-o":
		return x.s.opts.named(arg)
	case "-a", "-e", "-f", "-d", "-x", "-r", "-w", "-s", "-L", "-h":
		return x.fileTest(op, arg)
	}
	return unknown
}

// fileTest says what a test of a file would find now.
func (x *expander) fileTest(op, name string) status {
	abs := x.s.abs(name)
	if action.Holed(abs) || name == "" || x.s.coded {
		return unknown
	}
	x.guessed = true
	if op == "-L" || op == "-h" {
		info, err := x.s.fs.Lstat(abs)
		return truth(err == nil && info.Kind == world.Link)
	}
	info, err := world.Stat(x.s.fs, abs)
	switch {
	case err != nil:
		return failure
	case op == "-f":
		return truth(info.Kind == world.File)
	case op == "-d":
		return truth(info.Kind == world.Dir)
	case op == "-x":
		return truth(info.Kind == world.Dir || info.Exec)
	case op == "-s":
		return unknown
	}
	return success
}

func nonEmpty(s string) status {
	switch {
	case s == "":
		return failure
	case action.OnlyHoles(s):
		return unknown
	}
	return success
}

func not(s status) status {
	switch {
	case s == success:
		return exited(1)
	case s.failed():
		return success
	}
	return unknown
}

func or(a, b status) status {
	switch {
	case a == success || b == success:
		return success
	case a.failed() && b.failed():
		return failure
	}
	return unknown
}

func truth(b bool) status {
	if b {
		return success
	}
	return failure
}

// compare evaluates the binary operators that test and [[ share.
func compare(op, a, b string) status {
	if action.Holed(a) || action.Holed(b) {
		return unknown
	}
	switch op {
	case "=", "==":
		return truth(a == b)
	case "!=":
		return truth(a != b)
	}
	return unknown
}

func compareNumbers(op string, m, n int) status {
	switch op {
	case "-eq":
		return truth(m == n)
	case "-ne":
		return truth(m != n)
	case "-lt":
		return truth(m < n)
	case "-le":
		return truth(m <= n)
	case "-gt":
		return truth(m > n)
	case "-ge":
		return truth(m >= n)
	}
	return unknown
}

// arithmText evaluates the substitutions that a text holds as arithmetic, and
// reports whether its value is not known.
func (x *expander) arithmText(text string) bool {
	if _, err := strconv.Atoi(text); err == nil {
		return false
	}
	if strings.ContainsAny(text, "$`") {
		x.promptText(text)
		return true
	}
	expr, err := parseArithm(text)
	return err != nil || expr == nil || x.arithmHoled(expr, 0)
}

// testBuiltin evaluates the words of test and [, which are read by their number
// first (posixtest in test.c of bash 5.2).
func (x *expander) testBuiltin(args []string) status {
	switch len(args) {
	case 0:
		return failure
	case 1:
		return nonEmpty(args[0])
	case 2:
		switch {
		case args[0] == "!":
			return not(nonEmpty(args[1]))
		case unaryOp(args[0]):
			return x.unaryTest(args[0], args[1])
		case action.Holed(args[0]):
			return unknown
		}
		return exited(2)
	case 3:
		switch {
		case binaryOp(args[1]):
			return x.binaryTest(args[1], args[0], args[2])
		case args[1] == "-a":
			return not(or(not(nonEmpty(args[0])), not(nonEmpty(args[2]))))
		case args[1] == "-o":
			return or(nonEmpty(args[0]), nonEmpty(args[2]))
		case args[0] == "!":
			return not(x.testBuiltin(args[1:]))
		case args[0] == "(" && args[2] == ")":
			return nonEmpty(args[1])
		case action.Holed(args[0]) || action.Holed(args[1]):
			return unknown
		}
		return exited(2)
	case 4:
		switch {
		case args[0] == "!":
			return not(x.testBuiltin(args[1:]))
		case args[0] == "(" && args[3] == ")":
			return x.testBuiltin(args[1:3])
		}
	}
	for _, a := range args {
		if action.OnlyHoles(a) {
			return unknown // any number of words, operators among them
		}
	}
	t := testParser{x: x, args: args}
	st := t.or()
	if t.bad || len(t.args) > 0 {
		return exited(2)
	}
	return st
}

// A testParser reads the words of test where they are more than four.
type testParser struct {
	x    *expander
	args []string
	bad  bool
}

func (t *testParser) or() status {
	st := t.and()
	for len(t.args) > 0 && t.args[0] == "-o" {
		t.args = t.args[1:]
		st = or(st, t.and())
	}
	return st
}

func (t *testParser) and() status {
	st := t.term()
	for len(t.args) > 0 && t.args[0] == "-a" {
		t.args = t.args[1:]
		st = not(or(not(st), not(t.term())))
	}
	return st
}

func (t *testParser) term() status {
	a := t.args
	switch {
	case len(a) == 0:
		t.bad = true
		return failure
	case a[0] == "!":
		t.args = a[1:]
		return not(t.term())
	case a[0] == "(":
		t.args = a[1:]
		st := t.or()
		if len(t.args) == 0 || t.args[0] != ")" {
			t.bad = true
			return failure
		}
		t.args = t.args[1:]
		return st
	case len(a) >= 3 && binaryOp(a[1]):
		t.args = a[3:]
		return t.x.binaryTest(a[1], a[0], a[2])
	case len(a) >= 2 && unaryOp(a[0]):
		t.args = a[2:]
		return t.x.unaryTest(a[0], a[1])
	}
	t.args = a[1:]
	return nonEmpty(a[0])
}

func unaryOp(s string) bool {
	return len(s) == 2 && s[0] == '-' && strings.IndexByte("abcdefghknoprstuvwxzGLNORS", s[1]) >= 0
}

func binaryOp(s string) bool {
	switch s {
	case "=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef":
		return true
	}
	return false
}

// binaryTest is a binary operator of test, to which numbers are decimal.
func (x *expander) binaryTest(op, a, b string) status {
	switch op {
	case "-eq", "-ne", "-lt", "-le", "-gt", "-ge":
		if action.Holed(a) || action.Holed(b) {
			return unknown
		}
		m, err1 := strconv.Atoi(strings.Trim(a, " \t\n"))
		n, err2 := strconv.Atoi(strings.Trim(b, " \t\n"))
		if err1 != nil || err2 != nil {
			return exited(2)
		}
		return compareNumbers(op, m, n)
	}
	return compare(op, a, b)
}

// isSetTest says whether a variable, or an element, has a value. Where the text
// does not set it, the user's profile may.
func (x *expander) isSetTest(name string) status {
	if action.Holed(name) {
		return unknown
	}
	base, sub, elem, ok := x.resolve(name)
	if !ok || !syntax.ValidName(base) {
		return unknown
	}
	v := x.e.entry(x.s, base)
	switch {
	case v == nil && (x.e.assigned[base] || x.src.assigns(base)):
		return failure
	case v == nil || v.unset || elem && (sub == "@" || sub == "*"):
		return unknown
	case v.kind == associative:
		_, found := v.assoc[x.promptText(sub)]
		return truth(elem && found)
	case v.kind == indexed:
		for _, val := range v.list {
			if action.OnlyHoles(val) {
				return unknown
			}
		}
		if !elem {
			sub = "0"
		}
		i, known := x.indexOf(textSubscript(x.promptText(sub)))
		if !known {
			return unknown
		}
		return truth(v.at(i) >= 0)
	case elem && sub != "0":
		return failure
	}
	return truth(v.isSet())
}

// parseArithm reads a whole text as an expression.
func parseArithm(text string) (syntax.ArithmExpr, error) {
	file, err := syntax.NewParser().Parse(strings.NewReader("(("+text+"\n))"), "")
	if err != nil {
		return nil, err
	}
	if len(file.Stmts) == 1 {
		if cmd, ok := file.Stmts[0].Cmd.(*syntax.ArithmCmd); ok && bare(file.Stmts[0]) {
			return cmd.X, nil
		}
	}
	return nil, errors.New("no expression")
}

// arithm evaluates (( )), let and the parts of a C-style for.
func (e *evaluator) arithm(src *source, s *state, a syntax.ArithmExpr) []*state {
	return e.alternatives(src, s, func(x *expander) (out []*state) {
		defer func() {
			// An error ends the expression, not the line.
			switch r := recover().(type) {
			case nil:
			case errStop:
				x.s.status = exited(1)
				out = []*state{x.s}
			default:
				panic(r)
			}
		}()
		if x.arithmHoled(a, 0) {
			x.forgetAssigned(a)
			x.s.status = unknown
			return []*state{x.s}
		}
		n, err := x.arithmetic(a)
		if err != nil {
			return x.tested(unknown)
		}
		return x.tested(truth(n != 0))
	})
}

// forgetAssigned makes holes of the variables that an expression assigns.
func (x *expander) forgetAssigned(a syntax.ArithmExpr) {
	syntax.Walk(a, func(n syntax.Node) bool {
		var target syntax.ArithmExpr
		switch n := n.(type) {
		case *syntax.BinaryArithm:
			switch n.Op {
			case syntax.Assgn, syntax.AddAssgn, syntax.SubAssgn, syntax.MulAssgn, syntax.QuoAssgn, syntax.RemAssgn,
				syntax.AndAssgn, syntax.OrAssgn, syntax.XorAssgn, syntax.ShlAssgn, syntax.ShrAssgn:
				target = n.X
			}
		case *syntax.UnaryArithm:
			if n.Op == syntax.Inc || n.Op == syntax.Dec {
				target = n.X
			}
		}
		if w, ok := target.(*syntax.Word); ok && syntax.ValidName(w.Lit()) {
			x.s.set(w.Lit(), &variable{alts: []string{action.HoleText}})
		}
		return true
	})
}
