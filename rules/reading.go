package rules

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/venv-guard/venv-guard/action"
)

// A reading is one way to read one command line by a tool's grammar.
type reading struct {
	*judgement
	t    *tool
	cmd  *command
	also []*command // further verbs on the same line (setup.py build install)

	words    []string // the program and what follows it
	hits     []hit
	operands []operand
	assigns  []string // NAME=value words
	verbAt   int      // index of the verb's last word; 0 without one
	verbText string   // the verb as it was written
	guessed  bool     // the verb was not written out
	dead     bool     // the program stops with an error
	aliased  int      // verbs of the user's own that were replaced
	landed   *land    // the clause that found the place

	// The program and the interpreter that runs it, once they were searched.
	searched        bool
	program, interp found
	inside          bool // the interpreter runs the tool by -m or as a script
	conf            []setting
	confRead        bool

	hitBuf     [6]hit
	operandBuf [8]operand
}

// A hit is an option on the command line.
type hit struct {
	opt   *option
	off   bool
	has   bool // has a value
	value string
	list  []string // of takesWords
	at, n int      // first word and number of words
	col   int      // where the letter stands in a word of short options
}

type operand struct {
	text string
	at   int
}

// read reads the words. It may be called once.
func (r *reading) read() {
	r.hits, r.operands = r.hitBuf[:0], r.operandBuf[:0]
	r.cmd = r.bare()
	st := &r.t.style
	rest, carried := false, false
	for i := 1; i < len(r.words) && !r.dead; {
		w := r.words[i]
		switch {
		case rest || len(w) < 2 || w[0] != '-' && w[0] != '+':
		case w == "--":
			if st.carry && r.verbAt == 0 && len(r.t.verbs) > 0 {
				carried = true
			} else {
				rest = true
			}
			if r.verbAt == 0 && len(r.t.verbs) > 0 {
				rest = false
			}
			i++
			continue
		case w[0] == '+':
			if st.plus {
				n := r.plusOption(i)
				r.hits = append(r.hits, hit{opt: &plusOption, at: i, n: n})
				i += n
				continue
			}
		default:
			if n, ends := r.option(i); n > 0 {
				i += n
				rest = ends
				continue
			}
		}
		if r.t.skip != "" && r.verbAt == 0 && wanted(w, r.t.skip) {
			i++
			continue
		}
		if st.assign && len(r.operands) == 0 && isAssignment(w) {
			r.assigns = append(r.assigns, w)
			i++
			continue
		}
		if len(r.t.verbs) > 0 && (r.verbAt == 0 && len(r.operands) == 0 || r.t.anyVerb) && !rest {
			if n := r.verb(i); n > 0 {
				i += n
				rest = carried
				continue
			}
			if r.dead || r.ownVerb(i) {
				continue
			}
		}
		r.operands = append(r.operands, operand{w, i})
		if st.rest && r.verbAt == 0 || r.cmd.rest {
			rest = true
		}
		i++
	}
	if r.verbAt == 0 && len(r.operands) > 0 && r.t.bare > 0 {
		r.cmd = &r.t.root // a word that is no verb
	}
}

// bare returns the command that holds until a verb comes.
func (r *reading) bare() *command {
	if r.t.bare > 0 {
		return &r.t.commands[r.t.bare-1]
	}
	return &r.t.root
}

// maxAliases bounds how many verbs of the user's own one command line goes
// through.
const maxAliases = 8

// ownVerb replaces the word at i by what the tool's settings say it stands for
// and reports whether they do.
func (r *reading) ownVerb(i int) bool {
	if r.t.aliases == "" || r.verbAt > 0 || r.aliased >= maxAliases || action.Holed(r.words[i]) {
		return false
	}
	v, src, _ := r.setting(r.t.aliases+"."+r.words[i], false)
	words := strings.Fields(v)
	if src == fromNowhere || len(words) == 0 {
		return false
	}
	r.aliased++
	r.words = slices.Concat(r.words[:i], words, r.words[i+1:])
	return true
}

// isAssignment reports whether a word is NAME=value, as env and sudo take it.
func isAssignment(w string) bool {
	name, _, ok := strings.Cut(w, "=")
	return ok && name != "" && !strings.Contains(name, "/") && !action.Holed(name)
}

