package h264

import (
	"encoding/binary"
	"errors"
	"fmt"
)

var errCut = errors.New("it is no MP4, or breaks off")

// boxes visits the boxes that stand one after the other; the content of each is without its head.
func boxes(raw []byte, visit func(kind string, content []byte) error) error {
	for len(raw) >= 8 { // QuickTime ends a list with four zeros
		length, head := uint64(binary.BigEndian.Uint32(raw)), uint64(8)
		switch {
		case length == 0: // to the end
			length = uint64(len(raw))
		case length == 1 && len(raw) >= 16:
			length, head = binary.BigEndian.Uint64(raw[8:]), 16
		}
		if length < head || length > uint64(len(raw)) {
			return errCut
		}
		if err := visit(string(raw[4:8]), raw[head:length]); err != nil {
			return err
		}
		raw = raw[length:]
	}
	return nil
}

// cursor reads numbers one after the other. After the end it gives zeros and remembers it.
type cursor struct {
	raw []byte
	cut bool
}

func (c *cursor) bytes(n int) []byte {
	if n < 0 || n > len(c.raw) {
		c.cut, c.raw = true, nil
		return nil
	}
	taken := c.raw[:n]
	c.raw = c.raw[n:]
	return taken
}

// number reads one of up to eight bytes.
func (c *cursor) number(size int) uint64 {
	var n uint64
	for _, b := range c.bytes(size) {
		n = n<<8 | uint64(b)
	}
	return n
}

// maxEntries bounds a table of the index: there is an entry for each picture, at most.
const maxEntries = 1 << 20

// table reads a count and so many entries of size bytes each, which read takes.
func (c *cursor) table(size int, read func()) {
	count := c.number(4)
	if count > maxEntries || count > uint64(len(c.raw)/size) { //nolint:gosec // not negative
		c.cut, count = true, 0
	}
	for range count {
		read()
	}
}

// done tells whether all that was read was there.
func (c *cursor) done(kind string) error {
	if c.cut {
		return fmt.Errorf("its index is damaged (%s)", kind)
	}
	return nil
}
