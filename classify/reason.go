package classify

import (
	"fmt"
	"path"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify/shell"
	"github.com/venv-guard/venv-guard/rules"
)

// maxReasons bounds the findings that a reason spells out.
const maxReasons = 3

// maxQuoted bounds the words of the user's command that a reason repeats, in
// bytes.
const maxQuoted = 160

// Reason returns what the model is told about a BLOCK or ASK: what would
// happen and where, which words do it, and what to run instead. It is empty
// for ALLOW and PASS.
func (d Decision) Reason() string {
	if d.Verdict < action.Ask {
		return ""
	}
	var parts []string
	for _, p := range d.Problems {
		if len(parts) == maxReasons {
			break
		}
		text := p.Text
		if p.ID == "parse-error" {
			text = "the command was blocked because it cannot be read: " + text
		}
		s := sentence(text)
		if p.Hint != "" {
			s += " " + sentence(p.Hint)
		}
		parts = append(parts, s+" [guard/"+p.ID+"]")
	}
	remedies, said := map[string]bool{}, map[string]bool{}
	more := 0
	for i := range d.Steps {
		st := &d.Steps[i]
		for k := range st.Findings {
			f := &st.Findings[k]
			if f.Verdict != d.Verdict {
				continue
			}
			if len(parts) >= maxReasons {
				more++
				continue
			}
			what := Quoted(st.Argv) + "\x00" + d.from(st) + "\x00" + f.Reason
			if said[what] {
				continue // found at another place in the command
			}
			said[what] = true
			if text := d.explain(st, f, remedies); text != "" {
				parts = append(parts, text)
			}
		}
	}
	if more > 0 {
		parts = append(parts, fmt.Sprintf("(%d more like this.)", more))
	}
	if len(parts) > 0 && len(d.ignored) > 0 {
		parts = append(parts, "Note: "+strings.Join(d.ignored[:min(len(d.ignored), maxReasons)], "\n"))
	}
	if len(parts) == 0 {
		return "The command was refused."
	}
	return strings.Join(parts, "\n")
}

// explain says one finding in words.
func (d Decision) explain(st *Step, f *rules.Finding, remedies map[string]bool) string {
	var b strings.Builder
	b.WriteString(subject(st))
	if from := d.from(st); from != "" {
		fmt.Fprintf(&b, " (%s)", from)
	}
	b.WriteString(" " + sentenceEnd(f.Reason))
	switch remedy := d.RemedyOf(st, f); {
	case remedy == "" && f.Verdict == action.Block && f.Policy == "" && !advises(f.Reason):
		remedy = "ask the user"
		if !remedies[remedy] {
			remedies[remedy] = true
			b.WriteString(" If that is needed, ask the user to do it.")
		}
	case remedy == "":
	case remedies[remedy]:
		b.WriteString(" The same command serves instead.")
	default:
		remedies[remedy] = true
		fmt.Fprintf(&b, " Run instead: %s", remedy)
	}
	fmt.Fprintf(&b, " [%s]", f.Rule)
	return b.String()
}

// advises reports whether a reason itself says what to do.
func advises(reason string) bool {
	i := strings.Index(reason, ". ") // a second sentence
	return i > 0 && reason[i-1] != ' ' || strings.Contains(reason, "the user") || strings.Contains(reason, "; ")
}

// subject names what a finding is about: the command as it starts; of a function
// of another language its name; of a text that nobody saw what runs it.
func subject(st *Step) string {
	program := st.Program()
	if st.Given && len(st.Argv) > 1 { // nobody typed that command
		return "The code of `" + path.Base(st.Argv[len(st.Argv)-1]) + "`"
	}
	if shell.IsUnseen(program) {
		if n := len(st.Via); n > 0 && st.Via[n-1] != shell.Substituted {
			return "`" + action.Show(st.Via[n-1]) + "`"
		}
		return "This command"
	}
	argv := st.Argv
	if name, ok := strings.CutSuffix(program, "()"); ok {
		argv = []string{name}
		for _, w := range st.Argv[1:] {
			if w != "--" {
				argv = append(argv, w)
			}
		}
	}
	return "`" + Quoted(argv) + "`"
}

// from says where an invocation stands, if not plainly in the command.
func (d Decision) from(st *Step) string {
	var parts []string
	if st.File != "" {
		file := st.File
		if len(d.call.Blocks) > 0 {
			file = strings.TrimPrefix(file, d.call.Dir+"/")
		}
		parts = append(parts, "in "+file)
	}
	via := st.Via
	if st.Given {
		via = nil // which is the subject, too
	}
	if len(via) > 0 && shell.IsUnseen(st.Program()) {
		via = via[:len(via)-1] // which is the subject
	}
	if len(via) > 0 && st.File == "" {
		parts = append(parts, "started by "+action.Show(strings.Join(via, " > ")))
	}
	if st.Dir != d.call.Dir {
		parts = append(parts, "in directory "+action.Show(st.Dir))
	}
	return strings.Join(parts, ", ")
}

// Quoted joins words for a human to read: short, on one line, holes shown.
func Quoted(argv []string) string {
	words := make([]string, len(argv))
	for i, w := range argv {
		words[i] = showWord(w)
	}
	if len(argv) > 0 && argv[0] == "<" { // a redirection, and no program's name
		words[0] = "<"
	}
	s := strings.Join(words, " ")
	if len(s) > maxQuoted {
		s = strings.ToValidUTF8(s[:maxQuoted], "") + "…"
	}
	return s
}

func showWord(w string) string {
	w = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '�'
		}
		return r
	}, w)
	if w == "" || strings.ContainsAny(w, " \t'\"\\$`;&|<>(){}*?#!") {
		w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
	}
	return action.Show(w)
}

// sentence makes a sentence of an error text.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + sentenceEnd(s[1:])
}

func sentenceEnd(s string) string {
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, ":") {
		return s
	}
	return s + "."
}