// verb takes the word at i, and more if the tool has verbs of more words, as a
// verb and returns how many words that took; 0 if it is none.
func (r *reading) verb(i int) int {
	w := r.words[i]
	if action.Holed(w) {
		return r.holedVerb(i, w)
	}
	best, n := -1, 0
	text := r.longVerb("", w)
	for j := i; !r.dead; {
		if v, ok := find(r.t.verbs, text); ok {
			best, n, r.verbText = v.to, j-i+1, text
		}
		longer, ok := firstWith(r.t.verbs, text+" ")
		if !ok {
			break
		}
		// Options may stand between the words of a verb.
		r.cmd = &r.t.commands[longer.to]
		for j++; j < len(r.words); {
			k, _ := r.option(j)
			if k == 0 {
				break
			}
			j += k
		}
		if j >= len(r.words) {
			break
		}
		if action.Holed(r.words[j]) {
			if k := r.holedVerb(j, text+" "+r.words[j]); k > 0 {
				return j - i + k
			}
			break
		}
		text += " " + r.longVerb(text+" ", r.words[j])
	}
	if !r.t.anyVerb {
		r.cmd = r.bare()
	}
	if best < 0 || r.dead {
		return 0
	}
	r.setVerb(best, i+n-1)
	return n
}

// holedVerb tries every verb that text, which has a hole, could be.
func (r *reading) holedVerb(i int, text string) int {
	var could []int
	for _, v := range r.t.verbs {
		if couldBe(text, v.text) && (len(could) == 0 || could[len(could)-1] != v.to) {
			could = append(could, v.to)
		}
	}
	only := onlyHole(r.words[i])
	n := len(could)
	if only {
		n++ // no word at all, or options
	}
	if n == 0 {
		return 0
	}
	k := r.ch.pick(n)
	if k == len(could) {
		return 1
	}
	r.setVerb(could[k], i)
	r.verbText, r.guessed = r.cmd.verb, only
	if only {
		// The same hole may hold the verb's operands.
		r.operands = append(r.operands, operand{r.words[i], i})
	}
	return 1
}

func (r *reading) setVerb(to, at int) {
	if r.verbAt > 0 && r.cmd != &r.t.root {
		r.also = append(r.also, r.cmd)
	}
	r.cmd = &r.t.commands[to]
	r.verbAt = at
}

// option takes the word at i as an option and returns how many words it took,
// and whether the list of options ends with it. It takes 0 words if the word
// is an operand after all.
func (r *reading) option(i int) (n int, ends bool) {
	w := r.words[i]
	if len(w) < 2 || w[0] != '-' || w == "--" {
		return 0, false
	}
	if r.t.style.nopt {
		return r.noptOption(i), false
	}
	if w[1] == '-' || r.t.style.oneDash {
		return r.longOption(i)
	}
	if r.t.style.numeric && w[1] >= '0' && w[1] <= '9' && strings.Trim(w[1:], "0123456789.") == "" {
		r.hits = append(r.hits, hit{opt: &numericOption, has: true, value: w[1:], at: i, n: 1})
		return 1, false
	}
	return r.shortOptions(i)
}

var (
	numericOption = option{name: "-0"}
	unknownOption = option{name: "?"}
	plusOption    = option{name: "+"}
)

// longOption reads --name, --name=value and, in one-dash styles, -name.
func (r *reading) longOption(i int) (n int, ends bool) {
	w := r.words[i]
	name, value, attached := strings.Cut(w, "=")
	if r.t.style.oneDash && strings.HasPrefix(name, "--") {
		name = name[1:]
	}
	if r.t.style.colon && !attached {
		name, value, attached = strings.Cut(w, ":")
	}
	o, off, ok := r.lookup(name)
	if !ok && r.t.style.abbrev != abbrevNone && !action.Holed(name) {
		var ambiguous bool
		o, off, ambiguous = r.abbreviated(name)
		if ambiguous {
			r.dead = true
			return 1, false
		}
		ok = o != nil
	}
	if !ok {
		return r.unknown(i, attached, value), false
	}
	h := hit{opt: o, off: off, has: attached, value: value, at: i, n: 1}
	switch {
	case attached || off || o.takes == takesNothing || o.takes == takesAttached:
	case o.takes == takesWords:
		for h.n+i < len(r.words) {
			word := r.words[i+h.n]
			h.n++
			if word == ";" || word == "+" && len(h.list) > 0 && h.list[len(h.list)-1] == "{}" {
				break
			}
			h.list = append(h.list, word)
		}
	case o.takes == takesMaybe && (i+1 == len(r.words) || strings.HasPrefix(r.words[i+1], "-")):
	case i+1 < len(r.words):
		h.has, h.value, h.n = true, r.words[i+1], 2
	default:
		// The value is missing, but a variable that is not set here may hold
		// it where the command runs.
	}
	r.hits = append(r.hits, h)
	return h.n, o.ends
}

