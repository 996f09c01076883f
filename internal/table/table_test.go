package table

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

func TestTable(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	type pair struct {
		Table[int]
		want map[string]int
	}
	past := []pair{{want: map[string]int{}}}
	for range 3000 {
		p := past[r.IntN(len(past))]
		name, val := strconv.Itoa(r.IntN(60)), r.IntN(3)
		next := pair{want: maps.Clone(p.want)}
		if r.IntN(3) == 0 {
			next.Table = p.Without(name)
			delete(next.want, name)
		} else {
			next.Table = p.With(name, val)
			next.want[name] = val
		}
		past = append(past, next)
	}
	for _, p := range past { // none was changed by what came after it
		if got := maps.Collect(p.All()); !maps.Equal(got, p.want) {
			t.Fatalf("got %v, want %v", got, p.want)
		}
		names := []string{}
		for name := range p.All() {
			names = append(names, name)
		}
		if !slices.IsSorted(names) {
			t.Fatalf("walked in the order %v", names)
		}
		name := strconv.Itoa(r.IntN(60))
		got, ok := p.Lookup(name)
		if want, found := p.want[name]; got != want || ok != found {
			t.Fatalf("lookup(%s) = %d, %t, want %d, %t", name, got, ok, want, found)
		}
	}
	for range 3000 {
		p, q := past[r.IntN(len(past))], past[r.IntN(len(past))]
		same := func(a, b int) bool { return a == b }
		if got, want := p.Equal(q.Table, same), maps.Equal(p.want, q.want); got != want {
			t.Fatalf("equal(%v, %v) = %t", p.want, q.want, got)
		}
		var got []string
		p.Differ(q.Table, func(name string, a, b int) bool {
			if a != b {
				got = append(got, fmt.Sprint(name, a, b))
			}
			return true
		})
		var want []string
		union := maps.Clone(p.want)
		maps.Copy(union, q.want)
		for _, name := range slices.Sorted(maps.Keys(union)) {
			if a, b := p.want[name], q.want[name]; a != b {
				want = append(want, fmt.Sprint(name, a, b))
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("differ: got %v, want %v", got, want)
		}
	}
}
