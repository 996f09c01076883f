package filter

import "strings"

// tr computes tr, which knows bytes and no characters.
func tr(c *Call) (string, bool) {
	opts, sets, ok := c.parse("cCdst", "complement=c", "delete=d", "squeeze-repeats=s", "truncate-set1=t")
	if !ok {
		return "", false
	}
	var complement, del, squeeze, truncate bool
	for _, o := range opts {
		switch o.letter {
		case 'c', 'C':
			complement = true
		case 'd':
			del = true
		case 's':
			squeeze = true
		case 't':
			truncate = true
		}
	}
	if len(sets) == 0 || len(sets) > 2 || len(sets) == 2 && del && !squeeze || len(sets) == 1 && !del && !squeeze || len(sets) == 1 && del && squeeze {
		return "", false
	}
	in, ok := c.text(nil)
	if !ok {
		return "", false
	}
	one, ok := trSet(sets[0], 0)
	if !ok {
		return "", false
	}
	if complement {
		one = complementOf(one)
	}
	var two []byte
	if len(sets) == 2 {
		if two, ok = trSet(sets[1], len(one)); !ok {
			return "", false
		}
		if !del && (len(two) == 0 || strings.Contains(sets[1], "[:") && !caseClasses(sets[0], sets[1])) {
			return "", false
		}
	}
	var to [256]int // the byte that one becomes, or -1
	for i := range to {
		to[i] = i
	}
	switch {
	case del:
		for _, b := range one {
			to[b] = -1
		}
	case len(sets) == 2:
		for i, b := range one {
			if i >= len(two) {
				if truncate {
					break
				}
				to[b] = int(two[len(two)-1])
				continue
			}
			to[b] = int(two[i])
		}
	}
	last := one
	if len(sets) == 2 {
		last = two
	}
	var squeezed [256]bool
	if squeeze {
		for _, b := range last {
			squeezed[b] = true
		}
	}
	var out strings.Builder
	prev := -1
	for i := range len(in) {
		b := to[in[i]]
		if b < 0 || b == prev && squeezed[b] {
			continue
		}
		out.WriteByte(byte(b))
		prev = b
	}
	return out.String(), true
}

// caseClasses reports whether two sets are letters of one case and the other.
func caseClasses(a, b string) bool {
	return a == "[:upper:]" && b == "[:lower:]" || a == "[:lower:]" && b == "[:upper:]" ||
		a == "A-Z" && b == "[:lower:]" || a == "a-z" && b == "[:upper:]"
}

func complementOf(set []byte) []byte {
	var have [256]bool
	for _, b := range set {
		have[b] = true
	}
	var out []byte
	for i := range 256 {
		if !have[i] {
			out = append(out, byte(i))
		}
	}
	return out
}

// trSet returns the bytes of a set in order. A repeat without a count, [x*],
// fills it up to the given length.
func trSet(s string, fill int) ([]byte, bool) {
	var out []byte
	repeat := -1
	for i := 0; i < len(s); {
		rest := s[i:]
		if strings.HasPrefix(rest, "[:") {
			name, _, ok := strings.Cut(rest[2:], ":]")
			if !ok {
				return nil, false
			}
			in, ok := trClass(name)
			if !ok {
				return nil, false
			}
			for b := range 128 {
				if in(byte(b)) {
					out = append(out, byte(b))
				}
			}
			i += len(name) + 4
			continue
		}
		if strings.HasPrefix(rest, "[=") {
			return nil, false
		}
		if len(rest) > 3 && rest[0] == '[' && rest[2] == '*' {
			if n, _, ok := strings.Cut(rest[3:], "]"); ok && strings.Trim(n, "0123456789") == "" {
				if n != "" || repeat >= 0 || rest[1] == '\\' {
					return nil, false
				}
				repeat = len(out)
				out = append(out, rest[1])
				i += 4
				continue
			}
		}
		lo, n, ok := trByte(rest)
		if !ok {
			return nil, false
		}
		i += n
		if i+1 < len(s) && s[i] == '-' {
			hi, n, ok := trByte(s[i+1:])
			if !ok || hi < lo {
				return nil, false
			}
			for b := int(lo); b <= int(hi); b++ {
				out = append(out, byte(b))
			}
			i += 1 + n
			continue
		}
		out = append(out, lo)
	}
	if repeat >= 0 {
		if fill == 0 {
			return nil, false
		}
		ch := out[repeat]
		tail := append([]byte(nil), out[repeat+1:]...)
		out = out[:repeat]
		for len(out)+len(tail) < fill {
			out = append(out, ch)
		}
		out = append(out, tail...)
	}
	return out, true
}

// trByte reads one byte of a set, which may be escaped.
func trByte(s string) (b byte, n int, ok bool) {
	if s[0] != '\\' {
		return s[0], 1, s[0] < 0x80
	}
	if len(s) == 1 {
		return '\\', 1, true
	}
	if i := strings.IndexByte(`abfnrtv\`, s[1]); i >= 0 {
		return "\a\b\f\n\r\t\v\\"[i], 2, true
	}
	v, n := 0, 1
	for n < len(s) && n < 4 && '0' <= s[n] && s[n] <= '7' {
		v = 8*v + int(s[n]-'0')
		n++
	}
	if n == 1 {
		return s[1], 2, !wordByte(s[1])
	}
	return byte(v), n, v < 256
}

func trClass(name string) (func(byte) bool, bool) {
	in := func(ranges string) func(byte) bool {
		return func(b byte) bool {
			for i := 0; i+1 < len(ranges); i += 2 {
				if ranges[i] <= b && b <= ranges[i+1] {
					return true
				}
			}
			return false
		}
	}
	switch name {
	case "alpha":
		return in("AZaz"), true
	case "digit":
		return in("09"), true
	case "alnum":
		return in("09AZaz"), true
	case "upper":
		return in("AZ"), true
	case "lower":
		return in("az"), true
	case "space":
		return in("\t\r  "), true
	case "blank":
		return in("\t\t  "), true
	case "punct":
		return in("!/:@[`{~"), true
	case "xdigit":
		return in("09AFaf"), true
	case "print":
		return in(" ~"), true
	case "graph":
		return in("!~"), true
	case "cntrl":
		return in("\x00\x1f\x7f\x7f"), true
	}
	return nil, false
}
