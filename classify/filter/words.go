package filter

import (
	"path"
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// Tools that print words of their command line.

// maxCount bounds what seq and yes print, in lines.
const maxCount = 1 << 12

// seq computes seq for whole numbers.
func seq(c *Call) (string, bool) {
	sep, format, equal := "\n", "", false
	var nums []int
	args := c.Args
	for len(args) > 0 {
		a := args[0]
		args = args[1:]
		if n, err := strconv.Atoi(a); err == nil && len(a) < 8 && a != "-0" && (a == "0" || !strings.HasPrefix(strings.TrimPrefix(a, "-"), "0")) && a[0] != '+' {
			nums = append(nums, n)
			continue
		}
		switch {
		case a == "-s" && len(args) > 0:
			sep, args = args[0], args[1:]
		case a == "-f" && len(args) > 0:
			format, args = args[0], args[1:]
		case strings.HasPrefix(a, "-s"):
			sep = a[2:]
		case strings.HasPrefix(a, "-f"):
			format = a[2:]
		case a == "-w":
			equal = true
		default:
			return "", false
		}
	}
	first, step, last := 1, 1, 0
	switch len(nums) {
	case 1:
		last = nums[0]
	case 2:
		first, last = nums[0], nums[1]
	case 3:
		first, step, last = nums[0], nums[1], nums[2]
	default:
		return "", false
	}
	if step == 0 || equal || (last-first)/step > maxCount {
		return "", false
	}
	before, after := "", ""
	if format != "" {
		var ok bool
		if before, after, ok = strings.Cut(format, "%g"); !ok || strings.ContainsAny(before+after, `%\`) || max(abs(first), abs(last)) >= 100000 {
			return "", false
		}
	}
	var list []string
	for n := first; step > 0 && n <= last || step < 0 && n >= last; n += step {
		list = append(list, before+strconv.Itoa(n)+after)
	}
	if list == nil {
		return "", true
	}
	return strings.Join(list, sep) + "\n", true
}

func abs(n int) int { return max(n, -n) }

// yes prints without an end: so many lines, and who knows how many more.
func yes(c *Call) (string, bool) {
	words := c.Args
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	for _, w := range words {
		if strings.HasPrefix(w, "-") {
			return "", false
		}
	}
	line := "y\n"
	if len(words) > 0 {
		line = strings.Join(words, " ") + "\n"
	}
	return strings.Repeat(line, max(1, min(100, 8192/len(line)))) + action.HoleText, true
}

func basename(c *Call) (string, bool) {
	opts, names, ok := c.parse("as:z", "multiple=a", "suffix=s:")
	if !ok || len(names) == 0 {
		return "", false
	}
	many, suffix := false, ""
	for _, o := range opts {
		switch o.letter {
		case 'a':
			many = true
		case 's':
			many, suffix = true, o.value
		case 'z':
			return "", false
		}
	}
	if !many {
		if len(names) == 2 {
			suffix, names = names[1], names[:1]
		}
		if len(names) != 1 {
			return "", false
		}
	}
	var b strings.Builder
	for _, n := range names {
		base := n
		if base != "" {
			base = path.Base(n)
		}
		if cut, ok := strings.CutSuffix(base, suffix); ok && cut != "" {
			base = cut
		}
		b.WriteString(base + "\n")
	}
	return b.String(), true
}

func dirname(c *Call) (string, bool) {
	_, names, ok := c.parse("")
	if !ok || len(names) == 0 {
		return "", false
	}
	var b strings.Builder
	for _, n := range names {
		b.WriteString(dirOf(n) + "\n")
	}
	return b.String(), true
}

// dirOf cuts the last element off a path, and nothing else: path.Dir would
// clean it.
func dirOf(p string) string {
	s := strings.TrimRight(p, "/")
	if s == "" {
		if p == "" {
			return "."
		}
		return "/"
	}
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return "."
	}
	if s = strings.TrimRight(s[:i], "/"); s == "" {
		return "/"
	}
	return s
}

// expr computes a single operation on whole numbers.
func expr(c *Call) (string, bool) {
	if len(c.Args) != 3 {
		return "", false
	}
	a, err := strconv.Atoi(c.Args[0])
	b, err2 := strconv.Atoi(c.Args[2])
	if err != nil || err2 != nil || abs(a) > 1<<30 || abs(b) > 1<<30 || c.Args[0][0] == '+' || c.Args[2][0] == '+' {
		return "", false
	}
	switch c.Args[1] {
	case "+":
		a += b
	case "-":
		a -= b
	case "*":
		a *= b
	case "/", "%":
		if b == 0 {
			return "", false
		}
		if c.Args[1] == "/" {
			a /= b
		} else {
			a %= b
		}
	default:
		return "", false
	}
	return strconv.Itoa(a) + "\n", true
}
