package task

import (
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/world"
)

func TestGit(t *testing.T) {
	files := world.Mem{
		"/home/u/.gitconfig":            {Content: "[alias]\n\tg = !global\n\tx = log\n"},
		"/p/.git/config":                {Content: "[core]\n\tbare = false\n[Alias]\n\tX = \"!a \\\"b\\\"\" # note\n\ty = x --z\n[alias] w = !one \\\n two\n"},
		"/p/.git/hooks/pre-commit":      {Content: "#!/bin/sh", Exec: true},
		"/p/.git/hooks/commit-msg":      {Content: "#!/bin/sh"},
		"/p/.git/hooks/post-checkout":   {Content: "#!/bin/sh", Exec: true},
		"/p/h/pre-push":                 {Content: "#!/bin/sh", Exec: true},
		"/p/sub/file":                   {Content: "x"},
		"/w/.git":                       {Content: "gitdir: /p/.git/worktrees/w\n"},
		"/p/.git/worktrees/w/commondir": {Content: "../..\n"},
	}
	for _, test := range []struct{ dir, words, want string }{
		{"/p/sub", "x c", `/p: a "b" 'c'`},
		{"/p", "y", "/p: git x --z"},
		{"/p", "w", "/p: one  two"},
		{"/p", "g", "/p: global"},
		{"/p", "status", ""},
		{"/p", "-c alias.q=!r q s", "/p: r 's'"},
		{"/p", "commit -m x", "/p: '/p/.git/hooks/pre-commit' ⟨…⟩"},
		{"/p", "commit --no-verify", ""},
		{"/p", "checkout main", "/p: '/p/.git/hooks/post-checkout' ⟨…⟩"},
		{"/w", "checkout main", "/w: '/p/.git/hooks/post-checkout' ⟨…⟩"},
		{"/p", "push", ""},
		{"/p", "-c core.hooksPath=h push", "/p: '/p/h/pre-push' ⟨…⟩"},
		{"/", "commit", ""},
	} {
		g := Git{FS: files, Dir: test.dir, Getenv: func(name string) (string, bool) { return "/home/u", name == "HOME" }}
		dir, _, steps := g.Steps(strings.Fields(test.words))
		got := ""
		if len(steps) > 0 {
			got = strings.ReplaceAll(dir+": "+show(steps), hole, "⟨…⟩")
		}
		if got != test.want {
			t.Errorf("git %s in %s: got %q, want %q", test.words, test.dir, got, test.want)
		}
	}
}
