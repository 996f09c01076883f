package world

// A Cache remembers what another view said of files, so that a decision asks
// the disk once for each, and does not change its mind half-way. It is not for
// concurrent use.
type Cache struct {
	base  FS
	lstat map[string]answer[Info]
	stat  map[string]answer[Info]
	links map[string]answer[string]
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
		return "", notExist("readlink", name)
	}
	return ask(&c.links, name, c.base.Readlink)
}

func (c *Cache) ReadFile(name string, max int) ([]byte, error) { return c.base.ReadFile(name, max) }

func (c *Cache) ReadDir(name string) ([]Entry, error) { return c.base.ReadDir(name) }
