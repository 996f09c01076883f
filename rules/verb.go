package rules

import "strings"

// longVerb returns the word that a word of the user's stands for as the next
// word of a verb, of which `before` was read, with a blank after it. It returns
// the word itself if it stands for no other. That it fits several is an error
// of the program's, after which nothing happens.
func (r *reading) longVerb(before, word string) string {
	t := r.t
	if t.kebab {
		word = kebab(word)
	}
	if t.shorten == shortenNone {
		return word
	}
	found, to, many := "", -1, false
	for i := range t.verbs {
		v := &t.verbs[i]
		rest, ok := strings.CutPrefix(v.text, before)
		if !ok {
			continue
		}
		first, _, _ := strings.Cut(rest, " ")
		switch {
		case first == word:
			return word
		case first == found || !t.shorten.fits(word, first):
		case found == "":
			found, to = first, v.to
		case t.shorten == shortenWord || v.to != to || before != "":
			many = true
		}
	}
	switch {
	case many:
		r.dead = true
	case found != "":
		return found
	}
	return word
}

// fits reports whether short can stand for the verb long.
func (s shorten) fits(short, long string) bool {
	switch s {
	case shortenWord:
		return strings.HasPrefix(long, short)
	case shortenCommand:
		// Symfony: `g:s` stands for `gen:stub`.
		for {
			head, tail, more := strings.Cut(short, ":")
			whole, rest, deeper := strings.Cut(long, ":")
			if !strings.HasPrefix(whole, head) || more && !deeper {
				return false
			}
			if !more {
				return true
			}
			short, long = tail, rest
		}
	case shortenHumps:
		return fitsHumps(short, long)
	}
	return false
}

// fitsHumps reports whether every part of short that begins with a capital
// begins the part of long at the same place: pTML and pubToMavLoc fit
// publishToMavenLocal.
func fitsHumps(short, long string) bool {
	for short != "" {
		n := hump(short)
		m := hump(long)
		if m == 0 || !strings.HasPrefix(long[:m], short[:n]) {
			return false
		}
		short, long = short[n:], long[m:]
	}
	return true
}

// hump returns the length of a word's first part.
func hump(s string) int {
	for i := 1; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return i
		}
	}
	return len(s)
}

// kebab returns a word in camel case as one in small letters and dashes.
func kebab(word string) string {
	if strings.ToLower(word) == word {
		return word
	}
	var b strings.Builder
	for i := range len(word) {
		c := word[i]
		if 'A' <= c && c <= 'Z' {
			b.WriteByte('-')
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}
