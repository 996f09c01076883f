package classify

import (
	"path"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/world"
)

// A which says which operands of a program are files.
type which uint8

const (
	none which = iota
	every
	butLast
	theLast
)

// A fileTool says how a common file tool of POSIX or GNU coreutils 9.1 uses its
// operands.
type fileTool struct {
	short         string   // letters of options that take a value
	long          []string // long options that take one as the next word
	skip          int      // leading operands that are no files
	reads, writes which
	out           []string // options whose value is a file that is written
}

func fileToolOf(name string, args []string) (fileTool, bool) {
	switch name {
	case "cat", "tac", "nl", "rev", "wc", "less", "more", "bat", "zcat", "strings", "md5sum", "sha1sum", "sha256sum", "sha512sum", "cksum",
		"expand", "unexpand", "fmt", "diff", "cmp", "comm", "readelf", "objdump", "file":
		return fileTool{reads: every}, true
	case "head", "tail":
		return fileTool{short: "nc", long: []string{"--lines", "--bytes"}, reads: every}, true
	case "cut", "paste", "column", "join":
		return fileTool{short: "dfcbosj12", reads: every}, true
	case "od", "xxd", "hexdump", "base64", "base32", "fold", "uniq", "split":
		return fileTool{short: "ANjtwlscgfn", reads: every}, true
	case "sort":
		return fileTool{short: "ktST", reads: every, out: []string{"-o", "--output"}}, true
	case "grep", "egrep", "fgrep", "rg", "jq", "yq":
		t := fileTool{short: "ABCmef", long: []string{"--regexp", "--file"}, skip: 1, reads: every}
		if name == "jq" || name == "yq" {
			t.short = "fL"
		} else if slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "-e") || strings.HasPrefix(a, "--regexp") }) {
			t.skip = 0
		}
		return t, true
	case "sed":
		t := fileTool{short: "efl", long: []string{"--expression", "--file"}, skip: 1, reads: every}
		for _, a := range args {
			if strings.HasPrefix(a, "-i") || strings.HasPrefix(a, "--in-place") || len(a) > 2 && a[0] == '-' && a[1] != '-' && strings.HasSuffix(a, "i") {
				t.writes = every
			}
			if strings.HasPrefix(a, "-e") || strings.HasPrefix(a, "--expression") || strings.HasPrefix(a, "-f") {
				t.skip = 0
			}
		}
		return t, true
	case "tee", "rm", "rmdir", "unlink", "mkfifo", "mkdir", "touch", "truncate", "shred":
		return fileTool{short: map[string]string{"mkdir": "m", "mkfifo": "m", "touch": "drt", "truncate": "sr", "shred": "ns"}[name], writes: every}, true
	case "chmod", "chown", "chgrp":
		return fileTool{skip: 1, writes: every}, true
	case "mv":
		return fileTool{short: "St", writes: every, reads: butLast}, true
	case "cp", "install", "ln", "rsync", "scp":
		t := fileTool{short: map[string]string{"cp": "S", "install": "gmoS", "ln": "S", "rsync": "efMBT", "scp": "cFiloPS"}[name], reads: butLast, writes: theLast}
		if name == "ln" {
			t.reads = none
		}
		return t, true
	}
	return fileTool{}, false
}

// fileWords returns the files that a common tool is told, by its words, to read
// and to write.
func fileWords(inv *action.Invocation) (reads, writes []string, known bool) {
	if len(inv.Argv) == 0 {
		return nil, nil, false
	}
	name, args := policy.BaseName(inv.Program()), inv.Argv[1:]
	switch name {
	case "dd":
		for _, a := range args {
			if f, ok := strings.CutPrefix(a, "if="); ok {
				reads = append(reads, f)
			} else if f, ok := strings.CutPrefix(a, "of="); ok {
				writes = append(writes, f)
			}
		}
		return reads, writes, true
	case "curl", "wget":
		return nil, outputs(args, "o", []string{"--output"}, name), false
	}
	t, ok := fileToolOf(name, args)
	if !ok {
		return nil, nil, false
	}
	files, target := operandsOf(args, &t)
	for _, o := range t.out {
		writes = append(writes, outputs(args, strings.TrimPrefix(o, "-"), []string{o}, name)...)
	}
	files = files[min(t.skip, len(files)):]
	last := ""
	switch {
	case target != "":
		last = target
		files = append(files, target)
	case len(files) > 0:
		last = files[len(files)-1]
	}
	pick := func(w which) []string {
		switch {
		case w == every:
			return files
		case w == butLast && len(files) > 0:
			return files[:len(files)-1]
		}
		return nil
	}
	reads = pick(t.reads)
	writes = append(writes, pick(t.writes)...)
	if (t.writes == theLast || name == "mv") && len(files) > 1 {
		// Into a directory, under the old name.
		into := last
		if !path.IsAbs(into) {
			into = inv.Dir + "/" + into
		}
		if !action.Holed(into) && (strings.HasSuffix(last, "/") || world.IsDir(inv.FS, path.Clean(into))) {
			if name == "mv" {
				writes = slices.Clone(files[:len(files)-1])
			}
			for _, f := range files[:len(files)-1] {
				writes = append(writes, path.Join(last, path.Base(f)))
			}
		} else if t.writes == theLast {
			writes = append(writes, last)
		}
	} else if t.writes == theLast && len(files) == 1 {
		writes = append(writes, path.Base(files[0])) // ln -s target
	}
	return reads, writes, true
}

