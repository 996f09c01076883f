package rules

import (
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// A function is a function of some languages that does what a program would:
// install.packages of R. It is judged as a program that is called with the
// function's arguments: those with names as --name=value, the others after a
// `--`.
type function struct {
	langs []string
	names []string // sorted; with dots, as package code has them
	runs  []string // the program and first words
	split bool     // the argument is a text of several words
	sets  string   // the variable that is set to the first argument, instead
}

// Function returns what a function of a language is called as; nil if the packs
// do not know it.
func (p *Packs) Function(lang, name string) *action.Function {
	for i := range p.functions {
		if f := &p.functions[i]; contains(f.langs, lang) && contains(f.names, name) {
			return &action.Function{Argv: f.runs, Split: f.split, Sets: f.sets}
		}
	}
	return nil
}

// Mentions reports whether a text has the name of a function in it.
func (p *Packs) Mentions(lang, text string) bool {
	for i := range p.functions {
		f := &p.functions[i]
		if !contains(f.langs, lang) {
			continue
		}
		for _, n := range f.names {
			last := strings.TrimSuffix(n[strings.LastIndexByte(n, '.')+1:], `""`)
			if strings.Contains(text, last) {
				return true
			}
		}
	}
	return false
}
