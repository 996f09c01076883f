package shell

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// Bounds of one text. A text beyond one of them is a problem.
const (
	gateBytes     = 1 << 20 // length; bash itself takes 128 KiB as an argument
	gateOperators = 1 << 17 // bytes of | & ; < > ( ) and newlines: bounds the tree's memory
	gateChain     = 10_000  // commands in one pipeline or list, operators in one expression
	gateDepth     = 400     // nodes inside each other in the tree, about 200 levels of $(…)
	gateFrames    = 1000    // frames of the parser's recursion; see depthReader
	gateMends     = 16      // times that a text is mended and parsed again, …
	gateParsed    = 4 << 20 // … unless that adds up to more bytes than these
)

// A script is a shell text read as the shell would read it.
//
// mvdan.cc/sh reads some texts otherwise than bash does, and without an error,
// so that a command runs which the tree does not show. Such a text is mended
// where that is exact, and else has a problem.
type script struct {
	text    string         // the text that was parsed: the original, perhaps mended
	stmts   []*syntax.Stmt // the statements read before any problem, in order
	problem *problem       // nil if the whole text was read

	// assigned are the names that get a value anywhere; see source.assigns.
	assigned map[string]bool

	inserts []insert // what mending added, in order
	parsed  int      // bytes parsed so far
}

// A problem is why a text, from some statement on, cannot be read as the shell
// would read it.
type problem struct {
	id         string // one word for the cause
	start, end int    // bytes of the original text
	text       string // what is wrong and where
	hint       string // what to write instead
}

// An insert is a piece of text that mending added.
type insert struct {
	at  int // where, in the original text
	len int
}

// offset maps a byte offset of the parsed text to the original text.
func (s *script) offset(n int) int {
	added := 0
	for _, in := range s.inserts {
		if n <= in.at+added {
			break
		}
		added += min(in.len, n-in.at-added)
	}
	return n - added
}

// readScript reads a shell text. bash runs a text line by line, so what stands
// before a problem still counts.
func readScript(text string, lang syntax.LangVariant) *script {
	s := &script{text: text}
	p := checkBytes(text)
	if p == nil {
		if p = s.read(lang); p == nil {
			return s
		}
		p.start = min(s.offset(p.start), len(text))
		p.end = max(min(s.offset(p.end), len(text)), p.start)
	} else if p.id != "too-large" {
		// What stands above the line of a stray byte is read.
		s.text = text[:strings.LastIndexByte(text[:p.start], '\n')+1]
		s.read(lang)
	}
	line := 1 + strings.Count(text[:p.start], "\n")
	col := p.start - strings.LastIndexByte(text[:p.start], '\n')
	p.text = fmt.Sprintf("%d:%d: %s", line, col, p.text)
	s.problem = p
	return s
}

// read parses s.text, mending it as often as that helps, and sets s.stmts to
// the statements before the problem that it returns, if any.
func (s *script) read(lang syntax.LangVariant) *problem {
	for n := 0; n < gateMends && s.parsed < gateParsed; n++ {
		file, err := s.parse(s.text, lang)
		g := gate{text: s.text, lang: lang, globs: strings.Contains(s.text, "extglob")}
		s.stmts = file.Stmts[:g.file(file)]
		if len(g.mends) > 0 && (g.problem == nil || g.mends[0].at < g.problem.start) {
			s.mend(g.mends)
			continue
		}
		if g.problem != nil || err == nil {
			return g.problem
		}
		m, ok := s.mendError(lang, err)
		if !ok {
			return parseProblem(s.text, err)
		}
		s.mend([]mend{m})
	}
	return &problem{
		id:   "parse-error",
		end:  len(s.text),
		text: "the text has too many comments, tests or here-documents that have to be read in two ways",
		hint: "do not end comments with a backslash; put a space between ! and (",
	}
}

// A mend is a change that makes the parser read a text as the shell does: put
// text at an offset, in place of as many bytes as cut says.
type mend struct {
	at   int
	text string
	cut  int // either 0 or len(text)
}

// mend changes s.text; the mends are in order.
func (s *script) mend(mends []mend) {
	var b strings.Builder
	from := 0
	var inserts []insert
	for _, m := range mends {
		b.WriteString(s.text[from:m.at])
		b.WriteString(m.text)
		from = m.at + m.cut
		if m.cut == 0 {
			inserts = append(inserts, insert{s.offset(m.at), len(m.text)})
		}
	}
	b.WriteString(s.text[from:])
	s.text = b.String()
	s.inserts = append(s.inserts, inserts...)
	slices.SortStableFunc(s.inserts, func(a, b insert) int { return a.at - b.at })
}

// checkBytes refuses what no shell text needs and shells disagree on: control
// characters, of which bash uses two as marks of its own, and invalid UTF-8;
// and bounds the work of the parser.
func checkBytes(text string) *problem {
	if len(text) > gateBytes {
		return &problem{
			id: "too-large", end: len(text),
			text: "the text is longer than " + strconv.Itoa(gateBytes) + " bytes",
			hint: "write long data to a file in several steps",
		}
	}
	operators := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n', c == '|', c == '&', c == ';', c == '<', c == '>', c == '(', c == ')':
			operators++
		case c >= ' ' && c < 0x7f, c == '\t', c == 0x1b:
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && n == 1 {
				return &problem{
					id: "invalid-utf8", start: i, end: i + 1,
					text: fmt.Sprintf("the byte %#02x is not UTF-8", c),
					hint: "write the text in UTF-8, or the byte as $'\\x" + strconv.FormatUint(uint64(c), 16) + "'",
				}
			}
			i += n - 1
		default:
			hint := fmt.Sprintf("write the character as $'\\x%02x', or leave it out", c)
			if c == '\r' {
				hint = "end lines with a newline only"
			}
			return &problem{
				id: "control-character", start: i, end: i + 1,
				text: fmt.Sprintf("the control character %#02x is read differently by different shells", c),
				hint: hint,
			}
		}
	}
	if operators > gateOperators {
		return &problem{
			id: "too-large", end: len(text),
			text: "the text has more than " + strconv.Itoa(gateOperators) + " lines and operators",
			hint: "run it in smaller pieces",
		}
	}
	return nil
}

