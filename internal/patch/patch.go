// Package patch reads patches in the form of Codex's apply_patch
// (codex-rs/apply-patch, 0.169), which other clients have taken over: as the
// argument of a tool, and as a program that Codex puts on PATH.
package patch

import "strings"

// An Op is what is done to a file.
type Op uint8

const (
	Add    Op = iota // Text is all that it holds
	Update           // Old becomes Text; nothing, where only its name changes
	Delete
	Move // To gets what is at Path
)

// A Change is what a patch does to one file, or one hunk of it.
type Change struct {
	Op        Op
	Path, To  string
	Old, Text string
}

// Parse returns the changes of a patch, in their order. What stands before,
// between and after them, such as the lines of a here-document, is passed over.
func Parse(text string) []Change {
	var p parser
	for line := range strings.SplitSeq(text, "\n") {
		p.line(strings.TrimSuffix(line, "\r"))
	}
	p.end()
	return p.list
}

type parser struct {
	list     []Change
	at       Change // the file at hand
	open     bool   // it is added or updated
	old, new []string
}

func (p *parser) line(line string) {
	if header, name, ok := headerOf(line); ok {
		p.end()
		p.open = header == "Add File" || header == "Update File" || header == "Move to"
		switch header {
		case "Add File":
			p.at = Change{Op: Add, Path: name}
		case "Update File":
			p.at = Change{Op: Update, Path: name}
		case "Delete File":
			p.list = append(p.list, Change{Op: Delete, Path: name})
		case "Move to":
			p.list = append(p.list, Change{Op: Move, Path: p.at.Path, To: name})
			p.at = Change{Op: Update, Path: name}
		}
		return
	}
	switch {
	case !p.open:
	case strings.HasPrefix(line, "@@"), strings.HasPrefix(line, "***"):
		p.end()
	case strings.HasPrefix(line, "+"):
		p.new = append(p.new, line[1:])
	case p.at.Op == Add:
	case strings.HasPrefix(line, "-"):
		p.old = append(p.old, line[1:])
	default:
		line = strings.TrimPrefix(line, " ")
		p.new, p.old = append(p.new, line), append(p.old, line)
	}
}

// end closes a hunk, or the file that was added.
func (p *parser) end() {
	c := p.at
	c.Old, c.Text = strings.Join(p.old, "\n"), strings.Join(p.new, "\n")
	if p.open && (c.Op == Add || len(p.old)+len(p.new) > 0) {
		p.list = append(p.list, c)
	}
	if c.Op == Add {
		p.open = false
	}
	p.old, p.new = nil, nil
}

// headerOf reads a line such as "*** Add File: NAME".
func headerOf(line string) (header, name string, ok bool) {
	line, ok = strings.CutPrefix(strings.TrimSpace(line), "*** ")
	if !ok {
		return "", "", false
	}
	header, name, ok = strings.Cut(line, ":")
	switch header {
	case "Add File", "Update File", "Delete File", "Move to":
		return header, strings.TrimSpace(name), ok
	}
	return "", "", false
}
