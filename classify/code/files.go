package code

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// store tells that the code writes a text to a file, if any of it is known.
func (s *scanner) store(file, in string, more bool, t token) {
	if file == "" || action.Holed(file) || action.OnlyHoles(in) && in != "" || s.told[-1-t.pos] {
		return
	}
	s.told[-1-t.pos] = true
	s.emit(action.Act{Kind: action.ActWrite, Path: file, Start: action.Start{Text: in}, Append: more}, t)
}

// opened is an open file: what it holds, or an empty one if it is opened to be
// written.
func (s *scanner) opened(args []argument, t token) value {
	if len(args) == 0 {
		return text(action.HoleText)
	}
	file, ok := args[0].known()
	if !ok {
		return text(action.HoleText)
	}
	mode := ""
	for _, a := range args[1:] {
		if a.key == "" || a.key == "mode" {
			mode = a.str
			break
		}
	}
	switch {
	case strings.ContainsAny(mode, "wx"):
		s.store(file, "", false, t)
	case !strings.Contains(mode, "a"):
		return value{kind: stringValue, str: s.read(file).str, file: file}
	}
	return value{kind: stringValue, str: action.HoleText, file: file}
}

// fileFunction returns what a function that changes files does, or nil.
func fileFunction(lang, n string) startFunc {
	i := strings.LastIndexByte(n, '.')
	last := n[i+1:]
	switch lang {
	case "node", "javascript", "typescript", "bun", "deno":
		switch last {
		case "writeFileSync", "writeFile", "writeTextFileSync", "writeTextFile":
			return writeFile(false)
		case "appendFileSync", "appendFile":
			return writeFile(true)
		case "chmodSync":
			return madeExecutable
		case "unlinkSync", "unlink", "rmSync", "rmdirSync", "removeSync":
			return removeFile
		case "copyFileSync":
			return twoFiles(action.ActCopy)
		case "renameSync":
			return twoFiles(action.ActMove)
		case "symlinkSync":
			return twoFiles(action.ActLink)
		}
	case "ruby":
		switch n {
		case "File.write", "IO.write":
			return writeFile(false)
		case "load", "require_relative":
			return runMade
		case "File.delete", "File.unlink", "FileUtils.rm", "FileUtils.rm_f", "FileUtils.rm_rf", "FileUtils.rm_r":
			return removeFile
		case "FileUtils.cp":
			return twoFiles(action.ActCopy)
		case "FileUtils.mv", "File.rename":
			return twoFiles(action.ActMove)
		case "FileUtils.ln_s", "File.symlink":
			return twoFiles(action.ActLink)
		}
	case "php":
		switch n {
		case "file_put_contents":
			return writeFile(false)
		case "unlink", "rmdir":
			return removeFile
		case "rename":
			return twoFiles(action.ActMove)
		case "copy":
			return twoFiles(action.ActCopy)
		case "include", "require", "include_once", "require_once":
			return runMade
		}
	case "perl":
		switch n {
		case "unlink", "rmtree", "File::Path::rmtree", "remove_tree":
			return removeFile
		case "rename", "move":
			return twoFiles(action.ActMove)
		case "copy":
			return twoFiles(action.ActCopy)
		case "open":
			return openPerl
		}
		if n == "do" || n == "require" {
			return runMade
		}
	case "lua":
		switch n {
		case "os.remove":
			return removeFile
		case "os.rename":
			return twoFiles(action.ActMove)
		}
		if n == "dofile" || n == "loadfile" {
			return runMade
		}
	}
	return nil
}

// twoFiles is a function that does something with one file, and makes another.
func twoFiles(kind action.ActKind) startFunc {
	return func(s *scanner, args []argument, t token) {
		words := texts(args)
		if len(words) < 2 {
			return
		}
		s.emit(action.Act{Kind: kind, Path: words[0], To: words[1]}, t)
	}
}

// openPerl is open(F, ">", file) or open(F, ">file"): what is printed there is not
// followed.
func openPerl(s *scanner, args []argument, t token) {
	words := texts(args)
	for i, w := range words {
		file, ok := strings.CutPrefix(strings.TrimSpace(w), ">")
		if !ok {
			continue
		}
		if file = strings.TrimLeft(file, "> "); (file == "" || file[0] == ':') && i+1 < len(words) {
			file = words[i+1]
		}
		if file != "" && !action.Holed(file) {
			s.emit(action.Act{Kind: action.ActWrite, Path: file, Start: action.Start{Text: action.HoleText}, Append: strings.HasPrefix(w, ">>")}, t)
		}
		return
	}
}

// removeFile is f(file).
func removeFile(s *scanner, args []argument, t token) {
	if words := texts(args); len(words) > 0 {
		s.emit(action.Act{Kind: action.ActRemove, Path: words[0]}, t)
	}
}

// writeFile is f(file, text).
func writeFile(more bool) startFunc {
	return func(s *scanner, args []argument, t token) {
		if words := texts(args); len(words) > 1 {
			s.store(words[0], words[1], more, t)
		}
	}
}

// madeExecutable is f(file, mode).
func madeExecutable(s *scanner, args []argument, t token) {
	if words := texts(args); len(words) > 0 {
		s.emit(action.Act{Kind: action.ActMode, Path: words[0]}, t)
	}
}

// runMade is a call that runs a file of the same language which the same call has
// written.
func runMade(s *scanner, args []argument, t token) {
	if len(args) > 0 {
		s.include(args[0].str, args[0].str+".rb")
	}
}