var errTooDeep = errors.New("the text is nested too deeply")

// parse parses a text. With an error, the file holds what was read before.
func (s *script) parse(text string, lang syntax.LangVariant) (*syntax.File, error) {
	s.parsed += len(text)
	p := syntax.NewParser(syntax.Variant(lang), syntax.KeepComments(true))
	return p.Parse(&depthReader{text: text}, "")
}

// A depthReader is a text that ends with an error when the parser that reads it
// has recursed too deeply. A goroutine's stack cannot be bounded from within,
// and its overflow cannot be recovered; but the parser asks for more text, a
// kilobyte at a time, from inside its recursion, so that the reader can see how
// deep that is. Within a kilobyte no text nests deeply enough to do harm.
type depthReader struct {
	text string
	base int // frames below the parser; 0 before the first read
	pc   [1]uintptr
}

func (d *depthReader) Read(p []byte) (int, error) {
	switch {
	case d.base > 0:
		if runtime.Callers(d.base+gateFrames, d.pc[:]) > 0 {
			return 0, errTooDeep
		}
	case len(d.text) > len(p):
		d.base = frames()
	}
	if d.text == "" {
		return 0, io.EOF
	}
	n := copy(p, d.text)
	d.text = d.text[n:]
	return n, nil
}

// frames counts the frames of the stack.
func frames() int {
	var pc [64]uintptr
	for n := 0; ; n += len(pc) {
		if m := runtime.Callers(n, pc[:]); m < len(pc) {
			return n + m
		}
	}
}

// parseProblem says what kept the parser from reading on.
func parseProblem(text string, err error) *problem {
	if errors.Is(err, errTooDeep) {
		return tooDeep(0, len(text))
	}
	p := &problem{
		id:   "parse-error",
		end:  len(text),
		text: err.Error(),
		hint: "check the quotes, brackets and here-documents",
	}
	var perr syntax.ParseError
	var lerr syntax.LangError
	switch {
	case errors.As(err, &perr):
		p.start, p.text = int(perr.Pos.Offset()), perr.Text
		if perr.Incomplete {
			p.text += " (the text ends too early)"
		}
	case errors.As(err, &lerr):
		p.start = int(lerr.Pos.Offset())
		_, p.text, _ = strings.Cut(err.Error(), ": ")
	}
	p.start = min(p.start, len(text))
	return p
}

func tooDeep(start, end int) *problem {
	return &problem{
		id: "too-deep", start: start, end: end,
		text: "the text is nested too deeply",
		hint: "write the commands one after another",
	}
}

// mendError finds a mend for a text that the parser refuses and bash takes.
func (s *script) mendError(lang syntax.LangVariant, err error) (mend, bool) {
	text := s.text
	var perr syntax.ParseError
	if !errors.As(err, &perr) {
		return mend{}, false
	}
	if quoted, ok := strings.CutPrefix(perr.Text, "unclosed here-document "); ok {
		// bash ends the last here-document with the text, and warns.
		delim, err := strconv.Unquote(quoted)
		if err != nil || strings.ContainsAny(delim, "\n\\") || endsInBackslash(strings.TrimSuffix(text, "\n")) {
			return mend{}, false
		}
		if !strings.HasSuffix(text, "\n") {
			delim = "\n" + delim
		}
		return mend{at: len(text), text: delim}, true
	}
	// The parser takes every (( for arithmetic; bash looks at how it ends.
	limit := min(int(perr.Pos.Offset())+len("$(("), len(text))
	for range 3 {
		at := strings.LastIndex(text[:limit], "((")
		if at < 0 {
			break
		}
		if m := (mend{at: at + 1, text: " "}); s.isSubshell(lang, m) {
			return m, true
		}
		limit = at + 1
	}
	return mend{}, false
}

// isSubshell reports whether bash, too, reads two open parentheses as if there
// were a space between them, which is what m puts there. bash looks for the
// parenthesis that closes the second one, and takes the two for arithmetic if
// another one follows at once. In doing so it knows quotes but neither
// comments nor here-documents nor case clauses.
func (s *script) isSubshell(lang syntax.LangVariant, m mend) bool {
	mended := s.text[:m.at] + m.text + s.text[m.at:]
	file, _ := s.parse(mended, lang)
	g := gate{text: mended, lang: lang, seek: m.at + len(m.text)}
	g.file(file)
	if g.found == nil {
		return false
	}
	end := max(int(g.found.Rparen.Offset()), m.at)
	body := mended[m.at:max(end, g.outer)] // bash looks for the end of $(( in the same way
	return end > m.at && !strings.HasPrefix(mended[end:], "))") &&
		!strings.ContainsAny(body, "#\\") && !strings.Contains(body, "<<") && !strings.Contains(body, "esac")
}
