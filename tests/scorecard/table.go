//go:build unix

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/venv-guard/venv-guard/tests/generate"
)

// A tally counts programs: how many there were, in how many bash started an
// installation into the system, how many of those were missed, how many were
// harmless, and how many of those were stopped.
type tally struct{ programs, started, missed, harmless, alarms int }

func (t *tally) add(r result) {
	count := func(n *int, b bool) {
		if b {
			*n++
		}
	}
	t.programs++
	count(&t.started, r.started)
	count(&t.missed, r.missed)
	count(&t.harmless, r.harmless)
	count(&t.alarms, r.alarm)
}

type table struct {
	total              tally
	family, constructs map[string]*tally
}

func newTable() *table {
	return &table{family: map[string]*tally{}, constructs: map[string]*tally{}}
}

func (t *table) add(r result) {
	t.total.add(r)
	families := map[string]bool{}
	for name := range r.used {
		families[generate.Family(name)] = true
		row(t.constructs, name).add(r)
	}
	for name := range families {
		row(t.family, name).add(r)
	}
}

func row(m map[string]*tally, name string) *tally {
	if m[name] == nil {
		m[name] = &tally{}
	}
	return m[name]
}

func (t *table) print(w io.Writer, constructs bool) {
	fmt.Fprintf(w, "| %-40s | programs | started | missed | harmless | alarms |\n|---|--:|--:|--:|--:|--:|\n", "programs with")
	line := func(name string, t *tally) {
		fmt.Fprintf(w, "| %-40s | %8d | %7d | %6d | %8d | %6d |\n", name, t.programs, t.started, t.missed, t.harmless, t.alarms)
	}
	for _, f := range generate.Families() {
		line(f, row(t.family, f))
		for _, name := range slices.Sorted(maps.Keys(t.constructs)) {
			if constructs && generate.Family(name) == f {
				line("&nbsp; "+name, t.constructs[name])
			}
		}
	}
	line("**all**", &t.total)
}
