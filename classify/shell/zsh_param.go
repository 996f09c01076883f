package shell

import (
	"path"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
)

// A zshValue is what a parameter of zsh holds on its way through an expansion
// (zshexpn(1), "Parameter Expansion"): one string, or the elements of an array.
type zshValue struct {
	words []string
	array bool
	hole  bool // not known, or an expansion that is not understood
	odd   bool // not understood, though its value is known
}

func zshHole() zshValue { return zshValue{hole: true} }
func zshOdd() zshValue  { return zshValue{hole: true, odd: true} }

// zshParameters are parameters that zsh itself sets (zshparam(1), zshmodules(1)).
var zshParameters = [...]string{
	"MATCH", "MBEGIN", "MEND", "match", "mbegin", "mend", "REPLY", "reply", "commands", "functions", "aliases", "galiases", "saliases", "builtins",
	"parameters", "options", "path", "PATH", "fpath", "cdpath", "dirstack", "history", "historywords", "nameddirs", "userdirs", "modules", "jobtexts",
	"jobdirs", "jobstates", "funcstack", "functrace", "funcfiletrace", "funcsourcetrace", "status", "pipestatus", "signals", "ZSH_ARGZERO",
	"ZSH_VERSION", "ZSH_NAME", "ZSH_SUBSHELL", "HOST", "USERNAME", "VENDOR", "MACHTYPE", "CPUTYPE", "TTY", "ARGC", "epochtime", "mapfile",
}

// zshParam expands a parameter as zsh does where bash would do otherwise: an
// array stands for all its elements, the first of which is number 1, and flags
// and modifiers change the value. It returns nil where bash does the same.
func (x *expander) zshParam(p *syntax.ParamExp, dq bool) syntax.WordPart {
	if p.Flags != nil && strings.Contains(p.Flags.Value, "e") && p.Param != nil {
		return nil // expanded once more: see param
	}
	v, same := x.zshValueOf(p)
	if same {
		return nil
	}
	if v.hole {
		x.visitRest(p)
		if v.odd && x.command {
			x.e.problem(Problem{
				ID: "hidden-expansion", Text: "the name of a program is the outcome of an expansion of zsh that is not understood here",
				Hint: "write the name out", Span: x.src.span(p),
			})
		}
		return x.hole()
	}
	if !v.array {
		return x.value(strings.Join(v.words, ""))
	}
	if dq && !(p.Flags != nil && strings.Contains(p.Flags.Value, "@")) && !(p.Index != nil && isAt(p.Index)) {
		return x.value(strings.Join(v.words, " "))
	}
	words := v.words
	if !dq { // empty words go
		words = nil
		for _, w := range v.words {
			if w != "" {
				words = append(words, w)
			}
		}
	}
	name := "\x02" + strconv.Itoa(len(x.lists))
	x.lists = append(x.lists, words)
	all := &syntax.ParamExp{
		Param: &syntax.Lit{Value: name},
		Index: &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: "@"}}},
	}
	if dq {
		return all
	}
	return &syntax.DblQuoted{Parts: []syntax.WordPart{all}}
}

func isAt(a syntax.ArithmExpr) bool {
	w, ok := a.(*syntax.Word)
	return ok && w.Lit() == "@"
}

