package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// sh may be bash or a plain POSIX shell like dash, which reads some of bash's
// constructs as something else and runs what bash does not. A text in
// syntax.LangPOSIX is parsed as bash's and evaluated as dash 0.5 would.

// readings returns the variants in which a text is read that a shell is given.
func readings(lang, text string) []syntax.LangVariant {
	switch lang {
	case "dash", "ash", "posh", "yash":
		return []syntax.LangVariant{syntax.LangPOSIX}
	case "sh":
		if dashDiffers(text) {
			return []syntax.LangVariant{syntax.LangBash, syntax.LangPOSIX}
		}
	}
	return []syntax.LangVariant{variant(lang)}
}

// dashDiffers reports whether dash may start something for a text that bash
// does not start.
func dashDiffers(text string) bool {
	for _, s := range [...]string{"[[", "((", "&>", "function", "=="} {
		if strings.Contains(text, s) {
			return true
		}
	}
	return strings.Contains(text, "echo") && strings.Contains(text, "\\") ||
		strings.Contains(text, "{") && (strings.Contains(text, ",") || strings.Contains(text, ".."))
}

// dashSplit returns the two commands that dash finds around the &> of a
// statement: `a &>f b` is `a &` and `>f b` to it.
func dashSplit(st *syntax.Stmt) []*syntax.Stmt {
	call, ok := st.Cmd.(*syntax.CallExpr)
	if !ok {
		return nil
	}
	for _, r := range st.Redirs {
		if r.Op != syntax.RdrAll && r.Op != syntax.AppAll {
			continue
		}
		for i, w := range call.Args {
			if w.Pos().Offset() > r.OpPos.Offset() {
				return []*syntax.Stmt{
					{Position: st.Position, Cmd: &syntax.CallExpr{Assigns: call.Assigns, Args: call.Args[:i]}},
					{Position: st.Position, Cmd: &syntax.CallExpr{Args: call.Args[i:]}},
				}
			}
		}
	}
	return nil
}

// dashLit quotes the braces of unquoted text, which dash does not expand.
func dashLit(s string) []syntax.WordPart {
	var out []syntax.WordPart
	for i := strings.IndexByte(s, '{'); i >= 0; i = strings.IndexByte(s, '{') {
		if i > 0 {
			out = append(out, &syntax.Lit{Value: s[:i]})
		}
		out = append(out, &syntax.SglQuoted{Value: "{"})
		s = s[i+1:]
	}
	if s != "" {
		out = append(out, &syntax.Lit{Value: s})
	}
	return out
}
