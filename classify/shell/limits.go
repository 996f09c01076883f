package shell

// Budgets. They count steps, bytes and depth, never time, so that a verdict
// does not depend on how busy the machine is. A command that exceeds one is a
// Problem; a script file that does is read no further.
const (
	maxSteps      = 6_000     // commands evaluated for one call
	maxFileSteps  = 3_000     // commands evaluated in one script file
	maxFileSize   = 256 << 10 // bytes read of one script or input file
	maxValue      = 64 << 10  // bytes of one value or captured output; the rest is a hole
	maxDepth      = 40        // nested texts, substitutions, scripts and function calls
	maxRecursion  = 6         // calls of one function inside itself
	maxStates     = 8         // states kept apart at one point
	maxAlts       = 8         // alternative values of one variable
	maxChoices    = 24        // combinations of alternatives tried for one command
	maxIterations = 256       // rounds of a loop over words or lines that are followed one by one
	maxRounds     = 16        // rounds of any other loop; one more with unknown values stands for the rest
	maxWords      = 16 << 10  // words of one command after expansion
)
