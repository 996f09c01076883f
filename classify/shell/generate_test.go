package shell

import (
	"flag"
	"testing"

	"pgregory.net/rapid"

	"github.com/venv-guard/venv-guard/tests/generate"
)

// draws lets a property test decide, so that it can shrink what failed.
type draws struct{ t *rapid.T }

func (d draws) IntN(n int) int { return rapid.IntRange(0, n-1).Draw(d.t, "n") }

// notSeen are the families and constructs whose commands are not seen here:
// files, filters and wrappers start what the rules say, and tests/scorecard
// judges them with the rules.
var notSeen = []string{
	"files", "filters", "wrappers", "places", "BASH_ENV", "bash -c, options", "bash -s with arguments",
}

// Whatever bash starts in a generated program must have been seen.
func TestGenerated(t *testing.T) {
	o := newBashOracle(t)
	if f := flag.Lookup("rapid.seed"); f.Value.String() == "0" {
		f.Value.Set("20261121") // the same programs in every run; -rapid.seed gives others
	}
	rapid.Check(t, func(rt *rapid.T) {
		g := &generate.Generator{Source: draws{rt}, Commands: []string{"a", "b x", "c", "d", "e y z", "f", "g", "pip install"}, Without: notSeen}
		text := g.Program()
		saw, problems := seenArgv(text, nil)
		if len(problems) > 0 {
			return // refused, whatever it starts
		}
		for _, argv := range o.started(t, text) {
			if !covers(saw, argv) {
				rt.Fatalf("bash starts %q in\n%s\nseen: %q", argv, text, saw)
			}
		}
	})
}
