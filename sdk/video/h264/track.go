package h264

import (
	"bytes"
	"errors"
	"fmt"
)

// track is the pictures of a film as its index has them.
type track struct {
	handler    string
	turned     bool
	scale      uint32 // ticks a second
	times      []span
	codecs     []string
	parameters [][]byte
	lengthSize int // of what stands before each unit
	fullRange  bool
	sizes      []uint64 // of samples
	equalSize  uint64   // of all samples, if not 0; then sizes is empty and count tells how many
	count      uint64
	chunks     []uint64 // where they begin
	runs       []run
}

// span is how many ticks each of some pictures lasts; their count does not matter.
type span struct{ each uint32 }

// run tells how many samples each chunk has, from a chunk on, which is counted from 1.
type run struct{ chunk, samples uint64 }

// maxTracks and maxParameters bound what is kept of a film that says the same over and over.
const maxTracks, maxParameters = 16, 64

// pictures finds the one track of H.264 in a film without sound.
func pictures(film []byte) (*track, error) {
	var tracks []*track
	turned := false
	err := boxes(film, func(kind string, content []byte) error {
		if kind != "moov" {
			return nil
		}
		return boxes(content, func(kind string, content []byte) error {
			switch kind {
			case "mvhd":
				turned = isTurned(content, 36)
			case "trak":
				if len(tracks) == maxTracks {
					return errors.New("it has too many tracks")
				}
				t := &track{}
				tracks = append(tracks, t)
				return boxes(content, t.within(kind))
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	var found *track
	for _, t := range tracks {
		switch {
		case t.handler == "soun":
			return nil, errors.New("it has sound")
		case t.handler == "vide" && found != nil:
			return nil, errors.New("it has more than one track of pictures")
		case t.handler == "vide":
			found = t
		}
	}
	if found == nil {
		return nil, errors.New("it is no MP4 with pictures")
	}
	found.turned = found.turned || turned
	return found, found.check()
}

func (t *track) check() error {
	switch {
	case len(t.codecs) != 1:
		return errors.New("its pictures are of more than one kind, or of none")
	case !isH264(t.codecs[0]):
		return fmt.Errorf("its pictures are %.4q, not H.264", t.codecs[0])
	case len(t.parameters) == 0:
		return errors.New("it does not say of what form its pictures are")
	case len(t.times) == 0:
		return errors.New("its index has no pictures: it is in fragments, perhaps")
	}
	return nil
}

// inside is which box holds the tables of which other: each stands there alone.
func inside(kind string) string {
	switch kind {
	case "trak":
		return "mdia"
	case "mdia":
		return "minf"
	case "minf":
		return "stbl"
	}
	return ""
}

// within takes the boxes of a box.
func (t *track) within(outer string) func(kind string, content []byte) error {
	return func(kind string, content []byte) error {
		if kind == inside(outer) {
			return boxes(content, t.within(kind))
		}
		return t.read(kind, content)
	}
}

// read takes a box of a track that holds no others of ours.
func (t *track) read(kind string, content []byte) error {
	c := &cursor{raw: content}
	switch kind {
	case "tkhd":
		t.turned = isTurned(content, 40)
	case "mdhd":
		if c.number(1) == 1 {
			c.bytes(19)
		} else {
			c.bytes(11)
		}
		t.scale = uint32(c.number(4)) //nolint:gosec // four bytes
	case "hdlr":
		c.bytes(8)
		t.handler = string(c.bytes(4))
	case "stsd":
		c.bytes(8)
		return boxes(c.raw, t.describe)
	default:
		t.index(kind, c)
	}
	return c.done(kind)
}

// index takes a table of samples.
func (t *track) index(kind string, c *cursor) {
	c.bytes(4)
	switch kind {
	case "stts":
		c.table(8, func() {
			c.bytes(4)
			t.times = append(t.times, span{uint32(c.number(4))}) //nolint:gosec // four bytes
		})
	case "stsz":
		if t.equalSize = c.number(4); t.equalSize != 0 {
			t.count = c.number(4)
			return
		}
		c.table(4, func() { t.sizes = append(t.sizes, c.number(4)) })
		t.count = uint64(len(t.sizes))
	case "stco":
		c.table(4, func() { t.chunks = append(t.chunks, c.number(4)) })
	case "co64":
		c.table(8, func() { t.chunks = append(t.chunks, c.number(8)) })
	case "stsc":
		c.table(12, func() {
			t.runs = append(t.runs, run{c.number(4), c.number(4)})
			c.bytes(4)
		})
	default:
		c.cut = false // no table, and perhaps shorter
	}
}

// describe takes the description of a kind of pictures.
func (t *track) describe(kind string, content []byte) error {
	t.codecs = append(t.codecs, kind)
	const fixed = 78
	if !isH264(kind) || len(content) < fixed {
		return nil
	}
	return boxes(content[fixed:], func(kind string, content []byte) error {
		c := &cursor{raw: content}
		switch kind {
		case "avcC":
			c.bytes(4)
			t.lengthSize = int(c.number(1)&3) + 1
			for range c.number(1) & 0x1f {
				if len(t.parameters) == maxParameters {
					return errors.New("it says too often of what form its pictures are")
				}
				t.parameters = append(t.parameters, c.bytes(int(c.number(2)))) //nolint:gosec // two bytes
			}
		case "colr":
			t.fullRange = string(c.bytes(4)) == "nclx" && len(c.raw) >= 7 && c.raw[6]&0x80 != 0
		}
		return c.done(kind)
	})
}

func isH264(codec string) bool { return codec == "avc1" || codec == "avc3" }

// isTurned tells whether the matrix of a head, at a place that is for version 0, does anything but move the picture.
func isTurned(head []byte, at int) bool {
	if len(head) > 0 && head[0] == 1 {
		at += 12
	}
	if len(head) < at+20 {
		return false
	}
	plain := []byte{0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0} // a b u c d
	return !bytes.Equal(head[at:at+20], plain)
}

// units gives each unit of H.264 that lies in the film, none of which is empty.
func (t *track) units(film []byte, take func(unit []byte) error) error {
	left, at := uint64(len(film)), uint64(0) // what samples may take altogether; the next one's number
	runs := t.runs
	for chunk, place := range t.chunks {
		for len(runs) > 1 && runs[1].chunk <= uint64(chunk)+1 {
			runs = runs[1:]
		}
		if len(runs) == 0 {
			return errCut
		}
		for range runs[0].samples {
			if at == t.count {
				return nil
			}
			size := t.size(at)
			if at++; size > left || place > uint64(len(film))-size {
				return errCut
			}
			if err := t.inSample(film[place:place+size], take); err != nil {
				return err
			}
			left, place = left-size, place+size
		}
	}
	return nil
}

// size is that of a sample, in bytes.
func (t *track) size(sample uint64) uint64 {
	if t.equalSize != 0 {
		return t.equalSize
	}
	return t.sizes[sample]
}

func (t *track) inSample(sample []byte, take func(unit []byte) error) error {
	c := &cursor{raw: sample}
	for len(c.raw) > 0 {
		unit := c.bytes(int(min(c.number(t.lengthSize), uint64(len(sample)+1)))) //nolint:gosec // no more than there are bytes
		if c.cut {
			return errors.New("a picture breaks off")
		}
		if len(unit) == 0 {
			continue
		}
		if err := take(unit); err != nil {
			return err
		}
	}
	return nil
}
