package filter

import (
	"fmt"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

func cat(c *Call) (string, bool) {
	opts, files, ok := c.parse("nbsEATvu", "number=n", "number-nonblank=b", "squeeze-blank=s", "show-ends=E", "show-all=A", "show-tabs=T")
	if !ok {
		return "", false
	}
	var numbers, nonblank, squeeze, ends, tabs, visible bool
	for _, o := range opts {
		switch o.letter {
		case 'n':
			numbers = true
		case 'b':
			nonblank = true
		case 's':
			squeeze = true
		case 'E':
			ends = true
		case 'T':
			tabs = true
		case 'A':
			ends, tabs, visible = true, true, true
		case 'v':
			visible = true
		}
	}
	in, ok := c.text(files)
	if !ok || visible && strings.Trim(in, "\n\t") != "" && !printable(in) {
		return "", false
	}
	var b strings.Builder
	n, blank := 0, false
	for _, l := range strings.SplitAfter(in, "\n") {
		if l == "" {
			continue
		}
		if squeeze && l == "\n" && blank {
			continue
		}
		blank = l == "\n"
		if nonblank && !blank || numbers && !nonblank {
			n++
			fmt.Fprintf(&b, "%6d\t", n)
		}
		text, ended := strings.CutSuffix(l, "\n")
		if tabs {
			text = strings.ReplaceAll(text, "\t", "^I")
		}
		b.WriteString(text)
		if ended {
			if ends {
				b.WriteByte('$')
			}
			b.WriteByte('\n')
		}
	}
	return b.String(), true
}

func printable(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' && c != '\n' && c != '\t' || c >= 0x7f {
			return false
		}
	}
	return true
}

// tac prints the last line first; one without an end joins the one before it.
func tac(c *Call) (string, bool) {
	_, files, ok := c.parse("")
	in, known := c.text(files)
	if !ok || !known || len(files) > 1 {
		return "", false
	}
	list := strings.SplitAfter(in, "\n")
	slices.Reverse(list)
	return strings.Join(list, ""), true
}

func rev(c *Call) (string, bool) {
	_, files, ok := c.parse("")
	in, known := c.joined(files)
	if !ok || !known || !ascii(in) {
		return "", false
	}
	list := strings.Split(in, "\n")
	for i, l := range list {
		r := []byte(l)
		slices.Reverse(r)
		list[i] = string(r)
	}
	return strings.Join(list, "\n"), true
}

func uniq(c *Call) (string, bool) {
	opts, files, ok := c.parse("cdui", "count=c", "repeated=d", "unique=u", "ignore-case=i")
	in, known := c.text(files)
	if !ok || !known || len(files) > 1 {
		return "", false
	}
	var count, repeated, unique, fold bool
	for _, o := range opts {
		switch o.letter {
		case 'c':
			count = true
		case 'd':
			repeated = true
		case 'u':
			unique = true
		case 'i':
			fold = true
		}
	}
	if fold && !ascii(in) {
		return "", false
	}
	list, _ := lines(in)
	var b strings.Builder
	for len(list) > 0 {
		n := 1
		for n < len(list) && (list[n] == list[0] || fold && strings.EqualFold(list[n], list[0])) {
			n++
		}
		if !(repeated && n == 1 || unique && n > 1) {
			if count {
				fmt.Fprintf(&b, "%7d ", n)
			}
			b.WriteString(list[0] + "\n")
		}
		list = list[n:]
	}
	return b.String(), true
}

