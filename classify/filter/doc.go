// Package filter computes what text tools (sed, cut, tr, base64, …) print, by
// the manuals of GNU coreutils 9.1, sed 4.9 and grep 3.8. It runs nothing and
// touches no files.
//
// Its answers are exact or none: whatever a tool has that is not computed here,
// be it an option or a command of its language, makes Output give up.
package filter
