package toml

import (
	"time"

	"github.com/venv-guard/venv-guard/rules/source"
)

// A Kind is the type of a value.
type Kind uint8

const (
	String Kind = iota
	Integer
	Float
	Bool
	Time
	Array
	Tables // [[x]] or x = [{…}, …]: an Array that holds tables only
	Object // a table
)

var kindNames = [...]string{"a string", "an integer", "a float", "a boolean", "a date", "an array", "an array of tables", "a table"}

// String names the kind with its article.
func (k Kind) String() string { return kindNames[k] }

// A Value is a value and its place.
type Value struct {
	Kind  Kind
	Bool  bool
	Day   bool   // of a Time: no time of day was given
	Text  string // of a String; as written of a Float
	Int   int64
	Time  *time.Time
	List  []Value // of an Array
	Table *Table  // of an Object
	Pos   source.Pos
}

// A Table holds keys in the order of the text.
type Table struct {
	Entries []Entry
	Pos     source.Pos // of its header or brace

	index  map[string]int // of Entries, once there are many
	origin origin
}

// An Entry is a key with its value.
type Entry struct {
	Key   string
	Pos   source.Pos // of the key
	Value Value
}

// An origin says how a table came to be, and so whether it may still grow.
type origin uint8

const (
	implied  origin = iota // as a parent in a header
	headed                 // by its own header
	dotted                 // as a parent in a dotted key
	inlined                // in braces: closed
	appended               // as an element of [[x]]
)

// manyKeys is how many keys a table has before they are indexed.
const manyKeys = 16

// Get returns the entry of a key; nil if there is none.
func (t *Table) Get(key string) *Entry {
	if t.index != nil {
		if i, ok := t.index[key]; ok {
			return &t.Entries[i]
		}
		return nil
	}
	for i := range t.Entries {
		if t.Entries[i].Key == key {
			return &t.Entries[i]
		}
	}
	return nil
}

func (t *Table) add(e Entry) *Entry {
	t.Entries = append(t.Entries, e)
	n := len(t.Entries)
	if t.index != nil {
		t.index[e.Key] = n - 1
	} else if n > manyKeys {
		t.index = make(map[string]int, 2*n)
		for i := range t.Entries {
			t.index[t.Entries[i].Key] = i
		}
	}
	return &t.Entries[n-1]
}