// sortLines computes sort where the order is the same in every locale that the
// call may have.
func sortLines(c *Call) (string, bool) {
	opts, files, ok := c.parse("runs", "reverse=r", "unique=u", "numeric-sort=n", "stable=s")
	in, known := c.joined(files)
	if !ok || !known {
		return "", false
	}
	var reverse, unique, numeric bool
	for _, o := range opts {
		switch o.letter {
		case 'r':
			reverse = true
		case 'u':
			unique = true
		case 'n':
			numeric = true
		}
	}
	list, _ := lines(in)
	for _, l := range list {
		if n, ok := number(l); numeric && (!ok || l != itoa(n)) && len(list) > 1 {
			return "", false
		}
	}
	for i, l := range list {
		for _, m := range list[:i] {
			if c.Collates && !sameOrder(l, m) || len(list) > 1000 {
				return "", false
			}
		}
	}
	slices.SortStableFunc(list, func(a, b string) int {
		n := strings.Compare(a, b)
		if numeric {
			x, _ := number(a)
			y, _ := number(b)
			n = x - y
		}
		if reverse {
			n = -n
		}
		return n
	})
	if unique {
		list = slices.Compact(list)
	}
	if len(list) == 0 {
		return "", true
	}
	return strings.Join(list, "\n") + "\n", true
}

// sameOrder reports whether two lines come in the same order by their codes and
// in a locale like en_US (glibc 2.36, iso14651_t1_common: blanks, punctuation,
// digits, letters of either case).
func sameOrder(a, b string) bool {
	if a == b {
		return true
	}
	rank := func(ch byte) int {
		switch {
		case ch == ' ':
			return 0
		case '0' <= ch && ch <= '9':
			return 2
		case 'a' <= ch|32 && ch|32 <= 'z':
			return 3
		}
		return 1
	}
	for i := 0; i < len(a) && i < len(b); i++ {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		p, q := rank(x), rank(y)
		if x|32 == y|32 && p == 3 || p == 1 && q == 1 || x >= 0x80 || y >= 0x80 {
			return false
		}
		if p == 3 && q == 3 {
			return (x < y) == (x|32 < y|32)
		}
		return (x < y) == (p < q || p == q && x < y)
	}
	return true
}

func nl(c *Call) (string, bool) {
	opts, files, ok := c.parse("b:w:s:", "body-numbering=b:", "number-width=w:", "number-separator=s:")
	in, known := c.text(files)
	if !ok || !known || len(files) > 1 || strings.Contains(in, `\:`) {
		return "", false // a section
	}
	style, width, sep := "t", 6, "\t"
	for _, o := range opts {
		switch o.letter {
		case 'b':
			if style = o.value; style != "a" && style != "t" && style != "n" {
				return "", false
			}
		case 'w':
			if width, ok = number(o.value); !ok || width == 0 || width > 100 {
				return "", false
			}
		case 's':
			sep = o.value
		}
	}
	blank := strings.Repeat(" ", width+len(sep))
	n := 0
	return eachLine(in, func(l string) (string, bool) {
		if style == "n" || style == "t" && l == "" {
			return blank + l, true
		}
		n++
		return fmt.Sprintf("%*d%s%s", width, n, sep, l), true
	}), true
}

func fold(c *Call) (string, bool) {
	opts, files, ok := c.parse("w:bs", "width=w:", "bytes=b", "spaces=s")
	in, known := c.text(files)
	if !ok || !known || len(files) > 1 || !printable(in) || strings.Contains(in, "\t") {
		return "", false
	}
	width, spaces := 80, false
	for _, o := range opts {
		switch o.letter {
		case 'w':
			if width, ok = number(o.value); !ok || width == 0 {
				return "", false
			}
		case 's':
			spaces = true
		}
	}
	var b strings.Builder
	for _, l := range strings.SplitAfter(in, "\n") {
		text, ended := strings.CutSuffix(l, "\n")
		for len(text) > width {
			n := width
			if i := strings.LastIndexByte(text[:width], ' '); spaces && i >= 0 {
				n = i + 1
			}
			b.WriteString(text[:n] + "\n")
			text = text[n:]
		}
		b.WriteString(text)
		if ended {
			b.WriteByte('\n')
		}
	}
	return b.String(), true
}

