package code

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// A startFunc takes the arguments of a call that starts something.
type startFunc func(s *scanner, args []argument, t token)

// starter returns what a call of that full name starts, or nil.
func starter(lang, n string) startFunc {
	last := n[strings.LastIndexByte(n, '.')+1:]
	ofExpr := strings.HasPrefix(n, "?.") // a method of some expression
	switch lang {
	case "node", "javascript", "typescript", "bun", "deno":
		return nodeStarter(n, last, ofExpr)
	case "ruby":
		switch n {
		case "system", "exec", "spawn", "Kernel.system", "Kernel.exec", "Kernel.spawn", "Process.spawn", "IO.popen",
			"Open3.capture2", "Open3.capture2e", "Open3.capture3", "Open3.popen2", "Open3.popen2e", "Open3.popen3":
			return textOrWords
		case "eval":
			return nested
		}
	case "perl":
		switch n {
		case "system", "exec":
			return textOrWords
		case "open":
			return perlOpen
		case "eval":
			return nested
		}
	case "php":
		switch n {
		case "shell_exec", "exec", "system", "passthru", "popen", "proc_open":
			return textOrWords
		case "pcntl_exec":
			return programAndList
		case "eval":
			return nested
		}
	case "lua":
		if n == "os.execute" || n == "io.popen" {
			return textOrWords
		}
	case "awk":
		if n == "system" {
			return textOrWords
		}
	case "r":
		switch n {
		case "system", "shell", "base.system":
			return textOrWords
		case "system2", "base.system2":
			return programAndList
		}
	}
	return nil
}

func nodeStarter(n, last string, ofExpr bool) startFunc {
	switch n {
	case "eval", "vm.runInThisContext", "vm.runInNewContext":
		return nested
	case "Function":
		return func(s *scanner, args []argument, t token) { nested(s, args[max(len(args)-1, 0):], t) }
	case "Bun.spawn", "Bun.spawnSync":
		return textOrWords
	case "Deno.Command", "Deno.run":
		return denoCommand
	case "execa", "execa.execa", "execaSync", "cross-spawn", "spawn", "spawnSync", "execFile", "execFileSync":
		return programAndList
	case "execSync", "execaCommand", "execaCommandSync", "execAsync":
		return textOrWords
	case "exec":
		return textOrWords
	}
	if strings.HasPrefix(n, "child_process.") || ofExpr {
		switch last {
		case "execSync":
			return textOrWords
		case "exec":
			if !ofExpr { // else it could be a regular expression's
				return textOrWords
			}
			return execOfRequire
		case "spawn", "spawnSync", "execFile", "execFileSync":
			return programAndList
		}
	}
	return nil
}

// execOfRequire is require("child_process").exec(…), and not /x/.exec(…).
func execOfRequire(s *scanner, args []argument, t token) {
	if strings.Contains(s.Text, "child_process") {
		textOrWords(s, args, t)
	}
}

func texts(args []argument) []string {
	var out []string
	for _, a := range args {
		if a.key != "" {
			continue
		}
		if a.kind == listValue {
			out = append(out, a.list...)
		} else {
			out = append(out, a.text())
		}
	}
	return out
}

func (s *scanner) words(argv []string, t token) {
	if len(argv) > 0 && argv[0] != "" {
		s.start(action.Start{Argv: argv}, t)
	}
}

// textOrWords is the common form: one string is shell text, a list or several
// strings are a program and its arguments.
func textOrWords(s *scanner, args []argument, t token) {
	var plain []argument
	for _, a := range args {
		if a.key == "" {
			plain = append(plain, a)
		} else if a.key == "args" || a.key == "command" || a.key == "cmd" {
			plain = append([]argument{a}, plain...)
		}
	}
	if len(plain) == 0 {
		return
	}
	if in, ok := s.fed(args, t); ok {
		cmd := plain[0].text()
		if plain[0].kind == listValue {
			cmd = quotedWords(plain[0].list)
		}
		s.shell("printf %s "+singleQuoted(in)+" | "+cmd, t)
		return
	}
	if plain[0].kind == listValue && len(plain[0].list) == 1 && strings.Contains(plain[0].list[0], " ") {
		s.shell(plain[0].list[0], t) // shell=True, system(*list)
		return
	}
	if plain[0].kind == listValue {
		s.words(plain[0].list, t)
		return
	}
	// Callbacks and option hashes are no strings that were understood.
	if len(plain) > 1 && plain[1].kind == stringValue && !action.OnlyHoles(plain[1].str) && s.Lang != "php" && s.Lang != "lua" && s.Lang != "node" && !modeWord(plain[1].str) {
		s.words(texts(plain), t)
		return
	}
	s.shell(plain[0].text(), t)
}

// fed is the text that a call hands to what it starts: {input: "…"} of Node.
func (s *scanner) fed(args []argument, t token) (string, bool) {
	for _, a := range args {
		if a.key == "input" {
			return a.known()
		}
	}
	if !syntaxFor(s.Lang).block {
		return "", false
	}
	v := s.option("input", t)
	return v.known()
}

// option is the value of a key in an object among the arguments of the call at t,
// which ends at the current token.
func (s *scanner) option(key string, t token) value {
	for i := s.i; i > 0 && s.at(i).pos > t.pos; i-- {
		if s.at(i).text == key && s.at(i+1).text == ":" {
			save := s.i
			s.i = i + 2
			v := s.expr()
			s.i = save
			return v
		}
	}
	return value{}
}

// quotedWords is a command as a shell reads it.
func quotedWords(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		if out[i] = w; strings.Trim(w, "-/.=_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			out[i] = singleQuoted(w)
		}
	}
	return strings.Join(out, " ")
}

// modeWord is the second argument of popen.
func modeWord(w string) bool { return w == "r" || w == "w" || w == "rb" || w == "rt" }

// programAndList is f(program, [arguments], …).
func programAndList(s *scanner, args []argument, t token) {
	if len(args) == 0 {
		return
	}
	argv := []string{args[0].text()}
	for _, a := range args[1:] {
		if a.kind == listValue {
			argv = append(argv, a.list...)
			break
		}
	}
	if len(argv) == 1 && strings.Contains(argv[0], " ") {
		s.shell(argv[0], t) // { shell: true }
		return
	}
	s.words(argv, t)
}

// nested is eval("…"): code in a string.
func nested(s *scanner, args []argument, t token) {
	if len(args) == 0 {
		return
	}
	if args[0].kind != stringValue || action.OnlyHoles(args[0].str) {
		// Code that is not known: what policies say of such counts.
		s.emit(action.Act{Start: action.Start{Text: action.HoleText, Lang: s.Lang}}, t)
		return
	}
	s.inner(args[0].str, t)
}

// denoCommand is new Deno.Command("pip", { args: […] }).
func denoCommand(s *scanner, args []argument, t token) {
	if len(args) == 0 {
		return
	}
	argv := []string{args[0].text()}
	if args[0].kind == listValue {
		argv = args[0].list
	}
	s.words(append(argv, s.option("args", t).list...), t)
}

// perlOpen is open(F, "cmd |") and open(F, "-|", "cmd", …).
func perlOpen(s *scanner, args []argument, t token) {
	if len(args) < 2 {
		return
	}
	mode := strings.TrimSpace(args[1].str)
	switch {
	case len(args) > 2 && (mode == "-|" || mode == "|-"):
		textOrWords(s, args[2:], t)
	case strings.HasSuffix(mode, "|"):
		s.shell(strings.TrimSuffix(mode, "|"), t)
	case strings.HasPrefix(mode, "|"):
		s.shell(mode[1:], t)
	}
}
