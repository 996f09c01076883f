package filter

import (
	"slices"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// A span is a range of fields or characters, from 1; to is 0 for all the rest.
type span struct{ from, to int }

func parseSpans(list string) ([]span, bool) {
	var spans []span
	for _, part := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		lo, hi, dash := strings.Cut(part, "-")
		s := span{from: 1}
		var ok bool
		if lo != "" {
			if s.from, ok = number(lo); !ok || s.from == 0 {
				return nil, false
			}
		}
		switch {
		case !dash:
			s.to = s.from
		case hi != "":
			if s.to, ok = number(hi); !ok || s.to < s.from {
				return nil, false
			}
		case lo == "":
			return nil, false
		}
		spans = append(spans, s)
	}
	return spans, len(spans) > 0
}

func selected(spans []span, n int) bool {
	return slices.ContainsFunc(spans, func(s span) bool { return s.from <= n && (n <= s.to || s.to == 0) })
}

// cut computes cut, which prints what it selects in the order of the input.
func cut(c *Call) (string, bool) {
	opts, files, ok := c.parse("d:f:c:b:sn", "delimiter=d:", "fields=f:", "characters=c:", "bytes=b:", "only-delimited=s", "complement=C", "output-delimiter=O:")
	if !ok {
		return "", false
	}
	delim, joint, kind, list := "\t", "", byte(0), ""
	only, complement, joined := false, false, false
	for _, o := range opts {
		switch o.letter {
		case 'd':
			if delim = o.value; len(delim) != 1 || delim == "\n" {
				return "", false
			}
		case 'f', 'c', 'b':
			if kind != 0 {
				return "", false
			}
			kind, list = o.letter, o.value
		case 's':
			only = true
		case 'C':
			complement = true
		case 'O':
			joint, joined = o.value, true
		}
	}
	spans, ok := parseSpans(list)
	if !ok {
		return "", false
	}
	in, ok := c.text(files)
	if !ok || len(files) > 1 || kind != 'f' && (joined || !ascii(in)) {
		return "", false
	}
	if !joined {
		joint = delim
	}
	return eachLine(in, func(l string) (string, bool) {
		if kind != 'f' {
			var b strings.Builder
			for i := range len(l) {
				if selected(spans, i+1) != complement {
					b.WriteByte(l[i])
				}
			}
			return b.String(), true
		}
		if !strings.Contains(l, delim) {
			return l, !only
		}
		var kept []string
		for i, f := range strings.Split(l, delim) {
			if selected(spans, i+1) != complement {
				kept = append(kept, f)
			}
		}
		return strings.Join(kept, joint), true
	}), true
}

// paste computes paste for one input, or for several side by side.
func paste(c *Call) (string, bool) {
	opts, files, ok := c.parse("sd:", "serial=s", "delimiters=d:")
	if !ok {
		return "", false
	}
	serial, delims := false, "\t"
	for _, o := range opts {
		if o.letter == 's' {
			serial = true
		} else if delims = o.value; delims == "" || !ascii(delims) || strings.Contains(delims, `\`) && delims != `\n` && delims != `\t` && delims != `\0` {
			return "", false
		}
	}
	switch delims {
	case `\n`:
		delims = "\n"
	case `\t`:
		delims = "\t"
	}
	if len(files) == 0 {
		files = []string{"-"}
	}
	if len(files) > 1 && slices.Contains(files, "-") {
		return pasteInput(c, files, delims, serial)
	}
	var columns [][]string
	longest := 0
	for _, f := range files {
		in, ok := c.text([]string{f})
		if !ok {
			return "", false
		}
		list, _ := lines(in)
		columns = append(columns, list)
		longest = max(longest, len(list))
	}
	delim := func(i int) string {
		if delims == `\0` {
			return ""
		}
		return string(delims[i%len(delims)])
	}
	var b strings.Builder
	if serial {
		for _, col := range columns {
			for i, l := range col {
				if i > 0 {
					b.WriteString(delim(i - 1))
				}
				b.WriteString(l)
			}
			b.WriteByte('\n')
		}
		return b.String(), true
	}
	for n := range longest {
		for i, col := range columns {
			if i > 0 {
				b.WriteString(delim(i - 1))
			}
			if n < len(col) {
				b.WriteString(col[n])
			}
		}
		b.WriteByte('\n')
	}
	return b.String(), true
}

// pasteInput computes `paste - - …`, which deals out the lines of one input.
func pasteInput(c *Call, files []string, delims string, serial bool) (string, bool) {
	if serial || delims == `\0` || slices.ContainsFunc(files, func(f string) bool { return f != "-" }) {
		return "", false
	}
	in, ok := c.text([]string{"-"})
	if !ok {
		return "", false
	}
	list, _ := lines(in)
	var b strings.Builder
	for len(list) > 0 {
		for i := range files {
			if i > 0 {
				b.WriteByte(delims[(i-1)%len(delims)])
			}
			if len(list) > 0 {
				b.WriteString(list[0])
				list = list[1:]
			}
		}
		b.WriteByte('\n')
	}
	return b.String(), true
}