// countOptions reads the options of head and tail, with the old -N.
func countOptions(c *Call) (n int, sign byte, bytes bool, files []string, ok bool) {
	args := c.Args
	n = 10
	if len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		if old, isOld := number(args[0][1:]); isOld {
			n = old
			c2 := *c
			c2.Args = args[1:]
			_, files, ok = c2.parse("q", "quiet=q")
			return n, 0, false, files, ok
		}
	}
	opts, files, ok := c.parse("n:c:q", "lines=n:", "bytes=c:", "quiet=q", "silent=q")
	for _, o := range opts {
		if o.letter == 'q' {
			continue
		}
		bytes, sign = o.letter == 'c', 0
		v := o.value
		if v != "" && (v[0] == '+' || v[0] == '-') {
			sign, v = v[0], v[1:]
		}
		var isNumber bool
		if n, isNumber = number(v); !isNumber {
			return 0, 0, false, nil, false
		}
	}
	return n, sign, bytes, files, ok && len(files) < 2
}

// head computes head. Of a text that is not known to its end, the beginning
// may be.
func head(c *Call) (string, bool) {
	n, sign, bytes, files, ok := countOptions(c)
	if !ok || sign == '+' {
		return "", false
	}
	in, ok := c.raw(files)
	if !ok || sign == '-' && action.Holed(in) {
		return "", false
	}
	units := strings.SplitAfter(in, "\n")
	if units[len(units)-1] == "" {
		units = units[:len(units)-1]
	}
	var out string
	switch {
	case bytes && sign == '-':
		out = in[:max(len(in)-n, 0)]
	case bytes:
		out = in[:min(n, len(in))]
	case sign == '-':
		out = strings.Join(units[:max(len(units)-n, 0)], "")
	default:
		out = strings.Join(units[:min(n, len(units))], "")
	}
	if action.Holed(in) && (len(out) >= action.IndexHole(in) || !bytes && !strings.HasSuffix(out, "\n") && n > 0) {
		return "", false
	}
	return out, true
}

func tail(c *Call) (string, bool) {
	if len(c.Args) > 0 && strings.HasPrefix(c.Args[0], "+") {
		return "", false // the old form, which depends on POSIXLY_CORRECT's version
	}
	n, sign, bytes, files, ok := countOptions(c)
	if !ok {
		return "", false
	}
	in, ok := c.text(files)
	if !ok {
		return "", false
	}
	units := strings.SplitAfter(in, "\n")
	if units[len(units)-1] == "" {
		units = units[:len(units)-1]
	}
	switch {
	case bytes && sign == '+':
		return in[min(max(n-1, 0), len(in)):], true
	case bytes:
		return in[max(len(in)-n, 0):], true
	case sign == '+':
		return strings.Join(units[min(max(n-1, 0), len(units)):], ""), true
	}
	return strings.Join(units[max(len(units)-n, 0):], ""), true
}

// wc computes wc for one number of standard input.
func wc(c *Call) (string, bool) {
	opts, files, ok := c.parse("lwcm", "lines=l", "words=w", "bytes=c", "chars=m")
	in, known := c.text(nil)
	if !ok || !known || len(files) > 0 || len(opts) != 1 || !ascii(in) {
		return "", false
	}
	n := len(in)
	switch opts[0].letter {
	case 'l':
		n = strings.Count(in, "\n")
	case 'w':
		if !printable(in) {
			return "", false
		}
		n = len(strings.Fields(in))
	}
	return itoa(n) + "\n", true
}

func expand(c *Call) (string, bool) {
	opts, files, ok := c.parse("t:i", "tabs=t:")
	in, known := c.text(files)
	if !ok || !known || len(files) > 1 || !printable(in) {
		return "", false
	}
	width := 8
	for _, o := range opts {
		if o.letter == 'i' {
			return "", false
		}
		if width, ok = number(o.value); !ok || width == 0 {
			return "", false
		}
	}
	var b strings.Builder
	col := 0
	for _, ch := range []byte(in) {
		switch ch {
		case '\t':
			n := width - col%width
			b.WriteString(strings.Repeat(" ", n))
			col += n
		case '\n':
			b.WriteByte(ch)
			col = 0
		default:
			b.WriteByte(ch)
			col++
		}
	}
	return b.String(), true
}
