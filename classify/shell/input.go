package shell

import (
	"path"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// maxRuns bounds how often one command is started with words from its input;
// one more run with unknown words stands for the rest.
const maxRuns = 64

// followInput starts a program with the words that its input adds, as often as
// its starter would.
func (e *evaluator) followInput(c, inner *command, s *state, st action.Start) []*state {
	in := st.Input
	if in.Found {
		return e.followFound(c, inner, s, st)
	}
	name := in.File
	if name == "" {
		name = "-"
	} else {
		e.readsFile(c, s, name, false)
	}
	text, ok := e.readText(s, name)
	if !ok || text == "" || action.Holed(in.Delim) { // an empty file may have been filled by then
		text = action.HoleText
	}
	if in.File == "" {
		s.exhaust(0)
	}
	runs := batches(inputLines(text, in), in)
	if len(runs) > maxRuns {
		runs = append(runs[:maxRuns:maxRuns], []string{string(action.Clipped)})
	}
	states := []*state{s}
	for _, words := range runs {
		next := *inner
		next.argv = completed(st.Argv, in, words)
		states = e.each(states, func(s *state) []*state { return e.run(&next, s) })
	}
	return states
}

// completed returns argv with the words of one run.
func completed(argv []string, in *action.Input, words []string) []string {
	switch {
	case in.Replace == "":
		return append(slices.Clone(argv), words...)
	case in.Splice:
		if i := slices.Index(argv, in.Replace); i >= 0 {
			return slices.Concat(argv[:i], words, argv[i+1:])
		}
		return slices.Clone(argv)
	}
	out := make([]string, len(argv))
	for i, a := range argv {
		out[i] = strings.ReplaceAll(a, in.Replace, strings.Join(words, " "))
	}
	return out
}

// batches divides the words, which come by lines, into runs.
func batches(lines [][]string, in *action.Input) [][]string {
	if in.Replace != "" && !in.Splice {
		return lines
	}
	var runs [][]string
	var run []string
	n := 0
	for _, line := range lines {
		for _, w := range line {
			run = append(run, w)
			if in.Words > 0 && len(run) == in.Words {
				runs, run = append(runs, run), nil
			}
		}
		if n++; in.Lines > 0 && n == in.Lines && len(run) > 0 {
			runs, run, n = append(runs, run), nil, 0
		}
	}
	if len(run) > 0 {
		runs = append(runs, run)
	}
	return runs
}

// inputLines splits a text into lines of words as xargs does: at blanks, with
// quotes; with a delimiter, each word is a line; for -I each line is a word.
func inputLines(text string, in *action.Input) [][]string {
	if in.Delim != "" && !action.Holed(in.Delim) {
		d := xargsDelim(in.Delim)
		var lines [][]string
		for _, w := range strings.Split(strings.TrimSuffix(text, d), d) {
			if lines = append(lines, []string{w}); len(lines) > maxWords {
				break
			}
		}
		return lines
	}
	var lines [][]string
	var line []string
	var b strings.Builder
	quoted, open, whole := byte(0), false, in.Replace != "" && !in.Splice
	word := func() bool {
		if !open {
			return true
		}
		w := b.String()
		b.Reset()
		open = false
		if in.End != "" && w == in.End {
			return false
		}
		line = append(line, w)
		return true
	}
	for i, n := 0, 0; i < len(text) && n < maxWords; i++ {
		ch := text[i]
		switch {
		case quoted != 0 && ch == quoted:
			quoted = 0
		case quoted != 0:
			b.WriteByte(ch)
		case ch == '\'' || ch == '"':
			quoted, open = ch, true
		case ch == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
			open = true
		case ch == '\n' || (ch == ' ' || ch == '\t' || ch == 0) && (!whole || !open):
			n++
			if !word() {
				return append(lines, line)
			}
			// A blank at its end goes on in the next line.
			if ch == '\n' && len(line) > 0 && (whole || i == 0 || text[i-1] != ' ' && text[i-1] != '\t') {
				lines, line = append(lines, line), nil
			}
		default:
			b.WriteByte(ch)
			open = true
		}
	}
	word()
	if len(line) > 0 {
		lines = append(lines, line)
	}
	return lines
}

// xargsDelim returns the character that xargs -d means.
func xargsDelim(d string) string {
	switch d {
	case `\0`:
		return "\x00"
	case `\n`:
		return "\n"
	case `\t`:
		return "\t"
	}
	return d[:1]
}

// followFound starts a program for what find finds. That is looked for only if
// it decides what is run: a program or a script.
func (e *evaluator) followFound(c, inner *command, s *state, st action.Start) []*state {
	in := *st.Input
	words, blind := action.HoleText, e.blind
	next := *inner
	next.argv = completed(st.Argv, &in, []string{words})
	if !slices.ContainsFunc(st.Argv, func(a string) bool { return strings.Contains(a, in.Replace) }) && path.Base(c.argv[0]) != "find" {
		next.argv = append(next.argv, words)
	}
	states := e.run(&next, s.clone())
	if e.blind == blind {
		return states
	}
	found, _ := e.find(s, c.argv)
	for _, f := range found[:min(len(found), maxRuns)] {
		at := next
		at.argv = make([]string, len(next.argv))
		for i, a := range next.argv {
			at.argv[i] = strings.ReplaceAll(a, action.HoleText, f)
		}
		states = e.each(states, func(s *state) []*state { return e.run(&at, s) })
	}
	return states
}
