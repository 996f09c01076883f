package shell

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// Conditions are decided only where they compare constants. What depends on
// time or the outcome of programs is unknown: both branches count. Tests of
// files are expected to find what is there now; what runs in the other case is
// looked at, but nothing after it builds on it.

// tested ends a test with the status it came to.
func (x *expander) tested(st status) []*state {
	x.s.status = st
	if st == failure {
		x.s.status = exited(1)
	}
	if x.files && st != unknown {
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
			return compare(t.Op.String(), left, right)
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
			x.literal(r)
			return unknown
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
		x.promptText(arg) // a subscript may hold a substitution
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
	x.files = true
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
	m, err1 := strconv.Atoi(a)
	n, err2 := strconv.Atoi(b)
	if err1 != nil || err2 != nil || octal(a) || octal(b) {
		return unknown
	}
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

// octal reports whether [[ ]] would read a number to the base 8.
func octal(s string) bool {
	s = strings.TrimLeft(s, "+-")
	return len(s) > 1 && s[0] == '0'
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
	expr, err := syntax.NewParser().Arithmetic(strings.NewReader(text))
	return err != nil || expr == nil || x.arithmHoled(expr, 0)
}

// testBuiltin evaluates the words of test and [.
func (x *expander) testBuiltin(args []string) status {
	switch len(args) {
	case 0:
		return failure
	case 1:
		return nonEmpty(args[0])
	case 2:
		if args[0] == "!" {
			return not(nonEmpty(args[1]))
		}
		return x.unaryTest(args[0], args[1])
	case 3:
		switch args[1] {
		case "-a":
			return not(or(not(nonEmpty(args[0])), not(nonEmpty(args[2]))))
		case "-o":
			return or(nonEmpty(args[0]), nonEmpty(args[2]))
		}
		if args[0] == "!" {
			return not(x.testBuiltin(args[1:]))
		}
		return compare(args[1], args[0], args[2])
	}
	for i, a := range args {
		if a == "-o" {
			return or(x.testBuiltin(args[:i]), x.testBuiltin(args[i+1:]))
		}
	}
	for i, a := range args {
		if a == "-a" {
			return not(or(not(x.testBuiltin(args[:i])), not(x.testBuiltin(args[i+1:]))))
		}
	}
	if args[0] == "!" {
		return not(x.testBuiltin(args[1:]))
	}
	return unknown
}

// arithm evaluates (( )), let and the parts of a C-style for.
func (e *evaluator) arithm(src *source, s *state, a syntax.ArithmExpr) []*state {
	return e.alternatives(src, s, func(x *expander) []*state {
		if x.arithmHoled(a, 0) {
			x.forgetAssigned(a)
			x.s.status = unknown
			return []*state{x.s}
		}
		n, err := x.arithmetic(a)
		switch {
		case err != nil:
			x.s.status = unknown
		default:
			if x.s.status = success; n == 0 {
				x.s.status = exited(1)
			}
		}
		return []*state{x.s}
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
