package shell

import "fmt"

// Budgets. They count steps, bytes and depth, never time, so that a verdict
// does not depend on how busy the machine is. A command that exceeds one is a
// Problem; a script file that does is read no further, which is a Problem if
// the call itself wrote it. The bounds of one text are gate.go's.
const (
	maxSteps      = 6_000     // commands evaluated for one call
	maxFileSteps  = 3_000     // commands evaluated in one script file
	maxWork       = 100 << 20 // bytes copied, matched and parsed for one call; see the weights below
	maxFileWork   = maxWork / 2
	maxFileSize   = 256 << 10 // bytes read of one script or input file
	maxValue      = 64 << 10  // bytes of one value or captured output; the rest is a hole
	maxDepth      = 40        // nested texts, substitutions, scripts and function calls
	maxRecursion  = 6         // calls of one function inside itself
	maxStates     = 8         // states kept apart at one point
	maxAlts       = 8         // alternative values of one variable
	maxChoices    = 24        // combinations of alternatives tried for one command
	maxPairs      = 192       // pairs of alternatives tried where there are more
	maxIterations = 256       // rounds of a loop over words or lines that are followed one by one
	maxRounds     = 16        // rounds of any other loop; one more with unknown values stands for the rest
	maxWords      = 16 << 10  // words of one command after expansion
)

// Weights of what costs more than to copy a byte: about what it takes in
// nanoseconds.
const (
	weighWord  = 400    // a word, a file in a directory
	weighMatch = 4_000  // to prepare a pattern; each byte of a value then counts as 20 for each of the pattern
	weighParse = 50     // a byte of a nested text
	weighStart = 15_000 // to judge a program
)

// spend counts work; the budget is spent by panicking to guard.
func (e *evaluator) spend(n int) {
	if e.done {
		return
	}
	e.work += n
	if e.fileSteps > 0 {
		if e.fileWork -= n; e.fileWork < 0 {
			panic(errFile{})
		}
	}
	if e.work > maxWork {
		panic(errBudget{Problem{
			ID:   "too-complex",
			Text: fmt.Sprintf("to expand, match and read what the command handles takes more work than is done for one call (%d million bytes)", maxWork>>20),
			Hint: "handle less in one call: shorter lists, values and loops",
		}})
	}
}

// spendWords counts words that were made.
func (e *evaluator) spendWords(words []string) {
	n := weighWord * len(words)
	for _, w := range words {
		n += len(w)
	}
	e.spend(n)
}

// weight is what it costs to copy a variable.
func (v *variable) weight() int {
	n := 30*len(v.list) + 60*len(v.assoc)
	for _, a := range v.alts {
		n += len(a)
	}
	return n
}
