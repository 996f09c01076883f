package classify

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify/shell"
	"github.com/venv-guard/venv-guard/world"
)

// A language is how blocks of it are run.
type language struct {
	name    string // as action.Start.Lang has it
	program string // that runs them unless the call names another
	ext     string // of scratch files
}

// languageOf returns the language that executors and Markdown call by a word;
// false if code of it cannot be judged. The words are those of AutoGen 0.2.40
// and 0.7 (python*, py, sh, bash, shell, pwsh, powershell, ps1, javascript), and
// of the languages that package code scans the usual ones.
func languageOf(word string) (language, bool) {
	word = strings.ToLower(word)
	switch word {
	case "sh", "shell", "console":
		return language{"sh", "sh", ".sh"}, true
	case "bash", "zsh", "dash", "ksh":
		return language{word, word, ".sh"}, true
	case "pwsh", "powershell", "ps1":
		return language{"powershell", "pwsh", ".ps1"}, true
	case "py", "ipython":
		word = "python"
	case "javascript", "js", "mjs", "cjs", "node", "jsx":
		return language{"node", "node", ".js"}, true
	case "typescript", "ts", "tsx", "mts", "cts":
		return language{"typescript", "node", ".ts"}, true
	case "deno", "bun":
		return language{word, word, ".ts"}, true
	case "ruby", "rb":
		return language{"ruby", "ruby", ".rb"}, true
	case "perl", "pl":
		return language{"perl", "perl", ".pl"}, true
	case "php", "lua":
		return language{word, word, "." + word}, true
	case "r", "rscript":
		return language{"r", "Rscript", ".R"}, true
	case "julia", "jl":
		return language{"julia", "julia", ".jl"}, true
	}
	if strings.HasPrefix(word, "python") { // "python3", which executors run as any other
		return language{"python", "python3", ".py"}, true
	}
	return language{}, false
}

// KnownLanguage reports whether code of a language, by any of its names, can be
// judged.
func KnownLanguage(word string) bool {
	_, ok := languageOf(word)
	return ok
}

// IsShell reports whether a language, by any of its names, is a POSIX shell's.
func IsShell(word string) bool {
	switch l, _ := languageOf(word); l.name {
	case "sh", "bash", "zsh", "dash", "ksh":
		return true
	}
	return false
}

// blocks judges what an executor would run.
func (d *Decision) blocks(opt shell.Options) {
	list := make([]shell.Block, 0, len(d.call.Blocks))
	for i := range d.call.Blocks {
		b := &d.call.Blocks[i]
		lang, ok := languageOf(b.Language)
		if !ok && !b.Saved {
			d.Problems = append(d.Problems, shell.Problem{
				ID:   "unknown-language",
				Text: fmt.Sprintf("block %d is in the language %q, whose code cannot be judged", i+1, clip(b.Language)),
				Hint: "write it in Python, JavaScript or shell",
			})
			return
		}
		out := shell.Block{Text: b.Code, Lang: lang.name, File: b.File, Named: b.File != "" && !b.Stands}
		if b.File == "" {
			out.File = d.scratch(opt.FS, i, lang.ext)
		}
		if !path.IsAbs(out.File) {
			out.File = path.Join(d.call.Dir, out.File)
		}
		if !b.Saved {
			program := lang.program
			if b.Interpreter != "" {
				program = b.Interpreter
			}
			out.Argv = []string{program, out.File}
		}
		list = append(list, out)
	}
	d.Problems = shell.EvaluateBlocks(list, opt)
}

// scratch returns a name for the ith block's file, if possible one that means
// nothing else to the call.
func (d *Decision) scratch(files world.FS, i int, ext string) string {
	name := "block-" + strconv.Itoa(i+1)
	taken := func() bool {
		return world.Exists(files, path.Join(d.call.Dir, name+ext)) ||
			slices.ContainsFunc(d.call.Blocks, func(b action.CodeBlock) bool {
				return strings.Contains(b.Code, name) || strings.Contains(b.File, name)
			})
	}
	for try := 2; try < 10 && taken(); try++ {
		name = "block-" + strconv.Itoa(i+1) + "-" + strconv.Itoa(try)
	}
	return name + ext
}

// clip bounds a word of the call for a reason.
func clip(s string) string {
	if len(s) > 32 {
		return strings.ToValidUTF8(s[:32], "") + "…"
	}
	return s
}
