package terminal

import (
	"os"
	"strings"
	"testing"
)

func TestIs(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	for _, stream := range []any{null, r, w, strings.NewReader(""), nil, (*os.File)(nil)} {
		if Is(stream) {
			t.Errorf("%T %v is taken for a terminal", stream, stream)
		}
	}
	// A pseudo-terminal is one.
	pty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	defer pty.Close()
	if !Is(pty) {
		t.Error("/dev/ptmx is not taken for a terminal")
	}
}