// operandsOf returns the words that are no options, and the directory of -t.
func operandsOf(args []string, t *fileTool) (files []string, target string) {
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			return append(files, args[i+1:]...), target
		case len(a) < 2 || a[0] != '-':
			files = append(files, a)
		case strings.HasPrefix(a, "--target-directory="):
			target = a[len("--target-directory="):]
		case strings.HasPrefix(a, "--"):
			if slices.Contains(t.long, a) || a == "--target-directory" || slices.Contains(t.out, a) {
				if i++; a == "--target-directory" && i < len(args) {
					target = args[i]
				}
			}
		default:
			for k := 1; k < len(a); k++ {
				dir := a[k] == 't' && (t.writes == theLast || t.reads == butLast)
				if !dir && strings.IndexByte(t.short, a[k]) < 0 && !slices.Contains(t.out, "-"+a[k:k+1]) {
					continue
				}
				value := a[k+1:]
				if value == "" {
					if i++; i < len(args) {
						value = args[i]
					}
				}
				if dir {
					target = value
				}
				break
			}
		}
	}
	return files, target
}

// outputs returns the values of options that name a file to write.
func outputs(args []string, short string, long []string, name string) []string {
	if name == "wget" {
		short, long = "O", []string{"--output-document"}
	}
	var list []string
	for i, a := range args {
		switch {
		case slices.Contains(long, a) || a == "-"+short:
			if i+1 < len(args) {
				list = append(list, args[i+1])
			}
		case len(a) > 2 && strings.HasPrefix(a, "-"+short) && a[1] != '-':
			list = append(list, a[2:])
		default:
			for _, o := range long {
				if v, ok := strings.CutPrefix(a, o+"="); ok {
					list = append(list, v)
				}
			}
			// curl -sSLo file
			if len(a) > 2 && a[0] == '-' && a[1] != '-' && strings.HasSuffix(a, short) && i+1 < len(args) {
				list = append(list, args[i+1])
			}
		}
	}
	return list
}

// hosts lists the addresses among the words of a command.
func (l *lister) hosts(inv *action.Invocation, step int) {
	if len(inv.Argv) < 2 {
		return
	}
	name := policy.BaseName(inv.Program())
	maybe, bare := true, false
	switch name {
	case "echo", "printf", "grep", "egrep", "fgrep", "rg", "sed", "awk":
		return // text
	case "curl", "wget", "http", "https", "xh", "aria2c", "ftp", "lynx", "w3m", "links":
		maybe, bare = false, true
	case "git":
		if !slices.ContainsFunc(inv.Argv[1:], func(w string) bool {
			return slices.Contains([]string{"clone", "fetch", "pull", "push", "ls-remote", "remote", "submodule"}, w)
		}) {
			return
		}
		maybe = false
	default:
		maybe = !l.packs.Installs(inv)
	}
	n := 0
	for i, w := range inv.Argv[1:] {
		if n == maxMaybe {
			break
		}
		url := w
		if w[:min(1, len(w))] == "-" {
			_, url, _ = strings.Cut(w, "=")
		}
		if at := strings.Index(url, " @ "); at >= 0 { // name @ https://…
			url = url[at+3:]
		}
		switch {
		case isURL(url) && !strings.HasPrefix(url, "file://"):
		case name == "git" && strings.Contains(url, "@") && strings.Contains(url, ":"):
		case bare && i == len(inv.Argv)-2 && url == w && looksLikeHost(w):
		case bare && url == w && looksLikeHost(w) && (i == 0 || !strings.HasPrefix(inv.Argv[i], "-")):
		case bare && i == len(inv.Argv)-2 && action.Holed(url):
		default:
			continue
		}
		n++
		l.add(policy.Action{Type: policy.Network, Target: url, Inv: inv, Maybe: maybe, Span: inv.Span}, step)
	}
}

// looksLikeHost reports whether a word may be an address without a scheme.
func looksLikeHost(w string) bool {
	host, _, _ := strings.Cut(w, "/")
	host = host[strings.LastIndexByte(host, '@')+1:]
	host, _, _ = strings.Cut(host, ":")
	return host == "localhost" || strings.Contains(strings.Trim(host, "."), ".")
}
