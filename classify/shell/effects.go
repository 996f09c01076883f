package shell

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
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
	case "cp", "mv", "install":
		s.copyAll(files, s.copyFile)
	case "chmod":
		if len(files) > 1 {
			s.chmod(files[0], files[1:])
		}
	case "tee":
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
		s.write(text)
		return
	case "dd":
		e.dd(s, args)
	case "sed", "perl", "ruby":
		// Edited in place: what is in there afterwards is not known.
		if strings.Contains(opts, "i") {
			for _, f := range files {
				if abs := s.abs(f); world.IsFile(s.fs, abs) {
					s.put(world.Write{Path: abs, Kind: world.File, Content: action.HoleText, Unknown: true, Exec: true})
				}
			}
		}
		s.write(action.HoleText)
	default:
		if f, ok := fetchOf(name, args); ok {
			e.fetch(s, f)
			return
		}
		s.write(e.output(s, name, args))
	}
	s.complain()
}

// dd copies its input, or a part of it (coreutils 9.1).
func (e *evaluator) dd(s *state, args []string) {
	from, to, whole := "-", "", true
	for _, a := range args {
		switch key, val, _ := strings.Cut(a, "="); key {
		case "if":
			from = val
		case "of":
			to = val
		case "bs", "ibs", "obs", "status":
		default:
			whole = false
		}
	}
	text, ok := e.readText(s, from)
	switch {
	case !ok:
		text = action.HoleText
	case !whole:
		text = e.derived("dd", text)
	}
	if to == "" {
		s.write(text)
	} else {
		e.store(s, to, text, openWrite)
	}
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

func (s *state) put(w world.Write) {
	if action.Holed(w.Path) {
		return
	}
	if dir, err := world.Resolve(s.fs, path.Dir(w.Path), true); err == nil {
		w.Path = path.Join(dir, path.Base(w.Path))
	}
	s.lay(w)
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
		s.put(world.Write{Path: to, Kind: world.File, Content: action.HoleText, Unknown: true, Exec: true})
		return
	case info.Kind == world.File:
		if b, err := s.fs.ReadFile(src, maxFileSize); err == nil {
			s.put(world.Write{Path: to, Kind: world.File, Content: string(b), Exec: info.Exec})
			return
		}
	}
	s.put(world.Write{Path: to, Kind: world.Link, Target: src})
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
