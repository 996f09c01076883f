package world

import "testing"

// counted counts what a view is asked.
type counted struct {
	FS
	asked int
}

func (c *counted) ReadFile(name string, max int) ([]byte, error) {
	c.asked++
	return c.FS.ReadFile(name, max)
}

func (c *counted) ReadDir(name string) ([]Entry, error) {
	c.asked++
	return c.FS.ReadDir(name)
}

func TestCacheReadsOnce(t *testing.T) {
	base := &counted{FS: tree()}
	c := NewCache(base)
	for range 3 {
		if b, err := c.ReadFile("/w/a", 100); string(b) != "A" || err != nil {
			t.Fatalf("ReadFile: %q, %v", b, err)
		}
		if _, err := c.ReadFile("/w/none", 100); err == nil {
			t.Fatal("ReadFile finds what is not there")
		}
		if list, err := c.ReadDir("/w/d"); len(list) != 2 || err != nil {
			t.Fatalf("ReadDir: %v, %v", list, err)
		}
	}
	if base.asked != 3 {
		t.Errorf("asked %d times for two files and a directory", base.asked)
	}
	// What was cut off is not all that a reader of more would see.
	if b, err := c.ReadFile("/w/d/x", 0); len(b) != 0 || err != ErrTooLarge {
		t.Errorf("ReadFile of no bytes: %q, %v", b, err)
	}
	if b, err := c.ReadFile("/w/d/x", 100); string(b) != "X" || err != nil {
		t.Errorf("ReadFile of more: %q, %v", b, err)
	}
}
