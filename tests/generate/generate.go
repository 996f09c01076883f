// Package generate writes random shell programs that bash can run: every
// construct that can start a program, nested in every other. What such a
// program starts is bash's to say; tests compare that with what was seen.
package generate

import (
	"fmt"
	"slices"
	"strings"
)

// A Source decides. *rand.Rand is one; a property tester's draw is another.
type Source interface {
	IntN(n int) int
}

// A Generator writes programs.
type Generator struct {
	Source
	// Commands are the simple commands that programs consist of: words
	// without blanks and quotes.
	Commands []string
	// Harmless leaves out what would make a harmless command install into
	// the system.
	Harmless bool
	// Without names families and constructs to leave out.
	Without []string
	// Bin is a directory, by its absolute path, in which all programs stand
	// that Commands name without a path.
	Bin string
	// Depth bounds how deep constructs nest: 3 if it is zero.
	Depth int
	// Used counts the constructs in the program written last.
	Used map[string]int

	n     int // names given so far
	inner int // depth of $(…)
}

// Program returns a program.
func (g *Generator) Program() string {
	g.n, g.inner, g.Used = 0, 0, map[string]int{}
	depth := g.Depth
	if depth == 0 {
		depth = 3
	}
	var b strings.Builder
	for i := 1 + g.IntN(3); i > 0; i-- {
		b.WriteString(g.stmt(depth))
		b.WriteString(g.pick("\n", "; ", "\n\n", " # note\n"))
	}
	return b.String()
}

// A construct writes one kind of statement around others.
type construct struct {
	name  string
	write func(g *Generator, d int) string
	flags flag
}

type flag int

const (
	// hereDoc: it holds a here-document.
	hereDoc flag = 1 << iota
	// unsafeOnly: it may turn a harmless command into another.
	unsafeOnly
	// needsBin: it names programs by their absolute paths.
	needsBin
)

// A family is what constructs have in common.
type family struct {
	name       string
	constructs []construct
}

// families and all are filled by init, since the writers lead back to them.
var (
	families []family
	all      []*construct
	familyOf = map[string]string{}
)

func init() {
	families = []family{
		{"quoting", quoting}, {"expansion", expansion}, {"control flow", controlFlow}, {"functions and traps", functions},
		{"text run as shell", texts}, {"files", files}, {"filters", filters}, {"descriptors", descriptors},
		{"wrappers", wrappers}, {"places", places}, {"mentions", mentions},
	}
	for i := range families {
		for j := range families[i].constructs {
			c := &families[i].constructs[j]
			if familyOf[c.name] != "" {
				panic("two constructs called " + c.name)
			}
			familyOf[c.name] = families[i].name
			all = append(all, c)
		}
	}
}

// Families returns the names of the families of constructs.
func Families() []string {
	var names []string
	for _, f := range families {
		names = append(names, f.name)
	}
	return names
}

// Family returns the family of a construct.
func Family(construct string) string { return familyOf[construct] }

// stmt is one statement.
func (g *Generator) stmt(depth int) string {
	if depth <= 0 {
		return g.simple(0)
	}
	c := all[g.IntN(len(all))]
	if c.flags&hereDoc != 0 && g.inner > 0 || c.flags&unsafeOnly != 0 && g.Harmless || c.flags&needsBin != 0 && g.Bin == "" || slices.Contains(g.Without, c.name) || slices.Contains(g.Without, Family(c.name)) {
		return g.simple(0)
	}
	g.Used[c.name]++
	return c.write(g, depth-1)
}

func (g *Generator) list(depth int) string {
	s := g.stmt(depth)
	for i := g.IntN(2); i > 0; i-- {
		s += g.pick("; ", " && ", " || ", "\n") + g.stmt(depth)
	}
	return s
}

// inside is a list for $(…). Here-documents are left out of it: bash 5.2
// loses the `;` between commands that follow one there.
func (g *Generator) inside(depth int) string {
	g.inner++
	defer func() { g.inner-- }()
	return " " + g.list(depth) // $(( would be arithmetic
}

func (g *Generator) pick(options ...string) string { return options[g.IntN(len(options))] }

// fresh is a name not given before in the program.
func (g *Generator) fresh(prefix string) string {
	g.n++
	return fmt.Sprintf("%s%d", prefix, g.n)
}
