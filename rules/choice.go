package rules

// maxReadings bounds how many readings of one command line are tried.
const maxReadings = 256

// A chooser walks through all combinations of choices, as an odometer does: a
// reading asks pick wherever a word can be taken in more than one way, and
// next turns to the following reading.
type chooser struct {
	buf   [8]digit
	list  []digit
	pos   int
	tries int
}

type digit struct{ at, of int }

// pick returns a number below n, another one in every reading.
func (c *chooser) pick(n int) int {
	if n <= 1 {
		return 0
	}
	if c.list == nil {
		c.list = c.buf[:0]
	}
	if c.pos == len(c.list) {
		c.list = append(c.list, digit{of: n})
	}
	c.pos++
	return c.list[c.pos-1].at
}

// next reports whether there is another reading.
func (c *chooser) next() bool {
	c.tries++
	// The last choice turns fastest; those after it belong to the reading
	// that is over.
	c.list = c.list[:min(c.pos, len(c.list))]
	c.pos = 0
	for len(c.list) > 0 {
		d := &c.list[len(c.list)-1]
		if d.at++; d.at < d.of {
			return true
		}
		c.list = c.list[:len(c.list)-1]
	}
	return false
}

// spent reports whether no more readings should be tried.
func (c *chooser) spent() bool { return c.tries >= maxReadings }
