package lint

import (
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/rules/source"
)

// spellings returns other ways to write a command of plain words: the likeliest
// of each kind first. Whether they do the same must be asked.
func spellings(words []string, files []source.File) []string {
	var kinds [][]string // of each kind, in order of likeliness
	add := func(kind int, parts ...[]string) {
		for len(kinds) <= kind {
			kinds = append(kinds, nil)
		}
		kinds[kind] = append(kinds[kind], strings.Join(slices.Concat(parts...), " "))
	}
	for i := range files {
		for k := range files[i].Pack.Tools {
			t := &files[i].Pack.Tools[k]
			head, rest := cutTool(t, words)
			if len(head) == 0 {
				continue
			}
			for _, h := range heads(t) {
				add(len(h)/2, h, rest) // a name, or python -m
			}
			if flag := quietFlag(t.Flags); flag != "" && len(rest) > 0 {
				add(2, head, []string{flag}, rest)
			}
			for _, r := range verbs(t.Commands, rest) {
				add(3, head, r)
			}
			for _, h := range hosts(files, t, rest) {
				add(4, h)
			}
		}
	}
	all := strings.Join(words, " ")
	for _, wrapped := range []string{"/usr/bin/" + all, "sudo " + all, "bash -c '" + all + "'", `\` + all, "x=" + words[0] + "; $x " + strings.Join(words[1:], " ")} {
		add(5, []string{wrapped})
	}
	list := []string{all}
	for n, more := 0, true; more; n++ {
		more = false
		for _, kind := range kinds {
			if n < len(kind) {
				more = true
				if !slices.Contains(list, kind[n]) {
					list = append(list, kind[n])
				}
			}
		}
	}
	return list[1:]
}

// cutTool cuts off the words that start a tool: its name, or python -m with its
// module. It returns nothing if it is not that tool.
func cutTool(t *source.Tool, words []string) (head, rest []string) {
	if slices.Contains(t.Names, words[0]) || t.Versioned && slices.Contains(t.Names, strings.TrimRight(words[0], "0123456789.")) {
		return words[:1], words[1:]
	}
	if len(words) > 2 && strings.HasPrefix(words[0], "python") && words[1] == "-m" && slices.Contains(t.Modules, words[2]) {
		return words[:3], words[3:]
	}
	return nil, nil
}

// heads returns the ways to start a tool.
func heads(t *source.Tool) [][]string {
	var list [][]string
	for i, name := range t.Names {
		if t.Versioned && i == 0 {
			list = append(list, []string{name + "3"}, []string{name + "3.11"})
		}
		list = append(list, []string{name})
	}
	for _, module := range t.Modules {
		list = append(list, []string{"python", "-m", module}, []string{"python3", "-m", module})
	}
	return list
}

// verbs returns the words after the program with other verbs of the same
// command.
func verbs(commands []source.Command, rest []string) [][]string {
	var list [][]string
	for i := range commands {
		for _, verb := range commands[i].Verbs {
			n := len(strings.Fields(verb))
			if n > len(rest) || strings.Join(rest[:n], " ") != verb {
				continue
			}
			for _, other := range commands[i].Verbs {
				list = append(list, append(strings.Fields(other), rest[n:]...))
			}
		}
	}
	return list
}

// quietFlag returns an option of a tool that says nothing about what it does.
func quietFlag(flags []string) string {
	for _, want := range []string{"--quiet", "--silent", "--verbose", "--no-color"} {
		for _, f := range flags {
			if slices.Contains(strings.Fields(f), want) {
				return want
			}
		}
	}
	return ""
}

// hosts returns the commands of other tools that take a tool's name and verb
// as verbs of their own: uv pip install.
func hosts(files []source.File, t *source.Tool, rest []string) [][]string {
	if len(rest) == 0 {
		return nil
	}
	var list [][]string
	for i := range files {
		for k := range files[i].Pack.Tools {
			other := &files[i].Pack.Tools[k]
			for _, c := range other.Commands {
				for _, name := range t.Names {
					if len(other.Names) > 0 && slices.Contains(c.Verbs, name+" "+rest[0]) {
						list = append(list, append([]string{other.Names[0], name}, rest...))
					}
				}
			}
		}
	}
	return list
}

// harmless returns commands that look like one but may do nothing of the kind.
func harmless(words []string) []string {
	all := strings.Join(words, " ")
	list := []string{".venv/bin/" + all, all + " --dry-run", all + " --help"}
	if n := len(words); n > 2 {
		head := strings.Join(words[:n-1], " ")
		list = append(list, head+" --dry-run "+words[n-1], head+"-"+words[n-1])
	}
	return list
}