// zshValueOf works out the value of an expansion; same says that bash reads it
// the same way.
func (x *expander) zshValueOf(p *syntax.ParamExp) (v zshValue, same bool) {
	if p.RcExpand == syntax.OptOn || p.Width || p.IsSet || p.Excl || p.Names != 0 {
		return zshOdd(), false
	}
	special := p.Flags != nil || p.Split != 0 || len(p.Modifiers) > 0 || p.NestedParam != nil || p.Param == nil
	switch {
	case p.NestedParam != nil:
		v = x.zshNested(p.NestedParam)
	case p.Param == nil:
		// ${:-word}: there is nothing else that it could mean.
		if p.Exp == nil || p.Exp.Word == nil {
			return zshOdd(), false
		}
		v = zshValue{words: []string{x.literal(x.innerWord(p.Exp.Word, false))}}
	default:
		name := p.Param.Value
		if p.Flags != nil && strings.Contains(p.Flags.Value, "P") {
			named := (*expandEnv)(x).Get(name).Str
			if !syntax.ValidName(named) {
				return zshOdd(), false
			}
			name = named
		}
		var ok bool
		if v, ok = x.zshVariable(name); !ok {
			if special {
				return zshOdd(), false
			}
			return v, true
		}
		if !special && !v.array && p.Index == nil {
			return v, !v.hole || p.Exp != nil || p.Length
		}
	}
	if v.hole {
		return v, false
	}
	if p.Index != nil && !isStar(p.Index) {
		if v = x.zshSubscript(v, p.Index); v.hole {
			return v, false
		}
	}
	if p.Length {
		n := len(v.words)
		if !v.array {
			n = len([]rune(strings.Join(v.words, "")))
		}
		return zshValue{words: []string{strconv.Itoa(n)}}, false
	}
	switch {
	case p.Repl != nil:
		return zshOdd(), false
	case p.Slice != nil:
		v = x.zshSlice(v, p.Slice)
	case p.Exp != nil && p.Param != nil:
		switch p.Exp.Op {
		case syntax.DefaultUnset, syntax.DefaultUnsetOrNull, syntax.ErrorUnset, syntax.ErrorUnsetOrNull:
			if len(v.words) == 0 || len(v.words) == 1 && v.words[0] == "" {
				return zshOdd(), false
			}
		default:
			return zshOdd(), false
		}
	}
	for _, m := range p.Modifiers {
		if v = zshModify(v, m.Value); v.hole {
			return v, false
		}
	}
	if p.Flags != nil {
		v = zshFlags(v, p.Flags.Value)
	}
	if p.Split == syntax.OptOn && !v.hole {
		v = zshValue{words: strings.Fields(strings.Join(v.words, " ")), array: true}
	}
	return v, false
}

// zshNested is the value of the expansion inside ${${…}…}.
func (x *expander) zshNested(part syntax.WordPart) zshValue {
	switch part := part.(type) {
	case *syntax.ParamExp:
		v, same := x.zshValueOf(part)
		if same {
			s := x.literal(&syntax.Word{Parts: []syntax.WordPart{part}})
			return zshValue{words: []string{s}, hole: action.Holed(s)}
		}
		return v
	case *syntax.CmdSubst:
		s := x.substitute(part).out
		return zshValue{words: []string{s}, hole: action.Holed(s)}
	case *syntax.DblQuoted:
		s := x.literal(&syntax.Word{Parts: []syntax.WordPart{part}})
		return zshValue{words: []string{s}, hole: action.Holed(s)}
	}
	return zshOdd()
}

// zshVariable returns the value of a parameter; ok is false where bash knows
// as much.
func (x *expander) zshVariable(name string) (v zshValue, ok bool) {
	if name == "argv" {
		return zshValue{words: x.s.params, array: true}, true
	}
	if name == "@" || name == "*" || name == "#" || name == "?" || name == "-" || name == "!" || name == "$" {
		return v, false
	}
	if x.e.lookup(x.s, name) == nil {
		for _, s := range zshParameters {
			if s == name && name != "PATH" {
				return zshHole(), true
			}
		}
	}
	val := (*expandEnv)(x).Get(name)
	if n, t := val.Resolve((*expandEnv)(x)); n != "" {
		val = t
	}
	switch {
	case val.Kind == expand.Associative:
		return v, false
	case val.Kind == expand.Indexed:
		return zshValue{words: val.List, array: true}, true
	case !val.IsSet():
		return zshValue{}, false
	case action.Holed(val.Str):
		return zshValue{words: []string{val.Str}, hole: val.Str == action.HoleText}, true
	}
	return zshValue{words: []string{val.Str}}, true
}

// zshSubscript is ${name[n]} or ${name[n,m]}: elements of an array, characters
// of a string. The first is number 1, the last -1.
func (x *expander) zshSubscript(v zshValue, index syntax.ArithmExpr) zshValue {
	list := v.words
	if !v.array {
		list = strings.Split(strings.Join(v.words, ""), "")
	}
	at := func(a syntax.ArithmExpr) (int, bool) {
		if x.arithmHoled(a, 0) {
			return 0, false
		}
		n, err := x.arithmetic(a)
		if n < 0 {
			n += len(list) + 1
		}
		return n, err == nil
	}
	from, to := index, index
	if b, ok := index.(*syntax.BinaryArithm); ok && b.Op == syntax.Comma {
		from, to = b.X, b.Y
	}
	i, ok := at(from)
	k, ok2 := at(to)
	if !ok || !ok2 {
		return zshOdd()
	}
	single := from == to
	i, k = max(i, 1), min(k, len(list))
	if i > k {
		list = nil
	} else {
		list = list[i-1 : k]
	}
	if !v.array || single {
		return zshValue{words: []string{strings.Join(list, "")}}
	}
	return zshValue{words: list, array: true}
}