// shortOptions reads -x, -xvalue and bundles.
func (r *reading) shortOptions(i int) (n int, ends bool) {
	w := r.words[i]
	if o, _, ok := r.lookup(w); ok && o.takes == takesWords {
		return r.longOption(i)
	}
	if len(w) > 2 {
		// Some have long options of one dash beside the bundles.
		if _, _, ok := r.lookup(w); ok {
			return r.longOption(i)
		}
	}
	for j := 1; j < len(w); {
		_, size := utf8.DecodeRuneInString(w[j:])
		tail := w[j+size:]
		o, off, ok := r.lookup("-" + w[j:j+size])
		if !ok {
			if tail == "" || onlyHole(w[j:]) {
				return r.unknown(i, false, ""), false
			}
			// The tail may be the unknown option's value, or more options.
			if r.fork() && r.ch.pick(2) == 1 {
				return 1, false
			}
			j += size
			continue
		}
		h := hit{opt: o, off: off, at: i, n: 1, col: j}
		switch {
		case off || o.takes == takesNothing:
		case o.takes == takesAttached:
			h.has, h.value = tail != "", tail
		case tail != "":
			if r.t.style.equals {
				tail = strings.TrimPrefix(tail, "=")
			}
			h.has, h.value = true, tail
		case o.takes == takesMaybe && (i+1 == len(r.words) || strings.HasPrefix(r.words[i+1], "-")):
		case i+1 < len(r.words):
			h.has, h.value, h.n = true, r.words[i+1], 2
		}
		r.hits = append(r.hits, h)
		if o.ends || o.takes != takesNothing {
			return h.n, o.ends
		}
		j += size
	}
	return 1, false
}

// plusOption reads +x, which turns an option off or, as shells have it, takes
// a value like -x.
func (r *reading) plusOption(i int) int {
	w := r.words[i]
	if o, _, ok := r.lookup("-" + w[len(w)-1:]); ok && o.takes == takesValue && i+1 < len(r.words) {
		return 2
	}
	return 1
}

// fork reports whether it matters if an unknown option takes the next word:
// while what follows the options is still to come.
func (r *reading) fork() bool {
	return r.verbAt == 0 && (len(r.t.verbs) > 0 || r.t.style.rest) || r.cmd.rest
}

// unknown reads an option that is not listed.
func (r *reading) unknown(i int, attached bool, value string) int {
	n := 1
	if !attached && i+1 < len(r.words) && r.fork() && !strings.HasPrefix(r.words[i+1], "-") {
		n += r.ch.pick(2)
	}
	r.hits = append(r.hits, hit{opt: &unknownOption, has: attached, value: value, at: i, n: n})
	return n
}

// lookup finds an option of the command, or of the tool's root, by one of its
// spellings.
func (r *reading) lookup(text string) (o *option, off, ok bool) {
	if r.cmd != &r.t.root {
		if o, off, ok = r.cmd.lookup(text); ok {
			return o, off, ok
		}
	}
	return r.t.root.lookup(text)
}

func (c *command) lookup(text string) (o *option, off, ok bool) {
	lo, hi := 0, len(c.spellings)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if c.spellings[mid].text < text {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(c.spellings) && c.spellings[lo].text == text {
		s := &c.spellings[lo]
		return &c.options[s.opt], s.off, true
	}
	return nil, false, false
}

// abbreviated finds the option that a prefix of a long spelling stands for.
func (r *reading) abbreviated(prefix string) (o *option, off, ambiguous bool) {
	var text string
	for _, c := range []*command{r.cmd, &r.t.root} {
		for i := range c.spellings {
			s := &c.spellings[i]
			if !strings.HasPrefix(s.text, prefix) || len(s.text) < 3 || s.text == text {
				continue
			}
			so := &c.options[s.opt]
			if o != nil && (r.t.style.abbrev == abbrevExact || so.name != o.name || s.off != off) {
				return nil, false, true
			}
			o, off, text = so, s.off, s.text
		}
		if c == &r.t.root {
			break
		}
	}
	return o, off, false
}
