package shell

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify/filter"
	"github.com/venv-guard/venv-guard/world"
)

// effects lays what the common file tools do over the state's files, as far as
// that is exact. Any other program prints something unknown and leaves files
// alone.
func (e *evaluator) effects(c *command, s *state) {
	name, args := path.Base(c.argv[0]), c.argv[1:]
	opts, files := operands(args)
	switch name {
	case "git":
		e.gitConfig(s, args)
	case "mkdir":
		for _, f := range files {
			if !world.Exists(s.fs, s.abs(f)) {
				s.put(world.Write{Path: s.abs(f), Kind: world.Dir})
			}
		}
	case "mktemp":
		e.nproc++
		name := "/tmp/tmp." + strconv.Itoa(e.nproc) // new, whatever its name
		if strings.Contains(opts, "d") || slices.Contains(args, "--directory") {
			s.put(world.Write{Path: name, Kind: world.Dir})
		} else {
			s.put(world.Write{Path: name, Kind: world.File})
		}
		s.write(name + "\n")
	case "touch":
		for _, f := range files {
			if !world.Exists(s.fs, s.abs(f)) {
				s.put(world.Write{Path: s.abs(f), Kind: world.File})
			}
		}
	case "rm", "rmdir", "unlink":
		for _, f := range files {
			s.put(world.Write{Path: s.abs(f), Kind: world.Missing})
		}
	case "ln":
		symbolic := strings.Contains(opts, "s")
		s.copyAll(files, func(from, to string) {
			if symbolic {
				s.put(world.Write{Path: to, Kind: world.Link, Target: from})
			} else {
				s.put(world.Write{Path: to, Kind: world.Link, Target: s.abs(from)})
			}
		})
	case "cp", "install":
		s.copyAll(copyOperands(name, args), s.copyFile)
	case "mv":
		s.copyAll(copyOperands(name, args), s.moveFile)
	case "chmod":
		if len(files) > 1 {
			s.chmod(files[0], files[1:])
		}
	case "tee", "sponge": // sponge(1) of moreutils 0.67 writes when all is read
		text := action.HoleText
		if in := s.stdin(); in != nil {
			text = *in
		}
		mode := openWrite
		if strings.Contains(opts, "a") {
			mode = openAppend
		}
		for _, f := range files {
			e.store(s, f, text, mode)
		}
		if name == "tee" || len(files) == 0 {
			s.write(text)
		}
		return
	case "dd":
		e.dd(s, args)
	case "apply_patch", "applypatch":
		e.applyPatch(s, args)
	default:
		if f, ok := fetchOf(name, args); ok {
			e.fetch(s, f)
			return
		}
		s.write(e.output(s, name, args))
	}
	s.complain()
}

// operands divides arguments into the letters of the short options and the
// rest.
func operands(args []string) (opts string, rest []string) {
	for i, a := range args {
		switch {
		case a == "--":
			return opts, append(rest, args[i+1:]...)
		case strings.HasPrefix(a, "--"):
			if a == "--in-place" || strings.HasPrefix(a, "--in-place=") {
				opts += "i"
			}
			if a == "--symbolic" {
				opts += "s"
			}
			if a == "--append" {
				opts += "a"
			}
		case len(a) > 1 && a[0] == '-':
			opts += a[1:]
		default:
			rest = append(rest, a)
		}
	}
	return opts, rest
}

// copyOperands returns what cp, mv and install copy, with the destination as the
// last.
func copyOperands(name string, args []string) []string {
	var files []string
	dir := ""
	for i := 0; i < len(args); i++ {
		a := args[i]
		long, val, has := strings.Cut(a, "=")
		takes := long == "--target-directory" || long == "--suffix" || long == "--mode" || long == "--owner" || long == "--group"
		if len(a) > 1 && a[0] == '-' && a[1] != '-' {
			letters := "tS"
			if name == "install" {
				letters = "tSmog"
			}
			if k := strings.IndexAny(a, letters); k > 0 {
				takes, long, val, has = true, "-"+a[k:k+1], a[k+1:], k+1 < len(a)
			}
		}
		switch {
		case a == "--":
			files = append(files, args[i+1:]...)
			i = len(args)
		case takes:
			if !has && i+1 < len(args) {
				i++
				val = args[i]
			}
			if long == "-t" || long == "--target-directory" {
				dir = val
			}
		case len(a) < 2 || a[0] != '-':
			files = append(files, a)
		}
	}
	if dir != "" {
		files = append(files, strings.TrimSuffix(dir, "/")+"/")
	}
	return files
}

// dd copies a file or standard input, or a part of it.
func (e *evaluator) dd(s *state, args []string) {
	from, to, keep := "-", "", false
	var rest []string
	for _, a := range args {
		key, val, _ := strings.Cut(a, "=")
		switch key {
		case "if":
			from = val
		case "of":
			to = val
			continue
		case "conv":
			if val == "notrunc" || val == "fsync" || val == "fdatasync" {
				keep = keep || val == "notrunc"
				continue
			}
		}
		rest = append(rest, a)
	}
	text, ok := filter.Output(e.filterCall(s, "dd", rest))
	if !ok {
		if text, ok = e.readText(s, from); ok {
			text = e.derived("dd", text)
		} else {
			text = action.HoleText
		}
	}
	if to == "" {
		s.write(text)
		return
	}
	if keep { // what is written covers the beginning of what was there
		if old, ok := e.readText(s, to); ok && old != "" {
			text = e.derived("dd", text+old)
		}
	}
	e.store(s, to, text, openWrite)
}

