// Package code finds the programs that a text in a language other than the
// shell would start.
//
// It is a scan, not an analysis: it knows each language's calls that start
// programs (os.system, subprocess.run, child_process.execSync, backquotes, …)
// and reads their arguments where those are literals, concatenations of
// literals, or variables that were assigned such a value before. What it cannot
// read is a hole. Strings that are only data are left alone.
package code
