package code

import "strings"

// magic handles the commands of IPython, which notebooks are full of
// (IPython 8, core/inputtransformer2.py): `!cmd` and `x = !cmd` are the
// shell's, `%pip` runs in the kernel's own environment, and a `%%bash` makes
// the rest of the cell the shell's. Plain Python has no line that begins so.
func (s *scanner) magic(t token) bool {
	begin := 1 + strings.LastIndexByte(s.Text[:t.pos], '\n')
	head := strings.TrimSpace(s.Text[begin:t.pos])
	if head != "" && !strings.HasSuffix(head, "=") {
		return false
	}
	line, _, _ := strings.Cut(s.Text[t.pos:], "\n")
	stop := t.pos + len(line)
	name, rest, _ := strings.Cut(line, " ")
	switch strings.TrimSuffix(name, "\r") {
	case "%pip":
		s.words(append([]string{s.Self, "-m", "pip"}, strings.Fields(rest)...), t)
	case "%conda", "%mamba", "%uv":
		s.shell(line[1:], t)
	case "%sx", "%system":
		s.shell(rest, t)
	case "%%bash", "%%sh", "%%script", "%%sx", "%%system", "%%!":
		if cell := s.Text[stop:]; name != "%%script" || strings.HasPrefix(rest, "bash") || strings.HasPrefix(rest, "sh") {
			s.shell(cell, t)
			stop = len(s.Text)
		}
	default:
		if line[0] != '!' || strings.HasPrefix(line, "!=") {
			return false
		}
		s.shell(strings.TrimLeft(line, "!"), t)
	}
	for s.tok().kind != end && s.tok().pos < stop {
		s.i++
	}
	return true
}