// zshSlice is ${name:n} or ${name:n:m}, which counts from 0.
func (x *expander) zshSlice(v zshValue, s *syntax.Slice) zshValue {
	list := v.words
	if !v.array {
		list = strings.Split(strings.Join(v.words, ""), "")
	}
	from, n := 0, len(list)
	for i, a := range []syntax.ArithmExpr{s.Offset, s.Length} {
		if a == nil {
			continue
		}
		if x.arithmHoled(a, 0) {
			return zshOdd()
		}
		num, err := x.arithmetic(a)
		if err != nil {
			return zshOdd()
		}
		if i == 0 {
			if from = num; from < 0 {
				from += len(list)
			}
		} else if n = num; n < 0 {
			n += len(list) - from
		}
	}
	if from = min(max(from, 0), len(list)); n < 0 {
		n = 0
	}
	list = list[from:min(from+n, len(list))]
	if !v.array {
		return zshValue{words: []string{strings.Join(list, "")}}
	}
	return zshValue{words: list, array: true}
}

// zshModify applies a modifier: ${name:t}.
func zshModify(v zshValue, m string) zshValue {
	var f func(string) string
	switch m {
	case "l":
		f = strings.ToLower
	case "u":
		f = strings.ToUpper
	case "t":
		f = path.Base
	case "h":
		f = path.Dir
	case "r":
		f = func(s string) string { return strings.TrimSuffix(s, path.Ext(s)) }
	case "e":
		f = func(s string) string { return strings.TrimPrefix(path.Ext(s), ".") }
	default:
		return zshOdd()
	}
	return v.each(f)
}

func (v zshValue) each(f func(string) string) zshValue {
	out := zshValue{array: v.array, words: make([]string, len(v.words))}
	for i, w := range v.words {
		out.words[i] = f(w)
	}
	return out
}

// zshFlags applies the flags of ${(flags)name}.
func zshFlags(v zshValue, flags string) zshValue {
	sep, join := "", " "
	split, joined := false, false
	for i := 0; i < len(flags); i++ {
		switch flags[i] {
		case '@', 'P':
		case 'L':
			v = v.each(strings.ToLower)
		case 'U':
			v = v.each(strings.ToUpper)
		case 'f':
			sep, split = "\n", true
		case 's', 'j':
			// A string between two delimiters of one's choice.
			rest := flags[i+1:]
			if rest == "" {
				return zshOdd()
			}
			end := strings.IndexByte(rest[1:], rest[0])
			if end < 0 || strings.IndexByte("([{<", rest[0]) >= 0 {
				return zshOdd()
			}
			if arg := rest[1 : 1+end]; flags[i] == 's' {
				sep, split = arg, true
			} else {
				join, joined = arg, true
			}
			i += end + 2
		case 'z', 'w':
			split = true
		default:
			return zshOdd()
		}
	}
	if joined {
		v = zshValue{words: []string{strings.Join(v.words, join)}}
	}
	if split {
		text := strings.Join(v.words, join)
		words := strings.Fields(text)
		if sep != "" {
			words = strings.Split(text, sep)
		}
		v = zshValue{words: words, array: true}
	}
	return v
}

// zshIndex returns the index by which bash knows an element of zsh's array.
func (x *expander) zshIndex(name string, index syntax.ArithmExpr) syntax.ArithmExpr {
	v := x.e.lookup(x.s, name)
	if v != nil && v.kind == associative {
		return index
	}
	if x.arithmHoled(index, 0) {
		return index
	}
	n, err := x.arithmetic(index)
	if err != nil || n == 0 {
		return index
	}
	if n > 0 {
		n--
	} else if v != nil {
		n += len(v.list)
	}
	return numeral(n)
}

func numeral(n int) syntax.ArithmExpr {
	return &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: strconv.Itoa(n)}}}
}
