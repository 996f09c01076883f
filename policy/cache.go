package policy

// A Cache keeps what was loaded, for those who judge many calls: a file is
// parsed again only when it has changed. It goes by what stands in the files and
// not by their times, which change too seldom and can be set. It is not for
// concurrent use.
type Cache struct {
	known map[string]held // by directory
}

type held struct {
	set   *Set
	holds []func() bool
}

// maxHeld bounds the directories whose policies are kept.
const maxHeld = 64

// Load is Loader.Load. Loaders that differ in more than their Dir and Now must
// not share a cache.
func (c *Cache) Load(l Loader) (*Set, error) {
	if h, ok := c.known[l.Dir]; ok && h.still() {
		return h.set.at(l), nil
	}
	delete(c.known, l.Dir)
	set, err := l.load()
	if err != nil {
		return set, err
	}
	if len(c.known) >= maxHeld || c.known == nil {
		c.known = map[string]held{}
	}
	c.known[l.Dir] = held{set, l.holds}
	return set, nil
}

func (h *held) still() bool {
	for _, same := range h.holds {
		if !same() {
			return false
		}
	}
	return true
}

// at returns the set as it holds at a loader's time.
func (s *Set) at(l Loader) *Set {
	c := *s
	c.now = l.Now
	return &c
}
