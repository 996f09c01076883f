package filter

import (
	"regexp"
	"strings"
)

// grep computes what grep prints of one input.
func grep(c *Call) (string, bool) {
	opts, operands, ok := c.parse("EFGe:ivwxohnsm:qa", "extended-regexp=E", "fixed-strings=F", "basic-regexp=G", "regexp=e:", "ignore-case=i", "invert-match=v",
		"word-regexp=w", "line-regexp=x", "only-matching=o", "no-filename=h", "line-number=n", "no-messages=s", "max-count=m:", "quiet=q", "silent=q", "text=a", "color=C:", "colour=C:")
	if !ok {
		return "", false
	}
	syn := syntax{extended: c.Name == "egrep"}
	fixed := c.Name == "fgrep"
	var patterns []string
	var invert, word, line, only, quiet, noName, numbers bool
	limit := -1
	for _, o := range opts {
		switch o.letter {
		case 'E':
			syn.extended, fixed = true, false
		case 'F':
			fixed = true
		case 'G':
			syn.extended, fixed = false, false
		case 'e':
			patterns = append(patterns, strings.Split(o.value, "\n")...)
		case 'i':
			syn.fold = true
		case 'v':
			invert = true
		case 'w':
			word = true
		case 'x':
			line = true
		case 'o':
			only = true
		case 'h':
			noName = true
		case 'n':
			numbers = true
		case 'q':
			quiet = true
		case 'm':
			if limit, ok = number(o.value); !ok {
				return "", false
			}
		case 'C':
			if o.value == "always" {
				return "", false
			}
		}
	}
	if patterns == nil {
		if len(operands) == 0 {
			return "", false
		}
		patterns, operands = strings.Split(operands[0], "\n"), operands[1:]
	}
	if len(operands) > 1 && !noName || numbers && len(operands) > 1 {
		return "", false
	}
	re, ok := grepPattern(patterns, fixed, syn, word, line)
	if !ok {
		return "", false
	}
	in, ok := c.joined(operands)
	if !ok || !ascii(in) || strings.ContainsRune(in, 0) {
		return "", false
	}
	if quiet {
		return "", true
	}
	var b strings.Builder
	list, _ := lines(in)
	for i, l := range list {
		if limit == 0 {
			break
		}
		if re.MatchString(l) == invert {
			continue
		}
		limit--
		prefix := ""
		if numbers {
			prefix = itoa(i+1) + ":"
		}
		if !only {
			b.WriteString(prefix + l + "\n")
			continue
		}
		if invert {
			continue
		}
		if word {
			return "", false // grep tries shorter matches
		}
		for _, m := range re.FindAllString(l, -1) {
			if m != "" {
				b.WriteString(prefix + m + "\n")
			}
		}
	}
	return b.String(), true
}

// grepPattern makes one expression of all patterns.
func grepPattern(patterns []string, fixed bool, syn syntax, word, line bool) (*regexp.Regexp, bool) {
	var alts []string
	for _, p := range patterns {
		if fixed {
			if !ascii(p) {
				return nil, false
			}
			alts = append(alts, regexp.QuoteMeta(p))
			continue
		}
		re, ok := compile(p, syn)
		if !ok {
			return nil, false
		}
		alts = append(alts, strings.TrimPrefix(strings.TrimPrefix(re.String(), "(?si)"), "(?s)"))
	}
	expr := "(?:" + strings.Join(alts, ")|(?:") + ")"
	switch {
	case line:
		expr = "^(?:" + expr + ")$"
	case word:
		expr = `(?:^|[^0-9A-Za-z_])(?:` + expr + `)(?:$|[^0-9A-Za-z_])`
	}
	flags := "(?s)"
	if syn.fold {
		flags = "(?si)"
	}
	re, err := regexp.Compile(flags + expr)
	if err != nil {
		return nil, false
	}
	re.Longest()
	return re, true
}
