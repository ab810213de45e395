package h264

import (
	"bytes"
	"errors"
	"slices"
)

const (
	// parameterSet is the type of a unit that says of what form pictures are.
	parameterSet = 7

	chroma420 = 1

	matrixBT709   = 1
	matrixUnknown = 2
)

// parameters are what a sequence parameter set says of pictures.
type parameters struct {
	width, height         int
	chroma, luma, colour  int // the form of colours, and bits of a sample
	interlaced, fullRange bool
	matrix                int
}

// readParameters reads a unit of the type parameterSet, up to its colours.
func readParameters(unit []byte) (parameters, error) {
	r := &bitReader{raw: bytes.ReplaceAll(unit, []byte{0, 0, 3}, []byte{0, 0})}
	p := parameters{chroma: chroma420, luma: 8, colour: 8, matrix: matrixUnknown}
	r.bits(8)
	profile := r.bits(8)
	r.bits(16)
	r.unsigned()
	if slices.Contains([]int{100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}, profile) {
		p.readForm(r)
	}
	r.unsigned()
	r.readOrder()
	r.unsigned()
	r.bits(1)
	p.readSize(r)
	if r.bits(1) == 1 {
		p.readColours(r)
	}
	if r.cut {
		return parameters{}, errors.New("what it says of the form of its pictures is damaged")
	}
	return p, nil
}

func (p *parameters) readForm(r *bitReader) {
	if p.chroma = r.unsigned(); p.chroma == 3 {
		r.bits(1)
	}
	p.luma, p.colour = 8+r.unsigned(), 8+r.unsigned()
	r.bits(1)
	if r.bits(1) == 0 {
		return
	}
	lists := 8
	if p.chroma == 3 {
		lists = 12
	}
	for n := range lists {
		if r.bits(1) == 1 {
			r.skipScaling(n)
		}
	}
}

// skipScaling reads the n-th list of factors.
func (r *bitReader) skipScaling(n int) {
	size, last, next := 16, 8, 8
	if n >= 6 {
		size = 64
	}
	for range size {
		if next != 0 {
			next = (last + r.signed()) & 0xff
		}
		if next != 0 {
			last = next
		}
	}
}

// readOrder reads how pictures are put into the order in which they are shown.
func (r *bitReader) readOrder() {
	switch r.unsigned() {
	case 0:
		r.unsigned()
	case 1:
		r.bits(1)
		r.signed()
		r.signed()
		for range min(r.unsigned(), 255) {
			r.signed()
		}
	}
}

func (p *parameters) readSize(r *bitReader) {
	const most = 1 << 16 // blocks of 16 pixels
	across, down := 1+min(r.unsigned(), most), 1+min(r.unsigned(), most)
	fields := 1
	if p.interlaced = r.bits(1) == 0; p.interlaced {
		fields = 2
		r.bits(1)
	}
	r.bits(1)
	p.width, p.height = 16*across, 16*down*fields
	if r.bits(1) == 0 {
		return
	}
	unitX, unitY := 1, fields
	if p.chroma == 1 || p.chroma == 2 {
		unitX = 2
	}
	if p.chroma == 1 {
		unitY *= 2
	}
	p.width -= unitX * (r.unsigned() + r.unsigned())
	p.height -= unitY * (r.unsigned() + r.unsigned())
}

func (p *parameters) readColours(r *bitReader) {
	if r.bits(1) == 1 && r.bits(8) == 255 { // the shape of a pixel
		r.bits(32)
	}
	if r.bits(1) == 1 {
		r.bits(1)
	}
	if r.bits(1) == 0 {
		return
	}
	r.bits(3)
	p.fullRange = r.bits(1) == 1
	if r.bits(1) == 1 {
		r.bits(16)
		p.matrix = r.bits(8)
	}
}

// bitReader reads numbers of any count of bits. After the end it gives zeros and remembers it.
type bitReader struct {
	raw []byte
	at  int
	cut bool
}

func (r *bitReader) bits(n int) int {
	value := 0
	for range n {
		if r.at >= 8*len(r.raw) {
			r.cut = true
			return 0
		}
		value = value<<1 | int(r.raw[r.at/8]>>(7-r.at%8)&1)
		r.at++
	}
	return value
}

// unsigned reads a number as H.264 codes it: as many zeros as bits follow the first one.
func (r *bitReader) unsigned() int {
	zeros := 0
	for !r.cut && r.bits(1) == 0 {
		zeros++
	}
	if zeros > 31 {
		r.cut = true
		return 0
	}
	return 1<<zeros - 1 + r.bits(zeros)
}

// signed reads a number whose sign alternates.
func (r *bitReader) signed() int {
	n := r.unsigned()
	if n&1 == 1 {
		return (n + 1) / 2
	}
	return -n / 2
}