// inPlaceAfter reports whether a program edits files in place by an option -i, and
// returns the letters that may stand before it in one word: the options without
// a value, and perl's and ruby's -0 and -l with their digits.
func inPlaceAfter(name string) (letters string, ok bool) {
	switch name {
	case "sed", "gsed", "ssed":
		return "nErsuz", true
	case "perl":
		return "acfhlnpsStTuUvwWX01234567", true
	case "ruby":
		return "achlnpsSvwy01234567", true
	}
	return "", false
}

// edited follows what interpreters do with files in place. What becomes of a
// file of the call is not known then; any other is taken as it was.
func (e *evaluator) edited(states []*state, name string, args []string) {
	before, ok := inPlaceAfter(name)
	if !ok {
		return
	}
	inPlace := false
	var files []string
	for _, a := range args {
		switch k := strings.IndexByte(a, 'i'); {
		case len(a) < 2 || a[0] != '-':
			files = append(files, a)
		case strings.HasPrefix(a, "--in-place"), k > 0 && strings.Trim(a[1:k], before) == "":
			inPlace = true
		}
	}
	if !inPlace {
		return
	}
	for _, s := range states {
		for _, f := range files {
			if action.Holed(f) {
				continue
			}
			if !s.fs.ByHand(s.abs(f)) {
				if e.opt.Watch != nil {
					e.changes(e.current, s, world.Write{Path: s.real(s.abs(f)), Kind: world.File, Content: action.HoleText})
				}
				continue
			}
			if text, ok := e.readText(s, f); ok {
				s.put(world.Write{Path: s.abs(f), Kind: world.File, Content: e.derived(name, text), Unknown: true, Exec: true})
			}
		}
	}
}

func (s *state) put(w world.Write) {
	if action.Holed(w.Path) {
		if w.Kind != world.File || w.Content == "" {
			return
		}
		w.Path = s.somewhere(w.Path)
	}
	if dir, err := world.Resolve(s.fs, path.Dir(w.Path), true); err == nil {
		w.Path = path.Join(dir, path.Base(w.Path))
	}
	s.lay(w)
}

// somewhere returns the path that stands for a file whose path is not known, so
// that a script of unknown name may turn out to be that file.
func (s *state) somewhere(holed string) string {
	var b strings.Builder
	if !path.IsAbs(holed) { // it begins with a hole: see abs
		holed = path.Join("/", s.dir, holed)
	}
	for _, r := range holed {
		if action.IsHole(r) {
			b.WriteString("⟨…⟩")
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// copyAll calls f for every source and destination of `tool SRC… DST`.
func (s *state) copyAll(files []string, f func(from, to string)) {
	switch {
	case len(files) < 2:
		if len(files) == 1 { // ln -s target
			f(files[0], s.abs(path.Base(files[0])))
		}
		return
	}
	last := files[len(files)-1]
	dst := s.abs(last)
	into := strings.HasSuffix(last, "/") || world.IsDir(s.fs, dst)
	for _, from := range files[:len(files)-1] {
		to := dst
		if into {
			to = path.Join(dst, path.Base(from))
		}
		f(from, to)
	}
}

// copyFile makes to a copy of from: a link, for a directory or a file that is
// too long to keep.
func (s *state) copyFile(from, to string) {
	src := s.abs(from)
	if fd, ok := s.fdOf(src); ok {
		if text, ok := s.unread(fd); ok {
			s.put(world.Write{Path: to, Kind: world.File, Content: text})
			return
		}
	}
	info, err := world.Stat(s.fs, src)
	switch {
	case err != nil || action.Holed(src):
		text := action.HoleText
		if old, err := s.fs.ReadFile(to, maxFileSize); err == nil {
			text = strings.TrimSuffix(string(old), "\n") + "\n" + text // nothing is copied if src is not there
		}
		s.put(world.Write{Path: to, Kind: world.File, Content: text, Unknown: text == action.HoleText, Exec: true})
		return
	case info.Kind == world.File:
		if b, err := s.fs.ReadFile(src, maxFileSize); err == nil {
			s.put(world.Write{Path: to, Kind: world.File, Content: string(b), Exec: info.Exec})
			return
		}
	}
	s.put(world.Write{Path: to, Kind: world.Link, Target: src})
}

// moveFile makes to of from, which is gone then unless to is a link to it.
func (s *state) moveFile(from, to string) {
	s.copyFile(from, to)
	src := s.abs(from)
	if s.e.opt.Watch != nil && !world.IsFile(s.fs, src) {
		s.e.changes(s.e.current, s, world.Write{Path: src, Kind: world.Missing})
	}
	if info, err := s.fs.Lstat(to); err == nil && info.Kind == world.File && src != to && world.IsFile(s.fs, src) {
		for id, t := range s.streams {
			if t.path != "" && t.path == s.real(src) { // what has it open writes on
				c := *t
				c.path = s.real(to)
				s.setStream(id, c)
			}
		}
		s.put(world.Write{Path: src, Kind: world.Missing})
	}
}

func (s *state) chmod(mode string, files []string) {
	exec := strings.Contains(mode, "x") && !strings.Contains(mode, "-x")
	if strings.Trim(mode, "01234567") == "" {
		exec = strings.ContainsAny(mode, "1357")
	}
	if !exec && !strings.Contains(mode, "-x") && strings.Trim(mode, "01234567") != "" {
		return
	}
	for _, f := range files {
		abs := s.abs(f)
		info, err := world.Stat(s.fs, abs)
		if err != nil || info.Kind != world.File || info.Exec == exec {
			continue
		}
		w := world.Write{Path: abs, Kind: world.File, Exec: exec}
		if b, err := s.fs.ReadFile(abs, maxFileSize); err == nil {
			w.Content = string(b)
		} else {
			w.Unknown = true
			w.Content, _ = s.fs.UnknownContent(abs)
		}
		s.put(w)
	}
}
