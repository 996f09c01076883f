package world

import (
	"errors"
	"io/fs"
)

// A Cache remembers what another view said of files, so that a decision asks
// the disk once for each, and does not change its mind half-way. It is not for
// concurrent use.
type Cache struct {
	base  FS
	lstat map[string]answer[Info]
	stat  map[string]answer[Info]
	links map[string]answer[string]
	texts map[string]text
	dirs  map[string]answer[[]Entry]
}

// A text is what was read of a file when it was asked for max bytes of it.
type text struct {
	max int
	answer[[]byte]
}

type answer[T any] struct {
	val T
	err error
}

// NewCache returns a cache that knows nothing yet.
func NewCache(base FS) *Cache { return &Cache{base: base} }

// ask returns the remembered answer about name, or that of f.
func ask[T any](known *map[string]answer[T], name string, f func(string) (T, error)) (T, error) {
	if a, ok := (*known)[name]; ok {
		return a.val, a.err
	}
	val, err := f(name)
	if *known == nil {
		*known = map[string]answer[T]{}
	}
	(*known)[name] = answer[T]{val, err}
	return val, err
}

func (c *Cache) Lstat(name string) (Info, error) { return ask(&c.lstat, name, c.base.Lstat) }

// Stat describes the file that name leads to.
func (c *Cache) Stat(name string) (Info, error) {
	return ask(&c.stat, name, func(name string) (Info, error) { return Stat(c.base, name) })
}

func (c *Cache) Readlink(name string) (string, error) {
	// What is no link need not be asked for its target.
	if a, ok := c.lstat[name]; ok && a.err == nil && a.val.Kind != Link {
		return "", fs.ErrNotExist
	}
	return ask(&c.links, name, c.base.Readlink)
}

// maxCached bounds the texts of files that are remembered.
const maxCached = 64 << 10

// ReadFile returns what the caller must not change.
func (c *Cache) ReadFile(name string, max int) ([]byte, error) {
	if t, ok := c.texts[name]; ok && (t.max == max || errors.Is(t.err, fs.ErrNotExist)) {
		return t.val, t.err
	}
	b, err := c.base.ReadFile(name, max)
	if len(b) <= maxCached {
		if c.texts == nil {
			c.texts = map[string]text{}
		}
		c.texts[name] = text{max, answer[[]byte]{b, err}}
	}
	return b, err
}

// ReadDir returns what the caller must not change.
func (c *Cache) ReadDir(name string) ([]Entry, error) { return ask(&c.dirs, name, c.base.ReadDir) }
