package code

import (
	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify/code/javascript"
)

// isJavaScript reports whether a language is JavaScript, by itself or by the
// name of what runs it.
func isJavaScript(lang string) bool {
	switch lang {
	case "node", "javascript", "typescript", "bun", "deno":
		return true
	}
	return false
}

// ecmaScript reads a program in JavaScript or TypeScript; ok is false if it cannot be
// parsed.
func ecmaScript(p Program, lib Library) (acts []action.Act, ok bool) {
	in := javascript.Program{
		Text: p.Text, Lang: p.Lang, File: p.File, Self: p.Self, Args: p.Args, Env: p.Env, Read: p.Read,
	}
	if p.Made != nil {
		in.Made = func(file string) bool {
			_, ok := p.Made(file)
			return ok
		}
	}
	if lib != nil {
		in.Function = func(name string) []string {
			if f := lib.Function(p.Lang, name); f != nil {
				return f.Argv
			}
			return nil
		}
	}
	r, ok := javascript.Read(in)
	if r.Unread {
		r.Acts = append(r.Acts, action.Act{Kind: action.ActUnread})
	}
	return r.Acts, ok
}
