package rules

import (
	"sort"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// find returns where text stands in a sorted list of names.
func find(list []name, text string) (name, bool) {
	lo, hi := 0, len(list)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if list[mid].text < text {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(list) && list[lo].text == text {
		return list[lo], true
	}
	return name{}, false
}

// firstWith returns the first name of a sorted list that begins with text.
func firstWith(list []name, text string) (name, bool) {
	i := sort.Search(len(list), func(i int) bool { return list[i].text >= text })
	if i < len(list) && strings.HasPrefix(list[i].text, text) {
		return list[i], true
	}
	return name{}, false
}

// baseName returns the name by which a program is known: without directories,
// and without the endings that Windows adds, where case counts for nothing.
func baseName(program string) string {
	if i := strings.LastIndexByte(program, '/'); i >= 0 {
		program = program[i+1:]
	} else if i := strings.LastIndexByte(program, '\\'); i >= 0 {
		program = program[i+1:]
	}
	if n := len(program) - 4; n > 0 && program[n] == '.' {
		switch ext := program[n:]; {
		case strings.EqualFold(ext, ".exe"), strings.EqualFold(ext, ".cmd"),
			strings.EqualFold(ext, ".bat"), strings.EqualFold(ext, ".com"):
			return strings.ToLower(program[:n])
		}
	}
	return program
}

// unversioned cuts a version off a program's name: pip3.12, pip-3,
// python3.13t.
func unversioned(program string) string {
	s := strings.TrimSuffix(program, "t")
	cut := strings.TrimRight(s, "0123456789.")
	if cut == s {
		return program
	}
	return strings.TrimSuffix(cut, "-")
}

// tool returns the tool that a list of names has for text.
func (p *Packs) tool(list []name, text string) *tool {
	if n, ok := find(list, text); ok {
		return &p.tools[n.to]
	}
	if text == "" {
		return nil
	}
	// Only a name that ends like a version can have one.
	if c := text[len(text)-1]; c < '0' || c > '9' && c != 't' {
		return nil
	}
	if n, ok := find(list, unversioned(text)); ok && n.versioned {
		return &p.tools[n.to]
	}
	return nil
}

// couldBe reports whether text, in which holes stand for any text, could be
// name.
func couldBe(text, name string) bool {
	if !action.Holed(text) {
		return text == name
	}
	parts := action.SplitHoles(text)
	first, last := parts[0], parts[len(parts)-1]
	if len(name) < len(first)+len(last) || !strings.HasPrefix(name, first) || !strings.HasSuffix(name, last) {
		return false
	}
	name = name[len(first) : len(name)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name = name[i+len(part):]
	}
	return true
}

// onlyHole reports whether nothing of a word is known, so that it may be any
// number of words.
func onlyHole(w string) bool {
	return action.OnlyHoles(w)
}
