// Package classify is the guard's one decision function: a Call and a World in,
// a Decision out. It finds what the call can start (package shell), asks the
// rule packs about each (package rules), and lets the strictest verdict win.
//
// It is pure: it reads no clock, no file and no environment but through World,
// and it changes nothing.
package classify
