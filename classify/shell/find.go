package shell

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/pattern"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// maxFindDirs bounds the directories that one find is followed into.
const maxFindDirs = 64

// A finder walks a tree as find(1) does, by the tests that it knows.
type finder struct {
	fs       world.FS
	tests    []func(name string, kind world.Kind) bool
	min, max int
	dirs     int  // read so far
	exact    bool // nothing was left out or in
	bare     bool // fd: names without "./", nothing hidden
	found    []string
}

// find returns what a find or fd command finds, as it would print it. exact
// says that it is just that; else it may be more or less.
func (e *evaluator) find(s *state, argv []string) (found []string, exact bool) {
	f := &finder{fs: s.fs, max: -1, exact: !s.coded}
	var roots []string
	if strings.HasPrefix(path.Base(argv[0]), "fd") {
		f.bare = true
		roots = f.readFd(argv[1:])
	} else {
		roots = f.readFind(argv[1:])
	}
	for _, r := range roots {
		if action.Holed(r) || action.Holed(s.dir) {
			return nil, false
		}
		info, err := world.Stat(s.fs, s.abs(r))
		if err != nil {
			f.exact = false
			continue
		}
		f.walk(r, s.abs(r), info.Kind, 0)
	}
	return f.found, f.exact
}

// findOutput returns what find prints, sorted. Nothing found is not known:
// what ran before may have made what would be found.
func (e *evaluator) findOutput(s *state, argv []string) (string, bool) {
	if !s.captured(1) || slices.ContainsFunc(argv, func(a string) bool {
		return strings.HasPrefix(a, "-exec") || strings.HasPrefix(a, "-ok") || strings.HasPrefix(a, "-f") || a == "-delete" || a == "-printf" || a == "-ls"
	}) {
		return "", false
	}
	found, exact := e.find(s, argv)
	if !exact || len(found) == 0 {
		return "", false
	}
	end := "\n"
	if slices.Contains(argv, "-print0") {
		end = "\x00"
	}
	return strings.Join(found, end) + end, true
}

// listed returns what ls prints for files that are there.
func listed(s *state, args []string) (string, bool) {
	var b strings.Builder
	for _, a := range args {
		if a == "-1" || a == "-d" || a == "--" {
			continue
		}
		if strings.HasPrefix(a, "-") || action.Holed(a) || !world.IsFile(s.fs, s.abs(a)) {
			return "", false
		}
		b.WriteString(a + "\n")
	}
	return b.String(), b.Len() > 0
}

func (f *finder) walk(name, abs string, kind world.Kind, depth int) {
	if f.dirs > maxFindDirs {
		f.exact = false
		return
	}
	base := path.Base(name)
	if depth >= f.min && !slices.ContainsFunc(f.tests, func(t func(string, world.Kind) bool) bool { return !t(name, kind) }) && !(f.bare && depth == 0) {
		f.found = append(f.found, name)
	}
	if kind != world.Dir || f.max >= 0 && depth >= f.max || f.bare && depth > 0 && strings.HasPrefix(base, ".") {
		return
	}
	f.dirs++
	entries, err := f.fs.ReadDir(abs)
	if err != nil {
		f.exact = false
	}
	for _, entry := range entries {
		child := strings.TrimSuffix(name, "/") + "/" + entry.Name
		if f.bare && name == "." {
			child = entry.Name
		}
		f.walk(child, path.Join(abs, entry.Name), entry.Kind, depth+1)
	}
}

// readFind reads the words of GNU find 4.9. A test that is not known counts as
// one that anything passes.
func (f *finder) readFind(args []string) (roots []string) {
	i := 0
	for i < len(args) && (args[i] == "-H" || args[i] == "-L" || args[i] == "-P") {
		i++
	}
	for ; i < len(args) && !strings.HasPrefix(args[i], "-") && args[i] != "(" && args[i] != "!"; i++ {
		roots = append(roots, args[i])
	}
	if len(roots) == 0 {
		roots = []string{"."}
	}
	for ; i < len(args); i++ {
		value := ""
		if i+1 < len(args) {
			value = args[i+1]
		}
		switch a := args[i]; a {
		case "-name", "-iname", "-path", "-wholename", "-ipath":
			i++
			f.glob(value, strings.HasPrefix(a, "-i"), strings.HasSuffix(a, "name") && a != "-wholename")
		case "-type":
			i++
			f.kind(value)
		case "-maxdepth", "-mindepth":
			i++
			n, err := strconv.Atoi(value)
			if err != nil {
				f.exact = false
			} else if a == "-maxdepth" {
				f.max = n
			} else {
				f.min = n
			}
		case "-print", "-print0", "-a", "-and", "-true", "-depth", "-xdev", "-mount":
		case "-exec", "-execdir", "-ok", "-okdir":
			return roots
		default:
			// Alternatives, negations, and tests of what is not known
			// here: the tests so far may not hold for all.
			f.exact = false
			if a == "-o" || a == "-or" || a == "(" || a == "!" || a == "-not" || a == "-prune" || a == "," {
				f.tests = nil
				return roots
			}
			if strings.HasPrefix(a, "-") && !strings.HasPrefix(value, "-") {
				i++
			}
		}
	}
	return roots
}

// readFd reads the words of fd 10: a pattern, then directories.
func (f *finder) readFd(args []string) (roots []string) {
	f.exact = false
	var words []string
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-x" || a == "-X" || a == "--exec" || a == "--exec-batch":
			i = len(args)
		case a == "-e" || a == "--extension":
			if i++; i < len(args) {
				ext := "." + strings.TrimPrefix(args[i], ".")
				f.tests = append(f.tests, func(name string, _ world.Kind) bool { return strings.HasSuffix(name, ext) })
			}
		case a == "-t" || a == "--type" || a == "-d" || a == "--max-depth" || a == "-E" || a == "--exclude" || a == "-j" || a == "-S" || a == "-o":
			i++
		case strings.HasPrefix(a, "-"):
		default:
			words = append(words, a)
		}
	}
	if len(words) > 0 {
		if re, err := regexp.Compile("(?i)" + words[0]); err == nil {
			f.tests = append(f.tests, func(name string, _ world.Kind) bool { return re.MatchString(path.Base(name)) })
		}
		roots = words[1:]
	}
	if len(roots) == 0 {
		roots = []string{"."}
	}
	return roots
}

func (f *finder) glob(glob string, fold, base bool) {
	expr, err := pattern.Regexp(glob, pattern.EntireString)
	if err != nil || action.Holed(glob) {
		f.exact = false
		return
	}
	if fold {
		expr = "(?i)" + expr
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		f.exact = false
		return
	}
	f.tests = append(f.tests, func(name string, _ world.Kind) bool {
		if base {
			name = path.Base(name)
		}
		return re.MatchString(name)
	})
}

func (f *finder) kind(letters string) {
	kinds := map[string]world.Kind{"f": world.File, "d": world.Dir, "l": world.Link}
	f.tests = append(f.tests, func(_ string, kind world.Kind) bool {
		for _, l := range strings.Split(letters, ",") {
			if k, ok := kinds[l]; ok && k == kind {
				return true
			}
		}
		return false
	})
}
