package shell

import (
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// simple expands a word that consists of plain text and values of scalars, which
// most words do, without package expand. split says that the shell would split
// what is not quoted and match it against files; a word that either could change
// is not simple.
func (x *expander) simple(w *syntax.Word, split bool) (field string, ok bool) {
	if x.src.lang == syntax.LangZsh || x.s.opts.nounset || x.e.lookup(x.s, "IFS") != nil {
		return "", false
	}
	var b strings.Builder
	for _, p := range w.Parts {
		part := ""
		switch p := p.(type) {
		case *syntax.Lit:
			part, ok = p.Value, !strings.ContainsAny(p.Value, "\\*?[{~<")
		case *syntax.SglQuoted:
			part, ok = p.Value, !p.Dollar
		case *syntax.DblQuoted:
			part, ok = x.simpleQuoted(p)
		case *syntax.ParamExp:
			part, ok = x.scalar(p)
			ok = ok && (!split || isBland(part))
		default:
			ok = false
		}
		if !ok {
			return "", false
		}
		if len(w.Parts) == 1 {
			return part, true
		}
		b.WriteString(part)
	}
	return b.String(), ok
}

func (x *expander) simpleQuoted(q *syntax.DblQuoted) (text string, ok bool) {
	if q.Dollar {
		return "", false
	}
	var b strings.Builder
	for _, p := range q.Parts {
		part := ""
		switch p := p.(type) {
		case *syntax.Lit:
			part, ok = p.Value, !strings.Contains(p.Value, "\\")
		case *syntax.ParamExp:
			part, ok = x.scalar(p)
		default:
			ok = false
		}
		if !ok {
			return "", false
		}
		if len(q.Parts) == 1 {
			return part, true
		}
		b.WriteString(part)
	}
	return b.String(), true
}

// scalar returns the value of a parameter that is no array, "" for none.
func (x *expander) scalar(p *syntax.ParamExp) (string, bool) {
	if !simpleParam(p) {
		return "", false
	}
	switch name := p.Param.Value; name {
	case "@", "*", "LINENO":
		return "", false
	default:
		v := (*expandEnv)(x).Get(name)
		return v.Str, !v.Set || v.Kind == expand.String
	}
}

// isBland reports whether a value is one field that names no other files.
func isBland(v string) bool {
	return v != "" && !strings.ContainsAny(v, " \t\n\\*?[]()!|^~{}<>") && utf8.ValidString(v)
}
