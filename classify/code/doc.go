// Package code finds what a text in a language other than the shell would do:
// the programs it starts, the files it reads and writes, the hosts it talks to.
//
// Python and JavaScript are parsed and evaluated, by packages python and
// javascript. Of the others it is a scan, not an analysis: it knows each
// language's calls that start programs (system, exec, backquotes, …) and reads
// their arguments where those are literals, concatenations of literals, or
// variables that were assigned such a value before. What cannot be read is a
// hole. Strings that are only data are left alone.
package code
