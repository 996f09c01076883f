package shell

import (
	"regexp"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/pattern"
	"mvdan.cc/sh/v3/syntax"

	"github.com/venv-guard/venv-guard/action"
)

// Expansions that package expand does not do as bash 5.2 does.

// anchored reports whether a pattern only counts at one end: ${x/#a/b}.
func anchored(w *syntax.Word) bool {
	if w == nil || len(w.Parts) == 0 {
		return false
	}
	lit, ok := w.Parts[0].(*syntax.Lit)
	return ok && (strings.HasPrefix(lit.Value, "#") || strings.HasPrefix(lit.Value, "%"))
}

// replacedAll is ${x[@]/pattern/with} for the elements of a list.
func (x *expander) replacedAll(r *syntax.Replace, list []string) (out []string, ok bool) {
	out = make([]string, len(list))
	for i, val := range list {
		if out[i], ok = x.replaced(r, val); !ok {
			return nil, false
		}
	}
	return out, true
}

// replaced is ${x/pattern/with} for a value. It is not ok where that cannot be
// worked out exactly.
func (x *expander) replaced(r *syntax.Replace, val string) (string, bool) {
	orig, anchor := r.Orig, byte(0)
	if anchored(orig) && !r.All {
		lit := orig.Parts[0].(*syntax.Lit)
		anchor = lit.Value[0]
		c := *lit
		c.Value = lit.Value[1:]
		orig = &syntax.Word{Parts: append([]syntax.WordPart{&c}, orig.Parts[1:]...)}
	}
	pat, known := "", true
	if orig != nil {
		pat, known = x.pattern(orig)
	}
	with, ok := x.replacement(r.With)
	if !known || !ok || pat == "" && anchor == 0 {
		return "", false
	}
	mode := pattern.NoGlobStar | pattern.ExtendedOperators
	if x.s.opts.nocasematch {
		mode |= pattern.NoGlobCase
	}
	expr, err := pattern.Regexp(pat, mode)
	if err != nil {
		return "", false
	}
	switch anchor {
	case '#':
		expr = `\A(?:` + expr + `)`
	case '%':
		expr = `(?:` + expr + `)\z`
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return "", false
	}
	re.Longest()
	var b strings.Builder
	at := 0
	for _, m := range re.FindAllStringIndex(val, -1) {
		if m[0] == m[1] && anchor == 0 {
			continue
		}
		b.WriteString(val[at:m[0]])
		for _, part := range with {
			if part.match {
				b.WriteString(val[m[0]:m[1]])
			} else {
				b.WriteString(part.text)
			}
		}
		at = m[1]
		if !r.All || b.Len() > maxValue {
			break
		}
	}
	return clip(b.String() + val[at:]), true
}

// A replacementPart is a text, or stands for what the pattern matched.
type replacementPart struct {
	text  string
	match bool
}

// replacement expands the replacement, in which an unquoted & is the match and
// \& an ampersand.
func (x *expander) replacement(w *syntax.Word) ([]replacementPart, bool) {
	if w == nil {
		return nil, true
	}
	var out []replacementPart
	for _, p := range w.Parts {
		text := x.literal(&syntax.Word{Parts: []syntax.WordPart{p}})
		if action.Holed(text) {
			return nil, false
		}
		unquoted := false
		switch p.(type) {
		case *syntax.Lit, *syntax.ParamExp, *syntax.CmdSubst, *syntax.ArithmExp:
			unquoted = !x.s.opts.literalMatch
		}
		if !unquoted {
			out = append(out, replacementPart{text: text})
			continue
		}
		var b strings.Builder
		for i := 0; i < len(text); i++ {
			switch {
			case text[i] == '\\' && i+1 < len(text) && text[i+1] == '&':
				i++
				b.WriteByte('&')
			case text[i] == '&':
				out = append(out, replacementPart{text: b.String()}, replacementPart{match: true})
				b.Reset()
			default:
				b.WriteByte(text[i])
			}
		}
		out = append(out, replacementPart{text: b.String()})
	}
	return out, true
}

// wordHasMatchMark reports whether an expansion in the replacement may bring an
// ampersand, which counts as the match.
func (x *expander) wordHasMatchMark(w *syntax.Word) bool {
	if w == nil {
		return false
	}
	for _, p := range w.Parts {
		if _, ok := p.(*syntax.ParamExp); ok && strings.Contains(x.literal(&syntax.Word{Parts: []syntax.WordPart{p}}), "&") {
			return true
		}
	}
	return false
}

// transformed is ${x@op}, where nothing in x is a hole.
func (x *expander) transformed(p *syntax.ParamExp, v expand.Variable) syntax.WordPart {
	op := ""
	if p.Exp.Word != nil {
		op = p.Exp.Word.Lit()
	}
	name, _, _, ok := x.resolve(p.Param.Value)
	own := x.e.entry(x.s, name)
	all := p.Index != nil && isStar(p.Index) || p.Param.Value == "@" || p.Param.Value == "*"
	switch op {
	case "Q":
		if all && v.Kind == expand.Indexed {
			return x.list(p, v.List, wordQuote)
		}
		if v.Kind == expand.String && !all {
			return x.value(wordQuote(v.Str))
		}
		if !v.IsSet() {
			return x.value("")
		}
		return x.hole()
	case "A":
		switch {
		case !ok || own == nil || all && v.Kind == expand.String:
			return x.hole()
		case all && own.kind != scalar:
			flags := own.flags()
			return x.value("declare -" + flags + " " + name + "=" + own.elements())
		case v.Kind == expand.String && p.Index == nil:
			if flags := own.flags(); flags != "" {
				return x.value("declare -" + flags + " " + name + "=" + wordQuote(v.Str))
			}
			return x.value(name + "=" + wordQuote(v.Str))
		}
		return x.hole()
	case "a":
		if !ok || own == nil {
			return x.hole()
		}
		return x.value(own.flags())
	case "K":
		if v.Kind == expand.String && !all {
			return x.value(wordQuote(v.Str))
		}
		if own == nil || own.kind != indexed {
			return x.hole()
		}
		var words []string
		for i, val := range own.list {
			at := i
			if own.index != nil {
				at = own.index[i]
			}
			words = append(words, strconv.Itoa(at)+" "+valueQuote(val))
		}
		return x.value(strings.Join(words, " "))
	case "k":
		return x.hole()
	}
	return p
}

// list makes a word part that expands to the words of "$@" or "$*", each of
// them changed by f.
func (x *expander) list(p *syntax.ParamExp, list []string, f func(string) string) syntax.WordPart {
	out := make([]string, len(list))
	for i, val := range list {
		out[i] = f(val)
	}
	name := "\x02" + strconv.Itoa(len(x.lists))
	x.lists = append(x.lists, out)
	star := "@"
	if w, ok := p.Index.(*syntax.Word); ok {
		star = w.Lit()
	} else if p.Index == nil {
		star = p.Param.Value
	}
	return &syntax.ParamExp{
		Param: &syntax.Lit{Value: name},
		Index: &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: star}}},
	}
}
