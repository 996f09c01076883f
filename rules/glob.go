package rules

import (
	"path"
	"strings"
)

// globbed reports whether a search narrowed to a glob looks at a file. Several
// globs are parted by blanks, and by commas outside braces, as Claude Code
// does; one that begins with `!` leaves files out, and the last that fits
// counts (ripgrep 14, --glob). A glob with slashes may begin at any directory
// above the file, for where it is anchored depends on the searcher.
func globbed(glob, file string) bool {
	globs := splitGlobs(glob)
	looks := true
	for _, g := range globs {
		if g[0] != '!' {
			looks = false // only what fits one of them
			break
		}
	}
	for _, g := range globs {
		g, out := strings.CutPrefix(g, "!")
		for _, plain := range braces(g, maxBraces) {
			if globFits(plain, file, out) {
				looks = !out
			}
		}
	}
	return looks
}

func splitGlobs(glob string) []string {
	var list []string
	for _, part := range strings.Fields(glob) {
		if strings.ContainsAny(part, "{}") {
			list = append(list, part)
			continue
		}
		for _, g := range strings.Split(part, ",") {
			if g != "" {
				list = append(list, g)
			}
		}
	}
	return list
}

// maxBraces bounds the globs that braces stand for.
const maxBraces = 64

// braces writes out the alternatives in braces. Beyond the bound, what is left
// stands for any file.
func braces(glob string, most int) []string {
	open := strings.IndexByte(glob, '{')
	if open < 0 {
		return []string{glob}
	}
	if most <= 1 {
		return []string{"**"}
	}
	depth, from := 0, open+1
	var parts []string
	for i := open; i < len(glob); i++ {
		switch c := glob[i]; {
		case c == '{':
			depth++
		case c == ',' && depth == 1:
			parts = append(parts, glob[from:i])
			from = i + 1
		case c == '}':
			if depth--; depth > 0 {
				continue
			}
			var list []string
			parts = append(parts, glob[from:i])
			for _, p := range parts {
				list = append(list, braces(glob[:open]+p+glob[i+1:], most/len(parts))...)
			}
			return list
		}
	}
	return []string{"**"} // no closing brace: ripgrep refuses it
}

// globFits matches a glob without braces with a file or, if dirs is true, a
// directory above it.
func globFits(glob, file string, dirs bool) bool {
	glob = strings.TrimPrefix(strings.TrimSuffix(glob, "/"), "/")
	if !strings.Contains(glob, "/") {
		if glob == "**" {
			return true
		}
		for at := file; at != "/" && at != "."; at = path.Dir(at) {
			if ok, err := path.Match(glob, path.Base(at)); ok || err != nil && !dirs {
				return true
			}
			if !dirs {
				break
			}
		}
		return false
	}
	globElems, elems := strings.Split(glob, "/"), strings.Split(strings.Trim(file, "/"), "/")
	for i := range elems {
		if elemsFit(globElems, elems[i:], dirs) {
			return true
		}
	}
	return false
}

func elemsFit(glob, elems []string, dirs bool) bool {
	for i, g := range glob {
		if g == "**" {
			for k := i; k <= len(elems); k++ {
				if elemsFit(glob[i+1:], elems[k:], dirs) {
					return true
				}
			}
			return i == len(glob)-1
		}
		if i >= len(elems) {
			return false
		}
		if ok, err := path.Match(g, elems[i]); !ok && err == nil {
			return false
		}
	}
	return dirs || len(elems) == len(glob)
}
