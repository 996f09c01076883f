package classify

import (
	"path"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify/shell"
	"github.com/venv-guard/venv-guard/classify/task"
)

// runTask reads what a task runner would run.
func runTask(t shell.Task) []shell.Recipes {
	if task.IsNode(t.Runner) && t.File != "" {
		var all []shell.Recipes
		for _, file := range task.Workspaces(t.FS, t.Dir, t.File) {
			all = append(all, recipes(t, file))
		}
		return all
	}
	if t.Runner == "git" {
		return gitRecipes(t)
	}
	file := t.File
	if file == "" {
		file = task.Find(t.FS, t.Runner, t.Dir)
	}
	switch {
	case file == "" && t.Runner == "make": // which may be told what to do by --eval
		file = path.Join(t.Dir, "Makefile")
	case file == "":
		return nil
	}
	return []shell.Recipes{recipes(t, file)}
}

// gitRecipes reads what git would run by its settings and hooks.
func gitRecipes(t shell.Task) []shell.Recipes {
	if action.Holed(t.Dir) {
		return nil
	}
	g := task.Git{FS: t.FS, Dir: t.Dir, Getenv: t.Env.Get}
	dir, file, steps := g.Steps(t.Args)
	rec := shell.Recipes{File: file, Dir: dir}
	for _, st := range steps {
		rec.Texts = append(rec.Texts, shell.Recipe(st))
	}
	return []shell.Recipes{rec}
}

// included returns what reads the files that a Makefile includes, by name or
// pattern.
func included(t shell.Task) func(name string) []string {
	return func(name string) []string {
		var texts []string
		names := []string{name}
		if dir := path.Dir(name); strings.ContainsAny(path.Base(name), "*?[") {
			names = nil
			at := dir
			if !path.IsAbs(at) {
				at = path.Join(t.Dir, at)
			}
			entries, _ := t.FS.ReadDir(at)
			for _, entry := range entries {
				if ok, _ := path.Match(path.Base(name), entry.Name); ok {
					names = append(names, path.Join(dir, entry.Name))
				}
			}
		}
		for _, n := range names {
			if text, ok := t.Read(n); ok {
				texts = append(texts, text)
			}
		}
		return texts
	}
}

// recipes reads what a task runner would run by one file.
func recipes(t shell.Task, file string) shell.Recipes {
	rec := shell.Recipes{File: file}
	if t.Runner != "make" {
		rec.Dir = path.Dir(file)
	}
	text, ok := t.Read(file)
	if !ok && t.Runner != "make" {
		return rec
	}
	steps := task.Steps(t.Runner, text, t.Args, included(t))
	rec.Cut = len(steps) >= task.MaxSteps
	for _, st := range steps {
		rec.Texts = append(rec.Texts, shell.Recipe(st))
	}
	return rec
}
