package action

import "slices"

// An ActKind says what an Act does.
type ActKind uint8

const (
	ActStart   ActKind = iota // starts a program, shell text, or code in some language: the embedded Start
	ActRead                   // reads the file Path
	ActWrite                  // writes Text to the file Path, or to its end
	ActCopy                   // copies the file Path to To
	ActMove                   // moves it there
	ActLink                   // makes the link To, which leads to Path
	ActRemove                 // removes the file or tree Path
	ActMkdir                  // makes the directory Path
	ActMode                   // lets the file Path be executed
	ActConnect                // talks to the host of URL
	ActUnread                 // nothing but: the rest of the code was not read, since it takes too much work, or Made hides it
)

// A Pos is a place in code. The zero value is none.
type Pos struct {
	File string // a module that the code loads; "" for the code itself
	Line int    // from 1
	Col  int    // from 1, in bytes
}

// An Act is one thing that code in a language other than the shell does. What
// could not be worked out is a hole, in any of the texts.
type Act struct {
	Kind ActKind
	Pos  Pos // of the call that does it
	Start

	Path, To string // files, as the code names them: relative to Start.Dir
	Append   bool   // of ActWrite

	// URL is where ActConnect goes to (tcp://host:port/ for a bare connection),
	// and Sent what is sent there. Of an ActStart, URL is where the text was
	// fetched from that is run, and Made the function that made it, if that is
	// not computed; of an ActWrite, those of what is written.
	URL, Sent, Made string
}

// Same reports whether two acts do the same in the same place.
func (a *Act) Same(b *Act) bool {
	return a.Kind == b.Kind && a.Pos == b.Pos && a.Path == b.Path && a.To == b.To && a.Append == b.Append &&
		a.URL == b.URL && a.Sent == b.Sent && a.Made == b.Made && a.Text == b.Text && a.Lang == b.Lang && a.Dir == b.Dir &&
		slices.Equal(a.Argv, b.Argv) && slices.Equal(a.Env.Set, b.Env.Set) && slices.Equal(a.Env.Unset, b.Env.Unset) && a.Env.Clear == b.Env.Clear
}
